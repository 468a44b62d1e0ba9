"""The ways of a packet: inside a Pod, across a bridge, and from node to node wrapped or plainly routed."""

from dataclasses import replace

from app.widgets.pod_packet.cast import (
    BRIDGE_IPS,
    BRIDGE_MACS,
    CLIENT_IP,
    CLIENT_MAC,
    CLIENT_PORT,
    CLUSTER_IP,
    NARROW_MTU,
    NODE_IPS,
    NODE_MACS,
    NODE_MTU,
    SERVICE_PORT,
    TUNNEL_MACS,
    VNI,
    VXLAN_PORT,
    pod_mtu,
)
from app.widgets.pod_packet.header import (
    ERROR_TOS,
    ICMP,
    QUOTED,
    TCP,
    UDP,
    Arp,
    Ethernet,
    Icmp,
    Ip,
    Packet,
    Tcp,
    Tunnel,
    Udp,
)
from app.widgets.pod_packet.trip import Trip

HOP_S = 0.00002
WIRE_S = 0.0002
BIG = 65536  # bytes of the page that is asked for
NOBODY = "00:00:00:00:00:00"
EVERYBODY = "ff:ff:ff:ff:ff:ff"
TCP_IP_BYTES = 40
REQUEST_ID, REPLY_ID = 0x1C46, 0x7B90


def segment_size(trip: Trip) -> int:
    """What a SYN announces: the MTU of the sender's own device without 40 bytes of IP and TCP."""
    return pod_mtu(trip.network) - TCP_IP_BYTES


def first_segment(trip: Trip, dst: str, port: int) -> Packet:
    """The client's SYN as it leaves the Pod: to the gateway, for the address is in another subnet."""
    return Packet(
        Ethernet(CLIENT_MAC, BRIDGE_MACS[1]),
        Ip(CLIENT_IP, dst, TCP, ident=REQUEST_ID),
        Tcp(CLIENT_PORT, port, "SYN", mss=segment_size(trip)),
    )


def answer_segment(trip: Trip) -> Packet:
    """The target's SYN,ACK as it leaves its Pod: to the address that its kernel has seen."""
    return Packet(
        Ethernet(trip.target.mac, BRIDGE_MACS[trip.target.node]),
        Ip(trip.target.ip, CLIENT_IP, TCP, ident=0),
        Tcp(trip.target.port, CLIENT_PORT, "SYN,ACK", ack=1, mss=segment_size(trip)),
    )


def full_segment(trip: Trip) -> Packet:
    """The first piece of the page: as large as the Pod's MTU allows."""
    space = pod_mtu(trip.network) - 20 - 32
    return Packet(
        Ethernet(trip.target.mac, BRIDGE_MACS[trip.target.node]),
        Ip(trip.target.ip, CLIENT_IP, TCP, ident=REPLY_ID),
        Tcp(trip.target.port, CLIENT_PORT, "ACK", seq=1, ack=85),
        data=b"\0" * space,
        note="HTTP/1.1 200 OK …",
    )


def wrapped(packet: Packet, node: int) -> Packet:
    """The frame inside UDP from node to node: flannel.1's addresses inside, the nodes' outside (flannel v0.28.9)."""
    other = 3 - node
    tunnel = Tunnel(
        Ethernet(NODE_MACS[node], NODE_MACS[other]),
        Ip(NODE_IPS[node], NODE_IPS[other], UDP, ident=0x4A10 + node, df=False),
        Udp(51423 if node == 1 else 38755, VXLAN_PORT, has_checksum=False),
        VNI,
    )
    return replace(packet, tunnel=tunnel)


def command(host: str) -> tuple[str, ...]:
    return (
        "$ kubectl exec client -- curl -sS -m 10 \\",
        "    -o /dev/null -w '%{size_download} bytes\\n' \\",
        f"    http://{host}/big",
    )


# In one Pod


