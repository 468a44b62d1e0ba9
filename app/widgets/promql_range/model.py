"""What a PromQL range function makes of the samples of one series (Prometheus v3.14, promql)."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from app.record import dataclass

Function = Literal["rate", "increase", "delta", "irate", "idelta", "resets", "changes", "quantile_over_time"]
Role = Literal["used", "before", "edge", "after", "stale"]
Gap = Literal["all", "half", "zero"]

EXTRAPOLATED: frozenset[Function] = frozenset({"rate", "increase", "delta"})
COUNTERS: frozenset[Function] = frozenset({"rate", "increase", "irate"})
NEED_TWO: frozenset[Function] = frozenset({"rate", "increase", "delta", "irate", "idelta"})


@dataclass(frozen=True)
class Sample:
    """One sample: milliseconds and a value; a stale marker has None, since it is no number."""

    time_ms: int
    value: float | None

    @property
    def number(self) -> float:
        return math.nan if self.value is None else self.value


@dataclass(frozen=True)
class Window:
    """The range of a selector in milliseconds: `start < t <= end`."""

    start_ms: int
    end_ms: int

    @property
    def range_ms(self) -> int:
        return self.end_ms - self.start_ms

    def role(self, sample: Sample) -> Role:
        """Whether a sample counts, and if not, why."""
        if sample.time_ms > self.end_ms:
            return "after"
        if sample.time_ms <= self.start_ms:
            return "edge" if sample.time_ms == self.start_ms else "before"
        return "stale" if sample.value is None else "used"


@dataclass(frozen=True)
class Reset:
    """A sample that is lower than the one before it; a counter that falls has restarted at 0."""

    time_ms: int
    before: float
    after: float


@dataclass(frozen=True)
class Side:
    """How far one edge of the window is from the nearest sample, and how much of that is added. Seconds.

    `is_near` is the threshold's verdict; `zero_s` how long ago the counter would have been 0, for the left edge.
    """

    distance_s: float
    is_near: bool
    half_s: float
    zero_s: float | None
    added_s: float
    gap: Gap


@dataclass(frozen=True)
class Extrapolation:
    """The numbers between the samples and the result of rate, increase and delta. Times in seconds."""

    difference: float
    resets: tuple[Reset, ...]
    total: float
    span_s: float
    average_s: float
    limit_s: float
    left: Side
    right: Side
    stretch: float
    factor: float
    result: float


def select_window(at_ms: int, range_ms: int, offset_ms: int) -> Window:
    """Prometheus v3.14, promql/engine.go, matrixIterSlice: left-open and right-closed since 3.0."""
    end = at_ms - offset_ms
    return Window(end - range_ms, end)


def used_samples(samples: Sequence[Sample], window: Window) -> tuple[Sample, ...]:
    """The samples that a range function sees: inside the window and not stale. Ordered by time."""
    return tuple(sample for sample in samples if window.role(sample) == "used")


def find_resets(used: Sequence[Sample]) -> tuple[Reset, ...]:
    """Every fall between neighbours; a NaN compares with nothing and hides one. functions.go, extrapolatedRate."""
    return tuple(
        Reset(after.time_ms, before.number, after.number)
        for before, after in pairwise(used)
        if after.number < before.number
    )


def seconds(duration_ms: int) -> float:
    """A duration as Go's Duration.Seconds() gives it: whole seconds plus the rest."""
    whole, rest = divmod(duration_ms, 1000)
    return whole + rest / 1000


def extrapolate(function: Function, used: Sequence[Sample], window: Window) -> Extrapolation | None:
    """rate, increase and delta; None with fewer than two samples.

    Prometheus v3.14, promql/functions.go, extrapolatedRate, in its order of operations.
    """
    if len(used) < 2:
        return None
    first, last = used[0], used[-1]
    is_counter = function != "delta"
    difference = last.number - first.number
    resets = find_resets(used) if is_counter else ()
    total = difference
    for reset in resets:
        total += reset.before
    span = (last.time_ms - first.time_ms) / 1000
    average = span / (len(used) - 1)
    limit = average * 1.1
    zero = None
    if is_counter and total > 0 and first.number >= 0:
        zero = span * (first.number / total)
    left = _side((first.time_ms - window.start_ms) / 1000, limit, average, zero)
    right = _side((window.end_ms - last.time_ms) / 1000, limit, average, None)
    stretch = (span + left.added_s + right.added_s) / span
    factor = stretch / seconds(window.range_ms) if function == "rate" else stretch
    return Extrapolation(difference, resets, total, span, average, limit, left, right, stretch, factor, total * factor)


def _side(distance: float, limit: float, average: float, zero: float | None) -> Side:
    """The threshold comes first, `>=`, and the time back to zero after it."""
    is_near, half = not distance >= limit, average / 2
    gap: Gap = "all" if is_near else "half"
    added = distance if is_near else half
    if zero is not None and zero < added:
        gap, added = "zero", zero
    return Side(distance, is_near, half, zero, added, gap)


def instant_value(function: Function, used: Sequence[Sample]) -> float | None:
    """irate and idelta: the last two samples only. Prometheus v3.14, promql/functions.go, instantValue."""
    if len(used) < 2:
        return None
    before, after = used[-2], used[-1]
    if function == "idelta":
        return after.number - before.number
    fell = after.number < before.number
    gained = after.number if fell else after.number - before.number
    return gained / ((after.time_ms - before.time_ms) / 1000)


def count_changes(used: Sequence[Sample]) -> int:
    """Neighbours that differ; from NaN to NaN is no change. Prometheus v3.14, promql/functions.go, funcChanges."""
    return sum(a.number != b.number and not (math.isnan(a.number) and math.isnan(b.number)) for a, b in pairwise(used))


def quantile(q: float, used: Sequence[Sample]) -> float:
    """Interpolates between the sorted values, NaN first. Prometheus v3.14, promql/quantile.go, quantile."""
    if math.isnan(q):
        return math.nan
    if q < 0 or q > 1:
        return math.copysign(math.inf, q)
    values = sort_values(used)
    rank = q * (len(values) - 1)
    lower = math.floor(rank)
    upper = min(len(values) - 1, lower + 1)
    weight = rank - lower
    return values[lower] * (1 - weight) + values[upper] * weight


def sort_values(used: Sequence[Sample]) -> list[float]:
    return sorted((sample.number for sample in used), key=lambda value: (not math.isnan(value), value))


def evaluate(function: Function, used: Sequence[Sample], window: Window, q: float) -> float | None:
    """The value of the function at the window's end; None where the series is missing from the result."""
    if not used:
        return None
    if function in EXTRAPOLATED:
        drawn = extrapolate(function, used, window)
        return drawn.result if drawn else None
    others: dict[Function, Callable[[], float | None]] = {
        "irate": lambda: instant_value(function, used),
        "idelta": lambda: instant_value(function, used),
        "resets": lambda: float(len(find_resets(used))),
        "changes": lambda: float(count_changes(used)),
        "quantile_over_time": lambda: quantile(q, used),
    }
    return others[function]()


def corrected(used: Sequence[Sample]) -> tuple[float, ...]:
    """The values a counter would have had without its restarts: what was lost is added to all that follows."""
    lifted: list[float] = []
    lost = 0.0
    for i, sample in enumerate(used):
        if i and sample.number < used[i - 1].number:
            lost += used[i - 1].number
        lifted.append(sample.number + lost)
    return tuple(lifted)
