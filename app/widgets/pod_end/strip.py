"""The whole run on a line of time: the container above, below it every request that nobody should have sent."""

from collections.abc import Iterator
from itertools import pairwise

from app.record import dataclass
from app.widgets.pod_end.plan import Plan, Stream

LEFT, RIGHT = 96, 14  # room for the names of the lanes, and after the end
MOST_MARKS = 150  # requests of a lane that are drawn one by one; more of them are a band
STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200)
HEIGHT = 112


@dataclass(frozen=True)
class Span:
    """A part of a lane: `kind` is what happens in it."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True)
class Lane:
    """The requests of one kind of client: marks as paths, or spans where there are too many to tell apart.

    `answered` and `failed` have come by now, `to_come` and `to_fail` will.
    """

    client: str
    y: int
    answered: str
    failed: str
    to_come: str
    to_fail: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Strip:
    """The drawing for one width; times are (x, text)."""

    name: str
    width: int
    spans: tuple[Span, ...]
    lanes: tuple[Lane, ...]
    times: tuple[tuple[float, str], ...]
    now: float
    height: int = HEIGHT


@dataclass(frozen=True)
class _Scale:
    width: int
    end_s: float

    def exact(self, at_s: float) -> float:
        return LEFT + (self.width - LEFT - RIGHT) * min(at_s, self.end_s) / self.end_s

    def x(self, at_s: float) -> float:
        return round(self.exact(at_s), 1)

    def span(self, kind: str, from_s: float, until_s: float) -> Span:
        begin = self.x(from_s)
        return Span(kind, begin, round(self.x(until_s) - begin, 1))


def strips(plan: Plan, end_s: float, now_s: float) -> tuple[Strip, Strip]:
    """The drawing at a moment, for wide windows and for phones; `end_s` is when the last step is."""
    return _strip("wide", 1000, plan, end_s, now_s), _strip("tall", 400, plan, end_s, now_s)


def _strip(name: str, width: int, plan: Plan, end_s: float, now_s: float) -> Strip:
    scale = _Scale(width, end_s)
    lanes = tuple(_lane(scale, stream, y, now_s) for stream, y in zip(plan.streams, (38, 64), strict=True))
    spans = tuple(scale.span(kind, begin, end) for kind, begin, end in container(plan, end_s) if end > begin)
    return Strip(name, width, spans, lanes, tuple(_times(scale, 10 if name == "wide" else 5)), scale.x(now_s))


def container(plan: Plan, end_s: float) -> Iterator[tuple[str, float, float]]:
    """What the process does from when to when: serves, hangs, finishes; and when the hook runs beside it."""
    if plan.fault == "node-gone":
        return
    if plan.fault == "pdb-refuses" and plan.how == "drain":
        yield "serves", 0, end_s
        return
    yield "hangs" if plan.how == "liveness" else "serves", 0, plan.closes_s
    yield "finishes", plan.closes_s, plan.exited_s
    if plan.how == "liveness":
        yield "serves", plan.ready_again_s, end_s
    yield "hook", plan.killing_s, plan.term_s


def _lane(scale: _Scale, stream: Stream, y: int, now_s: float) -> Lane:
    if stream.all_late > MOST_MARKS:
        return Lane(stream.client, y, "", "", "", "", tuple(_bands(scale, stream)))
    marks: dict[str, list[float]] = {"answered": [], "failed": [], "to_come": [], "to_fail": []}
    for at_s in arrivals(stream):
        fails = any(begin <= at_s < end for begin, end in stream.fails)
        came = at_s <= now_s and (not fails or now_s >= stream.seen_s)
        kind = ("failed" if came else "to_fail") if fails else ("answered" if came else "to_come")
        marks[kind].append(scale.exact(at_s))
    return Lane(stream.client, y, **{kind: _path(places, y) for kind, places in marks.items()}, spans=())


def _path(places: list[float], y: int) -> str:
    """A mark at each place. All but the first are told by the distance, which is the same again and again."""
    if not places:
        return ""
    steps = "".join(f"m{there - here:.2f}-14v14" for here, there in pairwise(places))
    return f"M{places[0]:.1f} {y}v14{steps}"


def arrivals(stream: Stream) -> Iterator[float]:
    """When each request comes that nobody should have sent."""
    if stream.rate:
        number = max(0, int(stream.from_s * stream.rate) - 1)
        while (at_s := (number + 0.5) / stream.rate) < stream.until_s:
            if at_s >= stream.from_s:
                yield at_s
            number += 1


def _bands(scale: _Scale, stream: Stream) -> Iterator[Span]:
    begin = stream.from_s
    for fails_s, end in stream.fails:
        yield scale.span("answered", begin, fails_s)
        yield scale.span("failed", fails_s, end)
        begin = end
    yield scale.span("answered", begin, max(begin, stream.until_s))


def _times(scale: _Scale, most: int) -> Iterator[tuple[float, str]]:
    step = next((each for each in STEPS_S if scale.end_s / each <= most), STEPS_S[-1])
    for at_s in range(0, int(scale.end_s) + 1, step):
        yield scale.x(at_s), str(at_s)
