"""Where the devices are: Pods on top, the node's own devices below them, the network between the nodes."""

from app.record import dataclass
from app.widgetkit.contract import Box, Place, Stage, Wire, Zone

SAME_POD = Stage(
    places=(
        Place("app", "container", (90, 70, 200, 68), (14, 34, 178, 54)),
        Place("lo", "cni", (400, 70, 200, 68), (111, 122, 178, 54)),
        Place("sidecar", "container", (710, 70, 200, 68), (208, 34, 178, 54)),
    ),
    zones=(Zone("pod", (40, 24, 920, 150), (4, 8, 392, 190)),),
    wires=(
        Wire("app", "lo", ((290, 104), (400, 104)), ((103, 88), (103, 105), (160, 105), (160, 122))),
        Wire("lo", "sidecar", ((600, 104), (710, 104)), ((240, 122), (240, 105), (297, 105), (297, 88))),
    ),
    wide_height=190,
    tall_height=206,
)

SAME_NODE = Stage(
    places=(
        Place("client", "pod", (90, 56, 200, 68), (14, 34, 178, 54)),
        Place("bridge-1", "cni", (330, 170, 340, 60), (14, 122, 372, 54)),
        Place("web", "pod", (710, 56, 200, 68), (208, 34, 178, 54)),
    ),
    zones=(Zone("node-1", (40, 14, 920, 236), (4, 8, 392, 190)),),
    wires=(
        Wire("client", "bridge-1", ((190, 124), (190, 200), (330, 200)), ((103, 88), (103, 122))),
        Wire("bridge-1", "web", ((670, 200), (810, 200), (810, 124)), ((297, 122), (297, 88))),
    ),
    wide_height=262,
    tall_height=206,
)


def build_stage(scene: str, network: str, target_node: int, from_outside: bool) -> Stage:
    """Only those devices that this way can touch."""
    if scene == "same-pod":
        return SAME_POD
    if scene == "same-node":
        return SAME_NODE
    grid = Grid(scene == "service", network == "vxlan", from_outside, target_node)
    return Stage(grid.places(), grid.zones(), grid.wires(), grid.wide_height, grid.tall_height)


