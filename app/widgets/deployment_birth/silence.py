"""One of two kubelets is down: its Pods are given up and replaced on the other node."""

from app.kube.story.pod import (
    bound,
    with_conditions,
)
from app.kube.story.pod import (
    condition as pod_condition,
)
from app.kube.story.scene import Scene
from app.widgets.deployment_birth.cast import (
    NODES,
    PODS,
    Plan,
    node_of,
)
from app.widgets.deployment_birth.control import WRITES, new_pod, reported_counts
from app.widgets.deployment_birth.nodes import (
    completed,
    first_status,
    runs,
)
from app.widgets.deployment_birth.rollout import Counts


def node_lost(scene: Scene, plan: Plan) -> Scene:
    """One of the two kubelets is down: its Pods are replaced on the other node, about six minutes later."""
    lost = [index for index in range(plan.replicas) if node_of(index) == NODES[0]]
    well = [index for index in range(plan.replicas) if node_of(index) != NODES[0]]
    scene = _half(scene, plan, well)
    scene = scene.until(48).frame(
        "node-lost",
        "controller",
        to="api",
        verb="PUT",
        path="/api/v1/nodes/node-1/status",
        now={"controller": "judges-node", **WRITES},
        details=("node-lost.grace", "node-lost.taint"),
        lost=str(len(lost)),
    )
    scene = _evicted(scene.until(348.1), plan, lost)
    return _replaced(scene, plan, lost)


def _half(scene: Scene, plan: Plan, well: list[int]) -> Scene:
    """The Pods of the other node start as they always do."""
    for index in well:
        key = plan.pod_key(index)
        scene = scene.after(0.006)
        scene = scene.writing(key, first_status(scene.objects[key], NODES[1], scene.time))
    scene = scene.after(0.4)
    for index in well:
        key = plan.pod_key(index)
        wired = pod_condition("PodReadyToStartContainers", True, scene.time)
        scene = scene.writing(key, with_conditions(scene.objects[key], wired))
    scene = scene.after(3.2)
    for index in well:
        scene = runs(scene.after(0.02), plan, index)
    scene = scene.frame(
        "take-up",
        "kubelet-2" if well else "api",
        say="take-up-half",
        to="api" if well else "kubelet",
        verb=f"PATCH ×{3 * len(well)}" if well else "",
        path=f"{PODS}/{plan.pod(well[0])}/status" if well else None,
        now={"kubelet-2": "reports" if well else "watching"},
        details=("take-up-half.ready",),
        ready=str(len(well)),
        lost=str(plan.replicas - len(well)),
    )
    if not well:
        return scene
    return reported_counts(scene.after(0.01), plan, Counts(plan.replicas, len(well)), "count-up", "count-up.available")


def _evicted(scene: Scene, plan: Plan, lost: list[int]) -> Scene:
    message = "Taint manager: deleting due to NoExecute taint"
    for index in lost:
        key = plan.pod_key(index)
        scene = scene.event("evicted", key, pod=f"default/{plan.pod(index)}")
        target = pod_condition("DisruptionTarget", True, scene.time, "DeletionByTaintManager", message)
        scene = scene.writing(key, with_conditions(scene.objects[key], target)).after(0.01)
        pod = scene.objects[key]
        going = {
            **pod["metadata"],
            "deletionGracePeriodSeconds": 30,
            "deletionTimestamp": scene.after(30).time,
            "generation": 2,
        }
        scene = scene.writing(key, {**pod, "metadata": going}).after(0.01)
    return scene.frame(
        "evict",
        "controller",
        to="api",
        verb="DELETE" if len(lost) == 1 else f"DELETE ×{len(lost)}",
        path=f"{PODS}/{plan.pod(lost[0])}",
        now={"controller": "evicts", **WRITES},
        details=("evict.mark", "evict.count"),
        lost=str(len(lost)),
    )


def _replaced(scene: Scene, plan: Plan, lost: list[int]) -> Scene:
    """A Pod that is going does not count: the ReplicaSet makes new ones, on the node that is left."""
    new = list(range(plan.replicas, plan.replicas + len(lost)))
    scene = scene.after(0.02)
    for index in new:
        pod = new_pod(plan, plan.pod(index), scene.time)
        scene = scene.writing(plan.pod_key(index), pod).event("pod-created", plan.set_key, name=plan.pod(index))
    scene = scene.frame(
        "replace",
        "controller",
        to="api",
        verb="POST" if len(new) == 1 else f"POST ×{len(new)}",
        path=PODS,
        now={"controller": "makes-pods", **WRITES},
        details=("replace.name",),
        count=str(len(new)),
    )
    for index in new:
        key = plan.pod_key(index)
        scene = scene.after(0.01).writing(key, bound(scene.objects[key], NODES[1], scene.time))
        scene = scene.writing(key, first_status(scene.objects[key], NODES[1], scene.time))
    scene = scene.after(0.5)
    for index in new:
        key = plan.pod_key(index)
        wired = pod_condition("PodReadyToStartContainers", True, scene.time)
        scene = scene.writing(key, with_conditions(scene.objects[key], wired))
    scene = scene.after(0.8)
    for index in new:
        scene = runs(scene, plan, index)
    scene = scene.resting(pod="none").frame(
        "rest",
        "kubelet-2",
        say="rest-replaced",
        to="api",
        verb=f"PATCH ×{3 * len(new)}",
        path=f"{PODS}/{plan.pod(new[0])}/status",
        now={"kubelet-2": "reports", **WRITES},
        details=("rest-replaced.image",),
        count=str(len(new)),
    )
    return completed(scene.after(0.01), plan, Counts(plan.replicas, plan.replicas, len(lost)))
