"""Reading a pasted image: an OCI index, a Docker manifest list, a plain manifest, or what tools make of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.kube.manifest import Part, load_documents
from app.kube.refusal import Refusal
from app.widgets.image_index.platform import Platform

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
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Descriptor:
    """An entry of an index as it is written; `platform` is None where the entry names none."""

    media_type: str
    digest: str
    size: int | None
    platform: Platform | None
    is_attestation: bool

    @property
    def is_index(self) -> bool:
        return self.media_type in INDEX_TYPES


@dataclass(frozen=True)
class Image:
    """What a tag leads to. A plain manifest has no entries to choose from."""

    kind: Literal["index", "manifest"]
    media_type: str
    entries: tuple[Descriptor, ...]


def read_image(text: str) -> Image:
    """containerd core/images/image.go v2.4, validateMediaType, says what is which."""
    root = _root(text)
    if "verbose" in root:
        return Image("index", "", tuple(_verbose(root)))
    if "Descriptor" in root:
        return Image("manifest", root.part("Descriptor").text("mediaType"), ())
    media_type = root.text("mediaType")
    if "fsLayers" in root or media_type.endswith("manifest.v1+prettyjws"):
        raise root.refusal("image-schema1")
    is_index = "manifests" in root.content or media_type in INDEX_TYPES
    is_manifest = "config" in root or "layers" in root or media_type in MANIFEST_TYPES
    if is_index and is_manifest:
        raise root.refusal("image-both")
    if is_manifest:
        return Image("manifest", media_type, ())
    if not is_index:
        raise root.refusal("image-config" if _is_config(root) else "image-shape")
    entries = root.parts("manifests")
    if len(entries) > MOST_ENTRIES:
        raise root.refusal("image-many", "manifests", limit=MOST_ENTRIES)
    return Image("index", media_type, tuple(_descriptor(entry) for entry in entries))


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
    """An image config, or what `skopeo inspect` and `docker inspect` print: no manifest, but it tells the platform."""
    return any(key in root for key in ("rootfs", "architecture", "Architecture", "RootFS", "LayersData"))


def _verbose(root: Part) -> Iterator[Descriptor]:
    if not root.parts("verbose"):
        raise root.refusal("image-shape")
    for item in root.parts("verbose"):
        if "Descriptor" not in item:
            raise item.refusal("image-shape")
        yield _descriptor(item.part("Descriptor"))


def _descriptor(entry: Part) -> Descriptor:
    annotations = entry.texts("annotations")
    return Descriptor(
        entry.text("mediaType"),
        entry.text("digest"),
        entry.integer("size", 0, LARGEST),
        _platform(entry.part("platform")) if "platform" in entry else None,
        annotations.get("vnd.docker.reference.type") == "attestation-manifest",
    )


def _platform(part: Part) -> Platform:
    features = part.items("os.features")
    for i, feature in enumerate(features):
        if not isinstance(feature, str):
            raise part.refusal("manifest-wrong-text", "os.features", i, found=str(feature)[:40])
    return Platform(
        part.text("os"), part.text("architecture"), part.text("variant"), part.text("os.version"), tuple(features)
    )
