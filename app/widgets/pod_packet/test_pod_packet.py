"""Pod packet: every header is a real one, every hop changes what that hop changes, and nothing else."""

import re
from contextlib import suppress
from functools import cache
from math import isclose
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.frame import Frame
from app.kube.refusal import Refusal
from app.widgetkit.saying import words_beside
from app.widgets.pod_packet import rules, service
from app.widgets.pod_packet.cast import DEFAULT, Endpoint, Network, parse_endpoints
from app.widgets.pod_packet.header import TCP, Ethernet, Icmp, Ip, Packet, Tcp, Udp, checksum
from app.widgets.pod_packet.model import Fault, Name, SceneName, Story, tell
from app.widgets.pod_packet.widget import Inputs, run

WORDS = words_beside(__file__)
SCENES: tuple[SceneName, ...] = get_args(SceneName)
NETWORKS: tuple[Network, ...] = get_args(Network)
NAMES: tuple[Name, ...] = get_args(Name)
FAULTS: tuple[Fault, ...] = get_args(Fault)
ENDPOINTS = (DEFAULT, "2", "1", "")
RUNS = [
    (scene, network, endpoints, name, fault)
    for scene in SCENES
    for network in NETWORKS
    for endpoints in (ENDPOINTS if scene == "service" else (DEFAULT,))
    for name in (NAMES if scene == "service" else ("web",))
    for fault in FAULTS
]


@cache
def story(
    scene: SceneName, network: Network = "vxlan", endpoints: str = DEFAULT, name: Name = "web", fault: Fault = "none"
) -> Story:
    return tell(scene, network, endpoints, name, fault)


@cache
def read(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def headers(frame: Frame) -> dict[str, dict[str, Any]]:
    shown: dict[str, dict[str, Any]] = read(frame.objects[0].yaml)
    return shown


def the(told: Story, key: str) -> Frame:
    return next(frame for frame in told.frames if frame.key == key)


def changes(before: Frame, after: Frame) -> set[str]:
    """The header fields that differ, as `ip.ttl`."""
    old = {f"{h}.{f}": v for h, fields in headers(before).items() for f, v in fields.items()}
    new = {f"{h}.{f}": v for h, fields in headers(after).items() for f, v in fields.items()}
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


# Headers


def test_the_checksum_of_a_known_header() -> None:
    """The worked example of an IPv4 header: UDP, 192.168.0.1 to 192.168.0.199, 115 bytes."""
    header = Ip("192.168.0.1", "192.168.0.199", 17).header(115)

    assert header.hex() == "450000730000400040" + "11b861c0a80001c0a800c7"


def test_the_checksum_of_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 65535), st.integers(1, 65535), st.integers(1, 255))
def test_a_receiver_finds_every_checksum_right(data: bytes, src: int, dst: int, ttl: int) -> None:
    """Summed over header, data and its own checksum, the result is zero (RFC 1071)."""
    ip = Ip("10.244.1.9", "10.244.2.7", TCP, ttl=ttl)
    transports: tuple[Tcp | Udp | Icmp, ...] = (Tcp(src, dst, "PSH,ACK"), Tcp(src, dst, "SYN", mss=1410), Udp(src, dst))
    for transport in transports:
        segment = transport.segment(ip, data)
        assert checksum(ip.pseudo(len(segment)) + segment) == 0
    assert checksum(Icmp(3, 3, "port unreachable").segment(ip, data)) == 0
    assert checksum(ip.header(20 + len(data))) == 0


def test_lengths_are_those_of_the_bytes() -> None:
    syn = Packet(Ethernet("a", "b"), Ip("10.0.0.1", "10.0.0.2", TCP), Tcp(1, 2, "SYN", mss=1410))

    assert (syn.length, len(syn.segment)) == (60, 40)


# What each hop changes


def test_a_switch_changes_nothing() -> None:
    told = story("same-node")

    assert changes(the(told, "send"), the(told, "switch")) == set()


