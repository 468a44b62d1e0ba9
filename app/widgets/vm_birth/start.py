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
    VMI,
    VMI_PATH,
    Object,
    condition,
    found,
    instance,
    not_ready,
    phased,
    with_label,
    with_meta,
    with_status,
    without,
)
from app.widgets.vm_birth.scene import followed, write

# Why a VMI is not Ready (watch/vmi/lifecycle.go syncReadyConditionFromPod).
NO_POD = ("PodNotExists", "virt-launcher pod has not yet been scheduled")
POD_ENDS = ("PodTerminating", "virt-launcher pod is terminating")
NOT_RUNNING = ("GuestNotRunning", "Guest VM is not reported as running")
# What virt-handler computes whenever it writes the status, without a time (vm.go updateLiveMigrationConditions).
MIGRATABLE = (condition("LiveMigratable", True, None), condition("StorageLiveMigratable", True, None))


def vmi_created(scene: Scene) -> Scene:
    """virt-controller copies the template into a VMI; a start request is thereby done with."""
    scene = scene.after(0.02)
    scene = write(scene, VMI, instance(scene.objects[VM], scene.time)).event("vmi-created", VM)
    return scene.frame(
        "instance",
        "virt-controller",
        to="api",
        verb="POST",
        path=f"{API}/virtualmachineinstances",
        now={"virt-controller": "makes-vmi", "api": "stores"},
        details=("instance.copy", "instance.webhook", "instance.request", "instance.backoff"),
    )


def pod_created(scene: Scene, unscheduled: bool = False) -> Scene:
    """The Pod, its gate and Scheduling come from one pass: virt-controller owns the VMI.

    A Pod that is bound at once is noted as active when it has a node.
    """
    scene = launch.stored(scene.after(0.05), 1).event("launcher-created", VMI, pod=LAUNCHERS[1])
    scene = launch.unpaused(scene, 1)
    active = {"activePods": {POD_UIDS[1]: ""}} if unscheduled else {}
    vmi = with_status(scene.objects[VMI], not_ready(*NOT_RUNNING, scene.time), **active)
    return write(scene, VMI, phased(vmi, "Scheduling", scene.time)).frame(
        "launcher",
        "virt-controller",
        to="api",
        verb="POST",
        path=POD_PATH,
        now={"virt-controller": "owns-vmi", "api": "stores"},
        details=("launcher.pending", "launcher.gate", "launcher.never", "launcher.resources"),
        pod=LAUNCHERS[1],
    )


def handed_over(scene: Scene) -> Scene:
    """The Pod runs: phase Scheduled and the node's name. From here on virt-handler owns the VMI."""
    scene = scene.after(0.05)
    vmi = with_label(scene.objects[VMI], "kubevirt.io/nodeName", "node-1")
    vmi = with_status(vmi, nodeName="node-1")
    scene = write(scene, VMI, phased(vmi, "Scheduled", scene.time))
    # The next pass copies the label to the Pod (syncDynamicAnnotationsAndLabelsToPod).
    scene = write(scene, PODS[1], with_label(scene.objects[PODS[1]], "kubevirt.io/nodeName", "node-1"))
    return scene.frame(
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
        verb="netns, chown",
        path="/proc/PID/root",
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
    """libvirt gets the domain and starts QEMU; after the call virt-handler says so and writes its conditions."""
    scene = scene.after(0.5).event("defined", VMI)
    scene = write(scene, VMI, with_status(scene.objects[VMI], *MIGRATABLE, migrationMethod="BlockMigration"))
    return scene.resting(launcher_1="runs-guest", guest_1="running").frame(
        "define",
        "launcher-1",
        to="guest-1",
        verb="virDomainCreate",
        path="default_web",
        now={"launcher-1": "defines", "handler-1": "owns-vmi"},
        details=("define.virtqemud", "define.notify", "define.migratable"),
    )


def running(scene: Scene) -> Scene:
    """The domain runs: virt-handler says so in the VMI."""
    scene = scene.after(0.2).event("guest-started", VMI)
    vmi = with_status(scene.objects[VMI], interfaces=[{"ipAddress": POD_IPS[1], "name": "default"}])
    return write(scene, VMI, phased(vmi, "Running", scene.time)).frame(
        "running",
        "handler-1",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"handler-1": "reports", "api": "stores"},
        details=("running.phase",),
    )


