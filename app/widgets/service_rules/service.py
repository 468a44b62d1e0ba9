"""Reads a Service and its endpoints as kube-proxy on one node sees them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal, TypeVar

from app.kube.manifest import Document, Part, load_documents
from app.kube.refusal import Refusal
from app.widgets.service_rules.names import port_name

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Protocol = Literal["tcp", "udp", "sctp"]

STICKY_S = 10_800
"""sessionAffinityConfig.clientIP.timeoutSeconds when it is not given.

pkg/apis/core/v1/defaults.go, v1.37.0.
"""

PROTOCOLS: dict[str, Protocol] = {"TCP": "tcp", "UDP": "udp", "SCTP": "sctp"}
MOST_ENDPOINTS = 1000


@dataclass(frozen=True)
class ServicePort:
    """One port of a Service with everything that kube-proxy knows of it.

    pkg/proxy/serviceport.go, v1.37.0.
    """

    namespace: str
    service: str
    name: str
    protocol: Protocol
    port: int
    node_port: int
    cluster_ip: Address
    external_ips: tuple[Address, ...]
    load_balancer_ips: tuple[Address, ...]
    source_ranges: tuple[Network, ...]
    internal_local: bool
    external_local: bool
    sticky_s: int
    health_port: int

    @property
    def full_name(self) -> str:
        return port_name(self.namespace, self.service, self.name)

    @property
    def is_reached_from_outside(self) -> bool:
        return bool(self.node_port or self.load_balancer_ips or self.external_ips)

    @property
    def uses_cluster_endpoints(self) -> bool:
        return not self.internal_local or self.is_reached_from_outside

    @property
    def uses_local_endpoints(self) -> bool:
        return self.internal_local or (self.external_local and self.is_reached_from_outside)


@dataclass(frozen=True)
class Endpoint:
    """One address of a Service port. `port` is the name of the port it belongs to, null for every port."""

    ip: Address
    number: int
    port: str | None = None
    node: str = ""
    zone: str = ""
    is_local: bool = False
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    zone_hints: frozenset[str] = frozenset()
    node_hints: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        return f"[{self.ip}]:{self.number}" if self.ip.version == 6 else f"{self.ip}:{self.number}"


@dataclass(frozen=True)
class Service:
    """`skipped` says why kube-proxy leaves the Service alone; then it has no ports."""

    namespace: str
    name: str
    ports: tuple[ServicePort, ...]
    skipped: Literal["headless", "external-name", "other-proxy"] | None = None


def read_service(text: str) -> Service:
    documents = load_documents(text, field="service", kinds=("Service",))
    if not documents:
        raise Refusal("manifest-empty", field="service")
    if len(documents) > 1:
        raise documents[1].refusal("service-one", count=len(documents))
    return _service(documents[0])


def _service(document: Document) -> Service:
    metadata, spec = document.root.part("metadata"), document.root.part("spec")
    namespace, name = metadata.text("namespace") or "default", metadata.required("name")
    kind = _kind(spec)
    cluster_ip = spec.text("clusterIP")
    if kind == "ExternalName":
        return Service(namespace, name, (), "external-name")
    if "service.kubernetes.io/service-proxy-name" in metadata.texts("labels"):
        return Service(namespace, name, (), "other-proxy")
    if cluster_ip == "None":
        return Service(namespace, name, (), "headless")
    if not cluster_ip:
        raise spec.refusal("service-no-cluster-ip", "clusterIP")
    if not spec.parts("ports"):
        raise spec.refusal("manifest-missing", key="ports")
    family = _address(spec, "clusterIP", cluster_ip)
    common = ServicePort(
        namespace=namespace,
        service=name,
        name="",
        protocol="tcp",
        port=0,
        node_port=0,
        cluster_ip=family,
        external_ips=tuple(_of_family(family, _addresses(spec, "externalIPs"))),
        load_balancer_ips=tuple(_of_family(family, _ingress(document.root.part("status")))),
        source_ranges=tuple(_of_family(family, _networks(spec, "loadBalancerSourceRanges"))),
        internal_local=_policy(spec, "internalTrafficPolicy") == "Local",
        external_local=_policy(spec, "externalTrafficPolicy") == "Local"
        and (kind != "ClusterIP" or bool(spec.items("externalIPs"))),
        sticky_s=_sticky(spec),
        health_port=spec.integer("healthCheckNodePort", 0, 65535) or 0,
    )
    ports = tuple(_port(part, common) for part in spec.parts("ports"))
    _refuse_twins(spec, ports)
    return Service(namespace, name, ports)


def _port(part: Part, common: ServicePort) -> ServicePort:
    protocol = PROTOCOLS.get(part.text("protocol", "TCP") or "TCP")
    if protocol is None:
        raise part.refusal("service-protocol", "protocol", text=part.text("protocol")[:20])
    port = part.integer("port", 1, 65535)
    if port is None:
        raise part.refusal("manifest-missing", key="port")
    return replace(
        common,
        name=part.text("name"),
        protocol=protocol,
        port=port,
        node_port=part.integer("nodePort", 0, 65535) or 0,
    )


def _refuse_twins(spec: Part, ports: tuple[ServicePort, ...]) -> None:
    """Ports of one Service differ in name and in number with protocol.

    pkg/apis/core/validation/validation.go.
    """
    names: set[str] = set()
    numbers: set[tuple[int, str]] = set()
    for i, port in enumerate(ports):
        if not port.name and len(ports) > 1:
            raise spec.refusal("service-port-name", "ports", i)
        if port.name in names or (port.port, port.protocol) in numbers:
            raise spec.refusal("service-port-twice", "ports", i, name=port.name or str(port.port))
        names.add(port.name)
        numbers.add((port.port, port.protocol))


def _kind(spec: Part) -> str:
    kind = spec.text("type") or "ClusterIP"
    if kind not in ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"):
        raise spec.refusal("service-type", "type", text=kind[:40])
    return kind


def _policy(spec: Part, key: str) -> str:
    policy = spec.text(key) or "Cluster"
    if policy not in ("Cluster", "Local"):
        raise spec.refusal("service-policy", key, text=policy[:40])
    return policy


def _sticky(spec: Part) -> int:
    """Seconds for which a client stays with its endpoint; 0 without sessionAffinity ClientIP."""
    affinity = spec.text("sessionAffinity") or "None"
    if affinity not in ("None", "ClientIP"):
        raise spec.refusal("service-affinity", "sessionAffinity", text=affinity[:40])
    if affinity == "None":
        return 0
    return spec.part("sessionAffinityConfig").part("clientIP").integer("timeoutSeconds", 1, 86_400) or STICKY_S


def _ingress(status: Part) -> list[Address]:
    """The load balancer's addresses that kube-proxy takes over: not those with ipMode Proxy."""
    entries = status.part("loadBalancer").parts("ingress")
    return [
        _address(entry, "ip", entry.text("ip"))
        for entry in entries
        if "ip" in entry and entry.text("ipMode") != "Proxy"
    ]