@pytest.mark.parametrize("network", NETWORKS)
def test_a_router_changes_link_addresses_and_ttl(network: Network) -> None:
    told = story("other-node", network)
    routed = {"ethernet.src", "ethernet.dst", "ip.ttl", "ip.checksum"}

    assert changes(the(told, "send"), the(told, "route")) == routed
    before = the(told, "unwrap" if network == "vxlan" else "cross")
    assert changes(before, the(told, "deliver")) == routed


def test_vxlan_adds_its_headers_and_leaves_the_inner_ones_alone() -> None:
    told = story("other-node")
    outer = {name.split(".")[0] for name in changes(the(told, "route"), the(told, "wrap"))}

    assert outer == {"outer ethernet", "outer ip", "outer udp", "vxlan"}
    assert changes(the(told, "wrap"), the(told, "cross")) == set()
    assert headers(the(told, "unwrap")) == headers(the(told, "route"))
    assert headers(the(told, "wrap"))["outer udp"]["dst"] == 8472
    assert headers(the(told, "wrap"))["vxlan"]["vni"] == 1


@pytest.mark.parametrize("key", ["wrap", "data"])
def test_vxlan_costs_fifty_bytes(key: str) -> None:
    shown = headers(the(story("other-node"), key))

    assert shown["outer ip"]["length"] == shown["ip"]["length"] + 50
    assert shown["outer udp"]["length"] == shown["outer ip"]["length"] - 20


@pytest.mark.parametrize(
    ("network", "mtu", "inner", "wire"), [("vxlan", 1450, 1450, 1500), ("host-gw", 1500, 1500, 1500)]
)
def test_a_full_segment_fills_the_wire(network: Network, mtu: int, inner: int, wire: int) -> None:
    """flannel: the overlay leaves 1450 to a Pod, plain routing all 1500."""
    told = story("other-node", network)
    shown = headers(the(told, "data"))

    assert told.pod_mtu == mtu
    assert shown["ip"]["length"] == inner
    assert shown.get("outer ip", shown["ip"])["length"] == wire
    assert f"mss {mtu - 40}" in headers(the(told, "send"))["tcp"]["options"]


def test_dnat_changes_the_destination_and_nothing_else() -> None:
    told = story("service")

    assert changes(the(told, "pick"), the(told, "rewrite")) == {"ip.dst", "ip.checksum", "tcp.dst", "tcp.checksum"}
    assert headers(the(told, "rewrite"))["ip"]["dst"] == "10.244.2.7"
    assert headers(the(told, "rewrite"))["tcp"]["dst"] == 8080


def test_the_reply_comes_from_the_address_that_was_called() -> None:
    told = story("service")
    answer, arrive = headers(the(told, "answer")), headers(the(told, "arrive"))

    assert (answer["ip"]["src"], answer["tcp"]["src"]) == ("10.244.2.7", 8080)
    assert (arrive["ip"]["src"], arrive["tcp"]["src"]) == ("10.96.44.12", 80)
    assert (arrive["ip"]["dst"], arrive["tcp"]["dst"]) == ("10.244.1.9", 41326)
    assert arrive["ip"]["ttl"] == 62


def test_the_pod_of_a_service_sees_the_client() -> None:
    assert headers(the(story("service"), "deliver"))["ip"]["src"] == "10.244.1.9"


def test_nothing_leaves_the_pod_or_the_node() -> None:
    for frame in story("same-pod").frames:
        ip = headers(frame)["ip"]
        assert (ip["src"], ip["dst"], ip["ttl"]) == ("127.0.0.1", "127.0.0.1", 64)
    assert all(headers(frame).get("ip", {"ttl": 64})["ttl"] == 64 for frame in story("same-node").frames)


