"""A control plane of the real programs on this machine alone: etcd, API server, controllers, scheduler, kubelets.

Everything runs in a network namespace of its own (`enter`), whose loopback device carries the addresses of nodes and
Pods; nothing of it can be reached from outside, and nothing outside from it.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

INSIDE = "PODSCOPE_ORACLE_INSIDE"
KUBERNETES = os.environ.get("PODSCOPE_ORACLE_KUBERNETES", "1.37.2")
KUBEVIRT = "1.9.0"
API = "https://127.0.0.1:6443"
ETCD = "http://127.0.0.1:2379"  # the member that the API server asks: its own, as where kubeadm sets one up
ETCD_MEMBERS = {"etcd": 2380, "etcd-2": 2480, "etcd-3": 2580}  # by name, with the port for the other members
PODS = "10.244.0.0/16"
SERVICES = "10.96.0.0/16"
OBSERVER = "podscope-observer"  # who looks at the cluster for the recorder; no recording holds what it asks


_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={bus}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""


class PlaneError(Exception):
    """A program did not start, or did not come to the state that a scenario waits for."""


def enter(arguments: Sequence[str]) -> None:
    """Runs this program again inside a network namespace of its own, and returns there only."""
    if os.environ.get(INSIDE):
        socket.sethostname("node-3")  # who leads an election says so by the name of the machine
        for line in (
            "link set lo up",
            *(f"addr add {node_address(number)}/32 dev lo" for number in range(1, 9)),
            "addr add 192.168.10.250/32 dev lo",
            f"route add local {PODS} dev lo",
            "route add default dev lo",
        ):
            subprocess.run(["ip", *line.split()], check=True)
        return
    environment = {**os.environ, INSIDE: "1"}
    done = subprocess.run(["unshare", "--net", "--uts", sys.executable, *arguments], env=environment, check=False)
    _leave(done.returncode)


def _leave(status: int) -> NoReturn:
    raise SystemExit(status)


def node_address(number: int) -> str:
    return f"192.168.10.{10 + number}"


def wait_for(what: str, is_so: Callable[[], Any], seconds: float = 60.0, every: float = 0.1) -> Any:
    """The first true answer; PlaneError names what did not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := is_so():
            return found
        time.sleep(every)
    raise PlaneError(f"{what}: not within {seconds:.0f} s")


