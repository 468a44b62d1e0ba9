"""The room `cluster-map`: the components in their places; switch one off and see what is left, and for how long."""

from app.record import dataclass
from app.widgetkit.contract import Example, Form, Say, Widget
from app.widgets.cluster_map.capability import Link, Standing
from app.widgets.cluster_map.cast import NEVER, Never, Talk
from app.widgets.cluster_map.drawing import Picture, draw
from app.widgets.cluster_map.fault import NUMBERS, Down, Notice
from app.widgets.cluster_map.model import Component, survey


class Inputs(Form):
    down: Down = "none"


@dataclass(frozen=True)
class Ability:
    """What a cluster can do, whom that needs in order, and whether only one node has lost it.

    `ends_at_s` is when it ends after the loss, null where it goes on; `ends` says so if it outlives the loss, `but`
    under which limit it goes on.
    """

    code: str
    say: Say
    chain: tuple[Link, ...]
    here_only: bool
    ends_at_s: int | None
    ends: Say | None
    but: Say | None


@dataclass(frozen=True)
class Moment:
    """What is noticed `at_s` seconds after the loss; null: for as long as it lasts."""

    at_s: int | None
    when: Say
    say: Say


@dataclass(frozen=True)
class Outcome:
    down: Down
    verdict: Say
    why: Say
    components: tuple[Component, ...]
    works: tuple[Ability, ...]
    breaks: tuple[Ability, ...]
    notices: tuple[Moment, ...]
    sums: tuple[Say, ...]
    talks: tuple[Talk, ...]
    never: tuple[Never, ...]
    pictures: tuple[Picture, Picture]


def run(inputs: Inputs) -> Outcome:
    seen = survey(inputs.down)
    return Outcome(
        down=inputs.down,
        verdict=Say(f"verdict.{inputs.down}", NUMBERS),
        why=Say(f"why.{inputs.down}", NUMBERS),
        components=seen.components,
        works=tuple(_ability(each, inputs.down, each.code in seen.but) for each in seen.works),
        breaks=tuple(_ability(each, inputs.down) for each in seen.breaks),
        notices=tuple(map(_moment, seen.notices)),
        sums=tuple(Say(key, NUMBERS) for key in seen.sums),
        talks=tuple(talk for component in seen.components for talk in component.talks),
        never=NEVER,
        pictures=draw(seen.components),
    )


def _ability(standing: Standing, down: Down, limited: bool = False) -> Ability:
    return Ability(
        standing.code,
        Say(f"capability.{standing.code}", {}),
        standing.chain,
        standing.here_only,
        standing.ends_at_s,
        _when(standing.ends_at_s, about=True) if standing.ends_at_s else None,
        Say(f"but.{down}.{standing.code}", NUMBERS) if limited else None,
    )


def _moment(notice: Notice) -> Moment:
    return Moment(notice.at_s, _when(notice.at_s, about=notice.about), Say(f"notice.{notice.code}", NUMBERS))


def _when(at_s: int | None, *, about: bool) -> Say:
    if not at_s:
        return Say("when.lasts" if at_s is None else "when.once", {})
    minutes, seconds = divmod(at_s, 60)
    if not minutes:
        return Say("when.about-seconds" if about else "when.seconds", {"seconds": seconds})
    return Say("when.about-minutes" if about else "when.minutes", {"minutes": minutes, "seconds": seconds})


_DOC = "kubernetes.io v1.37, Concepts/Overview/Components"

WIDGET = Widget(
    slug="cluster-map",
    form=Inputs,
    run=run,
    subject="components",
    prints=("verdict", "why", "breaks", "notices", "works", "components"),
    examples=(
        Example(
            "whole",
            {"down": "none"},
            {
                "breaks": [],
                "components.1.state": "up",
                "components.1.talks_to": ["etcd", "webhook", "kubelet", "metrics-server"],
            },
            "kubernetes.io v1.37, Concepts/Architecture/Control Plane-Node Communication",
        ),
        Example(
            "api-gone",
            {"down": "kube-apiserver"},
            {"works.0.code": "run", "works.1.code": "connect", "components.3.state": "exits", "notices.2.at_s": 10},
            "kubernetes v1.37.2, cmd/kube-scheduler/app/server.go, OnStoppedLeading",
        ),
        Example(
            "scheduler-gone",
            {"down": "kube-scheduler"},
            {"breaks.0.code": "schedule", "breaks.0.chain.0.missing": True, "notices.2.at_s": 15},
            _DOC,
        ),
        Example(
            "controllers-gone",
            {"down": "kube-controller-manager"},
            {"breaks.0.code": "replace", "components.11.state": "old-rules", "notices.2.at_s": 15},
            "kubernetes v1.37.2, cmd/kube-controller-manager/names/controller_names.go",
        ),
        Example(
            "kubelet-gone",
            {"down": "kubelet"},
            {"notices.1.at_s": 50, "notices.2.at_s": 350, "breaks.0.code": "restart", "breaks.0.here_only": True},
            "kubernetes v1.37.2, pkg/controller/nodelifecycle/node_lifecycle_controller.go, 50 s + 300 s",
        ),
        Example(
            "quorum-gone",
            {"down": "etcd"},
            {"components.1.state": "no-store", "notices.1.at_s": 7, "notices.4.at_s": 35, "breaks.1.ends_at_s": 35},
            "etcd v3.7.1, server/config: 5 s and two elections of 1 s; apiserver, storage/cacher/cacher.go: 30 s",
        ),
        Example(
            "dns-gone",
            {"down": "coredns"},
            {"breaks.0.code": "resolve", "components.12.state": "nameless", "notices.1.at_s": 10},
            "resolv.conf(5): timeout 5 s, 2 attempts",
        ),
        Example(
            "machine-gone",
            {"down": "node"},
            {"breaks.0.code": "run", "breaks.0.here_only": True, "notices.2.at_s": 350},
            "kubernetes v1.37.2, pkg/controller/nodelifecycle/node_lifecycle_controller.go",
        ),
    ),
)
