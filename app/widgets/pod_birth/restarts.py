"""What goes wrong once a container has run: it exits, is killed, or never says that it is ready."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.kube.story.pod import (
    Object,
    container_status,
    readiness,
    running,
    terminated,
    waiting,
    with_conditions,
    with_status,
)
from app.kube.story.scene import Scene
from app.widgets.pod_birth.cast import (
    IMAGE,
    IMAGE_ID,
    INIT_IMAGE,
    INIT_IMAGE_ID,
    INIT_IMAGE_SIZE,
    POD,
    POD_IP,
    SLICE,
    STATUS,
    UID,
    container_id,
    filled_slice,
)
from app.widgets.pod_birth.node import CRI, PATCHED, SLICE_PATH, patched

# kubernetes v1.37 pkg/kubelet/kubelet.go: initialCrashLoopBackOff, MaxCrashLoopBackOff
FIRST_DELAY_S, LONGEST_DELAY_S = 10, 300


def restart_delay_s(restarts: int) -> int:
    """How long the kubelet waits after a crash that so many restarts preceded; the first is immediate."""
    return 0 if restarts == 0 else min(FIRST_DELAY_S * 2 ** (restarts - 1), LONGEST_DELAY_S)


@dataclass(frozen=True)
class Crasher:
    """A container that keeps ending: which, in which list, how it ends, and what its image is."""

    name: str
    field: str
    statuses: str
    code: int
    reason: str
    image: str
    image_id: str

    def spec(self, pod: Object) -> Object:
        found: Object = pod["spec"][self.field][0]
        return found

    def status(self, pod: Object, state: Object, restarts: int, last: Object | None, ran: int) -> Object:
        """As the kubelet reports it; `ran` is the attempt that ran last, `last` how the one before ended."""
        return container_status(
            self.spec(pod),
            state,
            containerID=container_id(ran),
            image=f"docker.io/library/{self.image}",
            imageID=self.image_id,
            lastState=last or {},
            restartCount=restarts,
            started="running" in state,
        )

    def written(self, scene: Scene, state: Object, restarts: int, last: Object | None, ran: int) -> Object:
        pod = scene.objects[POD]
        address: Mapping[str, Any] = {"podIP": POD_IP, "podIPs": [{"ip": POD_IP}]}
        pod = with_status(pod, **{**address, self.statuses: [self.status(pod, state, restarts, last, ran)]})
        if self.field == "containers":
            pod = with_conditions(with_status(pod, phase="Running"), *readiness(pod, False, scene.time))
        return pod

    def ended(self, scene: Scene, attempt: int, lived_s: float) -> Object:
        started = scene.after(-lived_s).time
        return terminated(container_id(attempt), self.code, self.reason, started, scene.time)


WEB_CRASHES = Crasher("web", "containers", "containerStatuses", 1, "Error", IMAGE, IMAGE_ID)
WEB_OOM = Crasher("web", "containers", "containerStatuses", 137, "OOMKilled", IMAGE, IMAGE_ID)
INIT_CRASHES = Crasher("migrate", "initContainers", "initContainerStatuses", 1, "Error", INIT_IMAGE, INIT_IMAGE_ID)


def started_again(scene: Scene, who: Crasher) -> Scene:
    """The events of one more start of a container whose image is on the node."""
    scene = scene.event("present", POD, container=who.name, field=who.field, image=who.image)
    scene = scene.event("created", POD, container=who.name, field=who.field)
    return scene.event("started", POD, container=who.name, field=who.field)


def exits(scene: Scene, who: Crasher, attempt: int, say: str, *details: str, last: Object | None = None) -> Scene:
    """The container has ended and the kubelet reports how."""
    state = who.ended(scene, attempt, 0.2)
    pod = who.written(scene, state, attempt, last, attempt)
    return patched(scene.resting(pod="exited"), "exit", pod, *details, say=say, code=str(who.code))


def backs_off(scene: Scene, who: Crasher, attempt: int, say: str, *details: str) -> Scene:
    """The kubelet will not start it again before the delay is over, and says so."""
    delay = restart_delay_s(attempt)
    how = {"container": who.name, "field": who.field, "name": "web", "namespace": "default", "uid": UID}
    scene = scene.event("back-off-restart", POD, **how)
    shown = f"{delay // 60}m{delay % 60}s" if delay >= 60 else f"{delay}s"
    message = f"back-off {shown} restarting failed container={who.name} pod=web_default({UID})"
    before = scene.objects[POD]["status"][who.statuses][0]["state"]
    pod = who.written(scene, waiting("CrashLoopBackOff", message), attempt, before, attempt)
    return patched(
        scene.resting(kubelet="backs-off"),
        "back-off",
        pod,
        *details,
        say=say,
        delay=str(delay),
        restarts=str(attempt),
    )


def crash_loop(scene: Scene) -> Scene:
    """A container that exits at once: one restart for nothing, then delays of 10 s, 20 s, 40 s … 300 s."""
    scene = exits(scene.after(0.6), WEB_CRASHES, 0, "exit-first", "exit-first.phase", "exit-first.policy")
    scene = _restarted(scene.after(0.5), "restart-first", "restart-first.free")
    scene = _crashed_again(scene, 1)
    scene = backs_off(scene.after(1.2), WEB_CRASHES, 1, "back-off-first", "back-off.reset", "back-off.column")
    scene = _restarted(scene.after(restart_delay_s(1)), "restart-late", "restart-late.same")
    scene = _crashed_again(scene, 2)
    scene = backs_off(scene.after(1.2), WEB_CRASHES, 2, "back-off-grows", "back-off.reset")
    for attempt in range(3, 7):
        scene = started_again(scene.after(restart_delay_s(attempt - 1)), WEB_CRASHES)
        last = _how_it_ended(scene, WEB_CRASHES)
        scene = scene.after(0.4)
        state = WEB_CRASHES.ended(scene, attempt, 0.2)
        scene = scene.writing(POD, WEB_CRASHES.written(scene, state, attempt, last, attempt))
        say = "back-off-longest" if attempt == 6 else "back-off-grows"
        scene = backs_off(scene.after(1.2), WEB_CRASHES, attempt, say, "back-off.reset")
    return scene.resting(user="puzzled").after(60).frame("wait", "user", say="wait-crash", details=("wait-crash.logs",))


def _crashed_again(scene: Scene, attempt: int) -> Scene:
    last = _how_it_ended(scene, WEB_CRASHES)
    return exits(scene.after(0.4), WEB_CRASHES, attempt, "exit-again", "exit-again.last", last=last)


def _how_it_ended(scene: Scene, who: Crasher) -> Object:
    """The last termination that the status tells: the state itself, or the last state when it is waiting."""
    status = scene.objects[POD]["status"][who.statuses][0]
    ended: Object = status["state"] if "terminated" in status["state"] else status["lastState"]
    return ended


def _restarted(scene: Scene, say: str, *details: str) -> Scene:
    """A start whose process is gone before the kubelet has looked: no status in between."""
    scene = started_again(scene, WEB_CRASHES)
    return scene.resting(kubelet="syncs", pod="exited").frame(
        "restart",
        "kubelet",
        say=say,
        to="runtime",
        verb="CRI StartContainer",
        path=f"{CRI}/StartContainer",
        now={"kubelet": "starts", "runtime": "starts"},
        details=details,
    )


def init_fails(scene: Scene) -> Scene:
    """The init container fails again and again; container web is never even created."""
    who = INIT_CRASHES
    scene = scene.after(0.05).event("pulling", POD, container=who.name, field=who.field, image=INIT_IMAGE)
    scene = scene.frame(
        "pull",
        "runtime",
        say="pull-init",
        to="registry",
        verb="GET",
        path="https://registry-1.docker.io/v2/library/busybox/manifests/1.37",
        now={"kubelet": "pulls", "runtime": "pulls", "registry": "sends-layers"},
        details=("pull-init.order", "pull.index"),
    )
    scene = scene.after(1.317).event(
        "pulled",
        POD,
        container=who.name,
        field=who.field,
        image=INIT_IMAGE,
        took="1.317s",
        size=INIT_IMAGE_SIZE,
    )
    scene = scene.event("created", POD, container=who.name, field=who.field)
    scene = scene.after(0.1).event("started", POD, container=who.name, field=who.field)
    scene = scene.frame(
        "init",
        "kubelet",
        to="runtime",
        verb="CRI StartContainer",
        path=f"{CRI}/StartContainer",
        now={"kubelet": "starts", "runtime": "starts", "pod": "initializing"},
        details=("init.one-by-one", "init.sidecar"),
    )
    scene = exits(scene.after(0.6), who, 0, "init-exits", "init-exits.condition", "init-exits.column")
    for attempt in (1, 2, 3):
        last = _how_it_ended(scene, who)
        scene = started_again(scene.after(max(restart_delay_s(attempt - 1), 0.5)), who).resting(kubelet="syncs")
        scene = exits(scene.after(0.4), who, attempt, "init-again", "exit-again.last", last=last)
        scene = backs_off(scene.after(1.2), who, attempt, "init-waits", "back-off.reset", "init-waits.policy")
    return scene.resting(user="puzzled").after(20).frame("wait", "user", say="wait-init", details=("wait-init.logs",))


def never_ready(scene: Scene) -> Scene:
    """The process runs and answers 503: Running, 0/1, listed as not ready, never restarted."""
    scene = _unready(scene.after(0.4), "probe-fails", "probe.who", "probe-fails.first")
    for count, say in ((1, "probe-again"), (4, "probe-for-ever")):
        for _ in range(count):
            scene = scene.after(10)
            scene = _noticed_unready(scene)
        scene = scene.frame(
            "probe",
            "kubelet",
            say=say,
            to="pod",
            verb="GET",
            path=f"http://{POD_IP}:80/",
            now={"kubelet": "probes", "pod": "answers-503"},
            details=("probe-again.restart", "probe-again.threshold"),
        )
    return (
        scene.resting(user="puzzled")
        .after(5)
        .frame("wait", "user", say="wait-unready", details=("wait-unready.slice", "wait-unready.rollout"))
    )


def _noticed_unready(scene: Scene) -> Scene:
    return scene.event("unhealthy", POD, container="web", code="503")


def _unready(scene: Scene, say: str, *details: str) -> Scene:
    return _noticed_unready(scene).frame(
        "probe",
        "kubelet",
        say=say,
        to="pod",
        verb="GET",
        path=f"http://{POD_IP}:80/",
        now={"kubelet": "probes", "pod": "answers-503"},
        details=details,
    )


def oom_killed(scene: Scene) -> Scene:
    """The Pod was ready and served, then its container outgrew its limit and the kernel killed it, twice."""
    scene = scene.after(55).frame("grow", "pod", now={"pod": "grows"}, details=("grow.limit", "grow.who"))
    scene = _killed(scene.after(0.8), 0)
    scene = _endpoint(scene.after(0.06), False, "unpublish")
    scene = _oom_restarted(scene.after(0.5))
    scene = _ready_again(scene.after(1.1))
    scene = _endpoint(scene.after(0.06), True, "publish", say="publish-again")
    scene = _killed(scene.after(31), 1)
    scene = _endpoint(scene.after(0.06), False, "unpublish", say="unpublish-again")
    scene = backs_off(scene.after(1.2), WEB_OOM, 1, "oom-back-off", "back-off.reset", "oom-back-off.same")
    return scene.resting(user="puzzled").after(5).frame("wait", "user", say="wait-oom", details=("wait-oom.last",))


def _killed(scene: Scene, attempt: int) -> Scene:
    before = scene.objects[POD]["status"]["containerStatuses"][0]
    started = before["state"]["running"]["startedAt"]
    state = terminated(container_id(attempt), 137, "OOMKilled", started, scene.time)
    pod = WEB_OOM.written(scene, state, attempt, before["lastState"], attempt)
    details = ("oom.code", "oom.event") if attempt == 0 else ("exit-again.last",)
    say = "oom" if attempt == 0 else "oom-again"
    return patched(scene.resting(pod="killed"), "oom", pod, *details, say=say)


def _endpoint(scene: Scene, ready: bool, key: str, *, say: str = "") -> Scene:
    """The EndpointSlice controller follows the Pod's Ready condition."""
    scene = scene.writing(SLICE, filled_slice(scene.objects[SLICE], ready))
    return scene.resting(proxy="knows-endpoint" if ready else "watching").frame(
        key,
        "controller",
        say=say,
        to="api",
        verb="PUT",
        path=SLICE_PATH,
        now={"controller": "publishes" if ready else "lists-unready", "api": "stores", "etcd": "commits"},
        details=("unpublish.connections",) if not ready else (),
    )


def _oom_restarted(scene: Scene) -> Scene:
    ended = scene.objects[POD]["status"]["containerStatuses"][0]["state"]
    scene = started_again(scene, WEB_OOM)
    scene = scene.resting(pod="running")
    pod = WEB_OOM.written(scene, running(scene.time), 1, ended, 1)
    return scene.writing(POD, pod).frame(
        "restart",
        "kubelet",
        say="restart-oom",
        to="api",
        verb="PATCH",
        path=STATUS,
        now=PATCHED,
        details=("restart-first.free", "restart-late.same"),
    )


def _ready_again(scene: Scene) -> Scene:
    pod = scene.objects[POD]
    status = {**pod["status"]["containerStatuses"][0], "ready": True}
    pod = with_conditions(with_status(pod, containerStatuses=[status]), *readiness(pod, True, scene.time))
    return patched(scene.resting(pod="ready"), "ready", pod, say="ready-again")
