"""What the room `service-rules` promises."""
# ruff: noqa: E501  Rules are quoted whole, so that they can be searched for.

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.service_rules.model import Verdict, send, shares
from app.widgets.service_rules.rule import probability_listed, probability_written, threshold
from app.widgets.service_rules.topology import Fate
from app.widgets.service_rules.widget import SLICE, WIDGET, Inputs, Outcome, run


def service(full_name: str = "ns/svc:p80", protocol: str = "TCP", **spec: Any) -> str:
    namespace, _, rest = full_name.partition("/")
    name, _, port_name = rest.partition(":")
    status = spec.pop("status", {})
    node_port = spec.pop("node_port", None)
    port: dict[str, Any] = {"port": 80, "protocol": protocol}
    if port_name:
        port["name"] = port_name
    if node_port:
        port["nodePort"] = node_port
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Service",
            # With a uid it stands in a cluster, whose range of node ports may be another one.
            "metadata": {"namespace": namespace, "name": name, "uid": "0b0d"},
            "spec": {"clusterIP": "172.30.0.41", "ports": [port], **spec},
            "status": status,
        }
    )


def ask(service_text: str, endpoints: str = "10.180.0.1:80", **inputs: Any) -> Outcome:
    return run(Inputs(service=service_text, endpoints=endpoints, **{"cluster_cidr": "10.0.0.0/8", **inputs}))


def rules(outcome: Outcome, prefix: str, table: str = "nat") -> list[str]:
    """The rules of the chains whose name begins so, without their `-A`."""
    return [
        rule.removeprefix("-A ")
        for chain in outcome.chains
        if chain.name.startswith(prefix) and chain.table in (table, "kube-proxy")
        for rule in chain.rules
    ]


# Names that pkg/proxy/iptables/proxier_test.go (v1.37.0) expects, and some by SHA-256.
@pytest.mark.parametrize(
    ("full_name", "endpoint", "chain"),
    [
        ("ns1/svc1:p80", "10.180.0.1:80", "KUBE-SVC-XPGD46QRK7WJZT7O"),
        ("ns2/svc2:p80", "10.180.0.2:80", "KUBE-SVC-GNZBNJ2PO5MGZ6GT"),
        ("ns3/svc3:p80", "10.180.0.3:80", "KUBE-SVC-X27LE4BHSL4DOUIK"),
        ("ns4/svc4:p80", "10.180.0.4:80", "KUBE-SVC-4SW47YFZTEDKD3PK"),
        ("ns5/svc5:p80", "10.180.0.3:80", "KUBE-SVC-NUKIZ6OKUXPJNT4C"),
        ("ns1/svc1", "10.0.1.1:80", "KUBE-SVC-AQI2S6QIMU7PVVRP"),
        ("ns1/svc1:p80", "10.180.0.1:80", "KUBE-SEP-SXIVWICOYRO3J4NJ"),
        ("ns2/svc2:p80", "10.180.0.2:80", "KUBE-SEP-RS4RBKLTHTF2IUXJ"),
        ("ns3/svc3:p80", "10.180.0.3:80", "KUBE-SEP-OYPFS5VJICHGATKP"),
        ("ns4/svc4:p80", "10.180.0.4:80", "KUBE-SEP-UKSFD7AGPMPPLUHC"),
        ("ns4/svc4:p80", "10.180.0.5:80", "KUBE-SEP-C6EBXVWJJZMIWKLZ"),
        ("ns5/svc5:p80", "10.180.0.3:80", "KUBE-SEP-I77PXRDZVX7PMWMN"),
        ("ns1/svc1", "10.0.1.1:80", "KUBE-SEP-3JOIVZTXZZRGORX4"),
    ],
)
def test_chains_are_named_as_kube_proxy_names_them(full_name: str, endpoint: str, chain: str) -> None:
    names = [chain.name for chain in ask(service(full_name), endpoint).chains]

    assert chain in names


def test_the_kind_of_chain_changes_the_prefix_only() -> None:
    outcome = ask(
        service(
            "ns5/svc5:p80",
            type="LoadBalancer",
            internalTrafficPolicy="Local",
            loadBalancerSourceRanges=["203.0.113.0/25"],
            status={"loadBalancer": {"ingress": [{"ip": "5.6.7.8"}]}},
        ),
        "10.180.0.3:80",
    )

    names = {chain.name for chain in outcome.chains}
    assert {f"KUBE-{kind}-NUKIZ6OKUXPJNT4C" for kind in ("SVC", "SVL", "EXT", "FW")} <= names
    assert all(len(name) <= 28 for name in names)


def test_the_protocol_is_part_of_the_name_in_lower_case() -> None:
    chains = {p: ask(service(protocol=p)).chains[1].name for p in ("TCP", "UDP", "SCTP")}

    assert len(set(chains.values())) == 3


# The lines that TestOverallIPTablesRules of pkg/proxy/iptables/proxier_test.go (v1.37.0) has for each Service.
def test_a_cluster_ip_service() -> None:
    outcome = ask(service("ns1/svc1:p80"))

    assert rules(outcome, "KUBE-SERVICES")[0] == (
        'KUBE-SERVICES -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 --dport 80 '
        "-j KUBE-SVC-XPGD46QRK7WJZT7O"
    )
    assert rules(outcome, "KUBE-SVC") == [
        'KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 '
        "--dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ",
        'KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -j KUBE-SEP-SXIVWICOYRO3J4NJ',
    ]
    assert rules(outcome, "KUBE-SEP") == [
        "KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment ns1/svc1:p80 -s 10.180.0.1 -j KUBE-MARK-MASQ",
        "KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment ns1/svc1:p80 -m tcp -p tcp -j DNAT --to-destination 10.180.0.1:80",
    ]


