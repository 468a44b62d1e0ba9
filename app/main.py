"""The composition root: the only place that knows all parts of the site."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette_compress import CompressMiddleware

from app.lessons.pages import reference_routes
from app.lessons.search.routes import search_routes
from app.place import CONTENT
from app.quiz.api import api_router, quiz_words
from app.quiz.cookie import OVER_HTTPS, PLAIN
from app.quiz.guard import Client
from app.quiz.pages import QuizPages, mystery_routes, quiz_routes
from app.quiz.prediction_routes import prediction_routes
from app.quiz.refused import answer_refusals
from app.settings import Settings, read_settings
from app.site import Site, quiz_of
from app.store.engine import StoreAway, StoreError
from app.store.expiry import forget_unused
from app.store.review import milliseconds
from app.store.store import Store, open_store
from app.web.collector import give_back, keep_little, spare_the_collector
from app.web.cookies import OwnCookies
from app.web.errors import answer_errors, sayings
from app.web.general import general_routes
from app.web.hands import LARGEST, Apart, Hands
from app.web.headers import BehindHttps, CrossOriginProtection, SecurityHeaders, security_headers
from app.web.language import COOKIE
from app.web.logs import begin_logs
from app.web.manners import Addressed, Addresses, HeadAsGet, manner_routes
from app.web.metrics import FOLDER, Measured, Metrics, Scrape, Scrapes
from app.web.operation import Readiness, operation_routes
from app.web.page import PreparedPages
from app.web.routing import join
from app.web.spared import do_without
from app.web.states import KeptStates
from app.widgetkit.kept import canonical, told_first
from app.widgetkit.links import Links
from app.widgetkit.reference import reference
from app.widgetkit.routes import api_routes, page_routes

FIRST_AFTER_S = 10.0  # after a start: whoever has waited for it is answered first
BROTLI_QUALITY = 3  # of what is made when asked: as small as zstd, which most browsers take, and a third quicker than 4
do_without("pydantic.v1")  # FastAPI would look for it in every annotation: 1.5 MB

IMPORTS = ("/progress/import", "/api/v1/import")  # which read themselves what is too long, and may take longer

log = logging.getLogger("podscope")


def create_app(settings: Settings, content: Path = CONTENT) -> Any:
    """The whole site as one ASGI application: prepared pages in front, then protection, then the hands for what is
    large, then the router."""
    keep_little()
    metrics = Metrics(os.environ.get(FOLDER))
    scrapes = Scrapes(metrics)
    site = Site(content, {"metric-types": lambda: as_inputs(*scrapes.pair())}, public_url=settings.public_url)
    store = open_store(settings.database_url)
    health = store.health()
    log.info("progress is kept in %s %s", health.engine, health.version)
    quiz = quiz_of(site, store)
    pages = site.pages(quiz)
    hands = Hands(
        settings.hands, "app.hand:begin", settings, content, tuple(pages), shared="app.hand_shared", count=metrics.hand
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(forget_again_and_again(store)), asyncio.create_task(give_back_again_and_again())]
        if store.is_shared:
            tasks.append(asyncio.create_task(prepare_later(hands)))
        if settings.first_states:
            tasks.append(asyncio.create_task(make_first(states, site)))
        yield
        for task in tasks:
            task.cancel()
        hands.close()
        store.close()

    api = FastAPI(lifespan=lifespan, **API)
    operation_routes(api, metrics, Readiness(store, store.folder, len(pages)))
    join(api, mystery_routes(quiz, lambda path: site.assets.whole(bytes(pages[path].identity).decode())))
    behind: Any = routed(api, settings, site, quiz, pages)
    if store.is_shared:
        behind = Apart(
            behind, hands, sayings(site.templates), is_large=names_link, is_long=is_import, is_drawn=is_of_widget
        )
    headers = security_headers(settings.https)
    protected = SecurityHeaders(CrossOriginProtection(behind), headers)
    states = KeptStates(Measured(protected, metrics), protected, partial(canonical, site.rooms), metrics.count_state)
    spare_the_collector()
    if settings.public_url:
        return PreparedPages(states, pages, headers, metrics.page_counter)
    addresses = Addresses(settings.hosts.split(","), settings.https)
    return PreparedPages(Addressed(states, addresses), pages, headers, metrics.page_counter, addresses.link)


async def make_first(states: KeptStates, site: Site) -> None:
    """After the start, in the pauses between answers: the states that most readers ask for."""
    await asyncio.sleep(FIRST_AFTER_S)
    addresses = await run_in_threadpool(lambda: list(told_first(site.rooms)))
    made = await states.make_first(addresses)
    log.info("%d states lie ready in %d KiB", made, states.states.size >> 10)


async def prepare_later(hands: Hands) -> None:
    """After the start, what large requests begin with."""
    await asyncio.sleep(FIRST_AFTER_S)
    await run_in_threadpool(hands.prepare)


async def give_back_again_and_again() -> None:
    """Once a minute, also after thousands of connections that did nothing."""
    while True:
        await asyncio.sleep(60)
        await run_in_threadpool(give_back)


async def forget_again_and_again(store: Store) -> None:
    """Once an hour after the start, and then once a day, what nobody has used for long is forgotten."""
    wait_s = 3600
    while True:
        await asyncio.sleep(wait_s)
        wait_s = 86_400
        try:
            forgotten = await run_in_threadpool(forget_unused, store, milliseconds(datetime.now(UTC)))
        except StoreError as error:
            log.error("what is unused could not be forgotten: %s", error)
        else:
            log.info("forgot %d learners and %d links", forgotten.learners, forgotten.links)


API: dict[str, Any] = {
    "title": "Podscope",
    "version": "1",
    "docs_url": None,
    "redoc_url": None,
    "openapi_url": None,  # a route of ours, which is counted as all of them are
    "redirect_slashes": False,
    "max_body_size": LARGEST,
    "telemetry": {"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
}


def routed(api: FastAPI, settings: Settings, site: Site, quiz: QuizPages, paths: Collection[str]) -> Any:
    """All that is made for a request, compressed: in the site's own process and in each of its hands. `paths` are those
    of the pages that lie ready."""
    links = Links(quiz.desk.store)
    join(
        api,  # what is asked most first: each request asks one after the other
        page_routes(site.templates, site.rooms, links),
        api_router(quiz.desk),
        quiz_routes(quiz),
        prediction_routes(quiz.desk, site.templates, site.rooms, links),
        search_routes(site.search(), site.templates),
        reference_routes(site.library),
        api_routes(site.rooms),
    )
    manner_routes(api, settings.public_url, tuple(paths), site.library.dates, settings.security_contact)
    general_routes(api, site.templates, partial(reference, site.rooms))
    said = quiz_words()
    answer_refusals(api, lambda request: site.words_at(request.scope["path"]) or said)
    answer_errors(api, site.templates, paths, site.title_of, StoreAway)
    answering = BehindHttps(api) if settings.https else api
    own = OwnCookies(answering, (COOKIE, OVER_HTTPS, PLAIN))
    return Client(HeadAsGet(CompressMiddleware(own, brotli_quality=BROTLI_QUALITY)))


def names_link(query: bytes) -> bool:
    """Whether a query names a short link, behind which there may be a megabyte; `%73aved` names one as well."""
    return (b"saved" in query or b"%" in query) and "saved" in parse_qs(query.decode("latin-1"))


def is_import(path: str) -> bool:
    return path.endswith(IMPORTS)


def is_of_widget(path: str) -> bool:
    return "/widgets/" in path and not path.endswith(("/link", "/predict"))


def as_inputs(before: Scrape, now: Scrape) -> dict[str, str]:
    """Two scrapes of this site as a reader would paste them."""
    return {"exposition": now.text, "earlier": before.text, "seconds": f"{before.when}/{now.when}"}


def app_from_environment() -> Any:
    """The factory that every worker calls."""
    settings = read_settings(os.environ)
    begin_logs(settings.log_level)
    return create_app(settings)
