"""What can be switched off, and what is noticed after how long: the defaults of Kubernetes v1.37, in seconds."""

from collections.abc import Mapping
from typing import Any, Literal

from app.kube.story.cluster import WRITE_TIMEOUT_S
from app.record import dataclass
from app.widgets.cluster_map.capability import (
    CACHE_LASTS_S,
    CACHE_RETRIES_S,
    ELECTION_LAST_S,
    ELECTION_S,
    LEADERLESS_ELECTIONS,
    LIVEZ_EVERY_S,
    LIVEZ_FAILURES,
    LIVEZ_S,
    MACHINE,
)

Down = Literal[
    "none",
    "kube-apiserver",
    "etcd",
    "etcd-member",
    "kube-scheduler",
    "kube-controller-manager",
    "cloud-controller-manager",
    "webhook",
    "node",
    "kubelet",
    "container-runtime",
    "cni",
    "csi",
    "kube-proxy",
    "coredns",
    "metrics-server",
    "registry",
]

# component-base, config/v1alpha1/defaults.go: of kube-scheduler's and the controller managers' leaders.
LEASE_DURATION_S, RENEW_DEADLINE_S = 15, 10
# kubelet/config/v1beta1/types.go: nodeStatusUpdateFrequency.
STATUS_EVERY_S = 10
# pkg/controller/nodelifecycle: --node-monitor-grace-period, 40 s before v1.32. Since v1.37 (the gate
# NodeControllerLeaseCircuitBreaker, beta) the live Lease is read before the node is marked; if the cache was behind it,
# no node is judged until the cache has caught up (node_lifecycle_controller.go, tryUpdateNodeHealth).
GRACE_S = 50
# plugin/pkg/admission/defaulttolerationseconds
TOLERATION_S = 300
# pkg/kubelet/kubelet.go, maxWaitForContainerRuntime
RUNTIME_SILENT_S = 30
# etcd v3.7.1, server/config: a proposal may take 5 s and two elections of 1 s.
PROPOSAL_S = 5
ETCD_GIVES_UP_S = PROPOSAL_S + 2 * ELECTION_S
# admissionregistration.k8s.io/v1, timeoutSeconds
WEBHOOK_S = 10
# resolv.conf(5): timeout and attempts
RESOLVER_S, RESOLVER_TRIES = 5, 2
RESOLVER_GIVES_UP_S = RESOLVER_S * RESOLVER_TRIES
# pkg/controller/podautoscaler: --horizontal-pod-autoscaler-sync-period
AUTOSCALE_EVERY_S = 15
# pkg/kubelet/images: 10 s, then twice as long each time, up to 5 min.
PULL_AGAIN_S, PULL_AGAIN_MOST_S = 10, 300

UNREACHABLE_S = GRACE_S + TOLERATION_S
RUNTIME_NOT_READY_S = RUNTIME_SILENT_S + STATUS_EVERY_S


@dataclass(frozen=True)
class Notice:
    """What is seen `at_s` after the loss: 0 at once, None for as long as it lasts. `notice.<code>` says it."""

    code: str
    at_s: int | None
    about: bool = False


@dataclass(frozen=True)
class Fault:
    """What is gone (names of the cast), what is noticed when, and the sums that give those times.

    `but` names capabilities that go on with a limit; `but.<down>.<code>` says it.
    """

    gone: frozenset[str]
    notices: tuple[Notice, ...]
    sums: tuple[str, ...] = ()
    but: frozenset[str] = frozenset()


def _one(name: str, *notices: Notice, sums: tuple[str, ...] = (), but: str = "") -> Fault:
    return Fault(frozenset({name}), notices, sums, frozenset(but.split()))