# Rules and names


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (rules.SERVICE_CHAIN, "KUBE-SVC-LOLE4ISW44XBNF3G"),
        (rules.endpoint_chain(Endpoint("10.244.1.5", 8080)), "KUBE-SEP-XQWD6PXGZUTOOIVQ"),
        (rules.endpoint_chain(Endpoint("10.244.2.7", 8080)), "KUBE-SEP-CBPCTALQVABL5M2H"),
        (rules.endpoint_chain(Endpoint("10.244.2.8", 8080)), "KUBE-SEP-UABQ33Y5R34NUNMP"),
    ],
)
def test_chains_have_the_names_that_kube_proxy_gives(name: str, known: str) -> None:
    """base32(sha256("default/web" + "tcp" + endpoint)), 16 characters of it (proxier.go portProtoHash)."""
    assert name == known


@pytest.mark.parametrize(
    ("left", "text"), [(2, "0.50000000000"), (3, "0.33333333349"), (4, "0.25000000000"), (5, "0.20000000019")]
)
def test_probabilities_are_listed_as_the_kernel_keeps_them(left: int, text: str) -> None:
    assert rules.listed(left) == text


@pytest.mark.parametrize("count", range(1, 21))
def test_each_endpoint_gets_its_share(count: int) -> None:
    endpoints = parse_endpoints(str(count))
    lines = rules.service_chain(endpoints).splitlines()[1:]
    chances = [float(m[1]) if (m := re.search(r"--probability (\S+)", line)) else 1.0 for line in lines]

    assert len(lines) == count
    left = 1.0
    for chance in chances:
        assert isclose(left * chance, 1 / count, rel_tol=1e-8)
        left *= 1 - chance


@pytest.mark.parametrize(
    ("name", "tries"),
    [
        ("web", ["web.default.svc.cluster.local."]),
        ("web.default", ["web.default.default.svc.cluster.local.", "web.default.svc.cluster.local."]),
        (
            "web.default.svc.cluster.local",
            [
                "web.default.svc.cluster.local.default.svc.cluster.local.",
                "web.default.svc.cluster.local.svc.cluster.local.",
                "web.default.svc.cluster.local.cluster.local.",
                "web.default.svc.cluster.local.",
            ],
        ),
        ("web.default.svc.cluster.local.", ["web.default.svc.cluster.local."]),
    ],
)
def test_a_name_walks_the_search_list(name: Name, tries: list[str]) -> None:
    told = story("service", name=name)
    asked = [headers(frame)["data"]["is"] for frame in told.frames if frame.key in ("miss", "query")]

    assert asked == [f"A? {tried}" for tried in tries]
    assert the(told, "name").say.values["misses"] == str(len(tries) - 1)


def test_five_dots_are_enough_to_be_asked_first() -> None:
    assert service.candidates("a.b.c.d.e.f")[0] == "a.b.c.d.e.f."
    assert service.candidates("a.b.c.d.e")[-1] == "a.b.c.d.e."


def test_a_query_is_as_long_as_on_the_wire() -> None:
    """Header 12, name (labels with their lengths, and a zero) 31, type and class 4: 47 bytes (RFC 1035)."""
    assert len(service.question("web.default.svc.cluster.local.")) == 12 + 31 + 4


# Endpoints


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", "endpoint-form"),
        ("10.244.1.5", "endpoint-form"),
        ("10.244.1.5:0", "endpoint-form"),
        ("10.244.1.5:65536", "endpoint-form"),
        ("10.244.1.５:80", "endpoint-form"),
        ("[fd00::1]:80", "endpoint-form"),
        ("192.168.0.5:80", "endpoint-foreign"),
        ("10.244.3.5:80", "endpoint-foreign"),
        ("10.244.1.9:80", "endpoint-taken"),
        ("10.244.2.1:80", "endpoint-taken"),
        ("10.244.2.255:80", "endpoint-taken"),
        ("21", "too-many-endpoints"),
        ("\n".join(f"10.244.1.{n}:80" for n in range(20, 60)), "too-many-endpoints"),
    ],
)
def test_what_is_no_endpoint_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_endpoints(text)

    assert (caught.value.code, caught.value.field) == (code, "endpoints")
    assert f"refusal.{code}" in WORDS


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text("0123456789.:, \n", max_size=60)))
def test_any_text_is_taken_or_refused(text: str) -> None:
    with suppress(Refusal):
        assert len(parse_endpoints(text)) <= 20


