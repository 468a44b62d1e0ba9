"""Geometry of two pictures: the scale of oom_score_adj, and the node's memory with every pod in its place.

The scale is 400 units wide, so that a phone shows all of it. Of the memory picture all widths are percent, so that its
text keeps its size on every screen.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from app.record import dataclass
from app.widgets.oom_score.eviction import Evictee
from app.widgets.oom_score.kill import Candidate
from app.widgets.oom_score.node import Node
from app.widgets.oom_score.qos import QosClass
from app.widgets.oom_score.tables import size

SCALE_LEFT, SCALE_WIDTH, SCALE_END = 24, 352, 396
LABEL_ROWS = 6
CHARACTER = 7.2


@dataclass(frozen=True, slots=True)
class Pin:
    """Containers that share a value: where it stands on the scale and where its label is written."""

    value: int
    x: float
    names: str
    more: int
    label_x: float
    label_y: int
    line_y: int
    anchor: Literal["start", "mid", "end"]
    paper_x: float
    paper_y: int
    paper_width: float
    """Behind the label, so that the lines of labels above it do not run through it."""
    qos_class: QosClass


@dataclass(frozen=True, slots=True)
class Scale:
    """-1000 to 1000 with the pins above the line and the fixed points of a node below it."""

    pins: tuple[Pin, ...]
    hidden: int
    axis_y: int
    height: int
    band_x: float
    band_y: int
    band_width: float
    band_label_y: int
    burstable_y: int
    tick_y: int
    number_y: int
    node_y: int
    ticks: tuple[tuple[float, int], ...]


def draw_scale(values: Sequence[tuple[int, str, QosClass]], floor: int) -> Scale:
    """`values` are (oom_score_adj, container, class); equal values share a pin, labels never overlap."""
    groups: dict[int, list[tuple[str, QosClass]]] = {}
    for value, name, qos_class in values:
        groups.setdefault(value, []).append((name, qos_class))
    free = [-10.0] * LABEL_ROWS
    placed: list[tuple[int, int, str, int, QosClass]] = []
    hidden = 0
    for value in sorted(groups):
        names = list(dict.fromkeys(name for name, _ in groups[value]))
        text, more = _label(names)
        left, width = _label_room(value, text, more)
        row = next((i for i, end in enumerate(free) if end + 10 < left), None)
        if row is None:
            hidden += len(names)
            continue
        free[row] = left + width
        placed.append((row, value, text, more, groups[value][0][1]))
    rows = max((row for row, *_ in placed), default=0) + 1
    axis_y = 22 + rows * 20
    pins = tuple(
        _pin(16 + (rows - 1 - row) * 20, value, text, more, qos_class) for row, value, text, more, qos_class in placed
    )
    band_x = scale_x(floor)
    ticks = tuple((scale_x(tick), tick) for tick in (-1000, -500, 0, 500, 1000))
    band_width = round(scale_x(999) - band_x, 1)
    return Scale(
        pins=pins,
        hidden=hidden,
        axis_y=axis_y,
        height=axis_y + 92,
        band_x=band_x,
        band_y=axis_y - 8,
        band_width=band_width,
        band_label_y=axis_y + 64,
        burstable_y=axis_y + 82,
        tick_y=axis_y - 5,
        number_y=axis_y + 24,
        node_y=axis_y + 46,
        ticks=ticks,
    )


def _pin(label_y: int, value: int, names: str, more: int, qos_class: QosClass) -> Pin:
    x = scale_x(value)
    left, width = _label_room(value, names, more)
    _, label_x, anchor = _anchored(x, width)
    return Pin(
        value=value,
        x=x,
        names=names,
        more=more,
        label_x=label_x,
        label_y=label_y,
        line_y=label_y + 4,
        anchor=anchor,
        paper_x=round(left, 1),
        paper_y=label_y - 13,
        paper_width=round(width, 1),
        qos_class=qos_class,
    )


def _label_room(value: int, names: str, more: int) -> tuple[float, float]:
    """Left edge and width of a label."""
    width = CHARACTER * len(f"{names} +{more} {value}")
    return _anchored(scale_x(value), width)[0], width


def scale_x(value: int) -> float:
    return round(SCALE_LEFT + SCALE_WIDTH * (value + 1000) / 2000, 1)


def _label(names: list[str]) -> tuple[str, int]:
    shown = [shorten(name, 20) for name in names[:2]]
    return ", ".join(shown), len(names) - len(shown)


def _anchored(x: float, width: float) -> tuple[float, float, Literal["start", "mid", "end"]]:
    """Left edge, x and anchor of a label that stays inside the drawing."""
    if x - width / 2 < 4:
        return 4, 4, "start"
    if x + width / 2 > SCALE_END:
        return SCALE_END - width, SCALE_END, "end"
    return x - width / 2, x, "mid"


def shorten(name: str, length: int) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"


# --- the node's memory -----------------------------------------------------------------------------

ROWS_SHOWN = 14
NARROW, WIDE = 310, 600
"""Pixels of the picture on a phone and beside the form; what is written in a piece has to fit there."""

Fit = Literal["", "wide", "narrow"]
"""Where a text fits into its piece: nowhere, only on a wide screen, everywhere."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the node's memory from `x`, both in percent: a pod's, of pods not named, the system's, or free.

    `place` is the pod's in the order of death. `fits` says where the place, or the word for the others, can be
    written; `name` and `amount` are empty where even a wide screen has no room for them.
    """

    kind: Literal["pod", "others", "system", "free"]
    qos_class: QosClass | None
    place: int | None
    name: str
    amount: str
    x: float
    width: float
    middle: float
    fits: Fit


@dataclass(frozen=True, slots=True)
class Row:
    """A pod under the bar: its place, its name, and the widths of its usage and of its request, in percent."""

    place: int | None
    tied: bool
    namespace: str
    name: str
    qos_class: QosClass
    usage: str
    request: str
    used_width: float
    request_width: float
    exceeds: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """Percent of the node's memory, or of all that is used when that is more."""

    basis: Literal["usage", "request"]
    segments: tuple[Segment, ...]
    rows: tuple[Row, ...]
    hidden: int
    capacity: str
    capacity_x: float
    threshold_x: float | None


