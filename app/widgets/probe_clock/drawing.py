"""The picture of a Pod's probes: time runs along the lanes, across on a wide page and down on a narrow one."""

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Literal

from app.record import dataclass
from app.widgets.probe_clock.model import NAMES, Name, Probes, Process
from app.widgets.probe_clock.prober import INITIAL, Attempt, Moment, Played, Result

Lane = Literal["container", "startup", "liveness", "readiness", "service"]

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
WIDE_LENGTH, WIDE_LANE, WIDE_HEAD = 628, 40, 92
TALL_LENGTH, TALL_WIDTH, TALL_HEAD = 520, 360, 38
TALL_FOOT, TALL_EDGE = 62, 8  # beside the lanes: the seconds, and room for the last one's name
TALL_NAMES = (13, 29)  # names stand by turns on two lines, as side by side they would touch
LETTER = 8  # units of a letter of what is counted below a question
MOST_MARKS, MOST_SKIPPED = 200, 300


@dataclass(frozen=True)
class Box:
    """A stretch of time in a lane: starting, running, hung, stopping, waiting, ready, outage or took."""

    kind: str
    x: float
    y: float
    width: float
    height: float

    @property
    def corner(self) -> int:
        return 4 if min(self.width, self.height) > 8 else 2


@dataclass(frozen=True)
class Mark:
    """A question (`good`, `bad`), one that turned the result (`is_turn`), or a tick that asked nothing (`idle`)."""

    kind: Literal["good", "bad", "idle"]
    x: float
    y: float
    path: str
    is_turn: bool = False
    run: str = ""


