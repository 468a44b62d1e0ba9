"""The node, as kind's is: PID 1 in namespaces and a root of its own, with containerd, and the kubelet once kubeadm has
written what it starts from.

python -m tests.oracle.cluster.node FOLDER: outside of that folder it changes cgroups of its name, and nothing else.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.oracle.cluster import debian, images, registry
from tests.oracle.cluster.programs import folder as upstream
from tests.oracle.cluster.programs import ours
from tests.oracle.plane import PODS
from tests.oracle.record import BUILT

NAME = "kind-control-plane"
ADDRESS = "172.18.0.2"
CGROUPS = Path("/sys/fs/cgroup")
CONTROLLERS = ("blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "perf_event", "pids", "systemd")
"""The hierarchies of cgroup v1, of which `systemd` is one with a name and no controller."""
BASE = BUILT / "node"
"""The node's root as it is before anything ran; each node lays its own folder over it."""
PACKAGES = (
    "bash",
    "coreutils",
    "grep",
    "sed",
    "gawk",
    "findutils",
    "mount",
    "util-linux",
    "iproute2",
    "iptables",
    "nftables",
    "conntrack",
    "ethtool",
    "socat",
    "kmod",
    "runc",
    "procps",
    "hostname",
)
_TUNED = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""What a kubelet sets for a whole machine; it finds files that say so already, and the machine stays as it is."""
# No score below containerd's own, for where root may not lower one (it lacks CAP_SYS_RESOURCE).
_CONTAINERD = f"""\
version = 3
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{images.PAUSE}"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "/etc/containerd/certs.d"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
"""
_MIRROR = f"""\
server = "http://127.0.0.1:{registry.PORT}"
[host."http://127.0.0.1:{registry.PORT}"]
  capabilities = ["pull", "resolve"]
