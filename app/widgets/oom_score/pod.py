"""Pods as they were written: containers, pod-level resources, priority, and where each value stands in the text."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

from app.kube.manifest import Document, Part, PodObject, pods
from app.kube.quantity import Quantity

Kind = Literal["container", "init", "sidecar", "ephemeral"]
Resources = dict[str, Quantity]

PLACES: tuple[tuple[str, Kind], ...] = (
    ("initContainers", "init"),
    ("containers", "container"),
    ("ephemeralContainers", "ephemeral"),
)


@dataclass(slots=True)
class Container:
    """A container with what it requests and may use at most. `filled` names what was not written but filled in."""

    name: str
    kind: Kind
    requests: Resources
    limits: Resources
    part: Part
    filled: list["Filled"] = field(default_factory=list)

    @property
    def memory_request(self) -> int:
        """Bytes as the kubelet computes with them: Value() of the request, 0 when there is none."""
        quantity = self.requests.get("memory")
        return quantity.value if quantity else 0

    @property
    def memory_limit(self) -> int:
        quantity = self.limits.get("memory")
        return quantity.value if quantity else 0


@dataclass(frozen=True, slots=True)
class Filled:
    """A value that the API server filled in: from the limit, the sum, a LimitRange or a PriorityClass."""

    field: str
    value: str
    source: Literal[
        "limit", "containers", "pod-limit", "limit-range", "priority-class", "global-default", "unknown-class"
    ]


@dataclass(frozen=True, slots=True)
class Objection:
    """What the API server would refuse although it does not stand in the way of the formulas."""

    code: Literal["total-above-pod-level", "limit-above-pod-level"]
    resource: str
    container: str
    amount: str
    pod_level: str


@dataclass(slots=True)
class Pod:
    """One pod, or one that a controller would make from its template."""

    kind: str
    namespace: str
    name: str
    containers: list[Container]
    """Init containers and sidecars first, then regular and ephemeral ones, each in the order they are written."""
    pod_level: tuple[Resources, Resources] | None
    """Requests and limits of spec.resources; None when that is null or absent."""
    overhead: Resources
    priority: int
    priority_class: str
    static: bool
    """A static or mirror pod: annotation kubernetes.io/config.source other than `api`, or config.mirror."""
    restart_policy: str
    recorded_class: str
    spec: Part
    filled: list[Filled] = field(default_factory=list)
    objections: list["Objection"] = field(default_factory=list)

    def of_kind(self, *kinds: Kind) -> list[Container]:
        return [container for container in self.containers if container.kind in kinds]

    @property
    def is_critical(self) -> bool:
        """Static, mirror, or of priority 2000000000 and above; pkg/kubelet/types/pod_update.go IsCriticalPod."""
        return self.static or self.priority >= 2_000_000_000


def read_pods(documents: Collection[Document], field: str) -> Iterator[Pod]:
    """Every pod of the manifest, as written; Refusal with place and line for what the API server would refuse."""
    seen: set[tuple[str, str, str]] = set()
    for source in pods(documents, field=field):
        identity = (source.kind, source.namespace, source.name)
        if identity in seen:
            raise source.spec.refusal("pod-twice", kind=source.kind, name=f"{source.namespace}/{source.name}")
        seen.add(identity)
        yield _read_pod(source)


def _read_pod(source: PodObject) -> Pod:
    spec = source.spec
    annotations = source.metadata.mapping("annotations")
    containers = [_read_container(part, kind) for place, kind in PLACES for part in spec.parts(place)]
    if "container" not in [container.kind for container in containers]:
        raise spec.refusal("manifest-missing", key="containers")
    _refuse_same_names(containers)
    restart_policy = spec.text("restartPolicy", "Always")
    if restart_policy not in ("Always", "OnFailure", "Never"):
        raise spec.refusal("pod-restart-policy", "restartPolicy", found=restart_policy)
    priority = spec.integer("priority")
    return Pod(
        kind=source.kind,
        namespace=source.namespace,
        name=source.name,
        containers=containers,
        pod_level=_read_pod_level(spec),
        overhead=spec.quantities("overhead"),
        priority=priority or 0,
        priority_class=spec.text("priorityClassName"),
        static=annotations.get("kubernetes.io/config.source", "api") != "api"
        or "kubernetes.io/config.mirror" in annotations,
        restart_policy=restart_policy,
        recorded_class=source.pod.part("status").text("qosClass") if "status" in source.pod else "",
        spec=spec,
    )


def _read_container(part: Part, kind: Kind) -> Container:
    if kind == "init" and part.text("restartPolicy") == "Always":
        kind = "sidecar"
    name = part.required("name")
    if "resources" not in part:
        return Container(name, kind, {}, {}, part)
    if kind == "ephemeral":
        raise part.refusal("pod-ephemeral-resources", "resources", name=name)
    resources = part.part("resources")
    return Container(name, kind, *_read_resources(resources), part)


def _read_pod_level(spec: Part) -> tuple[Resources, Resources] | None:
    if "resources" not in spec:
        return None
    return _read_resources(spec.part("resources"))


def _read_resources(resources: Part) -> tuple[Resources, Resources]:
    return resources.quantities("requests"), resources.quantities("limits")


def check_resources(part: Part, requests: Resources, limits: Resources) -> None:
    """Refuses negative amounts and requests above limits; ValidateResourceRequirements, pkg/apis/core/validation."""
    # Limits first: a request that is missing has been filled in from them.
    for place, resources in (("limits", limits), ("requests", requests)):
        for name, quantity in resources.items():
            if quantity.nano < 0:
                raise part.refusal("pod-negative", "resources", place, name, quantity=quantity.text)
    for name, request in requests.items():
        limit = limits.get(name)
        if limit is not None and request.nano > limit.nano:
            raise part.refusal(
                "pod-request-above-limit",
                "resources",
                "requests",
                name,
                request=request.canonical,
                limit=limit.canonical,
                resource=name,
            )


def _refuse_same_names(containers: list[Container]) -> None:
    if len(containers) == 1 or len({container.name for container in containers}) == len(containers):
        return
    seen: set[str] = set()
    for container in containers:
        if container.name in seen:
            raise container.part.refusal("pod-container-twice", "name", name=container.name)
        seen.add(container.name)


__all__ = [
    "Container",
    "Filled",
    "Kind",
    "Objection",
    "Pod",
    "Resources",
    "check_resources",
    "read_pods",
]
