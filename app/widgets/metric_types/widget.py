"""The room `metric-types`: what a `/metrics` answers, this site's own or a pasted one, by type, mistake and rate."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from app.kube.digits import plain, shown
from app.kube.paste.read import refuse_printed, told_apart
from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Line, Refusal, Say, Widget
from app.widgets.metric_types import example
from app.widgets.metric_types.change import Average, Change, count_appeared, find_averages, find_changes
from app.widgets.metric_types.drawing import Drawing, Slope, clip, draw, draw_slope, labels_text
from app.widgets.metric_types.exposition import exposition_of, odd_lines, read_scrape, short
from app.widgets.metric_types.lint import Named, Problem, advise, check, named
from app.widgets.metric_types.model import (
    Exposition,
    Family,
    Labels,
    Mistake,
    Sample,
    Severity,
    families_of,
    find_mistakes,
)
from app.widgets.metric_types.promtool import CheckError, FamilyParser
from app.widgets.metric_types.reading import Reading, read
from app.widgets.metric_types.scrape import Choice, Scrape
from app.widgets.metric_types.span import Span, read_span

FAMILIES_SHOWN, MISTAKES_SHOWN, CHANGES_SHOWN = 30, 100, 20
DRAWN_TYPES = ("counter", "gauge", "histogram", "summary")
MISTAKES_LISTED = 1000  # for programs: a text of nothing else would come back sixty times as long
LIBRARIES = ("process_", "python_", "go_", "jvm_", "nodejs_", "promhttp_")


class Inputs(Form):
    """All empty: the site's own /metrics of this moment, and one it kept from before."""

    byte_for_byte: ClassVar[frozenset[str]] = frozenset({"exposition", "earlier"})

    exposition: Annotated[str, Area(rows=12)] = ""
    format: Choice = "auto"
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
    """A line and what is wrong with it. `words` are those of the program that stops there, where one does."""

    line: int
    code: str
    severity: Severity
    said: Say
    words: str = ""


@dataclass(frozen=True)
class Answer:
    """What the server says of the scrape: that it is up, or why not, in its own words, and at which line."""

    up: bool
    error: str | None
    line: int | None


@dataclass(frozen=True)
class Promtool:
    """What `promtool check metrics` does with the same text: its exit code, why it stops, or what it remarks."""

    exit_code: int
    error: str | None
    problems: tuple[str, ...]


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

    `promtool` is null for OpenMetrics, which it can't read.
    `span` is null without an earlier scrape, `appeared` counts the series that only the later scrape has.
    """

    scrape: Answer
    format: Literal["text", "openmetrics"]
    promtool: Promtool | None
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


PRINTED_BY = "curl http://ADDRESS/metrics"


def run(inputs: Inputs) -> Outcome:
    if not inputs.exposition.strip():
        raise Refusal("metrics-missing", field="exposition")
    scraped = read_scrape(inputs.exposition, "exposition", inputs.format)
    if not scraped.up:
        refuse_printed(inputs.exposition, field="exposition", wanted=PRINTED_BY)
    exposition = exposition_of(scraped)
    families = families_of(exposition)
    promtool = None if exposition.is_openmetrics else check_metrics(scraped)
    faults = _faults(scraped, exposition, families, promtool)
    series = len({(sample.name, sample.labels) for sample in exposition.samples})
    with told_apart(inputs.earlier, field="earlier", wanted=PRINTED_BY):
        earlier = _read_earlier(inputs.earlier, inputs.format)
    span = read_span(inputs.seconds) if earlier else None
    changes = find_changes(families, earlier, span.seconds) if span else ()
    telling = _most_telling(families)
    shown = tuple(_shown(family, family.name in telling) for family in families)
    return Outcome(
        scrape=_answer(scraped),
        format=scraped.page.format,
        promtool=promtool.answer if promtool else None,
        families=shown,
        mistakes=faults[:MISTAKES_LISTED],
        is_rejected=not scraped.up,
        series=series,
        types=_count_types(families),
        verdict=_verdict(faults, families, series),
        why=_why(faults, exposition.is_openmetrics),
        span=span,
        rates=tuple(_rate(change) for change in changes[:CHANGES_SHOWN]),
        rates_hidden=max(0, len(changes) - CHANGES_SHOWN),
        appeared=count_appeared(families, earlier) if earlier else 0,
        by_hand=_by_hand(changes, span) if span else None,
        averages=tuple(_average(average) for average in find_averages(families, earlier)),
        shown=shown[:FAMILIES_SHOWN],
        hidden=max(0, len(shown) - FAMILIES_SHOWN),
        mistakes_hidden=max(0, len(faults) - MISTAKES_SHOWN),
    )


@dataclass(frozen=True)
class Checked:
    """promtool's answer, and the same with lines and codes for our own sentences."""

    answer: Promtool
    problems: tuple[Problem, ...]
    stops_at: int | None