FAULTS: Mapping[Down, Fault] = {
    "none": Fault(frozenset(), ()),
    "kube-apiserver": _one(
        "kube-apiserver",
        Notice("api-refused", 0),
        Notice("users-fine", 0),
        Notice("leaders-exit", RENEW_DEADLINE_S),
        Notice("api-nobody-heals", None),
        Notice("api-back", None),
        but="connect resolve restart pull",
    ),
    "etcd": _one(
        "etcd",
        Notice("users-fine", 0),
        Notice("etcd-timeout", ETCD_GIVES_UP_S),
        Notice("etcd-cached", ETCD_GIVES_UP_S),
        Notice("leaders-exit", RENEW_DEADLINE_S),
        Notice("etcd-cache-ends", CACHE_LASTS_S, about=True),
        Notice("etcd-livez", LIVEZ_S, about=True),
        Notice("etcd-nobody-marks", None),
        sums=("sum.etcd", "sum.cache", "sum.livez"),
        but="connect resolve restart pull",
    ),
    "etcd-member": Fault(
        frozenset(),
        (
            Notice("member-follower", 0),
            Notice("member-leader", ELECTION_LAST_S, about=True),
            Notice("member-neighbour", LIVEZ_S, about=True),
            Notice("member-next", None),
        ),
        ("sum.member", "sum.livez"),
    ),
    "kube-scheduler": _one(
        "kube-scheduler",
        Notice("scheduler-pending", 0),
        Notice("users-fine", 0),
        Notice("standby", LEASE_DURATION_S, about=True),
        Notice("scheduler-lasts", None),
        but="create-pod replace mount node-loss autoscale",
    ),
    "kube-controller-manager": _one(
        "kube-controller-manager",
        Notice("kcm-generation", 0),
        Notice("kcm-endpoints", 0),
        Notice("standby", LEASE_DURATION_S, about=True),
        Notice("kcm-node", GRACE_S),
        Notice("kcm-lasts", None),
        but="connect resolve create-pod",
    ),
    "cloud-controller-manager": _one(
        "cloud-controller-manager",
        Notice("ccm-pending", 0),
        Notice("ccm-taint", 0),
        Notice("ccm-lasts", None),
        but="node-loss",
    ),
    "webhook": _one(
        "webhook",
        Notice("webhook-refused", 0),
        Notice("webhook-timeout", WEBHOOK_S),
        Notice("webhook-replicas", None),
        Notice("webhook-ignore", None),
        but="static write schedule mount autoscale node-loss",
    ),
    "node": Fault(
        frozenset({MACHINE, "kubelet", "container-runtime", "cni", "csi", "kube-proxy", "pod"}),
        (
            Notice("node-timeouts", 0),
            Notice("node-unknown", GRACE_S, about=True),
            Notice("node-evicted", UNREACHABLE_S, about=True),
            Notice("node-daemons", None),
            Notice("node-stateful", None),
        ),
        ("sum.unreachable",),
        frozenset({"resolve", "schedule", "rollout", "namespace"}),
    ),
    "kubelet": _one(
        "kubelet",
        Notice("kubelet-silent", 0),
        Notice("kubelet-unknown", GRACE_S, about=True),
        Notice("kubelet-evicted", UNREACHABLE_S, about=True),
        Notice("node-daemons", None),
        sums=("sum.unreachable",),
        but="run connect schedule rollout namespace",
    ),
    "container-runtime": _one(
        "container-runtime",
        Notice("runtime-shims", 0),
        Notice("runtime-skips", RUNTIME_SILENT_S),
        Notice("runtime-not-ready", RUNTIME_NOT_READY_S, about=True),
        Notice("runtime-evicted", RUNTIME_NOT_READY_S + TOLERATION_S, about=True),
        Notice("node-daemons", None),
        sums=("sum.runtime",),
        but="run connect schedule rollout namespace",
    ),
    "cni": _one(
        "cni",
        Notice("cni-sandbox", 0),
        Notice("cni-ready", None),
        Notice("cni-agent", None),
        but="connect static schedule rollout namespace",
    ),
    "csi": _one(
        "csi",
        Notice("csi-mounts", 0),
        Notice("csi-failed", None),
        Notice("csi-stuck", None),
        but="schedule start stop rollout namespace",
    ),
    "kube-proxy": _one(
        "kube-proxy",
        Notice("proxy-nothing", 0),
        Notice("proxy-health", 0),
        Notice("proxy-stale", None),
        Notice("proxy-reboot", None),
        but="connect resolve",
    ),
    "coredns": _one(
        "coredns",
        Notice("dns-open", 0),
        Notice("dns-timeout", RESOLVER_GIVES_UP_S),
        Notice("dns-refused", None),
        sums=("sum.dns",),
        but="connect",
    ),
    "metrics-server": _one(
        "metrics-server",
        Notice("metrics-top", 0),
        Notice("metrics-hpa", AUTOSCALE_EVERY_S, about=True),
        Notice("metrics-namespace", None),
    ),
    "registry": _one(
        "registry",
        Notice("registry-running", 0),
        Notice("registry-pull", 0),
        Notice("registry-backoff", PULL_AGAIN_S, about=True),
        but="restart static start",
    ),
}

NUMBERS: Mapping[str, Any] = {
    "lease": LEASE_DURATION_S,
    "renew": RENEW_DEADLINE_S,
    "status": STATUS_EVERY_S,
    "grace": GRACE_S,
    "toleration": TOLERATION_S,
    "unreachable": UNREACHABLE_S,
    "runtime": RUNTIME_SILENT_S,
    "not_ready": RUNTIME_NOT_READY_S,
    "runtime_evicted": RUNTIME_NOT_READY_S + TOLERATION_S,
    "proposal": PROPOSAL_S,
    "election": ELECTION_S,
    "election_last": ELECTION_LAST_S,
    "leaderless": LEADERLESS_ELECTIONS,
    "cache_retries": CACHE_RETRIES_S,
    "cache": CACHE_LASTS_S,
    "etcd": ETCD_GIVES_UP_S,
    "write": WRITE_TIMEOUT_S,
    "livez_every": LIVEZ_EVERY_S,
    "livez_failures": LIVEZ_FAILURES,
    "livez": LIVEZ_S,
    "webhook": WEBHOOK_S,
    "resolver": RESOLVER_S,
    "tries": RESOLVER_TRIES,
    "dns": RESOLVER_GIVES_UP_S,
    "autoscale": AUTOSCALE_EVERY_S,
    "pull": PULL_AGAIN_S,
    "pull_most": PULL_AGAIN_MOST_S,
}
"""What the sentences may quote."""
