"""Statements that every answer runs, without what SQLAlchemy does around each: nine tenths of what one costs on SQLite.

    _CARD = Direct(select(...).where(CARD.c.question == bindparam("of")))
    values = _CARD.row(tx, {"of": "etcd-3"})

SQLAlchemy writes the SQL, once for each engine, and the driver of its connection runs it. On PostgreSQL, where the way
to the server is longer than all of that, it is run as any other.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.record import dataclass
from app.store.upsert import Statement

Given = Mapping[str, Any]


@dataclass(frozen=True)
class _Written:
    """A statement as SQLite takes it: for each `?` the name of what is given, or what always stands there."""

    sql: str
    names: tuple[str, ...]
    always: Given

    def values(self, given: Given) -> tuple[Any, ...]:
        return tuple([given[name] if name in given else self.always[name] for name in self.names])


class Direct:
    """One statement, or what makes it for the engine that is in use; what is given has the same names each time."""

    def __init__(self, statement: Statement | Callable[[Connection], Statement]) -> None:
        self._statement = statement
        self._written: _Written | None = None

    def row(self, tx: Connection, given: Given) -> tuple[Any, ...] | None:
        """The values of the one row that it finds, if any, in the order of its columns."""
        if tx.dialect.name == "sqlite":
            found = self._run(tx, given).fetchone()
        else:
            found = tx.execute(self._of(tx), given).one_or_none()
        return None if found is None else tuple(found)

    def run(self, tx: Connection, given: Given) -> int:
        """How many rows it has changed."""
        if tx.dialect.name == "sqlite":
            return int(self._run(tx, given).rowcount)
        return tx.execute(self._of(tx), given, execution_options={"preserve_rowcount": True}).rowcount

    def _run(self, tx: Connection, given: Given) -> Any:
        written = self._written or self._write(tx, given)
        return driven(tx, written.sql, written.values(given))

    def _write(self, tx: Connection, given: Given) -> _Written:
        compiled = self._of(tx).compile(dialect=tx.dialect, column_keys=list(given))
        always = {name: value for name, value in compiled.params.items() if name not in given}
        self._written = _Written(str(compiled), tuple(compiled.positiontup), always)
        return self._written

    def _of(self, tx: Connection) -> Statement:
        return self._statement(tx) if callable(self._statement) else self._statement


def driven(tx: Connection, sql: str, values: tuple[Any, ...] = ()) -> Any:
    """The driver's cursor after it has run this; what goes wrong is said as SQLAlchemy does, without the values."""
    connection: Any = tx.connection.driver_connection
    dbapi = tx.dialect.loaded_dbapi
    try:
        return connection.execute(sql, values)
    except dbapi.Error as error:
        raise DBAPIError.instance(sql, None, error, dbapi.Error, hide_parameters=True, dialect=tx.dialect) from error