def pods_ready(pod: Object) -> Object:
    """The VMI's Ready is the Pod's, with its time, once the guest runs."""
    made = found(pod, "Ready") or {}
    return {name: value for name, value in made.items() if name != "observedGeneration"}


def readied(scene: Scene) -> Scene:
    """The Pod has long been ready; now that the guest runs, so are the VMI and the VM."""
    scene = scene.after(0.05)
    return write(scene, VMI, with_status(scene.objects[VMI], pods_ready(scene.objects[PODS[1]]))).frame(
        "ready",
        "virt-controller",
        to="api",
        verb="PATCH",
        path=VMI_PATH,
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


REFUSALS = {
    "webhook-denies": (
        'admission webhook "pods.policy.example.com" denied the request: image must come from registry.example.com'
    ),
    "quota-exceeded": (
        'pods "{pod}" is forbidden: exceeded quota: team, requested: pods=1, used: pods=10, limited: pods=10'
    ),
    "pod-security": (
        'pods "{pod}" is forbidden: violates PodSecurity "restricted:latest": seccompProfile (pod or {containers} must'
        ' set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
    ),
}
# The init containers come first (pod-security-admission policy/visitor.go); a target has none for its disk.
_CONTAINERS = {
    1: 'containers "guest-console-log", "volumeroot", "compute"',
    2: 'containers "guest-console-log", "compute"',
}


def refused(scene: Scene, fault: str, n: int) -> tuple[Scene, str]:
    """The event for a launcher Pod that the API server does not take, and the error that virt-controller keeps."""
    error = REFUSALS[fault].format(pod=LAUNCHERS[n], containers=_CONTAINERS[n])
    if fault == "pod-security":
        target = "target pod" if n == 2 else "pod"
        error = f"failed to create {target} for vmi default/web, it needs a privileged namespace to run: {error}"
        return scene.event("launcher-refused", VMI, message=f"failed to render launch manifest: {error}"), error
    scene = scene.event("launcher-refused", VMI, message=f"Error creating pod: {error}")
    return scene, f"failed to create {'vmi migration target' if n == 2 else 'virtual machine'} pod: {error}"


def no_launcher(scene: Scene, fault: str) -> Scene:
    return scene.frame(
        "no-launcher",
        "virt-controller",
        say=f"no-launcher-{fault}",
        to="api",
        verb="POST",
        path=POD_PATH,
        now={"virt-controller": "is-refused", "api": "refuses", "user": "puzzled"},
        details=("no-launcher.retry", *(("no-launcher.level",) if fault == "pod-security" else ())),
    )


def pod_refused(scene: Scene, fault: str) -> Scene:
    """The Pod is not admitted: the VMI stays Pending, virt-controller tries again with growing delays."""
    scene, error = refused(scene.after(0.05), fault, 1)
    states = (
        not_ready(*NO_POD, scene.time),
        condition("Synchronized", False, scene.time, "FailedCreate", error),
    )
    return no_launcher(write(scene, VMI, with_status(scene.objects[VMI], *states)), fault)


def no_disk(scene: Scene) -> Scene:
    """The PVC does not exist: virt-controller waits for it, before it writes down a Pod (watch/vmi/datavolumes.go)."""
    scene = scene.after(0.05).event("no-pvc", VMI, claim="web-root")
    message = "PVC default/web-root does not exist, waiting for it to appear"
    vmi = with_status(
        scene.objects[VMI],
        not_ready(*NO_POD, scene.time),
        condition("PodScheduled", False, None, "Unschedulable", message),
        condition("Synchronized", False, scene.time, "FailedPvcNotFound", message),
    )
    return write(scene, VMI, vmi).frame(
        "no-disk",
        "virt-controller",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"virt-controller": "reports", "api": "stores", "user": "puzzled"},
        details=("no-disk.informer",),
    )


