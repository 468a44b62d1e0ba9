"""What keeps a Deployment from becoming complete before any image is pulled, and the deadline."""

from app.kube.story.pod import (
    condition as pod_condition,
)
from app.kube.story.pod import (
    with_conditions,
)
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
from app.widgets.deployment_birth.control import WRITES, deployment_rows
from app.widgets.deployment_birth.rollout import Counts, batches, condition, counted, reported

DEADLINE_S = 600
REFUSED_AFTER_S = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24)


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
    scene = scene.frame(
        "report",
        "controller",
        say="report-refused",
        to="api",
        verb="PUT",
        path=f"{SETS}/{plan.set}/status",
        now={"controller": "writes-status", **WRITES},
        details=("report-refused.condition",),
    )
    scene = scene.after(0.006)
    deployment = reported(plan, scene.objects[DEPLOYMENT], Counts(0, 0), scene.time, failure=failure)
    scene = scene.writing(DEPLOYMENT, deployment).frame(
        "copy",
        "controller",
        to="api",
        verb="PUT",
        path=f"{DEPLOYMENTS}/web/status",
        now={"controller": "writes-status", **WRITES},
        details=("copy.where",),
    )
    for attempt, seconds in enumerate(REFUSED_AFTER_S[1:], 1):
        scene = scene.after(seconds).event("pod-refused", plan.set_key, error=_error(plan, attempt))
    scene = scene.frame(
        "try-again",
        "controller",
        say="refused-again",
        to="api",
        verb="POST",
        path=PODS,
        now={"controller": "makes-pods", "api": "refuses", **_judge(plan)},
        details=("refused-again.delay",),
        tries=str(len(REFUSED_AFTER_S)),
    )
    return _look(scene, "look-refused", "look-refused.where")


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
    return scene.writing(DEPLOYMENT, late).frame(
        "deadline",
        "controller",
        to="api",
        verb="PUT",
        path=f"{DEPLOYMENTS}/web/status",
        now={"controller": "writes-status", **WRITES},
        details=("deadline.only", "deadline.status"),
    )


def unscheduled(scene: Scene, _plan: Plan) -> Scene:
    """No scheduler: Pods without a node, without a condition, without an event."""
    scene = scene.after(0.002).frame("bind", "api", say="bind-nobody", to="scheduler", details=("bind-nobody.lease",))
    return _look(scene, "look-unscheduled", "look-unscheduled.sign")


def nothing_fits(scene: Scene, plan: Plan) -> Scene:
    message = (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu."
        " preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )
    for key in plan.pod_keys:
        scene = scene.after(0.005)
        no = pod_condition("PodScheduled", False, scene.time, "Unschedulable", message)
        scene = scene.writing(key, with_conditions(scene.objects[key], no))
        scene = scene.event("failed-scheduling", key, message=message)
    scene = scene.resting(scheduler="unschedulable").frame(
        "bind",
        "scheduler",
        say="bind-none",
        to="api",
        verb="PATCH" if plan.replicas == 1 else f"PATCH ×{plan.replicas}",
        path=f"{PODS}/{plan.pod(0)}/status",
        now={"scheduler": "reports", **WRITES},
        details=("bind-none.event", "bind-none.never"),
        cpu=TOO_MUCH,
    )
    for at_s in (310, 610):
        scene = scene.until(at_s).event("failed-scheduling", plan.pod_keys[0], message=message)
    return scene


def sandbox_fails(scene: Scene, plan: Plan) -> Scene:
    """No CNI plugin on any node: each sandbox is taken down again."""
    key = plan.pod_keys[0]

    def fail(told: Scene, attempt: int) -> Scene:
        sandbox = container_id(f"sandbox {key}", attempt).removeprefix("containerd://")
        error = (
            f'rpc error: code = Unknown desc = failed to setup network for sandbox "{sandbox}": plugin'
            ' type="flannel" failed (add): failed to find plugin "flannel" in path [/opt/cni/bin]'
        )
        return told.event("sandbox-failed", key, error=error)

    scene = fail(scene.after(0.3), 0).frame(
        "sandbox",
        "runtime",
        say="sandbox-fails",
        to="cni",
        verb="CNI ADD",
        path="/opt/cni/bin/flannel",
        now={"kubelet": "syncs", "runtime": "removes-sandbox"},
        details=("sandbox-fails.two",),
    )
    for attempt in range(1, 5):
        scene = fail(scene.after(13), attempt)
    scene = _look(scene, "look-creating", "look-creating.event")
    for attempt in range(5, 46):
        scene = fail(scene.after(13), attempt)
    return scene
