"""From the mark to the last DELETE: what kubelet, EndpointSlice controller, kube-proxy and balancer do of it.

kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_container.go, pkg/kubelet/status/status_manager.go;
k8s.io/endpointslice v0.37 utils.go
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial

from app.kube.story.cluster import CRI, watch_path, writes
from app.kube.story.pod import Object, acknowledged, deleted_at_once, stopped
from app.kube.story.scene import START, Scene
from app.widgets.pod_end.beat import Beat, seconds
from app.widgets.pod_end.cast import (
    NODE,
    OTHER_IP,
    POD_IP,
    PODS,
    PORT,
    READINESS,
    SIDECARS,
    SLICE,
    SLICE_PATH,
    endpoint,
    mine,
    others,
    pod_key,
    pod_name,
    pod_path,
    replacement_name,
    resliced,
    set_key,
)
from app.widgets.pod_end.plan import BEHIND_S, PROXY_S, REMOVED_S, REPLACED_S, Plan, Stream, arriving

SLICES_WATCH = "/apis/discovery.k8s.io/v1/endpointslices?watch=true"
# Those of the EndpointSlice controller, which watches all Pods, and of the kubelet, which watches its own.
PODS_WATCH = watch_path("/api/v1/pods", 48109, 377)
KUBELET_WATCH = watch_path("/api/v1/pods", 48109, 452, f"spec.nodeName={NODE}")
THIRD_IP = OTHER_IP.replace(".21", ".22")


def ending(plan: Plan) -> Iterator[Beat]:
    """Everything after the mark, each at its time."""
    yield Beat(plan.marked_s + 0.002, learned)
    yield Beat(plan.slice_s, partial(_condemned, plan))
    yield from stopping(plan)
    yield Beat(plan.marked_s + 0.012, partial(_noticed, plan))
    if plan.how == "drain":
        yield from replaced(plan, plan.marked_s + 0.015)
    yield from racing(plan)
    yield from _over(plan)


def learned(scene: Scene) -> Scene:
    """The same write reaches everybody who watches, at the same moment."""
    return scene.frame(
        "learn",
        "api",
        to="kubelet",
        verb="WATCH MODIFIED",
        path=KUBELET_WATCH,
        now={"api": "tells", "kubelet": "learns", "controller": "learns"},
        also=(("api", "controller"),),
        details=("learn.same", "learn.no-order"),
    )


def _condemned(plan: Plan, scene: Scene) -> Scene:
    ends = [mine(plan, ready=False, ends=True), others(plan)]
    scene = scene.writing(SLICE, resliced(scene.objects[SLICE], ends))
    return writes(
        scene, "slice", "controller", "marks-endpoint", "PUT", SLICE_PATH, "slice.three", "slice.nobody", "slice.single"
    )


# The containers


def stopping(plan: Plan) -> Iterator[Beat]:
    """Hook, signal, end, container by container."""
    yield Beat(plan.killing_s, partial(_killing, plan))
    if plan.hook_runs_s:
        yield Beat(plan.killing_s, partial(_hooked, plan))
    yield Beat(plan.term_s, partial(_stop_asked, plan))
    yield Beat(plan.term_s + 0.003, partial(_told, plan))
    yield Beat(plan.exited_s, partial(_killed if plan.is_killed else _exited, plan))
    for name, (told_s, _) in zip(reversed(SIDECARS[: plan.sidecars]), plan.sidecar_times, strict=False):
        yield Beat(told_s + 0.003, partial(_sidecar_told, plan, name=name))
    for at_s in plan.probes_s:
        if at_s >= plan.closes_s:
            yield Beat(at_s, partial(_probe_refused, plan))


def _probe_refused(plan: Plan, scene: Scene) -> Scene:
    return scene.event("probe-refused", pod_key(plan), container="web", host=f"{POD_IP}:{PORT}", path=READINESS)


def _killing(plan: Plan, scene: Scene) -> Scene:
    """The events come first, for all containers at once; then each waits for its turn."""
    key = pod_key(plan)
    if plan.how == "liveness":
        return scene.event("liveness-kills", key, container="web", name="web")
    for name in SIDECARS[: plan.sidecars]:
        scene = scene.event("killing", key, container=name, name=name, field="initContainers")
    return scene.event("killing", key, container="web", name="web")


def _hooked(plan: Plan, scene: Scene) -> Scene:
    scene = scene.resting(kubelet="waits-hook", pod="in-hook" if scene.idle["pod"] == "serving" else scene.idle["pod"])
    sleeps = plan.hook_kind == "sleep"
    cut = "hook-cut-sleep" if sleeps else "hook-cut"
    say = cut if plan.is_hook_cut else "hook-sleep" if sleeps else "hook-command"
    return scene.frame(
        "hook",
        "kubelet",
        say=say,
        to=None if sleeps else "runtime",
        verb="" if sleeps else "CRI ExecSync",
        path=None if sleeps else f"{CRI}/ExecSync",
        details=("hook.counts", "hook.serves", "hook.kinds", *_why_cut(plan)),
        hook=str(plan.hook_s),
        grace=str(plan.allowed_s),
    )


def _why_cut(plan: Plan) -> tuple[str, ...]:
    if not plan.is_hook_cut:
        return ()
    return ("hook.evicted",) if plan.how == "eviction" else ("hook.cut",)


def _noticed(plan: Plan, scene: Scene) -> Scene:
    key = pod_key(plan)
    return writes(
        scene.writing(key, acknowledged(scene.objects[key])),
        "report",
        "kubelet",
        "reports",
        "PATCH",
        f"{pod_path(plan)}/status",
        "report.ready",
        "report.generation",
    )


def _stop_asked(plan: Plan, scene: Scene) -> Scene:
    say = "stop-least" if plan.left_s > plan.allowed_s - plan.hook_runs_s else "stop"
    say = say if plan.hook_runs_s else f"{say}-bare"
    return scene.resting(kubelet="waits-stop").frame(
        "stop",
        "kubelet",
        say=say,
        to="runtime",
        verb="CRI StopContainer",
        path=f"{CRI}/StopContainer",
        now={"kubelet": "stops", "runtime": "stops"},
        details=("stop.left", "stop.least"),
        left=str(plan.left_s),
        grace=str(plan.allowed_s),
        hook=str(plan.hook_runs_s),
    )


def _told(plan: Plan, scene: Scene) -> Scene:
    says = {"ignores-term": "term-ignored", "shell-pid-1": "term-shell"}
    say = says.get(plan.fault, f"term-{plan.on_term}")
    state = {"finish": "finishes", "exit": "exits", "linger": "lingers"}[plan.on_term]
    state = "deaf" if plan.ignores_term else state
    details = ("term.pid-1", "term.signal", *(("term.shell",) if plan.fault == "shell-pid-1" else ()))
    scene = scene.resting(pod=state, runtime="waits-exit")
    return scene.frame(
        "term", "runtime", say=say, to="pod", verb="SIGTERM", now={"runtime": "signals"}, details=details
    )


def _exited(plan: Plan, scene: Scene) -> Scene:
    scene = _hook_broken(plan, scene).resting(pod="exited", runtime="waiting")
    return scene.frame(
        "exit",
        "pod",
        say=f"exit-{plan.code}",
        details=("exit.codes", "exit.lost" if plan.is_cut_off else "exit.clean"),
        code=str(plan.code),
        after=seconds(plan.exited_s - plan.term_s),
        spare=seconds(plan.left_s - (plan.exited_s - plan.term_s)),
    )


def _killed(plan: Plan, scene: Scene) -> Scene:
    scene = _hook_broken(plan, scene).resting(pod="killed", runtime="waiting")
    return scene.frame(
        "kill",
        "runtime",
        to="pod",
        verb="SIGKILL",
        now={"runtime": "kills"},
        details=("kill.all", "kill.code"),
        left=str(plan.left_s),
    )


def _hook_broken(plan: Plan, scene: Scene) -> Scene:
    """A command that still runs ends with its container, and only then is said to have failed."""
    if plan.is_hook_cut and plan.hook_kind == "command":
        return scene.event("hook-failed", pod_key(plan), container="web")
    return scene


def _sidecar_told(plan: Plan, scene: Scene, name: str) -> Scene:
    return scene.frame(
        "sidecar",
        "runtime",
        say="sidecar" if plan.exited_s <= scene.at_s else "sidecar-early",
        to="pod",
        verb="SIGTERM",
        now={"kubelet": "stops", "runtime": "signals"},
        details=("sidecar.order", "sidecar.same-grace"),
        name=name,
    )


# Those who send requests


def racing(plan: Plan) -> Iterator[Beat]:
    """Requests that still come, and the moment at which each kind of client is led elsewhere."""
    soon = round(plan.marked_s + 0.3, 3)
    senders = [stream for stream in plan.streams if stream.late(min(soon, plan.closes_s))]
    if senders and plan.how != "liveness":
        yield Beat(min(soon, plan.closes_s), partial(_arrived, plan))
    if failing := [stream for stream in plan.streams if stream.all_failed]:
        begin = min(max(first_failed(stream), stream.seen_s) for stream in failing)
        yield Beat(begin + 0.001, partial(_failed, plan))
    yield Beat(plan.proxy_s, partial(_rules_written, plan))
    yield Beat(plan.balancer_s, partial(_balancer_told, plan))
    kept = [stream for stream in plan.streams if stream.until_s == plan.closes_s]
    if kept and plan.fault == "keep-alive":
        yield Beat(plan.closes_s, partial(_closed, plan, kept=kept))


def first_failed(stream: Stream) -> float:
    """When the first request comes that fails."""
    begin = next(begin for begin, end in stream.fails if arriving(stream.rate, begin, end))
    number = -((1000 - 2 * stream.rate * round(begin * 1000)) // 2000)
    return (max(0, number) + 0.5) / stream.rate


SENDERS = {"inside": "inside", "outside": "balancer"}


def _ways(plan: Plan, at_s: float) -> list[tuple[str, str]]:
    """From whom requests come at a time."""
    return [(SENDERS[each.client], "pod") for each in plan.streams if each.rate and each.until_s > at_s]


def _arrived(plan: Plan, scene: Scene) -> Scene:
    ways = _ways(plan, scene.at_s)
    if not ways:
        return scene
    return scene.frame(
        "arrive",
        "pod",
        from_=ways[0][0],
        to="pod",
        also=tuple(ways[1:]),
        verb="GET",
        path="/",
        now={"inside": "sends-here" if plan.inside else scene.idle["inside"]},
        details=("arrive.why", "arrive.rules"),
        late=str(plan.late(scene.at_s)),
    )


def _failed(plan: Plan, scene: Scene) -> Scene:
    """The first requests have failed: refused, since nobody listens, or cut off with the process."""
    until = max(stream.until_s for stream in plan.streams if stream.all_failed)
    ways = _ways(plan, scene.at_s)
    how: dict[str, str] = {"say": "fail-hung" if plan.how == "liveness" else "fail", "verb": "GET"}
    if plan.how != "liveness" and plan.is_cut_off:
        ways = [("pod", SENDERS[each.client]) for each in plan.streams if each.all_failed]
        how = {"say": "fail-cut-late" if until > plan.closes_s else "fail-cut", "verb": "RST"}
    return scene.frame(
        "fail",
        "pod",
        say=how["say"],
        from_=ways[0][0],
        to=ways[0][1],
        also=tuple(ways[1:]),
        verb=how["verb"],
        path="/" if how["verb"] == "GET" else None,
        details=("fail.why", "fail.clients"),
        until=seconds(until),
    )


def _rules_written(plan: Plan, scene: Scene) -> Scene:
    if plan.fault != "keep-alive":
        scene = scene.resting(inside="sends-elsewhere" if plan.inside else "silent")
    scene = scene.resting(proxy="names-other")
    inside = plan.streams[0]
    behind = plan.fault == "proxy-behind"
    return scene.frame(
        "rules",
        "proxy",
        say="rules-behind" if behind else "rules",
        from_="api",
        to="proxy",
        verb="WATCH MODIFIED",
        path=SLICES_WATCH,
        now={"proxy": "writes-rules"},
        details=("rules.once", "rules.open", "rules.fallback"),
        after=seconds(BEHIND_S if behind else PROXY_S),
        late=str(inside.late(scene.at_s)),
        failed=str(inside.failed(scene.at_s)),
    )


def _balancer_told(plan: Plan, scene: Scene) -> Scene:
    if plan.fault != "keep-alive":
        scene = scene.resting(outside="sends-elsewhere" if plan.outside else "silent")
    outside = plan.streams[1]
    return scene.resting(balancer="names-other").frame(
        "balancer",
        "balancer",
        from_="api",
        to="balancer",
        verb="WATCH MODIFIED",
        path=SLICES_WATCH,
        now={"balancer": "takes-out"},
        details=("balancer.whose", "balancer.drain"),
        after=seconds(plan.balancer),
        late=str(outside.late(scene.at_s)),
        failed=str(outside.failed(scene.at_s)),
    )


def _closed(plan: Plan, scene: Scene, kept: Sequence[Stream]) -> Scene:
    for stream in kept:
        scene = scene.resting(**{stream.client: "sends-elsewhere" if stream.rate else "silent"})
    return scene.frame(
        "close",
        "pod",
        to=SENDERS[kept[0].client],
        also=tuple(("pod", SENDERS[stream.client]) for stream in kept[1:]),
        verb="FIN",
        details=("close.polite", "close.pre-stop"),
        late=str(plan.late(scene.at_s)),
        failed=str(plan.failed(scene.at_s)),
    )


# The end of the object


def _over(plan: Plan) -> Iterator[Beat]:
    over_s = round(plan.stopped_s + 0.012, 3)
    yield Beat(over_s, partial(over, plan))
    yield Beat(over_s + 0.004, partial(unpublished, plan))
    yield Beat(plan.stopped_s + REMOVED_S, partial(_removed, plan))


def ended(plan: Plan, pod: Object, now: str) -> Object:
    """The Pod with all its containers ended, each at its own second."""
    ends = {"web": (plan.code, _clock(plan.exited_s))}
    times = zip(reversed(SIDECARS[: plan.sidecars]), plan.sidecar_times, strict=False)
    return stopped(pod, now, ends | {name: (0, _clock(gone_s)) for name, (_, gone_s) in times})


def _clock(at_s: float) -> str:
    return (START + timedelta(seconds=at_s)).isoformat()[:19] + "Z"


def over(plan: Plan, scene: Scene) -> Scene:
    return reported(plan, scene, ended, "over.phase", say="over-failed" if plan.code else "over")


def reported(
    plan: Plan,
    scene: Scene,
    status: Callable[[Plan, Object, str], Object],
    why_now: str,
    *,
    say: str,
    column: str = "over.column",
) -> Scene:
    """The kubelet reports, once nothing runs any more, what `status` makes of the Pod."""
    key = pod_key(plan)
    scene = scene.writing(key, status(plan, scene.objects[key], scene.time)).resting(kubelet="watching")
    path = f"{pod_path(plan)}/status"
    return writes(scene, "over", "kubelet", "reports", "PATCH", path, why_now, column, say=say, code=str(plan.code))


def unpublished(plan: Plan, scene: Scene) -> Scene:
    left = [each for each in scene.objects[SLICE]["endpoints"] if each["targetRef"]["name"] != pod_name(plan)]
    turned = next(e for e in scene.objects[pod_key(plan)]["status"]["conditions"] if e["type"] == "Ready")
    scene = scene.writing(SLICE, resliced(scene.objects[SLICE], left, turned["lastTransitionTime"]))
    say = "unpublish-late" if plan.how in ("node-shutdown", "eviction") else "unpublish"
    return writes(scene, "unpublish", "controller", "takes-out", "PUT", SLICE_PATH, "unpublish.until-now", say=say)


def _removed(plan: Plan, scene: Scene) -> Scene:
    key = pod_key(plan)
    scene = scene.writing(key, deleted_at_once(scene.objects[key], scene.time))
    if plan.fault == "finalizer":
        return writes(
            scene.resting(pod="none"),
            "remove",
            "kubelet",
            "removes",
            "DELETE",
            pod_path(plan),
            "remove.zero",
            say="remove-kept",
        )
    scene = gone(plan, scene)
    return writes(
        scene.resting(pod="none"),
        "remove",
        "kubelet",
        "removes",
        "DELETE",
        pod_path(plan),
        "remove.zero",
        "remove.rows",
        "remove.names",
    )


def gone(plan: Plan, scene: Scene) -> Scene:
    """The object is no longer in etcd: the watch says so, and whoever waits with kubectl is answered."""
    scene = scene.printing(pod_key(plan)).removing(pod_key(plan))
    if plan.how == "drain":
        scene = scene.told(f"pod/{pod_name(plan)} evicted", f"node/{NODE} drained")
    return scene.resting(user="watching")


# A Pod that does not count any more is replaced


def replaced(plan: Plan, from_s: float) -> Iterator[Beat]:
    """The replicaset controller makes another one, which is ready a little later."""
    yield Beat(round(from_s, 3), partial(_replaced, plan))
    yield Beat(round(from_s - 0.015 + REPLACED_S, 3), partial(_replacement_ready, plan))


def _replaced(plan: Plan, scene: Scene) -> Scene:
    scene = scene.event("pod-created", set_key(plan), name=replacement_name(plan))
    say, detail = ("replace", "replace.at-once") if plan.how == "drain" else ("replace-failed", "replace.stays")
    say = "replace-lost" if plan.fault == "node-gone" else say
    name = replacement_name(plan)
    return writes(scene, "replace", "controller", "makes-pod", "POST", PODS, detail, say=say, name=name)


def _replacement_ready(plan: Plan, scene: Scene) -> Scene:
    third = endpoint(replacement_name(plan), THIRD_IP, "node-2")
    before = scene.objects[SLICE]
    scene = scene.writing(SLICE, resliced(before, [*before["endpoints"], third], scene.after(-0.1).time))
    details = ("replacement.not-waited",) if plan.how == "drain" else ()
    return writes(scene, "replacement", "controller", "publishes", "PUT", SLICE_PATH, *details)
