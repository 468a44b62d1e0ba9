"""A start: the VM's wish becomes a VMI, the VMI a Pod, and in the Pod a guest; then the status comes back up."""

from app.kube.story.scene import Scene
from app.widgets.vm_birth import launch
from app.widgets.vm_birth.cast import (
    API,
    LAUNCHERS,
    POD_IPS,
    POD_PATH,
    POD_UIDS,
    PODS,
    SOCKET,
    VM,
    VM_PATH,
    VMI,
    VMI_PATH,
    condition,
    instance,
    not_ready,
    with_label,
    with_status,
)
from app.widgets.vm_birth.scene import write

NOT_RUNNING = ("GuestNotRunning", "Guest VM is not reported as running")


def vmi_created(scene: Scene, disk: str) -> Scene:
    """virt-controller copies the template into a VMI; a start request is thereby done with."""
    scene = write(scene.after(0.02), VMI, instance(disk, scene.after(0.02).time))
    scene = scene.event("vmi-created", VM)
    vm = with_status(scene.objects[VM], not_ready(*NOT_RUNNING, scene.time), created=True, printableStatus="Starting")
    status = {name: value for name, value in vm["status"].items() if name != "stateChangeRequests"}
    status["runStrategy"] = vm["spec"]["runStrategy"]
    scene = write(scene, VM, {**vm, "status": status})
    return scene.frame(
        "instance",
        "virt-controller",
        to="api",
        verb="POST",
        path=f"{API}/virtualmachineinstances",
        now={"virt-controller": "makes-vmi", "api": "stores"},
        details=("instance.copy", "instance.request", "instance.backoff"),
    )


def pod_created(scene: Scene) -> Scene:
    """Pending, then the Pod, then Scheduling: virt-controller owns the VMI."""
    scene = scene.after(0.03)
    scene = write(scene, VMI, with_status(scene.objects[VMI], phase="Pending"))
    scene = launch.stored(scene.after(0.05), 1).event("launcher-created", VMI, pod=LAUNCHERS[1])
    vmi = with_status(
        scene.objects[VMI],
        not_ready(*NOT_RUNNING, scene.time),
        phase="Scheduling",
        activePods={POD_UIDS[1]: ""},
    )
    return write(scene, VMI, vmi).frame(
        "launcher",
        "virt-controller",
        to="api",
        verb="POST",
        path=POD_PATH,
        now={"virt-controller": "owns-vmi", "api": "stores"},
        details=("launcher.pending", "launcher.never", "launcher.resources"),
        pod=LAUNCHERS[1],
    )


def handed_over(scene: Scene) -> Scene:
    """The Pod runs: phase Scheduled and the node's name. From here on virt-handler owns the VMI."""
    scene = scene.after(0.05)
    vmi = with_label(scene.objects[VMI], "kubevirt.io/nodeName", "node-1")
    vmi = with_status(vmi, phase="Scheduled", nodeName="node-1", activePods={POD_UIDS[1]: "node-1"})
    return write(scene, VMI, vmi).frame(
        "hand-over",
        "virt-controller",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"virt-controller": "hands-over", "api": "stores"},
        details=("hand-over.label", "hand-over.patch"),
    )


def prepared(scene: Scene) -> Scene:
    return scene.after(0.1).frame(
        "prepare",
        "handler-1",
        to="launcher-1",
        verb="mount",
        path="/var/run/kubevirt/container-disks",
        now={"handler-1": "owns-vmi"},
        details=("prepare.disks", "prepare.network", "prepare.devices"),
    )


def synced(scene: Scene) -> Scene:
    return scene.after(0.3).frame(
        "sync",
        "handler-1",
        to="launcher-1",
        verb="gRPC SyncVirtualMachine",
        path=SOCKET,
        now={"handler-1": "owns-vmi", "launcher-1": "converts"},
        details=("sync.socket", "sync.same"),
    )


def defined(scene: Scene) -> Scene:
    """libvirt gets the domain and starts QEMU."""
    scene = scene.after(0.5).event("defined", VMI)
    return scene.resting(launcher_1="runs-guest", guest_1="running").frame(
        "define",
        "launcher-1",
        to="guest-1",
        verb="virDomainCreate",
        path="default_web",
        now={"launcher-1": "defines", "handler-1": "owns-vmi"},
        details=("define.virtqemud", "define.notify"),
    )


def running(scene: Scene) -> Scene:
    """The domain runs: virt-handler says so in the VMI."""
    scene = scene.after(0.2).event("guest-started", VMI)
    vmi = with_status(
        scene.objects[VMI],
        condition("LiveMigratable", True, scene.time),
        phase="Running",
        interfaces=[{"ipAddress": POD_IPS[1], "name": "default"}],
    )
    return write(scene, VMI, vmi).frame(
        "running",
        "handler-1",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"handler-1": "reports", "api": "stores"},
        details=("running.phase", "running.migratable"),
    )


