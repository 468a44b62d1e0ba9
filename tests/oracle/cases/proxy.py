"""Random Services and EndpointSlices through the real kube-proxy: what it writes, and what the kernel then lists."""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.oracle.cases import book
from tests.oracle.cases.cluster import Api, BarePlane
from tests.oracle.plane import KUBERNETES, enter, wait_for
from tests.oracle.record import BUILT

PART, SEED, COUNT = "proxy", 20261129, 200
NODE, ZONE = "node-1", "a"
NODE_IPS = {4: "192.168.10.11", 6: "fd00:192:168::11"}
PODS = {4: "10.244.0.0/16", 6: "fd00:10:244::/56"}
SERVICES = "10.96.0.0/16,fd00:10:96::/112"
MODES = ("iptables", "nftables")


# -- drawing ------------------------------------------------------------------------------------------------------


def cases() -> Iterator[dict[str, Any]]:
    luck = random.Random(SEED)
    for number in range(COUNT):
        yield Draw(luck, number).case()


class Draw:
    def __init__(self, luck: random.Random, number: int) -> None:
        self.luck = luck
        self.number = number
        self.family = 6 if luck.random() < 0.2 else 4
        self.namespace = f"case-{number:03}"

    def maybe(self, chance: float) -> bool:
        return self.luck.random() < chance

    def case(self) -> dict[str, Any]:
        service = self.service()
        return {"name": self.namespace, "service": service, "slices": list(self.slices(service))}

    def address(self, v4: str, v6: str, number: int) -> str:
        return v6.format(f"{number + 1:x}") if self.family == 6 else v4.format(number // 250, number % 250 + 1)

    def service(self) -> dict[str, Any]:
        luck, number = self.luck, self.number
        kind = luck.choice(("ClusterIP", "ClusterIP", "NodePort", "LoadBalancer", "LoadBalancer"))
        spec: dict[str, Any] = {
            "type": kind,
            "clusterIP": self.address("10.96.{}.{}", "fd00:10:96::{}", 300 + number),
            "ipFamilies": [f"IPv{self.family}"],
            "ports": [self.port(i, kind) for i in range(luck.choice((1, 1, 1, 2)))],
        }
        if len(spec["ports"]) == 1 and self.maybe(0.4):
            spec["ports"][0].pop("name")
        if self.maybe(0.25):
            spec["internalTrafficPolicy"] = luck.choice(("Local", "Cluster"))
        outside = kind != "ClusterIP"
        if self.maybe(0.25):
            spec["externalIPs"] = [self.address("203.0.{}.{}", "fd00:203::{}", number)]
            outside = True
        if outside and self.maybe(0.45):
            spec["externalTrafficPolicy"] = luck.choice(("Local", "Local", "Cluster"))
        if kind == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local":
            spec["healthCheckNodePort"] = 31000 + number
        if self.maybe(0.25):
            spec["sessionAffinity"] = "ClientIP"
            if self.maybe(0.6):
                spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": luck.choice((1, 600, 86400))}}
        told: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": luck.choice(("web", "db", "a-rather-long-service-name")), "namespace": self.namespace},
            "spec": spec,
        }
        if kind == "LoadBalancer":
            if self.maybe(0.45):
                spec["loadBalancerSourceRanges"] = self.ranges()
            ingress = [{"ip": self.address("198.51.{}.{}", "fd00:198::{}", number)}]
            if self.maybe(0.2):
                ingress.append({"ip": self.address("198.52.{}.{}", "fd00:199::{}", number)})
            if self.maybe(0.15):
                ingress[0]["ipMode"] = luck.choice(("Proxy", "VIP"))
            if self.maybe(0.9):
                told["status"] = {"loadBalancer": {"ingress": ingress}}
        return told

    def ranges(self) -> list[str]:
        found = ["fd00:7::/64", "fd00:192:168::/48"] if self.family == 6 else ["172.16.0.0/12", "192.168.10.0/24"]
        return self.luck.sample(found, self.luck.choice((1, 2)))

    def port(self, i: int, kind: str) -> dict[str, Any]:
        told: dict[str, Any] = {"name": ("http", "metrics-and-more")[i], "port": (80, 9100)[i]}
        if self.maybe(0.25):
            told["protocol"] = self.luck.choice(("UDP", "TCP", "SCTP"))
        told["targetPort"] = 8080 + i
        if kind != "ClusterIP":
            told["nodePort"] = 30000 + 2 * self.number + i
        return told

    def slices(self, service: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        luck = self.luck
        name = service["metadata"]["name"]
        hints = luck.choice(("", "", "zone", "node"))
        chance = luck.choice((0.0, 0.0, 0.3, 1.0))
        for i in range(luck.choice((0, 1, 1, 1, 1, 2))):
            ports = [
                {"name": port.get("name", ""), "port": port["targetPort"], "protocol": port.get("protocol", "TCP")}
                for port in service["spec"]["ports"]
                if self.maybe(0.95)
            ]
            yield {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "name": f"{name}-{i}",
                    "namespace": self.namespace,
                    "labels": {"kubernetes.io/service-name": name},
                },
                "addressType": f"IPv{self.family}",
                "ports": ports,
                "endpoints": [self.endpoint(i, hints, chance) for _ in range(luck.choice((0, 1, 1, 2, 3, 4)))],
            }

    def endpoint(self, i: int, hints: str, chance: float) -> dict[str, Any]:
        luck = self.luck
        # Twins stand in one slice only: between slices kube-proxy leaves to chance which counts.
        place = luck.randrange(3) if i == 0 else 3 + luck.randrange(2)
        told: dict[str, Any] = {"addresses": [self.address("10.244.{}.{}", "fd00:10:244::{}", 5 * self.number + place)]}
        if self.maybe(0.95):
            told["nodeName"] = luck.choice((NODE, NODE, "node-2", "node-3"))
        if self.maybe(0.8):
            told["zone"] = luck.choice("abc")
        conditions = luck.choice(
            (
                {"ready": True, "serving": True, "terminating": False},
                {"ready": True},
                {},
                {"ready": False, "serving": False},
                {"ready": False, "serving": True, "terminating": True},
                {"ready": False, "serving": False, "terminating": True},
            )
            if self.maybe(chance)
            else ({"ready": True},)
        )
        if conditions:
            told["conditions"] = conditions
        if hints and self.maybe(0.93):
            told["hints"] = {"forZones": [{"name": luck.choice("aab")}]}
            if hints == "node":
                told["hints"]["forNodes"] = [{"name": luck.choice((NODE, "node-2"))}]
        return told


