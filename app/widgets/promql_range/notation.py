"""The notation of `promtool test rules`: `0+10x5`, `_x3`, `stale`, one value after each interval from 0 on.

prometheus v3.14 promql/parser/generated_parser.y series_item, cmd/promtool/unittest.go.
"""

import re
from collections.abc import Iterator

from app.kube.refusal import Refusal

INTERVAL_S = 60
"""`evaluation_interval` where a test gives none."""

_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?|[Ii]nf|NaN"
_ITEM = re.compile(
    rf"(?:(?P<missing>_)|(?P<value>stale|[+-]?(?:{_NUMBER}))(?P<step>[+-](?:{_NUMBER}))?)(?:x(?P<times>[0-9]{{1,9}}))?"
)
_VALUES = re.compile(r"^[ \t]*(?:- )?values:[ \t]*(?P<quote>['\"]?)(?P<values>[^'\"\n]*)(?P=quote)[ \t]*$")
_SERIES = re.compile(r"^[ \t]*(?:- )?series:[ \t]*(?P<name>.*?)[ \t]*$")
_INTERVAL = re.compile(r"^[ \t]*(?:- )?(?:evaluation_)?interval:[ \t]*(?P<interval>\S+)[ \t]*$")
_KEY = re.compile(r"^[ \t]*(?:- )?(?:input_series|tests|rule_files|name):|^[ \t]*#|^[ \t]*$")
Row = tuple[int | None, str, str]


def is_notation(text: str) -> bool:
    """Whether it is such a series alone, one that expands or has gaps, or the lines of a test's `input_series`."""
    lines = text.strip().split("\n")
    if len(lines) == 1 and not _VALUES.match(lines[0]):
        items = lines[0].split()
        expands = any(item.startswith("_") or "x" in item for item in items)
        return expands and all(map(_ITEM.fullmatch, items))
    ours = (_VALUES, _SERIES, _INTERVAL, _KEY)
    return any(map(_VALUES.match, lines)) and all(any(form.match(line) for form in ours) for line in lines)


def interval_of(text: str) -> str:
    """The interval between two values, as it is written; empty where none is."""
    found = [match["interval"] for line in text.split("\n") if (match := _INTERVAL.match(line))]
    return found[-1] if found else ""


def read_notation(text: str, interval_ms: int, most: int) -> list[tuple[str, list[Row]]]:
    """The series, each value with the seconds at which it is scraped; a gap is no sample."""
    lines = text.strip("\n").split("\n")
    if not any(map(_VALUES.match, lines)):
        return [("", list(_rows(text, 1, interval_ms, most)))]
    found, name = [], ""
    for number, line in enumerate(lines, 1):
        if match := _SERIES.match(line):
            name = _unquoted(match["name"])
        elif match := _VALUES.match(line):
            found.append((name, list(_rows(match["values"], number, interval_ms, most))))
            name = ""
    return found


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _rows(text: str, number: int, interval_ms: int, most: int) -> Iterator[Row]:
    at = 0
    for item in text.split():
        match = _ITEM.fullmatch(item)
        if match is None:
            raise Refusal("range-notation", field="samples", line=number, text=item[:40])
        times = int(match["times"] or 0)
        if at + times > most:
            raise Refusal("range-many", field="samples", line=number, limit=most)
        if match["missing"]:
            at += times if match["times"] else 1
            continue
        value, step = match["value"], float(match["step"] or 0)
        for _ in range(times + 1):
            yield number, f"{at * interval_ms / 1000:.12g}", value
            at += 1
            value = value if value == "stale" or not match["step"] else repr(float(value) + step)
