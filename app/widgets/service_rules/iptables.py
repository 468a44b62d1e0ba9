"""The chains that kube-proxy in iptables mode writes for one Service port."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_network

from app.record import dataclass
from app.widgets.service_rules.names import iptables_hash
from app.widgets.service_rules.rule import Rule
from app.widgets.service_rules.service import Address, Endpoint, Network, ServicePort
from app.widgets.service_rules.topology import Choice

MARK = "0x4000"
LOOPBACK_V4 = ip_network("127.0.0.0/8")
LOOPBACK_V6 = ip_network("::1/128")


@dataclass(frozen=True)
class Names:
    """The chains of one Service port. pkg/proxy/iptables/proxier.go, newServiceInfo, v1.37.0."""

    port: ServicePort

    def _of(self, prefix: str) -> str:
        return f"{prefix}-{iptables_hash(self.port.full_name, self.port.protocol)}"

    @property
    def cluster(self) -> str:
        return self._of("KUBE-SVC")

    @property
    def local(self) -> str:
        return self._of("KUBE-SVL")

    @property
    def external(self) -> str:
        return self._of("KUBE-EXT")

    @property
    def firewall(self) -> str:
        return self._of("KUBE-FW")

    @property
    def internal(self) -> str:
        return self.local if self.port.internal_local else self.cluster

    def endpoint(self, endpoint: Endpoint) -> str:
        return f"KUBE-SEP-{iptables_hash(self.port.full_name, self.port.protocol, endpoint.address)}"


def filter_rules(port: ServicePort, choice: Choice) -> Iterator[Rule]:
    """What the filter table refuses or drops: traffic for which there is nobody. syncProxyRules, v1.37.0."""
    verdict = "DROP" if choice.has_any else "REJECT"
    comment = f"{port.full_name} has no {'local ' if choice.has_any else ''}endpoints"
    saved: tuple[str, ...] = (verdict,)
    if verdict == "REJECT":
        family = "icmp6" if port.cluster_ip.version == 6 else "icmp"
        saved = ("REJECT", "--reject-with", f"{family}-port-unreachable")
    refusal = Rule("", comment, port.protocol, port=port.port, target=(verdict,), saved_target=saved)
    if not choice.internal(port):
        yield replace(refusal, chain="KUBE-SERVICES", destination=port.cluster_ip)
    if not choice.external(port):
        for ip in (*port.external_ips, *port.load_balancer_ips):
            yield replace(refusal, chain="KUBE-EXTERNAL-SERVICES", destination=ip)
        if port.node_port:
            local = ("--dst-type", "LOCAL")
            yield replace(refusal, chain="KUBE-EXTERNAL-SERVICES", port=port.node_port, address_type=local)
    if port.health_port:
        accept = f"{port.full_name} health check node port"
        yield Rule("KUBE-NODEPORTS", accept, "tcp", port=port.health_port, target=("ACCEPT",))
    if _uses_firewall(port, choice):
        dropped = f"{port.full_name} traffic not accepted by {Names(port).firewall}"
        for ip in port.load_balancer_ips:
            yield Rule(
                "KUBE-PROXY-FIREWALL",
                dropped,
                port.protocol,
                destination=ip,
                port=port.port,
                target=("DROP",),
            )


def entrance_rules(port: ServicePort, choice: Choice) -> Iterator[Rule]:
    """KUBE-SERVICES and KUBE-NODEPORTS of the nat table: from an address and port to the Service's chains.

    A node port asked for at 127.0.0.1 is counted (nfacct) where the kernel can. syncProxyRules, v1.37.2.
    """
    names = Names(port)
    if choice.internal(port):
        yield _to(port, "cluster IP", names.internal, "KUBE-SERVICES", port.cluster_ip)
    if not choice.has_any:
        return
    for ip in port.external_ips:
        yield _to(port, "external IP", names.external, "KUBE-SERVICES", ip)
    balanced = names.firewall if _uses_firewall(port, choice) else names.external
    for ip in port.load_balancer_ips:
        yield _to(port, "loadbalancer IP", balanced, "KUBE-SERVICES", ip)
    if port.node_port:
        rule = Rule("KUBE-NODEPORTS", port.full_name, port.protocol, port=port.node_port, target=(names.external,))
        if port.cluster_ip.version == 4:
            yield replace(rule, destination=LOOPBACK_V4, accounted="localhost_nps_accepted_pkts")
        yield rule


def firewall_rules(port: ServicePort, choice: Choice, node_ip: Address | None) -> Iterator[Rule]:
    """KUBE-FW: which sources may come through the load balancer. syncProxyRules, v1.37.0."""
    if not _uses_firewall(port, choice):
        return
    names, comment = Names(port), f"{port.full_name} loadbalancer IP"
    for network in port.source_ranges:
        yield Rule(names.firewall, comment, source=network, target=(names.external,))
    if node_ip and any(node_ip in network for network in port.source_ranges):
        for ip in port.load_balancer_ips:
            yield Rule(names.firewall, comment, source=ip, target=(names.external,))
    yield Rule(names.firewall, f"other traffic to {port.full_name} will be dropped by KUBE-PROXY-FIREWALL")


def external_rules(port: ServicePort, choice: Choice, pods: Network | None) -> Iterator[Rule]:
    """KUBE-EXT: traffic for NodePort, load balancer and external IPs. syncProxyRules, v1.37.0."""
    if not (choice.has_any and port.is_reached_from_outside):
        return
    names, what = Names(port), f"{port.full_name} external destinations"
    chain = names.external
    if not port.external_local:
        yield Rule(chain, f"masquerade traffic for {what}", target=("KUBE-MARK-MASQ",))
    else:
        local = ("--src-type", "LOCAL")
        if pods:
            yield Rule(chain, f"pod traffic for {what}", source=pods, target=(names.cluster,))
        yield Rule(chain, f"masquerade LOCAL traffic for {what}", address_type=local, target=("KUBE-MARK-MASQ",))
        yield Rule(chain, f"route LOCAL traffic for {what}", address_type=local, target=(names.cluster,))
    if choice.external(port):
        yield Rule(chain, target=(names.local if port.external_local else names.cluster,))


def policy_rules(port: ServicePort, chain: str, endpoints: Sequence[Endpoint], pods: Network | None) -> Iterator[Rule]:
    """KUBE-SVC or KUBE-SVL: a jump to one of the endpoints. writeServiceToEndpointRules, v1.37.0."""
    names = Names(port)
    if pods and chain == names.internal and endpoints:
        comment = f"{port.full_name} cluster IP"
        yield Rule(
            chain,
            comment,
            port.protocol,
            destination=port.cluster_ip,
            port=port.port,
            not_source=pods,
            target=("KUBE-MARK-MASQ",),
        )
    arrows = [(f"{port.full_name} -> {e.address}", names.endpoint(e)) for e in endpoints]
    is_v6 = port.cluster_ip.version == 6
    if port.sticky_s:
        for comment, target in arrows:
            yield Rule(chain, comment, check_recent=(target, port.sticky_s), target=(target,), is_v6=is_v6)
    for i, (comment, target) in enumerate(arrows):
        left = len(arrows) - i
        yield Rule(chain, comment, one_in=left if left > 1 else None, target=(target,))


def endpoint_rules(port: ServicePort, endpoint: Endpoint) -> Iterator[Rule]:
    """KUBE-SEP: a pod that reaches itself is masqueraded; then the destination is rewritten."""
    chain = Names(port).endpoint(endpoint)
    yield Rule(chain, port.full_name, source=endpoint.ip, target=("KUBE-MARK-MASQ",))
    yield Rule(
        chain,
        port.full_name,
        port.protocol,
        set_recent=chain if port.sticky_s else "",
        target=("DNAT", "--to-destination", endpoint.address),
        is_v6=endpoint.ip.version == 6,
    )


def last_rules(*, is_v6: bool) -> Iterator[Rule]:
    """What all Services share: the way to NodePorts, the mark, and masquerading by that mark."""
    yield Rule(
        "KUBE-SERVICES",
        "kubernetes service nodeports; NOTE: this must be the last rule in this chain",
        address_type=("--dst-type", "LOCAL"),
        not_destination=LOOPBACK_V6 if is_v6 else None,
        target=("KUBE-NODEPORTS",),
    )
    yield Rule(
        "KUBE-MARK-MASQ",
        target=("MARK", "--or-mark", MARK),
        saved_target=("MARK", "--set-xmark", f"{MARK}/{MARK}"),
    )
    yield Rule("KUBE-POSTROUTING", mark=f"{MARK}/{MARK}", target=("RETURN",))
    yield Rule(
        "KUBE-POSTROUTING",
        target=("MARK", "--xor-mark", MARK),
        saved_target=("MARK", "--set-xmark", f"{MARK}/0x0"),
    )
    yield Rule(
        "KUBE-POSTROUTING",
        "kubernetes service traffic requiring SNAT",
        target=("MASQUERADE", "--random-fully"),
    )


def _to(port: ServicePort, what: str, target: str, chain: str, ip: Address) -> Rule:
    comment = f"{port.full_name} {what}"
    return Rule(chain, comment, port.protocol, destination=ip, port=port.port, target=(target,))


def _uses_firewall(port: ServicePort, choice: Choice) -> bool:
    return choice.has_any and bool(port.load_balancer_ips and port.source_ranges)
