"""The room `rolling-update`: the sums of maxSurge and maxUnavailable, and the path that follows."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Annotated, Any

from pydantic import Field

from app.kube.paste.passed import PassedOver, groups
from app.kube.validation.default import Filled, listed
from app.kube.validation.workload import PROGRESS_DEADLINE_S
from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Line, Refusal, Say, Widget
from app.widgets.rolling_update.drawing import Drawing, draw
from app.widgets.rolling_update.fencepost import read_fenceposts
from app.widgets.rolling_update.model import (
    Ended,
    Event,
    Running,
    Step,
    Then,
    begin,
    ending,
    roll_out,
    running,
)
from app.widgets.rolling_update.on_place import Limits, Turn, limits_of, replace_pods
from app.widgets.rolling_update.reading import Autoscaler, Kind, Read, Wanted, read_deployment, read_manifest
from app.widgets.rolling_update.state import Deployment, Strategy

MOST_PODS = 10_000
MOST_STEPS = 5_000
SHOWN_FIRST, SHOWN_LAST = 60, 12


class Inputs(Form):
    replicas: int = 10
    max_surge: Annotated[str, Line(6)] = "25%"
    max_unavailable: Annotated[str, Line(6)] = "25%"
    strategy: Strategy = "RollingUpdate"
    image_ok: bool = True
    old_broken: Annotated[int, Field(ge=0)] = 0
    then: Then = "nothing"
    after: Annotated[int, Field(ge=0)] = 0
    scale_to: Annotated[int, Field(ge=0)] = 20
    manifest: Annotated[str, Area(rows=9)] = ""


@dataclass(frozen=True)
class Frame:
    """Where the two ReplicaSets stand after a step, and what the controller reckoned to get there."""

    old: int
    old_available: int
    new: int
    new_available: int
    why: str
    because: Say
    sync: int
    available: int
    total: int
    min_available: int
    max_total: int


@dataclass(frozen=True)
class Outcome:
    """`unavailable` is what the percentage comes to; `unavailable_used` is at most the desired pods."""

    replicas: int
    strategy: Strategy
    surge: int
    unavailable: int
    unavailable_used: int
    min_available: int
    max_total: int
    stuck: bool
    ended: Ended
    lowest: int
    highest: int
    waves: int
    syncs: int
    verdict: Say
    why: Say
    sums: tuple[Say, ...]
    frames: tuple[Frame, ...]
    first: tuple[Frame, ...]
    last: tuple[Frame, ...]
    hidden: int
    drawing: Drawing
    kind: Kind
    max_running: int
    max_running_at_worst: int
    filled: tuple[Filled, ...]
    autoscaler: Autoscaler | None
    notes: tuple[Say, ...]
    passed_over: tuple[PassedOver, ...]


def run(inputs: Inputs) -> Outcome:
    read = read_manifest(inputs.manifest, inputs.replicas) if inputs.manifest.strip() else None
    if read and read.kind != "Deployment":
        return _replaced(read, inputs)
    wanted = read_deployment(read) if read else _wanted(inputs)
    for field, pods in (("replicas", wanted.replicas), ("scale_to", inputs.scale_to)):
        if not 0 <= pods <= MOST_PODS:
            raise Refusal("rollout-pods", field=field, count=pods, limit=MOST_PODS)
    start = begin(
        wanted.replicas, wanted.posts, wanted.strategy, image_ok=inputs.image_ok, old_broken=inputs.old_broken
    )
    event = Event(inputs.then, inputs.after, inputs.scale_to)
    steps = list(islice(roll_out(replace(start, paused=wanted.paused), event), MOST_STEPS + 1))
    if len(steps) > MOST_STEPS:
        raise Refusal("rollout-steps", field="max_surge", limit=MOST_STEPS)
    frames = tuple(_frame(step) for step in steps)
    resolved = wanted.posts.of(wanted.replicas)
    rolls = wanted.strategy == "RollingUpdate"
    end = steps[-1].deployment
    ended = ending(end)
    lowest, highest = min(f.available for f in frames), max(f.total for f in frames)
    waves = sum(f.why == "ready" for f in frames)
    hidden = max(0, len(frames) - SHOWN_FIRST - SHOWN_LAST)
    all_running = running(steps)
    return Outcome(
        replicas=wanted.replicas,
        strategy=wanted.strategy,
        surge=resolved.surge if rolls else 0,
        unavailable=resolved.unavailable if rolls else 0,
        unavailable_used=start.unavailable,
        min_available=start.min_available,
        max_total=start.max_total,
        stuck=ended == "stuck",
        ended=ended,
        lowest=lowest,
        highest=highest,
        waves=waves,
        syncs=steps[-1].sync,
        verdict=_verdict(end, ended, lowest, highest),
        why=Say(f"why.{ended}", {"waves": waves, "syncs": steps[-1].sync, "deadline": wanted.deadline_s}),
        sums=_sums(wanted, start),
        frames=frames,
        first=frames[:SHOWN_FIRST] if hidden else frames,
        last=frames[-SHOWN_LAST:] if hidden else (),
        hidden=hidden,
        drawing=draw(frames),
        kind="Deployment",
        max_running=all_running.most,
        max_running_at_worst=all_running.at_worst,
        filled=read.filled if read else (),
        autoscaler=read.autoscaler if read else None,
        notes=(*_running_notes(all_running, highest, wanted), *_notes(read, wanted)),
        passed_over=read.passed_over if read else (),
    )


def _running_notes(all_running: Running, highest: int, wanted: Wanted) -> tuple[Say, ...]:
    if wanted.strategy == "Recreate" or all_running.most == highest:
        return ()
    values = {"most": all_running.most, "worst": all_running.at_worst, "highest": highest}
    return (Say("note.terminating", values),)


def _notes(read: Read | None, wanted: Wanted | None) -> Iterator[Say]:
    """What the text says besides, and what was filled in or left out."""
    if read is None:
        return
    scaler = read.autoscaler
    if scaler and wanted:
        values: dict[str, Any] = {"name": scaler.name, "replicas": wanted.replicas}
        for end, pods in (("least", scaler.least), ("most", scaler.most)):
            resolved = wanted.posts.of(pods)
            values |= {end: pods, f"{end}_surge": resolved.surge, f"{end}_unavailable": resolved.unavailable}
        written = "replicas" in read.spec
        yield Say("note.autoscaler.written" if written else "note.autoscaler.unwritten", values)
    if read.filled:
        yield Say("defaults.filled", {"list": listed(read.filled)})
    for group in groups(read.passed_over):
        yield Say(f"passed.{group.reason}", {"count": group.number, "kind": group.kind, "names": group.names})


def _replaced(read: Read, inputs: Inputs) -> Outcome:
    """A DaemonSet or StatefulSet: Pods replaced in place. A DaemonSet has one on each of `replicas` nodes."""
    limits = limits_of(read, inputs.replicas)
    if not 0 <= limits.pods <= MOST_PODS:
        raise Refusal("rollout-pods", field="replicas", count=limits.pods, limit=MOST_PODS)
    turns = list(islice(replace_pods(limits, image_ok=inputs.image_ok), MOST_STEPS + 1))
    if len(turns) > MOST_STEPS:
        raise Refusal("rollout-steps", field="manifest", limit=MOST_STEPS)
    least = limits.pods if limits.surge else max(0, limits.pods - limits.unavailable)
    frames = tuple(_turn_frame(turn, limits, least) for turn in turns)
    last = turns[-1]
    is_done = last.old == limits.kept and last.new_available == limits.pods - limits.kept
    ended: Ended = "on-delete" if limits.is_manual else "complete" if is_done else "stuck"
    lowest, highest = min(f.available for f in frames), max(f.total for f in frames)
    waves = sum(f.why == "ready" for f in frames)
    hidden = max(0, len(frames) - SHOWN_FIRST - SHOWN_LAST)
    values = {"old": last.old, "new": last.new, "available": frames[-1].available}
    verdict = (
        Say("verdict.complete", {"lowest": lowest, "highest": highest}) if is_done else Say(f"verdict.{ended}", values)
    )
    return Outcome(
        replicas=limits.pods,
        strategy="RollingUpdate",
        surge=limits.surge,
        unavailable=limits.unavailable,
        unavailable_used=min(limits.unavailable, limits.pods),
        min_available=least,
        max_total=limits.pods + limits.surge,
        stuck=ended == "stuck",
        ended=ended,
        lowest=lowest,
        highest=highest,
        waves=waves,
        syncs=last.sync,
        verdict=verdict,
        why=Say(f"why.{read.kind}.{ended}", {"waves": waves, "name": read.name}),
        sums=(_replaced_sum(read, limits),),
        frames=frames,
        first=frames[:SHOWN_FIRST] if hidden else frames,
        last=frames[-SHOWN_LAST:] if hidden else (),
        hidden=hidden,
        drawing=draw(frames),
        kind=read.kind,
        max_running=highest,
        max_running_at_worst=highest,
        filled=read.filled,
        autoscaler=read.autoscaler,
        notes=tuple(_notes(read, None)),
        passed_over=read.passed_over,
    )


def _replaced_sum(read: Read, limits: Limits) -> Say:
    values = {"pods": limits.pods, "unavailable": limits.unavailable, "surge": limits.surge, "kept": limits.kept}
    return Say(f"sum.{read.kind}", values)


def _turn_frame(turn: Turn, limits: Limits, least: int) -> Frame:
    return Frame(
        old=turn.old,
        old_available=turn.old,
        new=turn.new,
        new_available=turn.new_available,
        why=turn.why,
        because=Say(f"because.{turn.why}", {"count": turn.count}),
        sync=turn.sync,
        available=turn.old + turn.new_available,
        total=turn.old + turn.new,
        min_available=least,
        max_total=limits.pods + limits.surge,
    )


def _wanted(inputs: Inputs) -> Wanted:
    return Wanted(
        name="",
        replicas=inputs.replicas,
        posts=read_fenceposts(inputs.max_surge, inputs.max_unavailable),
        strategy=inputs.strategy,
        paused=False,
        deadline_s=PROGRESS_DEADLINE_S,
    )


def _frame(step: Step) -> Frame:
    deployment = step.deployment
    old, new = deployment.sets
    return Frame(
        old=old.spec,
        old_available=old.available,
        new=new.spec,
        new_available=new.available,
        why=step.why,
        because=Say(f"because.{step.why}", step.sums),
        sync=step.sync,
        available=deployment.available,
        total=deployment.total,
        min_available=deployment.min_available,
        max_total=deployment.max_total,
    )


def _verdict(end: Deployment, ended: Ended, lowest: int, highest: int) -> Say:
    if ended == "complete":
        return Say("verdict.complete", {"lowest": lowest, "highest": highest})
    old, new = end.sets
    return Say(f"verdict.{ended}", {"old": old.spec, "new": new.spec, "available": end.available})


def _sums(wanted: Wanted, start: Deployment) -> tuple[Say, ...]:
    if wanted.strategy == "Recreate":
        return (Say("sum.recreate", {}),)
    posts, resolved = wanted.posts, wanted.posts.of(wanted.replicas)
    values: dict[str, Any] = {
        "replicas": wanted.replicas,
        "surge": resolved.surge,
        "unavailable": resolved.unavailable,
        "surge_number": posts.max_surge.number,
        "unavailable_number": posts.max_unavailable.number,
        "used": start.unavailable,
        "least": start.min_available,
        "most": start.max_total,
    }
    sums = [
        Say("sum.surge.percent" if posts.max_surge.is_percent else "sum.surge.number", values),
        Say("sum.forced", values)
        if resolved.forced
        else Say(
            "sum.unavailable.percent" if posts.max_unavailable.is_percent else "sum.unavailable.number",
            values,
        ),
    ]
    if start.unavailable != resolved.unavailable:
        sums.append(Say("sum.clamped", values))
    return (*sums, Say("sum.least", values), Say("sum.most", values))


_ROLLING = "kubernetes v1.37.0, pkg/controller/deployment/rolling.go"
_FENCES = "kubernetes v1.37.0, pkg/controller/deployment/util/deployment_util.go, ResolveFenceposts"
_SCALE = "kubernetes v1.37.0, pkg/controller/deployment/sync.go, scale"

WIDGET = Widget(
    slug="rolling-update",
    form=Inputs,
    run=run,
    subject="deployment-creation",
    prints=("verdict", "why", "sums", "frames"),
    examples=(
        Example(
            "ten-pods",
            {},
            {
                "surge": 3,
                "unavailable": 2,
                "min_available": 8,
                "max_total": 13,
                "waves": 2,
                "lowest": 8,
                "highest": 13,
                "frames.scale-down.old": 8,
                "frames.scale-up.new": 5,
            },
            _ROLLING,
        ),
        Example(
            "bad-image",
            {"image_ok": False},
            {"stuck": True, "frames.scale-up.old": 8, "frames.scale-up.new": 5, "lowest": 8, "waves": 0},
            _ROLLING,
        ),
        Example(
            "undo-bad-image",
            {"image_ok": False, "then": "undo"},
            {"ended": "complete", "frames.undo.new": 5, "frames.clean-up.new": 0, "lowest": 8},
            _ROLLING,
        ),
        Example(
            "one-pod",
            {"replicas": 1},
            {"surge": 1, "unavailable": 0, "min_available": 1, "lowest": 1, "highest": 2},
            _FENCES,
        ),
        Example(
            "no-surge",
            {"replicas": 3, "max_surge": "0", "max_unavailable": "1"},
            {"lowest": 2, "highest": 3, "waves": 3, "syncs": 6},
            _ROLLING,
        ),
        Example(
            "both-round-to-zero",
            {"replicas": 10, "max_surge": "0%", "max_unavailable": "1%"},
            {"surge": 0, "unavailable": 1, "min_available": 9, "waves": 10},
            _FENCES,
        ),
        Example(
            "scale-while-rolling",
            {"then": "scale", "after": 4, "scale_to": 20},
            {"frames.proportional.old": 15, "frames.proportional.new": 10, "ended": "complete"},
            _SCALE,
        ),
        Example(
            "recreate",
            {"replicas": 3, "strategy": "Recreate"},
            {"lowest": 0, "highest": 3, "surge": 0, "frames.recreate-down.old": 0, "waves": 1},
            "kubernetes v1.37.0, pkg/controller/deployment/recreate.go",
        ),
    ),
)
