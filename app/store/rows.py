"""Rows of a table as records, by name: a column that the table gets later changes nothing for those who don't ask."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Row, Table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


def columns_of(table: Table, record: type[Any]) -> list[ColumnElement[Any]]:
    """The columns of the fields of a dataclass, to select."""
    return [table.c[field.name] for field in fields(record)]


def reads(record: type[Record]) -> Callable[[Row[Any]], Record]:
    """What makes records of selected rows; flags, which are 0 and 1 in tables, become booleans."""
    listed = fields(record)
    names, flags = [field.name for field in listed], {field.name for field in listed if field.type is bool}

    def read(row: Row[Any]) -> Record:
        found = row._mapping
        return record(**{name: bool(found[name]) if name in flags else found[name] for name in names})

    return read


def of_values(record: type[Record]) -> Callable[[Sequence[Any]], Record]:
    """The same of the values of `columns_of` alone, as a driver gives them."""
    flags = [place for place, field in enumerate(fields(record)) if field.type is bool]

    def read(values: Sequence[Any]) -> Record:
        found = list(values)
        for place in flags:
            found[place] = bool(found[place])
        return record(*found)

    return read
