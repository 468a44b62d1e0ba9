"""A stop: the VMI is deleted, and before it goes the guest is asked to shut down."""

from app.kube.story.scene import Scene
from app.widgets.vm_birth.cast import (
    LAUNCHERS,
    NODE_IPS,
    POD_IPS,
    POD_PATH,
    POD_UIDS,
    PODS,
    SOCKET,
    VM,
    VMI,
    VMI_PATH,
    VMI_UID,
    Object,
    condition,
    instance,
    launcher,
    not_ready,
    phased,
    with_label,
    with_meta,
    with_status,
)
from app.widgets.vm_birth.launch import open_gate, sidecar_stopped
from app.widgets.vm_birth.scene import followed, write
from app.widgets.vm_birth.start import MIGRATABLE, NO_POD, POD_ENDS
from app.widgets.vm_birth.summary import is_final, summarized

WRITTEN = 7  # how often a VMI has been written when its guest runs, as its generation says (see `start`)
BORN_S = -7200.0  # the machine has been running for two hours


def running_machine(scene: Scene) -> Scene:
    """The scene with the machine running on node-1, before anything is asked."""
    since = scene.until(BORN_S).time
    vmi = instance(scene.objects[VM], since)
    for phase in ("Scheduling", "Scheduled", "Running"):
        vmi = phased(vmi, phase, since)
    pod = with_status(
        launcher(1, vmi, since),
        open_gate(since),
        condition("Ready", True, since),
        condition("ContainersReady", True, since),
        hostIP=NODE_IPS[1],
        phase="Running",
        podIP=POD_IPS[1],
    )
    pod = with_label({**pod, "spec": {**pod["spec"], "nodeName": "node-1"}}, "kubevirt.io/nodeName", "node-1")
    scene = write(scene, PODS[1], pod)
    vmi = with_status(
        with_label(with_meta(vmi, generation=WRITTEN), "kubevirt.io/nodeName", "node-1"),
        condition("Ready", True, since),
        *MIGRATABLE,
        activePods={POD_UIDS[1]: "node-1"},
        interfaces=[{"ipAddress": POD_IPS[1], "name": "default"}],
        migrationMethod="BlockMigration",
        nodeName="node-1",
    )
    # Whoever is down now was not then.
    scene = scene.writing(VM, summarized(scene.objects[VM], vmi, since), quietly=True)
    return write(scene, VMI, vmi).resting(launcher_1="runs-guest", guest_1="running")


def marked(thing: Object, scene: Scene, grace_s: int) -> Object:
    """An object that is to be deleted: with finalizers or a grace period it only gets a time."""
    return with_meta(thing, deletionTimestamp=scene.after(grace_s).time, deletionGracePeriodSeconds=grace_s)


def deleted(scene: Scene) -> Scene:
    """virt-controller deletes the VMI: finalizers keep it while its guest lives; the Pod is deleted at once as well."""
    scene = scene.after(0.03)
    scene = write(scene, VMI, marked(scene.objects[VMI], scene, 0)).event("vmi-deleted", VM, uid=VMI_UID)
    scene = write(scene, PODS[1], with_meta(marked(scene.objects[PODS[1]], scene, 60), generation=2))
    scene = scene.event("launcher-deleted", VMI, pod=LAUNCHERS[1])
    scene = write(scene, VMI, with_status(scene.objects[VMI], not_ready(*POD_ENDS, scene.time)))
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


def signalled(scene: Scene) -> Scene:
    """The kubelet notes which containers it stops: SIGTERM, and the Pod's grace period begins.

    Both are noted at once, and the one that was started first ends last (kuberuntime_container.go killContainer).
    """
    return sidecar_stopped(scene.event("killing", PODS[1], container="compute", name="compute"), 1)


def asked_to_end(scene: Scene, say: str = "shutdown") -> Scene:
    scene = scene.after(0.05)
    kubelet = say == "shutdown" and scene.idle["kubelet-1"] != "down"
    scene = (signalled(scene) if kubelet else scene).event("shutting-down", VMI)
    return scene.frame(
        "shutdown",
        "handler-1",
        say=say,
        to="launcher-1",
        verb="gRPC ShutdownVirtualMachine",
        path=SOCKET,
        now={"handler-1": "owns-vmi", "launcher-1": "ends"},
        details=("shutdown.repeat", *(("shutdown.both", "shutdown.sidecar") if kubelet else ())),
    )


def sigterm_only(scene: Scene) -> Scene:
    """virt-handler is down: the kubelet's SIGTERM reaches the launcher, but nobody tells it to ask the guest.

    The launcher only marks the guest for a graceful shutdown, which virt-handler would act upon
    (kubevirt v1.9.0 cmd/virt-launcher/virt-launcher.go, pkg/virt-launcher/monitor.go).
    """
    return signalled(scene.after(0.05)).frame(
        "shutdown",
        "kubelet-1",
        say="shutdown-sigterm",
        to="launcher-1",
        verb="CRI StopContainer",
        path="compute",
        now={"kubelet-1": "stops", "launcher-1": "waits-handler", "handler-1": "down"},
        details=("shutdown.monitor", "shutdown.sidecar"),
    )


