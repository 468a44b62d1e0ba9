"""Geometry of two pictures: the scale of oom_score_adj, and the node's memory with every pod in its place.

Drawing units: the scale is 720 wide, the memory picture 400, so that it stays readable on a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.widgets.oom_score.eviction import Evictee
from app.widgets.oom_score.kill import Candidate
from app.widgets.oom_score.node import Node
from app.widgets.oom_score.qos import QosClass

SCALE_LEFT, SCALE_WIDTH = 34, 652
LABEL_ROWS = 4
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
    band_label_x: float
    band_label_y: int
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
    placed: list[tuple[int, float, str, int, float, int, Literal["start", "mid", "end"], QosClass]] = []
    hidden = 0
    for value in sorted(groups):
        names = list(dict.fromkeys(name for name, _ in groups[value]))
        text, more = _label(names)
        x = scale_x(value)
        width = CHARACTER * len(f"{text} +{more} {value}")
        left, label_x, anchor = _anchored(x, width)
        row = next((i for i, end in enumerate(free) if end + 10 < left), None)
        if row is None:
            hidden += len(names)
            continue
        free[row] = left + width
        placed.append((value, x, text, more, label_x, row, anchor, groups[value][0][1]))
    rows = max((entry[5] for entry in placed), default=0) + 1
    axis_y = 22 + rows * 20
    pins = tuple(
        _pin(value, x, text, more, label_x, 16 + (rows - 1 - row) * 20, anchor, qos_class)
        for value, x, text, more, label_x, row, anchor, qos_class in placed
    )
    band_x = scale_x(floor)
    ticks = tuple((scale_x(tick), tick) for tick in (-1000, -500, 0, 500, 1000))
    band_width = round(scale_x(999) - band_x, 1)
    return Scale(
        pins=pins,
        hidden=hidden,
        axis_y=axis_y,
        height=axis_y + 74,
        band_x=band_x,
        band_y=axis_y - 8,
        band_width=band_width,
        band_label_x=round(band_x + band_width / 2, 1),
        band_label_y=axis_y + 64,
        tick_y=axis_y - 5,
        number_y=axis_y + 24,
        node_y=axis_y + 46,
        ticks=ticks,
    )


def _pin(
    value: int,
    x: float,
    names: str,
    more: int,
    label_x: float,
    label_y: int,
    anchor: Literal["start", "mid", "end"],
    qos_class: QosClass,
) -> Pin:
    return Pin(value, x, names, more, label_x, label_y, label_y + 4, anchor, qos_class)


def scale_x(value: int) -> float:
    return round(SCALE_LEFT + SCALE_WIDTH * (value + 1000) / 2000, 1)


def _label(names: list[str]) -> tuple[str, int]:
    shown = [shorten(name, 20) for name in names[:2]]
    return ", ".join(shown), len(names) - len(shown)


def _anchored(x: float, width: float) -> tuple[float, float, Literal["start", "mid", "end"]]:
    """Left edge, x and anchor of a label that stays inside the drawing."""
    if x - width / 2 < 4:
        return 4, 4, "start"
    if x + width / 2 > 716:
        return 716 - width, 716, "end"
    return x - width / 2, x, "mid"


def shorten(name: str, length: int) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"


# --- the node's memory -----------------------------------------------------------------------------

ROWS_SHOWN = 14
MAP_WIDTH = 392.0
ROW_HEIGHT = 44
ROWS_TOP = 92


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the node's memory: a pod's (with its place in the order of death), the system's, or free."""

    kind: Literal["pod", "others", "system"]
    qos_class: QosClass | None
    place: int | None
    x: float
    width: float
    number_x: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A pod under the bar: its place, its name, its bar of usage and the outline of its request."""

    place: int | None
    name: str
    qos_class: QosClass
    usage: int | None
    request: int
    y: int
    bar_y: int
    used_y: int
    used_width: float
    request_width: float
    exceeds: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """Lengths are bytes on a common scale: the node's memory, or all that is used when that is more."""

    basis: Literal["usage", "request"]
    segments: tuple[Segment, ...]
    rows: tuple[Row, ...]
    hidden: int
    capacity_x: float
    threshold_x: float | None
    height: int


def draw_memory(
    node: Node, kill_order: Sequence[Candidate], eviction_order: Sequence[Evictee], floor_width: float = 9
) -> Memory:
    """Pods in the order in which the kernel kills them; their length is what they use, or request if unknown."""
    by_usage = node.pods_used is not None
    places = _places(kill_order)
    pods = sorted(eviction_order, key=lambda pod: places.get((pod.namespace, pod.pod), len(places) + 1))
    amounts = {id(pod): (pod.usage or 0) if by_usage else pod.request for pod in pods}
    system = node.system_used if by_usage else 0
    whole = max(node.capacity, sum(amounts.values()) + system, 1)
    unit = MAP_WIDTH / whole
    segments = _segments(pods, amounts, places, system, unit, floor_width)
    rows = tuple(
        Row(
            place=places.get((pod.namespace, pod.pod)),
            name=shorten(pod.pod, 30),
            qos_class=pod.qos_class,
            usage=pod.usage,
            request=pod.request,
            y=ROWS_TOP + i * ROW_HEIGHT + 16,
            bar_y=ROWS_TOP + i * ROW_HEIGHT + 22,
            used_y=ROWS_TOP + i * ROW_HEIGHT + 24,
            used_width=round((pod.usage or 0) * unit, 1),
            request_width=round(pod.request * unit, 1),
            exceeds=bool(pod.exceeds_request),
        )
        for i, pod in enumerate(pods[:ROWS_SHOWN])
    )
    threshold = node.capacity - node.hard_eviction
    return Memory(
        basis="usage" if by_usage else "request",
        segments=segments,
        rows=rows,
        hidden=len(pods) - len(rows),
        capacity_x=round(4 + node.capacity * unit, 1),
        threshold_x=round(4 + threshold * unit, 1) if 0 < threshold < node.capacity else None,
        height=ROWS_TOP + len(rows) * ROW_HEIGHT + 6,
    )


def _places(kill_order: Sequence[Candidate]) -> dict[tuple[str, str], int]:
    """The place of each pod by its first process to die, 1 first; ties share a place."""
    places: dict[tuple[str, str], int] = {}
    ranks: dict[int, int] = {}
    for candidate in kill_order:
        key = (candidate.namespace, candidate.pod)
        if key not in places:
            places[key] = ranks.setdefault(candidate.rank, len(places) + 1)
    return places


def _segments(
    pods: Sequence[Evictee],
    amounts: dict[int, int],
    places: dict[tuple[str, str], int],
    system: int,
    unit: float,
    floor_width: float,
) -> tuple[Segment, ...]:
    """The system's part, then the pods from the last to die to the first, so that death begins at the free end."""
    segments = []
    x = 4.0
    if system:
        segments.append(Segment("system", None, None, x, round(system * unit, 1), None))
        x += system * unit
    others = sum(amounts[id(pod)] for pod in pods[ROWS_SHOWN:])
    if others:
        segments.append(Segment("others", None, None, round(x, 1), round(others * unit, 1), None))
        x += others * unit
    for pod in reversed(pods[:ROWS_SHOWN]):
        width = amounts[id(pod)] * unit
        if not width:
            continue
        number_x = round(x + width / 2, 1) if width >= floor_width else None
        place = places.get((pod.namespace, pod.pod))
        segments.append(Segment("pod", pod.qos_class, place, round(x, 1), round(width, 1), number_x))
        x += width
    return tuple(segments)
