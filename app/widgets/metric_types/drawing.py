"""The pictures: bars for values, columns for buckets, a triangle for a rate."""

import math
from collections.abc import Sequence

from app.kube.digits import plain
from app.record import dataclass
from app.widgets.metric_types.change import Change
from app.widgets.metric_types.model import Family, Labels, Sample, bucket_groups, read_bound
from app.widgets.metric_types.span import Span

WIDTH, ROW, MOST_BARS, MOST_COLUMNS = 400.0, 34.0, 6, 24
FLOOR, TOP = 84.0, 10.0
LETTER = 6.4


@dataclass(frozen=True)
class Bar:
    """A series: its labels above, its value at the end, a bar as long as its share of the largest."""

    text: str
    value: str
    y: float
    bar_y: float
    width: float
    is_negative: bool


@dataclass(frozen=True)
class Column:
    x: float
    width: float
    y: float
    height: float
    middle: float
    le: str


@dataclass(frozen=True)
class Drawing:
    height: float
    bars: tuple[Bar, ...]
    columns: tuple[Column, ...]
    left_out: int


SLOPE_LEFT, SLOPE_RIGHT, SLOPE_TOP, SLOPE_BOTTOM = 96.0, 290.0, 24.0, 104.0


@dataclass(frozen=True)
class Slope:
    """Two samples of a counter and the way between them: `run` seconds to the right, `rise` up from `base_y`.

    After a restart the line falls to 0 first, somewhere in between, and the rise begins there.
    """

    line: str
    before_y: float
    now_y: float
    foot_y: float
    base_y: float
    rise_y: float
    before_text_y: float
    now_text_y: float
    before: str
    now: str
    rise: str
    run: str


def draw_slope(change: Change, span: Span) -> Slope:
    """400 units wide: the axis starts at the lower sample, or at 0 after a restart."""
    floor = 0.0 if change.restarted else min(change.before, change.now)
    height = max(change.before, change.now) - floor
    before_y, now_y = (
        round(SLOPE_BOTTOM - (SLOPE_BOTTOM - SLOPE_TOP) * _share(value - floor, height), 1)
        for value in (change.before, change.now)
    )
    base_y = SLOPE_BOTTOM if change.restarted else before_y
    middle = (SLOPE_LEFT + SLOPE_RIGHT) / 2
    fall = f"L{middle:g} {before_y:g}V{SLOPE_BOTTOM:g}" if change.restarted else ""
    return Slope(
        line=f"M{SLOPE_LEFT:g} {before_y:g}{fall}L{SLOPE_RIGHT:g} {now_y:g}",
        before_y=before_y,
        now_y=now_y,
        foot_y=SLOPE_BOTTOM,
        base_y=base_y,
        rise_y=round((base_y + now_y) / 2 + 4, 1),
        before_text_y=before_y + 4,
        now_text_y=now_y - 11,
        before=plain(change.before),
        now=plain(change.now),
        rise=f"+{plain(change.gained)}",
        run=plain(span.seconds),
    )


def _share(part: float, whole: float) -> float:
    """Of two values that may be too large for their difference."""
    return min(1.0, part / whole) if math.isfinite(part) and math.isfinite(whole) and whole > 0 else 0.0


def draw(family: Family) -> Drawing | None:
    """400 units wide; nothing where there are not two values to compare."""
    if family.type == "histogram" and (columns := _columns(family)):
        return Drawing(FLOOR + 22, (), columns, 0)
    samples = _samples(family)
    if len(samples) < 2:
        return None
    largest = max((abs(s.value) for s in samples if math.isfinite(s.value)), default=0.0) or 1.0
    shown = sorted(samples, key=_by_value)[:MOST_BARS]
    bars = tuple(_bar(sample, i, largest) for i, sample in enumerate(shown))
    return Drawing(ROW * len(bars) + 4, bars, (), len(samples) - len(shown))


def _samples(family: Family) -> Sequence[Sample]:
    """What may be compared: the quantiles of a summary, the buckets of a histogram, else all series."""
    return family.part({"summary": "", "histogram": "_bucket"}[family.type]) if has_parts(family) else family.samples


def has_parts(family: Family) -> bool:
    return family.type in ("summary", "histogram")


def _by_value(sample: Sample) -> tuple[bool, float, int]:
    return (math.isnan(sample.value), 0.0 if math.isnan(sample.value) else -sample.value, sample.line)


def _bar(sample: Sample, i: int, largest: float) -> Bar:
    share = min(1.0, abs(sample.value) / largest) if not math.isnan(sample.value) else 0.0
    text = clip(labels_text(sample.labels) or sample.name, 44)
    return Bar(text, plain(sample.value), ROW * i + 13, ROW * i + 19, round(share * WIDTH, 1), sample.value < 0)


def _columns(family: Family) -> tuple[Column, ...]:
    """What each bucket holds by itself, all histograms of the family added bucket by bucket."""
    counts: dict[float, float] = {}
    for buckets in bucket_groups(family).values():
        for sample in buckets:
            bound = read_bound(sample.label("le") or "")
            if bound is None or not math.isfinite(sample.value):
                return ()
            counts[bound] = counts.get(bound, 0.0) + sample.value
    bounds = sorted(counts)
    own = [counts[b] - (counts[bounds[i - 1]] if i else 0.0) for i, b in enumerate(bounds)]
    if not bounds or len(bounds) > MOST_COLUMNS or min(own) < 0 or not math.isfinite(sum(own)):
        return ()
    width, largest = WIDTH / len(bounds), max(own) or 1.0
    shown = _labelled([plain(bound) for bound in bounds], width)
    columns = []
    for i, bound in enumerate(bounds):
        height = round((FLOOR - TOP) * own[i] / largest, 1)
        x = round(i * width + 2, 1)
        le = plain(bound) if i in shown else ""
        columns.append(
            Column(x, round(width - 4, 1), round(FLOOR - height, 1), height, round(i * width + width / 2, 1), le)
        )
    return tuple(columns)


def _labelled(texts: Sequence[str], width: float) -> set[int]:
    """The bounds that find room under their columns, from the last to the first."""
    shown: set[int] = set()
    free = WIDTH
    for i in reversed(range(len(texts))):
        half = len(texts[i]) * LETTER / 2
        middle = (i + 0.5) * width
        if middle + half <= free and middle - half >= 0:
            shown.add(i)
            free = middle - half - 6
    return shown


def labels_text(labels: Labels) -> str:
    return ", ".join(f'{name}="{value}"' for name, value in labels)


def clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
