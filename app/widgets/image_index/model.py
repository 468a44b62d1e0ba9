"""Which entry of an index a node pulls, in the runtime's own words if it is none, and what happens then."""

from collections.abc import Sequence
from typing import Literal

from app.record import dataclass
from app.widgets.image_index.document import Descriptor, Image
from app.widgets.image_index.platform import Platform, accepted, matches, missing_features, normalize

Matcher = Literal["classic", "containerd-2.1", "strict"]
Why = Literal[
    "exact",
    "fallback",
    "no-platform",
    "plain",
    "attestation",
    "artifact",
    "os",
    "architecture",
    "variant",
    "features",
    "os-version",
]
Fate = Literal[
    "runs",
    "emulated",
    "exec-format-error",
    "pull-fails",
    "content-missing",
    "config-decides",
    "no-image",
    "unknown",
]

# The words of containerd v2.3.4, core/images/handlers.go, LimitManifests, and core/images/image.go, Manifest; the
# index's own digest is not in it, so it is left open.
NO_MATCH = "no match for platform in manifest: not found"
NO_MATCH_CONFIG = "no match for platform in manifest sha256:…: not found"
NO_MATCH_TRANSFER = "get image config descriptor: no match for platform in manifest sha256:…: not found"
CONTENT_MISSING = "get image config descriptor: content digest {digest}: not found"


@dataclass(frozen=True)
class Node:
    """A node as the runtime sees it. `accepts` is best first; the first item is the platform itself, if known."""

    platform: Platform
    normalized: Platform
    accepts: tuple[Platform, ...]
    fallbacks: tuple[Platform, ...]


@dataclass(frozen=True)
class Entry:
    """An entry with the runtime's view of it. `step` is its place in the list, `rank` its place among those kept."""

    position: int
    descriptor: Descriptor
    normalized: Platform | None
    matches: bool
    why: Why
    step: int | None
    rank: int | None


@dataclass(frozen=True)
class Choice:
    """`selected` is a position in the index, None when nothing is pulled; `runs` is None where it cannot be known."""

    entries: tuple[Entry, ...]
    selected: int | None
    error: str | None
    fate: Fate
    runs: bool | None


def make_node(platform: Platform, matcher: Matcher, host_os: str) -> Node:
    """compare.go, Only and OnlyStrict."""
    normalized = normalize(platform, host_os)
    fallbacks = accepted(normalized, "platform")
    return Node(platform, normalized, (normalized,) if matcher == "strict" else fallbacks, fallbacks)


def choose(
    image: Image, node: Node, matcher: Matcher, host_os: str, binaries: Platform | None, has_qemu: bool
) -> Choice:
    """The pull and the start. `binaries` is what the programs were built for, where it is known.

    containerd v2.3.4, core/images/image.go, Manifest: a plain manifest is taken as it is; of an index those are kept
    that match or name no platform; sorted best first, the latter last; only the first is tried, and if it names no
    platform its config is asked. An artifact is fetched as well, but no container comes of it.
    A plain manifest is unpacked for whatever architecture its config names: plugins/transfer/plugin.go has
    check_platform_supported false, which means platforms.OnlyOS there (platforms.All up to 2.2), and client/pull.go,
    the local pull, has platforms.All.
    """
    if image.kind == "manifest":
        taken = _plain(image)
        if image.artifact:
            return Choice((taken,), 0, None, "no-image", False)
        return Choice((taken,), 0, None, *_start(node, binaries, has_qemu))
    entries = _ranked(image.entries, node, matcher, host_os)
    first = next((entry for entry in entries if entry.rank == 1), None)
    no_match = NO_MATCH_TRANSFER if matcher == "containerd-2.1" else NO_MATCH
    if first is None:
        return Choice(entries, None, no_match, "pull-fails", False)
    if first.normalized is None:
        if first.descriptor.artifact:
            return Choice(entries, None, no_match, "pull-fails", False)
        if binaries is None:
            return Choice(entries, first.position, None, "config-decides", None)
        if _step(node.accepts, binaries) is None:
            # It was fetched; what is refused is its config, in the words of Manifest.
            of_config = NO_MATCH_TRANSFER if matcher == "containerd-2.1" else NO_MATCH_CONFIG
            return Choice(entries, None, of_config, "pull-fails", False)
    elif matcher == "containerd-2.1" and first.step != 0:
        digest = first.descriptor.digest or "sha256:…"
        return Choice(entries, None, CONTENT_MISSING.format(digest=digest), "content-missing", False)
    if first.descriptor.is_index:
        return Choice(entries, first.position, None, "unknown", None)
    return Choice(entries, first.position, None, *_start(node, binaries or first.normalized, has_qemu))


