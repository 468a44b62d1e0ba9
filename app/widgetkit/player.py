"""The sequence player: a step of any sequence as a drawing, with the ways its message takes."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise, product
from typing import Literal

from app.kube.frame import Frame
from app.kube.kept import Beside
from app.record import dataclass
from app.widgetkit.columns import width_of, wrapped
from app.widgetkit.stage import TALL_WIDTH, WIDE_WIDTH, Box, Points, Stage

SPEEDS = ("0.5", "1", "2")  # how many times as fast as reading takes
WORD_MS, HAN_MS, STEP_MS = 300, 150, 1000  # what a word and a Chinese character take to read, and a step besides

Say = Callable[[str], str]
View = Literal["wide", "tall"]


@dataclass(frozen=True)
class DrawnPlace:
    """An actor's box with its name cut to what fits; `kind` is colour and glyph. One of them is like no other, so that
    what is drawn of it is found at once.

    `lines` are the state in one line or two, cut to what fits; `has_turned`: it has just come into this state.
    """

    name: str
    kind: str
    label: str
    state: str
    is_acting: bool
    is_down: bool
    is_quiet: bool
    has_turned: bool
    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...] = ()

    __eq__ = object.__eq__
    __hash__ = object.__hash__


@dataclass(frozen=True)
class DrawnZone:
    title: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Ground:
    """What of a picture is the same at every step: the regions and the wires. As `DrawnPlace`, like no other."""

    zones: tuple[DrawnZone, ...]
    wires: tuple[str, ...]

    __eq__ = object.__eq__
    __hash__ = object.__hash__


@dataclass(frozen=True)
class Travel:
    """One way of the message, in the colour of who sends it."""

    kind: str
    path: str


@dataclass(frozen=True)
class Label:
    """What stands beside the wire: the message's verb, where it covers nothing."""

    text: str
    x: int
    y: int
    anchor: Literal["start", "middle", "end"]
    kind: str


@dataclass(frozen=True)
class Picture:
    """One of the two drawings of a step; `travels` are the ways of the message, none when none is sent."""

    name: View
    width: int
    height: int
    places: tuple[DrawnPlace, ...]
    ground: Ground
    travels: tuple[Travel, ...]
    label: Label | None


@dataclass(frozen=True)
class Type:
    """The sizes of letters in a picture, in its units: how wide one is in names, states and labels, and the line.

    `beside` is where a name begins, right of its glyph, `below` where its state does.
    """

    name: float
    state: float
    label: float
    line: int
    beside: int
    below: int


AIR = 3  # units above and below a label, where there is room

# No letter is smaller than 11 px: the wide picture is never shown below 750 px across, the tall one never below 320.
TYPE: dict[View, Type] = {"wide": Type(9.2, 8.3, 8.9, 16, 44, 44), "tall": Type(7.9, 7.3, 8.3, 13, 22, 7)}


Actor = tuple[str, str, bool, bool, bool]
"""An actor as it is at a step: its name, its state, whether it acts, stands aside, has just come into this state."""


class Cast:
    """A stage in one of its pictures, told in the words of one language."""

    def __init__(self, stage: Stage, name: View, say: Say) -> None:
        self.say = say
        self.name = name
        self.places = {place.name: place for place in stage.places}
        self.kinds = {place.name: place.kind for place in stage.places}
        zones = tuple(DrawnZone(say(f"zone.{zone.name}"), *getattr(zone, name)) for zone in stage.zones)
        self.ground = Ground(zones, tuple(sorted({_path(getattr(wire, name)) for wire in stage.wires})))
        letters = TYPE[name]
        boxes: list[Box] = [getattr(place, name) for place in stage.places]
        titles = [
            (zone.x, zone.y, 16 + round(width_of(zone.title) * letters.state), letters.line + 8) for zone in zones
        ]
        self.taken = (*boxes, *titles)
        """What nothing else may cover."""


_CASTS = Beside(most=8)


def draw(stage: Stage, frame: Frame, name: View, say: Say, earlier: tuple[Frame, ...] = ()) -> Picture:
    """The stage at one frame; `say` gives the sentence for `actor.…`, `state.…` and `zone.…`.

    `earlier` are frames whose states are nothing new: the one before, and the first, where nearly everybody rests.
    """
    cast = _CASTS.find(stage, (name, say), lambda: Cast(stage, name, say))
    return Picture(
        name=name,
        width=WIDE_WIDTH if name == "wide" else TALL_WIDTH,
        height=stage.wide_height if name == "wide" else stage.tall_height,
        places=tuple(_drawn(cast, actor) for actor in _actors(cast.kinds, frame, earlier)),
        ground=cast.ground,
        travels=tuple(Travel(cast.kinds.get(a, ""), _path(stage.way(a, b, name))) for a, b in frame.ways if a != b),
        label=_label(stage, frame, name, cast),
    )


def _actors(names: Iterable[str], frame: Frame, earlier: tuple[Frame, ...]) -> Iterator[Actor]:
    at_work, states = frame.actors_at_work, frame.actors
    involved = {*at_work, *frame.senders, *frame.receivers}
    for name in names:
        state = states.get(name, "")
        has_turned = bool(earlier) and all(each.actors.get(name, "") != state for each in earlier)
        yield name, state, name in at_work, name not in involved, has_turned


