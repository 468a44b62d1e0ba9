"""Scores from resources: NodeResourcesFit with its three strategies, and NodeResourcesBalancedAllocation."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Literal

from app.record import dataclass
from app.widgets.scheduler_pick.snapshot import Node, Pod, is_scalar

Strategy = Literal["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"]
Shape = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Use:
    """One resource of a node with this pod on it; `score` is 0 to 100."""

    resource: str
    weight: int
    requested: int
    capacity: int
    score: int


@dataclass(frozen=True, slots=True)
class Balance:
    """How even the fractions are with and without the pod, 0 to 100 each."""

    with_pod: int
    without_pod: int
    score: int


def fit_score(
    pod: Pod, node: Node, strategy: Strategy, weights: Mapping[str, int], shape: Shape
) -> tuple[int, tuple[Use, ...]]:
    """The mean of the resources' scores, by weight.

    pkg/scheduler/framework/plugins/noderesources/, v1.37.0.
    """
    uses = []
    for resource, weight in weights.items():
        capacity = node.allocatable.get(resource, 0)
        asked = pod.scored.get(resource, 0)
        # An extended resource is scored only for pods that ask for it.
        if capacity == 0 or (asked == 0 and is_scalar(resource)):
            continue
        requested = node.scored.get(resource, 0) + asked
        uses.append(Use(resource, weight, requested, capacity, _score(requested, capacity, strategy, shape)))
    counted = [use for use in uses if strategy != "RequestedToCapacityRatio" or use.score > 0]
    total, weight = sum(use.score * use.weight for use in counted), sum(use.weight for use in counted)
    if weight == 0:
        return 0, tuple(uses)
    if strategy == "RequestedToCapacityRatio":
        # Rounded half away from zero, where the other two truncate.
        return (2 * total + weight) // (2 * weight), tuple(uses)
    return total // weight, tuple(uses)


def _score(requested: int, capacity: int, strategy: Strategy, shape: Shape) -> int:
    if strategy == "LeastAllocated":
        return 0 if requested > capacity else (capacity - requested) * 100 // capacity
    if strategy == "MostAllocated":
        return min(requested, capacity) * 100 // capacity
    return along_shape(100 if requested > capacity else requested * 100 // capacity, shape)


def along_shape(utilization: int, shape: Shape) -> int:
    """The score at a utilisation, linear between the points.

    helper/shape_score.go, BuildBrokenLinearFunction.
    """
    (x0, y0), *rest = [(x, y * 10) for x, y in shape]
    if utilization <= x0:
        return y0
    for x1, y1 in rest:
        if utilization <= x1:
            return y0 + _truncated((y1 - y0) * (utilization - x0), x1 - x0)
        x0, y0 = x1, y1
    return y0


def _truncated(number: int, divisor: int) -> int:
    """Go's division drops the fraction towards zero; Python's goes down."""
    return number // divisor if number >= 0 else -(-number // divisor)


def balance(pod: Pod, node: Node, resources: Sequence[str], *, by_change: bool) -> Balance | None:
    """How the pod changes the balance; none for a pod without requests. balanced_allocation.go, v1.37.0.

    `by_change`, since 1.36 (PR 135573): 50 + (50 + with − without) ÷ 2. Before: the balance with the pod.
    """
    if not any(pod.requests.get(resource, 0) for resource in resources):
        return None
    present, before, after = [], [], []
    for resource in resources:
        capacity, asked = node.allocatable.get(resource, 0), pod.requests.get(resource, 0)
        if capacity == 0 or (asked == 0 and is_scalar(resource)):
            continue
        used = node.requested.get(resource, 0)
        present.append(resource)
        before.append(_share(used, capacity))
        after.append(_share(used + asked, capacity))
    with_pod, without_pod = evenness(after), evenness(before)
    return Balance(with_pod, without_pod, 50 + (50 + with_pod - without_pod) // 2 if by_change else with_pod)


def evenness(fractions: Sequence[float]) -> int:
    """100 less the standard deviation in hundredths. balancedResourceScorer."""
    deviation = 0.0
    if len(fractions) == 2:
        deviation = abs((fractions[0] - fractions[1]) / 2)
    elif len(fractions) > 2:
        mean = sum(fractions) / len(fractions)
        deviation = sqrt(sum((fraction - mean) * (fraction - mean) for fraction in fractions) / len(fractions))
    return int((1 - deviation) * 100)


def _share(used: int, capacity: int) -> float:
    """From 0 to 1. Nobody asks for less than nothing, which the API server refuses; a pasted text may say so."""
    return 1.0 if used >= capacity else max(0, used) / capacity
