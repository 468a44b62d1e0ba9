"""A liveness probe ends the container, not the Pod: the same stop, and then a start.

kubernetes v1.37 pkg/kubelet/prober/worker.go, pkg/kubelet/kuberuntime/kuberuntime_manager.go computePodActions
"""

from collections.abc import Iterator
from functools import partial

from app.kube.story.cluster import writes
from app.kube.story.pod import Object, readiness, ready, running, terminated, with_conditions, with_status
from app.kube.story.scene import Scene
from app.widgets.pod_end.beat import Beat
from app.widgets.pod_end.cast import (
    IMAGE,
    LIVENESS,
    POD_IP,
    PORT,
    SLICE,
    SLICE_PATH,
    container_id,
    mine,
    others,
    pod_key,
    pod_path,
    resliced,
)
from app.widgets.pod_end.plan import LIVENESS_FAILS_S, READINESS_FAILS_S, Plan
from app.widgets.pod_end.stop import racing, stopping


def restarted(plan: Plan) -> Iterator[Beat]:
    yield Beat(0, _hung)
    for at_s in plan.probes_s:
        if at_s < plan.closes_s:
            yield Beat(at_s, partial(_unready_probe, plan))
    for at_s in LIVENESS_FAILS_S:
        yield Beat(at_s, partial(_dead_probe, plan))
    yield Beat(LIVENESS_FAILS_S[0] + 0.001, _probed)
    yield Beat(READINESS_FAILS_S[-1] + 0.08, partial(_unready, plan))
    yield Beat(plan.slice_s, partial(_taken_out, plan))
    yield Beat(LIVENESS_FAILS_S[-1] + 0.001, partial(_condemned, plan))
    yield from stopping(plan)
    yield from (beat for beat in racing(plan) if beat.at_s < plan.ready_again_s)
    yield Beat(plan.restarted_s, partial(_started, plan))
    yield Beat(plan.ready_again_s, partial(_ready, plan))
    yield Beat(plan.ready_again_s + 0.02, partial(_published, plan))


def _hung(scene: Scene) -> Scene:
    return scene.resting(pod="hangs").frame("hang", "pod", details=("hang.who",))


def _unready_probe(plan: Plan, scene: Scene) -> Scene:
    return scene.event("unhealthy", pod_key(plan), container="web", code="500")


def _dead_probe(plan: Plan, scene: Scene) -> Scene:
    return scene.event("liveness-failed", pod_key(plan), container="web", code="500")


def _probed(scene: Scene) -> Scene:
    return scene.frame(
        "probe",
        "kubelet",
        to="pod",
        verb="GET",
        path=f"http://{POD_IP}:{PORT}{LIVENESS}",
        now={"kubelet": "probes"},
        details=("probe.two", "probe.counts"),
    )


def _unready(plan: Plan, scene: Scene) -> Scene:
    pod = scene.objects[pod_key(plan)]
    (status,) = pod["status"]["containerStatuses"]
    pod = with_conditions(with_status(pod, containerStatuses=[{**status, "ready": False}]), *_unreadiness(pod, scene))
    return _reports(plan, scene.writing(pod_key(plan), pod), "unready", "unready.three")


def _unreadiness(pod: Object, scene: Scene) -> tuple[Object, Object]:
    return readiness(pod, False, scene.time)


def _reports(plan: Plan, scene: Scene, key: str, *details: str) -> Scene:
    return writes(scene, key, "kubelet", "reports", "PATCH", f"{pod_path(plan)}/status", *details)


def _taken_out(plan: Plan, scene: Scene) -> Scene:
    turned = _turned(plan, scene)
    ends = [mine(plan, ready=False, serving=False), others(plan)]
    scene = scene.writing(SLICE, resliced(scene.objects[SLICE], ends, turned))
    return writes(
        scene, "slice", "controller", "marks-endpoint", "PUT", SLICE_PATH, "slice.serving", say="slice-unready"
    )


def _turned(plan: Plan, scene: Scene) -> str:
    conditions = scene.objects[pod_key(plan)]["status"]["conditions"]
    return str(next(each["lastTransitionTime"] for each in conditions if each["type"] == "Ready"))


def _condemned(plan: Plan, scene: Scene) -> Scene:
    return scene.frame(
        "condemn",
        "kubelet",
        now={"kubelet": "probes"},
        details=("condemn.no-delete", "condemn.grace", "condemn.everywhere"),
        grace=str(plan.grace),
    )


def _started(plan: Plan, scene: Scene) -> Scene:
    """The first start after a crash waits for nothing."""
    key = pod_key(plan)
    for kind in ("present", "created", "started"):
        scene = scene.event(kind, key, container="web", image=IMAGE)
    (status,) = scene.objects[key]["status"]["containerStatuses"]
    began, code = status["state"]["running"]["startedAt"], plan.code
    ended_at = scene.until(plan.exited_s).time
    last = terminated(status["containerID"], code, "Error" if code else "Completed", began, ended_at)
    fresh = {
        **status,
        "containerID": container_id("web", 1),
        "lastState": last,
        "restartCount": 1,
        "state": running(scene.time),
    }
    scene = scene.writing(key, with_status(scene.objects[key], containerStatuses=[fresh]))
    return _reports(
        plan, scene.resting(pod="starting", kubelet="watching"), "restart", "restart.same", "restart.back-off"
    )


def _ready(plan: Plan, scene: Scene) -> Scene:
    scene = scene.writing(pod_key(plan), ready(scene.objects[pod_key(plan)], scene.time))
    return _reports(plan, scene.resting(pod="serving"), "ready")


def _published(plan: Plan, scene: Scene) -> Scene:
    scene = scene.writing(SLICE, resliced(scene.objects[SLICE], [mine(plan), others(plan)], _turned(plan, scene)))
    back = {"inside": "sends-both" if plan.inside else "silent", "outside": "sends-both" if plan.outside else "silent"}
    return writes(
        scene.resting(proxy="names-both", balancer="names-both", **back),
        "publish",
        "controller",
        "publishes",
        "PUT",
        SLICE_PATH,
    )