"""
_NETWORK = """\
{"cniVersion": "1.0.0", "name": "podscope", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "POD_SUBNET"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
"""


def make() -> None:
    """The root that every node starts from."""
    if BASE.exists():
        return
    print("the node's root …", flush=True)
    fresh = BASE.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    debian.Debian("amd64").unpack(fresh, PACKAGES)
    tools = fresh / "usr" / "local" / "bin"
    tools.mkdir(parents=True, exist_ok=True)
    for program in upstream("containerd").iterdir():
        shutil.copy(program, tools)
    shutil.copy(ours("cluster-1.37"), tools / "kubelet")
    for name in ("kubeadm", "kubectl"):
        (tools / name).symlink_to("kubelet")
    plugins = fresh / "opt" / "cni" / "bin"
    plugins.mkdir(parents=True)
    for plugin in upstream("cni").iterdir():
        shutil.copy(plugin, plugins)
    files = {
        "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
        "etc/group": "root:x:0:\n",
        "etc/hostname": f"{NAME}\n",
        "etc/hosts": f"127.0.0.1 localhost\n{ADDRESS} {NAME}\n",
        "etc/resolv.conf": "nameserver 172.18.0.1\n",
        "etc/machine-id": f"{0x706F6473636F7065:032x}\n",
        "etc/containerd/config.toml": _CONTAINERD,
        "etc/containerd/certs.d/_default/hosts.toml": _MIRROR,
        "etc/cni/net.d/10-podscope.conflist": _NETWORK.replace("POD_SUBNET", PODS.replace("/16", "/24")),
    }
    for name, text in files.items():
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).write_text(text)
    fresh.rename(BASE)


def cgroups(name: str) -> list[Path]:
    """The node's cgroup in every hierarchy; one in all where the machine has cgroup v2."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS / name]
    return [CGROUPS / controller / name for controller in CONTROLLERS if (CGROUPS / controller).is_dir()]


def join_cgroups(name: str) -> None:
    """Moves this process into cgroups of its own, which the node will see as the root."""
    for cgroup in cgroups(name):
        cgroup.mkdir(exist_ok=True)
        if cgroup.parent.name == "cpuset":
            for file in ("cpuset.cpus", "cpuset.mems"):
                (cgroup / file).write_text((cgroup.parent / file).read_text())
        (cgroup / "cgroup.procs").write_text(str(os.getpid()))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _mount_root(folder: Path) -> Path:
    root, over, work = folder / "root", folder / "over", folder / "work"
    for each in (root, over, work, folder / "var"):
        each.mkdir(parents=True, exist_ok=True)
    _run("mount", "--make-rprivate", "/")
    _run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={BASE},upperdir={over},workdir={work}", str(root))
    _run("mount", "--bind", str(folder / "var"), str(root / "var"))
    _run("mount", "-t", "proc", "proc", str(root / "proc"))
    _run("mount", "-t", "sysfs", "sysfs", str(root / "sys"))
    _run("mount", "--rbind", "/dev", str(root / "dev"))
    _run("mount", "-t", "tmpfs", "tmpfs", str(root / "run"))
    _mount_cgroups(root / str(CGROUPS).lstrip("/"))
    for name, value in _TUNED.items():
        file = root / "run" / name.replace("/", "-")
        file.write_text(f"{value}\n")
        _run("mount", "--bind", str(file), str(root / "proc" / "sys" / name))
    return root


def _mount_cgroups(top: Path) -> None:
    if (CGROUPS / "cgroup.controllers").exists():
        _run("mount", "-t", "cgroup2", "cgroup2", str(top))
        (top / "init").mkdir()  # a cgroup whose children have controllers holds no process itself
        (top / "init" / "cgroup.procs").write_text("1")
        wanted = [f"+{name}" for name in (top / "cgroup.controllers").read_text().split()]
        (top / "cgroup.subtree_control").write_text(" ".join(wanted))
        return
    _run("mount", "-t", "tmpfs", "tmpfs", str(top))
    for controller in CONTROLLERS:
        if (CGROUPS / controller).is_dir():
            (top / controller).mkdir()
            option = "none,name=systemd" if controller == "systemd" else controller
            _run("mount", "-t", "cgroup", "-o", option, "cgroup", str(top / controller))


def _network() -> None:
    _run("hostname", NAME)
    for line in (
        "link set lo up",
        "link add eth0 type veth peer name uplink",
        "link set uplink up",
        "link set eth0 up",
        f"addr add {ADDRESS}/16 dev eth0",
        "route add default via 172.18.0.1 dev eth0",
    ):
        _run("ip", *line.split())
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _pivot(root: Path) -> None:
    (root / "old").mkdir(exist_ok=True)
    os.chdir(root)
    _run("pivot_root", ".", "old")
    os.chroot(".")
    os.chdir("/")
    _run("umount", "-l", "/old")
    _run("mount", "--make-rshared", "/")


def _start(name: str, *command: str) -> subprocess.Popen[bytes]:
    Path("/var/log").mkdir(parents=True, exist_ok=True)
    with Path(f"/var/log/{name}.log").open("ab") as log:
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)


def _kubelet() -> subprocess.Popen[bytes]:
    """As kubeadm's unit starts it."""
    flags = Path("/var/lib/kubelet/kubeadm-flags.env")
    text = flags.read_text().partition("=")[2].strip().strip('"') if flags.exists() else ""
    return _start(
        "kubelet",
        "kubelet",
        "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
        "--kubeconfig=/etc/kubernetes/kubelet.conf",
        "--config=/var/lib/kubelet/config.yaml",
        *text.split(),
    )


def _live() -> None:
    """PID 1: starts the two programs, starts them again where they end, and reaps what others leave behind."""
    running = {"containerd": _start("containerd", "containerd")}
    while True:
        if "kubelet" not in running and Path("/var/lib/kubelet/config.yaml").exists():
            running["kubelet"] = _kubelet()
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            ended = 0
        if not ended:
            time.sleep(0.2)
        running = {name: program for name, program in running.items() if program.pid != ended}
        if "containerd" not in running:
            running["containerd"] = _start("containerd", "containerd")


def main(folder: Path) -> int:
    if os.getpid() != 1:
        join_cgroups(folder.name)
        separate = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork", "--kill-child")
        os.execvp("unshare", ["unshare", *separate, sys.executable, "-m", "tests.oracle.cluster.node", str(folder)])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    root = _mount_root(folder)
    _network()
    _pivot(root)
    Path("/run/ready").touch()
    _live()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
