"""Pasted samples and durations: as text, as the web UI and promtool print them, as the HTTP API answers."""

import json
import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.kube.paste.error_answer import error_said
from app.kube.paste.recognise import clean_answer
from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgets.promql_range.model import Sample
from app.widgets.promql_range.notation import INTERVAL_S, interval_of, is_notation, read_notation

MOST_SAMPLES = 10_000
FURTHEST_S = 10**12
Row = tuple[int | None, str, str]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What people write behind a sample, and what tables have on top.
_NOTE = re.compile(r"(?<!\s)\s++(?:<[=-]+|#|//|←).*")
_TITLE = re.compile(r"#.*|\"?(?:time|timestamp|时间)\"?(?:\s*+,\s*+|\s++)\"?(?:value|值)\"?|[-|+ ]+", re.IGNORECASE)
_HEAD = re.compile(r"((?:[a-zA-Z_:][a-zA-Z0-9_:]*)?(?:\{[^\n]*\})?)[ \t]*=>[ \t]*([^\n]*)")
_CELL = re.compile(r"((?:[a-zA-Z_:][a-zA-Z0-9_:]*)?\{[^\n]*\})[ \t|]*([^\s|]+[ \t]*@[^\n]*|)")
_DUMPED = re.compile(
    r"((?:[a-zA-Z_:][a-zA-Z0-9_:]*)?\{(?:[^\"{}\n]|\"(?:[^\"\\\n]|\\.)*+\")*+\})[ \t]+(\S{1,40})[ \t]+"
    r"(-?[0-9]{12,16})(?![^\n])"
)
"""A series with its value and milliseconds: a line of `promtool tsdb dump`, or of an exposition that has times."""

_VALUES = re.compile(r"\s*+\"values\"\s*+:\s*+(?=\[)")
_PRINTED = re.compile(r"(\S+)\s*@\s*\[?([^\]\s]+)\]?")
_DURATION = re.compile(r"(-?)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m(?!s))?(\d+s)?(\d+ms)?", re.ASCII)
_UNITS_MS = (365 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000, 1)


@dataclass(frozen=True)
class Pasted:
    """A series under the name that it has in the paste, empty where it has none; samples ordered by time."""

    name: str
    samples: tuple[Sample, ...]


def read_series(text: str) -> tuple[Pasted, ...]:
    """The series of a paste, at least one. Times become whole milliseconds, as Prometheus stores them."""
    text = clean_answer(text)
    if is_notation(text):
        interval_ms = read_duration(interval_of(text) or f"{INTERVAL_S}s", "samples")
        series = read_notation(text, interval_ms, MOST_SAMPLES)
    elif points := _points(text):
        series = [("", points)]
    elif text.lstrip()[:1] in ("{", "[") and not _HEAD.match(text) and not _DUMPED.match(text.lstrip()):
        series = _from_json(text)
    else:
        series = _from_lines(text)
    count = 0
    found = []
    for name, rows in series:
        samples: dict[int, Sample] = {}
        for line, time, value in rows:
            at = read_time(time, "samples", line)
            if at in samples:
                raise Refusal("range-twice", field="samples", line=line, time=_short(time))
            count += 1
            if count > MOST_SAMPLES:
                raise Refusal("range-many", field="samples", line=line, limit=MOST_SAMPLES)
            samples[at] = Sample(at, None if value.lower() == "stale" else read_number(value, "samples", line))
        found.append(Pasted(name, tuple(samples[at] for at in sorted(samples))))
    return tuple(found)


def read_samples(text: str) -> tuple[Sample, ...]:
    """The samples of the first series."""
    return read_series(text)[0].samples


def choose(series: tuple[Pasted, ...], text: str) -> int:
    """The place of the series that is asked about, by its number from 1."""
    word = text.strip() or "1"
    number = int(word) if re.fullmatch(r"[0-9]{1,6}", word) else 0
    if not 1 <= number <= len(series):
        raise Refusal("range-number-of-series", field="series", text=_short(word), count=len(series))
    return number - 1


