"""NodeAffinity: nodeSelector, required and preferred terms."""

from app.widgets.scheduler_pick.snapshot import Node, Pod


def meets_required(pod: Pod, node: Node) -> bool:
    """All of nodeSelector, and one of the required terms. component-helpers nodeaffinity.go, v0.37.0."""
    if any(node.labels.get(key) != value for key, value in pod.node_selector.items()):
        return False
    return pod.node_terms is None or any(term.matches(node.labels, node.name) for term in pod.node_terms)


def only_names(pod: Pod) -> frozenset[str] | None:
    """The nodes that the required terms name, when all of them do so; null: any node.

    node_affinity.go, PreFilter.
    """
    if not pod.node_terms:
        return None
    names: set[str] = set()
    for term in pod.node_terms:
        if term.names is None:
            return None
        names |= term.names
    return frozenset(names)


def preference(pod: Pod, node: Node) -> int:
    """The weights of the preferred terms that match; an empty term does not count.

    node_affinity.go, Score.
    """
    return sum(weight for weight, term in pod.preferred_nodes if term.matches(node.labels, node.name))
