"""The store: one database, `read(work)` and `write(work)`.

`work` is a function of a transaction, made of the functions in the modules beside this one, one module a
noun:

    store.write(answer.record, learner_id, new)      # or a function of your own that calls several
    store.read(review.cards, learner_id)

`write` returns when the work is committed and on the disk. A unit of work may be run a second time when it
was rolled back, so it does nothing but read and write the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from app.store.engine import BUSY_MS, StoreError, create_store_engine, database_path
from app.store.migrate import migrate
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


class Store:
    """Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = create_writer(engine)
        # Several statements of one reader must see the same moment, as they do in SQLite anyway.
        steady = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        self._reading = engine.execution_options(**steady)
        # In memory there is one connection, so readers take turns with writers.
        self._shared = engine.dialect.name == "sqlite" and database_path(engine) is None

    def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **named: P.kwargs) -> T:
        """What the work returns, all of it read from one moment of the database."""
        if self._shared:
            return self._writer.write(lambda tx: work(tx, *args, **named))
        with self._reading.begin() as connection:
            return work(connection, *args, **named)

    def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **named: P.kwargs) -> T:
        """What the work returns, once it is committed and durable."""
        return self._writer.write(lambda tx: work(tx, *args, **named))

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
        """Asks the database; an exception means that it does not answer."""
        ask = "SELECT sqlite_version()" if self.engine.dialect.name == "sqlite" else "SHOW server_version"
        return Health(self.engine.dialect.name, str(self.read(lambda tx: tx.execute(text(ask)).scalar_one())))

    def close(self) -> None:
        self._writer.close()
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(url: str) -> Store:
    """The store at this address, its tables made or brought up to date; several processes may do so at
    once. StoreError when the database does not answer."""
    engine = create_store_engine(url)
    try:
        migrate(engine)
    except OperationalError as error:
        raise StoreError(f"the database does not answer ({error.orig}); start it or mend its address") from error
    return Store(engine)
