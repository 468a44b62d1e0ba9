"""What stands beside the picture of a sequence: what a step wrote, and how watched objects turn."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from markupsafe import Markup, escape

from app.kube.frame import Event, Frame, Status, StoredObject
from app.record import dataclass

AROUND, FIRST, MOST = 2, 12, 24  # lines shown around what was written; of an object that is all new; at most
PRINTED = 2  # lines of the terminal shown above what is new


@dataclass(frozen=True)
class Pane:
    """One column of evidence; its title is `pane.<name>` in the words, `pane.<name>.none` stands while it is empty.

    `command` is what would print it. A pane of objects takes those of its `kinds`, or without kinds those that no
    other pane takes; it is left out of runs in which there are none. `wraps` is for long lines that are no table.
    What is `own` is no object of an API: `<name>.kind` in the words names it, and `<name>.<key>` each of its keys.
    """

    name: str
    shows: Literal["objects", "events", "terminal"]
    command: str = ""
    kinds: tuple[str, ...] = ()
    wraps: bool = False
    own: bool = False


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
    """An object in a pane: `yaml` is all of it with what this step wrote marked, `near` that with the lines around it.

    `near` is empty when the step wrote nothing of it; `is_new` when it wrote all of it.
    """

    kind: str
    name: str
    is_stored: bool
    is_new: bool
    near: Markup
    yaml: Markup
    lines: int


@dataclass(frozen=True)
class Printed:
    """What the terminal shows: lines that are folded, the last ones before this step, and those that it printed."""

    folded: str = ""
    last: str = ""
    new: str = ""


@dataclass(frozen=True)
class Evidence:
    """A pane with what it holds at one step; `events` are those of this step, `earlier` all before."""

    pane: Pane
    objects: tuple[Shown, ...] = ()
    events: tuple[Event, ...] = ()
    earlier: tuple[Event, ...] = ()
    printed: Printed = Printed()

    @property
    def folded(self) -> tuple[Shown, ...]:
        """The objects of which this step wrote nothing."""
        return tuple(each for each in self.objects if not each.near)


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


Word = Callable[[str], str]
"""The text for a key of the room's words."""


def evidence(panes: Sequence[Pane], frames: Sequence[Frame], frame: Frame, word: Word) -> tuple[Evidence, ...]:
    """The panes at one step. What the step wrote comes first; panes that stay empty in the whole run are left out."""
    return evidence_of(filled(panes, frames), panes, frames, frame, word)


def filled(panes: Sequence[Pane], frames: Sequence[Frame]) -> tuple[Pane, ...]:
    """Those that hold something at some step of the run; of events and of the terminal there is always a pane."""
    return tuple(
        pane for pane in panes if pane.shows != "objects" or any(_taken(pane, panes, each.objects) for each in frames)
    )


def evidence_of(
    shown: Sequence[Pane], panes: Sequence[Pane], frames: Sequence[Frame], frame: Frame, word: Word
) -> tuple[Evidence, ...]:
    """The panes that are `shown`, at one step."""
    before = frames[frame.step - 2] if frame.step > 1 else None
    drawn = []
    for pane in shown:
        if pane.shows == "events":
            new, earlier = _parted(before, frame)
            drawn.append(Evidence(pane, (), tuple(new), tuple(earlier)))
        elif pane.shows == "terminal":
            drawn.append(Evidence(pane, printed=printed(before.terminal if before else "", frame.terminal)))
        else:
            taken = sorted(_taken(pane, panes, frame.objects), key=lambda each: not each.changed)
            if pane.own and not taken:
                continue  # of its own things a room says in its picture that there are none
            drawn.append(Evidence(pane, tuple(_shown(in_words(pane, each, word)) for each in taken)))
    return tuple(drawn)


_KEY = re.compile(r"^( *)([a-z][a-z-]*):(?= |$)", re.M)


def in_words(pane: Pane, thing: StoredObject, word: Word) -> StoredObject:
    """An object that is the room's own with its kind and keys in the reader's words; any other as it is."""
    if not pane.own or thing.kind not in pane.kinds:
        return thing
    yaml = _KEY.sub(lambda line: f"{line[1]}{word(f'{pane.name}.{line[2]}')}:", thing.yaml)
    return StoredObject(word(f"{pane.name}.kind"), thing.name, yaml, thing.changed, thing.status)


def new_events(before: Frame | None, frame: Frame) -> list[Event]:
    """What a step adds to the events, and what it counts once more: their age grows without anything happening."""
    return _parted(before, frame)[0]


