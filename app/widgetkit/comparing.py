"""A run of a sequence beside the good path: the same inputs with nothing broken."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Literal

from app.kube.frame import Frame, Sequence
from app.record import dataclass
from app.widgetkit.state import State
from app.widgetkit.working import work_out


@dataclass(frozen=True)
class Pair:
    """The same step of two runs, as far as there is one; `ended` is the run that is over since the step before."""

    here: Frame | None
    there: Frame | None
    ended: Literal["here", "there", ""] = ""


@dataclass(frozen=True)
class Compared:
    """A run beside the good path: the steps that both share, and the pairs from where they part."""

    shared: tuple[Frame, ...]
    pairs: tuple[Pair, ...]


def good_path(state: State) -> dict[str, str] | None:
    """The same inputs with nothing broken; None when nothing is."""
    room = state.room
    defaults = room.typed_defaults
    typed = {**state.typed, **{name: defaults[name] for name in room.widget.faults if name in defaults}}
    return None if typed == dict(state.typed) else typed


def compare(state: State, frames: tuple[Frame, ...], good: Mapping[str, str] | None) -> Compared:
    if good is None:
        return Compared(frames, ())
    _, run = work_out(state.room, good, state.hidden)
    assert isinstance(run, Sequence)
    there = run.frames
    pairs = [Pair(*pair) for pair in zip_longest(frames, there)]
    shorter = min(len(frames), len(there))
    if shorter < len(pairs):
        pairs[shorter] = replace(pairs[shorter], ended="here" if len(frames) == shorter else "there")
    parting = next((n for n, pair in enumerate(pairs) if _differ(pair)), len(pairs))
    return Compared(frames[:parting], tuple(pairs[parting:]))


def _differ(pair: Pair) -> bool:
    here, there = pair.here, pair.there
    if here is None or there is None:
        return True
    return (here.key, here.say) != (there.key, there.say)


def parting_of(compared: Compared) -> int:
    """The first step that the good path does not have; 0 when there is none."""
    return len(compared.shared) + 1 if any(pair.here for pair in compared.pairs) else 0
