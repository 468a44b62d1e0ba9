"""200 random Services: every rule that the real kube-proxy writes for them, and what iptables-save lists then."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.widgets.service_rules.widget import Inputs, Outcome, run
from tests.oracle.cases import book
from tests.oracle.cases.proxy import MODES, NODE, NODE_IPS, PODS, ZONE
from tests.witness.cases import Held, held, unmeant

VERSIONS = ("1.36.3", "1.37.2")
SHARED = ("KUBE-MARK-MASQ", "KUBE-POSTROUTING")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("version", VERSIONS)
def test_kube_proxy_writes_what_the_model_writes(version: str, mode: str) -> None:
    program, part = f"kubernetes-{version}", f"proxy-{mode}"
    cases = held(program, part, drawn="proxy")
    differ = {one.name: found for one in cases if (found := "; ".join(difference(one, mode, version)))}

    assert list(unmeant(program, part, differ)) == []


def difference(one: Held, mode: str, version: str) -> Iterator[str]:
    ours = ask(one.case, mode)
    lines = list(written(ours, mode))
    yield from compare(one.answer["written"], as_of_1_36(lines) if version.startswith("1.36.") else lines)
    if "saved" in one.answer:
        yield from compare(one.answer["saved"], list(saved(ours)))


def ask(case: Any, mode: str) -> Outcome:
    family = 6 if case["service"]["spec"]["ipFamilies"] == ["IPv6"] else 4
    return run(
        Inputs.model_validate(
            {
                "service": json.dumps(case["service"]),
                "endpoints": json.dumps({"apiVersion": "v1", "kind": "List", "items": case["slices"]}),
                "mode": mode,
                "node": NODE,
                "zone": ZONE,
                "node_ip": NODE_IPS[family],
                "cluster_cidr": PODS[family],
            }
        )
    )


def written(ours: Outcome, mode: str) -> Iterator[str]:
    for chain in ours.chains:
        if chain.name not in SHARED:
            yield from (f"{chain.table} {rule}" if mode == "iptables" else rule for rule in chain.rules if is_own(rule))


def saved(ours: Outcome) -> Iterator[str]:
    for chain in ours.chains:
        if chain.name not in SHARED:
            yield from (f"{chain.table} {rule}" for rule in chain.saved if is_own(rule))


_ONE = re.compile(r"(?P<family>ip6?) kube-proxy (?P<start>(?:service|local)-\S+ meta l4proto \w+) dnat to (?P<to>\S+)$")


def as_of_1_36(lines: list[str]) -> list[str]:
    """The room shows 1.37; 1.36 makes a map even of one endpoint.

    pkg/proxy/nftables/proxier.go, writeServiceToEndpointDNATs, v1.36.3 and v1.37.2.
    """
    return [_ONE.sub(_map_of_one, line) for line in lines]


def _map_of_one(match: re.Match[str]) -> str:
    host, _, port = match["to"].rpartition(":")
    draw = f"numgen random mod 1 map {{ 0 : {host.strip('[]')} . {port} }}"
    return f"{match['family']} kube-proxy {match['start']} dnat {match['family']} addr . port to {draw}"


def is_own(rule: str) -> bool:
    return "kubernetes service nodeports" not in rule


def by_place(lines: list[str]) -> dict[str, list[str]]:
    """Rules by their chain in order; what all Services share has no order, for kube-proxy walks a map."""
    found: dict[str, list[str]] = {}
    for line in lines:
        words = line.split()
        place = f"{words[0]} {words[2]}" if words[1] == "-A" else " ".join(words[:5])
        found.setdefault(place, []).append(line)
    return {place: lines if "case-" in place or has_order(place) else sorted(lines) for place, lines in found.items()}


def has_order(place: str) -> bool:
    return any(f"KUBE-{kind}-" in place for kind in ("SVC", "SVL", "EXT", "FW", "SEP"))


def compare(real: list[str], ours: list[str]) -> Iterator[str]:
    there, here = by_place(real), by_place(ours)
    for place in sorted({*there, *here}):
        if there.get(place) != here.get(place):
            yield f"{place}: {book.compact(there.get(place))}, not {book.compact(here.get(place))}"