def test_endpoints_may_be_written_in_several_ways() -> None:
    lines = parse_endpoints("10.244.2.7:8080\n10.244.1.5:8080 # the first\n\n10.244.2.7:8080")

    assert lines == parse_endpoints("10.244.1.5:8080, 10.244.2.7:8080")
    assert [str(endpoint) for endpoint in lines] == ["10.244.1.5:8080", "10.244.2.7:8080"]
    assert run(Inputs.model_validate({"scene": "service", "endpoints": ["10.244.1.5:80"]})).target == "10.244.1.5:80"
    assert len(parse_endpoints("20")) == len(set(parse_endpoints("20"))) == 20


addresses = st.builds(
    lambda node, last, port: f"10.244.{node}.{last}:{port}",
    st.integers(1, 2),
    st.integers(10, 254),
    st.integers(1, 65535),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(addresses, min_size=1, max_size=20), st.sampled_from(NETWORKS))
def test_whatever_the_endpoints_one_of_them_answers(listed: list[str], network: Network) -> None:
    told = tell("service", network, "\n".join(listed), "web", "none")

    assert told.target in listed
    assert told.frames[-1].actors["client"] == "has-page"
    assert told.frames[-1].terminal.endswith("65536 bytes")
    assert headers(the(told, "rewrite"))["ip"]["dst"] == told.target.split(":")[0]


# Faults

ENDS = [
    # scene, network, endpoints, fault, last key, what curl says, end
    ("other-node", "vxlan", DEFAULT, "wrong-mtu", "hang", "(28) Operation timed out", "wrong-mtu"),
    ("other-node", "host-gw", DEFAULT, "wrong-mtu", "hang", "(28) Operation timed out", "wrong-mtu"),
    ("other-node", "vxlan", DEFAULT, "tunnel-blocked", "give-up", "(28) Connection timed out", "tunnel-blocked"),
    ("other-node", "host-gw", DEFAULT, "tunnel-blocked", "page", "", "unmet"),
    ("same-node", "vxlan", DEFAULT, "wrong-mtu", "page", "", "unmet"),
    ("service", "vxlan", DEFAULT, "coredns-down", "no-name", "(6) Could not resolve host: web", "coredns-down"),
    (
        "service",
        "vxlan",
        DEFAULT,
        "kube-proxy-down",
        "unreachable",
        "(7) Failed to connect to web port 80",
        "kube-proxy-down",
    ),
    (
        "service",
        "vxlan",
        "1",
        "kube-proxy-down",
        "unreachable",
        "(7) Failed to connect to web port 80",
        "kube-proxy-down",
    ),
    (
        "service",
        "vxlan",
        DEFAULT,
        "no-ready-endpoint",
        "refused",
        "(7) Failed to connect to web port 80",
        "no-ready-endpoint",
    ),
    ("service", "vxlan", "", "none", "refused", "(7) Failed to connect to web port 80", "no-ready-endpoint"),
    ("service", "vxlan", DEFAULT, "wrong-mtu", "hang", "(28) Operation timed out", "wrong-mtu"),
    ("service", "vxlan", "1", "wrong-mtu", "page", "", "unmet"),
    ("service", "vxlan", DEFAULT, "tunnel-blocked", "give-up", "(28) Connection timed out", "tunnel-blocked"),
    ("service", "vxlan", DEFAULT, "local-without-pod", "give-up", "(28) Connection timed out", "local-without-pod"),
]


