"""Builds the real programs from their Go modules into the ignored folder `.oracle`: `python -m tests.oracle.build`.

Needs Go. The first build of Kubernetes takes about twelve minutes on two cores; what was compiled is kept by Go.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.oracle.record import BUILT

HERE = Path(__file__).parent
JOBS = 2  # compile jobs at once
KUBERNETES = ("1.36.3", "1.37.2")
"""The versions that are recorded; each has a program below."""


@dataclass(frozen=True)
class Program:
    """What is built from a module of ours: with which go.mod, and the version that it tells as upstream's own does."""

    name: str
    folder: str
    modules: str = "go.mod"
    stamp: tuple[str, ...] = ()
    package: str = "."
    tags: tuple[str, ...] = ()


def _kubernetes(version: str) -> tuple[str, ...]:
    major, minor, _ = version.split(".")
    return tuple(
        f"-X {package}.{name}={value}"
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
        for name, value in (("gitVersion", f"v{version}"), ("gitMajor", major), ("gitMinor", minor))
    )


def _prometheus(version: str) -> tuple[str, ...]:
    return (f"-X github.com/prometheus/common/version.Version={version}",)


# Prometheus' service discovery is large, and none of it is asked.
_NO_DISCOVERY = ("remove_all_sd", "netgo")

PROGRAMS = (
    Program("etcd-3.7", "etcd"),
    Program("slowdisk", "slowdisk"),
    Program("pause", "pause"),
    Program("containerd-2.3", "containerd"),
    Program("alertmanager-0.35", "alertmanager"),
    Program(
        "amtool-0.35",
        "alertmanager",
        stamp=_prometheus("0.35.0"),
        package="github.com/prometheus/alertmanager/cmd/amtool",
    ),
    *(
        Program(
            f"{name}-3.16",
            "prometheus",
            stamp=_prometheus("3.16.0"),
            package=f"github.com/prometheus/prometheus/cmd/{name}",
            tags=_NO_DISCOVERY,
        )
        for name in ("promtool", "prometheus")
    ),
    Program("kubevirt-1.9", "kubevirt", stamp=("-X kubevirt.io/client-go/version.gitVersion=v1.9.0",)),
    Program("kubernetes-1.37", "kubernetes", stamp=_kubernetes("1.37.2")),
    Program("cluster-1.37", "kubernetes", stamp=_kubernetes("1.37.2"), package="./cluster"),
    Program("kubernetes-1.36", "kubernetes", "v1.36.mod", _kubernetes("1.36.3"), tags=("k136",)),
)


def build(program: Program) -> None:
    target = BUILT / "bin" / program.name
    target.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOMEMLIMIT": "8GiB"}
    flags = " ".join(("-s -w", *program.stamp))
    subprocess.run(
        [
            "go",
            "build",
            "-p",
            str(JOBS),
            "-trimpath",
            f"-modfile={program.modules}",
            *([f"-tags={','.join(program.tags)}"] if program.tags else ()),
            "-ldflags",
            flags,
            "-o",
            str(target),
            program.package,
        ],
        cwd=HERE / program.folder,
        env=environment,
        check=True,
    )


def main(wanted: list[str]) -> int:
    for program in PROGRAMS:
        if not wanted or program.name in wanted:
            print(f"{program.name} …", flush=True)
            build(program)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
