"""The tables that `kubectl get` prints: columns at least two spaces apart under a line of capitals."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_GAP = re.compile(r"\s{2,}|\t")
CUT = re.compile(r"\+\s*\d+ more\.\.\.")
"""What kubectl prints where a list is longer than three."""


class Row(NamedTuple):
    """One line of a table by its columns' names, and its number, from 1."""

    line: int
    cells: Mapping[str, str]


def read_table(text: str) -> list[Row] | None:
    """The rows of a table, or None when the first line that is not empty is no header of one."""
    columns: list[str] = []
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        cells = _GAP.split(line.strip())
        if not columns:
            if cells[0] not in ("NAME", "NAMESPACE") or len(cells) < 2:
                return None
            columns = cells
        elif cells != columns:
            rows.append(Row(number, dict(zip(columns, cells, strict=False))))
    return rows if columns else None
