"""The picture of a range: the window, the samples that count, what restarts lost, and how far the line is stretched."""

import math
from collections.abc import Sequence
from itertools import pairwise

from app.record import dataclass
from app.widgets.promql_range.model import COUNTERS, Extrapolation, Function, Role, Sample, Window, corrected
from app.widgets.promql_range.samples import write_duration

WIDTH, LEFT, RIGHT, TOP, FLOOR = 400.0, 46.0, 388.0, 36.0, 196.0
MOST_DOTS = 300
LABELLED = 8


@dataclass(frozen=True)
class Dot:
    """A sample; `label` is empty where many stand close together."""

    x: float
    y: float
    role: Role
    is_number: bool
    label: str
    label_y: float


@dataclass(frozen=True)
class Fall:
    """A restart: the two ends of the drop and what was lost by it."""

    x: float
    y: float
    y_before: float
    text: str
    text_y: float


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Part:
    """A piece of the window below the chart: seen, added at an edge, or left out."""

    part: str
    x: float
    width: float
    middle: float
    text: str


@dataclass(frozen=True)
class Drawing:
    """`window_range` is the range as a query writes it, `[1m]`."""

    height: float
    window_x: float
    window_width: float
    window_range: str
    dots: tuple[Dot, ...]
    hidden: int
    raw: str
    lifted: str
    stretched: tuple[str, ...]
    falls: tuple[Fall, ...]
    level_y: float | None
    level_text: str
    heights: tuple[Mark, ...]
    times: tuple[Mark, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Scale:
    """From milliseconds and values to units of the picture."""

    start_ms: float
    end_ms: float
    low: float
    high: float

    def x(self, time_ms: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (time_ms - self.start_ms) / (self.end_ms - self.start_ms), 1)

    def y(self, value: float) -> float:
        # Halves, so that the distance between the largest floats stays finite; between the smallest it is nothing.
        height = self.high / 2 - self.low / 2
        share = (value / 2 - self.low / 2) / height if height else 0.5
        return round(FLOOR - (FLOOR - TOP) * min(1.0, max(0.0, share)), 1)

    def point(self, time_ms: float, value: float) -> str:
        return f"{self.x(time_ms)} {self.y(value)}"


def draw(
    function: Function,
    samples: Sequence[Sample],
    used: Sequence[Sample],
    window: Window,
    drawn: Extrapolation | None,
    level: float | None,
) -> Drawing:
    """400 units wide. `level` is a value to be drawn across, the quantile."""
    low_ms, high_ms = _span(samples, window)
    near = [sample for sample in samples if low_ms <= sample.time_ms <= high_ms]
    shown = near if len(near) <= MOST_DOTS else near[:: -(-len(near) // MOST_DOTS)]
    is_counter = function in COUNTERS
    lifts = corrected(used) if is_counter else tuple(sample.number for sample in used)
    ends = _ends(used, lifts, drawn) if drawn else ()
    scale = Scale(low_ms, high_ms, *_heights([s.number for s in near], lifts, [v for _, v in ends], level))
    few = len(shown) <= LABELLED
    return Drawing(
        height=246.0 if drawn else 218.0,
        window_x=scale.x(window.start_ms),
        window_width=round(scale.x(window.end_ms) - scale.x(window.start_ms), 1),
        window_range=f"[{write_duration(window.range_ms)}]",
        dots=tuple(_dot(sample, window, scale, few) for sample in shown),
        hidden=len(samples) - len(near),
        raw=_path([(s.time_ms, s.number) for s in used], scale, breaks=is_counter),
        lifted=_path([(s.time_ms, v) for s, v in zip(used, lifts, strict=True)], scale) if _fell(used, lifts) else "",
        stretched=_stretched(used, lifts, ends, scale),
        falls=_falls(used, scale) if is_counter and len(used) <= MOST_DOTS else (),
        level_y=scale.y(level) if level is not None and math.isfinite(level) else None,
        level_text="" if level is None else short(level),
        heights=() if few else _height_marks([s.number for s in near] + list(lifts), scale),
        times=_time_marks(window, scale),
        parts=_parts(window, used, drawn, scale) if drawn else (),
    )


def _span(samples: Sequence[Sample], window: Window) -> tuple[float, float]:
    """The window and its surroundings: as long again on either side when there is little to see, else a third."""
    around = window.range_ms * (1 if len(samples) <= LABELLED else 1 / 3)
    near = [s.time_ms for s in samples if window.start_ms - around <= s.time_ms <= window.end_ms + around]
    edge = window.range_ms / 25
    return (
        min([*near, window.start_ms], default=window.start_ms) - edge,
        max([*near, window.end_ms], default=window.end_ms) + edge,
    )


def _heights(
    near: Sequence[float], lifts: Sequence[float], ends: Sequence[float], level: float | None
) -> tuple[float, float]:
    finite = [v for v in (*near, *lifts, *ends, *([] if level is None else [level])) if math.isfinite(v)] or [0.0]
    low, high = min(finite), max(finite)
    if low == high:
        return (min(low, 0.0), max(high, 0.0)) if low else (-1.0, 1.0)
    return low, high


def _ends(
    used: Sequence[Sample], lifts: Sequence[float], drawn: Extrapolation
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the line arrives when it is stretched at its average slope."""
    slope = drawn.total / drawn.span_s
    left, right = drawn.left.added_s, drawn.right.added_s
    return (
        (used[0].time_ms - left * 1000, lifts[0] - slope * left),
        (used[-1].time_ms + right * 1000, lifts[-1] + slope * right),
    )


def _stretched(
    used: Sequence[Sample], lifts: Sequence[float], ends: Sequence[tuple[float, float]], scale: Scale
) -> tuple[str, ...]:
    if not ends or not all(math.isfinite(v) for v in (lifts[0], lifts[-1], ends[0][1], ends[1][1])):
        return ()
    (left_ms, left), (right_ms, right) = ends
    return (
        f"M{scale.point(left_ms, left)}L{scale.point(used[0].time_ms, lifts[0])}",
        f"M{scale.point(used[-1].time_ms, lifts[-1])}L{scale.point(right_ms, right)}",
    )


def _fell(used: Sequence[Sample], lifts: Sequence[float]) -> bool:
    return any(v != s.number for s, v in zip(used, lifts, strict=True) if not math.isnan(s.number))


def _dot(sample: Sample, window: Window, scale: Scale, few: bool) -> Dot:
    """What is no number stands on the floor or at the edge that it is beyond."""
    value = sample.number
    y = scale.y(value) if not math.isnan(value) else FLOOR
    is_number = math.isfinite(value)
    label = short(value) if few and sample.value is not None else ""
    return Dot(scale.x(sample.time_ms), y, window.role(sample), is_number, label, round(y - 9, 1))


def _path(points: Sequence[tuple[int, float]], scale: Scale, breaks: bool = False) -> str:
    """A line through the points, interrupted at what is no number and, if asked, where it falls."""
    words: list[str] = []
    before = math.nan
    for time_ms, value in points:
        if math.isfinite(value):
            joined = math.isfinite(before) and not (breaks and value < before)
            words.append(f"{'L' if joined else 'M'}{scale.point(time_ms, value)}")
        before = value
    return "".join(words)


def _falls(used: Sequence[Sample], scale: Scale) -> tuple[Fall, ...]:
    falls = []
    for before, after in pairwise(used):
        if after.number < before.number and math.isfinite(after.number) and math.isfinite(before.number):
            top = scale.y(before.number)
            x = scale.x(after.time_ms)
            falls.append(Fall(x, scale.y(after.number), top, f"+{short(before.number)}", max(top - 6, TOP - 4)))
    return tuple(falls)


def _height_marks(values: Sequence[float], scale: Scale) -> tuple[Mark, ...]:
    """The lowest and the highest value, unless they would stand on one another."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    marks = [Mark(LEFT - 6, round(scale.y(value) + 4, 1), short(value)) for value in (max(finite), min(finite))]
    return tuple(marks) if marks[1].y - marks[0].y >= 14 else tuple(marks[:1])


def _time_marks(window: Window, scale: Scale) -> tuple[Mark, ...]:
    return tuple(Mark(scale.x(at), FLOOR + 16, short(at / 1000, 13)) for at in (window.start_ms, window.end_ms))


def _parts(window: Window, used: Sequence[Sample], drawn: Extrapolation, scale: Scale) -> tuple[Part, ...]:
    """The window from left to right: what is left out, added, seen, added, left out."""
    first, last = used[0].time_ms, used[-1].time_ms
    cuts = [
        window.start_ms,
        first - drawn.left.added_s * 1000,
        first,
        last,
        last + drawn.right.added_s * 1000,
        window.end_ms,
    ]
    parts = []
    for part, begin, end in zip(("out", "added", "seen", "added", "out"), cuts, cuts[1:], strict=False):
        x, width = scale.x(begin), round(scale.x(end) - scale.x(begin), 1)
        if width > 0:
            text = f"{short((end - begin) / 1000, 4)} s"
            parts.append(Part(part, x, width, round(x + width / 2, 1), text if width > 6.6 * len(text) + 4 else ""))
    return tuple(parts)


def short(value: float, digits: int = 5) -> str:
    """A number of few digits, for a picture."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "−Inf"
    return f"{value:.{digits}g}".replace("-", "−")
