"""Who and what the story is about: the manifest that is sent, the names, the addresses, the moments."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from app.kube.story.cluster import TOPOLOGY
from app.kube.story.pod import (
    admitted,
    bound,
    container_status,
    first_status,
    prepared,
    ready,
    running,
    stored,
    wired,
    with_address,
    with_defaults,
)
from app.kube.story.registry import image_id

Object = Mapping[str, Any]

POD = "Pod/web"
SLICE = "EndpointSlice/web-b7hkd"
TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time"
VICTIM = "Pod/batch"
HIGH = 100000  # what the PriorityClass `high` of this cluster says
NODE = "node-1"
NODE_IP = "192.168.10.11"
POD_IP = "10.244.1.17"
VICTIM_UID = "c0a9d7e4-5b1f-4c8e-9f21-7d3e6a4b8c15"
UID = "6f1f1d1e-3c1b-4c55-9a9b-0c6c6a1f7b52"
TOKEN_VOLUME = "kube-api-access-x7k2p"
IMAGE = "nginx:1.29"
IMAGE_ID = image_id(IMAGE)
INIT_IMAGE = "busybox:1.37"
INIT_IMAGE_ID = image_id(INIT_IMAGE)
BAD_IMAGE = "nginx:1.92"
SHOP = "registry.example/shop:1.4"
SHOP_ID = image_id(SHOP)

CONFIG = "web-config"
CLAIM = "web-data"
DRIVER = "disk.example.com"
DISK = "disk-1"  # what the driver calls it
VOLUME = "pvc-8d1f6c52-4b0e-4d0e-9c53-1f8a7b9a2e60"

ATTACHMENTS = "/apis/storage.k8s.io/v1/volumeattachments"
PODS = "/api/v1/namespaces/default/pods"
STATUS = f"{PODS}/web/status"
CREATE = f"{PODS}?fieldManager=kubectl-create&fieldValidation=Strict"


def container_id(attempt: int) -> str:
    """The runtime's name for the container of an attempt: 64 made-up digits, always the same."""
    return f"containerd://{_hex(f'container {attempt}')}"


def sandbox_id(attempt: int) -> str:
    return _hex(f"sandbox {attempt}")


def _hex(seed: str) -> str:
    return sha256(seed.encode()).hexdigest()


def manifest(fault: str) -> Object:
    """What stands in web.yaml: the same Pod each time, but for the one thing that a fault needs."""
    container: dict[str, Any] = {
        "name": "web",
        "image": IMAGE,
        "ports": [{"containerPort": 80}],
        "resources": {"limits": {"memory": "128Mi"}, "requests": {"cpu": "250m", "memory": "64Mi"}},
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
    }
    spec: dict[str, Any] = {"containers": [container]}
    match fault:
        case "unknown-scheduler-name":
            spec["schedulerName"] = "my-scheduler"
        case "gated":
            spec["schedulingGates"] = [{"name": "example.com/budget"}]
        case "no-node-fits" | "preempts":
            if fault == "preempts":
                spec["priorityClassName"] = "high"
            container["resources"] = {
                "limits": {"memory": "128Mi"},
                "requests": {"cpu": "3", "memory": "64Mi"},
            }
        case "secret-missing":
            container["volumeMounts"] = [{"mountPath": "/etc/tls", "name": "tls", "readOnly": True}]
            spec["volumes"] = [{"name": "tls", "secret": {"secretName": "web-tls"}}]
        case "config-missing":
            source = {"configMapKeyRef": {"key": "url", "name": CONFIG}}
            container["env"] = [{"name": "DATABASE_URL", "valueFrom": source}]
        case "claim-unbound" | "volume-elsewhere" | "driver-missing" | "volume-timeout":
            container["volumeMounts"] = [{"mountPath": "/data", "name": "data"}]
            spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": CLAIM}}]
        case "image-missing":
            container["image"] = BAD_IMAGE
        case "wrong-architecture":
            container["image"] = SHOP
        case "init-fails":
            spec["initContainers"] = [
                {
                    "name": "migrate",
                    "image": INIT_IMAGE,
                    "command": ["sh", "-c", "nc -z db 5432"],
                    "resources": {},
                }
            ]
        case "crash-loop":
            container["command"] = ["nginx", "-c", "/etc/nginx/missing.conf"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": {"app": "web"}, "name": "web", "namespace": "default"},
        "spec": spec,
    }


