"""One writer at a time, and those that wait are committed together.

SQLite lets one transaction write. Its own waiting is unfair (seconds at the 99th percentile), so the lock is
here: the first thread to come writes for all that came meanwhile, in one transaction with one flush to the
disk, and then hands over to the first of those that came during it. Several processes take turns by a lock on
a file. PostgreSQL needs none of this: there each unit of work has its own transaction.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from app.store.engine import WRITE, database_path

BATCH = 64
LOCK, DOOR = "-lock", "-door"  # what is added to a database's name, and to the lock's
AGAIN = 3
ROLLED_BACK = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock detected
T = TypeVar("T")
Work = Callable[[Connection], T]


class FileLock:
    """Held by one process at a time; the kernel lets it go when the process dies.

    Who waits is next: whoever lets it go and wants it again, as a long import does, waits at the door (a second file)
    behind the one that has passed it. With the lock alone the kernel gives it to whoever asks first, which is the one
    that is awake.
    """

    def __init__(self, path: Path | None) -> None:
        self._files = tuple(_opened(path.with_name(path.name + more)) for more in ("", DOOR)) if path else ()

    @contextmanager
    def held(self) -> Iterator[None]:
        if not self._files:
            yield
            return
        lock, door = self._files
        with _flocked(door):
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)

    def close(self) -> None:
        for file in self._files:
            os.close(file)
        self._files = ()


@contextmanager
def _flocked(file: int) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def lock_path(engine: Engine) -> Path | None:
    path = database_path(engine)
    return path.with_name(path.name + LOCK) if path else None


class _Job:
    """A unit of work, the thread that waits for it, and what came of it."""

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.woken = threading.Lock()
        self.woken.acquire()
        self.begun = False
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


class GroupWriter:
    """`write(work)` returns when the work is committed and durable, or raises what the work raised.

    A unit of work may be run twice: when another of its group fails the group is rolled back and each is run
    alone. So it does nothing but read and write the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(**{WRITE: True})
        self._file = FileLock(lock_path(engine))
        self._mutex = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._led = False
        self._connection: Connection | None = None  # the leader's, who hands it on

    def write(self, work: Work[T]) -> T:
        job = _Job(work)
        with self._mutex:
            self._waiting.append(job)
            leads, self._led = not self._led, True
        if not leads:
            job.woken.acquire()  # by a leader: either the work is done or it is our turn to lead
        if not job.done:
            self._lead()
        result: T = job.outcome()
        return result

    def _lead(self) -> None:
        with self._mutex:
            group = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        try:
            with self._file.held():
                self._commit(group)
        finally:
            for job in group:
                if not job.done:
                    job.error, job.done = RuntimeError("the writing thread was stopped"), True
            with self._mutex:
                heir = self._waiting[0] if self._waiting else None
                self._led = heir is not None
            if heir is not None:
                heir.woken.release()
            for job in group[1:]:
                job.woken.release()

    def _commit(self, group: list[_Job]) -> None:
        try:
            self._run(group)
        except Exception as error:
            if len(group) == 1 or not group[0].begun:
                # Where nobody's work began, somebody else holds the database: each alone would wait as long for it.
                for job in group:
                    job.error = error
            else:
                for job in group:
                    self._commit([job])
        for job in group:
            job.done = True

    def _run(self, group: list[_Job]) -> None:
        connection = self._connection = self._connection or self._engine.connect()
        try:
            with connection.begin():
                for job in group:
                    job.begun = True
                    job.result = job.work(connection)
        except BaseException:
            self._give_back()  # which rolls back what a failed commit has left open
            raise

    def _give_back(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        self._give_back()
        self._file.close()


class PlainWriter:
    """Each unit of work in a transaction of its own; the database sees to the rest. What it rolls back since another
    was in the way (a restore, for instance) is done again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, work: Work[T]) -> T:
        for _ in range(AGAIN):
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in ROLLED_BACK:
                    raise
        with self._engine.begin() as connection:
            return work(connection)

    def close(self) -> None:
        return None


def create_writer(engine: Engine) -> GroupWriter | PlainWriter:
    return GroupWriter(engine) if engine.dialect.name == "sqlite" else PlainWriter(engine)
