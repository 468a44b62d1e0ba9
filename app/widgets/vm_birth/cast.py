"""The machine of the story: its three objects, the second launcher of a migration, names and addresses.

Of each object the fields are shown that the story turns on; every one that is shown is as KubeVirt v1.9.0 writes it.
"""

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
MISSING_DISK = "quay.io/containerdisks/fedora:99"
DIGEST = "sha256:6f0a5ec9a1c7d3b24e8f91d05b7c6a2e3d4f5061728394a5b6c7d8e9f0a1b2c3"
SIDECAR = "guest-console-log"
LAUNCHER_IMAGE = "quay.io/kubevirt/virt-launcher:v1.9.0"
GRACE_S = 30
# What a launcher's memory request has above 1Gi of guest memory (pkg/hypervisor/kvm/hypervisorbackend.go
# GetMemoryOverhead): launcher-monitor 25Mi, launcher 100Mi, virtlogd 25Mi, virtqemud 40Mi, QEMU 30Mi, one vCPU 8Mi, the
# I/O thread 8Mi, video 32Mi. Page tables are counted from resources.requests.memory, which a machine has not that only
# says memory.guest.
OVERHEAD_MI = 25 + 100 + 25 + 40 + 30 + 8 + 8 + 32
GUEST_MI = 1024
# Faults that lie in the machine itself, and the operations that meet them.
OWN_FAULTS = {
    "pvc-missing": ("start",),
    "image-missing": ("start",),
    "readiness-fails": ("start",),
    "oom-killed": ("start", "migrate"),
    "not-migratable": ("migrate",),
}

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


def machine_spec(fault: str) -> Object:
    """What the VM's template says, and every VMI copies; what is wrong with the machine itself stands in it."""
    volume: dict[str, Any] = {"name": "root"}
    if fault in ("pvc-missing", "not-migratable"):
        volume["persistentVolumeClaim"] = {"claimName": "web-root"}
    else:
        volume["containerDisk"] = {"image": MISSING_DISK if fault == "image-missing" else DISK}
    domain: dict[str, Any] = {
        "devices": {
            "disks": [{"disk": {"bus": "virtio"}, "name": "root"}],
            "interfaces": [{"masquerade": {}, "name": "default"}],
        },
        "machine": {"type": "q35"},
        "memory": {"guest": "1Gi"},
    }
    if fault == "oom-killed":
        domain["resources"] = {"limits": {"memory": "1Gi"}}
    spec: dict[str, Any] = {"architecture": "amd64", "domain": domain, "networks": [{"name": "default", "pod": {}}]}
    if fault == "readiness-fails":
        spec["readinessProbe"] = {"httpGet": {"path": "/healthz", "port": 8080}, "initialDelaySeconds": 20}
    return {**spec, "terminationGracePeriodSeconds": GRACE_S, "volumes": [volume]}


def machine(strategy: str, fault: str) -> Object:
    """A VM that has run before and is not running."""
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
            "template": {"metadata": {"labels": {"kubevirt.io/vm": "web"}}, "spec": machine_spec(fault)},
        },
        "status": {
            "conditions": [not_ready("VMINotExists", "VMI does not exist", "2026-09-13T10:02:44Z")],
            "printableStatus": "Stopped",
            "runStrategy": strategy,
        },
    }


def instance(vm: Object, now: str, uid: str = VMI_UID) -> Object:
    """A VMI as it is stored: a copy of the template, owned by the VM; virt-api's mutating webhook makes it Pending.

    Finalizers: the VM controller's (watch/vm/vm.go startVMI) and the webhook's (mutators/vmi-mutator.go Mutate).
    """
    template = vm["spec"]["template"]
    return phased(
        {
            "apiVersion": "kubevirt.io/v1",
            "kind": "VirtualMachineInstance",
            "metadata": {
                "creationTimestamp": now,
                "finalizers": list(FINALIZERS),
                "generation": 1,
                "labels": dict(template["metadata"]["labels"]),
                "name": "web",
                "namespace": "default",
                "ownerReferences": [_owner("VirtualMachine", VM_UID)],
                "uid": uid,
            },
            "spec": template["spec"],
            "status": {"runtimeUser": 107},
        },
        "Pending",
        now,
    )


