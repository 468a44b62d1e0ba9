"""The command-line face: an outcome as lines and tables, in the manner of kubectl."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.widgetkit.columns import padded, width_of

GAP = "   "


def print_outcome(outcome: dict[str, Any], names: Sequence[str] = ()) -> Iterator[str]:
    """The lines of an outcome: single values as `name: value`, sentences one a line, lists of objects as tables.

    `names` chooses the fields and their order; without it all are told that are neither empty nor nested pictures.
    """
    for name in names or outcome:
        value = outcome[name]
        if _is_rows(value):
            yield ""
            yield f"{name}:"
            yield from _table(_flat(value))
        elif isinstance(value, list) and len(value) > 1 and all(map(_is_sentence, value)):
            yield f"{name}:"
            yield from (f"  {_text(sentence)}" for sentence in value)
        elif names or _is_plain(value):
            yield f"{name}: {_text(value)}"


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "key" not in value[0]


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return _is_sentence(value)
    if isinstance(value, list):
        return bool(value) and all(_is_plain(item) for item in value)
    return value not in (None, "")


def _flat(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows whose own rows (containers of a pod) become lines, each with what is said of the whole."""
    nested = next((key for row in rows for key, value in row.items() if _is_rows(value)), None)
    if nested is None:
        return [_cells(row) for row in rows]
    return [
        {**_cells(row), **{f"{nested.removesuffix('s')}_{key}": value for key, value in _cells(inner).items()}}
        for row in rows
        for inner in row.get(nested) or [{}]
    ]


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """What fits into a cell: single values and sentences."""
    return {key: value for key, value in row.items() if not isinstance(value, dict | list) or _is_sentence(value)}


def _is_sentence(value: Any) -> bool:
    return isinstance(value, dict) and "text" in value


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Columns as wide as their widest cell; a column without any value is left out."""
    names = list(dict.fromkeys(key for row in rows for key in row))
    names = [name for name in names if any(row.get(name) not in (None, "") for row in rows)]
    cells = [[name.upper() for name in names], *([_text(row.get(name)) for name in names] for row in rows)]
    widths = [max(map(width_of, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield GAP.join(padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()


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
