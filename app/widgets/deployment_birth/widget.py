"""The sequence `deployment-birth`: watch a Deployment become Pods, or break one thing and watch that."""

from typing import Annotated

from pydantic import Field

from app.kube.frame import Sequence
from app.kube.story.template_hash import Version
from app.widgetkit.contract import CLUSTER, DEPLOYMENT, POD, Example, Form, Line, Turn, Widget
from app.widgets.deployment_birth.cast import COPIES_TOPOLOGY, REPORTS_RESOURCES, SEES_STARTS
from app.widgets.deployment_birth.model import Fault, tell
from app.widgets.deployment_birth.rollout import COUNTS_TERMINATING


class Inputs(Form):
    replicas: Annotated[int, Field(ge=0, le=30)] = 3
    image: Annotated[str, Line(24)] = "nginx:1.29"
    kubernetes_version: Version = "1.37"
    fault: Fault = "none"


def run(inputs: Inputs) -> Sequence:
    return tell(inputs.replicas, inputs.image, inputs.kubernetes_version, inputs.fault)


WIDGET = Widget(
    slug="deployment-birth",
    turns=(
        Turn(COPIES_TOPOLOGY, "topology"),
        Turn(COUNTS_TERMINATING, "terminating"),
        Turn(REPORTS_RESOURCES, "resources"),
        Turn(SEES_STARTS, "starts"),
    ),
    form=Inputs,
    run=run,
    subject="deployment-creation",
    kind="sequence",
    stage=CLUSTER,
    watches=(DEPLOYMENT, POD),
    examples=(
        Example(
            "three-replicas",
            {},
            {
                "frames.hash.say.values.hash": "6c8c4dc84c",
                "frames.complete.say.values.ready": "3",
            },
            "FNV-32a over the dump of the v1.37 structs; v1.37 pkg/controller/deployment",
        ),
        Example(
            "ten-replicas",
            {"replicas": 10},
            {"frames.count.say.values.batches": "1, 2, 4, 3", "frames.batch#4.say.values.size": "3"},
            "v1.37 pkg/controller/controller_utils.go slowStartBatch",
        ),
        Example(
            "other-version",
            {"kubernetes_version": "1.35"},
            {"frames.hash.say.values.version": "1.35", "frames.replica-set.objects.1.name": "web-596c4f4f6d"},
            "FNV-32a over the dump of the v1.35 structs",
        ),
        Example(
            "controller-manager-down",
            {"fault": "controller-manager-down"},
            {"frames.wait.events": [], "sees.key": "end.controller-manager-down.sees"},
            "v1.37 pkg/controller/deployment: nobody else makes ReplicaSets",
        ),
        Example(
            "quota-exceeded",
            {"fault": "quota-exceeded"},
            {"frames.batch.say.values.skipped": "2", "frames.batch.events.1.reason": "FailedCreate"},
            "v1.37 pkg/controller/replicaset/replica_set.go manageReplicas",
        ),
        Example(
            "image-missing",
            {"fault": "image-missing"},
            {"frames.deadline.at_s": 600.1},
            "v1.37 pkg/controller/deployment/progress.go",
        ),
        Example(
            "selector-change-refused",
            {"fault": "selector-change-refused"},
            {"frames.refuse.verb": "422 Unprocessable Entity"},
            "v1.37 pkg/registry/apps/deployment/strategy.go: the selector is immutable",
        ),
        Example(
            "kubelet-down",
            {"fault": "kubelet-down"},
            {"frames.evict.verb": "DELETE ×2", "frames.replace.say.values.count": "2"},
            "v1.37 pkg/controller/tainteviction, pkg/controller/replicaset",
        ),
    ),
)
