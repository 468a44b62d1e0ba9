"""Platforms as containerd reads, normalizes and orders them (containerd/platforms v1.0.0-rc.4 and later)."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from app.kube.refusal import Refusal
from app.record import dataclass

KNOWN_OS = frozenset([
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl",
    "netbsd", "openbsd", "plan9", "solaris", "windows", "zos",
])  # fmt: skip
KNOWN_ARCHITECTURES = frozenset([
    "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "ppc64", "ppc64le", "loong64", "mips",
    "mipsle", "mips64", "mips64le", "mips64p32", "mips64p32le", "ppc", "riscv", "riscv64", "s390", "s390x",
    "sparc", "sparc64", "wasm",
])  # fmt: skip
LONGEST_LIST = 100
NEWEST_V8, NEWEST_V9 = 9, 7  # arm64 variants known are v8.0 to v8.9 and v9.0 to v9.7
SERVER_2022, SERVER_2025 = 20348, 26100  # the long-term releases among which later Windows builds are compatible

_OS = re.compile(r"([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?")
_PART = re.compile(r"[A-Za-z0-9_.-]+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NUMBER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True)
class Platform:
    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""
    os_features: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`os[(version+feature)]/architecture[/variant]`. platforms.go, FormatAll."""
        if not self.os:
            return "unknown"
        options = _encode(self.os_version) + "".join(f"+{_encode(feature)}" for feature in sorted(self.os_features))
        os = f"{self.os}({options})" if options else self.os
        return posixpath.normpath("/".join(filter(None, (os, self.architecture, self.variant))))


def _encode(option: str) -> str:
    for sign, code in (("%", "%25"), ("+", "%2B"), ("(", "%28"), (")", "%29"), ("/", "%2F")):
        option = option.replace(sign, code)
    return option


def parse_platform(text: str, host: Platform, field: str) -> Platform:
    """A platform as a reader writes it; a single word is completed by the host. platforms.go, Parse."""
    if "*" in text:
        raise Refusal("platform-wildcard", field=field)
    parts = text.split("/", 3)
    os, version, features = _parse_os(parts[0], field)
    for part in parts[1:]:
        if not _PART.fullmatch(part):
            raise Refusal("platform-part", field=field, text=_short(part))
    if len(parts) > 3:
        raise Refusal("platform-parts", field=field)
    if len(parts) == 1:
        return _complete(parts[0], Platform(os, "", "", version, features), host, field)
    architecture, variant = normalize_architecture(parts[1], parts[2] if len(parts) == 3 else "")
    if len(parts) == 2 and (architecture, variant) == ("arm", "v7"):
        variant = ""
    if len(parts) == 3 and architecture == "arm64" and not variant:
        variant = "v8"
    return Platform(os, architecture, variant, version, features)


def _parse_os(part: str, field: str) -> tuple[str, str, tuple[str, ...]]:
    found = _OS.fullmatch(part)
    if not found:
        raise Refusal("platform-part", field=field, text=_short(part))
    os, version, features = found[1], found[2] or "", tuple((found[3] or "").split("+")[1:])
    if any(_BAD_ESCAPE.search(option) for option in (version, *features)):
        raise Refusal("platform-part", field=field, text=_short(part))
    return normalize_os(os, ""), unquote(version), tuple(map(unquote, features))


def _complete(word: str, given: Platform, host: Platform, field: str) -> Platform:
    """One word is a known operating system or else a known architecture."""
    if given.os in KNOWN_OS:
        variant = host.variant if host.architecture == "arm" and host.variant != "v7" else ""
        return replace(given, architecture=host.architecture, variant=variant)
    architecture, variant = normalize_architecture(word, "")
    if architecture not in KNOWN_ARCHITECTURES:
        raise Refusal("platform-unknown", field=field, text=_short(word))
    if (architecture, variant) == ("arm", "v7"):
        variant = ""
    return replace(given, os=host.os, architecture=architecture, variant=variant)


def normalize(platform: Platform, host_os: str = "linux") -> Platform:
    """The form in which platforms are compared. platforms.go, Normalize; an empty os is the host's."""
    architecture, variant = normalize_architecture(platform.architecture, platform.variant)
    features = tuple(sorted(set(platform.os_features)))
    return Platform(normalize_os(platform.os, host_os), architecture, variant, platform.os_version, features)


def normalize_os(os: str, host_os: str) -> str:
    """database.go, normalizeOS."""
    return {"macos": "darwin", "": host_os}.get(os.lower(), os.lower())


