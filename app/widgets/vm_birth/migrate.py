"""A live migration: a second launcher, a prepared target, the guest's memory over the wire, and a new owner."""

from app.kube.story.scene import Scene
from app.widgets.vm_birth import launch
from app.widgets.vm_birth.cast import (
    API,
    LAUNCHERS,
    MIGRATION,
    MIGRATION_PATH,
    MIGRATION_UID,
    NODE_IPS,
    POD_IPS,
    POD_PATH,
    PODS,
    SOCKET,
    VMI,
    VMI_PATH,
    condition,
    migration,
    with_label,
    with_meta,
    with_status,
)
from app.widgets.vm_birth.scene import write
from app.widgets.vm_birth.start import no_launcher, pods_ready, refused

TARGET_NODE = "kubevirt.io/migrationTargetNodeName"
MIGRATIONS = f"{API}/virtualmachineinstancemigrations"
# A port of the node for libvirt's socket, one for memory, one for disks (pkg/virt-handler/migration-proxy).
PORTS = {"45665": 0, "41211": 49152, "45683": 49153}
NOT_SHARED = (
    "cannot migrate VMI: PVC web-root is not shared, live migration requires that all PVCs must be shared"
    " (using ReadWriteMany access mode)"
)
DENIED = (
    'admission webhook "migration-create-validator.kubevirt.io" denied the request: Cannot migrate VMI, Reason:'
    f" DisksNotLiveMigratable, Message: {NOT_SHARED}"
)


def wished(scene: Scene) -> Scene:
    """virt-api makes an object of the wish; its own webhook checks that the guest can move."""
    scene = scene.after(0.012)
    scene = write(scene, MIGRATION, migration(scene.time))
    return scene.frame(
        "wish",
        "virt-api",
        to="api",
        verb="POST",
        path=MIGRATIONS,
        now={"user": "waits", "virt-api": "writes", "api": "stores"},
        details=("wish.webhook", "wish.limits"),
    )


def forbidden(scene: Scene) -> Scene:
    """The guest's disk lies on one node only."""
    return scene.after(0.012).frame(
        "review",
        "api",
        to="virt-api",
        verb="POST",
        path="/migration-validate-create",
        now={"user": "waits", "api": "asks-webhook", "virt-api": "denies"},
        details=("review.condition", "review.drain"),
    )


def on_local_disk(scene: Scene) -> Scene:
    """The scene with a machine whose only disk is a PVC of one node."""
    state = condition("LiveMigratable", False, None, "DisksNotLiveMigratable", NOT_SHARED)
    return write(scene, VMI, with_status(scene.objects[VMI], state))


def _phase(scene: Scene, phase: str) -> Scene:
    return write(scene, MIGRATION, with_status(scene.objects[MIGRATION], phase=phase))


def _over(scene: Scene, phase: str) -> Scene:
    """A migration's last phase; the next pass notes what the VMI says of it and takes the finalizer off."""
    scene = _noted(_phase(scene, phase))
    ended = scene.objects[MIGRATION]
    meta = {name: value for name, value in ended["metadata"].items() if name != "finalizers"}
    return write(scene, MIGRATION, {**ended, "metadata": meta})


def _noted(scene: Scene) -> Scene:
    """A migration that has ended keeps a copy of what the VMI says of it."""
    state = scene.objects[VMI]["status"].get("migrationState")
    return write(scene, MIGRATION, with_status(scene.objects[MIGRATION], migrationState=state)) if state else scene


def target_created(scene: Scene) -> Scene:
    """Pending, then the second launcher, then Scheduling."""
    scene = _phase(scene.after(0.02), "Pending")
    scene = launch.counted(launch.stored(scene.after(0.05), 2), 2)
    scene = scene.event("target-created", MIGRATION, pod=LAUNCHERS[2])
    return _phase(scene, "Scheduling").frame(
        "target",
        "virt-controller",
        to="api",
        verb="POST",
        path=POD_PATH,
        now={"virt-controller": "makes-target", "api": "stores"},
        details=("target.affinity", "target.digest", "target.two"),
        pod=LAUNCHERS[2],
    )


