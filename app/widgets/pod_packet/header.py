"""Headers as they stand on the wire: real bytes, real lengths, real checksums."""

import struct
from dataclasses import replace
from ipaddress import IPv4Address

from app.record import dataclass

TCP, UDP, ICMP = 6, 17, 1
ETHERNET_BYTES, IP_BYTES, UDP_BYTES, VXLAN_BYTES = 14, 20, 8, 8
VXLAN_OVERHEAD = ETHERNET_BYTES + IP_BYTES + UDP_BYTES + VXLAN_BYTES  # flannel: vxlan_network.go encapOverhead
PROTOCOLS = {TCP: "6 TCP", UDP: "17 UDP", ICMP: "1 ICMP"}

Fields = dict[str, dict[str, str]]


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@dataclass(frozen=True)
class Ethernet:
    src: str
    dst: str
    kind: str = "0x0800 IPv4"


@dataclass(frozen=True)
class Ip:
    """IPv4 without options (RFC 791); `df` is Don't Fragment, which Linux sets for TCP, `tos` the type of service."""

    src: str
    dst: str
    protocol: int
    ttl: int = 64
    ident: int = 0
    df: bool = True
    tos: int = 0

    def header(self, length: int) -> bytes:
        def packed(check: int) -> bytes:
            flags = 0x4000 if self.df else 0
            return struct.pack(
                "!BBHHHBBH4s4s",
                0x45,
                self.tos,
                length,
                self.ident,
                flags,
                self.ttl,
                self.protocol,
                check,
                IPv4Address(self.src).packed,
                IPv4Address(self.dst).packed,
            )

        return packed(checksum(packed(0)))

    def pseudo(self, length: int) -> bytes:
        """What TCP and UDP checksums cover besides the segment: a rewritten address changes them as well."""
        return struct.pack(
            "!4s4sBBH", IPv4Address(self.src).packed, IPv4Address(self.dst).packed, 0, self.protocol, length
        )


