"""A recorded roll-out beside the model: each size that the real controller gave a ReplicaSet, from what it saw then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from app.widgets.rolling_update.fencepost import read_fenceposts
from app.widgets.rolling_update.model import decided
from app.widgets.rolling_update.state import Deployment, ReplicaSet
from tests.witness.recording import Recording, patched, recordings

PROGRAM, ROOM = "kubernetes-1.37.2", "deployment-change"
DESIRED, LARGEST = "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas"


@dataclass(frozen=True)
class Write:
    """A ReplicaSet got a size: the state before it, which ReplicaSet it was (1 the older), and the size."""

    at: float
    before: Deployment
    revision: int
    size: int


@dataclass(frozen=True)
class Told:
    """Every write to the two ReplicaSets, and the states in which a pause and the end left them."""

    writes: tuple[Write, ...]
    paused: tuple[Deployment, ...]
    end: Deployment


@cache
def rollouts() -> tuple[Recording, ...]:
    return tuple(each for each in recordings(PROGRAM) if each.room == ROOM)


def read(recording: Recording) -> Told:
    now: dict[str, Any] = {}
    writes: list[Write] = []
    paused: list[Deployment] = []
    for change in recording.told["changes"]:
        kind, _, name = change["of"].split("/")
        if kind not in ("Deployment", "ReplicaSet"):
            continue
        key = f"{kind}/{name}"
        was, new = now.get(key), patched(now.get(key, {}), change["patch"])
        size = new["spec"]["replicas"]
        if kind == "ReplicaSet" and _is_begun(now) and (was is None or was["spec"]["replicas"] != size):
            writes.append(Write(change["at"], _state(now), 1 if key == _first(now) else 2, size))
        if kind == "Deployment" and was and was["spec"].get("paused") and not new["spec"].get("paused"):
            paused.append(_state(now))
        now[key] = new
    return Told(tuple(writes), tuple(paused), _state(now))


def _is_begun(now: Mapping[str, Any]) -> bool:
    return any(key.startswith("Deployment/") for key in now) and any(key.startswith("ReplicaSet/") for key in now)


def _first(now: Mapping[str, Any]) -> str:
    return next(key for key in now if key.startswith("ReplicaSet/"))


def _image(told: Mapping[str, Any]) -> str:
    return str(told["spec"]["template"]["spec"]["containers"][0]["image"])


def _state(now: Mapping[str, Any]) -> Deployment:
    """The Deployment as the model knows it, from the objects as they stand."""
    real = next(told for key, told in now.items() if key.startswith("Deployment/"))
    first, *more = (told for key, told in now.items() if key.startswith("ReplicaSet/"))
    fences = real["spec"]["strategy"]["rollingUpdate"]
    second = _set(2, more[0]) if more else ReplicaSet(2, 0, 0, 0, 0, 0, exists=False)
    return Deployment(
        replicas=real["spec"]["replicas"],
        posts=read_fenceposts(str(fences["maxSurge"]), str(fences["maxUnavailable"])),
        strategy="RollingUpdate",
        sets=(_set(1, first), second),
        current=1 if _image(real) == _image(first) else 2,
        paused=bool(real["spec"].get("paused")),
    )


def _set(revision: int, told: Mapping[str, Any]) -> ReplicaSet:
    notes = told["metadata"]["annotations"]
    available = told.get("status", {}).get("availableReplicas", 0)
    return ReplicaSet(revision, told["spec"]["replicas"], available, 0, int(notes[DESIRED]), int(notes[LARGEST]))


def differences(told: Told) -> Iterator[str]:
    """Writes that the model would not have made from the state before them, and rests in which it would have acted."""
    for write in told.writes:
        if write.size not in _sizes(write):
            stood = [(rs.spec, rs.available) for rs in write.before.sets]
            yield f"at {write.at} s, with {stood}: {write.size} for ReplicaSet {write.revision}, not {_sizes(write)}"
    for state in (*told.paused, told.end):
        if ours := decided(state):
            yield f"with {[(rs.spec, rs.available) for rs in state.sets]} nothing was done, not {ours[0].why}"


def _sizes(write: Write) -> list[int]:
    """The sizes that the model gives this ReplicaSet in its next sync."""
    steps = decided(write.before)
    return [step.deployment.sets[write.revision - 1].spec for step in steps]


def sizes(told: Told) -> list[tuple[int, int]]:
    """The sizes of both ReplicaSets after each write."""
    return [
        (write.size, write.before.sets[1].spec) if write.revision == 1 else (write.before.sets[0].spec, write.size)
        for write in told.writes
    ]


def unready(told: Told) -> Told:
    """The same if none of the new Pods had ever become available: the model would have waited."""
    return replace(
        told,
        writes=tuple(
            replace(write, before=write.before.with_set(replace(write.before.new, available=0)))
            for write in told.writes
        ),
    )
