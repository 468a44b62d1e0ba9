"""The room `metric-types`: what a `/metrics` answers, this site's own or a pasted one, by type, mistake and rate."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from app.widgetkit.contract import Area, Example, Form, Line, Refusal, Say, Widget
from app.widgets.metric_types import example
from app.widgets.metric_types.change import Average, Change, count_appeared, find_averages, find_changes
from app.widgets.metric_types.drawing import Drawing, Slope, clip, draw, draw_slope, labels_text
from app.widgets.metric_types.exposition import read_exposition
from app.widgets.metric_types.lint import lint
from app.widgets.metric_types.model import Family, Labels, Mistake, Sample, Severity, families_of, find_mistakes, plain
from app.widgets.metric_types.reading import Reading, read
from app.widgets.metric_types.span import Span, read_span

FAMILIES_SHOWN, MISTAKES_SHOWN, CHANGES_SHOWN = 30, 100, 20
DRAWN_TYPES = ("counter", "gauge", "histogram", "summary")
MISTAKES_LISTED = 1000  # for programs: a text of nothing else would come back sixty times as long
LIBRARIES = ("process_", "python_", "go_", "jvm_", "nodejs_", "promhttp_")


class Inputs(Form):
    """All empty: the site's own /metrics of this moment, and one it kept from before."""

    exposition: Annotated[str, Area(rows=12)] = ""
    earlier: Annotated[str, Area(rows=5)] = ""
    seconds: Annotated[str, Line(18)] = ""


@dataclass(frozen=True)
class Shown:
    """A family as the page shows it; `samples` are all of its series, `value` is that of the only one."""

    name: str
    type: str
    help: str
    value: str
    samples: tuple[tuple[str, float], ...]
    reading: Say
    query: str
    sums: tuple[Say, ...]
    drawing: Drawing | None
    is_open: bool


@dataclass(frozen=True)
class Fault:
    line: int
    code: str
    severity: Severity
    said: Say


@dataclass(frozen=True)
class Rate:
    """A series of both scrapes as the table shows it; `rounded` is the rate in four digits."""

    series: str
    before: str
    now: str
    gained: str
    per_second: float | None
    rounded: str
    restarted: bool


@dataclass(frozen=True)
class Kind:
    """One of the four types: how many metrics of the text have it, and a series of the one that says most."""

    type: str
    count: int
    series: str
    value: str


@dataclass(frozen=True)
class ByHand:
    """The rate of one counter, spelled out, with the triangle it is the slope of."""

    series: str
    sum: Say
    slope: Slope


@dataclass(frozen=True)
class Outcome:
    """`families` holds all; the page shows the first of them. `rates` is empty without an earlier scrape.

    `span` is null without one, `appeared` counts the series that only the later scrape has.
    """

    families: tuple[Shown, ...]
    mistakes: tuple[Fault, ...]
    is_rejected: bool
    series: int
    types: tuple[Kind, ...]
    verdict: Say
    why: Say
    span: Span | None
    rates: tuple[Rate, ...]
    rates_hidden: int
    appeared: int
    by_hand: ByHand | None
    averages: tuple[Say, ...]
    shown: tuple[Shown, ...]
    hidden: int
    mistakes_hidden: int


def run(inputs: Inputs) -> Outcome:
    if not inputs.exposition.strip():
        raise Refusal("metrics-missing", field="exposition")
    exposition = read_exposition(inputs.exposition, "exposition")
    families = families_of(exposition)
    mistakes = [*find_mistakes(exposition, families), *(advice for family in families for advice in lint(family))]
    mistakes.sort(key=lambda mistake: mistake.line)
    earlier = _read_earlier(inputs.earlier)
    span = read_span(inputs.seconds) if earlier else None
    changes = find_changes(families, earlier, span.seconds) if span else ()
    telling = _most_telling(families)
    shown = tuple(_shown(family, family.name in telling) for family in families)
    return Outcome(
        families=shown,
        mistakes=tuple(_fault(mistake) for mistake in mistakes[:MISTAKES_LISTED]),
        is_rejected=any(mistake.severity == "scrape" for mistake in mistakes),
        series=len(exposition.samples),
        types=_count_types(families),
        verdict=_verdict(mistakes, families, len(exposition.samples)),
        why=_why(mistakes, exposition.is_openmetrics),
        span=span,
        rates=tuple(_rate(change) for change in changes[:CHANGES_SHOWN]),
        rates_hidden=max(0, len(changes) - CHANGES_SHOWN),
        appeared=count_appeared(families, earlier) if earlier else 0,
        by_hand=_by_hand(changes, span) if span else None,
        averages=tuple(_average(average) for average in find_averages(families, earlier)),
        shown=shown[:FAMILIES_SHOWN],
        hidden=max(0, len(shown) - FAMILIES_SHOWN),
        mistakes_hidden=max(0, len(mistakes) - MISTAKES_SHOWN),
    )


