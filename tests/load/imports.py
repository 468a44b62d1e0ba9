"""How long others wait for an answer while somebody brings in 50,000.

    python tests/load/imports.py [--rows 50000] [--clients 8] [--limit]

Learners answer over HTTP (POST /api/v1/answers), each 20 times a second at most: first alone, then beside the import.
The site is one of its own on a SQLite file. Goal: 250 ms at the 99th percentile beside it, and what was imported is
what was told.
"""

import argparse
import asyncio
import http.client
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.conftest import Server  # noqa: E402  # found through the path above
from tests.load.answers import Client  # noqa: E402  # the same
from tests.load.attacks import ATTACKS, nth, posts, progress  # noqa: E402  # the same

EVERY_S = 0.05
ALONE_S = 5.0
GOAL_MS = 250


def answering(port: int, until: threading.Event, times: list[float]) -> None:
    client = Client(port, "")
    while not until.is_set():
        begun = time.monotonic()
        client.answer()
        times.append(time.monotonic() - begun)
        until.wait(max(0.0, EVERY_S - times[-1]))


def watched(port: int, clients: int, rows: int) -> tuple[list[float], float, dict[str, int]]:
    """How long each answer took, the seconds of an import of so many rows (none: so long they are alone), and what it
    said."""
    until, times, said = threading.Event(), [], {}
    threads = [threading.Thread(target=answering, args=(port, until, times)) for _ in range(clients)]
    body = progress(rows)
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    begun = time.monotonic()
    if rows:
        site = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        site.request("POST", "/api/v1/import", body, {"content-type": "application/json"})
        said = json.loads(site.getresponse().read())
    else:
        time.sleep(ALONE_S)
    seconds = time.monotonic() - begun
    until.set()
    for thread in threads:
        thread.join()
    return times, seconds, said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--limit", action="store_true", help="exits 1 when the goal is missed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        asyncio.run(posts(server.port, ATTACKS["pods-20"]))  # the worker processes begin with the first large request
        missed = False
        for rows in (0, given.rows):
            times, seconds, said = watched(server.port, given.clients, rows)
            p50, p99, longest = (nth(times, share) for share in (0.5, 0.99, 1.0))
            beside = f"beside an import of {rows:,} rows in {seconds:.1f} s ({said})" if rows else "alone"
            print(f"{len(times)} answers: median {p50:.0f}, p99 {p99:.0f}, longest {longest:.0f} ms; {beside}")
            missed = bool(rows) and (p99 > GOAL_MS or said != {"added": rows, "known": 0})
        server.stop()
    return 1 if missed and given.limit else 0


if __name__ == "__main__":
    sys.exit(main())
