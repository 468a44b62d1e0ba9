"""What keeps a Pod from going: a budget, a finalizer, a node that says nothing."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from app.kube.story.cluster import writes
from app.kube.story.pod import Object, deleted_at_once
from app.kube.story.scene import Scene
from app.widgets.pod_end.beat import Beat
from app.widgets.pod_end.begin import begun, cordoned
from app.widgets.pod_end.cast import (
    FINALIZER,
    LOST,
    NODE,
    SLICE,
    SLICE_PATH,
    mine,
    others,
    pod_key,
    pod_name,
    pod_path,
    resliced,
)
from app.widgets.pod_end.plan import REMOVED_S, Plan
from app.widgets.pod_end.stop import PODS_WATCH, gone, replaced

RETRY_S, TIMEOUT_S = 5, 25  # kubectl drain asks again after 5 s; --timeout=25s
PATIENCE_S = 11  # how long somebody waits before looking why
REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


# The budget: kubernetes v1.37 pkg/registry/core/pod/storage/eviction.go, kubectl v0.37 pkg/drain/drain.go


def refused(plan: Plan) -> Iterator[Beat]:
    yield from cordoned(plan)
    yield Beat(0.02, partial(_too_many, plan))
    yield Beat(RETRY_S + 0.02, partial(_again, plan))
    yield Beat(TIMEOUT_S + 0.05, partial(_given_up, plan))


def _too_many(plan: Plan, scene: Scene) -> Scene:
    return (
        scene.told(_retries(plan))
        .resting(user="refused")
        .frame(
            "refuse",
            "api",
            to="user",
            verb="429 Too Many Requests",
            path=f"{pod_path(plan)}/eviction",
            now={"api": "asks-budget"},
            details=("refuse.counts", "refuse.only-here"),
        )
    )


def _retries(plan: Plan) -> str:
    return f'error when evicting pods/"{pod_name(plan)}" -n "default" (will retry after {RETRY_S}s): {REFUSED}'


def _again(plan: Plan, scene: Scene) -> Scene:
    scene = scene.told(f"evicting pod default/{pod_name(plan)}", _retries(plan))
    return scene.frame(
        "again",
        "user",
        to="api",
        verb="POST",
        path=f"{pod_path(plan)}/eviction",
        now={"user": "evicts", "api": "asks-budget"},
        details=("again.ever",),
    )


def _given_up(plan: Plan, scene: Scene) -> Scene:
    for _ in range(TIMEOUT_S // RETRY_S - 2):
        scene = scene.told(f"evicting pod default/{pod_name(plan)}", _retries(plan))
    why = f'error when evicting pods/"{pod_name(plan)}" -n "default": global timeout reached: {TIMEOUT_S}s'
    scene = scene.told(
        f"evicting pod default/{pod_name(plan)}",
        f'There are pending pods in node "{NODE}" when an error occurred: {why}',
        f"pod/{pod_name(plan)}",
        f'error: unable to drain node "{NODE}" due to error: {why}, continuing command...',
        "There are pending nodes to be drained:",
        f" {NODE}",
        why,
    )
    return scene.resting(user="puzzled").frame("give-up", "user", details=("give-up.cordoned", "give-up.code"))


# The finalizer


def kept(plan: Plan) -> Iterator[Beat]:
    removed_s = plan.stopped_s + REMOVED_S
    yield Beat(removed_s + PATIENCE_S, _stuck)
    yield Beat(removed_s + PATIENCE_S + 2, partial(_freed, plan))


def _stuck(scene: Scene) -> Scene:
    return scene.resting(user="puzzled").frame("stuck", "user", details=("stuck.column", "stuck.who"), name=FINALIZER)


def _freed(plan: Plan, scene: Scene) -> Scene:
    patch = '{"metadata":{"finalizers":null}}'
    scene = scene.typed(f"kubectl patch pod {pod_name(plan)} --type=merge -p '{patch}'")
    pod = scene.objects[pod_key(plan)]
    meta = {key: value for key, value in pod["metadata"].items() if key != "finalizers"}
    scene = replace(scene, objects={**scene.objects, pod_key(plan): {**pod, "metadata": meta}})
    scene = gone(plan, scene.told(f"pod/{pod_name(plan)} patched"))
    return scene.frame(
        "free",
        "user",
        to="api",
        verb="PATCH",
        path=f"{pod_path(plan)}?fieldManager=kubectl-patch",
        now={"user": "asks", "api": "stores", "etcd": "commits"},
        details=("free.promise",),
    )


# The node that is gone


def lost(pod: Object) -> Object:
    """The Pod of a node that has been silent for two minutes: not ready, says the node lifecycle controller.

    kubernetes v1.37 pkg/controller/util/node/controller_utils.go, MarkPodsNotReady: the one condition, nothing else.
    """
    turned = {"status": "False", "lastTransitionTime": LOST}
    conditions = [{**each, **(turned if each["type"] == "Ready" else {})} for each in pod["status"]["conditions"]]
    return {**pod, "status": {**pod["status"], "conditions": conditions}}


def unconfirmed(plan: Plan) -> Iterator[Beat]:
    yield from begun(plan)
    yield Beat(plan.marked_s + 0.002, _learned)
    yield Beat(plan.marked_s + 0.005, partial(_condemned, plan))
    if plan.how == "drain":
        yield from replaced(plan, plan.marked_s + 0.015)
    waited = max(plan.grace, PATIENCE_S) + 30
    yield Beat(plan.marked_s + waited, partial(_silent, plan))
    yield Beat(plan.marked_s + waited + 5, partial(_forced, plan))
    yield Beat(plan.marked_s + waited + 6.02, partial(_unpublished, plan))


def _learned(scene: Scene) -> Scene:
    return scene.frame(
        "learn",
        "api",
        say="learn-lost",
        to="controller",
        verb="WATCH MODIFIED",
        path=PODS_WATCH,
        now={"api": "tells", "controller": "learns"},
        details=("learn.lost",),
    )


def _condemned(plan: Plan, scene: Scene) -> Scene:
    ends = [mine(plan, ready=False, serving=False, ends=True), others(plan)]
    scene = scene.writing(SLICE, resliced(scene.objects[SLICE], ends))
    return writes(scene, "slice", "controller", "marks-endpoint", "PUT", SLICE_PATH, "slice.three", say="slice-lost")


def _silent(plan: Plan, scene: Scene) -> Scene:
    return scene.resting(user="puzzled").frame(
        "silence", "user", details=("silence.promise", "silence.row", "silence.drain"), grace=str(plan.grace)
    )


def _forced(plan: Plan, scene: Scene) -> Scene:
    """Two writes in one request: grace 0, and gone, whatever still runs on the node."""
    key, name = pod_key(plan), pod_name(plan)
    scene = scene.typed(f"kubectl delete pod {name} --force")
    scene = scene.told(
        "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated."
        " The resource may continue to run on the cluster indefinitely."
    )
    scene = scene.writing(key, deleted_at_once(scene.objects[key], scene.time))
    scene = gone(plan, scene.told(f'pod "{name}" force deleted from default namespace'))
    return scene.frame(
        "force",
        "user",
        to="api",
        verb="DELETE",
        path=pod_path(plan),
        now={"user": "asks", "api": "stores", "etcd": "commits"},
        details=("force.zero", "force.runs", "force.names"),
    )


def _unpublished(plan: Plan, scene: Scene) -> Scene:
    left = [each for each in scene.objects[SLICE]["endpoints"] if each["targetRef"]["name"] != pod_name(plan)]
    scene = scene.writing(SLICE, resliced(scene.objects[SLICE], left))
    return writes(scene, "unpublish", "controller", "takes-out", "PUT", SLICE_PATH, say="unpublish-forced")
