"""Comics: single steps of a sequence drawn small, each beside the paragraph of a lesson that tells it.

A panel shows whom the reader has met so far where they stand on the stage's tall picture, closed up where nobody has
been met, the message on its wire, and what the step has changed. Its words are HTML beside the drawing, so that
nothing on a phone is smaller than the rest of the page.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import hypot
from typing import Any

from app.content.language import Lang
from app.content.words import COMMA
from app.kube.frame import Frame, changed_lines
from app.kube.frame import Sequence as Told
from app.kube.refusal import Refusal
from app.listed import Listed
from app.record import dataclass
from app.widgetkit.form import as_text, read_inputs
from app.widgetkit.player import Picture, draw
from app.widgetkit.registry import Room
from app.widgetkit.stage import Box, Points, Stage, Wire
from app.widgetkit.state import state_of

EDGE = 8  # units around the drawing
GAP = 22  # units between rows that have come together
TALLIED = ("requests",)  # kinds of things that count what comes by
NEWS = 4  # lines of what changed, at most
COLUMNS = 46  # of such a line
DOT_AT = 0.62  # how far the message has come on its way
NO_NEWS = (
    "resourceVersion:",
    "uid:",
    "creationTimestamp:",
    "generation:",
    "observedGeneration:",
    "lastTransitionTime:",
)
NAMELESS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # a uid: it tells nobody anything
NO_NEWS_OF_PACKETS = re.compile(r"(length|bytes|id|checksum|ttl): |(src|dst): \w\w:\w\w:")
CARRIES = "is: "  # what a packet carries; the lines above follow from it, or are the link's


class NoStep(Exception):
    """A step that this run of the sequence does not have."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


@dataclass(frozen=True)
class Panel:
    """One picture: the drawing with its top and height, where the message is, and the words below it.

    `way` are the names of who sends and who receives, or of who acts alone; `news` are lines that this step (or the
    last of a range, since the panel before) has written into objects, `turned` actors with the state they came into.
    """

    picture: Picture
    top: int
    height: int
    dots: tuple[tuple[str, int, int], ...]
    step: int
    title: str
    senders: str
    receivers: str
    verb: str
    news: tuple[str, ...]
    turned: tuple[tuple[str, str], ...]
    url: str


def draw_comic(room: Room, lang: Lang, inputs: dict[str, Any], spans: Sequence[tuple[str, str]]) -> tuple[Panel, ...]:
    """A panel for each span (first and last key of a range, often the same); Refusal for inputs that the room does not
    take, NoStep for a key that the run does not have or that stands before the one of the panel before."""
    told = room.run(read_inputs(room.widget.form, inputs))
    stage = room.stage_of(told) if isinstance(told, Told) else None
    if not isinstance(told, Told) or stage is None:
        raise NoStep(f"{room.slug} is no sequence", "follow a sequence, or show a ::: widget")
    typed = as_text(read_inputs(room.widget.form, inputs))
    frames = told.frames
    panels: list[Panel] = []
    met: set[str] = set()
    before = -1
    for first, last in spans:
        start, end = _place(frames, first), _place(frames, last)
        if not before < start <= end:
            raise NoStep(f"step {first} stands before the one that is told already", "tell the steps in their order")
        for frame in frames[start : end + 1]:
            met |= {*frame.actors_at_work, *frame.senders, *frame.receivers}
        earlier = frames[start - 1] if start else None
        url = state_of(room, lang, typed | {"step": str(end + 1)}).page_url
        panels.append(_panel(room, lang, stage, frames[end], earlier, frozenset(met), url))
        before = end
    return tuple(panels)


def step_of(room: Room, inputs: dict[str, Any], key: str) -> int:
    """The number of the step `key` in this run, from 1; Refusal and NoStep as with a comic."""
    told = room.run(read_inputs(room.widget.form, inputs))
    if not isinstance(told, Told):
        raise NoStep(f"{room.slug} is no sequence", "only a sequence opens at a step")
    return _place(told.frames, key) + 1


def _place(frames: Sequence[Frame], key: str) -> int:
    """Where the step `key` stands, from 0; `key#2` is the second of that name. NoStep for one that the run lacks."""
    name, _, number = key.partition("#")
    called = [place for place, frame in enumerate(frames) if frame.key == name]
    wanted = int(number) if number.isascii() and number.isdigit() else 1
    if not 1 <= wanted <= len(called):
        keys = ", ".join(dict.fromkeys(frame.key for frame in frames))
        raise NoStep(f"no step is called {key}", f"this run has: {keys}")
    return called[wanted - 1]


def _panel(
    room: Room, lang: Lang, stage: Stage, frame: Frame, earlier: Frame | None, met: frozenset[str], url: str
) -> Panel:
    say = partial(room.words.text, lang)
    small = closed_up(stage, met)
    picture = draw(small, frame, "tall", say, (earlier,) if earlier else ())
    picture = replace(
        picture, places=tuple(replace(place, label=say(f"actor.{place.name}")) for place in picture.places)
    )
    order = [place.name for place in stage.places]
    boxes = [place.tall for place in small.places]
    ways = [*(wire.tall for wire in small.wires), *(small.way(a, b, "tall") for a, b in frame.ways if a != b)]
    turns = [y for way in ways for _, y in way]  # a wire may pass above or below all boxes, with the message on it
    top = min([box[1] for box in boxes] + turns) - EDGE
    low = max([box[1] + box[3] for box in boxes] + turns)
    senders, receivers = frame.senders or frame.actors_at_work, frame.receivers

    def names(of: Iterable[str]) -> str:
        there = sorted(of, key=[*order, *of].index)
        return Listed(say(f"actor.{name}") for name in there).between(COMMA[lang])

    return Panel(
        picture=picture,
        top=top,
        height=low + EDGE - top,
        dots=tuple((stage.place(a).kind, *_along(small.way(a, b, "tall"))) for a, b in frame.ways if a != b),
        step=frame.step,
        title=say(f"step.{frame.key}"),
        senders=names(senders),
        receivers=names(receivers),
        verb=frame.verb,
        news=news(earlier, frame),
        turned=tuple(
            (say(f"actor.{name}"), say(f"state.{frame.actors[name]}")) for name in _turned(earlier, frame, met)
        ),
        url=url,
    )


