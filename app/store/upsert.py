"""`INSERT … ON CONFLICT`, which both engines have and SQLAlchemy spells once for each."""

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table

Statement = Any  # the two dialects' own Insert classes, which share no base with these methods


def per_dialect(make: Callable[[Any], Statement]) -> Callable[[Connection], Statement]:
    """`make(dialect.insert)` once for the engine that is in use; the other's dialect is never loaded."""

    @cache
    def made(name: str) -> Statement:
        return make(import_module(f"sqlalchemy.dialects.{name}").insert)

    return lambda tx: made(tx.dialect.name)


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
