"""What one reader sends beside what the others notice: attacks, large pastes and imports, each with two probes.

    python tests/load/attacks.py                # all of them, a table
    python tests/load/attacks.py pods-20 import # some
    python tests/load/attacks.py --limit        # exits 1 when a goal is missed

While an attack runs, a probe asks /healthz and a page that lies ready 50 times a second (goals: 100 and 150 ms at the
99th percentile), and a third asks a step of a sequence. Memory is that of the serving process before and after. The
server is one of its own on 127.0.0.1; nothing else is attacked.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.conftest import Server  # noqa: E402  # found through the path above

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
EVERY_S = 0.02
LEAST_S = 3.0  # an attack is watched at least so long
PROBES = {"/healthz": 100, "/en/": 150, "/fragments/en/widgets/pod-birth?step=10": None}
GROWTH_MIB = 20


@dataclass(frozen=True)
class Attack:
    """`bodies` are sent at once, each on a connection of its own, with this cookie."""

    path: str
    kind: str
    body: Callable[[int], bytes]
    at_once: int = 1
    cookie: str = "lang=en"


def pods(count: int) -> str:
    item = '{"kind":"Pod","metadata":{"name":"p%d"},"spec":{"containers":[{"name":"c"}]}}'
    return '{"kind":"List","items":[' + ",".join(item % number for number in range(count)) + "]}"


def spread(nodes: int, constraints: int) -> bytes:
    """The two minima of a constraint over every node: nodes squared times constraints, where somebody is careless."""
    term = '{maxSkew: 1, topologyKey: "k%d", whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: b}}}'
    keys = ",".join(f"k{number}: v" for number in range(constraints))
    pod = "kind: Pod\nmetadata: {name: x, labels: {a: b}}\nspec: {containers: [{name: c}], topologySpreadConstraints: ["
    pod += ",".join(term % number for number in range(constraints)) + "]}"
    node = "kind: Node\nmetadata: {name: n%d, labels: {%s}}\nstatus: {allocatable: {pods: 9}}\n"
    return json.dumps({"pod": pod, "nodes": "---\n".join(node % (number, keys) for number in range(nodes))}).encode()


def progress(rows: int) -> bytes:
    """An exported file of so many answers."""
    question = "etcd-committed-index"
    answers = [
        {
            "attempt": str(uuid.UUID(int=number + (1 << 100) + (4 << 76) + (8 << 60))),
            "question": question,
            "correct": True,
            "at": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}Z",
            "answer": "x",
            "seed": 1,
        }
        for number in range(rows)
    ]
    return json.dumps({"schema": 3, "answers": answers}).encode()


def regexes(count: int, letters: int) -> bytes:
    matchers = ", ".join(f"'a=~\"(x*)*{number}(\\\\pL|b){{20}}\"'" for number in range(count))
    config = (
        f"route:\n  receiver: r\n  routes:\n  - matchers: [{matchers}]\n    receiver: r\nreceivers: [{{name: r}}]\n"
    )
    return json.dumps({"config": config, "labels": "a=" + "x" * letters}).encode()


WIDGETS = "/fragments/en/widgets"
API = "/api/v1/widgets"
PUNY = b'--x\r\ncontent-disposition: form-data; name="a-"\r\n\r\n-' + b"ka" * (1 << 19) + b"\r\n--x--\r\n"
ATTACKS = {
    "punycode": Attack(f"{WIDGETS}/quantity", "multipart/form-data; boundary=x; charset=punycode", lambda _: PUNY),
    "form-ampersands-16m": Attack(f"{WIDGETS}/quantity", FORM, lambda _: b"&" * (16 << 20)),
    "form-newlines-4m": Attack(f"{WIDGETS}/oom-score", FORM, lambda _: b"manifest=" + b"%0A" * (4 << 20)),
    "json-objects-8m": Attack(f"{API}/oom-score", JSON, lambda _: b'{"manifest":[' + b"{}," * (8 << 18) + b"{}]}"),
    "json-keys-8m": Attack(
        f"{API}/oom-score", JSON, lambda _: json.dumps({f"k{n}": n for n in range(500_000)}).encode()
    ),
    "commas-1m": Attack(f"{WIDGETS}/etcd-write", FORM, lambda _: b"down=" + b"%2C" * (1 << 20)),
    "samples-1m": Attack(f"{WIDGETS}/promql-range", FORM, lambda _: b"samples=" + b"%0A" * (1 << 20)),
    "emoji-20": Attack(
        f"{API}/oom-score", JSON, lambda n: json.dumps({"manifest": f"a{n}: " + "🙂" * 250_000}).encode(), 20
    ),
    "regex-small-20": Attack(f"{API}/alert-routing", JSON, lambda n: regexes(20 + n, 300), 20),
    "regex-large": Attack(f"{API}/alert-routing", JSON, lambda _: regexes(70, 4000)),
    "spread-700": Attack(f"{API}/scheduler-pick", JSON, lambda _: spread(700, 100)),
    "spread-8k-60": Attack(f"{API}/scheduler-pick", JSON, lambda _: spread(40, 12), 60),
    "spread-30k-60": Attack(f"{API}/scheduler-pick", JSON, lambda _: spread(150, 40), 60),
    "pods-20": Attack(f"{WIDGETS}/oom-score", FORM, lambda _: f"node_memory=64Gi&manifest={pods(9990)}".encode(), 20),
    "import": Attack("/api/v1/import", JSON, lambda _: progress(50_000)),
    "import-rows-1m": Attack("/api/v1/import", JSON, lambda _: b'{"schema":3,"answers":[' + b"{}," * 350_000 + b"{}]}"),
    "cookie-60k": Attack(f"{WIDGETS}/quantity", FORM, lambda _: b"text=1", 1, 'a="' + "\\" * 60_000 + '"'),
}


async def post(port: int, attack: Attack, number: int) -> tuple[int, float, int]:
    """Status (0: cut off), seconds, bytes of the answer."""
    body, begun = attack.body(number), time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
    head = (
        f"POST {attack.path} HTTP/1.1\r\nhost: x\r\ncontent-type: {attack.kind}\r\ncookie: {attack.cookie}\r\n"
        f"content-length: {len(body)}\r\naccept-encoding: br\r\nconnection: close\r\n\r\n"
    )
    answer = b""
    with suppress(OSError):
        writer.write(head.encode() + body)
        await writer.drain()
    with suppress(OSError):
        answer = await asyncio.wait_for(reader.read(-1), 120)
    writer.close()
    status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
    return status, time.monotonic() - begun, len(answer)


async def posts(port: int, attack: Attack) -> list[tuple[int, float, int]]:
    return await asyncio.gather(*(post(port, attack, number) for number in range(attack.at_once)))


def attacking(port: int, name: str, results: "multiprocessing.Queue[list[tuple[int, float, int]]]") -> None:
    """In a process of its own, so that making what is sent slows no probe."""
    results.put(asyncio.run(posts(port, ATTACKS[name])))


async def probe(port: int, path: str, until: asyncio.Event, times: list[float]) -> None:
    """Asks again and again, each time on a new connection as a new reader would."""
    request = f"GET {path} HTTP/1.1\r\nhost: x\r\naccept-encoding: br\r\nconnection: close\r\n\r\n".encode()
    while not until.is_set():
        begun = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answer = await reader.read(-1)
        times.append(time.monotonic() - begun)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200"), answer[:100]
        await asyncio.sleep(max(0.0, EVERY_S - times[-1]))


async def watched(port: int, name: str) -> tuple[list[tuple[int, float, int]], dict[str, list[float]]]:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=attacking, args=(port, name, results), daemon=True)
    until, times = asyncio.Event(), {path: [] for path in PROBES}
    probes = [asyncio.ensure_future(probe(port, path, until, times[path])) for path in PROBES]
    begun = time.monotonic()
    process.start()
    found = await asyncio.get_running_loop().run_in_executor(None, results.get, True, 300)
    await asyncio.sleep(max(0.0, LEAST_S - (time.monotonic() - begun)))
    until.set()
    await asyncio.gather(*probes)
    process.join()
    return found, times


def nth(times: list[float], share: float) -> float:
    """Milliseconds at a percentile."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def memory_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) >> 10 for line in status.splitlines() if line.startswith("VmRSS"))


