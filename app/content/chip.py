"""Chips: `[since 1.35]`, `[until 1.19]`, `[beta 1.34]` behind the clause that they qualify.

A version alone is Kubernetes'; `[since etcd 3.6]` names another project. `[since 1.35: the zone is copied]` says in the
table of changes what else the sentence would say. `until` is the last version in which it was so.
"""

import re
from typing import Literal

from app.record import dataclass

Kind = Literal["since", "until", "alpha", "beta"]
KINDS: tuple[Kind, ...] = ("since", "until", "alpha", "beta")
KUBERNETES = "Kubernetes"
OFFERED = tuple(f"1.{minor}" for minor in range(37, 29, -1))
"""The versions that a reader may say to have, newest first; the style sheet has a rule for each."""

_VERSION = r"v?\d+(?:\.\d+)+"
CHIP = re.compile(
    rf"\[(?P<kind>{'|'.join(KINDS)}) (?:(?P<project>[A-Za-z][\w-]*(?: [A-Za-z][\w-]*)?) )?(?P<version>{_VERSION})"
    r"(?:: (?P<text>[^\]\n]+))?\]"
)
LOOKS = re.compile(rf"\[(?:{'|'.join(KINDS)})\b[^\]\n(]*\](?!\()", re.I)
_CITED = re.compile(r"\[@[a-z0-9-]+\]")
_ENDS = re.compile(r"(?<=[.!?])(?=\s)|(?<=[。！？])|\n")


@dataclass(frozen=True)
class Chip:
    """One chip; `text` is what the table of changes says of it, as Markdown."""

    kind: Kind
    project: str
    version: str
    text: str

    @property
    def order(self) -> tuple[bool, str, tuple[int, ...]]:
        """Kubernetes first, the newest version first."""
        return self.project != KUBERNETES, self.project, tuple(-int(part) for part in self.version.split("."))

    @property
    def lacking(self) -> tuple[str, ...]:
        """The offered versions of Kubernetes in which it is not so."""
        if self.project != KUBERNETES:
            return ()
        here = minor(self.version)
        return tuple(each for each in OFFERED if (minor(each) > here if self.kind == "until" else minor(each) < here))

    @property
    def named(self) -> str:
        """The version with its project, where that is not Kubernetes."""
        return self.version if self.project == KUBERNETES else f"{self.project} {self.version}"


def minor(version: str) -> tuple[int, int]:
    """Major and minor number: a patch release does not tell two of them apart."""
    first, second = version.split(".")[:2]
    return int(first), int(second)


def read_chip(match: re.Match[str], around: str) -> Chip:
    """The chip of a match in a paragraph; what it qualifies is the sentence that it stands in, unless it says so."""
    kind: Kind = next(each for each in KINDS if each == match["kind"])
    text = match["text"] or sentence(around, match.start())
    return Chip(kind, match["project"] or KUBERNETES, match["version"].removeprefix("v"), text)


def sentence(paragraph: str, place: int) -> str:
    """The sentence at a place of a paragraph, without its chips and citations."""
    ends = [0, *(match.end() for match in _ENDS.finditer(paragraph)), len(paragraph)]
    start = max(end for end in ends if end <= place)
    # A chip behind the full stop belongs to what it follows.
    if not bare(paragraph[start:place]) and start:
        start = max(end for end in ends if end < start)
    stop = min(end for end in ends if end > place)
    return bare(paragraph[start:place] if bare(paragraph[start:place]).endswith((".", "。")) else paragraph[start:stop])


def bare(text: str) -> str:
    """A text without chips and citations."""
    return re.sub(r"\s+", " ", _CITED.sub("", CHIP.sub("", text))).replace(" .", ".").replace(" ,", ",").strip()
