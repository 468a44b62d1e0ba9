"""What a change of spec.replicas does to the ReplicaSets, in the middle of a rollout or not."""

from collections.abc import Iterator
from typing import Literal

from app.widgets.rolling_update.state import Deployment, ReplicaSet

Way = Literal["one-active", "saturated", "proportional", "annotate"]


def scale(deployment: Deployment) -> Iterator[tuple[Deployment, Way, dict[str, int]]]:
    """What a change of spec.replicas, or any sync of a paused Deployment, does. sync.go, scale, v1.37.0."""
    active = [rs for rs in deployment.sets if rs.spec > 0]
    if len(active) < 2:
        # Without any pods the newest ReplicaSet grows: the current one if it exists.
        only = active[0] if active else deployment.new if deployment.new.exists else deployment.old
        if only.spec != deployment.replicas:
            sums = {"count": deployment.replicas, "revision": only.revision}
            yield deployment.told(only.revision, deployment.replicas), "one-active", sums
    elif _is_saturated(deployment):
        yield deployment.told(deployment.old.revision, 0), "saturated", {"count": deployment.old.spec}
    elif deployment.strategy == "RollingUpdate":
        yield from _scale_in_proportion(deployment)


def _is_saturated(deployment: Deployment) -> bool:
    new = deployment.new
    return new.spec == new.desired == new.available == deployment.replicas


def _scale_in_proportion(deployment: Deployment) -> Iterator[tuple[Deployment, Way, dict[str, int]]]:
    """All ReplicaSets keep their share of what is allowed; what rounding leaves goes to the largest."""
    allowed = deployment.max_total if deployment.replicas > 0 else 0
    to_add = allowed - deployment.total
    ordered = _by_size(deployment.sets, newer_first=to_add > 0)
    sizes, added = {}, 0
    for rs in ordered:
        share = share_of(rs, deployment, allowed, to_add, added)
        sizes[rs.revision] = rs.spec + share
        added += share
    largest = ordered[0].revision
    sizes[largest] = max(0, sizes[largest] + to_add - added)
    scaled = deployment
    for revision, size in sizes.items():
        scaled = scaled.told(revision, size)
    if scaled != deployment:
        sums = {"allowed": allowed, "total": deployment.total, "add": to_add}
        for rs in deployment.sets:
            sums |= {f"from{rs.revision}": rs.spec, f"to{rs.revision}": sizes[rs.revision]}
            sums[f"base{rs.revision}"] = rs.largest or deployment.total
        yield scaled, "proportional" if to_add else "annotate", sums


def share_of(rs: ReplicaSet, deployment: Deployment, allowed: int, to_add: int, added: int) -> int:
    """GetReplicaSetProportion: the part of `to_add` that falls to one ReplicaSet, at most what is left.

    pkg/controller/deployment/util/deployment_util.go, v1.37.0.
    """
    left = to_add - added
    if left == 0:
        return 0
    if deployment.replicas == 0:
        fraction = -rs.spec
    else:
        fraction = half_away(rs.spec * allowed, rs.largest or deployment.total) - rs.spec
    return min(fraction, left) if to_add > 0 else max(fraction, left)


def half_away(number: int, divisor: int) -> int:
    """A positive quotient, rounded half away from zero as RoundToInt32 does."""
    return (2 * number + divisor) // (2 * divisor)


def _by_size(sets: tuple[ReplicaSet, ReplicaSet], *, newer_first: bool) -> list[ReplicaSet]:
    sign = -1 if newer_first else 1
    return sorted(sets, key=lambda rs: (-rs.spec, sign * rs.revision))
