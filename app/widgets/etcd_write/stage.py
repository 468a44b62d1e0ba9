"""Where the members stand: in rows of up to four, on one network of their own; who is cut off stands apart."""

from collections.abc import Sequence

from app.widgetkit.contract import Box, Place, Stage, Wire, Zone
from app.widgetkit.stage import Points

Rows = list[list[int]]

LEFT, RIGHT, GAP, ROW, HEAD, HIGH = 196, 980, 18, 118, 44, 66  # the wide picture: members right of the client
TALL_WIDE, TALL_HIGH, TALL_ROW, SPINE = 172, 54, 72, 200


def build_stage(members: int, cut_off: frozenset[int], asked: int) -> Stage:
    """The stage for this cluster: two zones when a partition runs through it."""
    apart = [number for number in range(1, members + 1) if number in cut_off]
    together = [number for number in range(1, members + 1) if number not in cut_off]
    sides = [side for side in (together, apart) if side]
    names = ("cluster",) if len(sides) == 1 else ("this-side", "cut-off")
    boxes: dict[int, tuple[Box, Box]] = {}
    zones, wires = [], []
    top, tall_top = 12, 84
    for name, side in zip(names, sides, strict=True):
        wide, height = _wide(side, top)
        tall, tall_height = _tall(side, tall_top)
        boxes |= {number: (wide[number], tall[number]) for number in side}
        zones.append(Zone(name, (LEFT - 16, top, RIGHT - LEFT + 32, height), (4, tall_top, 392, tall_height)))
        wires += _peers(side, boxes, top + HEAD + HIGH)
        top += height + 14
        tall_top += tall_height + 12
    places = [Place("client", "user", (8, top // 2 - 40, 146, HIGH), (114, 12, TALL_WIDE, TALL_HIGH))]
    places += [Place(f"etcd-{n}", "etcd", *boxes[n]) for n in sorted(boxes)]
    is_second_row = any(asked in row for side in sides for row in _rows(side)[1:])
    wires.append(_to_client(places[0], asked, *boxes[asked], is_second_row))
    return Stage(tuple(places), tuple(zones), tuple(wires), top, tall_top)


def _rows(side: Sequence[int]) -> Rows:
    """One row of up to four, or two rows as equal as can be."""
    first = len(side) if len(side) <= 4 else (len(side) + 1) // 2
    return [list(row) for row in (side[:first], side[first:]) if row]


def _wide(side: Sequence[int], top: int) -> tuple[dict[int, Box], int]:
    """The boxes, and the height of their zone; the network runs below the first row."""
    boxes = {}
    rows = _rows(side)
    columns = max(len(rows[0]), 3)
    width = (RIGHT - LEFT - (columns - 1) * GAP) // columns
    for r, row in enumerate(rows):
        for c, number in enumerate(row):
            boxes[number] = (LEFT + c * (width + GAP), top + HEAD + r * ROW, width, HIGH)
    return boxes, HEAD + len(rows) * ROW - (ROW - HIGH) + (44 if len(rows) == 1 else 30)


def _tall(side: Sequence[int], top: int) -> tuple[dict[int, Box], int]:
    """Two columns with the network between them."""
    boxes = {
        number: (14 + (i % 2) * 200, top + 24 + (i // 2) * TALL_ROW, TALL_WIDE, TALL_HIGH)
        for i, number in enumerate(side)
    }
    return boxes, 24 + (len(side) + 1) // 2 * TALL_ROW


def _peers(side: Sequence[int], boxes: dict[int, tuple[Box, Box]], below: int) -> list[Wire]:
    """Port 2380: from every member of a side to every other one, along the shared line."""
    line = below + 24
    return [
        Wire(
            f"etcd-{a}",
            f"etcd-{b}",
            (*_down(boxes[a][0], line), *_down(boxes[b][0], line)[::-1]),
            (*_aside(boxes[a][1]), *_aside(boxes[b][1])[::-1]),
        )
        for i, a in enumerate(side)
        for b in side[i + 1 :]
    ]


def _down(box: Box, line: int) -> Points:
    x = box[0] + box[2] // 2
    return (x, box[1] + box[3] if box[1] < line else box[1]), (x, line)


def _aside(box: Box) -> Points:
    y = box[1] + box[3] // 2
    return (box[0] + box[2] if box[0] < SPINE else box[0], y), (SPINE, y)


def _to_client(client: Place, asked: int, wide: Box, tall: Box, is_second_row: bool) -> Wire:
    """Port 2379: around the boxes, to the outer side of the one that is asked."""
    out = client.wide[0] + client.wide[2]
    level = client.wide[1] + client.wide[3] // 2
    rim_y, edge = (wide[1] + HIGH + 14, wide[1] + HIGH) if is_second_row else (wide[1] - 14, wide[1])
    middle = wide[0] + wide[2] // 2
    wide_way: Points
    if wide[0] == LEFT:
        wide_way = ((out, level), (166, level), (166, wide[1] + 33), (wide[0], wide[1] + 33))
    else:
        wide_way = ((out, level), (166, level), (166, rim_y), (middle, rim_y), (middle, edge))
    at_left = tall[0] < SPINE
    rim, side = (9, 14) if at_left else (391, 386)
    door = client.tall[0] if at_left else client.tall[0] + client.tall[2]
    half, y = client.tall[1] + client.tall[3] // 2, tall[1] + tall[3] // 2
    return Wire("client", f"etcd-{asked}", wide_way, ((door, half), (rim, half), (rim, y), (side, y)))
