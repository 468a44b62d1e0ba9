"""Who and what the story is about: the manifest, the names that follow from it, the nodes and addresses."""

import re
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any

from app.kube.kept import kept_if_short
from app.kube.refusal import Refusal
from app.kube.story.cluster import TOPOLOGY
from app.kube.story.pod import Object, first_status, spec_defaults
from app.kube.story.template_hash import ALPHABET, Version, dump_template, fnv32a, safe_encode
from app.record import dataclass

DEPLOYMENT = "Deployment/web"
DEPLOYMENT_UID = "1d6f4f3a-95f0-4a5e-8d0e-3c0f6a7b9e21"
SET_UID = "8c2b7e55-0c1d-4f6e-a4c3-5b9d1e7f2a60"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
SETS = "/apis/apps/v1/namespaces/default/replicasets"
PODS = "/api/v1/namespaces/default/pods"
CREATE = f"{DEPLOYMENTS}?fieldManager=kubectl-create&fieldValidation=Strict"
NODES = ("node-1", "node-2")
NODE_IPS = {"node-1": "192.168.10.11", "node-2": "192.168.10.12"}
# Kubernetes 1.35 turned PodTopologyLabelsAdmission on.
COPIES_TOPOLOGY = "1.35"
# Kubernetes 1.36 turned InPlacePodLevelResourcesVerticalScaling on.
REPORTS_RESOURCES = "1.36"
# Kubernetes 1.36 turned PLEGOnDemandRelist on.
SEES_STARTS = "1.36"
TOO_MUCH = "64"  # CPUs: more than any of these nodes has

_HOST = r"(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])"
_REGISTRY = rf"(?:(?:{_HOST}(?:\.{_HOST})+|localhost)(?::[0-9]+)?|{_HOST}:[0-9]+)"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:{_REGISTRY}/)?{_PART}(?:/{_PART})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?"
)
"""What the kubelet can parse as an image's name: github.com/distribution/reference v0.6.0, regexp.go, normalize.go.

A registry has a dot, a port or is localhost; other hosts, and digests other than sha256, are left aside.
"""
MOST = 255


@dataclass(frozen=True)
class Plan:
    """What the reader asked for, and all names that follow from it."""

    replicas: int
    image: str
    version: Version
    fault: str

    @cached_property
    def hash(self) -> str:
        return safe_encode(str(self.sum))

    @cached_property
    def sum(self) -> int:
        return fnv32a(self._dump)

    @property
    def dump_length(self) -> int:
        return len(self._dump)

    @cached_property
    def _dump(self) -> bytes:
        """What the controller computes the hash over: in ASCII, as the name of an image is."""
        return dump_template(self.template, self.version).encode()

    @cached_property
    def set(self) -> str:
        return f"web-{self.hash}"

    @cached_property
    def set_key(self) -> str:
        return f"ReplicaSet/{self.set}"

    @property
    def surge(self) -> int:
        """25 % of the replicas, rounded up (v1.37 pkg/controller/deployment/util/deployment_util.go)."""
        return -(-self.replicas * 25 // 100)

    @property
    def unavailable(self) -> int:
        """25 % of the replicas, rounded down; 1 when that and the surge are both 0."""
        return self.replicas * 25 // 100 if self.surge else min(self.replicas, 1)

    @property
    def image_used(self) -> str:
        """The image of the template: a name that does not parse when that is the fault."""
        return f"{self.image}::1" if self.fault == "bad-image" else self.image

    @cached_property
    def template(self) -> Object:
        """The Pod template as the API server stores it."""
        container: dict[str, Any] = {
            "name": "web",
            "image": self.image_used,
            "ports": [{"containerPort": 80}],
        }
        spec: dict[str, Any] = {"containers": [container]}
        match self.fault:
            case "no-node-fits":
                container["resources"] = {"requests": {"cpu": TOO_MUCH}}
            case "oom-killed":
                container["resources"] = {"limits": {"memory": "128Mi"}, "requests": {"memory": "128Mi"}}
            case "crash-loop":
                container["command"] = ["/bin/sh", "-c", "exit 1"]
            case "readiness-fails":
                container["readinessProbe"] = {"httpGet": {"path": "/ready", "port": 80}}
            case "init-fails":
                init = {"name": "migrate", "image": "busybox:1.37", "command": ["sh", "-c", "nc -z db 5432"]}
                spec["initContainers"] = [init]
        return {"metadata": {"labels": {"app": "web"}}, "spec": spec_defaults(spec)}

    @cached_property
    def manifest(self) -> Object:
        """What stands in web.yaml: no more than has to be said."""
        spec: dict[str, Any] = {
            "replicas": self.replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": _written(self.template["spec"])},
        }
        if self.fault == "paused":
            spec["paused"] = True
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": spec,
        }

    def pod(self, index: int) -> str:
        """The name of a Pod: the ReplicaSet's and five characters (apimachinery v0.37 pkg/util/rand)."""
        if index not in self._pods:
            self._pods[index] = f"{self.set}-{_five(f'{self.set}/{index}')}"
        return self._pods[index]

    @cached_property
    def _pods(self) -> dict[int, str]:
        return {}

    def pod_key(self, index: int) -> str:
        return f"Pod/{self.pod(index)}"

    @cached_property
    def pod_keys(self) -> tuple[str, ...]:
        return tuple(self.pod_key(index) for index in range(self.replicas))


