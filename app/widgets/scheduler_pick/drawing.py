"""The picture of a choice: a bar a node, one part for each plugin's product."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.widgets.scheduler_pick.model import WEIGHTS, Judged

MOST_BARS = 16
LEFT, WIDEST, ROW, HEIGHT = 2.0, 330.0, 44.0, 18.0


@dataclass(frozen=True)
class Part:
    """One plugin's part; `number` is its number in the legend, empty where it would not fit."""

    plugin: str
    number: str
    x: float
    width: float
    middle: float


@dataclass(frozen=True)
class Bar:
    name: str
    label_y: float
    y: float
    text_y: float
    total: int
    total_x: float
    is_chosen: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Drawing:
    height: float
    bars: tuple[Bar, ...]


def draw(nodes: Sequence[Judged], chosen: Sequence[str]) -> Drawing | None:
    """400 units wide: the best nodes by their total; none when nothing was scored."""
    scored = [node for node in nodes if node.refused is None and node.total is not None]
    best = sorted(scored, key=lambda node: -(node.total or 0))[:MOST_BARS]
    if not best:
        return None
    highest = max(best[0].total or 0, 1)
    bars = tuple(_bar(i, node, highest, node.name in chosen) for i, node in enumerate(best))
    return Drawing(ROW * len(best) + 4, bars)


def _bar(i: int, node: Judged, highest: int, is_chosen: bool) -> Bar:
    top, x = ROW * i, LEFT
    parts = []
    for number, plugin in enumerate(WEIGHTS, start=1):
        score = node.scores[plugin]
        width = round(WIDEST * score.score * score.weight / highest, 1)
        if width:
            parts.append(Part(plugin, str(number) if width >= 12 else "", round(x, 1), width, round(x + width / 2, 1)))
        x += width
    return Bar(
        name=node.name if len(node.name) <= 44 else f"{node.name[:43]}…",
        label_y=top + 14,
        y=top + 20,
        text_y=top + 33,
        total=node.total or 0,
        total_x=round(x + 8, 1),
        is_chosen=is_chosen,
        parts=tuple(parts),
    )
