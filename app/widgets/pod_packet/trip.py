"""The trip so far: where the packet is, what the kernel remembers, what the terminal shows, and the frames told."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any, Literal

from app.kube.frame import Frame, next_frame
from app.kube.story.lazy import LazyObject, Version
from app.record import dataclass
from app.widgets.pod_packet.cast import CLIENT_IP, CLIENT_PORT, CLUSTER_IP, SERVICE_PORT, Endpoint, Network
from app.widgets.pod_packet.header import Icmp, Packet, Tcp, Udp, as_yaml

ConnectionState = Literal["SYN_SENT", "SYN_RECV", "ESTABLISHED"]
EXIT = "command terminated with exit code {code}"


@dataclass(frozen=True)
class Trip:
    """Everything at one moment. `target` is the Pod that is reached in the end, `url` what the client asked for."""

    network: Network
    target: Endpoint
    idle: Mapping[str, str]
    packet: Packet
    at_s: float = 0.0
    lines: tuple[str, ...] = ()
    papers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    shown: tuple[LazyObject, ...] = ()
    end: str = ""

    def after(self, seconds: float) -> "Trip":
        return replace(self, at_s=round(self.at_s + seconds, 6))

    def told(self, *lines: str) -> "Trip":
        return replace(self, lines=(*self.lines, *lines))

    def failed(self, code: int, message: str, end: str) -> "Trip":
        """What curl and kubectl print at the end of a try that failed; curl writes what `-w` asks for then as well."""
        trip = self.told(f"curl: ({code}) {message}", "0 bytes", EXIT.format(code=code))
        return replace(trip, end=end)

    def carrying(self, packet: Packet) -> "Trip":
        return replace(self, packet=packet)

    def noting(self, kind: str, name: str, text: str) -> "Trip":
        """Something else to look at from here on: rules, a file, the kernel's memory of the connection."""
        return replace(self, papers={**self.papers, (kind, name): text})

    def without(self, kind: str) -> "Trip":
        return replace(self, papers={key: text for key, text in self.papers.items() if key[0] != kind})

    def resting(self, **idle: str) -> "Trip":
        return replace(self, idle={**self.idle, **{name.replace("_", "-"): state for name, state in idle.items()}})

    def _waiting(self, actor: str) -> dict[str, str]:
        has_asked = any(frame.actor == "client" for frame in self.frames)
        return {"client": "waits"} if has_asked and actor != "client" else {}

    def frame(
        self,
        key: str,
        actor: str,
        *,
        to: str | None = None,
        from_: str | None = None,
        where: str,
        say: str = "",
        now: Mapping[str, str] | None = None,
        details: tuple[str, ...] = (),
        **values: object,
    ) -> "Trip":
        """The trip with this moment told; `where` says at which device the headers are read.

        `now` are states that hold for this frame only; a client that has asked waits for its answer.
        """
        before = {each.kind: each.version for each in self.shown}
        shown = tuple(
            LazyObject(kind, name, Version(write, thing, before.get(kind)), is_new=bool(self.frames))
            for (kind, name), (write, thing) in self._things(where).items()
        )
        told = next_frame(
            self.frames,
            key,
            actor,
            {**self.idle, **self._waiting(actor), **(now or {})},
            say=say,
            values=values,
            details=details,
            from_=from_,
            to=to,
            verb=_verb(self.packet),
            path=_path(self.packet),
            objects=shown,
            terminal="\n".join(self.lines),
            at_s=self.at_s,
        )
        return replace(self, frames=(*self.frames, told), shown=shown)

    def _things(self, where: str) -> dict[tuple[str, str], tuple[Callable[[Any], str], Any]]:
        """What there is to look at, each with what writes it: the packet, and papers, which are texts already."""
        papers = {key: (str, text) for key, text in self.papers.items()}
        return {("packet", where): (as_yaml, self.packet), **papers}


def _verb(packet: Packet) -> str:
    match packet.transport:
        case Tcp(flags=flags):
            return f"TCP {flags}"
        case Udp():
            return "UDP"
        case Icmp(says=says):
            return f"ICMP {says}"
        case _:
            return f"ARP {packet.arp.operation}" if packet.arp else ""


def _path(packet: Packet) -> str:
    """From where to where, with ports; the nodes' addresses in front while the packet is wrapped."""
    if packet.arp:
        return f"{packet.arp.sender_ip} → {packet.arp.target_ip}"
    assert packet.ip
    inner = f"{packet.ip.src} → {packet.ip.dst}"
    if isinstance(packet.transport, Tcp | Udp):
        inner = f"{packet.ip.src}:{packet.transport.src} → {packet.ip.dst}:{packet.transport.dst}"
    if not packet.tunnel:
        return inner
    return f"{packet.tunnel.ip.src} → {packet.tunnel.ip.dst}:{packet.tunnel.udp.dst} ({inner})"


# linux v6.12 net/netfilter/nf_conntrack_proto_tcp.c; kube-proxy sets 24 h for an established connection
# (kubernetes v1.37 pkg/proxy/apis/config/v1alpha1/defaults.go). A second of each has passed.
_LEFT_S = {"SYN_SENT": 119, "SYN_RECV": 59, "ESTABLISHED": 86399}


def remembered(target: Endpoint, state: ConnectionState) -> str:
    """The connection as `conntrack -L` prints it: what was sent, and what the reply must look like."""
    sent = f"src={CLIENT_IP} dst={CLUSTER_IP} sport={CLIENT_PORT} dport={SERVICE_PORT}"
    reply = f"src={target.ip} dst={CLIENT_IP} sport={target.port} dport={CLIENT_PORT}"
    parts = {
        "SYN_SENT": (sent, "[UNREPLIED]", reply),
        "SYN_RECV": (sent, reply),
        "ESTABLISHED": (sent, reply, "[ASSURED]"),
    }[state]
    return "\n".join((f"tcp 6 {_LEFT_S[state]} {state}", *(f"  {part}" for part in parts)))
