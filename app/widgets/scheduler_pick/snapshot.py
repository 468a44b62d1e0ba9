"""Pods and nodes as the scheduler's snapshot holds them."""

from collections.abc import Iterable, Mapping
from dataclasses import field

from app.kube.selector import Labels, NodeTerm, Selector, Taint, Toleration
from app.record import dataclass

CPU, MEMORY, STORAGE, PODS = "cpu", "memory", "ephemeral-storage", "pods"
NATIVE = frozenset({CPU, MEMORY, STORAGE, PODS, "storage"})
HOSTNAME = "kubernetes.io/hostname"

Amounts = Mapping[str, int]
"""Resources in the scheduler's units: cpu in thousandths, all others in whole units, both rounded up."""


def is_scalar(resource: str) -> bool:
    """Extended resources, huge pages and the like: scored only for pods that ask for them."""
    return resource not in NATIVE


@dataclass(frozen=True, slots=True)
class PodTerm:
    """One term of pod (anti-)affinity.

    `namespaces` null: all; then `namespace_selector` null means every one.
    """

    selector: Selector | None
    topology_key: str
    namespaces: frozenset[str]
    namespace_selector: Selector | None
    forgets_to_clear: bool = False
    """Of an incoming pod from 1.34 to 1.36: its namespaceSelector is asked once more, about no labels at all."""

    @property
    def is_misread(self) -> bool:
        """Whether that matters: a selector that holds for a namespace without labels then holds for every one.

        kubernetes/kubernetes#141526: mergeAffinityTermNamespacesIfNotEmpty clears a copy. interpodaffinity/plugin.go,
        v1.36.3; v1.37.2 clears the term itself.
        """
        selector = self.namespace_selector
        return selector is not None and bool(selector.requirements) and selector.matches({})

    def matches(self, pod: "Pod") -> bool:
        """pkg/scheduler/framework/types.go, AffinityTerm.Matches, v1.37.0.

        Of a namespace only the label that every namespace has, its name, is known here.
        """
        return self._covers(pod.namespace) and self.selector is not None and self.selector.matches(pod.labels)

    def _covers(self, namespace: str) -> bool:
        if namespace in self.namespaces:
            return True
        selector = self.namespace_selector
        if selector is None:
            return False
        if self.forgets_to_clear and selector.matches({}):
            return True
        return selector.matches({"kubernetes.io/metadata.name": namespace})


Weighted = tuple[int, PodTerm]


@dataclass(frozen=True, slots=True)
class SpreadConstraint:
    max_skew: int
    topology_key: str
    is_hard: bool
    selector: Selector
    min_domains: int
    honors_affinity: bool
    honors_taints: bool


@dataclass(frozen=True, slots=True)
class Pod:
    """`requests` is what filters count; `scored` fills in for containers that ask for no cpu or memory."""

    namespace: str
    name: str
    labels: Labels = field(default_factory=dict)
    priority: int = 0
    may_preempt: bool = True
    node_name: str = ""
    is_terminating: bool = False
    gates: tuple[str, ...] = ()
    requests: Amounts = field(default_factory=dict)
    scored: Amounts = field(default_factory=dict)
    ports: tuple[tuple[str, str, int], ...] = ()
    images: tuple[str, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    node_selector: Labels = field(default_factory=dict)
    node_terms: tuple[NodeTerm, ...] | None = None
    preferred_nodes: tuple[tuple[int, NodeTerm], ...] = ()
    affinity: tuple[PodTerm, ...] = ()
    anti_affinity: tuple[PodTerm, ...] = ()
    preferred_affinity: tuple[Weighted, ...] = ()
    preferred_anti_affinity: tuple[Weighted, ...] = ()
    spread: tuple[SpreadConstraint, ...] = ()

    @property
    def has_affinity(self) -> bool:
        return bool(self.affinity or self.anti_affinity or self.preferred_affinity or self.preferred_anti_affinity)


@dataclass(slots=True)
class Node:
    """A node with the pods bound to it and the sums of what they ask for."""

    name: str
    labels: Labels
    taints: tuple[Taint, ...]
    unschedulable: bool
    allocatable: Amounts
    images: Mapping[str, int]
    pods: list[Pod] = field(default_factory=list)
    requested: dict[str, int] = field(default_factory=dict)
    scored: dict[str, int] = field(default_factory=dict)

    def add(self, pod: Pod) -> None:
        self.pods.append(pod)
        for name, amount in pod.requests.items():
            self.requested[name] = self.requested.get(name, 0) + amount
        for name, amount in pod.scored.items():
            self.scored[name] = self.scored.get(name, 0) + amount

    def without(self, victims: Iterable[Pod]) -> "Node":
        """The same node as if some of its pods were gone."""
        gone = {id(pod) for pod in victims}
        node = Node(self.name, self.labels, self.taints, self.unschedulable, self.allocatable, self.images)
        for pod in self.pods:
            if id(pod) not in gone:
                node.add(pod)
        return node