class Plane:
    """One cluster in a folder. Programs are started and stopped by name, so that a scenario can take one away."""

    def __init__(
        self,
        folder: Path,
        kubernetes: Path,
        etcd: Path,
        *,
        gates: str = "",
        users: Mapping[str, tuple[str, str]] | None = None,
        api_flags: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self._kubernetes = kubernetes
        self._etcd = etcd
        self._gates = gates
        self._api_flags = api_flags
        self.tools: dict[str, list[str]] = {"kubectl": [str(kubernetes), "kubectl"]}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._tokens = {
            "admin": ("kubernetes-admin", "system:masters"),
            "observer": (OBSERVER, "system:masters"),
            "kube-scheduler": ("system:kube-scheduler", ""),
            "kube-controller-manager": ("system:kube-controller-manager", ""),
            **{f"node-{number}": (f"system:node:node-{number}", "system:nodes") for number in range(1, 9)},
            **(users or {}),
        }
        folder.mkdir(parents=True, exist_ok=True)

    # -- programs -----------------------------------------------------------------------------------------------

    def start(self, name: str, program: Path, *arguments: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self._running[name] = subprocess.Popen(
            [str(program), *arguments],
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.bus}"},
        )

    def stop(self, name: str, sign: signal.Signals = signal.SIGTERM) -> None:
        program = self._running.pop(name)
        program.send_signal(sign)
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()

    def signal(self, name: str, sign: signal.Signals) -> None:
        self._running[name].send_signal(sign)

    def pause(self, name: str) -> None:
        self._running[name].send_signal(signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        self._running[name].send_signal(signal.SIGCONT)

    def is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def close(self) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)

    def start_etcd(self, *names: str) -> None:
        """Members of one cluster of three; all of them when none is named."""
        peers = {name: f"http://127.0.0.1:{port}" for name, port in ETCD_MEMBERS.items()}
        for name in names or ETCD_MEMBERS:
            clients = f"http://127.0.0.1:{ETCD_MEMBERS[name] - 1}"
            self.start(
                name,
                self._etcd,
                "etcd",
                f"--name={name}",
                f"--data-dir={self.folder / name}",
                f"--listen-client-urls={clients}",
                f"--advertise-client-urls={clients}",
                f"--listen-peer-urls={peers[name]}",
                f"--initial-advertise-peer-urls={peers[name]}",
                f"--initial-cluster={','.join(f'{each}={url}' for each, url in peers.items())}",
                "--unsafe-no-fsync",
            )

    def start_api_server(self) -> None:
        self._write_credentials()
        self.start(
            "kube-apiserver",
            self._kubernetes,
            "kube-apiserver",
            f"--etcd-servers={ETCD}",
            "--bind-address=127.0.0.1",
            "--secure-port=6443",
            f"--cert-dir={self.folder / 'certs'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={self.folder / 'sa.key'}",
            f"--service-account-key-file={self.folder / 'sa.key'}",
            f"--service-cluster-ip-range={SERVICES}",
            "--authorization-mode=Node,RBAC",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--advertise-address=192.168.10.250",
            "--endpoint-reconciler-type=none",
            "--allow-privileged=true",
            "--enable-admission-plugins=NodeRestriction",
            f"--audit-policy-file={self.folder / 'audit-policy.yaml'}",
            f"--audit-log-path={self.audit_log}",
            *([f"--feature-gates={self._gates}"] if self._gates else []),
            *self._api_flags,
        )
        wait_for("the API server's certificate", (self.folder / "certs" / "apiserver.crt").exists)
        self._write_kubeconfigs()
        wait_for("the API server", lambda: self.kubectl("get", "--raw", "/readyz").text.strip() == "ok", 120)

    def start_controller_manager(self, *more: str) -> None:
        self.start(
            "kube-controller-manager",
            self._kubernetes,
            "kube-controller-manager",
            f"--kubeconfig={self.folder / 'kube-controller-manager.kubeconfig'}",
            "--leader-elect=false",
            f"--service-account-private-key-file={self.folder / 'sa.key'}",
            f"--root-ca-file={self.folder / 'certs' / 'apiserver.crt'}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={self.folder / 'certs'}",
            "--use-service-account-credentials=true",
            *more,
        )

    def start_scheduler(self, *more: str) -> None:
        config = {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "clientConnection": {"kubeconfig": str(self.folder / "kube-scheduler.kubeconfig")},
            "leaderElection": {"leaderElect": False},
        }
        path = self.folder / "scheduler.yaml"
        path.write_text(json.dumps(config))
        self.start(
            "kube-scheduler",
            self._kubernetes,
            "kube-scheduler",
            f"--config={path}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={self.folder / 'certs'}",
            *more,
        )

    def start_kubelet(self, number: int, *, cores: int = 4, memory: str = "8Gi", more: Iterable[str] = ()) -> None:
        name = f"node-{number}"
        if not self.script_path(number).exists():
            self.play(number, {})
        self.start(
            name,
            self._kubernetes,
            "kubelet",
            f"--name={name}",
            f"--ip={node_address(number)}",
            f"--pod-prefix=10.244.{number}.",
            f"--kubeconfig={self.folder / f'{name}.kubeconfig'}",
            f"--root={self.folder / name}",
            f"--script={self.script_path(number)}",
            f"--cores={cores}",
            f"--memory={memory}",
            *more,
        )

    @property
    def bus(self) -> Path:
        """The socket of the system bus of all nodes, which is there after `start_logind`."""
        return self.folder / "bus"

    def start_logind(self) -> None:
        """What a kubelet with a shutdownGracePeriod asks for locks; SIGUSR1 to `logind` announces the shutdown, and it
        ends when the last lock is released."""
        config = self.folder / "bus.conf"
        config.write_text(_BUS.format(bus=self.bus))
        self.start("dbus", Path("dbus-daemon"), f"--config-file={config}", "--nofork")
        wait_for("the bus", self.bus.exists)
        self.start("logind", self._kubernetes, "logind")
        wait_for("logind", lambda: "ready" in (self.folder / "logind.log").read_text())

    def start_all(self, nodes: int = 1) -> None:
        """A cluster in which a Pod can run: every program, `nodes` ready nodes, and what each namespace needs."""
        self.start_etcd()
        self.start_api_server()
        self.start_controller_manager()
        self.start_scheduler()
        for number in range(1, nodes + 1):
            self.start_kubelet(number)
        self.wait_for_namespace("default")
        for number in range(1, nodes + 1):
            wait_for(f"node-{number}", lambda name=f"node-{number}": self.is_usable(name), 90)

    def is_usable(self, node: str) -> bool:
        found = self.get(f"/api/v1/nodes/{node}") or {}
        conditions = {each["type"]: each["status"] for each in found.get("status", {}).get("conditions", ())}
        return conditions.get("Ready") == "True" and not found.get("spec", {}).get("taints")

    def wait_for_namespace(self, namespace: str) -> None:
        base = f"/api/v1/namespaces/{namespace}"
        wait_for(f"the service account of {namespace}", lambda: self.get(f"{base}/serviceaccounts/default"))
        wait_for(f"kube-root-ca.crt of {namespace}", lambda: self.get(f"{base}/configmaps/kube-root-ca.crt"))

    # -- what a runtime does ------------------------------------------------------------------------------------

    def script_path(self, number: int) -> Path:
        return self.folder / f"node-{number}.script.json"

    def play(self, number: int, script: Mapping[str, Any]) -> None:
        """What the runtime of a node does from now on: see `runtime/script.go` for the names."""
        path = self.script_path(number)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(script))
        fresh.replace(path)

    # -- asking -------------------------------------------------------------------------------------------------

    @property
    def audit_log(self) -> Path:
        return self.folder / "audit.log"

    def kubectl(
        self,
        *arguments: str,
        stdin: str | None = None,
        seconds: float = 60.0,
        user: str = "observer",
        program: str = "kubectl",
    ) -> "Printed":
        """What the real kubectl, or another of the tools, prints; `admin` is the user of the stories."""
        try:
            done = subprocess.run(
                [*self.tools[program], *arguments],
                input=stdin,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
                env=self.environment(user),
                cwd=self.folder,
            )
        except subprocess.TimeoutExpired:
            raise PlaneError(f"{program} {' '.join(arguments)}: not within {seconds:.0f} s") from None
        return Printed(arguments, done.stdout, done.stderr, done.returncode)

    def kubectl_command(self, *arguments: str) -> list[str]:
        return [*self.tools["kubectl"], *arguments]

    def environment(self, user: str) -> dict[str, str]:
        return {
            **os.environ,
            "KUBECONFIG": str(self.folder / f"{user}.kubeconfig"),
            "KUBECACHEDIR": str(self.folder / "kubectl-cache"),
        }

    def get(self, path: str) -> Any:
        """The object at a path of the API; None when there is none."""
        printed = self.kubectl("get", "--raw", path)
        return json.loads(printed.stdout) if printed.status == 0 else None

    # -- files --------------------------------------------------------------------------------------------------

    def _write_credentials(self) -> None:
        if (self.folder / "tokens.csv").exists():
            return
        self._secrets = {name: secrets.token_hex(16) for name in self._tokens}
        lines = [f'{self._secrets[name]},{user},{name},"{groups}"' for name, (user, groups) in self._tokens.items()]
        (self.folder / "tokens.csv").write_text("\n".join(lines) + "\n")
        subprocess.run(
            ["openssl", "genrsa", "-out", str(self.folder / "sa.key"), "2048"], check=True, capture_output=True
        )
        policy = {
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "omitManagedFields": True,
            "rules": [
                {"level": "None", "resources": [{"group": "coordination.k8s.io"}]},
                {"level": "None", "users": [OBSERVER]},
                {"level": "RequestResponse"},
            ],
        }
        (self.folder / "audit-policy.yaml").write_text(json.dumps(policy))

    def _write_kubeconfigs(self) -> None:
        for name, token in self._secrets.items():
            config = {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "podscope",
                "clusters": [
                    {
                        "name": "podscope",
                        "cluster": {
                            "server": API,
                            "certificate-authority": str(self.folder / "certs" / "apiserver.crt"),
                        },
                    }
                ],
                "users": [{"name": name, "user": {"token": token}}],
                "contexts": [{"name": "podscope", "context": {"cluster": "podscope", "user": name}}],
            }
            (self.folder / f"{name}.kubeconfig").write_text(json.dumps(config))


class Printed:
    """What a command printed, and how it ended."""

    def __init__(self, arguments: Sequence[str], stdout: str, stderr: str, status: int) -> None:
        self.arguments = tuple(arguments)
        self.stdout = stdout
        self.stderr = stderr
        self.status = status

    @property
    def text(self) -> str:
        return self.stdout + self.stderr
