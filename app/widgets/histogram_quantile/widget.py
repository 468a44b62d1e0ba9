"""The room `histogram-quantile`: paste buckets, see where the quantile comes from and how far it may be off."""

import math
from typing import Annotated

from app.kube.digits import plain, shown
from app.kube.paste.read import told_apart
from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Line, Say, Widget
from app.widgets.histogram_quantile.buckets import Ignored, read_buckets, read_count
from app.widgets.histogram_quantile.drawing import Drawing, draw
from app.widgets.histogram_quantile.model import Bucket, Case, Found, Mended, Quantile, bucket_quantile, ceiling

SHOWN = 60
USUAL = (0.5, 0.75, 0.9, 0.95, 0.99, 1.0)


class Inputs(Form):
    q: Annotated[str, Line(8)] = "0.9"
    buckets: Annotated[str, Area(rows=8)] = "0.1 20\n0.5 60\n1 100\n+Inf 100"


@dataclass(frozen=True)
class Row:
    """A bucket as the table shows it."""

    le: str
    given: str
    count: str
    own: str
    is_found: bool
    is_lifted: bool
    is_merged: bool


@dataclass(frozen=True)
class Other:
    q: str
    value: float
    case: Case
    is_this: bool


@dataclass(frozen=True)
class Outcome:
    """`bucket` is where the rank falls (null: in none that has two known edges, or nowhere)."""

    value: float
    rank: float | None
    bucket: Found | None
    forced_monotonic: bool
    case: Case
    steps: tuple[Say, ...]
    verdict: Say
    why: Say
    notes: tuple[Say, ...]
    ignored: tuple[Ignored, ...]
    rows: tuple[Row, ...]
    unlisted: int
    others: tuple[Other, ...]
    drawing: Drawing | None


def run(inputs: Inputs) -> Outcome:
    q = read_count(inputs.q, "q")
    with told_apart(inputs.buckets, field="buckets", wanted="curl http://ADDRESS/metrics"):
        pasted = read_buckets(inputs.buckets)
    quantile = bucket_quantile(q, pasted.buckets)
    target = _target(quantile)
    rows = tuple(_row(bucket, i == target) for i, bucket in enumerate(quantile.mended))
    return Outcome(
        value=quantile.value,
        rank=quantile.rank,
        bucket=quantile.bucket,
        forced_monotonic=quantile.is_forced_monotonic,
        case=quantile.case,
        steps=_steps(q, quantile),
        verdict=Say("verdict", {"q": plain(q), "value": shown(quantile.value)}),
        why=_why(quantile),
        notes=_notes(q, quantile, pasted.ignored),
        ignored=pasted.ignored,
        rows=_around(rows, target),
        unlisted=max(0, len(rows) - SHOWN),
        others=tuple(_other(p, q, pasted.buckets) for p in sorted({*USUAL, q} if math.isfinite(q) else USUAL)),
        drawing=draw(quantile),
    )


def _target(quantile: Quantile) -> int | None:
    if quantile.bucket:
        return quantile.bucket.index
    return len(quantile.mended) - 1 if quantile.case == "highest" else None


def _row(bucket: Mended, is_found: bool) -> Row:
    return Row(
        le=plain(bucket.upper),
        given=" + ".join(plain(count) for count in bucket.counts[:6]) + (" + …" if len(bucket.counts) > 6 else ""),
        count=plain(bucket.count),
        own=plain(bucket.own),
        is_found=is_found,
        is_lifted=bucket.is_lifted or bucket.is_evened,
        is_merged=len(bucket.counts) > 1,
    )


