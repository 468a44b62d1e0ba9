"""The command-line face: an outcome as tables and lines."""

from typing import Any

from rich.console import Console
from rich.table import Table


def print_outcome(outcome: Any) -> None:
    """Single values as lines, lists of objects as tables, in the order of the outcome."""
    console = Console(highlight=False, soft_wrap=False)
    for name, value in outcome.items() if isinstance(outcome, dict) else [("outcome", outcome)]:
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            console.print(_table(name, value))
        else:
            console.print(f"{name}: {_text(value)}", markup=False)


def _table(name: str, rows: list[dict[str, Any]]) -> Table:
    """A table with a column per scalar field; lists of objects inside a row become rows of their own below it."""
    nested = {key for row in rows for key, value in row.items() if _is_rows(value)}
    if nested:
        rows = [{**_scalars(row, nested), **inner} for row in rows for inner in _inner(row, nested)]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = Table(title=name, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_text(row.get(column)) for column in columns))
    return table


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "key" not in value[0]


def _scalars(row: dict[str, Any], nested: set[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in nested}


def _inner(row: dict[str, Any], nested: set[str]) -> list[dict[str, Any]]:
    first: list[dict[str, Any]] = next((row[key] for key in row if key in nested and row[key]), [{}])
    return [_scalars(inner, {key for key, value in inner.items() if _is_rows(value)}) for inner in first]


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return str(value["text"]) if "text" in value else ", ".join(f"{k}={_text(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "; ".join(_text(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
