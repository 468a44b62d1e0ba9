"""What two scrapes tell: how much each counter gained, and the averages of what was observed in between."""

import math
from collections.abc import Sequence

from app.record import dataclass
from app.widgets.metric_types.model import Family, Labels, Sample, is_cumulative


@dataclass(frozen=True)
class Change:
    """A series in both scrapes. `gained` counts from 0 after a restart; a gauge has no rate."""

    name: str
    labels: Labels
    before: float
    now: float
    gained: float
    per_second: float | None
    restarted: bool


@dataclass(frozen=True)
class Average:
    """Sum over count of what a histogram or summary observed between the scrapes."""

    name: str
    observed: float
    summed: float
    average: float


def find_changes(families: Sequence[Family], earlier: Sequence[Family], seconds: float) -> tuple[Change, ...]:
    """The series that changed in the order of the text, gauges last. Buckets are left out.

    The rule for restarts is that of Prometheus v3.14, promql/functions.go: a lower value has begun again at 0.
    """
    before = {(sample.name, sample.labels): sample.value for family in earlier for sample in family.samples}
    changes = [
        _change(sample, then, is_cumulative(family, sample.name), seconds)
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_bucket")
        and (then := before.get((sample.name, sample.labels))) is not None
        and _differ(then, sample.value)
    ]
    return tuple(sorted(changes, key=lambda change: change.per_second is None))


def count_appeared(families: Sequence[Family], earlier: Sequence[Family]) -> int:
    """Series that only the later scrape has. Their first value is no increase for PromQL: there is none before it."""
    before = {(sample.name, sample.labels) for family in earlier for sample in family.samples}
    return len({(s.name, s.labels) for family in families for s in family.samples} - before)


def _differ(before: float, now: float) -> bool:
    return before != now and not (math.isnan(before) and math.isnan(now))


def _change(sample: Sample, before: float, cumulative: bool, seconds: float) -> Change:
    restarted = cumulative and sample.value < before
    gained = sample.value if restarted else sample.value - before
    return Change(
        sample.name, sample.labels, before, sample.value, gained, gained / seconds if cumulative else None, restarted
    )


def find_averages(families: Sequence[Family], earlier: Sequence[Family]) -> tuple[Average, ...]:
    """For each histogram and summary that observed something in between; left out after a restart."""
    before = {family.name: family for family in earlier}
    averages = []
    for family in families:
        past = before.get(family.name)
        if family.type not in ("histogram", "summary") or past is None:
            continue
        observed = family.total("_count") - past.total("_count")
        summed = family.total("_sum") - past.total("_sum")
        if observed > 0:
            averages.append(Average(family.name, observed, summed, summed / observed))
    return tuple(averages)