def readied(scene: Scene) -> Scene:
    """The readiness gate turns, so the Pod is ready, so the VMI and the VM are."""
    scene = scene.after(0.3)
    gate = condition(
        "kubevirt.io/virtual-machine-unpaused", True, scene.time, "NotPaused", "the virtual machine is not paused"
    )
    scene = launch.changed(scene, 1, gate, condition("Ready", True, scene.time))
    scene = write(scene, VMI, with_status(scene.objects[VMI], condition("Ready", True, scene.time)))
    vm = with_status(scene.objects[VM], condition("Ready", True, scene.time), printableStatus="Running", ready=True)
    return write(scene, VM, vm).frame(
        "ready",
        "virt-controller",
        to="api",
        verb="PUT",
        path=f"{VM_PATH}/status",
        now={"virt-controller": "reports", "api": "stores", "user": "sees-running"},
        details=("ready.gate", "ready.summary"),
    )


# What goes wrong once there is a VMI


def hand_nothing(scene: Scene) -> Scene:
    """virt-controller is down: the VM says what is wanted and nobody reads it."""
    return scene.after(30).frame(
        "wait",
        "virt-controller",
        say="wait-controller",
        now={"user": "puzzled", "virt-controller": "down"},
        details=("wait.no-vmi",),
    )


def pod_refused(scene: Scene, fault: str) -> Scene:
    """The Pod is not admitted: the VMI stays Pending, virt-controller tries again with growing delays."""
    scene = scene.after(0.03)
    scene = write(scene, VMI, with_status(scene.objects[VMI], phase="Pending"))
    return refused_event(scene.after(0.05), fault, "failed to create virtual machine pod", 1)


REFUSALS = {
    "webhook-denies": (
        'admission webhook "pods.policy.example.com" denied the request: image must come from registry.example.com'
    ),
    "quota-exceeded": (
        'pods "{pod}" is forbidden: exceeded quota: team, requested: pods=1, used: pods=10, limited: pods=10'
    ),
    "pod-security": (
        'pods "{pod}" is forbidden: violates PodSecurity "restricted:latest": unrestricted capabilities (container'
        ' "compute" must set securityContext.capabilities.drop=["ALL"]; container "compute" must not include'
        ' "NET_BIND_SERVICE", "SYS_NICE" in securityContext.capabilities.add)'
    ),
}


def refused_event(scene: Scene, fault: str, failed: str, n: int) -> Scene:
    """The event and the frame for a launcher Pod that the API server does not take (vmi/lifecycle.go, migration.go)."""
    error = REFUSALS[fault].format(pod=LAUNCHERS[n])
    message = f"Error creating pod: {error}"
    if fault == "pod-security":
        target = "target pod" if n == 2 else "pod"
        error = f"failed to create {target} for vmi default/web, it needs a privileged namespace to run: {error}"
        message = f"failed to render launch manifest: {error}"
    scene = scene.event("launcher-refused", VMI, message=message)
    if n == 1:
        state = condition("Synchronized", False, scene.time, "FailedCreate", f"{failed}: {error}")
        scene = write(scene, VMI, with_status(scene.objects[VMI], state))
    return scene.frame(
        "no-launcher",
        "virt-controller",
        say=f"no-launcher-{fault}",
        to="api",
        verb="POST",
        path=POD_PATH,
        now={"virt-controller": "is-refused", "api": "refuses", "user": "puzzled"},
        details=("no-launcher.retry",),
    )


def no_disk(scene: Scene) -> Scene:
    """The PVC does not exist: virt-controller cannot even write down the Pod."""
    scene = scene.after(0.05).event("no-pvc", VMI, claim="web-root")
    message = "failed to render launch manifest: didn't find PVC web-root"
    vmi = with_status(
        scene.objects[VMI],
        condition("PodScheduled", False, scene.time, "FailedPvcNotFound", message),
        condition("Synchronized", False, scene.time, "FailedPvcNotFound", message),
        phase="Pending",
    )
    scene = write(scene, VMI, vmi)
    return _status(scene, "ErrorPvcNotFound").frame(
        "no-disk",
        "virt-controller",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"virt-controller": "reports", "api": "stores", "user": "puzzled"},
        details=("no-disk.informer",),
    )


def _status(scene: Scene, printable: str) -> Scene:
    return write(scene, VM, with_status(scene.objects[VM], printableStatus=printable))


def mirrored(scene: Scene, printable: str, say: str) -> Scene:
    """What is wrong with the Pod shows in the VMI's conditions and in the VM's summary."""
    pod = scene.objects[PODS[1]]
    scheduled = next((c for c in pod["status"].get("conditions", ()) if c["type"] == "PodScheduled"), None)
    shown = []
    if scheduled and scheduled["status"] == "False":
        shown.append(scheduled)
    if printable == "ImagePullBackOff":
        message = f'Back-off pulling image "{launch.MISSING_DISK}"'
        shown.append(condition("Synchronized", False, scene.time, "ImagePullBackOff", message))
    scene = write(scene.after(0.05), VMI, with_status(scene.objects[VMI], *shown))
    return _status(scene, printable).frame(
        "mirror",
        "virt-controller",
        say=say,
        to="api",
        verb="PUT",
        path=f"{VM_PATH}/status",
        now={"virt-controller": "reports", "api": "stores", "user": "puzzled"},
        details=("mirror.chain",),
        status=printable,
    )