def test_a_load_balancer_with_policy_local_and_no_pod_here() -> None:
    outcome = ask(
        service(
            "ns2/svc2:p80",
            type="LoadBalancer",
            externalTrafficPolicy="Local",
            externalIPs=["192.168.99.22"],
            healthCheckNodePort=30000,
            node_port=3001,
            status={"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}},
        ),
        "10.180.0.2:80 node=elsewhere",
        client="outside",
    )

    tail = '-m comment --comment "ns2/svc2:p80 has no local endpoints"'
    assert rules(outcome, "KUBE-EXTERNAL-SERVICES", "filter") == [
        f"KUBE-EXTERNAL-SERVICES {tail} -m tcp -p tcp -d 192.168.99.22 --dport 80 -j DROP",
        f"KUBE-EXTERNAL-SERVICES {tail} -m tcp -p tcp -d 1.2.3.4 --dport 80 -j DROP",
        f"KUBE-EXTERNAL-SERVICES {tail} -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 3001 -j DROP",
    ]
    assert rules(outcome, "KUBE-NODEPORTS", "filter") == [
        'KUBE-NODEPORTS -m comment --comment "ns2/svc2:p80 health check node port" -m tcp -p tcp --dport 30000 -j ACCEPT'
    ]
    start = "KUBE-NODEPORTS -m comment --comment ns2/svc2:p80 -m tcp -p tcp"
    assert rules(outcome, "KUBE-NODEPORTS") == [
        f"{start} -d 127.0.0.0/8 --dport 3001 -m nfacct --nfacct-name localhost_nps_accepted_pkts "
        "-j KUBE-EXT-GNZBNJ2PO5MGZ6GT",
        f"{start} --dport 3001 -j KUBE-EXT-GNZBNJ2PO5MGZ6GT",
    ]
    what = "ns2/svc2:p80 external destinations"
    assert rules(outcome, "KUBE-EXT-") == [
        f'KUBE-EXT-GNZBNJ2PO5MGZ6GT -m comment --comment "pod traffic for {what}" -s 10.0.0.0/8 '
        "-j KUBE-SVC-GNZBNJ2PO5MGZ6GT",
        f'KUBE-EXT-GNZBNJ2PO5MGZ6GT -m comment --comment "masquerade LOCAL traffic for {what}" '
        "-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ",
        f'KUBE-EXT-GNZBNJ2PO5MGZ6GT -m comment --comment "route LOCAL traffic for {what}" '
        "-m addrtype --src-type LOCAL -j KUBE-SVC-GNZBNJ2PO5MGZ6GT",
    ]
    assert [rule.split('"')[1] for rule in rules(outcome, "KUBE-SERVICES")[:3]] == [
        "ns2/svc2:p80 cluster IP",
        "ns2/svc2:p80 external IP",
        "ns2/svc2:p80 loadbalancer IP",
    ]
    assert outcome.ports[0].verdict == "dropped"


def test_external_ips_with_policy_cluster_are_masqueraded() -> None:
    outcome = ask(
        service("ns4/svc4:p80", type="NodePort", externalIPs=["192.168.99.33"]),
        "10.180.0.4:80\n10.180.0.5:80",
    )

    assert rules(outcome, "KUBE-EXT-") == [
        "KUBE-EXT-4SW47YFZTEDKD3PK -m comment --comment "
        '"masquerade traffic for ns4/svc4:p80 external destinations" -j KUBE-MARK-MASQ',
        "KUBE-EXT-4SW47YFZTEDKD3PK -j KUBE-SVC-4SW47YFZTEDKD3PK",
    ]
    assert rules(outcome, "KUBE-SVC")[1:] == [
        'KUBE-SVC-4SW47YFZTEDKD3PK -m comment --comment "ns4/svc4:p80 -> 10.180.0.4:80" -m statistic --mode random '
        "--probability 0.5000000000 -j KUBE-SEP-UKSFD7AGPMPPLUHC",
        'KUBE-SVC-4SW47YFZTEDKD3PK -m comment --comment "ns4/svc4:p80 -> 10.180.0.5:80" -j KUBE-SEP-C6EBXVWJJZMIWKLZ',
    ]


def test_source_ranges_and_session_affinity() -> None:
    outcome = ask(
        service(
            "ns5/svc5:p80",
            type="LoadBalancer",
            loadBalancerSourceRanges=[" 203.0.113.0/25"],
            sessionAffinity="ClientIP",
            node_port=3002,
            status={"loadBalancer": {"ingress": [{"ip": "5.6.7.8"}, {"ip": "9.9.9.9", "ipMode": "Proxy"}]}},
        ),
        "10.180.0.3:80",
        client="outside",
    )

    chain = "KUBE-FW-NUKIZ6OKUXPJNT4C"
    assert rules(outcome, "KUBE-FW") == [
        f'{chain} -m comment --comment "ns5/svc5:p80 loadbalancer IP" -s 203.0.113.0/25 -j KUBE-EXT-NUKIZ6OKUXPJNT4C',
        f'{chain} -m comment --comment "other traffic to ns5/svc5:p80 will be dropped by KUBE-PROXY-FIREWALL"',
    ]
    assert rules(outcome, "KUBE-PROXY-FIREWALL", "filter") == [
        f'KUBE-PROXY-FIREWALL -m comment --comment "ns5/svc5:p80 traffic not accepted by {chain}" -m tcp -p tcp '
        "-d 5.6.7.8 --dport 80 -j DROP"
    ]
    assert "-j KUBE-FW-NUKIZ6OKUXPJNT4C" in rules(outcome, "KUBE-SERVICES")[1]
    assert rules(outcome, "KUBE-SVC")[1:] == [
        'KUBE-SVC-NUKIZ6OKUXPJNT4C -m comment --comment "ns5/svc5:p80 -> 10.180.0.3:80" -m recent '
        "--name KUBE-SEP-I77PXRDZVX7PMWMN --rcheck --seconds 10800 --reap -j KUBE-SEP-I77PXRDZVX7PMWMN",
        'KUBE-SVC-NUKIZ6OKUXPJNT4C -m comment --comment "ns5/svc5:p80 -> 10.180.0.3:80" -j KUBE-SEP-I77PXRDZVX7PMWMN',
    ]
    assert rules(outcome, "KUBE-SEP")[1] == (
        "KUBE-SEP-I77PXRDZVX7PMWMN -m comment --comment ns5/svc5:p80 -m recent --name KUBE-SEP-I77PXRDZVX7PMWMN --set "
        "-m tcp -p tcp -j DNAT --to-destination 10.180.0.3:80"
    )
    assert outcome.ports[0].address == "5.6.7.8:80"
    assert [chain[:8] for chain in outcome.ports[0].way] == ["KUBE-FW-", "KUBE-EXT", "KUBE-SVC"]


def test_a_client_stays_for_as_long_as_the_service_says() -> None:
    outcome = ask(
        service(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 60}}),
        "# the only pod\n10.180.0.1:80",
    )

    assert "--rcheck --seconds 60 --reap" in rules(outcome, "KUBE-SVC")[1]
    assert [backend.address for backend in outcome.backends] == ["10.180.0.1:80"]


