"""A virt-launcher Pod on its way: created, bound, started and ready; `n` is 1 for the machine's own, 2 for a target."""

from app.kube.story.cluster import image_not_found
from app.kube.story.pod import TAINT_DELETES
from app.kube.story.scene import Scene
from app.widgets.vm_birth import cast
from app.widgets.vm_birth.cast import (
    LAUNCHER_IMAGE,
    LAUNCHERS,
    NODE_IPS,
    NODES,
    POD_IPS,
    POD_PATH,
    POD_UIDS,
    PODS,
    SIDECAR,
    SOCKET,
    UNPAUSED,
    VMI,
    Object,
    condition,
    found,
    probed,
    with_meta,
    with_status,
)
from app.widgets.vm_birth.scene import write

# What the scheduler says of the control plane's node, node-1 and node-2, and why preemption would not help: of each
# node the first filter that fails, sorted (kubernetes v1.37 pkg/scheduler/framework/types.go FitError).
_UNFIT = "0/3 nodes are available: {}. preemption: 0/3 nodes are available: {}."
_TAINT, _KVM = "1 node(s) had untolerated taint(s)", "{} Insufficient devices.kubevirt.io/kvm"
_SELECTOR, _APART = (
    "{} node(s) didn't match Pod's node affinity/selector",
    "1 node(s) didn't match pod anti-affinity rules",
)
_USELESS, _NO_VICTIM = "{} Preemption is not helpful for scheduling", "{} No preemption victims found for incoming pod"
UNFIT = {
    ("no-node-fits", 1): _UNFIT.format(f"{_TAINT}, {_KVM.format(2)}", _USELESS.format(3)),
    ("no-node-fits", 2): _UNFIT.format(
        f"{_KVM.format(1)}, {_APART}, {_TAINT}", f"{_NO_VICTIM.format(1)}, {_USELESS.format(2)}"
    ),
    ("virt-handler-down", 1): _UNFIT.format(f"{_TAINT}, {_SELECTOR.format(2)}", _USELESS.format(3)),
    ("virt-handler-down", 2): _UNFIT.format(
        f"{_SELECTOR.format(1)}, {_APART}, {_TAINT}", f"{_NO_VICTIM.format(1)}, {_USELESS.format(2)}"
    ),
}
SANDBOX = "4b1c9e7d2f3a86d05e19c7b2f4a3081d6e5f9c2b7a4d1038e6b5c9f2d7a0413e"
CNI_ERROR = (
    'rpc error: code = Unknown desc = failed to setup network for sandbox "{sandbox}": plugin type="bridge"'
    ' failed (add): failed to find plugin "bridge" in path [/opt/cni/bin]'
)


def stored(scene: Scene, n: int) -> Scene:
    """The Pod exists, and with it the wish for a node with `devices.kubevirt.io/kvm`."""
    return write(scene, PODS[n], cast.launcher(n, scene.objects[VMI], scene.time))


def unpaused(scene: Scene, n: int) -> Scene:
    """virt-controller opens the gate of the VMI's Pod at its first pass that sees it (syncPausedConditionToPod)."""
    return changed(scene, n, open_gate(scene.time))


def open_gate(now: str) -> Object:
    return probed(condition(UNPAUSED, True, now, "NotPaused", "the virtual machine is not paused"))


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
    return counted(scene, n, NODES[n]).frame(
        "bind",
        "scheduler",
        to="api",
        verb="POST",
        path=f"{POD_PATH}/{LAUNCHERS[n]}/binding",
        now={"scheduler": "binds", "api": "stores"},
        details=("bind.any", "bind.kvm", "bind.label", *(("bind.elsewhere",) if n == 2 else ())),
        node=NODES[n],
    )


def counted(scene: Scene, n: int, node: str = "") -> Scene:
    """virt-controller notes in the VMI which launchers it has, and where (vmi/lifecycle.go updateActivePods)."""
    vmi = scene.objects[VMI]
    return write(scene, VMI, with_status(vmi, activePods={**vmi["status"].get("activePods", {}), POD_UIDS[n]: node}))


def uncounted(scene: Scene, n: int) -> Scene:
    """The launcher is gone, and so is what the VMI said of it."""
    vmi = scene.objects[VMI]
    left = {uid: node for uid, node in vmi["status"]["activePods"].items() if uid != POD_UIDS[n]}
    return write(scene, VMI, with_status(vmi, activePods=left))


def _volumes(scene: Scene, n: int) -> list[str]:
    return [v["image"]["reference"] for v in scene.objects[PODS[n]]["spec"]["volumes"] if "image" in v]


