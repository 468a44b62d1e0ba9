"""Reads pods and nodes from pasted manifests, with the defaults that the API server fills in."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from app.kube.paste.part import Document, Part
from app.kube.paste.passed import PassedOver, pass_over, sift
from app.kube.paste.pods import POD_KINDS, pods
from app.kube.paste.read import load_documents, take, unreadable
from app.kube.paste.recognise import clean, recognise
from app.kube.quantity import Quantity
from app.kube.refusal import Refusal
from app.kube.selector import (
    Requirement,
    Selector,
    label_selector,
    node_term,
    taints_of,
    tolerations_of,
)
from app.kube.validation.fault import refuse
from app.kube.validation.pod import metadata_faults, node_faults, pod_spec_faults, written_pod_level
from app.record import dataclass
from app.widgets.scheduler_pick.described import nodes_of_description, pods_of_description
from app.widgets.scheduler_pick.resized import RESIZES, Kept, Nano, Running, raise_to
from app.widgets.scheduler_pick.snapshot import (
    CPU,
    MEMORY,
    Amounts,
    Node,
    Pod,
    PodTerm,
    SpreadConstraint,
    Weighted,
)

NANO = 10**9
MILLI = 10**6
DEFAULT_NANO = {CPU: 100 * MILLI, MEMORY: 200 * (1 << 20) * NANO}
"""100m and 200 MiB for a container that does not say. pkg/scheduler/util/pod_resources.go, v1.37.0."""

PODS, NODES = "kubectl get pods -A -o yaml", "kubectl get nodes -o yaml"
"""The commands that print what the fields need."""

BUGGY = range(34, 37)
"""Minor versions whose scheduler misreads negative namespace selectors of the incoming pod."""


@dataclass(frozen=True, slots=True)
class ToSchedule:
    """The pod to schedule, and what else the text holds."""

    pod: Pod
    kind: str
    replicas: int
    objections: tuple[str, ...]
    """What the API server would refuse although the sums do not depend on it: a request without its limit."""
    passed_over: tuple[PassedOver, ...]
    scheduler: str = ""
    """spec.schedulerName, empty where it is not given."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The pods that are on these nodes, and those that do not count, with the reason."""

    pods: tuple[Pod, ...]
    passed_over: tuple[PassedOver, ...]
    resized: tuple[str, ...] = ()
    """Names of those that count for something else than they ask for."""


@dataclass(frozen=True, slots=True)
class Nodes:
    nodes: tuple[Node, ...]
    is_described: bool
    """Read from `kubectl describe nodes`, which prints no images."""
    passed_over: tuple[PassedOver, ...]
    pods: str = ""
    """The Pods that the description lists, as objects that have requests and nothing else."""


def read_pod(text: str, *, minor: int) -> ToSchedule:
    """The first pod that has no node yet, or else the first of all; of a Deployment and the like, the pod it makes."""
    documents = load_documents(text, field="pod", wanted="kubectl get pod NAME -o yaml")
    found = list(pods(documents, field="pod", wanted="kubectl get pod NAME -o yaml"))
    waiting = [one for one in found if not one.node and not one.has_ended]
    pod = (waiting or found)[0]
    refuse(metadata_faults(pod.metadata))
    level = written_pod_level if minor >= 34 else _none
    faults = list(
        pod_spec_faults(pod.spec, compares_taints=minor >= 35, pod_level=level, pod_labels=pod.metadata.texts("labels"))
    )
    refuse(fault for fault in faults if fault.advice != "resource-limit")
    _, passed = sift(documents, POD_KINDS)
    passed += [pass_over(one.root.document, "one-is-enough") for one in found if one is not pod]
    return ToSchedule(
        pod=_pod(
            pod.metadata,
            pod.spec,
            pod.namespace,
            pod.name,
            with_comparison=minor >= 35,
            forgets_to_clear=minor in BUGGY,
            completes_whole=minor >= 37,
        ),
        kind=pod.kind,
        replicas=pod.replicas,
        objections=tuple(fault.said for fault in faults),
        passed_over=tuple(passed),
        scheduler=pod.spec.text("schedulerName"),
    )


def _none(_: Part) -> None:
    """Pod-level resources where the API server drops them."""


