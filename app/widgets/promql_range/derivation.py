"""How a result came about, a sum a line, and what is worth knowing about it."""

import math
from collections.abc import Sequence
from itertools import pairwise

from app.kube.digits import plain, shown
from app.listed import Listed
from app.widgetkit.contract import Say
from app.widgets.promql_range.model import (
    COUNTERS,
    EXTRAPOLATED,
    NEED_TWO,
    Extrapolation,
    Function,
    Sample,
    Side,
    Window,
    count_changes,
    evaluate,
    find_resets,
    quantile,
    sort_values,
)

LISTED = 6


def clock(time_ms: float) -> str:
    """Milliseconds as seconds."""
    return f"{time_ms / 1000:.3f}".rstrip("0").rstrip(".").replace("-", "−")


def derive(
    function: Function,
    used: Sequence[Sample],
    count: int,
    window: Window,
    drawn: Extrapolation | None,
    q: float,
) -> tuple[Say, ...]:
    """The lines from the samples to the value; where there is no value, the line that says why."""
    head = Say(
        "sum.window",
        {"start": clock(window.start_ms), "end": clock(window.end_ms), "used": len(used), "all": count},
    )
    if not used or (function in NEED_TWO and len(used) < 2):
        return (head,)
    if function in EXTRAPOLATED:
        return (head, *_extrapolated(function, used, window, drawn)) if drawn else (head,)
    if function in ("irate", "idelta"):
        return (head, *_last_two(function, used))
    if function == "quantile_over_time":
        return (head, *_quantile(q, used))
    return (head, *_counted(function, used))


def _extrapolated(function: Function, used: Sequence[Sample], window: Window, drawn: Extrapolation) -> tuple[Say, ...]:
    values: dict[str, str | int] = {
        "first": shown(used[0].number),
        "last": shown(used[-1].number),
        "difference": shown(drawn.difference),
        "total": shown(drawn.total),
        "lost": " + ".join(shown(reset.before) for reset in drawn.resets[:LISTED])
        + (" + …" if len(drawn.resets) > LISTED else ""),
        "span": shown(drawn.span_s),
        "gaps": len(used) - 1,
        "average": shown(drawn.average_s),
        "limit": shown(drawn.limit_s),
        "left": shown(drawn.left.added_s),
        "right": shown(drawn.right.added_s),
        "stretch": shown(drawn.stretch),
        "range": shown(window.range_ms / 1000),
        "result": shown(drawn.result),
    }
    return (
        Say("sum.difference", values),
        *(Say("sum.reset", _fall(reset.time_ms, reset.before, reset.after)) for reset in drawn.resets[:LISTED]),
        *((Say("sum.total", values),) if drawn.resets else ()),
        Say("sum.average", values),
        *_side("left", drawn.left, values),
        *_side("right", drawn.right, values),
        Say("sum.stretch", values),
        Say(f"sum.{function}", values),
    )


def _fall(time_ms: int, before: float, after: float) -> dict[str, str]:
    return {"at": clock(time_ms), "before": shown(before), "after": shown(after)}


def _side(name: str, side: Side, values: dict[str, str | int]) -> tuple[Say, ...]:
    """The threshold first, then the counter's way back to zero if that is shorter."""
    added = side.distance_s if side.is_near else side.half_s
    said = {**values, "distance": shown(side.distance_s), "added": shown(added)}
    line = Say(f"sum.{name}.all" if side.is_near else f"sum.{name}.half", said)
    if side.gap != "zero" or side.zero_s is None:
        return (line,)
    return (line, Say("sum.left.zero", {**said, "zero": shown(side.zero_s)}))


def _last_two(function: Function, used: Sequence[Sample]) -> tuple[Say, ...]:
    before, after = used[-2], used[-1]
    gap = (after.time_ms - before.time_ms) / 1000
    fell = function == "irate" and after.number < before.number
    result = evaluate(function, used, Window(before.time_ms - 1, after.time_ms), 0.0)
    values = {
        "before": shown(before.number),
        "after": shown(after.number),
        "before_at": clock(before.time_ms),
        "after_at": clock(after.time_ms),
        "gap": shown(gap),
        "result": shown(result if result is not None else math.nan),
    }
    return (Say("sum.last-two", values), Say("sum.irate.fall" if fell else f"sum.{function}", values))


