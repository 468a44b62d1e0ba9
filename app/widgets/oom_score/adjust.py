"""oom_score_adj of every container, with each step on the way.

Source: GetContainerOOMScoreAdjust, pkg/kubelet/qos/policy.go (kubernetes v1.36; the tie-break as in the tree after
v1.37, gate KubeletOOMScoreAdjTieBreak). Bytes; integer division truncates as in Go.
"""

from typing import Literal

from app.kube.oom import truncate
from app.kube.quantity import MAX_INT64, NANO, quantity_of_nano
from app.record import dataclass
from app.widgets.oom_score.admission import total_request_nano
from app.widgets.oom_score.pod import Container, Pod
from app.widgets.oom_score.profile import Profile
from app.widgets.oom_score.qos import QosClass

Rule = Literal[
    "node-critical",
    "critical",
    "guaranteed",
    "best-effort",
    "formula",
    "sidecar-cap",
    "floor",
    "below-best-effort",
]

BEST_EFFORT = 1000
TIE_BREAK_FLOOR = 64 << 20


@dataclass(slots=True)
class Adjustment:
    """The value and how it came about; the figures are of the Burstable formula and 0 elsewhere.

    `own` is the container's value before the sidecar cap and the clamps; `cap` the value it is capped at.
    """

    value: int
    rule: Rule
    request: int = 0
    share: int = 0
    own: int = 0
    nudge: int = 0
    cap: int | None = None
    cap_container: str = ""


def adjust(pod: Pod, qos_class: QosClass, profile: Profile, capacity: int) -> list[Adjustment]:
    """One value for each of the pod's containers, in their order; `capacity` is the node's memory in bytes."""
    if is_exempt(pod, profile):
        rule: Rule = "node-critical" if profile.only_node_critical else "critical"
        return [Adjustment(profile.guaranteed, rule)] * len(pod.containers)
    if qos_class == "Guaranteed":
        return [Adjustment(profile.guaranteed, "guaranteed")] * len(pod.containers)
    if qos_class == "BestEffort":
        return [Adjustment(BEST_EFFORT, "best-effort")] * len(pod.containers)
    share = share_of_pod_request(pod)
    return [_burstable(pod, container, share, profile, capacity) for container in pod.containers]


def is_exempt(pod: Pod, profile: Profile) -> bool:
    """Whether the pod is put beside the Guaranteed ones whatever its class: IsNodeCriticalPod since 1.22."""
    if not pod.is_critical:
        return False
    return not profile.only_node_critical or pod.priority_class == "system-node-critical"


def share_of_pod_request(pod: Pod) -> int:
    """What the pod-level memory request leaves over, divided among all regular and init containers.

    Source: remainingPodMemReqPerContainer; 0 without a pod-level memory request.
    """
    request = pod.pod_level[0].get("memory") if pod.pod_level else None
    if not request or not request.nano:
        return 0
    total_nano = total_request_nano(pod, "memory")
    if total_nano > request.nano:
        total = quantity_of_nano(total_nano, request.format).canonical
        raise pod.spec.refusal(
            "pod-level-below-containers",
            "resources",
            "requests",
            "memory",
            request=request.canonical,
            total=total,
        )
    left = -((total_nano - request.nano) // NANO)
    return truncate(left, len(pod.of_kind("container", "init", "sidecar")))


def _burstable(pod: Pod, container: Container, share: int, profile: Profile, capacity: int) -> Adjustment:
    request = container.memory_request
    linear = _linear(container, request + share, capacity)
    nudge = _nudge(pod, container, request + share, profile, capacity)
    own = linear - nudge
    cap, cap_container = None, ""
    if container.kind == "sidecar" and profile.caps_sidecars:
        cap, cap_container = _sidecar_cap(pod, share, profile, capacity)
    value = own if cap is None else min(own, cap)
    rule: Rule = "formula" if value == own else "sidecar-cap"
    if value < profile.floor:
        value, rule = profile.floor, "floor"
    elif value == BEST_EFFORT:
        value, rule = BEST_EFFORT - 1, "below-best-effort"
    return Adjustment(value, rule, request, share, own, nudge, cap, cap_container)


def _linear(container: Container, request: int, capacity: int) -> int:
    """1000 less the thousandths of the node that are requested."""
    if 1000 * request > MAX_INT64:
        raise container.part.refusal("oom-request-too-large", "resources", "requests", "memory")
    return 1000 - truncate(1000 * request, capacity)


def _sidecar_cap(pod: Pod, share: int, profile: Profile, capacity: int) -> tuple[int, str]:
    """The value no sidecar exceeds: that of the regular container with the smallest request.

    With the tie-break the smallest request need not have the highest value, so all of them are compared.
    """
    values = []
    for container in pod.of_kind("container"):
        request = container.memory_request + share
        nudge = _nudge(pod, container, request, profile, capacity)
        values.append((_linear(container, request, capacity) - nudge, container.name))
    return max(values, key=lambda value: value[0])


def _nudge(pod: Pod, container: Container, request: int, profile: Profile, capacity: int) -> int:
    """Points that the tie-break takes off: one for each doubling of the request above 64Mi within a point, and
    one more than all of these for a container that can never exceed its request."""
    if not profile.breaks_ties:
        return 0
    most = _log2_floor(capacity // 1000 // TIE_BREAK_FLOOR)
    nudge = min(_log2_floor(request // TIE_BREAK_FLOOR), most)
    limit = _enforced_limit(pod, container)
    return nudge + (most + 1 if 0 < limit <= request else 0)


def _enforced_limit(pod: Pod, container: Container) -> int:
    """The limit on the container's cgroup: its own, else the pod-level one; 0 is none."""
    pod_limit = pod.pod_level[1].get("memory") if pod.pod_level else None
    return container.memory_limit or (pod_limit.value if pod_limit else 0)


def _log2_floor(number: int) -> int:
    return max(number.bit_length() - 1, 0)