def inside_pod(trip: Trip) -> Trip:
    """lo belongs to the Pod's network namespace, which both containers share."""
    trip = trip.told("$ kubectl exec client -c app -- \\", "    curl -sS -m 10 http://localhost:9090/")
    packet = Packet(
        Ethernet(NOBODY, NOBODY),
        Ip("127.0.0.1", "127.0.0.1", TCP, ident=REQUEST_ID),
        Tcp(CLIENT_PORT, 9090, "SYN", mss=65495),
    )
    trip = trip.carrying(packet).frame(
        "send",
        "app",
        to="lo",
        where="client:lo",
        say="send-lo",
        now={"app": "connects"},
        details=("lo.namespace", "lo.mtu"),
    )
    trip = trip.after(HOP_S).frame(
        "deliver",
        "lo",
        to="sidecar",
        where="client:lo",
        say="deliver-lo",
        now={"app": "waits", "sidecar": "accepts"},
        details=("lo.ports", "lo.restart"),
    )
    reply = Packet(
        packet.ethernet,
        Ip("127.0.0.1", "127.0.0.1", TCP),
        Tcp(9090, CLIENT_PORT, "SYN,ACK", ack=1, mss=65495),
    )
    trip = trip.after(HOP_S).carrying(reply)
    trip = trip.frame("answer", "sidecar", to="lo", where="client:lo", say="answer-lo", now={"app": "waits"})
    page = replace(
        reply, transport=Tcp(9090, CLIENT_PORT, "PSH,ACK", seq=1, ack=79), data=PAGE, note="HTTP/1.1 200 OK …"
    )
    trip = trip.after(0.0008).carrying(page).told("hello from the sidecar")
    return trip.frame(
        "page", "lo", to="app", where="client:lo", say="page-lo", now={"app": "has-page"}, details=("lo.rules",)
    )


PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\nhello from the sidecar\n"


# On one node


def across_bridge(trip: Trip) -> Trip:
    """Both Pods are ports of cni0 and in one subnet: the frame is switched, not routed."""
    target = trip.target
    trip = trip.told(*command(str(target)))
    question = Arp("request", CLIENT_MAC, CLIENT_IP, NOBODY, target.ip)
    trip = trip.carrying(Packet(Ethernet(CLIENT_MAC, EVERYBODY, "0x0806 ARP"), arp=question))
    trip = trip.frame(
        "arp",
        "client",
        to="bridge-1",
        where="client:eth0",
        now={"client": "asks-mac", "bridge-1": "floods"},
        details=("arp.subnet", "arp.veth"),
        ip=target.ip,
    )
    reply = Arp("reply", target.mac, target.ip, CLIENT_MAC, CLIENT_IP)
    trip = trip.after(HOP_S).carrying(Packet(Ethernet(target.mac, CLIENT_MAC, "0x0806 ARP"), arp=reply))
    trip = trip.frame(
        "arp-reply",
        "web",
        to="bridge-1",
        where="node-1:cni0",
        now={"web": "tells-mac", "bridge-1": "learns"},
        details=("arp-reply.cache",),
        ip=target.ip,
        mac=target.mac,
    )
    packet = first_segment(trip, target.ip, target.port).linked(CLIENT_MAC, target.mac)
    trip = (
        trip.after(HOP_S)
        .carrying(packet)
        .frame(
            "send",
            "client",
            to="bridge-1",
            where="client:eth0",
            say="send-local",
            now={"client": "connects"},
            details=("send.mss",),
            ip=target.ip,
            mss=segment_size(trip),
        )
    )
    trip = trip.after(HOP_S).frame(
        "switch",
        "bridge-1",
        to="web",
        where="web:eth0",
        now={"bridge-1": "switches", "web": "accepts"},
        details=("switch.same", "switch.others"),
    )
    answer = answer_segment(trip).linked(target.mac, CLIENT_MAC)
    trip = trip.after(HOP_S).carrying(answer)
    trip = trip.frame(
        "answer",
        "web",
        to="bridge-1",
        where="web:eth0",
        say="answer-local",
        now={"web": "answers"},
        ip=CLIENT_IP,
    )
    trip = trip.after(0.002).carrying(full_segment(trip).linked(target.mac, CLIENT_MAC))
    return page(trip, "page-local")


def page(trip: Trip, say: str) -> Trip:
    """The rest of the page follows in the same way; curl prints how much it was."""
    trip = trip.told(f"{BIG} bytes")
    return trip.frame(
        "page",
        "bridge-1",
        to="client",
        where="client:eth0",
        say=say,
        now={"client": "has-page"},
        details=("page.mtu",),
        length=trip.packet.length,
        big=f"{BIG:,}",
    )


# From node to node


def to_other_pod(trip: Trip) -> Trip:
    """A Pod's own address on the other node: no Service, no rewriting."""
    target = trip.target
    trip = trip.told(*command(str(target)))
    trip = trip.carrying(first_segment(trip, target.ip, target.port))
    return trip.frame(
        "send",
        "client",
        to="bridge-1",
        where="client:eth0",
        say="send-gateway",
        now={"client": "connects"},
        details=("send.gateway", "send.mss"),
        ip=target.ip,
        mss=segment_size(trip),
    )


