"""The picture of a rollout: one stacked bar a step, between the two limits."""

from collections.abc import Sequence
from typing import Protocol

from app.record import dataclass

LEFT, RIGHT, TOP, FLOOR = 34.0, 398.0, 14.0, 206.0
MOST_BARS = 180
NUMBERED = 24
WIDEST = 64.0


class Bars(Protocol):
    """What is drawn of a step."""

    @property
    def old(self) -> int: ...
    @property
    def old_available(self) -> int: ...
    @property
    def new(self) -> int: ...
    @property
    def new_available(self) -> int: ...
    @property
    def min_available(self) -> int: ...
    @property
    def max_total(self) -> int: ...


@dataclass(frozen=True)
class Box:
    """A part of a bar: `part` is old, new (both serving), new-waiting or old-down."""

    part: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Mark:
    """A number beside an axis."""

    text: int
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    boxes: tuple[Box, ...]
    least: str
    most: str
    heights: tuple[Mark, ...]
    steps: tuple[Mark, ...]
    every: int


def draw(frames: Sequence[Bars]) -> Drawing:
    """400 units wide, 240 high. Of a long rollout, only one step in `every` is drawn, and the last."""
    every = -(-len(frames) // MOST_BARS)
    shown = [*range(0, len(frames) - 1, every), len(frames) - 1]
    picked = [frames[i] for i in shown]
    highest = max(max(f.max_total, f.old + f.new, 1) for f in picked)
    step = min(WIDEST, (RIGHT - LEFT) / len(picked))
    unit = (FLOOR - TOP) / highest
    boxes: list[Box] = []
    for i, frame in enumerate(picked):
        boxes += _bar(frame, LEFT + i * step, step, unit)
    ends = picked[-1]
    return Drawing(
        boxes=tuple(boxes),
        least=_line([f.min_available for f in picked], step, unit),
        most=_line([f.max_total for f in picked], step, unit),
        heights=_heights({0, ends.min_available, ends.max_total}, unit),
        steps=tuple(Mark(number + 1, round(LEFT + (i + 0.5) * step, 1), FLOOR + 16) for i, number in enumerate(shown))
        if len(picked) <= NUMBERED
        else (),
        every=every,
    )


def _bar(frame: Bars, x: float, step: float, unit: float) -> list[Box]:
    gap = min(4.0, step * 0.2)
    parts = [
        ("old", frame.old_available),
        ("new", frame.new_available),
        ("new-waiting", frame.new - frame.new_available),
        ("old-down", frame.old - frame.old_available),
    ]
    boxes, y = [], FLOOR
    for part, pods in parts:
        if pods:
            y -= pods * unit
            boxes.append(Box(part, round(x + gap / 2, 1), round(y, 1), round(step - gap, 1), round(pods * unit, 1)))
    return boxes


def _line(values: list[int], step: float, unit: float) -> str:
    """A path that keeps each step's height over its whole width."""
    path = f"M{LEFT} {round(FLOOR - values[0] * unit, 1)}"
    for i, value in enumerate(values):
        path += f"V{round(FLOOR - value * unit, 1)}H{round(LEFT + (i + 1) * step, 1)}"
    return path


def _heights(values: set[int], unit: float) -> tuple[Mark, ...]:
    """Numbers at the left, those left out that would stand on one another."""
    marks: list[Mark] = []
    for value in sorted(values, reverse=True):
        y = round(FLOOR - value * unit + 4, 1)
        if not marks or y - marks[-1].y >= 12:
            marks.append(Mark(value, LEFT - 6, y))
    return tuple(marks)
