"""What stands around a body has an end: headers, request lines, trailers and chunk extensions of any client."""

import asyncio
import contextlib
import os
import re
import resource
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from app import serve
from app.settings import Settings
from app.web import wire
from app.web.headers import SECURITY
from app.web.wire import HEAD_LIMIT
from tests.conftest import Server, free_port

MUCH = 60 << 20
GET = b"GET /healthz HTTP/1.1\r\nhost: x\r\n"
POST = b"POST /api/v1/widgets/quantity HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
ENDLESS = {
    "many-headers": (GET, b"a: b\r\n" * 4000),
    "one-growing-header": (GET + b"a: ", b"x" * 30_000),
    "one-growing-name": (GET, b"x" * 30_000),
    "folded-header": (GET + b"a: b\r\n", b" c\r\n" * 8000),
    "address": (b"GET /healthz?", b"x" * 30_000),
    "method": (b"", b"G" * 30_000),
    "many-trailers": (POST + b"2\r\n{}\r\n0\r\n", b"a: b\r\n" * 4000),
    "one-growing-trailer": (POST + b"2\r\n{}\r\n0\r\na: ", b"x" * 30_000),
    "chunk-extension": (POST + b"2;a=", b"x" * 30_000),
    "after-a-good-request": (GET + b"\r\n" + GET + b"a: ", b"x" * 30_000),
}


def memory_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) >> 10 for line in status.splitlines() if line.startswith("VmRSS"))