def _parted(before: Frame | None, frame: Frame) -> tuple[list[Event], list[Event]]:
    """The events that are new, and those that were there before."""
    known = {_named(event) for event in before.events} if before else set()
    new: list[Event] = []
    earlier: list[Event] = []
    for event in frame.events:
        (earlier if _named(event) in known else new).append(event)
    return new, earlier


def _named(event: Event) -> tuple[str, str, str, str, int]:
    return event.type, event.reason, event.from_, event.message, getattr(event, "count", 1)


def printed(before: str, now: str) -> Printed:
    """The terminal's text in three parts; what does not begin as it did before is all new."""
    old = before if now.startswith(before) else ""
    lines = old.splitlines()
    return Printed("\n".join(lines[:-PRINTED]), "\n".join(lines[-PRINTED:]), now[len(old) :].strip("\n"))


def _taken(pane: Pane, panes: Sequence[Pane], objects: Iterable[StoredObject]) -> list[StoredObject]:
    if pane.kinds:
        return [each for each in objects if each.kind in pane.kinds]
    elsewhere = {kind for other in panes for kind in other.kinds}
    return [each for each in objects if each.kind not in elsewhere]


def _shown(thing: StoredObject) -> Shown:
    lines = len(thing.yaml.splitlines())
    is_new = len(thing.changed) == lines
    return Shown(
        thing.kind,
        thing.name,
        getattr(thing, "stored", True),
        is_new,
        _beginning(thing.yaml) if is_new else near(thing.yaml, thing.changed),
        written(thing.yaml, () if is_new else thing.changed),
        lines,
    )


def _beginning(yaml: str) -> Markup:
    lines = yaml.splitlines()
    return escape("\n".join(lines[:FIRST]) + "\n") + (_LEFT_OUT if len(lines) > FIRST else Markup(""))


_BOOKKEEPING = re.compile(
    r"\s*(resourceVersion|generation|observedGeneration):"
)  # stands alone, with nothing around it
_LEFT_OUT = Markup("<i>⋯</i>\n")


def near(yaml: str, changed: tuple[int, ...]) -> Markup:
    """What was written (lines from 1) with the lines around it; where lines are left out stands `⋯`."""
    if not changed:
        return Markup("")
    lines = yaml.splitlines()
    told = [line for line in changed if not _BOOKKEEPING.match(lines[line - 1])]
    around = {at for line in told for at in range(line - AROUND, line + AROUND + 1) if 1 <= at <= len(lines)}
    kept = sorted(around | set(changed))[:MOST]
    parts: list[str] = []
    for place, at in enumerate(kept):
        if at - 1 != (kept[place - 1] if place else 0):
            parts.append(_LEFT_OUT)
        parts += _marked(f"{escape(lines[at - 1])}\n", at, set(changed) & set(kept))
    return Markup("".join(parts)) + (_LEFT_OUT if kept and kept[-1] < len(lines) else Markup(""))


def written(yaml: str, changed: tuple[int, ...]) -> Markup:
    """The text as HTML, with each run of changed lines (from 1) inside one `<ins>`."""
    if not changed:
        text = escape(yaml)
        return text if text.endswith("\n") else text + "\n"
    marked = set(changed)
    lines = [f"{line}\n" for line in str(escape(yaml)).splitlines()]
    for at in changed:
        lines[at - 1] = "".join(_marked(lines[at - 1], at, marked))
    return Markup("".join(lines))


def _marked(line: str, at: int, marked: set[int]) -> Iterator[str]:
    if at in marked and at - 1 not in marked:
        yield "<ins>"
    yield line
    if at in marked and at + 1 not in marked:
        yield "</ins>"


def turning(watches: Sequence[Watched], frames: Sequence[Frame], frame: Frame) -> tuple[Row, ...]:
    """Phase and conditions of every watched kind at one step; of a kind, the first object stands for all.

    A row has the same places from the first step to the last, so that a reader sees one fill after the other. A
    kind that this run never stores has none, except the first.
    """
    return turning_of(seen(watches, frames), frame)


def seen(watches: Sequence[Watched], frames: Sequence[Frame]) -> tuple[Watched, ...]:
    """What is watched in this run, with all that turns in it."""
    found = [(watched, _types(watched, frames)) for watched in watches]
    return tuple(
        watched if types is None else replace(watched, types=types)
        for number, (watched, types) in enumerate(found)
        if types is not None or not number
    )


def turning_of(watches: Sequence[Watched], frame: Frame) -> tuple[Row, ...]:
    """What is watched in this run, at one step."""
    rows = []
    for watched in watches:
        thing = next((each for each in frame.objects if _is_watched(each, watched)), None)
        told = {each.type: each for each in thing.status} if thing else {}
        turns = tuple(_turn(told.get(name, Status(name, ""))) for name in watched.types)
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
