"""What the API server does to a pod before any formula: defaults, LimitRange, priority.

Sources (kubernetes v1.36): pkg/apis/core/v1/defaults.go SetDefaults_Pod, defaultPodRequests,
defaultHugePagePodLimits, SetDefaults_LimitRangeItem; plugin/pkg/admission/limitranger; plugin/pkg/admission/priority;
pkg/apis/core/validation validatePodResourceConsistency.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

from app.kube.paste.part import Document, Part
from app.kube.quantity import Quantity, quantity_of_nano
from app.kube.validation.fault import refuse
from app.kube.validation.pod import metadata_faults, pod_spec_faults
from app.kube.validation.resource import Resources as ReadResources
from app.kube.validation.workload import around_pod_faults
from app.record import dataclass
from app.widgets.oom_score.pod import Container, Filled, Kind, Objection, Pod, Resources
from app.widgets.oom_score.profile import Profile

BUILT_IN_CLASSES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


@dataclass(frozen=True, slots=True)
class Cluster:
    """What else the manifest says about the cluster: priority classes, and limit ranges by namespace."""

    classes: dict[str, int]
    global_default: tuple[str, int] | None
    limit_ranges: dict[str, list[tuple[Resources, Resources]]]
    """Default requests and default limits for containers."""


def read_cluster(documents: Collection[Document]) -> Cluster:
    """PriorityClasses and LimitRanges among the objects, so that they need not be asked for."""
    cluster = Cluster(dict(BUILT_IN_CLASSES), None, {})
    for document in documents:
        if document.kind == "PriorityClass":
            cluster = _add_class(cluster, document.root)
        elif document.kind == "LimitRange":
            namespace = document.root.part("metadata").text("namespace") or "default"
            cluster.limit_ranges.setdefault(namespace, []).extend(_container_defaults(document.root))
    return cluster


def _add_class(cluster: Cluster, root: Part) -> Cluster:
    name = root.part("metadata").required("name")
    value = root.integer("value") or 0
    cluster.classes.setdefault(name, value)
    if root.boolean("globalDefault"):
        return Cluster(cluster.classes, (name, value), cluster.limit_ranges)
    return cluster


def _container_defaults(root: Part) -> Iterator[tuple[Resources, Resources]]:
    """Default request and limit of each Container item, themselves defaulted from max and min."""
    for item in root.part("spec").parts("limits"):
        if item.text("type") != "Container":
            continue
        limits = {**item.quantities("max"), **item.quantities("default")}
        requests = {**item.quantities("min"), **limits, **item.quantities("defaultRequest")}
        yield requests, limits


def admit(pod: Pod, profile: Profile, cluster: Cluster) -> Pod:
    """Fills in, in the order of the API server, and then refuses what its validation would refuse."""
    for container in pod.containers:
        _default_requests(container)
    if not profile.pod_level:
        pod.pod_level = None
    elif pod.pod_level and pod.pod_level[1] and not profile.pod_level_last:
        _default_pod_level(pod, *pod.pod_level)
    for requests, limits in cluster.limit_ranges.get(pod.namespace, ()):
        _apply_limit_range(pod, requests, limits)
    if profile.pod_level_last and pod.pod_level and any(pod.pod_level):
        _default_pod_level(pod, *pod.pod_level)
        _default_pod_level_limits(pod, *pod.pod_level)
    _fill_priority(pod, cluster)
    _validate(pod)
    if profile.resizes and pod.kind == "Pod" and not pod.pod_level:
        _take_what_is_set_aside(pod)
    return pod


def _take_what_is_set_aside(pod: Pod) -> None:
    """The kubelet works with what it has allocated, also while a resize waits.

    pkg/kubelet/allocation/allocation_manager.go, UpdatePodFromAllocation, v1.37.2; the status says what that is.
    """
    status = pod.spec.document.root.part("status")
    for each in (*status.parts("containerStatuses"), *status.parts("initContainerStatuses")):
        allocated = each.quantities("allocatedResources").get("memory")
        for container in pod.of_kind("init", "sidecar", "container"):
            asked = container.requests.get("memory")
            if container.name == each.text("name") and allocated and (not asked or asked.nano != allocated.nano):
                container.set_aside = allocated
                container.filled.append(Filled("allocatedResources.memory", allocated.canonical, "set-aside"))


def _default_requests(container: Container) -> None:
    """A resource with a limit and no request gets request = limit; an explicit 0 stays."""
    for name, limit in container.limits.items():
        if name not in container.requests:
            container.requests[name] = limit
            container.filled.append(Filled(f"requests.{name}", limit.canonical, "limit"))


def _default_pod_level(pod: Pod, requests: Resources, limits: Resources) -> None:
    """Missing pod-level requests become the containers' total, else the pod-level limit."""
    names = {name for container in pod.containers for name in container.requests}
    for name in sorted(names):
        if not is_pod_level_resource(name) or name.startswith("hugepages-"):
            continue
        if name not in requests:
            requests[name] = quantity_of_nano(total_request_nano(pod, name), container_format(pod, name))
            pod.filled.append(Filled(f"resources.requests.{name}", requests[name].canonical, "containers"))
    for name, limit in limits.items():
        if name not in requests and is_pod_level_resource(name):
            requests[name] = limit
            pod.filled.append(Filled(f"resources.requests.{name}", limit.canonical, "pod-limit"))