def target_refused(scene: Scene, fault: str) -> Scene:
    """The second launcher is not admitted: the migration stays Pending, for as long as that lasts."""
    scene, _ = refused(_phase(scene.after(0.02), "Pending").after(0.05), fault, 2)
    if fault == "quota-exceeded":
        rejected = {**condition("migrationRejectedByResourceQuota", True, None), "lastProbeTime": scene.time}
        scene = write(scene, MIGRATION, with_status(scene.objects[MIGRATION], rejected))
    return no_launcher(scene, fault)


def nobody_moves(scene: Scene) -> Scene:
    return scene.after(30).frame(
        "wait",
        "virt-controller",
        say="wait-controller-migrate",
        now={"user": "puzzled", "virt-controller": "down"},
        details=("wait.no-vmi",),
    )


def handed_over(scene: Scene) -> Scene:
    """The target Pod runs: virt-controller tells both virt-handlers through the VMI."""
    scene = _phase(scene.after(0.05), "Scheduled")
    vmi = with_label(scene.objects[VMI], TARGET_NODE, "node-2")
    state = {
        "migrationUid": MIGRATION_UID,
        "sourceNode": "node-1",
        "sourcePod": LAUNCHERS[1],
        "targetNode": "node-2",
        "targetPod": LAUNCHERS[2],
    }
    vmi = with_status(vmi, migrationState=state)
    scene = write(scene, VMI, vmi).event("handed-over", MIGRATION)
    return _phase(scene, "PreparingTarget").frame(
        "hand-over",
        "virt-controller",
        say="hand-over-target",
        to="api",
        verb="PATCH",
        path=VMI_PATH,
        now={"virt-controller": "hands-over", "api": "stores"},
        details=("hand-over.two-owners",),
    )


def target_prepared(scene: Scene) -> Scene:
    scene = scene.after(0.4).event("prepared", VMI)
    return scene.resting(launcher_2="awaits-guest").frame(
        "prepare",
        "handler-2",
        say="prepare-target",
        to="launcher-2",
        verb="gRPC SyncMigrationTarget",
        path=SOCKET,
        now={"handler-2": "prepares"},
        details=("prepare.disks", "prepare.network"),
    )


def _migration_state(scene: Scene, **fields: object) -> Scene:
    vmi = scene.objects[VMI]
    return write(scene, VMI, with_status(vmi, migrationState={**vmi["status"]["migrationState"], **fields}))


def target_listens(scene: Scene) -> Scene:
    """The proxy listens: address and ports stand in the VMI for the source to read."""
    scene = _migration_state(scene.after(0.1), targetNodeAddress=NODE_IPS[2], targetDirectMigrationNodePorts=PORTS)
    scene = scene.event("listening", VMI, address=NODE_IPS[2], ports=",".join(PORTS))
    return _phase(scene, "TargetReady").frame(
        "listen",
        "handler-2",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"handler-2": "listens", "api": "stores"},
        details=("listen.proxy",),
        address=NODE_IPS[2],
    )


def begun(scene: Scene) -> Scene:
    """The source starts: libvirt is told to migrate peer to peer. From here on the VM shows Migrating."""
    scene = _migration_state(scene.after(0.1), startTimestamp=scene.after(0.1).time, mode="PreCopy")
    return _phase(scene.event("migrating", VMI), "Running").frame(
        "begin",
        "handler-1",
        to="launcher-1",
        verb="gRPC MigrateVirtualMachine",
        path=SOCKET,
        now={"handler-1": "owns-vmi", "launcher-1": "migrates"},
        details=("begin.options", "begin.limits"),
    )


# pkg/virt-launcher/virtwrap/live-migration-source.go generateMigrationFlags; the overlay of a containerDisk is copied.
# Without a CPU limit memory goes over eight connections (virt-handler/migration-source.go
# configureParallelMigrationThreads).
FLAGS = "VIR_MIGRATE_LIVE|PEER2PEER|PERSIST_DEST|NON_SHARED_INC|PARALLEL"


def copied(scene: Scene) -> Scene:
    """While memory is copied, node-2 has a domain that does not run, and its virt-handler notes that it is there."""
    scene = scene.after(3.2).resting(guest_2="paused-copy")
    return _migration_state(scene, targetNodeDomainDetected=True).frame(
        "copy",
        "launcher-1",
        to="launcher-2",
        verb="virDomainMigrateToURI3",
        path=FLAGS,
        now={"launcher-1": "migrates", "launcher-2": "receives", "handler-1": "proxies", "handler-2": "proxies"},
        details=("copy.precopy", "copy.parallel", "copy.disk", "copy.converge", "copy.tls", "copy.detected"),
    )


