"""What each of the site's worker processes (app.web.hands) begins with: the routes, on a site of its own."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from app.main import API, routed
from app.settings import Settings
from app.site import Site, quiz_of
from app.store.engine import create_store_engine
from app.store.store import Store
from app.web.logs import begin_logs


def begin(settings: Settings, content: Path, paths: tuple[str, ...]) -> Any:
    """The application of one process. It asks the database only when a request needs it: the site that began this
    process has made its tables."""
    begin_logs(settings.log_level)
    site = site_of(content, settings.public_url)
    quiz = quiz_of(site, Store(create_store_engine(settings.database_url)))
    return routed(FastAPI(**API), settings, site, quiz, paths)


@lru_cache(maxsize=1)
def site_of(content: Path, public_url: str) -> Site:
    """Made once where all processes come from, so that they share its memory; nothing that is live is shown by it."""
    return Site(content, public_url=public_url)
