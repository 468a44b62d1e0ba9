"""The chains and map elements that kube-proxy in nftables mode writes for one Service port."""

from collections.abc import Iterator, Sequence

from app.record import dataclass
from app.widgets.service_rules.names import nft_name
from app.widgets.service_rules.service import Address, Endpoint, Network, ServicePort
from app.widgets.service_rules.topology import Choice

MASQUERADE = "mark set mark or 0x00004000"


@dataclass(frozen=True)
class Names:
    """The chains of one Service port. pkg/proxy/nftables/proxier.go, v1.37.2."""

    port: ServicePort

    @property
    def _base(self) -> str:
        port = self.port
        return f"{port.namespace}/{port.service}/{port.protocol}/{port.name}"

    @property
    def cluster(self) -> str:
        return nft_name("service-", self._base)

    @property
    def local(self) -> str:
        return nft_name("local-", self._base)

    @property
    def external(self) -> str:
        return nft_name("external-", self._base)

    @property
    def firewall(self) -> str:
        return nft_name("firewall-", self._base)

    @property
    def internal(self) -> str:
        return self.local if self.port.internal_local else self.cluster

    def endpoint(self, endpoint: Endpoint, prefix: str = "endpoint-") -> str:
        ip = str(endpoint.ip).replace(":", ".")
        return nft_name(prefix, f"{self._base}__{ip}/{endpoint.number}")


def elements(port: ServicePort, choice: Choice) -> Iterator[str]:
    """What is put into the sets and verdict maps: addresses and ports to chains. syncProxyRules, v1.37.2."""
    names, table = Names(port), _table(port)
    verdict = "drop" if choice.has_any else "goto reject-chain"
    yield f"add element {table} cluster-ips {{ {port.cluster_ip} }}"
    if choice.internal(port):
        yield _element(port, "service-ips", port.cluster_ip, f"goto {names.internal}")
    else:
        yield _element(port, "no-endpoint-services", port.cluster_ip, verdict, port.full_name)
    for ip in (*port.external_ips, *port.load_balancer_ips):
        if choice.has_any:
            yield _element(port, "service-ips", ip, f"goto {names.external}")
        if ip in port.load_balancer_ips and port.source_ranges:
            yield _element(port, "firewall-ips", ip, f"goto {names.firewall}")
        if not choice.external(port):
            yield _element(port, "no-endpoint-services", ip, verdict, port.full_name)
    if port.node_port:
        key = f"{port.protocol} . {port.node_port}"
        if choice.has_any:
            yield f"add element {table} service-nodeports {{ {key} : goto {names.external} }}"
        if not choice.external(port):
            comment = f'comment "{port.full_name}"'
            yield f"add element {table} no-endpoint-nodeports {{ {key} {comment} : {verdict} }}"
    for endpoint in choice.reachable:
        if endpoint.is_local:
            pair = f"{endpoint.ip} . {endpoint.ip}"
            yield f"add element {table} hairpin-connections {{ {pair} . {port.protocol} . {endpoint.number} }}"


def firewall_rules(port: ServicePort, node_ip: Address | None) -> Iterator[str]:
    if not (port.load_balancer_ips and port.source_ranges):
        return
    sources = [str(network) for network in port.source_ranges]
    if node_ip and any(node_ip in network for network in port.source_ranges):
        sources += [str(ip) for ip in port.load_balancer_ips]
    yield _rule(port, Names(port).firewall, f"{_ip(port)} saddr != {{ {' , '.join(sources)} }} drop")


def external_rules(port: ServicePort, choice: Choice, pods: Network | None) -> Iterator[str]:
    if not (choice.has_any and port.is_reached_from_outside):
        return
    names = Names(port)
    chain = names.external
    if not port.external_local:
        yield _rule(port, chain, MASQUERADE, "masquerade")
    else:
        if pods:
            yield _rule(port, chain, f"{_ip(port)} saddr {pods} goto {names.cluster}", "short-circuit pod traffic")
        yield _rule(port, chain, f"fib saddr type local {MASQUERADE}", "masquerade local traffic")
        yield _rule(port, chain, f"fib saddr type local goto {names.cluster}", "short-circuit local traffic")
    if choice.external(port):
        yield _rule(port, chain, f"goto {names.local if port.external_local else names.cluster}")


def policy_rules(port: ServicePort, chain: str, endpoints: Sequence[Endpoint]) -> Iterator[str]:
    """One rule picks the endpoint: a random number modulo their count, looked up in a map.

    With session affinity the map leads to a chain for each endpoint, else at once to its address; of one endpoint no
    map is made. writeServiceToEndpointDNATs and writeServiceToEndpointJumps, v1.37.2.
    """
    names, ip = Names(port), _ip(port)
    draw = f"numgen random mod {len(endpoints)}"
    if port.sticky_s:
        for endpoint in endpoints:
            affinity, target = names.endpoint(endpoint, "affinity-"), names.endpoint(endpoint)
            yield _rule(port, chain, f"{ip} saddr @{affinity} goto {target}")
        ways = " , ".join(f"{i} : goto {names.endpoint(endpoint)}" for i, endpoint in enumerate(endpoints))
        yield _rule(port, chain, f"{draw} vmap {{ {ways} }}")
    elif len(endpoints) == 1:
        yield _rule(port, chain, f"meta l4proto {port.protocol} dnat to {endpoints[0].address}")
    else:
        ways = " , ".join(f"{i} : {endpoint.ip} . {endpoint.number}" for i, endpoint in enumerate(endpoints))
        yield _rule(port, chain, f"meta l4proto {port.protocol} dnat {ip} addr . port to {draw} map {{ {ways} }}")


def endpoint_rules(port: ServicePort, endpoint: Endpoint) -> Iterator[str]:
    """Only with session affinity: the client's address is remembered, then the destination rewritten."""
    names, ip = Names(port), _ip(port)
    chain = names.endpoint(endpoint)
    yield _rule(port, chain, f"update @{names.endpoint(endpoint, 'affinity-')} {{ {ip} saddr }}")
    yield _rule(port, chain, f"meta l4proto {port.protocol} dnat to {endpoint.address}")


def _ip(port: ServicePort) -> str:
    return "ip6" if port.cluster_ip.version == 6 else "ip"


def _table(port: ServicePort) -> str:
    return f"{_ip(port)} kube-proxy"


def _rule(port: ServicePort, chain: str, rule: str, comment: str = "") -> str:
    text = f"add rule {_table(port)} {chain} {rule}"
    return f'{text} comment "{comment}"' if comment else text


def _element(port: ServicePort, name: str, ip: Address, verdict: str, comment: str = "") -> str:
    key = f"{ip} . {port.protocol} . {port.port}"
    key = f'{key} comment "{comment}"' if comment else key
    return f"add element {_table(port)} {name} {{ {key} : {verdict} }}"