VM_FINALIZER = "kubevirt.io/virtualMachineControllerFinalize"
FINALIZERS = (VM_FINALIZER, "kubevirt.io/foregroundDeleteVirtualMachine")


def _owner(kind: str, uid: str) -> Object:
    return {
        "apiVersion": "kubevirt.io/v1",
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": kind,
        "name": "web",
        "uid": uid,
    }


def launcher(n: int, vmi: Object, now: str) -> Object:
    """A virt-launcher Pod (pkg/virt-controller/services/template.go renderLaunchManifest, with the gate ImageVolume).

    Never restarted; its grace period is the guest's and 30 s more. A containerDisk is a volume of type `image`; a first
    launcher has an init container beside, by which KubeVirt learns the image's digest, and a volume with what that
    runs; a target has the digest and neither.
    """
    labels = {
        **vmi["metadata"]["labels"],
        "kubevirt.io": "virt-launcher",
        "kubevirt.io/created-by": vmi["metadata"]["uid"],
        "vm.kubevirt.io/name": "web",
        "vmi.kubevirt.io/id": "web",
    }
    if n == 2:
        labels["kubevirt.io/migrationJobUID"] = MIGRATION_UID
    image = _disk_image(vmi)
    disk = _pinned(image) if n == 2 else image
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "annotations": {
                "kubectl.kubernetes.io/default-container": "compute",
                "kubevirt.io/domain": "web",
                **({"kubevirt.io/migrationJobName": "kubevirt-migrate-vm-x2b7k"} if n == 2 else {}),
                "kubevirt.io/migrationTransportUnix": "true",
            },
            "creationTimestamp": now,
            "generateName": "virt-launcher-web-",
            "generation": 1,
            "labels": labels,
            "name": LAUNCHERS[n],
            "namespace": "default",
            "ownerReferences": [_owner("VirtualMachineInstance", vmi["metadata"]["uid"])],
            "uid": POD_UIDS[n],
        },
        "spec": {
            **({"affinity": _elsewhere(vmi)} if n == 2 else {}),
            "containers": [_compute(vmi)],
            "initContainers": [
                {"name": SIDECAR, "image": LAUNCHER_IMAGE, "restartPolicy": "Always"},
                *([{"name": "volumeroot", "image": image}] if image and n == 1 else []),
            ],
            "nodeSelector": {
                "kubernetes.io/arch": "amd64",
                "kubevirt.io/schedulable": "true",
                "machine-type.node.kubevirt.io/q35": "true",
            },
            "readinessGates": [{"conditionType": UNPAUSED}],
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": GRACE_S + 30,
            "volumes": [
                *([{"image": {"reference": disk}, "name": "root"}] if disk else _claims(vmi)),
                *([{"image": {"reference": LAUNCHER_IMAGE}, "name": "launcher-volume"}] if image and n == 1 else []),
            ],
        },
        "status": {"phase": "Pending"},
    }


UNPAUSED = "kubevirt.io/virtual-machine-unpaused"


def _compute(vmi: Object) -> Object:
    """The container `compute`: a memory limit only when the VMI has one, and the overhead is added to it as well."""
    devices = {f"devices.kubevirt.io/{name}": "1" for name in ("kvm", "tun", "vhost-net")}
    memory = f"{GUEST_MI + OVERHEAD_MI}Mi"
    limited = {"memory": memory} if "resources" in vmi["spec"]["domain"] else {}
    probe = vmi["spec"].get("readinessProbe")
    return {
        "name": "compute",
        "image": LAUNCHER_IMAGE,
        **({"readinessProbe": _delayed(probe)} if probe else {}),
        "resources": {
            "limits": {**devices, **limited},
            "requests": {"cpu": "100m", **devices, "ephemeral-storage": "50M", "memory": memory},
        },
    }


def _delayed(probe: Object) -> Object:
    """The VMI's probe, 10 s later (pkg/virt-controller/services/rendercontainer.go updateReadinessProbe)."""
    return {**probe, "initialDelaySeconds": probe["initialDelaySeconds"] + 10}


