"""What stands below the picture of a sequence: the panes of evidence, and how watched objects turn."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

from app.kube.frame import Frame, Status, StoredObject


@dataclass(frozen=True)
class Pane:
    """One column of evidence; its title is `pane.<name>` in the words, `pane.<name>.none` stands while it is empty.

    `command` is what would print it. A pane of objects takes those of its `kinds`, or without kinds those that no
    other pane takes; it is left out of runs in which there are none. `wraps` is for long lines that are no table.
    """

    name: str
    shows: Literal["objects", "events", "terminal"]
    command: str = ""
    kinds: tuple[str, ...] = ()
    wraps: bool = False


@dataclass(frozen=True)
class Watched:
    """A kind of object whose phase and conditions are shown as they turn; `types` come first, in this order."""

    kind: str
    types: tuple[str, ...] = ()


KUBECTL = (Pane("objects", "objects"), Pane("events", "events", "kubectl describe"), Pane("terminal", "terminal"))
POD = Watched("Pod", ("phase", "PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready"))
DEPLOYMENT = Watched("Deployment", ("Progressing", "Available"))

# Conditions that tell of trouble when they hold.
_TROUBLE = frozenset(("ReplicaFailure", "DisruptionTarget", "Failure", "PodResizePending"))
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MARKS = {"True": "yes", "False": "no", "Unknown": "unknown"}


@dataclass(frozen=True)
class Shown:
    """An object in a pane: its YAML with what this step wrote marked."""

    kind: str
    name: str
    is_stored: bool
    yaml: Markup


@dataclass(frozen=True)
class Evidence:
    """A pane with what it holds at one step."""

    pane: Pane
    objects: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Turn:
    """One status of a watched object: `mark` is its glyph (yes, no, unknown, unset, phase), `tone` good, bad or ""."""

    status: Status
    mark: str
    tone: str

    @property
    def title(self) -> Markup:
        """The type, which may be broken between its words."""
        return Markup("<wbr>").join(_WORDS.split(self.status.type))


@dataclass(frozen=True)
class Row:
    """A watched object; `name` is empty while it is not stored."""

    kind: str
    name: str
    turns: tuple[Turn, ...]


def evidence(panes: Sequence[Pane], frames: Sequence[Frame], frame: Frame) -> tuple[Evidence, ...]:
    """The panes at one step. What the step wrote comes first; panes that stay empty in the whole run are left out."""
    drawn = []
    for pane in panes:
        if pane.shows != "objects":
            drawn.append(Evidence(pane))
        elif any(_taken(pane, panes, each.objects) for each in frames):
            taken = sorted(_taken(pane, panes, frame.objects), key=lambda each: not each.changed)
            drawn.append(Evidence(pane, tuple(_shown(each) for each in taken)))
    return tuple(drawn)


def _taken(pane: Pane, panes: Sequence[Pane], objects: Iterable[StoredObject]) -> list[StoredObject]:
    if pane.kinds:
        return [each for each in objects if each.kind in pane.kinds]
    elsewhere = {kind for other in panes for kind in other.kinds}
    return [each for each in objects if each.kind not in elsewhere]


def _shown(thing: StoredObject) -> Shown:
    return Shown(thing.kind, thing.name, getattr(thing, "stored", True), written(thing.yaml, thing.changed))


def written(yaml: str, changed: tuple[int, ...]) -> Markup:
    """The text as HTML, with each run of changed lines (from 1) inside one `<ins>`."""
    marked = set(changed)
    parts: list[str] = []
    for number, line in enumerate(str(escape(yaml)).splitlines(), 1):
        if number in marked and number - 1 not in marked:
            parts.append("<ins>")
        parts.append(f"{line}\n")
        if number in marked and number + 1 not in marked:
            parts.append("</ins>")
    return Markup("".join(parts))


def turning(watches: Sequence[Watched], frames: Sequence[Frame], frame: Frame) -> tuple[Row, ...]:
    """Phase and conditions of every watched kind at one step; of a kind, the first object stands for all.

    A row has the same places from the first step to the last, so that a reader sees one fill after the other. A
    kind that this run never stores has none, except the first.
    """
    rows = []
    for number, watched in enumerate(watches):
        types = _types(watched, frames)
        if types is None and number:
            continue
        thing = next((each for each in frame.objects if _is_watched(each, watched)), None)
        told = {each.type: each for each in thing.status} if thing else {}
        listed = watched.types if types is None else types
        turns = tuple(_turn(told.get(name, Status(name, ""))) for name in listed)
        rows.append(Row(watched.kind, thing.name if thing else "", turns))
    return tuple(rows)


def _is_watched(thing: StoredObject, watched: Watched) -> bool:
    return thing.kind == watched.kind and getattr(thing, "stored", True)


def _types(watched: Watched, frames: Sequence[Frame]) -> tuple[str, ...] | None:
    """The types in their order, with what else appears in the run; None when no such object does."""
    stored = [each for frame in frames for each in frame.objects if _is_watched(each, watched)]
    if not stored:
        return None
    return tuple(dict.fromkeys((*watched.types, *(status.type for each in stored for status in each.status))))


def _turn(status: Status) -> Turn:
    if not status.status:
        return Turn(status, "unset", "")
    mark = _MARKS.get(status.status, "phase")
    if mark == "phase":
        return Turn(status, mark, {"Failed": "bad", "Running": "good", "Succeeded": "good"}.get(status.status, ""))
    if status.type in _TROUBLE:
        return Turn(status, mark, "bad" if mark == "yes" else "")
    return Turn(status, mark, {"yes": "good", "unknown": "bad"}.get(mark, ""))
