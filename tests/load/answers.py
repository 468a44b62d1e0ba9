"""What answering and the progress page cost when much is stored, as ratios to an empty store; and 32 writers.

    python -m tests.load.answers [--answers 1000000] [--learners 10000] [--database URL] [--rounds 400]

Goals: an answer at most 1.2, progress at most 1.5. The same learner, with the same 100 answers of their own,
does the same in both stores, in turns, so that a busy machine disturbs both alike. Medians are compared.
"""

import argparse
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert

from app.quiz.answer import Desk, Submission, answer_question
from app.quiz.bank import Bank, load_bank, token
from app.quiz.progress import progress_of
from app.quiz.question import Keys
from app.store import answer, learner, review
from app.store.answer import Answer
from app.store.store import Store, open_store
from app.store.tables import ANSWER, CARD, DAY, DEVICE, LEARNER
from tests.quiz.conftest import CONTENT, run_adder

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RIGHT = token("pod-single", "option", "b")
OWN = 100
Work = Callable[[], object]


def main() -> None:
    options = _options()
    bank = load_bank(CONTENT)
    with tempfile.TemporaryDirectory() as folder, _store(options, folder, "full") as full:
        began = time.perf_counter()
        fill(full, options.learners, options.answers // options.learners)
        stored = options.learners * (options.answers // options.learners)
        took = time.perf_counter() - began
        print(f"{stored:,} answers of {options.learners:,} learners stored in {took:.0f} s")
        with _store(options, folder, "empty") as empty:
            compare(bank, empty, full, options.rounds)
        crowd(Desk(bank, full, Keys(run_adder)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--database", default="", help="SQLite files in a temporary folder when it is not given")
    return parser.parse_args()


@contextmanager
def _store(options: argparse.Namespace, folder: str, name: str) -> Iterator[Store]:
    """With --database the name is put in the place of {}: postgresql+psycopg://…/podscope_{}"""
    url = options.database.format(name) if options.database else f"sqlite:///{Path(folder) / name}.db"
    with open_store(url) as store:
        yield store


def fill(store: Store, learners: int, each: int) -> None:
    """Learners who answered `each` questions (of as many as a full bank has) over some months."""
    luck = random.Random(1)
    for first in range(0, learners, 500):
        count = min(500, learners - first)
        store.write(_fill, luck, first, count, each)


def _fill(tx: Connection, luck: random.Random, first: int, count: int, each: int) -> None:
    start = review.milliseconds(NOW - timedelta(days=120))
    owners = range(first + 1, first + count + 1)
    tx.execute(insert(LEARNER), [{"id": owner, "made_ms": start} for owner in owners])
    hashes = [luck.randbytes(32) for _ in owners]
    tx.execute(
        insert(DEVICE),
        [
            {"key_hash": hash_, "learner_id": owner, "sent_ms": start}
            for hash_, owner in zip(hashes, owners, strict=True)
        ],
    )
    answers, cards, days = [], [], []
    for owner in owners:
        for number in range(each):
            at_ms = start + number * 86_400_000 // 2 + luck.randrange(3_600_000)
            answers.append(
                {
                    "learner_id": owner,
                    "attempt": str(UUID(bytes=luck.randbytes(16), version=4)),
                    "question": f"question-{number % 126}",
                    "given": '["b"]',
                    "seed": number,
                    "correct": number % 3 > 0,
                    "sure": 0,
                    "hint": 0,
                    "at_ms": at_ms,
                }
            )
            if number < 126:
                card = review.schedule(
                    None, f"question-{number}", correct=number % 3 > 0, sure=False, hint=False, at_ms=at_ms
                )
                cards.append(review.values(owner, card))
        days += [
            {"learner_id": owner, "day": start // 86_400_000 + day, "answers": 2, "correct": 1}
            for day in range(each // 2 + 1)
        ]
    tx.execute(insert(ANSWER), answers)
    tx.execute(insert(CARD), cards)
    tx.execute(insert(DAY), days)


def compare(bank: Bank, empty: Store, full: Store, rounds: int) -> None:
    desks = [Desk(bank, store, Keys(run_adder)) for store in (empty, full)]
    keys = [_with_history(desk.store) for desk in desks]

    def answering(desk: Desk, key: str) -> Work:
        return lambda: answer_question(desk, key, Submission("pod-single", uuid4(), RIGHT), datetime.now(UTC))

    def looking(desk: Desk, key: str) -> Work:
        return lambda: progress_of(desk, key, NOW)

    for name, make, goal in (("an answer", answering, 1.2), ("progress", looking, 1.5)):
        took = _in_turns([make(desk, key) for desk, key in zip(desks, keys, strict=True)], rounds)
        medians = [statistics.median(times) * 1000 for times in took]
        ratio = medians[1] / medians[0]
        kept = "kept" if ratio <= goal else "MISSED"
        times = f"{medians[0]:.2f} ms empty, {medians[1]:.2f} ms full"
        print(f"{name}: {times}, ratio {ratio:.2f} (goal {goal}: {kept})")


def _with_history(store: Store) -> str:
    """A learner with answers of their own; their key."""
    key, at_ms = learner.new_key(), review.milliseconds(NOW - timedelta(days=60))
    rows = [
        Answer(str(uuid4()), f"question-{n % 126}", '["b"]', None, True, False, False, at_ms + n * 43_200_000)
        for n in range(OWN)
    ]

    def keep(tx: Connection) -> None:
        owner = learner.create(tx, key, at_ms)
        answer.add(tx, owner, rows)
        answer.recount(tx, owner)

    store.write(keep)
    return key


def _in_turns(works: list[Work], rounds: int) -> list[list[float]]:
    took: list[list[float]] = [[] for _ in works]
    for turn in range(rounds + 20):
        for place, work in enumerate(works):
            began = time.perf_counter()
            work()
            if turn >= 20:  # the first fill the caches
                took[place].append(time.perf_counter() - began)
    return took


def crowd(desk: Desk, writers: int = 32, each: int = 50) -> None:
    """Everybody answers at once, each their own; how long one waits."""
    took: list[float] = []
    failed: list[str] = []

    def write() -> None:
        cookie: str | None = None
        for _ in range(each):
            began = time.perf_counter()
            try:
                submission = Submission("pod-single", uuid4(), RIGHT)
                cookie = answer_question(desk, cookie, submission, datetime.now(UTC)).send_key or cookie
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
        f"{writers} writers: {len(took) / seconds:.0f} answers/s, median {p50:.0f} ms, p99 {p99:.0f} ms, "
        f"failed {len(failed)} {failed[:1] or ''}"
    )


if __name__ == "__main__":
    main()