def read_bound(text: str, nodes: Collection[str], *, minor: int) -> Bound:
    """Pods that are bound and not finished: the scheduler does not count the others."""
    taken = take(text, field="pods", kinds=("Pod",), wanted=PODS)
    bound, passed, resized = [], list(taken.passed_over), []
    for document in taken.documents:
        root = document.root
        metadata, spec = root.part("metadata"), root.part("spec")
        node = spec.text("nodeName")
        if root.part("status").text("phase") in ("Succeeded", "Failed"):
            passed.append(pass_over(document, "finished"))
        elif not node:
            passed.append(pass_over(document, "pending"))
        elif node not in nodes:
            passed.append(pass_over(document, "other-node"))
        else:
            namespace = metadata.text("namespace") or "default"
            running = Running(root.part("status"), minor) if minor >= RESIZES else None
            pod = _pod(metadata, spec, namespace, metadata.text("name"), with_comparison=True, running=running)
            bound.append(pod)
            if running and running.says_amounts and pod.requests != _asked_for(spec):
                resized.append(pod.name)
    return Bound(tuple(bound), tuple(passed), tuple(resized))


def _asked_for(spec: Part) -> Amounts:
    asked = _asked(spec.parts("containers"), spec.parts("initContainers"), None)
    return _requests(spec, asked, {}, completes_whole=True)


def read_nodes(text: str) -> Nodes:
    text = clean(text)
    shape = recognise(text)
    is_described = shape is not None and shape.name == "describe-node"
    pods = ""
    if shape and is_described:
        described, pods = nodes_of_description(text), pods_of_description(text)
        if described is None:
            raise unreadable(shape, text, field="nodes", wanted=NODES)
        text = described
    taken = take(text, field="nodes", kinds=("Node",), wanted=NODES)
    nodes = []
    seen: set[str] = set()
    for document in taken.documents:
        refuse(node_faults(document.root))
        node = _node(document)
        if node.name in seen:
            raise Refusal("pick-node-twice", field="nodes", name=node.name)
        seen.add(node.name)
        nodes.append(node)
    return Nodes(tuple(nodes), is_described, taken.passed_over, pods)


def _node(document: Document) -> Node:
    metadata, spec = document.root.part("metadata"), document.root.part("spec")
    status = document.root.part("status")
    # Without allocatable it is the capacity. pkg/apis/core/v1/defaults.go, SetDefaults_NodeStatus, v1.37.0.
    key = "allocatable" if "allocatable" in status else "capacity"
    if key not in status:
        raise status.refusal("manifest-missing", key="allocatable")
    images: dict[str, int] = {}
    for image in status.parts("images"):
        size = image.integer("sizeBytes", 0, 2**63 - 1) or 0
        for name in image.items("names"):
            images.setdefault(str(name), size)
    return Node(
        name=metadata.required("name"),
        labels=metadata.texts("labels"),
        taints=taints_of(spec),
        unschedulable=spec.boolean("unschedulable") or False,
        allocatable=_rounded({name: q.nano for name, q in _amounts(status, key).items()}),
        images=images,
    )


def _pod(
    metadata: Part,
    spec: Part,
    namespace: str,
    name: str,
    *,
    with_comparison: bool,
    forgets_to_clear: bool = False,
    completes_whole: bool = True,
    running: Running | None = None,
) -> Pod:
    labels = metadata.texts("labels")
    containers, init = spec.parts("containers"), spec.parts("initContainers")
    asked = _asked(containers, init, running)
    affinity = spec.part("affinity")
    required = affinity.part("nodeAffinity").part("requiredDuringSchedulingIgnoredDuringExecution")
    together, apart = affinity.part("podAffinity"), affinity.part("podAntiAffinity")
    own = Own(namespace, labels, forgets_to_clear)
    return Pod(
        namespace=namespace,
        name=name,
        labels=labels,
        priority=spec.integer("priority") or 0,
        may_preempt=spec.text("preemptionPolicy") != "Never",
        node_name=spec.text("nodeName"),
        is_terminating="deletionTimestamp" in metadata,
        gates=tuple(gate.text("name") for gate in spec.parts("schedulingGates")),
        requests=_requests(spec, asked, {}, completes_whole=completes_whole, running=running),
        scored=_requests(spec, asked, DEFAULT_NANO, completes_whole=completes_whole, running=running),
        ports=tuple(_host_ports(spec, containers, init)),
        images=tuple(normalized_image(c.text("image")) for c in (*init, *containers)),
        tolerations=tolerations_of(spec, with_comparison=with_comparison),
        node_selector=spec.texts("nodeSelector"),
        node_terms=_node_terms(required) if "nodeSelectorTerms" in required else None,
        preferred_nodes=tuple(
            (_weight(part), node_term(part.part("preference")))
            for part in affinity.part("nodeAffinity").parts(_PREFERRED)
        ),
        affinity=_terms(together, own),
        anti_affinity=_terms(apart, own),
        preferred_affinity=_weighted(together, own),
        preferred_anti_affinity=_weighted(apart, own),
        spread=tuple(_constraint(part, labels) for part in spec.parts("topologySpreadConstraints")),
    )


