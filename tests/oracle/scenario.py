"""A scenario: what is done to a cluster while the tape runs."""

import base64
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.kube.story.cluster import TOPOLOGY
from tests.oracle import webhook
from tests.oracle.plane import Plane, PlaneError, wait_for
from tests.oracle.tape import Tape, save

IMAGE = "nginx:1.29"
WEBHOOK_ADDRESS = "10.96.0.100"


@dataclass(frozen=True)
class Scenario:
    """`before` prepares the cluster, `act` is what the tape records, `after` mends the cluster again."""

    room: str
    name: str
    act: Callable[["Recorder", str], None]
    before: Callable[["Recorder"], None] | None = None
    after: Callable[["Recorder"], None] | None = None


class Recorder:
    """One cluster of three nodes, two for Pods, on which scenarios are played one after another."""

    follows: tuple[tuple[str, ...], ...] = (("get", "pods", "-w"),)
    ends: tuple[tuple[str, ...], ...] = (("get", "pods", "-o", "wide"), ("describe", "pods"), ("events",))

    def __init__(self, plane: Plane, nodes: tuple[int, ...]) -> None:
        self.plane = plane
        self.nodes = nodes
        self.folder = plane.folder
        self.tape: Tape

    def prepare(self) -> None:
        """The cluster of the models: a control plane node that is tainted, a policy webhook, a Service `web`."""
        plane = self.plane
        plane.kubectl("taint", "node", "node-3", "node-role.kubernetes.io/control-plane=:NoSchedule")
        for node, labels in TOPOLOGY.items():
            plane.kubectl("label", "node", node, *(f"{name}={value}" for name, value in labels.items()))
        self._start_webhook()
        plane.kubectl("create", "service", "clusterip", "web", "--tcp=80:80")

    def play(self, script: Mapping[str, Any]) -> None:
        """What the runtimes do from now on."""
        for number in self.nodes:
            self.plane.play(number, script)

    def webhook(self, *, allowed: bool, message: str = "") -> None:
        (self.folder / "webhook.json").write_text(json.dumps({"allowed": allowed, "message": message}))

    def lose_quorum(self) -> None:
        """Two of three members of etcd are gone, and the third knows by now that it has no leader."""
        for name in ("etcd-2", "etcd-3"):
            self.plane.stop(name)
        self.tape.note("etcd-2 and etcd-3 stopped")
        time.sleep(5)

    def regain_quorum(self) -> None:
        self.plane.start_etcd("etcd-2", "etcd-3")
        wait_for("the API server", lambda: self.plane.kubectl("get", "--raw", "/readyz").text.strip() == "ok", 120)
        time.sleep(10)

    def busy_node_2(self, cpu: str) -> None:
        """A Pod elsewhere asks for so much of node-2, so that the scheduler has a reason to take node-1."""
        container = {"image": IMAGE, "name": "other", "resources": {"requests": {"cpu": cpu}}}
        made = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "other", "namespace": "platform"},
            "spec": {"containers": [container], "nodeName": "node-2"},
        }
        self.plane.kubectl("create", "-f", str(file_of(self.folder, "other.yaml", made)))

    def bring_back_node_1(self) -> None:
        self.plane.start_kubelet(1)
        wait_for("node-1", lambda: self.plane.is_usable("node-1"), 120, 1)

    def _start_webhook(self) -> None:
        plane, folder = self.plane, self.folder
        certificate, key = webhook.make_certificate(folder)
        self.webhook(allowed=True)
        plane.kubectl("create", "namespace", "platform")
        subprocess.run(["ip", "addr", "add", f"{WEBHOOK_ADDRESS}/32", "dev", "lo"], check=True)
        plane.start(
            "webhook",
            Path(sys.executable),
            "-m",
            "tests.oracle.webhook",
            WEBHOOK_ADDRESS,
            str(certificate),
            str(key),
            str(folder / "webhook.json"),
        )
        wait_for("the webhook", lambda: _answers(WEBHOOK_ADDRESS, 443))
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "pod-policy", "namespace": "platform"},
            "spec": {"clusterIP": WEBHOOK_ADDRESS, "ports": [{"port": 443}]},
        }
        hook = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "pod-policy"},
            "webhooks": [
                {
                    "name": "pods.policy.example.com",
                    "admissionReviewVersions": ["v1"],
                    "sideEffects": "None",
                    "timeoutSeconds": 10,
                    "clientConfig": {
                        "service": {"name": "pod-policy", "namespace": "platform", "path": "/validate"},
                        "caBundle": base64.b64encode(certificate.read_bytes()).decode(),
                    },
                    "rules": [
                        {
                            "apiGroups": [""],
                            "apiVersions": ["v1"],
                            "operations": ["CREATE"],
                            "resources": ["pods"],
                            "scope": "Namespaced",
                        }
                    ],
                }
            ],
        }
        for name, made in (("pod-policy.yaml", service), ("hook.yaml", hook)):
            printed = plane.kubectl("create", "-f", str(file_of(folder, name, made)))
            if printed.status:
                raise RuntimeError(printed.text)

    def record(self, scenario: Scenario, into: Path, about: Mapping[str, str]) -> dict[str, Any]:
        """Plays a scenario on a clean namespace and writes what was seen."""
        self.clean()
        if scenario.before:
            scenario.before(self)
        self.tape = self.begin()
        time.sleep(1.5)
        for arguments in self.follows:
            self.tape.follow(*arguments)
        time.sleep(0.5)
        try:
            scenario.act(self, scenario.name)
            for arguments in self.ends:
                self.tape.run(*arguments)
            told = {**about, "room": scenario.room, "scenario": scenario.name, **self.tape.stop()}
        except PlaneError:
            save(self.folder / "failed.json", self.tape.stop())
            raise
        finally:
            if scenario.after:
                scenario.after(self)
        save(into / scenario.room / f"{scenario.name}.json", told)
        return told

    def begin(self) -> Tape:
        return Tape(self.plane)

    def clean(self) -> None:
        plane = self.plane
        for kind in ("deployments", "replicasets", "pods", "resourcequotas", "poddisruptionbudgets"):
            plane.kubectl("delete", kind, "--all", "--force", "--grace-period=0")
        wait_for("no Pods", lambda: not plane.get("/api/v1/namespaces/default/pods")["items"], 60)
        time.sleep(3)  # what the kubelets still have to say of them
        plane.kubectl("delete", "events", "--all")


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True


def file_of(folder: Path, name: str, made: Mapping[str, Any]) -> Path:
    path = folder / name
    path.write_text(json.dumps(made))
    return path


def create(recorder: Recorder, path: Path) -> None:
    recorder.tape.run("create", "-f", path.name)


def pod_status(plane: Plane, name: str, *, deleted: bool = False) -> str:
    """READY and STATUS as the API server prints them; with `deleted`, when it was marked for deletion."""
    if deleted:
        found = plane.get(f"/api/v1/namespaces/default/pods/{name}") or {}
        return found.get("metadata", {}).get("deletionTimestamp", "")
    columns = plane.kubectl("get", "pod", name, "--no-headers").stdout.split()
    return f"{columns[1]} {columns[2]}" if len(columns) > 2 else ""
