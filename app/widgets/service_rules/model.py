"""What kube-proxy on one node writes for a Service, and how its connections spread over the endpoints."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import Literal

from app.record import dataclass
from app.widgets.service_rules import iptables, nftables
from app.widgets.service_rules.rule import (
    RANDOM_RANGE,
    Rule,
    probability_listed,
    probability_written,
    threshold,
)
from app.widgets.service_rules.service import Address, Endpoint, Network, Service, ServicePort, endpoints_of
from app.widgets.service_rules.topology import Choice, Fate, Mode, Node, categorize, fate

ProxyMode = Literal["iptables", "nftables"]
Client = Literal["pod", "outside"]
Verdict = Literal["served", "rejected", "dropped", "not-reachable"]


@dataclass(frozen=True)
class Proxy:
    """How this node's kube-proxy is set up. `pods` is its clusterCIDR, null: it masquerades nothing by it."""

    mode: ProxyMode
    node: Node
    pods: Network | None
    node_ip: Address | None


@dataclass(frozen=True)
class Chain:
    """One chain or map.

    `rules` are as they are written, `saved` as iptables-save lists them (iptables only).
    """

    name: str
    table: str
    why: str
    rules: tuple[str, ...]
    saved: tuple[str, ...]


@dataclass(frozen=True)
class Backend:
    """One endpoint that gets traffic: its rule's probability as written and listed, its exact share,
    its part.
    """

    port: str
    address: str
    chain: str
    probability_written: str | None
    probability_listed: str | None
    share: float
    expected: float
    received: int


@dataclass(frozen=True)
class Candidate:
    """One endpoint of the Service and why it gets traffic or not."""

    port: str
    address: str
    node: str
    zone: str
    fate: Fate


@dataclass(frozen=True)
class PortOutcome:
    """What becomes of a connection to one port of the Service from this client."""

    name: str
    full_name: str
    protocol: str
    address: str
    entrance: str
    way: tuple[str, ...]
    verdict: Verdict
    mode: Mode
    sticky_s: int
    backends: tuple[Backend, ...]
    candidates: tuple[Candidate, ...]


def shares(count: int, mode: ProxyMode) -> list[float]:
    """The exact share of each endpoint: the rules are tried in order, each with the kernel's own
    probability.
    """
    if mode == "nftables":
        return [1 / count for _ in range(count)]
    found, left = [], 1.0
    for rest in range(count, 0, -1):
        match = threshold(rest) / RANDOM_RANGE if rest > 1 else 1.0
        found.append(left * match)
        left *= 1 - match
    return found


def send(parts: Sequence[float], connections: int, clients: int, *, sticky: bool, seed: int) -> list[int]:
    """How many connections each endpoint gets; a client that sticks keeps the endpoint it got first."""
    if not parts:
        return []
    random, bounds = Random(seed), list(accumulate(parts))
    last = len(parts) - 1

    def pick() -> int:
        return min(bisect_right(bounds, random.random()), last)

    if not sticky:
        counted = Counter(pick() for _ in range(connections))
    else:
        homes = [pick() for _ in range(clients)]
        counted = Counter(homes[random.randrange(clients)] for _ in range(connections))
    return [counted[i] for i in range(len(parts))]


def program(service: Service, endpoints: Iterable[Endpoint], proxy: Proxy) -> tuple[Chain, ...]:
    """All chains, in the order in which a packet meets them."""
    known = tuple(endpoints)
    chosen = [(port, categorize(endpoints_of(port, known), port, proxy.node)) for port in service.ports]
    if not chosen:
        return ()
    return tuple(_iptables(chosen, proxy) if proxy.mode == "iptables" else _nftables(chosen, proxy))


