"""What goes wrong once a container has run: it exits, is killed, or never says that it is ready."""

from dataclasses import replace

from app.kube.story.backoff import restart_delay_s, syncs_s
from app.kube.story.cluster import CRI, writes
from app.kube.story.crash import SEES_START_S, Crasher, sat_out
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
    SHOP,
    SHOP_ID,
    SLICE,
    STATUS,
    UID,
    container_id,
    filled_slice,
)
from app.widgets.pod_birth.node import SLICE_PATH, fetched, listed, patched, resolved, started

TO_NEXT_PROBE_S = (
    9  # the probe comes every 10 s; one that finds no container running counts as failed, without an event
)

WEB_CRASHES = Crasher("web", UID, POD_IP, "web", IMAGE, IMAGE_ID, container_id)
WEB_OOM = replace(WEB_CRASHES, code=137, reason="OOMKilled")
WRONG_CPU = replace(WEB_CRASHES, image=SHOP, image_id=SHOP_ID, code=255)
INIT_CRASHES = replace(WEB_CRASHES, name="migrate", image=INIT_IMAGE, image_id=INIT_IMAGE_ID, field="initContainers")


def seen_running(scene: Scene, who: Crasher, attempt: int) -> Scene:
    """The kubelet looks at once after a start, reports the container running, and probes it if it is the app's."""
    scene = scene.after(SEES_START_S)
    scene = scene.writing(POD, who.runs(scene, attempt))
    if who.field == "initContainers":
        return scene
    return scene.after(0.01).event("probe-refused", POD, container=who.name, host=f"{POD_IP}:80", path="/")


def exits(scene: Scene, who: Crasher, attempt: int, say: str, *details: str) -> Scene:
    """The container has ended and the kubelet reports how; from the second time on it refuses a start at once."""
    pod = who.exited(scene, attempt)
    if attempt:
        scene = who.refused(scene)
    scene = scene.resting(pod=_ended(who), **({"kubelet": "backs-off"} if attempt else {}))
    return patched(scene, "exit", pod, *details, say=say, code=str(who.code))


def waits(scene: Scene, who: Crasher, attempt: int, say: str, *details: str) -> Scene:
    """A sync after the one that found the container ended: only now the status says CrashLoopBackOff."""
    values = {"delay": str(restart_delay_s(attempt)), "restarts": str(attempt)}
    scene = scene.resting(kubelet="backs-off")
    return patched(scene, "back-off", who.waits(scene, attempt), *details, say=say, **values)


def backs_off(scene: Scene, who: Crasher, attempt: int, say: str, *details: str, after_s: float = 1) -> Scene:
    """A failed readiness probe has called for one more sync, which writes CrashLoopBackOff.

    When a probe fails the kubelet syncs the Pod; that sync waits for the next listing of the containers, every second
    (kubernetes v1.37 pkg/kubelet/kubelet.go syncLoopIteration, pkg/kubelet/pleg/generic.go).
    """
    return waits(who.refused(scene.after(after_s)), who, attempt, say, *details)


def crash_loop(scene: Scene) -> Scene:
    """A container that exits at once: one restart without delay, then delays of 10 s, 20 s, 40 s … 300 s."""
    return _crashes(scene, WEB_CRASHES, "exit-first", "wait-crash", "wait-crash.logs")


def wrong_architecture(scene: Scene) -> Scene:
    """A plain manifest for another CPU: nobody looks before the kernel does, and it does not run the program.

    containerd v2.3 unpacks a manifest that stands in no index whatever its platform (plugins/transfer/plugin.go); Linux
    execve(2) ENOEXEC; runc writes that into the container's log and exits with 255.
    """
    scene = scene.after(0.05).event("pulling", POD, container="web", image=SHOP)
    scene = resolved(scene, SHOP, "resolve-plain", "pull.policy", "resolve-plain.tag")
    scene = fetched(scene.after(0.3), SHOP, "pull-plain", "pull-plain.platform", "pull-plain.index")
    scene = scene.after(1.541)
    scene = scene.event("pulled", POD, container="web", image=SHOP, took="1.841s", size=image_size(SHOP))
    scene = started(scene, "start-plain", ("start.two-calls", "start-plain.who"))
    return _crashes(scene, WRONG_CPU, "exit-exec", "wait-exec", "wait-exec.mend", "wait-exec.find")


def _ended(who: Crasher) -> str:
    return "exited" if who.code == 1 else f"exited-{who.code}"