def talk(server: Server, first: bytes, again: bytes = b"", total: int = 0, silent: float = 1) -> bytes:
    """Sends, until the other side has had enough, and reads until it closes or falls silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        sent = 0
        with contextlib.suppress(OSError):
            line.sendall(first)
            while sent < total:
                line.sendall(again)
                sent += len(again)
        return b"".join(_read(line, silent))


def _read(line: socket.socket, silent: float) -> Iterator[bytes]:
    line.settimeout(silent)
    with contextlib.suppress(OSError):
        while part := line.recv(65536):
            yield part


@pytest.mark.parametrize(("first", "again"), ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_is_refused_and_not_kept(server: Server, first: bytes, again: bytes) -> None:
    before = memory_mib(server.pid)

    answer = talk(server, first, again, MUCH)

    assert b"HTTP/1.1 431 " in answer or b"HTTP/1.1 400 " in answer
    assert memory_mib(server.pid) - before < 20
    assert talk(server, GET + b"connection: close\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_too_many_headers_are_refused_in_a_sentence(server: Server) -> None:
    answer = talk(server, GET + b"a: b\r\n" * (HEAD_LIMIT // 6) + b"\r\n")

    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert answer.endswith(b"The headers are longer than 64 KiB.\n")


@pytest.mark.parametrize("more", [0, 200])
def test_the_limit_is_what_it_says(server: Server, more: int) -> None:
    rest = HEAD_LIMIT - len("/healthz") - len("host") - len("x") - 4 - len("a") - 4
    answer = talk(server, GET + b"a: " + b"x" * (rest + more) + b"\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 431 " if more else b"HTTP/1.1 200 ")


def test_the_limit_is_of_one_request_and_not_of_a_connection(server: Server) -> None:
    answer = talk(server, (GET + b"a: " + b"x" * 30_000 + b"\r\n\r\n") * 6)

    assert answer.count(b"HTTP/1.1 200 ") == 6


def test_a_body_is_no_header(server: Server) -> None:
    body = b'{"text": "' + b"1" * 900_000 + b'"}'
    head = b"POST /api/v1/widgets/quantity HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    chunked = POST + b"%x\r\n%s\r\n0\r\nx: y\r\n\r\n" % (len(body), body)

    assert talk(server, head % len(body) + body, silent=30).startswith(b"HTTP/1.1 422 ")
    assert talk(server, chunked, silent=30).startswith(b"HTTP/1.1 422 ")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n", b"200"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", b"200"),
        (b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", b"404"),
        (b"GET /en/?\xff HTTP/1.1\r\nhost: a\r\n\r\n", b"200"),
    ],
)
def test_http_1_1_needs_one_host(server: Server, head: bytes, status: bytes) -> None:
    """RFC 9112, section 3.2."""
    answered = talk(server, head).partition(b"\r\n")[0].split(b" ")[1]

    assert answered in (status, b"400") if b"\xff" in head else answered == status


def lacking(answer: bytes) -> list[bytes]:
    """The headers of every page that an answer is without."""
    head = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return [name for name, value in SECURITY if head.count(name + b": " + value) != 1]


@pytest.mark.parametrize(
    "sent",
    [GET + b"a: b\r\n" * (HEAD_LIMIT // 6) + b"\r\n", b"GET / HTTP/1.1\r\n\r\n", b"<html>\r\n\r\n", GET + b"\r\n"],
    ids=["431", "400-host", "400-parser", "200"],
)
def test_what_is_refused_before_the_application_has_the_headers_of_a_page(server: Server, sent: bytes) -> None:
    assert lacking(talk(server, sent)) == []


def test_a_host_that_is_missing_is_said(server: Server) -> None:
    assert talk(server, b"GET / HTTP/1.1\r\n\r\n").endswith(b"HTTP/1.1 needs exactly one Host header.\n")


@contextlib.contextmanager
def on_hangup(how: signal.Handlers) -> Iterator[None]:
    """What begins meanwhile does this on SIGHUP, whatever the tests were begun with (nohup ignores it)."""
    before = signal.signal(signal.SIGHUP, how)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP], ids=lambda signum: signum.name)
def test_who_is_being_answered_when_the_site_is_told_to_end_is_answered(tmp_path: Path, signum: signal.Signals) -> None:
    with on_hangup(signal.SIG_DFL):
        server = Server(tmp_path)
    body = b'{"text": "1Gi"}'
    head = b"POST /api/v1/widgets/quantity HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(head + body[:5])
        time.sleep(0.3)  # until it is the request of somebody
        os.kill(server.pid, signum)
        time.sleep(0.5)  # until it has begun to end
        line.sendall(body[5:])
        answer = b"".join(_read(line, 20))

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert server.ended() == -signal.SIGTERM


@pytest.mark.slow
def test_a_site_that_ignores_the_end_of_its_terminal_goes_on(tmp_path: Path) -> None:
    with on_hangup(signal.SIG_IGN):
        server = Server(tmp_path)
    os.kill(server.pid, signal.SIGHUP)
    time.sleep(0.5)

    assert talk(server, WHOLE).startswith(b"HTTP/1.1 200 ")
    server.stop()


# --- several requests on one connection -------------------------------------------------------------------------------

WHOLE = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
PASTE = b"GET /en/widgets/quantity?text=12 HTTP/1.1\r\nhost: x\r\n\r\n"
NO_GOOD = {
    "too-large": (GET + b"a: " + b"x" * (70 << 10) + b"\r\n\r\n", b"431"),
    "no-host": (b"GET / HTTP/1.1\r\n\r\n", b"400"),
    "garbage": (b"\x00\x01\r\n\r\n", b"400"),
    "chunk": (POST + b"2\r\n{}\r\nxyz\r\n", b"400"),
}


def statuses(answer: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d+) ", answer)


def failures(server: Server) -> float:
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        told = re.findall(r'podscope_http_requests_total\{.*status="5..".*\} (\S+)', answer.read().decode())
    return sum(map(float, told))


@pytest.mark.parametrize(("bad", "status"), NO_GOOD.values(), ids=NO_GOOD)
def test_what_was_asked_before_a_bad_request_is_answered_and_is_no_fault_of_ours(
    server: Server, bad: bytes, status: bytes
) -> None:
    before = failures(server)

    answer = talk(server, PASTE + bad)

    assert statuses(answer) == [b"200", status]
    assert failures(server) == before


def test_who_asks_for_thousands_at_once_takes_little_memory(server: Server) -> None:
    before = memory_mib(server.pid)
    with contextlib.ExitStack() as held:
        for _ in range(5):
            line = held.enter_context(socket.socket())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            line.connect(("127.0.0.1", server.port))
            line.setblocking(False)
            line.send(PASTE + b"GET / HTTP/1.1\r\nhost:x\r\n\r\n" * 9000)
        time.sleep(0.5)
        after = memory_mib(server.pid)

    assert after - before < 30  # of which there were 100, for as long as nobody read


def test_some_requests_at_once_are_answered_in_their_order(server: Server) -> None:
    assert statuses(talk(server, (WHOLE + PASTE) * 8)) == [b"200"] * 16


UPGRADE = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\n"


@pytest.mark.parametrize("framed", [b"content-length: %d\r\n\r\n%s", b"transfer-encoding: chunked\r\n\r\n%x\r\n%s"])
def test_a_body_beside_an_upgrade_is_never_read_as_a_request(server: Server, framed: bytes) -> None:
    """RFC 9110, section 7.8: who ignores an upgrade reads the request as if none was asked for, or refuses it."""
    head, body = (framed % (len(WHOLE), WHOLE)).split(b"\r\n\r\n", 1)
    first = b"POST /api/v1/widgets/quantity HTTP/1.1\r\nhost: x\r\n" + UPGRADE + head + b"\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(first)
        time.sleep(0.3)
        with contextlib.suppress(OSError):
            line.sendall(body)
        answer = b"".join(_read(line, 1))

    assert statuses(answer) == [b"400"]


def test_who_asks_for_an_upgrade_is_answered_without_one(server: Server) -> None:
    answer = talk(server, GET + UPGRADE + b"\r\n")

    assert statuses(answer) == [b"200"]
    assert b"connection: close" in answer


# --- time -------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def served(application: Any, **more: Any) -> Iterator[tuple[str, int]]:
    """Where an application is to be asked over our wire."""
    config = uvicorn.Config(application, http=wire.Wire, port=free_port(), log_level="error", lifespan="off", **more)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield "127.0.0.1", config.port
    server.should_exit = True
    thread.join()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A bare application behind the wire, with no patience at all."""
    for name, seconds in {"HEAD_S": 0.5, "BODY_S": 2.0, "STALL_S": 0.8, "LOOK_S": 0.1}.items():
        monkeypatch.setattr(wire, name, seconds)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        while (message := await receive())["type"] == "http.request" and message.get("more_body"):
            pass
        if scope["path"] == "/slow":
            await asyncio.sleep(1.5)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    with served(application) as at:
        yield at


