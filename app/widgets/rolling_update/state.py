"""A Deployment under rollout: what is wanted, and its two ReplicaSets as they stand."""

from dataclasses import replace
from typing import Literal

from app.record import dataclass
from app.widgets.rolling_update.fencepost import Fenceposts

Strategy = Literal["RollingUpdate", "Recreate"]


@dataclass(frozen=True)
class ReplicaSet:
    """One revision's ReplicaSet: its size (`spec`), how many pods are available, how many never will be.

    `desired` and `largest` are its annotations deployment.kubernetes.io/desired-replicas and max-replicas.
    """

    revision: int
    spec: int
    available: int
    broken: int
    desired: int
    largest: int
    exists: bool = True

    @property
    def pending(self) -> int:
        """Pods that will turn available by themselves."""
        return max(0, self.spec - self.broken - self.available)

    def sized(self, spec: int) -> "ReplicaSet":
        """Shrunk, it deletes pods that are not ready first; grown, it has pods that are not available yet."""
        gone = max(0, self.spec - spec)
        return replace(
            self,
            spec=spec,
            broken=self.broken if self.broken == EVERY else max(0, self.broken - gone),
            available=min(self.available, spec),
        )


EVERY = 1 << 31
"""`broken` of a revision none of whose pods can ever be available."""


@dataclass(frozen=True)
class Deployment:
    """What the user wants, and the two revisions' ReplicaSets; `current` is the revision of the template."""

    replicas: int
    posts: Fenceposts
    strategy: Strategy
    sets: tuple[ReplicaSet, ReplicaSet]
    current: int = 2
    paused: bool = False

    @property
    def new(self) -> ReplicaSet:
        return self.sets[self.current - 1]

    @property
    def old(self) -> ReplicaSet:
        return self.sets[2 - self.current]

    @property
    def total(self) -> int:
        return sum(rs.spec for rs in self.sets)

    @property
    def available(self) -> int:
        return sum(rs.available for rs in self.sets)

    @property
    def surge(self) -> int:
        return self.posts.of(self.replicas).surge if self.strategy == "RollingUpdate" else 0

    @property
    def unavailable(self) -> int:
        """MaxUnavailable as it is used: never more than there are. deployment_util.go, v1.37.0."""
        if self.strategy == "Recreate":
            return 0
        return min(self.posts.of(self.replicas).unavailable, self.replicas)

    @property
    def min_available(self) -> int:
        return 0 if self.strategy == "Recreate" else self.replicas - self.unavailable

    @property
    def max_total(self) -> int:
        return self.replicas + self.surge

    @property
    def is_complete(self) -> bool:
        """DeploymentComplete. pkg/controller/deployment/util/deployment_util.go, v1.37.0."""
        new = self.new
        return new.spec == new.available == self.replicas == self.total

    def told(self, revision: int, spec: int) -> "Deployment":
        """A ReplicaSet gets its size and, with it, the annotations that say what the Deployment wanted then.

        scaleReplicaSet in pkg/controller/deployment/sync.go, v1.37.0.
        """
        rs = replace(self.sets[revision - 1].sized(spec), desired=self.replicas, largest=self.max_total, exists=True)
        return self.with_set(rs)

    def with_set(self, rs: ReplicaSet) -> "Deployment":
        one, two = self.sets
        return replace(self, sets=(rs, two) if rs.revision == 1 else (one, rs))
