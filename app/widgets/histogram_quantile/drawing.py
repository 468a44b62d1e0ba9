"""The picture of a quantile: one column a bucket, the counts that pile up, the rank, and the way down to the value."""

import math
from collections.abc import Sequence

from app.record import dataclass
from app.widgets.histogram_quantile.model import Mended, Quantile

LEFT, RIGHT, TOP, FLOOR = 68.0, 380.0, 26.0, 214.0
MOST_COLUMNS = 32
LETTER = 6.6


@dataclass(frozen=True)
class Column:
    """A bucket: its observations stand on those below. `slope` is where they are taken to lie; none in +Inf."""

    x: float
    width: float
    y: float
    height: float
    slope: str
    is_found: bool
    is_open: bool


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    text: str
    is_main: bool


@dataclass(frozen=True)
class Way:
    """From the rank on the left to the value on the floor."""

    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    columns: tuple[Column, ...]
    found: Column | None
    way: Way | None
    bounds: tuple[Mark, ...]
    counts: tuple[Mark, ...]
    left_out: int


def draw(quantile: Quantile) -> Drawing | None:
    """400 units wide; nothing when the counts cannot be piled up."""
    mended = quantile.mended
    total = mended[-1].count
    if not all(math.isfinite(b.count) and b.own >= 0 for b in mended) or not math.isfinite(total) or total <= 0:
        return None
    target = _target(quantile)
    begin = max(0, min(target - MOST_COLUMNS // 2, len(mended) - MOST_COLUMNS))
    shown = mended[begin : begin + MOST_COLUMNS]
    width = (RIGHT - LEFT) / len(shown)
    columns = tuple(
        _column(bucket, LEFT + i * width, width, total, is_found=begin + i == target and quantile.rank is not None)
        for i, bucket in enumerate(shown)
    )
    found = next((column for column in columns if column.is_found), None)
    way = _way(quantile, found, total) if found else None
    return Drawing(
        columns,
        found,
        way,
        bounds=_bounds(shown, begin, width, target - begin, quantile.rank is not None),
        counts=_counts(quantile, shown, total, way),
        left_out=len(mended) - len(shown),
    )


def _target(quantile: Quantile) -> int:
    if quantile.bucket:
        return quantile.bucket.index
    return len(quantile.mended) - 1 if quantile.case == "highest" else 0


def _y(count: float, total: float) -> float:
    return round(FLOOR - (FLOOR - TOP) * count / total, 1)


def _column(bucket: Mended, x: float, width: float, total: float, is_found: bool) -> Column:
    low, high = _y(bucket.count - bucket.own, total), _y(bucket.count, total)
    is_open = bucket.upper == math.inf
    slope = "" if is_open else f"M{x:.1f} {low}L{x + width:.1f} {high}"
    return Column(round(x, 1), round(width, 1), high, round(low - high, 1), slope, is_found, is_open)


def _way(quantile: Quantile, found: Column, total: float) -> Way | None:
    """To the slope and down; in +Inf to its left edge, since nothing is known inside; at a bound <= 0 to the bound."""
    if quantile.rank is None or not 0 <= quantile.rank <= total:
        return None
    share = 0.0
    if quantile.case == "lowest":
        share = 1.0
    elif quantile.bucket:
        share = quantile.bucket.share
    if not 0 <= share <= 1:
        return None
    x, y = round(found.x + found.width * share, 1), _y(quantile.rank, total)
    return Way(f"M{LEFT} {y}H{x}V{FLOOR}", x, y)


def _bounds(shown: Sequence[Mended], begin: int, width: float, target: int, has_rank: bool) -> tuple[Mark, ...]:
    """Bounds under the column's edges: those of the bucket in question first, then what finds room."""
    lowest = "0" if begin == 0 and shown[0].upper > 0 else "−∞" if begin == 0 else "…"
    texts = [lowest, *(short(bucket.upper) for bucket in shown)]
    order = [target + 1, target, len(texts) - 1, 0, *range(1, len(texts) - 1)]
    taken: list[tuple[float, float]] = []
    marks = []
    for i in dict.fromkeys(order):
        x, half = LEFT + i * width, len(texts[i]) * LETTER / 2
        if all(x + half + 3 < low or x - half - 3 > high for low, high in taken):
            taken.append((x - half, x + half))
            marks.append(Mark(round(x, 1), FLOOR + 16, texts[i], has_rank and i in (target, target + 1)))
    return tuple(sorted(marks, key=lambda mark: mark.x))


def _counts(quantile: Quantile, shown: Sequence[Mended], total: float, way: Way | None) -> tuple[Mark, ...]:
    """Numbers at the left: the rank first, then the counts around it, then the total and 0."""
    wanted = [(quantile.rank, True)] if quantile.rank is not None and way else []
    if quantile.bucket:
        wanted += [(quantile.bucket.count, False), (quantile.bucket.below, False)]
    wanted += [(total, False), (0.0, False), (shown[-1].count - shown[-1].own, False)]
    marks: list[Mark] = []
    for count, is_main in wanted:
        y = _y(count, total) + 4
        if all(abs(mark.y - y) >= 13 for mark in marks):
            marks.append(Mark(LEFT - 6, round(y, 1), short(count), is_main))
    return tuple(marks)


def short(value: float) -> str:
    """At most four digits, for a picture; the sums have them all."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "−Inf"
    if value.is_integer() and abs(value) < 1e6:
        return str(int(value)).replace("-", "−")
    return f"{value:.4g}".replace("-", "−").replace("e+0", "e").replace("e+", "e")
