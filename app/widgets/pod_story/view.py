"""One Pod out of a paste: what concerns it, and what is overtaken by something later."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from itertools import accumulate

from app.kube.transcript.age import iso, read_time
from app.kube.transcript.describe import ASSIGNED
from app.kube.transcript.fact import Case, ContainerFact, EventFact, LogFact, NodeFact, OwnerFact, PodFact
from app.kube.transcript.read import quoted
from app.kube.transcript.text import Chunk, Quote
from app.record import dataclass

_IMAGE = re.compile(r"image\"?([^\"]{1,500})\"")

_RUNS = ("Created", "Started")
_OVERTAKEN: dict[str, tuple[str, ...]] = {
    "FailedScheduling": ("Scheduled",),
    "NotTriggerScaleUp": ("Scheduled",),
    "FailedBinding": ("ProvisioningSucceeded",),
    "ProvisioningFailed": ("ProvisioningSucceeded",),
    "FailedMount": ("Pulling", "Pulled", "FailedCreatePodSandBox", "FailedCreatePodSandbox", *_RUNS),
    "FailedAttachVolume": ("SuccessfulAttachVolume", "Pulling", "Pulled", *_RUNS),
    "FailedMapVolume": ("Pulling", "Pulled", *_RUNS),
    "FailedCreatePodSandBox": ("Pulling", "Pulled", *_RUNS),
    "FailedCreatePodSandbox": ("Pulling", "Pulled", *_RUNS),
    "NetworkNotReady": ("Pulling", "Pulled", *_RUNS),
    "InspectFailed": ("Pulled", *_RUNS),
    "ErrImageNeverPull": ("Pulled", *_RUNS),
    "FailedToRetrieveImagePullSecret": ("Pulled", *_RUNS),
    "FailedCreate": ("SuccessfulCreate",),
    "NodeNotReady": ("NodeReady",),
    "FailedKillPod": ("Pulling", "Pulled", "BackOff", *_RUNS),
    "FailedPrepareDynamicResources": ("FailedCreatePodSandBox", "Pulling", "Pulled", *_RUNS),
    "NodeHasDiskPressure": ("NodeHasNoDiskPressure",),
    "NodeHasInsufficientMemory": ("NodeHasSufficientMemory",),
    "NodeHasInsufficientPID": ("NodeHasSufficientPID",),
    "EvictionThresholdMet": ("NodeHasNoDiskPressure", "NodeHasSufficientMemory"),
    "Pulling": ("Pulled", "Failed", "BackOff", "Killing", *_RUNS),
    "FailedScaleUp": ("TriggeredScaleUp", "Scheduled"),
    "ResizeDeferred": ("ResizeStarted", "ResizeCompleted"),
    "ResizeInfeasible": ("ResizeStarted", "ResizeCompleted"),
    "ResizeError": ("ResizeCompleted",),
    "SyncLoadBalancerFailed": ("EnsuredLoadBalancer",),
    "CreatingLoadBalancerFailed": ("CreatedLoadBalancer", "EnsuredLoadBalancer"),
}
"""What an event reports is over once one of these came later, of the same object. No sandbox is made before all volumes
are mounted: kubernetes v1.37 pkg/kubelet/kubelet.go SyncPod."""

LOG_LINES = 400
"""Lines of logs that are held against the rules: the last ones."""


_KUBECTL = re.compile(r"^\s*Error from server\b")


def _is_refused(log: LogFact) -> bool:
    """Whether kubectl got no log and says why, so that nothing in it was written by the container."""
    first = next((line.text for line in log.chunk.lines if line.text.strip()), "")
    return bool(_KUBECTL.match(first))


@dataclass
class View:
    """A Pod with the events, node, controllers and logs that concern it; ages are seconds before the newest time."""

    case: Case
    pod: PodFact
    events: list[EventFact] = field(default_factory=list)
    others: list[EventFact] = field(default_factory=list)
    _overtaken: dict[int, bool] = field(default_factory=dict)

    @cached_property
    def node(self) -> NodeFact | None:
        name = self.node_name
        return next((each for each in self.case.nodes if each.name == name), None) if name else None

    @property
    def node_name(self) -> str:
        if self.pod.node:
            return self.pod.node
        for each in self.events:
            if each.reason == "Scheduled" and (match := ASSIGNED.search(each.message)):
                return match["node"]
        return ""

    @property
    def is_assigned(self) -> bool | None:
        """Whether it has a node; None when the paste does not say."""
        if self.node_name:
            return True
        latest = [e for e in self.events if e.reason in ("Scheduled", *_AFTER_NODE)]
        if latest:
            return True
        if self.pod.node == "" and self.pod.described:
            return False
        if any(_is_seen(it) for it in self.pod.containers):
            return True
        if self.pod.column and (self.pod.column in _ON_NODE or self.pod.column.startswith("Init:")):
            return True
        return False if self.pod.node == "" else None

    @cached_property
    def containers(self) -> list[ContainerFact]:
        return self.pod.containers

    @cached_property
    def log_lines(self) -> list[Chunk]:
        """What the Pod's containers wrote, a line each, the last first; those of another Pod are not its."""
        found = []
        for each in self.case.logs:
            if (
                not each.pod
                or not self.pod.name
                or each.pod in (self.pod.name, "deploy")
                or self.pod.name.startswith(each.pod)
            ) and not _is_refused(each):
                found += [Chunk((line,)) for line in each.chunk.lines[-LOG_LINES:] if line.text.strip()]
        return found[: -LOG_LINES - 1 : -1]

    @cached_property
    def by_reason(self) -> dict[str, list[EventFact]]:
        found: dict[str, list[EventFact]] = {}
        for each in (*self.events, *self.others):
            found.setdefault(each.reason, []).append(each)
        return found

    def beside(self, *kinds: str) -> Iterator[OwnerFact]:
        yield from (each for each in self.case.owners if each.kind in kinds)

    def is_overtaken(self, event: EventFact) -> bool:
        """Whether something later says that what the event reports is over."""
        if id(event) not in self._overtaken:
            self._overtaken[id(event)] = self._find_later(event)
        return self._overtaken[id(event)]

    def _find_later(self, event: EventFact) -> bool:
        later = _OVERTAKEN.get(event.reason, ())
        message = event.chunk.squashed
        if event.reason == "Killing" and "Stoppingcontainer" in message:
            later = ("Started",)
        if event.reason == "Failed":
            later = (
                ("Started",) if "ailedtopull" not in message and "ImagePull" not in message else ("Pulled", "Started")
            )
        elif event.reason == "BackOff" and "pullingimage" in message:
            later = ("Pulled", "Started")
        if not later or event.last is None:
            return False
        for other in (each for reason in later for each in self.by_reason.get(reason, ())):
            if other.last is None or not _is_later(other, event):
                continue
            if other.name != event.name and other.name and event.name:
                continue
            if other.container and event.container and other.container != event.container:
                continue
            mine, its = _IMAGE.search(message), _IMAGE.search(other.chunk.squashed)
            if mine and its and mine[1] != its[1]:
                continue
            if (
                event.reason in ("Failed", "BackOff")
                and other.reason == "Started"
                and event.count > 1
                and not mine
                and len(self.containers) > 1
            ):
                continue
            return True
        return False


