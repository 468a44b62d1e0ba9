"""The room `service-rules`: from a Service and its endpoints to chains, probabilities and the spread."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import Field

from app.kube.paste.passed import PassedOver, groups
from app.kube.validation.default import Filled, listed
from app.kube.validation.service import NODE_PORTS
from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Line, Refusal, Say, Widget
from app.widgets.service_rules.drawing import Cascade, Drawing, draw, draw_cascade
from app.widgets.service_rules.model import (
    Backend,
    Chain,
    Client,
    PortOutcome,
    Proxy,
    ProxyMode,
    connect,
    program,
)
from app.widgets.service_rules.service import (
    ENDPOINT_KINDS,
    Address,
    Backing,
    Network,
    Read,
    Service,
    read_endpoints,
    read_network,
    read_service,
    refuse_much,
)
from app.widgets.service_rules.topology import Node

SHOWN_CHAINS = 60

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  clusterIP: 10.96.0.50
  ports:
  - {name: http, port: 80, targetPort: 8080}
"""
ENDPOINTS = """\
10.244.1.7:8080
10.244.2.4:8080
10.244.3.9:8080
"""


class Inputs(Form):
    service: Annotated[str, Area(rows=9)] = SERVICE
    endpoints: Annotated[str, Area(rows=5)] = ENDPOINTS
    mode: ProxyMode = "iptables"
    client: Client = "pod"
    node: Annotated[str, Line(12)] = "node-1"
    zone: Annotated[str, Line(12)] = ""
    node_ip: Annotated[str, Line(14)] = ""
    cluster_cidr: Annotated[str, Line(14)] = "10.244.0.0/16"
    connections: Annotated[int, Field(ge=0, le=100_000)] = 10_000
    clients: Annotated[int, Field(ge=1, le=10_000)] = 20
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    """All chains of this node for the Service, and what becomes of the client's connections, port by port."""

    verdict: Say
    why: Say
    sums: tuple[Say, ...]
    ports: tuple[PortOutcome, ...]
    backends: tuple[Backend, ...]
    chains: tuple[Chain, ...]
    shown_chains: tuple[Chain, ...]
    hidden_chains: int
    rules: int
    drawings: tuple[Drawing | None, ...]
    cascades: tuple[Cascade | None, ...]
    filled: tuple[Filled, ...]
    assigned: tuple[Filled, ...]
    notes: tuple[Say, ...]
    passed_over: tuple[PassedOver, ...]


def run(inputs: Inputs) -> Outcome:
    read = read_service(inputs.service, inputs.endpoints)
    service = read.service
    is_held = not inputs.endpoints.strip() and bool(read.endpoints)
    backing = read_endpoints(read.endpoints if is_held else inputs.endpoints, service, inputs.node.strip())
    passed_over = _passed_over(read, backing, is_held=is_held)
    endpoints = backing.endpoints
    refuse_much(service.ports, endpoints, inputs.connections)
    proxy = Proxy(
        mode=inputs.mode,
        node=Node(inputs.node.strip(), inputs.zone.strip()),
        pods=_pods(inputs.cluster_cidr.strip(), service),
        node_ip=_node_ip(inputs.node_ip.strip()),
    )
    traffic = (inputs.connections, inputs.clients, inputs.seed)
    ports = tuple(connect(port, endpoints, proxy, inputs.client, traffic) for port in service.ports)
    chains = program(service, endpoints, proxy)
    return Outcome(
        verdict=_verdict(service, ports),
        why=_why(service, ports),
        sums=_sums(ports[0], proxy) if ports else (),
        ports=ports,
        backends=tuple(backend for port in ports for backend in port.backends),
        chains=chains,
        shown_chains=chains[:SHOWN_CHAINS],
        hidden_chains=max(0, len(chains) - SHOWN_CHAINS),
        rules=sum(len(chain.rules) for chain in chains),
        drawings=tuple(draw(port.backends) for port in ports),
        cascades=tuple(draw_cascade(port.backends, passes_on=inputs.mode == "iptables") for port in ports),
        filled=read.filled,
        assigned=read.assigned,
        notes=tuple(_notes(read, backing, passed_over)),
        passed_over=passed_over,
    )


def _passed_over(read: Read, backing: Backing, *, is_held: bool) -> tuple[PassedOver, ...]:
    """What neither field needs; of a text that holds both, each half is needed."""
    if not is_held:
        return (*read.passed_over, *backing.passed_over)
    used = [one for one in read.passed_over if one.kind not in ENDPOINT_KINDS]
    return (*used, *(one for one in backing.passed_over if one.reason != "other-kind"))


def _notes(read: Read, backing: Backing, passed_over: tuple[PassedOver, ...]) -> Iterator[Say]:
    """What was filled in, what stands in for an assigned value, and what was left out."""
    if read.assigned:
        yield Say("note.assigned", {"list": listed(read.assigned)})
    if read.filled:
        yield Say("defaults.filled", {"list": listed(read.filled)})
    outside = [port.node_port for port in read.service.ports if port.node_port and port.node_port not in NODE_PORTS]
    if outside:
        yield Say("note.node-port", {"port": outside[0]})
    if backing.is_mirrored:
        yield Say("note.mirrored", {})
    for group in groups(passed_over):
        yield Say(f"passed.{group.reason}", {"count": group.number, "kind": group.kind, "names": group.names})