@dataclass(frozen=True)
class Text:
    """A word of the drawing: a lane's name, a second of the axis, or a container's number."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    lanes: tuple[Text, ...]
    rules: tuple[str, ...]
    boxes: tuple[Box, ...]
    kills: tuple[str, ...]
    marks: tuple[Mark, ...]
    seconds: tuple[Text, ...]
    numbers: tuple[Text, ...]


@dataclass(frozen=True)
class Span:
    kind: str
    lane: Lane
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Paper:
    """Where a moment of a lane stands: `length` units for all of the time, lanes `lane` units thick from `head` on."""

    is_wide: bool
    until_ms: int
    length: int
    lane: float
    head: int
    foot: int

    def along(self, at_ms: int) -> float:
        return round(self.foot + min(at_ms, self.until_ms) * self.length / self.until_ms, 1)

    def point(self, at_ms: int, across: float) -> tuple[float, float]:
        along = self.along(at_ms)
        return (along, across) if self.is_wide else (across, along)

    def box(self, kind: str, start_ms: int, end_ms: int, across: float, thick: float) -> Box:
        start, end = self.along(start_ms), self.along(end_ms)
        long, x_y = round(max(end - start, 0.8), 1), (start, round(across, 1))
        if self.is_wide:
            return Box(kind, *x_y, long, thick)
        return Box(kind, x_y[1], x_y[0], thick, long)

    def line(self, at_ms: int, start: float, end: float) -> str:
        along = self.along(at_ms)
        return f"M{along} {start}V{end}" if self.is_wide else f"M{start} {along}H{end}"


def lanes_of(probes: Probes) -> tuple[Lane, ...]:
    """The lanes from the first on: the container, each probe that there is, and whether the Service sends to it."""
    return ("container", *(name for name in NAMES if probes.of(name)), "service")


def draw(played: Played, probes: Probes, process: Process, *, is_wide: bool) -> Drawing:
    """The picture, 740 units wide or 360; `lanes` give keys of words."""
    lanes = lanes_of(probes)
    if is_wide:
        paper = Paper(True, played.until_ms, WIDE_LENGTH, WIDE_LANE, 12, WIDE_HEAD)
        size = (WIDE_HEAD + WIDE_LENGTH + 20, round(12 + WIDE_LANE * len(lanes) + 26))
    else:
        lane = (TALL_WIDTH - TALL_FOOT - TALL_EDGE) / len(lanes)
        paper = Paper(False, played.until_ms, TALL_LENGTH, lane, TALL_FOOT, TALL_HEAD)
        size = (TALL_WIDTH, TALL_HEAD + TALL_LENGTH + 14)
    middles = {lane: paper.head + paper.lane * (i + 0.5) for i, lane in enumerate(lanes)}
    spans = tuple(_spans(played, process))
    ends = paper.head + paper.lane * len(lanes)
    return Drawing(
        *size,
        lanes=tuple(_lane_name(paper, i, lane, middle) for i, (lane, middle) in enumerate(middles.items())),
        rules=tuple(_rule(paper, middle) for lane, middle in middles.items() if lane in NAMES),
        boxes=(
            *_outage(paper, process, lanes),
            *(paper.box(s.kind, s.start_ms, s.end_ms, middles[s.lane] - _thick(s) / 2, _thick(s)) for s in spans),
            *_took(paper, played, middles),
            *_bands(paper, played, middles),
        ),
        kills=tuple(paper.line(moment.at_ms, paper.head + 2, ends - 2) for moment in played.of("kill")),
        marks=(*_skips(paper, played, middles), *_marks(paper, played, middles)),
        seconds=tuple(_seconds(paper, ends)),
        numbers=tuple(_numbers(paper, played, middles["container"])),
    )


def _thick(span: Span) -> float:
    return 16 if span.lane == "container" else 12


def _lane_name(paper: Paper, place: int, lane: Lane, middle: float) -> Text:
    if paper.is_wide:
        return Text(lane, WIDE_HEAD - 12, round(middle + 4, 1))
    return Text(lane, round(middle, 1), TALL_NAMES[place % len(TALL_NAMES)])


def _rule(paper: Paper, middle: float) -> str:
    (x, y), end = paper.point(0, round(middle, 1)), paper.along(paper.until_ms)
    return f"M{x} {y}H{end}" if paper.is_wide else f"M{x} {y}V{end}"


# --- stretches of time ---


def _spans(played: Played, process: Process) -> Iterator[Span]:
    """Lives of containers, cut where the process changes, the waits between them, and the time in the Service."""
    until = played.until_ms
    begun: Moment | None = None
    killed: int | None = None
    ready: int | None = None
    for moment in (*played.moments, Moment("end", until, 0)):
        match moment.kind:
            case "start" | "restart":
                begun, killed = moment, None
            case "kill":
                killed = moment.at_ms
            case "end" if begun:
                yield from _life(begun.at_ms, killed, moment.at_ms, process)
                begun = None
            case "back-off":
                yield Span("waiting", "container", moment.at_ms, min(moment.at_ms + moment.value, until))
            case "ready":
                ready = moment.at_ms
            case "unready" if ready is not None:
                yield Span("ready", "service", ready, moment.at_ms)
                ready = None
    if ready is not None:
        yield Span("ready", "service", ready, until)


def _life(start: int, killed: int | None, end: int, process: Process) -> Iterator[Span]:
    stop = end if killed is None else killed
    listens = min(start + process.ready_ms, stop)
    hangs = stop if process.hangs_ms is None else max(start, min(start + process.hangs_ms, stop))
    listens = min(listens, hangs)
    for kind, first, last in (("starting", start, listens), ("running", listens, hangs), ("hung", hangs, stop)):
        if last > first:
            yield Span(kind, "container", first, last)
    if killed is not None and end > killed:
        yield Span("stopping", "container", killed, end)


def _outage(paper: Paper, process: Process, lanes: tuple[Lane, ...]) -> Iterator[Box]:
    if process.outage and process.outage[0] < paper.until_ms:
        yield paper.box("outage", *process.outage, paper.head, round(paper.lane * len(lanes), 1))


def _bands(paper: Paper, played: Played, middles: dict[Lane, float]) -> Iterator[Box]:
    """Where a lane has more questions than can be drawn: from the first to the last of those that went alike."""
    for lane, mine in _by_lane(played):
        if len(mine) > MOST_MARKS:
            for is_success, group in groupby(mine, key=lambda attempt: attempt.is_success):
                alike = list(group)
                kind = "goods" if is_success else "bads"
                yield paper.box(kind, alike[0].at_ms, alike[-1].end_ms, middles[lane] - 3, 6)


def _by_lane(played: Played) -> Iterator[tuple[Name, list[Attempt]]]:
    for name in NAMES:
        yield name, [attempt for attempt in played.attempts if attempt.probe == name]


def _took(paper: Paper, played: Played, middles: dict[Lane, float]) -> Iterator[Box]:
    for lane, mine in _by_lane(played):
        for attempt in mine if len(mine) <= MOST_MARKS else ():
            if paper.along(attempt.end_ms) - paper.along(attempt.at_ms) >= 2:
                yield paper.box("took", attempt.at_ms, attempt.end_ms, middles[lane] - 2, 4)


def _numbers(paper: Paper, played: Played, middle: float) -> Iterator[Text]:
    """Each container's number at its start, where there is room before the next."""
    starts = list(played.of("start", "restart"))
    ends = [*(moment.at_ms for moment in starts[1:]), played.until_ms]
    for moment, end in zip(starts, ends, strict=True):
        if paper.along(end) - paper.along(moment.at_ms) >= 18:
            x, y = paper.point(moment.at_ms, middle)
            place = (x + 8, y + 4) if paper.is_wide else (x, y + 13)
            yield Text(str(moment.container), round(place[0], 1), round(place[1], 1))


