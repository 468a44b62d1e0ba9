"""The site without a network between: a request as bytes in, an answer as bytes out, many a second, some at once."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import FastAPI
from starlette.routing import Match

from app.web.page import PreparedPages

Pairs = list[tuple[bytes, bytes]]
T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """One request as it comes from the wire; `path` and `query` are not quoted any more than what they are."""

    method: str
    path: str
    query: bytes = b""
    headers: Pairs = field(default_factory=list)
    body: bytes = b""
    client: str = "127.0.0.1"
    leaves: bool = False
    """Whether the client is gone before it has sent all of the body."""


@dataclass(frozen=True)
class Got:
    status: int
    headers: Pairs
    body: bytes


async def ask(app: Any, asked: Asked) -> Got:
    """The answer; an exception that the site lets through is raised here."""
    usual = [(b"host", b"test"), (b"content-length", str(len(asked.body)).encode())]
    given = {name for name, _ in asked.headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": asked.path,
        "raw_path": asked.path.encode("utf-8", "surrogateescape"),
        "query_string": asked.query,
        "root_path": "",
        "headers": [*asked.headers, *(pair for pair in usual if pair[0] not in given)],
        "client": (asked.client, 1),
        "server": ("test", 80),
        "state": {},
    }
    sent: list[dict[str, Any]] = []
    is_read = False

    async def receive() -> dict[str, Any]:
        nonlocal is_read
        if is_read and asked.leaves:
            return {"type": "http.disconnect"}
        if is_read:
            await asyncio.Event().wait()
        is_read = True
        return {"type": "http.request", "body": asked.body, "more_body": asked.leaves}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Got(sent[0]["status"], sent[0]["headers"], body)


def awaited(coroutine: Coroutine[Any, Any, T]) -> T:
    """What it returns, from a loop of its own in a thread of its own: Playwright's keeps the loop of this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def router_of(app: Any) -> FastAPI:
    """The application with the routes, behind all that stands in front of it."""
    while not isinstance(app, FastAPI):
        app = getattr(app, "_app", None) or app.app
    return app


def prepared_of(app: Any) -> list[str]:
    """The paths of the pages that lie ready."""
    while not isinstance(app, PreparedPages):
        app = app._app
    return sorted(app._answers)


def paths_of(routes: Any) -> Iterator[str]:
    """The template of every route, those of included routers too."""
    for route in routes:
        if path := getattr(route, "path", ""):
            yield path
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from paths_of(inner.routes)


def methods_at(api: FastAPI, path: str) -> list[str]:
    """What an address takes."""
    scope = {"type": "http", "path": path, "root_path": "", "headers": []}
    asked = ("GET", "POST", "PUT", "PATCH", "DELETE")
    return [
        method
        for method in asked
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in api.router.routes)
    ]
