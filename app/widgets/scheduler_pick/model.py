"""One scheduling cycle: filter the nodes, score them, pick; or say why none will do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from app.kube.selector import untolerated
from app.record import dataclass
from app.widgets.scheduler_pick.filters import Filters, Refused, filters_for
from app.widgets.scheduler_pick.node_affinity import preference
from app.widgets.scheduler_pick.pod_affinity import affinity_scores
from app.widgets.scheduler_pick.resources import Balance, Shape, Strategy, Use, balance, fit_score
from app.widgets.scheduler_pick.snapshot import Node, Pod
from app.widgets.scheduler_pick.spread import spread_scores

WEIGHTS: Mapping[str, int] = {
    "TaintToleration": 3,
    "NodeAffinity": 2,
    "PodTopologySpread": 2,
    "InterPodAffinity": 2,
    "NodeResourcesFit": 1,
    "NodeResourcesBalancedAllocation": 1,
    "ImageLocality": 1,
}
"""pkg/scheduler/apis/config/v1/default_plugins.go, v1.37.0."""

MIB = 1 << 20
SMALLEST_IMAGE, LARGEST_IMAGE = 23 * MIB, 1000 * MIB

Preemption = Literal["not-needed", "helps", "no-help", "never"]


@dataclass(frozen=True)
class Rules:
    """How the scheduler is set up; `minor` is the Kubernetes version 1.minor."""

    strategy: Strategy
    weights: Mapping[str, int]
    shape: Shape
    minor: int


@dataclass(frozen=True, slots=True)
class PluginScore:
    """`raw` as the plugin gives it, `score` normalised to 0…100. Skipped: the plugin has nothing to say."""

    raw: int
    score: int
    weight: int
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """One node's way through the cycle."""

    name: str
    refused: Refused | None
    scores: Mapping[str, PluginScore]
    uses: tuple[Use, ...]
    balance: Balance | None
    total: int | None


@dataclass(frozen=True)
class Cycle:
    """The outcome of one cycle.

    `chosen` are all that share the highest total; the scheduler draws one of them.
    """

    nodes: tuple[Judged, ...]
    chosen: tuple[str, ...]
    message: str
    preemption: Preemption
    nodes_to_find: int


def schedule(pod: Pod, nodes: Sequence[Node], rules: Rules, *, score_infeasible: bool) -> Cycle:
    filters = filters_for(pod, nodes, says_taint=rules.minor < 35)
    refusals = [filters.refuse(node) for node in nodes]
    feasible = [node for node, refused in zip(nodes, refusals, strict=True) if refused is None]
    scored = nodes if score_infeasible else feasible
    found = _score_all(pod, nodes, scored, rules)
    judged = tuple(_judged(node, refused, found.get(node.name)) for node, refused in zip(nodes, refusals, strict=True))
    best = max((j.total for j in judged if j.refused is None and j.total is not None), default=None)
    message, preemption = _failure(filters, nodes, refusals, rules)
    return Cycle(
        nodes=judged,
        chosen=tuple(j.name for j in judged if j.refused is None and j.total == best),
        message=message,
        preemption=preemption,
        nodes_to_find=nodes_to_find(len(nodes)),
    )


def _judged(node: Node, refused: Refused | None, found: "Scored | None") -> Judged:
    if found is None:
        return Judged(node.name, refused, {}, (), None, None)
    return Judged(
        node.name,
        refused,
        found.scores,
        found.uses,
        found.balance,
        sum(score.score * score.weight for score in found.scores.values()),
    )


