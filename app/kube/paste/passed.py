"""What a room does not take from a file or a List, and why: said, never refused."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from app.kube.paste.part import Document
from app.listed import Listed
from app.record import dataclass

Reason = Literal[
    "finished",
    "no-replicas",
    "other-node",
    "pending",
    "other-kind",
    "its-pods",
    "other-service",
    "no-service-name",
    "one-is-enough",
]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An object that was read and left aside."""

    kind: str
    namespace: str
    name: str
    reason: Reason


class Group(NamedTuple):
    """Objects left aside for one reason, of one kind: how many, and the first of them by name."""

    reason: Reason
    kind: str
    number: int
    names: str


CLUSTER_WIDE = frozenset(
    {
        *("Node", "Namespace", "PersistentVolume", "StorageClass", "PriorityClass", "RuntimeClass", "IngressClass"),
        *("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "APIService", "CSIDriver", "CSINode"),
        *("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "VolumeAttachment", "FlowSchema"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "PriorityLevelConfiguration"),
        *("CertificateSigningRequest", "ClusterIssuer", "GatewayClass", "DeviceClass", "ResourceSlice"),
    }
)
"""Kinds without a namespace; what says none of any other kind is in `default`."""

NAMED = 3
"""Names that a page gives of each group."""


def pass_over(document: Document, reason: Reason) -> PassedOver:
    """The object as it is called; whatever else is wrong with it is nobody's concern."""
    namespace = _name(document, "namespace")
    if not namespace and document.kind not in CLUSTER_WIDE:
        namespace = "default"
    return PassedOver(document.kind, namespace, _name(document, "name"), reason)


def _name(document: Document, key: str) -> str:
    metadata: Any = document.content.get("metadata")
    value = metadata.get(key) if isinstance(metadata, Mapping) else None
    return value[:253] if isinstance(value, str) else ""


def sift(documents: Iterable[Document], kinds: Collection[str]) -> tuple[list[Document], list[PassedOver]]:
    """The objects of these kinds, and the others as passed over."""
    taken, passed = [], []
    for document in documents:
        if document.kind in kinds:
            taken.append(document)
        else:
            passed.append(pass_over(document, "other-kind"))
    return taken, passed


def groups(passed: Iterable[PassedOver]) -> tuple[Group, ...]:
    """By reason and kind, in the order of their first."""
    by_key: dict[tuple[Reason, str], list[str]] = {}
    for one in passed:
        by_key.setdefault((one.reason, one.kind), []).append(one.name)
    return tuple(
        Group(reason, kind or "–", len(names), Listed(name or "–" for name in names[:NAMED]))
        for (reason, kind), names in by_key.items()
    )
