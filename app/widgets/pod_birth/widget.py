"""The sequence `pod-birth`: watch a Pod come to life, or break one thing and watch that."""

from app.kube.frame import Sequence
from app.widgetkit.contract import CLUSTER, POD, Example, Form, Widget
from app.widgets.pod_birth.model import Fault, tell


class Inputs(Form):
    fault: Fault = "none"


def run(inputs: Inputs) -> Sequence:
    return tell(inputs.fault)


_FLOW = "kubernetes v1.37: registry/core/pod/storage, scheduler/schedule_one.go, kubelet/kubelet.go SyncPod"

WIDGET = Widget(
    slug="pod-birth",
    form=Inputs,
    run=run,
    subject="pod-creation",
    kind="sequence",
    stage=CLUSTER,
    watches=(POD,),
    examples=(
        Example(
            "good-path",
            {"fault": "none"},
            {
                "frames.bind.events.0.reason": "Scheduled",
                "frames.resolve.verb": "HEAD",
                "frames.pull.verb": "GET",
                "frames.publish.actors.pod": "ready",
            },
            _FLOW,
        ),
        Example(
            "scheduler-down",
            {"fault": "scheduler-down"},
            {"frames.wait.events": [], "frames.wait.objects.0.kind": "Pod", "sees.key": "end.scheduler-down.sees"},
            "kubernetes v1.37 pkg/scheduler/eventhandlers.go: nobody else assigns Pods",
        ),
        Example(
            "no-node-fits",
            {"fault": "no-node-fits"},
            {
                "frames.report.events.0.reason": "FailedScheduling",
                "frames.report.path": "/api/v1/namespaces/default/pods/web/status",
            },
            "kubernetes v1.37 pkg/scheduler/schedule_one.go handleSchedulingFailure",
        ),
        Example(
            "image-missing",
            {"fault": "image-missing"},
            {
                "frames.wait.events.5.message": "spec.containers{web}: Error: ImagePullBackOff",
                "frames.wait.events.4.type": "Normal",
            },
            "kubernetes v1.37 pkg/kubelet/images/image_manager.go",
        ),
        Example(
            "readiness-fails",
            {"fault": "readiness-fails"},
            {"frames.wait.events.5.reason": "Unhealthy", "frames.wait.objects.1.kind": "EndpointSlice"},
            "kubernetes v1.37 pkg/kubelet/prober/prober.go",
        ),
        Example(
            "crash-loop",
            {"fault": "crash-loop"},
            {"frames.back-off.say.values.delay": "10", "frames.back-off#6.say.values.delay": "300"},
            "kubernetes v1.37 pkg/kubelet/kubelet.go initialCrashLoopBackOff, MaxCrashLoopBackOff",
        ),
        Example(
            "oom-killed",
            {"fault": "oom-killed"},
            {"frames.oom.actors.pod": "killed", "frames.unpublish.verb": "PUT", "frames.wait.actors.pod": "killed"},
            "kubernetes v1.37 pkg/kubelet/kuberuntime; cgroup v2 memory.max",
        ),
        Example(
            "kubelet-down",
            {"fault": "kubelet-down"},
            {"frames.delete.verb": "DELETE", "frames.delete.events.1.from": "taint-eviction-controller"},
            "kubernetes v1.37 pkg/controller/tainteviction, pkg/controller/nodelifecycle",
        ),
    ),
)
