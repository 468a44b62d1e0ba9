"""The picture of a choice: every node's way through the filters, then a bar for each that passes them all."""

from collections.abc import Sequence

from app.record import dataclass
from app.widgets.scheduler_pick.model import WEIGHTS, Judged

MOST_ROWS, MOST_BARS = 12, 8
FILTERS = (
    *("NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity"),
    *("NodePorts", "NodeResourcesFit", "PodTopologySpread", "InterPodAffinity"),
)
"""In the order in which they are asked: pkg/scheduler/apis/config/v1/default_plugins.go, v1.37.0."""

TOP, LANE, FIRST_GATE, GATE, PASSED = 34.0, 25.0, 122.0, 21.0, 300.0
LEFT, WIDEST, ROW, THICK = 2.0, 340.0, 45.0, 20.0
FITS_NUMBER, NAME, LONG_NAME = 27.0, 15, 44


@dataclass(frozen=True)
class Lane:
    """A node on its way through the filters: `end` is where its line ends, at the filter `stopped_by` if any."""

    name: str
    y: float
    line_y: float
    end: float
    stopped_by: str
    is_chosen: bool


@dataclass(frozen=True)
class Part:
    """One plugin's part of a bar; `product` is its score times its weight, empty where it would not fit."""

    plugin: str
    product: str
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
    """400 units wide. `gates` are where the filters stand, `plugins` those that the bars have parts of."""

    height: float
    gates: tuple[float, ...]
    gates_bottom: float
    lanes: tuple[Lane, ...]
    score_y: float
    bars: tuple[Bar, ...]
    plugins: tuple[str, ...]


def draw(nodes: Sequence[Judged], chosen: Sequence[str]) -> Drawing | None:
    """The nodes in the order of the tables, as many as there is room for; none where there are no nodes."""
    if not nodes:
        return None
    ordered = sorted(nodes, key=lambda node: (node.refused is not None, -(node.total or 0)))
    lanes = tuple(_lane(i, node, node.name in chosen) for i, node in enumerate(_some(ordered)))
    bottom = TOP + LANE * len(lanes)
    scored = [node for node in ordered if node.refused is None and node.total is not None][:MOST_BARS]
    score_y = bottom + 26
    highest = max(scored[0].total or 0, 1) if scored else 1
    bars = tuple(_bar(score_y + 8 + ROW * i, node, highest, node.name in chosen) for i, node in enumerate(scored))
    return Drawing(
        height=score_y + 12 + ROW * len(bars) if bars else bottom + 6,
        gates=tuple(FIRST_GATE + GATE * i for i in range(len(FILTERS))),
        gates_bottom=bottom - 4,
        lanes=lanes,
        score_y=score_y,
        bars=bars,
        plugins=tuple(plugin for plugin in WEIGHTS if any(part.plugin == plugin for bar in bars for part in bar.parts)),
    )


def _some(ordered: Sequence[Judged]) -> list[Judged]:
    """Of many nodes the best, and at least as many of the refused as fit into a third of the room."""
    refused = [node for node in ordered if node.refused is not None]
    passing = [node for node in ordered if node.refused is None]
    room = MOST_ROWS - min(len(refused), MOST_ROWS // 3)
    shown = passing[:room]
    return shown + refused[: MOST_ROWS - len(shown)]


def _lane(i: int, node: Judged, is_chosen: bool) -> Lane:
    line_y = TOP + LANE * i + 8
    stopped_by = node.refused.plugin if node.refused else ""
    end = FIRST_GATE + GATE * FILTERS.index(stopped_by) if stopped_by else PASSED
    return Lane(clip(node.name, NAME), line_y + 4, line_y, end, stopped_by, is_chosen)


def _bar(top: float, node: Judged, highest: int, is_chosen: bool) -> Bar:
    x = LEFT
    parts = []
    for plugin in WEIGHTS:
        score = node.scores[plugin]
        product = score.score * score.weight
        width = round(WIDEST * product / highest, 1)
        if width:
            shown = str(product) if width >= FITS_NUMBER else ""
            parts.append(Part(plugin, shown, round(x, 1), width, round(x + width / 2, 1)))
        x += width
    return Bar(
        name=clip(node.name, LONG_NAME),
        label_y=top + 14,
        y=top + 20,
        text_y=top + 34,
        total=node.total or 0,
        total_x=round(x + 8, 1),
        is_chosen=is_chosen,
        parts=tuple(parts),
    )


def clip(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
