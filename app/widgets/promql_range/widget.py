"""The room `promql-range`: paste the samples of a series, see what `increase(x[1m])` makes of them and why."""

from collections.abc import Sequence
from typing import Annotated

from app.kube.digits import plain, shown
from app.kube.paste.recognise import clean_answer
from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Line, Refusal, Say, Widget
from app.widgets.promql_range.derivation import clock, derive, find_notes
from app.widgets.promql_range.drawing import Drawing, draw
from app.widgets.promql_range.model import (
    EXTRAPOLATED,
    Extrapolation,
    Function,
    Role,
    Sample,
    Window,
    evaluate,
    extrapolate,
    select_window,
    used_samples,
)
from app.widgets.promql_range.notation import interval_of, is_notation
from app.widgets.promql_range.samples import (
    Pasted,
    choose,
    print_moment,
    read_duration,
    read_number,
    read_series,
    read_time,
    write_duration,
)

FUNCTIONS: tuple[Function, ...] = (
    "rate",
    "increase",
    "delta",
    "irate",
    "idelta",
    "resets",
    "changes",
    "quantile_over_time",
)
SHOWN = 60


class Inputs(Form):
    function: Function = "increase"
    samples: Annotated[str, Area(rows=8)] = "15 7\n30 7\n45 7\n60 8"
    range: Annotated[str, Line(8)] = "60"
    at: Annotated[str, Line(14)] = "60"
    offset: Annotated[str, Line(8)] = "0"
    q: Annotated[str, Line(6)] = "0.9"
    series: Annotated[str, Line(4)] = "1"


@dataclass(frozen=True)
class Bounds:
    """`start_s < t <= end_s`, in seconds."""

    start_s: float
    end_s: float
    range_s: float


@dataclass(frozen=True)
class Point:
    """A sample with its part in the answer; `value` is null for a stale marker."""

    time_s: float
    value: float | None
    role: Role
    time: str
    shown: str


@dataclass(frozen=True)
class Other:
    """What another function makes of the same samples."""

    function: Function
    call: str
    value: float | None
    is_this: bool


@dataclass(frozen=True)
class Result:
    """What the function makes of one of the series that were pasted."""

    number: int
    name: str
    value: float | None
    is_this: bool


@dataclass(frozen=True)
class Outcome:
    """`value` is null where the series is missing from the result, which is not 0. `series`: one for each."""

    value: float | None
    call: str
    window: Bounds
    used: tuple[Point, ...]
    steps: tuple[Say, ...]
    verdict: Say
    why: Say
    notes: tuple[Say, ...]
    extrapolation: Extrapolation | None
    points: tuple[Point, ...]
    unlisted: int
    others: tuple[Other, ...]
    series: tuple[Result, ...]
    drawing: Drawing


def run(inputs: Inputs) -> Outcome:
    pasted = read_series(inputs.samples)
    chosen = choose(pasted, inputs.series)
    samples = pasted[chosen].samples
    range_ms = read_duration(inputs.range, "range")
    if range_ms <= 0:
        raise Refusal("range-positive", field="range")
    offset_ms = read_duration(inputs.offset, "offset")
    window = select_window(read_time(inputs.at, "at"), range_ms, offset_ms)
    q = read_number(inputs.q, "q")
    function = inputs.function
    used = used_samples(samples, window)
    drawn = extrapolate(function, used, window) if function in EXTRAPOLATED else None
    value = evaluate(function, used, window, q)
    call = _call(function, range_ms, offset_ms, q)
    points = tuple(_point(sample, window) for sample in samples)
    near = _listed(points)
    return Outcome(
        value=value,
        call=call,
        window=Bounds(window.start_ms / 1000, window.end_ms / 1000, range_ms / 1000),
        used=tuple(point for point in points if point.role == "used"),
        steps=derive(function, used, len(samples), window, drawn, q),
        verdict=_verdict(call, value),
        why=_why(function, used, window, drawn, value),
        notes=(
            *_notation_notes(inputs.samples),
            *_paste_notes(pasted, chosen, function, used, window),
            *find_notes(function, samples, used, window, drawn, q),
        ),
        extrapolation=drawn,
        points=near,
        unlisted=len(points) - len(near),
        others=tuple(
            Other(other, _call(other, range_ms, offset_ms, q), evaluate(other, used, window, q), other == function)
            for other in FUNCTIONS
        ),
        series=tuple(
            Result(number, each.name, evaluate(function, used_samples(each.samples, window), window, q), i == chosen)
            for i, (number, each) in enumerate(enumerate(pasted[:SERIES_SHOWN], 1))
        )
        if len(pasted) > 1
        else (),
        drawing=draw(function, samples, used, window, drawn, value if function == "quantile_over_time" else None),
    )


