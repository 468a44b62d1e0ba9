"""The composition root: the only place that knows all parts of the site."""

import gc
import logging
import os
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from jinja2 import FileSystemLoader, PrefixLoader
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from starlette_compress import CompressMiddleware

from app.content.bank import Bank, load_bank
from app.content.language import LANGUAGES, Lang, as_language
from app.content.lesson import Lesson, load_lessons
from app.content.prompts import Interviews, load_interviews
from app.content.words import Words, load_words
from app.lessons.chapter import Chapter, arrange
from app.lessons.page import Drawing
from app.quiz.answer import Desk
from app.quiz.api import api_router
from app.quiz.pages import QuizPages, draw_reading, first_page, quiz_routes
from app.quiz.prediction_routes import prediction_routes
from app.quiz.question import Keys
from app.settings import Settings, read_settings
from app.store.store import Store, open_store
from app.web.answers import PERSONAL, html, problem, see_other
from app.web.assets import Assets
from app.web.headers import BehindHttps, CrossOriginProtection, SecurityHeaders, security_headers
from app.web.language import COOKIE, negotiate
from app.web.metrics import FOLDER, Measured, Metrics, Scrape, Scrapes
from app.web.page import Prepared, PreparedPages, prepare
from app.web.shelf import Shelf, compiled_templates, digest_of
from app.web.templates import Templates
from app.widgetkit.links import Links
from app.widgetkit.reference import reference
from app.widgetkit.registry import ROOMS, Rooms, Supplier, find_rooms
from app.widgetkit.routes import api_routes, page_routes, widget_index, widget_page
from app.widgetkit.view import embed, state_of

ROOT = Path(__file__).parent.parent
CONTENT = ROOT / "content"
SHELF = ROOT / ".cache"
HOME_SEQUENCE = "pod-birth"
YEAR = 31536000
CLIENT_LEFT = 499  # who sends a request and is gone before its end; nginx counts it so
BODY_LIMIT = 17 << 20  # an exported progress may be 16 MiB

log = logging.getLogger("podscope")


@dataclass(frozen=True)
class Written:
    """What we wrote, read and checked: the sentences of each file, lessons, questions, interview prompts."""

    words: dict[Path, Words]
    lessons: tuple[Lesson, ...]
    bank: Bank
    interviews: Interviews


def read_written(content: Path) -> Written:
    """All of it; the first mistake is a ContentError with file, line and advice."""
    words = {path: load_words(path) for path in sorted((ROOT / "app").rglob("words.yaml"))}
    return Written(words, load_lessons(content), load_bank(content), load_interviews(content))


class Site:
    """Everything that is made once at start: words, templates, assets, rooms, lessons, and the pages drawn of them.

    What did not change since the last start is taken from the shelf; with `anew` everything is made again.
    """

    def __init__(
        self, content: Path = CONTENT, suppliers: Mapping[str, Supplier] | None = None, *, anew: bool = False
    ) -> None:
        state = digest_of([content, *(ROOT / name for name in ("app", "static", "templates"))])
        self._shelf = Shelf(SHELF, state, anew=anew)
        written = self._shelf.kept("written", Written, lambda: read_written(content))
        self.rooms = find_rooms(suppliers=suppliers, words=lambda path: written.words.get(path) or load_words(path))
        self.assets = Assets(ROOT / "static", self.rooms.styles)
        rooms_loader = PrefixLoader({"rooms": FileSystemLoader(ROOMS)})
        words = written.words[ROOT / "app" / "web" / "words.yaml"]
        self.templates = Templates([ROOT / "templates"], words, self.assets, rooms_loader, compiled_templates(SHELF))
        self.lessons = written.lessons
        self.bank = written.bank
        self.interviews = written.interviews
        self.chapters = arrange(self.rooms, self.lessons)

    def pages(self, quiz: QuizPages) -> dict[str, Prepared]:
        """Every public page and asset by its path, ready to be sent."""
        return self._shelf.kept("pages", dict, lambda: self._drawn(quiz))

    def _drawn(self, quiz: QuizPages) -> dict[str, Prepared]:
        pages = dict(self.assets.prepared)
        for lang in LANGUAGES:
            pages[f"/{lang}/"] = prepare(home(self.templates, self.rooms, self.chapters, lang))
            pages[f"/{lang}/widgets/"] = prepare(widget_index(self.templates, lang, self.chapters))
            for path, body in self._lesson_pages(lang, quiz).items():
                pages[path] = prepare(body)
            for subject in self.bank.subjects:
                pages[f"/{lang}/quiz/{subject.slug}"] = prepare(first_page(quiz, lang, subject))
            for room in self.rooms.values():
                page, _ = widget_page(self.templates, self.rooms, state_of(room, lang, {}))
                pages[f"/{lang}/widgets/{room.slug}"] = prepare(page)
        return pages

    def _lesson_pages(self, lang: Lang, quiz: QuizPages) -> dict[str, str]:
        drawing = Drawing(self.templates, self.rooms, quiz.draw_question)
        pages = {}
        for index, lesson in enumerate(self.lessons):
            pages[f"/{lang}/lessons/{lesson.slug}"] = self.templates.render(
                "lesson/page.html",
                lang,
                lesson=lesson,
                front=lesson.front(lang),
                drawn=drawing.draw(lesson, lang),
                previous=self.lessons[index - 1] if index else None,
                next=self.lessons[index + 1] if index + 1 < len(self.lessons) else None,
                questions=len(self.bank.by_slug[lesson.slug].questions) if lesson.slug in self.bank.by_slug else 0,
                reading=draw_reading(quiz, lang, lesson.slug),
                path=f"/lessons/{lesson.slug}",
                query="",
            )
        return pages


