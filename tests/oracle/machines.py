"""The cluster with KubeVirt in it: the real virt-api and virt-controller, installed as virt-operator would.

virt-handler and virt-launcher need libvirt and real containers, which no recorded node has: what they write is played
by a scenario (`Handler`) and is an input, as the container runtime is. `tests.oracle.cluster` has all of KubeVirt.
"""

import base64
import json
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.oracle.plane import API as SERVER
from tests.oracle.plane import KUBEVIRT, Plane, PlaneError, wait_for
from tests.oracle.scenario import Recorder, file_of
from tests.oracle.tape import WATCHED, Tape
from tests.witness.recording import patched

NAMESPACE = "kubevirt"
VIRT_API_ADDRESS = "10.96.0.101"
LAUNCHER_IMAGE = f"quay.io/kubevirt/virt-launcher:v{KUBEVIRT}"
API = "/apis/kubevirt.io/v1/namespaces/default"
MACHINES = {
    "virtualmachines": "/apis/kubevirt.io/v1/virtualmachines",
    "virtualmachineinstances": "/apis/kubevirt.io/v1/virtualmachineinstances",
    "virtualmachineinstancemigrations": "/apis/kubevirt.io/v1/virtualmachineinstancemigrations",
}
_OF_NAMESPACE = f"system:serviceaccounts,system:serviceaccounts:{NAMESPACE}"
USERS = {
    name: (f"system:serviceaccount:{NAMESPACE}:kubevirt-{account}", _OF_NAMESPACE)
    for name, account in (("virt-api", "apiserver"), ("virt-controller", "controller"))
}
# What virt-handler's device plugins and its labeller would tell of a node.
DEVICES = {f"devices.kubevirt.io/{name}": "1k" for name in ("kvm", "tun", "vhost-net")}
LABELS = {"kubevirt.io/schedulable": "true", "machine-type.node.kubevirt.io/q35": "true"}


