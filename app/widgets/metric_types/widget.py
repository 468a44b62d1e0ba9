"""The room `metric-types`: paste what `/metrics` answers, see each metric by its type, its mistakes, and its rates."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from app.widgetkit.contract import Area, Example, Form, Line, Refusal, Say, Widget
from app.widgets.metric_types import example
from app.widgets.metric_types.change import Average, Change, find_averages, find_changes
from app.widgets.metric_types.drawing import Drawing, clip, draw, labels_text
from app.widgets.metric_types.exposition import read_exposition
from app.widgets.metric_types.lint import lint
from app.widgets.metric_types.model import Family, Mistake, Severity, families_of, find_mistakes, plain
from app.widgets.metric_types.reading import Reading, read

FAMILIES_SHOWN, MISTAKES_SHOWN, CHANGES_SHOWN = 30, 100, 20
DRAWN_TYPES = ("counter", "gauge", "histogram", "summary")


class Inputs(Form):
    exposition: Annotated[str, Area(rows=12)] = example.NOW
    earlier: Annotated[str, Area(rows=5)] = example.EARLIER
    seconds: Annotated[str, Line(6)] = "15"


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
    """A series of both scrapes as the table shows it."""

    series: str
    before: str
    now: str
    gained: str
    per_second: float | None
    restarted: bool


@dataclass(frozen=True)
class Outcome:
    """`families` holds all; the page shows the first of them. `rates` is empty without an earlier scrape."""

    families: tuple[Shown, ...]
    mistakes: tuple[Fault, ...]
    is_rejected: bool
    series: int
    types: tuple[tuple[str, int], ...]
    verdict: Say
    why: Say
    has_earlier: bool
    seconds: float
    rates: tuple[Rate, ...]
    rates_hidden: int
    by_hand: Say | None
    averages: tuple[Say, ...]
    shown: tuple[Shown, ...]
    hidden: int
    mistakes_hidden: int


def run(inputs: Inputs) -> Outcome:
    exposition = read_exposition(inputs.exposition if inputs.exposition.strip() else example.NOW, "exposition")
    families = families_of(exposition)
    mistakes = [*find_mistakes(exposition, families), *(advice for family in families for advice in lint(family))]
    mistakes.sort(key=lambda mistake: mistake.line)
    seconds = _read_seconds(inputs.seconds)
    earlier = _read_earlier(inputs.earlier)
    changes = find_changes(families, earlier, seconds)
    telling = _most_telling(families)
    shown = tuple(_shown(family, family.name in telling) for family in families)
    return Outcome(
        families=shown,
        mistakes=tuple(_fault(mistake) for mistake in mistakes),
        is_rejected=any(mistake.severity == "scrape" for mistake in mistakes),
        series=len(exposition.samples),
        types=_count_types(families),
        verdict=_verdict(mistakes, families, len(exposition.samples)),
        why=_why(mistakes, exposition.is_openmetrics),
        has_earlier=bool(earlier),
        seconds=seconds,
        rates=tuple(_rate(change) for change in changes[:CHANGES_SHOWN]),
        rates_hidden=max(0, len(changes) - CHANGES_SHOWN),
        by_hand=_by_hand(changes, seconds),
        averages=tuple(_average(average) for average in find_averages(families, earlier)),
        shown=shown[:FAMILIES_SHOWN],
        hidden=max(0, len(shown) - FAMILIES_SHOWN),
        mistakes_hidden=max(0, len(mistakes) - MISTAKES_SHOWN),
    )


def _read_seconds(text: str) -> float:
    """The time between the scrapes."""
    word = text.strip()
    value = float(word) if word.isascii() and word.replace(".", "", 1).isdigit() and len(word) < 16 else 0.0
    if not 0 < value <= 1e9:
        raise Refusal("metrics-seconds", field="seconds", text=word if len(word) <= 40 else f"{word[:40]}…")
    return value


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
    """One family of each type, the one with most series: those are unfolded at first."""
    largest: dict[str, Family] = {}
    for family in families:
        if family.type not in largest or len(family.samples) > len(largest[family.type].samples):
            largest[family.type] = family
    return {family.name for family in largest.values()}


def _fault(mistake: Mistake) -> Fault:
    return Fault(mistake.line, mistake.code, mistake.severity, Say(f"mistake.{mistake.code}", mistake.values))


def _count_types(families: Sequence[Family]) -> tuple[tuple[str, int], ...]:
    counted = Counter(family.type for family in families)
    return tuple((kind, counted[kind]) for kind in DRAWN_TYPES)


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
    labels = labels_text(change.labels)
    return Rate(
        series=clip(f"{change.name}{{{labels}}}" if labels else change.name, 160),
        before=plain(change.before),
        now=plain(change.now),
        gained=plain(change.gained),
        per_second=change.per_second,
        restarted=change.restarted,
    )


def _by_hand(changes: Sequence[Change], seconds: float) -> Say | None:
    """The sum of one counter, spelled out: the one that gained most."""
    counters = [change for change in changes if change.per_second is not None and math.isfinite(change.per_second)]
    if not counters:
        return None
    most = max(counters, key=lambda change: (change.name.endswith("_total"), change.gained))
    values = {
        "name": most.name,
        "now": plain(most.now),
        "before": plain(most.before),
        "seconds": plain(seconds),
        "rate": plain(most.gained / seconds),
    }
    return Say("sum.restarted" if most.restarted else "sum.rate", values)


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
    examples=(
        Example(
            "this-site",
            {"exposition": example.NOW, "earlier": example.EARLIER, "seconds": "15"},
            {
                "families.5.name": "podscope_http_requests_total",
                "families.5.type": "counter",
                "families.6.type": "histogram",
                "families.8.type": "summary",
                "mistakes": [],
                "rates.1.per_second": 1.0,
                "rates.3.per_second": (86 - 74) / 15,
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
            {"exposition": example.SUMMARY, "earlier": ""},
            {"families.0.type": "summary", "families.0.reading.key": "reading.summary.quantiles", "mistakes": []},
            _FORMAT,
        ),
        Example(
            "bad-habits",
            {"exposition": example.COUNTER_FAULTS, "earlier": ""},
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
            {"exposition": example.BROKEN, "earlier": ""},
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
