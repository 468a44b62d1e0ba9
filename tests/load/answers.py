"""What an answer and the progress page cost over HTTP when much is stored, as ratios to an empty store; and 32 writers.

    python -m tests.load.answers [--answers 1000000] [--learners 10000] [--rounds 400] [--database URL]

Two sites, `podscope serve` each, one on an empty database and one on a full one. In both there is one learner with the
same 100 answers of their own, who answers (POST /api/v1/answers) and then looks (GET /en/progress), in turns here and
there, so that a busy machine disturbs both alike. Medians of the time until the whole response is there are compared.
Goals: an answer at most 1.2, the page at most 1.5. Before that, on SQLite, the store against sqlite3 without anything
around it: the same rows, as durable, in turns; goal 0.6 of it.
"""

import argparse
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert

from app.content.bank import Question
from app.content.questions import load_bank
from app.place import CONTENT
from app.store import answer, learner, review
from app.store.answer import Answer
from app.store.engine import sqlite_module
from app.store.review import Card
from app.store.store import Store, open_store
from app.store.tables import ANSWER, CARD, DAY, DEVICE, LEARNER
from tests.conftest import ROOT, free_port

BANK = list(load_bank(CONTENT).questions.values())
SINGLES = [question for question in BANK if question.kind == "single"]
START = datetime.now(UTC) - timedelta(days=120)
HALF_DAY_MS = 43_200_000
OWN = 100
WARM = 20  # rounds that fill the caches and are not counted


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        durable(Path(folder))
        addresses = [_address(options.database, folder, name) for name in ("empty", "full")]
        keys = [learner.new_key() for _ in addresses]
        for address, key in zip(addresses, keys, strict=True):
            with open_store(address) as store:
                store.write(make_reader, key)
                if address == addresses[1]:
                    fill(store, options.learners, options.answers // options.learners)
        with serving(addresses[0]) as empty, serving(addresses[1]) as full:
            clients = [Client(port, key) for port, key in zip((empty, full), keys, strict=True)]
            compare("an answer, POST /api/v1/answers", [client.answer for client in clients], options.rounds, 1.2)
            compare("the page, GET /en/progress", [client.look for client in clients], options.rounds, 1.5)
            crowd(full)


def durable(folder: Path, rounds: int = 20, each: int = 50) -> None:
    """Answers a second of one who waits for each: through the store, and by sqlite3 alone."""
    with open_store(f"sqlite:///{folder}/raw.db") as store:
        owner = store.write(learner.create, learner.new_key(), 0)
    with (
        open_store(f"sqlite:///{folder}/store.db") as store,
        closing(sqlite_module().connect(folder / "raw.db", isolation_level=None)) as raw,
    ):
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            raw.execute(f"PRAGMA {pragma}")
        assert store.write(learner.create, learner.new_key(), 0) == owner
        took: dict[str, list[float]] = {"store": [], "raw": []}
        for turn in range(rounds):
            given = [_answer(turn * each + number, str(uuid4())) for number in range(each)]
            began = time.perf_counter()
            for new in given:
                store.write(answer.record, owner, new)
            took["store"].append(time.perf_counter() - began)
            began = time.perf_counter()
            for new in given:
                _write_raw(raw, owner, new)
            took["raw"].append(time.perf_counter() - began)
    rates = {name: each / statistics.median(times) for name, times in took.items()}
    ratio = rates["store"] / rates["raw"]
    kept = "kept" if ratio >= 0.6 else "MISSED"
    print(
        f"a durable answer: {rates['store']:.0f} a second, sqlite3 alone {rates['raw']:.0f}: "
        f"{ratio:.2f} (goal 0.6: {kept})"
    )


def _write_raw(raw: Any, owner: int, new: Answer) -> None:
    """The three rows of one answer, of which the card is not computed."""
    raw.execute("BEGIN IMMEDIATE")
    raw.execute(
        "INSERT INTO answer (learner_id, attempt, question, given, seed, correct, sure, hint, at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?)",
        (owner, new.attempt, new.question, new.given, new.seed, int(new.correct), new.at_ms),
    )
    raw.execute(
        "INSERT INTO card (learner_id, question, attempts, correct, last_correct, last_ms, state, step, stability, "
        "difficulty, due_ms) VALUES (?, ?, 1, ?, ?, ?, 1, 0, 2.3, 2.1, ?) "
        "ON CONFLICT DO UPDATE SET attempts = attempts + 1, last_ms = excluded.last_ms",
        (owner, new.question, int(new.correct), int(new.correct), new.at_ms, new.at_ms),
    )
    raw.execute(
        "INSERT INTO day (learner_id, day, answers, correct) VALUES (?, ?, 1, ?) "
        "ON CONFLICT DO UPDATE SET answers = answers + 1, correct = correct + excluded.correct",
        (owner, new.at_ms // answer.DAY_MS, int(new.correct)),
    )
    raw.execute("COMMIT")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--database", default="", help="SQLite files in a temporary folder when it is not given")
    return parser.parse_args()


def _address(database: str, folder: str, name: str) -> str:
    """With --database the name is put in the place of {}: postgresql+psycopg://…/podscope_{}"""
    return database.format(name) if database else f"sqlite:///{Path(folder) / name}.db"


def make_reader(tx: Connection, key: str) -> None:
    """The learner who is measured: answers of some months, as if they had come one by one."""
    owner = learner.create(tx, key, review.milliseconds(START))
    answer.add(tx, owner, [_answer(number, str(uuid4())) for number in range(OWN)])
    answer.recount(tx, owner)


def _answer(number: int, attempt: str) -> Answer:
    question, at_ms = BANK[number % len(BANK)], review.milliseconds(START) + number * HALF_DAY_MS
    return Answer(attempt, question.id, '["b"]', number, number % 3 > 0, False, False, at_ms)


def fill(store: Store, learners: int, each: int) -> None:
    """Learners who gave `each` answers over some months, written in bulk."""
    began, luck = time.perf_counter(), random.Random(1)
    given = [_answer(number, "") for number in range(each)]
    cards = answer.replay(given)
    for first in range(0, learners, 500):
        store.write(_fill, luck, first, min(500, learners - first), given, cards)
    print(f"{learners * each:,} answers of {learners:,} learners stored in {time.perf_counter() - began:.0f} s")


def _fill(tx: Connection, luck: random.Random, first: int, count: int, given: list[Answer], cards: list[Card]) -> None:
    owners = range(first + 1000, first + 1000 + count)
    start = given[0].at_ms
    tx.execute(insert(LEARNER), [{"id": owner, "made_ms": start} for owner in owners])
    tx.execute(
        insert(DEVICE), [{"key_hash": luck.randbytes(32), "learner_id": owner, "sent_ms": start} for owner in owners]
    )
    answers = [
        {**one.__dict__, "learner_id": owner, "attempt": str(UUID(bytes=luck.randbytes(16), version=4))}
        for owner in owners
        for one in given
    ]
    tx.execute(insert(ANSWER), [{**row, "correct": int(row["correct"]), "sure": 0, "hint": 0} for row in answers])
    tx.execute(insert(CARD), [review.values(owner, card) for owner in owners for card in cards])
    days = {one.at_ms // answer.DAY_MS for one in given}
    tx.execute(
        insert(DAY), [{"learner_id": owner, "day": day, "answers": 2, "correct": 1} for owner in owners for day in days]
    )


@contextmanager
def serving(address: str) -> Iterator[int]:
    """The port of a site on this database."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PODSCOPE_")}
    site = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", str(port)],
        env={
            **environment,
            "PYTHONPATH": str(ROOT),
            "PODSCOPE_DATABASE_URL": address,
            "PODSCOPE_LOG_LEVEL": "warning",
        },
    )
    try:
        while site.poll() is None:
            try:
                Client(port, "").get("/healthz")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        site.terminate()
        site.wait(timeout=20)


class Client:
    """One learner on a connection that stays open."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookie = f"learner={key}" if key else ""
        self._luck = random.Random(7)

    def get(self, path: str) -> bytes:
        return self._ask("GET", path, None, 200)

    def look(self) -> None:
        assert b"</html>" in self.get("/en/progress")

    def answer(self) -> None:
        question: Question = self._luck.choice(SINGLES)
        chosen = self._luck.choice(question.options).token
        body = json.dumps({"question": question.id, "attempt": str(uuid4()), "answer": chosen})
        self._ask("POST", "/api/v1/answers", body, 201)

    def _ask(self, method: str, path: str, body: str | None, wanted: int) -> bytes:
        self._connection.request(method, path, body, {"cookie": self._cookie})
        response = self._connection.getresponse()
        content = response.read()
        if response.status != wanted:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:200]!r}")
        if given := response.headers.get("set-cookie"):
            self._cookie = given.partition(";")[0]
        return content


def compare(name: str, works: list[Callable[[], None]], rounds: int, goal: float) -> None:
    took: list[list[float]] = [[] for _ in works]
    for turn in range(rounds + WARM):
        for place, work in enumerate(works):
            began = time.perf_counter()
            work()
            if turn >= WARM:
                took[place].append(time.perf_counter() - began)
    medians = [statistics.median(times) * 1000 for times in took]
    ratio = medians[1] / medians[0]
    kept = "kept" if ratio <= goal else "MISSED"
    print(f"{name}: {medians[0]:.2f} ms empty, {medians[1]:.2f} ms full, ratio {ratio:.2f} (goal {goal}: {kept})")


def crowd(port: int, writers: int = 32, each: int = 50) -> None:
    """Everybody answers at once, each their own; how long one waits."""
    took: list[float] = []
    failed: list[str] = []

    def write() -> None:
        client = Client(port, "")
        for _ in range(each):
            began = time.perf_counter()
            try:
                client.answer()
            except Exception as error:  # whatever reaches anybody is what we look for
                failed.append(repr(error))
            took.append(time.perf_counter() - began)

    threads = [threading.Thread(target=write) for _ in range(writers)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    took.sort()
    p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
    print(
        f"{writers} writers on the full one: {len(took) / seconds:.0f} answers/s, median {p50:.0f} ms, "
        f"p99 {p99:.0f} ms, failed {len(failed)} {failed[:1] or ''}"
    )


if __name__ == "__main__":
    main()