# -- asking -------------------------------------------------------------------------------------------------------


def main() -> int:
    enter(["-m", "tests.oracle.cases.proxy"])
    folder = Path(tempfile.mkdtemp(prefix="podscope-oracle-"))
    plane = BarePlane(folder, BUILT / "bin" / f"kubernetes-{KUBERNETES.rpartition('.')[0]}", BUILT / "bin" / "etcd-3.7")
    plane.more = {
        "kube-apiserver": (
            f"--service-cluster-ip-range={SERVICES}",
            "--disable-admission-plugins=TaintNodesByCondition,ServiceAccount",
        )
    }
    drawn = list(cases())
    try:
        plane.start_etcd()
        plane.start_api_server()
        api = Api(plane)
        make(api, drawn)
        for mode in MODES:
            book.write(
                book.answered(f"kubernetes-{KUBERNETES}", f"{PART}-{mode}"),
                {"program": "kube-proxy", "version": KUBERNETES, "mode": mode},
                answers(drawn, run(plane, mode)),
            )
        book.write(book.drawn(PART), {"seed": SEED}, drawn)
    finally:
        plane.close()
    return 0


def make(api: Api, drawn: Iterable[Mapping[str, Any]]) -> None:
    addresses = [{"type": "InternalIP", "address": address} for address in NODE_IPS.values()]
    labels = {"topology.kubernetes.io/zone": ZONE}
    api.must(
        "POST", "/api/v1/nodes", {"metadata": {"name": NODE, "labels": labels}, "status": {"addresses": addresses}}
    )
    for case in drawn:
        space = case["name"]
        api.must("POST", "/api/v1/namespaces", {"metadata": {"name": space}})
        service = dict(case["service"])
        status = service.pop("status", None)
        path = f"/api/v1/namespaces/{space}/services"
        stored = api.must("POST", path, service)
        if status:
            api.must("PUT", f"{path}/{service['metadata']['name']}/status", {**stored, "status": status})
        for one in case["slices"]:
            api.must("POST", f"/apis/discovery.k8s.io/v1/namespaces/{space}/endpointslices", one)


TAPS = ("iptables-restore", "ip6tables-restore", "nft")


