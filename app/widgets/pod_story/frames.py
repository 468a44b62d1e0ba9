"""The story on the cluster's stage: a frame for each fact with its time, in the order of their times.

Times in objects, ages of events and conditions are put on one scale as far as the paste allows it. What nobody wrote
down but must have happened is a frame of its own that says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from app.kube.frame import Event, Frame
from app.kube.say import Say
from app.kube.story.table import human_duration
from app.kube.transcript.age import read_time
from app.kube.transcript.fact import ContainerFact, EventFact
from app.kube.transcript.text import Quote
from app.record import dataclass
from app.widgets.pod_story.judge import Judged
from app.widgets.pod_story.view import View

MOST = 40
"""Frames that a story has at most: the first ones and the last ones are kept."""
EVENTS_KEPT_S = 3600  # kube-apiserver --event-ttl, 1 h

Way = tuple[str, str, str]


@dataclass(frozen=True)
class StoryFrame(Frame):
    """A frame with the line that it is read from, 0 when it is inferred; `ago` is how long before now, as printed."""

    line: int = 0
    quote: str = ""
    ago: str = ""
    inferred: bool = False


@dataclass(frozen=True)
class Fact:
    """Something that happened: `ago` in seconds before now, None where the paste has no time for it."""

    key: str
    way: Way
    say: Say
    ago: float | None
    quote: Quote | None
    rank: int = 0
    event: EventFact | None = None


# Reason of an event: its step, who does it, with whom.
_STEPS: Mapping[str, Way] = {
    "Scheduled": ("bound", "scheduler", "api"),
    "FailedScheduling": ("unplaced", "scheduler", "api"),
    "Preempted": ("preempted", "scheduler", "api"),
    "NotTriggerScaleUp": ("unplaced", "controller", "api"),
    "TriggeredScaleUp": ("scaled", "controller", "api"),
    "SuccessfulCreate": ("created", "controller", "api"),
    "FailedCreate": ("refused", "controller", "api"),
    "ScalingReplicaSet": ("scaled", "controller", "api"),
    "SuccessfulDelete": ("deleted", "controller", "api"),
    "TaintManagerEviction": ("evicted", "controller", "api"),
    "NodeNotReady": ("node-lost", "controller", "api"),
    "Evicted": ("evicted", "kubelet", "pod"),
    "FailedMount": ("mount-failed", "kubelet", "api"),
    "FailedAttachVolume": ("mount-failed", "controller", "api"),
    "SuccessfulAttachVolume": ("attached", "controller", "api"),
    "FailedCreatePodSandBox": ("sandbox-failed", "runtime", "cni"),
    "NetworkNotReady": ("sandbox-failed", "runtime", "cni"),
    "SandboxChanged": ("sandbox-failed", "kubelet", "runtime"),
    "Pulling": ("pulling", "runtime", "registry"),
    "Pulled": ("pulled", "kubelet", "runtime"),
    "Created": ("made", "runtime", "pod"),
    "Started": ("started", "runtime", "pod"),
    "Killing": ("killed", "kubelet", "runtime"),
    "Unhealthy": ("probe-failed", "kubelet", "pod"),
    "BackOff": ("waits", "kubelet", "kubelet"),
    "InspectFailed": ("pull-failed", "kubelet", "runtime"),
    "ErrImageNeverPull": ("pull-failed", "kubelet", "runtime"),
    "FailedPostStartHook": ("hook-failed", "kubelet", "pod"),
    "FailedPreStopHook": ("hook-failed", "kubelet", "pod"),
    "SystemOOM": ("oom", "kubelet", "pod"),
}
_BY_SOURCE: Mapping[str, Way] = {
    "default-scheduler": ("said", "scheduler", "api"),
    "kubelet": ("said", "kubelet", "api"),
}


def tell(view: View, judged: Judged) -> tuple[StoryFrame, ...]:
    """All frames: what happened, what must have, and at the end who must act now."""
    facts = sorted(_facts(view), key=lambda fact: (-(fact.ago if fact.ago is not None else 1e12), fact.rank))
    if len(facts) > MOST:
        facts = [*facts[: MOST // 2], *facts[-MOST // 2 :]]
    oldest = max((fact.ago for fact in facts if fact.ago is not None), default=0.0)
    frames: list[StoryFrame] = []
    for fact in facts:
        frames.append(_frame(len(frames) + 1, fact, oldest))
    frames.append(_now(len(frames) + 1, judged, oldest))
    return tuple(frames)


def _frame(step: int, fact: Fact, oldest: float) -> StoryFrame:
    key, actor, to = fact.way
    at_s = 0.0 if fact.ago is None else round(oldest - fact.ago, 3)
    inferred = fact.quote is None
    event = fact.event
    return StoryFrame(
        step=step,
        key=key,
        actor=actor,
        say=fact.say,
        actors={actor: "acts"},
        from_=actor if to != actor else None,
        to=to if to != actor else None,
        events=(Event(event.type, event.reason, event.source, event.message),) if event else (),
        at_s=at_s,
        line=fact.quote.line if fact.quote else 0,
        quote=fact.quote.quote if fact.quote else "",
        ago="" if fact.ago is None else human_duration(fact.ago),
        inferred=inferred,
    )


def _now(step: int, judged: Judged, oldest: float) -> StoryFrame:
    fine = judged.rule.code in ("healthy", "completed")
    quote = judged.evidence[0] if judged.evidence else None
    return StoryFrame(
        step=step,
        key="now",
        actor=judged.rule.actor,
        say=Say(f"why.{judged.rule.id}", judged.values),
        actors={judged.rule.actor: "fine" if fine else "must-act"},
        at_s=round(oldest, 3),
        line=quote.line if quote else 0,
        quote=quote.quote if quote else "",
        ago="0s",
        inferred=judged.sure != "proved",
    )


@dataclass(frozen=True)
class Clock:
    """Turns times of the paste into ages: `now` is its newest time, `shift` how long before the paste that was."""

    now: datetime | None
    shift: float

    def ago(self, text: str) -> float | None:
        at = read_time(text)
        return None if at is None or self.now is None else (self.now - at).total_seconds() + self.shift


def _clock(view: View) -> Clock:
    now = read_time(view.case.now)
    if now is None or any(event.at for event in view.events):
        return Clock(now, 0.0)
    # A container's start is told twice: as a time in its state and as the age of its event.
    ages = [e.last for e in view.events if e.reason == "Started" and e.last is not None]
    texts = [text for it in view.containers if not it.init for text in (it.started, it.last_started)]
    starts = [at for text in texts if (at := read_time(text))]
    if ages and starts:
        return Clock(now, max(0.0, min(ages) - (now - max(starts)).total_seconds()))
    placed = [e.last for e in view.events if e.reason == "Scheduled" and e.last is not None]
    began = read_time(view.pod.created)
    if placed and began:
        return Clock(now, max(0.0, placed[0] - (now - began).total_seconds()))
    return Clock(now, 0.0)


def _facts(view: View) -> Iterator[Fact]:
    clock = _clock(view)
    yield from _of_pod(view, clock)
    for event in view.events:
        yield from _of_events(event)
    owner = view.pod.name.rpartition("-")[0]
    for event in view.others:
        is_owner = bool(event.name) and owner.startswith(event.name)
        is_node = event.kind == "Node" and event.name == view.node_name
        if event.kind not in ("Pod", "") and (not view.pod.name or is_owner or is_node):
            yield from _of_events(event)
    for at, verb, under, user, name, quote in view.case.audits:
        if name in ("", view.pod.name):
            what = f"{verb} pods/{under}" if under else f"{verb} pods"
            say = Say("say.audit", {"what": what, "user": user})
            yield Fact("audit", ("audit", "api", "etcd"), say, clock.ago(at), quote)


def _of_events(event: EventFact) -> Iterator[Fact]:
    """One that was counted happened at least twice: when it was first seen, and last."""
    fact = _of_event(event)
    if event.count > 1 and event.first is not None and event.last is not None and event.first > event.last:
        yield replace(fact, ago=event.first, say=Say("say.event-first", fact.say.values))
    yield fact


def _of_event(event: EventFact) -> Fact:
    way = _STEPS.get(event.reason)
    if way is None:
        source = event.source.partition(",")[0]
        if event.reason == "Failed":
            is_pull = "ull" in event.chunk.squashed
            way = ("pull-failed", "runtime", "registry") if is_pull else ("start-failed", "runtime", "pod")
        else:
            way = _BY_SOURCE.get(source, ("said", "controller" if "controller" in source else "kubelet", "api"))
    values = {"reason": event.reason, "message": event.message[:300], "count": event.count}
    say = Say("say.event-again" if event.count > 1 else "say.event", values)
    return Fact(event.reason, way, say, event.last, event.chunk.quote(), 5, event)


def _of_pod(view: View, clock: Clock) -> Iterator[Fact]:
    """What the Pod's own fields tell, and what must have happened for them to be so."""
    pod = view.pod
    reasons = {event.reason for event in view.events}
    is_there = bool(pod.name and (pod.described or pod.stored or pod.column))
    if pod.stored and pod.created:
        yield Fact(
            "create", ("created", "api", "etcd"), Say("say.created"), clock.ago(pod.created), pod.where.get("name"), 0
        )
    elif is_there:
        yield Fact("create", ("created", "api", "etcd"), Say("say.must-created"), pod.age, None, 0)
    if view.node_name and "Scheduled" not in reasons:
        placed = pod.conditions.get("PodScheduled")
        at = clock.ago(placed.at) if placed and placed.at else None
        yield Fact("bind", ("bound", "scheduler", "api"), Say("say.must-bound", {"node": view.node_name}), at, None, 1)
    for name, found in pod.conditions.items():
        if found.at and name != "PodScheduled":
            values = {"type": name, "status": found.status, "reason": found.reason}
            say = Say("say.condition-why" if found.reason else "say.condition", values)
            yield Fact(name, ("condition", "kubelet", "api"), say, clock.ago(found.at), found.quote, 6)
    for it in pod.containers:
        yield from _of_container(it, clock, "Started" not in reasons)
    if pod.has_events is False and not view.events and _is_old(view, clock):
        yield Fact("gap", ("gap", "api", "etcd"), Say("say.gap"), None, None, 7)
    if pod.deleting:
        ago = pod.deleting_for if pod.deleting_for is not None else clock.ago(pod.deleted_at)
        yield Fact("delete", ("deleted", "api", "etcd"), Say("say.deleted"), ago, pod.where.get("deleting"), 8)