def mirrored(scene: Scene, fault: str) -> Scene:
    """What is wrong with the Pod shows in the VMI's conditions and in the VM's summary."""
    scene = scene.after(0.05)
    if fault == "image-missing":
        image = scene.objects[PODS[1]]["spec"]["initContainers"][1]["image"]
        shown = condition("Synchronized", False, scene.time, "ImagePullBackOff", launch.pull_error(image))
    else:
        made = found(scene.objects[PODS[1]], "PodScheduled") or {}
        shown = {name: value for name, value in made.items() if name != "observedGeneration"}
    scene = write(scene, VMI, with_status(scene.objects[VMI], shown))
    return scene.frame(
        "mirror",
        "virt-controller",
        say="mirror-image-missing" if fault == "image-missing" else "mirror-unschedulable",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"virt-controller": "reports", "api": "stores", "user": "puzzled"},
        details=("mirror.chain",),
        status=scene.objects[VM]["status"]["printableStatus"],
    )


def failed(scene: Scene, say: str, by_handler: bool) -> Scene:
    """The VMI ends as Failed, and a pass without an error takes `Synchronized` away (conditions.go CheckFailure)."""
    actor = "handler-1" if by_handler else "virt-controller"
    scene = scene.event("crashed", VMI) if by_handler else scene
    vmi = with_status(without(scene.objects[VMI], "Synchronized"), not_ready(*POD_ENDS, scene.time))
    scene = write(scene, VMI, phased(vmi, "Failed", scene.time))
    return scene.frame(
        "failed",
        actor,
        say=say,
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={actor: "reports", "api": "stores", "user": "puzzled"},
        details=("failed.always", "failed.backoff"),
        status=scene.objects[VM]["status"]["printableStatus"],
    )


def _vmi_deleted(scene: Scene) -> Scene:
    """virt-controller deletes a VMI that has ended: its launcher goes with it, then the last finalizer."""
    if "deletionTimestamp" not in scene.objects[VMI]["metadata"]:
        scene = scene.event("vmi-deleted", VM, uid=scene.objects[VMI]["metadata"]["uid"])
    if PODS[1] in scene.objects:
        scene = scene.removing(PODS[1]).event("launcher-deleted", VMI, pod=LAUNCHERS[1])
    return followed(scene.removing(VMI)).resting(launcher_1="none", guest_1="none")


def _asked_again(scene: Scene, strategy: str) -> Scene:
    """With RerunOnFailure virt-controller leaves itself a Start request for a VMI that has failed (addStartRequest)."""
    if strategy != "RerunOnFailure":
        return scene
    return write(scene, VM, with_status(scene.objects[VM], stateChangeRequests=[{"action": "Start"}]))


def backs_off(scene: Scene, strategy: str) -> Scene:
    """A VMI that never ran is deleted and tried again with growing delays, but not with Manual."""
    if strategy == "Manual":
        return stays(scene, strategy, "stays")
    scene = _vmi_deleted(_asked_again(scene.after(0.2), strategy))
    return scene.frame(
        "back-off",
        "virt-controller",
        to="api",
        verb="DELETE",
        path=VMI_PATH,
        now={"virt-controller": "waits-out", "api": "stores", "user": "puzzled"},
        details=("back-off.counts", "instance.backoff"),
        until=scene.objects[VM]["status"]["startFailure"]["retryAfterTimestamp"][11:19],
    )