def _crashes(scene: Scene, who: Crasher, first: str, last: str, *details_last: str) -> Scene:
    scene = seen_running(scene, who, 0)
    now = {"kubelet": "reports", "api": "stores", "etcd": "commits", "controller": "lists-unready"}
    scene = listed(scene).frame(
        "running",
        "kubelet",
        say="running-briefly",
        to="api",
        verb="PATCH",
        path=STATUS,
        now=now,
        details=("running.relist", "running-briefly.probe", "running.slice"),
    )
    scene = exits(scene.after(0.4), who, 0, first, "exit-first.phase", "exit-first.policy")
    scene = _restarted(scene.after(0.5), who, 1, "restart-first", "restart-first.free")
    scene = exits(scene.after(0.4), who, 1, "exit-again", "exit-again.last")
    scene = backs_off(scene, who, 1, "back-off-first", "back-off.reset", "back-off.second", "back-off.column")
    scene = _restarted(sat_out(scene, (who,), 1), who, 2, "restart-late", "restart-late.same")
    scene = exits(scene.after(0.4), who, 2, "exit-again", "exit-again.last")
    scene = backs_off(scene, who, 2, "back-off-grows", "back-off.reset")
    for attempt in range(3, 7):
        scene = who.started_again(sat_out(scene, (who,), attempt - 1))
        scene = seen_running(scene, who, attempt).after(0.4)
        scene = who.refused(scene.writing(POD, who.exited(scene, attempt)))
        say = "back-off-longest" if attempt == 6 else "back-off-grows"
        details = ("back-off.reset", "back-off.looks", *(("back-off.limit",) if attempt == 6 else ()))
        scene = backs_off(scene, who, attempt, say, *details)
    return scene.resting(user="puzzled").after(60).frame("wait", "user", say=last, details=details_last)


def _restarted(scene: Scene, who: Crasher, attempt: int, say: str, *details: str) -> Scene:
    """A start, and what the kubelet sees of it at once."""
    scene = seen_running(who.started_again(scene), who, attempt)
    return scene.resting(kubelet="syncs", pod="running").frame(
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
    scene = listed(seen_running(scene, who, 0))
    scene = exits(scene.after(0.6), who, 0, "init-exits", "init-exits.condition", "init-exits.column")
    scene = seen_running(who.started_again(sat_out(scene, (who,), 0)), who, 1).resting(kubelet="syncs")
    for attempt in (1, 2, 3):
        say, detail = ("init-again", "init-again.status") if attempt == 1 else ("init-once-more", "exit-again.last")
        scene = exits(scene.after(0.6), who, attempt, say, detail)
        scene = scene.after(sum(syncs_s(restart_delay_s(attempt))))
        scene = waits(scene, who, attempt, "init-waits", "back-off.reset", "init-waits.policy")
        scene = seen_running(who.started_again(scene.after(0.03)), who, attempt + 1).resting(kubelet="syncs")
    scene = scene.after(0.6)
    scene = who.refused(scene.writing(POD, who.exited(scene, 4))).resting(pod=_ended(who), kubelet="backs-off")
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
    details = ("back-off.reset", "oom-back-off.same", "oom-back-off.when")
    scene = backs_off(scene, WEB_OOM, 1, "oom-back-off", *details, after_s=TO_NEXT_PROBE_S)
    return scene.resting(user="puzzled").after(0.5).frame("wait", "user", say="wait-oom", details=("wait-oom.last",))


def _killed(scene: Scene, attempt: int) -> Scene:
    before = scene.objects[POD]["status"]["containerStatuses"][0]
    started = before["state"]["running"]["startedAt"]
    state = terminated(container_id(attempt), 137, "OOMKilled", started, scene.time)
    pod = WEB_OOM.written(scene, state, attempt, before["lastState"], attempt)
    details = ("oom.code", "oom.event") if attempt == 0 else ("exit-again.last",)
    say = "oom" if attempt == 0 else "oom-again"
    if attempt:
        scene = WEB_OOM.refused(scene)
    return patched(scene.resting(pod="killed"), "oom", pod, *details, say=say)


def _endpoint(scene: Scene, ready: bool, key: str, *, say: str = "") -> Scene:
    """The EndpointSlice controller follows the Pod's Ready condition."""
    scene = scene.writing(SLICE, filled_slice(scene.objects[SLICE], scene.objects[POD], ready))
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
