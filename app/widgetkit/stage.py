"""Where the actors of a sequence stand: the same place in every picture, drawn once wide and once for a phone.

The wide picture is 1000 units across, the tall one 400; a box is (x, y, width, height) in those units.
"""

from app.record import dataclass

Box = tuple[int, int, int, int]
Points = tuple[tuple[int, int], ...]

WIDE_WIDTH = 1000
TALL_WIDTH = 400


@dataclass(frozen=True)
class Place:
    """One actor: its name in the frames, its kind (colour and glyph), its box in both pictures."""

    name: str
    kind: str
    wide: Box
    tall: Box


@dataclass(frozen=True)
class Zone:
    """A dashed region with a title, `zone.<name>` in the words."""

    name: str
    wide: Box
    tall: Box


@dataclass(frozen=True)
class Wire:
    """The way a message takes between two actors, as points from `a` to `b`; it is run backwards from `b` to `a`."""

    a: str
    b: str
    wide: Points
    tall: Points


@dataclass(frozen=True)
class Stage:
    places: tuple[Place, ...]
    zones: tuple[Zone, ...]
    wires: tuple[Wire, ...]
    wide_height: int
    tall_height: int

    def place(self, name: str) -> Place:
        return next(place for place in self.places if place.name == name)

    def way(self, a: str, b: str, picture: str) -> Points:
        """The points from actor `a` to actor `b`: the declared wire, or a straight line between the nearest sides."""
        for wire in self.wires:
            points: Points = getattr(wire, picture)
            if (wire.a, wire.b) == (a, b):
                return points
            if (wire.a, wire.b) == (b, a):
                return points[::-1]
        return _straight(getattr(self.place(a), picture), getattr(self.place(b), picture))


def _straight(a: Box, b: Box) -> Points:
    """A line between the facing sides of two boxes, through the middle of what they share, else between centres."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = a, b
    left, right = max(ax, bx), min(ax + aw, bx + bw)
    if left < right:
        x = (left + right) // 2
        return ((x, ay + ah), (x, by)) if ay < by else ((x, ay), (x, by + bh))
    top, bottom = max(ay, by), min(ay + ah, by + bh)
    if top < bottom:
        y = (top + bottom) // 2
        return ((ax + aw, y), (bx, y)) if ax < bx else ((ax, y), (bx + bw, y))
    y = ay + ah // 2
    return ((ax + aw if ax < bx else ax, y), (bx + bw // 2, y), (bx + bw // 2, by if ay < by else by + bh))


# The cluster on which pods and Deployments are born. The API server is the bar in the middle, since nobody speaks
# with anybody but through it: you and a webhook, which is a server of somebody's own, on the left, the control plane
# above, the nodes below.
CLUSTER = Stage(
    places=(
        Place("user", "user", (8, 152, 162, 68), (14, 8, 112, 54)),
        Place("webhook", "webhook", (8, 36, 162, 68), (274, 8, 112, 54)),
        Place("etcd", "etcd", (212, 36, 236, 68), (14, 94, 112, 54)),
        Place("scheduler", "scheduler", (474, 36, 236, 68), (144, 94, 112, 54)),
        Place("controller", "controller", (736, 36, 236, 68), (274, 94, 112, 54)),
        Place("api", "api", (200, 152, 784, 68), (14, 164, 372, 54)),
        Place("kubelet", "kubelet", (212, 290, 172, 68), (14, 256, 112, 54)),
        Place("runtime", "runtime", (412, 290, 172, 68), (144, 256, 112, 54)),
        Place("proxy", "proxy", (612, 290, 172, 68), (274, 256, 112, 54)),
        Place("pod", "pod", (212, 376, 172, 60), (14, 322, 112, 54)),
        Place("cni", "cni", (412, 376, 172, 60), (144, 322, 112, 54)),
        Place("registry", "registry", (812, 388, 172, 60), (144, 410, 112, 54)),
        Place("kubelet-2", "kubelet", (812, 290, 160, 68), (274, 410, 112, 54)),
    ),
    zones=(
        Zone("control-plane", (188, 12, 804, 218), (4, 72, 392, 156)),
        Zone("node-1", (200, 254, 596, 194), (4, 236, 392, 148)),
        Zone("node-2", (800, 254, 184, 116), (266, 390, 130, 80)),
    ),
    wires=(
        Wire("user", "api", ((170, 186), (200, 186)), ((110, 62), (110, 67), (135, 67), (135, 164))),
        Wire(
            "webhook",
            "api",
            ((170, 70), (194, 70), (194, 168), (200, 168)),
            ((290, 62), (290, 67), (265, 67), (265, 164)),
        ),
        Wire("etcd", "api", ((330, 104), (330, 152)), ((70, 148), (70, 164))),
        Wire("scheduler", "api", ((592, 104), (592, 152)), ((200, 148), (200, 164))),
        Wire("controller", "api", ((854, 104), (854, 152)), ((330, 148), (330, 164))),
        Wire("api", "kubelet", ((298, 220), (298, 290)), ((70, 218), (70, 256))),
        Wire("api", "proxy", ((698, 220), (698, 290)), ((330, 218), (330, 256))),
        Wire("api", "kubelet-2", ((892, 220), (892, 290)), ((386, 191), (391, 191), (391, 437), (386, 437))),
        Wire("kubelet", "runtime", ((384, 316), (412, 316)), ((126, 274), (144, 274))),
        Wire("kubelet", "pod", ((298, 358), (298, 376)), ((70, 310), (70, 322))),
        Wire("runtime", "cni", ((498, 358), (498, 376)), ((200, 310), (200, 322))),
        Wire(
            "runtime",
            "pod",
            ((412, 338), (398, 338), (398, 406), (384, 406)),
            ((144, 292), (135, 292), (135, 349), (126, 349)),
        ),
        Wire(
            "runtime",
            "registry",
            ((584, 336), (598, 336), (598, 424), (812, 424)),
            ((256, 283), (262, 283), (262, 437), (256, 437)),
        ),
    ),
    wide_height=456,
    tall_height=476,
)
