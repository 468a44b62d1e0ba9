"""The lines of `kubectl describe`: fields with their values, and what stands indented below them.

kubectl pkg/describe/describe.go (v0.36.3): fields at the margin, values behind tabs that became spaces.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

NONE, UNSET = "<none>", "<unset>"

_FIELD = re.compile(r"([A-Za-z][\w ()/-]*):(?:\s+(.*))?")
_ENTRY = re.compile(r"(?:-\s+)?([A-Za-z][\w ()/-]*):(?:\s+(.*))?")


class Entry(NamedTuple):
    """One field: its value, the lines below it, and the line, from 1, on which it stands."""

    name: str
    value: str
    below: tuple[str, ...]
    line: int


def read_description(text: str) -> list[Entry]:
    """The fields at the margin, in their order; a name may stand several times, as `Port` does."""
    found: list[tuple[str, str, list[str], int]] = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _FIELD.fullmatch(line.rstrip()) if line[:1].strip() else None
        if match:
            found.append((match[1], (match[2] or "").strip(), [], number))
        elif found and line.strip():
            found[-1][2].append(line)
    return [Entry(name, value, tuple(below), line) for name, value, below, line in found]


def value_of(entries: list[Entry], name: str) -> str:
    """The value of the first field of this name; empty when there is none, or none is set."""
    value = next((entry.value for entry in entries if entry.name == name), "")
    return "" if value in (NONE, UNSET) else value


def inner(lines: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The indented fields below one, whatever their depth."""
    for line in lines:
        match = _ENTRY.fullmatch(line.strip())
        if match:
            value = (match[2] or "").strip()
            yield match[1], "" if value in (NONE, UNSET) else value
        else:
            yield "", line.strip()


def listed(text: str) -> list[str]:
    """Values between commas; `<none>` is none."""
    return [part.strip() for part in text.split(",") if part.strip() and part.strip() not in (NONE, UNSET)]