def idle(server: Server, connections: int, sent: bytes) -> str:
    """So many connections that send this and nothing more: what a reader notices, and when they are let go."""
    lines = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(connections)]
    for line in lines:
        line.sendall(sent)

    async def look(seconds: float) -> list[float]:
        until, times = asyncio.Event(), []
        asked = asyncio.ensure_future(probe(server.port, "/en/", until, times))
        await asyncio.sleep(seconds)
        until.set()
        await asked
        return times

    begun = time.monotonic()
    times = asyncio.run(look(3.0))
    open_ = connections
    while open_ and time.monotonic() - begun < 90:
        time.sleep(1)
        open_ = sum(not is_closed(line) for line in lines)
    gone = "all let go" if not open_ else f"{open_} still open"
    for line in lines:
        line.close()
    return f"page p99 {nth(times, 0.99):.0f} ms; {gone} after {time.monotonic() - begun:.0f} s"


def is_closed(line: socket.socket) -> bool:
    line.setblocking(False)
    try:
        while part := line.recv(4096):
            del part
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


IDLE = {
    "idle-2000": (2000, b""),
    "slow-heads-500": (500, b"GET / HTTP/1.1\r\nhost: x\r\n"),
    "slow-bodies-500": (500, b"POST /api/v1/answers HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n{"),
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*ATTACKS, *IDLE]))
    arguments.add_argument("--limit", action="store_true")
    given = arguments.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        asyncio.run(posts(server.port, ATTACKS["pods-20"]))  # the worker processes begin with the first large request
        asyncio.run(watched(server.port, "commas-1m"))
        start = memory_mib(server.pid)
        print(f"{'':22} {'answers':>20} {'longest':>8} {'healthz':>8} {'page':>8} {'step':>8}  p99 in ms; {start} MiB")
        for name in given.names or [*ATTACKS, *IDLE]:
            if name in IDLE:
                print(f"{name:22} {idle(server, *IDLE[name])}")
                continue
            found, times = asyncio.run(watched(server.port, name))
            statuses = sorted({status for status, _, _ in found})
            said = " ".join(f"{sum(s == status for s, _, _ in found)}x{status}" for status in statuses)
            longest = max(seconds for _, seconds, _ in found)
            at = {path: nth(each, 0.99) for path, each in times.items()}
            print(
                f"{name:22} {said:>20} {longest:7.2f}s "
                + " ".join(f"{value:8.0f}" for value in at.values())
                + f"   memory {memory_mib(server.pid) - start:+d} MiB"
            )
            missed += [(name, path) for path, goal in PROBES.items() if goal and at[path] > goal]
            missed += [(name, "5xx") for status in statuses if status >= 500 and status != 503]
        time.sleep(65)  # what is free goes back once a minute
        grown = memory_mib(server.pid) - start
        print(f"memory after all of it {grown:+d} MiB (goal {GROWTH_MIB})")
        server.stop()
    missed += [("memory", str(grown))] if grown > GROWTH_MIB else []
    print("missed:", missed or "nothing")
    return 1 if missed and given.limit else 0


if __name__ == "__main__":
    sys.exit(main())
