"""To a Service: the name, the rules that the first packet meets, the rewrite and its undoing."""

from dataclasses import replace

from app.widgets.pod_packet import rules, way
from app.widgets.pod_packet.cast import (
    BRIDGE_IPS,
    BRIDGE_MACS,
    CLIENT_IP,
    CLIENT_MAC,
    CLUSTER_IP,
    DNS_IP,
    NODE_IPS,
    NODE_MACS,
    NODE_PORT,
    OUTSIDE_IP,
    ROUTER_MAC,
    SERVICE_PORT,
    Endpoint,
)
from app.widgets.pod_packet.header import ERROR_TOS, ICMP, QUOTED, TCP, UDP, Ethernet, Icmp, Ip, Packet, Tcp, Udp
from app.widgets.pod_packet.trip import Trip, remembered

SEARCH = ("default.svc.cluster.local", "svc.cluster.local", "cluster.local")
NDOTS = 5
FULL_NAME = "web.default.svc.cluster.local."
RESOLV_CONF = f"search {' '.join(SEARCH)}\nnameserver {DNS_IP}\noptions ndots:{NDOTS}"
DNS_CLIENT_PORT = 40021


def candidates(name: str) -> tuple[str, ...]:
    """The names a resolver tries, in order (resolv.conf(5); kubelet pkg/kubelet/network/dns/dns.go writes the file)."""
    if name.endswith("."):
        return (name,)
    searched = tuple(f"{name}.{domain}." for domain in SEARCH)
    return (f"{name}.", *searched) if name.count(".") >= NDOTS else (*searched, f"{name}.")


def question(name: str) -> bytes:
    """A DNS query for an A record (RFC 1035), as long as it is on the wire."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    return b"\x1a\x2b\x01\x00\x00\x01" + b"\0" * 6 + labels + b"\0\x00\x01\x00\x01"


def asked(trip: Trip, name: str) -> Trip:
    """The command, and what the resolver makes of the name."""
    trip = trip.told(*way.command(name))
    tries = candidates(name)
    wanted = tries.index(FULL_NAME)
    trip = trip.noting("file", "/etc/resolv.conf", RESOLV_CONF).carrying(_query(tries[0]))
    return trip.frame(
        "name",
        "client",
        where="client:eth0",
        say=_resolving(name, wanted),
        now={"client": "reads-file"},
        details=("name.ndots", "name.file", "name.dot"),
        name=name,
        dots=name.count("."),
        misses=wanted,
    )


def _resolving(name: str, misses: int) -> str:
    if name.endswith("."):
        return "name-absolute"
    return "name" if misses else "name-first"


def _query(name: str) -> Packet:
    return Packet(
        Ethernet(CLIENT_MAC, BRIDGE_MACS[1]),
        Ip(CLIENT_IP, DNS_IP, UDP, ident=0x2F01),
        Udp(DNS_CLIENT_PORT, 53),
        data=question(name),
        note=f"A? {name}",
    )


def resolved(trip: Trip, name: str) -> Trip:
    """The candidates in order, until one exists."""
    for tried in candidates(name):
        trip = trip.after(0.0006).carrying(_query(tried))
        if tried != FULL_NAME:
            trip = trip.frame(
                "miss",
                "client",
                to="dns",
                where="client:eth0",
                now={"client": "asks", "dns": "says-no"},
                details=("miss.cost", "miss.aaaa"),
                tried=tried,
            )
            continue
        trip = trip.frame(
            "query",
            "client",
            to="dns",
            where="client:eth0",
            now={"client": "asks", "dns": "looks-up"},
            details=("query.service", "miss.aaaa"),
            tried=tried,
        )
        return _told_address(trip)
    return trip


def _told_address(trip: Trip) -> Trip:
    """CoreDNS, here the Pod on the client's node, knows the Service from its own watch.

    The answer: name, type A, class IN, 30 s, four bytes of address.
    """
    labels = question(FULL_NAME)[12:-4]
    record = labels + b"\x00\x01\x00\x01\x00\x00\x00\x1e\x00\x04" + bytes(map(int, CLUSTER_IP.split(".")))
    answer = Packet(
        Ethernet(BRIDGE_MACS[1], CLIENT_MAC),
        Ip(DNS_IP, CLIENT_IP, UDP, ident=0x6631),
        Udp(53, DNS_CLIENT_PORT),
        data=question(FULL_NAME) + record,
        note=f"{FULL_NAME} 30 IN A {CLUSTER_IP}",
    )
    return (
        trip.after(0.0006)
        .carrying(answer)
        .frame(
            "address",
            "dns",
            to="client",
            where="client:eth0",
            now={"client": "has-address", "dns": "answers"},
            details=("address.virtual", "address.headless"),
            ip=CLUSTER_IP,
        )
    )


def no_dns(trip: Trip, name: str) -> Trip:
    """No CoreDNS is ready: the DNS Service itself has no endpoint, and its packets are rejected."""
    trip = trip.after(0.0002).carrying(_query(candidates(name)[0]))
    trip = trip.without("file").noting("rules", "filter KUBE-SERVICES", rules.dns_reject_rule())
    trip = trip.frame(
        "query",
        "bridge-1",
        say="query-rejected",
        to="rules-1",
        where="node-1:cni0",
        now={"client": "asks", "rules-1": "rejects"},
        details=("query.no-endpoint",),
        tried=candidates(name)[0],
    )
    trip = trip.after(0.0001).carrying(_port_unreachable(trip.packet))
    trip = trip.failed(6, f"Could not resolve host: {name}", "coredns-down")
    return trip.frame(
        "no-name",
        "bridge-1",
        to="client",
        where="client:eth0",
        now={"client": "gives-up", "rules-1": "rejects"},
        details=("no-name.again",),
        name=name,
    )


def _port_unreachable(packet: Packet) -> Packet:
    """What REJECT answers: from the node's own address towards the client, quoting what was refused."""
    assert packet.ip
    return Packet(
        Ethernet(BRIDGE_MACS[1], CLIENT_MAC),
        Ip(BRIDGE_IPS[1], CLIENT_IP, ICMP, ident=0x0D20, df=False, tos=ERROR_TOS),
        Icmp(3, 3, "port unreachable"),
        data=packet.ip.header(packet.length) + packet.segment,
        note=QUOTED,
    )


