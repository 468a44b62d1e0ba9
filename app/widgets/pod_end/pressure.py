"""A node runs low on memory: the kubelet measures, ranks its Pods, ends one within a second, and writes it down later.

kubernetes v1.37 pkg/kubelet/eviction/eviction_manager.go synchronize, evictPod; helpers.go evictionMessage,
rankMemoryPressure; defaults_linux.go: `memory.available<100Mi`. pkg/kubelet/kubelet.go: measured every 10 s;
pkg/kubelet/nodestatus/setters.go MemoryPressureCondition: the node's condition comes with its next status.
"""

from collections.abc import Iterator
from functools import partial

from app.kube.story.cluster import writes
from app.kube.story.pod import Object, condition, with_conditions, with_status
from app.kube.story.scene import Scene
from app.widgets.pod_end.beat import Beat
from app.widgets.pod_end.cast import NODE, NODE_KEY, REQUEST, SIDECARS, node, pod_key
from app.widgets.pod_end.plan import NODE_WRITTEN_S, Plan
from app.widgets.pod_end.stop import ended, racing, replaced, reported, stopping, unpublished

THRESHOLD, AVAILABLE = "100Mi", "92964Ki"  # memory.available, and what was left of it
USED, SIDECAR_USED = "822276Ki", "18632Ki"  # working sets


def evicted(plan: Plan) -> Iterator[Beat]:
    yield Beat(0, _measured)
    yield Beat(0.002, partial(_chosen, plan))
    yield from stopping(plan)
    yield from racing(plan)
    over_s = round(plan.stopped_s + 0.012, 3)
    yield Beat(over_s, partial(_over, plan))
    yield Beat(plan.slice_s, partial(unpublished, plan))
    yield from replaced(plan, over_s + 0.006)
    yield Beat(NODE_WRITTEN_S, _pressed)
    yield Beat(NODE_WRITTEN_S + 0.012, _tainted)


def message(plan: Plan) -> str:
    """What the event, the Pod's status and its condition say (helpers.go evictionMessage); it ends with a blank."""
    used = [("web", USED, REQUEST), *((name, SIDECAR_USED, "0") for name in SIDECARS[: plan.sidecars])]
    blamed = "".join(
        f"Container {name} was using {working_set}, request is {request}, has larger consumption of memory. "
        for name, working_set, request in used
    )
    return f"The node was low on resource: memory. Threshold quantity: {THRESHOLD}, available: {AVAILABLE}. {blamed}"


def _measured(scene: Scene) -> Scene:
    return scene.event("threshold-met", NODE_KEY).frame(
        "measure",
        "kubelet",
        now={"kubelet": "measures"},
        details=("measure.hard", "measure.working-set", "measure.reclaim"),
        threshold=THRESHOLD,
        available=AVAILABLE,
    )


def _chosen(plan: Plan, scene: Scene) -> Scene:
    return scene.event("low-on-memory", pod_key(plan), message=message(plan)).frame(
        "choose",
        "kubelet",
        now={"kubelet": "chooses"},
        details=("choose.order", "choose.one", "choose.budget"),
        used=USED,
        request=REQUEST,
    )


def _status(plan: Plan, pod: Object, now: str) -> Object:
    """Failed and Evicted, held back until none runs, as at a shutdown. Were all codes 0, it would be Succeeded."""
    pod = ended(plan, pod, now)
    target = condition("DisruptionTarget", True, now, "TerminationByKubelet", message(plan))
    conditions = [target, *with_conditions(pod)["status"]["conditions"]]
    return with_status(pod, conditions=conditions, message=message(plan), phase="Failed", reason="Evicted")


def _over(plan: Plan, scene: Scene) -> Scene:
    return reported(plan, scene, _status, "over.held-back", say="over-evicted", column="over-evicted.column")


def _pressed(scene: Scene) -> Scene:
    pressed = {
        "lastHeartbeatTime": scene.time,
        "lastTransitionTime": scene.time,
        "message": "kubelet has insufficient memory available",
        "reason": "KubeletHasInsufficientMemory",
        "status": "True",
        "type": "MemoryPressure",
    }
    (is_ready,) = node()["status"]["conditions"]
    scene = scene.writing(NODE_KEY, {**node(), "status": {"conditions": [pressed, is_ready]}})
    scene = scene.event("insufficient-memory", NODE_KEY)
    details = ("press.late", "press.five")
    return writes(scene, "press", "kubelet", "reports", "PATCH", f"/api/v1/nodes/{NODE}/status", *details)


def _tainted(scene: Scene) -> Scene:
    taint = {"effect": "NoSchedule", "key": "node.kubernetes.io/memory-pressure", "timeAdded": scene.time}
    status = scene.objects[NODE_KEY]["status"]
    scene = scene.writing(NODE_KEY, {**node(taints=[taint]), "status": status})
    return writes(
        scene,
        "taint",
        "controller",
        "taints-node",
        "PATCH",
        f"/api/v1/nodes/{NODE}",
        "taint.admits",
        say="taint-pressure",
    )
