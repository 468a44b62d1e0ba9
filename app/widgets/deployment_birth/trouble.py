"""What keeps a Deployment from becoming complete before any image is pulled, and the deadline."""

from app.kube.story.cluster import CNI_PLUGIN, plugin_not_found, writes
from app.kube.story.pod import condition as pod_condition
from app.kube.story.pod import with_conditions
from app.kube.story.scene import Scene
from app.widgets.deployment_birth.cast import (
    DEPLOYMENT,
    DEPLOYMENTS,
    PODS,
    SETS,
    TOO_MUCH,
    Plan,
    container_id,
)
from app.widgets.deployment_birth.control import deployment_rows
from app.widgets.deployment_birth.rollout import Counts, batches, condition, counted, reported

DEADLINE_S = 600
# client-go v0.37 util/workqueue/default_rate_limiters.go: 5 ms, doubled by each failure, 1000 s at most
FIRST_RETRY_S = 0.005


def refused(scene: Scene, plan: Plan) -> Scene:
    """Every Pod is refused at admission: one call fails, the rest of the batches is not even tried."""
    scene = scene.after(0.012)
    scene = scene.event("pod-refused", plan.set_key, error=_error(plan, 0))
    size = batches(plan.replicas)[0]
    scene = scene.frame(
        "batch",
        "controller",
        say="batch-denied" if plan.fault == "webhook-denies" else "batch-over-quota",
        to="api",
        verb="POST",
        path=PODS,
        now={"controller": "makes-pods", "api": "refuses", **_judge(plan)},
        details=("batch-refused.rest", "batch-refused.who"),
        skipped=str(plan.replicas - size),
    )
    failure = condition("ReplicaFailure", "True", "FailedCreate", _error(plan, 0), scene.after(0.006).time)
    scene = scene.after(0.006)
    scene = scene.writing(plan.set_key, counted(plan, scene.objects[plan.set_key], Counts(0, 0), failure))
    scene = writes(
        scene,
        "report",
        "controller",
        "writes-status",
        "PUT",
        f"{SETS}/{plan.set}/status",
        "report-refused.condition",
        say="report-refused",
    )
    scene = scene.after(0.006)
    deployment = reported(plan, scene.objects[DEPLOYMENT], Counts(0, 0), scene.time, failure=failure)
    scene = writes(
        scene.writing(DEPLOYMENT, deployment),
        "copy",
        "controller",
        "writes-status",
        "PUT",
        f"{DEPLOYMENTS}/web/status",
        "copy.where",
    )
    scene = _tried_again(scene, plan, range(1, 13))
    scene = scene.frame(
        "try-again",
        "controller",
        say="refused-again",
        to="api",
        verb="POST",
        path=PODS,
        now={"controller": "makes-pods", "api": "refuses", **_judge(plan)},
        details=("refused-again.delay",),
        tries="13",
    )
    scene = _look(_tried_again(scene, plan, range(13, 14)), "look-refused", "look-refused.where")
    return _tried_again(scene, plan, range(14, 17))


def _tried_again(scene: Scene, plan: Plan, failures: range) -> Scene:
    """One more refusal for each retry: the ReplicaSet comes back into the queue after a delay that doubles."""
    first_s = min(note.first_s for note in scene.events if note.event.reason == "FailedCreate")
    for failed in failures:
        scene = scene.until(round(first_s + FIRST_RETRY_S * (2**failed - 1), 3))
        scene = scene.event("pod-refused", plan.set_key, error=_error(plan, failed))
    return scene


def _judge(plan: Plan) -> dict[str, str]:
    return {"webhook": "denies"} if plan.fault == "webhook-denies" else {}


def _error(plan: Plan, attempt: int) -> str:
    if plan.fault == "webhook-denies":
        return (
            'admission webhook "pods.policy.example.com" denied the request: container web: runAsNonRoot must be true'
        )
    return (
        f'pods "{plan.pod(attempt)}" is forbidden: exceeded quota: team,'
        " requested: pods=1, used: pods=10, limited: pods=10"
    )


