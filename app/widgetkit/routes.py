"""Three of a widget's faces: its page, its fragment, its JSON API."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.content.language import Lang, as_language
from app.kube.refusal import Refusal
from app.web.answers import PERSONAL, PUBLIC_ON_DEMAND, VARY_BY_DOCUMENT, html, is_document, refusals, see_other
from app.web.hands import refusal_of
from app.web.posted import json_object, read_body, read_form
from app.web.templates import Templates
from app.web.turns import in_turn
from app.widgetkit.form import as_text, read_inputs
from app.widgetkit.hidden import hide, run_hidden
from app.widgetkit.links import Links
from app.widgetkit.registry import Room, Rooms
from app.widgetkit.rows import write_rows
from app.widgetkit.state import ANSWERS, State, read_level, state_of
from app.widgetkit.view import answer, landed, steps

BODY_LIMIT = 8 << 20  # several fields of 1 MiB, as JSON text


def widget_page(
    templates: Templates, rooms: Rooms, state: State, unpredicted: Refusal | None = None
) -> tuple[str, int]:
    """The whole page of a widget in one state, and its status."""
    drawn = answer(templates, state, unpredicted)
    page = templates.render(
        "widget/page.html",
        state.lang,
        state.room.words,
        widget=drawn.html,
        room=state.room,
        state=state,
        rooms=rooms,
        path=f"/widgets/{state.room.slug}",
        query=state.query if state.is_linkable else "",
    )
    return page, drawn.status


def widget_index(templates: Templates, lang: Lang, chapters: Iterable[Any]) -> str:
    """All rooms with their plates; `chapters` have a `lesson` and its `rooms`."""
    return templates.render("widget/index.html", lang, chapters=chapters, path="/widgets/", query="")


def find_room(rooms: Rooms, lang: str, slug: str) -> tuple[Room, Lang]:
    """What the parts of an address name; 404 when there is no such thing."""
    language = as_language(lang)
    if language is None or slug not in rooms:
        raise HTTPException(404)
    return rooms[slug], language


def room_asked(rooms: Rooms, request: Request) -> tuple[Room, Lang]:
    """What the parts of its address name: read here, where it costs a fifth of what FastAPI's arguments do."""
    return find_room(rooms, request.path_params["lang"], request.path_params["slug"])


def state_asked(rooms: Rooms, links: Links, request: Request) -> State:
    """The state that the query describes, over the inputs of a short link when it names one."""
    room, language = room_asked(rooms, request)
    raw = dict(request.query_params)
    saved = links.find(room.slug, raw["saved"]) if raw.get("saved") else None
    if raw.get("saved") and saved is None:
        raise HTTPException(404)
    state = state_of(room, language, raw, embedded=read_level(raw.get("embed")), saved=saved)
    if room.widget.kind == "sequence" and raw.get("at"):
        state = landed(state, raw["at"])
    return replace(state, is_all="all" in raw, refusal=refusal_of(request.scope))


def posted_state(
    room: Room, lang: Lang, posted: Mapping[str, str], *, embedded: int = 0, refusal: Refusal | None = None
) -> State:
    """The state of a posted form, with the text that its rows write; rows that can't be read are its refusal. With a
    `refusal` nothing is read: it is what is said of the form as it was posted."""
    if refusal:
        return replace(state_of(room, lang, posted, embedded=embedded), refusal=refusal)
    try:
        return state_of(room, lang, write_rows(room, posted), embedded=embedded)
    except Refusal as refusal:
        return replace(state_of(room, lang, posted, embedded=embedded), refusal=refusal)