def _read_earlier(text: str) -> tuple[Family, ...]:
    """The earlier scrape; a line that cannot be read would leave a gap nobody sees, so it is refused."""
    exposition = read_exposition(text, "earlier")
    for mistake in exposition.mistakes:
        if mistake.severity == "scrape":
            raise Refusal("metrics-earlier", field="earlier", line=mistake.line)
    return families_of(exposition)


def _shown(family: Family, is_open: bool) -> Shown:
    reading: Reading = read(family)
    return Shown(
        name=family.name,
        type=family.type,
        help=family.help,
        value=plain(family.samples[0].value) if len(family.samples) == 1 else "",
        samples=tuple(
            (f"{s.name}{{{labels_text(s.labels)}}}" if s.labels else s.name, s.value) for s in family.samples
        ),
        reading=reading.said,
        query=reading.query,
        sums=reading.sums,
        drawing=draw(family),
        is_open=is_open,
    )


def _most_telling(families: Sequence[Family]) -> set[str]:
    """One family of each type: those are unfolded at first."""
    best: dict[str, Family] = {}
    for family in families:
        if family.type not in best or _how_telling(family) > _how_telling(best[family.type]):
            best[family.type] = family
    return {family.name for family in best.values()}


def _how_telling(family: Family) -> tuple[int, bool]:
    """Many series say much; of two alike the program's own, not what every client library adds."""
    return len(family.samples), not family.name.startswith(LIBRARIES)


def _fault(mistake: Mistake) -> Fault:
    return Fault(mistake.line, mistake.code, mistake.severity, Say(f"mistake.{mistake.code}", mistake.values))


def _count_types(families: Sequence[Family]) -> tuple[Kind, ...]:
    counted = Counter(family.type for family in families)
    samples = {kind: _telling_sample(families, kind) for kind in DRAWN_TYPES}
    return tuple(
        Kind(kind, counted[kind], _series(sample.name, sample.labels), plain(sample.value))
        if (sample := samples[kind])
        else Kind(kind, counted[kind], "", "")
        for kind in DRAWN_TYPES
    )