def stuck_deleting(scene: Scene, strategy: str) -> Scene:
    """The VMI is deleted, but its Pod lies on a dead node: neither goes, and no new VMI can come."""
    if strategy == "Manual":
        return stays(scene, strategy, "stays")
    return discarded(_asked_again(scene.after(0.2), strategy), strategy).frame(
        "back-off",
        "virt-controller",
        say="held-up",
        to="api",
        verb="DELETE",
        path=VMI_PATH,
        now={"virt-controller": "deletes", "api": "stores", "user": "puzzled"},
        details=("wait.force",),
    )


def discarded(scene: Scene, strategy: str) -> Scene:
    """virt-controller deletes a VMI that has ended as soon as it sees that, and its Pod holds it (vm.go stopVMI)."""
    if strategy == "Manual":
        return scene
    scene = scene.event("vmi-deleted", VM, uid=scene.objects[VMI]["metadata"]["uid"])
    marked = with_meta(scene.objects[VMI], deletionTimestamp=scene.time, deletionGracePeriodSeconds=0)
    return write(scene, VMI, marked)


def again(scene: Scene, strategy: str) -> Scene:
    """What the run strategy makes of a VMI that has ended after it ran (pkg/virt-controller/watch/vm/vm.go)."""
    clean = scene.objects[VMI]["status"]["phase"] == "Succeeded"
    if strategy == "Manual":
        return stays(scene, strategy, "stays")
    scene = scene.after(0.2)
    scene = _vmi_deleted(scene if clean else _asked_again(scene, strategy))
    if clean and strategy == "RerunOnFailure":
        return stays(scene, strategy, "stays-clean")
    vmi = instance(scene.objects[VM], scene.time, uid=SECOND_RUN)
    scene = write(scene, VMI, vmi).event("vmi-created", VM)
    return scene.frame(
        "again",
        "virt-controller",
        to="api",
        verb="POST",
        path=f"{API}/virtualmachineinstances",
        now={"virt-controller": "makes-vmi", "api": "stores"},
        details=("again.strategies",),
        strategy=strategy,
    )


SECOND_RUN = "f4d6a0c2-8b1e-4a75-b39c-0d2e7f8a9b54"


def stays(scene: Scene, strategy: str, say: str) -> Scene:
    return scene.after(0.2).frame(
        "stays",
        "virt-controller",
        say=say,
        now={"virt-controller": "leaves-it", "user": "puzzled"},
        details=("again.strategies",),
        strategy=strategy,
    )


QEMU_EXITS = (
    "server error. command SyncVMI failed: \"LibvirtError(Code=1, Domain=10, Message='internal error:"
    " QEMU unexpectedly closed the monitor (vm='default_web')')\""
)


def not_defined(scene: Scene) -> Scene:
    """libvirt takes the domain and QEMU exits at once: the call fails, and the VMI says so."""
    scene = scene.after(0.9).event("sync-failed", VMI, message=QEMU_EXITS)
    state = condition("Synchronized", False, scene.time, "Synchronizing with the Domain failed.", QEMU_EXITS)
    vmi = with_status(scene.objects[VMI], *MIGRATABLE, state, migrationMethod="BlockMigration")
    return write(scene, VMI, vmi).frame(
        "define",
        "launcher-1",
        say="define-fails",
        to="guest-1",
        verb="virDomainCreate",
        path="default_web",
        now={"launcher-1": "defines", "guest-1": "exits", "handler-1": "owns-vmi"},
        details=("define.virtqemud",),
    )


def tried_again(scene: Scene) -> Scene:
    """An inactive domain is no end: virt-handler deletes it and calls again, with growing delays (vm.go sync)."""
    for number in range(8):
        scene = scene.after(2.0**number / 2).event("signaled-deletion", VMI)
        scene = scene.after(2.0**number / 2).event("sync-failed", VMI, message=QEMU_EXITS)
    return scene.frame(
        "retry",
        "handler-1",
        to="launcher-1",
        verb="gRPC SyncVirtualMachine",
        path=SOCKET,
        now={"handler-1": "owns-vmi", "launcher-1": "defines", "user": "puzzled"},
        details=("retry.not-final", "retry.timeout"),
    )


