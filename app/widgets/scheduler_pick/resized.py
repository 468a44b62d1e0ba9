"""What a bound pod counts for while its resources change in place: the largest of what it asks for, what its node has
set aside for it and what is in force. Kubernetes resizes running pods by default since 1.33.

component-helpers resource/helpers.go, AggregateContainerRequests: v0.37.2 takes the largest of three sums, v0.36.3 sums
the largest of each container; effectivePodLevelResources, since 1.36.
"""

from collections.abc import Iterator
from typing import Literal

from app.kube.paste.part import Part
from app.record import dataclass

Nano = dict[str, int]
Kept = Literal["allocated", "actuated"]

RESIZES, RESIZES_PODS, BY_SUM = 33, 36, 37
"""Minor versions since which containers are resized, pods as a whole are, and the sums are compared."""


@dataclass(frozen=True, slots=True)
class Running:
    """The status of a bound pod, as far as the version reads it."""

    status: Part
    minor: int

    @property
    def is_infeasible(self) -> bool:
        """The node will never grant what is asked for, so that it does not count. IsPodResizeInfeasible."""
        for condition in self.status.parts("conditions"):
            if condition.text("type") == "PodResizePending":
                return condition.text("reason") == "Infeasible"
        return False

    @property
    def says_amounts(self) -> bool:
        return "resources" in self.status or any(
            "resources" in each or "allocatedResources" in each for each in self._containers()
        )

    @property
    def sums(self) -> bool:
        return self.minor >= BY_SUM

    def kept(self, container: Part, asked: Nano, what: Kept) -> Nano:
        """What is set aside for a container, or in force; what it asks for where its status does not say."""
        status = self._container(container.text("name"))
        if status is not None and what == "actuated" and "requests" in status.part("resources"):
            return _nano(status.part("resources"), "requests")
        if status is not None and "allocatedResources" in status:
            return _nano(status, "allocatedResources")
        return {} if self.is_infeasible else dict(asked)

    def largest(self, container: Part, asked: Nano) -> Nano:
        """Up to 1.36: of one container, resource by resource."""
        status = self._container(container.text("name"))
        if status is None or "resources" not in status:
            return asked
        total = {} if self.is_infeasible else dict(asked)
        raise_to(total, _nano(status.part("resources"), "requests"))
        raise_to(total, _nano(status, "allocatedResources"))
        return total

    def whole_pod(self) -> tuple[Nano, Nano] | None:
        """What is set aside and in force for the pod as a whole, if its status has both."""
        resources = self.status.part("resources")
        if self.minor < RESIZES_PODS or "allocatedResources" not in self.status or "requests" not in resources:
            return None
        return _nano(self.status, "allocatedResources"), _nano(resources, "requests")

    def pod_level(self, asked: Nano) -> Nano:
        """The pod's own requests."""
        if self.minor < RESIZES_PODS or "resources" not in self.status:
            return asked
        total = {} if self.is_infeasible else dict(asked)
        raise_to(total, _nano(self.status.part("resources"), "requests"))
        raise_to(total, _nano(self.status, "allocatedResources"))
        return {name: amount for name, amount in total.items() if _is_pod_level(name)}

    def _container(self, name: str) -> Part | None:
        return next((each for each in self._containers() if each.text("name") == name), None)

    def _containers(self) -> Iterator[Part]:
        yield from self.status.parts("containerStatuses")
        yield from self.status.parts("initContainerStatuses")


def _is_pod_level(name: str) -> bool:
    return name in ("cpu", "memory") or name.startswith("hugepages-")


def _nano(part: Part, key: str) -> Nano:
    return {name: quantity.nano for name, quantity in part.quantities(key).items()}


def raise_to(total: Nano, least: Nano) -> None:
    """Makes every amount at least as large as here."""
    for name, amount in least.items():
        total[name] = max(total.get(name, 0), amount)