def _written(spec: Object) -> Object:
    """The parts of a Pod's spec that a person writes."""
    said = ("name", "image", "command", "ports", "resources", "readinessProbe")
    lists = {key: spec[key] for key in ("initContainers", "containers") if key in spec}
    return {key: [_said(container, said) for container in containers] for key, containers in lists.items()}


def _said(container: Object, fields: tuple[str, ...]) -> Object:
    kept = {field: container[field] for field in fields if container.get(field)}
    if "ports" in kept:
        kept["ports"] = [{"containerPort": port["containerPort"]} for port in kept["ports"]]
    if "readinessProbe" in kept:
        probe = kept["readinessProbe"]["httpGet"]
        kept["readinessProbe"] = {"httpGet": {"path": probe["path"], "port": probe["port"]}}
    return kept


def plan(replicas: int, image: str, version: Version, fault: str) -> Plan:
    """The plan for a reader's inputs; Refusal for an image whose name is none: the story of that is a fault."""
    if len(image) > MOST or not _REFERENCE.fullmatch(image):
        raise Refusal("image-reference", field="image", got=image[:60])
    return Plan(replicas, image, version, fault)


def node_of(index: int) -> str:
    """Two equal nodes take the Pods in turn, as the default topology spread has it."""
    return NODES[index % len(NODES)]


def binding_labels(plan: Plan, node: str) -> Mapping[str, str]:
    """Zone and region of the node, which the API server adds to a Binding since 1.35."""
    return TOPOLOGY[node] if plan.version >= COPIES_TOPOLOGY else {}


def taken_up(plan: Plan, pod: Object, node: str, now: str) -> Object:
    """A Pod as the kubelet of its node first reports it."""
    return first_status(pod, NODE_IPS[node], now, with_resources=plan.version >= REPORTS_RESOURCES)


def pod_ip(index: int) -> str:
    return f"10.244.{index % 2 + 1}.{17 + index // 2}"


def uid_of(name: str) -> str:
    """An identity made from the name: looks like a UUID and is always the same."""
    digits = sha256(name.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def token_volume(name: str) -> str:
    return f"kube-api-access-{_five(f'token {name}')}"


@kept_if_short(1024)
def _five(seed: str) -> str:
    """Five characters as the API server adds them, always the same for a seed."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in sha256(seed.encode()).digest()[:5])


def container_id(name: str, attempt: int) -> str:
    return "containerd://" + sha256(f"{name} {attempt}".encode()).hexdigest()
