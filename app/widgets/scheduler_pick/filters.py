"""The filters in the scheduler's order: the first that refuses a node ends the matter."""

from collections.abc import Iterator, Sequence

from app.kube.selector import Taint, untolerated
from app.record import dataclass
from app.widgets.scheduler_pick.node_affinity import meets_required, only_names
from app.widgets.scheduler_pick.pod_affinity import AffinityFilter, affinity_filter
from app.widgets.scheduler_pick.snapshot import CPU, MEMORY, PODS, STORAGE, Node, Pod, is_scalar
from app.widgets.scheduler_pick.spread import SpreadFilter, spread_filter

UNSCHEDULABLE = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
KEEPING_OUT = ("NoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True)
class Shortage:
    """A resource of which the node has too little left."""

    resource: str
    asked: int
    used: int
    capacity: int

    @property
    def reason(self) -> str:
        return "Too many pods" if self.resource == PODS else f"Insufficient {self.resource}"


@dataclass(frozen=True, slots=True)
class Refused:
    """What kept a node out. `is_final`: not even preemption could help (UnschedulableAndUnresolvable)."""

    plugin: str
    reasons: tuple[str, ...]
    is_final: bool
    short: tuple[Shortage, ...] = ()


@dataclass(frozen=True)
class Filters:
    """All filters for one pod, with what they count over the whole cluster."""

    pod: Pod
    names: frozenset[str] | None
    spread: SpreadFilter
    affinity: AffinityFilter
    says_taint: bool
    """Whether the message names the taint, as it did before 1.35."""

    def refuse(self, node: Node, victims: Sequence[Pod] = ()) -> Refused | None:
        """The first filter's refusal, the `victims` among the node's pods counted as gone already.

        The order is that of pkg/scheduler/apis/config/v1/default_plugins.go, v1.37.0.
        """
        if self.names is not None and node.name not in self.names:
            return Refused("NodeAffinity", ("node(s) didn't satisfy plugin(s) [NodeAffinity]",), True)
        return next(self._refusals(node, victims), None)

    def _refusals(self, node: Node, victims: Sequence[Pod]) -> Iterator[Refused]:
        pod = self.pod
        if node.unschedulable and untolerated([UNSCHEDULABLE], pod.tolerations, KEEPING_OUT):
            yield Refused("NodeUnschedulable", ("node(s) were unschedulable",), True)
        if pod.node_name and pod.node_name != node.name:
            yield Refused("NodeName", ("node(s) didn't match the requested node name",), True)
        if taint := untolerated(node.taints, pod.tolerations, KEEPING_OUT):
            text = f"taint {{{taint.key}: {taint.value}}}" if self.says_taint else "taint(s)"
            yield Refused("TaintToleration", (f"node(s) had untolerated {text}",), True)
        if not meets_required(pod, node):
            yield Refused("NodeAffinity", ("node(s) didn't match Pod's node affinity/selector",), True)
        if _ports_clash(pod, node):
            reason = "node(s) didn't have free ports for the requested pod ports"
            yield Refused("NodePorts", (reason,), False)
        if short := shortages(pod, node):
            is_final = any(s.asked > s.capacity for s in short if s.resource != PODS)
            yield Refused("NodeResourcesFit", tuple(s.reason for s in short), is_final, tuple(short))
        for plugin, refusal in (
            ("PodTopologySpread", self.spread.refusal(node, victims)),
            ("InterPodAffinity", self.affinity.refusal(node, victims)),
        ):
            if refusal:
                yield Refused(plugin, (refusal[0],), refusal[1])


def filters_for(pod: Pod, nodes: Sequence[Node], *, says_taint: bool) -> Filters:
    return Filters(
        pod=pod,
        names=only_names(pod),
        spread=spread_filter(pod, nodes),
        affinity=affinity_filter(pod, [(node, node.pods) for node in nodes]),
        says_taint=says_taint,
    )


def shortages(pod: Pod, node: Node) -> list[Shortage]:
    """Every resource that does not fit. noderesources/fit.go, fitsRequest, v1.37.0."""
    found = []
    allowed = node.allocatable.get(PODS, 0)
    if len(node.pods) + 1 > allowed:
        found.append(Shortage(PODS, 1, len(node.pods), allowed))
    for resource in (CPU, MEMORY, STORAGE, *sorted(filter(is_scalar, pod.requests))):
        asked, used = pod.requests.get(resource, 0), node.requested.get(resource, 0)
        capacity = node.allocatable.get(resource, 0)
        if asked > 0 and asked > capacity - used:
            found.append(Shortage(resource, asked, used, capacity))
    return found


def _ports_clash(pod: Pod, node: Node) -> bool:
    """The same port and protocol on the same address, or on all addresses.

    framework/types.go, HostPortInfo.
    """
    if not pod.ports:
        return False
    taken = {(protocol, port, ip) for other in node.pods for ip, protocol, port in other.ports}
    used = {(protocol, port) for protocol, port, _ in taken}
    for ip, protocol, port in pod.ports:
        everywhere = ip == "0.0.0.0" and (protocol, port) in used
        if everywhere or (protocol, port, ip) in taken or (protocol, port, "0.0.0.0") in taken:
            return True
    return False
