"""The images that the blocks and kubeadm name, made here: an OCI layout each, with real programs where they count."""

import hashlib
import json
import os
import shutil
import struct
import subprocess
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.oracle.cluster import guest
from tests.oracle.cluster.debian import Debian, told
from tests.oracle.cluster.programs import UPSTREAM, folder, ours, source
from tests.oracle.plane import KUBERNETES, KUBEVIRT
from tests.oracle.record import BUILT

STORE = BUILT / "images"
LAUNCHER = f"quay.io/kubevirt/virt-launcher:v{KUBEVIRT}"
PAUSE = "registry.k8s.io/pause:3.10.2"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"

_NGINX = """\
user root;
pid /run/nginx.pid;
error_log /dev/stderr;
events {}
http {
  access_log /dev/stdout;
  server {
    listen 80;
    root /usr/share/nginx/html;
  }
}
"""


@dataclass(frozen=True)
class Image:
    """What stands in an image, how it starts, and for which platform; `fill` writes its root and tells the origin."""

    names: tuple[str, ...]
    fill: Callable[[Path], str]
    config: Mapping[str, Any] = field(default_factory=dict)
    platform: Mapping[str, str] = field(default_factory=lambda: {"architecture": "amd64", "os": "linux"})
    attested: bool = False


def _program(source: Path, *places: str) -> Callable[[Path], None]:
    """The same program at each of the places; they are links to the first."""

    def put(root: Path) -> None:
        first, *others = (root / place.lstrip("/") for place in places)
        first.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, first)
        for other in others:
            other.parent.mkdir(parents=True, exist_ok=True)
            other.symlink_to(f"/{first.relative_to(root)}")

    return put