class _Pages:
    """What answers for the pages and fragments of all widgets."""

    def __init__(self, templates: Templates, rooms: Rooms, links: Links) -> None:
        self._templates = templates
        self._rooms = rooms
        self._links = links

    async def page(self, request: Request) -> Response:
        return await in_turn(self._page, request)

    def _page(self, request: Request) -> Response:
        state = replace(self._asked(request), embedded=0)
        page, status = self._drawn(state)
        return html(page, status, cache_control=_kept_by(state), more=_listed(state))

    async def posted_page(self, request: Request) -> Response:
        room, language = room_asked(self._rooms, request)
        form = await read_form(request)
        state = await run_in_threadpool(posted_state, room, language, form, refusal=refusal_of(request.scope))
        if not (state.refusal or state.is_too_long):
            return see_other(state.page_url)
        return html(*await in_turn(self._drawn, state))

    async def make_link(self, request: Request) -> Response:
        room, language = room_asked(self._rooms, request)
        state = await run_in_threadpool(state_of, room, language, await read_form(request))
        client = request.client.host if request.client else ""
        if state.is_personal:
            page, status = await in_turn(self._drawn, state)
            if status != 200:  # what is no paste of this room may hold anything
                return html(page, status)
        if await in_turn(is_told_otherwise, state):  # the link would lead to another answer
            return await self._refused_link(state, Refusal("link-cut", field="link"))
        try:
            saved = await run_in_threadpool(self._links.keep, room.slug, dict(state.typed), client)
        except Refusal as refusal:
            return await self._refused_link(state, refusal)
        return see_other(replace(state, saved=saved).page_url)

    async def _refused_link(self, state: State, refusal: Refusal) -> Response:
        page, status = await in_turn(self._drawn, replace(state, refusal=refusal))
        minutes = refusal.values.get("minutes")
        more = {"retry-after": str(60 * minutes)} if minutes else {}
        return html(page, 429 if minutes else status, more=more)

    async def steps(self, request: Request) -> Response:
        """The steps of a run as JSON, each the part of the player that it changes; with `only`, that step alone."""
        return await in_turn(self._steps, request)

    def _steps(self, request: Request) -> Response:
        state = self._asked(request)
        if state.room.widget.kind != "sequence":
            raise HTTPException(404)
        state = replace(state, player={name: text for name, text in state.player.items() if name == "speed"})
        only = request.query_params.get("only", "")
        is_one = only.isascii() and only.isdigit() and len(only) < 6
        drawn = steps(self._templates, state, int(only) if is_one else None)
        headers = {"cache-control": _kept_by(state), **_listed(state)}
        return Response(to_json({"steps": drawn}), 200, headers, "application/json")

    async def fragment(self, request: Request) -> Response:
        return await in_turn(self._fragment, request)

    def _fragment(self, request: Request) -> Response:
        state = self._asked(request)
        if is_document(request.headers):
            return see_other(state.page_url)
        is_whole = "step" not in state.player or "whole" in request.query_params
        answered = self._fragment_of(replace(state, is_whole=is_whole), _kept_by(state))
        answered.headers["vary"] = VARY_BY_DOCUMENT
        return answered

    async def posted_fragment(self, request: Request) -> Response:
        embedded = read_level(request.query_params.get("embed"))
        room, language = room_asked(self._rooms, request)
        refusal = refusal_of(request.scope)
        form = await read_form(request)
        state = await run_in_threadpool(posted_state, room, language, form, embedded=embedded, refusal=refusal)
        state = replace(state, is_all="all" in request.query_params)
        return await in_turn(self._fragment_of, state, PERSONAL)

    def _fragment_of(self, state: State, cache_control: str) -> Response:
        drawn = answer(self._templates, state)
        return html(drawn.html, drawn.status, cache_control=cache_control, more={**address_of(state), **_listed(state)})

    def _asked(self, request: Request) -> State:
        return state_asked(self._rooms, self._links, request)

    def _drawn(self, state: State) -> tuple[str, int]:
        return widget_page(self._templates, self._rooms, state)


def page_routes(templates: Templates, rooms: Rooms, links: Links) -> APIRouter:
    router, pages = APIRouter(include_in_schema=False), _Pages(templates, rooms, links)
    page, fragment = "/{lang}/widgets/{slug}", "/fragments/{lang}/widgets/{slug}"
    router.get(page)(pages.page)
    router.post(page)(pages.posted_page)
    router.post(f"{page}/link")(pages.make_link)
    router.get(f"{fragment}/steps")(pages.steps)
    router.get(fragment)(pages.fragment)
    router.post(fragment)(pages.posted_fragment)
    return router


def is_told_otherwise(state: State) -> bool:
    return state.is_told_otherwise


def _kept_by(state: State) -> str:
    """Whoever opens a state gets the same, but what somebody has predicted is their own affair, and what the site
    measures now is old a moment later."""
    is_own = state.is_personal or state.room.is_live(state.typed) or any(name in state.player for name in ANSWERS)
    return PERSONAL if is_own else PUBLIC_ON_DEMAND


def _listed(state: State) -> dict[str, str]:
    """What search engines are told: nobody's paste is found by them, nor any other short link."""
    return {"x-robots-tag": "noindex"} if state.is_personal or state.saved else {}


