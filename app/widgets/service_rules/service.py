"""Reads a Service and its endpoints as kube-proxy on one node sees them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal, TypeVar

from app.kube.paste.describe import NONE, listed
from app.kube.paste.part import Document, Part
from app.kube.paste.passed import PassedOver, Reason, pass_over
from app.kube.paste.read import take, unreadable
from app.kube.paste.recognise import clean, recognise
from app.kube.paste.table import CUT, Row, read_table
from app.kube.refusal import Refusal
from app.kube.validation.default import Filled, service_defaults
from app.kube.validation.fault import refuse
from app.kube.validation.service import NODE_PORTS, allocation_faults, endpoint_slice_faults, service_faults
from app.record import dataclass
from app.widgets.service_rules.described import (
    endpoints_in_description,
    endpoints_of_description,
    service_of_description,
)
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
MOST_REACHED = 10_000
"""Endpoints of all ports together: each is a chain, a share and a bar for every port that leads to it."""
MOST_DRAWN = 4_000_000
"""Connections of all ports together: each is a random number."""


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


@dataclass(frozen=True)
class Read:
    """The Service of a text, what the API server fills in, what stands in for what it assigns, and the rest."""

    service: Service
    filled: tuple[Filled, ...]
    assigned: tuple[Filled, ...]
    passed_over: tuple[PassedOver, ...]
    endpoints: str
    """Endpoints that the same text holds, empty when it has none; read when no others are given."""


PRINTED_BY = "kubectl get service NAME -o yaml"
SLICES_PRINTED_BY = "kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml"
STAND_IN = {4: "10.96.0.100", 6: "fd00:10:96::64"}
"""Cluster IPs out of the ranges that kubeadm takes by default, for a Service that has none yet."""

FIRST_NODE_PORT = 30_001
"""Stands in for the port that the API server draws out of the range."""

_NAMED = re.compile(r"kubernetes\.io/service-name[\"']?\s*[:=]\s*[\"']?([a-z0-9.-]+)")
"""The Services to which the slices of a text belong."""

ENDPOINT_KINDS = ("EndpointSlice", "Endpoints")


def read_service(text: str, endpoints: str = "") -> Read:
    """The Service of a manifest, a List or a description: the first that the endpoints name, or else the first."""
    shape = recognise(clean(text))
    held = ""
    if shape and shape.name == "describe-service":
        described = service_of_description(clean(text))
        if described is None:
            raise unreadable(shape, text, field="service", wanted=PRINTED_BY)
        text, held = described, endpoints_in_description(clean(text))
    taken = take(text, field="service", kinds=("Service",), wanted=PRINTED_BY)
    if not taken.documents:
        raise Refusal("manifest-empty", field="service")
    named = set(_NAMED.findall(endpoints or text))
    found = sorted(taken.documents, key=lambda one: one.root.part("metadata").text("name") not in named)
    first, *others = found
    refuse(allocation_faults(first.root))
    refuse(service_faults(first.root))
    service, assigned = _service(first)
    if not held and any(one.kind in ENDPOINT_KINDS for one in taken.passed_over):
        held = text
    spec = first.root.part("spec")
    return Read(
        service=service,
        filled=tuple(service_defaults(spec)),
        assigned=assigned,
        passed_over=(*taken.passed_over, *(pass_over(document, "one-is-enough") for document in others)),
        endpoints=held,
    )


def _service(document: Document) -> tuple[Service, tuple[Filled, ...]]:
    metadata, spec = document.root.part("metadata"), document.root.part("spec")
    namespace, name = metadata.text("namespace") or "default", metadata.required("name")
    kind = spec.text("type") or "ClusterIP"
    cluster_ip = spec.text("clusterIP")
    if kind == "ExternalName":
        return Service(namespace, name, (), "external-name"), ()
    if "service.kubernetes.io/service-proxy-name" in metadata.texts("labels"):
        return Service(namespace, name, (), "other-proxy"), ()
    if cluster_ip == "None":
        return Service(namespace, name, (), "headless"), ()
    assigned: list[Filled] = []
    if not cluster_ip:
        cluster_ip = STAND_IN[6 if list(spec.items("ipFamilies"))[:1] == ["IPv6"] else 4]
        assigned.append(Filled("spec.clusterIP", cluster_ip))
    is_new = bool(assigned)
    family = _address(spec, "clusterIP", cluster_ip)
    external_local = spec.text("externalTrafficPolicy") == "Local"
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
        internal_local=spec.text("internalTrafficPolicy") == "Local",
        external_local=external_local and (kind != "ClusterIP" or bool(spec.items("externalIPs"))),
        sticky_s=_sticky(spec),
        health_port=spec.integer("healthCheckNodePort", 0, 65535) or 0,
    )
    ports = [_port(part, common) for part in spec.parts("ports")]
    takes_node_ports = (
        kind in ("NodePort", "LoadBalancer") and spec.boolean("allocateLoadBalancerNodePorts") is not False
    )
    if is_new and takes_node_ports:
        ports, found = _with_node_ports(ports)
        assigned += found
    if is_new and kind == "LoadBalancer" and external_local and not common.health_port:
        health = FIRST_NODE_PORT + len(ports)
        ports = [replace(port, health_port=health) for port in ports]
        assigned.append(Filled("spec.healthCheckNodePort", str(health)))
    return Service(namespace, name, tuple(ports)), tuple(assigned)


def _with_node_ports(ports: Sequence[ServicePort]) -> tuple[list[ServicePort], list[Filled]]:
    """Node ports for those that have none, as the API server would draw them; here in a row."""
    taken = {port.node_port for port in ports}
    free = (number for number in range(FIRST_NODE_PORT, NODE_PORTS.stop) if number not in taken)
    with_ports, assigned = [], []
    for i, port in enumerate(ports):
        number = port.node_port or next(free)
        with_ports.append(replace(port, node_port=number))
        if not port.node_port:
            assigned.append(Filled(f"spec.ports[{i}].nodePort", str(number)))
    return with_ports, assigned


def _port(part: Part, common: ServicePort) -> ServicePort:
    return replace(
        common,
        name=part.text("name"),
        protocol=PROTOCOLS[part.text("protocol") or "TCP"],
        port=part.integer("port", 1, 65535) or 0,
        node_port=part.integer("nodePort", 0, 65535) or 0,
    )


def _sticky(spec: Part) -> int:
    """Seconds for which a client stays with its endpoint; 0 without sessionAffinity ClientIP."""
    if spec.text("sessionAffinity") != "ClientIP":
        return 0
    return spec.part("sessionAffinityConfig").part("clientIP").integer("timeoutSeconds") or STICKY_S


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


@dataclass(frozen=True)
class Backing:
    """The endpoints of a Service, the slices and objects that are not its own, and what is to be said of them."""

    endpoints: tuple[Endpoint, ...]
    passed_over: tuple[PassedOver, ...]
    is_mirrored: bool
    """Whether an Endpoints object was read, of which kube-proxy sees only the slices made of it."""


def read_endpoints(text: str, service: Service, node: str) -> Backing:
    """EndpointSlices, Endpoints, what kubectl prints of them, or lines `ip:port`.

    Sorted by their text and without twins, as kube-proxy keeps them (pkg/proxy/endpointslicecache.go, v1.37.0). Lines
    stand for ready pods on this node.
    """
    text = clean(text)
    shape = recognise(text)
    if (shape and shape.name == "get-endpoints") or (not shape and _rows(text)):
        backing = _from_table(text, service, node)
    elif shape and shape.name == "describe-endpoints" and (described := endpoints_of_description(text)):
        backing = _from_objects(described, service, node)
    elif shape and not _is_manifest(text):
        raise unreadable(shape, text, field="endpoints", wanted=SLICES_PRINTED_BY)
    elif _is_manifest(text):
        backing = _from_objects(text, service, node)
    else:
        backing = Backing(tuple(_from_lines(text, node)), (), is_mirrored=False)
    if len(backing.endpoints) > MOST_ENDPOINTS:
        raise Refusal("service-many-endpoints", field="endpoints", count=len(backing.endpoints), limit=MOST_ENDPOINTS)
    return backing


def _is_manifest(text: str) -> bool:
    return bool(re.search(r"\A\s*[{\[]\s*[\"{]|^(?:- )?kind:|^(?:- )?apiVersion:|\A\s*\{", text, re.MULTILINE))


def _from_objects(text: str, service: Service, node: str) -> Backing:
    taken = take(text, field="endpoints", kinds=ENDPOINT_KINDS, wanted=SLICES_PRINTED_BY)
    slices = [document for document in taken.documents if document.kind == "EndpointSlice"]
    objects = [document for document in taken.documents if document.kind == "Endpoints"]
    found: list[Endpoint] = []
    passed = list(taken.passed_over)
    for document in slices:
        refuse(endpoint_slice_faults(document.root))
        if reason := _foreign(document, service):
            passed.append(pass_over(document, reason))
        else:
            found.extend(_of_slice(document, node))
    # Slices are what kube-proxy reads; Endpoints of the same Service would say the same once more.
    mirrored = [document for document in objects if _is_named_as(document, service)]
    passed += [pass_over(document, "other-service") for document in objects if document not in mirrored]
    for document in [] if found else mirrored:
        found.extend(_of_endpoints(document, node))
    return Backing(tuple(found), tuple(passed), is_mirrored=bool(mirrored) and not slices)


def _foreign(document: Document, service: Service) -> Reason | None:
    """Why kube-proxy does not take a slice for this Service: by its label alone, whatever the slice is called."""
    metadata = document.root.part("metadata")
    owner = metadata.texts("labels").get("kubernetes.io/service-name")
    if not owner:
        return "no-service-name"
    if owner != service.name or (metadata.text("namespace") or service.namespace) != service.namespace:
        return "other-service"
    return "other-kind" if document.root.text("addressType") == "FQDN" else None


def _is_named_as(document: Document, service: Service) -> bool:
    metadata = document.root.part("metadata")
    return (metadata.text("namespace") or service.namespace, metadata.text("name")) == (service.namespace, service.name)


def _of_slice(document: Document, node: str) -> Iterator[Endpoint]:
    ports = document.root.parts("ports")
    for entry in document.root.parts("endpoints"):
        # Only the first address of an endpoint is used.
        ip = _address(entry, "addresses", str(entry.items("addresses")[0]))
        for port in ports:
            number = port.integer("port", 0, 65535)
            if number:
                yield _endpoint(entry, ip, number, port.text("name"), node)


def _of_endpoints(document: Document, node: str) -> Iterator[Endpoint]:
    """The endpoints of an Endpoints object, as the mirrored slices have them."""
    for subset in document.root.parts("subsets"):
        for key, is_ready in (("addresses", True), ("notReadyAddresses", False)):
            for entry in subset.parts(key):
                ip, name = _address(entry, "ip", entry.text("ip")), entry.text("nodeName")
                for port in subset.parts("ports"):
                    yield Endpoint(
                        ip=ip,
                        number=port.integer("port", 1, 65535) or 0,
                        port=port.text("name"),
                        node=name,
                        is_local=bool(name) and name == node,
                        ready=is_ready,
                        serving=is_ready,
                    )


_ROW = re.compile(
    r"[ \t]*(?:(?P<namespace>[a-z][a-z0-9-]*)[ \t]+)?(?P<name>[a-z][a-z0-9.-]*)[ \t]+"
    r"(?P<endpoints>(?:(?:[0-9][0-9.]{6,14}|\[[0-9a-f:]{2,39}\]):[0-9]{1,5},?)+(?:[ \t]*\+[ \t]*\d+ more\.\.\.)?)"
    r"(?:[ \t]+[0-9]\w{0,8})?[ \t\r]*"
)


def _rows(text: str) -> list[Row]:
    """Rows of `kubectl get endpoints` without their heading, as `grep` leaves them; none where a line is none."""
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if match := _ROW.fullmatch(line):
            cells = {key.upper(): value for key, value in match.groupdict().items() if value}
            rows.append(Row(number, cells))
        elif line.strip():
            return []
    return rows


def _from_table(text: str, service: Service, node: str) -> Backing:
    """`kubectl get endpoints`: it names no ports, so only a Service with one port can be read."""
    rows = read_table(text) or _rows(text)
    mine = [row for row in rows if _is_row_of(row, service)]
    others = [
        PassedOver("Endpoints", row.cells.get("NAMESPACE", ""), row.cells.get("NAME", ""), "other-service")
        for row in rows
        if row not in mine
    ]
    found: list[Endpoint] = []
    for row in mine:
        cell = row.cells.get("ENDPOINTS", "")
        if CUT.search(cell) or len(service.ports) > 1:
            raise Refusal("service-cut", field="endpoints", line=row.line, wanted=SLICES_PRINTED_BY)
        found.extend(_read_line(address, row.line, node) for address in listed(cell))
    return Backing(tuple(found), tuple(others), is_mirrored=True)


def _is_row_of(row: Row, service: Service) -> bool:
    namespace = row.cells.get("NAMESPACE", service.namespace)
    return (namespace, row.cells.get("NAME")) == (service.namespace, service.name)


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


_COMMA = re.compile(r",[ \t]+")


def _from_lines(text: str, node: str) -> list[Endpoint]:
    """`10.244.1.2:8080`, and after it if need be `node=n2`, `zone=a`, `not-ready`, `terminating`.

    Several may stand between commas, as behind `Endpoints:` in a description.
    """
    found = []
    for line, text_of_line in enumerate(text.splitlines(), start=1):
        words = _COMMA.sub(",", text_of_line.removeprefix("Endpoints:")).split()
        if not words or words[0].startswith("#") or words == [NONE]:
            continue
        if CUT.search(text_of_line):
            raise Refusal("service-cut", field="endpoints", line=line, wanted=SLICES_PRINTED_BY)
        for address in filter(None, words[0].split(",")):
            found.append(_described(_read_line(address, line, node), words[1:], line, node))
    return found


def _read_line(text: str, line: int, node: str) -> Endpoint:
    host, _, number = text.rpartition(":")
    ip = _parse(host.removeprefix("[").removesuffix("]"))
    if ip is None or not re.fullmatch(r"[0-9]{1,5}", number) or not 0 < int(number) < 65536:
        raise Refusal("service-line", field="endpoints", line=line, text=text[:60])
    return Endpoint(ip, int(number), node=node, is_local=True)


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


def refuse_much(ports: Iterable[ServicePort], endpoints: Iterable[Endpoint], connections: int) -> None:
    """Refuses what is little for one port and much for all of them."""
    named = Counter(endpoint.port for endpoint in endpoints)
    reached = [sum(named[name] for name in {None, port.name}) for port in ports]
    if sum(reached) > MOST_REACHED:
        raise Refusal(
            "service-many-reached", field="endpoints", ports=len(reached), count=sum(reached), limit=MOST_REACHED
        )
    if len(reached) * connections > MOST_DRAWN:
        raise Refusal(
            "service-many-drawn",
            field="connections",
            ports=len(reached),
            limit=MOST_DRAWN // len(reached),
            most=MOST_DRAWN,
        )


def endpoints_of(port: ServicePort, endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """The endpoints of one port, of the Service's IP family: in the order of their text, each once.

    Of twins the last that is not terminating counts. endpointslicecache.go, addEndpoints, v1.37.2.
    """
    mine: dict[str, Endpoint] = {}
    for endpoint in endpoints:
        is_mine = endpoint.port in (None, port.name) and endpoint.ip.version == port.cluster_ip.version
        if is_mine and not (endpoint.terminating and endpoint.address in mine):
            mine[endpoint.address] = endpoint
    return tuple(mine[address] for address in sorted(mine))