def normalize_architecture(architecture: str, variant: str) -> tuple[str, str]:
    """Aliases to Go's names, usual variants to none. database.go, normalizeArch."""
    architecture, variant = architecture.lower(), variant.lower()
    match architecture:
        case "i386":
            return "386", ""
        case "x86_64" | "x86-64" | "amd64":
            return "amd64", "" if variant == "v1" else variant
        case "aarch64" | "arm64":
            return "arm64", {"8": "", "v8": "", "v8.0": "", "9": "v9", "9.0": "v9", "v9.0": "v9"}.get(variant, variant)
        case "armhf":
            return "arm", "v7"
        case "armel":
            return "arm", "v6"
        case "arm":
            return "arm", {"": "v7", "7": "v7", "5": "v5", "6": "v6", "8": "v8"}.get(variant, variant)
        case _:
            return architecture, variant


def accepted(platform: Platform, field: str) -> tuple[Platform, ...]:
    """What a node of this normalized platform accepts, best first. compare.go, platformVector.

    An arm64 variant that containerd does not know accepts nothing, not even itself. A Windows node accepts its own
    platform only (defaults_windows.go, Default).
    """
    if platform.os == "windows":
        return (platform,)
    variants = {"amd64": _amd64, "arm": _arm, "arm64": _arm64}.get(platform.architecture)
    if variants is None:
        return (platform,)
    return tuple(
        normalize(replace(platform, architecture=architecture, variant=variant))
        for architecture, variant in variants(platform.variant, field)
    )


def _amd64(variant: str, field: str) -> Iterator[tuple[str, str]]:
    yield "amd64", variant
    for number in range(_level(variant, field) - 1, 0, -1):
        yield "amd64", f"v{number}"
    yield "386", ""


def _arm(variant: str, field: str) -> Iterator[tuple[str, str]]:
    yield "arm", variant
    for number in range(_level(variant, field) - 1, 4, -1):
        yield "arm", f"v{number}"


def _arm64(variant: str, field: str) -> Iterator[tuple[str, str]]:
    known = re.fullmatch(r"v([89])(?:\.([0-9]))?", variant or "v8")
    if not known:
        return
    major, minor = int(known[1]), int(known[2] or 0)
    if minor > (NEWEST_V8 if major == 8 else NEWEST_V9):
        return
    if major == 9:
        for number in range(minor, -1, -1):
            yield "arm64", f"v9.{number}"
        minor = min(NEWEST_V8, minor + 5)  # Armv9.x has what Armv8.(x+5) has
    for number in range(minor, -1, -1):
        yield "arm64", f"v8.{number}"
    yield from _arm("v8", field)


def _level(variant: str, field: str) -> int:
    """The number of a variant such as v3; 0 where it has none."""
    word = variant.removeprefix("v")
    if not _NUMBER.fullmatch(word):
        return 0
    if len(word) > 6 or int(word) > LONGEST_LIST:
        raise Refusal("platform-level", field=field, text=_short(variant), limit=LONGEST_LIST)
    return int(word)


def matches(wanted: Platform, offered: Platform) -> bool:
    """Whether an entry fits one item of the list, both normalized. platforms.go, matcher.Match."""
    return (
        (wanted.os, wanted.architecture, wanted.variant) == (offered.os, offered.architecture, offered.variant)
        and (wanted.os != "windows" or _windows_fits(wanted.os_version, offered.os_version))
        and not missing_features(wanted, offered)
    )


def missing_features(wanted: Platform, offered: Platform) -> frozenset[str]:
    """The os.features that an entry asks for and the node lacks; on Windows `win32k` is not looked at.

    platform_windows_compat.go, windowsStripFeaturesMatcher.
    """
    passed_over = {"win32k"} if wanted.os == "windows" else set()
    return frozenset(offered.os_features) - set(wanted.os_features) - passed_over


def _windows_fits(host: str, container: str) -> bool:
    """Up to Server 2022 the same build; on later hosts from the last long-term release before the host up to the host.

    platform_windows_compat.go, checkWindowsHostAndContainerCompat.
    """
    ours = _windows_build(host)
    if ours == (0, 0, 0) or not container:
        return True
    theirs = _windows_build(container)
    if ours[:2] != theirs[:2]:
        return False
    if ours[2] < SERVER_2022:
        return ours[2] == theirs[2]
    return (SERVER_2025 if ours[2] > SERVER_2025 else SERVER_2022) <= theirs[2] <= ours[2]


def _windows_build(version: str) -> tuple[int, int, int]:
    parts = version.split(".")[:3]
    if len(parts) < 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        return (0, 0, 0)
    major, minor, build = map(int, parts)
    return (major, minor, build) if major < 256 and minor < 256 and build < 65536 else (0, 0, 0)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
