"""`INSERT … ON CONFLICT`, which both engines have and SQLAlchemy spells once for each."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Statement = Any  # the two dialects' own Insert classes, which share no base with these methods
_DIALECTS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgresql}


def per_dialect(make: Callable[[Any], Statement]) -> Callable[[Connection], Statement]:
    """`make(dialect.insert)` for each engine, once; then the statement for a transaction's engine."""
    made = {name: make(dialect.insert) for name, dialect in _DIALECTS.items()}
    return lambda tx: made[tx.dialect.name]


def adding(table: Table) -> Callable[[Connection], Statement]:
    """Adds rows; those whose key is there already stay as they were."""
    return per_dialect(lambda insert: insert(table).on_conflict_do_nothing())


def putting(table: Table, names: Iterable[str], newer: str | None = None) -> Callable[[Connection], Statement]:
    """Adds rows or replaces these columns; with `newer` only where that column grows."""
    columns = tuple(names)

    def make(insert: Any) -> Statement:
        new = insert(table)
        return new.on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key],
            set_={name: new.excluded[name] for name in columns},
            where=new.excluded[newer] > table.c[newer] if newer else None,
        )

    return per_dialect(make)