def cut_off(scene: Scene) -> Scene:
    """More than 45 s after the signal, 15 s more than the guest's grace period, the launcher ends it by itself."""
    return (
        scene.after(46)
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
    """The Pod is gone and the VMI still says Running: virt-controller patches Failed into it.

    First that no Pod is active, then the rest (vmi/lifecycle.go updateStatus); its prepareVMIPatch has no
    phaseTransitionTimestamps.
    """
    scene = scene.after(0.1)
    scene = write(scene, VMI, with_status(scene.objects[VMI], activePods={}))
    vmi = with_status(scene.objects[VMI], not_ready(*NO_POD, scene.time), phase="Failed")
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
        path="VIR_DOMAIN_SHUTDOWN_DEFAULT",
        now={"launcher-1": "ends", "guest-1": "shuts-down"},
        details=("acpi.guest",),
    )


def ignored(scene: Scene) -> Scene:
    """The guest does not react: at the end of its grace period the domain is destroyed."""
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


def switched_off(vmi: Object, phase: str, time: str) -> Object:
    """The last phase of a guest whose domain is off, and no address anymore.

    virt-handler has forgotten the Pod's network by then (vm.go processVmCleanup, network/setup/netstat.go Teardown).
    """
    return phased(with_status(vmi, interfaces=[{"name": "default"}]), phase, time)


def ended(scene: Scene, phase: str) -> Scene:
    """virt-handler writes the last phase: Succeeded for a guest that shut down, Failed for one that was destroyed."""
    scene = scene.after(6 if phase == "Succeeded" else 0.3).event("signaled-deletion", VMI)
    scene = write(scene, VMI, switched_off(scene.objects[VMI], phase, scene.time))
    scene = scene.event("shut-down" if phase == "Succeeded" else "crashed", VMI)
    return scene.resting(guest_1="none", launcher_1="exits").frame(
        "end",
        "handler-1",
        say=f"end-{phase.lower()}",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"handler-1": "reports", "api": "stores"},
        details=("end.phases", "end.summary"),
    )


def pod_gone(scene: Scene, say: str = "pod-gone", after_s: float = 1) -> Scene:
    """The launcher exits, and the kubelet takes the Pod away.

    Before that it reports the Pod as ended, and virt-controller deletes a Pod of a deleted VMI that has ended again
    (vmi/lifecycle.go deleteAllMatchingPods).
    """
    scene = scene.after(after_s)
    is_deleted = "deletionTimestamp" in scene.objects[VMI]["metadata"]
    if is_deleted:
        scene = scene.event("launcher-deleted", VMI, pod=LAUNCHERS[1])
    scene = _podless(scene.removing(PODS[1]))
    return scene.resting(launcher_1="none").frame(
        "pod-gone",
        "kubelet-1",
        say=say,
        to="api",
        verb="DELETE",
        path=f"{POD_PATH}/{LAUNCHERS[1]}",
        now={"kubelet-1": "stops", "api": "stores"},
        details=("pod-gone.grace", *(("pod-gone.again",) if is_deleted else ())),
    )


def _podless(scene: Scene) -> Scene:
    """virt-controller's part of a VMI that has ended: no Pod is left, so its finalizer goes (vmi/lifecycle.go).

    A VMI that is being deleted goes with that finalizer, which is a frame of its own.
    """
    vmi = scene.objects[VMI]
    if not is_final(vmi) or "deletionTimestamp" in vmi["metadata"]:
        return scene
    vmi = with_status(with_meta(vmi, finalizers=[]), not_ready(*NO_POD, scene.time), activePods={})
    return write(scene, VMI, vmi)


def pod_stays(scene: Scene) -> Scene:
    """No kubelet: the guest is off, but nobody takes the Pod away; after 50 s it counts as not ready."""
    scene = scene.after(90).event("node-not-ready", PODS[1])
    scene = write(scene, PODS[1], with_status(scene.objects[PODS[1]], condition("Ready", False, scene.time)))
    return scene.frame(
        "wait",
        "kubelet-1",
        say="wait-kubelet-stop",
        now={"user": "puzzled", "kubelet-1": "down"},
        details=("wait.force",),
    )


def gone(scene: Scene) -> Scene:
    """The last finalizer goes, so the VMI goes; the VM remains."""
    scene = followed(scene.after(0.1).removing(VMI))
    return scene.frame(
        "gone",
        "virt-controller",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"virt-controller": "frees", "api": "stores", "user": "sees-stopped"},
        details=("gone.vm", "gone.strategy"),
    )