@dataclass(frozen=True)
class Grid:
    """Two nodes in rows: Pods, bridge, rules (for a Service only), devices; the network between them."""

    is_service: bool
    is_wrapped: bool
    from_outside: bool
    target_node: int

    @property
    def left(self) -> int:
        return 188 if self.from_outside else 94

    @property
    def top(self) -> int:
        """Room above the nodes on a phone, for the client outside."""
        return 76 if self.from_outside else 0

    @property
    def devices(self) -> int:
        return 302 if self.is_service else 214

    @property
    def tall_devices(self) -> int:
        return self.top + (240 if self.is_service else 174)

    @property
    def wide_height(self) -> int:
        return self.devices + 160

    @property
    def tall_height(self) -> int:
        return self.tall_devices + 368

    def zones(self) -> tuple[Zone, ...]:
        height = self.devices + 72
        below = self.tall_devices
        return (
            Zone("node-1", (self.left, 10, 396, height), (4, self.top + 4, 392, below - self.top + 58)),
            Zone("node-2", (self.left + 412, 10, 388, height), (4, below + 136, 392, 224)),
        )

    def places(self) -> tuple[Place, ...]:
        x, y, t, d = self.left, self.devices, self.top, self.tall_devices
        web: tuple[Box, Box] = ((x + 428, 48, 172, 60), (14, d + 298, 178, 54))
        if self.target_node == 1:
            web = ((x + 208, 48, 172, 60), (208, t + 34, 178, 54))
        places = [
            Place("client", "pod", (x + 16, 48, 172, 60), (14, t + 34, 178, 54)),
            Place("web", "pod", *web),
            Place("bridge-1", "cni", (x + 16, 132, 364, 56), (14, t + 104, 372, 54)),
            Place("nic-1", "node", (x + 208, y, 172, 60), (208, d, 178, 54)),
            Place("net", "node", (x + 294, y + 94, 212, 56), (14, d + 72, 372, 54)),
            Place("nic-2", "node", (x + 428, y, 172, 60), (208, d + 160, 178, 54)),
            Place("bridge-2", "cni", (x + 428, 132, 356, 56), (14, d + 226, 372, 54)),
        ]
        if self.is_wrapped:
            places.append(Place("tunnel-1", "packet", (x + 16, y, 172, 60), (14, d, 178, 54)))
            places.append(Place("tunnel-2", "packet", (x + 612, y, 172, 60), (14, d + 160, 178, 54)))
        if self.is_service:
            places.append(Place("rules-1", "proxy", (x + 16, 216, 172, 60), (14, t + 172, 178, 54)))
            places.append(Place("proxy-1", "proxy", (x + 208, 216, 172, 60), (208, t + 172, 178, 54)))
            places.append(Place("dns", "dns", (x + 612, 48, 172, 60), (208, d + 298, 178, 54)))
        if self.from_outside:
            places.append(Place("user", "user", (8, y, 160, 60), (14, 8, 178, 54)))
        return tuple(places)

    def wires(self) -> tuple[Wire, ...]:
        names = {place.name for place in self.places()}
        return tuple(wire for wire in self._wires() if {wire.a, wire.b} <= names)

    def _wires(self) -> tuple[Wire, ...]:
        x, y, t, d = self.left, self.devices, self.top, self.tall_devices
        home = f"bridge-{self.target_node}"
        web = Wire(home, "web", ((x + 514, 132), (x + 514, 108)), ((103, d + 280), (103, d + 298)))
        if self.target_node == 1:
            web = Wire(home, "web", ((x + 294, 132), (x + 294, 108)), ((297, t + 104), (297, t + 88)))
        down, middle = x + 198, y + 20
        return (
            web,
            Wire("client", "bridge-1", ((x + 102, 108), (x + 102, 132)), ((103, t + 88), (103, t + 104))),
            Wire("bridge-1", "rules-1", ((x + 102, 188), (x + 102, 216)), ((103, t + 158), (103, t + 172))),
            Wire(
                "bridge-1",
                "tunnel-1",
                ((down, 188), (down, middle), (x + 188, middle)),
                ((200, t + 158), (200, d + 20), (192, d + 20)),
            ),
            Wire(
                "bridge-1",
                "nic-1",
                ((down, 188), (down, middle), (x + 208, middle)),
                ((200, t + 158), (200, d + 20), (208, d + 20)),
            ),
            Wire("tunnel-1", "nic-1", ((x + 188, y + 42), (x + 208, y + 42)), ((192, d + 38), (208, d + 38))),
            Wire("tunnel-1", "rules-1", ((x + 102, y), (x + 102, 276)), ((103, d), (103, t + 226))),
            Wire(
                "nic-1",
                "rules-1",
                ((x + 230, y), (x + 230, y - 13), (x + 150, y - 13), (x + 150, 276)),
                ((230, d), (230, d - 7), (150, d - 7), (150, t + 226)),
            ),
            Wire("nic-1", "net", ((x + 340, y + 60), (x + 340, y + 94)), ((297, d + 54), (297, d + 72))),
            Wire("net", "nic-2", ((x + 468, y + 94), (x + 468, y + 60)), ((297, d + 126), (297, d + 160))),
            Wire(
                "nic-1",
                "nic-2",
                ((x + 340, y + 60), (x + 340, y + 108), (x + 468, y + 108), (x + 468, y + 60)),
                ((297, d + 54), (297, d + 160)),
            ),
            Wire("nic-2", "tunnel-2", ((x + 600, y + 30), (x + 612, y + 30)), ((208, d + 187), (192, d + 187))),
            Wire("nic-2", "bridge-2", ((x + 514, y), (x + 514, 188)), ((297, d + 214), (297, d + 226))),
            Wire("tunnel-2", "bridge-2", ((x + 698, y), (x + 698, 188)), ((103, d + 214), (103, d + 226))),
            Wire(
                "client",
                "dns",
                ((x + 102, 48), (x + 102, 38), (x + 698, 38), (x + 698, 48)),
                ((14, t + 61), (9, t + 61), (9, d + 357), (297, d + 357), (297, d + 352)),
            ),
            Wire(
                "user",
                "nic-1",
                ((168, y + 20), (178, y + 20), (178, y + 70), (x + 260, y + 70), (x + 260, y + 60)),
                ((192, 35), (391, 35), (391, d + 27), (386, d + 27)),
            ),
        )