@dataclass(frozen=True)
class _Asked:
    """One port as a client asks for it, and what this node's kube-proxy has chosen for it."""

    port: ServicePort
    choice: Choice
    proxy: Proxy
    is_outside: bool

    @property
    def names(self) -> iptables.Names | nftables.Names:
        return iptables.Names(self.port) if self.proxy.mode == "iptables" else nftables.Names(self.port)

    @property
    def used(self) -> tuple[Endpoint, ...]:
        return self.choice.external(self.port) if self.is_outside else self.choice.internal(self.port)

    @property
    def is_reachable(self) -> bool:
        return not self.is_outside or self.port.is_reached_from_outside

    @property
    def is_local_policy(self) -> bool:
        return self.port.external_local if self.is_outside else self.port.internal_local

    @property
    def verdict(self) -> Verdict:
        if not self.is_reachable:
            return "not-reachable"
        return "served" if self.used else "dropped" if self.choice.has_any else "rejected"

    @property
    def policy(self) -> str:
        """The chain that spreads over the endpoints."""
        return self.names.local if self.is_local_policy else self.names.cluster

    @property
    def way(self) -> tuple[str, ...]:
        """The chains behind the entrance, in the order in which a packet meets them."""
        names, port = self.names, self.port
        if not self.is_outside:
            return (self.policy,)
        if isinstance(names, iptables.Names) and port.load_balancer_ips and port.source_ranges:
            return (names.firewall, names.external, self.policy)
        return (names.external, self.policy)

    def chain_of(self, endpoint: Endpoint) -> str:
        """nftables has a chain for an endpoint only where clients are to be remembered."""
        has_own = self.proxy.mode == "iptables" or self.port.sticky_s > 0
        return self.names.endpoint(endpoint) if has_own else self.policy


def connect(
    port: ServicePort,
    endpoints: Iterable[Endpoint],
    proxy: Proxy,
    client: Client,
    traffic: tuple[int, int, int],
) -> PortOutcome:
    """A connection to one port: the chains on its way, the endpoints it may reach, and how many reach
    which.
    """
    mine = endpoints_of(port, endpoints)
    asked = _Asked(port, categorize(mine, port, proxy.node), proxy, client == "outside")
    address, entrance = _entrance(port, proxy.mode, is_outside=asked.is_outside)
    return PortOutcome(
        name=port.name,
        full_name=port.full_name,
        protocol=port.protocol,
        address=address,
        entrance=entrance,
        way=asked.way,
        verdict=asked.verdict,
        mode="" if asked.is_local_policy else asked.choice.mode,
        sticky_s=port.sticky_s,
        backends=tuple(_backends(asked, traffic)) if asked.is_reachable else (),
        candidates=tuple(_candidates(asked, mine)),
    )


def _backends(asked: _Asked, traffic: tuple[int, int, int]) -> Iterator[Backend]:
    """The endpoints that get traffic, in the order of their rules, and how much of it."""
    port, mode, used = asked.port, asked.proxy.mode, asked.used
    parts = shares(len(used), mode)
    connections, clients, seed = traffic
    received = send(parts, connections, clients, sticky=port.sticky_s > 0, seed=seed)
    for i, (endpoint, share, count) in enumerate(zip(used, parts, received, strict=True)):
        yield Backend(
            port=port.name,
            address=endpoint.address,
            chain=asked.chain_of(endpoint),
            probability_written=_written(len(used) - i, mode),
            probability_listed=_listed(len(used) - i, mode),
            share=share,
            expected=round(share * connections, 2),
            received=count,
        )


def _candidates(asked: _Asked, endpoints: Iterable[Endpoint]) -> Iterator[Candidate]:
    """All endpoints of the port, each with why it gets traffic or not."""
    in_use = {endpoint.address for endpoint in asked.used}
    for endpoint in endpoints:
        why = fate(endpoint, in_use, asked.choice.mode, is_local_policy=asked.is_local_policy)
        yield Candidate(asked.port.name, endpoint.address, endpoint.node, endpoint.zone, why)


def _entrance(port: ServicePort, mode: ProxyMode, *, is_outside: bool) -> tuple[str, str]:
    """The address that the client asks for, and where kube-proxy catches it."""
    caught = "KUBE-SERVICES" if mode == "iptables" else "service-ips"
    host = f"[{port.cluster_ip}]" if port.cluster_ip.version == 6 else str(port.cluster_ip)
    if not is_outside:
        return f"{host}:{port.port}", caught
    for ip in (*port.load_balancer_ips, *port.external_ips):
        return (f"[{ip}]:{port.port}" if ip.version == 6 else f"{ip}:{port.port}"), caught
    return f"*:{port.node_port}", "KUBE-NODEPORTS" if mode == "iptables" else "service-nodeports"


