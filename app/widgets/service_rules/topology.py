"""Which endpoints a node uses: by readiness, traffic policy and topology hints."""

from collections.abc import Sequence, Set
from typing import Literal

from app.record import dataclass
from app.widgets.service_rules.service import Endpoint, ServicePort

Mode = Literal["", "PreferSameZone", "PreferSameNode"]
Fate = Literal["used", "not-ready", "terminating", "other-zone", "other-node", "not-local"]


@dataclass(frozen=True)
class Node:
    """The node whose kube-proxy is asked."""

    name: str
    zone: str


@dataclass(frozen=True)
class Choice:
    """What is used for traffic policy Cluster and Local; `reachable` is both together."""

    cluster: tuple[Endpoint, ...]
    local: tuple[Endpoint, ...]
    reachable: tuple[Endpoint, ...]
    has_any: bool
    mode: Mode

    def internal(self, port: ServicePort) -> tuple[Endpoint, ...]:
        return self.local if port.internal_local else self.cluster

    def external(self, port: ServicePort) -> tuple[Endpoint, ...]:
        return self.local if port.external_local else self.cluster


def categorize(endpoints: Sequence[Endpoint], port: ServicePort, node: Node) -> Choice:
    """Ready endpoints, or else those that still serve while terminating. pkg/proxy/topology.go, v1.37.0."""
    cluster: tuple[Endpoint, ...] = ()
    local: tuple[Endpoint, ...] = ()
    mode: Mode = ""
    if port.uses_cluster_endpoints:
        mode = topology_mode(endpoints, node)
        ready = tuple(e for e in endpoints if e.ready and _is_near(e, mode, node))
        cluster = ready or tuple(e for e in endpoints if e.serving and e.terminating)
    has_any = bool(cluster)
    if port.uses_local_endpoints:
        has_any = any(e.ready or (e.serving and e.terminating) for e in endpoints)
        own = [e for e in endpoints if e.is_local]
        local = tuple(e for e in own if e.ready) or tuple(e for e in own if e.serving and e.terminating)
    either = {e.address for e in (*cluster, *local)}
    return Choice(cluster, local, tuple(e for e in endpoints if e.address in either), has_any, mode)


def topology_mode(endpoints: Sequence[Endpoint], node: Node) -> Mode:
    """Hints count only when every ready endpoint has one and at least one is for this node or zone."""
    ready = [e for e in endpoints if e.ready]
    if not ready:
        return ""
    if all(e.node_hints for e in ready) and any(node.name in e.node_hints for e in ready):
        return "PreferSameNode"
    if all(e.zone_hints for e in ready) and any(node.zone in e.zone_hints for e in ready):
        return "PreferSameZone"
    return ""


def _is_near(endpoint: Endpoint, mode: Mode, node: Node) -> bool:
    if mode == "PreferSameNode":
        return node.name in endpoint.node_hints
    return mode == "" or node.zone in endpoint.zone_hints


def fate(endpoint: Endpoint, used: Set[str], mode: Mode, *, is_local_policy: bool) -> Fate:
    """Why an endpoint gets no traffic, or that it does; `used` are the addresses that do."""
    if endpoint.address in used:
        return "used"
    if not endpoint.ready:
        return "terminating" if endpoint.terminating else "not-ready"
    if is_local_policy:
        return "not-local"
    return "other-node" if mode == "PreferSameNode" else "other-zone"