def sent(trip: Trip) -> Trip:
    """The SYN to the virtual address."""
    trip = trip.without("file").after(0.0002)
    trip = trip.carrying(way.first_segment(trip, CLUSTER_IP, SERVICE_PORT))
    return trip.frame(
        "send",
        "client",
        to="bridge-1",
        where="client:eth0",
        say="send-service",
        now={"client": "connects"},
        details=("send.gateway", "send.mss"),
        ip=CLUSTER_IP,
        mss=way.segment_size(trip),
    )


def matched(trip: Trip) -> Trip:
    """PREROUTING, KUBE-SERVICES: address, protocol and port are those of the Service."""
    trip = trip.after(way.HOP_S).noting("rules", "nat KUBE-SERVICES", rules.services_chain())
    return trip.frame(
        "match",
        "bridge-1",
        to="rules-1",
        where="node-1:PREROUTING",
        now={"rules-1": "matches"},
        details=("match.first", "match.proxy", "match.ping"),
        chain=rules.SERVICE_CHAIN,
    )


def picked(trip: Trip, endpoints: tuple[Endpoint, ...]) -> Trip:
    """One rule for each endpoint, tried in turn with growing chances: each gets the same share."""
    place = endpoints.index(trip.target) + 1
    left = len(endpoints) - place + 1
    trip = trip.without("rules").noting("rules", f"nat {rules.SERVICE_CHAIN}", rules.service_chain(endpoints))
    return trip.after(0.000002).frame(
        "pick",
        "rules-1",
        where="node-1:PREROUTING",
        say="pick-only" if len(endpoints) == 1 else "pick-last" if left == 1 else "pick",
        now={"rules-1": "picks"},
        details=("pick.share", "pick.load", "pick.masq"),
        place=place,
        count=len(endpoints),
        chance=rules.listed(left) if left > 1 else "1",
        target=str(trip.target),
    )


def rewritten(trip: Trip) -> Trip:
    """DNAT: another destination, and the kernel remembers both halves of the connection."""
    assert trip.packet.ip
    assert isinstance(trip.packet.transport, Tcp)
    packet = replace(
        trip.packet,
        ip=replace(trip.packet.ip, dst=trip.target.ip),
        transport=replace(trip.packet.transport, dst=trip.target.port),
    )
    chain = rules.endpoint_chain(trip.target)
    trip = trip.without("rules").noting("rules", f"nat {chain}", rules.separate_chain(trip.target))
    trip = trip.noting("conntrack", "node-1", remembered(trip.target, "SYN_SENT"))
    return (
        trip.after(0.000002)
        .carrying(packet)
        .frame(
            "rewrite",
            "rules-1",
            to="bridge-1",
            where="node-1:PREROUTING",
            now={"rules-1": "rewrites"},
            details=("rewrite.checksums", "rewrite.source", "rewrite.once"),
            old=f"{CLUSTER_IP}:{SERVICE_PORT}",
            new=str(trip.target),
        )
    )


def turned(trip: Trip) -> Trip:
    """The chosen Pod is on the client's own node: routed out of the bridge it came from."""
    trip = trip.without("rules").after(way.HOP_S)
    trip = trip.carrying(trip.packet.hop(BRIDGE_MACS[1], trip.target.mac))
    trip = trip.frame(
        "deliver",
        "bridge-1",
        to="web",
        where="web:eth0",
        say="deliver-local",
        now={"bridge-1": "routes", "web": "accepts"},
        details=("deliver.addresses",),
        src=CLIENT_IP,
    )
    packet = way.answer_segment(trip).linked(trip.target.mac, CLIENT_MAC)
    return (
        trip.after(way.HOP_S)
        .carrying(packet)
        .frame(
            "answer",
            "web",
            to="bridge-1",
            where="web:eth0",
            now={"web": "answers"},
            details=("answer.source", "answer.bridged"),
            ip=trip.target.ip,
        )
    )


