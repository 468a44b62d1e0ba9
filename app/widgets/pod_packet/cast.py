"""Who has which address: two nodes with flannel, a client Pod on the first, and the Service `web`."""

from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Literal

from app.kube.refusal import Refusal
from app.record import dataclass

Network = Literal["vxlan", "host-gw"]

POD_CIDR = "10.244.0.0/16"
SUBNETS = {1: IPv4Network("10.244.1.0/24"), 2: IPv4Network("10.244.2.0/24")}
NODE_IPS = {1: "192.168.10.11", 2: "192.168.10.12"}
NODE_MACS = {1: "52:54:00:3e:7a:11", 2: "52:54:00:3e:7a:12"}
BRIDGE_IPS = {1: "10.244.1.1", 2: "10.244.2.1"}
BRIDGE_MACS = {1: "ee:27:1b:c4:90:01", 2: "ee:27:1b:c4:90:02"}
TUNNEL_MACS = {1: "fa:16:8d:5e:02:a1", 2: "fa:16:8d:5e:02:b2"}
CLIENT_IP, CLIENT_MAC, CLIENT_PORT = "10.244.1.9", "ae:5c:02:d7:31:09", 41326
CLUSTER_IP, SERVICE_PORT, NODE_PORT = "10.96.44.12", 80, 30080
DNS_IP = "10.96.0.10"
OUTSIDE_IP, ROUTER_MAC = "203.0.113.40", "52:54:00:3e:7a:01"
PORT = 8080
NODE_MTU = 1500
NARROW_MTU = 1400  # what the network between the nodes carries when its MTU is wrong
VXLAN_PORT, VNI = 8472, 1  # flannel on Linux: Documentation/backends.md
MOST = 20

DEFAULT = "10.244.1.5:8080, 10.244.2.7:8080, 10.244.2.8:8080"


@dataclass(frozen=True)
class Endpoint:
    """A Pod behind the Service."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}"

    @property
    def node(self) -> int:
        return 1 if IPv4Address(self.ip) in SUBNETS[1] else 2

    @property
    def mac(self) -> str:
        """A made-up link address, always the same for the same Pod."""
        last = int(self.ip.rsplit(".", 1)[1])
        return f"ae:5c:02:d7:{30 + self.node}:{last:02x}"


def pod_mtu(network: Network) -> int:
    """What flannel leaves to the Pods: VXLAN takes 50 bytes off (pkg/backend/vxlan/vxlan_network.go)."""
    return NODE_MTU - 50 if network == "vxlan" else NODE_MTU


def parse_endpoints(text: str) -> tuple[Endpoint, ...]:
    """Lines `ip:port`, or a number: that many made-up ones on both nodes; sorted by text, as kube-proxy keeps them."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit() and len(stripped) < 4:
        count = int(stripped)
        if count > MOST:
            raise Refusal("too-many-endpoints", field="endpoints", got=count, most=MOST)
        return tuple(Endpoint(f"10.244.{1 + (i % 2)}.{20 + i}", PORT) for i in range(count))
    found: list[Endpoint] = []
    for number, line in enumerate(text.splitlines(), 1):
        for word in line.split("#")[0].replace(",", " ").split():
            found.append(_endpoint(word, number))
            if len(found) > MOST:
                raise Refusal("too-many-endpoints", field="endpoints", got=len(found), most=MOST)
    return tuple(sorted(dict.fromkeys(found), key=str))


def _endpoint(word: str, line: int) -> Endpoint:
    address, colon, port = word.rpartition(":")
    try:
        ip = IPv4Address(address)
    except AddressValueError:
        raise Refusal("endpoint-form", field="endpoints", line=line, got=word[:40]) from None
    if not colon or not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        raise Refusal("endpoint-form", field="endpoints", line=line, got=word[:40])
    if not any(ip in subnet for subnet in SUBNETS.values()):
        raise Refusal("endpoint-foreign", field="endpoints", line=line, got=str(ip))
    if str(ip) == CLIENT_IP or int(str(ip).rsplit(".", 1)[1]) in (0, 1, 255):
        raise Refusal("endpoint-taken", field="endpoints", line=line, got=str(ip))
    return Endpoint(str(ip), int(port))