def _ran(scene: Scene, n: int, container: str, image: str, field: str) -> Scene:
    for kind in ("present", "created", "started"):
        scene = scene.event(kind, PODS[n], container=container, image=image, field=field)
    return scene


def started(scene: Scene, n: int) -> Scene:
    """The kubelet sees a Pod with restartPolicy Never: image volumes first, then init containers, then `compute`."""
    scene = scene.after(1.4)
    for image in _volumes(scene, n):
        scene = scene.event("volume-present", PODS[n], image=image)
    for init in scene.objects[PODS[n]]["spec"]["initContainers"]:
        scene = _ran(scene, n, init["name"], init["image"], "initContainers")
    scene = _ran(scene, n, "compute", LAUNCHER_IMAGE, "containers")
    return scene.resting(**{f"launcher_{n}": "boots"}).frame(
        "boot",
        f"kubelet-{n}",
        to=f"launcher-{n}",
        verb="CRI StartContainer",
        path="compute",
        now={f"kubelet-{n}": "starts"},
        details=("boot.monitor", "boot.virtqemud", "boot.disk" if n == 1 else "boot.digest"),
        node=NODES[n],
    )


def sidecar_stopped(scene: Scene, n: int) -> Scene:
    """The kubelet stops the container that shows the guest's console (kubernetes v1.37 kuberuntime_container.go)."""
    return scene.event("killing", PODS[n], container=SIDECAR, field="initContainers", name=SIDECAR)


def over(scene: Scene, n: int, phase: str) -> Scene:
    """All containers have ended: the kubelet reports the Pod as Succeeded or Failed, and nothing in it as ready.

    Of the containers that have to end it is the last that the kubelet stops: until then the Pod counts as running
    (kubernetes v1.37 pkg/kubelet/kubelet_pods.go getPhase counts restartable init containers).
    """
    scene = sidecar_stopped(scene, n)
    reason = "PodCompleted" if phase == "Succeeded" else "PodFailed"
    made = (condition(type_, False, scene.time, reason) for type_ in ("Ready", "ContainersReady"))
    return changed(scene, n, *made, phase=phase)


GATE_SHUT = f'corresponding condition of pod readiness gate "{UNPAUSED}" does not exist.'
NO_CONTAINER = "containers with unready status: [compute]"


def _readiness(scene: Scene, n: int, probed: bool) -> tuple[Object, Object]:
    """Ready and ContainersReady: a probe that has not succeeded yet, a gate that nobody has opened, or neither."""
    if probed:
        reason = ("ContainersNotReady", NO_CONTAINER)
        return condition("Ready", False, scene.time, *reason), condition("ContainersReady", False, scene.time, *reason)
    containers = condition("ContainersReady", True, scene.time)
    if found(scene.objects[PODS[n]], UNPAUSED):
        return condition("Ready", True, scene.time), containers
    return condition("Ready", False, scene.time, "ReadinessGatesNotReady", GATE_SHUT), containers


def ready(scene: Scene, n: int) -> Scene:
    """The socket is open; the kubelet reports the Pod as running. Its guest does not exist yet.

    The first launcher's gate is open by now; a target's opens when the guest has come, for it is not the VMI's Pod.
    """
    scene = scene.after(1.1)
    probed = "readinessProbe" in scene.objects[PODS[n]]["spec"]["containers"][0]
    scene = changed(
        scene,
        n,
        condition("Initialized", True, scene.time),
        *_readiness(scene, n, probed),
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
        details=("report.probe" if probed else "report.gate" if n == 1 else "report.shut", "report.enough"),
        node=NODES[n],
        socket=SOCKET,
    )


# What can go wrong before the launcher is ready; each leaves the Pod as it stays.


def waits_unseen(scene: Scene, n: int) -> Scene:
    """Nobody schedules: no condition and no event."""
    return (
        counted(scene, n)
        .after(30)
        .frame(
            "wait",
            "scheduler",
            say="wait-scheduler",
            now={"user": "puzzled"},
            details=("wait.silent",),
            pod=LAUNCHERS[n],
        )
    )


def unschedulable(scene: Scene, n: int, fault: str) -> Scene:
    """No node fits: none offers KVM, or those that do have no virt-handler and so not the label."""
    scene = scene.after(0.04)
    message = UNFIT[fault, n]
    reason = condition("PodScheduled", False, scene.time, "Unschedulable", message)
    scene = changed(scene, n, reason).event("failed-scheduling", PODS[n], message=message)
    details = ("no-node.kvm", "no-node.emulation") if fault == "no-node-fits" else ("no-node.label", "no-node.devices")
    return scene.frame(
        "no-node",
        "scheduler",
        say=f"no-node-{fault}-{n}",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[n]}/status",
        now={"scheduler": "finds-none", "api": "stores"},
        details=details,
    )


