"""The composition root: the only place that knows all parts of the site."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette_compress import CompressMiddleware

from app.lessons.pages import reference_routes
from app.lessons.search.routes import search_routes
from app.place import CONTENT
from app.quiz.api import api_router, quiz_words
from app.quiz.pages import quiz_routes
from app.quiz.prediction_routes import prediction_routes
from app.quiz.refused import answer_refusals
from app.settings import Settings, read_settings
from app.site import Site, quiz_of
from app.store.store import open_store
from app.web.collector import spare_the_collector
from app.web.errors import answer_errors
from app.web.general import general_routes
from app.web.headers import BehindHttps, CrossOriginProtection, SecurityHeaders, security_headers
from app.web.manners import HeadAsGet, manner_routes
from app.web.metrics import FOLDER, Measured, Metrics, Scrape, Scrapes
from app.web.page import PreparedPages
from app.widgetkit.links import Links
from app.widgetkit.reference import reference
from app.widgetkit.routes import api_routes, page_routes

BODY_LIMIT = 17 << 20  # an exported progress may be 16 MiB

log = logging.getLogger("podscope")


def create_app(settings: Settings, content: Path = CONTENT) -> Any:
    """The whole site as one ASGI application: prepared pages in front, then protection, then the router."""
    metrics = Metrics(os.environ.get(FOLDER))
    scrapes = Scrapes(metrics)
    site = Site(content, {"metric-types": lambda: as_inputs(*scrapes.pair())}, public_url=settings.public_url)
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
    api.include_router(reference_routes(site.library))
    api.include_router(search_routes(site.search(), site.templates))
    api.include_router(page_routes(site.templates, site.rooms, links))
    api.include_router(prediction_routes(quiz.desk, site.templates, site.rooms, links))
    api.include_router(quiz_routes(quiz))
    api.include_router(api_routes(site.rooms))
    api.include_router(api_router(quiz.desk))
    manner_routes(api, settings.public_url, tuple(pages), site.library.dates)
    general_routes(api, site.templates, metrics, store.health, partial(reference, site.rooms))
    said = quiz_words()
    answer_refusals(api, lambda request: site.words_at(request.scope["path"]) or said)
    answer_errors(api, site.templates, pages, site.title_of)
    headers = security_headers(settings.https)
    compressed = HeadAsGet(CompressMiddleware(BehindHttps(api) if settings.https else api))
    behind = Measured(SecurityHeaders(CrossOriginProtection(compressed), headers), metrics)
    spare_the_collector()
    return PreparedPages(behind, pages, headers, metrics.page_counter)


def as_inputs(before: Scrape, now: Scrape) -> dict[str, str]:
    """Two scrapes of this site as a reader would paste them."""
    return {"exposition": now.text, "earlier": before.text, "seconds": f"{before.when}/{now.when}"}


def app_from_environment() -> Any:
    """The factory that every worker calls."""
    return create_app(read_settings(os.environ))
