"""Random pairs of an image index and a node through containerd's own code: what matches and what is pulled."""

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from tests.oracle.cases import book
from tests.oracle.record import BUILT

PART, SEED, COUNT = "images", 20261129, 300
VERSION = "2.3.4"
INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST, CONFIG = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json"
HOSTS = (
    *(
        "linux/amd64",
        "linux/amd64/v2",
        "linux/amd64/v3",
        "linux/amd64/v4",
        "linux/386",
        "linux/arm64",
        "linux/arm64/v8",
    ),
    *("linux/arm64/v8.2", "linux/arm64/v9", "linux/arm64/v9.2", "linux/arm/v5", "linux/arm/v6", "linux/arm/v7"),
    *("linux/arm/v8", "linux/ppc64le", "linux/s390x", "linux/riscv64", "windows(10.0.17763)/amd64"),
    *(
        "windows(10.0.20348)/amd64",
        "windows(10.0.26100)/amd64",
        "windows(10.0.20348.2031+win32k)/amd64",
        "darwin/arm64",
    ),
    *("linux(+sse4)/amd64", "freebsd/amd64", "x86_64", "aarch64", "linux/armhf", "linux/armel", "linux/arm64/v10"),
)
VARIANTS = {
    "amd64": ("", "", "v1", "v2", "v3", "v4"),
    "arm64": ("", "v8", "8", "v8.0", "v8.1", "v8.5", "v9", "9", "v9.1", "v9.9"),
    "arm": ("", "v5", "v6", "v7", "7", "v8"),
}
ARCHITECTURES = (
    "amd64",
    "amd64",
    "arm64",
    "arm64",
    "arm",
    "386",
    "ppc64le",
    "s390x",
    "x86_64",
    "aarch64",
    "armhf",
    "i386",
)
BUILDS = ("10.0.17763.5329", "10.0.20348.2227", "10.0.22621.1", "10.0.26100.1", "10.0.14393", "")


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def cases() -> Iterator[dict[str, Any]]:
    luck = random.Random(SEED)
    for number in range(COUNT):
        name = f"case-{number:03}"
        kinds = ("linux", "linux", "linux", "mixed", "windows")
        entries = list(_entries(luck, name, luck.choice(kinds)))
        index = {
            "schemaVersion": 2,
            "mediaType": luck.choice(INDEX_TYPES),
            "manifests": [entry for entry, _ in entries],
        }
        blobs: dict[str, str] = {}
        for _, content in entries:
            blobs |= content
        yield {
            "name": name,
            "matcher": luck.choice(("only", "only", "strict")),
            "platform": luck.choice(HOSTS),
            "index": index,
            "blobs": blobs,
        }


def _entries(luck: random.Random, name: str, kind: str) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Entries of an index with the manifests and configs that they lead to; now and then one names no platform."""
    for i in range(luck.choice((1, 2, 3, 4, 6, 9))):
        platform = _platform(luck, kind)
        bare = luck.random() < 0.07
        if bare:
            platform = {"os": "linux", "architecture": luck.choice(("amd64", "arm64"))}
        config = json.dumps({"of": f"{name}/{i}", **platform})
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, "digest": digest(config), "size": len(config)},
                "layers": [],
            }
        )
        entry: dict[str, Any] = {"mediaType": MANIFEST, "digest": digest(manifest), "size": len(manifest)}
        if not bare:
            entry["platform"] = platform
        if platform.get("os") == "unknown":
            entry["annotations"] = {"vnd.docker.reference.type": "attestation-manifest"}
        yield entry, {digest(manifest): manifest, digest(config): config}


def _platform(luck: random.Random, kind: str) -> dict[str, Any]:
    if luck.random() < 0.06:
        return {"os": "unknown", "architecture": "unknown"}
    os = "windows" if kind == "windows" else luck.choice(("linux", "linux", "windows", "darwin", "Linux", "macos", ""))
    if kind == "linux":
        os = "linux"
    told: dict[str, Any] = {"architecture": luck.choice(ARCHITECTURES), "os": os}
    if kind == "windows":
        told["architecture"] = luck.choice(("amd64", "amd64", "arm64"))
    if variant := luck.choice(VARIANTS.get(told["architecture"], ("",))):
        told["variant"] = variant
    if os == "windows" and (version := luck.choice(BUILDS)):
        told["os.version"] = version
    if luck.random() < 0.08:
        told["os.features"] = luck.choice((["sse4"], ["win32k"], ["win32k", "sse4"]))
    return told


def main() -> int:
    drawn = list(cases())
    asked = json.dumps(drawn).encode()
    done = subprocess.run([str(BUILT / "bin" / "containerd-2.3")], input=asked, capture_output=True, check=True)
    book.write(book.drawn(PART), {"seed": SEED}, drawn)
    about = {"program": "containerd core/images", "version": VERSION}
    book.write(book.answered(f"containerd-{VERSION}", PART), about, json.loads(done.stdout))
    return 0


if __name__ == "__main__":
    sys.exit(main())
