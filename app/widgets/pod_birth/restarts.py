"""What goes wrong once a container has run: it exits, is killed, or never says that it is ready."""

from dataclasses import replace

from app.kube.story.backoff import SEEN_AFTER_S, restart_delay_s
from app.kube.story.cluster import CRI, writes
from app.kube.story.crash import Crasher
from app.kube.story.pod import ready, running, terminated
from app.kube.story.registry import image_size
from app.kube.story.scene import Scene
from app.widgets.pod_birth.cast import (
    IMAGE,
    IMAGE_ID,
    INIT_IMAGE,
    INIT_IMAGE_ID,
    POD,
    POD_IP,
    SLICE,
    UID,
    container_id,
    filled_slice,
)
from app.widgets.pod_birth.node import SLICE_PATH, fetched, patched, resolved

WEB_CRASHES = Crasher("web", UID, POD_IP, "web", IMAGE, IMAGE_ID, container_id)
WEB_OOM = replace(WEB_CRASHES, code=137, reason="OOMKilled")
INIT_CRASHES = replace(WEB_CRASHES, name="migrate", image=INIT_IMAGE, image_id=INIT_IMAGE_ID, field="initContainers")


def exits(scene: Scene, who: Crasher, attempt: int, say: str, *details: str) -> Scene:
    """The container has ended and the kubelet reports how."""
    pod = who.exited(scene, attempt)
    return patched(scene.resting(pod="exited"), "exit", pod, *details, say=say, code=str(who.code))


def backs_off(scene: Scene, who: Crasher, attempt: int, say: str, *details: str) -> Scene:
    """The kubelet will not start it again before the delay is over, and says so."""
    scene = who.refused(scene.after(SEEN_AFTER_S))
    return patched(
        scene.resting(kubelet="backs-off"),
        "back-off",
        who.waits(scene, attempt),
        *details,
        say=say,
        delay=str(restart_delay_s(attempt)),
        restarts=str(attempt),
    )


def crash_loop(scene: Scene) -> Scene:
    """A container that exits at once: one restart without delay, then delays of 10 s, 20 s, 40 s … 300 s."""
    scene = exits(scene.after(0.6), WEB_CRASHES, 0, "exit-first", "exit-first.phase", "exit-first.policy")
    scene = _restarted(scene.after(0.5), "restart-first", "restart-first.free")
    scene = exits(scene.after(0.4), WEB_CRASHES, 1, "exit-again", "exit-again.last")
    scene = backs_off(scene, WEB_CRASHES, 1, "back-off-first", "back-off.reset", "back-off.column")
    scene = _restarted(WEB_CRASHES.sat_out(scene, 1), "restart-late", "restart-late.same")
    scene = exits(scene.after(0.4), WEB_CRASHES, 2, "exit-again", "exit-again.last")
    scene = backs_off(scene, WEB_CRASHES, 2, "back-off-grows", "back-off.reset")
    for attempt in range(3, 7):
        scene = WEB_CRASHES.started_again(WEB_CRASHES.sat_out(scene, attempt - 1)).after(0.4)
        scene = scene.writing(POD, WEB_CRASHES.exited(scene, attempt))
        say = "back-off-longest" if attempt == 6 else "back-off-grows"
        details = ("back-off.reset", "back-off.looks", *(("back-off.limit",) if attempt == 6 else ()))
        scene = backs_off(scene, WEB_CRASHES, attempt, say, *details)
    return scene.resting(user="puzzled").after(60).frame("wait", "user", say="wait-crash", details=("wait-crash.logs",))


def _restarted(scene: Scene, say: str, *details: str) -> Scene:
    """A start whose process is gone before the kubelet has looked: no status in between."""
    scene = WEB_CRASHES.started_again(scene)
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
    scene = resolved(scene, INIT_IMAGE, "resolve-init", "pull-init.order", "resolve.token")
    scene = fetched(scene.after(0.4), INIT_IMAGE, "pull", "pull.layers", "pull.index")
    scene = scene.after(0.917).event(
        "pulled",
        POD,
        container=who.name,
        field=who.field,
        image=INIT_IMAGE,
        took="1.317s",
        size=image_size(INIT_IMAGE),
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
        scene = who.started_again(who.sat_out(scene, attempt - 1)).resting(kubelet="syncs")
        scene = exits(scene.after(0.4), who, attempt, "init-again", "exit-again.last")
        scene = backs_off(scene, who, attempt, "init-waits", "back-off.reset", "init-waits.policy")
    return scene.resting(user="puzzled").after(20).frame("wait", "user", say="wait-init", details=("wait-init.logs",))


def never_ready(scene: Scene) -> Scene:
    """The process runs and answers 503: Running, 0/1, listed as not ready, never restarted."""
    scene = _unready(_noticed(scene.after(0.4)), "probe-fails", "probe.who", "probe-fails.first")
    details = ("probe-again.restart", "probe-again.threshold")
    scene = _unready(_noticed(scene.after(10)), "probe-again", *details)
    for _ in range(4):
        scene = _noticed(scene.after(10))
    scene = _unready(scene, "probe-for-ever", *details).resting(user="puzzled").after(5)
    return scene.frame("wait", "user", say="wait-unready", details=("wait-unready.slice", "wait-unready.rollout"))


def _noticed(scene: Scene) -> Scene:
    return scene.event("unhealthy", POD, container="web", code="503")


def _unready(scene: Scene, say: str, *details: str) -> Scene:
    return scene.frame(
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
    scene = backs_off(scene, WEB_OOM, 1, "oom-back-off", "back-off.reset", "oom-back-off.same")
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
    return writes(
        scene.resting(proxy="knows-endpoint" if ready else "watching"),
        key,
        "controller",
        "publishes" if ready else "lists-unready",
        "PUT",
        SLICE_PATH,
        *("unpublish.connections",) if not ready else (),
        say=say,
    )


def _oom_restarted(scene: Scene) -> Scene:
    ended = scene.objects[POD]["status"]["containerStatuses"][0]["state"]
    scene = WEB_OOM.started_again(scene)
    scene = scene.resting(pod="running")
    pod = WEB_OOM.written(scene, running(scene.time), 1, ended, 1)
    return patched(scene, "restart", pod, "restart-first.free", "restart-late.same", say="restart-oom")


def _ready_again(scene: Scene) -> Scene:
    pod = ready(scene.objects[POD], scene.time)
    return patched(scene.resting(pod="ready"), "ready", pod, say="ready-again")
