"""Worker processes for what is large, so that nothing that one reader sends holds up another.

    apart = Apart(application, Hands(2, "app.hand:begin", settings), too_long, busy)

A request whose body or query is longer than SMALL is read here as bytes, without a look into it, and goes whole to a
process of its own: form, JSON, model, page and compression are made there. The processes are few, begin with the first
that is needed (the one that they are forked from a little after the start), end when none is, have an end to their
memory and to the time that they may take, and are replaced when they are over it. What waits for them is little; the
rest is told to come again.
"""

import asyncio
import gc
import logging
import os
import resource
import signal
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, suppress
from dataclasses import field, replace
from importlib import import_module
from multiprocessing import forkserver, get_context, parent_process
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, cast

from anyio.lowlevel import RunVar
from starlette.datastructures import Headers

from app.kube.refusal import Refusal
from app.record import dataclass
from app.web.collector import give_back
from app.web.logs import bound
from app.web.posted import length_of

SMALL = 8 << 10  # bytes of a body, or of a query, that is read in this process
LARGEST = 17 << 20  # of any body: an exported progress may be 16 MiB
SECONDS = 5.0  # of processor time that one answer may take
SECONDS_LONG = 60.0  # that an import may take, which writes tens of thousands of rows
PATIENCE = 4.0  # so many times as long by the clock, since a busy machine makes nobody's input larger
WAITING = 16  # requests that wait for a process, beside those that have one
WAIT_S = 20.0  # that one waits, before it is told to come again
MEMORY = 768 << 20  # bytes that a process may take beyond what it has when it begins
HELD = 128 << 20  # bytes of bodies that are held at once, of all readers
HELD_EACH = 36 << 20  # and of one
DRAINED = 64 << 20  # bytes that are still read of what is refused
DRAINED_S = 10.0  # for so long
QUIET_S = 1.0  # without work, after which memory is given back
IDLE_S = 60.0  # without work, after which the processes end
TASKS = 200  # after so many answers a process is replaced, with what it has gathered
AGAIN_S = 5  # when to come again
NICE = 2  # processes give way to the one that answers everybody

END_S = 0.2  # between asking a process to end and ending it

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext

    from pebble import ProcessPool

log = logging.getLogger("podscope")

Outcome = Literal["done", "over", "busy", "left"]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Job:
    """A request as it goes to a process, which may work on it for some seconds of processor time. `refused` is the code
    of a Refusal that it gets instead of an answer."""

    scope: dict[str, Any]
    body: bytes
    seconds: float = SECONDS
    refused: str = ""


