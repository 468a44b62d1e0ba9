"""The picture of the spread: a bar for what each endpoint received, a mark for its exact share."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.widgets.service_rules.model import Backend

MOST_BARS = 20
LEFT, WIDEST, ROW = 2.0, 300.0, 40.0


@dataclass(frozen=True)
class Bar:
    label: str
    received: int
    label_y: float
    y: float
    width: float
    mark_x: float
    mark: str
    number_x: float
    number_y: float


@dataclass(frozen=True)
class Drawing:
    height: float
    bars: tuple[Bar, ...]


def draw(backends: Sequence[Backend]) -> Drawing | None:
    """400 units wide; none when there is nothing, or too much, to see."""
    if not 0 < len(backends) <= MOST_BARS:
        return None
    highest = max(max(b.received, b.expected, 1) for b in backends)
    return Drawing(ROW * len(backends) + 6, tuple(_bar(i, backend, highest) for i, backend in enumerate(backends)))


def _bar(i: int, backend: Backend, highest: float) -> Bar:
    top = ROW * i
    width = round(WIDEST * backend.received / highest, 1)
    mark = round(LEFT + WIDEST * backend.expected / highest, 1)
    return Bar(
        label=backend.address,
        received=backend.received,
        label_y=top + 14,
        y=top + 19,
        width=width,
        mark_x=mark,
        mark=f"M{mark} {top + 16}v20",
        number_x=round(max(LEFT + width, mark) + 8, 1),
        number_y=top + 31,
    )
