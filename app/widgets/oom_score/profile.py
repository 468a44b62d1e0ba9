"""What each Kubernetes version does about QoS, oom_score_adj and eviction.

Read in the source trees of the releases: pkg/kubelet/qos/policy.go, pkg/kubelet/types/pod_update.go,
pkg/apis/core/v1/helper/qos/qos.go, pkg/features/kube_features.go, pkg/kubelet/eviction/helpers.go.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Literal, get_args

from app.record import dataclass

OLDEST, NEWEST = 14, 37

Version = Literal[
    "1.37", "1.36", "1.35", "1.34", "1.33", "1.32", "1.31", "1.30", "1.29", "1.28", "1.27", "1.26", "1.25",
    "1.24", "1.23", "1.22", "1.21", "1.20", "1.19", "1.18", "1.17", "1.16", "1.15", "1.14", "tie-break",
]  # fmt: skip
"""A minor release, or the preview of the alpha gate KubeletOOMScoreAdjTieBreak (after 1.37, off)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one version.

    `guaranteed` is the oom_score_adj of Guaranteed pods: -998 up to 1.19, -997 since 1.20 (#71269), so that the
    pause container at -998 outlives it; `floor` = 1000 + guaranteed is the least of Burstable.
    """

    version: Version
    guaranteed: int
    only_node_critical: bool
    """Since 1.22 (#99729) only system-node-critical pods get the Guaranteed value, before every critical pod."""
    caps_sidecars: bool
    """Since 1.32 (#128029) a sidecar is never above the regular container with the smallest request."""
    pod_level: bool
    """Gate PodLevelResources, on by default since 1.34; before, the API server drops spec.resources."""
    pod_level_last: bool
    """Gate PodLevelResourcesFixDefaulting, on since 1.37: spec.resources is completed after admission, limits too."""
    empty_pod_level_counts: bool
    """Up to 1.36 `resources: {}` on the pod hid its containers (#135082)."""
    trusts_status: bool
    """Since 1.29 the kubelet takes status.qosClass when it is set."""
    sums_sidecars: bool
    """Since 1.34 eviction adds the requests of sidecars; before they counted as plain init containers."""
    kills_whole_container: bool
    """Since 1.28 memory.oom.group is set on container cgroups (cgroup v2)."""
    resizes: bool
    """Gate InPlacePodVerticalScaling, on by default since 1.33: what the kubelet has set aside counts."""
    hard_grace_s: int | None
    """Grace of a hard eviction: 1 s since 1.31 (#124063); before, the 0 that was asked for counted as none given, and
    the Pod had its whole grace period (#115819), which is None here."""
    breaks_ties: bool

    @property
    def floor(self) -> int:
        return 1000 + self.guaranteed


TOLD: tuple[str, ...] = (
    "guaranteed",
    "only_node_critical",
    "kills_whole_container",
    "trusts_status",
    "hard_grace_s",
    "caps_sidecars",
    "resizes",
    "pod_level",
    "sums_sidecars",
    "pod_level_last",
    "empty_pod_level_counts",
)


def turns() -> tuple[tuple[str, str, object], ...]:
    """Version, rule and its new value, wherever a release's rule is another than that of the release before."""
    releases: list[Version] = [each for each in reversed(get_args(Version)) if each != "tie-break"]
    pairs = [(find_profile(before), find_profile(after)) for before, after in pairwise(releases)]
    return tuple(
        (after.version, rule, getattr(after, rule))
        for before, after in pairs
        for rule in TOLD
        if getattr(after, rule) != getattr(before, rule)
    )


@lru_cache(maxsize=32)
def find_profile(version: Version) -> Profile:
    """The rules of a version; the tie-break preview is the newest one with its gate on."""
    minor = NEWEST if version == "tie-break" else int(version.removeprefix("1."))
    return Profile(
        version=version,
        guaranteed=-997 if minor >= 20 else -998,
        only_node_critical=minor >= 22,
        caps_sidecars=minor >= 32,
        pod_level=minor >= 34,
        pod_level_last=minor >= 37,
        empty_pod_level_counts=minor <= 36,
        trusts_status=minor >= 29,
        sums_sidecars=minor >= 34,
        kills_whole_container=minor >= 28,
        resizes=minor >= 33,
        hard_grace_s=1 if minor >= 31 else None,
        breaks_ties=version == "tie-break",
    )