def restored(trip: Trip) -> Trip:
    """conntrack knows the reply and puts the Service's address back as its source."""
    assert trip.packet.ip
    assert isinstance(trip.packet.transport, Tcp)
    packet = replace(
        trip.packet,
        tunnel=None,
        ip=replace(trip.packet.ip, src=CLUSTER_IP),
        transport=replace(trip.packet.transport, src=SERVICE_PORT),
    )
    trip = trip.noting("conntrack", "node-1", remembered(trip.target, "SYN_RECV")).without("rules")
    start = "bridge-1" if trip.target.node == 1 else "tunnel-1" if trip.network == "vxlan" else "nic-1"
    return (
        trip.after(way.HOP_S)
        .carrying(packet)
        .frame(
            "restore",
            start,
            to="rules-1",
            where="node-1:PREROUTING",
            now={"rules-1": "reverses"},
            details=("restore.why", "restore.where"),
            old=str(trip.target),
            new=f"{CLUSTER_IP}:{SERVICE_PORT}",
        )
    )


def arrived(trip: Trip) -> Trip:
    packet = trip.packet
    if trip.target.node == 2:
        packet = packet.hop(BRIDGE_MACS[1], CLIENT_MAC)
    return (
        trip.after(way.HOP_S)
        .carrying(packet)
        .frame(
            "arrive",
            "bridge-1",
            to="client",
            where="client:eth0",
            say="arrive-service",
            now={"client": "connected"},
            details=("arrive.handshake", "arrive.sticky"),
            ip=CLUSTER_IP,
        )
    )


def established(trip: Trip) -> Trip:
    """The client's ACK has passed by: both sides have answered, and the kernel will not forget this soon."""
    return trip.noting("conntrack", "node-1", remembered(trip.target, "ESTABLISHED"))


def paged(trip: Trip) -> Trip:
    """The page, piece by piece; conntrack rewrites each piece without a look at the Service's chains."""
    packet = way.full_segment(trip)
    assert packet.ip
    assert isinstance(packet.transport, Tcp)
    hops = 2 if trip.target.node == 2 else 0
    shown = replace(
        packet.linked(BRIDGE_MACS[1] if hops else trip.target.mac, CLIENT_MAC),
        ip=replace(packet.ip, src=CLUSTER_IP, ttl=64 - hops),
        transport=replace(packet.transport, src=SERVICE_PORT),
    )
    return way.page(trip.after(0.002).carrying(shown), "page-service")


def rejected(trip: Trip) -> Trip:
    """No endpoint is ready: the filter table refuses at once, and the client is told."""
    trip = trip.after(way.HOP_S).noting("rules", "filter KUBE-SERVICES", rules.reject_rule())
    trip = trip.frame(
        "reject",
        "bridge-1",
        to="rules-1",
        where="node-1:FORWARD",
        now={"rules-1": "rejects"},
        details=("reject.rule", "reject.slice"),
    )
    trip = trip.after(0.0001).carrying(_port_unreachable(trip.packet))
    trip = trip.failed(
        7, "Failed to connect to {host} port 80 after 2 ms: Could not connect to server", "no-ready-endpoint"
    )
    return trip.frame(
        "refused",
        "bridge-1",
        to="client",
        where="client:eth0",
        now={"client": "gives-up", "rules-1": "rejects"},
        details=("refused.icmp", "refused.pair"),
    )


# From outside


def from_outside(trip: Trip) -> Trip:
    """A NodePort on a node that has no Pod of the Service, with externalTrafficPolicy Local."""
    trip = trip.told(f"$ curl -sS -m 10 http://{NODE_IPS[1]}:{NODE_PORT}/")
    packet = Packet(
        Ethernet(ROUTER_MAC, NODE_MACS[1]),
        Ip(OUTSIDE_IP, NODE_IPS[1], TCP, ttl=57, ident=way.REQUEST_ID),
        Tcp(54012, NODE_PORT, "SYN", mss=1460),
    )
    trip = trip.carrying(packet).frame(
        "send",
        "user",
        to="nic-1",
        where="node-1:eth0",
        say="send-outside",
        now={"user": "connects"},
        details=("outside.port",),
        ip=NODE_IPS[1],
        port=NODE_PORT,
    )
    trip = trip.after(way.HOP_S).noting("rules", "filter KUBE-EXTERNAL-SERVICES", rules.drop_rule())
    trip = trip.frame(
        "drop",
        "nic-1",
        to="rules-1",
        where="node-1:INPUT",
        now={"user": "waits", "rules-1": "drops"},
        details=("drop.policy", "drop.health"),
        port=NODE_PORT,
    )
    trip = trip.after(10).told("curl: (28) Connection timed out after 10002 milliseconds")
    trip = replace(trip, end="local-without-pod")
    return trip.frame(
        "give-up",
        "user",
        where="node-1:INPUT",
        now={"user": "gives-up"},
        details=("give-up.syn", "give-up.silence"),
    )