def _addresses(part: Part, key: str) -> list[Address]:
    return [_address(part, key, str(item)) for item in part.items(key)]


def _address(part: Part, key: str, text: str) -> Address:
    if re.fullmatch(r"[0-9a-fA-F:.]{2,45}", text) and (address := _parse(text)) is not None:
        return address
    raise part.refusal("service-address", key, text=text[:60])


def _parse(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _networks(part: Part, key: str) -> list[Network]:
    networks = []
    for i, item in enumerate(part.items(key)):
        network = read_network(str(item).strip())
        if network is None:
            raise part.refusal("service-network", key, i, text=str(item)[:60])
        networks.append(network)
    return networks


def read_network(text: str) -> Network | None:
    """A CIDR such as 10.244.0.0/16, its host bits cleared as Go's ParseCIDR does."""
    if not re.fullmatch(r"[0-9a-fA-F:.]{2,45}/[0-9]{1,3}", text):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


Either = TypeVar("Either", Address, Network)


def _of_family(family: Address, items: Iterable[Either]) -> Iterable[Either]:
    return (item for item in items if item.version == family.version)


def read_endpoints(text: str, service: Service, node: str) -> tuple[Endpoint, ...]:
    """EndpointSlices, or lines `ip:port`; sorted by their text and without twins, as kube-proxy keeps them.

    pkg/proxy/endpointslicecache.go, v1.37.0. Lines stand for ready pods on this node.
    """
    is_manifest = re.search(r"\A\s*\{|^kind:", text, re.MULTILINE)
    endpoints = _from_slices(text, service, node) if is_manifest else _from_lines(text, node)
    if len(endpoints) > MOST_ENDPOINTS:
        raise Refusal("service-many-endpoints", field="endpoints", count=len(endpoints), limit=MOST_ENDPOINTS)
    return tuple(endpoints)


def _from_slices(text: str, service: Service, node: str) -> list[Endpoint]:
    found: list[Endpoint] = []
    for document in load_documents(text, field="endpoints", kinds=("EndpointSlice",)):
        metadata = document.root.part("metadata")
        owner = metadata.texts("labels").get("kubernetes.io/service-name", service.name)
        if owner != service.name or (metadata.text("namespace") or service.namespace) != service.namespace:
            continue
        ports = document.root.parts("ports")
        for entry in document.root.parts("endpoints"):
            addresses = entry.items("addresses")
            if not addresses:
                continue
            # Only the first address of an endpoint is used.
            ip = _address(entry, "addresses", str(addresses[0]))
            for port in ports:
                number = port.integer("port", 0, 65535)
                if number:
                    found.append(_endpoint(entry, ip, number, port.text("name"), node))
    return found


def _endpoint(entry: Part, ip: Address, number: int, port: str, node: str) -> Endpoint:
    conditions, hints = entry.part("conditions"), entry.part("hints")
    ready, serving = conditions.boolean("ready"), conditions.boolean("serving")
    return Endpoint(
        ip=ip,
        number=number,
        port=port,
        node=entry.text("nodeName"),
        zone=entry.text("zone"),
        is_local=bool(entry.text("nodeName")) and entry.text("nodeName") == node,
        ready=ready is not False,
        serving=serving is not False,
        terminating=conditions.boolean("terminating") or False,
        zone_hints=frozenset(hint.text("name") for hint in hints.parts("forZones")),
        node_hints=frozenset(hint.text("name") for hint in hints.parts("forNodes")),
    )


def _from_lines(text: str, node: str) -> list[Endpoint]:
    """`10.244.1.2:8080`, and after it if need be `node=n2`, `zone=a`, `not-ready`, `terminating`."""
    found = []
    for line, words in enumerate((line.split() for line in text.splitlines()), start=1):
        if not words or words[0].startswith("#"):
            continue
        host, _, number = words[0].rpartition(":")
        ip = _parse(host.removeprefix("[").removesuffix("]"))
        if ip is None or not re.fullmatch(r"[0-9]{1,5}", number) or not 0 < int(number) < 65536:
            raise Refusal("service-line", field="endpoints", line=line, text=words[0][:60])
        found.append(_described(Endpoint(ip, int(number), node=node, is_local=True), words[1:], line, node))
    return found


def _described(endpoint: Endpoint, words: list[str], line: int, node: str) -> Endpoint:
    for word in words:
        key, _, value = word.partition("=")
        if key == "node" and value:
            endpoint = replace(endpoint, node=value, is_local=value == node)
        elif key == "zone" and value:
            endpoint = replace(endpoint, zone=value, zone_hints=frozenset({value}))
        elif word == "not-ready":
            endpoint = replace(endpoint, ready=False, serving=False)
        elif word == "terminating":
            endpoint = replace(endpoint, ready=False, terminating=True)
        else:
            raise Refusal("service-line-word", field="endpoints", line=line, text=word[:40])
    return endpoint


def endpoints_of(port: ServicePort, endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """The endpoints of one port, of the Service's IP family: in the order of their text, each once."""
    mine: dict[str, Endpoint] = {}
    for endpoint in endpoints:
        if endpoint.port in (None, port.name) and endpoint.ip.version == port.cluster_ip.version:
            mine.setdefault(endpoint.address, endpoint)
    return tuple(mine[address] for address in sorted(mine))
