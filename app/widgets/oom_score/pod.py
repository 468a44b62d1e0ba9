"""Pods as they were written: containers, pod-level resources, priority, and where each value stands in the text."""

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Literal

from app.kube.paste.part import Part
from app.kube.paste.pods import PodObject
from app.kube.quantity import Quantity
from app.record import dataclass

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
    set_aside: Quantity | None = None
    """The memory that the kubelet has allocated, where that is not what the container asks for."""

    @property
    def counted_memory(self) -> Quantity | None:
        """The request that the kubelet computes with."""
        return self.set_aside or self.requests.get("memory")

    @property
    def memory_request(self) -> int:
        """Bytes as the kubelet computes with them: Value() of the request, 0 when there is none."""
        quantity = self.counted_memory
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
        "limit",
        "containers",
        "pod-limit",
        "pod-request",
        "limit-range",
        "priority-class",
        "global-default",
        "unknown-class",
        "set-aside",
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
    replicas: int
    """Pods that the controller makes of this template; 1 for a Pod."""
    metadata: Part
    spec: Part
    filled: list[Filled] = field(default_factory=list)
    objections: list["Objection"] = field(default_factory=list)

    def of_kind(self, *kinds: Kind) -> list[Container]:
        return [container for container in self.containers if container.kind in kinds]

    @property
    def is_critical(self) -> bool:
        """Static, mirror, or of priority 2000000000 and above; pkg/kubelet/types/pod_update.go IsCriticalPod."""
        return self.static or self.priority >= 2_000_000_000


def read_pods(sources: Iterable[PodObject]) -> Iterator[Pod]:
    """Every pod as written; what the API server would refuse is said after its defaults, by `admit`."""
    seen: set[tuple[str, str, str]] = set()
    for source in sources:
        identity = (source.kind, source.namespace, source.name)
        if identity in seen and source.is_named:
            raise source.spec.refusal("pod-twice", kind=source.kind, name=f"{source.namespace}/{source.name}")
        seen.add(identity)
        yield _read_pod(source)


def _read_pod(source: PodObject) -> Pod:
    spec = source.spec
    annotations = source.metadata.mapping("annotations")
    containers = [_read_container(part, kind) for place, kind in PLACES for part in spec.parts(place)]
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
        restart_policy=spec.text("restartPolicy") or "Always",
        recorded_class=source.pod.part("status").text("qosClass") if "status" in source.pod else "",
        replicas=source.replicas,
        metadata=source.metadata,
        spec=spec,
    )


def _read_container(part: Part, kind: Kind) -> Container:
    if kind == "init" and part.text("restartPolicy") == "Always":
        kind = "sidecar"
    name = part.text("name")
    if "resources" not in part or kind == "ephemeral":
        return Container(name, kind, {}, {}, part)
    resources = part.part("resources")
    return Container(name, kind, *_read_resources(resources), part)


def _read_pod_level(spec: Part) -> tuple[Resources, Resources] | None:
    if "resources" not in spec:
        return None
    return _read_resources(spec.part("resources"))


def _read_resources(resources: Part) -> tuple[Resources, Resources]:
    return resources.quantities("requests"), resources.quantities("limits")


__all__ = [
    "Container",
    "Filled",
    "Kind",
    "Objection",
    "Pod",
    "Resources",
    "read_pods",
]