def _is_seen(it: ContainerFact) -> bool:
    """Whether a kubelet wrote something of the container; kubectl 1.0 called one Waiting of which nothing was known."""
    return bool(it.last_state or it.reason or it.state not in ("", "waiting"))


_DESCRIBED = re.compile(r"^\s*(?:(?:Normal|Warning)\s|\S{1,20}\s+\S{1,20}\s+\d{1,9}\s+[{a-z])")
"""Rows of `describe`, of kubectl before 1.8 too, which sorted them as well."""


def _is_later(one: EventFact, other: EventFact) -> bool:
    """`describe` puts events in the order of their last time: kubectl v0.37 pkg/describe/describe.go DescribeEvents."""
    if one.last is None or other.last is None or one.last != other.last:
        return one.last is not None and other.last is not None and one.last < other.last
    rows = [each.chunk.lines[0].text for each in (one, other)]
    return one.order > other.order and all(_DESCRIBED.match(row) for row in rows)


_AFTER_NODE = frozenset(
    (
        *("Pulling", "Pulled", "Created", "Started", "BackOff", "FailedMount", "FailedCreatePodSandBox", "Killing"),
        *("Unhealthy", "FailedAttachVolume", "SandboxChanged", "SuccessfulAttachVolume"),
    )
)
_ON_NODE = frozenset(
    (
        *("Running", "ContainerCreating", "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "Completed", "Error"),
        *("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PodInitializing", "OOMKilled"),
        *("InvalidImageName", "ErrImageNeverPull", "NotReady", "PostStartHookError"),
    )
)


def view_of(case: Case, name: str = "") -> View | None:
    """The Pod of that name, or the one that is most in trouble; None when no Pod is spoken of and none is missing."""
    pods = [each for each in case.pods if not name or each.name == name]
    if name and not pods:
        return None
    _adopt_nameless(case)
    pods = [each for each in case.pods if not name or each.name == name]
    if not pods:
        pod = PodFact()
        case.pods.append(pod)
        pods = [pod]
    warned = _warned(case)
    logged = {each.pod for each in case.logs}
    dead = {node.name for node in case.nodes if node.ready not in ("", "True")}
    chosen = max(pods, key=lambda pod: _weight(pod, warned, logged, dead))
    quoted(case, chosen)
    return _made(case, chosen)


def _warned(case: Case) -> Counter[str]:
    """How many warnings there are of each Pod."""
    return Counter(each.name for each in case.events if each.type == "Warning" and each.kind in ("Pod", ""))


def in_trouble(case: Case) -> Iterator[PodFact]:
    """The Pods of which the paste tells something that is not well."""
    warned = _warned(case)
    return (pod for pod in case.pods if _is_in_trouble(pod, warned))


def _is_in_trouble(pod: PodFact, warned: Mapping[str, int]) -> bool:
    known = pod.column or pod.phase or pod.containers or warned.get(pod.name) or pod.deleting
    return bool(known) and not is_fine(pod)


def _adopt_nameless(case: Case) -> None:
    """Events that name no Pod belong to the one that they say was assigned, or to the only one that there is."""
    nameless = [each for each in case.events if not each.name and each.kind in ("", "Pod")]
    if not nameless:
        return
    about_pod = [
        each
        for each in nameless
        if each.reason not in ("FailedCreate", "SuccessfulCreate", "ScalingReplicaSet", "SuccessfulDelete")
    ]
    named = next((match for each in about_pod if (match := ASSIGNED.search(each.message))), None)
    if named:
        pod = case.pod(named["name"], named["ns"] or "")
        pod.node = pod.node or named["node"]
    else:
        candidates = [each for each in case.pods if each.described] or case.pods
        bad = [each for each in candidates if not is_fine(each)]
        if len(candidates) == 1:
            pod = candidates[0]
        elif len(bad) == 1:
            pod = bad[0]
        elif about_pod:
            pod = PodFact()
            case.pods.append(pod)
        else:
            return
    mine = set(map(id, about_pod))
    case.events = (
        [replace(each, name=pod.name, kind="Pod") if id(each) in mine else each for each in case.events]
        if len(nameless) < 200
        else [
            replace(each, name=pod.name, kind="Pod") if not each.name and each.kind in ("", "Pod") else each
            for each in case.events
        ]
    )


def is_fine(pod: PodFact) -> bool:
    """Whether the Pod says itself that all is well."""
    if pod.deleting or pod.column == "Terminating":
        return False
    if pod.column:
        ready = pod.ready_count
        if pod.column == "Completed":
            return True
        return pod.column == "Running" and bool(ready and ready[0] == ready[1])
    if pod.phase == "Succeeded" or (pod.containers and all(_is_listed_running(it) for it in pod.containers)):
        return True
    ready_condition = pod.conditions.get("Ready")
    return pod.phase == "Running" and bool(ready_condition and ready_condition.status == "True")


def _is_listed_running(it: ContainerFact) -> bool:
    """Whether the node's runtime lists the container as running."""
    return "listed" in it.where and it.state == "running"


def _weight(pod: PodFact, warned: Mapping[str, int], logged: set[str], dead: set[str]) -> tuple[int, ...]:
    """How much a Pod seems to be the one that is asked about."""
    trouble = _is_in_trouble(pod, warned)
    return (
        int(pod.described),
        int(pod.node in dead),
        int(trouble),
        int(pod.deleting or pod.column == "Terminating"),
        int(bool(pod.name) and pod.name in logged),
        min(warned.get(pod.name, 0), 50) + (pod.restarts or 0 if trouble else 0),
        int(pod.column not in ("", "Completed")) + int(pod.column not in _SAYS_NO_FAILURE),
    )


_SAYS_NO_FAILURE = ("", "Completed", "Running", "Pending", "ContainerCreating", "PodInitializing")
"""What STATUS is while a Pod may only be on its way."""


def _made(case: Case, pod: PodFact) -> View:
    mine: list[EventFact] = []
    others: list[EventFact] = []
    for event in case.events:
        is_mine = event.kind in ("", "Pod") and (event.name == pod.name or not event.name)
        if is_mine and event.namespace and pod.namespace and event.namespace != pod.namespace:
            is_mine = False
        (mine if is_mine else others).append(event)
    if pod.column == "Terminating":
        pod.deleting = True
        pod.where.setdefault("deleting", pod.where.get("column", Quote("", 0)))
    if pod.deleting and "deleting" not in pod.where and "status" in pod.where:
        pod.where["deleting"] = pod.where["status"]
    return View(case, pod, _kept(mine), _kept([each for each in others if each.kind != "Pod"]))


KEPT, KEPT_CHARACTERS = 400, 1 << 17
"""Events of each type, of the Pod and of what is beside it, that are held against the rules: the latest ones."""


def _kept(events: list[EventFact]) -> list[EventFact]:
    if len(events) <= KEPT and sum(len(each.chunk.squashed) for each in events) <= KEPT_CHARACTERS:
        return events
    chosen: set[int] = set()
    for kind in ("Warning", "Normal"):
        same = [each for each in events if (each.type == "Warning") == (kind == "Warning")]
        same.sort(key=lambda each: each.last if each.last is not None else 0.0)
        read = accumulate(len(each.chunk.squashed) for each in same[:KEPT])
        chosen |= {id(each) for each, so_far in zip(same, read, strict=False) if so_far <= KEPT_CHARACTERS}
    return [each for each in events if id(each) in chosen]


def set_now(case: Case, given: str) -> None:
    """Takes the reader's own time as now, where they give one: what has a time is that much older."""
    now, newest = read_time(given), read_time(case.now)
    if now is None:
        return
    if newest is not None:
        later = (now - newest).total_seconds()
        case.events = [replace(e, last=e.last + later) if e.at and e.last is not None else e for e in case.events]
    case.now = iso(now)