def without_kvm(scene: Scene, n: int) -> Scene:
    return unschedulable(scene, n, "no-node-fits")


def without_handler(scene: Scene, n: int) -> Scene:
    return unschedulable(scene, n, "virt-handler-down")


def unheard(scene: Scene, n: int) -> Scene:
    """The Pod is bound to a node whose kubelet is silent: the node is given up after 50 s, the Pod after 350 s."""
    scene = bound(scene, n).after(30)
    scene = scene.frame(
        "wait",
        f"kubelet-{n}",
        say="wait-kubelet",
        now={"user": "puzzled", f"kubelet-{n}": "down"},
        details=("wait.node",),
        node=NODES[n],
    )
    scene = scene.after(320)
    target = condition("DisruptionTarget", True, scene.time, "DeletionByTaintManager", TAINT_DELETES)
    scene = changed(scene, n, target)
    pod = with_meta(
        scene.objects[PODS[n]],
        deletionTimestamp=scene.after(cast.GRACE_S + 30).time,
        deletionGracePeriodSeconds=cast.GRACE_S + 30,
        generation=2,
    )
    scene = write(scene, PODS[n], pod).event("evicted", PODS[n], pod=f"default/{LAUNCHERS[n]}")
    return scene.frame(
        "evict",
        "api",
        say="evict",
        verb="DELETE",
        path=f"{POD_PATH}/{LAUNCHERS[n]}",
        now={"api": "stores", f"kubelet-{n}": "down"},
        details=("evict.stays",),
        node=NODES[n],
    )


def unwired(scene: Scene, n: int) -> Scene:
    """The runtime cannot make the Pod's network."""
    scene = bound(scene, n).after(1.2)
    scene = scene.event("sandbox-failed", PODS[n], error=CNI_ERROR.format(sandbox=SANDBOX))
    return scene.frame(
        "sandbox",
        f"kubelet-{n}",
        verb="CRI RunPodSandbox",
        path="CNI ADD",
        now={f"kubelet-{n}": "fails", "user": "puzzled"},
        details=("sandbox.cni",),
        node=NODES[n],
    )


def pull_error(image: str) -> str:
    """What the kubelet writes into the state of the container that waits (image_manager.go pullImage)."""
    return f'Back-off pulling image "{image}": ErrImagePull: {image_not_found(image)}'


def imageless(scene: Scene, n: int) -> Scene:
    """The disk is an image as well, and the registry does not have it.

    The volume is pulled first and fails, and is in back-off at the next sync. A first launcher's init container wants
    the same image, which is in back-off by then; a target has no such container, and `compute` waits for its volume
    (kuberuntime_manager.go).
    """
    scene = bound(scene, n).after(2.2)
    disk, *binary = _volumes(scene, n)
    scene = scene.event("volume-pulling", PODS[n], image=disk)
    scene = scene.event("volume-pull-failed", PODS[n], image=disk, error=image_not_found(disk))
    for launcher in binary:
        scene = scene.event("volume-present", PODS[n], image=launcher)
    scene = _ran(scene, n, SIDECAR, LAUNCHER_IMAGE, "initContainers")
    scene = scene.event("volume-back-off", PODS[n], image=disk)
    if n == 1:
        where = {"container": "volumeroot", "field": "initContainers"}
        scene = scene.event("back-off-pull", PODS[n], **where, image=disk)
        scene = scene.event("start-error", PODS[n], **where, reason="ImagePullBackOff")
        reason = ("ContainersNotInitialized", "containers with incomplete status: [volumeroot]")
        scene = changed(scene, n, condition("Initialized", False, scene.time, *reason))
    else:
        scene = scene.event("start-error", PODS[n], container="compute", reason="ErrImagePull")
        scene = changed(scene, n, condition("Ready", False, scene.time, "ContainersNotReady", NO_CONTAINER))
    return scene.frame(
        "pull",
        f"kubelet-{n}",
        verb="CRI PullImage",
        path=disk,
        now={f"kubelet-{n}": "fails", "user": "puzzled"},
        details=("pull.volume", "pull.disk"),
        image=disk,
    )


def uninitialized(scene: Scene, n: int) -> Scene:
    """The init container that holds the disk's image fails; restartPolicy Never makes the whole Pod fail."""
    scene = bound(scene, n).after(1.9)
    for image in _volumes(scene, n):
        scene = scene.event("volume-present", PODS[n], image=image)
    for init in scene.objects[PODS[n]]["spec"]["initContainers"]:
        scene = _ran(scene, n, init["name"], init["image"], "initContainers")
    scene = over(scene, n, "Failed")
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