def run(plane: BarePlane, mode: str) -> list[str]:
    """Everything that kube-proxy wrote in its first synchronization, and for iptables what the kernel lists then."""
    folder = plane.folder / mode
    taps = folder / "taps"
    taps.mkdir(parents=True)
    for name in TAPS:
        real = shutil.which(name)
        tap = taps / name
        tap.write_text(
            f'#!/bin/sh\ncase "$*" in *--version*|*list*|*--check*) exec {real} "$@";; esac\n'
            f'f="{folder}/{name}.$$"\ncat > "$f.part"\nmv "$f.part" "$f"\nexec {real} "$@" < "$f"\n'
        )
        tap.chmod(0o755)
    config = folder / "proxy.yaml"
    config.write_text(
        book.compact(
            {
                "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
                "kind": "KubeProxyConfiguration",
                "mode": mode,
                "hostnameOverride": NODE,
                "clientConnection": {"kubeconfig": str(plane.folder / "admin.kubeconfig")},
                "clusterCIDR": ",".join(PODS.values()),
                "detectLocalMode": "ClusterCIDR",
                "healthzBindAddress": "127.0.0.1:10256",
                "metricsBindAddress": "127.0.0.1:10249",
                "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
            }
        )
    )
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{taps}:{before}"
    try:
        plane.start(f"kube-proxy-{mode}", plane._kubernetes, "kube-proxy", f"--config={config}", "--v=2")
    finally:
        os.environ["PATH"] = before
    wanted = ("iptables-restore", "ip6tables-restore") if mode == "iptables" else ("nft",)
    found = [f"case-{number:03}" for number in (COUNT - 1, COUNT - 2)]

    def has_all() -> bool:
        text = "".join(path.read_text() for name in wanted for path in folder.glob(f"{name}.*"))
        return all(name in text for name in found)

    wait_for(f"kube-proxy's first {mode}", has_all, 90)
    time.sleep(3)
    written = [path.read_text() for name in wanted for path in sorted(folder.glob(f"{name}.*"), key=_age)]
    saved = []
    if mode == "iptables":
        for save in ("iptables-save", "ip6tables-save"):
            saved.append(subprocess.run([save], check=True, capture_output=True, text=True).stdout)
    plane.stop(f"kube-proxy-{mode}")
    (folder / "written").write_text("\n".join(written))
    return [*written, "SAVED", *saved]


def _age(path: Path) -> float:
    return path.stat().st_mtime


def answers(drawn: Iterable[Mapping[str, Any]], texts: list[str]) -> Iterator[dict[str, Any]]:
    """What was written for each Service: by table and chain, or the lines of nftables."""
    cut = texts.index("SAVED")
    written, saved = belongings(texts[:cut]), belongings(texts[cut + 1 :])
    for case in drawn:
        told = {"name": case["name"], "written": written.get(case["name"], [])}
        if saved:
            told["saved"] = saved.get(case["name"], [])
        yield told


_OWNER = re.compile(r"\b(case-\d{3})/")
_CHAIN = re.compile(r"\bKUBE-(?:SVC|SVL|EXT|FW|SEP)-\w+")
_ADDRESS = re.compile(
    r"(?:cluster-ips|hairpin-connections) \{ "
    r"(?:10\.(?P<net>96|244)\.(?P<high>\d+)\.(?P<low>\d+)|fd00:10:(?P<net6>96|244)::(?P<hex>[0-9a-f]+)) "
)


def belongings(texts: Iterable[str]) -> dict[str, list[str]]:
    """The rules and elements of each case, in their order, each once; tables of iptables stand before their chains."""
    lines = list(dict.fromkeys(_lines(texts)))
    owner: dict[str, str] = {}
    for line in lines:
        if match := _OWNER.search(line):
            owner.update(dict.fromkeys(_CHAIN.findall(line), match[1]))
    found: dict[str, list[str]] = {}
    for line in lines:
        match = _OWNER.search(line)
        chain = _CHAIN.search(line)
        name = match[1] if match else owner.get(chain[0]) if chain else _case_of_address(line)
        if name:
            found.setdefault(name, []).append(line)
    return found


def _case_of_address(line: str) -> str | None:
    """Cluster IPs and endpoints tell the number of their case: see `Draw.address`."""
    match = _ADDRESS.search(line)
    if not match:
        return None
    number = int(match["high"]) * 250 + int(match["low"]) - 1 if match["low"] else int(match["hex"], 16) - 1
    of_service = "96" in (match["net"], match["net6"])
    case = number - 300 if of_service else number // 5
    return f"case-{case:03}" if case >= 0 else None


def _lines(texts: Iterable[str]) -> Iterator[str]:
    table = ""
    for text in texts:
        for line in text.splitlines():
            if line.startswith("*"):
                table = line[1:]
            elif line.startswith("-A "):
                yield f"{table} {line}"
            elif re.match(r"add (rule|element) ", line):
                yield line


if __name__ == "__main__":
    sys.exit(main())
