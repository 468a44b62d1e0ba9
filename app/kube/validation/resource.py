"""Requests and limits of a container or a pod. pkg/apis/core/validation/validation.go and pkg/apis/core/helper."""

from collections.abc import Callable, Iterator, Mapping

from app.kube.paste.part import Part
from app.kube.quantity import Quantity, parse_quantity, quantity_of_nano
from app.kube.refusal import Refusal
from app.kube.validation.fault import At, Fault
from app.kube.validation.name import label_key

Resources = Mapping[str, Quantity]

HUGE_PAGES = "hugepages-"
_OF_CONTAINERS = frozenset({"cpu", "memory", "ephemeral-storage"})
_COUNTED = frozenset(
    {
        *("pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps"),
        *("persistentvolumeclaims", "services.nodeports", "services.loadbalancers"),
    }
)
_STANDARD = (
    _OF_CONTAINERS
    | _COUNTED
    | {"storage", "requests.storage"}
    | {f"{side}.{name}" for side in ("requests", "limits") for name in _OF_CONTAINERS}
)


def is_huge_page(name: str) -> bool:
    return name.startswith(HUGE_PAGES)


def is_native(name: str) -> bool:
    """In the kubernetes.io namespace, where names without a domain are."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """What device plugins and operators add: IsExtendedResourceName."""
    return not is_native(name) and not name.startswith("requests.") and not any(label_key(f"requests.{name}"))


def may_be_overcommitted(name: str) -> bool:
    return is_native(name) and not is_huge_page(name)


def is_whole(name: str) -> bool:
    return name in _COUNTED or is_extended(name)


def default_requests(requests: Resources, limits: Resources) -> dict[str, Quantity]:
    """A limit without a request is one too. pkg/apis/core/v1/defaults.go, SetDefaults_Pod."""
    return {**limits, **requests}


def container_resource_faults(part: Part, requests: Resources, limits: Resources) -> Iterator[Fault]:
    """ValidateContainerResourceRequirements, on what the defaults have filled in already."""
    yield from _resource_faults(At(part, ("resources",)), requests, limits, _container_name_faults)


def pod_resource_faults(
    spec: Part, requests: Resources, limits: Resources, effective: Callable[[Part], tuple[Resources, Resources]]
) -> Iterator[Fault]:
    """validatePodResources; `effective` gives what a container requests and is limited to."""
    at = At(spec, ("resources",))
    if "claims" in spec.part("resources"):
        yield at.child("claims").forbidden("claims may not be set for Resources at pod-level", "pod-level")
    yield from _resource_faults(at, requests, limits, _pod_name_faults)
    yield from _consistency_faults(spec, requests, limits, effective)


def _consistency_faults(
    spec: Part, requests: Resources, limits: Resources, effective: Callable[[Part], tuple[Resources, Resources]]
) -> Iterator[Fault]:
    """validatePodResourceConsistency: the pod asks for no less than its containers, and limits each of them."""
    at, regular = At(spec, ("resources",)), [effective(part) for part in spec.parts("containers")]
    init = [(part.text("restartPolicy") == "Always", *effective(part)) for part in spec.parts("initContainers")]
    for name, request in requests.items():
        total = _together(name, [asked for asked, _ in regular], [(stays, asked) for stays, asked, _ in init])
        if total is not None and total.nano > request.nano:
            said = f"must be greater than or equal to aggregate container requests of {total.canonical}"
            yield at.child("requests").key(name).invalid(request.printed, said, "pod-level-total")
    for name, limit in limits.items():
        total = _together(name, [most for _, most in regular], [(stays, most) for stays, _, most in init])
        if is_huge_page(name) and total is not None and total.nano > limit.nano:
            said = f"must be greater than or equal to aggregate container limits of {total.canonical}"
            yield at.child("limits").key(name).invalid(limit.printed, said, "pod-level-total")
    for i, (container, (_, own)) in enumerate(zip(spec.parts("containers"), regular, strict=True)):
        for name, limit in own.items():
            if name in limits and limit.nano > limits[name].nano:
                called = f"{at.text}.containers[{i}][{name}].limits"
                said = f"must be less than or equal to pod limits of {limits[name].printed}"
                place = At(container, ("resources", "limits", name)).called(called)
                yield place.invalid(limit.printed, said, "pod-level-total")


def _together(name: str, regular: list[Resources], init: list[tuple[bool, Resources]]) -> Quantity | None:
    """What the containers have of a resource at once; component-helpers resource/helpers.go,
    AggregateContainerRequests, v0.36.3. None where none has it."""
    found = [amounts[name] for amounts in (*regular, *(each for _, each in init)) if name in amounts]
    if not found:
        return None
    running, started, peak = sum(amounts[name].nano for amounts in regular if name in amounts), 0, 0
    for stays, amounts in init:
        amount = amounts[name].nano if name in amounts else 0
        started += amount if stays else 0
        peak = max(peak, started if stays else started + amount)
    return quantity_of_nano(max(running + started, peak), found[0].format)


def overhead_faults(spec: Part, overhead: Resources) -> Iterator[Fault]:
    """validateOverhead: the rules for limits, although no `limits` are written."""
    for name, quantity in overhead.items():
        at = At(spec, ("overhead",)).called(f"{At(spec, ('overhead',)).text}.limits[{name}]")
        yield from _container_name_faults(name, at)
        yield from quantity_faults(name, quantity, at)


def _resource_faults(
    at: At, requests: Resources, limits: Resources, name_faults: Callable[[str, At], Iterator[Fault]]
) -> Iterator[Fault]:
    """validateResourceRequirements."""
    for name, limit in limits.items():
        place = at.child("limits").key(name)
        yield from name_faults(name, place)
        yield from quantity_faults(name, limit, place)
        yield from _huge_page_faults(name, limit, place)
    for name, request in requests.items():
        place = at.child("requests").key(name)
        yield from name_faults(name, place)
        yield from quantity_faults(name, request, place)
        yield from _pair_faults(name, request, limits.get(name), at)
        yield from _huge_page_faults(name, request, place)
    names = {*limits, *requests}
    if any(map(is_huge_page, names)) and not names & {"cpu", "memory"}:
        yield at.forbidden("HugePages require cpu or memory", "hugepages-alone")


def _pair_faults(name: str, request: Quantity, limit: Quantity | None, at: At) -> Iterator[Fault]:
    """How a request and its limit stand to each other; the API server names the map, the place is the entry."""
    requests, limits = at.child("requests"), at.child("limits")
    place = requests.child(name).called(requests.text)
    if limit is None:
        if not may_be_overcommitted(name):
            yield place.called(limits.text).required(
                "Limit must be set for non overcommitable resources", "resource-limit"
            )
    elif request.nano != limit.nano and not may_be_overcommitted(name):
        said = f"must be equal to {name} limit of {limit.printed}"
        yield place.invalid(request.printed, said, "resource-equal")
    elif request.nano > limit.nano:
        said = f"must be less than or equal to {name} limit of {limit.printed}"
        yield place.invalid(request.printed, said, "resource-above")


def _container_name_faults(name: str, at: At) -> Iterator[Fault]:
    """validateContainerResourceName."""
    yield from _standard_faults(name, at)
    if "/" not in name:
        if name not in _OF_CONTAINERS and not is_huge_page(name):
            yield at.invalid(name, "must be a standard resource for containers", "resource-name")
    elif not is_native(name) and not is_extended(name):
        yield at.invalid(name, "doesn't follow extended resource name standard", "resource-name")


def _pod_name_faults(name: str, at: At) -> Iterator[Fault]:
    """validatePodResourceName."""
    faults = list(_standard_faults(name, at))
    yield from faults
    if not faults and name not in ("cpu", "memory") and not is_huge_page(name):
        yield at.not_supported(name, ("cpu", HUGE_PAGES, "memory"), "pod-level")


def _standard_faults(name: str, at: At) -> Iterator[Fault]:
    """validateResourceName."""
    wrong = list(label_key(name))
    yield from at.each(name, wrong, "resource-name")
    is_known = name in _STANDARD or name.startswith((HUGE_PAGES, f"requests.{HUGE_PAGES}"))
    if not wrong and "/" not in name and not is_known:
        yield at.invalid(name, "must be a standard resource type or fully qualified", "resource-name")


def quantity_faults(name: str, quantity: Quantity, at: At) -> Iterator[Fault]:
    """ValidateResourceQuantityValue: not negative, and whole where only whole ones are counted."""
    if quantity.nano < 0:
        yield at.invalid(quantity.printed, "must be greater than or equal to 0", "resource-negative")
    if is_whole(name) and quantity.milli % 1000:
        yield at.invalid(quantity.printed, "must be an integer", "resource-whole")


def _huge_page_faults(name: str, quantity: Quantity, at: At) -> Iterator[Fault]:
    """validateResourceQuantityHugePageValue."""
    if is_huge_page(name) and not _is_multiple(name, quantity):
        said = f"{quantity.printed} is not positive integer multiple of {name}"
        yield at.invalid(quantity.printed, said, "hugepages-size")


def _is_multiple(name: str, quantity: Quantity) -> bool:
    """IsHugePageResourceValueDivisible."""
    try:
        size = parse_quantity(name.removeprefix(HUGE_PAGES))
    except Refusal:
        return False
    return size.nano > 0 and not size.milli % 1000 and size.value > 0 and quantity.value % size.value == 0