class MachinePlane(Plane):
    """A cluster whose API server passes requests on to virt-api."""

    def __init__(self, folder: Path, kubernetes: Path, etcd: Path, kubevirt: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._kubevirt = kubevirt
        self._handlers: dict[str, str] = {}
        self.certificates = folder / "kubevirt-certs"
        self.certificates.mkdir()
        self._authority()
        for name, host in (("virt-api", f"virt-api.{NAMESPACE}.svc"), ("handler", "handler"), ("proxy", "proxy")):
            self._certificate(name, host)
        front = self.certificates
        super().__init__(
            folder,
            kubernetes,
            etcd,
            users=USERS,
            api_flags=(
                f"--requestheader-client-ca-file={front / 'ca.crt'}",
                "--requestheader-allowed-names=proxy",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-username-headers=X-Remote-User",
                f"--proxy-client-cert-file={front / 'proxy.crt'}",
                f"--proxy-client-key-file={front / 'proxy.key'}",
            ),
        )
        self.tools["virtctl"] = [str(kubevirt), "virtctl"]

    def install(self) -> None:
        """KubeVirt's API, rights, webhooks and both programs; its machines may use what virt-operator leaves on."""
        subprocess.run(["ip", "addr", "add", f"{VIRT_API_ADDRESS}/32", "dev", "lo"], check=True)
        self.kubectl("create", "namespace", NAMESPACE)
        printed = subprocess.run([str(self._kubevirt), "resources"], check=True, capture_output=True, text=True)
        first, rest = self._resources(json.loads(printed.stdout)["items"])
        self._apply("crds.json", first)
        for each in first:
            self.kubectl("wait", "--for=condition=Established", f"crd/{each['metadata']['name']}")
        self._apply("kubevirt.json", [*rest, *_cluster()])
        self._deployed()
        self.start_virt_api()
        self.start_virt_controller()

    def start_virt_api(self) -> None:
        keys = self.certificates
        self.start(
            "virt-api",
            self._kubevirt,
            "virt-api",
            f"--kubeconfig={self.folder / 'virt-api.kubeconfig'}",
            f"--listen={VIRT_API_ADDRESS}",
            "--port=443",
            f"--tls-cert-file={keys / 'virt-api.crt'}",
            f"--tls-key-file={keys / 'virt-api.key'}",
            f"--handler-cert-file={keys / 'handler.crt'}",
            f"--handler-key-file={keys / 'handler.key'}",
        )
        self._serves(True)

    def stop_virt_api(self) -> None:
        """Its Pod is gone, and so the Service has no endpoint."""
        self._serves(False)
        self.stop("virt-api")

    def start_virt_controller(self) -> None:
        """A new leader; one that was killed would hold its lease for 15 s."""
        keys = self.certificates
        self.kubectl("delete", "lease", "virt-controller", "-n", NAMESPACE)
        log = self.folder / "virt-controller.log"
        begun = log.stat().st_size if log.exists() else 0
        self.start(
            "virt-controller",
            self._kubevirt,
            "virt-controller",
            f"--kubeconfig={self.folder / 'virt-controller.kubeconfig'}",
            "--listen=127.0.0.1",
            "--port=8453",
            f"--launcher-image={LAUNCHER_IMAGE}",
            f"--prom-cert-file={keys / 'virt-api.crt'}",
            f"--prom-key-file={keys / 'virt-api.key'}",
        )
        wait_for("virt-controller leads", lambda: "STARTING controllers" in log.read_text()[begun:], 120)
        time.sleep(3)

    def offer(self, node: str, *, kvm: bool = True, handler: bool = True) -> None:
        """What virt-handler tells of a node: its labels, that it lives, and the devices."""
        labels = LABELS if handler else {**LABELS, "kubevirt.io/schedulable": "false"}
        beat = {"kubevirt.io/heartbeat": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        self._patch(f"/api/v1/nodes/{node}", {"metadata": {"labels": labels, "annotations": beat}})
        made = DEVICES if kvm else {**DEVICES, "devices.kubevirt.io/kvm": "0"}
        self._patch(f"/api/v1/nodes/{node}/status", {"status": {"capacity": made, "allocatable": made}})

    def put_as_handler(self, node: str, vmi: Mapping[str, Any]) -> bool:
        """Whether the API server takes the VMI; it does not when somebody else has written it meanwhile.

        virt-api looks at the node of the token: a virt-handler may write only VMIs of its own.
        """
        if node not in self._handlers:
            printed = self.kubectl(
                *("create", "token", "kubevirt-handler", "-n", NAMESPACE, "--duration=12h"),
                *("--bound-object-kind=Node", f"--bound-object-name={node}"),
            )
            self._handlers[node] = printed.stdout.strip()
        asked = urllib.request.Request(
            f"{SERVER}{API}/virtualmachineinstances/web",
            method="PUT",
            data=json.dumps(vmi).encode(),
            headers={
                "authorization": f"Bearer {self._handlers[node]}",
                "content-type": "application/json",
                "user-agent": "virt-handler, played",
            },
        )
        context = ssl.create_default_context(cafile=str(self.folder / "certs" / "apiserver.crt"))
        try:
            urllib.request.urlopen(asked, context=context, timeout=30).close()
        except urllib.error.HTTPError as error:
            if error.code == 409:
                return False
            raise PlaneError(error.read().decode()) from None
        return True

    def _patch(self, path: str, patch: Mapping[str, Any]) -> None:
        where, _, subresource = path.removeprefix("/api/v1/nodes/").partition("/")
        more = [f"--subresource={subresource}"] if subresource else []
        printed = self.kubectl("patch", "node", where, "--type=merge", "-p", json.dumps(patch), *more)
        if printed.status:
            raise PlaneError(printed.text)

    # -- what virt-operator does --------------------------------------------------------------------------------

    def _resources(self, items: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The CRDs and all the rest, with our authority where virt-operator puts its own."""
        bundle = (self.certificates / "ca.crt").read_text()
        encoded = base64.b64encode(bundle.encode()).decode()
        first, rest = [], []
        for each in items:
            each.pop("status", None)
            kind, name = each["kind"], each["metadata"]["name"]
            if kind.endswith("WebhookConfiguration"):
                if "operator" in name or "launcher" in name:
                    continue  # virt-operator's own, and one that a gate in Alpha turns on
                for hook in each["webhooks"]:
                    hook["clientConfig"]["caBundle"] = encoded
            elif kind == "APIService":
                each["spec"]["caBundle"] = encoded
            elif kind == "ConfigMap":
                each["data"] = {"ca-bundle": bundle}
            elif kind == "Service":
                if name != "virt-api":
                    continue
                each["spec"] = {"clusterIP": VIRT_API_ADDRESS, "ports": each["spec"]["ports"]}
            (first if kind == "CustomResourceDefinition" else rest).append(each)
        return first, rest

    def _apply(self, name: str, items: list[dict[str, Any]]) -> None:
        made = {"apiVersion": "v1", "kind": "List", "items": items}
        printed = self.kubectl("create", "-f", str(file_of(self.folder, name, made)), seconds=300)
        refused = [line for line in printed.stderr.splitlines() if "AlreadyExists" not in line]
        if refused:
            raise PlaneError("\n".join(refused))

    def _deployed(self) -> None:
        """The status that virt-operator gives the KubeVirt object in the end."""
        status = {"phase": "Deployed", "observedKubeVirtVersion": f"v{KUBEVIRT}"}
        self.kubectl(
            *("patch", "kubevirt", "kubevirt", "-n", NAMESPACE, "--type=merge", "--subresource=status"),
            *("-p", json.dumps({"status": status})),
        )

    def _serves(self, ready: bool) -> None:
        made = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": "virt-api",
                "namespace": NAMESPACE,
                "labels": {"kubernetes.io/service-name": "virt-api"},
            },
            "addressType": "IPv4",
            "endpoints": [{"addresses": [VIRT_API_ADDRESS], "conditions": {"ready": ready}}],
            "ports": [{"port": 443, "protocol": "TCP"}],
        }
        self.kubectl("apply", "-f", str(file_of(self.folder, "virt-api.json", made)))
        wait_for(
            "the APIService", lambda: self._is_available() == ready, 120, 0.5
        )  # the aggregator looks at it from time to time

    def _is_available(self) -> bool:
        found = self.get("/apis/apiregistration.k8s.io/v1/apiservices/v1.subresources.kubevirt.io") or {}
        conditions = {each["type"]: each["status"] for each in found.get("status", {}).get("conditions", ())}
        return conditions.get("Available") == "True"

    # -- certificates -------------------------------------------------------------------------------------------

    def _authority(self) -> None:
        self._openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=kubevirt-ca"),
            *("-keyout", "ca.key", "-out", "ca.crt"),
        )

    def _certificate(self, name: str, host: str) -> None:
        self._openssl(
            *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr"),
        )
        (self.certificates / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
        self._openssl(
            *("x509", "-req", "-days", "30", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key"),
            *("-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.crt"),
        )

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.certificates, check=True, capture_output=True)


def _cluster() -> list[dict[str, Any]]:
    """The KubeVirt object as a person creates it."""
    return [
        {
            "apiVersion": "kubevirt.io/v1",
            "kind": "KubeVirt",
            "metadata": {"name": "kubevirt", "namespace": NAMESPACE},
            "spec": {},
        },
    ]


class MachineRecorder(Recorder):
    """Scenarios with virtual machines; both nodes for Pods have the devices."""

    plane: MachinePlane
    follows = (("get", "pods", "-w"), ("get", "vmi", "-w"), ("get", "vmim", "-w"), ("get", "vm", "-w"))
    ends = (*Recorder.ends, ("get", "vm,vmi,vmim"), ("describe", "vm", "web"), ("describe", "vmi", "web"))

    def prepare(self) -> None:
        super().prepare()
        self.plane.install()
        self.busy_node_2("2")
        self.offer()

    def offer(self, *, kvm: bool = True, handler: bool = True) -> None:
        for node in ("node-1", "node-2"):
            self.plane.offer(node, kvm=kvm, handler=handler)

    def begin(self) -> Tape:
        return Tape(self.plane, {**WATCHED, **MACHINES})

    def clean(self) -> None:
        self.offer()
        plane = self.plane
        for kind in ("virtualmachineinstancemigrations", "virtualmachines", "virtualmachineinstances"):
            for each in (plane.get(MACHINES[kind]) or {"items": []})["items"]:
                name = each["metadata"]["name"]
                plane.kubectl("patch", kind, name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
                plane.kubectl("delete", kind, name, "--wait=false")
            wait_for(f"no {kind}", lambda path=MACHINES[kind]: not plane.get(path)["items"], 60, 0.5)
        super().clean()


class Handler:
    """What virt-handler would write into the VMI, as the one of a node."""

    def __init__(self, recorder: MachineRecorder, node: int = 1) -> None:
        self._plane = recorder.plane
        self._node = f"node-{node}"
        self._recorder = recorder

    @property
    def vmi(self) -> Mapping[str, Any]:
        return self._plane.get(f"{API}/virtualmachineinstances/web") or {}

    def writes(self, note: str, *, labels: Mapping[str, str | None] | None = None, **status: Any) -> None:
        """The whole VMI is written again, with these fields set; a label of None goes."""
        if hasattr(self._recorder, "tape"):  # not while the first story is only prepared
            self._recorder.tape.note(f"virt-handler of {self._node}, played: {note}")
        patch: dict[str, Any] = {"status": status}
        if labels:
            patch["metadata"] = {"labels": labels}
        wait_for(note, lambda: self._plane.put_as_handler(self._node, patched(self.vmi, patch)), 20, 0.2)

    def phase(self, phase: str, note: str, **status: Any) -> None:
        """The next phase, noted down with its time; other fields of the status with it."""
        reached = {"phase": phase, "phaseTransitionTimestamp": _now()}
        history = [*self.vmi["status"].get("phaseTransitionTimestamps", ()), reached]
        self.writes(note, phase=phase, phaseTransitionTimestamps=history, **status)

    def conditions(self, *made: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """All conditions of the VMI with these in it."""
        types = {each["type"] for each in made}
        return [*(each for each in self.vmi["status"].get("conditions", ()) if each["type"] not in types), *made]


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