def crossed(trip: Trip) -> Trip:
    """From node-1 to the target's eth0 on node-2, wrapped or plainly routed."""
    return _delivered(reached(trip))


def _routed_out(trip: Trip) -> Trip:
    if trip.network == "host-gw":
        trip = trip.after(HOP_S).carrying(trip.packet.hop(NODE_MACS[1], NODE_MACS[2]))
        return trip.frame(
            "route",
            "bridge-1",
            to="nic-1",
            where="node-1:eth0",
            say="route-plain",
            now={"bridge-1": "routes"},
            details=("route.host-gw", "route.ttl"),
            gateway=NODE_IPS[2],
        )
    trip = trip.after(HOP_S).carrying(trip.packet.hop(TUNNEL_MACS[1], TUNNEL_MACS[2]))
    trip = trip.frame(
        "route",
        "bridge-1",
        to="tunnel-1",
        where="node-1:flannel.1",
        now={"bridge-1": "routes"},
        details=("route.flannel", "route.ttl"),
    )
    trip = trip.after(HOP_S).carrying(wrapped(trip.packet, 1))
    return trip.frame(
        "wrap",
        "tunnel-1",
        to="nic-1",
        where="node-1:eth0",
        now={"tunnel-1": "wraps"},
        details=("wrap.sum", "wrap.port", "wrap.source"),
        inner=trip.packet.length,
        outer=trip.packet.outer_length,
    )


def reached(trip: Trip) -> Trip:
    """From node-1 to node-2, up to the last routing decision."""
    trip = _routed_out(trip)
    trip = trip.after(WIRE_S).frame(
        "cross",
        "nic-1",
        to="nic-2",
        where="node-2:eth0",
        say=f"cross-{trip.network}",
        now={"net": "carries"},
        details=("cross.nodes", f"cross.{trip.network}"),
        outer=trip.packet.outer_length,
    )
    if trip.network == "host-gw":
        return trip
    trip = trip.after(HOP_S).carrying(replace(trip.packet, tunnel=None))
    return trip.frame(
        "unwrap",
        "nic-2",
        to="tunnel-2",
        where="node-2:flannel.1",
        now={"tunnel-2": "unwraps"},
        details=("unwrap.vni",),
    )


def _delivered(trip: Trip) -> Trip:
    """node-2 routes once more and asks by ARP who has the address, if it does not know."""
    last = "tunnel-2" if trip.network == "vxlan" else "nic-2"
    trip = trip.after(HOP_S).carrying(trip.packet.hop(BRIDGE_MACS[2], trip.target.mac))
    assert trip.packet.ip
    return trip.frame(
        "deliver",
        "bridge-2",
        to="web",
        where="web:eth0",
        now={last: "routes", "bridge-2": "switches", "web": "accepts"},
        details=("deliver.addresses", "deliver.ttl"),
        src=trip.packet.ip.src,
        ttl=trip.packet.ip.ttl,
    )


def answered(trip: Trip) -> Trip:
    """The reply takes the same way backwards, as far as node-1."""
    trip = trip.after(HOP_S).carrying(answer_segment(trip))
    trip = trip.frame(
        "answer",
        "web",
        to="bridge-2",
        where="web:eth0",
        now={"web": "answers"},
        details=("answer.source",),
        ip=trip.target.ip,
    )
    packet = _sent_back(trip, trip.packet)
    trip = trip.after(WIRE_S + 2 * HOP_S).carrying(packet)
    return trip.frame(
        "back",
        "nic-2",
        to="nic-1",
        where="node-1:eth0",
        say=f"back-{trip.network}",
        now={"net": "carries"},
        outer=packet.outer_length,
    )


def _sent_back(trip: Trip, packet: Packet) -> Packet:
    """The packet between the nodes on its way back."""
    if trip.network == "host-gw":
        return packet.hop(NODE_MACS[2], NODE_MACS[1])
    return wrapped(packet.hop(TUNNEL_MACS[2], TUNNEL_MACS[1]), 2)


def arrived(trip: Trip) -> Trip:
    """node-1 routes the reply to the client: the connection stands."""
    packet = replace(trip.packet, tunnel=None).hop(BRIDGE_MACS[1], CLIENT_MAC)
    return (
        trip.after(HOP_S)
        .carrying(packet)
        .frame(
            "arrive",
            "bridge-1",
            to="client",
            where="client:eth0",
            now={"client": "connected", "bridge-1": "routes"},
            details=("arrive.handshake",),
            ip=trip.target.ip,
        )
    )


