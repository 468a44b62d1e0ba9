"""A virt-launcher Pod on its way: created, bound, started and ready; `n` is 1 for the machine's own, 2 for a target."""

from app.kube.story.cluster import image_not_found
from app.kube.story.scene import Scene
from app.widgets.vm_birth import cast
from app.widgets.vm_birth.cast import (
    LAUNCHERS,
    NODE_IPS,
    NODES,
    POD_IPS,
    POD_PATH,
    PODS,
    SOCKET,
    Object,
    condition,
    not_ready,
    with_status,
)
from app.widgets.vm_birth.scene import write

KVM_MESSAGE = (
    "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient devices.kubevirt.io/kvm. preemption:"
    " 0/3 nodes are available: 1 Preemption is not helpful for scheduling,"
    " 2 No preemption victims found for incoming pod."
)
CNI_ERROR = (
    'rpc error: code = Unknown desc = failed to setup network for sandbox "{sandbox}": plugin type="bridge"'
    ' failed (add): failed to find plugin "bridge" in path [/opt/cni/bin]'
)
MISSING_DISK = "quay.io/containerdisks/fedora:99"


def stored(scene: Scene, n: int) -> Scene:
    """The Pod exists, and with it the wish for a node with `devices.kubevirt.io/kvm`."""
    return write(scene, PODS[n], cast.launcher(n, scene.time))


def changed(scene: Scene, n: int, *conditions: Object, node: str = "", **status: object) -> Scene:
    """The Pod's status is written, by the API server when `node` is bound, else by scheduler or kubelet."""
    pod = scene.objects[PODS[n]]
    noted = conditions if node else tuple(_observed(each, pod) for each in conditions)
    pod = with_status(pod, *noted, **status)
    return write(scene, PODS[n], {**pod, "spec": {**pod["spec"], "nodeName": node}} if node else pod)


def _observed(made: Object, pod: Object) -> Object:
    """Kubernetes notes in its own conditions which generation it has seen; KubeVirt's readiness gate has none."""
    if "/" in made["type"]:
        return made
    return {**made, "observedGeneration": pod["metadata"]["generation"]}


def _scheduled(scene: Scene, n: int) -> list[Object]:
    """The kubelet repeats that the Pod is scheduled, since when it is."""
    return [each for each in scene.objects[PODS[n]]["status"]["conditions"] if each["type"] == "PodScheduled"]


def bound(scene: Scene, n: int) -> Scene:
    """The scheduler treats it as any Pod: a node with KVM that has not this machine's other launcher."""
    scene = changed(scene.after(0.04), n, condition("PodScheduled", True, scene.time), node=NODES[n])
    scene = scene.event("scheduled", PODS[n], pod=f"default/{LAUNCHERS[n]}", node=NODES[n])
    return scene.frame(
        "bind",
        "scheduler",
        to="api",
        verb="POST",
        path=f"{POD_PATH}/{LAUNCHERS[n]}/binding",
        now={"scheduler": "binds", "api": "stores"},
        details=("bind.any", "bind.kvm", *(("bind.elsewhere",) if n == 2 else ())),
        node=NODES[n],
    )


def started(scene: Scene, n: int) -> Scene:
    """The kubelet sees a Pod with restartPolicy Never and starts its container."""
    scene = scene.after(1.4)
    for kind in ("present", "created", "started"):
        scene = scene.event(kind, PODS[n], container="compute", image="quay.io/kubevirt/virt-launcher:v1.9.0")
    return scene.resting(**{f"launcher_{n}": "boots"}).frame(
        "boot",
        f"kubelet-{n}",
        to=f"launcher-{n}",
        verb="CRI StartContainer",
        path="compute",
        now={f"kubelet-{n}": "starts"},
        details=("boot.monitor", "boot.virtqemud", "boot.disk"),
        node=NODES[n],
    )