def address_of(state: State) -> dict[str, str]:
    """What the address bar should show after this fragment: nothing new inside a lesson or when it is too long."""
    if state.embedded or state.is_too_long:
        return {}
    is_step = bool(state.player) and not state.is_whole
    return {"HX-Replace-Url" if is_step else "HX-Push-Url": state.page_url}


def api_routes(rooms: Rooms) -> APIRouter:
    router = APIRouter(prefix="/api/v1/widgets", tags=["widgets"])

    @router.get("", summary="Every widget with its examples", responses=refusals(422))
    def widgets(lang: str = "en") -> dict[str, Any]:
        language = as_language(lang) or "en"
        return {"widgets": [describe(room, language) for room in rooms.values()]}

    for room in rooms.values():
        router.add_api_route(
            f"/{room.slug}",
            _api_endpoint(room),
            methods=["POST"],
            name=f"run {room.slug}",
            summary=room.title("en"),
            description=room.words.text("en", "summary"),
            openapi_extra=_schema(room),
            responses=refusals(413, 415, 422, 503),
        )
    return router


def describe(room: Room, lang: Lang) -> dict[str, Any]:
    return {
        "slug": room.slug,
        "title": room.title(lang),
        "summary": room.words.text(lang, "summary"),
        "kind": room.widget.kind,
        "subject": room.widget.subject,
        "examples": [
            {
                "name": example.name,
                "title": room.words.text(lang, f"example.{example.name}"),
                "inputs": dict(example.inputs),
                "expect": dict(example.expect),
                "source": example.source,
            }
            for example in room.widget.examples
        ],
    }


def _schema(room: Room) -> dict[str, Any]:
    schema = as_taken(self_contained(room.widget.form.model_json_schema()), TAKEN)
    examples = {example.name: {"value": dict(example.inputs)} for example in room.widget.examples}
    return {
        "requestBody": {
            "required": False,  # every input has a default
            "content": {"application/json": {"schema": schema, "examples": examples}},
        }
    }


TEXTS = {"string": ["string", "number"]}
TAKEN = {
    **TEXTS,
    "integer": ["integer", "string", "boolean"],
    "number": ["number", "string", "boolean"],
    "boolean": ["boolean", "string", "number"],
}


def as_taken(schema: dict[str, Any], taken: Mapping[str, list[str]] = TEXTS) -> dict[str, Any]:
    """A form's schema with what is taken for a text, a number, a flag beside itself: they arrive as texts from links,
    and what a form reads there it reads here."""

    def written(part: Any) -> Any:
        if isinstance(part, list):
            return [written(item) for item in part]
        if not isinstance(part, dict):
            return part
        own = {key: value if key in _VALUES else written(value) for key, value in part.items()}
        is_fixed = part.keys() & {"enum", "const"} or part.get("format") == "uuid"
        types = None if is_fixed or not isinstance(part.get("type"), str) else taken.get(part["type"])
        return {**own, "type": types} if types else own

    found: dict[str, Any] = written(schema)
    return found


_VALUES = ("default", "examples", "enum", "const", "required")


def self_contained(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of pydantic's with its definitions written where they are used: inside another document `#/$defs/…`
    leads nowhere."""
    definitions = schema.get("$defs", {})

    def written(part: Any) -> Any:
        if isinstance(part, list):
            return [written(item) for item in part]
        if not isinstance(part, dict):
            return part
        reference = part.get("$ref", "").removeprefix("#/$defs/")
        own = {key: written(value) for key, value in part.items() if key not in ("$ref", "$defs")}
        return {**written(definitions[reference]), **own} if reference else own

    found: dict[str, Any] = written(schema)
    return found


def _api_endpoint(room: Room) -> Any:
    async def run(request: Request) -> Response:
        if refusal := refusal_of(request.scope):
            raise refusal
        lang = as_language(request.query_params.get("lang")) or "en"
        body = await read_body(request, BODY_LIMIT)
        raw = json_object(request.headers, body or b"{}")  # no body is no inputs, and all have defaults
        return await in_turn(_run, room, lang, raw)

    return run


def _run(room: Room, lang: Lang, raw: dict[str, Any]) -> Response:
    inputs = read_inputs(room.widget.form, raw)
    hidden = hide(room, as_text(inputs))
    outcome = run_hidden(room.run, inputs, hidden) if hidden else room.run(inputs)
    # Byte for byte what JSONResponse writes, in a third of its time: some answers have megabytes.
    return Response(to_json({"outcome": room.json(outcome, lang)}), media_type="application/json")
