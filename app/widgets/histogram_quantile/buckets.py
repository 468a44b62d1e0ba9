"""Pasted buckets: lines of `le count`, or the lines of an exposition."""

import math
import re
from dataclasses import dataclass

from app.kube.refusal import Refusal
from app.widgets.histogram_quantile.model import Bucket

MOST_BUCKETS = 10_000
_DECIMAL = r"(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:e[+-]?[0-9](?:_?[0-9])*)?"
_HEX = r"0x_?(?:[0-9a-f](?:_?[0-9a-f])*\.?(?:[0-9a-f](?:_?[0-9a-f])*)?|\.[0-9a-f](?:_?[0-9a-f])*)p[+-]?[0-9]+"
_GO_FLOAT = re.compile(rf"[+-]?(?:{_DECIMAL}|{_HEX}|inf|infinity)|nan", re.IGNORECASE)
_COUNT = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity)|nan", re.IGNORECASE)
_SERIES = re.compile(r"([a-zA-Z_:][\w:]*)?\{(.*)\}\s*(\S+)(?:\s+(?:@\s*)?\S+)?", re.ASCII)
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.ASCII)
_SKIPPED = re.compile(r"\s*(?:#.*|\w*_(?:sum|count|created)(?:\{.*\})?\s+\S+.*|)", re.ASCII)


@dataclass(frozen=True)
class Ignored:
    """A line whose `le` is no number: Prometheus leaves it out and warns."""

    line: int
    le: str


@dataclass(frozen=True)
class Pasted:
    buckets: tuple[Bucket, ...]
    ignored: tuple[Ignored, ...]


def read_buckets(text: str) -> Pasted:
    """The buckets of one histogram. A bound is read as Go's ParseFloat reads it, a count as a sample's value."""
    buckets: list[Bucket] = []
    ignored: list[Ignored] = []
    groups: set[frozenset[tuple[str, str]]] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if _SKIPPED.fullmatch(line):
            continue
        labels, le, word = _split(line, number)
        groups.add(labels)
        if len(groups) > 1:
            raise Refusal("bucket-groups", field="buckets", line=number)
        if len(buckets) + len(ignored) == MOST_BUCKETS:
            raise Refusal("bucket-many", field="buckets", line=number, limit=MOST_BUCKETS)
        count = read_count(word, "buckets", number)
        bound = go_float(le)
        if bound is None:
            ignored.append(Ignored(number, _short(le)))
        elif math.isnan(bound):
            raise Refusal("bucket-nan", field="buckets", line=number)
        else:
            buckets.append(Bucket(bound, count))
    if not buckets:
        raise Refusal("bucket-none", field="buckets")
    return Pasted(tuple(buckets), tuple(ignored))


def _split(line: str, number: int) -> tuple[frozenset[tuple[str, str]], str, str]:
    """The other labels, `le` and the count of one line."""
    if series := _SERIES.fullmatch(line.strip()):
        labels = _labels(series[2], number)
        le = labels.pop("le", "")
        return frozenset({*labels.items(), ("__name__", series[1] or "")}), le, series[3]
    words = line.replace(",", " ").replace("，", " ").split()
    if len(words) != 2:
        raise Refusal("bucket-line", field="buckets", line=number, text=_short(line.strip()))
    le = words[0].removeprefix("le=").strip('"')
    return frozenset(), le, words[1]


def _labels(text: str, number: int) -> dict[str, str]:
    labels, position = {}, 0
    while position < len(text.rstrip()):
        label = _LABEL.match(text, position)
        if not label:
            raise Refusal("bucket-labels", field="buckets", line=number, text=_short(text[position:].strip()))
        labels[label[1]] = label[2]
        position = label.end()
    return labels


def go_float(text: str) -> float | None:
    """What strconv.ParseFloat makes of a text; None where it reports an error, also when it is out of range."""
    if not _GO_FLOAT.fullmatch(text):
        return None
    plain = text.replace("_", "").lower()
    value = _hexadecimal(plain) if "x" in plain else float(plain)
    return None if math.isinf(value) and "inf" not in plain else value


def _hexadecimal(text: str) -> float:
    """float.fromhex, with an infinity where that would raise."""
    try:
        return float.fromhex(text)
    except OverflowError:
        return math.inf


def read_count(word: str, field: str, line: int | None = None) -> float:
    """A value as a sample has it (model/textparse, parseFloat): decimal, NaN or an infinity."""
    text = word.strip()
    if not _COUNT.fullmatch(text) or (math.isinf(value := float(text)) and "inf" not in text.lower()):
        raise Refusal("bucket-number", field=field, line=line, text=_short(text))
    return value


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
