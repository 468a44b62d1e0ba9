"""DaemonSets and StatefulSets: a Pod is replaced where it is, so the old one ends before the new one begins.

pkg/controller/daemon/update.go, rollingUpdate, and pkg/controller/statefulset/stateful_set_control.go, v1.37.2. As for
Deployments, Pods become available only when the controller has nothing more to do.
"""

from collections.abc import Iterator
from typing import Literal

from app.record import dataclass
from app.widgets.rolling_update.fencepost import Amount, read_amount
from app.widgets.rolling_update.reading import Read, amount

Turned = Literal["start", "delete", "replace", "surge", "surge-delete", "ready"]


@dataclass(frozen=True)
class Limits:
    """How many Pods there are, how many may be missing or too many, and how many stay old (`kept`: the partition)."""

    pods: int
    unavailable: int
    surge: int
    kept: int
    is_manual: bool
    """OnDelete: the controller replaces only what somebody deletes."""


@dataclass(frozen=True)
class Turn:
    """Where the Pods stand after one thing has happened, in which sync, and how many it was about."""

    old: int
    new: int
    new_available: int
    why: Turned
    sync: int
    count: int


def limits_of(read: Read, pods: int) -> Limits:
    """Of a DaemonSet both percentages round up; of a StatefulSet the one rounds down, to at least 1."""
    strategy = read.spec.part("updateStrategy")
    rolling, is_manual = strategy.part("rollingUpdate"), strategy.text("type") == "OnDelete"
    unavailable = _amount(amount(rolling, "maxUnavailable", "1"))
    if read.kind == "StatefulSet":
        replicas = read.spec.integer("replicas")
        count = 1 if replicas is None else replicas
        kept = min(rolling.integer("partition") or 0, count)
        return Limits(count, max(1, unavailable.of(count, up=False)), 0, kept, is_manual)
    surge = _amount(amount(rolling, "maxSurge", "0")).of(pods, up=True)
    missing = unavailable.of(pods, up=True)
    return Limits(pods, missing if missing or surge else 1, surge, 0, is_manual)


def _amount(text: str) -> Amount:
    return read_amount(text, "manifest")


def replace_pods(limits: Limits, *, image_ok: bool) -> Iterator[Turn]:
    """Every step until nothing more happens."""
    yield Turn(limits.pods, 0, 0, "start", 0, 0)
    if not limits.is_manual:
        yield from _surge(limits, image_ok=image_ok) if limits.surge else _in_turn(limits, image_ok=image_ok)


def _in_turn(limits: Limits, *, image_ok: bool) -> Iterator[Turn]:
    """As many as may be missing are deleted, then made anew, then waited for."""
    old, new, sync = limits.pods, 0, 0
    while old > limits.kept:
        count = min(limits.unavailable, old - limits.kept)
        old, sync = old - count, sync + 1
        yield Turn(old, new, new, "delete", sync, count)
        sync += 1
        yield Turn(old, new + count, new, "replace", sync, count)
        if not image_ok:
            return
        new += count
        yield Turn(old, new, new, "ready", sync, count)


def _surge(limits: Limits, *, image_ok: bool) -> Iterator[Turn]:
    """New Pods beside old ones on as many nodes as may have two; the old one goes when the new one is available."""
    old, new, sync = limits.pods, 0, 0
    while old:
        count = min(limits.surge, old)
        sync += 1
        yield Turn(old, new + count, new, "surge", sync, count)
        if not image_ok:
            return
        new += count
        yield Turn(old, new, new, "ready", sync, count)
        old, sync = old - count, sync + 1
        yield Turn(old, new, new, "surge-delete", sync, count)