def switched(scene: Scene) -> Scene:
    """The last pages go over while the guest is paused; then it runs on node-2."""
    scene = scene.after(0.2).resting(guest_1="none", guest_2="running", launcher_2="runs-guest", launcher_1="empty")
    scene = _migration_state(scene, targetNodeDomainReadyTimestamp=scene.time)
    return scene.frame(
        "switch",
        "handler-2",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"handler-2": "sees-domain", "api": "stores"},
        details=("switch.pause", "switch.network"),
    )


def moved(scene: Scene) -> Scene:
    """The acknowledgement, by the target's virt-handler: nodeName moves, and with it who owns the VMI.

    pkg/virt-handler/migration-target.go ackMigrationCompletion.
    """
    scene = scene.after(0.3)
    vmi = with_label(scene.objects[VMI], "kubevirt.io/nodeName", "node-2")
    state = {**vmi["status"]["migrationState"], "endTimestamp": scene.time}
    vmi = with_status(
        vmi, migrationState=state, nodeName="node-2", interfaces=[{"ipAddress": POD_IPS[2], "name": "default"}]
    )
    scene = write(scene, VMI, vmi).event("migrated", VMI, node="node-2")
    return scene.frame(
        "move",
        "handler-2",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"handler-1": "lets-go", "handler-2": "owns-vmi", "api": "stores"},
        details=("move.owner", "move.address"),
    )


def opened(scene: Scene) -> Scene:
    """The VMI's Pod is another now, and not ready: virt-controller says so in the VMI and opens the Pod's gate."""
    vmi = with_status(scene.objects[VMI], pods_ready(scene.objects[PODS[2]]))
    scene = launch.unpaused(write(scene.after(0.05), VMI, vmi), 2)
    scene = write(scene, PODS[2], with_label(scene.objects[PODS[2]], "kubevirt.io/nodeName", "node-2"))
    return scene.frame(
        "gate",
        "virt-controller",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[2]}/status",
        now={"virt-controller": "reports", "api": "stores", "handler-2": "owns-vmi"},
        details=("gate.services",),
    )


def ready_again(scene: Scene) -> Scene:
    """The kubelet reports the Pod ready, and so virt-controller the VMI."""
    scene = scene.after(1)
    scene = launch.changed(scene, 2, condition("Ready", True, scene.time))
    scene = write(scene, VMI, with_status(scene.objects[VMI], pods_ready(scene.objects[PODS[2]])))
    return scene.frame(
        "ready",
        "kubelet-2",
        say="ready-again",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[2]}/status",
        now={"virt-controller": "reports", "kubelet-2": "reports", "api": "stores", "handler-2": "owns-vmi"},
        details=("ready.gate",),
    )


def finalized(scene: Scene) -> Scene:
    """A later pass of the target's virt-handler: the launcher finishes, and the migration is complete."""
    vmi = scene.objects[VMI]
    labels = {name: value for name, value in vmi["metadata"]["labels"].items() if name != TARGET_NODE}
    state = {**vmi["status"]["migrationState"], "completed": True}
    scene = write(scene.after(0.1), VMI, with_status(with_meta(vmi, labels=labels), migrationState=state))
    return scene.frame(
        "finalize",
        "handler-2",
        to="launcher-2",
        verb="gRPC FinalizeVirtualMachineMigration",
        path=SOCKET,
        now={"handler-2": "owns-vmi", "launcher-2": "finishes", "api": "stores"},
        details=("finalize.label",),
    )


def succeeded(scene: Scene) -> Scene:
    scene = scene.after(0.05).event("migration-succeeded", MIGRATION)
    return _over(scene, "Succeeded").frame(
        "succeed",
        "virt-controller",
        to="api",
        verb="PUT",
        path=f"{MIGRATION_PATH}/status",
        now={"virt-controller": "reports", "api": "stores", "handler-2": "owns-vmi"},
        details=("succeed.words", "succeed.kept"),
    )


def source_gone(scene: Scene) -> Scene:
    """The empty source launcher exits; its Pod is Succeeded."""
    scene = scene.after(1).event("signaled-deletion", VMI)
    scene = launch.over(scene, 1, "Succeeded").resting(launcher_1="completed")
    return scene.frame(
        "source-ends",
        "handler-1",
        to="launcher-1",
        verb="gRPC DeleteVirtualMachine",
        path=SOCKET,
        now={"handler-1": "cleans-up", "handler-2": "owns-vmi", "user": "sees-moved"},
        details=("source-ends.kept",),
    )


