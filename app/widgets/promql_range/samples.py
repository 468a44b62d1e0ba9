"""Pasted samples and durations: as text, as the web UI and promtool print them, as the HTTP API answers."""

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from app.kube.refusal import Refusal
from app.widgets.promql_range.model import Sample

MOST_SAMPLES = 10_000
FURTHEST_S = 10**12
Row = tuple[int | None, str, str]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
_PRINTED = re.compile(r"(\S+)\s*@\s*\[?([^\]\s]+)\]?")
_DURATION = re.compile(r"(-?)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m(?!s))?(\d+s)?(\d+ms)?", re.ASCII)
_UNITS_MS = (365 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000, 1)


def read_samples(text: str) -> tuple[Sample, ...]:
    """One series, ordered by time. Times become whole milliseconds, as Prometheus stores them."""
    rows = _from_json(text) if text.lstrip()[:1] in ("{", "[") else _from_lines(text)
    samples: dict[int, Sample] = {}
    for line, time, value in rows:
        at = read_time(time, "samples", line)
        if at in samples:
            raise Refusal("range-twice", field="samples", line=line, time=_short(time))
        if len(samples) == MOST_SAMPLES:
            raise Refusal("range-many", field="samples", line=line, limit=MOST_SAMPLES)
        samples[at] = Sample(at, None if value.lower() == "stale" else read_number(value, "samples", line))
    return tuple(samples[at] for at in sorted(samples))


def _from_lines(text: str) -> Iterator[Row]:
    """`time value` (a comma or a tab will do), or `value @time`."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.replace(",", " ").replace("，", " ").split()
        if printed := _PRINTED.fullmatch(line.strip()):
            yield number, printed[2], printed[1]
        elif len(words) == 2:
            yield number, words[0], words[1]
        elif words:
            raise Refusal("range-line", field="samples", line=number, text=_short(line.strip()))


def _from_json(text: str) -> Iterator[Row]:
    """`[[time, "value"], …]`, or an answer of /api/v1/query that holds one series."""
    for point in _points(_parse(text)):
        if not (isinstance(point, list) and len(point) == 2 and all(isinstance(part, str) for part in point)):
            raise Refusal("range-point", field="samples", text=_short(json.dumps(point)))
        yield None, point[0], point[1]


def _parse(text: str) -> Any:
    """JSON with its numbers left as they were written."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except RecursionError:
        raise Refusal("range-shape", field="samples") from None
    except json.JSONDecodeError as error:
        raise Refusal("range-json", field="samples", line=error.lineno) from None


def _points(parsed: Any) -> list[Any]:
    """The list of points inside an API answer, its `data`, one series of it, or the bare list."""
    if isinstance(parsed, dict):
        for key in ("data", "result", "values"):
            if key in parsed:
                return _points(parsed[key])
    elif isinstance(parsed, list):
        if not any(isinstance(part, dict) for part in parsed):
            return parsed
        if len(parsed) == 1:
            return _points(parsed[0])
        raise Refusal("range-series", field="samples", count=len(parsed))
    raise Refusal("range-shape", field="samples")


def read_time(text: str, field: str, line: int | None = None) -> int:
    """Seconds as text, to whole milliseconds."""
    word = text.strip()
    if not _NUMBER.fullmatch(word) or len(word) > 40 or abs(float(word)) > FURTHEST_S:
        raise Refusal("range-time", field=field, line=line, text=_short(text))
    return round(Decimal(word) * 1000)


def read_number(text: str, field: str, line: int | None = None) -> float:
    """A sample's value as Prometheus reads it (model/textparse v3.14, parseFloat): no hexadecimal, no underscore."""
    word = text.strip()
    if word.lower() == "nan":
        return math.nan
    if _INFINITE.fullmatch(word):
        return -math.inf if word.startswith("-") else math.inf
    if not _NUMBER.fullmatch(word) or math.isinf(value := float(word)):
        raise Refusal("range-number", field=field, line=line, text=_short(text))
    return value


def read_duration(text: str, field: str) -> int:
    """`1m30s`, or seconds as PromQL takes them since 3.0, to milliseconds. prometheus/common v0.66, model/time.go."""
    word = text.strip()
    if _NUMBER.fullmatch(word):
        return read_time(word, field)
    found = _DURATION.fullmatch(word)
    if not found or not any(found.groups()[1:]) or len(word) > 40:
        raise Refusal("range-duration", field=field, text=_short(text))
    parts = zip(found.groups()[1:], _UNITS_MS, strict=True)
    total = sum(int(part.rstrip("ywdhms")) * unit for part, unit in parts if part)
    if total > FURTHEST_S * 1000:
        raise Refusal("range-duration", field=field, text=_short(text))
    return -total if found[1] else total


def write_duration(duration_ms: int) -> str:
    """As PromQL prints it: `1m30s`, without years and weeks, which nobody reads in a range."""
    if not duration_ms:
        return "0s"
    words, rest = "", abs(duration_ms)
    for unit, length in zip(("d", "h", "m", "s", "ms"), _UNITS_MS[2:], strict=True):
        count, rest = divmod(rest, length)
        words += f"{count}{unit}" if count else ""
    return f"-{words}" if duration_ms < 0 else words


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
