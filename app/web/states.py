"""States of models as bytes: what was drawn and compressed once for somebody is sent again to whoever asks the same.
The bytes lie in a file without a name; in memory stands where.

Only what is public and holds nothing that was typed, which `canonical` decides by the address; the rest goes on.
"""

import asyncio
import hashlib
import marshal
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from app.web.laid import BLOCK, Blocks, Body, Laid, Warm, blocks_of
from app.web.logs import HEADER

MOST = 64 << 20  # bytes that are kept, those of memory included
AROUND = 256  # bytes of memory for an answer
FIRST_MOST = 16 << 20  # of which are made before anybody asks
LARGEST = 1 << 20
ALIASES = 1024  # spellings of an address that need no second look: of 350 bytes
CODINGS = (b"gzip", b"br", b"zstd")
USUAL = b"gzip, deflate, br, zstd"  # what browsers say of themselves
PAUSE = 4.0  # so many times as long as making one took is waited before the next is made ahead

Canonical = Callable[[str, bytes], str | None]
Count = Callable[[str, str, int], None]


Headers = tuple[tuple[bytes, bytes], ...]

_HEAD = 4  # bytes in which stands how long the headers are
_ABOUT_BODY = (b"content-type", b"content-encoding")


class Kept(NamedTuple):
    """An answer, which lies in the file with its headers: thousands of which memory holds a digest and a place."""

    headers: Headers
    path: str
    tag: bytes
    body: bytes

    def packed(self) -> bytes:
        head = marshal.dumps((self.headers, self.path, self.tag))
        return len(head).to_bytes(_HEAD) + head + self.body

    @classmethod
    def read(cls, packed: bytes) -> "Kept":
        begins = _HEAD + int.from_bytes(packed[:_HEAD])
        head = packed[_HEAD:begins]
        headers, path, tag = marshal.loads(head)  # nosec B302 # of a file without a name, which is this process' own
        return cls(headers, path, tag, packed[begins:])

    def start(self) -> dict[str, Any]:
        headers = [*self.headers, (b"content-length", b"%d" % len(self.body)), (b"etag", self.tag)]
        return {"type": "http.response.start", "status": 200, "headers": headers}

    def not_modified(self) -> dict[str, Any]:
        headers = [header for header in self.headers if header[0] not in _ABOUT_BODY]
        return {"type": "http.response.start", "status": 304, "headers": [*headers, (b"etag", self.tag)]}


class States:
    """What is kept, under a digest of its key, the least used thrown away first; never more than `most` bytes."""

    def __init__(self, most: int = MOST, blocks: Blocks | None = None) -> None:
        self._most = most
        self._blocks = blocks or Blocks()
        self._kept: dict[bytes, Laid] = {}  # in the order of their last use
        self._warm = Warm()
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: str) -> Kept | None:
        name = _digest(key)
        found = self._kept.pop(name, None)
        if found is None:
            return None
        self._kept[name] = found
        return Kept.read(self._warm.read(name, found))

    def keep(self, key: str, kept: Kept) -> None:
        """Nothing is kept where the disk is full."""
        name, packed = _digest(key), kept.packed()
        size = size_of(packed)
        if size > min(LARGEST, self._most):
            return
        if name in self._kept:
            self._drop(name)
        while self._kept and self.size + size > self._most:
            self._drop(next(iter(self._kept)))
        try:
            self._kept[name] = self._blocks.lay(packed)
        except OSError:
            return
        self.size += size

    def _drop(self, name: bytes) -> None:
        laid = self._kept.pop(name)
        self._warm.forget(name)
        self._blocks.give_back(laid)
        self.size -= size_of(laid)


def size_of(packed: Body) -> int:
    """Bytes of file and memory that an answer takes."""
    return blocks_of(len(packed)) * BLOCK + AROUND


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


