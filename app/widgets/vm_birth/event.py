"""The events of KubeVirt and of the Pods below it, each with type, reason, sender, text and source."""

from dataclasses import dataclass, replace

from app.kube.frame import Event
from app.kube.story.event import Noted
from app.kube.story.scene import Scene


@dataclass(frozen=True)
class Kind:
    type: str
    reason: str
    from_: str
    text: str
    source: str


_VM = "kubevirt v1.9.0 pkg/virt-controller/watch/vm/vm.go"
_VMI = "kubevirt v1.9.0 pkg/virt-controller/watch/vmi/lifecycle.go"
_HANDLER = "kubevirt v1.9.0 pkg/virt-handler/vm.go"
_SOURCE = "kubevirt v1.9.0 pkg/virt-handler/migration-source.go"
_TARGET = "kubevirt v1.9.0 pkg/virt-handler/migration-target.go"
_MIGRATION = "kubevirt v1.9.0 pkg/virt-controller/watch/migration/migration.go"
_KUBELET = "kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_container.go"
_IMAGES = "kubernetes v1.37 pkg/kubelet/images/image_manager.go"
_SANDBOX = "kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_manager.go"
_SCHEDULER = "kubernetes v1.37 pkg/scheduler/schedule_one.go"
_CONTROLLER = "virtualmachine-controller"

KINDS = {
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
    "scheduled": Kind("Normal", "Scheduled", "default-scheduler", "Successfully assigned {pod} to {node}", _SCHEDULER),
    "unschedulable": Kind("Warning", "FailedScheduling", "default-scheduler", "{message}", _SCHEDULER),
    "present": Kind(
        "Normal",
        "Pulled",
        "kubelet",
        'spec.containers{{compute}}: Container image "{image}" already present on machine'
        " and can be accessed by the pod",
        _IMAGES,
    ),
    "created": Kind("Normal", "Created", "kubelet", "spec.containers{{compute}}: Container created", _KUBELET),
    "started": Kind("Normal", "Started", "kubelet", "spec.containers{{compute}}: Container started", _KUBELET),
    "pull-failed": Kind(
        "Warning",
        "Failed",
        "kubelet",
        'spec.initContainers{{{container}}}: Failed to pull image "{image}": {error}',
        _IMAGES,
    ),
    "pull-error": Kind(
        "Warning", "Failed", "kubelet", "spec.initContainers{{{container}}}: Error: ErrImagePull", _SANDBOX
    ),
    "pull-back-off": Kind(
        "Normal", "BackOff", "kubelet", 'spec.initContainers{{{container}}}: Back-off pulling image "{image}"', _IMAGES
    ),
    "no-network": Kind(
        "Warning", "FailedCreatePodSandBox", "kubelet", "Failed to create pod sandbox: {error}", _SANDBOX
    ),
    "unready": Kind(
        "Warning",
        "Unhealthy",
        "kubelet",
        "spec.containers{{compute}}: Readiness probe failed: HTTP probe failed with statuscode: 503",
        "kubernetes v1.37 pkg/kubelet/prober/prober.go",
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


def emit(scene: Scene, kind: str, of: str, **values: str) -> Scene:
    """The scene with one more event about an object; equal ones are counted."""
    known = KINDS[kind]
    event = Event(known.type, known.reason, known.from_, known.text.format(**values))
    for index, note in enumerate(scene.events):
        if note.event == event and note.of == of:
            again = replace(note, last_s=scene.at_s, count=note.count + 1)
            return replace(scene, events=(*scene.events[:index], *scene.events[index + 1 :], again))
    return replace(scene, events=(*scene.events, Noted(event, of, scene.at_s, scene.at_s)))
