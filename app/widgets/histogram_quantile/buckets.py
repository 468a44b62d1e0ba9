"""Pasted buckets: lines of `le count`, or the lines of an exposition."""

import json
import math
import re
from collections.abc import Iterator

from app.kube.paste.error_answer import error_said
from app.kube.paste.recognise import clean_answer
from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgets.histogram_quantile.model import Bucket

MOST_BUCKETS = 10_000
_DECIMAL = r"(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:e[+-]?[0-9](?:_?[0-9])*)?"
_HEX = r"0x_?(?:[0-9a-f](?:_?[0-9a-f])*\.?(?:[0-9a-f](?:_?[0-9a-f])*)?|\.[0-9a-f](?:_?[0-9a-f])*)p[+-]?[0-9]+"
_GO_FLOAT = re.compile(rf"[+-]?(?:{_DECIMAL}|{_HEX}|inf|infinity)|nan", re.IGNORECASE)
_COUNT = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity)|nan", re.IGNORECASE)
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*+)"\s*(?:,|$)', re.ASCII)
_BRACED = re.compile(r'([a-zA-Z_:][\w:]*)?\s*\{((?:[^"{}]|"(?:[^"\\]|\\.)*+")*+)\}(.*)', re.ASCII)
# What stands behind the labels: a value and perhaps a time, as an exposition, promtool and the console print it.
_VALUE = re.compile(r"\s*+(?:(?:=>|\|)\s*+)?([^\s|@]+)(?:\s++(?:@\s*+)?\[?[0-9.eE+-]+\]?)?\s*+(?:\|\s*+)?", re.ASCII)
_EXEMPLAR = re.compile(r" # \{(?:[^\"{}]|\"(?:[^\"\\]|\\.)*+\")*+\} .*")
_NOTE = re.compile(r"(?<!\s)\s++(?:<[=-]+|#|//|←)(?! \{).*")
_TITLE = re.compile(
    r"(?:\|\s*+)?(?:(?:Element|Metric|Labels|le)\s*+)?(?:\|\s*+)?Value(?: #\w)?\s*+\|?|(?=[| :]*-)[-| :]*"
)
_CSV = re.compile(r"\"[^\"{}]{1,80}\"[,;]\"?[^\"{}]{1,80}\"?")
"""Cells in quotation marks, as Grafana exports a table."""

_JSON = re.compile(r"\s*+(?:\[|\{\s*+\")")
_SKIPPED = re.compile(r"\s*(?:#.*|\w*_(?:sum|count|created)(?:\{.*\})?\s+\S+.*|)", re.ASCII)


@dataclass(frozen=True)
class Ignored:
    """A line whose `le` is no number (null: it stood in JSON): Prometheus leaves it out and warns."""

    line: int | None
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
    text = clean_answer(text)
    if not _BOUND.search(text) and (found := _SUMMARY.search(text)):
        raise Refusal("bucket-summary", field="buckets", line=text.count("\n", 0, found.end()) + 1)
    if found := _NATIVE.search(text):
        raise Refusal("bucket-native", field="buckets", line=text.count("\n", 0, found.end()) + 1)
    for number, labels, le, word in _json_rows(text) if _JSON.match(text) else _rows(text):
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


_BOUND = re.compile(r"[{,]\s*le=")
_SUMMARY = re.compile(
    r"^[ \t]*+\w++\{[^\n}]{0,500}?\bquantile=\"[0-9.eE+-]{1,30}\"[^\n}]{0,500}\}[ \t]", re.MULTILINE | re.ASCII
)
_NATIVE = re.compile(r"^[ \t]*+(?:\S*+[ \t]*+=>[ \t]*+)?\{count:[^\n]{0,60}\bsum:", re.MULTILINE)
"""A native histogram as the console and promtool print it: prometheus v3.14 model/histogram/float_histogram.go."""


Row = tuple[int | None, frozenset[tuple[str, str]], str, str]


def _rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), start=1):
        if _CSV.fullmatch(line.strip()):
            line = line.replace('"', "").replace(";", ",")
        title = line.strip().replace(",", " ")
        if not _SKIPPED.fullmatch(line) and not _TITLE.fullmatch(title):
            yield number, *_split(line, number)


def _json_rows(text: str) -> Iterator[Row]:
    """The answer of /api/v1/query to a selector of buckets: a vector."""
    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise Refusal("bucket-json", field="buckets", line=line) from None
    if said := error_said(found):
        raise Refusal("paste-error-answer", field="buckets", said=said)
    for key in ("data", "result"):
        found = found[key] if isinstance(found, dict) and key in found else found
    for each in found if isinstance(found, list) else [found]:
        if not isinstance(each, dict) or not isinstance(labels := each.get("metric"), dict):
            raise Refusal("bucket-json", field="buckets")
        if "histogram" in each or "histograms" in each:
            raise Refusal("bucket-native", field="buckets")
        if "values" in each:
            raise Refusal("bucket-matrix", field="buckets")
        value = each.get("value")
        if not (isinstance(value, list) and len(value) == 2):
            raise Refusal("bucket-json", field="buckets")
        if not str(labels.get("__name__", "")).endswith(("_sum", "_count")):
            others = frozenset((str(name), str(text)) for name, text in labels.items() if name != "le")
            yield None, others, str(labels.get("le", "")), str(value[1])


def _split(line: str, number: int) -> tuple[frozenset[tuple[str, str]], str, str]:
    """The other labels, `le` and the count of one line."""
    line = _NOTE.sub("", _EXEMPLAR.sub("", line))
    cells = line.strip().strip("|").strip()
    if series := _BRACED.fullmatch(cells):
        value = _VALUE.fullmatch(series[3])
        if value is None:
            raise Refusal("bucket-line", field="buckets", line=number, text=_short(line.strip()))
        labels = _labels(series[2], number)
        le = labels.pop("le", "")
        return frozenset({*labels.items(), ("__name__", series[1] or "")}), le, value[1]
    if "{" in cells:
        raise Refusal("bucket-labels", field="buckets", line=number, text=_short(cells[cells.index("{") + 1 :]))
    words = cells.replace(",", " ").replace("，", " ").replace("|", " ").replace("=>", " ").split()
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