def _plain(image: Image) -> Entry:
    return Entry(0, Descriptor(image.media_type, "", None, None, False), None, True, "plain", None, 1)


def _ranked(descriptors: Sequence[Descriptor], node: Node, matcher: Matcher, host_os: str) -> tuple[Entry, ...]:
    """Lower place in the list first, then more os.features, then the order of the index; no platform comes last.

    On Windows the entry whose os.version is highest as a text comes first (platform_windows_compat.go,
    windowsMatchComparer, by defaults_windows.go); the strict matcher has no such order.
    """
    views = [_view(i, descriptor, node, host_os) for i, descriptor in enumerate(descriptors)]
    kept = [entry for entry in views if entry.matches]
    if node.normalized.os == "windows" and matcher != "strict":
        kept.sort(key=lambda entry: entry.normalized.os_version if entry.normalized else "", reverse=True)
        kept.sort(key=lambda entry: entry.normalized is None)
    else:
        kept.sort(
            key=lambda entry: (
                entry.normalized is None,
                entry.step or 0,
                -len(entry.normalized.os_features) if entry.normalized else 0,
            )
        )
    ranks = {entry.position: rank for rank, entry in enumerate(kept, start=1)}
    return tuple(
        Entry(e.position, e.descriptor, e.normalized, e.matches, e.why, e.step, ranks.get(e.position)) for e in views
    )


def _view(position: int, descriptor: Descriptor, node: Node, host_os: str) -> Entry:
    if descriptor.platform is None:
        why: Why = "artifact" if descriptor.artifact else "no-platform"
        return Entry(position, descriptor, None, True, why, None, None)
    offered = normalize(descriptor.platform, host_os)
    step = _step(node.accepts, offered)
    if step is not None:
        return Entry(position, descriptor, offered, True, "fallback" if step else "exact", step, None)
    return Entry(position, descriptor, offered, False, _reason(node, offered), None, None)


def _step(accepts: Sequence[Platform], offered: Platform) -> int | None:
    return next((i for i, wanted in enumerate(accepts) if matches(wanted, offered)), None)


def _reason(node: Node, offered: Platform) -> Why:
    """Why an entry does not match, the coarsest difference first."""
    wanted = node.normalized
    if (offered.os, offered.architecture) == ("unknown", "unknown"):
        return "attestation"
    if offered.os != wanted.os:
        return "os"
    near = [item for item in node.accepts or (wanted,) if item.architecture == offered.architecture]
    if not near:
        return "architecture"
    if not any(item.variant == offered.variant for item in near) or not node.accepts:
        return "variant"
    return "features" if missing_features(wanted, offered) else "os-version"


def _start(node: Node, binaries: Platform | None, has_qemu: bool) -> tuple[Fate, bool | None]:
    """What execve makes of the program: the kernel knows formats of architectures, and no labels.

    Accepted is not yet runnable: 32-bit Arm programs need an arm64 CPU that has AArch32, and many have not.
    """
    if binaries is None or binaries.os != node.normalized.os:
        return "unknown", None
    if needs_aarch32(node, binaries):
        return ("emulated", True) if has_qemu else ("unknown", None)
    if _step(node.fallbacks, Platform(binaries.os, binaries.architecture, binaries.variant)) is not None:
        return "runs", True
    if binaries.architecture == node.normalized.architecture:
        return "unknown", None
    if has_qemu:
        return "emulated", True
    return "exec-format-error", False


def needs_aarch32(node: Node, binaries: Platform | None) -> bool:
    """32-bit Arm programs on a 64-bit Arm CPU: AArch32 is an option of the architecture (Linux arch/arm64, COMPAT)."""
    return binaries is not None and (node.normalized.architecture, binaries.architecture) == ("arm64", "arm")
