"""What one step of a sequence holds: who acts, the message, and everything a reader can see at that moment."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypedDict

from app.kube.say import Say
from app.record import dataclass


@dataclass(frozen=True)
class Event:
    """One event as `kubectl describe` lists it."""

    type: str
    reason: str
    from_: str
    message: str


@dataclass(frozen=True)
class Status:
    """What an object says of itself: its phase (`type` is the field's name), or one of its conditions.

    `was` is what it said before this step, when that was something else: None if it did not turn, "" if it was
    not there.
    """

    type: str
    status: str
    reason: str = ""
    was: str | None = None


@dataclass(frozen=True)
class StoredObject:
    """An object as the API server would return it now; `changed` are the lines (from 1) that this step wrote.

    `status` holds its phase and conditions, in the order in which it lists them.
    """

    kind: str
    name: str
    yaml: str
    changed: tuple[int, ...] = ()
    status: tuple[Status, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One step. `key` names its short label `step.<key>` in the room's words, `say` is its sentence.

    `actors` gives the state of every actor on the stage as a key `state.<code>`; the code `down` is drawn
    struck out. `details` are further sentences that can be unfolded. `at_s` is model time in seconds.
    `acting` are those who do the same at the same time as `actor`, `also` further ways (from, to) that the same
    message takes at that moment.
    """

    step: int
    key: str
    actor: str
    say: Say
    actors: Mapping[str, str]
    from_: str | None = None
    to: str | None = None
    verb: str = ""
    path: str | None = None
    objects: tuple[StoredObject, ...] = ()
    events: tuple[Event, ...] = ()
    terminal: str = ""
    details: tuple[Say, ...] = ()
    at_s: float = 0.0
    acting: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()

    @property
    def actors_at_work(self) -> tuple[str, ...]:
        """Everybody who acts, the one that the step is about first."""
        return (self.actor, *self.acting)

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """Every way that the message takes, from whom to whom; none when nothing is sent."""
        return ((self.from_, self.to), *self.also) if self.from_ and self.to else ()

    @property
    def senders(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sender for sender, _ in self.ways))

    @property
    def receivers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(receiver for _, receiver in self.ways))


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """All frames for some inputs and, at the end, what the reader would see, what still works, what to check first.

    `sees`, `works` and `check` are None when nothing is broken.
    """

    frames: tuple[Frame, ...]
    sees: Say | None = None
    works: Say | None = None
    check: Say | None = None


class Ending(TypedDict, total=False):
    """The last three fields of a sequence; empty when nothing is broken."""

    sees: Say
    works: Say
    check: Say


ENDING = ("sees", "works", "check")
"""What is said of a broken run's end, by the names of its fields."""


def ending(end: str) -> Ending:
    """How a broken run ends, in the room's words: `end.<end>.sees`, `end.<end>.works` and `end.<end>.check`."""
    return {"sees": Say(f"end.{end}.sees"), "works": Say(f"end.{end}.works"), "check": Say(f"end.{end}.check")}


def with_details(frames: tuple[Frame, ...], *details: str) -> tuple[Frame, ...]:
    """The frames with further details of the last one, with the values of its sentence: `say.<detail>`."""
    last = frames[-1]
    more = (Say(f"say.{detail}", last.say.values) for detail in details)
    return (*frames[:-1], replace(last, details=(*last.details, *more)))


def next_frame(
    earlier: tuple[Frame, ...],
    key: str,
    actor: str,
    actors: Mapping[str, str],
    *,
    say: str,
    values: Mapping[str, object],
    details: Iterable[str] = (),
    from_: str | None = None,
    to: str | None = None,
    verb: str = "",
    path: str | None = None,
    objects: Iterable[StoredObject] = (),
    events: tuple[Event, ...] = (),
    terminal: str = "",
    at_s: float = 0.0,
    acting: Iterable[str] = (),
    also: Iterable[tuple[str, str]] = (),
) -> Frame:
    """The frame after the earlier ones, told in the room's words: its sentence is `say.<say>` or else `say.<key>`.

    What is sent comes from the actor unless it is said from whom; all sentences of a frame share its values.
    """
    told = {name: value if isinstance(value, str) else str(value) for name, value in values.items()}
    return Frame(
        step=len(earlier) + 1,
        key=key,
        actor=actor,
        say=Say(f"say.{say or key}", told),
        actors=actors,
        from_=(from_ or actor) if to else None,
        to=to,
        verb=verb,
        path=path,
        objects=tuple(objects),
        events=events,
        terminal=terminal,
        details=tuple(Say(f"say.{detail}", told) for detail in details),
        at_s=at_s,
        acting=tuple(acting),
        also=tuple(also),
    )


def changed_lines(before: str, after: str) -> tuple[int, ...]:
    """The lines of `after` (from 1) that a line diff against `before` adds or rewrites."""
    old, new = before.splitlines(), after.splitlines()
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if not old or not new:
        return tuple(range(head + 1, head + len(new) + 1))
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    return tuple(
        head + line + 1
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag in ("insert", "replace")
        for line in range(start, end)
    )


def _alike(old: list[str], new: list[str]) -> int:
    """How many lines are the same at the beginning."""
    return next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
