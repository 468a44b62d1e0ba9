"""How a Pod ends, step by step, and which requests fail meanwhile."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace

from app.kube.frame import Ending, Sequence, ending, with_details
from app.kube.kept import kept_story
from app.kube.refusal import Refusal
from app.kube.story.event import KINDS, Kind
from app.kube.story.scene import Object, Scene
from app.record import dataclass
from app.widgets.pod_end import begin, pressure, restart, shutdown, stop, trouble
from app.widgets.pod_end.beat import Beat, at, played
from app.widgets.pod_end.cast import (
    BUDGET,
    NODE_KEY,
    SLICE,
    budget,
    first_slice,
    node_before,
    pod_key,
    pod_name,
    running_pod,
)
from app.widgets.pod_end.plan import EndedBy, Plan, Stream
from app.widgets.pod_end.strip import Strip, strips

_PROBER = "kubernetes v1.37 pkg/kubelet/prober/prober.go"
_RUNTIME = "kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_container.go"
_EVICTION = "kubernetes v1.37 pkg/kubelet/eviction/eviction_manager.go"
ENDINGS: Mapping[str, Kind] = {
    "hook-failed": Kind("Warning", "FailedPreStopHook", "kubelet", "PreStopHook failed", _RUNTIME, True),
    "liveness-failed": Kind(
        "Warning",
        "Unhealthy",
        "kubelet",
        "Liveness probe failed: HTTP probe failed with statuscode: {code}",
        _PROBER,
        True,
    ),
    "liveness-kills": Kind(
        "Normal",
        "Killing",
        "kubelet",
        "Container {name} failed liveness probe, will be restarted",
        "kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_manager.go",
        True,
    ),
    "scaled-down": Kind(
        "Normal",
        "ScalingReplicaSet",
        "deployment-controller",
        "Scaled down replica set {set} from {old} to {new}",
        "kubernetes v1.37 pkg/controller/deployment/sync.go",
    ),
    "pod-deleted": Kind(
        "Normal",
        "SuccessfulDelete",
        "replicaset-controller",
        "Deleted pod: {name}",
        "kubernetes v1.37 pkg/controller/controller_utils.go",
    ),
    "threshold-met": Kind("Warning", "EvictionThresholdMet", "kubelet", "Attempting to reclaim memory", _EVICTION),
    "low-on-memory": Kind("Warning", "Evicted", "kubelet", "{message}", _EVICTION),
    "insufficient-memory": Kind(
        "Normal",
        "NodeHasInsufficientMemory",
        "kubelet",
        "Node node-1 status is now: NodeHasInsufficientMemory",
        "kubernetes v1.37 pkg/kubelet/kubelet_node_status.go recordNodeStatusEvent",
    ),
    "node-not-ready": Kind(
        "Normal",
        "NodeNotReady",
        "kubelet",
        "Node node-1 status is now: NodeNotReady",
        "kubernetes v1.37 pkg/kubelet/kubelet_node_status.go recordNodeStatusEvent",
    ),
    "shutdown": Kind(
        "Normal",
        "Shutdown",
        "kubelet",
        "Shutdown manager detected shutdown event",
        "kubernetes v1.37 pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go",
    ),
}

IDLE: Mapping[str, str] = {
    "user": "watching",
    "api": "serving",
    "etcd": "quorum",
    "controller": "watching",
    "kubelet": "watching",
    "runtime": "waiting",
    "pod": "serving",
    "proxy": "names-both",
    "balancer": "names-both",
    "inside": "sends-both",
    "outside": "sends-both",
    "other": "serving",
}

DELETED = ("delete", "scale-down", "drain", "rolling-update")
# What breaks nothing here, whatever else is asked for: an ending `unmet-<fault>` says why.
EXPLAINED = ("no-pre-stop", "finalizer", "pdb-refuses", "keep-alive")
# Faults that may be without consequence for anybody who sends requests.
HARMLESS = ("no-pre-stop", "keep-alive", "proxy-behind")


@dataclass(frozen=True, kw_only=True)
class Story(Sequence):
    """All frames, and what became of the requests that came after the Pod was marked.

    `late_requests` reached the Pod when nobody should have sent it any more, `failed_requests` of them failed;
    `ended_by` is how the Pod ended (None: it did not), `exit_code` what its container left; `streams` are the requests
    of each kind of client, `plan` is what was asked.
    """

    failed_requests: int
    late_requests: int
    ended_by: EndedBy | None
    exit_code: int | None
    streams: tuple[Stream, ...]
    plan: Plan

    def strips(self, now_s: float) -> tuple[Strip, Strip]:
        """The whole run on a line of time, as it is at one moment."""
        return strips(self.plan, self.frames[-1].at_s, now_s)

    def late_at(self, now_s: float) -> int:
        return self.plan.late(now_s)

    def failed_at(self, now_s: float) -> int:
        return self.plan.failed(now_s)


@kept_story
def tell(plan: Plan) -> Story:
    """The story of a plan; said too: which of its choices make no difference.

    Refusal for what the API server would not store, and for what cannot happen together.
    """
    _check(plan)
    story = _told(plan)
    idle = [name for name, without in _without(plan) if _is_same(story, without)]
    story = replace(story, frames=with_details(story.frames, *(f"beside.{name}" for name in idle)))
    if plan.fault != "none" and _is_same(story, replace(plan, fault="none")):
        return replace(story, **_unmet(plan.fault))
    return story


# What may be without consequence, as it is when nobody touches it; everything else stands in some object.
FIRST: Mapping[str, object] = {"pre_stop": 5, "pre_stop_kind": "sleep", "on_term": "finish", "balancer": 3}


def _without(plan: Plan) -> Iterator[tuple[str, Plan]]:
    """The same with each choice as it is when nobody touches it."""
    for name, usual in FIRST.items():
        if getattr(plan, name) != usual:
            untouched = Plan(**{**asdict(plan), name: usual})
            if not _is_refused(untouched):
                yield name, untouched


def _is_same(story: Story, other: Plan) -> bool:
    """Whether the same happens by another plan. What is stored at first stands in the first frame: where that differs,
    the other story need not be told."""
    if _before(story.plan) != _before(other):
        return False
    return happening(_told(other)) == happening(story)


def happening(story: Story) -> list[tuple[object, ...]]:
    return [(f.key, f.say, f.verb, f.path, f.ways, f.objects, f.terminal) for f in story.frames]


def _unmet(fault: str) -> Ending:
    ends = ending("unmet")
    if fault in EXPLAINED:
        ends["sees"] = ending(f"unmet-{fault}")["sees"]
    return ends


def _is_refused(plan: Plan) -> bool:
    return plan.hook_kind == "sleep" and plan.hook_s > plan.grace


def _check(plan: Plan) -> None:
    if _is_refused(plan):
        raise Refusal("sleep-too-long", field="pre_stop", got=plan.hook_s, grace=plan.grace)
    if plan.fault == "node-gone" and plan.how not in DELETED:
        raise Refusal(f"node-gone-{plan.how}", field="fault")


@kept_story
def _told(plan: Plan) -> Story:
    frames = played(_opened(plan), plan, _beats(plan)).frames
    return Story(
        frames=frames,
        failed_requests=plan.failed_requests,
        late_requests=plan.late_requests,
        ended_by=_ended_by(plan),
        exit_code=None if _ended_by(plan) in (None, "force") else plan.code,
        streams=plan.streams,
        plan=plan,
        **_ending(plan),
    )


def _is_kept_by_budget(plan: Plan) -> bool:
    return plan.fault == "pdb-refuses" and plan.how == "drain"


def _ended_by(plan: Plan) -> EndedBy | None:
    if _is_kept_by_budget(plan):
        return None
    if plan.fault == "node-gone":
        return "force"
    return "sigkill" if plan.is_killed else "exit"


def _ending(plan: Plan) -> Ending:
    if plan.fault == "none" and plan.how == "eviction":
        return ending("evicted")
    if plan.fault == "none" and plan.is_killed:
        return ending("too-short")
    if plan.fault == "none":
        how = {"liveness": "hung", "node-shutdown": "shutdown"}.get(plan.how, "fails")
        return ending(how) if plan.failed_requests else {}
    if plan.fault == "finalizer" and plan.how not in DELETED:
        return _unmet(plan.fault)
    if plan.fault in HARMLESS and plan.failed_requests <= replace(plan, fault="none").failed_requests:
        calm = "closed" if plan.fault == "keep-alive" else "harmless"
        return ending("no-worse" if plan.failed_requests else calm)
    return ending(plan.fault)


def _beats(plan: Plan) -> list[Beat]:
    beats = list(_happens(plan))
    last = max(beat.at_s for beat in beats)
    return [*beats, Beat(round(last + 1, 3), lambda scene: _summed(plan, scene))]


def _happens(plan: Plan) -> Iterator[Beat]:
    if _is_kept_by_budget(plan):
        yield from trouble.refused(plan)
    elif plan.fault == "node-gone":
        yield from trouble.unconfirmed(plan)
    elif plan.how == "liveness":
        yield from restart.restarted(plan)
    elif plan.how == "node-shutdown":
        yield from shutdown.shut_down(plan)
    elif plan.how == "eviction":
        yield from pressure.evicted(plan)
    else:
        yield from begin.begun(plan)
        yield from stop.ending(plan)
        if plan.fault == "finalizer":
            yield from trouble.kept(plan)


def _before(plan: Plan) -> dict[str, Object]:
    """What is stored before anything happens."""
    pod = trouble.lost(running_pod(plan)) if plan.fault == "node-gone" else running_pod(plan)
    before = {pod_key(plan): pod, SLICE: first_slice(plan)}
    return {**before, BUDGET: budget()} if _is_kept_by_budget(plan) else before


def _opened(plan: Plan) -> Scene:
    """Two Pods serve, the terminal is open, a watch runs."""
    before = _before(plan)
    scene = Scene(
        idle=IDLE,
        revision=48210,
        before={**before, NODE_KEY: node_before(plan)},
        objects=before,
        kinds={**KINDS, **ENDINGS},
    )
    scene = scene.resting(**{name: "silent" for name in ("inside", "outside") if not getattr(plan, name)})
    if plan.fault == "node-gone":
        scene = scene.resting(
            kubelet="down", runtime="down", pod="unknown", proxy="names-other", balancer="names-other"
        )
        scene = scene.resting(**{n: "sends-elsewhere" for n in ("inside", "outside") if getattr(plan, n)})
    scene = scene.typed(f"kubectl get pod {pod_name(plan)} -w &").watching(pod_key(plan))
    if plan.how == "rolling-update":
        scene = scene.typed("kubectl set image deployment/web web=registry.example/shop:1.5")
        scene = scene.told("deployment.apps/web image updated")
    return at(scene, plan, 0)


def _summed(plan: Plan, scene: Scene) -> Scene:
    inside, outside = plan.streams
    say = "sum-none" if not plan.late_requests else "sum-fine" if not plan.failed_requests else "sum"
    say = "sum-hung" if say == "sum" and plan.how == "liveness" else say
    say = "sum-closed" if say == "sum-fine" and plan.fault == "keep-alive" else say
    return scene.frame(
        "sum",
        "outside" if outside.all_failed > inside.all_failed else "inside",
        say=say,
        details=("sum.how",),
        late=str(plan.late_requests),
        failed=str(plan.failed_requests),
        inside=str(inside.all_failed),
        outside=str(outside.all_failed),
        name=pod_name(plan),
    )
