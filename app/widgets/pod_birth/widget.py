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
                "frames.9.events.0.reason": "Scheduled",
                "frames.16.verb": "HEAD",
                "frames.17.verb": "GET",
                "frames.22.key": "publish",
                "frames.22.actors.pod": "ready",
            },
            _FLOW,
        ),
        Example(
            "scheduler-down",
            {"fault": "scheduler-down"},
            {"frames.9.events": [], "frames.9.objects.0.kind": "Pod", "sees": "scheduler-down.sees"},
            "kubernetes v1.37 pkg/scheduler/eventhandlers.go: nobody else assigns Pods",
        ),
        Example(
            "no-node-fits",
            {"fault": "no-node-fits"},
            {
                "frames.10.events.0.reason": "FailedScheduling",
                "frames.10.path": "/api/v1/namespaces/default/pods/web/status",
            },
            "kubernetes v1.37 pkg/scheduler/schedule_one.go handleSchedulingFailure",
        ),
        Example(
            "image-missing",
            {"fault": "image-missing"},
            {
                "frames.25.events.5.message": "spec.containers{web}: Error: ImagePullBackOff",
                "frames.25.events.4.type": "Normal",
            },
            "kubernetes v1.37 pkg/kubelet/images/image_manager.go",
        ),
        Example(
            "readiness-fails",
            {"fault": "readiness-fails"},
            {"frames.23.events.5.reason": "Unhealthy", "frames.23.objects.1.kind": "EndpointSlice"},
            "kubernetes v1.37 pkg/kubelet/prober/prober.go",
        ),
        Example(
            "crash-loop",
            {"fault": "crash-loop"},
            {"frames.22.key": "back-off", "frames.22.values.delay": "10", "frames.29.values.delay": "300"},
            "kubernetes v1.37 pkg/kubelet/kubelet.go initialCrashLoopBackOff, MaxCrashLoopBackOff",
        ),
        Example(
            "oom-killed",
            {"fault": "oom-killed"},
            {"frames.24.key": "oom", "frames.25.key": "unpublish", "frames.32.actors.pod": "killed"},
            "kubernetes v1.37 pkg/kubelet/kuberuntime; cgroup v2 memory.max",
        ),
        Example(
            "kubelet-down",
            {"fault": "kubelet-down"},
            {"frames.14.verb": "DELETE", "frames.14.events.1.from": "taint-eviction-controller"},
            "kubernetes v1.37 pkg/controller/tainteviction, pkg/controller/nodelifecycle",
        ),
    ),
)
