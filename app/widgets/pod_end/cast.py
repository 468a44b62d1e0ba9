"""Who and what the story is about: the Pod that ends, the one that stays, their slice, their node."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from app.kube.kept import kept_if_short
from app.kube.story.cluster import TOPOLOGY
from app.kube.story.pod import (
    Image,
    Object,
    admitted,
    bound,
    condition,
    container_status,
    first_status,
    prepared,
    ready,
    running,
    spec_defaults,
    stored,
    wired,
    with_address,
    with_conditions,
    with_defaults,
)
from app.kube.story.registry import image_id
from app.kube.story.template_hash import ALPHABET, template_hash
from app.widgets.pod_end.plan import Plan

SLICE = "EndpointSlice/web-b7hkd"
SLICE_PATH = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/web-b7hkd"
TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time"
NODE = "node-1"
NODE_KEY = f"Node/{NODE}"
NODE_IP = "192.168.10.11"
POD_IP, OTHER_IP = "10.244.1.17", "10.244.2.21"
PODS = "/api/v1/namespaces/default/pods"
SETS = "/apis/apps/v1/namespaces/default/replicasets"
DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/web"
BUDGET = "PodDisruptionBudget/web"
IMAGE = "registry.example/shop:1.4"
NEXT_IMAGE = "registry.example/shop:1.5"
SIDECAR_IMAGE = "registry.example/mesh:2.0"
FINALIZER = "example.com/keep"
PORT, READINESS, LIVENESS = 8080, "/ready", "/alive"  # what the kubelet asks
REQUEST = "64Mi"  # of memory, when the node runs low on it
SIDECARS = ("proxy", "logs")
LAST_WORD, LOST = "2026-09-14T08:25:31Z", "2026-09-14T08:28:40Z"  # of a node that is gone
SINCE, STARTED, TURNED = "2026-09-14T08:12:02Z", "2026-09-14T08:12:03Z", "2026-09-14T08:12:49Z"  # it listens after 45 s
NEW_TURNED = "2026-09-14T08:29:59Z"  # of the Pod with the new image, whose readiness lets an old one go
REQUESTS = "requests/web"


def spec_of(plan: Plan, image: str = IMAGE) -> Object:
    """What stands in the manifest, of the Pod itself or of the Deployment's template."""
    container: dict[str, Any] = {
        "name": "web",
        "image": image,
        "ports": [{"containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": READINESS, "port": PORT}, "periodSeconds": 2, "timeoutSeconds": 2},
    }
    if plan.how == "liveness":
        probe = {"httpGet": {"path": LIVENESS, "port": PORT, "scheme": "HTTP"}, "periodSeconds": 2, "timeoutSeconds": 1}
        container["livenessProbe"] = {**probe, "failureThreshold": 3, "successThreshold": 1}
    if plan.how == "eviction":
        container["resources"] = {"requests": {"memory": REQUEST}}
    if plan.fault == "shell-pid-1":
        container["command"] = ["/bin/sh", "-c", "/app/shop | tee -a /var/log/shop.log"]
    if plan.hook_s:
        container["lifecycle"] = {"preStop": hook_of(plan)}
    spec: dict[str, Any] = {"terminationGracePeriodSeconds": plan.grace, "containers": [container]}
    if plan.sidecars:
        spec["initContainers"] = [
            {"name": name, "image": SIDECAR_IMAGE, "restartPolicy": "Always"} for name in SIDECARS[: plan.sidecars]
        ]
    return spec


def hook_of(plan: Plan) -> Object:
    if plan.fault == "hook-too-long":
        return {"exec": {"command": ["/app/flush"]}}
    if plan.hook_kind == "sleep":
        return {"sleep": {"seconds": plan.hook_s}}
    return {"exec": {"command": ["/bin/sleep", str(plan.hook_s)]}}