@lru_cache(maxsize=1024)
def _drawn(cast: Cast, actor: Actor) -> DrawnPlace:
    """Name and state are told in the words, so that nothing typed is kept."""
    own, state, is_acting, is_quiet, has_turned = actor
    place = cast.places[own]
    told = cast.say(f"state.{state}") if state else ""
    box: Box = getattr(place, cast.name)
    letters = TYPE[cast.name]
    return DrawnPlace(
        own,
        place.kind,
        cut(cast.say(f"actor.{own}"), (box[2] - letters.beside - 4) / letters.name),
        told,
        is_acting,
        state == "down",
        is_quiet,
        has_turned,
        *box,
        in_lines(told, (box[2] - letters.below - 4) / letters.state),
    )


def _path(points: Points) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def _label(stage: Stage, frame: Frame, name: View, cast: Cast) -> Label | None:
    """The verb beside the way of the message; None when it says nothing or there is no free spot for it."""
    ways = [way for way in frame.ways if way[0] != way[1]]
    if not ways or not frame.verb:
        return None
    letters = TYPE[name]
    width = round(width_of(frame.verb) * letters.label)
    risers = [riser for way in ways for riser in _risers(stage.way(*way, name))]
    edge = (WIDE_WIDTH if name == "wide" else TALL_WIDTH, stage.wide_height if name == "wide" else stage.tall_height)
    kind = cast.kinds[ways[0][0]]
    for find in (_spots, _corners):  # rather squeezed than farther away
        for air, (x, y, anchor) in product((AIR, 0), tuple(find(stage, ways[0], name, letters.line))):
            left = {"start": x, "middle": x - width // 2, "end": x - width}[anchor]
            area = (left - 2, y - letters.line + 3 - air, width + 4, letters.line + 2 * air)
            if _is_inside(area, edge) and not any(_overlap(area, other) for other in (*cast.taken, *risers)):
                return Label(frame.verb, x, y, anchor, kind)
    return None


Spot = tuple[int, int, Literal["start", "middle", "end"]]


def _risers(points: Points) -> Iterator[Box]:
    """The room that a dot needs on the upright parts of a way."""
    for (ax, ay), (bx, by) in pairwise(points):
        if ax == bx:
            yield ax - 6, min(ay, by), 12, abs(by - ay)


def _spots(stage: Stage, way: tuple[str, str], name: View, line: int) -> Iterator[Spot]:
    """Where the label could stand beside the way, best first: along its longest parts."""
    points = stage.way(*way, name)
    parts = sorted(pairwise(points), key=lambda part: -_length(part))
    for eighths in ((4, 2, 6), (1, 7)):
        for (ax, ay), (bx, by) in parts:
            if ax == bx:
                for eighth in eighths:
                    y = ay + (by - ay) * eighth // 8 + line // 2 - 2
                    yield from ((ax + 9, y, "start"), (ax - 9, y, "end"))
            elif 4 in eighths:
                x = (ax + bx) // 2
                yield from ((x, ay - 8, "middle"), (x, ay + line + 4, "middle"))


def _corners(stage: Stage, way: tuple[str, str], name: View, line: int) -> Iterator[Spot]:
    """Where else: above or below the boxes, nearest to the way first."""
    points = stage.way(*way, name)
    for who, (px, py) in zip(way, (points[0], points[-1]), strict=True):
        x, y, width, height = getattr(stage.place(who), name)
        above, below = y - 6, y + height + line + 1
        corners: list[Spot] = [(x + 2, above, "start"), (x + width - 2, above, "end")]
        corners += [(x + 2, below, "start"), (x + width - 2, below, "end")]
        yield from sorted(corners, key=lambda spot: abs(spot[0] - px) + abs(spot[1] - py))


def _length(part: tuple[tuple[int, int], tuple[int, int]]) -> int:
    (ax, ay), (bx, by) = part
    return abs(ax - bx) + abs(ay - by)


def _is_inside(area: Box, edge: tuple[int, int]) -> bool:
    x, y, width, height = area
    return x >= 2 and y >= 2 and x + width <= edge[0] - 2 and y + height <= edge[1] - 2


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


_HAN = re.compile(r"[\u3400-\u9fff]")


def stay_ms(sentence: str) -> int:
    """How long a step stays while a sequence plays: what reading its sentence takes, of Chinese by the character."""
    words = _HAN.sub(" ", sentence).split()
    return len(words) * WORD_MS + len(_HAN.findall(sentence)) * HAN_MS + STEP_MS


@lru_cache(maxsize=1024)
def in_lines(text: str, columns: float) -> tuple[str, ...]:
    """The text in one line or two of a width given in Latin letters; what goes beyond them is cut."""
    lines = list(wrapped(text, int(columns)))
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    return tuple(cut(line, columns) for line in lines)


@lru_cache(maxsize=1024)
def cut(text: str, columns: float) -> str:
    """The text within a width given in Latin letters (a CJK character takes two), with an ellipsis when cut."""
    if width_of(text) <= columns:
        return text
    while text and width_of(text) + 1 > columns:
        text = text[:-1]
    return text.rstrip() + "…"
