"""What one step of a sequence holds: who acts, the message, and everything a reader can see at that moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    """One event as `kubectl describe` lists it."""

    type: str
    reason: str
    from_: str
    message: str


@dataclass(frozen=True)
class StoredObject:
    """An object as the API server would return it now; `changed` are the lines (from 1) that this step wrote."""

    kind: str
    name: str
    yaml: str
    changed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One step. `key` names its short label `step.<key>`, `say` its sentence; both stand in the room's words.

    `actors` gives the state of every actor on the stage as a key `state.<code>`; the code `down` is drawn
    struck out. `details` are keys of further sentences that can be unfolded. `at_s` is model time in seconds.
    """

    step: int
    key: str
    actor: str
    say: str
    actors: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    from_: str | None = None
    to: str | None = None
    verb: str = ""
    path: str | None = None
    objects: tuple[StoredObject, ...] = ()
    events: tuple[Event, ...] = ()
    terminal: str = ""
    details: tuple[str, ...] = ()
    at_s: float = 0.0


@dataclass(frozen=True)
class Sequence:
    """All frames for some inputs and, at the end, what the reader would see, what still works, what to check first.

    `sees`, `works` and `check` are keys of sentences, empty when nothing is broken.
    """

    frames: tuple[Frame, ...]
    sees: str = ""
    works: str = ""
    check: str = ""


def changed_lines(before: str, after: str) -> tuple[int, ...]:
    """The lines of `after` (from 1) that a line diff against `before` adds or rewrites."""
    from difflib import SequenceMatcher

    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    return tuple(
        line + 1
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag in ("insert", "replace")
        for line in range(start, end)
    )
