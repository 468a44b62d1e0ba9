"""The room `image-index`: paste what a tag leads to, choose a node, see what it pulls and whether that runs."""

import json
from typing import Annotated, Any, Literal

from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Line, Say, Widget
from app.widgets.image_index.document import INDEX_TYPES, read_image
from app.widgets.image_index.drawing import Drawing, draw
from app.widgets.image_index.explanation import (
    EXIT_CODE,
    Shown,
    Stage,
    derive,
    find_notes,
    shows,
    stages,
    verdict,
    why,
)
from app.widgets.image_index.model import Choice, Entry, Fate, Matcher, Why, choose, make_node
from app.widgets.image_index.platform import Platform, normalize, parse_platform

LISTED = 200
BOOT = Platform("linux", "amd64")

_OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}


def _index(*platforms: str | None, media_type: str = INDEX_TYPES[0]) -> str:
    """An index as `crane manifest` prints it, one entry a line; digests are aaaa…, bbbb…."""
    lines = []
    for letter, platform in zip("abcdef0123456789", platforms, strict=False):
        entry: dict[str, Any] = {"mediaType": _OCI_MANIFEST, "digest": f"sha256:{letter * 64}", "size": 1234}
        if platform:
            parts = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
            entry |= {"platform": parts} | ({"annotations": _ATTESTATION} if platform == "unknown/unknown" else {})
        lines.append("    " + json.dumps(entry))
    head = f'{{\n  "schemaVersion": 2,\n  "mediaType": "{media_type}",\n  "manifests": [\n'
    return head + ",\n".join(lines) + "\n  ]\n}"


_TYPICAL = _index("linux/amd64", "linux/arm/v7", "linux/arm64/v8", "linux/386", "unknown/unknown")
_ONLY_AMD64 = _index("linux/amd64", "unknown/unknown")
_FALLBACK = _index("linux/386", "linux/arm/v7", "linux/ppc64le")
_PLAIN = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": _OCI_MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": f"sha256:{'c' * 64}",
            "size": 1469,
        },
        "layers": [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": f"sha256:{'d' * 64}",
                "size": 30428,
            }
        ],
    },
    indent=2,
)


class Inputs(Form):
    image: Annotated[str, Area(rows=12)] = _TYPICAL
    platform: Annotated[str, Line(18)] = "linux/arm64"
    host: Annotated[str, Line(14)] = "linux/amd64"
    matcher: Matcher = "classic"
    binaries: Annotated[str, Line(14)] = ""
    qemu: bool = False


@dataclass(frozen=True)
class Row:
    """An entry as the table shows it. `place` is the item of the node's list that it meets, from 1."""

    position: int
    platform: str | None
    normalized: str | None
    matches: bool
    rank: int | None
    place: int | None
    why: Why
    digest: str
    size: int | None
    is_selected: bool


@dataclass(frozen=True)
class Outcome:
    """`selected` is the position of the entry that is pulled; `runs` is null where nobody can know."""

    platform: str
    normalized: str
    accepts: tuple[str, ...]
    kind: Literal["index", "manifest"]
    media_type: str
    entries: tuple[Row, ...]
    selected: int | None
    error: str | None
    fate: Fate
    runs: bool | None
    exit_code: int | None
    verdict: Say
    why: Say
    sums: tuple[Say, ...]
    stages: tuple[Stage, ...]
    shows: tuple[Shown, ...]
    notes: tuple[Say, ...]
    listed: tuple[Row, ...]
    unlisted: int
    drawing: Drawing | None


def run(inputs: Inputs) -> Outcome:
    host = parse_platform(inputs.host.strip(), BOOT, "host")
    platform = parse_platform(inputs.platform.strip(), host, "platform")
    binaries = parse_platform(inputs.binaries.strip(), host, "binaries") if inputs.binaries.strip() else None
    image = read_image(inputs.image)
    node = make_node(platform, inputs.matcher, host.os)
    choice = choose(image, node, inputs.matcher, host.os, binaries and normalize(binaries), inputs.qemu)
    rows = tuple(_row(entry, choice) for entry in choice.entries)
    return Outcome(
        platform=str(platform),
        normalized=str(node.normalized),
        accepts=tuple(map(str, node.accepts)),
        kind=image.kind,
        media_type=image.media_type,
        entries=rows,
        selected=choice.selected,
        error=choice.error,
        fate=choice.fate,
        runs=choice.runs,
        exit_code=EXIT_CODE if choice.fate == "exec-format-error" else None,
        verdict=verdict(image, choice),
        why=why(image, node, choice, binaries),
        sums=derive(inputs.platform.strip(), node, inputs.matcher),
        stages=stages(image, choice),
        shows=shows(choice),
        notes=find_notes(image, node, choice, binaries),
        listed=rows[:LISTED],
        unlisted=max(0, len(rows) - LISTED),
        drawing=draw(node, choice),
    )


