"""The picture of the time ahead: how long each source fires, and when the target is muted."""

from collections.abc import Sequence

from app.record import dataclass
from app.widgets.alert_inhibition.model import Known, Span

MOST_BARS, MOST_SPANS = 6, 12
LEFT, RIGHT, LANE, THICK, TOP = 118.0, 396.0, 30.0, 14.0, 8.0
AFTER = 0.18  # of the width, for what comes after the last end


@dataclass(frozen=True)
class Bar:
    """A source that fires until `ends`. `mutes`: it mutes the target at some time."""

    name: str
    text_y: float
    y: float
    width: float
    ends: str
    ends_x: float
    mutes: bool


@dataclass(frozen=True)
class Stretch:
    """A part of the target's lane, muted or not."""

    x: float
    width: float
    is_muted: bool


@dataclass(frozen=True)
class Drawing:
    """400 units wide. The target's lane is the last one."""

    height: float
    axis_y: float
    bars: tuple[Bar, ...]
    target: str
    target_y: float
    target_text_y: float
    stretches: tuple[Stretch, ...]


def draw(
    names: Sequence[str], known: Sequence[Known], sources: Sequence[int], target: str, spans: Sequence[Span]
) -> Drawing | None:
    """None when no source fires or there are too many spans to see; sources that mute come first, then the longest."""
    firing = [number for number in sources if known[number].fires]
    if not firing or len(spans) > MOST_SPANS:
        return None
    muters = {span.by for span in spans}
    shown = sorted(firing, key=lambda n: (n not in muters, -known[n].ends_in, n))[:MOST_BARS]
    longest = max(*(known[n].ends_in for n in shown), *(span.since for span in spans))
    unit = (RIGHT - LEFT) * (1 - AFTER) / longest
    bars = tuple(
        Bar(
            name=clip(names[number]),
            text_y=TOP + LANE * i + 11,
            y=TOP + LANE * i,
            width=round(unit * known[number].ends_in, 1),
            ends=plain(known[number].ends_in),
            ends_x=round(LEFT + unit * known[number].ends_in + 6, 1),
            mutes=number in muters,
        )
        for i, number in enumerate(shown)
    )
    lane = TOP + LANE * len(bars) + 6
    stretches = []
    for span in spans:
        x = LEFT + unit * span.since
        end = RIGHT if span.until is None else LEFT + unit * span.until
        stretches.append(Stretch(round(x, 1), round(end - x, 1), span.by is not None))
    return Drawing(lane + THICK + 24, lane - 8, bars, clip(target), lane, lane + 11, tuple(stretches))


def plain(seconds: float) -> str:
    return f"{seconds:.10g}"


def clip(name: str) -> str:
    return name if len(name) <= 15 else f"{name[:14]}…"
