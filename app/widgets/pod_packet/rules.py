"""The rules that the first packet of a connection meets, as `iptables-save` lists them (kube-proxy v1.37)."""

from base64 import b32encode
from hashlib import sha256

from app.widgets.pod_packet.cast import CLUSTER_IP, NODE_PORT, POD_CIDR, SERVICE_PORT, Endpoint

NAME = "default/web"


def chain_name(prefix: str, endpoint: str = "") -> str:
    """Prefix and 16 characters of a hash (pkg/proxy/iptables/proxier.go portProtoHash)."""
    return prefix + b32encode(sha256(f"{NAME}tcp{endpoint}".encode()).digest()).decode()[:16]


SERVICE_CHAIN = chain_name("KUBE-SVC-")


def endpoint_chain(endpoint: Endpoint) -> str:
    return chain_name("KUBE-SEP-", str(endpoint))


def listed(left: int) -> str:
    """1/left as written with 10 digits, kept by the kernel in 31 bits, and printed with 11 (xt_statistic)."""
    written = round(1 / left, 10)
    return f"{round(written * 0x80000000) / 0x80000000:.11f}"


def services_chain() -> str:
    """The rule of KUBE-SERVICES that matches address, protocol and port."""
    return (
        f'-A KUBE-SERVICES -d {CLUSTER_IP}/32 -p tcp -m comment --comment "{NAME} cluster IP"'
        f" -m tcp --dport {SERVICE_PORT} -j {SERVICE_CHAIN}"
    )


def service_chain(endpoints: tuple[Endpoint, ...]) -> str:
    """The mark for sources outside the Pod range, then one rule for each endpoint, the last unconditional."""
    rules = [
        f"-A {SERVICE_CHAIN} ! -s {POD_CIDR} -d {CLUSTER_IP}/32 -p tcp -m comment"
        f' --comment "{NAME} cluster IP" -m tcp --dport {SERVICE_PORT} -j KUBE-MARK-MASQ'
    ]
    for i, endpoint in enumerate(endpoints):
        left = len(endpoints) - i
        chance = f" -m statistic --mode random --probability {listed(left)}" if left > 1 else ""
        rules.append(
            f'-A {SERVICE_CHAIN} -m comment --comment "{NAME} -> {endpoint}"{chance} -j {endpoint_chain(endpoint)}'
        )
    return "\n".join(rules)


def separate_chain(endpoint: Endpoint) -> str:
    """One endpoint: the mark for a Pod that reaches itself, then the rewrite."""
    chain = endpoint_chain(endpoint)
    return (
        f'-A {chain} -s {endpoint.ip}/32 -m comment --comment "{NAME}" -j KUBE-MARK-MASQ\n'
        f'-A {chain} -p tcp -m comment --comment "{NAME}" -m tcp -j DNAT --to-destination {endpoint}'
    )


def reject_rule() -> str:
    """In the filter table, when the Service has no ready endpoint."""
    return (
        f'-A KUBE-SERVICES -d {CLUSTER_IP}/32 -p tcp -m comment --comment "{NAME} has no endpoints"'
        f" -m tcp --dport {SERVICE_PORT} -j REJECT --reject-with icmp-port-unreachable"
    )


def dns_reject_rule() -> str:
    return (
        '-A KUBE-SERVICES -d 10.96.0.10/32 -p udp -m comment --comment "kube-system/kube-dns:dns has no endpoints"'
        " -m udp --dport 53 -j REJECT --reject-with icmp-port-unreachable"
    )


def drop_rule() -> str:
    """In the filter table, for externalTrafficPolicy Local on a node without an endpoint."""
    return (
        f'-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "{NAME} has no local endpoints"'
        f" -m addrtype --dst-type LOCAL -m tcp --dport {NODE_PORT} -j DROP"
    )
