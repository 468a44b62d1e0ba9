"""The pods of a pasted text, and the templates from which controllers make pods."""

from collections.abc import Iterator, Mapping, Sequence

from app.kube.paste.part import Document, Part
from app.kube.paste.read import nothing_of
from app.kube.refusal import Refusal
from app.record import dataclass

_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "Deployment": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "DeploymentConfig": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""The Pod template of each kind. OpenShift's DeploymentConfig and Argo's Rollout make a ReplicationController, or a
ReplicaSet, of the same template: openshift/api apps/v1/types.go, argo-rollouts pkg/apis/rollouts/v1alpha1/types.go."""

_COUNTED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "DeploymentConfig", "Rollout")

POD_KINDS = tuple(_TEMPLATES)

PODS_PRINTED_BY = "kubectl get pods -A -o yaml"


@dataclass(slots=True)
class PodObject:
    """A pod, or the template from which a controller makes pods; then `name` is the controller's."""

    kind: str
    namespace: str
    name: str
    is_named: bool
    """Whether it has a name of its own and not only one to be generated."""
    pod: Part
    metadata: Part
    spec: Part

    @property
    def root(self) -> Part:
        return self.spec.document.root

    @property
    def replicas(self) -> int:
        """How many pods the controller keeps; 1 for a Pod, and for controllers that do not count so."""
        spec = self.root.part("spec")
        if self.kind not in _COUNTED or "replicas" not in spec:
            return 1
        return spec.integer("replicas") or 0

    @property
    def node(self) -> str:
        return self.spec.text("nodeName")

    @property
    def phase(self) -> str:
        return self.pod.part("status").text("phase") if self.kind == "Pod" else ""

    @property
    def has_ended(self) -> bool:
        """Whether none of its containers runs any more: a Pod by its phase (evicted ones too), a Job by its end."""
        if self.kind == "Pod":
            return self.phase in ("Succeeded", "Failed")
        return self.kind == "Job" and "completionTime" in self.root.part("status")

    @property
    def owners(self) -> list[tuple[str, str, str]]:
        """Kind, namespace and name of what made it."""
        references = self.root.part("metadata").parts("ownerReferences")
        return [(owner.text("kind"), self.namespace, owner.text("name")) for owner in references]


def pods(documents: Sequence[Document], *, field: str, wanted: str = PODS_PRINTED_BY) -> Iterator[PodObject]:
    """The pods and pod templates among the objects; others are passed over, unless there is nothing else."""
    found = False
    for document in documents:
        way = _TEMPLATES.get(document.kind)
        if way is None:
            continue
        found = True
        root = document.root
        pod = root
        for key in way:
            pod = pod.part(key)
        if "spec" not in pod:
            raise pod.refusal("manifest-missing", key="spec")
        metadata = root.part("metadata")
        yield PodObject(
            kind=document.kind,
            namespace=metadata.text("namespace") or "default",
            name=metadata.text("name") or metadata.text("generateName") or _nameless(metadata),
            is_named=bool(metadata.text("name")),
            pod=pod,
            metadata=metadata if pod is root else pod.part("metadata"),
            spec=pod.part("spec"),
        )
    if not found:
        _refuse_no_pod(documents, field, wanted)


def _nameless(metadata: Part) -> str:
    raise metadata.refusal("manifest-missing", key="name")


def _refuse_no_pod(documents: Sequence[Document], field: str, wanted: str) -> None:
    if documents:
        raise nothing_of(POD_KINDS, documents, wanted=wanted)
    raise Refusal("manifest-empty", field=field)
