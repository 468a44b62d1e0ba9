"""The pictures: how rule after rule shares the connections out, and what each endpoint received."""

from collections.abc import Sequence

from app.record import dataclass
from app.widgets.service_rules.model import Backend

MOST_BARS = 20
LEFT, WIDEST, ROW = 2.0, 300.0, 40.0
MOST_STEPS, ALL, STEP = 8, 396.0, 42.0


@dataclass(frozen=True)
class Step:
    """One rule: the part it takes, `chance`, of what has come to it, from `x` to the right edge."""

    label: str
    chance: str
    label_y: float
    y: float
    x: float
    width: float
    rest: float


@dataclass(frozen=True)
class Cascade:
    height: float
    steps: tuple[Step, ...]


def draw_cascade(backends: Sequence[Backend], *, passes_on: bool) -> Cascade | None:
    """400 units wide: all connections are the whole width; none for one endpoint or very many.

    `passes_on`: each rule sees only what the ones before let pass, as with iptables; else one number decides.
    """
    if not 1 < len(backends) <= MOST_STEPS:
        return None
    steps, x = [], LEFT
    for i, backend in enumerate(backends):
        width = ALL * backend.share
        left = len(backends) - i if passes_on else len(backends)
        steps.append(
            Step(
                label=backend.address,
                chance=f"1/{left}" if left > 1 else "1",
                label_y=STEP * i + 14,
                y=STEP * i + 20,
                x=round(x, 1),
                width=round(width, 1),
                rest=round(LEFT + ALL - x, 1) if passes_on else 0.0,
            )
        )
        x += width
    return Cascade(STEP * len(steps) + 2, tuple(steps))


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
