"""The store: one database, `read(work)` and `write(work)`.

`work` is a function of a transaction, made of the functions in the modules beside this one, one module a
noun:

    store.write(answer.record, learner_id, new)      # or a function of your own that calls several
    store.read(review.cards, learner_id)

`write` returns when the work is committed and on the disk. A unit of work may be run a second time when it
was rolled back, so it does nothing but read and write the database.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.record import dataclass
from app.store.engine import BUSY_MS, StoreAway, StoreError, create_store_engine, database_path
from app.store.migrate import migrate, revision
from app.store.migrations import HEAD
from app.store.writer import create_writer

Transaction = Connection
P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["Health", "Store", "Transaction", "open_store"]


@dataclass(frozen=True)
class Health:
    """Which database answers, for `/readyz` and the line at start."""

    engine: str
    version: str
    is_migrated: bool


class Store:
    """Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = create_writer(engine)
        self._path = database_path(engine)
        self._file = _identity(self._path)
        # Several statements of one reader must see the same moment, as they do in SQLite anyway.
        steady = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        self._reading = engine.execution_options(**steady)
        # In memory there is one connection, so readers take turns with writers.
        self._shared = engine.dialect.name == "sqlite" and self._path is None

    @property
    def is_shared(self) -> bool:
        """Whether other processes see the same database: one in memory is this process' own."""
        return not self._shared

    @property
    def folder(self) -> Path | None:
        """Where the database lies on this machine's disk."""
        return self._path.parent if self._path else None

    def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **named: P.kwargs) -> T:
        """What the work returns, all of it read from one moment of the database. StoreAway: it does not answer."""
        with _away():
            if self._shared:
                return self._writer.write(lambda tx: work(tx, *args, **named))
            with self._reading.begin() as connection:
                return work(connection, *args, **named)

    def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **named: P.kwargs) -> T:
        """What the work returns, once it is committed and durable. StoreAway: it does not answer, or keeps nothing."""
        with _away():
            self._refuse_another_file()
            return self._writer.write(lambda tx: work(tx, *args, **named))

    def _refuse_another_file(self) -> None:
        """What goes into a file that was deleted or replaced under us is gone when this process ends."""
        if self._file and _identity(self._path) != self._file:
            raise StoreAway("its file was deleted or replaced; put it back, or start again")

    def scrub(self) -> None:
        """After a deletion: what was deleted leaves SQLite's log too, unless somebody is reading it right
        now."""
        if self.engine.dialect.name == "sqlite" and not self._shared:
            with self.engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA busy_timeout=200")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                driver.execute(f"PRAGMA busy_timeout={BUSY_MS}")

    def health(self) -> Health:
        """Asks the database; StoreError means that it does not answer, or is not ours."""
        self._refuse_another_file()
        ask = "SELECT sqlite_version()" if self.engine.dialect.name == "sqlite" else "SHOW server_version"
        version = str(self.read(lambda tx: tx.execute(text(ask)).scalar_one()))
        return Health(self.engine.dialect.name, version, self.revision() == HEAD)

    def revision(self) -> str | None:
        """The revision of its tables, None when it has none yet; StoreError when it can't be read, or isn't ours."""
        with _away():
            return revision(self.engine)

    def close(self) -> None:
        self._writer.close()
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Which file this is, whatever it is called; None where there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


@contextmanager
def _away() -> Iterator[None]:
    """What a driver says when there is nobody to answer, as StoreAway: without the statement, in which a reader's
    words may stand, and without the address, in which a password may."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StoreAway(_first_line(error.orig)) from None
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise
        raise StoreAway(f"it is damaged ({_first_line(error.orig)})") from None  # what SQLite says of such a file
    except PoolTimeout:
        raise StoreAway("all its connections are in use") from None


def _first_line(error: object) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def open_store(url: str) -> Store:
    """The store at this address, its tables made or brought up to date; several processes may do so at
    once. StoreError when the database does not answer."""
    engine = create_store_engine(url)
    try:
        _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def _migrate(engine: Engine) -> None:
    try:
        migrate(engine)
    except OperationalError as error:
        said = _first_line(error.orig)
        raise StoreAway(f"the database does not answer ({said}); start it or mend its address") from None
    except DatabaseError as error:
        said = _first_line(error.orig)
        if engine.dialect.name == "postgresql":
            raise StoreError(
                f"the database can't be used ({said}); mend its address, or what its user may do"
            ) from None
        raise StoreError(
            f"the database can't be read ({said}); put a backup in its place with `podscope restore`, "
            "after moving the damaged file away"
        ) from None