def ready(scene: Scene, n: int) -> Scene:
    """The socket is open; the kubelet reports the Pod as running. Its guest does not exist yet."""
    scene = scene.after(1.1)
    scene = changed(
        scene,
        n,
        condition("Initialized", True, scene.time),
        not_ready("ReadinessGatesNotReady", UNPAUSED, scene.time),
        condition("ContainersReady", True, scene.time),
        *_scheduled(scene, n),
        phase="Running",
        observedGeneration=1,
        hostIP=NODE_IPS[n],
        podIP=POD_IPS[n],
    )
    return scene.resting(**{f"launcher_{n}": "idles"}).frame(
        "report",
        f"kubelet-{n}",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[n]}/status",
        now={f"kubelet-{n}": "reports", f"launcher-{n}": "listens", "api": "stores"},
        details=("report.gate",),
        node=NODES[n],
        socket=SOCKET,
    )


UNPAUSED = 'corresponding condition of pod readiness gate "kubevirt.io/virtual-machine-unpaused" does not exist.'

# What can go wrong before the launcher is ready; each leaves the Pod as it stays.


def waits_unseen(scene: Scene, n: int) -> Scene:
    """Nobody schedules: no condition and no event."""
    return scene.after(30).frame(
        "wait", "scheduler", say="wait-scheduler", now={"user": "puzzled"}, details=("wait.silent",), pod=LAUNCHERS[n]
    )


def unschedulable(scene: Scene, n: int) -> Scene:
    """No node offers KVM: the devices are counted like any resource."""
    scene = scene.after(0.04)
    reason = condition("PodScheduled", False, scene.time, "Unschedulable", KVM_MESSAGE)
    scene = changed(scene, n, reason).event("failed-scheduling", PODS[n], message=KVM_MESSAGE)
    return scene.frame(
        "no-node",
        "scheduler",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[n]}/status",
        now={"scheduler": "finds-none", "api": "stores"},
        details=("no-node.kvm", "no-node.emulation"),
    )


def unheard(scene: Scene, n: int) -> Scene:
    """The Pod is bound to a node whose kubelet does not answer."""
    return (
        bound(scene, n)
        .after(30)
        .frame(
            "wait",
            f"kubelet-{n}",
            say="wait-kubelet",
            now={"user": "puzzled", f"kubelet-{n}": "down"},
            details=("wait.node",),
            node=NODES[n],
        )
    )


def unwired(scene: Scene, n: int) -> Scene:
    """The runtime cannot make the Pod's network."""
    scene = bound(scene, n).after(1.2)
    scene = scene.event("sandbox-failed", PODS[n], error=CNI_ERROR.format(sandbox="4b1c9e7d2f3a"))
    return scene.frame(
        "sandbox",
        f"kubelet-{n}",
        verb="CRI RunPodSandbox",
        path="CNI ADD",
        now={f"kubelet-{n}": "fails", "user": "puzzled"},
        details=("sandbox.cni",),
        node=NODES[n],
    )


def imageless(scene: Scene, n: int) -> Scene:
    """The disk is an image as well, and it does not exist."""
    scene = bound(scene, n).after(2.2)
    where = {"container": "volumeroot-init", "field": "initContainers"}
    scene = scene.event("pull-failed", PODS[n], **where, image=MISSING_DISK, error=image_not_found(MISSING_DISK))
    scene = scene.event("start-error", PODS[n], **where, reason="ErrImagePull")
    scene = scene.event("back-off-pull", PODS[n], **where, image=MISSING_DISK)
    scene = changed(
        scene,
        n,
        not_ready("ContainersNotInitialized", "containers with incomplete status: [volumeroot-init]", scene.time),
    )
    return scene.frame(
        "pull",
        f"kubelet-{n}",
        verb="CRI PullImage",
        path=MISSING_DISK,
        now={f"kubelet-{n}": "fails", "user": "puzzled"},
        details=("pull.disk",),
        image=MISSING_DISK,
    )


def uninitialized(scene: Scene, n: int) -> Scene:
    """The init container that checks the disk fails; restartPolicy Never makes the whole Pod fail."""
    scene = bound(scene, n).after(1.9)
    scene = changed(scene, n, not_ready("PodFailed", "", scene.time), phase="Failed")
    return scene.resting(**{f"launcher_{n}": "failed"}).frame(
        "init-fails",
        f"kubelet-{n}",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[n]}/status",
        now={f"kubelet-{n}": "reports", "api": "stores"},
        details=("init-fails.never", "init-fails.disk"),
        node=NODES[n],
    )