def nodes_to_find(count: int) -> int:
    """How many feasible nodes end the search.

    pkg/scheduler/schedule_one.go, numFeasibleNodesToFind, v1.37.0.
    """
    if count < 100:
        return count
    percentage = max(5, 50 - count // 125)
    return max(100, count * percentage // 100)


@dataclass(frozen=True, slots=True)
class Scored:
    scores: Mapping[str, PluginScore]
    uses: tuple[Use, ...]
    balance: Balance | None


def _score_all(pod: Pod, nodes: Sequence[Node], scored: Sequence[Node], rules: Rules) -> dict[str, Scored]:
    taints = [soft_taints(pod, node) for node in scored]
    preferred = [preference(pod, node) for node in scored]
    spread = spread_scores(pod, nodes, scored)
    near = affinity_scores(pod, nodes, scored)
    images = image_scores(pod, nodes, scored)
    nothing = [0] * len(scored)
    columns = {
        "TaintToleration": (taints, _normal(taints, reverse=True), False),
        "NodeAffinity": (preferred, _normal(preferred), not pod.preferred_nodes),
        "PodTopologySpread": (*(spread or (nothing, nothing)), spread is None),
        "InterPodAffinity": (*(near or (nothing, nothing)), near is None),
    }
    found = {}
    for i, node in enumerate(scored):
        fit, uses = fit_score(pod, node, rules.strategy, rules.weights, rules.shape)
        even = balance(pod, node, list(rules.weights), by_change=rules.minor >= 36)
        scores = {
            plugin: PluginScore(raw[i], normal[i], WEIGHTS[plugin], skipped)
            for plugin, (raw, normal, skipped) in columns.items()
        }
        points = even.score if even else 0
        scores["NodeResourcesFit"] = PluginScore(fit, fit, WEIGHTS["NodeResourcesFit"])
        name = "NodeResourcesBalancedAllocation"
        scores[name] = PluginScore(points, points, WEIGHTS[name], even is None)
        scores["ImageLocality"] = PluginScore(images[i], images[i], WEIGHTS["ImageLocality"])
        found[node.name] = Scored(scores, uses, even)
    return found


def _normal(raw: Sequence[int], *, reverse: bool = False) -> list[int]:
    """To 0…100 by the highest. plugins/helper/normalize_score.go, DefaultNormalizeScore, v1.37.0."""
    highest = max(raw, default=0)
    scores = [score * 100 // highest if highest else 0 for score in raw]
    return [100 - score for score in scores] if reverse else scores


def soft_taints(pod: Pod, node: Node) -> int:
    """PreferNoSchedule taints that nothing tolerates. tainttoleration/taint_toleration.go, v1.37.0."""
    return sum(untolerated([taint], pod.tolerations, ("PreferNoSchedule",)) is not None for taint in node.taints)


def image_scores(pod: Pod, nodes: Sequence[Node], scored: Sequence[Node]) -> list[int]:
    """Sizes of the pod's images that a node has, scaled by how many nodes have them; then 0…100.

    One name has one size in the whole cluster: the one that the first node with it reported.
    pkg/scheduler/framework/plugins/imagelocality/image_locality.go and backend/cache/cache.go, addNodeImageStates,
    v1.37.0.
    """
    wanted = set(pod.images)
    holders = Counter(name for node in nodes for name in wanted.intersection(node.images))
    sizes = {name: size for node in reversed(nodes) for name, size in node.images.items() if name in wanted}
    largest = LARGEST_IMAGE * len(pod.images)
    found = []
    for node in scored:
        total = 0
        for name in pod.images:
            if name in node.images:
                total += int(float(sizes[name]) * (holders[name] / len(nodes)))
        total = min(max(total, SMALLEST_IMAGE), largest) if largest else SMALLEST_IMAGE
        found.append(100 * (total - SMALLEST_IMAGE) // (largest - SMALLEST_IMAGE) if largest else 0)
    return found


def _failure(
    filters: Filters, nodes: Sequence[Node], refusals: Sequence[Refused | None], rules: Rules
) -> tuple[str, Preemption]:
    """The FailedScheduling message. pkg/scheduler/framework/types.go, FitError.Error, v1.37.0."""
    if any(refused is None for refused in refusals):
        return "", "not-needed"
    if not nodes:
        return "no nodes available to schedule pods", "no-help"
    reasons = [reason for refused in refusals if refused for reason in refused.reasons]
    start = _histogram(reasons, len(nodes))
    if filters.names is not None and not filters.names:
        start = f"0/{len(nodes)} nodes are available: pod affinity terms conflict."
    preemption, after = preempt(filters, nodes, refusals, says_where=rules.minor >= 37)
    # DynamicResources spoke up as well while it was on by default and not yet silenced (PR 140222).
    claims = "no new claims to deallocate, " if after and 34 <= rules.minor <= 36 else ""
    return f"{start} {claims}{after}".strip(), preemption


def _histogram(reasons: Sequence[str], count: int) -> str:
    """Reasons counted, sorted as text: `10 x` stands before `3 y`."""
    counted = sorted(f"{times} {reason}" for reason, times in Counter(reasons).items())
    return f"0/{count} nodes are available: {', '.join(counted)}." if counted else f"0/{count} nodes are available."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node on which removing these pods makes room."""

    node: str
    victims: tuple[Pod, ...]

    @property
    def loss(self) -> tuple[int, int, int]:
        """The highest priority among the victims, the sum of all, their number: the least is taken.

        framework/preemption/preemption.go, pickOneNodeForPreemption, v1.37.2.
        """
        priorities = [victim.priority for victim in self.victims]
        return max(priorities), sum(priority + 2**31 for priority in priorities), len(priorities)


def preempt(
    filters: Filters, nodes: Sequence[Node], refusals: Sequence[Refused | None], *, says_where: bool
) -> tuple[Preemption, str]:
    """Whether removing pods of lower priority would make room somewhere, and what is said of it.

    `says_where`: since 1.37 the message names the node that is cleared and counts the victims.
    pkg/scheduler/framework/preemption/preemption.go and defaultpreemption/default_preemption.go, v1.37.2.
    """
    pod = filters.pod
    if not pod.may_preempt:
        return "never", "preemption: not eligible due to preemptionPolicy=Never."
    reasons: list[str] = []
    candidates = []
    for node, refused in zip(nodes, refusals, strict=True):
        if refused is None or refused.is_final:
            reasons.append("Preemption is not helpful for scheduling")
            continue
        victims = [other for other in node.pods if other.priority < pod.priority]
        if not victims:
            reasons.append("No preemption victims found for incoming pod")
            continue
        still = filters.refuse(node.without(victims), victims)
        if still is None:
            candidates.append(Candidate(node.name, _needed(filters, node, victims)))
        else:
            reasons += still.reasons
    if not candidates:
        return "no-help", f"preemption: {_histogram(reasons, len(nodes))}"
    best = min(candidates, key=lambda candidate: candidate.loss)
    where = f"found a potential placement for pod on node {best.node}, preempting {len(best.victims)} victims"
    return "helps", f"preemption: {where}" if says_where else ""


def _needed(filters: Filters, node: Node, victims: Sequence[Pod]) -> tuple[Pod, ...]:
    """The victims that cannot be spared: each, from the highest priority down, stays if the pod still fits."""
    gone = list(victims)
    for victim in sorted(victims, key=lambda pod: -pod.priority):
        rest = [other for other in gone if other is not victim]
        if filters.refuse(node.without(rest), rest) is None:
            gone = rest
    return tuple(gone)
