"""The sequence `pod-end`: take a Pod away in one of seven ways, and count the requests that fail."""

from typing import Annotated

from pydantic import Field

from app.widgetkit.contract import KUBECTL, POD, Example, Form, Pane, Widget
from app.widgets.pod_end.model import Story, tell
from app.widgets.pod_end.plan import Fault, Hook, How, OnTerm, Plan
from app.widgets.pod_end.stage import STAGE

Rate = Annotated[int, Field(ge=0, le=200)]


class Inputs(Form):
    how: How = "delete"
    grace: Annotated[int, Field(ge=1, le=3600)] = 30
    pre_stop: Annotated[int, Field(ge=0, le=3600)] = 5
    pre_stop_kind: Hook = "sleep"
    on_term: OnTerm = "finish"
    sidecars: Annotated[int, Field(ge=0, le=2)] = 0
    inside: Rate = 20
    outside: Rate = 20
    balancer: Annotated[int, Field(ge=0, le=600)] = 3
    fault: Fault = "none"


def run(inputs: Inputs) -> Story:
    return tell(Plan(**inputs.model_dump()))


_KILL = "kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer"

WIDGET = Widget(
    slug="pod-end",
    form=Inputs,
    run=run,
    subject="container-life",
    kind="sequence",
    stage=STAGE,
    prints=("failed_requests", "late_requests", "ended_by", "exit_code"),
    panes=(Pane("requests", "objects", kinds=("requests",), own=True), *KUBECTL),
    watches=(POD,),
    examples=(
        Example(
            "nobody-notices",
            {},
            {
                "failed_requests": 0,
                "ended_by": "exit",
                "exit_code": 0,
                "frames.stop.say.values.left": "25",
                "frames.slice.verb": "PUT",
                "frames.remove.verb": "DELETE",
            },
            _KILL,
        ),
        Example(
            "no-hook",
            {"fault": "no-pre-stop"},
            {"failed_requests": 80, "ended_by": "exit", "frames.term.at_s": 0.015},
            "kubernetes v1.37 pkg/proxy/runner/bounded_frequency_runner.go: at most once a second",
        ),
        Example(
            "hook-too-long",
            {"grace": 10, "fault": "hook-too-long"},
            {"frames.stop.say.values.left": "2", "ended_by": "sigkill", "exit_code": 137},
            "kubernetes v1.37 kuberuntime_container.go: minimumGracePeriodInSeconds 2",
        ),
        Example(
            "shell",
            {"fault": "shell-pid-1"},
            {
                "ended_by": "sigkill",
                "frames.kill.at_s": 30.012,
                "frames.over.objects.Pod.status.phase.status": "Failed",
            },
            _KILL,
        ),
        Example(
            "drained",
            {"how": "drain", "fault": "pdb-refuses"},
            {"ended_by": None, "frames.refuse.verb": "429 Too Many Requests", "failed_requests": 0},
            "kubernetes v1.37 pkg/registry/core/pod/storage/eviction.go, kubectl v0.37 pkg/drain",
        ),
        Example(
            "node-gone",
            {"fault": "node-gone"},
            {"ended_by": "force", "exit_code": None, "frames.force.verb": "DELETE"},
            "kubernetes v1.37 pkg/registry/core/pod/strategy.go CheckGracefulDelete",
        ),
        Example(
            "liveness",
            {"how": "liveness"},
            {
                "failed_requests": 280,
                "frames.condemn.at_s": 5.701,
                "frames.restart.objects.Pod.status.phase.status": "Running",
            },
            "kubernetes v1.37 pkg/kubelet/prober/worker.go",
        ),
        Example(
            "node-shutdown",
            {"how": "node-shutdown"},
            {"failed_requests": 200, "frames.over.objects.Pod.status.phase.status": "Succeeded"},
            "kubernetes v1.37 pkg/kubelet/nodeshutdown; kubernetes/kubernetes#116965",
        ),
    ),
)