@kept_if_short(512)
def set_name(plan: Plan, image: str = IMAGE) -> str:
    """The ReplicaSet of the Deployment `web`, named after the hash of its template."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": spec_defaults(spec_of(plan, image))}
    return f"web-{template_hash(template, '1.37')}"


def is_owned(plan: Plan) -> bool:
    """Whether a Deployment has made the Pods; in the other stories nobody replaces what ends."""
    return plan.how in ("scale-down", "drain", "rolling-update", "eviction")


def pod_name(plan: Plan) -> str:
    return f"{set_name(plan)}-{_five('one')}" if is_owned(plan) else "web"


def other_name(plan: Plan) -> str:
    """The Pod on the other node, which stays."""
    if not is_owned(plan):
        return "web-2"
    image = NEXT_IMAGE if plan.how == "rolling-update" else IMAGE
    return f"{set_name(plan, image)}-{_five('two')}"


def replacement_name(plan: Plan) -> str:
    return f"{set_name(plan)}-{_five('three')}"


def pod_key(plan: Plan) -> str:
    return f"Pod/{pod_name(plan)}"


def pod_path(plan: Plan) -> str:
    return f"{PODS}/{pod_name(plan)}"


def set_key(plan: Plan) -> str:
    return f"ReplicaSet/{set_name(plan)}"


def _five(seed: str) -> str:
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in sha256(seed.encode()).digest()[:5])


def uid_of(name: str) -> str:
    digits = sha256(name.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def container_id(name: str, attempt: int = 0) -> str:
    return "containerd://" + sha256(f"{name} {attempt}".encode()).hexdigest()


def running_pod(plan: Plan) -> Object:
    """The Pod as it has been for a quarter of an hour: running, ready, on node-1."""
    name = pod_name(plan)
    meta: dict[str, Any] = {"labels": {"app": "web"}, "name": name, "namespace": "default"}
    if is_owned(plan):
        meta["generateName"] = f"{set_name(plan)}-"
        meta["labels"]["pod-template-hash"] = set_name(plan).removeprefix("web-")
        meta["ownerReferences"] = [_owner("apps/v1", "ReplicaSet", set_name(plan))]
    if plan.fault == "finalizer":
        meta["finalizers"] = [FINALIZER]
    sent = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec_of(plan)}
    pod = prepared(admitted(with_defaults(sent), f"kube-api-access-{_five(name)}"), uid_of(name), SINCE)
    pod = first_status(bound(pod, NODE, SINCE, TOPOLOGY[NODE]), NODE_IP, SINCE)
    pod = with_conditions(wired(pod, SINCE), condition("Initialized", True, SINCE))
    fields: dict[str, Any] = {"containerStatuses": [_runs(pod["spec"]["containers"][0], IMAGE)], "phase": "Running"}
    if plan.sidecars:
        ready_ones = [{**_runs(each, SIDECAR_IMAGE), "ready": True} for each in pod["spec"]["initContainers"]]
        fields["initContainerStatuses"] = ready_ones
    return stored(ready(with_address(pod, POD_IP, **fields), TURNED), 48102)


def _owner(version: str, kind: str, name: str) -> Object:
    return {
        "apiVersion": version,
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": kind,
        "name": name,
        "uid": uid_of(name),
    }


def _runs(container: Object, image: str) -> Object:
    about = {"image": Image(image).full, "imageID": image_id(image), "containerID": container_id(container["name"])}
    return container_status(container, running(STARTED), started=True, **about)


def endpoint(name: str, ip: str, node: str, *, ready: bool = True, serving: bool = True, ends: bool = False) -> Object:
    """An address of a slice (k8s.io/endpointslice v0.37 utils.go podToEndpoint)."""
    return {
        "addresses": [ip],
        "conditions": {"ready": ready, "serving": serving, "terminating": ends},
        "nodeName": node,
        "targetRef": {"kind": "Pod", "name": name, "namespace": "default", "uid": uid_of(name)},
        "zone": TOPOLOGY[node]["topology.kubernetes.io/zone"],
    }


def mine(plan: Plan, *, ready: bool = True, serving: bool = True, ends: bool = False) -> Object:
    return endpoint(pod_name(plan), POD_IP, NODE, ready=ready, serving=serving, ends=ends)


def others(plan: Plan) -> Object:
    return endpoint(other_name(plan), OTHER_IP, "node-2")


def first_slice(plan: Plan) -> Object:
    """The slice of the Service `web` before anything ends: both Pods are ready."""
    is_lost = plan.fault == "node-gone" and plan.how not in ("liveness", "node-shutdown")
    is_rolling = plan.how == "rolling-update"  # then the new Pod has only just been added
    return {
        "addressType": "IPv4",
        "apiVersion": "discovery.k8s.io/v1",
        "endpoints": [mine(plan, ready=not is_lost, serving=not is_lost), others(plan)],
        "kind": "EndpointSlice",
        "metadata": {
            "annotations": {TRIGGERED: NEW_TURNED if is_rolling else TURNED},
            "creationTimestamp": "2026-09-14T08:05:07Z",
            "generateName": "web-",
            "generation": 6 if is_rolling else 5,
            "labels": {
                "app": "web",
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                "kubernetes.io/service-name": "web",
            },
            "name": "web-b7hkd",
            "namespace": "default",
            "ownerReferences": [_owner("v1", "Service", "web")],
            "resourceVersion": "48208" if is_rolling else "48103",
            "uid": "0f9f2f52-8c35-4f0c-9a0b-6e2d1c4b7a90",
        },
        "ports": [{"name": f"80-{PORT}", "port": PORT, "protocol": "TCP"}],
    }


def resliced(slice_: Object, endpoints: Sequence[Object], triggered: str = "") -> Object:
    """The slice with other endpoints; the annotation says when a Pod's readiness has turned, if it has.

    k8s.io/endpointslice v0.37 trigger_time_tracker.go ComputeEndpointLastChangeTriggerTime
    """
    meta = {key: value for key, value in slice_["metadata"].items() if key != "annotations"}
    if triggered:
        meta["annotations"] = {TRIGGERED: triggered}
    return {
        **slice_,
        "endpoints": list(endpoints),
        "metadata": {**meta, "generation": meta["generation"] + 1},
    }


def budget() -> Object:
    """A PodDisruptionBudget that allows none: both Pods are wanted.

    kubernetes v1.37 pkg/controller/disruption; component-helpers v0.37 apps/poddisruptionbudget/helpers.go
    """
    allowed = {
        "lastTransitionTime": TURNED,
        "message": "",
        "observedGeneration": 1,
        "reason": "InsufficientPods",
        "status": "False",
        "type": "DisruptionAllowed",
    }
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {
            "creationTimestamp": "2026-09-14T08:05:30Z",
            "generation": 1,
            "name": "web",
            "namespace": "default",
            "resourceVersion": "48104",
            "uid": uid_of("budget"),
        },
        "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
        "status": {
            "conditions": [allowed],
            "currentHealthy": 2,
            "desiredHealthy": 2,
            "disruptionsAllowed": 0,
            "expectedPods": 2,
            "observedGeneration": 1,
        },
    }


def node(**spec: Any) -> Object:
    """The node, as far as the story needs it."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "creationTimestamp": "2026-09-01T06:12:09Z",
            "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", **TOPOLOGY[NODE]},
            "name": NODE,
            "resourceVersion": "48090",
            "uid": "3f0b7a64-0b8e-4a8a-9a57-c1b6d5a3e0f2",
        },
        "spec": {"podCIDR": "10.244.1.0/24", "podCIDRs": ["10.244.1.0/24"], **spec},
        "status": {"conditions": [ready_condition("True", "KubeletReady", "kubelet is posting ready status", SINCE)]},
    }


