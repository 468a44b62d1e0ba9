"""A cluster of one node that kubeadm set up, and the shell of somebody who reads a lesson beside it."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.oracle.cluster import images, node, programs
from tests.oracle.plane import KUBERNETES, PODS, SERVICES, PlaneError, wait_for

_KUBEADM = f"""\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {{advertiseAddress: {node.ADDRESS}}}
nodeRegistration: {{name: {node.NAME}, criSocket: "unix:///run/containerd/containerd.sock", taints: []}}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v{KUBERNETES}
networking: {{podSubnet: {PODS}, serviceSubnet: {SERVICES}}}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
imageGCHighThresholdPercent: 100
evictionHard: {{nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%"}}
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
conntrack: {{maxPerCore: 0}}
"""
_DOCKER = """\
#!/bin/sh
# kind's node is a container of Docker's; this one is not, and only `docker exec NODE COMMAND …` is known.
if [ "$1" = exec ] && [ "$2" = NODE ]; then
  shift 2
  exec nsenter --target PID --all --wdns=/ "$@"
fi
echo "docker $1: not here" >&2
exit 1
"""
_KUBECTL = """\
#!/bin/sh
exec nsenter --target PID --net -- PROGRAM "$@"
"""


class Cluster:
    """The node's process, and where its files are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self._spawn("node", "-m", "tests.oracle.cluster.node", str(self.folder))
        self._first = wait_for("the node", self._init, 60)
        self._spawn("registry", "-m", "tests.oracle.cluster.registry", within=True)
        (self.folder / "over" / "kubeadm.yaml").write_text(_KUBEADM)
        wait_for("containerd", lambda: self.on_node("test", "-S", "/run/containerd/containerd.sock") == 0)
        status = self.on_node(
            "kubeadm", "init", "--config=/kubeadm.yaml", "--ignore-preflight-errors=all", log="kubeadm", seconds=600
        )
        if status:
            raise PlaneError(f"kubeadm init ended with {status}: see {self.folder / 'kubeadm.log'}")
        self._make_home()
        wait_for("all that runs in kube-system", self._is_whole, 240, every=2)

    def close(self) -> None:
        for program in reversed(self._started):
            program.kill()  # the node's PID 1 and all that it started end with the first
            program.wait()
        for top in node.cgroups(self.folder.name):
            for folder, _, _ in os.walk(top, topdown=False):
                _remove(Path(folder))
        shutil.rmtree(self.folder)

    def on_node(self, *command: str, log: str = "", seconds: float = 60) -> int:
        with (self.folder / f"{log}.log").open("ab") if log else open(os.devnull, "wb") as out:
            entered = ["nsenter", f"--target={self._first}", "--all", "--wdns=/", *command]
            done = subprocess.run(entered, stdout=out, stderr=out, timeout=seconds, check=False, env=_environment())
        return done.returncode

    def ask_node(self, *command: str) -> str:
        entered = ["nsenter", f"--target={self._first}", "--all", "--wdns=/", *command]
        return subprocess.run(entered, check=True, capture_output=True, text=True, env=_environment()).stdout

    def environment(self) -> dict[str, str]:
        """What the reader's shell finds."""
        return {
            "HOME": str(self.home),
            "KUBECONFIG": str(self.home / ".kube" / "config"),
            "LANG": "C.UTF-8",
            "PATH": f"{self.home / 'bin'}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "TERM": "xterm",
        }

    def kubectl(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.home / "bin" / "kubectl"), *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def _spawn(self, name: str, *arguments: str, within: bool = False) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        into = ["nsenter", f"--target={self._first}", "--net", "--"] if within else []
        self._started.append(subprocess.Popen([*into, sys.executable, *arguments], stdout=log, stderr=log))

    def _init(self) -> str:
        """The number of the node's PID 1, when its root is ready."""
        if self._started[0].poll() is not None:
            raise PlaneError(f"the node ended: see {self.folder / 'node.log'}")
        parent = self._started[0].pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return children[0] if children and Path(f"/proc/{children[0]}/root/run/ready").exists() else ""

    def _make_home(self) -> None:
        tools = self.home / "bin"
        tools.mkdir(parents=True)
        program = self.folder / "kubectl"
        program.symlink_to(programs.ours("cluster-1.37"))
        for name, text in (("docker", _DOCKER), ("kubectl", _KUBECTL)):
            for word, value in (("PID", self._first), ("PROGRAM", str(program)), ("NODE", node.NAME)):
                text = text.replace(word, value)
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        (self.home / ".kube").mkdir()
        shutil.copy(self.folder / "over" / "etc" / "kubernetes" / "admin.conf", self.home / ".kube" / "config")

    def _is_whole(self) -> bool:
        ready = "jsonpath={range .items[*]}{.status.conditions[?(@.type=='Ready')].status} {end}"
        told = self.kubectl("get", "pods", "-n", "kube-system", "-o", ready).split()
        return len(told) >= 7 and set(told) == {"True"}


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


def _remove(cgroup: Path) -> None:
    """A cgroup can be removed once its last process is gone."""
    for _ in range(50):
        try:
            cgroup.rmdir()
            return
        except OSError:
            time.sleep(0.1)


def make(machines: bool = False) -> None:
    programs.make(machines)
    images.make(machines)
    node.make()


@contextmanager
def cluster(machines: bool = False) -> Iterator[Cluster]:
    """Ready for Pods; where machines are wanted, all that KubeVirt is installed from is there as well."""
    make(machines)
    folder = Path(tempfile.mkdtemp(prefix="podscope-cluster-"))
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.close()
