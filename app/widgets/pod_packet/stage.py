"""Where the devices are: Pods on top, the node's own devices below them, the network between the nodes."""

from app.widgetkit.contract import Place, Stage, Wire, Zone

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
    is_service = scene == "service"
    shift = 76 if from_outside else 0  # room above for the client outside
    places = [
        place for place in _places(target_node, shift) if _is_there(place.name, is_service, network, from_outside)
    ]
    names = {place.name for place in places}
    wires = [wire for wire in _wires(target_node, shift) if {wire.a, wire.b} <= names]
    zones = (
        Zone("node-1", (188, 10, 396, 372), (4, shift + 4, 392, 286)),
        Zone("node-2", (600, 10, 388, 372), (4, shift + 366, 392, 226)),
    )
    return Stage(tuple(places), zones, tuple(wires), 462, shift + 600)


def _is_there(name: str, is_service: bool, network: str, from_outside: bool) -> bool:
    if name in ("rules-1", "proxy-1", "dns"):
        return is_service
    if name.startswith("tunnel"):
        return network == "vxlan"
    return name != "user" or from_outside


def _places(target_node: int, shift: int) -> tuple[Place, ...]:
    """Node 1 left (above on a phone), node 2 right (below)."""
    local = ((396, 34, 176, 64), (208, 26, 178, 54))
    remote = ((612, 34, 176, 64), (14, 530, 178, 54))
    web = local if target_node == 1 else remote
    places = (
        Place("user", "user", (8, 290, 160, 64), (14, 8 - shift, 178, 54)),
        Place("client", "pod", (204, 34, 176, 64), (14, 26, 178, 54)),
        Place("web", "pod", *web),
        Place("bridge-1", "cni", (204, 124, 368, 60), (14, 92, 372, 54)),
        Place("rules-1", "proxy", (204, 210, 176, 64), (14, 160, 178, 54)),
        Place("proxy-1", "proxy", (396, 210, 176, 64), (208, 160, 178, 54)),
        Place("tunnel-1", "packet", (204, 300, 176, 64), (14, 226, 178, 54)),
        Place("nic-1", "node", (396, 300, 176, 64), (208, 226, 178, 54)),
        Place("net", "node", (480, 396, 212, 58), (14, 302, 372, 54)),
        Place("nic-2", "node", (612, 300, 176, 64), (208, 392, 178, 54)),
        Place("tunnel-2", "packet", (804, 300, 176, 64), (14, 392, 178, 54)),
        Place("bridge-2", "cni", (612, 124, 368, 60), (14, 460, 372, 54)),
        Place("dns", "dns", (804, 34, 176, 64), (208, 530, 178, 54)),
    )
    return tuple(Place(p.name, p.kind, p.wide, (p.tall[0], p.tall[1] + shift, p.tall[2], p.tall[3])) for p in places)


def _wires(target_node: int, shift: int) -> tuple[Wire, ...]:
    web = (
        Wire("bridge-1", "web", ((484, 124), (484, 98)), ((297, 92), (297, 80)))
        if target_node == 1
        else Wire("bridge-2", "web", ((700, 124), (700, 98)), ((103, 514), (103, 530)))
    )
    wires = (
        Wire("client", "bridge-1", ((292, 98), (292, 124)), ((103, 80), (103, 92))),
        web,
        Wire("bridge-1", "rules-1", ((292, 184), (292, 210)), ((103, 146), (103, 160))),
        Wire("bridge-1", "tunnel-1", ((388, 184), (388, 332), (380, 332)), ((200, 146), (200, 253), (192, 253))),
        Wire("bridge-1", "nic-1", ((388, 184), (388, 332), (396, 332)), ((200, 146), (200, 253), (208, 253))),
        Wire("tunnel-1", "nic-1", ((380, 344), (396, 344)), ((192, 260), (208, 260))),
        Wire("tunnel-1", "rules-1", ((292, 300), (292, 274)), ((103, 226), (103, 214))),
        Wire(
            "nic-1", "rules-1", ((396, 316), (340, 316), (340, 274)), ((208, 240), (196, 240), (196, 190), (192, 190))
        ),
        Wire("nic-1", "net", ((530, 364), (530, 396)), ((297, 280), (297, 302))),
        Wire("net", "nic-2", ((650, 396), (650, 364)), ((297, 356), (297, 392))),
        Wire(
            "nic-1",
            "nic-2",
            ((530, 364), (530, 412), (650, 412), (650, 364)),
            ((297, 280), (297, 392)),
        ),
        Wire("nic-2", "tunnel-2", ((788, 344), (804, 344)), ((208, 419), (192, 419))),
        Wire("nic-2", "bridge-2", ((700, 300), (700, 184)), ((297, 446), (297, 460))),
        Wire("tunnel-2", "bridge-2", ((892, 300), (892, 184)), ((103, 446), (103, 460))),
        Wire("client", "rules-1", ((230, 98), (230, 210)), ((14, 53), (9, 53), (9, 187), (14, 187))),
        Wire(
            "client",
            "dns",
            ((292, 34), (292, 22), (892, 22), (892, 34)),
            ((14, 60), (9, 60), (9, 590), (391, 590), (391, 557), (386, 557)),
        ),
        Wire(
            "bridge-2",
            "client",
            ((612, 154), (590, 154), (590, 22), (292, 22), (292, 34)),
            ((14, 487), (9, 487), (9, 53), (14, 53)),
        ),
        Wire(
            "user",
            "nic-1",
            ((168, 322), (178, 322), (178, 374), (460, 374), (460, 364)),
            ((192, 35 - shift), (391, 35 - shift), (391, 253), (386, 253)),
        ),
    )
    return tuple(Wire(w.a, w.b, w.wide, tuple((x, y + shift) for x, y in w.tall)) for w in wires)
