"""InterPodAffinity: pods that want to be near others, or away from them, in both directions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from app.record import dataclass
from app.widgets.scheduler_pick.snapshot import Node, Pod, PodTerm

NOT_NEAR = "node(s) didn't match pod affinity rules"
TOO_NEAR = "node(s) didn't match pod anti-affinity rules"
KEPT_AWAY = "node(s) didn't satisfy existing pods anti-affinity rules"
HARD_WEIGHT = 1
"""hardPodAffinityWeight. pkg/scheduler/apis/config/v1/defaults.go, v1.37.0."""

Domains = Counter[tuple[str, str]]


def _matches_all(terms: Sequence[PodTerm], pod: Pod) -> bool:
    return bool(terms) and all(term.matches(pod) for term in terms)


@dataclass(frozen=True)
class AffinityFilter:
    """Counts by topology: what the pod wants near, what it avoids, and who avoids it.

    pkg/scheduler/framework/plugins/interpodaffinity/filtering.go, v1.37.0.
    """

    pod: Pod
    wanted: Domains
    avoided: Domains
    avoiding: Domains

    def refusal(self, node: Node, victims: Sequence[Pod] = ()) -> tuple[str, bool] | None:
        """Why the node will not do, and whether that can't be mended by preemption."""
        gone = affinity_filter(self.pod, [(node, victims)]) if victims else None
        if self.pod.affinity and not self._is_near(node, gone):
            return NOT_NEAR, True
        for term in self.pod.anti_affinity:
            pair = _pair(term, node)
            if pair and self.avoided[pair] - (gone.avoided[pair] if gone else 0) > 0:
                return TOO_NEAR, False
        if self.avoiding:
            for key, value in node.labels.items():
                pair = (key, value)
                if self.avoiding[pair] - (gone.avoiding[pair] if gone else 0) > 0:
                    return KEPT_AWAY, False
        return None

    def _is_near(self, node: Node, gone: "AffinityFilter | None") -> bool:
        """Each term has a matching pod in the node's domain; the first pod of a group may start it
        anywhere.
        """
        pairs = [_pair(term, node) for term in self.pod.affinity]
        if None in pairs:
            return False
        if all(self.wanted[pair] > (gone.wanted[pair] if gone else 0) for pair in pairs if pair):
            return True
        # What is gone was counted, so that nothing is left when both count the same.
        is_first = self._all_wanted == (gone._all_wanted if gone else 0)
        return is_first and _matches_all(self.pod.affinity, self.pod)

    @cached_property
    def _all_wanted(self) -> int:
        return self.wanted.total()


def _pair(term: PodTerm, node: Node) -> tuple[str, str] | None:
    value = node.labels.get(term.topology_key)
    return None if value is None else (term.topology_key, value)


def affinity_filter(pod: Pod, placed: Iterable[tuple[Node, Sequence[Pod]]]) -> AffinityFilter:
    wanted: Domains = Counter()
    avoided: Domains = Counter()
    avoiding: Domains = Counter()
    for node, pods in placed:
        for other in pods:
            if pod.affinity and _matches_all(pod.affinity, other):
                wanted.update(pair for term in pod.affinity if (pair := _pair(term, node)))
            for term in pod.anti_affinity:
                if (pair := _pair(term, node)) and term.matches(other):
                    avoided[pair] += 1
            for term in other.anti_affinity:
                if (pair := _pair(term, node)) and term.matches(pod):
                    avoiding[pair] += 1
    return AffinityFilter(pod, wanted, avoided, avoiding)


def affinity_scores(pod: Pod, nodes: Iterable[Node], scored: Sequence[Node]) -> tuple[list[int], list[int]] | None:
    """Raw and normalised scores; none when no preference touches the pod.

    interpodaffinity/scoring.go, v1.37.0.
    """
    points: Domains = Counter()
    has_preference = bool(pod.preferred_affinity or pod.preferred_anti_affinity)
    for node in nodes:
        for other in node.pods:
            if has_preference or other.has_affinity:
                _tally(points, pod, other, node)
    if not points:
        return None
    raw = [sum(points[pair] for pair in node.labels.items() if pair in points) for node in scored]
    lowest, highest = min(raw, default=0), max(raw, default=0)
    spread = highest - lowest
    # The scheduler divides first, so that 100 × (29 ÷ 100) is 28.999… and becomes 28.
    return raw, [int(100.0 * ((score - lowest) / spread)) if spread else 0 for score in raw]


def _tally(points: Domains, pod: Pod, other: Pod, node: Node) -> None:
    for weight, term in pod.preferred_affinity:
        _score(points, term, weight, other, node)
    for weight, term in pod.preferred_anti_affinity:
        _score(points, term, -weight, other, node)
    for term in other.affinity:
        _score(points, term, HARD_WEIGHT, pod, node)
    for weight, term in other.preferred_affinity:
        _score(points, term, weight, pod, node)
    for weight, term in other.preferred_anti_affinity:
        _score(points, term, -weight, pod, node)


def _score(points: Domains, term: PodTerm, weight: int, matched: Pod, node: Node) -> None:
    if (pair := _pair(term, node)) and term.matches(matched):
        points[pair] += weight