FAR_MS = 86_400_000 * 365
SERIES_SHOWN = 200


def _notation_notes(text: str) -> list[Say]:
    """Of a series as a unit test has it, the times at which its values are scraped."""
    text = clean_answer(text)
    return [Say("note.notation", {"interval": interval_of(text) or "1m"})] if is_notation(text) else []


def _paste_notes(
    pasted: Sequence[Pasted], chosen: int, function: Function, used: Sequence[Sample], window: Window
) -> list[Say]:
    """What a reader should know of the paste itself: several series, a moment far off, a counter below 0."""
    notes = []
    if len(pasted) > 1:
        name = pasted[chosen].name or f"#{chosen + 1}"
        notes.append(Say("note.series", {"count": len(pasted), "number": chosen + 1, "name": name}))
    samples = pasted[chosen].samples
    if samples and not used and min(abs(each.time_ms - window.end_ms) for each in samples) > FAR_MS:
        values = {"at": print_moment(window.end_ms), "first": print_moment(samples[0].time_ms)}
        notes.append(Say("note.far", {**values, "last": print_moment(samples[-1].time_ms)}))
    if function in ("rate", "increase", "irate") and any(each.value is not None and each.value < 0 for each in used):
        notes.append(Say("note.negative", {"function": function}))
    return notes


def _call(function: Function, range_ms: int, offset_ms: int, q: float) -> str:
    selector = f"x[{write_duration(range_ms)}]"
    if offset_ms:
        selector += f" offset {write_duration(offset_ms)}"
    argument = f"{plain(q)}, " if function == "quantile_over_time" else ""
    return f"{function}({argument}{selector})"


def _point(sample: Sample, window: Window) -> Point:
    return Point(
        sample.time_ms / 1000,
        sample.value,
        window.role(sample),
        clock(sample.time_ms),
        "stale" if sample.value is None else shown(sample.value),
    )


