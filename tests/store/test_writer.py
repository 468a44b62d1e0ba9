"""Thirty-two write at once: nothing is lost, nobody is told that the database is locked."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from app.store import answer, learner, review
from app.store.answer import Answer
from app.store.engine import StoreAway, sqlite_module
from app.store.store import Store, Transaction, open_store
from app.store.tables import LEARNER
from app.store.writer import FileLock
from tests.store.cast import NOON, answer_to, new_learner, rows

WRITERS = 32


def keep(tx: Transaction, owner: int, new: Answer) -> bool:
    """As a handler does it: holding the learner."""
    assert learner.lock(tx, owner)
    return answer.record(tx, owner, new).added


def together(work: Callable[[int], object]) -> list[object]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(work, range(WRITERS)))


def test_thirty_two_writers_lose_nothing(store: Store) -> None:
    """All of them on one card, read and written again: a lost update would show."""
    owner = new_learner(store)

    def write(_: int) -> None:
        for _ in range(10):
            store.write(keep, owner, answer_to())

    together(write)

    assert [card.attempts for card in store.read(review.cards, owner)] == [WRITERS * 10]
    assert len(store.read(answer.answers, owner)) == WRITERS * 10


def test_the_same_attempt_from_everywhere_is_stored_once(store: Store) -> None:
    owner, once = new_learner(store), answer_to()

    added = together(lambda _: store.write(keep, owner, once))

    assert sum(map(bool, added)) == 1


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/podscope.db") as store:
        inside, leave = threading.Event(), threading.Event()

        def slow(_: Transaction) -> None:
            inside.set()
            leave.wait(10)

        writing = threading.Thread(target=store.write, args=(slow,))
        writing.start()
        inside.wait(10)

        assert rows(store, LEARNER) == []

        leave.set()
        writing.join()


def test_a_writer_holds_the_database_from_its_beginning(tmp_path: Path) -> None:
    """Somebody who takes no turns with us (an SQLite shell) cannot come between our reading and writing."""
    module = sqlite_module()
    with open_store(f"sqlite:///{tmp_path}/podscope.db") as store:

        def work(tx: Transaction) -> str:
            tx.execute(LEARNER.select()).all()
            with closing(module.connect(tmp_path / "podscope.db", timeout=0)) as outside:
                try:
                    outside.execute("INSERT INTO learner (made_ms) VALUES (1)")
                except module.OperationalError as error:
                    return str(error)
            return "came between"

        assert store.write(work) == "database is locked"


def twenty_behind_one(store: Store, write: Callable[[], object]) -> None:
    """Twenty write while one before them is at work, which is done when all of them wait."""
    inside, leave = threading.Event(), threading.Event()

    def slow(_: Transaction) -> None:
        inside.set()
        leave.wait(10)

    threads = [threading.Thread(target=store.write, args=(slow,))]
    threads[0].start()
    inside.wait(10)
    threads += [threading.Thread(target=write) for _ in range(20)]
    for thread in threads[1:]:
        thread.start()
    while len(store._writer._waiting) < 20:  # type: ignore[union-attr]  # only it knows
        pass
    leave.set()
    for thread in threads:
        thread.join()


def test_those_that_wait_are_committed_together(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/podscope.db") as store:
        commits: list[int] = []
        event.listen(store.engine, "commit", lambda _: commits.append(1))

        def insert(tx: Transaction) -> None:
            tx.execute(LEARNER.insert().values(made_ms=NOON))

        twenty_behind_one(store, lambda: store.write(insert))

        assert len(commits) == 2
        assert len(rows(store, LEARNER)) == 20


def test_one_that_fails_takes_nobody_with_it(store: Store) -> None:
    owner = new_learner(store)

    def write(number: int) -> str:
        def work(tx: Transaction) -> str:
            keep(tx, owner, answer_to(f"q{number}"))
            if number % 4 == 0:
                raise LookupError(f"writer {number}")
            return f"q{number}"

        try:
            return store.write(work)
        except LookupError as error:
            return str(error)

    said = together(write)

    assert said == [f"writer {number}" if number % 4 == 0 else f"q{number}" for number in range(WRITERS)]
    kept = {card.question for card in store.read(review.cards, owner)}
    assert kept == {f"q{number}" for number in range(WRITERS) if number % 4}


OTHER_PROCESS = """
import sys
from app.store import answer
from app.store.store import open_store
from tests.store.cast import answer_to
with open_store(sys.argv[1]) as store:
    for _ in range(50):
        store.write(answer.record, int(sys.argv[2]), answer_to())
"""


def test_those_that_wait_for_a_locked_database_wait_for_it_together(tmp_path: Path) -> None:
    """One after the other they would wait half a minute each, and have all threads until the last has."""
    with open_store(f"sqlite:///{tmp_path}/podscope.db") as store:
        begun: list[int] = []
        told: list[int] = []

        def begin(_: object) -> None:
            begun.append(1)
            if len(begun) > 1:
                raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

        def write() -> None:
            with pytest.raises(StoreAway, match="locked"):
                store.write(answer.record, 1, answer_to())
            told.append(1)

        event.listen(store.engine, "begin", begin, insert=True)
        twenty_behind_one(store, write)

        assert (len(begun), len(told)) == (2, 20)


def test_several_processes_take_turns(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/podscope.db"
    with open_store(url) as store:
        owner = new_learner(store)
        others = [subprocess.Popen([sys.executable, "-c", OTHER_PROCESS, url, str(owner)]) for _ in range(4)]

        assert [other.wait(60) for other in others] == [0] * 4
        assert [card.attempts for card in store.read(review.cards, owner)] == [200]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 30_000),
        ("secure_delete", 1),
    ],
)
def test_sqlite_is_set_to_keep_what_it_acknowledges(tmp_path: Path, pragma: str, value: object) -> None:
    with open_store(f"sqlite:///{tmp_path}/podscope.db") as store:
        assert store.read(lambda tx: tx.execute(text(f"PRAGMA {pragma}")).scalar_one()) == value


def test_the_health_names_engine_and_version(store: Store) -> None:
    health = store.health()

    assert health.engine in ("sqlite", "postgresql")
    assert tuple(map(int, health.version.split()[0].split("."))) >= ((3, 51, 3) if health.engine == "sqlite" else (14,))


AGAIN_AND_AGAIN = """
import sys
from pathlib import Path
from app.store.writer import FileLock
lock = FileLock(Path(sys.argv[1]))
for number in range(5000):
    with lock.held():
        print(number, file=sys.stderr, flush=True)
        if number == 0:
            print("held", flush=True)
            sys.stdin.readline()
"""


def test_a_process_that_wants_the_lock_again_and_again_lets_others_in(tmp_path: Path) -> None:
    """Who waits for it is next, however fast the other comes back."""
    lock, log, got = FileLock(tmp_path / "lock"), tmp_path / "log", []

    def take() -> None:
        with lock.held():
            got.append(len(log.read_text().split()))

    with (
        log.open("w") as said,
        subprocess.Popen(
            [sys.executable, "-c", AGAIN_AND_AGAIN, tmp_path / "lock"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as other,
    ):
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        waiting = threading.Thread(target=take)
        waiting.start()
        time.sleep(0.2)  # until it waits
        other.stdin.write("\n")
        other.stdin.flush()
        waiting.join()
    lock.close()

    assert got == [1]
    assert len(log.read_text().split()) == 5000