def victim() -> Object:
    """A Pod of priority 0 on node-1, there for 25 minutes."""
    since = "2026-09-14T08:05:02Z"
    container = {"image": INIT_IMAGE, "name": "batch", "resources": {"requests": {"cpu": "500m"}}}
    sent = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": {"app": "batch"}, "name": "batch", "namespace": "default"},
        "spec": {"containers": [container]},
    }
    pod = prepared(admitted(with_defaults(sent), "kube-api-access-p9w4d"), VICTIM_UID, since)
    pod = wired(first_status(bound(pod, NODE, since, TOPOLOGY[NODE]), NODE_IP, since), since)
    image = {"image": f"docker.io/library/{INIT_IMAGE}", "imageID": INIT_IMAGE_ID, "containerID": container_id(900)}
    state = container_status(pod["spec"]["containers"][0], running("2026-09-14T08:05:04Z"), started=True, **image)
    pod = with_address(pod, "10.244.1.12", containerStatuses=[state], phase="Running")
    return stored(ready(pod, "2026-09-14T08:05:04Z"), 47611)


def attachment(now: str) -> Object:
    """What the attach/detach controller asks of the driver, and nobody has answered.

    kubernetes v1.37 pkg/volume/csi/csi_attacher.go Attach; its name is made of disk, driver and node
    (getAttachmentName).
    """
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "VolumeAttachment",
        "metadata": {
            "creationTimestamp": now,
            "name": f"csi-{_hex(DISK + DRIVER + NODE)}",
            "uid": "a8d0c4b2-6f3e-4c1d-9b57-2e4f8a6d0c13",
        },
        "spec": {"attacher": DRIVER, "nodeName": NODE, "source": {"persistentVolumeName": VOLUME}},
        "status": {"attached": False},
    }


def empty_slice() -> Object:
    """The EndpointSlice of Service web before any Pod answers its selector.

    The Service was made with `kubectl create service clusterip web --tcp=80:80`, which labels it and names its port.
    """
    return {
        "addressType": "IPv4",
        "apiVersion": "discovery.k8s.io/v1",
        "endpoints": None,
        "kind": "EndpointSlice",
        "metadata": {
            "annotations": {TRIGGERED: "2026-09-14T08:21:07Z"},
            "creationTimestamp": "2026-09-14T08:21:07Z",
            "generateName": "web-",
            "generation": 1,
            "labels": {
                "app": "web",
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                "kubernetes.io/service-name": "web",
            },
            "name": "web-b7hkd",
            "namespace": "default",
            "ownerReferences": [
                {
                    "apiVersion": "v1",
                    "blockOwnerDeletion": True,
                    "controller": True,
                    "kind": "Service",
                    "name": "web",
                    "uid": "b2a7c0de-41f5-4d2e-8e0e-5b7a0f3c9d11",
                }
            ],
            "resourceVersion": "47120",
            "uid": "0f9f2f52-8c35-4f0c-9a0b-6e2d1c4b7a90",
        },
        "ports": None,
    }


def filled_slice(slice_: Object, pod: Object, ready: bool) -> Object:
    """The slice with the Pod's address (k8s.io/endpointslice v0.37 utils.go podToEndpoint).

    The annotation is when the Pod last became ready or unready (trigger_time_tracker.go getPodTriggerTime).
    """
    turned = next(each["lastTransitionTime"] for each in pod["status"]["conditions"] if each["type"] == "Ready")
    generation = slice_["metadata"]["generation"] + 1
    endpoint = {
        "addresses": [POD_IP],
        "conditions": {"ready": ready, "serving": ready, "terminating": False},
        "nodeName": NODE,
        "targetRef": {"kind": "Pod", "name": "web", "namespace": "default", "uid": UID},
        "zone": TOPOLOGY[NODE]["topology.kubernetes.io/zone"],
    }
    return {
        **slice_,
        "endpoints": [endpoint],
        "ports": [{"name": "80-80", "port": 80, "protocol": "TCP"}],
        "metadata": {**slice_["metadata"], "annotations": {TRIGGERED: turned}, "generation": generation},
    }
