"""What a cluster is and what is left of it when one of its components is switched off."""

from collections.abc import Collection, Mapping

from app.record import dataclass
from app.widgets.cluster_map.capability import CAPABILITIES, Standing, holds, stand
from app.widgets.cluster_map.cast import CAST, Talk, Where, talks_of
from app.widgets.cluster_map.fault import FAULTS, Down, Notice

# How the others are while one is gone: of the causes listed, the first that is gone names the state.
_EXITS = (("kube-apiserver", "exits"), ("etcd", "exits"))
_UNASKED = (("kube-apiserver", "unasked"),)
STATES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "kubectl": (("kube-apiserver", "refused"), ("etcd", "times-out")),
    "kube-apiserver": (("etcd", "no-store"), ("webhook", "refuses")),
    "etcd": _UNASKED,
    "kube-scheduler": _EXITS,
    "kube-controller-manager": (*_EXITS, ("webhook", "failed-create"), ("metrics-server", "no-metrics")),
    "cloud-controller-manager": _EXITS,
    "webhook": _UNASKED,
    "kubelet": (
        ("container-runtime", "not-ready"),
        ("kube-apiserver", "keeps"),
        ("etcd", "keeps"),
        ("csi", "no-mount"),
    ),
    "container-runtime": (("kubelet", "no-orders"), ("cni", "no-sandbox"), ("registry", "no-pull")),
    "cni": (("container-runtime", "uncalled"),),
    "csi": (("kubelet", "uncalled"),),
    "kube-proxy": (("kube-apiserver", "old-rules"), ("etcd", "old-rules"), ("kube-controller-manager", "old-rules")),
    "pod": (("kubelet", "unwatched"), ("container-runtime", "in-shims"), ("coredns", "nameless")),
    "coredns": (("kube-apiserver", "known-names"),),
    "metrics-server": _UNASKED,
    "registry": (),
}


@dataclass(frozen=True)
class Component:
    """One of the cast as it stands. `talks_to` are the names it opens connections to; `role.<name>` is its job."""

    name: str
    place: Where
    talks_to: tuple[str, ...]
    talks: tuple[Talk, ...]
    state: str


@dataclass(frozen=True)
class Survey:
    components: tuple[Component, ...]
    works: tuple[Standing, ...]
    breaks: tuple[Standing, ...]
    notices: tuple[Notice, ...]
    sums: tuple[str, ...]
    but: frozenset[str]


def state_of(name: str, gone: Collection[str], down: Down = "none") -> str:
    """A component's state: down itself, hindered by what is gone, or up."""
    if name in gone:
        return "down"
    if name == "etcd" and down == "etcd-member":
        return "two-of-three"
    return next((state for cause, state in STATES[name] if cause in gone), "up")


def survey(down: Down) -> Survey:
    """The cluster with one component switched off."""
    fault = FAULTS[down]
    return Survey(
        components=tuple(
            Component(
                actor.name,
                actor.place,
                tuple(talk.to for talk in talks_of(actor.name)),
                talks_of(actor.name),
                state_of(actor.name, fault.gone, down),
            )
            for actor in CAST
        ),
        works=tuple(stand(each, fault.gone) for each in CAPABILITIES if holds(each, fault.gone)),
        breaks=tuple(stand(each, fault.gone) for each in CAPABILITIES if not holds(each, fault.gone)),
        notices=fault.notices,
        sums=fault.sums,
        but=fault.but,
    )