def full(trip: Trip) -> Trip:
    """The page comes in full segments; on the wire each is as large as the nodes' MTU allows."""
    packet = _sent_back(trip, full_segment(trip))
    return (
        trip.after(0.002)
        .carrying(packet)
        .frame(
            "data",
            "nic-2",
            to="nic-1",
            where="node-1:eth0",
            say=f"data-{trip.network}",
            now={"client": "asks", "net": "carries"},
            details=("data.arithmetic", "data.ping"),
            inner=packet.length,
            outer=packet.outer_length,
            mtu=NODE_MTU,
        )
    )


def paged(trip: Trip) -> Trip:
    packet = replace(trip.packet, tunnel=None).hop(BRIDGE_MACS[1], CLIENT_MAC)
    return page(trip.after(HOP_S).carrying(packet), "page-remote")


# What goes wrong on the way


def too_large(trip: Trip) -> Trip:
    """The full segment does not fit through the network between the nodes, and nobody says so."""
    packet = _sent_back(trip, full_segment(trip))
    trip = (
        trip.after(0.002)
        .carrying(packet)
        .frame(
            "too-large",
            "nic-2",
            to="net",
            where="node-1–node-2",
            now={"client": "asks", "net": "drops"},
            details=("too-large.silent", "too-large.small", "data.ping"),
            outer=packet.outer_length,
            narrow=NARROW_MTU,
        )
    )
    trip = trip.after(9.99).failed(
        28, "Operation timed out after 10002 milliseconds with 0 bytes received", "wrong-mtu"
    )
    return trip.frame(
        "hang",
        "client",
        where="node-1–node-2",
        now={"client": "gives-up", "web": "resends"},
        details=("hang.resend",),
        outer=packet.outer_length,
    )


def tunnel_blocked(trip: Trip) -> Trip:
    """A firewall between the nodes does not let UDP 8472 through."""
    trip = _routed_out(trip)
    trip = trip.after(WIRE_S).frame(
        "blocked",
        "nic-1",
        to="net",
        where="node-1–node-2",
        now={"net": "drops"},
        details=("blocked.port",),
    )
    return timed_out(trip, "tunnel-blocked", "node-1–node-2")


def timed_out(trip: Trip, end: str, where: str) -> Trip:
    """TCP sends its SYN again after 1, 2, 3, 4, 5 and 7 s (since Linux 6.5; before, 1, 3 and 7); nobody answers."""
    trip = trip.after(10).failed(28, "Connection timed out after 10002 milliseconds", end)
    return trip.frame(
        "give-up", "client", where=where, now={"client": "gives-up"}, details=("give-up.syn", "give-up.silence")
    )


def no_such_pod(trip: Trip) -> Trip:
    """The node asks three times who has the address, then says that nobody does.

    conntrack translates the error as well: it seems to come from the Service (Linux net/netfilter/nf_nat_proto.c).
    """
    node = trip.target.node
    question = Arp("request", BRIDGE_MACS[node], BRIDGE_IPS[node], NOBODY, trip.target.ip)
    trip = trip.after(HOP_S).carrying(Packet(Ethernet(BRIDGE_MACS[node], EVERYBODY, "0x0806 ARP"), arp=question))
    trip = trip.frame(
        "nobody",
        f"bridge-{node}",
        to="web",
        where=f"node-{node}:cni0",
        now={f"bridge-{node}": "asks-mac"},
        details=("nobody.arp",),
        ip=trip.target.ip,
    )
    asked_for = first_segment(trip, CLUSTER_IP, SERVICE_PORT)
    assert asked_for.ip
    error = Packet(
        Ethernet(BRIDGE_MACS[1], CLIENT_MAC),
        Ip(CLUSTER_IP, CLIENT_IP, ICMP, ttl=65 - node, ident=0x0D21, df=False, tos=ERROR_TOS),
        Icmp(3, 1, "host unreachable"),
        data=asked_for.ip.header(asked_for.length) + asked_for.segment,
        note=QUOTED,
    )
    trip = trip.after(3.07).carrying(error)
    trip = trip.failed(
        7, "Failed to connect to {host} port 80 after 3072 ms: Could not connect to server", "kube-proxy-down"
    )
    return trip.frame(
        "unreachable",
        "bridge-1",
        to="client",
        where="client:eth0",
        now={"client": "gives-up"},
        details=("unreachable.icmp",),
        ip=trip.target.ip,
    )