class KeptStates:
    """Pure ASGI: answers what is kept, and keeps what may be of what the application answers. `quiet` is the same
    application without its counting, for what is made before anybody asks."""

    def __init__(self, app: Any, quiet: Any, canonical: Canonical, count: Count, states: States | None = None) -> None:
        self._app = app
        self._quiet = quiet
        self._canonical = canonical
        self._count = count
        self.states = states or States()
        self._keys: dict[tuple[str, bytes, bytes], str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not scope["query_string"]:
            await self._app(scope, receive, send)
            return
        accepted, known = b"", b""
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                accepted = accepted + b"," + value if accepted else value
            elif name == b"if-none-match":
                known = value
            elif (name == b"sec-fetch-dest" and value == b"document" and scope["path"].startswith("/fragments/")) or (
                name == b"range"
            ):
                await self._app(scope, receive, send)
                return
        key = self._key(scope["path"], scope["query_string"], accepted)
        kept = self.states.find(key) if key else None
        if kept is None:
            is_asked = key is not None and scope["method"] == "GET"
            await self._app(scope, receive, self._watching(key, scope["path"], send) if is_asked and key else send)
            return
        is_known = bool(known) and kept.tag in known
        is_wanted = not is_known and scope["method"] == "GET"
        end = {"type": "http.response.body", "body": kept.body} if is_wanted else _NOTHING
        start = kept.not_modified() if is_known else kept.start()
        await send(start)
        await send(end)
        self._count(kept.path, scope["method"], start["status"])

    def _key(self, path: str, query: bytes, accepted: bytes) -> str | None:
        """The name of the answer: of the state, in the codings that the client takes."""
        spelled = (path, query, accepted)
        found = self._keys.get(spelled)
        if found is None and len(accepted) <= 64 and b";" not in accepted:
            state = self._canonical(path, query)
            if state is not None:
                taken = {word.strip().lower() for word in accepted.split(b",")}
                found = f"{''.join('01'[coding in taken] for coding in CODINGS)} {state}"
                if len(self._keys) >= ALIASES:
                    self._keys.clear()
                self._keys[spelled] = found
        return found

    def _watching(self, key: str, path: str, send: Any) -> Any:
        start: dict[str, Any] = {}
        parts: list[bytes] = []

        async def watched(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body") and may_be_kept(start) and is_taken(start, key):
                    self.states.keep(key, kept_of(start, b"".join(parts), path))
            await send(message)

        return watched

    async def make_first(self, addresses: Iterable[tuple[str, str]]) -> int:
        """Makes what readers ask for first, slowly enough that nobody notices, until FIRST_MOST; how many there are."""
        loop, made = asyncio.get_running_loop(), 0
        for path, query in addresses:
            if self.states.size > FIRST_MOST:
                break
            key = self._key(path, query.encode(), USUAL)
            if key is None or self.states.find(key):
                continue
            begun = loop.time()
            await self._quiet(_scope(path, query), _receive, self._watching(key, path, _nobody))
            made += 1
            await asyncio.sleep((loop.time() - begun) * PAUSE)
        return made


_NOTHING = {"type": "http.response.body", "body": b""}


def may_be_kept(start: dict[str, Any]) -> bool:
    """Whether an answer is the same for everybody, and says so."""
    if start.get("status") != 200:
        return False
    headers = {name.lower(): value for name, value in start["headers"]}
    vary = {word.strip().lower() for word in headers.get(b"vary", b"").split(b",")}
    return (
        headers.get(b"cache-control", b"").startswith(b"public")
        and b"set-cookie" not in headers
        and vary <= {b"", b"accept-encoding", b"sec-fetch-dest"}
    )


def is_taken(start: dict[str, Any], key: str) -> bool:
    """Whether everybody who asks for this key takes the coding that the answer came in. Who compressed it read the
    header for itself: a wildcard, or blanks that are none here, may have said more to it than the key does."""
    coding = next((value for name, value in start["headers"] if name.lower() == b"content-encoding"), b"")
    return not coding or coding in _codings_of(key)


def _codings_of(key: str) -> list[bytes]:
    return [coding for coding, taken in zip(CODINGS, key, strict=False) if taken == "1"]


def kept_of(start: dict[str, Any], body: bytes, path: str) -> Kept:
    tag = b'"' + hashlib.sha256(body).hexdigest()[:20].encode() + b'"'
    own = (HEADER, b"etag", b"content-length")
    headers = tuple((key.lower(), value) for key, value in start["headers"] if key.lower() not in own)
    return Kept(headers, path, tag, body)


def _scope(path: str, query: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"accept-encoding", USUAL)],
        "client": None,
        "server": ("localhost", 80),
        "state": {},
    }


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _nobody(_: Any) -> None:
    return None
