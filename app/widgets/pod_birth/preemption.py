"""No node is free, but a Pod of lower priority is in the way: it is killed, and the new Pod gets its place.

kubernetes v1.37 pkg/scheduler/framework/preemption, plugins/defaultpreemption, schedule_one.go
"""

from app.kube.story.cluster import TOPOLOGY, writes
from app.kube.story.pod import (
    acknowledged,
    bound,
    condition,
    deleted_at_once,
    marked_for_deletion,
    stopped,
    with_conditions,
    with_status,
)
from app.kube.story.scene import Scene
from app.widgets.pod_birth.cast import NODE, POD, PODS, STATUS, UID, VICTIM
from app.widgets.pod_birth.placing import POINTS, SCHEDULER_WATCH

FULL = (
    "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu."
    " preemption: found a potential placement for pod on node node-1, preempting 1 victims"
)
STOPPING_S = 2.1  # how long batch takes to end after its SIGTERM


def preempted(scene: Scene) -> Scene:
    """Filter leaves no node, PostFilter finds a victim, its place is kept for the Pod, and taken."""
    scene = scene.after(0.004).frame(
        "pick", "scheduler", say="pick-full", now={"scheduler": "picks"}, details=POINTS[:2]
    )
    scene = scene.after(0.002).frame(
        "preempt",
        "scheduler",
        say="preempt-victim",
        now={"scheduler": "preempts"},
        details=("preempt.who", "preempt.dry-run", "preempt.choice", "preempt.budget"),
    )
    return _placed(_stopped(_condemned(_nominated(scene.after(0.003)))))


def _nominated(scene: Scene) -> Scene:
    no = condition("PodScheduled", False, scene.time, "Unschedulable", FULL)
    pod = with_conditions(with_status(scene.objects[POD], nominatedNodeName=NODE), no)
    scene = scene.writing(POD, pod).event("failed-scheduling", POD, message=FULL)
    return writes(
        scene.resting(scheduler="unschedulable"),
        "report",
        "scheduler",
        "reports",
        "PATCH",
        STATUS,
        "report.nominated",
        "report.message",
        say="report-nominated",
    )


def _condemned(scene: Scene) -> Scene:
    """The victim learns why it has to go, and is deleted with its own grace period."""
    message = "default-scheduler: preempting to accommodate a higher priority pod"
    target = condition("DisruptionTarget", True, scene.time, "PreemptionByScheduler", message)
    scene = scene.after(0.004).writing(VICTIM, with_conditions(scene.before[VICTIM], target))
    scene = scene.after(0.006)
    scene = scene.writing(VICTIM, marked_for_deletion(scene.objects[VICTIM], scene.after(30).time))
    scene = scene.event("preempted", VICTIM, uid=UID, node=NODE)
    return writes(
        scene,
        "evict",
        "scheduler",
        "deletes-batch",
        "DELETE",
        f"{PODS}/batch",
        "evict.async",
        "evict.reason",
        "evict.grace",
        say="evict-victim",
    )


def _stopped(scene: Scene) -> Scene:
    """The kubelet sees the mark, stops the container, and reports how it ended: the place is free."""
    scene = scene.event("killing", VICTIM, container="batch", name="batch").after(0.01)
    scene = scene.writing(VICTIM, acknowledged(scene.objects[VICTIM])).after(STOPPING_S)
    scene = scene.writing(VICTIM, stopped(scene.objects[VICTIM], scene.time, {"batch": (0, scene.time)}))
    return writes(
        scene,
        "make-room",
        "kubelet",
        "stopped-batch",
        "PATCH",
        f"{PODS}/batch/status",
        "make-room.mark",
        "make-room.two",
        "make-room.service",
    )


def taken_away(scene: Scene) -> Scene:
    """Only when nothing of it is left on the node does the kubelet delete the victim, with no grace."""
    pod = deleted_at_once(scene.objects[VICTIM], scene.time)
    scene = scene.after(0.01).writing(VICTIM, pod).printing(VICTIM).removing(VICTIM)
    return writes(
        scene,
        "take-away",
        "kubelet",
        "stopped-batch",
        "DELETE",
        f"{PODS}/batch",
        "take-away.two-rows",
    )


def _placed(scene: Scene) -> Scene:
    """The deletion wakes the Pod up; its nominated node is tried first, and the binding clears the nomination."""
    scene = scene.after(0.003).frame(
        "notice",
        "scheduler",
        say="notice-room",
        from_="api",
        to="scheduler",
        verb="WATCH DELETED",
        path=SCHEDULER_WATCH,
        now={"scheduler": "queues"},
        details=("retry.events", "notice.back-off"),
    )
    scene = scene.after(0.004).frame(
        "pick", "scheduler", say="pick-nominated", now={"scheduler": "picks"}, details=("pick.nominated",)
    )
    pod = scene.objects[POD]
    waiting = {k: v for k, v in pod["status"].items() if k != "nominatedNodeName"}
    scene = scene.after(0.007)
    scene = scene.writing(POD, bound({**pod, "status": waiting}, NODE, scene.time, TOPOLOGY[NODE]))
    return writes(
        scene.event("scheduled", POD, pod="default/web", node=NODE).resting(scheduler="watching"),
        "bind",
        "scheduler",
        "binds",
        "POST",
        f"{PODS}/web/binding",
        "bind.guard",
        "bind.labels",
        "bind.cleared",
        say="bind-nominated",
    )
