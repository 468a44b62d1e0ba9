"""The events of KubeVirt and of the Pods below it: type, reason, sender, text, and the source with file and line."""

from dataclasses import replace

from app.kube.story import event
from app.kube.story.event import Kind

_VM = "kubevirt v1.9.0 pkg/virt-controller/watch/vm/vm.go"
_VMI = "kubevirt v1.9.0 pkg/virt-controller/watch/vmi/lifecycle.go"
_VOLUMES = "kubevirt v1.9.0 pkg/virt-controller/watch/vmi/datavolumes.go"
_HANDLER = "kubevirt v1.9.0 pkg/virt-handler/vm.go"
_SOURCE = "kubevirt v1.9.0 pkg/virt-handler/migration-source.go"
_TARGET = "kubevirt v1.9.0 pkg/virt-handler/migration-target.go"
_MIGRATION = "kubevirt v1.9.0 pkg/virt-controller/watch/migration/migration.go"
# pkg/virt-controller/watch/application.go: one recorder name for VMs, VMIs and migrations.
_CONTROLLER = "virtualmachine-controller"

_OF_PODS = (
    "scheduled",
    "failed-scheduling",
    "present",
    "created",
    "started",
    "start-error",
    "back-off-pull",
    "sandbox-failed",
    "unhealthy",
    "evicted",
    "killing",
)


def _normal(reason: str, sender: str, text: str, source: str) -> Kind:
    return Kind("Normal", reason, sender, text, source)


def _warning(reason: str, sender: str, text: str, source: str) -> Kind:
    return Kind("Warning", reason, sender, text, source)


def _of_the_pod(name: str) -> Kind:
    """An image volume is pulled for the Pod, not for a container (kuberuntime_manager.go getImageVolumes)."""
    return replace(event.KINDS[name], container=False)


KINDS = {
    **{name: event.KINDS[name] for name in _OF_PODS},
    "volume-present": _of_the_pod("present"),
    "volume-pulling": _of_the_pod("pulling"),
    "volume-pull-failed": _of_the_pod("pull-failed"),
    "volume-back-off": _of_the_pod("back-off-pull"),
    "node-not-ready": _warning(
        "NodeNotReady",
        "node-controller",
        "Node is not ready",
        "kubernetes v1.37 pkg/controller/util/node/controller_utils.go",
    ),
    "vmi-created": _normal(
        "SuccessfulCreate",
        _CONTROLLER,
        "Started the virtual machine by creating the new virtual machine instance web",
        f"{_VM}:1342",
    ),
    "vmi-deleted": _normal(
        "SuccessfulDelete",
        _CONTROLLER,
        "Stopped the virtual machine by deleting the virtual machine instance {uid}",
        f"{_VM}:1684",
    ),
    "launcher-created": _normal("SuccessfulCreate", _CONTROLLER, "Created virtual machine pod {pod}", f"{_VMI}:184"),
    "launcher-deleted": _normal("SuccessfulDelete", _CONTROLLER, "Deleted virtual machine pod {pod}", f"{_VMI}:1008"),
    "launcher-refused": _warning("FailedCreate", _CONTROLLER, "{message}", f"{_VMI}:181"),
    "no-pvc": _normal(
        "FailedPvcNotFound",
        _CONTROLLER,
        "PVC default/{claim} does not exist, waiting for it to appear",
        f"{_VOLUMES}:130",
    ),
    "defined": _normal("Created", "virt-handler", "VirtualMachineInstance defined.", f"{_HANDLER}:1974"),
    "guest-started": _normal("Started", "virt-handler", "VirtualMachineInstance started.", f"{_HANDLER}:1188"),
    "sync-failed": _warning("SyncFailed", "virt-handler", "{message}", f"{_HANDLER}:1578"),
    "shutting-down": _normal("ShuttingDown", "virt-handler", "Signaled Graceful Shutdown", f"{_HANDLER}:1776"),
    "stopping": _normal("Deleted", "virt-handler", "VirtualMachineInstance stopping", f"{_HANDLER}:1743"),
    "shut-down": _normal("Stopped", "virt-handler", "The VirtualMachineInstance was shut down.", f"{_HANDLER}:1190"),
    "crashed": _warning("Stopped", "virt-handler", "The VirtualMachineInstance crashed.", f"{_HANDLER}:1192"),
    "signaled-deletion": _normal("Deleted", "virt-handler", "Signaled Deletion", f"{_HANDLER}:1811"),
    "target-created": _normal(
        "SuccessfulCreate", _CONTROLLER, "Created migration target pod {pod}", f"{_MIGRATION}:1043"
    ),
    "handed-over": _normal(
        "SuccessfulHandOver",
        _CONTROLLER,
        "Migration target pod is ready for preparation by virt-handler.",
        f"{_MIGRATION}:1291",
    ),
    "prepared": _normal(
        "PreparingTarget", "virt-handler", "VirtualMachineInstance Migration Target Prepared.", f"{_TARGET}:994"
    ),
    "listening": _normal(
        "PreparingTarget",
        "virt-handler",
        "Migration Target is listening at {address}, on ports: {ports}",
        f"{_TARGET}:417",
    ),
    "migrating": _normal("Migrating", "virt-handler", "VirtualMachineInstance is migrating.", f"{_SOURCE}:613"),
    "migrated": _normal(
        "Migrated", "virt-handler", "The VirtualMachineInstance migrated to node {node}.", f"{_TARGET}:315"
    ),
    "source-failed": _warning(
        "Migrated",
        "virt-handler",
        "VirtualMachineInstance migration uid {uid} failed. reason:{reason}",
        f"{_SOURCE}:214",
    ),
    "migration-succeeded": _normal(
        "SuccessfulMigration", _CONTROLLER, "Source node reported migration succeeded", f"{_MIGRATION}:852"
    ),
    "target-shutdown": _warning(
        "FailedMigration",
        _CONTROLLER,
        "Migration failed because target pod shutdown during migration",
        f"{_MIGRATION}:594",
    ),
    "target-removed": _warning(
        "FailedMigration",
        _CONTROLLER,
        "Migration target pod was removed during active migration.",
        f"{_MIGRATION}:604",
    ),
    "source-reported": _warning(
        "FailedMigration", _CONTROLLER, "source node reported migration failed", f"{_MIGRATION}:629"
    ),
    "marked-failed": _warning(
        "FailedMigration",
        _CONTROLLER,
        "VirtualMachineInstance migration uid {uid} failed. reason: Target pod is down",
        f"{_MIGRATION}:1151",
    ),
    "target-unschedulable": _warning(
        "migrationTargetPodUnschedulable",
        _CONTROLLER,
        "Migration target pod for VMI [default/web] is currently unschedulable.",
        f"{_MIGRATION}:1738",
    ),
    "target-deleted": _normal("SuccessfulDelete", _CONTROLLER, "{message}", f"{_MIGRATION}:1545"),
}