@pytest.mark.parametrize(("node", "used"), [("n1", ["10.180.0.1:80"]), ("n2", ["10.180.0.2:80"]), ("", [])])
def test_an_endpoint_of_a_slice_is_local_to_its_node(node: str, used: list[str]) -> None:
    endpoints = [{"addresses": [f"10.180.0.{i}"], "nodeName": f"n{i}"} for i in (1, 2)]
    endpoints.append({"addresses": ["10.180.0.3"]})  # it does not say where it runs, so it is local to nobody
    labels = {"kubernetes.io/service-name": "svc"}
    slices = json.dumps(
        {
            "kind": "EndpointSlice",
            "metadata": {"labels": labels},
            "ports": [{"name": "p80", "port": 80}],
            "endpoints": endpoints,
        }
    )

    outcome = ask(service(internalTrafficPolicy="Local"), slices, node=node)

    assert [backend.address for backend in outcome.backends] == used


def test_a_node_inside_the_source_ranges_may_reach_the_load_balancer() -> None:
    text = service(
        type="LoadBalancer",
        loadBalancerSourceRanges=["10.0.0.0/8"],
        status={"loadBalancer": {"ingress": [{"ip": "5.6.7.8"}]}},
    )

    assert "-s 5.6.7.8 -j KUBE-EXT" in rules(ask(text, node_ip="10.1.2.3"), "KUBE-FW")[1]
    assert "-s 5.6.7.8" not in " ".join(rules(ask(text, node_ip="192.168.0.1"), "KUBE-FW"))
    nft = rules(ask(text, node_ip="10.1.2.3", mode="nftables"), "firewall-")[1]
    assert nft.endswith("ip saddr != { 10.0.0.0/8 , 5.6.7.8 } drop")


def test_no_endpoint_is_rejected() -> None:
    outcome = ask(service("ns6/svc6:p80", node_port=3001, type="NodePort"), "10.0.0.1:80 not-ready")

    assert rules(outcome, "KUBE-SERVICES", "filter") == [
        'KUBE-SERVICES -m comment --comment "ns6/svc6:p80 has no endpoints" -m tcp -p tcp -d 172.30.0.41 --dport 80 -j REJECT'
    ]
    assert outcome.chains[0].saved == (
        "-A KUBE-SERVICES -d 172.30.0.41/32 -p tcp -m comment --comment "
        '"ns6/svc6:p80 has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable',
    )
    assert rules(outcome, "KUBE-EXTERNAL-SERVICES", "filter")[0].endswith("--dport 3001 -j REJECT")
    assert not rules(outcome, "KUBE-SVC")
    assert outcome.ports[0].verdict == "rejected"