def _pods(text: str, service: Service) -> Network | None:
    """kube-proxy's clusterCIDR; of the other IP family it is as good as none."""
    if not text:
        return None
    network = read_network(text)
    if network is None:
        raise Refusal("service-network", field="cluster_cidr", text=text[:60])
    is_of_family = service.ports and network.version == service.ports[0].cluster_ip.version
    return network if is_of_family else None


def _node_ip(text: str) -> Address | None:
    if not text:
        return None
    try:
        return ip_address(text)
    except ValueError:
        raise Refusal("service-address", field="node_ip", text=text[:60]) from None


def _verdict(service: Service, ports: tuple[PortOutcome, ...]) -> Say:
    if service.skipped:
        return Say(f"verdict.{service.skipped}", {"service": service.name})
    port = ports[0]
    values = {"address": port.address, "endpoints": len(port.backends)}
    if port.verdict == "served" and len(port.backends) == 1:
        return Say("verdict.one", {**values, "endpoint": port.backends[0].address})
    return Say(f"verdict.{port.verdict}", values)


def _why(service: Service, ports: tuple[PortOutcome, ...]) -> Say:
    if service.skipped:
        return Say(f"why.{service.skipped}", {})
    port = ports[0]
    if port.verdict != "served":
        return Say(f"why.{port.verdict}", {})
    if port.sticky_s:
        return Say("why.sticky", {"seconds": f"{port.sticky_s:,}"})
    return Say(f"why.topology.{port.mode}" if port.mode else "why.random", {"endpoints": len(port.backends)})


def _sums(port: PortOutcome, proxy: Proxy) -> tuple[Say, ...]:
    """How the first rules come to equal shares."""
    count = len(port.backends)
    if count < 2:
        return ()
    if proxy.mode == "nftables":
        return (Say("sum.numgen", {"count": count, "last": count - 1}),)
    lines = []
    for i, backend in enumerate(port.backends[:4]):
        rest = count - i
        values: dict[str, Any] = {
            "rule": i + 1,
            "count": count,
            "rest": rest,
            "written": backend.probability_written,
            "listed": backend.probability_listed,
        }
        lines.append(Say("sum.first" if i == 0 else "sum.last" if rest == 1 else "sum.rule", values))
    return tuple(lines)


NODE_PORT = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.96.0.50
  externalTrafficPolicy: Local
  ports:
  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
"""
LOAD_BALANCER = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.50
  loadBalancerSourceRanges: [203.0.113.0/24]
  ports:
  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
status:
  loadBalancer: {ingress: [{ip: 192.0.2.10}]}
"""
SLICE = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: web-x7k2p
  namespace: shop
  labels: {kubernetes.io/service-name: web}
addressType: IPv4
ports:
- {name: http, port: 8080, protocol: TCP}
endpoints:
- {addresses: [10.244.1.7], nodeName: node-1, zone: a, hints: {forZones: [{name: a}]}}
- {addresses: [10.244.2.4], nodeName: node-2, zone: b, hints: {forZones: [{name: b}]}}
- {addresses: [10.244.3.9], nodeName: node-3, zone: a, hints: {forZones: [{name: a}]}}
- {addresses: [10.244.4.2], nodeName: node-4, zone: b, conditions: {ready: false}}
"""
STICKY = SERVICE + "  sessionAffinity: ClientIP\n"
_PROXIER = "kubernetes v1.37.0, pkg/proxy/iptables/proxier.go"

WIDGET = Widget(
    slug="service-rules",
    form=Inputs,
    run=run,
    subject="pod-networking",
    prints=("verdict", "why", "sums", "backends"),
    examples=(
        Example(
            "three-pods",
            {},
            {
                "chains.1.name": "KUBE-SVC-67NZLRHBNDSAWJRO",
                "backends.0.probability_written": "0.3333333333",
                "backends.0.probability_listed": "0.33333333349",
                "backends.2.probability_written": None,
                "ports.0.verdict": "served",
            },
            _PROXIER,
        ),
        Example(
            "nftables",
            {"mode": "nftables"},
            {
                "backends.0.probability_written": None,
                "backends.1.share": 1 / 3,
                "ports.0.entrance": "service-ips",
            },
            "kubernetes v1.37.0, pkg/proxy/nftables/proxier.go",
        ),
        Example(
            "sticky",
            {"service": STICKY},
            {"ports.0.sticky_s": 10800},
            _PROXIER,
        ),
        Example(
            "same-zone",
            {"endpoints": SLICE, "zone": "a"},
            {"ports.0.mode": "PreferSameZone", "backends.1.address": "10.244.3.9:8080"},
            "kubernetes v1.37.0, pkg/proxy/topology.go",
        ),
        Example(
            "local-without-pod",
            {"service": NODE_PORT, "endpoints": SLICE, "node": "node-9", "client": "outside"},
            {"ports.0.verdict": "dropped", "ports.0.address": "*:30080"},
            _PROXIER,
        ),
        Example(
            "load-balancer",
            {"service": LOAD_BALANCER, "client": "outside"},
            {"ports.0.address": "192.0.2.10:80", "ports.0.verdict": "served"},
            _PROXIER,
        ),
        Example(
            "nobody-ready",
            {"endpoints": "10.244.1.7:8080 not-ready\n10.244.2.4:8080 not-ready\n"},
            {"ports.0.verdict": "rejected", "chains.0.table": "filter"},
            _PROXIER,
        ),
    ),
)
