"""One of two kubelets is down: its Pods are given up and replaced on the other node."""

from app.kube.story.cluster import writes
from app.kube.story.pod import bound, evicted_by_taint, marked_for_deletion, wired
from app.kube.story.scene import Scene
from app.widgets.deployment_birth.cast import NODES, PODS, Plan, binding_labels, node_of, taken_up
from app.widgets.deployment_birth.control import new_pod, reported_counts
from app.widgets.deployment_birth.nodes import completed, runs
from app.widgets.deployment_birth.rollout import Counts


def node_lost(scene: Scene, plan: Plan) -> Scene:
    """One of the two kubelets is down: its Pods are replaced on the other node, about six minutes later."""
    lost = [index for index in range(plan.replicas) if node_of(index) == NODES[0]]
    well = [index for index in range(plan.replicas) if node_of(index) != NODES[0]]
    scene = _half(scene, plan, well)
    scene = writes(
        scene.until(48),
        "node-lost",
        "controller",
        "judges-node",
        "PUT",
        "/api/v1/nodes/node-1/status",
        "node-lost.grace",
        "node-lost.taint",
        lost=str(len(lost)),
    )
    scene = _evicted(scene.until(348.1), plan, lost)
    return _replaced(scene, plan, lost)


def _half(scene: Scene, plan: Plan, well: list[int]) -> Scene:
    """The Pods of the other node start as they always do."""
    for index in well:
        key = plan.pod_key(index)
        scene = scene.after(0.006)
        scene = scene.writing(key, taken_up(plan, scene.objects[key], NODES[1], scene.time))
    scene = scene.after(0.4)
    for index in well:
        key = plan.pod_key(index)
        scene = scene.writing(key, wired(scene.objects[key], scene.time))
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
    for index in lost:
        key = plan.pod_key(index)
        scene = scene.event("evicted", key, pod=f"default/{plan.pod(index)}")
        scene = scene.writing(key, evicted_by_taint(scene.objects[key], scene.time)).after(0.01)
        scene = scene.writing(key, marked_for_deletion(scene.objects[key], scene.after(30).time)).after(0.01)
    return writes(
        scene,
        "evict",
        "controller",
        "evicts",
        "DELETE" if len(lost) == 1 else f"DELETE ×{len(lost)}",
        f"{PODS}/{plan.pod(lost[0])}",
        "evict.mark",
        "evict.stay",
        "evict.count",
        lost=str(len(lost)),
    )


def _replaced(scene: Scene, plan: Plan, lost: list[int]) -> Scene:
    """A Pod that is going does not count: the ReplicaSet makes new ones, on the node that is left."""
    new = list(range(plan.replicas, plan.replicas + len(lost)))
    scene = scene.after(0.02)
    for index in new:
        pod = new_pod(plan, plan.pod(index), scene.time)
        scene = scene.writing(plan.pod_key(index), pod).event("pod-created", plan.set_key, name=plan.pod(index))
    scene = writes(
        scene,
        "replace",
        "controller",
        "makes-pods",
        "POST" if len(new) == 1 else f"POST ×{len(new)}",
        PODS,
        "replace.name",
        count=str(len(new)),
    )
    labels = binding_labels(plan, NODES[1])
    for index in new:
        key = plan.pod_key(index)
        scene = scene.after(0.01).writing(key, bound(scene.objects[key], NODES[1], scene.time, labels))
        scene = scene.writing(key, taken_up(plan, scene.objects[key], NODES[1], scene.time))
    scene = scene.after(0.5)
    for index in new:
        key = plan.pod_key(index)
        scene = scene.writing(key, wired(scene.objects[key], scene.time))
    scene = scene.after(0.8)
    for index in new:
        scene = runs(scene, plan, index)
    scene = writes(
        scene.resting(pod="none"),
        "rest",
        "kubelet-2",
        "reports",
        f"PATCH ×{3 * len(new)}",
        f"{PODS}/{plan.pod(new[0])}/status",
        "rest-replaced.image",
        say="rest-replaced",
        count=str(len(new)),
    )
    return completed(scene.after(0.01), plan, Counts(plan.replicas, plan.replicas, len(lost)))