def test_the_last_rules_are_always_there() -> None:
    outcome = ask(service())

    assert rules(outcome, "KUBE-SERVICES")[-1].endswith("-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS")
    assert rules(outcome, "KUBE-MARK-MASQ") == ["KUBE-MARK-MASQ -j MARK --or-mark 0x4000"]
    assert rules(outcome, "KUBE-POSTROUTING") == [
        "KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN",
        "KUBE-POSTROUTING -j MARK --xor-mark 0x4000",
        'KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ]


def test_iptables_save_puts_addresses_first_and_spells_defaults_out() -> None:
    outcome = ask(service(sessionAffinity="ClientIP"), "10.0.0.1:80\n10.0.0.2:80\n10.0.0.3:80")

    saved = [rule for chain in outcome.chains for rule in chain.saved]
    svc, sep = outcome.chains[1].name, outcome.chains[2].name
    assert (
        f'-A {svc} ! -s 10.0.0.0/8 -d 172.30.0.41/32 -p tcp -m comment --comment "ns/svc:p80 cluster IP" -m tcp '
        "--dport 80 -j KUBE-MARK-MASQ"
    ) in saved
    assert (
        f'-A {svc} -m comment --comment "ns/svc:p80 -> 10.0.0.1:80" -m recent --rcheck --seconds 10800 --reap '
        f"--name {sep} --mask 255.255.255.255 --rsource -j {sep}"
    ) in saved
    assert (
        f'-A {svc} -m comment --comment "ns/svc:p80 -> 10.0.0.1:80" -m statistic --mode random '
        f"--probability 0.33333333349 -j {sep}"
    ) in saved
    assert f'-A {sep} -s 10.0.0.1/32 -m comment --comment "ns/svc:p80" -j KUBE-MARK-MASQ' in saved
    assert (
        f'-A {sep} -p tcp -m comment --comment "ns/svc:p80" -m recent --set --name {sep} --mask 255.255.255.255 '
        "--rsource -m tcp -j DNAT --to-destination 10.0.0.1:80"
    ) in saved
    assert "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000" in saved
    assert "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0" in saved
    assert "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN" in saved
    assert any(rule.startswith("-A KUBE-SERVICES ") and " -m tcp --dport 80 -j " in rule for rule in saved)


@pytest.mark.parametrize(
    ("n", "written", "listed"),
    [
        (2, "0.5000000000", "0.50000000000"),
        (3, "0.3333333333", "0.33333333349"),
        (4, "0.2500000000", "0.25000000000"),
        (5, "0.2000000000", "0.20000000019"),
        (6, "0.1666666667", "0.16666666651"),
        (7, "0.1428571429", "0.14285714272"),
        (1000, "0.0010000000", "0.00100000016"),
    ],
)
def test_probabilities_as_written_and_as_the_kernel_lists_them(n: int, written: str, listed: str) -> None:
    assert (probability_written(n), probability_listed(n)) == (written, listed)


def test_each_rule_takes_its_part_of_what_is_left() -> None:
    backends = ask(service(), "\n".join(f"10.0.0.{i}:80" for i in range(1, 6))).backends

    assert [b.probability_written for b in backends] == [
        "0.2000000000",
        "0.2500000000",
        "0.3333333333",
        "0.5000000000",
        None,
    ]


@settings(deadline=None)
@given(st.integers(1, 300), st.sampled_from(["iptables", "nftables"]))
def test_everybody_gets_almost_the_same_share(count: int, mode: Any) -> None:
    parts = shares(count, mode)

    assert abs(sum(parts) - 1) < 1e-9
    assert all(abs(part - 1 / count) < 1e-6 for part in parts)


def test_the_shares_are_exact() -> None:
    third = threshold(3) / 2**31

    assert shares(3, "nftables") == [1 / 3] * 3
    assert shares(3, "iptables") == [third, (1 - third) / 2, (1 - third) / 2]


def test_every_mode_has_its_own_entrance_and_probabilities() -> None:
    text = service(type="NodePort", node_port=30080)

    def entrance(mode: Any, client: Any) -> str:
        return ask(text, mode=mode, client=client).ports[0].entrance

    assert [entrance("iptables", "pod"), entrance("iptables", "outside")] == [
        "KUBE-SERVICES",
        "KUBE-NODEPORTS",
    ]
    assert [entrance("nftables", "pod"), entrance("nftables", "outside")] == [
        "service-ips",
        "service-nodeports",
    ]
    two = "10.0.0.1:80\n10.0.0.2:80\n10.0.0.3:80"
    listed = [b.probability_listed for b in ask(text, two).backends]
    assert listed == ["0.33333333349", "0.50000000000", None]
    assert [b.probability_listed for b in ask(text, two, mode="nftables").backends] == [None, None, None]


@settings(deadline=None)
@given(st.integers(2, 5000))
def test_the_kernel_number_is_the_nearest_to_what_is_written(n: int) -> None:
    assert abs(threshold(n) - float(probability_written(n)) * (1 << 31)) <= 0.5


def test_the_spread_is_that_of_the_seed_and_near_the_shares() -> None:
    one, again, other = (send([0.5, 0.3, 0.2], 10_000, 1, sticky=False, seed=s) for s in (7, 7, 8))

    assert one == again != other
    assert sum(one) == 10_000
    assert all(abs(got - part) < 250 for got, part in zip(one, (5000, 3000, 2000), strict=True))


def test_each_rule_takes_its_part_of_what_the_others_let_pass() -> None:
    lines = "\n".join(f"10.180.0.{i}:80" for i in range(1, 5))
    (cascade,) = ask(service(), lines).cascades

    assert cascade
    assert [step.chance for step in cascade.steps] == ["1/4", "1/3", "1/2", "1"]
    assert [step.x for step in cascade.steps] == [2.0, 101.0, 200.0, 299.0]
    assert [step.rest for step in cascade.steps] == [396.0, 297.0, 198.0, 99.0]
    assert {step.width for step in cascade.steps} == {99.0}


def test_one_number_decides_at_once_with_nftables() -> None:
    (cascade,) = ask(service(), "10.180.0.1:80\n10.180.0.2:80", mode="nftables").cascades

    assert cascade
    assert [(step.chance, step.rest, step.x) for step in cascade.steps] == [("1/2", 0.0, 2.0), ("1/2", 0.0, 200.0)]


@pytest.mark.parametrize("count", [0, 1, 9])
def test_nothing_is_shared_out_among_one_and_too_many_are_not_drawn(count: int) -> None:
    lines = "\n".join(f"10.180.0.{i}:80" for i in range(1, count + 1))

    assert ask(service(), lines).cascades == (None,)


def test_a_sticky_client_stays() -> None:
    assert sorted(send([0.5, 0.5], 1000, 1, sticky=True, seed=3)) == [0, 1000]
    assert send([], 1000, 1, sticky=True, seed=3) == []


# The situations of pkg/proxy/topology_test.go, v1.37.0: endpoints as lines, what a pod on node n1 in zone a uses.
@pytest.mark.parametrize(
    ("lines", "policy", "used"),
    [
        ("1 zone=a|2 zone=b|3 zone=a", {}, "1 3"),
        ("1 zone=b|2 zone=b", {}, "1 2"),
        ("1 zone=a|2", {}, "1 2"),
        ("1 zone=a not-ready|2 zone=b", {}, "2"),
        ("1 not-ready|2", {}, "2"),
        ("1 terminating|2", {}, "2"),
        ("1 terminating|2 terminating|3 not-ready", {}, "1 2"),
        ("1 node=n1|2 node=n2", {"internalTrafficPolicy": "Local"}, "1"),
        ("1 node=n2|2 node=n2", {"internalTrafficPolicy": "Local"}, ""),
        ("1 node=n1 terminating|2 node=n2", {"internalTrafficPolicy": "Local"}, "1"),
        ("1 node=n1 terminating|2 node=n1", {"internalTrafficPolicy": "Local"}, "2"),
        ("1 node=n1 not-ready|2 node=n1", {"internalTrafficPolicy": "Local"}, "2"),
        ("1 node=n1 not-ready|2 node=n2", {"internalTrafficPolicy": "Local"}, ""),
        ("1 not-ready|2 not-ready", {}, ""),
    ],
)
def test_which_endpoints_a_node_uses(lines: str, policy: dict[str, str], used: str) -> None:
    endpoints = "\n".join(f"10.0.0.{line[0]}:80{line[1:]}" for line in lines.split("|"))

    outcome = ask(service(**policy), endpoints, node="n1", zone="a")

    assert [b.address for b in outcome.backends] == [f"10.0.0.{i}:80" for i in used.split()]


def test_hints_for_other_nodes_are_not_used() -> None:
    for_nodes = SLICE.replace("forZones: [{name: a}]", "forNodes: [{name: node-1}]").replace(
        "forZones: [{name: b}]", "forNodes: [{name: node-2}]"
    )

    def used(node: str, text: str = for_nodes) -> int:
        return len(ask(service("shop/web:http"), text, node=node).backends)

    assert [used("node-1"), used("node-2"), used("node-9")] == [2, 1, 3]
    assert used("node-1", for_nodes.replace("hints: {forNodes: [{name: node-2}]}", "hints: {}")) == 3


def test_unready_endpoints_here_are_nobody() -> None:
    outcome = ask(service(internalTrafficPolicy="Local"), "10.0.0.1:80 node=n1 not-ready", node="n1")

    assert outcome.ports[0].verdict == "rejected"


def test_clusters_choice_and_local_choice_are_both_written() -> None:
    text = service(type="NodePort", node_port=30080, externalTrafficPolicy="Local")
    endpoints = "10.0.0.1:80 node=n1 terminating\n10.0.0.2:80 node=n2"

    inside = ask(text, endpoints, node="n1")
    outside = ask(text, endpoints, node="n1", client="outside")

    assert [b.address for b in inside.backends] == ["10.0.0.2:80"]
    assert [b.address for b in outside.backends] == ["10.0.0.1:80"]
    assert [rule.split()[0][:8] for rule in rules(inside, "KUBE-S") if "DNAT" in rule] == [
        "KUBE-SEP",
        "KUBE-SEP",
    ]
    assert outside.ports[0].address == "*:30080"
    assert [name[:8] for name in outside.ports[0].way] == ["KUBE-EXT", "KUBE-SVL"]


def test_every_fate_is_told() -> None:
    slices = ask(service("shop/web:http"), SLICE, zone="a").ports[0].candidates
    lines = "10.0.0.1:80 node=n1\n10.0.0.2:80 node=n2\n10.0.0.3:80 terminating\n10.0.0.4:80 not-ready"
    local = ask(service(internalTrafficPolicy="Local"), lines, node="n1").ports[0].candidates
    nodes = SLICE.replace("forZones: [{name: a}]", "forNodes: [{name: node-1}]").replace("forZones", "forNodes")
    by_node = ask(service("shop/web:http"), nodes, node="node-1").ports[0].candidates

    assert [c.fate for c in slices] == ["used", "other-zone", "used", "not-ready"]
    assert [c.fate for c in local] == ["used", "not-local", "terminating", "not-ready"]
    assert [c.fate for c in by_node] == ["used", "other-node", "used", "not-ready"]


def test_only_slices_of_the_service_and_its_port_count() -> None:
    other = SLICE.replace("service-name: web", "service-name: other")
    renamed = SLICE.replace("name: http", "name: metrics")

    assert len(ask(service("shop/web:http"), SLICE).backends) == 3
    assert not ask(service("shop/web:http"), other).backends
    assert not ask(service("shop/web:http"), renamed).backends
    assert not ask(service("elsewhere/web:http"), SLICE).backends
    assert not ask(service("shop/web:http"), SLICE.replace("port: 8080", "port: null")).backends
    assert len(ask(service("shop/web:http"), f"{SLICE}---\n{SLICE}").backends) == 3


def test_endpoints_stand_in_the_order_of_their_text() -> None:
    backends = ask(service(), "10.0.0.2:80\n10.0.0.10:80\n10.0.0.1:80\n10.0.0.2:80").backends

    assert [b.address for b in backends] == ["10.0.0.10:80", "10.0.0.1:80", "10.0.0.2:80"]


def test_several_ports_have_chains_of_their_own() -> None:
    text = (
        "kind: Service\nmetadata: {name: web}\nspec:\n  clusterIP: 10.96.0.1\n  ports:\n"
        "  - {name: a, port: 80}\n  - {name: b, port: 443}\n"
    )

    outcome = ask(text, "10.0.0.1:80")

    assert [(port.full_name, len(port.backends)) for port in outcome.ports] == [
        ("default/web:a", 1),
        ("default/web:b", 1),
    ]
    assert len([c for c in outcome.chains if c.name.startswith("KUBE-SVC")]) == 2


def test_without_a_pod_network_nothing_is_masqueraded_by_it() -> None:
    assert len(rules(ask(service(), cluster_cidr=""), "KUBE-SVC")) == 1
    assert len(rules(ask(service(), cluster_cidr="fd00::/8"), "KUBE-SVC")) == 1


def test_nftables_chains_and_elements() -> None:
    outcome = ask(service("ns1/svc1:p80"), mode="nftables")

    svc = "service-ULMVA6XW-ns1/svc1/tcp/p80"
    assert [rule for chain in outcome.chains for rule in chain.rules] == [
        "add element ip kube-proxy cluster-ips { 172.30.0.41 }",
        f"add element ip kube-proxy service-ips {{ 172.30.0.41 . tcp . 80 : goto {svc} }}",
        "add element ip kube-proxy hairpin-connections { 10.180.0.1 . 10.180.0.1 . tcp . 80 }",
        f"add rule ip kube-proxy {svc} meta l4proto tcp dnat to 10.180.0.1:80",
    ]


def test_nftables_draws_among_addresses_and_remembers_only_with_affinity() -> None:
    two = "10.180.0.1:80\n10.180.0.2:80 node=elsewhere"

    plain, sticky = (ask(service(sessionAffinity=kind), two, mode="nftables") for kind in ("None", "ClientIP"))

    assert rules(plain, "service-")[-1].endswith(
        "meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : 10.180.0.1 . 80 , 1 : 10.180.0.2 . 80 }"
    )
    assert not rules(plain, "endpoint-")
    assert {backend.chain for backend in plain.backends} == {plain.ports[0].way[-1]}
    assert len(rules(sticky, "endpoint-")) == 4
    assert all(backend.chain.startswith("endpoint-") for backend in sticky.backends)


# endpointslicecache.go, addEndpoints, v1.37.2: an address of a Pod that is gone may already be another's.
def test_of_twins_the_last_that_stays_counts() -> None:
    ways = ({"ready": False, "serving": True, "terminating": True}, {"ready": True}, {"ready": False})
    for order, used in (((0, 1), 1), ((1, 0), 1), ((1, 2), 0)):
        twins = [{"addresses": ["10.180.0.1"], "conditions": ways[i]} for i in order]
        of = {"namespace": "ns", "name": "svc-abcde", "labels": {"kubernetes.io/service-name": "svc"}}
        ports = [{"name": "p80", "port": 80}]
        slices = {"kind": "EndpointSlice", "metadata": of, "addressType": "IPv4", "ports": ports, "endpoints": twins}

        assert len(ask(service(), json.dumps(slices)).backends) == used


def test_nftables_of_a_load_balancer() -> None:
    outcome = ask(
        service(
            "ns5/svc5:p80",
            type="LoadBalancer",
            externalTrafficPolicy="Local",
            loadBalancerSourceRanges=["203.0.113.0/25"],
            sessionAffinity="ClientIP",
            node_port=3002,
            status={"loadBalancer": {"ingress": [{"ip": "5.6.7.8"}]}},
        ),
        "10.180.0.3:80 node=elsewhere\n10.180.0.4:80 node=elsewhere",
        mode="nftables",
    )

    base = "HVFWP5L3-ns5/svc5/tcp/p80"
    text = "\n".join(rule for chain in outcome.chains for rule in chain.rules)
    for line in (
        f"service-ips {{ 5.6.7.8 . tcp . 80 : goto external-{base} }}",
        f"service-nodeports {{ tcp . 3002 : goto external-{base} }}",
        f"firewall-ips {{ 5.6.7.8 . tcp . 80 : goto firewall-{base} }}",
        f"firewall-{base} ip saddr != {{ 203.0.113.0/25 }} drop",
        'no-endpoint-services { 5.6.7.8 . tcp . 80 comment "ns5/svc5:p80" : drop }',
        'no-endpoint-nodeports { tcp . 3002 comment "ns5/svc5:p80" : drop }',
        f'external-{base} ip saddr 10.0.0.0/8 goto service-{base} comment "short-circuit pod traffic"',
        f'external-{base} fib saddr type local mark set mark or 0x00004000 comment "masquerade local traffic"',
        f'external-{base} fib saddr type local goto service-{base} comment "short-circuit local traffic"',
        f"service-{base} ip saddr @affinity-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80 "
        "goto endpoint-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80",
        "update @affinity-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80 { ip saddr }",
        "numgen random mod 2 vmap { 0 : goto endpoint-",
    ):
        assert line in text


def test_nftables_without_endpoints_goes_to_the_reject_chain() -> None:
    text = "\n".join(rule for chain in ask(service(), "", mode="nftables").chains for rule in chain.rules)

    assert 'no-endpoint-services { 172.30.0.41 . tcp . 80 comment "ns/svc:p80" : goto reject-chain }' in text


def test_ipv6_has_brackets_and_its_own_words() -> None:
    text = service(clusterIP="fd00:10:96::1", sessionAffinity="ClientIP")

    outcome = ask(text, "[fd00:10:244::0a]:80\n10.0.0.1:80", cluster_cidr="fd00:10:244::/56")

    assert [b.address for b in outcome.backends] == ["[fd00:10:244::a]:80"]
    saved = "\n".join(rule for chain in outcome.chains for rule in chain.saved)
    assert "-s fd00:10:244::a/128" in saved
    assert "--mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" in saved
    assert "--dst-type LOCAL ! -d ::1/128 -j KUBE-NODEPORTS" in rules(outcome, "KUBE-SERVICES")[-1]
    assert "! -d ::1/128" in saved
    assert outcome.ports[0].address == "[fd00:10:96::1]:80"
    nft = ask(text, "[fd00:10:244::a]:80", mode="nftables")
    assert "p80__fd00.10.244..a/80" in nft.backends[0].chain
    elements = "\n".join(rule for chain in nft.chains for rule in chain.rules)
    assert "hairpin-connections { fd00:10:244::a . fd00:10:244::a . tcp . 80 }" in elements
    assert f"ip6 saddr @affinity-{nft.backends[0].chain.removeprefix('endpoint-')} goto endpoint-" in elements
    assert "add element ip6 kube-proxy service-ips { fd00:10:96::1 . tcp . 80 : goto " in elements
    rejected = ask(service(clusterIP="fd00::1"), "")
    assert "icmp6-port-unreachable" in rejected.chains[0].saved[0]


@pytest.mark.parametrize(
    ("spec", "key"),
    [
        ({"clusterIP": "None"}, "verdict.headless"),
        ({"type": "ExternalName", "clusterIP": "", "externalName": "a.example.com"}, "verdict.external-name"),
    ],
)
def test_some_services_are_left_alone(spec: dict[str, str], key: str) -> None:
    outcome = ask(service(**spec))

    assert (outcome.verdict.key, outcome.chains, outcome.backends) == (key, (), ())


def test_a_label_keeps_kube_proxy_away() -> None:
    text = "{kind: Service, metadata: {name: a, labels: {service.kubernetes.io/service-proxy-name: x}}, spec: {ports: [{port: 80}]}}"

    assert ask(text).verdict.key == "verdict.other-proxy"


def test_from_outside_a_cluster_ip_cannot_be_reached() -> None:
    outcome = ask(service(), client="outside")

    assert (outcome.ports[0].verdict, outcome.backends) == ("not-reachable", ())


SPEC = "kind: Service\nmetadata: {name: a}\nspec: "


@pytest.mark.parametrize(
    ("inputs", "code", "field"),
    [
        ({"service": ""}, "manifest-empty", "service"),
        ({"service": "kind: Pod"}, "manifest-kind", "service"),
        ({"service": "kind: Service"}, "api-missing", "service"),
        ({"service": SPEC + "{clusterIP: 10.0.0.1}"}, "api-missing", "service"),
        ({"service": SPEC + "{clusterIP: 10.0.0.1, ports: [{}]}"}, "api-port", "service"),
        ({"service": SPEC + "{clusterIP: 10.0.0.1, ports: [{port: 0}]}"}, "api-port", "service"),
        (
            {"service": SPEC + "{clusterIP: 10.0.0.1, ports: [{port: 1, protocol: ICMP}]}"},
            "api-one-of",
            "service",
        ),
        (
            {"service": SPEC + "{clusterIP: 10.0.0.1, ports: [{port: 1}, {port: 2}]}"},
            "api-missing",
            "service",
        ),
        (
            {"service": SPEC + "{clusterIP: 10.0.0.1, ports: [{name: a, port: 1}, {name: a, port: 2}]}"},
            "api-twice",
            "service",
        ),
        (
            {"service": SPEC + "{clusterIP: 10.0.0.1, ports: [{name: a, port: 1}, {name: b, port: 1}]}"},
            "api-twice",
            "service",
        ),
        ({"service": SPEC + "{clusterIP: 10.0.0, ports: [{port: 1}]}"}, "api-address", "service"),
        ({"service": SPEC + "{type: Magic, ports: [{port: 1}]}"}, "api-one-of", "service"),
        (
            {"service": SPEC + "{clusterIP: 10.0.0.1, ports: [{port: 1}], internalTrafficPolicy: Zone}"},
            "api-one-of",
            "service",
        ),
        (
            {"service": SPEC + "{clusterIP: 10.0.0.1, ports: [{port: 1}], sessionAffinity: Cookie}"},
            "api-one-of",
            "service",
        ),
        (
            {"service": SPEC + "{type: LoadBalancer, ports: [{port: 1}], loadBalancerSourceRanges: [x]}"},
            "api-address",
            "service",
        ),
        ({"endpoints": "web-1:80"}, "service-line", "endpoints"),
        ({"endpoints": "10.0.0.1"}, "service-line", "endpoints"),
        ({"endpoints": "10.0.0.1:99999"}, "service-line", "endpoints"),
        ({"endpoints": "10.0.0.1:80 sometimes"}, "service-line-word", "endpoints"),
        ({"endpoints": "10.0.0.1:80\n" * 1001}, "service-many-endpoints", "endpoints"),
        ({"endpoints": "kind: Node"}, "manifest-kind", "endpoints"),
        ({"cluster_cidr": "10.0.0.0/99"}, "service-network", "cluster_cidr"),
        ({"node_ip": "node-1"}, "service-address", "node_ip"),
    ],
)
def test_what_cannot_be_read_is_refused(inputs: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(**inputs))

    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_as_many_endpoints_as_are_allowed_and_no_more() -> None:
    lines = [f"10.0.{i // 250}.{i % 250 + 1}:65535" for i in range(1001)]

    assert len(ask(service(), "\n".join(lines[:1000])).backends) == 1000
    with pytest.raises(Refusal, match="service-many-endpoints"):
        ask(service(), "\n".join(lines))
    with pytest.raises(Refusal, match="service-line"):
        ask(service(), "10.0.0.1:65536")


def ported(ports: int) -> str:
    return (
        SPEC
        + "{clusterIP: 10.0.0.1, ports: ["
        + ", ".join(f"{{port: {n}, name: p{n}}}" for n in range(1, ports + 1))
        + "]}"
    )


def test_what_is_little_for_one_port_may_be_much_for_all_of_them() -> None:
    """A request of 7 kB could ask for 25 million random numbers, or for 100,000 chains."""
    lines = "\n".join(f"10.1.{i // 250}.{i % 250 + 1}:80" for i in range(1000))

    assert len(run(Inputs(service=ported(40), connections=100_000)).ports) == 40
    with pytest.raises(Refusal, match="service-many-drawn"):
        run(Inputs(service=ported(41), connections=100_000))
    assert len(run(Inputs(service=ported(10), endpoints=lines)).backends) == 10_000
    with pytest.raises(Refusal, match="service-many-reached"):
        run(Inputs(service=ported(11), endpoints=lines))


def test_a_terminating_endpoint_of_a_slice_serves_only_when_nobody_is_ready() -> None:
    """Serving and terminating: the last resort, pkg/proxy/topology.go."""

    def used(ready: bool) -> list[str]:
        leaving = {"ready": False, "serving": True, "terminating": True}
        endpoints = [
            {"addresses": ["10.180.0.1"], "nodeName": "node-1", "conditions": leaving},
            {"addresses": ["10.180.0.2"], "nodeName": "node-1", "conditions": {"ready": ready, "serving": ready}},
        ]
        labels = {"kubernetes.io/service-name": "svc"}
        text = {
            "kind": "EndpointSlice",
            "metadata": {"labels": labels},
            "ports": [{"name": "p80", "port": 80}],
            "endpoints": endpoints,
        }
        return [backend.address for backend in ask(service(), json.dumps(text)).backends]

    assert used(ready=True) == ["10.180.0.2:80"]
    assert used(ready=False) == ["10.180.0.1:80"]


def test_a_service_that_is_not_reached_from_outside_may_have_no_external_policy() -> None:
    """validateServiceExternalTrafficPolicy; externalIPs make it reachable."""
    with pytest.raises(Refusal, match="api-leave-out"):
        ask(service(externalTrafficPolicy="Local"), "10.180.0.1:80 node=n2", node="n1")

    outcome = ask(service(externalTrafficPolicy="Local", externalIPs=["192.0.2.1"]), "10.180.0.1:80 node=n2", node="n1")

    assert rules(outcome, "KUBE-SVL") == []
    assert [backend.address for backend in outcome.backends] == ["10.180.0.1:80"]


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ("{clusterIP: 10.0.0, ports: [{port: 1}]}", "clusterIP"),
        ("{clusterIP: 10.0.0.1, ports: [{port: 1, protocol: ICMP}]}", "ports[0].protocol"),
        ("{clusterIP: 10.0.0.1, ports: [{name: a, port: 1}, {port: 2}]}", "ports[1].name"),
        ("{clusterIP: 10.0.0.1, ports: [{name: a, port: 1}, {name: a, port: 2}]}", "ports[1].name"),
        ("{clusterIP: 10.0.0.1, ports: [{port: 1}], sessionAffinity: Cookie}", "sessionAffinity"),
        (
            "{clusterIP: 10.0.0.1, ports: [{port: 1}], sessionAffinity: ClientIP, "
            "sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}}",
            "sessionAffinityConfig.clientIP.timeoutSeconds",
        ),
    ],
)
def test_what_is_refused_is_pointed_at(spec: str, where: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(service=SPEC + spec))

    assert refusal.value.where == f"documents[0].spec.{where}"


