"""Whom the kubelet evicts first when memory runs low.

Source: rankMemoryPressure, exceedMemoryRequests, priority, memory in pkg/kubelet/eviction/helpers.go, and
GetResourceRequestQuantity in pkg/api/v1/resource/helpers.go (kubernetes v1.36). The QoS class is not an input.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.kube.quantity import NANO
from app.widgets.oom_score.admission import total_request_nano
from app.widgets.oom_score.pod import Pod
from app.widgets.oom_score.profile import Profile
from app.widgets.oom_score.qos import QosClass, has_pod_level_entry
from app.widgets.oom_score.usage import Usage


@dataclass(frozen=True, slots=True)
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


def rank_evictions(pods: Sequence[tuple[Pod, QosClass]], usage: Usage, profile: Profile) -> tuple[Evictee, ...]:
    """Over its request first, then lower priority, then more over its request; no usage counts as first of all."""
    entries = []
    for pod, qos_class in pods:
        used = used_by(pod, usage)
        request_nano = memory_request_nano(pod, profile)
        over_nano = None if used is None else used * NANO - request_nano
        key = (
            -1 if over_nano is None else int(over_nano <= 0),
            pod.priority,
            0 if over_nano is None else -over_nano,
        )
        entries.append((key, pod, qos_class, used, request_nano, over_nano))
    entries.sort(key=lambda entry: entry[0])
    keys = [entry[0] for entry in entries]
    return tuple(
        Evictee(
            namespace=pod.namespace,
            pod=pod.name,
            qos_class=qos_class,
            exceeds_request=None if over_nano is None else over_nano > 0,
            priority=pod.priority,
            over_request=None if over_nano is None else -(-over_nano // NANO),
            usage=used,
            request=-(-request_nano // NANO),
            critical=pod.is_critical,
            tied=key in (keys[i - 1] if i else None, keys[i + 1] if i + 1 < len(keys) else None),
        )
        for i, (key, pod, qos_class, used, request_nano, over_nano) in enumerate(entries)
    )


def used_by(pod: Pod, usage: Usage) -> int | None:
    """Bytes of all its containers, or None when nothing is said about any of them."""
    known = [usage.of_container(pod, container.name) for container in pod.containers]
    amounts = [amount for amount in known if amount is not None]
    return sum(amounts) if amounts else None


def memory_request_nano(pod: Pod, profile: Profile) -> int:
    """What eviction takes for the pod's memory request: the pod-level one alone if there is any pod-level entry,
    else the containers' total; and the overhead if that is not 0. In nano-bytes."""
    if profile.pod_level and has_pod_level_entry(pod):
        quantity = pod.pod_level[0].get("memory") if pod.pod_level else None
        nano = quantity.nano if quantity else 0
    else:
        nano = total_request_nano(pod, "memory", sums_sidecars=profile.sums_sidecars)
    overhead = pod.overhead.get("memory")
    return nano + overhead.nano if nano and overhead else nano
