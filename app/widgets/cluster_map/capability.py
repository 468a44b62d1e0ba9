"""What a cluster can do, and whom each of these needs: what breaks follows from that and from nothing else."""

from collections.abc import Collection
from dataclasses import dataclass

from app.widgets.cluster_map.cast import PLACE

MACHINE = "machine"
"""The power and the kernel of a node: not one of the cast, yet all that runs there needs it."""


@dataclass(frozen=True)
class Capability:
    """`capability.<code>` says what; `chain` is whom it needs, in the order in which they act.

    `local` marks what each node does for its own Pods, so that one node's loss is not everybody's.
    """

    code: str
    chain: tuple[str, ...]
    local: bool = False


API, ETCD = "kube-apiserver", "etcd"
KCM, CCM = "kube-controller-manager", "cloud-controller-manager"

CAPABILITIES = (
    # Containers are processes that a shim holds; kernel rules stand without anybody. containerd, docs/runtime-v2.md.
    Capability("run", (MACHINE,), local=True),
    Capability("connect", (MACHINE,), local=True),
    Capability("resolve", ("coredns",)),
    # pkg/kubelet/kuberuntime/kuberuntime_manager.go, SyncPod; pkg/kubelet/prober.
    Capability("restart", ("kubelet", "container-runtime", MACHINE), local=True),
    Capability("static", ("kubelet", "container-runtime", MACHINE), local=True),
    # A list is answered from the watch cache only after etcd said how far the store has come (KEP-2340).
    Capability("read", (API, ETCD)),
    Capability("cached-read", (API,)),
    Capability("write", (API, "webhook", ETCD)),
    # The API server reads the Pod from the store, then dials its kubelet. registry/core/pod/rest/log.go.
    Capability("logs", (API, ETCD, "kubelet", "container-runtime", MACHINE), local=True),
    # pkg/controller/replicaset/replica_set.go; creating Pods is a write like any other.
    Capability("replace", (KCM, API, "webhook", ETCD)),
    Capability("schedule", ("kube-scheduler", API, ETCD)),
    # pkg/kubelet/kubelet.go, SyncPod (Secrets and a fresh token come from the API); containerd, sandbox_run.go.
    Capability("start", (API, ETCD, "kubelet", "container-runtime", "cni", MACHINE), local=True),
    Capability("pull", ("kubelet", "container-runtime", "registry", MACHINE), local=True),
    # pkg/controller/volume/attachdetach writes a VolumeAttachment; then pkg/volume/csi mounts.
    Capability("mount", (KCM, API, ETCD, "kubelet", "csi", MACHINE), local=True),
    # pkg/kubelet/status -> endpointslice controller -> pkg/proxy.
    Capability("endpoints", ("kubelet", API, ETCD, KCM, "kube-proxy", MACHINE), local=True),
    Capability("heartbeat", ("kubelet", API, ETCD, MACHINE), local=True),
    # pkg/controller/nodelifecycle/node_lifecycle_controller.go
    Capability("node-loss", (KCM, API, ETCD)),
    Capability("autoscale", ("metrics-server", API, KCM, ETCD)),
    Capability("top", ("metrics-server", API)),
    # pkg/controller/namespace/deletion: the discovery of every API group, aggregated ones too, must succeed.
    Capability("namespace", (KCM, API, ETCD, "metrics-server")),
    # cloud-provider/controllers/service and /node
    Capability("load-balancer", (CCM, API, ETCD)),
    Capability("new-node", (CCM, API, ETCD)),
)


@dataclass(frozen=True)
class Link:
    """One of a chain, and whether it is missing."""

    name: str
    missing: bool


@dataclass(frozen=True)
class Standing:
    """A capability as it stands: its chain link by link; `here_only` when other nodes still have it."""

    code: str
    chain: tuple[Link, ...]
    here_only: bool


def stand(capability: Capability, down: Collection[str]) -> Standing:
    missing = [name for name in capability.chain if name in down]
    return Standing(
        capability.code,
        tuple(Link(name, name in down) for name in capability.chain),
        bool(missing) and capability.local and all(PLACE.get(name, "node") == "node" for name in missing),
    )


def holds(capability: Capability, down: Collection[str]) -> bool:
    """It works while none of those it needs is down."""
    return not any(name in down for name in capability.chain)
