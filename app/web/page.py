"""A public page as bytes: made once, compressed once, answered from memory with an ETag."""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import brotli

from app.web.coding import IDENTITY, chosen

Headers = list[tuple[bytes, bytes]]
Count = Callable[[str, int], None]

BROTLI_QUALITY = 5  # 11 costs sixty times as much per page for about a tenth fewer bytes
SMALLEST = 11  # for what is made once and kept by browsers for ever
PUBLIC = "public, max-age=0, must-revalidate"
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Prepared:
    """One resource in every coding we send. `etag` is the same for all codings up to its suffix, `size` are its bytes
    as it is: what can be packed is not kept so, since that would be two thirds of the memory and nearly nobody asks."""

    gzip: bytes
    brotli: bytes
    size: int
    is_packed: bool
    etag: str
    media_type: str
    cache_control: str

    @property
    def identity(self) -> bytes:
        """The resource as it is, unpacked each time."""
        return gzip.decompress(self.gzip) if self.is_packed else self.gzip

    def coding(self, accept_encoding: str) -> tuple[bytes, bytes | None]:
        """The body that the client wants most and the name of its coding (None: as it is)."""
        packed = {"br": self.brotli, "gzip": self.gzip}
        sizes = {name: len(body) for name, body in packed.items() if len(body) < self.size}
        name = chosen(accept_encoding, {**sizes, IDENTITY: self.size})
        return (self.identity, None) if name == IDENTITY else (packed[name], name.encode())


def prepare(
    body: str | bytes,
    media_type: str = "text/html; charset=utf-8",
    cache_control: str = PUBLIC,
    quality: int = BROTLI_QUALITY,
) -> Prepared:
    data = body.encode() if isinstance(body, str) else body
    compressible = not media_type.startswith(("image/png", "font/", "application/epub"))
    return Prepared(
        gzip=gzip.compress(data, 6, mtime=0) if compressible else data,
        brotli=brotli.compress(data, quality=quality) if compressible else data,
        size=len(data),
        is_packed=compressible,
        etag=hashlib.sha256(data).hexdigest()[:20],
        media_type=media_type,
        cache_control=cache_control,
    )


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
        self._messages: dict[bytes | None, tuple[dict[str, Any], dict[str, Any] | None]] = {}
        self._not_modified: dict[bytes | None, dict[str, Any]] = {}
        self._tags: dict[bytes | None, bytes] = {}
        self._page = page
        self._chosen: dict[bytes, bytes | None] = {}
        as_it_is = None if page.is_packed else page.gzip
        for name, data in ((None, as_it_is), (b"gzip", page.gzip), (b"br", page.brotli)):
            tag = f'"{page.etag}{"-" + name.decode() if name else ""}"'.encode()
            common: Headers = [
                (b"etag", tag),
                (b"cache-control", page.cache_control.encode()),
                (b"vary", b"accept-encoding"),
                *headers,
            ]
            body: Headers = [
                (b"content-type", page.media_type.encode()),
                (b"content-length", str(page.size if data is None else len(data)).encode()),
                *([(b"content-encoding", name)] if name else []),
            ]
            self._tags[name] = tag
            self._not_modified[name] = {"type": "http.response.start", "status": 304, "headers": common}
            self._messages[name] = (
                {"type": "http.response.start", "status": 200, "headers": body + common},
                None if data is None else {"type": "http.response.body", "body": data},
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
        start, body = self._messages[coding]
        return start, body or {"type": "http.response.body", "body": self._page.identity}

    def _coding(self, accepted: bytes) -> bytes | None:
        if len(self._chosen) > 64:  # clients may send anything: the memory of choices stays small
            self._chosen.clear()
        coding = self._page.coding(accepted.decode("latin-1"))[1]
        if len(accepted) <= 64:
            self._chosen[accepted] = coding
        return coding
