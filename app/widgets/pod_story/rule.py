"""What a diagnosis is made of: signals that are looked for in the paste, and what they prove.

Patterns are held against text without white space, since blanks get lost and terminals break words: write them
without any. A group `(?P<name>…)` is a value of the sentence.
"""

import re
from functools import cached_property
from typing import Literal

from app.record import dataclass
from app.widgetkit.contract import Say

Sure = Literal["proved", "likely", "open"]
Where = Literal["event", "said", "column", "waiting", "ended", "pod", "condition", "log", "refusal", "kernel", "fact"]


@dataclass(frozen=True)
class Signal:
    """One thing to look for: `names` are reasons, types or exit codes, as far as they matter there."""

    where: Where
    names: tuple[str, ...] = ()
    pattern: str = ""
    status: str = ""

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\s+", "", self.pattern))


def event(*reasons: str, says: str = "") -> Signal:
    """An event of one of these reasons whose message says something, that nothing later has overtaken."""
    return Signal("event", reasons, says)


def said(pattern: str) -> Signal:
    """A message about the Pod, whoever wrote it: events, container states, conditions, refusals, loose lines."""
    return Signal("said", (), pattern)


def column(*names: str) -> Signal:
    """What `kubectl get pods` prints as STATUS."""
    return Signal("column", names)


def waiting(*reasons: str) -> Signal:
    """The reason for which a container waits; STATUS repeats it."""
    return Signal("waiting", reasons)


def ended(*names: str) -> Signal:
    """How a container ended, now or the last time: its reason, or `exit:N`."""
    return Signal("ended", names)


def pod_says(*reasons: str, says: str = "") -> Signal:
    """The reason or the message in the Pod's own status."""
    return Signal("pod", reasons, says)


def condition(kind: str, status: str, *reasons: str, says: str = "") -> Signal:
    return Signal("condition", (kind, *reasons), says, status)


def log(pattern: str) -> Signal:
    """A line that the container wrote."""
    return Signal("log", (), pattern)


def kernel(pattern: str) -> Signal:
    return Signal("kernel", (), pattern)


def refused(pattern: str) -> Signal:
    """What the API server refused: kubectl's error, an audit line, or FailedCreate of a controller."""
    return Signal("refusal", (), pattern)


def fact(name: str) -> Signal:
    """Something that is computed of the Pod: see `facts.py`."""
    return Signal("fact", (name,))


@dataclass(frozen=True)
class Rule:
    """One diagnosis: its code, what it needs (all of `all`, one of `any`), what refutes it, how sure it then is.

    `actor` must act now; `next` are commands that tell more; `shows` are signals quoted as well. `sure_if` are signals
    that make what is likely proved. `if_ready` holds for a Pod that is ready. `candidates` are the codes between which
    an open verdict stands. `room` is the room that takes what was pasted. `act` says who must act (`act.<act>`)
    where it is not as for the others of this actor.
    """

    id: str
    code: str
    actor: str
    source: str
    any: tuple[Signal, ...] = ()
    all: tuple[Signal, ...] = ()
    none: tuple[Signal, ...] = ()
    shows: tuple[Signal, ...] = ()
    sure: Sure = "proved"
    sure_if: tuple[Signal, ...] = ()
    next: tuple[str, ...] = ()
    if_ready: bool = False
    candidates: tuple[str, ...] = ()
    room: str = ""
    act: str = ""

    @property
    def acts(self) -> Say:
        """Who must act now, and why they do not."""
        return Say(f"act.{self.act or self.actor}")