def _telling_sample(families: Sequence[Family], kind: str) -> Sample | None:
    """The largest series of the metric of this type that has most; of a histogram a bucket, of a summary a quantile."""
    of_kind = [family for family in families if family.type == kind and family.samples]
    if not of_kind:
        return None
    family = max(of_kind, key=_how_telling)
    part = {"histogram": family.part("_bucket"), "summary": family.part("")}.get(kind) or family.samples
    finite = [sample for sample in part if math.isfinite(sample.value)]
    return max(finite, key=lambda sample: sample.value) if finite and kind == "counter" else part[len(part) // 2]


def _series(name: str, labels: Labels) -> str:
    return clip(f"{name}{{{labels_text(labels)}}}" if labels else name, 160)


def _verdict(mistakes: Sequence[Mistake], families: Sequence[Family], series: int) -> Say:
    counted = Counter(mistake.severity for mistake in mistakes)
    values = {
        "families": len(families),
        "series": series,
        "unreadable": counted["scrape"],
        "mistakes": counted["format"],
        "advice": counted["advice"],
    }
    for severity in ("scrape", "format", "advice"):
        if counted[severity]:
            return Say(f"verdict.{severity}", values)
    return Say("verdict.fine", values)


def _why(mistakes: Sequence[Mistake], is_openmetrics: bool) -> Say:
    severities = {mistake.severity for mistake in mistakes}
    for severity in ("scrape", "format", "advice"):
        if severity in severities:
            return Say(f"why.{severity}", {})
    return Say("why.openmetrics" if is_openmetrics else "why.fine", {})


def _rate(change: Change) -> Rate:
    return Rate(
        series=_series(change.name, change.labels),
        before=plain(change.before),
        now=plain(change.now),
        gained=plain(change.gained),
        per_second=change.per_second,
        rounded="" if change.per_second is None else plain(float(f"{change.per_second:.4g}")),
        restarted=change.restarted,
    )


def _by_hand(changes: Sequence[Change], span: Span) -> ByHand | None:
    """The sum of one counter, spelled out: the one that gained most."""
    counters = [change for change in changes if change.per_second is not None and math.isfinite(change.per_second)]
    if not counters:
        return None
    most = max(counters, key=lambda c: (c.name.endswith("_total"), not c.name.startswith(LIBRARIES), c.gained))
    values = {
        "now": plain(most.now),
        "before": plain(most.before),
        "seconds": plain(span.seconds),
        "rate": plain(most.gained / span.seconds),
    }
    said = Say("sum.restarted" if most.restarted else "sum.rate", values)
    return ByHand(_series(most.name, most.labels), said, draw_slope(most, span))


def _average(average: Average) -> Say:
    return Say(
        "sum.average",
        {
            "name": average.name,
            "summed": plain(average.summed),
            "observed": plain(average.observed),
            "average": plain(average.average),
        },
    )


_FORMAT = "prometheus.io/docs/instrumenting/exposition_formats, text format 0.0.4"
_PARSER = "prometheus/prometheus v3.14 model/textparse/promparse.go"
_LINT = "prometheus/client_golang v1.23 prometheus/testutil/promlint/validations"

WIDGET = Widget(
    slug="metric-types",
    form=Inputs,
    run=run,
    subject="prometheus",
    live=("exposition", "earlier", "seconds"),
    prints=("verdict", "types", "mistakes", "rates", "averages", "families"),
    examples=(
        Example(
            "this-site",
            {"exposition": example.NOW, "earlier": example.EARLIER, "seconds": example.TIMES},
            {
                "families.5.name": "podscope_http_requests_total",
                "families.5.type": "counter",
                "families.6.type": "histogram",
                "families.8.type": "summary",
                "mistakes": [],
                "rates.1.per_second": 1.0,
                "rates.3.per_second": (86 - 74) / 15,
                "span.seconds": 15.0,
                "by_hand.slope.rise": "+15",
            },
            f"{_FORMAT}; (86 − 74) ÷ 15",
        ),
        Example(
            "restart",
            {
                "exposition": example.RESTARTED.format(mail=30, scan=410, length=2),
                "earlier": example.RESTARTED.format(mail=1200, scan=380, length=7),
                "seconds": "60",
            },
            {"rates.0.per_second": 0.5, "rates.0.restarted": True, "rates.2.per_second": None, "rates.2.gained": "−5"},
            "prometheus/prometheus v3.14 promql/functions.go; 30 ÷ 60 after a restart",
        ),
        Example(
            "summary",
            {"exposition": example.SUMMARY},
            {"families.0.type": "summary", "families.0.reading.key": "reading.summary.quantiles", "mistakes": []},
            _FORMAT,
        ),
        Example(
            "bad-habits",
            {"exposition": example.COUNTER_FAULTS},
            {
                "is_rejected": False,
                "mistakes.0.code": "counter-total",
                "mistakes.1.code": "total-no-counter",
                "mistakes.4.code": "buckets-fall",
                "mistakes.5.code": "no-inf",
            },
            f"{_LINT}; {_FORMAT}",
        ),
        Example(
            "rejected",
            {"exposition": example.BROKEN},
            {
                "is_rejected": True,
                "mistakes.0.line": 4,
                "mistakes.0.code": "labels",
                "mistakes.1.code": "value",
                "mistakes.2.code": "name",
            },
            _PARSER,
        ),
    ),
)
