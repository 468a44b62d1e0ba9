"""The orders of death as the page prints them: the first rows, with sizes as a person reads them."""

from collections.abc import Sequence

from app.record import dataclass
from app.widgets.oom_score.eviction import Evictee
from app.widgets.oom_score.kill import Candidate, Replay
from app.widgets.oom_score.node import Node
from app.widgets.oom_score.qos import QosClass

ROWS = 25


@dataclass(frozen=True)
class KillRow:
    rank: int
    tied: bool
    name: str
    oom_score_adj: int
    used: str
    badness: int
    oom_score: int


@dataclass(frozen=True)
class EvictionRow:
    place: int
    tied: bool
    name: str
    qos_class: QosClass
    usage: str
    request: str
    over: str
    exceeds: bool | None
    priority: int
    critical: bool


@dataclass(frozen=True)
class StepRow:
    number: int
    name: str
    badness: int
    together: int
    freed: str
    free: str
    missing: str
    restarts: bool


@dataclass(frozen=True)
class Amount:
    """A line of the node's account: `key` says what, `text` how much."""

    key: str
    text: str


@dataclass(frozen=True)
class Tables:
    kills: tuple[KillRow, ...]
    kills_hidden: int
    evictions: tuple[EvictionRow, ...]
    evictions_hidden: int
    steps: tuple[StepRow, ...]
    asks_for: str
    free: str
    node: tuple[Amount, ...]


def make_tables(
    kill_order: Sequence[Candidate], eviction_order: Sequence[Evictee], replay: Replay | None, node: Node
) -> Tables:
    return Tables(
        kills=tuple(_kill_row(candidate) for candidate in kill_order[:ROWS]),
        kills_hidden=max(0, len(kill_order) - ROWS),
        evictions=tuple(_eviction_row(i, pod) for i, pod in enumerate(eviction_order[:ROWS], 1)),
        evictions_hidden=max(0, len(eviction_order) - ROWS),
        steps=tuple(
            StepRow(
                number=step.number,
                name=_name(step.victim),
                badness=step.victim.badness,
                together=step.together,
                freed=size(step.freed),
                free=size(step.free),
                missing=size(step.missing),
                restarts=step.victim.restarts,
            )
            for step in (replay.steps if replay else ())
        ),
        asks_for=size(replay.asks_for) if replay else "",
        free=size(replay.free) if replay else "",
        node=_account(node),
    )


def _kill_row(candidate: Candidate) -> KillRow:
    return KillRow(
        rank=candidate.rank,
        tied=candidate.tied,
        name=_name(candidate),
        oom_score_adj=candidate.oom_score_adj,
        used=size(candidate.used),
        badness=candidate.badness,
        oom_score=candidate.oom_score,
    )


def _name(candidate: Candidate) -> str:
    names = [candidate.namespace, candidate.pod, candidate.container, candidate.process]
    return "/".join(filter(None, names))


def _eviction_row(place: int, pod: Evictee) -> EvictionRow:
    return EvictionRow(
        place=place,
        tied=pod.tied,
        name=f"{pod.namespace}/{pod.pod}",
        qos_class=pod.qos_class,
        usage="?" if pod.usage is None else size(pod.usage),
        request=size(pod.request),
        over="?" if pod.over_request is None else size(pod.over_request),
        exceeds=pod.exceeds_request,
        priority=pod.priority,
        critical=pod.critical,
    )


def _account(node: Node) -> tuple[Amount, ...]:
    known = (
        ("capacity", node.capacity),
        ("swap", node.swap or None),
        ("kube-reserved", node.kube_reserved or None),
        ("system-reserved", node.system_reserved or None),
        ("pods-limit", node.pods_limit),
        ("hard-eviction", node.hard_eviction),
        ("allocatable", node.allocatable),
        ("system-used", None if node.pods_used is None else node.system_used),
        ("pods-used", node.pods_used),
        ("available", node.available),
        ("allocatable-available", node.allocatable_available),
        ("point", node.point_bytes),
    )
    return tuple(Amount(key, size(count)) for key, count in known if count is not None)


def size(count: int) -> str:
    """Bytes with at most one decimal and a binary suffix: `4.8Gi`; whole when it is."""
    sign, count = ("−" if count < 0 else ""), abs(count)
    for power, suffix in ((40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")):
        if count >= 1 << power:
            number = f"{count / (1 << power):.1f}".removesuffix(".0")
            return f"{sign}{number}{suffix}"
    return f"{sign}{count}"
