"""Who is in a cluster, where it stands, and who opens a connection to whom.

kubernetes.io, Concepts/Overview/Components, Architecture/Control Plane-Node Communication, and Reference/Ports and
Protocols, v1.37.
"""

from typing import Literal

from app.record import dataclass

Where = Literal["outside", "control-plane", "node", "add-on"]
How = Literal["request", "watch", "grpc", "exec", "process"]


@dataclass(frozen=True)
class Talk:
    """One connection: who opens it, to whom, by what (`at` is a port or a socket), and `talk.<code>` says for what."""

    code: str
    opener: str
    to: str
    how: How
    at: str


@dataclass(frozen=True)
class Actor:
    name: str
    place: Where


@dataclass(frozen=True)
class Never:
    """Two that never speak with each other, and the code of how it is done instead."""

    opener: str
    to: str


CAST = (
    Actor("kubectl", "outside"),
    Actor("kube-apiserver", "control-plane"),
    Actor("etcd", "control-plane"),
    Actor("kube-scheduler", "control-plane"),
    Actor("kube-controller-manager", "control-plane"),
    Actor("cloud-controller-manager", "control-plane"),
    Actor("webhook", "outside"),
    Actor("kubelet", "node"),
    Actor("container-runtime", "node"),
    Actor("cni", "node"),
    Actor("csi", "node"),
    Actor("kube-proxy", "node"),
    Actor("pod", "node"),
    Actor("coredns", "add-on"),
    Actor("metrics-server", "add-on"),
    Actor("registry", "outside"),
)
PLACE: dict[str, Where] = {actor.name: actor.place for actor in CAST}

TALKS = (
    Talk("kubectl-api", "kubectl", "kube-apiserver", "request", "6443"),
    Talk("api-etcd", "kube-apiserver", "etcd", "grpc", "2379"),
    Talk("api-webhook", "kube-apiserver", "webhook", "request", "443"),
    Talk("api-kubelet", "kube-apiserver", "kubelet", "request", "10250"),
    Talk("api-metrics", "kube-apiserver", "metrics-server", "request", "443"),
    Talk("etcd-etcd", "etcd", "etcd", "grpc", "2380"),
    Talk("scheduler-api", "kube-scheduler", "kube-apiserver", "watch", "6443"),
    Talk("kcm-api", "kube-controller-manager", "kube-apiserver", "watch", "6443"),
    Talk("ccm-api", "cloud-controller-manager", "kube-apiserver", "watch", "6443"),
    Talk("kubelet-api", "kubelet", "kube-apiserver", "watch", "6443"),
    Talk("kubelet-runtime", "kubelet", "container-runtime", "grpc", "CRI"),
    Talk("kubelet-csi", "kubelet", "csi", "grpc", "CSI"),
    Talk("kubelet-pod", "kubelet", "pod", "request", ""),
    Talk("runtime-cni", "container-runtime", "cni", "exec", "CNI"),
    Talk("runtime-registry", "container-runtime", "registry", "request", "443"),
    Talk("runtime-pod", "container-runtime", "pod", "process", ""),
    Talk("proxy-api", "kube-proxy", "kube-apiserver", "watch", "6443"),
    Talk("pod-dns", "pod", "coredns", "request", "53"),
    Talk("dns-api", "coredns", "kube-apiserver", "watch", "6443"),
    Talk("metrics-api", "metrics-server", "kube-apiserver", "watch", "6443"),
    Talk("metrics-kubelet", "metrics-server", "kubelet", "request", "10250"),
)

NEVER = (
    Never("kube-scheduler", "kubelet"),
    Never("kube-controller-manager", "kube-scheduler"),
    Never("kube-controller-manager", "kubelet"),
    Never("kubelet", "etcd"),
    Never("kubectl", "etcd"),
    Never("kubectl", "kubelet"),
    Never("kubelet", "cni"),
    Never("kubelet", "registry"),
    Never("pod", "kube-proxy"),
    Never("kube-proxy", "coredns"),
)


def talks_of(name: str) -> tuple[Talk, ...]:
    """The connections that one of the cast opens."""
    return tuple(talk for talk in TALKS if talk.opener == name)
