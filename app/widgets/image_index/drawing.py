"""The picture of a choice: the node's list on the left, best first, the index on the right, lines where they meet."""

from app.record import dataclass
from app.widgets.image_index.model import Choice, Entry, Node, Why
from app.widgets.image_index.platform import Platform

ROW, TOP, LEFT_WIDTH, RIGHT_X = 34.0, 30.0, 148.0, 226.0
MOST_ROWS = 24
LONGEST = 19


@dataclass(frozen=True)
class Rung:
    """An item of what the node accepts."""

    place: int
    text: str
    y: float
    text_y: float
    is_met: bool
    is_taken: bool


@dataclass(frozen=True)
class Card:
    """An entry of the index."""

    position: int
    text: str
    y: float
    text_y: float
    mark: str
    why: Why


@dataclass(frozen=True)
class Line:
    path: str
    is_taken: bool


@dataclass(frozen=True)
class Drawing:
    height: float
    rungs: tuple[Rung, ...]
    cards: tuple[Card, ...]
    lines: tuple[Line, ...]
    left_out: int


def draw(node: Node, choice: Choice) -> Drawing | None:
    """400 units wide; nothing for a plain manifest, since there is nothing to choose, or for too many rows."""
    entries = choice.entries
    if not entries or entries[0].why == "plain" or len(entries) > MOST_ROWS:
        return None
    best = next((entry for entry in entries if entry.rank == 1), None)
    met = {entry.step for entry in entries if entry.step is not None}
    shown = node.accepts[: max(MOST_ROWS // 2, max(met, default=0) + 1)]
    rungs = tuple(
        Rung(
            i + 1, short(item), *_row(i), i in met, best is not None and best.step == i and choice.selected is not None
        )
        for i, item in enumerate(shown)
    )
    cards = tuple(_card(entry, best, choice) for entry in entries)
    lines = tuple(_line(entry, entry.position == choice.selected) for entry in entries if entry.step is not None)
    height = TOP + ROW * max(len(rungs), len(cards)) + 4
    return Drawing(height, rungs, cards, lines, len(node.accepts) - len(shown))


def _row(i: int) -> tuple[float, float]:
    return TOP + ROW * i, TOP + ROW * i + 18


def _card(entry: Entry, best: Entry | None, choice: Choice) -> Card:
    """taken, refused (best, and yet it fails), kept, or apart."""
    mark = "kept" if entry.matches else "apart"
    if entry is best:
        mark = "taken" if choice.selected == entry.position else "refused"
    text = "—" if entry.descriptor.platform is None else short(entry.descriptor.platform)
    return Card(entry.position, text, *_row(entry.position), mark, entry.why)


def _line(entry: Entry, is_taken: bool) -> Line:
    left, right = (TOP + ROW * row + 13 for row in (entry.step or 0, entry.position))
    middle = (LEFT_WIDTH + 4 + RIGHT_X) / 2
    return Line(f"M{LEFT_WIDTH + 4} {left}C{middle} {left} {middle} {right} {RIGHT_X} {right}", is_taken)


def short(platform: Platform) -> str:
    """A platform that fits its box; one without an os is written as it stands in the index."""
    text = str(platform) if platform.os else f"?/{platform.architecture}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
