"""What the registry of these stories holds: for each image the digest of its index and how large it is.

The digests and sizes are made up and always the same for an image; what is asked for them is not.
"""

from collections.abc import Mapping
from hashlib import sha256

from app.kube.story.pod import Image

# Bytes as the kubelet's event counts them, and the digest of the image's index.
_KNOWN: Mapping[str, tuple[int, str]] = {
    "nginx:1.29": (63_120_520, "8adbdcb969e2676478ee2c7ad333956f0c8e0e4c5a7463f4611d7a2e7a7ff5dc"),
    "busybox:1.37": (2_219_937, "37f7b378a29ceb4c551b1b5582e27747b855bbfaa73fa11914fe0df028dc581f"),
}


def index_digest(image: str) -> str:
    """The digest that the tag points to; an image that is named by its digest has that one."""
    if digest := Image(image).digest:
        return digest
    known = _KNOWN.get(image)
    return f"sha256:{known[1] if known else sha256(image.encode()).hexdigest()}"


def image_id(image: str) -> str:
    """The repository with the digest of the index: what the kubelet reports as `imageID`."""
    return f"{Image(image).repository}@{index_digest(image)}"


def image_size(image: str) -> str:
    """Bytes on the node; for an image that is not known a plausible size, between 40 and 80 million."""
    known = _KNOWN.get(image)
    return str(known[0] if known else 40_000_000 + int(sha256(image.encode()).hexdigest()[:8], 16) % 40_000_000)


def resolve_url(image: str) -> str:
    """Where containerd asks which digest a tag has, by HEAD (containerd v2.3.4 core/remotes/docker/resolver.go)."""
    return Image(image).manifest_url


def fetch_url(image: str) -> str:
    """Where it then gets the index, by GET and by digest (core/remotes/docker/fetcher.go)."""
    return Image(image_id(image)).manifest_url
