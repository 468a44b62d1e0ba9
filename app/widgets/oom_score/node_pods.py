"""Which pods of a whole cluster are on the node that is shown, and why the others are left out."""

from collections import Counter
from collections.abc import Sequence

from app.kube.paste.part import Document
from app.kube.paste.passed import PassedOver, Reason, pass_over
from app.kube.paste.pods import POD_KINDS, PodObject, pods
from app.kube.refusal import Refusal
from app.listed import Listed
from app.record import dataclass

APPLIED = ("PriorityClass", "LimitRange")
"""Kinds that are no pods and yet are used."""

NAMED = 10
"""Nodes that a refusal names."""


@dataclass(frozen=True, slots=True)
class OnNode:
    """The pods of one node. `node` is its name, empty when no pod says where it runs."""

    node: str
    nodes: tuple[str, ...]
    pods: list[PodObject]
    passed_over: tuple[PassedOver, ...]


def pods_of_node(documents: Sequence[Document], wanted: str, field: str) -> OnNode:
    """The pods that run on the node that is wanted, by default the one with most of them.

    A pod that names no node and is not Pending is taken to be there: that is how a manifest is tried.
    """
    found = list(pods(documents, field=field))
    owned = _owned(found)
    kept, passed = [], []
    for document in documents:
        if document.kind not in POD_KINDS and document.kind not in APPLIED:
            passed.append(pass_over(document, "other-kind"))
    for source in found:
        reason = _reason(source, owned)
        if reason:
            passed.append(pass_over(source.root.document, reason))
        else:
            kept.append(source)
    counts = Counter(source.node for source in kept if source.node)
    node = _choose(counts, wanted.strip())
    here = [source for source in kept if source.node in ("", node)]
    passed += [pass_over(source.root.document, "other-node") for source in kept if source.node not in ("", node)]
    if not here:
        raise Refusal("oom-nobody", field=field, count=len(passed), kinds=Listed(_kinds(passed)))
    return OnNode(node, tuple(sorted(counts)), here, tuple(passed))


def _kinds(passed: Sequence[PassedOver]) -> list[str]:
    return sorted({one.kind for one in passed})


def _owned(found: Sequence[PodObject]) -> set[tuple[str, str, str]]:
    """Controllers whose pods are listed themselves: through a ReplicaSet also its Deployment."""
    owned = {owner for source in found if source.kind == "Pod" for owner in source.owners}
    between = [source for source in found if (source.kind, source.namespace, source.name) in owned]
    return owned | {owner for source in between for owner in source.owners}


def _reason(source: PodObject, owned: set[tuple[str, str, str]]) -> Reason | None:
    """Why nothing of it runs on any node, or is counted elsewhere."""
    if source.has_ended:
        return "finished"
    if source.replicas == 0:
        return "no-replicas"
    if source.kind != "Pod":
        return "its-pods" if (source.kind, source.namespace, source.name) in owned else None
    return "pending" if source.phase == "Pending" and not source.node else None


def _choose(counts: Counter[str], wanted: str) -> str:
    """The node that is wanted; else the one with most pods, of several the one that stands first."""
    if not wanted:
        return counts.most_common(1)[0][0] if counts else ""
    if counts and wanted not in counts:
        names = Listed(name for name, _ in counts.most_common(NAMED))
        raise Refusal("oom-node", field="node", node=wanted[:253], names=names)
    return wanted