def _of(origin: str, *parts: Callable[[Path], None]) -> Callable[[Path], str]:
    def fill(root: Path) -> str:
        for name in ("etc", "tmp"):
            (root / name).mkdir()
        (root / "tmp").chmod(0o1777)
        (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")
        (root / "etc" / "group").write_text("root:x:0:\nnobody:x:65534:\n")
        for part in parts:
            part(root)
        return origin

    return fill


def _kubernetes(name: str) -> Image:
    return Image(
        (f"registry.k8s.io/{name}:v{KUBERNETES}",),
        _of(f"Kubernetes {KUBERNETES}", _program(ours("cluster-1.37"), f"/usr/local/bin/{name}")),
        {"Entrypoint": [name], "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]},
    )


def _busybox(architecture: str = "amd64") -> Callable[[Path], str]:
    def fill(root: Path) -> str:
        unpacked = Debian(architecture).unpack(root, ["busybox"])
        for applet in _applets():
            link = root / "bin" / applet
            if not link.exists():
                link.symlink_to("busybox")
        return f"Debian's {told(unpacked, 'busybox')}"

    return fill


def _applets() -> list[str]:
    """What the program of this machine's architecture can do, and that of any other as well."""
    root = BUILT / "busybox"
    if not root.exists():
        Debian("amd64").unpack(root, ["busybox-static"])
    return subprocess.run(
        [root / "bin" / "busybox", "--list"], check=True, capture_output=True, text=True
    ).stdout.split()


def _debian(named: str, packages: Sequence[str], *more: Callable[[Path], None]) -> Callable[[Path], str]:
    def fill(root: Path) -> str:
        unpacked = Debian("amd64").unpack(root, packages)
        (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (root / "etc" / "group").write_text("root:x:0:\n")
        for part in more:
            part(root)
        return f"Debian's {told(unpacked, named)}"

    return fill


def _nginx(root: Path) -> None:
    (root / "etc" / "nginx" / "nginx.conf").write_text(_NGINX)
    for name in ("run", "var/log/nginx", "var/lib/nginx"):
        (root / name).mkdir(parents=True, exist_ok=True)


def _own_proxy(root: Path) -> None:
    _program(ours("cluster-1.37"), "/usr/local/bin/kube-proxy")(root)


def _prometheus(root: Path) -> None:
    for name in ("prometheus", "promtool"):
        _program(folder("prometheus") / name, f"/bin/{name}")(root)
    (root / "prometheus").mkdir()
    shutil.chown(root / "prometheus", 65534, 65534)


_TOOLS = ("bash", "coreutils", "findutils", "grep", "nftables", "iproute2", "procps", "qemu-utils", "tar", "util-linux")
_QEMU = 107
"""The user and the group of KubeVirt's that guests run as."""
_MAY_BIND = struct.pack("<5I", 0x0200_0001, 1 << 10, 0, 0, 0)
"""The one capability of virt-launcher's, CAP_NET_BIND_SERVICE, as the kernel keeps it with a file."""
# Debian builds libvirt's drivers into libvirtd alone; its socket gets the name that virt-launcher looks for.
_VIRTQEMUD = """\
#!/bin/sh
mkdir -p /run/libvirt
ln -sf libvirt-sock /run/libvirt/virtqemud-sock
exec /usr/libexec/virtqemud "$@"
"""


def _kubevirt(name: str) -> Image:
    fill = _of(f"KubeVirt {KUBEVIRT}", _program(folder("kubevirt") / name, f"/usr/bin/{name}"))
    return Image((f"quay.io/kubevirt/{name}:v{KUBEVIRT}",), fill, {"User": "1001", **_PATH})


def _users(root: Path) -> None:
    """libvirt of Debian's looks for a name of its own before it reads which one it is told to take."""
    names = ("qemu", "libvirt-qemu")
    users = (f"{name}:x:{_QEMU}:{_QEMU}:user:/:/bin/bash\n" for name in names)
    (root / "etc" / "passwd").write_text("".join(("root:x:0:0:root:/root:/bin/bash\n", *users)))
    (root / "etc" / "group").write_text("".join(("root:x:0:\n", *(f"{name}:x:{_QEMU}:\n" for name in names))))


def _virt_handler(root: Path) -> str:
    Debian("amd64").unpack(root, _TOOLS)
    _users(root)
    _program(folder("kubevirt-node") / "virt-handler", "/usr/bin/virt-handler")(root)
    _program(folder("kubevirt") / "virt-chroot", "/usr/bin/virt-chroot")(root)
    return f"KubeVirt {KUBEVIRT}"


def _virt_launcher(root: Path) -> str:
    daemons = ("libvirt-clients", "libvirt-daemon", "libvirt-daemon-driver-qemu", "libvirt-daemon-log")
    unpacked = Debian("amd64").unpack(root, (*_TOOLS, *daemons, "qemu-system-x86"))
    _users(root)
    for name in ("virt-launcher-monitor", "virt-tail", "libvirt-hook-client"):
        _program(folder("kubevirt") / name, f"/usr/bin/{name}")(root)
    for name in ("virt-launcher", "container-disk"):
        _program(folder("kubevirt-node") / name, f"/usr/bin/{name}")(root)
    os.setxattr(root / "usr" / "bin" / "virt-launcher-monitor", "security.capability", _MAY_BIND)
    own = source("kubevirt") / "cmd" / "virt-launcher"
    for file, place in (
        ("qemu.conf", "etc/libvirt"),
        ("virtqemud.conf", "etc/libvirt"),
        ("qemu", "etc/libvirt/hooks"),
        ("node-labeller/node-labeller.sh", "usr/bin"),
    ):
        (root / place).mkdir(parents=True, exist_ok=True)
        placed = root / place / Path(file).name
        placed.write_bytes((own / file).read_bytes())
        placed.chmod(0o644 if file.endswith(".conf") else 0o755)
    hooks = root / "etc" / "libvirt" / "hooks"
    for each in (hooks, hooks / "qemu"):
        os.chown(each, _QEMU, _QEMU)
    (root / "usr" / "sbin" / "libvirtd").rename(root / "usr" / "libexec" / "virtqemud")
    (root / "usr" / "sbin" / "virtqemud").write_text(_VIRTQEMUD)
    (root / "usr" / "sbin" / "virtqemud").chmod(0o755)
    (root / "var" / "run").rmdir()
    (root / "var" / "run").symlink_to("../run")
    emulator, daemon = (told(unpacked, name) for name in ("qemu-system-x86", "libvirt-daemon"))
    return f"Debian's {emulator} and {daemon}, whose libvirtd stands for virtqemud"


def _containerdisk(root: Path) -> str:
    """As KubeVirt wants one: the disk alone in a folder, and the guest's user may read it."""
    (root / "disk").mkdir()
    disk = root / "disk" / "disk.img"
    origin = guest.make(disk)
    for each in (root / "disk", disk):
        os.chown(each, _QEMU, _QEMU)
    disk.chmod(0o440)
    return origin


_PATH = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}

IMAGES = (
    Image(("docker.io/library/busybox:1.36", "docker.io/library/busybox:1.37"), _busybox(), {"Cmd": ["sh"], **_PATH}),
    Image(
        ("docker.io/library/nginx:1.29",),
        _debian("nginx", ["nginx-light"], _nginx),
        {"Cmd": ["nginx", "-g", "daemon off;"], "StopSignal": "SIGQUIT", "ExposedPorts": {"80/tcp": {}}, **_PATH},
    ),
    Image(
        ("docker.io/library/python:3.13-alpine",),
        _debian("python3.13-minimal", ["python3-minimal"]),
        {"Cmd": ["python3"], **_PATH},
    ),
    Image(
        ("docker.io/arm64v8/alpine:3.22",),
        _busybox("arm64"),
        {"Cmd": ["/bin/sh"], **_PATH},
        {"architecture": "arm64", "os": "linux", "variant": "v8"},
        attested=True,
    ),
    Image(
        ("registry.k8s.io/e2e-test-images/agnhost:2.53",),
        _of(f"agnhost of Kubernetes {KUBERNETES}", _program(ours("cluster-1.37"), "/agnhost")),
        {"Entrypoint": ["/agnhost"]},
    ),
    Image(
        ("quay.io/prometheus/prometheus:v3.14.0",),
        _of("Prometheus 3.14.0", _prometheus),
        {
            "Entrypoint": ["/bin/prometheus"],
            "Cmd": ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
            "User": "nobody",
            "WorkingDir": "/prometheus",
            **_PATH,
        },
    ),
    Image(
        (PAUSE, "registry.k8s.io/pause:3.10"), _of("", _program(ours("pause"), "/pause")), {"Entrypoint": ["/pause"]}
    ),
    Image(
        ("registry.k8s.io/etcd:3.7.0-0",),
        _of("etcd 3.7.1", _program(ours("etcd-3.7"), "/usr/local/bin/etcd", "/usr/local/bin/etcdctl")),
        {"Cmd": ["etcd"], **_PATH},
    ),
    Image(
        (f"registry.k8s.io/coredns/coredns:{UPSTREAM['coredns'].version}",),
        _of(f"CoreDNS {UPSTREAM['coredns'].version[1:]}", _program(folder("coredns") / "coredns", "/coredns")),
        {"Entrypoint": ["/coredns"]},
    ),
    Image(
        (f"registry.k8s.io/kube-proxy:v{KUBERNETES}",),
        _debian("iptables", ["iptables", "nftables", "conntrack", "kmod"], _own_proxy),
        _PATH,
    ),
    *(_kubernetes(name) for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")),
)

MACHINES = (
    *(_kubevirt(name) for name in ("virt-operator", "virt-api", "virt-controller", "virt-exportproxy")),
    Image((f"quay.io/kubevirt/virt-handler:v{KUBEVIRT}",), _virt_handler, _PATH),
    Image((LAUNCHER,), _virt_launcher, {"Entrypoint": ["/usr/bin/virt-launcher"], "User": str(_QEMU), **_PATH}),
    Image(("quay.io/containerdisks/fedora:43",), _containerdisk),
)
"""What KubeVirt runs from, and a guest."""


def make(machines: bool = False) -> None:
    """Every image into the store that the registry serves: `blobs`, and which manifest a name means."""
    for image in (*IMAGES, *(MACHINES if machines else ())):
        if not all(_reference(name).exists() for name in image.names):
            print(f"image {image.names[0]} …", flush=True)
            _make(image)


def _reference(name: str) -> Path:
    _, _, repository = name.partition("/")
    path, _, tag = repository.rpartition(":")
    return STORE / "names" / path / tag


def manifest_of(repository: str, reference: str) -> Path | None:
    """The manifest of a name as it stands in a URL of the registry."""
    named = STORE / "names" / repository / reference
    found = blob(named.read_text().split("\n")[0]) if named.is_file() else blob(reference)
    return found if found.is_file() else None


def origins(names: Sequence[str]) -> dict[str, str]:
    """What the images of these names hold, where that is not what the name says."""
    told = {}
    for name in names:
        if _reference(name).is_file() and (origin := _reference(name).read_text().split("\n")[1]):
            told[name] = origin
    return told


def blob(digest: str) -> Path:
    return STORE / "blobs" / digest.removeprefix("sha256:")


def _make(image: Image) -> None:
    root = STORE / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    origin = image.fill(root)
    layer = STORE / "layer.tar"
    with tarfile.open(layer, "w") as tar:
        tar.add(root, arcname=".", filter=_reset(root))
    shutil.rmtree(root)
    of_layer = _descriptor(_LAYER, _keep(layer), layer.stat().st_size)
    _move(layer, of_layer["digest"])
    config = {**image.platform, "config": image.config, "rootfs": {"type": "layers", "diff_ids": [of_layer["digest"]]}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _put(_CONFIG, config),
        "layers": [of_layer],
    }
    top = _put(_MANIFEST, manifest)
    if image.attested:
        top = _indexed({**top, "platform": dict(image.platform)})
    for name in image.names:
        reference = _reference(name)
        reference.parent.mkdir(parents=True, exist_ok=True)
        reference.write_text(f"{top['digest']}\n{origin}")


def _indexed(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An index as BuildKit pushes it: the image, and what attests how it was built."""
    said = {"mediaType": _MANIFEST, "schemaVersion": 2, "config": _put(_CONFIG, {}), "layers": []}
    attests = {
        **_put(_MANIFEST, said),
        "platform": {"architecture": "unknown", "os": "unknown"},
        "annotations": {
            "vnd.docker.reference.digest": entry["digest"],
            "vnd.docker.reference.type": "attestation-manifest",
        },
    }
    return _put(_INDEX, {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [entry, attests]})


def _reset(root: Path) -> Callable[[tarfile.TarInfo], tarfile.TarInfo]:
    """Files have no times in a layer, and keep their capabilities."""

    def reset(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime = 0
        file = root / member.name
        if member.isfile() and "security.capability" in os.listxattr(file):
            kept = os.getxattr(file, "security.capability").decode()
            member.pax_headers = {"SCHILY.xattr.security.capability": kept}
        return member

    return reset


def _descriptor(kind: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest, "size": size}


def _keep(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _move(path: Path, digest: str) -> None:
    blob(digest).parent.mkdir(parents=True, exist_ok=True)
    path.replace(blob(digest))


def _put(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    body = json.dumps(content).encode()
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    blob(digest).parent.mkdir(parents=True, exist_ok=True)
    blob(digest).write_bytes(body)
    return _descriptor(kind, digest, len(body))
