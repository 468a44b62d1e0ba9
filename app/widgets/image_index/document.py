"""Reading a pasted image: an OCI index, a Docker manifest list, a plain manifest, or what tools make of them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from app.kube.manifest import Part, load_documents, shown
from app.kube.paste.error_answer import error_said
from app.kube.paste.recognise import clean
from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgets.image_index.platform import Platform, parse_platform

FIELD = "image"
MOST_ENTRIES = 10_000
INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# containerd core/images/mediatypes.go v2.3.4: IsConfigType, what docker.LegacyConfigMediaType converts, IsLayerType.
CONFIG_TYPES = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/octet-stream",
)
LAYER_TYPES = ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.", "application/vnd.erofs")
LARGEST = 2**63 - 1
BOOT = Platform("linux", "amd64")

Artifact = Literal["helm", "signature", "attestation", "wasm", "plugin", "other"]
# By a part of the media type: what tools store beside images.
KINDS: tuple[tuple[str, Artifact], ...] = (
    ("helm", "helm"),
    ("cosign", "signature"),
    ("notary", "signature"),
    ("sigstore", "signature"),
    ("in-toto", "attestation"),
    ("dsse", "attestation"),
    ("spdx", "attestation"),
    ("cyclonedx", "attestation"),
    ("wasm", "wasm"),
    ("docker.plugin", "plugin"),
)


@dataclass(frozen=True)
class Descriptor:
    """An entry of an index as it is written; `platform` is None where the entry names none."""

    media_type: str
    digest: str
    size: int | None
    platform: Platform | None
    is_attestation: bool
    artifact: Artifact | None = None

    @property
    def is_index(self) -> bool:
        return self.media_type in INDEX_TYPES


@dataclass(frozen=True)
class Image:
    """What a tag leads to. A plain manifest has no entries to choose from; `artifact` is what it is if no image."""

    kind: Literal["index", "manifest"]
    media_type: str
    entries: tuple[Descriptor, ...]
    artifact: Artifact | None = None


def read_image(text: str) -> Image:
    """containerd core/images/image.go v2.3.4, validateMediaType, says what is which."""
    text = _without_words(clean(text))
    if _LISTING.search(text) or _LISTED.search(text):
        return _listing(text)
    if not _STRUCTURED.search(text):
        raise _unreadable(text)
    root = _root(text)
    if "manifest" in root and "manifests" not in root and "config" not in root:
        root = root.part("manifest")  # docker buildx imagetools inspect --format '{{json .}}'
    if "verbose" in root:
        return Image("index", "", tuple(_verbose(root)))
    if "Descriptor" in root:
        return Image("manifest", root.part("Descriptor").text("mediaType"), (), _artifact(_content(root)))
    media_type = root.text("mediaType")
    if "fsLayers" in root or media_type.endswith("manifest.v1+prettyjws"):
        raise root.refusal("image-schema1")
    is_index = "manifests" in root.content or media_type in INDEX_TYPES
    is_manifest = "layers" in root or media_type in MANIFEST_TYPES or ("config" in root and not _is_config(root))
    if is_index and is_manifest:
        raise root.refusal("image-both")
    if is_manifest:
        return Image("manifest", media_type, (), _artifact(root))
    if said := error_said(root.content):
        raise root.refusal("paste-error-answer", said=said)
    if not is_index:
        raise root.refusal("image-config" if _is_config(root) else "image-shape")
    entries = root.parts("manifests")
    if len(entries) > MOST_ENTRIES:
        raise root.refusal("image-many", "manifests", limit=MOST_ENTRIES)
    return Image("index", media_type, tuple(_descriptor(entry) for entry in entries))


_WORDS = re.compile(r"(?:[^{}\[\]\"\n]{0,300}\n){0,6}[^{}\[\]\"\n]{1,200}(?=\{[ \t]*\r?\n[ \t]*\")")


def _without_words(text: str) -> str:
    """The text without what somebody wrote before an object of JSON, on its line or above; lines stay in place."""
    found = _WORDS.match(text)
    return "\n" * found[0].count("\n") + text[found.end() :] if found else text


# What `docker buildx imagetools inspect` prints without --raw (buildx util/imagetools/printers.go).
_LISTING = re.compile(r"^Name:[ \t]+\S+[ \t]*\nMediaType:[ \t]+(\S+)", re.M)
_LISTED = re.compile(r"^Manifests:[ \t]*\n[ \t]+Name:[ \t]", re.M)
_ENTRY = re.compile(r"^[ \t]+Name:[ \t]+(?:\S+@)?(\S*)$", re.M)
_STRUCTURED = re.compile(
    r"""\A\s*[{\[]|^[ \t]*["']?"""
    r"""(?:manifests|config|layers|fsLayers|mediaType|schemaVersion|rootfs|Descriptor)["']?[ \t]*:""",
    re.M,
)
# What docker, buildx, crane and skopeo write where they get no image.
_ERROR = re.compile(
    r"^[ \t]*(?:no such manifest: |Error response from daemon: |ERROR: |Error: |error: |FATA\[\d+\] |unauthorized: |"
    r"manifest unknown|time=\"[^\"\n]{0,40}\" level=fatal )[^\n]*",
    re.M,
)
_NAME = re.compile(r"\s*[a-z0-9][\w./:@-]*\s*")


def _unreadable(text: str) -> Refusal:
    if not text.strip():
        return Refusal("image-empty", field=FIELD)
    if said := _ERROR.search(text):
        line = text.count("\n", 0, said.start()) + 1
        return Refusal("image-error", field=FIELD, line=line, said=shown(said[0].strip()))
    return Refusal("image-name" if _NAME.fullmatch(text) else "image-text", field=FIELD)


def _listing(text: str) -> Image:
    """A listing for people; it has the platforms in the order of the index, which is all that the choice needs.

    Where its top was cut off, the entries are an index's: a manifest has none.
    """
    found = _LISTING.search(text)
    media_type = found[1] if found else ""
    if media_type not in INDEX_TYPES and not _LISTED.search(text):
        return Image("manifest", media_type, ())
    starts = [match.start() for match in _ENTRY.finditer(text)]
    if len(starts) > MOST_ENTRIES:
        raise Refusal("image-many", field=FIELD, limit=MOST_ENTRIES)
    blocks = (text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True))
    return Image("index", media_type, tuple(map(_listed, blocks)))


def _listed(block: str) -> Descriptor:
    said = {name: value.rstrip() for name, value in re.findall(r"^[ \t]+([\w.]+):[ \t]+(\S.*)$", block, re.M)}
    digest = _ENTRY.search(block)
    platform = parse_platform(said["Platform"], BOOT, FIELD) if "Platform" in said else None
    if platform and "OSVersion" in said:
        platform = replace(platform, os_version=said["OSVersion"])
    if platform and "OSFeatures" in said:
        platform = replace(platform, os_features=tuple(re.split(r",\s*", said["OSFeatures"])))
    is_attestation = said.get("vnd.docker.reference.type") == "attestation-manifest"
    return Descriptor(said.get("MediaType", ""), digest[1] if digest else "", None, platform, is_attestation)


def _content(root: Part) -> Part:
    """The manifest that `docker manifest inspect -v` prints beside its descriptor."""
    return root.part("OCIManifest" if "OCIManifest" in root else "SchemaV2Manifest")


def _artifact(manifest: Part) -> Artifact | None:
    """What a manifest is that is no image: its config is no image's, or none of its layers is a file system.

    containerd core/unpack/unpacker.go v2.3.4, Unpack: other layers are not unpacked.
    """
    config = manifest.part("config").text("mediaType")
    layers = [layer.text("mediaType") for layer in manifest.parts("layers")]
    named = [each for each in layers if each]
    is_image = not config or config in CONFIG_TYPES
    if is_image and not (named and len(named) == len(layers) and not any(map(_is_layer, named))):
        return None
    return _kind(" ".join((manifest.text("artifactType"), config, *named)))


def _is_layer(media_type: str) -> bool:
    return media_type.startswith(LAYER_TYPES)


def _kind(types: str) -> Artifact:
    return next((kind for part, kind in KINDS if part in types), "other")


def _root(text: str) -> Part:
    # `docker manifest inspect -v` prints a bare list; load_documents reads mappings.
    wrapped = f'{{"verbose":{text}}}' if text.lstrip()[:1] == "[" else text
    documents = load_documents(wrapped, field=FIELD)
    if not documents:
        raise Refusal("image-empty", field=FIELD)
    if len(documents) > 1:
        raise documents[1].refusal("image-two")
    return documents[0].root


def _is_config(root: Part) -> bool:
    """An image config, or what `skopeo inspect`, `docker inspect` and `crictl inspecti` print about one image."""
    keys = ("rootfs", "architecture", "Architecture", "RootFS", "LayersData")
    return any(key in root for key in keys) or "imageSpec" in root.part("info")


def _verbose(root: Part) -> Iterator[Descriptor]:
    if not root.parts("verbose"):
        raise root.refusal("image-shape")
    for item in root.parts("verbose"):
        if "Descriptor" not in item:
            raise item.refusal("image-config" if _is_config(item) else "image-shape")
        yield _descriptor(item.part("Descriptor"))


def _descriptor(entry: Part) -> Descriptor:
    annotations = entry.texts("annotations")
    return Descriptor(
        entry.text("mediaType"),
        entry.text("digest"),
        entry.integer("size", 0, LARGEST),
        _platform(entry.part("platform")) if "platform" in entry else None,
        annotations.get("vnd.docker.reference.type") == "attestation-manifest",
        _kind(entry.text("artifactType")) if "artifactType" in entry else None,
    )


def _platform(part: Part) -> Platform:
    features = part.items("os.features")
    for i, feature in enumerate(features):
        if not isinstance(feature, str):
            raise part.refusal("manifest-wrong-text", "os.features", i, found=str(feature)[:40])
    return Platform(
        part.text("os"), part.text("architecture"), part.text("variant"), part.text("os.version"), tuple(features)
    )
