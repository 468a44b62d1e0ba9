"""The sequence `vm-birth`: start, move or stop a virtual machine, or break one thing and watch that."""

from dataclasses import fields

from app.record import dataclass
from app.widgetkit.contract import KUBERNETES, Example, Foreseen, Form, Stage, Watched, Widget
from app.widgets.vm_birth.model import Fault, Operation, Story, Strategy, tell
from app.widgets.vm_birth.stage import ONE_NODE, TWO_NODES


class Inputs(Form):
    operation: Operation = "start"
    run_strategy: Strategy = "fitting"
    fault: Fault = "none"


@dataclass(frozen=True)
class Outcome(Story):
    stage: Stage | None = None


def run(inputs: Inputs) -> Outcome:
    story = tell(inputs.operation, inputs.run_strategy, inputs.fault)
    stage = TWO_NODES if inputs.operation == "migrate" else ONE_NODE
    return Outcome(**{field.name: getattr(story, field.name) for field in fields(story)}, stage=stage)


WIDGET = Widget(
    slug="vm-birth",
    form=Inputs,
    run=run,
    subject="kubevirt",
    kind="sequence",
    prints=("strategy",),
    watches=(
        Watched("VirtualMachineInstance", ("phase", "Ready")),
        Watched("VirtualMachineInstanceMigration", ("phase",)),
    ),
    foreseen=Foreseen(
        fields=(
            *("phase", "spec.nodeName", "status.nodeName", "spec.runStrategy", "printableStatus", "created", "ready"),
            *("kubevirt.io/nodeName", "kubevirt.io/migrationTargetNodeName", "action", "mode", "completed", "failed"),
            *("sourceNode", "targetNode", "targetNodeDomainDetected"),
        ),
        marks=KUBERNETES.marks,
    ),
    examples=(
        Example(
            "start",
            {"operation": "start"},
            {
                "frames.send.verb": "PUT",
                "frames.change.verb": "PATCH",
                "frames.accept.verb": "202 Accepted",
                "frames.hand-over.actors.virt-controller": "hands-over",
                "frames.report.objects.VirtualMachineInstance.status.phase.status": "Scheduling",
                "frames.hand-over.objects.VirtualMachineInstance.status.phase.status": "Scheduled",
                "frames.ready.objects.VirtualMachineInstance.status.phase.status": "Running",
            },
            "kubevirt v1.9.0 pkg/virt-api/rest/lifecycle.go, pkg/virt-controller/watch/vmi, pkg/virt-handler/vm.go",
        ),
        Example(
            "already-running",
            {"operation": "start", "run_strategy": "Always"},
            {"frames.refuse.verb": "409 Conflict", "sees.key": "end.running.sees"},
            "kubevirt v1.9.0 pkg/virt-api/rest/lifecycle.go StartVMRequestHandler",
        ),
        Example(
            "no-kvm",
            {"operation": "start", "fault": "no-node-fits"},
            {
                "frames.no-node.actors.scheduler": "finds-none",
                "frames.mirror.objects.VirtualMachineInstance.status.phase.status": "Scheduling",
                "sees.key": "end.start.no-node-fits.sees",
            },
            "kubevirt v1.9.0 pkg/virt-controller/watch/vm/vm.go isVirtualMachineStatusUnschedulable",
        ),
        Example(
            "pvc-missing",
            {"operation": "start", "fault": "pvc-missing"},
            {"sees.key": "end.start.pvc-missing.sees", "frames.no-disk.events.1.reason": "FailedPvcNotFound"},
            "kubevirt v1.9.0 pkg/virt-controller/watch/vmi/lifecycle.go: FailedPvcNotFound",
        ),
        Example(
            "migrate",
            {"operation": "migrate"},
            {
                "frames.begin.verb": "gRPC MigrateVirtualMachine",
                "frames.switch.actors.handler-2": "sees-domain",
                "frames.move.actors.handler-2": "owns-vmi",
            },
            "kubevirt v1.9.0 pkg/virt-controller/watch/migration, pkg/virt-handler/migration-{source,target}.go",
        ),
        Example(
            "not-migratable",
            {"operation": "migrate", "fault": "not-migratable"},
            {"frames.refuse.verb": "500 Internal Server Error"},
            "kubevirt v1.9.0 pkg/virt-api/webhooks/validating-webhook/admitters/migration-create-admitter.go",
        ),
        Example(
            "stop",
            {"operation": "stop"},
            {
                "frames.end.objects.VirtualMachineInstance.status.phase.status": "Succeeded",
                "frames.gone.actors.launcher-1": "none",
            },
            "kubevirt v1.9.0 pkg/virt-controller/watch/vmi/lifecycle.go sync, pkg/virt-handler/vm.go",
        ),
        Example(
            "acpi-ignored",
            {"operation": "stop", "fault": "acpi-ignored"},
            {
                "frames.end.objects.VirtualMachineInstance.status.phase.status": "Failed",
                "frames.destroy.verb": "gRPC KillVirtualMachine",
            },
            "kubevirt v1.9.0 pkg/virt-handler/vm.go calculateVmPhaseForStatusReason",
        ),
    ),
)