def draw_memory(node: Node, kill_order: Sequence[Candidate], eviction_order: Sequence[Evictee]) -> Memory:
    """Pods in the order in which the kernel kills them; their length is what they use, or request if unknown."""
    by_usage = node.pods_used is not None
    places, tied = _places(kill_order)
    pods = sorted(eviction_order, key=lambda pod: places.get((pod.namespace, pod.pod), len(places) + 1))
    amounts = [(pod.usage or 0) if by_usage else pod.request for pod in pods]
    system = node.system_used if by_usage else 0
    taken = system + sum(amounts)
    whole = max(node.capacity, taken, 1)
    shares: list[_Share] = []
    if system:
        shares.append(_Share("system", system))
    if hidden := sum(amounts[ROWS_SHOWN:]):
        shares.append(_Share("others", hidden))
    for pod, amount in reversed(list(zip(pods[:ROWS_SHOWN], amounts, strict=False))):
        if amount:
            shares.append(_Share("pod", amount, pod, places.get((pod.namespace, pod.pod))))
    if node.capacity > taken:
        shares.append(_Share("free", node.capacity - taken))
    threshold = node.capacity - node.hard_eviction
    return Memory(
        basis="usage" if by_usage else "request",
        segments=_segments(shares, whole),
        rows=tuple(_row(pod, places, tied, whole) for pod in pods[:ROWS_SHOWN]),
        hidden=max(0, len(pods) - ROWS_SHOWN),
        capacity=size(node.capacity),
        capacity_x=_percent(node.capacity, whole),
        threshold_x=_percent(threshold, whole) if 0 < threshold < node.capacity else None,
    )


@dataclass(frozen=True, slots=True)
class _Share:
    """Bytes of the node's memory and whose they are."""

    kind: Literal["pod", "others", "system", "free"]
    bytes: int
    pod: Evictee | None = None
    place: int | None = None


def _places(kill_order: Sequence[Candidate]) -> tuple[dict[tuple[str, str], int], set[int]]:
    """The place of each pod by its first process to die, 1 first; and the places that several pods share."""
    places: dict[tuple[str, str], int] = {}
    ranks: dict[int, int] = {}
    tied: set[int] = set()
    for candidate in kill_order:
        key = (candidate.namespace, candidate.pod)
        if key not in places:
            if candidate.rank in ranks:
                tied.add(ranks[candidate.rank])
            places[key] = ranks.setdefault(candidate.rank, len(places) + 1)
    return places, tied


def _row(pod: Evictee, places: Mapping[tuple[str, str], int], tied: Collection[int], whole: int) -> Row:
    place = places.get((pod.namespace, pod.pod))
    return Row(
        place=place,
        tied=place in tied,
        namespace=pod.namespace,
        name=pod.pod,
        qos_class=pod.qos_class,
        usage="" if pod.usage is None else size(pod.usage),
        request=size(pod.request),
        used_width=_percent(pod.usage or 0, whole),
        request_width=_percent(pod.request, whole),
        exceeds=bool(pod.exceeds_request),
    )


def _segments(shares: Sequence[_Share], whole: int) -> tuple[Segment, ...]:
    """The system's part, then the pods from the last to die to the first, so that death begins at the free end."""
    segments = []
    before = 0
    for share in shares:
        width = _percent(share.bytes, whole)
        name = share.pod.pod if share.pod else ""
        segments.append(
            Segment(
                kind=share.kind,
                qos_class=share.pod.qos_class if share.pod else None,
                place=share.place,
                name=name if _fit(width, len(name) + 4) else "",
                amount=size(share.bytes) if _fit(width, 14) else "",
                x=_percent(before, whole),
                width=width,
                middle=_percent(2 * before + share.bytes, 2 * whole),
                fits=_fit(width, len(str(share.place or "")) if share.pod else 9),
            )
        )
        before += share.bytes
    return tuple(segments)


def _fit(width: float, characters: int) -> Fit:
    needed = 100 * CHARACTER * (characters + 0.4)
    return "narrow" if width * NARROW >= needed else "wide" if width * WIDE >= needed else ""


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)
