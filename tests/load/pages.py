"""A lesson page through the whole site against a bare ASGI application that sends the same bytes.

Prints server CPU time per request and its ratio (goal: at least 0.8), and the time from start to the first 200.
The two servers take turns in many short rounds and the middle ratio counts, so that other work on the machine, which
slows both, hardly moves it. Bounded: two servers on 127.0.0.1, 32 connections, a fixed number of requests.
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import uvicorn

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.conftest import Server, free_port  # noqa: E402  # found through the path above

LESSON = "/en/lessons/pod-creation"
CONNECTIONS = 32
REQUESTS = 1_600
ROUNDS = 21


def serve_bare(port: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    end = {"type": "http.response.body", "body": body}

    async def bare(scope: dict, receive: object, send: object) -> None:
        if scope["type"] == "http":
            await send(start)
            await send(end)

    uvicorn.run(bare, port=port, access_log=False, log_level="error", lifespan="off", server_header=False)


async def ask(port: int, count: int) -> None:
    """Sends `count` requests over the connections, each waiting for its answer before the next."""
    request = f"GET {LESSON} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: br\r\n\r\n".encode()

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(count // CONNECTIONS):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads, to the microsecond: the clock of /proc/PID/stat has ten
    milliseconds, seven of which are a whole round."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def cost(pid: int, port: int) -> float:
    """Microseconds of server CPU per request."""
    before = cpu_seconds(pid)
    asyncio.run(ask(port, REQUESTS))
    return (cpu_seconds(pid) - before) / REQUESTS * 1e6


def lesson_bytes(url: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    request = urllib.request.Request(url + LESSON, headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(request) as answer:
        headers = [
            (k.lower().encode(), v.encode())
            for k, v in answer.headers.items()
            if k.lower() not in ("date", "connection")
        ]
        return answer.read(), headers


def start_times(folder: Path) -> list[float]:
    times = []
    for _ in range(3):
        server = Server(folder)
        server.stop()
        times.append(server.start())
        server.stop()
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        body, headers = lesson_bytes(server.url)
        port = free_port()
        bare = multiprocessing.get_context("spawn").Process(target=serve_bare, args=(port, body, headers), daemon=True)
        bare.start()
        time.sleep(3)
        asyncio.run(ask(port, 2000))
        asyncio.run(ask(server.port, 2000))
        ratios = []
        for _ in range(ROUNDS):
            plain, whole = cost(bare.pid or 0, port), cost(server.pid, server.port)
            ratios.append(plain / whole)
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"CPU per request in the last round: bare {plain:.0f} us, whole site {whole:.0f} us")
        print(f"lesson page, {len(body)} bytes in brotli: ratio {middle:.2f} ({low:.2f} to {high:.2f}), goal 0.80")
        bare.terminate()
        server.stop()
        print(
            "start to first 200:",
            ", ".join(f"{seconds:.2f} s" for seconds in start_times(Path(folder))),
            "(goal 1.5 s)",
        )


if __name__ == "__main__":
    main()