@pytest.mark.parametrize(
    ("spec", "key"),
    [
        ("{clusterIP: 10.0.0.1}", "spec.ports: Required value"),
        (
            "{clusterIP: 10.0.0.1, ports: [{}]}",
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
    ],
)
def test_what_is_missing_is_named_in_the_words_of_the_api_server(spec: str, key: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(service=SPEC + spec))

    assert refusal.value.values == {"said": key}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70000) | st.sampled_from(["10.0.0.1", "Local", "TCP", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["ports", "port", "name", "clusterIP", "spec", "metadata", "type", "endpoints", "addresses"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def answer(inputs: dict[str, Any]) -> str:
    try:
        run(Inputs(**inputs))
    except Refusal as refusal:
        return refusal.code
    return "answered"


@settings(deadline=None)
@given(json_values, st.text(max_size=30))
def test_rubbish_is_refused_and_nothing_else(value: Any, line: str) -> None:
    for inputs in (
        {"service": json.dumps({"kind": "Service", "metadata": {"name": "a"}, "spec": value})},
        {"endpoints": json.dumps({"kind": "EndpointSlice", "ports": [{"port": 1}], "endpoints": value})},
        {"endpoints": line, "cluster_cidr": line},
        {"service": line, "node_ip": line},
    ):
        assert answer(inputs)


WORDS = words_beside(__file__)


def test_everything_is_said_in_both_languages() -> None:
    assert {f"fate.{code}" for code in get_args(Fate)} <= WORDS.keys()
    assert {f"verdict.{code}" for code in get_args(Verdict)} <= WORDS.keys()
    for example in WIDGET.examples:
        for mode in ("iptables", "nftables"):
            inputs: dict[str, Any] = {**example.inputs, "mode": mode}
            outcome = run(Inputs(**inputs))
            for said in (outcome.verdict, outcome.why, *outcome.sums):
                for language in LANGUAGES:
                    assert WORDS.text(language, said.key, **said.values)
            assert {f"chain.{chain.why}" for chain in outcome.chains} <= WORDS.keys()