def waits_for_handler(scene: Scene) -> Scene:
    """virt-handler is down on the node: the VMI stays Scheduled."""
    return scene.after(60).frame(
        "wait",
        "handler-1",
        say="wait-handler",
        now={"user": "puzzled", "handler-1": "down"},
        details=("wait.scheduled",),
    )


def failed(scene: Scene, say: str, printable: str, crashed: bool) -> Scene:
    """The VMI ends as Failed."""
    scene = scene.after(0.4)
    actor = "handler-1" if crashed else "virt-controller"
    scene = scene.event("crashed", VMI) if crashed else scene
    vmi = with_status(scene.objects[VMI], not_ready(*NOT_RUNNING, scene.time), phase="Failed")
    scene = write(scene, VMI, vmi)
    vm = with_status(scene.objects[VM], not_ready(*NOT_RUNNING, scene.time), printableStatus=printable, ready=False)
    if printable == "CrashLoopBackOff":
        vm = with_status(vm, startFailure={"consecutiveFailCount": 1, "lastFailedVMIUID": vmi["metadata"]["uid"]})
    return (
        write(scene, VM, vm)
        .resting(guest_1="none", launcher_1="failed")
        .frame(
            "failed",
            actor,
            say=say,
            to="api",
            verb="PUT",
            path=VMI_PATH,
            now={actor: "reports", "api": "stores", "user": "puzzled"},
            details=("failed.always", "failed.backoff"),
            status=printable,
        )
    )


def failed_early(scene: Scene, say: str, strategy: str, crashed: bool) -> Scene:
    """A VMI that never ran is tried again with growing delays, but not with Manual (vm.go shouldClearStartFailure)."""
    if strategy == "Manual":
        return again(failed(scene, say, "Stopped", crashed), strategy)
    return failed(scene, say, "CrashLoopBackOff", crashed)


def not_defined(scene: Scene) -> Scene:
    """libvirt takes the domain and QEMU exits at once."""
    message = (
        "server error. command SyncVirtualMachine failed: \"LibvirtError(Code=1, Domain=10, Message='internal error:"
        " QEMU unexpectedly closed the monitor (vm='default_web')')\""
    )
    scene = scene.after(0.9).event("sync-failed", VMI, message=message)
    return scene.frame(
        "define",
        "launcher-1",
        say="define-fails",
        to="guest-1",
        verb="virDomainCreate",
        path="default_web",
        now={"launcher-1": "defines", "guest-1": "exits", "handler-1": "owns-vmi"},
        details=("define.virtqemud",),
    )


def killed(scene: Scene, fault: str) -> Scene:
    """The launcher ends under a running guest: out of memory, or deleted by somebody."""
    scene = scene.after(60 if fault == "launcher-killed" else 240)
    scene = launch.changed(scene, 1, not_ready("PodFailed", "", scene.time), phase="Failed")
    return scene.resting(launcher_1="failed", guest_1="none", user="watching").frame(
        "kill",
        "kubelet-1",
        say=fault,
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[1]}/status",
        now={"kubelet-1": "reports", "api": "stores"},
        details=(f"{fault}.why",),
    )


def unready(scene: Scene) -> Scene:
    """The guest runs and its probe fails: Running, but not ready."""
    scene = scene.after(10).event("unhealthy", PODS[1], container="compute", code="503")
    message = "containers with unready status: [compute]"
    scene = launch.changed(
        scene,
        1,
        not_ready("ContainersNotReady", message, scene.time),
        condition("ContainersReady", False, scene.time, "ContainersNotReady", message),
    )
    state = not_ready("ContainersNotReady", message, scene.time)
    scene = write(scene, VMI, with_status(scene.objects[VMI], state))
    return write(scene, VM, with_status(scene.objects[VM], state, printableStatus="Running")).frame(
        "unready",
        "kubelet-1",
        to="launcher-1",
        verb="GET",
        path=f"http://{POD_IPS[1]}:8080/healthz",
        now={"kubelet-1": "probes", "user": "puzzled"},
        details=("unready.probe",),
    )


def again(scene: Scene, strategy: str) -> Scene:
    """What the run strategy makes of a VMI that has failed (pkg/virt-controller/watch/vm/vm.go)."""
    if strategy == "Manual":
        return scene.after(0.2).frame(
            "stays",
            "virt-controller",
            now={"virt-controller": "leaves-it", "user": "puzzled"},
            details=("again.strategies",),
            strategy=strategy,
        )
    scene = scene.after(0.2).removing(PODS[1]).removing(VMI)
    vmi = instance("image", scene.time)
    vmi = {**vmi, "metadata": {**vmi["metadata"], "uid": "f4d6a0c2-8b1e-4a75-b39c-0d2e7f8a9b54"}}
    scene = write(scene, VMI, vmi).event("vmi-created", VM)
    scene = scene.resting(launcher_1="none")
    return _status(scene, "Starting").frame(
        "again",
        "virt-controller",
        to="api",
        verb="POST",
        path=f"{API}/virtualmachineinstances",
        now={"virt-controller": "makes-vmi", "api": "stores"},
        details=("again.strategies",),
        strategy=strategy,
    )
