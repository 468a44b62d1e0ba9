"""From a stored Pod to one with a node: the scheduler's queue, cycle and binding, and waiting instead."""

from typing import Any

from app.kube.story.cluster import TOPOLOGY, watch_path, writes
from app.kube.story.pod import bound, condition, with_conditions
from app.kube.story.scene import Scene
from app.widgets.pod_birth.cast import NODE, POD, PODS, STATUS

SCHEDULER_WATCH = watch_path("/api/v1/pods", 48102, 436, "status.phase!=Succeeded,status.phase!=Failed")
POINTS = (
    "cycle.pre-filter",
    "cycle.filter",
    "cycle.pre-score",
    "cycle.score",
    "cycle.reserve",
    "cycle.permit",
)


def noticed(scene: Scene) -> Scene:
    return scene.after(0.002).frame(
        "notice",
        "scheduler",
        from_="api",
        to="scheduler",
        verb="WATCH ADDED",
        path=SCHEDULER_WATCH,
        now={"scheduler": "queues"},
        details=("queue.watch", "queue.pre-enqueue", "queue.sort", "queue.parts"),
    )


def placed(scene: Scene) -> Scene:
    """Filter, score, bind: the node is written by the API server, in one update with PodScheduled."""
    scene = scene.after(0.004).frame("pick", "scheduler", now={"scheduler": "picks"}, details=POINTS, **_scores())
    scene = scene.after(0.007)
    scene = scene.writing(POD, bound(scene.objects[POD], NODE, scene.time, TOPOLOGY[NODE]))
    scene = scene.event("scheduled", POD, pod="default/web", node=NODE)
    details = ("bind.async", "bind.guard", "bind.labels", "bind.only")
    return writes(scene, "bind", "scheduler", "binds", "POST", f"{PODS}/web/binding", *details)


def _scores() -> dict[str, Any]:
    """What LeastAllocated gives each node for this Pod."""
    return {"first": str(least_allocated(1250, 2048)), "second": str(least_allocated(2750, 5120))}


def least_allocated(used_milli: int, used_mib: int, *, milli: int = 4000, mib: int = 8192) -> int:
    """The mean of the free percentages of cpu and memory once 250m and 64Mi more are taken, rounded down.

    kubernetes v1.37 pkg/scheduler/framework/plugins/noderesources/least_allocated.go
    """
    cpu = (milli - used_milli - 250) * 100 // milli
    memory = (mib - used_mib - 64) * 100 // mib
    return (cpu + memory) // 2


def scheduler_down(scene: Scene) -> Scene:
    """Nobody who would schedule it watches: Pending, without a condition and without any event."""
    scene = scene.after(0.002).frame("notice", "api", say="notice-nobody", to="scheduler", details=("silence.lease",))
    return _silent(scene, "silence.forever")


def scheduler_unknown(scene: Scene) -> Scene:
    """The scheduler sees the Pod and leaves it to the one that the Pod names, which does not exist."""
    scene = (
        scene.after(0.002)
        .resting(scheduler="ignores")
        .frame(
            "notice",
            "scheduler",
            say="notice-not-mine",
            from_="api",
            to="scheduler",
            verb="WATCH ADDED",
            path=SCHEDULER_WATCH,
            details=("queue.watch", "silence.name"),
        )
    )
    return _silent(scene, "silence.other")


def _silent(scene: Scene, detail: str) -> Scene:
    scene = scene.until(60).frame(
        "look", "user", say="look-silent", now={"user": "describes"}, details=("silence.no-event",)
    )
    return scene.until(300).resting(user="puzzled").frame("wait", "user", say="wait-silent", details=(detail,))


def gated(scene: Scene) -> Scene:
    """PreEnqueue refuses a Pod with gates: it never enters the active queue."""
    scene = (
        scene.after(0.002)
        .resting(scheduler="gated")
        .frame(
            "notice",
            "scheduler",
            say="notice-gated",
            from_="api",
            to="scheduler",
            verb="WATCH ADDED",
            path=SCHEDULER_WATCH,
            details=("queue.watch", "gated.plugin"),
        )
    )
    return (
        scene.until(300)
        .resting(user="puzzled")
        .frame("wait", "user", say="wait-gated", details=("gated.remove", "gated.tighten"))
    )


def nothing_fits(scene: Scene) -> Scene:
    """Filter leaves no node, PostFilter finds no victim, the reason is written, the Pod waits."""
    scene = scene.after(0.004).frame(
        "pick", "scheduler", say="pick-none", now={"scheduler": "picks"}, details=POINTS[:2]
    )
    scene = scene.after(0.001).frame(
        "preempt",
        "scheduler",
        now={"scheduler": "preempts"},
        details=("preempt.who", "preempt.dry-run", "preempt.policy"),
    )
    message = (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu."
        " preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling,"
        " 2 No preemption victims found for incoming pod."
    )
    scene = _unschedulable(scene.after(0.003), message, "report.reading", "report.claims", "report.queue")
    scene = scene.until(310).event("failed-scheduling", POD, message=message).resting(user="puzzled")
    return scene.frame("retry", "scheduler", details=("retry.events", "retry.flush"))


def claim_unbound(scene: Scene) -> Scene:
    """PreFilter wants every claim bound whose class does not wait for a Pod: no node is even looked at.

    kubernetes v1.37 pkg/scheduler/framework/plugins/volumebinding/volume_binding.go PreFilter; the last words of the
    message are the error of dynamicresources.go PostFilter, which runs before preemption.
    """
    scene = scene.after(0.002).frame(
        "pick",
        "scheduler",
        say="pick-claim",
        now={"scheduler": "asks-claim"},
        details=("claim.no-class", "claim.immediate"),
    )
    scene = scene.after(0.001).frame(
        "preempt", "scheduler", say="preempt-claim", now={"scheduler": "asks-claim"}, details=("preempt-claim.words",)
    )
    message = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    scene = _unschedulable(scene.after(0.003), message, "report.queue", say="report-claim")
    scene = scene.until(60).resting(user="puzzled")
    return scene.frame("wait", "user", say="wait-claim", details=("wait-claim.hint",))


def _unschedulable(scene: Scene, message: str, *details: str, say: str = "") -> Scene:
    """The condition and the event say why no node was chosen; the Pod waits among the unschedulable ones."""
    pod = with_conditions(scene.objects[POD], condition("PodScheduled", False, scene.time, "Unschedulable", message))
    scene = scene.writing(POD, pod).event("failed-scheduling", POD, message=message)
    scene = scene.resting(scheduler="unschedulable")
    return writes(scene, "report", "scheduler", "reports", "PATCH", STATUS, *details, say=say)
