"""What a cluster can do, and whom each of these needs: what breaks follows from that and from nothing else."""

from collections.abc import Collection, Mapping
from dataclasses import field

from app.record import dataclass
from app.widgets.cluster_map.cast import PLACE

MACHINE = "machine"
"""The power and the kernel of a node: not one of the cast, yet all that runs there needs it."""


@dataclass(frozen=True)
class Capability:
    """`capability.<code>` says what; `chain` is whom it needs, in the order in which they act.

    `builds_on` names the capabilities that are steps of this one: whom they need, this one needs (a step that each node
    does for itself counts only for a capability that is `local` too, since otherwise another node can do it). `local`
    marks what each node does for its own Pods, so that one node's loss is not everybody's. `lasts` says for how many
    seconds it outlives the loss of one that it needs.
    """

    code: str
    chain: tuple[str, ...]
    builds_on: tuple[str, ...] = ()
    local: bool = False
    lasts: Mapping[str, int] = field(default_factory=dict)


API, ETCD = "kube-apiserver", "etcd"
KCM, CCM, SCHEDULER = "kube-controller-manager", "cloud-controller-manager", "kube-scheduler"
# The kubelet takes up Pods and results of probes only while the runtime answers: pkg/kubelet/kubelet.go, syncLoop.
KUBELET = ("kubelet", "container-runtime", MACHINE)

# A member that knows no leader ends its watches after three elections (etcd v3.7.1, api/v3rpc/interceptor.go), and
# the API server's cache tries again for 30 s before it calls itself unready (apiserver, storage/cacher/cacher.go).
ELECTION_S, ELECTION_LAST_S, LEADERLESS_ELECTIONS, CACHE_RETRIES_S = 1, 2, 3, 30
CACHE_LASTS_S = ELECTION_LAST_S + LEADERLESS_ELECTIONS * ELECTION_S + CACHE_RETRIES_S
# kubeadm's manifest of kube-apiserver: /livez, of which etcd is a part, every 10 s, failureThreshold 8.
LIVEZ_EVERY_S, LIVEZ_FAILURES = 10, 8
LIVEZ_S = LIVEZ_EVERY_S * LIVEZ_FAILURES

CAPABILITIES = (
    # Containers are processes that a shim holds; kernel rules stand without anybody. containerd, docs/runtime-v2.md.
    Capability("run", (MACHINE,), local=True),
    Capability("connect", (MACHINE,), local=True),
    Capability("resolve", ("coredns",)),
    # pkg/kubelet/kuberuntime/kuberuntime_manager.go, SyncPod.
    Capability("restart", KUBELET, local=True),
    Capability("static", KUBELET, ("restart",), local=True),
    # A list is answered from the watch cache only after etcd said how far the store has come (KEP-2340).
    Capability("read", (API, ETCD)),
    Capability("cached-read", (API, ETCD), lasts={ETCD: CACHE_LASTS_S}),
    Capability("write", (API, ETCD)),
    Capability("create-pod", (API, "webhook", ETCD), ("write",)),
    # The API server reads the Pod from the store, then dials its kubelet. registry/core/pod/rest/log.go.
    Capability("logs", (API, ETCD, *KUBELET), ("read",), local=True),
    # pkg/controller/replicaset/replica_set.go; creating Pods is a write like any other.
    Capability("replace", (KCM, API, "webhook", ETCD), ("create-pod",)),
    Capability("schedule", (SCHEDULER, API, ETCD), ("write",)),
    # pkg/kubelet/kubelet.go, SyncPod (Secrets and a fresh token come from the API); containerd, sandbox_run.go.
    Capability("start", (API, ETCD, "kubelet", "container-runtime", "cni", MACHINE), ("read", "restart"), local=True),
    Capability("pull", ("kubelet", "container-runtime", "registry", MACHINE), ("restart",), local=True),
    # The sandbox goes after CNI DEL, and the kubelet deletes the object last: containerd, sandbox_stop.go.
    Capability("stop", (API, ETCD, "kubelet", "container-runtime", "cni", MACHINE), ("write", "restart"), local=True),
    Capability("rollout", (KCM, API, "webhook", ETCD, SCHEDULER, "registry"), ("replace", "schedule", "start", "pull")),
    # pkg/controller/volume/attachdetach writes a VolumeAttachment; then pkg/volume/csi mounts.
    Capability(
        "mount", (KCM, API, ETCD, "kubelet", "container-runtime", "csi", MACHINE), ("write", "restart"), local=True
    ),
    # pkg/kubelet/status -> endpointslice controller -> pkg/proxy.
    Capability("endpoints", (*KUBELET, API, ETCD, KCM, "kube-proxy"), ("write", "restart"), local=True),
    Capability("heartbeat", ("kubelet", API, ETCD, MACHINE), ("write",), local=True),
    # pkg/controller/nodelifecycle/node_lifecycle_controller.go
    Capability("node-loss", (KCM, API, ETCD), ("write",)),
    # metrics-server asks the kubelet, which asks the runtime: pkg/kubelet/server/stats/summary.go.
    Capability("top-pods", (API, ETCD, "metrics-server", *KUBELET), local=True, lasts={ETCD: LIVEZ_S}),
    # kubectl lists the Nodes too, and wants them newest: kubectl, pkg/cmd/top/top_node.go.
    Capability("top-nodes", (API, ETCD, "metrics-server", *KUBELET), ("read", "top-pods"), local=True),
    Capability("autoscale", (KCM, API, "metrics-server", ETCD), ("top-pods", "write")),
    # pkg/controller/namespace/deletion: the discovery of every API group, aggregated ones too, must succeed.
    Capability("namespace", (KCM, API, ETCD, "metrics-server"), ("write",)),
    # cloud-provider/controllers/service and /node
    Capability("load-balancer", (CCM, API, ETCD), ("write",)),
    # The cloud's taint goes by the CCM, that of admission (plugin/pkg/admission/nodetaint) by the node controller, and
    # the node is Ready once the Pod of the CNI's DaemonSet has written its configuration.
    Capability(
        "new-node",
        (API, ETCD, CCM, KCM, "webhook", SCHEDULER, "registry"),
        ("replace", "schedule", "pull", "heartbeat"),
    ),
)


@dataclass(frozen=True)
class Link:
    """One of a chain, and whether it is missing."""

    name: str
    missing: bool


@dataclass(frozen=True)
class Standing:
    """A capability as it stands: its chain link by link; `here_only` when other nodes still have it.

    `ends_at_s` is how many seconds after the loss it ends, None where it goes on; 0 ends at once.
    """

    code: str
    chain: tuple[Link, ...]
    here_only: bool
    ends_at_s: int | None


def stand(capability: Capability, down: Collection[str]) -> Standing:
    missing = [name for name in capability.chain if name in down]
    return Standing(
        capability.code,
        tuple(Link(name, name in down) for name in capability.chain),
        bool(missing) and capability.local and all(PLACE.get(name, "node") == "node" for name in missing),
        min((capability.lasts.get(name, 0) for name in missing), default=None),
    )


def holds(capability: Capability, down: Collection[str]) -> bool:
    """It works while none of those it needs is down."""
    return not any(name in down for name in capability.chain)


def inherited(capability: Capability, others: Mapping[str, Capability]) -> frozenset[str]:
    """Whom the steps of a capability need, and so it needs them too."""
    return frozenset(
        name
        for step in capability.builds_on
        for name in others[step].chain
        if capability.local or PLACE.get(name, "node") != "node"
    )