def _row(entry: Entry, choice: Choice) -> Row:
    descriptor = entry.descriptor
    return Row(
        position=entry.position,
        platform=None if descriptor.platform is None else str(descriptor.platform),
        normalized=None if entry.normalized is None else str(entry.normalized),
        matches=entry.matches,
        rank=entry.rank,
        place=None if entry.step is None else entry.step + 1,
        why=entry.why,
        digest=descriptor.digest,
        size=descriptor.size,
        is_selected=entry.position == choice.selected,
    )


_IMAGE = "containerd/containerd v2.3.4 core/images/image.go, Manifest"
_COMPARE = "containerd/platforms v1.0.0-rc.4 compare.go, platformVector"
_RUNC = "opencontainers/runc v1.5.0-rc.1 libcontainer/standard_init_linux.go; Linux fs/exec.c, ENOEXEC"

WIDGET = Widget(
    slug="image-index",
    form=Inputs,
    run=run,
    subject="multi-arch-images",
    prints=("verdict", "why", "sums", "entries", "error", "notes"),
    examples=(
        Example(
            "typical",
            {"image": _TYPICAL, "platform": "linux/arm64"},
            {
                "selected": 2,
                "normalized": "linux/arm64",
                "accepts.1": "linux/arm/v8",
                "entries.1.rank": 2,
                "entries.4.why": "attestation",
                "fate": "runs",
            },
            _COMPARE,
        ),
        Example(
            "missing-arch",
            {"image": _ONLY_AMD64, "platform": "linux/arm64", "matcher": "containerd-2.1"},
            {
                "selected": None,
                "error": "get image config descriptor: no match for platform in manifest sha256:…: not found",
                "runs": False,
            },
            _IMAGE,
        ),
        Example(
            "plain-manifest",
            {"image": _PLAIN, "platform": "linux/arm64", "binaries": "linux/amd64"},
            {"kind": "manifest", "selected": 0, "fate": "exec-format-error", "exit_code": 255},
            f"{_IMAGE}; plugins/transfer/plugin.go, configureUnpackPlatforms; {_RUNC}",
        ),
        Example(
            "fallback",
            {"image": _FALLBACK, "platform": "linux/arm64", "matcher": "classic"},
            {"selected": 1, "entries.1.why": "fallback", "entries.1.place": 3, "runs": None, "why.key": "why.aarch32"},
            _COMPARE,
        ),
        Example(
            "fallback-2.1",
            {"image": _FALLBACK, "platform": "linux/arm64", "matcher": "containerd-2.1"},
            {
                "selected": None,
                "fate": "content-missing",
                "error": f"get image config descriptor: content digest sha256:{'b' * 64}: not found",
            },
            "containerd/containerd v2.3.4 internal/cri/server/images/image_pull.go, core/transfer/image/imagestore.go",
        ),
        Example(
            "amd64-v3",
            {"image": _index("linux/amd64/v3", "linux/amd64", "linux/386"), "platform": "linux/amd64"},
            {"selected": 1, "entries.0.why": "variant", "entries.2.rank": 2},
            f"{_COMPARE}; cpuinfo.go: a variant is found for arm only",
        ),
        Example(
            "wrong-label",
            {"image": _TYPICAL, "platform": "linux/arm64", "binaries": "linux/amd64"},
            {"selected": 2, "fate": "exec-format-error", "runs": False},
            f"{_IMAGE}; {_RUNC}",
        ),
        Example(
            "spelling",
            {
                "image": _index("linux/x86_64", "linux/aarch64", media_type=INDEX_TYPES[1]),
                "platform": "aarch64",
                "matcher": "strict",
            },
            {"platform": "linux/arm64", "accepts": ["linux/arm64"], "selected": 1, "entries.1.why": "exact"},
            "containerd/platforms v1.0.0-rc.4 database.go, normalizeArch",
        ),
    ),
)