def _disk_image(vmi: Object) -> str:
    """The image of the containerDisk, empty when the disk is a PVC."""
    (volume,) = vmi["spec"]["volumes"]
    return str(volume["containerDisk"]["image"]) if "containerDisk" in volume else ""


def _pinned(image: str) -> str:
    """The image by digest, as the source Pod's init container has told it (pkg/container-disk toImageWithDigest)."""
    return f"{image.rpartition(':')[0]}@{DIGEST}" if image else ""


def _claims(vmi: Object) -> list[Object]:
    return list(vmi["spec"]["volumes"])


def _elsewhere(vmi: Object) -> Object:
    """Keeps the target off the node of the source (pkg/virt-controller/watch/migration/migration.go)."""
    term = {
        "labelSelector": {"matchLabels": {"kubevirt.io/created-by": vmi["metadata"]["uid"]}},
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
    }


# Changes


def condition(type_: str, holds: bool, now: str | None, reason: str = "", message: str = "") -> Object:
    made: dict[str, Any] = {
        "lastProbeTime": None,
        "lastTransitionTime": now,
        "status": "True" if holds else "False",
        "type": type_,
    }
    return made | ({"reason": reason} if reason else {}) | ({"message": message} if message else {})


def probed(made: Object) -> Object:
    """A condition that KubeVirt judges by itself has both times; what it copies from a Pod keeps the Pod's."""
    return {**made, "lastProbeTime": made["lastTransitionTime"]}


def not_ready(reason: str, message: str, now: str) -> Object:
    """Ready of a VM or a VMI, by virt-controller."""
    return probed(condition("Ready", False, now, reason, message))


def with_status(thing: Object, *conditions: Object, **fields: Any) -> Object:
    """The object with status fields set and conditions replaced by type; one that has not turned keeps its time."""
    status = {**thing.get("status", {}), **fields}
    if conditions:
        by_type = {c["type"]: c for c in status.get("conditions", ())}
        by_type |= {c["type"]: _timed(by_type.get(c["type"]), c, thing["kind"]) for c in conditions}
        status["conditions"] = list(by_type.values())
    return {**thing, "status": status}


def without(thing: Object, type_: str) -> Object:
    """The object without that condition; one that has none of its type is left alone."""
    kept = [c for c in thing["status"].get("conditions", ()) if c["type"] != type_]
    return {**thing, "status": {**thing["status"], "conditions": kept}} if found(thing, type_) else thing


def _timed(old: Object | None, new: Object, kind: str) -> Object:
    """Kubernetes goes by the status; KubeVirt by status and reason, and then keeps the old one as it is.

    v1.9.0 pkg/controller/conditions.go UpdateCondition.
    """
    fields = ("status",) if kind == "Pod" else ("status", "reason")
    if old is None or any(old.get(field) != new.get(field) for field in fields):
        return new
    return {**new, "lastTransitionTime": old["lastTransitionTime"]} if kind == "Pod" else old


def phased(vmi: Object, phase: str, now: str) -> Object:
    """The VMI in another phase, which is also noted down with its time."""
    status = vmi["status"]
    reached = {"phase": phase, "phaseTransitionTimestamp": now}
    history = [*status.get("phaseTransitionTimestamps", ()), reached]
    return {**vmi, "status": {**status, "phase": phase, "phaseTransitionTimestamps": history}}


def with_meta(thing: Object, **fields: Any) -> Object:
    return {**thing, "metadata": {**thing["metadata"], **fields}}


def with_label(thing: Object, name: str, value: str) -> Object:
    return with_meta(thing, labels={**thing["metadata"]["labels"], name: value})


def with_spec(thing: Object, **fields: Any) -> Object:
    generation = thing["metadata"]["generation"] + 1
    return with_meta({**thing, "spec": {**thing["spec"], **fields}}, generation=generation)


def found(thing: Object, type_: str) -> Object | None:
    """A condition, or None when the object has none of that type."""
    return next((c for c in thing["status"].get("conditions", ()) if c["type"] == type_), None)


def holds(thing: Object, type_: str) -> str:
    """The status of a condition, empty when there is none."""
    return str((found(thing, type_) or {}).get("status", ""))
