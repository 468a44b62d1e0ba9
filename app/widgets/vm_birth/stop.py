"""A stop: the VMI is deleted, and before it goes the guest is asked to shut down."""

from app.kube.story.scene import Scene
from app.widgets.vm_birth.cast import (
    LAUNCHERS,
    POD_PATH,
    POD_UIDS,
    PODS,
    SOCKET,
    VM,
    VMI,
    VMI_PATH,
    VMI_UID,
    condition,
    instance,
    launcher,
    not_ready,
    with_label,
    with_meta,
    with_status,
)
from app.widgets.vm_birth.scene import write
from app.widgets.vm_birth.start import NOT_RUNNING

BORN_S = -7200.0  # the machine has been running for two hours


def running_machine(scene: Scene) -> Scene:
    """The scene with the machine running on node-1, before anything is asked."""
    before = scene.until(BORN_S)
    since = before.time
    vm = with_status(
        scene.objects[VM], condition("Ready", True, since), created=True, printableStatus="Running", ready=True
    )
    vmi = with_label(instance("image", since), "kubevirt.io/nodeName", "node-1")
    vmi = with_status(
        vmi,
        condition("Ready", True, since),
        condition("LiveMigratable", True, since),
        activePods={POD_UIDS[1]: "node-1"},
        interfaces=[{"ipAddress": "10.244.1.23", "name": "default"}],
        nodeName="node-1",
        phase="Running",
    )
    scene = write(scene, VM, vm)
    pod = launcher(1, since)
    pod = with_status(
        pod, condition("Ready", True, since), hostIP="192.168.10.11", phase="Running", podIP="10.244.1.23"
    )
    scene = write(scene, PODS[1], {**pod, "spec": {**pod["spec"], "nodeName": "node-1"}})
    return write(scene, VMI, vmi).resting(launcher_1="runs-guest", guest_1="running")


def deleted(scene: Scene) -> Scene:
    """virt-controller deletes the VMI: finalizers keep it while its guest lives; the Pod is deleted at once as well."""
    scene = scene.after(0.03)
    vmi = with_meta(scene.objects[VMI], deletionTimestamp=scene.time, deletionGracePeriodSeconds=0)
    scene = write(scene, VMI, vmi).event("vmi-deleted", VM, uid=VMI_UID)
    vm = with_status(scene.objects[VM], printableStatus="Stopping")
    status = {name: value for name, value in vm["status"].items() if name != "stateChangeRequests"}
    scene = write(scene, VM, {**vm, "status": {**status, "runStrategy": vm["spec"]["runStrategy"]}})
    pod = with_meta(
        scene.objects[PODS[1]],
        deletionTimestamp=scene.after(60).time,
        deletionGracePeriodSeconds=60,
        generation=2,
    )
    scene = write(scene, PODS[1], pod).event("launcher-deleted", VMI, pod=LAUNCHERS[1])
    return scene.frame(
        "delete",
        "virt-controller",
        to="api",
        verb="DELETE",
        path=VMI_PATH,
        now={"virt-controller": "deletes", "api": "stores"},
        details=("delete.finalizer", "delete.pod", "delete.again"),
    )


def nobody_stops(scene: Scene) -> Scene:
    return scene.after(30).frame(
        "wait",
        "virt-controller",
        say="wait-controller-stop",
        now={"user": "puzzled", "virt-controller": "down"},
        details=("wait.no-vmi",),
    )


def asked_to_end(scene: Scene) -> Scene:
    scene = scene.after(0.05).event("shutting-down", VMI)
    return scene.frame(
        "shutdown",
        "handler-1",
        to="launcher-1",
        verb="gRPC ShutdownVirtualMachine",
        path=SOCKET,
        now={"handler-1": "owns-vmi", "launcher-1": "ends"},
        details=("shutdown.repeat", "shutdown.both"),
    )


def sigterm_only(scene: Scene) -> Scene:
    """virt-handler is down: the kubelet's SIGTERM reaches the launcher, but nobody tells it to ask the guest.

    The launcher only marks the guest for a graceful shutdown, which virt-handler would act upon
    (kubevirt v1.9.0 cmd/virt-launcher/virt-launcher.go, pkg/virt-launcher/monitor.go).
    """
    return scene.after(0.05).frame(
        "shutdown",
        "kubelet-1",
        say="shutdown-sigterm",
        to="launcher-1",
        verb="CRI StopContainer",
        path="compute",
        now={"kubelet-1": "stops", "launcher-1": "waits-handler", "handler-1": "down"},
        details=("shutdown.monitor",),
    )