def _around(rows: tuple[Row, ...], target: int | None) -> tuple[Row, ...]:
    begin = max(0, min((target or 0) - SHOWN // 2, len(rows) - SHOWN))
    return rows[begin : begin + SHOWN]


def _other(p: float, q: float, buckets: tuple[Bucket, ...]) -> Other:
    quantile = bucket_quantile(p, buckets)
    return Other(plain(p), quantile.value, quantile.case, p == q)


def _steps(q: float, quantile: Quantile) -> tuple[Say, ...]:
    """The derivation, a line a sum."""
    mended = quantile.mended
    if quantile.case == "q-outside":
        return (Say("sum.q-outside", {"q": plain(q), "value": shown(quantile.value)}),)
    if quantile.case == "no-inf":
        return (Say("sum.no-inf", {"highest": plain(mended[-1].upper)}),)
    if quantile.case == "few":
        return (Say("sum.few", {}),)
    total = Say("sum.total", {"total": shown(mended[-1].count)})
    if quantile.rank is None:
        return (total, Say("sum.empty", {}))
    rank = shown(quantile.rank)
    head = (total, Say("sum.rank", {"q": plain(q), "total": shown(mended[-1].count), "rank": rank}))
    found = quantile.bucket
    if found is None:
        highest = {"highest": plain(mended[-2].upper), "held": shown(mended[-2].count), "rank": rank}
        return (*head, Say("sum.highest", highest))
    values = {
        "rank": rank,
        "lower": plain(found.lower),
        "upper": plain(found.upper),
        "below": shown(found.below),
        "count": shown(found.count),
        "value": shown(quantile.value),
    }
    bounds = {"lower": shown(found.lower), "upper": shown(found.upper)}
    if quantile.case == "lowest":
        return (*head, Say("sum.lowest", values))
    return (*head, Say("sum.bucket" if found.index else "sum.first", values), Say("sum.value", {**values, **bounds}))


def _why(quantile: Quantile) -> Say:
    found = quantile.bucket
    if found is None or quantile.case == "lowest" or math.isnan(quantile.value):
        key = "why.zero-by-zero" if quantile.case == "inside" else f"why.{quantile.case}"
        return Say(key, {})
    return Say("why.inside", {"lower": shown(found.lower), "upper": shown(found.upper)})


def _notes(q: float, quantile: Quantile, ignored: tuple[Ignored, ...]) -> tuple[Say, ...]:
    mended = quantile.mended
    notes = [
        Say("note.ignored", {"line": each.line, "le": each.le}) if each.line else Say("note.malformed", {"le": each.le})
        for each in ignored[:5]
    ]
    if quantile.case == "q-outside":
        notes.append(Say("note.q-outside", {"q": plain(q).replace("−", "-")}))
    if any(len(bucket.counts) > 1 for bucket in mended):
        notes.append(Say("note.merged", {}))
    if quantile.is_forced_monotonic:
        notes.append(Say("note.forced", {}))
    if any(math.isnan(bucket.given) for bucket in mended):
        notes.append(Say("note.nan", {}))
    top = ceiling(mended)
    if top is not None and math.isfinite(top) and 0 <= top < 1:
        values = {"q": plain(top), "highest": plain(mended[-2].upper), "beyond": shown(mended[-1].own)}
        notes.append(Say("note.ceiling", values))
    return tuple(notes)


_SOURCE = "prometheus/prometheus v3.14 promql/quantile.go, BucketQuantile"
_UPSTREAM = "prometheus/prometheus v3.14 promql/promqltest/testdata/histograms.test"
_DURATIONS = "0.05 24054\n0.1 33444\n0.2 100392\n0.5 129389\n1 133988\n+Inf 144320"

WIDGET = Widget(
    slug="histogram-quantile",
    form=Inputs,
    run=run,
    subject="prometheus",
    prints=("verdict", "why", "steps", "notes", "rows"),
    examples=(
        Example(
            "ninety",
            {"q": "0.9", "buckets": "0.1 20\n0.5 60\n1 100\n+Inf 100"},
            {"value": 0.875, "rank": 90.0, "bucket.lower": 0.5, "bucket.below": 60.0, "forced_monotonic": False},
            f"{_SOURCE}; 0.5 + 0.5 × 30 ÷ 40",
        ),
        Example(
            "at-least",
            {"q": "0.95", "buckets": _DURATIONS},
            {"value": 1.0, "case": "highest", "bucket": None, "rank": 137104.0},
            f"{_SOURCE}; 133988 < 137104",
        ),
        Example(
            "median",
            {"q": "0.5", "buckets": _DURATIONS},
            {"value": 0.1 + (0.2 - 0.1) * ((72160 - 33444) / (100392 - 33444)), "bucket.index": 2},
            f"{_SOURCE}; 0.1 + 0.1 × 38716 ÷ 66948",
        ),
        Example(
            "falling-counts",
            {"q": "0.5", "buckets": "0.1 20\n1 10\n10 50\n100 40\n1000 90\n+Inf 80"},
            {"value": 8.5, "forced_monotonic": True, "rows.1.count": "20"},
            _UPSTREAM,
        ),
        Example(
            "le-lost",
            {"q": "0.9", "buckets": "0.1 20\n0.5 60\n1 100"},
            {"value": "NaN", "case": "no-inf", "rank": None},
            _SOURCE,
        ),
        Example(
            "no-traffic",
            {"q": "0.9", "buckets": "0.1 0\n0.5 0\n1 0\n+Inf 0"},
            {"value": "NaN", "case": "empty"},
            _UPSTREAM,
        ),
        Example(
            "rates",
            {"q": "0.95", "buckets": "0.1 0.3\n0.25 0.55\n0.5 0.6\n+Inf 0.62"},
            {"value": 0.25 + 0.25 * ((0.95 * 0.62 - 0.55) / (0.6 - 0.55)), "bucket.index": 2},
            f"{_SOURCE}; only ratios of the counts matter",
        ),
        Example(
            "exposition",
            {
                "q": "0.99",
                "buckets": "# TYPE request_seconds histogram\n"
                'request_seconds_bucket{path="/",le="0.1"} 8\n'
                'request_seconds_bucket{path="/",le="0.2"} 12\n'
                'request_seconds_bucket{path="/",le="0.4"} 20\n'
                'request_seconds_bucket{path="/",le="+Inf"} 20\n'
                'request_seconds_sum{path="/"} 3.6\nrequest_seconds_count{path="/"} 20',
            },
            {"value": 0.2 + (0.4 - 0.2) * ((0.99 * 20 - 12) / 8), "bucket.count": 20.0},
            f"{_SOURCE}; 0.2 + 0.2 × 7.8 ÷ 8",
        ),
    ),
)