# What goes wrong


def timed_out(scene: Scene, unschedulable: bool) -> Scene:
    """The target is Pending for too long: 5 min when it cannot be scheduled, 15 min otherwise.

    A Pod without a node is gone with its deletion. One with a node is not: its kubelet ends what runs of it and reports
    it as Failed before it lets it go (kubernetes v1.37 pkg/kubelet/status/status_manager.go TerminatePod).
    """
    if unschedulable:
        scene = scene.after(0.05).event("target-unschedulable", MIGRATION)
    scene = scene.after(300 if unschedulable else 900)
    if unschedulable:
        scene = scene.event("target-unschedulable", MIGRATION)
    kind = "unschedulable" if unschedulable else "pending"
    message = f"{kind} pod default/{LAUNCHERS[2]} timeout period exceeded"
    scene = scene.event("target-deleted", MIGRATION, message=message)
    if "nodeName" not in scene.objects[PODS[2]]["spec"]:
        scene = launch.uncounted(scene.removing(PODS[2]), 2).resting(launcher_2="none")
        return _failed(scene, "target-removed", f"failed-{kind}", "fail.at-once")
    if any(each.of == PODS[2] and each.event.reason == "Started" for each in scene.events):
        scene = launch.sidecar_stopped(scene, 2)
    scene = launch.uncounted(scene.after(1.6).removing(PODS[2]), 2).resting(launcher_2="none")
    return _failed(scene, "target-shutdown", f"failed-{kind}", "fail.reported")


def held_up(scene: Scene) -> Scene:
    """The target's node is dead: its Pod is Terminating for as long as that lasts, and that stops no clock.

    pkg/virt-controller/watch/migration/migration.go handlePendingPodTimeout leaves a Pod alone that is being deleted.
    """
    return scene.after(600).frame(
        "held-up",
        "virt-controller",
        say="migration-held-up",
        now={"virt-controller": "watching", "user": "puzzled", "kubelet-2": "down"},
        details=("held-up.cancel",),
    )


# What libvirt's call came back with; the words are libvirt's own and differ with what it was doing.
QEMU_EXITED = "virError(Code=1, Domain=10, Message='internal error: QEMU unexpectedly closed the monitor')"
PEER_GONE = "virError(Code=38, Domain=7, Message='Cannot recv data: Connection reset by peer')"


def qemu_exits(scene: Scene) -> Scene:
    """QEMU on the target exits before anything is copied: libvirt's call fails."""
    return scene.after(0.8).frame(
        "copy",
        "launcher-1",
        say="copy-fails",
        to="launcher-2",
        verb="virDomainMigrateToURI3",
        path=FLAGS,
        now={"launcher-1": "migrates", "launcher-2": "receives", "guest-2": "exits"},
        details=("fail.guest-runs",),
    )


def source_reports(scene: Scene, reason: str) -> Scene:
    """The source's virt-handler writes down what libvirt said (migration-source.go setMigrationProgressStatus)."""
    scene = scene.after(0.1).event("source-failed", VMI, uid=MIGRATION_UID, reason=reason)
    scene = _migration_state(scene, failed=True, completed=True, endTimestamp=scene.time, failureReason=reason)
    return scene.resting(guest_2="none").frame(
        "source-failed",
        "handler-1",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"handler-1": "reports", "api": "stores"},
        details=("source-failed.state",),
    )


def target_dies(scene: Scene) -> Scene:
    """The target's container is over its memory limit while memory is being copied: the source sees it first."""
    return (
        scene.after(1.5)
        .resting(launcher_2="failed", guest_2="none")
        .frame(
            "cut",
            "launcher-1",
            say="oom-killed-target",
            to="launcher-2",
            verb="virDomainMigrateToURI3",
            path=FLAGS,
            now={"launcher-1": "migrates"},
            details=("oom-killed.limit",),
        )
    )