def heard(at: tuple[str, int], *parts: bytes, pause: float = 0.0, most: float = 6.0) -> tuple[bytes, float]:
    """What comes back until the other side closes, and after how long."""
    begun = time.monotonic()
    with socket.create_connection(at, timeout=most) as line, contextlib.suppress(OSError):
        for part in parts:
            line.sendall(part)
            time.sleep(pause)
        answer = b""
        while part := line.recv(4096):
            answer += part
        return answer, time.monotonic() - begun
    return b"", time.monotonic() - begun


BODY = b"POST /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\n"


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: x\r\n"])
def test_who_sends_no_headers_is_let_go(hasty: tuple[str, int], sent: bytes) -> None:
    answer, seconds = heard(hasty, sent)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert lacking(answer) == []
    assert seconds < 5


def test_headers_that_come_drop_by_drop_have_an_end(hasty: tuple[str, int]) -> None:
    answer, seconds = heard(hasty, b"GET / HTTP/1.1\r\n", *[b"a: b\r\n"] * 20, pause=0.1)

    assert answer.startswith(b"HTTP/1.1 408 ") or not answer  # it may be lost when we go on sending
    assert seconds < 5


def test_a_body_that_stops_is_let_go(hasty: tuple[str, int]) -> None:
    answer, seconds = heard(hasty, BODY + b"12345")

    assert b" 200 " not in answer
    assert seconds < 5


