"""Pastes the blocks that lessons let one try into a shell beside a real cluster, and writes what they print.

python -m tests.oracle.cluster [--shell=zsh] [NN …]

As root, on a Linux machine with Go and Debian's packages within reach. In zsh nothing is written; it is held to the
same promises.
"""

import platform
import re
import subprocess
import sys

from app.place import CONTENT
from tests.oracle.cluster.cluster import Cluster, cluster
from tests.oracle.cluster.images import origins
from tests.oracle.cluster.node import CGROUPS
from tests.oracle.cluster.programs import UPSTREAM
from tests.oracle.cluster.shell import SHELLS, paste
from tests.oracle.plane import KUBERNETES
from tests.oracle.record import VERSIONS
from tests.oracle.tries import PROMISED, blocks, broken, sum_of, transcript

HELD_S = 420
"""The longest that a block may take."""


def versions(made: Cluster) -> str:
    runc = made.ask_node("runc", "--version").split()[2]
    told = {name: upstream.version.removeprefix("v") for name, upstream in UPSTREAM.items()}
    kernel = ".".join(platform.release().split(".")[:2])
    cgroup = "v2" if (CGROUPS / "cgroup.controllers").exists() else "v1"
    return (
        f"Kubernetes {KUBERNETES} by kubeadm, one node, kube-proxy in iptables mode; etcd {VERSIONS['etcd']}, "
        f"containerd {told['containerd']}, runc {runc}, CoreDNS {told['coredns']}, CNI plugins {told['cni']}, "
        f"Linux {kernel} with cgroup {cgroup}"
    )


def head(lesson: str, shell: str, made: Cluster) -> str:
    version = subprocess.run([shell, "--version"], check=True, capture_output=True, text=True).stdout.split("\n")[0]
    lines = [f"{lesson}, pasted into {version}.", f"{versions(made)}."]
    for name, origin in origins(_named(lesson)).items():
        lines.append(f"{name} was made here: {origin}.")
    lines += [f"Not run: {each}" for each in PROMISED[lesson].get("not_run", ())]
    return "".join(f"{line}\n" for line in lines)


def _named(lesson: str) -> list[str]:
    """The images that a lesson's blocks name, in full."""
    found = re.findall(r"(?:image: ?|--image=|IMAGE=)\"?([\w./-]+:[\w.-]+)", "".join(blocks(lesson)))
    return sorted({name if "/" in name else f"docker.io/library/{name}" for name in found})


def play(made: Cluster, lesson: str, shell: str) -> list[str]:
    """Runs the blocks of a lesson; the promises that they broke."""
    missed, written = [], head(lesson, shell, made)
    for block, promised in zip(blocks(lesson), PROMISED[lesson]["blocks"], strict=True):
        printed = paste(shell, block, made.environment(), made.home, HELD_S)
        print(printed, flush=True)
        missed += broken(printed, promised)
        written += f"\n===== sha256 of the block: {sum_of(block)}\n{printed.rstrip()}\n"
    if shell == "bash":
        transcript(lesson).write_text(written, encoding="utf-8")
    return missed


def main(arguments: list[str]) -> int:
    shell = next((each.removeprefix("--shell=") for each in arguments if each.startswith("--shell=")), "bash")
    if shell not in SHELLS:
        print(f"no such shell: {shell}", file=sys.stderr)
        return 2
    wanted = [each for each in arguments if not each.startswith("--")]
    lessons = [each for each in PROMISED if "blocks" in PROMISED[each] and (not wanted or each[:2] in wanted)]
    assert all((CONTENT / lesson).is_dir() for lesson in lessons)
    failed = False
    with cluster() as made:
        for lesson in lessons:
            print(f"\n===== {lesson} in {shell}", flush=True)
            for promise in play(made, lesson, shell):
                print(f"no line says {promise!r}", flush=True)
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
