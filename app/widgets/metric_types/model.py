"""What an exposition says: families with their types, and what is wrong with them (Prometheus text format 0.0.4)."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import pairwise
from typing import Literal

from app.kube.digits import shown
from app.record import dataclass

Severity = Literal["scrape", "format", "advice"]
Labels = tuple[tuple[str, str], ...]

# Which names belong to a declared family beside its own.
PARTS: Mapping[str, tuple[str, ...]] = {
    "histogram": ("_bucket", "_sum", "_count"),
    "summary": ("_sum", "_count"),
    "counter": ("_total", "_created"),
}
OPENMETRICS_PARTS: Mapping[str, tuple[str, ...]] = {
    "histogram": ("_bucket", "_sum", "_count", "_created"),
    "summary": ("_sum", "_count", "_created"),
    "gaugehistogram": ("_bucket", "_gsum", "_gcount"),
    "counter": ("_total", "_created"),
    "info": ("_info",),
}
CUMULATIVE = ("_bucket", "_sum", "_count")
_BOUND = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[iI]nf|[iI]nfinity)")


@dataclass(frozen=True)
class Sample:
    """One line of the text. `labels` are sorted; `time_ms` is null where the line brings no time of its own."""

    line: int
    name: str
    labels: Labels
    value: float
    time_ms: int | None = None

    def label(self, name: str) -> str | None:
        return dict(self.labels).get(name)

    def without(self, name: str) -> Labels:
        return tuple(pair for pair in self.labels if pair[0] != name)


@dataclass(frozen=True)
class Header:
    """A line `# HELP name text`, `# TYPE name type` or, in OpenMetrics, `# UNIT name unit`."""

    line: int
    kind: Literal["HELP", "TYPE", "UNIT"]
    name: str
    text: str


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a line. Severity: the whole scrape fails; Prometheus reads on, others refuse; advice."""

    line: int
    code: str
    severity: Severity
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """A metric: its samples under one name and type. `type` is untyped where nothing is declared."""

    name: str
    type: str
    help: str
    line: int
    samples: tuple[Sample, ...]

    def part(self, suffix: str) -> tuple[Sample, ...]:
        return tuple(sample for sample in self.samples if sample.name == self.name + suffix)

    def total(self, suffix: str) -> float:
        return sum((sample.value for sample in self.part(suffix) if math.isfinite(sample.value)), 0.0)


@dataclass(frozen=True)
class Exposition:
    samples: tuple[Sample, ...]
    headers: tuple[Header, ...]
    is_openmetrics: bool


def families_of(exposition: Exposition) -> tuple[Family, ...]:
    """Samples gathered under the name that TYPE or HELP declares, in the order of their first line."""
    types = {header.name: header.text for header in reversed(exposition.headers) if header.kind == "TYPE"}
    helps = {header.name: header.text for header in reversed(exposition.headers) if header.kind == "HELP"}
    parts = OPENMETRICS_PARTS if exposition.is_openmetrics else PARTS
    first: dict[str, int] = {}
    gathered: dict[str, list[Sample]] = defaultdict(list)
    for header in exposition.headers:
        first[header.name] = min(header.line, first.get(header.name, header.line))
    for sample in exposition.samples:
        name = family_name(sample.name, types, parts)
        first[name] = min(sample.line, first.get(name, sample.line))
        gathered[name].append(sample)
    return tuple(
        Family(name, types.get(name, "untyped"), helps.get(name, ""), line, tuple(gathered[name]))
        for name, line in sorted(first.items(), key=lambda item: item[1])
    )


def family_name(name: str, types: Mapping[str, str], parts: Mapping[str, tuple[str, ...]] = PARTS) -> str:
    """The declared family that a sample's name belongs to, or its own name."""
    if name in types:
        return name
    for kind, suffixes in parts.items():
        for suffix in suffixes:
            base = name.removesuffix(suffix)
            if base != name and types.get(base) == kind:
                return base
    return name


def find_mistakes(exposition: Exposition, families: Sequence[Family]) -> tuple[Mistake, ...]:
    """What Prometheus reads and people would not expect, by line: what only the whole text shows."""
    found = [
        *_about_headers(exposition, families),
        *_about_series(exposition.samples),
        *_about_groups(families),
    ]
    for family in families:
        found += _about_family(family)
        if family.type == "histogram":
            found += _about_histogram(family)
        elif family.type == "summary":
            found += _about_summary(family)
        elif family.type == "counter":
            found += _about_counter(family, exposition.is_openmetrics)
    return tuple(sorted(found, key=lambda mistake: mistake.line))


def _about_headers(exposition: Exposition, families: Sequence[Family]) -> Iterator[Mistake]:
    """One HELP and one TYPE a name, both before its samples. prometheus/common v0.70.1, expfmt/text_parse.go."""
    seen: set[tuple[str, str]] = set()
    start = {family.name: family.samples[0].line for family in families if family.samples}
    for header in exposition.headers:
        values = {"name": header.name, "kind": header.kind}
        if (header.kind, header.name) in seen:
            yield Mistake(header.line, "header-twice", "format", values)
        elif header.kind == "TYPE" and header.line > start.get(header.name, header.line):
            yield Mistake(header.line, "type-late", "format", values)
        seen.add((header.kind, header.name))