def node_before(plan: Plan, *, taints: Sequence[Object] = (), **spec: Any) -> Object:
    """The node as the story finds it, with what is written to it; one that is gone has been found out already.

    kubernetes v1.37 pkg/controller/nodelifecycle/node_lifecycle_controller.go tryUpdateNodeHealth,
    processTaintBaseEviction; another taint goes behind those that are there (pkg/util/taints AddOrUpdateTaint).
    """
    if plan.fault != "node-gone":
        return node(**({"taints": [*taints]} if taints else {}), **spec)
    unreachable = [
        {"effect": effect, "key": "node.kubernetes.io/unreachable", "timeAdded": LOST}
        for effect in ("NoSchedule", "NoExecute")
    ]
    said = ready_condition("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.", LOST)
    status = {"conditions": [{**said, "lastHeartbeatTime": LAST_WORD}]}
    return {**node(taints=[*unreachable, *taints], **spec), "status": status}


def ready_condition(status: str, reason: str, message: str, turned: str) -> Object:
    return {
        "lastHeartbeatTime": turned,
        "lastTransitionTime": turned,
        "message": message,
        "reason": reason,
        "status": status,
        "type": "Ready",
    }


def counted(plan: Plan, at_s: float) -> Mapping[str, Object]:
    """The requests so far, by who sends them: the rate per second, how many still came, how many of those failed."""
    return {
        stream.client: {
            "rate": stream.rate,
            "late": stream.late(at_s),
            "failed": stream.failed(at_s),
        }
        for stream in plan.streams
    }
