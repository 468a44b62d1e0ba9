"""The kubelet of the chosen node is silent, for good or for a while: who notices, and what becomes of the Pod."""

from collections.abc import Sequence
from datetime import timedelta

from app.kube.story.cluster import TOPOLOGY, watch_list_path, writes
from app.kube.story.pod import Object, evicted_by_taint, marked_for_deletion
from app.kube.story.scene import START, Scene
from app.widgets.pod_birth.cast import NODE, POD, PODS, STATUS

LAST_HEARTBEAT_S = -6.0
GRACE_S, TOLERATED_S = 50, 300  # node-monitor-grace-period since v1.32; DefaultTolerationSeconds
RETURNS_S = 26.0  # half a minute after the last heartbeat, within the grace
NODE_KEY = f"Node/{NODE}"
NODE_STATUS = f"/api/v1/nodes/{NODE}/status"
KUBELET_LISTS = watch_list_path("/api/v1/pods", 478, f"spec.nodeName={NODE}")
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")
_FINE = {
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("KubeletReady", "kubelet is posting ready status"),
}


def healthy_node() -> Object:
    """The node as it last reported itself; a selection of what a Node holds."""
    return _fine(_clock(LAST_HEARTBEAT_S - 130))


def _fine(beat: str) -> Object:
    """The node as its kubelet reports it while nothing is wrong; no condition has turned for long."""
    return _node(
        [
            {
                "lastHeartbeatTime": beat,
                "lastTransitionTime": "2026-09-01T06:12:40Z",
                "message": _FINE[name][1],
                "reason": _FINE[name][0],
                "status": "True" if name == "Ready" else "False",
                "type": name,
            }
            for name in (*_PRESSURES, "Ready")
        ],
        [],
    )


def _node(conditions: Sequence[Object], taints: Sequence[Object]) -> Object:
    spec: dict[str, object] = {"podCIDR": "10.244.1.0/24", "podCIDRs": ["10.244.1.0/24"]}
    if taints:
        spec["taints"] = taints
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "creationTimestamp": "2026-09-01T06:12:09Z",
            "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", **TOPOLOGY[NODE]},
            "name": NODE,
            "resourceVersion": "48102",
            "uid": "3f0b7a64-0b8e-4a8a-9a57-c1b6d5a3e0f2",
        },
        "spec": spec,
        "status": {"conditions": conditions},
    }


def _clock(at_s: float) -> str:
    return (START + timedelta(seconds=at_s)).strftime("%Y-%m-%dT%H:%M:%SZ")


def back_in_time(scene: Scene) -> Scene:
    """Bound while the kubelet is stopped; before the grace is over it starts, reports its node and asks for its Pods.

    kubernetes v1.37 pkg/kubelet/kubelet_node_status.go tryRegisterWithAPIServer, pkg/kubelet/config/apiserver.go
    NewSourceApiserver: not before its own Node has been read, for which it looks every second. Nothing goes to the
    kubelet meanwhile, so that the step between has no message.
    """
    details = ("hand-over-later.push", "hand-over-nobody.why", "hand-over-nobody.lease", "hand-over-later.grace")
    scene = scene.after(0.004).frame("hand-over", "api", say="hand-over-later", details=details)
    scene = scene.until(RETURNS_S + 0.3).resting(kubelet="watching")
    scene = writes(
        scene.writing(NODE_KEY, _fine(scene.time)),
        "back",
        "kubelet",
        "reports-node",
        "PATCH",
        NODE_STATUS,
        "back.register",
        "back.ready",
        "back.events",
        seconds=f"{RETURNS_S - LAST_HEARTBEAT_S:g}",
        left=f"{GRACE_S - (RETURNS_S - LAST_HEARTBEAT_S):g}",
    )
    return scene.until(RETURNS_S + 1.1).frame(
        "list",
        "kubelet",
        to="api",
        verb="WATCH",
        path=KUBELET_LISTS,
        now={"kubelet": "admits-pod", "api": "sends-pods"},
        details=("list.one-request", "list.after-node", "hand-over.admit", "hand-over.sync"),
    )


def node_lost(scene: Scene) -> Scene:
    """Bound and then nothing: 50 s of grace, a taint, 300 s of toleration, an unconfirmed deletion."""
    scene = scene.after(0.004).frame(
        "hand-over",
        "api",
        say="hand-over-nobody",
        to="kubelet",
        details=("hand-over-nobody.why", "hand-over-nobody.lease"),
    )
    scene = scene.until(LAST_HEARTBEAT_S + GRACE_S + 4)
    unknown = [
        {
            **old,
            "lastTransitionTime": scene.time,
            "message": "Kubelet stopped posting node status.",
            "reason": "NodeStatusUnknown",
            "status": "Unknown",
        }
        for old in healthy_node()["status"]["conditions"]
    ]
    scene = writes(
        scene.writing(NODE_KEY, _node(unknown, [])),
        "node-lost",
        "controller",
        "judges-node",
        "PUT",
        NODE_STATUS,
        "node-lost.grace",
        "node-lost.pods",
    )
    scene = scene.after(0.1)
    taints = [
        {"effect": effect, "key": "node.kubernetes.io/unreachable", "timeAdded": scene.time}
        for effect in ("NoSchedule", "NoExecute")
    ]
    scene = writes(
        scene.writing(NODE_KEY, _node(unknown, taints[:1])).writing(NODE_KEY, _node(unknown, taints)),
        "taint",
        "controller",
        "taints-node",
        "PATCH ×2",
        f"/api/v1/nodes/{NODE}",
        "taint.each",
        "taint.two",
        "taint.timer",
    )
    scene = scene.after(TOLERATED_S).event("evicted", POD, pod="default/web")
    scene = writes(
        scene.writing(POD, evicted_by_taint(scene.objects[POD], scene.time)),
        "evict",
        "controller",
        "evicts",
        "PATCH",
        STATUS,
        "evict.condition",
        "evict.why-300",
    )
    scene = scene.after(0.02)
    scene = writes(
        scene.writing(POD, marked_for_deletion(scene.objects[POD], scene.after(30).time)),
        "delete",
        "controller",
        "evicts",
        "DELETE",
        f"{PODS}/web",
        "delete.mark",
        "delete.replacement",
    )
    return scene.resting(user="puzzled").after(240).frame("wait", "user", say="wait-node", details=("wait-node.force",))
