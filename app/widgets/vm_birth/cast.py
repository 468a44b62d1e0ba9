"""The machine of the story: its three objects, the second launcher of a migration, names and addresses."""

from collections.abc import Mapping
from typing import Any

Object = Mapping[str, Any]

VM, VMI, MIGRATION = (
    "VirtualMachine/web",
    "VirtualMachineInstance/web",
    "VirtualMachineInstanceMigration/kubevirt-migrate-vm-x2b7k",
)
LAUNCHERS = {1: "virt-launcher-web-x7k2p", 2: "virt-launcher-web-9hqzt"}
PODS = {n: f"Pod/{name}" for n, name in LAUNCHERS.items()}
NODES = {1: "node-1", 2: "node-2"}
NODE_IPS = {1: "192.168.10.11", 2: "192.168.10.12"}
POD_IPS = {1: "10.244.1.23", 2: "10.244.2.31"}
VM_UID = "3e1f6c8a-52f4-4a0b-9d0e-7a1c5b2f9e10"
VMI_UID = "8c0d4b6e-17a9-4f3d-8e52-1f6a9b7c3d21"
MIGRATION_UID = "b5a7e2d4-90c3-4d18-a6f1-2c8e0d9f4b32"
POD_UIDS = {1: "d2c9a1f7-6b3e-4c50-8f7d-5e4a0b1c2d43", 2: "e7f0b3a8-2c4d-4e61-9a8b-6f5b1c2d3e54"}
DISK = "quay.io/containerdisks/fedora:43"
GRACE_S = 30

API = "/apis/kubevirt.io/v1/namespaces/default"
SUBRESOURCES = "/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachines/web"
VM_PATH, VMI_PATH = f"{API}/virtualmachines/web", f"{API}/virtualmachineinstances/web"
MIGRATION_PATH = f"{API}/virtualmachineinstancemigrations/kubevirt-migrate-vm-x2b7k"
POD_PATH = "/api/v1/namespaces/default/pods"
SOCKET = "/var/run/kubevirt/sockets/launcher-sock"

IDLE: Mapping[str, str] = {
    "user": "watching",
    "api": "serving",
    "virt-api": "serving",
    "virt-controller": "watching",
    "scheduler": "watching",
    "kubelet-1": "watching",
    "handler-1": "watching",
    "launcher-1": "none",
    "guest-1": "none",
}
IDLE_2: Mapping[str, str] = {
    "kubelet-2": "watching",
    "handler-2": "watching",
    "launcher-2": "none",
    "guest-2": "none",
}


def machine_spec(disk: str) -> Object:
    """What the VM's template says, and every VMI copies."""
    volume: dict[str, Any] = {"name": "root"}
    if disk == "pvc":
        volume["persistentVolumeClaim"] = {"claimName": "web-root"}
    else:
        volume["containerDisk"] = {"image": "quay.io/containerdisks/fedora:99" if disk == "wrong" else DISK}
    return {
        "architecture": "amd64",
        "domain": {
            "devices": {
                "disks": [{"disk": {"bus": "virtio"}, "name": "root"}],
                "interfaces": [{"masquerade": {}, "name": "default"}],
            },
            "machine": {"type": "q35"},
            "memory": {"guest": "1Gi"},
        },
        "networks": [{"name": "default", "pod": {}}],
        "terminationGracePeriodSeconds": GRACE_S,
        "volumes": [volume],
    }


def machine(strategy: str, disk: str) -> Object:
    """A VM that is not running."""
    return {
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachine",
        "metadata": {
            "creationTimestamp": "2026-09-13T10:02:44Z",
            "finalizers": ["kubevirt.io/virtualMachineControllerFinalize"],
            "generation": 1,
            "name": "web",
            "namespace": "default",
            "resourceVersion": "61210",
            "uid": VM_UID,
        },
        "spec": {
            "runStrategy": strategy,
            "template": {"metadata": {"labels": {"kubevirt.io/vm": "web"}}, "spec": machine_spec(disk)},
        },
        "status": {
            "conditions": [not_ready("VMINotExists", "VMI does not exist", "2026-09-13T10:02:44Z")],
            "printableStatus": "Stopped",
            "runStrategy": strategy,
        },
    }


def instance(disk: str, now: str) -> Object:
    """A VMI as virt-controller creates it: a copy of the template, owned by the VM, without a phase."""
    return {
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachineInstance",
        "metadata": {
            "creationTimestamp": now,
            "finalizers": [
                "kubevirt.io/virtualMachineControllerFinalize",
                "foregroundDeleteVirtualMachine",
            ],
            "generation": 1,
            "labels": {"kubevirt.io/vm": "web"},
            "name": "web",
            "namespace": "default",
            "ownerReferences": [
                {
                    "apiVersion": "kubevirt.io/v1",
                    "blockOwnerDeletion": True,
                    "controller": True,
                    "kind": "VirtualMachine",
                    "name": "web",
                    "uid": VM_UID,
                }
            ],
            "uid": VMI_UID,
        },
        "spec": machine_spec(disk),
        "status": {},
    }


