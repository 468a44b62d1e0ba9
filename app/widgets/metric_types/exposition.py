"""Reading exposition text line by line, so that each mistake has its place; prometheus_client reads the labels."""

import math
import re
from collections.abc import Iterator
from typing import Literal

from prometheus_client.parser import text_string_to_metric_families

from app.kube.refusal import Refusal
from app.widgets.metric_types.model import Exposition, Header, Mistake, Sample

MOST_SAMPLES = 10_000
LONGEST_LINE = 8192
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
OPENMETRICS_TYPES = ("counter", "gauge", "histogram", "summary", "unknown", "info", "stateset", "gaugehistogram")

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABELS = re.compile(r'\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}')
_HEADER = re.compile(r"#[ \t]+(HELP|TYPE)(?:[ \t]+(\S+))?(?:[ \t]+(.*))?")
_GLUED = re.compile(r"#(HELP|TYPE)\b")
_VALUE = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity)|nan", re.IGNORECASE)
_TIME = re.compile(r"-?[0-9]{1,19}")


def read_exposition(text: str, field: str) -> Exposition:
    """The samples and headers that can be read, and a mistake for each line that cannot.

    Prometheus v3.14, model/textparse/promparse.go: one unreadable line fails the whole scrape.
    """
    lines = [line.rstrip("\r") for line in text.split("\n")]
    is_openmetrics = any(line.strip() == "# EOF" for line in lines)
    samples: list[Sample] = []
    headers: list[Header] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise Refusal("metrics-long", field=field, line=number, limit=LONGEST_LINE)
        for found in _read_line(number, line.strip(" \t"), is_openmetrics):
            if isinstance(found, Sample):
                samples.append(found)
            elif isinstance(found, Header):
                headers.append(found)
            else:
                mistakes.append(found)
        if len(samples) > MOST_SAMPLES:
            raise Refusal("metrics-many", field=field, line=number, limit=MOST_SAMPLES)
    return Exposition(tuple(samples), tuple(headers), tuple(mistakes), is_openmetrics)


def _read_line(number: int, line: str, is_openmetrics: bool) -> Iterator[Sample | Header | Mistake]:
    if line.startswith("#"):
        yield from _read_comment(number, line, is_openmetrics)
    elif line:
        yield _read_sample(number, line, is_openmetrics)


def _read_comment(number: int, line: str, is_openmetrics: bool) -> Iterator[Header | Mistake]:
    found = _HEADER.fullmatch(line)
    if not found:
        if glued := _GLUED.match(line):
            yield Mistake(number, "comment-glued", "format", {"kind": glued[1]})
        return
    kind: Literal["HELP", "TYPE"] = "HELP" if found[1] == "HELP" else "TYPE"
    name, text = found[2] or "", (found[3] or "").strip()
    if name.startswith('"') and name.endswith('"') and len(name) > 2:
        name = name[1:-1]  # a UTF-8 name stands in quotes
    elif not _NAME.fullmatch(name):
        yield Mistake(number, "header-name", "scrape", {"kind": kind, "text": short(name)})
        return
    if kind == "TYPE" and text not in (OPENMETRICS_TYPES if is_openmetrics else TYPES):
        yield Mistake(number, "type-unknown", "scrape", {"text": short(text)})
        return
    yield Header(number, kind, name, text)


def _read_sample(number: int, line: str, is_openmetrics: bool) -> Sample | Mistake:
    name = _NAME.match(line)
    position = name.end() if name else 0
    while line[position : position + 1] in (" ", "\t") and line[position:].lstrip(" \t").startswith("{"):
        position += 1
    if line.startswith("{", position):
        labels = _LABELS.match(line, position)
        if not labels:
            return Mistake(number, "labels", "scrape", {"text": short(line[position:])})
        position = labels.end()
    elif not name or line[position : position + 1] not in (" ", "\t", ""):
        return Mistake(number, "name", "scrape", {"text": short(line)})
    series, rest = line[:position], line[position:].strip()
    if is_openmetrics:
        rest = rest.partition(" # ")[0]  # an exemplar
    return _read_value(number, series, rest.split(), is_openmetrics)


def _read_value(number: int, series: str, words: list[str], is_openmetrics: bool) -> Sample | Mistake:
    if not words:
        return Mistake(number, "value-missing", "scrape", {"text": short(series)})
    if not _VALUE.fullmatch(words[0]) or (math.isinf(float(words[0])) and "inf" not in words[0].lower()):
        return Mistake(number, "value", "scrape", {"text": short(words[0])})
    is_time = _VALUE if is_openmetrics else _TIME
    if len(words) > 1 and not is_time.fullmatch(words[1]):
        return Mistake(number, "timestamp-wrong", "scrape", {"text": short(words[1])})
    if len(words) > 2:
        return Mistake(number, "rest", "scrape", {"text": short(" ".join(words[2:]))})
    parsed = _parse(series)
    if parsed is None:
        return Mistake(number, "labels", "scrape", {"text": short(series)})
    name, labels = parsed
    return Sample(number, name, tuple(sorted(labels.items())), float(words[0]), len(words) > 1)


def _parse(series: str) -> tuple[str, dict[str, str]] | None:
    """Name and labels; None where prometheus_client finds them unreadable."""
    try:
        sample = next(iter(text_string_to_metric_families(f"{series} 0"))).samples[0]
    except (ValueError, StopIteration):
        return None
    return sample.name, dict(sample.labels)


def short(text: str) -> str:
    return text if len(text) <= 48 else f"{text[:48]}…"
