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
from tests.oracle.cluster import kubevirt
from tests.oracle.cluster.cluster import Cluster, cluster
from tests.oracle.cluster.images import origins
from tests.oracle.cluster.node import CGROUPS
from tests.oracle.cluster.programs import UPSTREAM
from tests.oracle.cluster.shell import SHELLS, paste
from tests.oracle.plane import KUBERNETES
from tests.oracle.record import VERSIONS
from tests.oracle.tries import PROMISED, blocks, broken, slips, sum_of, transcript

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
    if _needs_kubevirt(lesson):
        lines.append(f"{kubevirt.versions()}.")
    for name, origin in origins(_named(lesson)).items():
        lines.append(f"{name} was made here: {origin}.")
    lines += [f"Not run: {each}" for each in PROMISED[lesson].get("not_run", ())]
    return "".join(f"{line}\n" for line in lines)


def _needs_kubevirt(lesson: str) -> bool:
    return PROMISED[lesson].get("needs") == kubevirt.NEEDED


def _named(lesson: str) -> list[str]:
    """The images that a lesson's blocks name, in full."""
    found = re.findall(r"(?:image: ?|--image=|IMAGE=)\"?([\w./-]+:[\w.-]+)", "".join(blocks(lesson)))
    return sorted({name if "/" in name else f"docker.io/library/{name}" for name in found})


def play(made: Cluster, lesson: str, shell: str) -> list[str]:
    """Runs the blocks of a lesson; what they broke of what the lesson promises."""
    missed, written = [], head(lesson, shell, made)
    for block, promised in zip(blocks(lesson), PROMISED[lesson]["blocks"], strict=True):
        printed = paste(shell, block, made.environment(), made.home, HELD_S)
        print(printed, flush=True)
        missed += [f"no line says {promise!r}" for promise in broken(printed, promised)]
        missed += [f"a line says {line!r}" for line in slips(printed, PROMISED[lesson].get("never", ()))]
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
    lessons.sort(key=_needs_kubevirt)  # the others run while the cluster has nothing of it
    with_machines = [lesson for lesson in lessons if _needs_kubevirt(lesson)]
    failed = False
    with cluster(machines=bool(with_machines)) as made:
        for lesson in lessons:
            if lesson in with_machines[:1]:
                kubevirt.install(made)
            print(f"\n===== {lesson} in {shell}", flush=True)
            for wrong in play(made, lesson, shell):
                print(wrong, flush=True)
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
