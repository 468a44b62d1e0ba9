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
    POD_UIDS,
    PODS,
    SOCKET,
    VMI,
    VMI_PATH,
    condition,
    migration,
    not_ready,
    with_label,
    with_status,
)
from app.widgets.vm_birth.scene import write
from app.widgets.vm_birth.start import REFUSALS, refused_event

MIGRATIONS = f"{API}/virtualmachineinstancemigrations"
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
        details=("review.condition",),
    )


def on_local_disk(scene: Scene) -> Scene:
    """The scene with a machine whose only disk is a PVC of one node."""
    vmi = scene.objects[VMI]
    volumes = [{"name": "root", "persistentVolumeClaim": {"claimName": "web-root"}}]
    state = condition("LiveMigratable", False, scene.time, "DisksNotLiveMigratable", NOT_SHARED)
    return write(scene, VMI, with_status({**vmi, "spec": {**vmi["spec"], "volumes": volumes}}, state))


def _phase(scene: Scene, phase: str) -> Scene:
    return write(scene, MIGRATION, with_status(scene.objects[MIGRATION], phase=phase))


def target_created(scene: Scene) -> Scene:
    """Pending, then the second launcher, then Scheduling."""
    scene = _phase(scene.after(0.02), "Pending")
    scene = launch.stored(scene.after(0.05), 2)
    scene = scene.event("target-created", MIGRATION, pod=LAUNCHERS[2])
    return _phase(scene, "Scheduling").frame(
        "target",
        "virt-controller",
        to="api",
        verb="POST",
        path=POD_PATH,
        now={"virt-controller": "makes-target", "api": "stores"},
        details=("target.affinity", "target.two"),
        pod=LAUNCHERS[2],
    )


def target_refused(scene: Scene, fault: str) -> Scene:
    """The second launcher is not admitted: the migration stays Pending."""
    scene = _phase(scene.after(0.02), "Pending").after(0.05)
    if fault == "quota-exceeded":
        rejected = with_status(
            scene.objects[MIGRATION], condition("migrationRejectedByResourceQuota", True, scene.time)
        )
        scene = write(scene, MIGRATION, rejected)
    return refused_event(scene, fault, REFUSALS[fault], 2)


def nobody_moves(scene: Scene) -> Scene:
    return scene.after(30).frame(
        "wait",
        "virt-controller",
        say="wait-controller-migrate",
        now={"user": "puzzled", "virt-controller": "down"},
        details=("wait.no-vmi",),
    )


def handed_over(scene: Scene) -> Scene:
    """The target Pod is ready: virt-controller tells both virt-handlers through the VMI."""
    scene = _phase(scene.after(0.05), "Scheduled")
    vmi = with_label(scene.objects[VMI], "kubevirt.io/migrationTargetNodeName", "node-2")
    state = {
        "migrationUid": MIGRATION_UID,
        "mode": "PreCopy",
        "sourceNode": "node-1",
        "sourcePod": LAUNCHERS[1],
        "targetNode": "node-2",
        "targetPod": LAUNCHERS[2],
    }
    vmi = with_status(vmi, migrationState=state, activePods={POD_UIDS[1]: "node-1", POD_UIDS[2]: "node-2"})
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


def target_waits(scene: Scene) -> Scene:
    return scene.after(60).frame(
        "wait",
        "handler-2",
        say="wait-handler-target",
        now={"user": "puzzled", "handler-2": "down"},
        details=("wait.source-runs",),
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
        verb="PATCH",
        path=VMI_PATH,
        now={"handler-2": "listens", "api": "stores"},
        details=("listen.proxy",),
        address=NODE_IPS[2],
    )


def begun(scene: Scene) -> Scene:
    """The source starts: libvirt is told to migrate peer to peer."""
    scene = _migration_state(scene.after(0.1), startTimestamp=scene.time).event("migrating", VMI)
    return _phase(scene, "Running").frame(
        "begin",
        "handler-1",
        to="launcher-1",
        verb="gRPC MigrateVirtualMachine",
        path=SOCKET,
        now={"handler-1": "owns-vmi", "launcher-1": "migrates"},
        details=("begin.options", "begin.limits"),
    )


def copied(scene: Scene) -> Scene:
    scene = scene.after(3.2).resting(guest_2="paused-copy")
    return scene.frame(
        "copy",
        "launcher-1",
        to="launcher-2",
        verb="virDomainMigrateToURI3",
        path="VIR_MIGRATE_LIVE|VIR_MIGRATE_PEER2PEER",
        now={"launcher-1": "migrates", "launcher-2": "receives", "handler-1": "proxies", "handler-2": "proxies"},
        details=("copy.precopy", "copy.converge", "copy.tls"),
    )


