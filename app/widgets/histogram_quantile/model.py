"""What histogram_quantile makes of classic buckets (Prometheus v3.14, promql/quantile.go)."""

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Literal

from app.record import dataclass

Case = Literal["q-outside", "no-inf", "few", "empty", "highest", "lowest", "inside"]

SMALL_DELTA = 1e-12
SMALLEST_NORMAL = 2.0**-1022
LARGEST = math.ldexp(1 - 2.0**-53, 1024)


@dataclass(frozen=True)
class Bucket:
    """A cumulative bucket: how many observations are at most `upper`."""

    upper: float
    count: float


@dataclass(frozen=True)
class Mended:
    """A bucket as it is used: counts of equal bounds added, falls lifted. `own` is what it holds beyond the last."""

    upper: float
    counts: tuple[float, ...]
    given: float
    count: float
    own: float
    is_lifted: bool
    is_evened: bool


@dataclass(frozen=True)
class Found:
    """The bucket that reaches the rank. `lower` is where the way into it starts; `share` how far it goes, 0 to 1."""

    index: int
    lower: float
    upper: float
    below: float
    count: float
    share: float


@dataclass(frozen=True)
class Quantile:
    """The value and how it came about. `rank` and `bucket` are None where they play no part."""

    value: float
    case: Case
    rank: float | None
    bucket: Found | None
    mended: tuple[Mended, ...]

    @property
    def is_forced_monotonic(self) -> bool:
        """Whether Prometheus adds its info annotation: not where it gives up before it mends the counts."""
        return self.case not in ("q-outside", "no-inf") and any(bucket.is_lifted for bucket in self.mended)


def bucket_quantile(q: float, buckets: Sequence[Bucket]) -> Quantile:
    """The quantile of at least one bucket, in any order. promql/quantile.go, BucketQuantile.

    What is wrong with q comes first, then a missing +Inf, then the counts.
    """
    mended = mend(buckets)
    if math.isnan(q) or not 0 <= q <= 1:
        value = math.nan if math.isnan(q) else math.copysign(math.inf, q)
        return Quantile(value, "q-outside", None, None, mended)
    if mended[-1].upper != math.inf:
        return Quantile(math.nan, "no-inf", None, None, mended)
    if len(mended) < 2:
        return Quantile(math.nan, "few", None, None, mended)
    total = mended[-1].count
    if total == 0:
        return Quantile(math.nan, "empty", None, None, mended)
    rank = q * total
    last = len(mended) - 1
    index = search(last, lambda i: mended[i].count >= rank)
    if index == last:
        return Quantile(mended[last - 1].upper, "highest", rank, None, mended)
    found = _found(mended, index, rank)
    if index == 0 and found.upper <= 0:
        return Quantile(found.upper, "lowest", rank, found, mended)
    value = found.lower + (found.upper - found.lower) * found.share
    return Quantile(value, "inside", rank, found, mended)


def _found(mended: Sequence[Mended], index: int, rank: float) -> Found:
    lower, below = (mended[index - 1].upper, mended[index - 1].count) if index else (0.0, 0.0)
    bucket = mended[index]
    return Found(index, lower, bucket.upper, below, bucket.count, divide(rank - below, bucket.count - below))


def mend(buckets: Sequence[Bucket]) -> tuple[Mended, ...]:
    """Sorted by bound, equal bounds merged by adding, counts made to rise.

    promql/quantile.go, coalesceBuckets and ensureMonotonicAndIgnoreSmallDeltas: a count is compared with the last one
    that was accepted; a difference below 1e-12 of both is nothing, a fall is lifted.
    """
    merged = [
        (upper, tuple(bucket.count for bucket in same))
        for upper, same in groupby(sorted(buckets, key=lambda bucket: bucket.upper), key=lambda bucket: bucket.upper)
    ]
    mended: list[Mended] = []
    for upper, counts in merged:
        given = sum(counts[1:], counts[0])
        if not mended:
            mended.append(Mended(upper, counts, given, given, given, False, False))
            continue
        before = mended[-1].count
        is_evened = given != before and almost_equal(before, given, SMALL_DELTA)
        is_lifted = not is_evened and given < before
        count = before if is_evened or is_lifted else given
        mended.append(Mended(upper, counts, given, count, count - before, is_lifted, is_evened))
    return tuple(mended)


def almost_equal(a: float, b: float, epsilon: float) -> bool:
    """Equal but for rounding: relative to the sum of both. util/almost/almost.go, Equal."""
    if math.isnan(a) and math.isnan(b):
        return True
    if a == b:
        return True
    size, distance = abs(a) + abs(b), abs(a - b)
    if a == 0 or b == 0 or size < SMALLEST_NORMAL:
        return distance < epsilon * SMALLEST_NORMAL
    return distance / min(size, LARGEST) < epsilon


def search(count: int, holds: Callable[[int], bool]) -> int:
    """The first of 0..count-1 for which it holds, by halving as Go's sort.Search does; `count` if none."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def divide(a: float, b: float) -> float:
    """Division as the processor does it: by zero it gives an infinity, and 0 by 0 gives NaN."""
    if b:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def ceiling(mended: Sequence[Mended]) -> float | None:
    """The q above which the answer is always the highest finite bound; None when nothing lies beyond it."""
    if len(mended) < 2 or mended[-1].upper != math.inf or not (mended[-1].own > 0 and mended[-1].count > 0):
        return None
    return mended[-2].count / mended[-1].count