def launcher(n: int, now: str) -> Object:
    """A virt-launcher Pod: one container `compute`, never restarted, ready only while the guest is not paused.

    Its grace period is the guest's and 30 s more (kubevirt v1.9.0 pkg/virt-controller/services/template.go).
    """
    labels = {"kubevirt.io": "virt-launcher", "kubevirt.io/created-by": VMI_UID}
    if n == 2:
        labels["kubevirt.io/migrationJobUID"] = MIGRATION_UID
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "creationTimestamp": now,
            "generateName": "virt-launcher-web-",
            "generation": 1,
            "labels": labels,
            "name": LAUNCHERS[n],
            "namespace": "default",
            "ownerReferences": [
                {
                    "apiVersion": "kubevirt.io/v1",
                    "blockOwnerDeletion": True,
                    "controller": True,
                    "kind": "VirtualMachineInstance",
                    "name": "web",
                    "uid": VMI_UID,
                }
            ],
            "uid": POD_UIDS[n],
        },
        "spec": {
            **({"affinity": _elsewhere()} if n == 2 else {}),
            "containers": [
                {
                    "name": "compute",
                    "image": "quay.io/kubevirt/virt-launcher:v1.9.0",
                    "resources": {"limits": {"devices.kubevirt.io/kvm": "1"}, "requests": {"memory": "1310Mi"}},
                }
            ],
            "readinessGates": [{"conditionType": "kubevirt.io/virtual-machine-unpaused"}],
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": GRACE_S + 30,
        },
        "status": {"phase": "Pending"},
    }


def _elsewhere() -> Object:
    """Keeps the target off the node of the source (pkg/virt-controller/watch/migration/migration.go)."""
    term = {
        "labelSelector": {"matchLabels": {"kubevirt.io/created-by": VMI_UID}},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def migration(now: str) -> Object:
    return {
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachineInstanceMigration",
        "metadata": {
            "creationTimestamp": now,
            "finalizers": ["kubevirt.io/migrationJobFinalize"],
            "generateName": "kubevirt-migrate-vm-",
            "generation": 1,
            "labels": {"kubevirt.io/vmi-name": "web"},
            "name": "kubevirt-migrate-vm-x2b7k",
            "namespace": "default",
            "uid": MIGRATION_UID,
        },
        "spec": {"vmiName": "web"},
        "status": {},
    }


# Changes


def condition(type_: str, holds: bool, now: str, reason: str = "", message: str = "") -> Object:
    made: dict[str, Any] = {
        "lastProbeTime": None,
        "lastTransitionTime": now,
        "status": "True" if holds else "False",
        "type": type_,
    }
    return made | ({"reason": reason} if reason else {}) | ({"message": message} if message else {})


def not_ready(reason: str, message: str, now: str) -> Object:
    return condition("Ready", False, now, reason, message)


def with_status(thing: Object, *conditions: Object, **fields: Any) -> Object:
    """The object with status fields set and conditions replaced by type; one that has not turned keeps its time."""
    status = {**thing["status"], **fields}
    if conditions:
        by_type = {c["type"]: c for c in status.get("conditions", ())}
        by_type |= {c["type"]: _timed(by_type.get(c["type"]), c, thing["kind"]) for c in conditions}
        status["conditions"] = list(by_type.values())
    return {**thing, "status": status}


def _timed(old: Object | None, new: Object, kind: str) -> Object:
    """Kubernetes goes by the status; KubeVirt by status, reason and message (v1.9.0 pkg/controller/conditions.go)."""
    fields = ("status",) if kind == "Pod" else ("status", "reason", "message")
    if old is None or any(old.get(field) != new.get(field) for field in fields):
        return new
    return {**new, "lastTransitionTime": old["lastTransitionTime"]}


def with_meta(thing: Object, **fields: Any) -> Object:
    return {**thing, "metadata": {**thing["metadata"], **fields}}


def with_label(thing: Object, name: str, value: str) -> Object:
    return with_meta(thing, labels={**thing["metadata"]["labels"], name: value})


def with_spec(thing: Object, **fields: Any) -> Object:
    generation = thing["metadata"]["generation"] + 1
    return with_meta({**thing, "spec": {**thing["spec"], **fields}}, generation=generation)


def holds(thing: Object, type_: str) -> str:
    """The status of a condition, empty when there is none."""
    return next((c["status"] for c in thing["status"].get("conditions", ()) if c["type"] == type_), "")