def _from_lines(text: str) -> list[tuple[str, list[Row]]]:
    """`time value` (a comma or a tab will do), or `value @time`; `… =>` begins a series, as promtool prints it."""
    series: list[tuple[str, list[Row]]] = []
    dumped: dict[str, list[Row]] = {}
    for number, whole in enumerate(text.splitlines(), start=1):
        line = _NOTE.sub("", whole).strip()
        if _TITLE.fullmatch(line):
            continue
        if found := _DUMPED.fullmatch(line):
            name = found[1]
            if name not in dumped:
                dumped[name] = []
                series.append((name, dumped[name]))
            dumped[name].append((number, str(Decimal(found[3]) / 1000), found[2]))
            continue
        if head := _HEAD.fullmatch(line) or _CELL.fullmatch(line):
            if not head[2] and series and not series[-1][1]:
                raise Refusal("range-line", field="samples", line=number, text=_short(whole.strip()))
            series.append((head[1].strip(), []))
            line = head[2].strip()
        elif not series:
            series.append(("", []))
        words = [word.strip('"') for word in line.replace(",", " ").replace("，", " ").split()]
        if printed := _PRINTED.fullmatch(line):
            series[-1][1].append((number, printed[2], printed[1]))
        elif len(words) == 2:
            series[-1][1].append((number, words[0], words[1]))
        elif words:
            raise Refusal("range-line", field="samples", line=number, text=_short(whole.strip()))
    return series or [("", [])]


_POINT = re.compile(r"\[\s*+([0-9.eE+]{1,40})\s*+,\s*+\"([^\"\s]{1,40})\"\s*+\]")


def _points(text: str) -> list[Row]:
    """`[time, "value"]` one after another, out of the midst of an answer; nothing where there is anything else."""
    if found := _VALUES.match(text):
        text = "\n" * found[0].count("\n") + text[found.end() :]
    if text.lstrip("[`'\" \t\r\n")[:1] not in "0123456789" or re.search(r"[^][,`'\s]", _POINT.sub("", text)):
        return []
    rows: list[Row] = []
    line, seen = 1, 0
    for match in _POINT.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        rows.append((line, match[1], match[2]))
    return rows


def _from_json(text: str) -> list[tuple[str, list[Row]]]:
    """`[[time, "value"], …]`, or an answer of /api/v1/query or query_range."""
    parsed = _parse(text)
    if said := error_said(parsed):
        raise Refusal("paste-error-answer", field="samples", said=said)
    return [(name, [_row(point) for point in points]) for name, points in _matrix(parsed)]


def _row(point: Any) -> Row:
    if not (isinstance(point, list) and len(point) == 2 and all(isinstance(part, str) for part in point)):
        raise Refusal("range-point", field="samples", text=_short(json.dumps(point)))
    return None, point[0], point[1]


def _parse(text: str) -> Any:
    """JSON with its numbers left as they were written."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except RecursionError:
        raise Refusal("range-shape", field="samples") from None
    except json.JSONDecodeError as error:
        raise Refusal("range-json", field="samples", line=error.lineno) from None


def _matrix(parsed: Any) -> list[tuple[str, list[Any]]]:
    """The series inside an API answer, its `data`, its `result`, one series of it, or the bare list of points."""
    if isinstance(parsed, dict):
        if "histograms" in parsed or "histogram" in parsed:
            raise Refusal("range-native", field="samples")
        if isinstance(parsed.get("values"), list):
            return [(_metric(parsed.get("metric")), parsed["values"])]
        if "value" in parsed:
            raise Refusal("range-instant", field="samples")
        for key in ("data", "result"):
            if key in parsed:
                return _matrix(parsed[key])
    elif isinstance(parsed, list):
        if not any(isinstance(part, dict) for part in parsed):
            return [("", parsed)]
        return [series for part in parsed for series in _matrix(part)]
    raise Refusal("range-shape", field="samples")


def _metric(labels: Any) -> str:
    """`up{a="1"}` of the labels that JSON gives."""
    if not isinstance(labels, dict):
        return ""
    name = str(labels.get("__name__", ""))
    pairs = ", ".join(
        f"{key}={json.dumps(str(labels[key]), ensure_ascii=False)}" for key in labels if key != "__name__"
    )
    return f"{name}{{{pairs}}}" if pairs or not name else name


def read_time(text: str, field: str, line: int | None = None) -> int:
    """Seconds as text, or RFC 3339, to whole milliseconds."""
    word = text.strip()
    if _MOMENT.fullmatch(word):
        return _moment(word, field, line)
    if not _NUMBER.fullmatch(word) or len(word) > 40 or abs(float(word)) > FURTHEST_S:
        raise Refusal("range-time", field=field, line=line, text=_short(text))
    return round(Decimal(word) * 1000)


def _moment(word: str, field: str, line: int | None) -> int:
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", word.upper().replace("Z", "+00:00")))
        return round((moment - _EPOCH).total_seconds() * 1000)
    except ValueError:
        raise Refusal("range-time", field=field, line=line, text=_short(word)) from None


def print_moment(at_ms: int) -> str:
    """RFC 3339 in UTC, to the second; seconds where no calendar reaches."""
    try:
        return (_EPOCH + timedelta(milliseconds=at_ms)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return f"{at_ms / 1000:g} s"


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
    if field == "range" and word[:1] == "[" and word[-1:] == "]":  # as it stands in a query
        word = word[1:-1].strip()
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