def _about_series(samples: Sequence[Sample]) -> Iterator[Mistake]:
    """A series occurs once a scrape; with timestamps of its own once for each, in their order.

    Prometheus keeps the first value and drops the others. scrape/scrape_append_v2.go, tsdb/head_append.go.
    """
    seen: dict[tuple[str, Labels], tuple[int, int | None]] = {}
    for sample in samples:
        key = (sample.name, sample.labels)
        if key not in seen:
            seen[key] = (sample.line, sample.time_ms)
            continue
        first, newest = seen[key]
        values: dict[str, str | int] = {"first": first, "name": sample.name}
        if sample.time_ms is None or newest is None or sample.time_ms == newest:
            yield Mistake(sample.line, "series-twice", "format", values)
        elif sample.time_ms < newest:
            yield Mistake(sample.line, "series-order", "format", values)
        else:
            seen[key] = (sample.line, sample.time_ms)


def _about_groups(families: Sequence[Family]) -> Iterator[Mistake]:
    """All lines of a metric stand in one group. prometheus.io/docs, exposition formats."""
    lines = sorted((sample.line, family.name) for family in families for sample in family.samples)
    seen: dict[str, int] = {}
    for (_, before), (line, name) in pairwise([(0, ""), *lines]):
        if name != before and name in seen:
            yield Mistake(line, "scattered", "format", {"name": name, "first": seen[name]})
        seen.setdefault(name, line)


def _about_family(family: Family) -> Iterator[Mistake]:
    """Time is left to Prometheus, and TYPE names what the samples are called."""
    if timed := next((sample for sample in family.samples if sample.time_ms is not None), None):
        yield Mistake(timed.line, "timestamp", "advice", {"name": family.name})


def _about_counter(family: Family, is_openmetrics: bool) -> Iterator[Mistake]:
    for sample in family.samples:
        if sample.value < 0:
            yield Mistake(sample.line, "counter-negative", "format", {"name": sample.name})
    if not is_openmetrics and (named := next(iter(family.part("_total")), None)):
        yield Mistake(named.line, "counter-name", "format", {"name": family.name})
    if is_openmetrics and (bare := next(iter(family.part("")), None)):
        declared = family.name.removesuffix("_total")
        # A family that is called …_total is declared wrongly; of another the sample is named wrongly.
        code = "counter-name-om" if declared != family.name else "counter-sample-om"
        yield Mistake(bare.line, code, "format", {"name": family.name, "declared": declared})


def _about_summary(family: Family) -> Iterator[Mistake]:
    for sample in family.part(""):
        quantile = sample.label("quantile")
        if quantile is None:
            yield Mistake(sample.line, "quantile-missing", "format", {"name": family.name})
        elif not _is_share(quantile):
            yield Mistake(sample.line, "quantile-wrong", "format", {"quantile": quantile})


def _is_share(text: str) -> bool:
    bound = read_bound(text)
    return bound is not None and 0 <= bound <= 1


def _about_histogram(family: Family) -> Iterator[Mistake]:
    """Cumulative buckets with +Inf, equal to _count. prometheus.io/docs, exposition formats, histograms."""
    for sample in family.part(""):
        yield Mistake(sample.line, "histogram-bare", "format", {"name": family.name})
    counts = {sample.labels: sample for sample in family.part("_count")}
    for labels, buckets in bucket_groups(family).items():
        usable = []
        for sample in buckets:
            bound = read_bound(sample.label("le") or "")
            if bound is None:
                code = "le-missing" if sample.label("le") is None else "le-wrong"
                yield Mistake(sample.line, code, "format", {"le": sample.label("le") or "", "name": family.name})
            else:
                usable.append((bound, sample))
        usable.sort(key=lambda pair: pair[0])
        yield from _about_buckets(family.name, usable, counts.get(labels))


def _about_buckets(name: str, usable: list[tuple[float, Sample]], count: Sample | None) -> Iterator[Mistake]:
    for (_, lower), (_, upper) in pairwise(usable):
        if upper.value < lower.value:
            values = {"le": upper.label("le") or "", "below": lower.label("le") or ""}
            yield Mistake(upper.line, "buckets-fall", "format", values)
    if not usable:
        return
    bound, last = usable[-1]
    if bound != math.inf:
        yield Mistake(last.line, "no-inf", "format", {"name": name})
    elif count is None:
        yield Mistake(last.line, "no-count", "format", {"name": name})
    elif count.value != last.value:
        values = {"inf": shown(last.value), "count": shown(count.value)}
        yield Mistake(count.line, "count-differs", "format", values)


def bucket_groups(family: Family) -> dict[Labels, list[Sample]]:
    """The buckets of each histogram of a family, by the labels other than le."""
    groups: dict[Labels, list[Sample]] = defaultdict(list)
    for sample in family.part("_bucket"):
        groups[sample.without("le")].append(sample)
    return groups


def read_bound(text: str) -> float | None:
    return float(text) if _BOUND.fullmatch(text) else None


def is_cumulative(family: Family, name: str) -> bool:
    """Whether a series only rises, so that a rate of it means something."""
    if family.type == "counter":
        return not name.endswith("_created")
    return family.type in ("histogram", "summary") and name != family.name and name.endswith(CUMULATIVE)
