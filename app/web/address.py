"""Addresses that lead nowhere: what may be done there, where the reader meant to go, what is alike."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.routing import Match

from app.content.language import Lang

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def methods_of(api: FastAPI, pages: Collection[str], scope: Mapping[str, Any]) -> list[str]:
    """What may be done at an address; a page that lies ready takes HEAD as well."""
    ready = ("GET", "HEAD") if scope["path"] in pages else ()
    found = {method for method in METHODS if method in ready or _has_route(api, {**scope, "method": method})}
    return [method for method in METHODS if method in found or (method == "HEAD" and "GET" in found)]


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


def suggest(path: str, lang: Lang, known: list[str]) -> list[str]:
    """Three pages of this language whose addresses are most like the one asked for, or that have its last word in their
    name, or the first lessons; no files. The language is no likeness."""
    start = f"/{lang}/"
    pages = {url.removeprefix(start): url for url in known if url.startswith(start) and url.count("/") > 2}
    pages = {page: url for page, url in pages.items() if "." not in page}
    wanted = path.rstrip("/").lower()[:200].removeprefix(start)
    alike = get_close_matches(wanted, pages, n=3, cutoff=0.55)
    last = wanted.rpartition("/")[2]
    named = [page for page in pages if last in page.rpartition("/")[2].split("-")]
    lessons = [page for page in pages if page.startswith("lessons/") and page.count("/") == 1]
    found = alike or [*(page for page in lessons if page in named), *(page for page in named if page not in lessons)]
    return [pages[page] for page in (found or lessons)[:3]]