_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def _node_terms(required: Part) -> tuple[Any, ...]:
    return tuple(node_term(part, takes_any_number=True) for part in required.parts("nodeSelectorTerms"))


def _weight(part: Part) -> int:
    weight = part.integer("weight", 1, 100)
    if weight is None:
        raise part.refusal("manifest-missing", key="weight")
    return weight


@dataclass(frozen=True, slots=True)
class Asked:
    """What one container asks for, and whether it runs beside the others, in front of them, or with all."""

    amounts: Nano
    role: Literal["container", "sidecar", "init"]
    part: Part


def _asked(containers: list[Part], init: list[Part], running: Running | None) -> list[Asked]:
    found = [Asked(_container(c), "sidecar" if c.text("restartPolicy") == "Always" else "init", c) for c in init]
    found += [Asked(_container(c), "container", c) for c in containers]
    if running is None or running.sums:
        return found
    return [
        one if one.role == "init" else replace(one, amounts=running.largest(one.part, one.amounts)) for one in found
    ]


def _container(part: Part) -> Nano:
    """A container's requests; a limit without a request is one too (pkg/apis/core/v1/defaults.go,
    v1.37.0).
    """
    resources = part.part("resources")
    asked: dict[str, Quantity] = {**_amounts(resources, "limits"), **_amounts(resources, "requests")}
    return {name: quantity.nano for name, quantity in asked.items()}


def _amounts(part: Part, key: str) -> dict[str, Quantity]:
    """A resource list, none of it negative (kubernetes v1.37 validation.go ValidateResourceQuantityValue)."""
    found = part.quantities(key)
    for name, quantity in found.items():
        if quantity.nano < 0:
            said = f'Invalid value: "{quantity.printed}": must be greater than or equal to 0'
            raise part.refusal("api-resource-negative", key, name, said=said)
    return found


def _requests(
    spec: Part,
    asked: list[Asked],
    defaults: Mapping[str, int],
    *,
    completes_whole: bool,
    running: Running | None = None,
) -> Amounts:
    """What a pod asks for. component-helpers resource/helpers.go, PodRequests, v0.37.0.

    Containers and sidecars run together; a plain init container runs beside the sidecars started before it.
    A request of the pod as a whole replaces the sum; overhead comes on top.
    """
    total = _together(asked, defaults)
    if running is not None and running.sums:
        total = _while_resized(total, asked, defaults, running)
    if "resources" in spec:
        whole = _whole(spec.part("resources"), asked, beside_requests=completes_whole)
        total |= running.pod_level(whole) if running and whole else whole
    if "overhead" in spec:
        _add(total, {name: quantity.nano for name, quantity in _amounts(spec, "overhead").items()})
    return _rounded(total)


def _while_resized(wanted: Nano, asked: list[Asked], defaults: Mapping[str, int], running: Running) -> Nano:
    """The largest of three sums, of which an infeasible wish is none."""

    def kept(what: Kept) -> Nano:
        return _together([replace(one, amounts=running.kept(one.part, one.amounts, what)) for one in asked], defaults)

    total = {} if running.is_infeasible else dict(wanted)
    for sum_ in running.whole_pod() or (kept("allocated"), kept("actuated")):
        raise_to(total, sum_)
    return total


def _together(asked: list[Asked], defaults: Mapping[str, int]) -> Nano:
    total: Nano = {}
    sidecars: Nano = {}
    highest: Nano = {}
    for container in asked:
        amounts = {**defaults, **container.amounts}
        if container.role == "container":
            _add(total, amounts)
        elif container.role == "sidecar":
            _add(sidecars, amounts)
            raise_to(highest, sidecars)
        else:
            _add(amounts, sidecars)
            raise_to(highest, amounts)
    _add(total, sidecars)
    raise_to(total, highest)
    return total