def _default_pod_level_limits(pod: Pod, requests: Resources, limits: Resources) -> None:
    """A missing limit, where every container has one: their total, but not below the request.

    pkg/api/pod/util.go, defaultPodLevelLimits, v1.37.2.
    """
    containers = pod.of_kind("init", "sidecar", "container")
    for name, request in requests.items():
        if name in limits or not is_pod_level_resource(name) or any(name not in each.limits for each in containers):
            continue
        total = _together([(each.kind, each.limits.get(name)) for each in containers])
        form = next(each.limits[name].format for each in containers)
        limits[name] = request if request.nano > total else quantity_of_nano(total, form)
        source: Literal["pod-request", "containers"] = "pod-request" if request.nano > total else "containers"
        pod.filled.append(Filled(f"resources.limits.{name}", limits[name].canonical, source))


def _apply_limit_range(pod: Pod, requests: Resources, limits: Resources) -> None:
    for container in pod.of_kind("init", "sidecar", "container"):
        for place, own, defaults in (
            ("limits", container.limits, limits),
            ("requests", container.requests, requests),
        ):
            for name, quantity in defaults.items():
                if name not in own:
                    own[name] = quantity
                    container.filled.append(Filled(f"{place}.{name}", quantity.canonical, "limit-range"))


def _fill_priority(pod: Pod, cluster: Cluster) -> None:
    """The number of the class, or of the global default; a class that nobody knows counts as 0 and is said so."""
    if "priority" in pod.spec:
        return
    name = pod.priority_class
    if not name and cluster.global_default:
        name, pod.priority = cluster.global_default
        pod.priority_class = name
        pod.filled.append(Filled("priority", f"{pod.priority} ({name})", "global-default"))
    elif name in cluster.classes:
        pod.priority = cluster.classes[name]
        pod.filled.append(Filled("priority", f"{pod.priority} ({name})", "priority-class"))
    elif name:
        pod.filled.append(Filled("priority", f"0 ({name})", "unknown-class"))


def _validate(pod: Pod) -> None:
    by_path = {container.part.path: container for container in pod.containers}

    def effective(part: Part) -> tuple[ReadResources, ReadResources]:
        container = by_path[part.path]
        return container.requests, container.limits

    refuse(around_pod_faults(pod.kind, pod.spec.document.root, pod.spec))
    refuse(metadata_faults(pod.metadata))
    labels = pod.metadata.texts("labels")
    faults = pod_spec_faults(pod.spec, effective=effective, pod_level=lambda _: pod.pod_level, pod_labels=labels)
    refuse(fault for fault in faults if fault.advice != "pod-level-total")  # the formulas take it, a note says it
    if pod.pod_level is None:
        return
    requests, limits = pod.pod_level
    for name, request in requests.items():
        _check_total(pod, name, request)
    for container in pod.of_kind("container"):
        for name, limit in container.limits.items():
            if name in limits and limit.nano > limits[name].nano:
                values = (name, container.name, limit.canonical, limits[name].canonical)
                pod.objections.append(Objection("limit-above-pod-level", *values))


def _check_total(pod: Pod, name: str, request: Quantity) -> None:
    """The containers' total may not exceed the pod-level request."""
    total = total_request_nano(pod, name)
    if total > request.nano:
        amount = quantity_of_nano(total, request.format).canonical
        pod.objections.append(Objection("total-above-pod-level", name, "", amount, request.canonical))


def is_pod_level_resource(name: str) -> bool:
    """Resources that spec.resources may hold; component-helpers resource/helpers.go IsSupportedPodLevelResource."""
    return name in ("cpu", "memory") or name.startswith("hugepages-")


def counted_memory_nano(pod: Pod, *, sums_sidecars: bool) -> int:
    """The same total of memory, of what the kubelet has set aside."""
    return _together([(each.kind, each.counted_memory) for each in pod.containers], sums_sidecars=sums_sidecars)


def total_request_nano(pod: Pod, resource: str, *, sums_sidecars: bool = True) -> int:
    """What the containers request together, in nano-units.

    Regular containers and sidecars, raised to the peak of any plain init container together with the sidecars
    started before it; component-helpers resource/helpers.go AggregateContainerRequests. With `sums_sidecars` off
    sidecars count as plain init containers, as eviction counted them up to 1.33.
    """
    amounts = [(each.kind, each.requests.get(resource)) for each in pod.containers]
    return _together(amounts, sums_sidecars=sums_sidecars)


def _together(amounts: Iterable[tuple[Kind, Quantity | None]], *, sums_sidecars: bool = True) -> int:
    running = peak = started = 0
    for kind, quantity in amounts:
        amount = quantity.nano if quantity else 0
        if kind == "container":
            running += amount
        elif kind == "sidecar" and sums_sidecars:
            started += amount
            peak = max(peak, started)
        elif kind in ("init", "sidecar"):
            peak = max(peak, started + amount)
    return max(running + started, peak)


def container_format(pod: Pod, resource: str) -> str:
    """The format of a sum: that of its first part (Quantity.Add)."""
    return next(c.requests[resource].format for c in pod.containers if resource in c.requests)
