"""The programs that are upstream's own, each from its module at a release: built where they are missing."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.oracle.build import HERE, JOBS, PROGRAMS, build
from tests.oracle.plane import KUBEVIRT
from tests.oracle.record import BUILT

OURS = ("cluster-1.37", "etcd-3.7", "pause")
"""Programs of ours that put real commands behind one binary: see `tests.oracle.build`."""
OF_MACHINES = ("kubevirt-1.9", "kubevirt", "kubevirt-node")
"""What is built for a cluster with KubeVirt alone."""


@dataclass(frozen=True)
class Upstream:
    """Commands of one module, built from its own go.mod.

    Where that replaces modules by folders that it does not bring along: from the go.mod in a folder of ours.
    """

    module: str
    version: str
    packages: tuple[str, ...]
    stamp: str = ""
    tags: tuple[str, ...] = ()
    ours: str = ""
    in_c: Mapping[str, str] = field(default_factory=dict)
    """Programs of one file in C. Where there are some, the ones in Go may call C as well."""


_ENVIRONMENT = {**os.environ, "GOTOOLCHAIN": "local", "GOMEMLIMIT": "8GiB", "GOWORK": "off"}
_KUBEVIRT_VERSION = f"kubevirt.io/client-go/version.gitVersion=v{KUBEVIRT}"

UPSTREAM: Mapping[str, Upstream] = {
    "containerd": Upstream(
        "github.com/containerd/containerd/v2",
        "v2.3.4",
        ("cmd/containerd", "cmd/containerd-shim-runc-v2", "cmd/ctr"),
        stamp="github.com/containerd/containerd/v2/version.Version=v2.3.4",
        tags=("no_btrfs", "no_zfs", "no_devmapper"),
    ),
    "cni": Upstream(
        "github.com/containernetworking/plugins",
        "v1.10.0",
        ("plugins/main/bridge", "plugins/main/loopback", "plugins/ipam/host-local", "plugins/meta/portmap"),
    ),
    "coredns": Upstream("github.com/coredns/coredns", "v1.14.6", (".",)),
    "prometheus": Upstream(
        "github.com/prometheus/prometheus",
        "v0.314.0",
        ("cmd/prometheus", "cmd/promtool"),
        stamp="github.com/prometheus/common/version.Version=3.14.0",
        tags=("remove_all_sd", "netgo"),
    ),
    "kubevirt": Upstream(
        "kubevirt.io/kubevirt",
        f"v{KUBEVIRT}",
        (
            "cmd/virt-operator",
            "cmd/virt-api",
            "cmd/virt-controller",
            "cmd/virt-exportproxy",
            "cmd/virt-chroot",
            "cmd/virt-launcher-monitor",
            "cmd/virt-tail",
            "cmd/virt-launcher/libvirt-hook-client",
        ),
        stamp=_KUBEVIRT_VERSION,
        ours="kubevirt",
    ),
    # Both want C's headers; libvirt itself is looked for when virt-launcher starts.
    "kubevirt-node": Upstream(
        "kubevirt.io/kubevirt",
        f"v{KUBEVIRT}",
        ("cmd/virt-handler", "cmd/virt-launcher"),
        stamp=_KUBEVIRT_VERSION,
        tags=("libvirt_dlopen",),
        ours="kubevirt",
        in_c={"container-disk": "cmd/container-disk-v2alpha/main.c"},
    ),
}


def folder(name: str) -> Path:
    """Where the commands of an upstream module stand."""
    return BUILT / "upstream" / f"{name}-{UPSTREAM[name].version}"


def ours(name: str) -> Path:
    return BUILT / "bin" / name


def make(machines: bool = False) -> None:
    """What is missing; KubeVirt's programs only for a cluster with machines."""
    for program in PROGRAMS:
        if _wanted(program.name, OURS, machines) and not ours(program.name).exists():
            print(f"{program.name} …", flush=True)
            build(program)
    for name, upstream in UPSTREAM.items():
        if _wanted(name, tuple(UPSTREAM), machines) and not folder(name).exists():
            print(f"{name} {upstream.version} …", flush=True)
            _build(name)


def _wanted(name: str, always: tuple[str, ...], machines: bool) -> bool:
    return machines if name in OF_MACHINES else name in always


def source(name: str) -> Path:
    """The folder of an upstream module, with files that its images hold beside the programs."""
    upstream = UPSTREAM[name]
    if not upstream.ours:
        return _downloaded(upstream)
    asked = ["go", "list", "-m", "-f", "{{.Dir}}", upstream.module]
    told = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=HERE / upstream.ours, env=_ENVIRONMENT)
    return Path(told.stdout.strip())


def _downloaded(upstream: Upstream) -> Path:
    asked = ["go", "mod", "download", "-json", f"{upstream.module}@{upstream.version}"]
    told = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=BUILT, env=_ENVIRONMENT)
    return Path(json.loads(told.stdout)["Dir"])


def _build(name: str) -> None:
    """From a folder whose go.mod says what the module needs: its own, for what it replaces to be read, or ours."""
    upstream = UPSTREAM[name]
    fresh = folder(name).with_suffix(".new")
    fresh.mkdir(parents=True, exist_ok=True)
    flags = "-s -w" + (f" -X {upstream.stamp}" if upstream.stamp else "")
    tags = [f"-tags={','.join(upstream.tags)}"] if upstream.tags else []
    within = upstream.module if upstream.ours else "."
    packages = [f"{within}/{package}" for package in upstream.packages]
    subprocess.run(
        ["go", "build", "-p", str(JOBS), "-trimpath", *tags, "-ldflags", flags, "-o", f"{fresh}/", *packages],
        env={**_ENVIRONMENT, "CGO_ENABLED": "1" if upstream.in_c else "0"},
        check=True,
        cwd=HERE / upstream.ours if upstream.ours else _downloaded(upstream),
    )
    for program, file in upstream.in_c.items():
        subprocess.run(["gcc", "-O2", "-static", "-o", fresh / program, source(name) / file], check=True)
    fresh.rename(folder(name))