@pytest.mark.parametrize(
    ("scene", "network", "endpoints", "fault", "key", "says", "end"),
    ENDS,
    ids=[f"{e[0]}-{e[1]}-{len(e[2])}-{e[3]}" for e in ENDS],
)
def test_each_fault_ends_as_it_really_does(
    scene: SceneName, network: Network, endpoints: str, fault: Fault, key: str, says: str, end: str
) -> None:
    told = story(scene, network, endpoints, "web", fault)
    frame = told.frames[-1]

    assert frame.key == key
    said = [say.key for say in (told.sees, told.works, told.check) if say]
    assert said == [f"end.{end}.sees", f"end.{end}.works", f"end.{end}.check"]
    assert says in frame.terminal if says else "curl:" not in frame.terminal


@pytest.mark.parametrize(("scene", "network", "endpoints", "fault"), [e[:4] for e in ENDS if e[5]])
def test_curl_writes_what_w_asks_for_after_a_failure_too(
    scene: SceneName, network: Network, endpoints: str, fault: Fault
) -> None:
    said = story(scene, network, endpoints, "web", fault).frames[-1].terminal.splitlines()[-3:]
    if fault == "local-without-pod":  # asked from outside, where nobody wants to know the size
        assert "0 bytes" not in said
        return

    assert said[0].startswith("curl: (")
    assert said[1] == "0 bytes"
    assert said[2].startswith("command terminated with exit code ")


@pytest.mark.parametrize(
    ("fault", "key", "asked"), [("kube-proxy-down", "unreachable", "send"), ("no-ready-endpoint", "refused", "send")]
)
def test_an_icmp_error_quotes_the_whole_packet(fault: Fault, key: str, asked: str) -> None:
    """Linux net/ipv4/icmp.c icmp_send: as much as makes 576 bytes; RFC 792 wants 8 bytes behind the header at least."""
    told = story("service", fault=fault)
    refused, error = headers(the(told, asked)), headers(the(told, key))

    assert error["data"]["bytes"] == refused["ip"]["length"] == 60
    assert error["ip"]["length"] == 20 + 8 + 60
    assert error["ip"]["tos"] == 0xC0
    assert "tos" not in refused["ip"]


def test_refused_comes_at_once_and_silence_takes_its_time() -> None:
    assert story("service", fault="no-ready-endpoint").frames[-1].at_s < 0.1
    assert story("service", fault="tunnel-blocked").frames[-1].at_s >= 10
    assert headers(story("service", fault="no-ready-endpoint").frames[-1])["icmp"]["code"] == "3 port unreachable"


def test_small_packets_pass_where_large_ones_hang() -> None:
    told = story("other-node", fault="wrong-mtu")
    sizes = {frame.key: headers(frame).get("outer ip", {"length": 0})["length"] for frame in told.frames}

    assert max(sizes[key] for key in ("wrap", "cross", "back")) <= 1400 < sizes["too-large"]
    assert the(told, "arrive").actors["client"] == "connected"


def test_an_error_about_a_service_seems_to_come_from_it() -> None:
    assert headers(story("service", fault="kube-proxy-down").frames[-1])["ip"]["src"] == "10.96.44.12"


def test_what_is_down_is_drawn_as_down() -> None:
    assert all(f.actors["proxy-1"] == "down" for f in story("service", fault="kube-proxy-down").frames)
    assert all(f.actors["dns"] == "down" for f in story("service", fault="coredns-down").frames)


# The frames, the picture and the words


def test_every_step_shows_the_headers_first_and_goes_along_a_wire() -> None:
    for inputs in RUNS:
        outcome = run(
            Inputs.model_validate(dict(zip(("scene", "network", "endpoints", "name", "fault"), inputs, strict=True)))
        )
        assert outcome.stage
        wires = {frozenset((wire.a, wire.b)) for wire in outcome.stage.wires}
        for frame in outcome.frames:
            assert frame.objects[0].kind == "packet"
            assert not frame.to or {frozenset(way) for way in frame.ways} <= wires, (inputs, frame.step)