def check_metrics(scraped: Scrape) -> Checked:
    """`promtool check metrics` on a page in the text format. Exit codes: 1 it can't be read, 3 there are remarks."""
    page = scraped.page
    try:
        parsed = FamilyParser(page.body.encode("utf-8", "surrogatepass")).parse()
    except CheckError as error:
        return Checked(Promtool(1, str(error), ()), (), page.line + error.line - 1)
    problems = tuple(check(map(named, parsed)))
    lines = tuple(f"{problem.metric} {problem.text}" for problem in problems)
    return Checked(Promtool(3 if problems else 0, None, lines), problems, None)


def _answer(scraped: Scrape) -> Answer:
    if scraped.up:
        return Answer(True, None, None)
    first = scraped.faults[0]
    return Answer(False, first.words, first.line)


def _faults(
    scraped: Scrape, exposition: Exposition, families: Sequence[Family], promtool: Checked | None
) -> tuple[Fault, ...]:
    """What fails the scrape, what misleads, and what promtool remarks; by line, the graver first."""
    faults = [
        Fault(each.line, each.code, "scrape", Say(f"mistake.{each.code}", _shortened(each.values)), each.words)
        for each in scraped.faults
    ]
    found = [_fault(mistake) for mistake in (*find_mistakes(exposition, families), *odd_lines(scraped))]
    faults += found
    if promtool and promtool.stops_at and scraped.up:
        if not any(fault.line == promtool.stops_at and fault.severity == "format" for fault in found):
            words = promtool.answer.error or ""
            code = "final-newline" if words.endswith("unexpected end of input stream") else "promtool-stops"
            faults.append(Fault(promtool.stops_at, code, "format", Say(f"mistake.{code}", {}), words))
    elif promtool:
        first = scraped.page.line - 1
        faults += _advice(promtool.problems, first)
    else:
        helped = {header.name for header in exposition.headers if header.kind == "HELP"}
        for family in families:
            faults += _advice(advise(_as_named(family, family.name in helped)), 0)
    order = {"scrape": 0, "format": 1, "advice": 2}
    return tuple(sorted(faults, key=lambda fault: (fault.line, order[fault.severity])))


def _advice(problems: Sequence[Problem], lines_above: int) -> list[Fault]:
    """Each advice once a metric, though promtool repeats some for every series; series that occur twice have a word."""
    seen = dict.fromkeys(
        (each.line + lines_above, each.code, tuple(each.values.items()))
        for each in problems
        if each.code != "not-unique"
    )
    return [Fault(line, code, "advice", Say(f"mistake.{code}", dict(values))) for line, code, values in seen]


def _as_named(family: Family, has_help: bool) -> Named:
    """A family of OpenMetrics for the linter; nothing is asked of one without samples."""
    labels = tuple(tuple(name for name, _ in sample.labels) for sample in family.samples)
    kind = "untyped" if family.type == "unknown" else family.type
    line = family.samples[0].line if family.samples else family.line
    return Named(family.name, kind, has_help or not family.samples, line, labels)


def _shortened(values: Mapping[str, str | int]) -> dict[str, str | int]:
    return {name: short(value) if isinstance(value, str) else value for name, value in values.items()}


def _read_earlier(text: str, choice: Choice) -> tuple[Family, ...]:
    """The earlier scrape; a line that cannot be read would leave a gap nobody sees, so it is refused."""
    scraped = read_scrape(text, "earlier", choice if text else "text")
    if not scraped.up:
        first = scraped.faults[0]
        raise Refusal("metrics-earlier", field="earlier", line=first.line, words=short(first.words))
    return families_of(exposition_of(scraped))


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


def _verdict(mistakes: Sequence[Fault], families: Sequence[Family], series: int) -> Say:
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


def _why(mistakes: Sequence[Fault], is_openmetrics: bool) -> Say:
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
        "now": shown(most.now),
        "before": shown(most.before),
        "seconds": shown(span.seconds),
        "rate": shown(most.gained / span.seconds),
    }
    said = Say("sum.restarted" if most.restarted else "sum.rate", values)
    return ByHand(_series(most.name, most.labels), said, draw_slope(most, span))


def _average(average: Average) -> Say:
    return Say(
        "sum.average",
        {
            "name": average.name,
            "summed": shown(average.summed),
            "observed": shown(average.observed),
            "average": shown(average.average),
        },
    )


_FORMAT = "prometheus.io/docs/instrumenting/exposition_formats, text format 0.0.4"
_PARSER = "prometheus/prometheus v3.14.0 model/textparse/promparse.go"
_LINT = "prometheus/client_golang v1.24.1 prometheus/testutil/promlint/validations"

WIDGET = Widget(
    slug="metric-types",
    form=Inputs,
    run=run,
    subject="prometheus",
    live=("exposition", "earlier", "seconds"),
    prints=("scrape", "verdict", "promtool", "types", "mistakes", "rates", "averages", "families"),
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
