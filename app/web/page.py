"""A public page as bytes: made once, compressed once, answered from memory with an ETag."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import brotli

from app.web.coding import IDENTITY, chosen

Headers = list[tuple[bytes, bytes]]
Count = Callable[[str, int], None]

BROTLI_QUALITY = 5  # 11 costs sixty times as much per page for about a tenth fewer bytes
SMALLEST = 11  # for what is made once and kept by browsers for ever
PUBLIC = "public, max-age=0, must-revalidate"
IMMUTABLE = "public, max-age=31536000, immutable"


Known = Mapping[tuple[str, int], tuple[bytes, bytes]]
"""What gzip and brotli make of a body, by its ETag and brotli's quality."""


@dataclass(frozen=True)
class Prepared:
    """One resource in every coding we send. `etag` is the same for all codings up to its suffix."""

    identity: bytes
    gzip: bytes
    brotli: bytes
    etag: str
    media_type: str
    cache_control: str

    def coding(self, accept_encoding: str) -> tuple[bytes, bytes | None]:
        """The body that the client wants most and the name of its coding (None: as it is)."""
        bodies = {"br": self.brotli, "gzip": self.gzip, IDENTITY: self.identity}
        sizes = {name: len(body) for name, body in bodies.items() if name == IDENTITY or len(body) < len(self.identity)}
        name = chosen(accept_encoding, sizes)
        return bodies[name], None if name == IDENTITY else name.encode()


def prepare(
    body: str | bytes,
    media_type: str = "text/html; charset=utf-8",
    cache_control: str = PUBLIC,
    quality: int = BROTLI_QUALITY,
    known: Known = MappingProxyType({}),
) -> Prepared:
    """What is `known` is not compressed again."""
    data = body.encode() if isinstance(body, str) else body
    etag = hashlib.sha256(data).hexdigest()[:20]
    compressible = not media_type.startswith(("image/png", "font/", "application/epub"))
    if not compressible:
        return Prepared(data, data, data, etag, media_type, cache_control)
    packed = known.get((etag, quality)) or (gzip.compress(data, 6, mtime=0), brotli.compress(data, quality=quality))
    return Prepared(data, packed[0], packed[1], etag, media_type, cache_control)


class PreparedPages:
    """Pure ASGI: GET and HEAD of a prepared path are answered here, everything else goes on to the application.

    Responses are assembled from tuples made at start; the query is ignored only for assets, since a page
    with a query is another page.
    """

    def __init__(self, app: Any, pages: dict[str, Prepared], headers: Headers, counter: Callable[[str], Count]) -> None:
        self._app = app
        self._answers = {path: (_Answers(page, headers), counter(path)) for path, page in pages.items()}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not scope["query_string"] and scope["method"] in ("GET", "HEAD"):
            known = self._answers.get(scope["path"])
            if known is not None:
                answers, count = known
                start, body = answers.choose(scope["headers"])
                await send(start)
                await send(body if scope["method"] == "GET" else _NO_BODY)
                count(scope["method"], start["status"])
                return
        await self._app(scope, receive, send)


_NO_BODY = {"type": "http.response.body", "body": b""}


class _Answers:
    """The ASGI messages of one page for every coding, and its 304."""

    def __init__(self, page: Prepared, headers: Headers) -> None:
        self._messages: dict[bytes | None, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._not_modified: dict[bytes | None, dict[str, Any]] = {}
        self._tags: dict[bytes | None, bytes] = {}
        self._page = page
        self._chosen: dict[bytes, bytes | None] = {}
        for name, data in ((None, page.identity), (b"gzip", page.gzip), (b"br", page.brotli)):
            tag = f'"{page.etag}{"-" + name.decode() if name else ""}"'.encode()
            common: Headers = [
                (b"etag", tag),
                (b"cache-control", page.cache_control.encode()),
                (b"vary", b"accept-encoding"),
                *headers,
            ]
            body: Headers = [
                (b"content-type", page.media_type.encode()),
                (b"content-length", str(len(data)).encode()),
                *([(b"content-encoding", name)] if name else []),
            ]
            self._tags[name] = tag
            self._not_modified[name] = {"type": "http.response.start", "status": 304, "headers": common}
            self._messages[name] = (
                {"type": "http.response.start", "status": 200, "headers": body + common},
                {"type": "http.response.body", "body": data},
            )

    def choose(self, request: Headers) -> tuple[dict[str, Any], dict[str, Any]]:
        """The answer's start and body for the request's `accept-encoding` and `if-none-match`."""
        accepted, known = b"", b""
        for name, value in request:
            if name == b"accept-encoding":
                accepted = accepted + b"," + value if accepted else value
            elif name == b"if-none-match":
                known = value
        coding = self._chosen[accepted] if accepted in self._chosen else self._coding(accepted)
        if known and (self._tags[coding] in known or known == b"*"):
            return self._not_modified[coding], _NO_BODY
        return self._messages[coding]

    def _coding(self, accepted: bytes) -> bytes | None:
        if len(self._chosen) > 64:  # clients may send anything: the memory of choices stays small
            self._chosen.clear()
        coding = self._page.coding(accepted.decode("latin-1"))[1]
        if len(accepted) <= 64:
            self._chosen[accepted] = coding
        return coding
