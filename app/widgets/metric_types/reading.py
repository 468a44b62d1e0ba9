"""How to read a family: what its numbers say by themselves, and the query that asks it rightly."""

import math
from collections.abc import Callable, Mapping

from app.kube.digits import shown
from app.record import dataclass
from app.widgetkit.contract import Say
from app.widgets.metric_types.golang import parse_bound, print_openmetrics
from app.widgets.metric_types.model import Family


@dataclass(frozen=True)
class Reading:
    said: Say
    query: str
    sums: tuple[Say, ...] = ()


def read(family: Family) -> Reading:
    """Prometheus documentation v3.14: concepts/metric_types, practices/histograms."""
    if not family.samples:
        return Reading(Say("reading.empty", {}), "")
    reader = READERS.get(family.type)
    return reader(family) if reader else Reading(Say("reading.untyped", {}), family.name)


def _counter(family: Family) -> Reading:
    name = family.samples[0].name
    query = f"rate({name}[5m])"
    labels = sorted({label for sample in family.samples for label, _ in sample.labels})
    if len(family.samples) > 1 and labels:
        by = next((label for label in ("status", "code", "route", "path") if label in labels), labels[0])
        query = f"sum by ({by}) (rate({name}[5m]))"
    total = sum(sample.value for sample in family.samples)
    return Reading(Say("reading.counter", {"total": shown(total), "series": len(family.samples)}), query)


def _gauge(family: Family) -> Reading:
    name = family.name
    if name.endswith("_info") and all(sample.value == 1 for sample in family.samples):
        return _info(family)
    if name.endswith(("_timestamp_seconds", "_start_time_seconds", "_time_seconds", "_created")):
        return Reading(Say("reading.gauge.time", {}), f"time() - {name}")
    if name.endswith("_bytes") and len(family.samples) == 1 and math.isfinite(family.samples[0].value):
        value = family.samples[0].value
        mebibytes = Say("sum.mebibytes", {"bytes": shown(value), "mib": shown(round(value / 2**20, 2))})
        return Reading(Say("reading.gauge", {}), f"max_over_time({name}[1h])", (mebibytes,))
    return Reading(Say("reading.gauge", {}), f"max_over_time({name}[1h])")


def _info(family: Family) -> Reading:
    """Samples of the OpenMetrics type end in `_info`, its family's name does not."""
    labels = [label for label, _ in family.samples[0].labels]
    brought = "version" if "version" in labels or not labels else labels[0]
    query = f"x * on (instance) group_left ({brought}) {family.samples[0].name}"
    return Reading(Say("reading.gauge.info", {}), query)


def _stateset(family: Family) -> Reading:
    return Reading(Say("reading.stateset", {}), f"{family.name} == 1")


def _gauge_histogram(family: Family) -> Reading:
    """Its buckets are gauges (OpenMetrics 1.0, GaugeHistogram), so there is no rate of them."""
    return Reading(Say("reading.gaugehistogram", {}), f"histogram_quantile(0.9, sum by (le) ({family.name}_bucket))")


def _histogram(family: Family) -> Reading:
    query = f"histogram_quantile(0.9, sum by (le) (rate({family.name}_bucket[5m])))"
    return Reading(Say("reading.histogram", {}), query, _mean(family))


def _summary(family: Family) -> Reading:
    if family.part(""):
        return Reading(
            Say("reading.summary.quantiles", {}), f'{family.name}{{quantile="{_asked(family)}"}}', _mean(family)
        )
    query = f"rate({family.name}_sum[5m]) / rate({family.name}_count[5m])"
    return Reading(Say("reading.summary.bare", {}), query, _mean(family))


def _asked(family: Family) -> str:
    """The quantile of a summary that is asked for: 0.9 or the next below, else the lowest; as Prometheus stores it."""
    known = {parse_bound(sample.label("quantile") or "") for sample in family.part("")}
    sound = sorted(bound for bound in known if bound is not None and not math.isnan(bound))
    return print_openmetrics(max((each for each in sound if each <= 0.9), default=sound[0] if sound else 0.9))


def _mean(family: Family) -> tuple[Say, ...]:
    """Sum over count since the process began."""
    count, total = family.total("_count"), family.total("_sum")
    if not family.part("_sum") or not count > 0:
        return ()
    return (Say("sum.mean", {"sum": shown(total), "count": shown(count), "mean": shown(total / count)}),)


READERS: Mapping[str, Callable[[Family], Reading]] = {
    "counter": _counter,
    "gauge": _gauge,
    "histogram": _histogram,
    "summary": _summary,
    "info": _info,
    "stateset": _stateset,
    "gaugehistogram": _gauge_histogram,
}
