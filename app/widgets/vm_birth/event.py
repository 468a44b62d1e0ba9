"""The events of KubeVirt and of the Pods below it, each with type, reason, sender, text and source."""

from app.kube.story import event
from app.kube.story.event import Kind

_VM = "kubevirt v1.9.0 pkg/virt-controller/watch/vm/vm.go"
_VMI = "kubevirt v1.9.0 pkg/virt-controller/watch/vmi/lifecycle.go"
_HANDLER = "kubevirt v1.9.0 pkg/virt-handler/vm.go"
_SOURCE = "kubevirt v1.9.0 pkg/virt-handler/migration-source.go"
_TARGET = "kubevirt v1.9.0 pkg/virt-handler/migration-target.go"
_MIGRATION = "kubevirt v1.9.0 pkg/virt-controller/watch/migration/migration.go"
_CONTROLLER = "virtualmachine-controller"

_OF_PODS = (
    "scheduled",
    "failed-scheduling",
    "present",
    "created",
    "started",
    "pull-failed",
    "start-error",
    "back-off-pull",
    "sandbox-failed",
    "unhealthy",
)

KINDS = {
    **{name: event.KINDS[name] for name in _OF_PODS},
    "vmi-created": Kind(
        "Normal",
        "SuccessfulCreate",
        _CONTROLLER,
        "Started the virtual machine by creating the new virtual machine instance web",
        _VM,
    ),
    "vmi-deleted": Kind(
        "Normal",
        "SuccessfulDelete",
        _CONTROLLER,
        "Stopped the virtual machine by deleting the virtual machine instance {uid}",
        _VM,
    ),
    "launcher-created": Kind("Normal", "SuccessfulCreate", _CONTROLLER, "Created virtual machine pod {pod}", _VMI),
    "launcher-deleted": Kind("Normal", "SuccessfulDelete", _CONTROLLER, "Deleted virtual machine pod {pod}", _VMI),
    "launcher-refused": Kind("Warning", "FailedCreate", _CONTROLLER, "{message}", _VMI),
    "no-pvc": Kind(
        "Warning",
        "FailedPvcNotFound",
        _CONTROLLER,
        "failed to render launch manifest: didn't find PVC {claim}",
        _VMI,
    ),
    "defined": Kind("Normal", "Created", "virt-handler", "VirtualMachineInstance defined.", _HANDLER),
    "guest-started": Kind("Normal", "Started", "virt-handler", "VirtualMachineInstance started.", _HANDLER),
    "sync-failed": Kind("Warning", "SyncFailed", "virt-handler", "{message}", _HANDLER),
    "shutting-down": Kind("Normal", "ShuttingDown", "virt-handler", "Signaled Graceful Shutdown", _HANDLER),
    "stopping": Kind("Normal", "Deleted", "virt-handler", "VirtualMachineInstance stopping", _HANDLER),
    "shut-down": Kind("Normal", "Stopped", "virt-handler", "The VirtualMachineInstance was shut down.", _HANDLER),
    "crashed": Kind("Warning", "Stopped", "virt-handler", "The VirtualMachineInstance crashed.", _HANDLER),
    "signaled-deletion": Kind("Normal", "Deleted", "virt-handler", "Signaled Deletion", _HANDLER),
    "target-created": Kind("Normal", "SuccessfulCreate", _CONTROLLER, "Created migration target pod {pod}", _MIGRATION),
    "handed-over": Kind(
        "Normal",
        "SuccessfulHandOver",
        _CONTROLLER,
        "Migration target pod is ready for preparation by virt-handler.",
        _MIGRATION,
    ),
    "prepared": Kind(
        "Normal", "PreparingTarget", "virt-handler", "VirtualMachineInstance Migration Target Prepared.", _TARGET
    ),
    "listening": Kind(
        "Normal",
        "PreparingTarget",
        "virt-handler",
        "Migration Target is listening at {address}, on ports: {ports}",
        _TARGET,
    ),
    "migrating": Kind("Normal", "Migrating", "virt-handler", "VirtualMachineInstance is migrating.", _SOURCE),
    "migrated": Kind(
        "Normal", "Migrated", "virt-handler", "The VirtualMachineInstance migrated to node {node}.", _SOURCE
    ),
    "migration-succeeded": Kind(
        "Normal", "SuccessfulMigration", _CONTROLLER, "Source node reported migration succeeded", _MIGRATION
    ),
    "migration-failed": Kind("Warning", "FailedMigration", _CONTROLLER, "{message}", _MIGRATION),
    "target-unschedulable": Kind(
        "Warning",
        "migrationTargetPodUnschedulable",
        _CONTROLLER,
        "Migration target pod for VMI [default/web] is currently unschedulable.",
        _MIGRATION,
    ),
    "target-deleted": Kind("Normal", "SuccessfulDelete", _CONTROLLER, "{message}", _MIGRATION),
}