def target_killed(scene: Scene) -> Scene:
    """The target Pod ends while memory is being copied: the guest stays where it is."""
    scene = scene.after(1.5).resting(launcher_2="failed", guest_2="none")
    scene = launch.changed(scene, 2, not_ready("PodFailed", "", scene.time), phase="Failed")
    scene = _migration_state(scene, failed=True, completed=True, endTimestamp=scene.time)
    return _failed(scene, "Migration failed because target pod shutdown during migration", "failed-target")


def switched(scene: Scene) -> Scene:
    """The last pages go over while the guest is paused; then it runs on node-2."""
    scene = scene.after(0.2).resting(guest_1="none", guest_2="running", launcher_2="runs-guest", launcher_1="empty")
    scene = _migration_state(scene, targetNodeDomainDetected=True, targetNodeDomainReadyTimestamp=scene.time)
    return scene.frame(
        "switch",
        "handler-2",
        to="api",
        verb="PATCH",
        path=VMI_PATH,
        now={"handler-2": "sees-domain", "api": "stores"},
        details=("switch.pause", "switch.network"),
    )


def moved(scene: Scene) -> Scene:
    """The acknowledgement: nodeName moves, and with it who owns the VMI."""
    scene = scene.after(0.3)
    scene = _migration_state(scene, completed=True, endTimestamp=scene.time)
    vmi = with_label(scene.objects[VMI], "kubevirt.io/nodeName", "node-2")
    vmi = with_status(vmi, nodeName="node-2", interfaces=[{"ipAddress": POD_IPS[2], "name": "default"}])
    scene = write(scene, VMI, vmi).event("migrated", VMI, node="node-2")
    return scene.frame(
        "move",
        "handler-1",
        to="api",
        verb="PUT",
        path=VMI_PATH,
        now={"handler-1": "lets-go", "handler-2": "owns-vmi", "api": "stores"},
        details=("move.owner", "move.address"),
    )


def succeeded(scene: Scene) -> Scene:
    scene = scene.after(0.05).event("migration-succeeded", MIGRATION)
    return _phase(scene, "Succeeded").frame(
        "succeed",
        "virt-controller",
        to="api",
        verb="PUT",
        path=f"{MIGRATION_PATH}/status",
        now={"virt-controller": "reports", "api": "stores", "handler-2": "owns-vmi"},
        details=("succeed.kept",),
    )


def source_gone(scene: Scene) -> Scene:
    """The empty source launcher exits; its Pod is Succeeded."""
    scene = scene.after(1).event("signaled-deletion", VMI)
    done = not_ready("PodCompleted", "", scene.time)
    scene = launch.changed(scene, 1, done, phase="Succeeded").resting(launcher_1="completed")
    return scene.frame(
        "source-ends",
        "handler-1",
        to="launcher-1",
        verb="gRPC DeleteVirtualMachine",
        path=SOCKET,
        now={"handler-1": "cleans-up", "handler-2": "owns-vmi", "user": "sees-moved"},
        details=("source-ends.kept",),
    )


def given_up(scene: Scene, unschedulable: bool) -> Scene:
    """The target is Pending for too long: 5 min when it cannot be scheduled, 15 min otherwise."""
    if unschedulable:
        scene = scene.after(0.05).event("target-unschedulable", MIGRATION)
    scene = scene.after(300 if unschedulable else 900)
    kind = "unschedulable" if unschedulable else "pending"
    message = f"{kind} pod default/{LAUNCHERS[2]} timeout period exceeded"
    scene = scene.removing(PODS[2]).event("target-deleted", MIGRATION, message=message)
    scene = scene.resting(launcher_2="none")
    return _failed(scene, "Migration target pod was removed during active migration.", f"failed-{kind}")


def target_failed(scene: Scene) -> Scene:
    """The target Pod has failed before anything was copied."""
    return _failed(scene.after(0.3), "Migration failed because target pod shutdown during migration", "failed-before")


def _failed(scene: Scene, message: str, say: str) -> Scene:
    scene = scene.event("migration-failed", MIGRATION, message=message)
    return _phase(scene, "Failed").frame(
        "fail",
        "virt-controller",
        say=say,
        to="api",
        verb="PUT",
        path=f"{MIGRATION_PATH}/status",
        now={"virt-controller": "reports", "api": "stores", "user": "puzzled"},
        details=("fail.guest-runs", "fail.backoff"),
    )
