"""The programs that are upstream's own, each from its module at a release: built where they are missing."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.oracle.build import JOBS, PROGRAMS, build
from tests.oracle.record import BUILT

OURS = ("cluster-1.37", "etcd-3.7", "pause")
"""Programs of ours that put real commands behind one binary: see `tests.oracle.build`."""


@dataclass(frozen=True)
class Upstream:
    """Commands of one module, built from its own go.mod."""

    module: str
    version: str
    packages: tuple[str, ...]
    stamp: str = ""
    tags: tuple[str, ...] = ()


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
}


def folder(name: str) -> Path:
    """Where the commands of an upstream module stand."""
    return BUILT / "upstream" / f"{name}-{UPSTREAM[name].version}"


def ours(name: str) -> Path:
    return BUILT / "bin" / name


def make() -> None:
    for program in PROGRAMS:
        if program.name in OURS and not ours(program.name).exists():
            print(f"{program.name} …", flush=True)
            build(program)
    for name, upstream in UPSTREAM.items():
        if not folder(name).exists():
            print(f"{name} {upstream.version} …", flush=True)
            _build(folder(name), upstream)


def _build(target: Path, upstream: Upstream) -> None:
    """From the module's own folder, for its own go.mod to be read with what it replaces."""
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOMEMLIMIT": "8GiB",
        "GOWORK": "off",
    }
    told = subprocess.run(
        ["go", "mod", "download", "-json", f"{upstream.module}@{upstream.version}"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        cwd=BUILT,
    )
    fresh = target.with_suffix(".new")
    fresh.mkdir(parents=True, exist_ok=True)
    flags = "-s -w" + (f" -X {upstream.stamp}" if upstream.stamp else "")
    tags = [f"-tags={','.join(upstream.tags)}"] if upstream.tags else []
    packages = [f"./{package}" for package in upstream.packages]
    subprocess.run(
        ["go", "build", "-p", str(JOBS), "-trimpath", *tags, "-ldflags", flags, "-o", f"{fresh}/", *packages],
        env=environment,
        check=True,
        cwd=json.loads(told.stdout)["Dir"],
    )
    fresh.rename(target)
