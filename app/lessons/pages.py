"""The public pages and files that are made of all lessons together: by which things are found, and taken away."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.content.bank import Bank
from app.content.cheat import Cheat
from app.content.language import LANGUAGES, Lang, as_language
from app.content.lesson import Lesson
from app.content.news import News, dates_of
from app.content.plan import Plans
from app.content.prompts import Interviews
from app.content.same import Same
from app.content.terms import Term
from app.lessons.changes import all_changes, by_version
from app.lessons.claims import filtered
from app.lessons.diagnoses import NO_POD, diagnosing, listed
from app.lessons.machine import atom, llms_txt, open_search
from app.record import dataclass
from app.web.answers import PERSONAL, PUBLIC_ON_DEMAND, html
from app.web.manners import base_of
from app.web.shelf import Later
from app.web.templates import Templates
from app.web.turns import taking_turns
from app.widgetkit.registry import Rooms


@dataclass(frozen=True)
class Library:
    """What these pages are made of; `public_url` is where the site is reached, if that is known."""

    templates: Templates
    told: Later[tuple[Lesson, ...]]
    rooms: Rooms
    bank: Bank
    terms: tuple[Term, ...]
    news: tuple[News, ...]
    cheats: Mapping[str, Cheat]
    asked: Later[Interviews]
    plans: Plans
    public_url: str = ""
    same: Same = ()

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return self.told.get()

    @property
    def interviews(self) -> Interviews:
        return self.asked.get()

    @cached_property
    def dates(self) -> Mapping[str, date]:
        """When pages were last changed, by their address without the language."""
        return dates_of(self.news)


def claims_page(library: Library, lang: Lang, verdict: str = "", subject: str = "") -> str:
    shown = filtered(library.lessons, lang, verdict, subject)
    query = next(choice.url for choice in shown.subjects if choice.is_chosen).partition("?")[2]
    return library.templates.render("find/claims.html", lang, shown=shown, path="/claims", query=query)


def diagnoses_page(library: Library, lang: Lang, status: str = "") -> str:
    """What the room that diagnoses may come to; 404 when there is none."""
    room, diagnoses = next(diagnosing(library.rooms), (None, ()))
    if room is None:
        raise HTTPException(404)
    shown = listed(diagnoses, lang, status)
    query = next(choice.url for choice in (*shown.choices, *shown.rare) if choice.is_chosen).partition("?")[2]
    return library.templates.render(
        "find/diagnoses.html",
        lang,
        room.words,
        room=room,
        shown=shown,
        no_pod=NO_POD,
        path="/diagnoses",
        query=query,
    )


def changes_page(library: Library, lang: Lang, subject: str = "") -> str:
    every = all_changes(library.lessons, library.rooms, library.terms, lang, library.same)
    chosen = next((lesson for lesson in library.lessons if lesson.slug == subject), None)
    counts = [(lesson, sum(lesson.slug in each.subjects for each in every)) for lesson in library.lessons]
    return library.templates.render(
        "find/changes.html",
        lang,
        groups=by_version(each for each in every if chosen is None or chosen.slug in each.subjects),
        chosen=chosen,
        counts=[(lesson, count) for lesson, count in counts if count],
        total=len(every),
        path="/changes",
        query=f"subject={chosen.slug}" if chosen else "",
    )


def reference_routes(library: Library) -> APIRouter:
    """The pages as an address with a query asks for them, and what names the address of the site itself."""
    router = APIRouter(include_in_schema=False)
    words = library.templates.words

    @router.get("/{lang}/claims")
    @taking_turns
    def claims(lang: str, verdict: str = "", subject: str = "") -> Response:
        return html(claims_page(library, _language(lang), verdict, subject), cache_control=PUBLIC_ON_DEMAND)

    @router.get("/{lang}/diagnoses")
    @taking_turns
    def diagnoses(lang: str, status: str = "") -> Response:
        return html(diagnoses_page(library, _language(lang), status), cache_control=PUBLIC_ON_DEMAND)

    @router.get("/{lang}/changes")
    @taking_turns
    def changes(lang: str, subject: str = "") -> Response:
        return html(changes_page(library, _language(lang), subject), cache_control=PUBLIC_ON_DEMAND)

    def base(request: Request) -> str:
        """404 for a request whose host can be none: what is made of it would lead nowhere."""
        found = base_of(library.public_url, request.scope["scheme"], request.headers.get("host", ""))
        if not found:
            raise HTTPException(404)
        return found

    def file(text: str, media_type: str) -> Response:
        return Response(text, headers={"cache-control": PERSONAL}, media_type=media_type)

    @router.get("/llms.txt")
    @taking_turns
    def llms(request: Request) -> Response:
        return file(llms_txt(base(request), library.lessons, words), "text/plain; charset=utf-8")

    for language in LANGUAGES:

        @router.get(f"/feed.{language}.xml")
        @taking_turns
        def feed(request: Request, lang: Lang = language) -> Response:
            return file(atom(base(request), lang, words, library.news), "application/atom+xml")

        @router.get(f"/opensearch.{language}.xml")
        @taking_turns
        def description(request: Request, lang: Lang = language) -> Response:
            return file(open_search(base(request), lang, words), "application/opensearchdescription+xml")

    return router


def _language(lang: str) -> Lang:
    language = as_language(lang)
    if language is None:
        raise HTTPException(404)
    return language