def cut_off(scene: Scene) -> Scene:
    """15 s after the guest's grace period the launcher ends it by itself."""
    return (
        scene.after(45)
        .resting(guest_1="none", launcher_1="exits")
        .frame(
            "destroy",
            "launcher-1",
            say="destroy-alone",
            to="guest-1",
            verb="virDomainDestroyFlags",
            path="default_web",
            now={"launcher-1": "destroys"},
            details=("destroy.grace",),
        )
    )


def written_off(scene: Scene) -> Scene:
    """The Pod is gone and the VMI still says Running: virt-controller writes Failed (vmi/lifecycle.go updateStatus)."""
    scene = scene.after(0.1)
    vmi = with_status(scene.objects[VMI], not_ready(*NOT_RUNNING, scene.time), phase="Failed")
    return write(scene, VMI, vmi).frame(
        "end",
        "virt-controller",
        say="end-written-off",
        to="api",
        verb="PATCH",
        path=VMI_PATH,
        now={"virt-controller": "reports", "api": "stores"},
        details=("end.phases",),
    )


def powered_off(scene: Scene) -> Scene:
    return scene.after(0.1).frame(
        "acpi",
        "launcher-1",
        to="guest-1",
        verb="virDomainShutdownFlags",
        path="VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN",
        now={"launcher-1": "ends", "guest-1": "shuts-down"},
        details=("acpi.guest",),
    )


def ignored(scene: Scene) -> Scene:
    """The guest does not care: after its grace period the domain is destroyed."""
    scene = scene.after(30).event("stopping", VMI)
    scene = scene.resting(guest_1="none")
    return scene.frame(
        "destroy",
        "handler-1",
        to="launcher-1",
        verb="gRPC KillVirtualMachine",
        path=SOCKET,
        now={"handler-1": "owns-vmi", "launcher-1": "destroys"},
        details=("destroy.grace", "destroy.failed"),
    )


def ended(scene: Scene, phase: str) -> Scene:
    """virt-handler writes the last phase: Succeeded for a guest that shut down, Failed for one that was destroyed."""
    scene = scene.after(6 if phase == "Succeeded" else 0.3)
    vmi = with_status(scene.objects[VMI], not_ready(*NOT_RUNNING, scene.time), phase=phase)
    scene = write(scene, VMI, vmi)
    scene = scene.event("shut-down" if phase == "Succeeded" else "crashed", VMI)
    return scene.resting(guest_1="none", launcher_1="exits").frame(
        "end",
        "handler-1",
        say=f"end-{phase.lower()}",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"handler-1": "reports", "api": "stores"},
        details=("end.phases",),
    )


def pod_gone(scene: Scene) -> Scene:
    """The launcher exits, and the kubelet takes the Pod away."""
    scene = scene.after(1).removing(PODS[1])
    return scene.resting(launcher_1="none").frame(
        "pod-gone",
        "kubelet-1",
        to="api",
        verb="DELETE",
        path=f"{POD_PATH}/{LAUNCHERS[1]}",
        now={"kubelet-1": "stops", "api": "stores"},
        details=("pod-gone.grace",),
    )


def pod_stays(scene: Scene) -> Scene:
    """No kubelet: the guest is off, but nobody takes the Pod away."""
    return scene.after(90).frame(
        "wait",
        "kubelet-1",
        say="wait-kubelet-stop",
        now={"user": "puzzled", "kubelet-1": "down"},
        details=("wait.force",),
    )


def gone(scene: Scene) -> Scene:
    """The finalizers go, so the VMI goes; the VM remains."""
    scene = scene.after(0.1).removing(VMI)
    vm = with_status(
        scene.objects[VM],
        not_ready("VMINotExists", "VMI does not exist", scene.time),
        created=False,
        printableStatus="Stopped",
        ready=False,
    )
    return write(scene, VM, vm).frame(
        "gone",
        "virt-controller",
        to="api",
        verb="PATCH",
        path=VMI_PATH,
        now={"virt-controller": "frees", "api": "stores", "user": "sees-stopped"},
        details=("gone.vm", "gone.strategy"),
    )