def _whole(resources: Part, asked: list[Asked], *, beside_requests: bool) -> Nano:
    """The pod's own requests, completed by what the containers ask for and else by the pod's limits.

    pkg/api/pod/util.go, DefaultPodLevelResources, v1.37.2; before, pkg/apis/core/v1/defaults.go, v1.36.3, where a
    limit had to stand there.
    """
    requests = {name: q.nano for name, q in _amounts(resources, "requests").items()}
    limits = {name: q.nano for name, q in _amounts(resources, "limits").items()}
    if not limits and not (beside_requests and requests):
        return requests
    containers = {name: amount for name, amount in _together(asked, {}).items() if name in (CPU, MEMORY)}
    return {**limits, **containers, **requests}


def _add(total: Nano, more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _rounded(nano: Mapping[str, int]) -> Amounts:
    return {name: -(-amount // (MILLI if name == CPU else NANO)) for name, amount in nano.items()}


def _host_ports(spec: Part, containers: list[Part], init: list[Part]) -> Iterable[tuple[str, str, int]]:
    """Host ports of containers and sidecars; on the host's network each container port is one."""
    on_host = spec.boolean("hostNetwork") or False
    for container in (*containers, *(c for c in init if c.text("restartPolicy") == "Always")):
        for port in container.parts("ports"):
            number = port.integer("hostPort", 0, 65535)
            if not number and on_host:
                number = port.integer("containerPort", 0, 65535)
            if number:
                yield port.text("hostIP") or "0.0.0.0", port.text("protocol") or "TCP", number


def normalized_image(name: str) -> str:
    """A name without a tag means latest.

    pkg/scheduler/framework/plugins/imagelocality/image_locality.go, v1.37.0.
    """
    return f"{name}:latest" if name.rfind(":") <= name.rfind("/") else name


@dataclass(frozen=True, slots=True)
class Own:
    """What a pod's terms take from the pod itself, and whether the scheduler misreads them."""

    namespace: str
    labels: Mapping[str, str]
    forgets_to_clear: bool


def _terms(part: Part, own: Own) -> tuple[PodTerm, ...]:
    return tuple(_term(term, own) for term in part.parts(_REQUIRED))


def _weighted(part: Part, own: Own) -> tuple[Weighted, ...]:
    return tuple((_weight(term), _term(term.part("podAffinityTerm"), own)) for term in part.parts(_PREFERRED))


def _term(part: Part, own: Own) -> PodTerm:
    selector = label_selector(part, "labelSelector")
    if selector is not None:
        same = _own_values(part, "matchLabelKeys", "In", own.labels)
        other = _own_values(part, "mismatchLabelKeys", "NotIn", own.labels)
        selector = selector.and_also([*same, *other])
    named = frozenset(str(item) for item in part.items("namespaces"))
    namespaces = label_selector(part, "namespaceSelector")
    return PodTerm(
        selector=selector,
        topology_key=part.required("topologyKey"),
        namespaces=named if named or namespaces else frozenset({own.namespace}),
        namespace_selector=namespaces,
        forgets_to_clear=own.forgets_to_clear,
    )


def _own_values(part: Part, key: str, operator: str, labels: Mapping[str, str]) -> list[Requirement]:
    names = [str(item) for item in part.items(key)]
    return [Requirement(name, operator, frozenset({labels[name]})) for name in names if name in labels]


def _constraint(part: Part, labels: Mapping[str, str]) -> SpreadConstraint:
    # Without a selector nothing is counted: no label has an empty key.
    selector = label_selector(part, "labelSelector") or Selector((Requirement("", "Exists", frozenset()),))
    return SpreadConstraint(
        max_skew=part.integer("maxSkew") or 1,
        topology_key=part.text("topologyKey"),
        is_hard=part.text("whenUnsatisfiable") == "DoNotSchedule",
        selector=selector.and_also(_own_values(part, "matchLabelKeys", "In", labels)),
        min_domains=part.integer("minDomains", 1) or 1,
        honors_affinity=part.text("nodeAffinityPolicy") != "Ignore",
        honors_taints=part.text("nodeTaintsPolicy") == "Honor",
    )
