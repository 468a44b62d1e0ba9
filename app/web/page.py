"""A public page as bytes: made once, compressed once, answered from where it lies with an ETag."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import brotli

from app.record import dataclass
from app.web.coding import IDENTITY, chosen
from app.web.laid import Body, Warm

Headers = list[tuple[bytes, bytes]]
Count = Callable[[str, int], None]

BROTLI_QUALITY = 5  # 11 costs sixty times as much per page for about a tenth fewer bytes
SMALLEST = 11  # for what is made once and kept by browsers for ever
PUBLIC = "public, max-age=0, must-revalidate"
IMMUTABLE = "public, max-age=31536000, immutable"


Known = Mapping[tuple[str, int], tuple[bytes, bytes]]
"""What gzip and brotli make of a body, by its ETag and brotli's quality."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One resource in every coding we send. `etag` is the same for all codings up to its suffix."""

    identity: Body
    gzip: Body
    brotli: Body
    etag: str
    media_type: str
    cache_control: str

    def coding(self, accept_encoding: str) -> tuple[Body, bytes | None]:
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


Link = Callable[[str, bytes, str], bytes]
"""The Link header for a scheme, a host and a path."""
CHOICES = 32  # answers of one page that are remembered by what was asked


class PreparedPages:
    """Pure ASGI: GET and HEAD of a prepared path are answered here, everything else goes on to the application.

    A page with a query is another page. `link` gives the Link header of a page for its scheme, host and path, b"" for
    none.
    """

    def __init__(
        self,
        app: Any,
        pages: dict[str, Prepared],
        headers: Headers,
        counter: Callable[[str], Count],
        link: Link | None = None,
    ) -> None:
        self._app = app
        self._answers = {path: (_Answers(path, page, headers, link), counter(path)) for path, page in pages.items()}
        self._warm = Warm()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not scope["query_string"] and scope["method"] in ("GET", "HEAD"):
            known = self._answers.get(scope["path"])
            if known is not None:
                answers, count = known
                method, end = scope["method"], _NO_BODY
                answer, is_known = answers.choose(scope["scheme"], scope["headers"])
                if not is_known and method == "GET":
                    end = {"type": "http.response.body", "body": self._warm.read(answer.tag, answer.body)}
                await send(answer.not_modified if is_known else answer.start)
                await send(end)
                count(method, 304 if is_known else 200)
                return
        await self._app(scope, receive, send)


_NO_BODY = {"type": "http.response.body", "body": b""}


class _Answer(NamedTuple):
    """How the messages of an answer begin, what lies behind them, and how it is said that nothing has changed."""

    start: dict[str, Any]
    body: Body
    not_modified: dict[str, Any]
    tag: bytes


class _Answers:
    """The answers of one page: for each coding that is asked for, of each address at which the site is reached, one."""

    def __init__(self, path: str, page: Prepared, headers: Headers, link: Link | None) -> None:
        self._path = path
        self._page = page
        self._headers = headers
        self._link = link if page.media_type.startswith("text/html") else None
        self._by = b"host" if self._link else b""
        self._made: dict[bytes | None, _Answer] = {}
        self._chosen: dict[tuple[bytes, bytes, str], _Answer] = {}

    def choose(self, scheme: str, request: Headers) -> tuple[_Answer, bool]:
        """The answer for the request's `accept-encoding`, and whether its `if-none-match` says that it is known."""
        accepted, known, host = b"", b"", b""
        for name, value in request:
            if name == b"accept-encoding":
                accepted = accepted + b"," + value if accepted else value
            elif name == self._by:
                host = value
            elif name == b"if-none-match":
                known = value
        answer = self._chosen.get((accepted, host, scheme)) or self._choose(accepted, host, scheme)
        return answer, bool(known) and (answer.tag in known or known == b"*")

    def _choose(self, accepted: bytes, host: bytes, scheme: str) -> _Answer:
        body, coding = self._page.coding(accepted.decode("latin-1"))
        answer = self._made.get(coding)
        if answer is None:
            answer = self._made[coding] = self._answer(body, coding)
        link = self._link(scheme, host, self._path) if self._link else b""
        if link:
            start = answer.start
            answer = answer._replace(start={**start, "headers": [*start["headers"], (b"link", link)]})
        if len(accepted) <= 64 and (link or not host):  # whoever asks by a name of their own leaves nothing here
            if len(self._chosen) >= CHOICES:  # clients may send anything: the memory of choices stays small
                self._chosen.clear()
            self._chosen[accepted, host, scheme] = answer
        return answer

    def _answer(self, body: Body, coding: bytes | None) -> _Answer:
        page = self._page
        tag = f'"{page.etag}{"-" + coding.decode() if coding else ""}"'.encode()
        common: Headers = [
            (b"etag", tag),
            (b"cache-control", page.cache_control.encode()),
            (b"vary", b"accept-encoding"),
            *self._headers,
        ]
        about_body: Headers = [
            (b"content-type", page.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            *([(b"content-encoding", coding)] if coding else []),
        ]
        return _Answer(
            {"type": "http.response.start", "status": 200, "headers": about_body + common},
            body,
            {"type": "http.response.start", "status": 304, "headers": common},
            tag,
        )
