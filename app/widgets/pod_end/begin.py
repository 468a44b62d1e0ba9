"""How it begins: who asks for the end, and what the API server writes."""

from collections.abc import Iterator
from functools import partial

from app.kube.story.cluster import writes
from app.kube.story.pod import condition, marked_for_deletion, with_conditions
from app.kube.story.scene import Scene
from app.widgets.pod_end.beat import Beat
from app.widgets.pod_end.cast import (
    DEPLOYMENT,
    NODE,
    NODE_KEY,
    SETS,
    node_before,
    pod_key,
    pod_name,
    pod_path,
    set_key,
    set_name,
)
from app.widgets.pod_end.plan import Plan


def begun(plan: Plan) -> Iterator[Beat]:
    """From the first request to the mark on the Pod."""
    match plan.how:
        case "delete":
            yield Beat(0, partial(_asked, plan))
            yield Beat(plan.marked_s, partial(_marked, plan))
        case "scale-down":
            yield Beat(0, _scaled)
            yield Beat(0.007, partial(_set_scaled, plan, old=2, new=1))
            yield Beat(plan.marked_s, partial(_deleted_by_set, plan))
        case "rolling-update":
            yield Beat(0.01, partial(_set_scaled, plan, old=1, new=0))
            yield Beat(plan.marked_s, partial(_deleted_by_set, plan))
        case "drain":
            yield from cordoned(plan)
            yield Beat(plan.marked_s, partial(_evicted, plan))


def cordoned(plan: Plan) -> Iterator[Beat]:
    yield Beat(0, partial(_cordoned, plan))
    yield Beat(0.012, partial(_tainted, plan))
    yield Beat(0.016, partial(_eviction_asked, plan))


def _asked(plan: Plan, scene: Scene) -> Scene:
    scene = scene.typed(f"kubectl delete pod {pod_name(plan)}")
    return scene.frame(
        "ask",
        "user",
        say="ask-delete",
        to="api",
        verb="DELETE",
        path=pod_path(plan),
        now={"user": "asks", "api": "reads"},
        details=("ask.options", "ask.no-budget"),
    )


def _mark(plan: Plan, scene: Scene) -> Scene:
    """The Pod with its time of death; nothing else happens to it here."""
    until = scene.after(plan.grace).time
    return scene.writing(pod_key(plan), marked_for_deletion(scene.objects[pod_key(plan)], until, plan.grace))


def _marked(plan: Plan, scene: Scene) -> Scene:
    scene = scene.told(f'pod "{pod_name(plan)}" deleted from default namespace')
    return _mark(plan, scene).frame(
        "mark",
        "api",
        to="etcd",
        verb="Txn",
        path=f"/registry/pods/default/{pod_name(plan)}",
        now={"user": "waits", "api": "marks", "etcd": "commits"},
        details=("mark.fields", "mark.column", "mark.kubectl"),
        grace=str(plan.grace),
    )


def _scaled(scene: Scene) -> Scene:
    scene = scene.typed("kubectl scale deployment/web --replicas=1").told("deployment.apps/web scaled")
    return scene.frame(
        "ask",
        "user",
        say="ask-scale",
        to="api",
        verb="PATCH",
        path=f"{DEPLOYMENT}/scale",
        now={"user": "asks", "api": "stores", "etcd": "commits"},
        details=("ask.no-budget",),
    )


def _set_scaled(plan: Plan, scene: Scene, old: int, new: int) -> Scene:
    how = {"set": set_name(plan), "old": str(old), "new": str(new)}
    scene = scene.event("scaled-down", "Deployment/web", **how)
    return writes(
        scene,
        "set-scaled",
        "controller",
        "scales-set",
        "PUT",
        f"{SETS}/{set_name(plan)}",
        "set-scaled.who",
        say="set-scaled" if plan.how == "scale-down" else "set-scaled-rolling",
        set=how["set"],
        old=how["old"],
        new=how["new"],
    )


def _deleted_by_set(plan: Plan, scene: Scene) -> Scene:
    scene = _mark(plan, scene).event("pod-deleted", set_key(plan), name=pod_name(plan))
    return writes(
        scene,
        "mark",
        "controller",
        "deletes-pod",
        "DELETE",
        pod_path(plan),
        "mark.which",
        "mark.fields",
        "mark.column",
        "ask.no-budget",
        say="mark-by-set",
        grace=str(plan.grace),
    )


def _cordoned(plan: Plan, scene: Scene) -> Scene:
    timeout = " --timeout=25s" if plan.fault == "pdb-refuses" else ""
    scene = scene.typed(f"kubectl drain {NODE} --ignore-daemonsets{timeout}").told(f"node/{NODE} cordoned")
    scene = scene.writing(NODE_KEY, node_before(plan, unschedulable=True))
    return scene.frame(
        "cordon",
        "user",
        to="api",
        verb="PATCH",
        path=f"/api/v1/nodes/{NODE}",
        now={"user": "asks", "api": "stores", "etcd": "commits"},
        details=("cordon.what",),
    )


def _tainted(plan: Plan, scene: Scene) -> Scene:
    taint = {"effect": "NoSchedule", "key": "node.kubernetes.io/unschedulable", "timeAdded": scene.time}
    scene = scene.writing(NODE_KEY, node_before(plan, taints=[taint], unschedulable=True))
    return writes(scene, "taint", "controller", "taints-node", "PATCH", f"/api/v1/nodes/{NODE}", "taint.why")


def _eviction_asked(plan: Plan, scene: Scene) -> Scene:
    return scene.told(f"evicting pod default/{pod_name(plan)}").frame(
        "evict",
        "user",
        to="api",
        verb="POST",
        path=f"{pod_path(plan)}/eviction",
        now={"user": "evicts", "api": "asks-budget"},
        details=("evict.budget", "evict.answers"),
    )


def _evicted(plan: Plan, scene: Scene) -> Scene:
    """Two writes: why it goes, and the mark."""
    key, message = pod_key(plan), "Eviction API: evicting"
    target = condition("DisruptionTarget", True, scene.time, "EvictionByEvictionAPI", message, generation=None)
    scene = _mark(plan, scene.writing(key, with_conditions(scene.objects[key], target)))
    return scene.frame(
        "mark",
        "api",
        say="mark-evicted",
        to="etcd",
        verb="Txn ×2",
        path=f"/registry/pods/default/{pod_name(plan)}",
        now={"user": "waits", "api": "marks", "etcd": "commits"},
        details=("mark.fields", "mark.column", "mark.condition"),
        grace=str(plan.grace),
    )
