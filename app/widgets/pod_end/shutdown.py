"""A node shuts down in order: the kubelet ends its Pods by itself, and nobody takes them out of the slices first.

kubernetes v1.37 pkg/kubelet/nodeshutdown/nodeshutdown_manager.go, nodeshutdown_manager_linux.go;
pkg/kubelet/status/status_manager.go mergePodStatus holds the status back until no container runs;
pkg/controller/nodelifecycle/node_lifecycle_controller.go monitorNodeHealth marks Pods only when it has itself found
the node silent.
"""

from collections.abc import Iterator
from functools import partial

from app.kube.story.cluster import writes
from app.kube.story.pod import Object, condition, with_conditions, with_status
from app.kube.story.scene import Scene
from app.widgets.pod_end.beat import Beat
from app.widgets.pod_end.cast import NODE, NODE_KEY, node, ready_condition
from app.widgets.pod_end.plan import NODE_NOTICED_S, SHUTDOWN_S, Plan
from app.widgets.pod_end.stop import ended, racing, reported, stopping, unpublished

MESSAGE = "Pod was terminated in response to imminent node shutdown."


def shut_down(plan: Plan) -> Iterator[Beat]:
    yield Beat(0, partial(_announced, plan))
    yield Beat(0.004, _not_ready)
    yield Beat(NODE_NOTICED_S, _tainted)
    yield from stopping(plan)
    yield from racing(plan)
    over_s = round(plan.stopped_s + 0.012, 3)
    yield Beat(over_s, partial(_over, plan))
    yield Beat(plan.slice_s, partial(unpublished, plan))
    yield Beat(plan.slice_s + 0.4, partial(_off, plan))


def _announced(plan: Plan, scene: Scene) -> Scene:
    scene = scene.event("shutdown", NODE_KEY)
    return scene.frame(
        "announce",
        "kubelet",
        now={"kubelet": "delays-shutdown"},
        details=("announce.inhibitor", "announce.default", "announce.priorities"),
        grace=str(plan.allowed_s),
    )


def _not_ready(scene: Scene) -> Scene:
    said = ready_condition("False", "KubeletNotReady", "node is shutting down", scene.time)
    scene = scene.writing(NODE_KEY, {**node(), "status": {"conditions": [said]}}).event("node-not-ready", NODE_KEY)
    return writes(scene, "not-ready", "kubelet", "reports", "PATCH", f"/api/v1/nodes/{NODE}/status", "not-ready.pods")


def _tainted(scene: Scene) -> Scene:
    taints = [
        {"effect": effect, "key": "node.kubernetes.io/not-ready", "timeAdded": scene.time}
        for effect in ("NoSchedule", "NoExecute")
    ]
    status = scene.objects[NODE_KEY]["status"]
    first = {**node(taints=taints[:1]), "status": status}
    scene = scene.writing(NODE_KEY, first).writing(NODE_KEY, {**node(taints=taints), "status": status})
    return writes(
        scene,
        "taint",
        "controller",
        "taints-node",
        "PATCH ×2",
        f"/api/v1/nodes/{NODE}",
        "taint.tolerated",
        say="taint-not-ready",
    )


def status_after(plan: Plan, pod: Object, now: str) -> Object:
    """What the kubelet writes when no container runs any more: why, and a reason only with a phase Failed.

    pkg/kubelet/kubelet_pods.go generateAPIPodStatus keeps the reason that belongs to the phase that it was noted with,
    which is Failed; a Pod whose containers have all ended with 0 becomes Succeeded, without it.
    """
    pod = ended(plan, pod, now)
    target = condition("DisruptionTarget", True, now, "TerminationByKubelet", MESSAGE)
    conditions = [target, *with_conditions(pod)["status"]["conditions"]]
    reason = {"message": MESSAGE, "reason": "Terminated"} if pod["status"]["phase"] == "Failed" else {}
    return with_status(pod, conditions=conditions, **reason)


def _over(plan: Plan, scene: Scene) -> Scene:
    said = "over-shutdown-failed" if plan.code else "over-shutdown"
    return reported(plan, scene, status_after, "over.held-back", say=said)


def _off(plan: Plan, scene: Scene) -> Scene:
    scene = scene.resting(kubelet="down", runtime="down", pod="none")
    late = ("off.too-late",) if plan.stopped_s > SHUTDOWN_S else ()  # killPods: the timer of the group
    return scene.frame("off", "kubelet", now={}, details=(*late, "off.object", "off.replaced"))