def _written(rest: int, mode: ProxyMode) -> str | None:
    return probability_written(rest) if mode == "iptables" and rest > 1 else None


def _listed(rest: int, mode: ProxyMode) -> str | None:
    return probability_listed(rest) if mode == "iptables" and rest > 1 else None


Chosen = list[tuple[ServicePort, Choice]]


def _iptables(chosen: Chosen, proxy: Proxy) -> Iterable[Chain]:
    last = list(iptables.last_rules(is_v6=chosen[0][0].cluster_ip.version == 6))
    entrances = [rule for port, choice in chosen for rule in iptables.entrance_rules(port, choice)]
    refused = [rule for port, choice in chosen for rule in iptables.filter_rules(port, choice)]
    for name in ("KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL"):
        yield from _chain(name, "filter", f"filter.{name}", [rule for rule in refused if rule.chain == name])
    for name in ("KUBE-SERVICES", "KUBE-NODEPORTS"):
        rules = [rule for rule in (*entrances, *last) if rule.chain == name]
        yield from _chain(name, "nat", name, rules)
    for port, choice in chosen:
        names = iptables.Names(port)
        firewall = list(iptables.firewall_rules(port, choice, proxy.node_ip))
        yield from _chain(names.firewall, "nat", "KUBE-FW", firewall)
        yield from _chain(names.external, "nat", "KUBE-EXT", list(iptables.external_rules(port, choice, proxy.pods)))
        for name, why, used in (
            (names.cluster, "KUBE-SVC", choice.cluster),
            (names.local, "KUBE-SVL", choice.local),
        ):
            if used:
                yield from _chain(name, "nat", why, list(iptables.policy_rules(port, name, used, proxy.pods)))
        for endpoint in choice.reachable:
            rules = list(iptables.endpoint_rules(port, endpoint))
            yield from _chain(names.endpoint(endpoint), "nat", "KUBE-SEP", rules)
    for name in ("KUBE-MARK-MASQ", "KUBE-POSTROUTING"):
        yield from _chain(name, "nat", name, [rule for rule in last if rule.chain == name])


def _chain(name: str, table: str, why: str, rules: list[Rule]) -> Iterable[Chain]:
    """The chain, unless it has no rules: then it is not written."""
    if rules:
        yield Chain(name, table, why, tuple(rule.written for rule in rules), tuple(rule.saved for rule in rules))


def _nftables(chosen: Chosen, proxy: Proxy) -> Iterable[Chain]:
    # An element that several ports share is there once.
    added = list(dict.fromkeys(element for port, choice in chosen for element in nftables.elements(port, choice)))
    for name in (
        "cluster-ips",
        "service-ips",
        "service-nodeports",
        "firewall-ips",
        "no-endpoint-services",
        "no-endpoint-nodeports",
        "hairpin-connections",
    ):
        yield from _nft_chain(name, [text for text in added if f" kube-proxy {name} " in text])
    for port, choice in chosen:
        names = nftables.Names(port)
        yield from _nft_chain(names.firewall, list(nftables.firewall_rules(port, proxy.node_ip)), "firewall")
        yield from _nft_chain(names.external, list(nftables.external_rules(port, choice, proxy.pods)), "external")
        for name, why, used in (
            (names.cluster, "service", choice.cluster),
            (names.local, "local", choice.local),
        ):
            if used:
                yield from _nft_chain(name, list(nftables.policy_rules(port, name, used)), why)
        for endpoint in choice.reachable if port.sticky_s else ():
            rules = list(nftables.endpoint_rules(port, endpoint))
            yield from _nft_chain(names.endpoint(endpoint), rules, "endpoint")


def _nft_chain(name: str, rules: list[str], why: str = "") -> Iterable[Chain]:
    if rules:
        yield Chain(name, "kube-proxy", f"nft.{why or name}", tuple(rules), ())