@dataclass(frozen=True)
class Reply:
    """What came back: an answer as ASGI sends it, and the template of its route."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    route: str


class TooMuchWork(Exception):
    """The answer took more time or memory than there is for one."""


class Busy(Exception):
    """All processes have work, and enough waits for them."""


def refusal_of(scope: Any) -> Refusal | None:
    """What a request is refused with before it is worked on, since working on it took too long."""
    code = scope.get("podscope.refused")
    return Refusal(code, seconds=round(SECONDS)) if code else None


# --- in the process of its own ----------------------------------------------------------------------------------------

_app: Asgi | None = None
_loop: asyncio.AbstractEventLoop | None = None


def _begin(factory: str, arguments: tuple[Any, ...]) -> None:
    """What a process does first: everything that its answers need, and an end to its memory."""
    global _app, _loop
    threading.Thread(target=_end_with_the_site, daemon=True).start()
    # What fails inside a library in Rust when there is no memory left would want more of it to tell where: it would
    # wait for itself for ever, and nothing else of this process could run.
    os.environ["RUST_BACKTRACE"] = "0"
    module, _, name = factory.partition(":")
    _app = getattr(import_module(module), name)(*arguments)
    _loop = asyncio.new_event_loop()
    os.nice(NICE)
    limit_memory(MEMORY)
    gc.freeze()
    gc.enable()


def _end_with_the_site() -> None:
    """A site that is killed can end nobody: each of its processes sees to it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def limit_memory(more: int) -> None:
    """This process may have so many bytes of addresses more than it has now."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        now = int(statm.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + more, hard))


def _answer(job: Job) -> Reply | None:
    """The answer; None when there is not enough memory for it."""
    assert _app is not None
    assert _loop is not None
    scope = {**job.scope, "podscope.refused": job.refused}
    signal.setitimer(signal.ITIMER_PROF, job.seconds)  # whose signal ends a process, also inside the C of a library
    try:
        with bound(id=job.scope.get("podscope.id", "")):
            return _loop.run_until_complete(_ask(_app, scope, job.body))
    except MemoryError:
        return None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of a library in Rust, each of which has a class of its own
            raise
        # It had no memory left, says so by what can't be sent to another process, and may be broken from now on.
        log.error("a library has ended its work", exc_info=error)
        os._exit(1)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


async def _ask(app: Asgi, scope: dict[str, Any], body: bytes) -> Reply:
    start: dict[str, Any] = {}
    parts: list[bytes] = []
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if unread:
            return unread.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    failed: BaseException | None = None
    try:
        await app(scope, receive, send)
    except MemoryError:
        raise
    except Exception as error:  # its answer is sent and logged already
        failed = error
    if isinstance(failed, BaseException) and not start:
        raise failed
    route = getattr(scope.get("route"), "path", "")
    return Reply(start["status"], [(bytes(n), bytes(v)) for n, v in start["headers"]], b"".join(parts), route)


# --- in the site ------------------------------------------------------------------------------------------------------


class Hands:
    """The processes. `factory` names the function (`module:function`) that makes an ASGI application of `arguments` in
    each, `shared` a module that is imported once for all of them."""

    def __init__(
        self,
        number: int,
        factory: str,
        *arguments: Any,
        shared: str = "",
        count: Callable[[Outcome], None] | None = None,
    ) -> None:
        self._number = number
        self._begin = (factory, arguments)
        self._shared = shared
        self._count = count or (lambda _: None)
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._timer: threading.Timer | None = None
        self._asked = 0
        self._places: RunVar[asyncio.Semaphore] = RunVar(f"hands-{id(self)}")
        # Beginning a process takes a second, in which the event loop goes on.
        self._scheduler = ThreadPoolExecutor(1, "hands")

    @property
    def is_begun(self) -> bool:
        return self._pool is not None

    def prepare(self) -> None:
        """Begins the one process that all others are forked from, and does not wait for it: whoever sends the first
        large request then waits no second for it. It stays until the site ends, as it does after a large request."""
        self._context()
        forkserver.ensure_running()

    def _context(self) -> "ForkServerContext":
        context = get_context("forkserver")
        context.set_forkserver_preload([self._shared] if self._shared else [])
        return context

    async def answer(self, job: Job) -> Reply:
        """What a process answers; Busy or TooMuchWork when none does."""
        with self._lock:
            if self._asked >= self._number + WAITING:
                self._count("busy")
                raise Busy
            self._asked += 1
        outcome: Outcome = "left"
        try:
            async with self._place():
                loop = asyncio.get_running_loop()
                future = await loop.run_in_executor(self._scheduler, self._schedule, job)
                reply = await asyncio.wrap_future(future)
            if reply is None:
                raise TooMuchWork
            outcome = "done"
            return cast(Reply, reply)
        except Busy:
            outcome = "busy"
            raise
        except (OSError, TooMuchWork) as error:  # pebble's TimeoutError and ProcessExpired are such
            outcome = "over"
            raise TooMuchWork from error
        except (BrokenProcessPool, RuntimeError) as error:
            outcome = "busy"
            log.error("the processes for large requests have ended; others are begun (%s)", type(error).__name__)
            self._end()
            raise Busy from error
        finally:
            self._count(outcome)
            with self._lock:
                self._asked -= 1
                self._rest_later()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of as many places as there are processes; Busy when none gets free in time."""
        try:
            places = self._places.get()
        except LookupError:
            places = asyncio.Semaphore(self._number)
            self._places.set(places)
        try:
            await asyncio.wait_for(places.acquire(), WAIT_S)
        except TimeoutError:
            raise Busy from None
        try:
            yield
        finally:
            places.release()

    def _schedule(self, job: Job) -> Any:
        from pebble import CONSTS, ProcessPool  # a start that needs no process does not wait for it

        CONSTS.term_timeout = END_S
        with self._lock:
            if self._timer:
                self._timer.cancel()
            if self._pool is None or not self._pool.active:
                self._pool = ProcessPool(self._number, TASKS, _begin, self._begin, self._context())
            pool = self._pool
        return pool.schedule(_answer, args=[job], timeout=job.seconds * PATIENCE)

    def _rest_later(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._asked == 0:
            self._after(QUIET_S, self._quiet)

    def _after(self, seconds: float, what: Callable[[], None]) -> None:
        self._timer = threading.Timer(seconds, what)
        self._timer.daemon = True
        self._timer.start()

    def _quiet(self) -> None:
        give_back()
        with self._lock:
            if not self._asked and self._pool:
                self._after(IDLE_S, self._rest)

    def _rest(self) -> None:
        with self._lock:
            if self._asked:
                return
            pool, self._pool = self._pool, None
        _end(pool)
        give_back()

    def _end(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        threading.Thread(target=_end, args=(pool,), daemon=True).start()

    def close(self) -> None:
        """Ends all of them; what they have begun is not answered."""
        with self._lock:
            pool, self._pool = self._pool, None
            if self._timer:
                self._timer.cancel()
        _end(pool)
        self._scheduler.shutdown(wait=False)


def _end(pool: "ProcessPool | None") -> None:
    if pool is not None:
        pool.stop()  # type: ignore[no-untyped-call]  # the library left it so
        pool.join()


@dataclass
class _Held:
    """How many bytes of bodies are held, of whom."""

    total: int = 0
    each: Counter[str] = field(default_factory=Counter)

    def take(self, who: str, size: int) -> bool:
        if self.total + size > HELD or self.each[who] + size > HELD_EACH:
            return False
        self.total += size
        self.each[who] += size
        return True

    def give(self, who: str, size: int) -> None:
        self.total -= size
        self.each[who] -= size
        if not self.each[who]:
            del self.each[who]


@dataclass(frozen=True)
class Sayings:
    """What is said where no process answers: each makes an ASGI application of a request's scope."""

    too_long: Callable[[Any], Asgi]
    busy: Callable[[Any], Asgi]
    too_much: Callable[[Any], Asgi]


class Apart:
    """Pure ASGI: what is small is answered by the application here, what is large by the hands.

    Large is a body or a query of more than SMALL bytes, and the inputs behind a short link (`is_large` says which
    queries name one), by whatever method they are asked for. `is_long` says which paths may take SECONDS_LONG, and read
    themselves what is longer than LARGEST; `is_drawn` which of them can show a refusal in their own words."""

    def __init__(
        self,
        here: Asgi,
        hands: Hands,
        sayings: Sayings,
        *,
        is_large: Callable[[bytes], bool],
        is_long: Callable[[str], bool],
        is_drawn: Callable[[str], bool],
    ) -> None:
        self._app = here
        self._hands = hands
        self._sayings = sayings
        self._is_large = is_large
        self._is_long = is_long
        self._is_drawn = is_drawn
        self._held = _Held()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = length_of(Headers(scope=scope)) or 0
        is_large = len(scope["query_string"]) > SMALL or self._is_large(scope["query_string"])
        if scope["method"] in ("GET", "HEAD"):
            apart = self._apart if is_large else None
            await (apart(scope, b"", receive, send) if apart else self._app(scope, receive, send))
        elif length > LARGEST and self._is_long(scope["path"]):
            await self._app(scope, receive, send)
        elif length > LARGEST:
            await _drained(receive)
            await self._sayings.too_long(scope)(scope, receive, send)
        else:
            await self._read(scope, receive, send, is_large)

    async def _read(self, scope: Any, receive: Any, send: Any, is_large: bool) -> None:
        who, held = scope["client"][0] if scope.get("client") else "", 0
        parts: list[bytes] = []
        size, more = 0, True
        try:
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    await self._app(scope, _again(b"".join(parts), more, message, receive), send)
                    return
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                more = message.get("more_body", False)
                if size > SMALL:
                    if size > LARGEST and not self._is_long(scope["path"]):
                        parts.clear()
                        if more:
                            await _drained(receive)
                        await self._sayings.too_long(scope)(scope, receive, send)
                        return
                    if size > LARGEST:
                        await self._app(scope, _again(b"".join(parts), more, None, receive), send)
                        return
                    if not self._held.take(who, size - held):
                        parts.clear()
                        if more:
                            await _drained(receive)
                        await self._sayings.busy(scope)(scope, receive, send)
                        return
                    held = size
            body = b"".join(parts)
            parts.clear()
            if size > SMALL or is_large:
                await self._apart(scope, body, receive, send)
            else:
                await self._app(scope, _again(body, False, None, receive), send)
        finally:
            self._held.give(who, held)

    async def _apart(self, scope: Any, body: bytes, receive: Any, send: Any) -> None:
        job = Job(_plain(scope), body, SECONDS_LONG if self._is_long(scope["path"]) else SECONDS)
        begun = time.monotonic()
        try:
            reply = await self._unless_left(job, receive)
        except Busy:
            await self._sayings.busy(scope)(scope, receive, send)
            return
        except TooMuchWork:
            log.warning("a request of %d bytes was given up after %.1f s", len(body), time.monotonic() - begun)
            await self._refuse(scope, job, receive, send)
            return
        if reply is not None:
            await _send(scope, reply, send)

    async def _refuse(self, scope: Any, job: Job, receive: Any, send: Any) -> None:
        """Says that this was too much: in the form that was posted, as it was, where that can be drawn."""
        reply = None
        if self._is_drawn(scope["path"]):
            with suppress(Busy, TooMuchWork):
                reply = await self._unless_left(replace(job, refused="too-much-work"), receive)
        if reply is not None:
            await _send(scope, reply, send)
        else:
            await self._sayings.too_much(scope)(scope, receive, send)

    async def _unless_left(self, job: Job, receive: Any) -> Reply | None:
        """The reply; None when the client has gone: then the work is given up."""
        answering = asyncio.ensure_future(self._hands.answer(job))
        leaving = asyncio.ensure_future(_end_of(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return answering.result() if answering.done() else None
        finally:
            for task in (answering, leaving):
                if not task.done():
                    task.cancel()
                    with suppress(asyncio.CancelledError, Exception):
                        await task


def _plain(scope: Any) -> dict[str, Any]:
    """What of a request's scope can be sent to another process."""
    names = (
        "type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path", "headers",
        "client", "server", "podscope.id",
    )  # fmt: skip
    kept = {name: scope[name] for name in names if name in scope}
    return {**kept, "headers": [(bytes(name), bytes(value)) for name, value in scope["headers"]], "state": {}}


async def _end_of(receive: Any) -> None:
    """Returns when the client of a request that has been read goes away."""
    while (await receive())["type"] == "http.request":
        pass


async def _drained(receive: Any) -> None:
    """What is still coming of a body that is refused: a client reads why only after it has sent everything."""
    with suppress(TimeoutError):
        await asyncio.wait_for(_last_of(receive), DRAINED_S)


async def _last_of(receive: Any) -> None:
    size, more = 0, True
    while more and size <= DRAINED:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)


async def _send(scope: Any, reply: Reply, send: Any) -> None:
    if reply.route:
        scope["route"] = SimpleNamespace(path=reply.route)
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})


def _again(body: bytes, more: bool, then: Any, receive: Any) -> Any:
    """`receive` of a request whose beginning has been read."""
    waiting = [then] if then else []
    waiting.append({"type": "http.request", "body": body, "more_body": more})

    async def again() -> Any:
        return waiting.pop() if waiting else await receive()

    return again