def test_a_body_that_never_ends_has_an_end(hasty: tuple[str, int]) -> None:
    answer, seconds = heard(hasty, BODY.replace(b"10", b"99"), *[b"x"] * 40, pause=0.15)

    assert b" 200 " not in answer
    assert seconds < 9


def test_who_is_only_slow_is_answered(hasty: tuple[str, int]) -> None:
    assert b" 200 " in heard(hasty, BODY, *[b"12"] * 5, pause=0.2)[0]


def test_who_waits_for_a_long_answer_is_not_let_go(hasty: tuple[str, int]) -> None:
    assert b" 200 " in heard(hasty, BODY.replace(b"/x", b"/slow") + b"1234567890")[0]


def test_the_next_request_has_its_own_time(hasty: tuple[str, int]) -> None:
    whole = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    answer, _ = heard(hasty, whole, whole, b"GET / HTTP/1.1\r\n", pause=0.3)

    assert answer.count(b" 200 ") == 2
    assert b" 408 " in answer


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A bare application whose answers are more than the system takes off its hands."""
    for name, seconds in {"UNREAD_S": 1.0, "LOOK_S": 0.1}.items():
        monkeypatch.setattr(wire, name, seconds)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % MUCH)]})
        await send({"type": "http.response.body", "body": bytes(MUCH)})

    with served(application) as at:
        yield at


def read_slowly(at: tuple[str, int], pause: float) -> int:
    """How much of an answer comes for one who pauses again and again."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        line.settimeout(5)
        line.connect(at)
        line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        size = 0
        paused = 0
        with contextlib.suppress(OSError):
            while part := line.recv(1 << 20):
                size += len(part)
                if size >> 24 >= paused:
                    paused += 1
                    time.sleep(pause)
    return size


def test_who_reads_nothing_is_let_go(talkative: tuple[str, int]) -> None:
    assert read_slowly(talkative, 3) < MUCH


def test_who_reads_slowly_gets_everything(talkative: tuple[str, int]) -> None:
    assert read_slowly(talkative, 0.5) > MUCH


# --- number -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hard", "files", "connections"),
    [(4096, 4096, 3896), (1_000_000, 65536, 65336), (resource.RLIM_INFINITY, 65536, 65336), (128, 128, 64)],
)
def test_a_process_takes_the_files_it_may_have_and_leaves_some_for_others(
    hard: int, files: int, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: taken.append(limits))

    assert serve._connections() == connections
    assert taken == [(files, hard)]


def test_the_server_is_told_how_many_connections_it_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda _, **named: told.update(named))
    monkeypatch.setattr(serve, "_site_or_refuse", lambda _: None)
    monkeypatch.setattr(serve, "_connections", lambda: 1234)

    serve._serve(Settings())

    assert told["limit_concurrency"] == 1234
    assert told["http"] == "app.web.wire:Wire"
    assert told["timeout_worker_healthcheck"] >= 20  # a worker begins in 2 s, on a busy machine in 10


@pytest.fixture
def full() -> Iterator[tuple[str, int]]:
    """A bare application that may hold three connections at once."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    with served(application, limit_concurrency=3) as at:
        yield at


def test_who_comes_when_all_connections_are_taken_is_told_to_come_again(full: tuple[str, int]) -> None:
    whole = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with contextlib.ExitStack() as held:
        for _ in range(3):
            held.enter_context(socket.create_connection(full, timeout=5))
        time.sleep(0.2)
        refused, _ = heard(full, whole)
    time.sleep(0.2)

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 5\r\n" in refused
    assert refused.endswith(b"All connections are taken. Try again in some seconds.\n")
    assert lacking(refused) == []
    assert heard(full, whole)[0].startswith(b"HTTP/1.1 200 ")