def _quantile(q: float, used: Sequence[Sample]) -> tuple[Say, ...]:
    values = sort_values(used)
    listed = Listed((shown(value) for value in values[:12]), "…" if len(values) > 12 else "")
    head = Say("sum.sorted", {"values": listed, "count": len(values)})
    if math.isnan(q) or not 0 <= q <= 1:
        return (head, Say("sum.q-outside", {"q": plain(q), "result": shown(quantile(q, used))}))
    rank = q * (len(values) - 1)
    lower = math.floor(rank)
    upper = min(len(values) - 1, lower + 1)
    numbers = {
        "q": plain(q),
        "gaps": len(values) - 1,
        "rank": shown(rank),
        "lower": shown(values[lower]),
        "upper": shown(values[upper]),
        "weight": shown(rank - lower),
        "rest": shown(1 - (rank - lower)),
        "place": lower + 1,
        "next": upper + 1,
        "result": shown(quantile(q, used)),
    }
    return (head, Say("sum.rank", numbers), Say("sum.between", numbers))


def _counted(function: Function, used: Sequence[Sample]) -> tuple[Say, ...]:
    if function == "changes":
        return (Say("sum.changes", {"pairs": len(used) - 1, "result": count_changes(used)}),)
    resets = find_resets(used)
    return (
        *(Say("sum.fall", _fall(reset.time_ms, reset.before, reset.after)) for reset in resets[:LISTED]),
        Say("sum.resets", {"pairs": len(used) - 1, "result": len(resets)}),
    )


def find_notes(
    function: Function,
    samples: Sequence[Sample],
    used: Sequence[Sample],
    window: Window,
    drawn: Extrapolation | None,
    q: float,
) -> tuple[Say, ...]:
    """The traps that this reader stands in front of, the worst first."""
    notes: list[Say] = []
    if function in NEED_TWO and len(used) == 1:
        notes.append(Say("note.two-samples", {"range": shown(window.range_ms / 1000)}))
    notes += _about_edge(function, samples, used, window, q)
    notes += _about_spacing(function, samples, window)
    notes += _about_nan(function, used)
    if drawn:
        notes += _about_stretch(function, used, drawn)
    if function == "delta" and (falls := find_resets(used)):
        notes.append(Say("note.delta-falls", {"count": len(falls)}))
    if any(window.role(sample) == "stale" for sample in samples):
        notes.append(Say("note.stale", {}))
    return tuple(notes)


def _about_edge(
    function: Function, samples: Sequence[Sample], used: Sequence[Sample], window: Window, q: float
) -> list[Say]:
    """A sample exactly at the window's start: Prometheus 2 counted it."""
    edge = [sample for sample in samples if window.role(sample) == "edge" and sample.value is not None]
    if not edge:
        return []
    then = evaluate(function, [*edge, *used], window, q)
    values = {"start": clock(window.start_ms), "value": "" if then is None else shown(then)}
    return [Say("note.edge" if then is not None else "note.edge-none", values)]


def _about_spacing(function: Function, samples: Sequence[Sample], window: Window) -> list[Say]:
    """A range below two scrape intervals can't always hold two samples. The interval is the usual distance."""
    numbers = [sample for sample in samples if sample.value is not None]
    distances = sorted(after.time_ms - before.time_ms for before, after in pairwise(numbers))
    if function not in NEED_TWO or len(distances) < 2:
        return []
    usual = distances[len(distances) // 2]
    if window.range_ms >= 2 * usual:
        return []
    key = "note.range-never" if window.range_ms <= usual else "note.range-short"
    return [Say(key, {"usual": clock(usual), "range": clock(window.range_ms), "twice": clock(2 * usual)})]


def _about_nan(function: Function, used: Sequence[Sample]) -> list[Say]:
    if not any(math.isnan(sample.number) for sample in used) or function == "changes":
        return []
    known = [sample for sample in used if not math.isnan(sample.number)]
    hidden = len(find_resets(known)) - len(find_resets(used))
    if hidden > 0 and (function in COUNTERS or function == "resets") and function != "irate":
        return [Say("note.nan-hides", {"count": hidden})]
    return [Say("note.nan", {})]


def _about_stretch(function: Function, used: Sequence[Sample], drawn: Extrapolation) -> list[Say]:
    notes = []
    if drawn.left.gap == "zero":
        notes.append(Say("note.zero", {"zero": shown(drawn.left.added_s)}))
    elif drawn.left.gap == "half":
        notes.append(Say("note.starts-inside", {}))
    if drawn.right.gap == "half":
        notes.append(Say("note.ends-inside", {}))
    is_whole = all(sample.number.is_integer() for sample in used)
    if function == "increase" and is_whole and math.isfinite(drawn.result) and not drawn.result.is_integer():
        notes.append(Say("note.fraction", {}))
    return notes
