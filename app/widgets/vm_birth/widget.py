"""The sequence `vm-birth`: start, move or stop a virtual machine, or break one thing and watch that."""

from dataclasses import dataclass, fields

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
                "frames.0.verb": "PUT",
                "frames.2.verb": "PATCH",
                "frames.3.verb": "202 Accepted",
                "owners.9": "virt-handler on node-1",
                "phases.8": "Scheduling",
                "phases.9": "Scheduled",
                "phases.14": "Running",
            },
            "kubevirt v1.9.0 pkg/virt-api/rest/lifecycle.go, pkg/virt-controller/watch/vmi, pkg/virt-handler/vm.go",
        ),
        Example(
            "already-running",
            {"operation": "start", "run_strategy": "Always"},
            {"frames.2.verb": "409 Conflict", "sees": "running.sees"},
            "kubevirt v1.9.0 pkg/virt-api/rest/lifecycle.go StartVMRequestHandler",
        ),
        Example(
            "no-kvm",
            {"operation": "start", "fault": "no-node-fits"},
            {"frames.6.key": "no-node", "phases.7": "Scheduling", "sees": "start.no-node-fits.sees"},
            "kubevirt v1.9.0 pkg/virt-controller/watch/vm/vm.go isVirtualMachineStatusUnschedulable",
        ),
        Example(
            "pvc-missing",
            {"operation": "start", "fault": "pvc-missing"},
            {"sees": "start.pvc-missing.sees", "frames.5.events.1.reason": "FailedPvcNotFound"},
            "kubevirt v1.9.0 pkg/virt-controller/watch/vmi/lifecycle.go: FailedPvcNotFound",
        ),
        Example(
            "migrate",
            {"operation": "migrate"},
            {"frames.11.key": "begin", "owners.13": "virt-handler on node-1", "owners.14": "virt-handler on node-2"},
            "kubevirt v1.9.0 pkg/virt-controller/watch/migration, pkg/virt-handler/migration-{source,target}.go",
        ),
        Example(
            "not-migratable",
            {"operation": "migrate", "fault": "not-migratable"},
            {"frames.3.key": "refuse", "frames.3.verb": "500 Internal Server Error"},
            "kubevirt v1.9.0 pkg/virt-api/webhooks/validating-webhook/admitters/migration-create-admitter.go",
        ),
        Example(
            "stop",
            {"operation": "stop"},
            {"phases.7": "Succeeded", "frames.9.key": "gone"},
            "kubevirt v1.9.0 pkg/virt-controller/watch/vmi/lifecycle.go sync, pkg/virt-handler/vm.go",
        ),
        Example(
            "acpi-ignored",
            {"operation": "stop", "fault": "acpi-ignored"},
            {"phases.8": "Failed", "frames.7.verb": "gRPC KillVirtualMachine"},
            "kubevirt v1.9.0 pkg/virt-handler/vm.go calculateVmPhaseForStatusReason",
        ),
    ),
)
