"""Roots of Debian packages, unpacked and never installed: for the node, and for images that want real programs."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.oracle.record import BUILT

RELEASE = "trixie"
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
_SOURCE = f"deb [signed-by={_KEYS}] http://deb.debian.org/debian {RELEASE} main\n"
_MERGED = ("bin", "sbin", "lib", "lib64")
"""Debian has these as links into usr."""

_LINKED = {
    "sbin/xtables-nft-multi": [
        f"sbin/{family}{what}" for family in ("iptables", "ip6tables") for what in ("", "-save", "-restore")
    ],
    "bin/gawk": ["bin/awk"],
    "bin/bash": ["bin/sh"],
}
"""Links that a package's scripts would make, by what they lead to."""


class Debian:
    """One architecture of Debian, with lists and packages in a folder of its own; this machine's stay as they are."""

    def __init__(self, architecture: str) -> None:
        self._architecture = architecture
        self._folder = BUILT / f"debian-{RELEASE}" / architecture
        for part in ("lists/partial", "cache/archives/partial"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        (self._folder / "status").touch()
        (self._folder / "none").mkdir(exist_ok=True)
        (self._folder / "sources.list").write_text(_SOURCE)

    def unpack(self, root: Path, packages: Iterable[str]) -> list[str]:
        """A root with the packages and all that they need; what they are, as `name version`."""
        for name in _MERGED:
            (root / "usr" / name).mkdir(parents=True, exist_ok=True)
            if not (root / name).is_symlink():
                (root / name).symlink_to(f"usr/{name}")
        for name in ("tmp", "proc", "sys", "dev", "run", "root", "etc", "var/tmp"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "tmp").chmod(0o1777)
        unpacked = []
        for archive in self._archives(tuple(packages)):
            data = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE)
            subprocess.run(
                ["tar", "--extract", "--keep-directory-symlink", f"--directory={root}", "--exclude=./usr/share/doc/*"],
                stdin=data.stdout,
                check=True,
            )
            if data.wait():
                raise RuntimeError(f"{archive.name} cannot be unpacked")
            name, version, _ = archive.name.split("_")
            unpacked.append(f"{name} {version.replace('%3a', ':')}")
        for program, links in _LINKED.items():
            for link in links if (root / program).exists() else ():
                (root / link).unlink(missing_ok=True)
                (root / link).symlink_to(Path(program).name)
        return unpacked

    def _archives(self, packages: tuple[str, ...]) -> list[Path]:
        if not any((self._folder / "lists").glob("*Packages*")):
            self._apt("update")
        chosen = ("install", "--yes", "--no-install-recommends")
        self._apt(*chosen, "--download-only", *packages)
        plan = self._apt(*chosen, "--simulate", *packages)
        wanted = {tuple(line.split()[1:3]) for line in plan.splitlines() if line.startswith("Inst ")}
        return sorted(
            archive
            for archive in (self._folder / "cache" / "archives").glob("*.deb")
            if (archive.name.split("_")[0], f"({archive.name.split('_')[1].replace('%3a', ':')}") in wanted
        )

    def _apt(self, *arguments: str) -> str:
        options = {
            "Dir::State": self._folder,
            "Dir::State::status": self._folder / "status",
            "Dir::Cache": self._folder / "cache",
            "Dir::Etc::sourcelist": self._folder / "sources.list",
            "Dir::Etc::sourceparts": self._folder / "none",
            "APT::Architecture": self._architecture,
            "APT::Architectures": self._architecture,
            "APT::Sandbox::User": "root",
        }
        settings = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        done = subprocess.run(["apt-get", "-qq", *settings, *arguments], check=True, capture_output=True, text=True)
        return done.stdout


def told(unpacked: Iterable[str], name: str) -> str:
    """A package of those that were unpacked, with its version."""
    (found,) = (each for each in unpacked if each.split()[0] == name)
    return found
