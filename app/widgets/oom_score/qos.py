"""The QoS class of a pod and the rule that decided it.

Source: pkg/apis/core/v1/helper/qos/qos.go, kubernetes v1.36 and v1.37. Only CPU and memory count.
"""

from collections.abc import Iterable
from typing import Literal

from app.record import dataclass
from app.widgets.oom_score.admission import is_pod_level_resource
from app.widgets.oom_score.pod import Pod, Resources
from app.widgets.oom_score.profile import Profile

QosClass = Literal["Guaranteed", "Burstable", "BestEffort"]
Reason = Literal[
    "all-equal",
    "nothing-set",
    "unequal",
    "one-resource",
    "containers-differ",
    "pod-level-all-equal",
    "pod-level-nothing-set",
    "pod-level-unequal",
    "pod-level-one-resource",
    "recorded",
]
ABSENT = "–"
"""What stands for a request or a limit that is not there."""

CLASSES: tuple[QosClass, ...] = ("Guaranteed", "Burstable", "BestEffort")


@dataclass(slots=True)
class Judgement:
    """The class and why: the deciding container and resource, and its figures where two numbers differ."""

    qos_class: QosClass
    reason: Reason
    container: str = ""
    resource: str = ""
    request: str = ""
    limit: str = ""
    other: str = ""


def classify(pod: Pod, profile: Profile, *, keep_recorded: bool = False) -> Judgement:
    """The class the kubelet works with; a recorded status.qosClass only when it is kept and the version trusts it."""
    recorded = next((known for known in CLASSES if known == pod.recorded_class), None)
    if keep_recorded and profile.trusts_status and recorded:
        return Judgement(recorded, "recorded")
    if uses_pod_level(pod, profile):
        requests, limits = pod.pod_level or ({}, {})
        return _of_pod_level(_judge(requests, limits))
    return _of_containers(pod)


def uses_pod_level(pod: Pod, profile: Profile) -> bool:
    """Whether spec.resources hides the containers: since 1.37 only when it has an entry that counts (#137150)."""
    if pod.pod_level is None:
        return False
    return profile.empty_pod_level_counts or has_pod_level_entry(pod)


def has_pod_level_entry(pod: Pod) -> bool:
    """IsPodLevelResourcesSet, component-helpers resource/helpers.go."""
    return pod.pod_level is not None and any(
        is_pod_level_resource(name) for resources in pod.pod_level for name in resources
    )


def _of_containers(pod: Pod) -> Judgement:
    """The common class of all init and regular containers, Burstable if they differ; ephemeral ones do not count."""
    first: Judgement | None = None
    first_name = ""
    for container in pod.containers:
        if container.kind == "ephemeral":
            continue
        verdict = _judge(container.requests, container.limits)
        if verdict.qos_class == "Burstable":
            return _at(verdict, container.name)
        if first is None:
            first, first_name = verdict, container.name
        elif verdict.qos_class != first.qos_class:
            best, worst = sorted(((first.qos_class, first_name), (verdict.qos_class, container.name)), reverse=True)
            return Judgement("Burstable", "containers-differ", container=best[1], other=worst[1])
    return first or Judgement("BestEffort", "nothing-set")


def _at(verdict: Judgement, container: str) -> Judgement:
    return Judgement(verdict.qos_class, verdict.reason, container, verdict.resource, verdict.request, verdict.limit)


def _judge(requests: Resources, limits: Resources) -> Judgement:
    """The common shape of CPU and memory; Burstable if one is unequal or the two differ."""
    shapes = {}
    for resource in ("memory", "cpu"):
        request, limit = requests.get(resource), limits.get(resource)
        asked, capped = request.nano if request else 0, limit.nano if limit else 0
        if asked != capped:
            return Judgement(
                "Burstable",
                "unequal",
                resource=resource,
                request=request.canonical if request else ABSENT,
                limit=limit.canonical if limit else ABSENT,
            )
        shapes[resource] = asked > 0
    if shapes["memory"] != shapes["cpu"]:
        return Judgement("Burstable", "one-resource", resource="memory" if shapes["memory"] else "cpu")
    return Judgement("Guaranteed", "all-equal") if shapes["cpu"] else Judgement("BestEffort", "nothing-set")


_POD_LEVEL: dict[Reason, Reason] = {
    "all-equal": "pod-level-all-equal",
    "nothing-set": "pod-level-nothing-set",
    "unequal": "pod-level-unequal",
    "one-resource": "pod-level-one-resource",
}


def _of_pod_level(verdict: Judgement) -> Judgement:
    return Judgement(
        verdict.qos_class,
        _POD_LEVEL[verdict.reason],
        "",
        verdict.resource,
        verdict.request,
        verdict.limit,
    )


def count_classes(classes: Iterable[QosClass]) -> dict[QosClass, int]:
    """How many pods are of each class."""
    counts: dict[QosClass, int] = dict.fromkeys(CLASSES, 0)
    for qos_class in classes:
        counts[qos_class] += 1
    return counts
