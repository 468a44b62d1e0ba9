"""Whom the kubelet evicts first when memory runs low.

Source: rankMemoryPressure, exceedMemoryRequests, priority, memory in pkg/kubelet/eviction/helpers.go, and
GetResourceRequestQuantity in pkg/api/v1/resource/helpers.go (kubernetes v1.36). The QoS class is not an input.
"""

from collections.abc import Sequence

from app.kube.quantity import NANO
from app.record import dataclass
from app.widgets.oom_score.admission import counted_memory_nano
from app.widgets.oom_score.pod import Pod
from app.widgets.oom_score.profile import Profile
from app.widgets.oom_score.qos import QosClass, has_pod_level_entry


@dataclass(slots=True)
class Evictee:
    """A pod in the order of eviction, first victim first. Bytes; null where the pod has no usage.

    Critical pods are ranked but skipped. Tied pods have no defined order: the kubelet's sort is unstable.
    """

    namespace: str
    pod: str
    qos_class: QosClass
    exceeds_request: bool | None
    priority: int
    over_request: int | None
    usage: int | None
    request: int
    critical: bool
    tied: bool


def rank_evictions(pods: Sequence[tuple[Pod, QosClass, int | None]], profile: Profile) -> tuple[Evictee, ...]:
    """Over its request first, then lower priority, then more over its request; no usage counts as first of all.

    `pods` come with what they use, in bytes.
    """
    entries = []
    for pod, qos_class, used in pods:
        request_nano = memory_request_nano(pod, profile)
        over_nano = None if used is None else used * NANO - request_nano
        key = (-1, pod.priority, 0) if over_nano is None else (int(over_nano <= 0), pod.priority, -over_nano)
        entries.append((key, pod, qos_class, used, request_nano, over_nano))
    entries.sort(key=lambda entry: entry[0])
    evictees = []
    for i, (key, pod, qos_class, used, request_nano, over_nano) in enumerate(entries):
        same_before = i > 0 and entries[i - 1][0] == key
        same_after = i + 1 < len(entries) and entries[i + 1][0] == key
        evictees.append(
            Evictee(
                pod.namespace,
                pod.name,
                qos_class,
                None if over_nano is None else over_nano > 0,
                pod.priority,
                None if over_nano is None else -(-over_nano // NANO),
                used,
                -(-request_nano // NANO),
                pod.is_critical,
                same_before or same_after,
            )
        )
    return tuple(evictees)


def memory_request_nano(pod: Pod, profile: Profile) -> int:
    """What eviction takes for the pod's memory request: the pod-level one alone if there is any pod-level entry,
    else the containers' total; and the overhead if that is not 0. In nano-bytes."""
    if profile.pod_level and has_pod_level_entry(pod):
        quantity = pod.pod_level[0].get("memory") if pod.pod_level else None
        nano = quantity.nano if quantity else 0
    else:
        nano = counted_memory_nano(pod, sums_sidecars=profile.sums_sidecars)
    overhead = pod.overhead.get("memory")
    return nano + overhead.nano if nano and overhead else nano
