"""How much a cycle has to compare, so that what would take minutes is refused before it begins."""

from collections.abc import Iterable, Sequence

from app.kube.refusal import Refusal
from app.kube.selector import NodeTerm
from app.widgets.scheduler_pick.snapshot import Node, Pod, PodTerm

WORK_LIMIT = 4_000_000
"""Comparisons of one cycle, most of which take a tenth to a fifth of a microsecond. 5,000 nodes with 10,000 pods and a
pod with some constraints need half a million."""

PER_CONSTRAINT = 8
"""What a node and a spread constraint cost, in comparisons."""
PER_AMOUNT = 12
"""What a node and a resource cost."""


def check_work(pod: Pod, nodes: Sequence[Node]) -> None:
    """Refusal when this is too much to work out while somebody waits."""
    work = work_of(pod, nodes)
    if work > WORK_LIMIT:
        raise Refusal(
            "pick-work",
            field="pod",
            work=work,
            limit=WORK_LIMIT,
            terms=_terms_of(pod),
            nodes=len(nodes),
            pods=sum(len(node.pods) for node in nodes),
        )


def work_of(pod: Pod, nodes: Sequence[Node]) -> int:
    """Comparisons of labels, taints, ports and amounts that one cycle makes at most, preemption included."""
    bound = [other for node in nodes for other in node.pods]
    taints = sum(len(node.taints) for node in nodes)
    constraints = len(pod.spread)
    # Of every node: whether its own labels and taints do, once for the filters and once again for preemption; how many
    # count in its domain; what is left of each resource.
    own = len(pod.node_selector) + _size(pod.node_terms or ()) + len(pod.ports) + len(pod.images)
    preferred = 2 * _size(term for _, term in pod.preferred_nodes)
    of_nodes = len(nodes) * (2 * own + PER_AMOUNT * len(pod.requests) + PER_CONSTRAINT * constraints + preferred)
    of_taints = 5 * taints * (1 + len(pod.tolerations))
    # Of every bound pod: whether it is one that each of the pod's terms speaks of, and the pod one of its own.
    selectors = sum(1 + len(c.selector.requirements) for c in pod.spread)
    of_pods = 2 * len(bound) * (selectors + _near(pod)) + 2 * sum(map(_near, bound))
    return of_nodes + of_taints + of_pods


def _size(terms: Iterable[NodeTerm]) -> int:
    return sum(1 + len(term.expressions) + len(term.fields) for term in terms)


def _near(pod: Pod) -> int:
    """What all (anti-)affinity terms of a pod compare with another one."""
    required = sum(map(_compared, (*pod.affinity, *pod.anti_affinity)))
    return required + sum(_compared(term) for _, term in (*pod.preferred_affinity, *pod.preferred_anti_affinity))


def _compared(term: PodTerm) -> int:
    selectors = [selector for selector in (term.selector, term.namespace_selector) if selector]
    return 2 + sum(len(selector.requirements) for selector in selectors)


def _terms_of(pod: Pod) -> int:
    """What the pod itself asks of its place, as a reader would count it."""
    near = (pod.affinity, pod.anti_affinity, pod.preferred_affinity, pod.preferred_anti_affinity)
    return (
        sum(map(len, near))
        + len(pod.spread)
        + len(pod.node_terms or ())
        + len(pod.preferred_nodes)
        + len(pod.node_selector)
        + len(pod.tolerations)
    )
