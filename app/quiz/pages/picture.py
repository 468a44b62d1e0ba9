"""Columns of a picture with their places, so that a template only writes them down.

The picture stretches to the width there is (`preserveAspectRatio="none"`); words stand beside it as text.
"""

from collections.abc import Iterable

from app.record import dataclass

STEP = 10
BROAD = 7
TALL = 100


@dataclass(frozen=True)
class Column:
    """A column from the bottom: `part` of it (right answers, for instance) and the rest on top of that."""

    x: int
    y: float
    height: float
    part_y: float
    part_height: float


@dataclass(frozen=True)
class Columns:
    width: int
    top: int
    columns: tuple[Column, ...]
    broad: int = BROAD
    tall: int = TALL


def columns(values: Iterable[tuple[int, int]], top: int = 0, least: int = 1) -> Columns:
    """One column for each (all, part of it), the highest as tall as the picture, or as `top` when that is more.

    There is room for `least` columns; fewer of them stand at the right.
    """
    counted = list(values)
    highest = max([top, *(whole for whole, _ in counted)], default=0) or 1
    room = max(least, len(counted))
    drawn = []
    for place, (whole, part) in enumerate(counted, room - len(counted)):
        height, part_height = round(TALL * whole / highest, 2), round(TALL * part / highest, 2)
        x = place * STEP + (STEP - BROAD) // 2
        drawn.append(Column(x, TALL - height, round(height - part_height, 2), TALL - part_height, part_height))
    return Columns(room * STEP, highest, tuple(drawn))