def home(templates: Templates, rooms: Rooms, chapters: tuple[Chapter, ...], lang: Lang) -> str:
    player = embed(templates, rooms[HOME_SEQUENCE], lang, {}, level=2) if HOME_SEQUENCE in rooms else ""
    return templates.render("home.html", lang, player=player, chapters=chapters, path="/", query="")


def quiz_of(site: Site, store: Store) -> QuizPages:
    """The quiz on a site's questions and a store; number questions are computed by the site's widgets."""
    sequences = {room.slug: room.widget.subject for room in site.rooms.values() if room.widget.kind == "sequence"}
    return QuizPages(Desk(site.bank, store, Keys(site.rooms.answer), sequences), site.interviews, site.templates)


def create_app(settings: Settings, content: Path = CONTENT) -> Any:
    """The whole site as one ASGI application: prepared pages in front, then protection, then the router."""
    metrics = Metrics(os.environ.get(FOLDER))
    scrapes = Scrapes(metrics)
    site = Site(content, {"metric-types": lambda: as_inputs(*scrapes.pair())})
    store = open_store(settings.database_url)
    health = store.health()
    log.info("progress is kept in %s %s", health.engine, health.version)
    quiz = quiz_of(site, store)
    pages = site.pages(quiz)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    api = FastAPI(
        title="Podscope",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
        max_body_size=BODY_LIMIT,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    links = Links(store)
    api.include_router(page_routes(site.templates, site.rooms, links))
    api.include_router(prediction_routes(quiz.desk, site.templates, site.rooms, links))
    api.include_router(quiz_routes(quiz))
    api.include_router(api_routes(site.rooms))
    api.include_router(api_router(quiz.desk))
    _general_routes(api, site, store, metrics)
    _error_answers(api, site, pages)
    headers = security_headers(settings.https)
    compressed = CompressMiddleware(BehindHttps(api) if settings.https else api)
    behind = Measured(SecurityHeaders(CrossOriginProtection(compressed), headers), metrics)
    spare_the_collector()
    return PreparedPages(behind, pages, headers, metrics.page_counter)


def as_inputs(before: Scrape, now: Scrape) -> dict[str, str]:
    """Two scrapes of this site as a reader would paste them."""
    return {"exposition": now.text, "earlier": before.text, "seconds": f"{before.when}/{now.when}"}


def _general_routes(api: FastAPI, site: Site, store: Store, metrics: Metrics) -> None:
    @api.get("/", include_in_schema=False)
    def start(request: Request) -> Response:
        lang = _language(request)
        return RedirectResponse(f"/{lang}/", 307, {"cache-control": PERSONAL, "vary": "accept-language, cookie"})

    @api.get("/language/{lang}", include_in_schema=False)
    def choose_language(lang: str, to: str = "/") -> Response:
        language = as_language(lang)
        if language is None:
            raise HTTPException(404)
        answer = see_other(to if to.startswith(f"/{lang}/") and "\\" not in to else f"/{lang}/")
        answer.set_cookie(COOKIE, language, max_age=YEAR, samesite="lax", path="/")
        return answer

    @api.get("/api/docs", include_in_schema=False)
    def api_docs(request: Request, lang: str = "") -> Response:
        language = as_language(lang) or _language(request)
        return html(_api_page(api, site, language), more={"vary": "accept-language, cookie"})

    @api.get("/healthz", tags=["operation"], summary="This process answers")
    async def healthz() -> dict[str, str]:
        # Not in a thread: all of them may be waiting for a lock while this process is well.
        return {"status": "ok"}

    scraped: dict[int | str, dict[str, Any]] = {
        200: {"description": "In the text format", "content": {"text/plain": {"schema": {"type": "string"}}}}
    }

    @api.get(
        "/metrics",
        tags=["operation"],
        summary="What Prometheus scrapes",
        response_class=Response,
        responses=scraped,
    )
    def exposition() -> Response:
        return metrics.exposition()

    @api.get("/readyz", tags=["operation"], summary="The database answers as well")
    def readyz() -> dict[str, str]:
        health = store.health()
        return {"status": "ok", "database": health.engine, "version": health.version}


def _api_page(api: FastAPI, site: Site, lang: Lang) -> str:
    calls = [
        {"method": method.upper(), "path": path, "summary": operation.get("summary", "")}
        for path, operations in api.openapi()["paths"].items()
        for method, operation in operations.items()
        if not path.startswith("/api/v1/widgets/")
    ]
    rooms = reference(site.rooms, lang)
    return site.templates.render("api.html", lang, rooms=rooms, calls=calls, path="/", query="")


def _language(request: Request) -> Lang:
    chosen = as_language(request.cookies.get(COOKIE))
    return chosen or negotiate(request.headers.get("accept-language", ""))


def _language_of(path: str) -> Lang | None:
    """The language that an address begins with; `OPTIONS *` has no address at all."""
    return as_language(path.strip("/").partition("/")[0])


def _error_answers(api: FastAPI, site: Site, pages: dict[str, Prepared]) -> None:
    async def missing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        path = request.scope["path"]
        headers = {name.lower(): value for name, value in (getattr(error, "headers", None) or {}).items()}
        if status == 405:
            headers["allow"] = ", ".join(methods_of(api, pages, request.scope))
        if status == 404 and (other := other_slash(api, pages, request.scope)):
            return RedirectResponse(other, 307, {"cache-control": PERSONAL})
        if path.startswith("/api/"):
            return problem(
                status, str(getattr(error, "detail", "Not found")), f"{request.method} {path}", headers=headers
            )
        if status != 404:
            return problem(status, str(getattr(error, "detail", "Refused")), headers=headers)
        lang = _language_of(path) or _language(request)
        return html(_error_page(site, lang, path, suggest(path, lang, list(pages))), 404)

    async def left(_: Request, __: Exception) -> Response:
        """Nobody reads this answer, but it is counted, and not as a fault of ours."""
        return Response(status_code=CLIENT_LEFT)

    async def broken(request: Request, error: Exception) -> Response:
        path = request.scope["path"]
        log.error("%s %s failed", request.method, path, exc_info=error)
        if path.startswith("/api/"):
            return problem(500, "Something broke on our side")
        lang = _language_of(path) or _language(request)
        page = site.templates.render(
            "error.html",
            lang,
            heading="error.server",
            lede=site.templates.said(lang, "error.server-lede"),
            suggestions=[],
            path="/",
            query="",
        )
        return html(page, 500)

    api.add_exception_handler(HTTPException, missing)
    api.add_exception_handler(ClientDisconnect, left)
    api.add_exception_handler(Exception, broken)


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def methods_of(api: FastAPI, pages: Collection[str], scope: Mapping[str, Any]) -> list[str]:
    """What may be done at an address; a page that lies ready takes HEAD as well."""
    ready = ("GET", "HEAD") if scope["path"] in pages else ()
    return [method for method in METHODS if method in ready or _has_route(api, {**scope, "method": method})]


def other_slash(api: FastAPI, pages: Collection[str], scope: Mapping[str, Any]) -> str | None:
    """Where a reader meant to go who wrote a slash too many or too few at the end: here, whatever `Host` says."""
    path = scope["path"]
    other = path.rstrip("/") if path.endswith("/") else f"{path}/"
    if "//" in path or "\\" in path or not (other in pages or _has_route(api, {**scope, "path": other})):
        return None
    query = scope["query_string"].decode("latin-1")
    return f"{quote(other)}?{query}" if query else quote(other)


def _has_route(api: FastAPI, scope: Mapping[str, Any]) -> bool:
    return any(route.matches(dict(scope))[0] is Match.FULL for route in api.router.routes)


def _error_page(site: Site, lang: Lang, path: str, found: list[str]) -> str:
    return site.templates.render(
        "error.html",
        lang,
        heading="error.not-found",
        lede=site.templates.said(lang, "error.not-found-lede", path=path[:120]),
        suggestions=[(url, site_title(site, lang, url)) for url in found],
        path="/",
        query="",
    )


def suggest(path: str, lang: Lang, known: list[str]) -> list[str]:
    """Three pages of this language whose addresses are most like the one asked for, or the first lessons."""
    pages = [url for url in known if url.startswith(f"/{lang}/") and url.count("/") > 2]
    alike = get_close_matches(path.rstrip("/").lower()[:200], pages, n=3, cutoff=0.55)
    return alike or [url for url in pages if "/lessons/" in url][:3]


def site_title(site: Site, lang: Lang, url: str) -> str:
    slug = url.rstrip("/").rpartition("/")[2]
    if "/widgets/" in url and slug in site.rooms:
        return site.rooms[slug].title(lang)
    return next((lesson.title(lang) for lesson in site.lessons if lesson.slug == slug), url)


def spare_the_collector() -> None:
    """What was made at start stays, so the garbage collector need not look at it again; a pasted cluster of
    5,000 pods makes many objects at once and none of them is garbage before the answer."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 50, 100)


def app_from_environment() -> Any:
    """The factory that every worker calls."""
    return create_app(read_settings(os.environ))