def _look(scene: Scene, say: str, *details: str) -> Scene:
    scene = scene.until(60).typed("kubectl get deployment web").told(*deployment_rows(scene, "60s"))
    return scene.frame("look", "user", say=say, now={"user": "describes"}, details=details)


def past_deadline(scene: Scene, plan: Plan) -> Scene:
    """600 s without progress: the Deployment says so and changes nothing else."""
    if not plan.replicas:
        return scene
    scene = scene.until(max(scene.at_s, DEADLINE_S + 0.1)).resting(user="puzzled")
    status = scene.objects[DEPLOYMENT]["status"]
    failure = next((c for c in status["conditions"] if c["type"] == "ReplicaFailure"), None)
    counts = Counts(status.get("replicas", 0), status.get("readyReplicas", 0))
    late = reported(plan, scene.objects[DEPLOYMENT], counts, scene.time, failure=failure, timed_out=True)
    return writes(
        scene.writing(DEPLOYMENT, late),
        "deadline",
        "controller",
        "writes-status",
        "PUT",
        f"{DEPLOYMENTS}/web/status",
        "deadline.only",
        "deadline.status",
    )


def unscheduled(scene: Scene, _plan: Plan) -> Scene:
    """No scheduler: Pods without a node, without a condition, without an event."""
    scene = scene.after(0.002).frame("bind", "api", say="bind-nobody", to="scheduler", details=("bind-nobody.lease",))
    return _look(scene, "look-unscheduled", "look-unscheduled.sign")


def _unfit(minor: int) -> str:
    """What the scheduler of Kubernetes 1.minor says of three nodes: the reasons are counted and sorted as text.

    Up to 1.34 the taint is named; from 1.34 (DynamicResourceAllocation on by default) to 1.36 a second plugin speaks up
    (v1.36.3 pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go PostFilter; silent in v1.37.2).
    """
    taint = "taint(s)" if minor >= 35 else "taint {node-role.kubernetes.io/control-plane: }"
    claims = "no new claims to deallocate, " if 34 <= minor <= 36 else ""
    return (
        f"0/3 nodes are available: 1 node(s) had untolerated {taint}, 2 Insufficient cpu."
        f" {claims}preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )


def nothing_fits(scene: Scene, plan: Plan) -> Scene:
    message = _unfit(int(plan.version.removeprefix("1.")))
    for key in plan.pod_keys:
        scene = scene.after(0.005)
        no = pod_condition("PodScheduled", False, scene.time, "Unschedulable", message)
        scene = scene.writing(key, with_conditions(scene.objects[key], no))
        scene = scene.event("failed-scheduling", key, message=message)
    scene = writes(
        scene.resting(scheduler="unschedulable"),
        "bind",
        "scheduler",
        "reports",
        "PATCH" if plan.replicas == 1 else f"PATCH ×{plan.replicas}",
        f"{PODS}/{plan.pod(0)}/status",
        "bind-none.event",
        "bind-none.claims",
        "bind-none.never",
        say="bind-none",
        cpu=TOO_MUCH,
    )
    return scene.until(310).event("failed-scheduling", plan.pod_keys[0], message=message)


def sandbox_fails(scene: Scene, plan: Plan) -> Scene:
    """No CNI plugin on any node: each sandbox is taken down again."""
    key = plan.pod_keys[0]

    def fail(told: Scene, attempt: int) -> Scene:
        sandbox = container_id(f"sandbox {key}", attempt).removeprefix("containerd://")
        return told.event("sandbox-failed", key, error=plugin_not_found(sandbox))

    scene = fail(scene.after(0.3), 0).frame(
        "sandbox",
        "runtime",
        say="sandbox-fails",
        to="cni",
        verb="CNI ADD",
        path=CNI_PLUGIN,
        now={"kubelet": "syncs", "runtime": "removes-sandbox"},
        details=("sandbox-fails.two",),
    )
    for attempt in range(1, 5):
        scene = fail(scene.after(13), attempt)
    scene = _look(scene, "look-creating", "look-creating.event")
    for attempt in range(5, 46):
        scene = fail(scene.after(13), attempt)
    return scene