def _of_container(it: ContainerFact, clock: Clock, must_start: bool) -> Iterator[Fact]:
    if must_start and it.last_state == "terminated" and it.last_started:
        quote = it.where.get("last.started")
        yield Fact(
            "start",
            ("started", "runtime", "pod"),
            Say("say.started", {"container": it.name}),
            clock.ago(it.last_started),
            quote,
            4,
        )
    for state, reason, code, at, which in (
        (it.last_state, it.last_reason, it.last_exit, it.last_finished, "last"),
        (it.state, it.reason, it.exit_code, it.finished, "state"),
    ):
        if state == "terminated":
            values = {"container": it.name, "exit": "?" if code is None else code, "reason": reason or "-"}
            quote = it.where.get(f"{which}.exit code") or it.where.get(which)
            yield Fact("end", ("ended", "pod", "kubelet"), Say("say.ended", values), clock.ago(at), quote, 5)
    if it.state == "running" and it.started and must_start:
        quote = it.where.get("state.started")
        yield Fact(
            "start",
            ("started", "runtime", "pod"),
            Say("say.started", {"container": it.name}),
            clock.ago(it.started),
            quote,
            4,
        )
    if it.state == "waiting" and it.reason and it.reason not in ("ContainerCreating", "PodInitializing"):
        values = {"container": it.name, "reason": it.reason}
        quote = it.where.get("state.reason") or it.where.get("state")
        yield Fact("wait", ("waits", "kubelet", "kubelet"), Say("say.waits", values), 0.0, quote, 9)


def _is_old(view: View, clock: Clock) -> bool:
    """Whether the Pod is older than the API server keeps events, or may be."""
    age = view.pod.age if view.pod.age is not None else clock.ago(view.pod.created)
    return age is None or age > EVENTS_KEPT_S