# --- questions ---


def _marks(paper: Paper, played: Played, middles: dict[Lane, float]) -> Iterator[Mark]:
    results: dict[str, Result] = {}
    for lane, mine in _by_lane(played):
        gaps = [paper.along(b.end_ms) - paper.along(a.end_ms) for a, b in pairwise(mine)]
        usual = sorted(gaps)[len(gaps) // 3] if gaps else 20.0  # some follow another at once
        size = round(max(1.4, min(4.2, usual * 0.38)), 1)
        for i, attempt in enumerate(mine):
            life = f"{lane} {attempt.container}"
            before = results.get(life, INITIAL[lane])
            results[life] = attempt.sets or before
            is_turn = results[life] != before
            if len(mine) > MOST_MARKS and not is_turn:
                continue
            room = LETTER * len(f"{attempt.needed}/{attempt.needed}")
            has_room = (i == 0 or gaps[i - 1] >= room) and (i >= len(gaps) or gaps[i] >= room)
            yield _mark(paper, attempt, middles[lane], size, is_turn=is_turn, has_room=has_room)


def _mark(paper: Paper, attempt: Attempt, middle: float, size: float, *, is_turn: bool, has_room: bool) -> Mark:
    x, y = paper.point(attempt.end_ms, round(middle, 1))
    shows = has_room and attempt.needed > 1 and attempt.run <= attempt.needed
    run = f"{attempt.run}/{attempt.needed}" if shows else ""
    if attempt.is_success:
        path = f"M{round(x - size, 1)} {y}a{size} {size} 0 1 0 {2 * size:g} 0a{size} {size} 0 1 0 {-2 * size:g} 0"
        return Mark("good", x, y, path, is_turn, run)
    left, up = round(x - size, 1), round(y - size, 1)
    path = f"M{left} {up}l{2 * size:g} {2 * size:g}m0 {-2 * size:g}l{-2 * size:g} {2 * size:g}"
    return Mark("bad", x, y, path, is_turn, run)


def _skips(paper: Paper, played: Played, middles: dict[Lane, float]) -> Iterator[Mark]:
    shown = [one for one in played.skipped if 0 <= one.at_ms < paper.until_ms]
    if len(shown) <= MOST_SKIPPED:
        for one in shown:
            x, y = paper.point(one.at_ms, round(middles[one.probe], 1))
            yield Mark("idle", x, y, f"M{x} {y}h.01")


def _seconds(paper: Paper, ends: float) -> Iterator[Text]:
    most = 10 if paper.is_wide else 14
    seconds = paper.until_ms / 1000
    step = next((step for step in STEPS_S if seconds / step <= most), STEPS_S[-1])
    for second in range(0, int(seconds) + 1, step):
        along = paper.along(second * 1000)
        yield (
            Text(str(second), along, round(ends + 16, 1))
            if paper.is_wide
            else Text(str(second), paper.head - 10, along + 4)
        )