def _turned(earlier: Frame | None, frame: Frame, met: frozenset[str]) -> list[str]:
    """Who of those that were met has come into another state: first who acts, then who is told."""
    names = [name for name, state in frame.actors.items() if earlier and earlier.actors.get(name, state) != state]
    first = [*frame.actors_at_work, *frame.receivers]
    return sorted((name for name in names if name in met), key=[*first, *names].index)


def closed_up(stage: Stage, met: frozenset[str]) -> Stage:
    """The tall stage with these actors only; rows in which nobody stands are taken out."""
    rows = sorted({(place.tall[1], place.tall[1] + place.tall[3]) for place in stage.places})
    kept = sorted({(place.tall[1], place.tall[1] + place.tall[3]) for place in stage.places if place.name in met})
    moves: list[tuple[int, int, int]] = []  # from this height on, so much higher; and where the row above ends
    up = 0
    for above, below in pairwise(kept):
        if any(above[1] <= row[0] and row[1] <= below[0] for row in rows if row not in kept):
            up += max(0, below[0] - above[1] - GAP)
        moves.append((below[0], up, above[1]))

    def lifted(y: int) -> int:
        before = 0
        for start, by, above in moves:
            if y < start:
                # A bend between two rows stays between them.
                return min(y - before, start - by - GAP // 3) if y > above else y - before
            before = by
        return y - before

    def box(of: Box) -> Box:
        return of[0], lifted(of[1]), of[2], of[3]

    places = tuple(replace(place, tall=box(place.tall)) for place in stage.places if place.name in met)
    wires = tuple(replace(wire, tall=_between(wire, lifted)) for wire in stage.wires if wire.a in met and wire.b in met)
    return replace(stage, places=places, wires=wires, zones=())


def _between(wire: Wire, lifted: Any) -> Points:
    """The wire's points with its ends where the boxes are now."""
    return tuple((x, lifted(y)) for x, y in wire.tall)


def _along(points: Points) -> tuple[int, int]:
    """The point at which the message is drawn."""
    total = sum(hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(points))
    left = total * DOT_AT
    for (ax, ay), (bx, by) in pairwise(points):
        length = hypot(bx - ax, by - ay)
        if left <= length and length:
            return round(ax + (bx - ax) * left / length), round(ay + (by - ay) * left / length)
        left -= length
    return points[-1]


def news(earlier: Frame | None, frame: Frame) -> tuple[str, ...]:
    """What was written into objects since an earlier step: `kind name` of a new one; of another its phase and
    conditions that have turned, or else its lines with a value. Of a packet what it carries comes first. What is only
    counted is nobody's write and no news."""
    before = {(thing.kind, thing.name): thing for thing in earlier.objects} if earlier else {}
    lines: list[str] = []
    for thing in frame.objects:
        if thing.kind in TALLIED:
            continue
        old = before.get((thing.kind, thing.name))
        if old is None:
            lines.append(f"{thing.kind} {thing.name}")
        elif old.yaml != thing.yaml:
            said = {each.type: each.status for each in old.status}
            turned = [f"{each.type}: {each.status}" for each in thing.status if said.get(each.type) != each.status]
            written = turned or _written(old.yaml, thing.yaml)
            lines += _of_packet(written) if thing.kind == "packet" else written
    short = [line if len(line) <= COLUMNS else line[: COLUMNS - 1] + "…" for line in lines]
    return tuple(short[:NEWS] + ["…"] * (len(short) > NEWS))


def _written(old: str, new: str) -> list[str]:
    """The lines that give a field a value, without bookkeeping and without what only a uid names."""
    every = [line.strip().removeprefix("- ") for line in new.splitlines()]
    changed = [every[number - 1] for number in changed_lines(old, new)]
    said = (line for line in changed if not line.startswith(NO_NEWS) and not line.endswith(":"))
    return [line for line in said if not NAMELESS.search(line)]


def _of_packet(lines: Iterable[str]) -> list[str]:
    """What a packet carries and between whom, without lengths, checksums and the addresses of the link. Of a long name
    or answer the end is kept, which tells one question from the next and has the address."""
    said = [line for line in lines if not NO_NEWS_OF_PACKETS.match(line)]
    carried = [line for line in said if line.startswith(CARRIES)]
    short = [line if len(line) <= COLUMNS else f"{CARRIES}…{line[len(CARRIES) + 1 - COLUMNS :]}" for line in carried]
    return [*short, *(line for line in said if line not in carried)]


__all__ = ["NoStep", "Panel", "Refusal", "closed_up", "draw_comic", "news", "step_of"]
