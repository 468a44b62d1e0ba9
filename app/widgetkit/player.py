"""The sequence player: a step of any sequence as a drawing, with the way its message takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from unicodedata import east_asian_width

from app.kube.frame import Frame
from app.widgetkit.stage import TALL_WIDTH, WIDE_WIDTH, Box, Points, Stage

SPEEDS = {"0.5": 4000, "1": 2200, "2": 1100}  # milliseconds that a step stays while the sequence plays

Say = Callable[[str], str]


@dataclass(frozen=True)
class DrawnPlace:
    """An actor's box with its name and state cut to what fits; `kind` is colour and glyph."""

    name: str
    kind: str
    label: str
    state: str
    is_acting: bool
    is_down: bool
    is_quiet: bool
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class DrawnZone:
    title: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """One of the two drawings of a step; `travel` is the path of the message, empty when none is sent."""

    name: Literal["wide", "tall"]
    width: int
    height: int
    places: tuple[DrawnPlace, ...]
    zones: tuple[DrawnZone, ...]
    wires: tuple[str, ...]
    travel: str
    travel_kind: str


def draw(stage: Stage, frame: Frame, name: Literal["wide", "tall"], say: Say) -> Picture:
    """The stage at one frame; `say` gives the sentence for `actor.…`, `state.…` and `zone.…`."""
    involved = {frame.actor, frame.from_, frame.to}
    return Picture(
        name=name,
        width=WIDE_WIDTH if name == "wide" else TALL_WIDTH,
        height=stage.wide_height if name == "wide" else stage.tall_height,
        places=tuple(_place(place, frame, involved, name, say) for place in stage.places),
        zones=tuple(DrawnZone(say(f"zone.{zone.name}"), *getattr(zone, name)) for zone in stage.zones),
        wires=tuple(sorted({_path(getattr(wire, name)) for wire in stage.wires})),
        travel=_travel(stage, frame, name),
        travel_kind=next((place.kind for place in stage.places if place.name == frame.from_), ""),
    )


def _place(place: Any, frame: Frame, involved: set[str | None], name: str, say: Say) -> DrawnPlace:
    box: Box = getattr(place, name)
    state = frame.actors.get(place.name, "")
    beside = 48 if name == "wide" else 34
    below = 12 if name == "wide" else 9
    return DrawnPlace(
        place.name,
        place.kind,
        cut(say(f"actor.{place.name}"), (box[2] - beside - 6) / (7.9 if name == "wide" else 7.0)),
        cut(
            say(f"state.{state}"),
            (box[2] - (beside if name == "wide" else below) - 4) / (6.3 if name == "wide" else 5.7),
        )
        if state
        else "",
        place.name == frame.actor,
        state == "down",
        place.name not in involved,
        *box,
    )


def _travel(stage: Stage, frame: Frame, name: str) -> str:
    if not frame.from_ or not frame.to or frame.from_ == frame.to:
        return ""
    return _path(stage.way(frame.from_, frame.to, name))


def _path(points: Points) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def cut(text: str, columns: float) -> str:
    """The text within a width given in Latin letters (a CJK character takes two), with an ellipsis when cut."""
    if _columns(text) <= columns:
        return text
    while text and _columns(text) + 1 > columns:
        text = text[:-1]
    return text.rstrip() + "…"


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
