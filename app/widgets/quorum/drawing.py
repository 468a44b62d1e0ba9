"""The picture of a decision: each configuration's voters in the order of what they have on disk."""

from collections.abc import Mapping, Sequence

from app.kube.digits import is_whole
from app.record import dataclass
from app.widgets.quorum.model import Half

TALLEST = 15
# More would not fit beside the bars.
LONGEST_LABEL, LARGEST_INDEX = 10, 10**9
ROW, TOP, LEFT, WIDEST = 30.0, 34.0, 84.0, 142.0


@dataclass(frozen=True)
class Rung:
    """One voter's bar. `mark` says whether it counts, decides, is not needed, or is silent."""

    voter: int
    label: str
    index: int | None
    mark: str
    y: float
    text_y: float
    middle_y: float
    width: float
    number_x: float


@dataclass(frozen=True)
class Ladder:
    role: str
    quorum: int
    members: int
    y: float
    line_y: float
    line_text_y: float
    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Drawing:
    height: float
    ladders: tuple[Ladder, ...]


def draw(halves: Sequence[Half], labels: Mapping[int, str]) -> Drawing | None:
    """The ladders, one under the other, 400 units wide; none when there is nobody or too much to see."""
    known = [ack.index for half in halves for ack in half.acks if ack.index is not None]
    tallest = max((len(half.voters) for half in halves), default=0)
    if not 0 < tallest <= TALLEST or max(known, default=0) > LARGEST_INDEX:
        return None
    low, high = min(known, default=0), max(known, default=0)
    ladders = []
    y = 0.0
    for half in halves:
        ladders.append(_ladder(half, labels, y, low, high))
        y += TOP + ROW * (len(half.voters) + 1) + 14
    return Drawing(y, tuple(ladders))


def _ladder(half: Half, labels: Mapping[int, str], y: float, low: int, high: int) -> Ladder:
    rungs = []
    for ack in half.acks:
        # The line and its sentence stand between the voters that make the quorum and the others.
        top = y + TOP + ROW * (ack.rank - 1 + (ack.rank > half.quorum))
        width = _width(ack.index, low, high)
        mark = "decides" if ack.decides else "counts" if ack.counts else "spare"
        rungs.append(
            Rung(
                voter=ack.voter,
                label=_short(labels[ack.voter]),
                index=ack.index,
                mark="silent" if ack.index is None else mark,
                y=top,
                text_y=top + 15,
                middle_y=top + 11,
                width=width,
                number_x=LEFT + width + 8,
            )
        )
    line = y + TOP + ROW * half.quorum
    return Ladder(half.role, half.quorum, len(half.voters), y + 16, line, line + 17, tuple(rungs))


def _width(index: int | None, low: int, high: int) -> float:
    """Bars start well above nothing, so that 100, 101 and 103 can be told apart."""
    if index is None:
        return 0.0
    return round(60 + (WIDEST - 60) * (index - low) / (high - low), 1) if high > low else WIDEST


def _short(label: str) -> str:
    """A small number as it is written in raft's own examples; a longer name or id is cut at the end."""
    if is_whole(label) and len(label) <= 5:
        return f"etcd {label}"
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
