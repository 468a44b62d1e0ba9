"""PodTopologySpread: counts matching pods by domain; a filter for hard constraints, a score for soft ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from app.kube.selector import untolerated
from app.widgets.scheduler_pick.node_affinity import meets_required
from app.widgets.scheduler_pick.snapshot import HOSTNAME, Node, Pod, SpreadConstraint

MISSING_LABEL = "node(s) didn't match pod topology spread constraints (missing required label)"
NOT_SPREAD = "node(s) didn't match pod topology spread constraints"


def _takes_part(constraint: SpreadConstraint, pod: Pod, node: Node) -> bool:
    """Whether a node's pods count, by the constraint's two inclusion policies.

    podtopologyspread/common.go.
    """
    if constraint.honors_affinity and not meets_required(pod, node):
        return False
    effects = ("NoSchedule", "NoExecute")
    return not (constraint.honors_taints and untolerated(node.taints, pod.tolerations, effects))


def _count(constraint: SpreadConstraint, namespace: str, pods: Iterable[Pod]) -> int:
    """Pods of the namespace that match and are not on their way out. countPodsMatchSelector."""
    return sum(
        pod.namespace == namespace and not pod.is_terminating and constraint.selector.matches(pod.labels)
        for pod in pods
    )


@dataclass(frozen=True)
class SpreadFilter:
    """Matching pods by domain, for each hard constraint. podtopologyspread/filtering.go, v1.37.0."""

    pod: Pod
    constraints: tuple[SpreadConstraint, ...]
    counts: tuple[dict[str, int], ...]

    def refusal(self, node: Node, victims: Sequence[Pod] = ()) -> tuple[str, bool] | None:
        """Why the node will not do, and whether that can't be mended by preemption."""
        for constraint, counts in zip(self.constraints, self.counts, strict=True):
            domain = node.labels.get(constraint.topology_key)
            if domain is None:
                return MISSING_LABEL, True
            counted = bool(victims) and _takes_part(constraint, self.pod, node)
            gone = _count(constraint, self.pod.namespace, victims) if counted else 0
            here = counts.get(domain, 0) - gone
            lowest = 0
            if len(counts) >= constraint.min_domains:
                lowest = min((n - gone if name == domain else n for name, n in counts.items()), default=0)
            itself = constraint.selector.matches(self.pod.labels)
            if here + itself - lowest > constraint.max_skew:
                return NOT_SPREAD, False
        return None


def spread_filter(pod: Pod, nodes: Iterable[Node]) -> SpreadFilter:
    constraints = tuple(c for c in pod.spread if c.is_hard)
    counts: tuple[dict[str, int], ...] = tuple({} for _ in constraints)
    for node in nodes if constraints else ():
        if any(c.topology_key not in node.labels for c in constraints):
            continue
        for constraint, by_domain in zip(constraints, counts, strict=True):
            if _takes_part(constraint, pod, node):
                domain = node.labels[constraint.topology_key]
                by_domain[domain] = by_domain.get(domain, 0) + _count(constraint, pod.namespace, node.pods)
    return SpreadFilter(pod, constraints, counts)


def spread_scores(pod: Pod, nodes: Sequence[Node], scored: Sequence[Node]) -> tuple[list[int], list[int]] | None:
    """Raw and normalised scores of soft constraints; none without any.

    podtopologyspread/scoring.go, v1.37.0.
    """
    constraints = [c for c in pod.spread if not c.is_hard]
    if not constraints:
        return None
    complete = [n for n in scored if all(c.topology_key in n.labels for c in constraints)]
    is_complete = {id(n) for n in complete}
    tables = [_domains(c, pod, nodes, complete, constraints) for c in constraints]
    weights = [log(_size(c, table, complete) + 2) for c, table in zip(constraints, tables, strict=True)]
    raw = []
    for node in scored:
        points = 0.0
        if id(node) in is_complete:
            for constraint, table, weight in zip(constraints, tables, weights, strict=True):
                points += _matching(constraint, table, pod, node) * weight + (constraint.max_skew - 1)
        raw.append(int(points + 0.5))
    known = [score for node, score in zip(scored, raw, strict=True) if id(node) in is_complete]
    lowest, highest = min(known, default=0), max(known, default=0)
    normal = [
        0 if id(node) not in is_complete else 100 if highest == 0 else 100 * (highest + lowest - score) // highest
        for node, score in zip(scored, raw, strict=True)
    ]
    return raw, normal


def _domains(
    constraint: SpreadConstraint,
    pod: Pod,
    nodes: Iterable[Node],
    complete: Iterable[Node],
    constraints: Sequence[SpreadConstraint],
) -> dict[str, int]:
    """Matching pods in every domain that a scored node belongs to; for hostnames each node counts its own."""
    if constraint.topology_key == HOSTNAME:
        return {}
    table = {node.labels[constraint.topology_key]: 0 for node in complete}
    for node in nodes:
        domain = node.labels.get(constraint.topology_key)
        if domain not in table or any(c.topology_key not in node.labels for c in constraints):
            continue
        if _takes_part(constraint, pod, node):
            table[domain] += _count(constraint, pod.namespace, node.pods)
    return table


def _size(constraint: SpreadConstraint, table: dict[str, int], complete: Sequence[Node]) -> int:
    return len(complete) if constraint.topology_key == HOSTNAME else len(table)


def _matching(constraint: SpreadConstraint, table: dict[str, int], pod: Pod, node: Node) -> int:
    if constraint.topology_key == HOSTNAME:
        return _count(constraint, pod.namespace, node.pods)
    return table[node.labels[constraint.topology_key]]