@dataclass(frozen=True)
class Tcp:
    """A TCP segment (RFC 9293); a SYN carries the largest segment that its sender wants, `mss`."""

    src: int
    dst: int
    flags: str
    seq: int = 0
    ack: int = 0
    mss: int = 0

    def options(self) -> bytes:
        """MSS, SACK permitted, timestamps, window scale on a SYN; timestamps alone afterwards."""
        stamp = struct.pack("!BBII", 8, 10, 3001, 0 if self.flags == "SYN" else 3000)
        if self.mss:
            return struct.pack("!BBH", 2, 4, self.mss) + b"\x04\x02" + stamp + b"\x01" + b"\x03\x03\x07"
        return b"\x01\x01" + stamp

    def segment(self, ip: Ip, data: bytes) -> bytes:
        options = self.options()
        bits = sum({"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16}[flag] for flag in self.flags.split(","))

        def packed(check: int) -> bytes:
            head = struct.pack(
                "!HHIIBBHHH",
                self.src,
                self.dst,
                self.seq,
                self.ack,
                (20 + len(options)) // 4 << 4,
                bits,
                64240,
                check,
                0,
            )
            return head + options + data

        return packed(checksum(ip.pseudo(len(packed(0))) + packed(0)))

    def fields(self, segment: bytes) -> Fields:
        return {
            "tcp": {
                "src": str(self.src),
                "dst": str(self.dst),
                "seq": str(self.seq),
                "ack": str(self.ack),
                "header": f"{20 + len(self.options())} bytes",
                "flags": self.flags,
                "window": "64240",
                "checksum": f"0x{struct.unpack('!H', segment[16:18])[0]:04x}",
                "options": f"mss {self.mss}, sackOK, TS, wscale 7" if self.mss else "TS",
            }
        }


@dataclass(frozen=True)
class Udp:
    """A UDP datagram (RFC 768); without a checksum where VXLAN sends it over IPv4."""

    src: int
    dst: int
    has_checksum: bool = True

    def segment(self, ip: Ip, data: bytes) -> bytes:
        length = UDP_BYTES + len(data)
        plain = struct.pack("!HHHH", self.src, self.dst, length, 0) + data
        check = checksum(ip.pseudo(length) + plain) if self.has_checksum else 0
        return plain[:6] + struct.pack("!H", check) + data

    def fields(self, segment: bytes) -> Fields:
        length, check = struct.unpack("!HH", segment[4:8])
        return {
            "udp": {
                "src": str(self.src),
                "dst": str(self.dst),
                "length": str(length),
                "checksum": f"0x{check:04x}",
            }
        }


QUOTED = (
    "the packet that it is about"  # which an ICMP error quotes, and each of ours is short enough to be quoted whole
)
ERROR_TOS = 0xC0  # internetwork control, which Linux sets in every ICMP error (net/ipv4/icmp.c, icmp_send)


@dataclass(frozen=True)
class Icmp:
    """An ICMP error (RFC 792): it quotes what it complains about, in Linux as much as makes 576 bytes together
    (net/ipv4/icmp.c, icmp_send)."""

    kind: int
    code: int
    says: str

    def segment(self, ip: Ip, data: bytes) -> bytes:
        del ip
        plain = struct.pack("!BBHI", self.kind, self.code, 0, 0) + data
        return plain[:2] + struct.pack("!H", checksum(plain)) + plain[4:]

    def fields(self, segment: bytes) -> Fields:
        check = struct.unpack("!H", segment[2:4])[0]
        return {"icmp": {"type": str(self.kind), "code": f"{self.code} {self.says}", "checksum": f"0x{check:04x}"}}


@dataclass(frozen=True)
class Arp:
    operation: str
    sender_mac: str
    sender_ip: str
    target_mac: str
    target_ip: str


@dataclass(frozen=True)
class Tunnel:
    """What VXLAN puts around a frame (RFC 7348): Ethernet, IP, UDP and the network's number."""

    ethernet: Ethernet
    ip: Ip
    udp: Udp
    vni: int


@dataclass(frozen=True)
class Packet:
    """One packet at one place; `note` says what the data is, where that helps."""

    ethernet: Ethernet
    ip: Ip | None = None
    transport: Tcp | Udp | Icmp | None = None
    data: bytes = b""
    note: str = ""
    arp: Arp | None = None
    tunnel: Tunnel | None = None

    @property
    def segment(self) -> bytes:
        return self.transport.segment(self.ip, self.data) if self.ip and self.transport else b""

    @property
    def length(self) -> int:
        """The IP length of the packet itself, which a Pod's MTU limits."""
        return IP_BYTES + len(self.segment)

    @property
    def outer_length(self) -> int:
        """The IP length on the wire between the nodes, which their MTU limits."""
        return self.length + (VXLAN_OVERHEAD if self.tunnel else 0)

    def hop(self, src: str, dst: str) -> "Packet":
        """Routed one hop further: new link addresses, one off the TTL."""
        assert self.ip
        return replace(self, ethernet=Ethernet(src, dst), ip=replace(self.ip, ttl=self.ip.ttl - 1))

    def linked(self, src: str, dst: str) -> "Packet":
        return replace(self, ethernet=Ethernet(src, dst))

    def fields(self) -> Fields:
        """All headers, from the outside in."""
        shown: Fields = {}
        if self.tunnel:
            shown |= self._outer(self.tunnel)
        shown["ethernet"] = _ethernet(self.ethernet)
        if self.arp:
            shown["arp"] = {
                "operation": self.arp.operation,
                "sender": f"{self.arp.sender_ip} at {self.arp.sender_mac}",
                "target": f"{self.arp.target_ip} at {self.arp.target_mac}",
            }
        if self.ip and self.transport:
            shown["ip"] = _ip(self.ip, self.length)
            shown |= self.transport.fields(self.segment)
            shown["data"] = {"bytes": str(len(self.data))} | ({"is": self.note} if self.note else {})
        return shown

    def _outer(self, tunnel: Tunnel) -> Fields:
        inner = b"\0" * (VXLAN_BYTES + ETHERNET_BYTES + self.length)
        udp = tunnel.udp.fields(tunnel.udp.segment(tunnel.ip, inner))["udp"]
        return {
            "outer ethernet": _ethernet(tunnel.ethernet),
            "outer ip": _ip(tunnel.ip, self.outer_length),
            "outer udp": udp,
            "vxlan": {"flags": "0x08", "vni": str(tunnel.vni)},
        }


def _ethernet(header: Ethernet) -> dict[str, str]:
    return {"dst": header.dst, "src": header.src, "type": header.kind}


def _ip(ip: Ip, length: int) -> dict[str, str]:
    check = struct.unpack("!H", ip.header(length)[10:12])[0]
    return {
        **({"tos": f"0x{ip.tos:02x}"} if ip.tos else {}),
        "length": str(length),
        "id": f"0x{ip.ident:04x}",
        "flags": "DF" if ip.df else "none",
        "ttl": str(ip.ttl),
        "protocol": PROTOCOLS[ip.protocol],
        "checksum": f"0x{check:04x}",
        "src": ip.src,
        "dst": ip.dst,
    }


def as_yaml(packet: Packet) -> str:
    lines = []
    for name, fields in packet.fields().items():
        lines.append(f"{name}:")
        lines += [f"  {field}: {value}" for field, value in fields.items()]
    return "\n".join(lines)
