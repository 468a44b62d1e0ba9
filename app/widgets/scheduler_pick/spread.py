"""PodTopologySpread: counts matching pods by domain; a filter for hard constraints, a score for soft ones."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest
from math import log
from operator import itemgetter

from app.kube.selector import untolerated
from app.record import dataclass
from app.widgets.scheduler_pick.node_affinity import meets_required
from app.widgets.scheduler_pick.snapshot import HOSTNAME, Node, Pod, SpreadConstraint

MISSING_LABEL = "node(s) didn't match pod topology spread constraints (missing required label)"
NOT_SPREAD = "node(s) didn't match pod topology spread constraints"


@dataclass(frozen=True, slots=True)
class Eligible:
    """What the two inclusion policies ask of a node: that the pod may go there, and that it tolerates its taints."""

    by_affinity: bool
    by_taints: bool

    def takes_part(self, constraint: SpreadConstraint) -> bool:
        """Whether the node's pods count. podtopologyspread/common.go."""
        return (self.by_affinity or not constraint.honors_affinity) and (self.by_taints or not constraint.honors_taints)


def eligible(pod: Pod, node: Node) -> Eligible:
    effects = ("NoSchedule", "NoExecute")
    return Eligible(meets_required(pod, node), untolerated(node.taints, pod.tolerations, effects) is None)


def _count(constraint: SpreadConstraint, namespace: str, pods: Iterable[Pod]) -> int:
    """Pods of the namespace that match and are not on their way out. countPodsMatchSelector."""
    return sum(
        pod.namespace == namespace and not pod.is_terminating and constraint.selector.matches(pod.labels)
        for pod in pods
    )


Critical = tuple[tuple[str, int], ...]
"""The two domains with the fewest matching pods, the fewest first; fewer when there are no two."""


def critical_paths(counts: Mapping[str, int]) -> Critical:
    """What the minimum over all domains can be told from, also when pods of one of them are gone.

    podtopologyspread/filtering.go, criticalPaths, v1.37.0.
    """
    return tuple(nsmallest(2, counts.items(), key=itemgetter(1)))


def lowest_count(critical: Critical, domain: str, here: int) -> int:
    """The fewest matching pods of any domain, when those of one domain have become `here`."""
    return min([here, *(count for name, count in critical if name != domain)])


@dataclass(frozen=True)
class SpreadFilter:
    """Matching pods by domain, for each hard constraint. podtopologyspread/filtering.go, v1.37.0."""

    pod: Pod
    constraints: tuple[SpreadConstraint, ...]
    counts: tuple[dict[str, int], ...]
    critical: tuple[Critical, ...]
    itself: tuple[int, ...]
    """Whether the pod matches its own constraints."""

    def refusal(self, node: Node, victims: Sequence[Pod] = ()) -> tuple[str, bool] | None:
        """Why the node will not do, and whether that can't be mended by preemption."""
        may_go = eligible(self.pod, node) if victims and self.constraints else None
        for constraint, counts, critical, itself in zip(
            self.constraints, self.counts, self.critical, self.itself, strict=True
        ):
            domain = node.labels.get(constraint.topology_key)
            if domain is None:
                return MISSING_LABEL, True
            counted = may_go is not None and may_go.takes_part(constraint)
            gone = _count(constraint, self.pod.namespace, victims) if counted else 0
            here = counts.get(domain, 0) - gone
            lowest = 0
            if len(counts) >= constraint.min_domains:
                changed = gone and domain in counts
                lowest = lowest_count(critical, domain, here) if changed else critical[0][1]
            if here + itself - lowest > constraint.max_skew:
                return NOT_SPREAD, False
        return None


def spread_filter(pod: Pod, nodes: Iterable[Node]) -> SpreadFilter:
    constraints = tuple(c for c in pod.spread if c.is_hard)
    counts: tuple[dict[str, int], ...] = tuple({} for _ in constraints)
    for node in nodes if constraints else ():
        if any(c.topology_key not in node.labels for c in constraints):
            continue
        may_go = eligible(pod, node)
        for constraint, by_domain in zip(constraints, counts, strict=True):
            if may_go.takes_part(constraint):
                domain = node.labels[constraint.topology_key]
                by_domain[domain] = by_domain.get(domain, 0) + _count(constraint, pod.namespace, node.pods)
    itself = tuple(int(c.selector.matches(pod.labels)) for c in constraints)
    return SpreadFilter(pod, constraints, counts, tuple(map(critical_paths, counts)), itself)


def spread_scores(pod: Pod, nodes: Sequence[Node], scored: Sequence[Node]) -> tuple[list[int], list[int]] | None:
    """Raw and normalised scores of soft constraints; none without any.

    podtopologyspread/scoring.go, v1.37.0.
    """
    constraints = [c for c in pod.spread if not c.is_hard]
    if not constraints:
        return None
    keys = {c.topology_key for c in constraints}
    complete = [n for n in scored if keys <= n.labels.keys()]
    is_complete = {id(n) for n in complete}
    whole = [(n, eligible(pod, n)) for n in nodes if keys <= n.labels.keys()]
    tables = [_domains(c, pod, whole, complete) for c in constraints]
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
    constraint: SpreadConstraint, pod: Pod, whole: Iterable[tuple[Node, Eligible]], complete: Iterable[Node]
) -> dict[str, int]:
    """Matching pods in every domain that a scored node belongs to; for hostnames each node counts its own."""
    if constraint.topology_key == HOSTNAME:
        return {}
    table = {node.labels[constraint.topology_key]: 0 for node in complete}
    for node, may_go in whole:
        domain = node.labels[constraint.topology_key]
        if domain in table and may_go.takes_part(constraint):
            table[domain] += _count(constraint, pod.namespace, node.pods)
    return table


def _size(constraint: SpreadConstraint, table: dict[str, int], complete: Sequence[Node]) -> int:
    return len(complete) if constraint.topology_key == HOSTNAME else len(table)


def _matching(constraint: SpreadConstraint, table: dict[str, int], pod: Pod, node: Node) -> int:
    if constraint.topology_key == HOSTNAME:
        return _count(constraint, pod.namespace, node.pods)
    return table[node.labels[constraint.topology_key]]
