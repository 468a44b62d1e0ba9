"""How a packet gets from one Pod to another, hop by hop, with every header at each of them."""

from dataclasses import replace
from typing import Literal

from app.kube.frame import Frame, Sequence, ending, with_details
from app.kube.kept import kept_story
from app.record import dataclass
from app.widgets.pod_packet import service, way
from app.widgets.pod_packet.cast import DEFAULT, PORT, Endpoint, Network, parse_endpoints, pod_mtu
from app.widgets.pod_packet.header import Ethernet, Packet
from app.widgets.pod_packet.trip import Trip

SceneName = Literal["same-pod", "same-node", "other-node", "service"]
Name = Literal["web", "web.default", "web.default.svc.cluster.local", "web.default.svc.cluster.local."]
Fault = Literal[
    "none",
    "coredns-down",
    "kube-proxy-down",
    "no-ready-endpoint",
    "wrong-mtu",
    "tunnel-blocked",
    "local-without-pod",
]

NEIGHBOUR, DISTANT = Endpoint("10.244.1.5", PORT), Endpoint("10.244.2.7", PORT)


@dataclass(frozen=True, kw_only=True)
class Story(Sequence):
    """All frames; `target` is the Pod that was reached for, `pod_mtu` what its device may send."""

    target: str
    target_node: str
    pod_mtu: int


# A reader steps through one story, and each step asks for the whole of it.
@kept_story
def tell(scene: SceneName, network: Network, endpoints: str, name: Name, fault: Fault) -> Story:
    """The way of the first packet of a connection, and of one full segment back; said too: what makes no difference."""
    chosen = _told(scene, network, endpoints, name, fault)
    without = {}
    if network != "vxlan":
        without["network"] = _told(scene, "vxlan", endpoints, name, fault)
    if parse_endpoints(endpoints) != parse_endpoints(DEFAULT):
        without["endpoints"] = _told(scene, network, DEFAULT, name, fault)
    if name != "web":
        without["name"] = _told(scene, network, endpoints, "web", fault)
    idle = [each for each, story in without.items() if happening(story) == happening(chosen)]
    story = replace(chosen, frames=_saying(chosen.frames, idle))
    if fault == "none" or happening(_told(scene, network, endpoints, name, "none")) != happening(chosen):
        return story
    if not story.sees:
        return replace(story, **ending("unmet"))
    if fault == "no-ready-endpoint":
        return replace(story, frames=_saying(story.frames, ["none-at-all"]))
    refused = ending("unmet-refused")
    return replace(story, sees=refused["sees"], works=refused["works"])


def happening(story: Story) -> list[tuple[object, ...]]:
    """What goes over the wire and what is seen of it, step by step; not who else is there, idle or down."""
    return [(f.key, f.say, f.verb, f.path, f.ways, f.objects, f.terminal) for f in story.frames]


def _saying(frames: tuple[Frame, ...], reasons: list[str]) -> tuple[Frame, ...]:
    return with_details(frames, *(f"beside.{each}" for each in reasons))


@kept_story
def _told(scene: SceneName, network: Network, endpoints: str, name: Name, fault: Fault) -> Story:
    behind = parse_endpoints(endpoints)
    target = _target(scene, behind)
    trip = Trip(network, target, _idle(scene, network, fault), Packet(Ethernet(way.NOBODY, way.NOBODY)))
    trip = _service(trip, behind, name, fault) if scene == "service" else _between_pods(trip, scene, fault)
    end = trip.end
    host = name.removesuffix(".") if scene == "service" else ""
    return Story(
        frames=tuple(replace(frame, terminal=frame.terminal.replace("{host}", host)) for frame in trip.frames),
        target=str(target) if scene != "same-pod" else "127.0.0.1:9090",
        target_node=f"node-{target.node}",
        pod_mtu=pod_mtu(network) if scene != "same-pod" else 65536,
        **(ending(end) if end else {}),
    )


def _target(scene: SceneName, behind: tuple[Endpoint, ...]) -> Endpoint:
    """For a Service the dice fall on the second endpoint, so that a rule has been passed over before."""
    if scene == "service":
        return behind[min(1, len(behind) - 1)] if behind else DISTANT
    return DISTANT if scene == "other-node" else NEIGHBOUR


def _idle(scene: SceneName, network: Network, fault: Fault) -> dict[str, str]:
    if scene == "same-pod":
        return {"app": "idle", "lo": "idle", "sidecar": "listens"}
    idle = {"client": "idle", "bridge-1": "idle", "web": "listens"}
    if scene != "same-node":
        idle |= dict.fromkeys(("nic-1", "net", "nic-2", "bridge-2"), "idle")
        idle |= dict.fromkeys(("tunnel-1", "tunnel-2"), "idle") if network == "vxlan" else {}
    if scene == "service":
        idle |= {"rules-1": "installed", "proxy-1": "watching", "dns": "listens"}
        if fault == "kube-proxy-down":
            idle |= {"proxy-1": "down", "web": "gone"}
        if fault == "coredns-down":
            idle["dns"] = "down"
        if fault == "no-ready-endpoint":
            idle["web"] = "not-ready"
        if fault == "local-without-pod":
            idle["user"] = "idle"
    return idle


def _between_pods(trip: Trip, scene: SceneName, fault: Fault) -> Trip:
    if scene == "same-pod":
        return way.inside_pod(trip)
    if scene == "same-node":
        return way.across_bridge(trip)
    trip = way.to_other_pod(trip)
    if fault == "tunnel-blocked" and trip.network == "vxlan":
        return way.tunnel_blocked(trip)
    trip = way.arrived(way.answered(way.crossed(trip)))
    if fault == "wrong-mtu":
        return way.too_large(trip)
    return way.paged(way.full(trip))


def _service(trip: Trip, behind: tuple[Endpoint, ...], name: Name, fault: Fault) -> Trip:
    if fault == "local-without-pod":
        return service.from_outside(trip)
    trip = service.asked(trip, name)
    if fault == "coredns-down":
        return service.no_dns(trip, name)
    trip = service.sent(service.resolved(trip, name))
    if fault == "no-ready-endpoint" or not behind:
        return service.rejected(trip)
    trip = service.rewritten(service.picked(service.matched(trip), behind))
    if trip.target.node == 1:
        trip = way.no_such_pod(trip) if fault == "kube-proxy-down" else service.turned(trip)
    elif fault == "tunnel-blocked" and trip.network == "vxlan":
        return way.tunnel_blocked(trip.without("rules"))
    elif fault == "kube-proxy-down":
        return way.no_such_pod(way.reached(trip.without("rules")))
    else:
        trip = way.answered(way.crossed(trip.without("rules")))
    if fault == "kube-proxy-down":
        return trip
    trip = service.established(service.arrived(service.restored(trip)))
    if fault == "wrong-mtu" and trip.target.node == 2:
        return way.too_large(trip)
    return service.paged(trip)