def given_up(scene: Scene) -> Scene:
    """--qemu-timeout: 240 s and up to 2 min more at random, then the launcher exits (virt-launcher/monitor.go)."""
    scene = scene.after(45)
    scene = launch.over(scene, 1, "Succeeded")
    scene = write(scene, VMI, with_status(scene.objects[VMI], not_ready(*POD_ENDS, scene.time)))
    return scene.resting(launcher_1="completed", guest_1="none").frame(
        "give-up",
        "kubelet-1",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[1]}/status",
        now={"kubelet-1": "reports", "api": "stores"},
        details=("retry.timeout",),
    )


def out_of_memory(scene: Scene) -> Scene:
    """The container is over its limit: the kernel kills all of it, and the guest with it."""
    scene = scene.after(240)
    scene = launch.over(scene, 1, "Failed")
    scene = write(scene, VMI, with_status(scene.objects[VMI], not_ready(*POD_ENDS, scene.time)))
    return scene.resting(launcher_1="failed", guest_1="none", user="watching").frame(
        "kill",
        "kubelet-1",
        say="oom-killed",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[1]}/status",
        now={"kubelet-1": "reports", "api": "stores"},
        details=("oom-killed.why", "oom-killed.limit", "oom-killed.watchdog"),
    )


UNRESPONSIVE = "Can not update a VirtualMachineInstance with unresponsive command server."


def missed(scene: Scene) -> Scene:
    """virt-handler gives a socket without anybody behind it 30 s, and looks every 11 s (cache/domain-watcher.go)."""
    return failed(scene.event("sync-failed", VMI, message=UNRESPONSIVE).after(40), "failed-killed", by_handler=True)


def pod_deleted(scene: Scene) -> Scene:
    """Somebody deletes the launcher Pod: the kubelet's SIGTERM, which the launcher passes on as a wish."""
    scene = scene.after(60).typed(f"kubectl delete pod {LAUNCHERS[1]}")
    scene = scene.told(f'pod "{LAUNCHERS[1]}" deleted from default namespace')
    pod = with_meta(
        scene.objects[PODS[1]],
        deletionTimestamp=scene.after(60).time,
        deletionGracePeriodSeconds=60,
        generation=2,
    )
    scene = write(scene, PODS[1], pod)
    scene = write(scene, VMI, with_status(scene.objects[VMI], not_ready(*POD_ENDS, scene.time)))
    scene = scene.frame(
        "delete-pod",
        "user",
        to="api",
        verb="DELETE",
        path=f"{POD_PATH}/{LAUNCHERS[1]}",
        now={"user": "sends", "api": "stores"},
        details=("launcher-killed.why",),
    )
    scene = scene.after(0.05).event("killing", PODS[1], container="compute", name="compute")
    return launch.sidecar_stopped(scene, 1).frame(
        "sigterm",
        "kubelet-1",
        to="launcher-1",
        verb="CRI StopContainer",
        path="compute",
        now={"kubelet-1": "stops", "launcher-1": "waits-handler"},
        details=("shutdown.monitor", "shutdown.sidecar", "launcher-killed.force"),
    )


def unready(scene: Scene) -> Scene:
    """The guest runs and its probe fails: Running, but not ready."""
    scene = scene.after(30).event("unhealthy", PODS[1], container="compute", code="503")
    scene = write(scene, VMI, with_status(scene.objects[VMI], pods_ready(scene.objects[PODS[1]])))
    return scene.frame(
        "unready",
        "kubelet-1",
        to="launcher-1",
        verb="GET",
        path=f"http://{POD_IPS[1]}:8080/healthz",
        now={"kubelet-1": "probes", "user": "puzzled"},
        details=("unready.probe",),
    )
