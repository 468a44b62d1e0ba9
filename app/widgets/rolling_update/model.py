"""How the deployment controller rolls out: its fenceposts, and what each sync does to the ReplicaSets."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from app.record import dataclass
from app.widgets.rolling_update.fencepost import Fenceposts
from app.widgets.rolling_update.scaling import Way, scale
from app.widgets.rolling_update.state import EVERY, Deployment, ReplicaSet, Strategy

Then = Literal["nothing", "undo", "scale", "pause", "pause-and-scale"]
Act = Literal[
    "start",
    "create",
    "scale-up",
    "clean-up",
    "scale-down",
    "ready",
    "recreate-down",
    "recreate-up",
    "undo",
    "scale",
    "pause",
]
Why = Act | Way
Ended = Literal["complete", "stuck", "paused", "on-delete"]


@dataclass(frozen=True)
class Step:
    """The state after one thing has happened, in which sync of the controller, and the numbers it used."""

    deployment: Deployment
    why: Why
    sync: int
    sums: dict[str, int]


@dataclass(frozen=True)
class Event:
    """Something that the user does after `after` steps; 0: when nothing more would happen."""

    then: Then
    after: int
    scale_to: int


Change = tuple[Deployment, Why, dict[str, int]]


def begin(replicas: int, posts: Fenceposts, strategy: Strategy, *, image_ok: bool, old_broken: int) -> Deployment:
    """A Deployment at rest with revision 1, whose template has just been changed to revision 2."""
    largest = replicas + (posts.of(replicas).surge if strategy == "RollingUpdate" else 0)
    broken = min(old_broken, replicas)
    return Deployment(
        replicas=replicas,
        posts=posts,
        strategy=strategy,
        sets=(
            ReplicaSet(1, replicas, replicas - broken, broken, replicas, largest),
            ReplicaSet(2, 0, 0, 0 if image_ok else EVERY, 0, 0, exists=False),
        ),
    )


def roll_out(deployment: Deployment, event: Event) -> Iterator[Step]:
    """Every step until nothing more happens. Pods turn available only when the controller is idle."""
    yield Step(deployment, "start", 0, {})
    sync, count, waiting = 0, 1, event.then != "nothing"
    while True:
        changes: list[Change] = []
        if waiting and 0 < event.after <= count:
            waiting, changes = False, [_happen(deployment, event)]
        elif changes := list(_sync(deployment)):
            sync += 1
        elif any(rs.pending for rs in deployment.sets):
            changes = [_ready(deployment)]
        elif waiting:
            waiting, changes = False, [_happen(deployment, event)]
        if not changes:
            return
        for deployment, why, sums in changes:
            yield Step(deployment, why, sync, sums)
        count += len(changes)


@dataclass(frozen=True)
class Running:
    """The most Pods that exist at once, those that are terminating with them."""

    most: int
    """When Pods become available one by one, and one that is told to end is gone before the next is available."""
    at_worst: int
    """When none that is told to end is gone before the rollout is over."""


def running(steps: Sequence[Step]) -> Running:
    """Terminating Pods are in no count of the controller: not in replicas, nor in what may exist.

    ReplicaSets and Deployments leave them out (pkg/controller/deployment/sync.go counts spec.replicas). A Job's
    podReplacementPolicy has no counterpart in a Deployment's spec; status.terminatingReplicas only counts them
    (DeploymentReplicaSetTerminatingReplicas, on since 1.35).
    """
    most = at_worst = ended = leaving = 0
    has_waited = False
    before: Step | None = None
    for step in steps:
        deployment = step.deployment
        gone = 0
        if before is not None:
            gone = sum(max(0, a.spec - b.spec) for a, b in zip(before.deployment.sets, deployment.sets, strict=True))
        if step.why == "ready":
            leaving, has_waited = 0, True
        elif deployment.strategy == "RollingUpdate":
            # Once Pods have become available, one by one, each lets one old Pod go.
            leaving += min(gone, 1) if has_waited and step.why == "scale-down" else gone
            ended += gone
        most = max(most, deployment.total + leaving)
        at_worst = max(at_worst, deployment.total + ended)
        before = step
    return Running(most, at_worst)


def ending(deployment: Deployment) -> Ended:
    """How a rollout stands when nothing more happens."""
    if deployment.is_complete:
        return "complete"
    return "paused" if deployment.paused else "stuck"


def _ready(deployment: Deployment) -> Change:
    became = sum(rs.pending for rs in deployment.sets)
    sets = tuple(replace(rs, available=rs.available + rs.pending) for rs in deployment.sets)
    return replace(deployment, sets=(sets[0], sets[1])), "ready", {"count": became}


def _happen(deployment: Deployment, event: Event) -> Change:
    changed = deployment
    if event.then == "undo":
        # `kubectl rollout undo` writes the older template back: its ReplicaSet is the new one from now on.
        changed = replace(changed, current=1)
        return changed, "undo", {}
    if event.then != "scale":
        changed = replace(changed, paused=True)
    if event.then == "pause":
        return changed, "pause", {}
    return (
        replace(changed, replicas=event.scale_to),
        "scale",
        {"from": deployment.replicas, "to": event.scale_to},
    )


def decided(deployment: Deployment) -> tuple[Step, ...]:
    """What the controller does in its next sync; nothing when it has to wait."""
    return tuple(Step(after, why, 1, sums) for after, why, sums in _sync(deployment))


def _sync(deployment: Deployment) -> Iterator[Change]:
    """One sync. pkg/controller/deployment/deployment_controller.go, syncDeployment, v1.37.0."""
    active = [rs for rs in deployment.sets if rs.spec > 0]
    if deployment.paused or any(rs.desired != deployment.replicas for rs in active):
        yield from scale(deployment)
    elif deployment.strategy == "Recreate":
        yield from _recreate(deployment)
    else:
        yield from _rolling(deployment)


def _rolling(deployment: Deployment) -> Iterator[Change]:
    """rolloutRolling: grow the new ReplicaSet, or else shrink the old.

    The new ReplicaSet is made with its size before that, and making it does not end the sync.
    pkg/controller/deployment/rolling.go, v1.37.0.
    """
    new = deployment.new
    if not new.exists:
        size, sums = new_replicas(deployment)
        deployment = deployment.told(new.revision, size)
        yield deployment, "create", sums
    elif new.spec < deployment.replicas:
        size, sums = new_replicas(deployment)
        if size != new.spec:
            yield deployment.told(new.revision, size), "scale-up", sums
            return
    yield from _shrink_old(deployment)


def new_replicas(deployment: Deployment) -> tuple[int, dict[str, int]]:
    """NewRSNewReplicas and its sums. pkg/controller/deployment/util/deployment_util.go, v1.37.0."""
    room = deployment.max_total - deployment.total
    missing = deployment.replicas - deployment.new.spec
    added = max(0, min(room, missing))
    sums = {
        "desired": deployment.replicas,
        "surge": deployment.surge,
        "total": deployment.total,
        "room": room,
        "missing": missing,
        "added": added,
    }
    return deployment.new.spec + added, sums


def _shrink_old(deployment: Deployment) -> Iterator[Change]:
    """reconcileOldReplicaSets: unhealthy pods first, then what availability allows; both in one sync."""
    old, new = deployment.old, deployment.new
    waiting = new.spec - new.available
    budget = deployment.total - deployment.min_available - waiting
    if old.spec == 0 or budget <= 0:
        return
    sums = {
        "total": deployment.total,
        "least": deployment.min_available,
        "waiting": waiting,
        "budget": budget,
    }
    unhealthy = min(budget, old.spec - old.available)
    if unhealthy > 0:
        deployment = deployment.told(old.revision, old.spec - unhealthy)
        yield deployment, "clean-up", {**sums, "count": unhealthy, "unhealthy": old.spec - old.available}
    spare = deployment.available - deployment.min_available
    if spare > 0 and deployment.old.spec > 0:
        count = min(spare, deployment.old.spec)
        sums |= {
            "available": deployment.available,
            "spare": spare,
            "has": deployment.old.spec,
            "count": count,
        }
        yield deployment.told(old.revision, deployment.old.spec - count), "scale-down", sums


def _recreate(deployment: Deployment) -> Iterator[Change]:
    """rolloutRecreate: the old pods go, all of them, before the first new one. recreate.go, v1.37.0."""
    old, new = deployment.old, deployment.new
    if old.spec > 0:
        yield deployment.told(old.revision, 0), "recreate-down", {"count": old.spec}
    elif new.spec != deployment.replicas or not new.exists:
        yield (
            deployment.told(new.revision, deployment.replicas),
            "recreate-up",
            {"count": deployment.replicas},
        )