def _listed(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Around the window's start when there are too many to list."""
    if len(points) <= SHOWN:
        return points
    first = next((i for i, point in enumerate(points) if point.role == "used"), 0)
    begin = max(0, min(first - 2, len(points) - SHOWN))
    return points[begin : begin + SHOWN]


def _verdict(call: str, value: float | None) -> Say:
    if value is None:
        return Say("verdict.none", {"call": call})
    return Say("verdict.value", {"call": call, "value": shown(value)})


def _why(
    function: Function,
    used: tuple[Sample, ...],
    window: Window,
    drawn: Extrapolation | None,
    value: float | None,
) -> Say:
    values: dict[str, str | int] = {"used": len(used), "range": shown(window.range_ms / 1000)}
    if value is None:
        return Say("why.one" if used else "why.empty", values)
    if drawn:
        values |= {"total": shown(drawn.total), "span": shown(drawn.span_s)}
    return Say(f"why.{function}", values)


_RATE = "prometheus/prometheus v3.14 promql/functions.go, extrapolatedRate"
_EVERY_15 = "\n".join(
    f"{7 + 15 * i} {value}"
    for i, value in enumerate((500, 512, 520, 535, 3, 14, 25, 33, 47, 55, 61, 75, 88, 99, 110, 121, 130, 142, 151, 160))
)

WIDGET = Widget(
    slug="promql-range",
    form=Inputs,
    run=run,
    subject="prometheus",
    prints=("verdict", "why", "steps", "notes", "points"),
    examples=(
        Example(
            "one-third",
            {"function": "increase", "samples": "15 7\n30 7\n45 7\n60 8", "range": "60", "at": "60"},
            {"value": 4 / 3, "extrapolation.left.added_s": 15.0, "extrapolation.left.gap": "all"},
            f"{_RATE}; (45 + 15) ÷ 45",
        ),
        Example(
            "restart",
            {"function": "rate", "samples": _EVERY_15, "range": "5m", "at": "300"},
            {
                "value": 195 * (300 / 285 / 300),
                "extrapolation.resets.0.before": 535.0,
                "extrapolation.total": 195.0,
            },
            f"{_RATE}; 160 − 500 + 535 = 195",
        ),
        Example(
            "fresh-pod",
            {"function": "increase", "samples": "250 0\n265 4\n280 9", "range": "5m", "at": "300"},
            {"value": 11.25, "extrapolation.left.gap": "zero", "extrapolation.right.gap": "half"},
            f"{_RATE}; 9 × (30 + 0 + 7.5) ÷ 30",
        ),
        Example(
            "gap",
            {
                "function": "increase",
                "samples": "0 1\n15 2\n30 3\n75 9\n90 10\n105 11",
                "range": "1m",
                "at": "80",
            },
            {"value": 8.0, "used.0.time_s": 30.0, "extrapolation.limit_s": 49.50000000000001},
            f"{_RATE}; promqltest/testdata/extended_vectors.test, the samples without two scrapes",
        ),
        Example(
            "slow-scrape",
            {"function": "rate", "samples": "0 10\n60 20\n120 30\n180 40", "range": "1m", "at": "180"},
            {"value": None, "used.0.time_s": 180.0, "points.2.role": "edge"},
            "prometheus/prometheus v3.14 promql/engine.go, matrixIterSlice; changelog of 3.0.0, #13904",
        ),
        Example(
            "nan-hides",
            {"function": "increase", "samples": "15 50\n30 NaN\n45 1\n60 2", "range": "60", "at": "60"},
            {"value": -64.0, "extrapolation.total": -48.0},
            f"{_RATE}; (2 − 50) × (45 + 15) ÷ 45, no comparison with NaN holds",
        ),
        Example(
            "last-two",
            {"function": "irate", "samples": _EVERY_15, "range": "5m", "at": "300"},
            {"value": 0.6, "others.0.value": 195 * (300 / 285 / 300)},
            "prometheus/prometheus v3.14 promql/functions.go, instantValue; (160 − 151) ÷ 15",
        ),
        Example(
            "slow-answer",
            {"function": "irate", "samples": "45 545\n60 560\n75 584\n90 590\n105 605", "range": "1m", "at": "90"},
            {"value": 0.4, "others.0.call": "rate(x[1m])", "others.0.value": 45 * (60 / 45 / 60)},
            "prometheus/prometheus v3.14 scrape/scrape.go: a sample has the time at which its scrape began; "
            "the answer to that of 75 took 9 s; (590 − 584) ÷ 15 and 45 × (60 ÷ 45) ÷ 60",
        ),
        Example(
            "gauge-quantile",
            {
                "function": "quantile_over_time",
                "samples": "10 1\n20 4\n30 2\n40 40\n50 3",
                "range": "1m",
                "at": "60",
                "q": "0.9",
            },
            {"value": 25.6},
            "prometheus/prometheus v3.14 promql/quantile.go, quantile; 4 × 0.4 + 40 × 0.6",
        ),
    ),
)