def death_reported(scene: Scene) -> Scene:
    """The kubelet looks at its containers once a second, and the Pod has ended when its last container has."""
    scene = launch.over(scene.after(1.4), 2, "Failed")
    return scene.frame(
        "kill",
        "kubelet-2",
        say="oom-reported-target",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[2]}/status",
        now={"kubelet-2": "reports", "api": "stores", "user": "puzzled"},
        details=("oom-reported.late",),
    )


# kubectl v0.37 pkg/cmd/delete/delete.go
FORCED = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated."
    " The resource may continue to run on the cluster indefinitely."
)


def target_forced_away(scene: Scene) -> Scene:
    """Somebody deletes the target's Pod by force while memory is being copied."""
    scene = scene.after(1.5).typed(f"kubectl delete pod {LAUNCHERS[2]} --force")
    scene = scene.told(FORCED, f'pod "{LAUNCHERS[2]}" force deleted from default namespace')
    # The kubelet ends what runs of a Pod that is gone.
    scene = launch.sidecar_stopped(scene.event("killing", PODS[2], container="compute", name="compute"), 2)
    scene = launch.uncounted(scene.removing(PODS[2]), 2).resting(launcher_2="none", guest_2="none")
    return scene.frame(
        "delete-pod",
        "user",
        say="delete-target",
        to="api",
        verb="DELETE",
        path=f"{POD_PATH}/{LAUNCHERS[2]}",
        now={"user": "sends", "api": "stores"},
        details=("launcher-killed.why",),
    )


def failed_for(scene: Scene, kind: str) -> Scene:
    return _failed(scene.after(0.1), kind, f"failed-{kind}")


def marked_failed(scene: Scene) -> Scene:
    """The VMI knows nothing of it yet: virt-controller says so there as well.

    pkg/virt-controller/watch/migration/migration.go handleMarkMigrationFailedOnVMI. From then on the source's
    virt-handler counts the migration as done and writes nothing (isMigrationDone).
    """
    scene = scene.after(0.05).event("marked-failed", VMI, uid=MIGRATION_UID)
    scene = _migration_state(
        scene, failed=True, completed=True, endTimestamp=scene.time, failureReason="Target pod is down"
    )
    return _noted(scene).frame(
        "mark",
        "virt-controller",
        to="api",
        verb="PATCH",
        path=VMI_PATH,
        now={"virt-controller": "reports", "api": "stores", "handler-1": "owns-vmi"},
        details=("mark.proxy", "source-failed.state"),
    )


def cleaned_up(scene: Scene, signalled: bool = False) -> Scene:
    """The target's virt-handler ends its part: the VMI loses the label by which it had come (finalCleanup)."""
    scene = scene.after(0.1)
    labels = dict(scene.objects[VMI]["metadata"]["labels"])
    del labels[TARGET_NODE]
    scene = write(scene, VMI, with_meta(scene.objects[VMI], labels=labels))
    to, verb, path = ("launcher-2", "gRPC SignalTargetPodCleanup", SOCKET) if signalled else ("api", "PUT", VMI_PATH)
    return scene.frame(
        "cleanup",
        "handler-2",
        to=to,
        verb=verb,
        path=path,
        now={"handler-2": "cleans-up", "api": "stores", "handler-1": "owns-vmi", "user": "puzzled"},
        details=("cleanup.label", *(("cleanup.signal",) if signalled else ())),
    )


def launcher_told_to_end(scene: Scene) -> Scene:
    """A target's launcher that never saw a domain ends in a panic when it is told to go.

    cmd/virt-launcher/virt-launcher.go waitForDomainUUID.
    """
    scene = launch.over(cleaned_up(scene, signalled=True).after(3), 2, "Failed").resting(launcher_2="failed")
    return scene.frame(
        "target-ends",
        "kubelet-2",
        to="api",
        verb="PATCH",
        path=f"{POD_PATH}/{LAUNCHERS[2]}/status",
        now={"kubelet-2": "reports", "api": "stores", "handler-1": "owns-vmi", "user": "puzzled"},
        details=("target-ends.panic",),
    )


def _failed(scene: Scene, kind: str, say: str, *details: str) -> Scene:
    return _over(scene.event(kind, MIGRATION), "Failed").frame(
        "fail",
        "virt-controller",
        say=say,
        to="api",
        verb="PUT",
        path=f"{MIGRATION_PATH}/status",
        now={"virt-controller": "reports", "api": "stores", "user": "puzzled"},
        details=("fail.guest-runs", *details, "fail.backoff"),
    )
