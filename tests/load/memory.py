"""What one worker holds after its start and after load.

    python -m tests.load.memory [--seconds 60] [--rate 100] [--every 60] [--limit]

RSS of the serving process on Linux: when it first answers, half a minute later (the first states are made), and while
readers ask for every page and every first state, for states of all models with numbers, choices and examples that
differ each time, search, post forms, answer questions with many cookies and look at their progress. `--rate` is of
requests a second, of all readers together; without it they ask as fast as they are answered. `--every` prints RSS each
so many seconds. Goals: 100 MB and 130 MB.
"""

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlencode
from uuid import uuid4

from app.widgetkit.form import without_none
from app.widgetkit.kept import told_first
from app.widgetkit.registry import Room, Rooms, find_rooms
from tests.conftest import ROOT, answering, free_port
from tests.load.answers import SINGLES

START_MB, LOADED_MB = 100, 130
SETTLED_S = 30
READERS = 8
LEARNERS = 50  # cookies of one reader; what differs at each is bounded as well
WORDS = ("pod", "etcd", "调度", "oom", "probe", "quota", "命名空间", "CrashLoopBackOff", "lease", "raft", "镜像")
TYPED = {"content-type": "application/x-www-form-urlencoded"}
USUAL = {"accept-encoding": "gzip, deflate, br, zstd"}


def memory_mb(pid: int) -> float:
    """Resident memory in MB (of a million bytes)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmRSS"))


def addresses(url: str, rooms: Rooms) -> list[str]:
    """All pages of the site's map, and all states that it makes before anybody asks."""
    with urllib.request.urlopen(f"{url}/sitemap.xml") as response:
        pages = [each.partition("</loc>")[0] for each in response.read().decode().split("<loc>")[1:]]
    paths = ["/" + each.split("/", 3)[3] for each in pages if each.count("/") >= 3]
    return [*paths, *(f"{path}?{query}" for path, query in told_first(rooms))]


def varied(room: Room, luck: random.Random) -> dict[str, str]:
    """Inputs of a room as somebody may choose them: one of its examples, and some fields otherwise."""
    inputs = dict(luck.choice(room.typed_examples))
    for name, known in room.widget.form.model_fields.items():
        kind = without_none(known.annotation)
        if luck.random() > 0.3:
            continue
        if kind is bool:
            inputs[name] = luck.choice(("true", "false"))
        elif get_origin(kind) is Literal:
            inputs[name] = str(luck.choice(get_args(kind)))
        elif kind in (int, float):
            inputs[name] = str(luck.randint(0, 9) if luck.random() < 0.5 else luck.randint(0, 999))
    return inputs


@dataclass
class Reader:
    """One connection that stays open. Asks for something else each time; counts the statuses."""

    port: int
    paths: list[str]
    rooms: list[Room]
    luck: random.Random
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self._cookies = [""] * LEARNERS

    def ask(self) -> None:
        """One request: a third of pages and first states, a third of other states, the rest forms, search, answers."""
        room, lang = self.luck.choice(self.rooms), self.luck.choice(("en", "zh"))
        turn, where = self.luck.random(), f"{lang}/widgets/{room.slug}"
        if turn < 0.35:
            self._send("GET", self.luck.choice(self.paths))
        elif turn < 0.65:
            query = urlencode({**varied(room, self.luck), "step": self.luck.randint(1, 30)})
            self._send("GET", f"/fragments/{where}?{query}" if turn < 0.5 else f"/{where}?{query}")
        elif turn < 0.75:
            self._send("POST", f"/fragments/{where}", urlencode(varied(room, self.luck)), TYPED)
        elif turn < 0.85:
            text = " ".join(self.luck.sample(WORDS, self.luck.randint(1, 2)))
            self._send("GET", f"/{lang}/search?{urlencode({'q': text})}")
        else:
            learner = self.luck.randrange(LEARNERS)
            question = self.luck.choice(SINGLES)
            chosen = self.luck.choice(question.options).token
            body = json.dumps({"question": question.id, "attempt": str(uuid4()), "answer": chosen})
            if turn < 0.95:
                self._send("POST", "/api/v1/answers", body, {}, learner)
            else:
                self._send("GET", f"/{lang}/progress", None, {}, learner)

    def _send(
        self, method: str, path: str, body: str | None = None, more: Any = None, learner: int | None = None
    ) -> None:
        """On a new connection when the site has closed the last one meanwhile."""
        cookie = {"cookie": self._cookies[learner]} if learner is not None and self._cookies[learner] else {}
        headers = {**USUAL, **(more or {}), **cookie}
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):
            self._connection.close()
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        response.read()
        self.statuses[response.status] += 1
        if learner is not None and (given := response.headers.get("set-cookie")):
            self._cookies[learner] = given.partition(";")[0]


def go_on(reader: Reader, until: float, pause_s: float) -> None:
    """Asks again and again, each time `pause_s` after the last on the average."""
    while time.monotonic() < until:
        reader.ask()
        if pause_s:
            time.sleep(reader.luck.expovariate(1 / pause_s))


def series(pid: int, until: float, every_s: float) -> Iterator[tuple[float, float]]:
    """Seconds since now, and RSS then, until it is time."""
    begun = time.monotonic()
    while time.monotonic() < until:
        time.sleep(min(every_s, max(0.0, until - time.monotonic())))
        yield time.monotonic() - begun, memory_mb(pid)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=0, help="requests a second; 0: as many as are answered")
    parser.add_argument("--every", type=float, default=60, help="seconds between two figures")
    parser.add_argument("--limit", action="store_true", help="exits 1 when a goal is missed")
    given = parser.parse_args()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PODSCOPE_")}
    rooms = find_rooms()
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(port)],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(ROOT), "PODSCOPE_LOG_LEVEL": "warning"},
        )
        try:
            url = answering(f"http://127.0.0.1:{port}", process)
            started = memory_mb(process.pid)
            paths = addresses(url, rooms)
            time.sleep(SETTLED_S)
            print(f"{started:.1f} MB when it first answers, {memory_mb(process.pid):.1f} MB {SETTLED_S} s later")
            until = time.monotonic() + given.seconds
            readers = [Reader(port, paths, list(rooms.values()), random.Random(seed)) for seed in range(READERS)]
            pause_s = READERS / given.rate if given.rate else 0.0
            threads = [threading.Thread(target=go_on, args=(reader, until, pause_s)) for reader in readers]
            for thread in threads:
                thread.start()
            for after_s, held_mb in series(process.pid, until, given.every):
                print(f"{after_s:6.0f} s {held_mb:7.1f} MB {sum(r.statuses.total() for r in readers):8d}", flush=True)
            for thread in threads:
                thread.join()
            loaded = memory_mb(process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)
    statuses = sum((reader.statuses for reader in readers), Counter[int]())
    said = ", ".join(f"{many} of {status}" for status, many in sorted(statuses.items()))
    print(
        f"{started:.0f} MB when it first answers, {loaded:.0f} MB after {given.seconds:.0f} s of load "
        f"(goals {START_MB} and {LOADED_MB}); {said}"
    )
    return int(given.limit and (started > START_MB or loaded > LOADED_MB))


if __name__ == "__main__":
    sys.exit(main())
