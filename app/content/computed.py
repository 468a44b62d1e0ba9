"""Literals that only a model can know: where a lesson has values, its texts print them and do not repeat them.

`[=adj]` cannot go stale; `938` in a sentence can. Names that hash something, generated names, scores and revisions are
looked for by their form; and whatever one of the lesson's own values prints is not written by hand beside it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from app.content.error import ContentError
from app.content.terms import texts_of
from app.record import dataclass

_SAFE = "bcdfghjklmnpqrstvwxz2456789"  # the alphabet of generated names, apimachinery util/rand
_MASKED = re.compile(
    r"^---\n.*?\n---\n|https?://[^\s）)]+|\[@[^\]\n]*\]|\[=[^\]\n]*\]|\{#[^}\n]*\}|^:::.*?$|^\[[a-z0-9.#-]+\]",
    re.S | re.M,
)
_TEMPLATE = rf"(?=[{_SAFE}]*\d)(?=[{_SAFE}]*[a-z])[{_SAFE}]{{8,10}}"


@dataclass(frozen=True)
class Form:
    """What gives a literal away, what it is, and which value to print in its place."""

    name: str
    pattern: re.Pattern[str]
    advice: str


FORMS = (
    Form(
        "the name of a Service's chain",
        re.compile(r"\bKUBE-(?:SVC|SEP|FW|EXT|SVL)-[A-Z2-7]{16}\b"),
        "a value of service-rules",
    ),
    Form(
        "a generated Pod name",
        re.compile(rf"\b[a-z][a-z0-9-]*-{_TEMPLATE}-[{_SAFE}]{{5}}\b"),
        "a value of deployment-birth or rolling-update",
    ),
    Form(
        "a Pod template's hash",
        re.compile(rf"\b[a-z][a-z0-9-]*-{_TEMPLATE}\b|pod-template-hash[`\"]?[:=]\s*[`\"]?{_TEMPLATE}\b"),
        "a value of deployment-birth or rolling-update",
    ),
    Form(
        "a generated name",
        re.compile(rf"\b[a-z][a-z0-9]*-(?=[{_SAFE}]*\d)(?=[{_SAFE}]*[a-z])(?![a-z]*\d+\b)[{_SAFE}]{{5}}\b"),
        "a value of the model that makes it",
    ),
    Form("a digest", re.compile(r"\bsha256:[0-9a-f]{8,64}\b"), "a value of image-index"),
    Form(
        "an OOM score",
        re.compile(
            r"\boom_score(?:_adj)?[`\"]?(?:\s*(?:=|:|：|is|of|at|为|是|得)\s*|\s+)[−-]?(?!9(?:97|98|99)\b|1000\b)\d{2,4}\b"
        ),
        "a value of oom-score",
    ),
    Form(
        "a revision",
        re.compile(
            r"(?:\bresourceVersion[`\"]?:\s*[`\"]?|\brev(?:ision)?s?\s+|\bmod_revision\W+|修订(?:版本)?\s*)\d{3,}\b"
        ),
        "a value of etcd-write or of the sequence that writes it",
    ),
)


@dataclass(frozen=True)
class Found:
    """A literal in a text: its line counts from 1."""

    literal: str
    line: int
    what: str
    advice: str


@dataclass(frozen=True)
class Telling:
    """The values that nobody writes by chance, with their names, and how one is found in a text."""

    names: Mapping[str, str]
    pattern: re.Pattern[str] | None


def telling(values: Mapping[str, str]) -> Telling:
    names = {value: name for name, value in reversed(list(values.items())) if _is_telling(value)}
    longest = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return Telling(names, re.compile(rf"(?<![\w.,=−-])(?:{longest})(?![\w=]|[.,]\d)") if names else None)


def literals(text: str, known: Telling) -> Iterator[Found]:
    """The literals of a text as it is written, one a place, and what stands for each."""
    prose = _MASKED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    taken: set[int] = set()
    if known.pattern:
        for match in known.pattern.finditer(prose):
            taken |= set(range(match.start(), match.end()))
            name = known.names[match[0]]
            yield Found(match[0], _line(prose, match), f"the value {name}", f"write [={name}]")
    for form in FORMS:
        for match in form.pattern.finditer(prose):
            if taken.isdisjoint(range(match.start(), match.end())):
                taken |= set(range(match.start(), match.end()))
                advice = f"name {form.advice} under `values:` of lesson.en.md and write [=its-name]"
                yield Found(match[0], _line(prose, match), form.name, advice)


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1


def _is_telling(value: str) -> bool:
    """Whether one would not write it by chance: a number of three digits that is not round, or a name with digits."""
    number = value.replace(",", "").lstrip("−-")
    if number.isascii() and number.isdigit():
        return len(number) >= 3 and int(number) % 100 != 0
    return len(value) >= 6 and any(sign in "0123456789" for sign in value) and any(sign.isalpha() for sign in value)


def computed_literals(paths: Iterable[Path], values: Mapping[str, str]) -> Iterator[ContentError]:
    """Each literal of these files that a model computes, and each file that can't be read."""
    known = telling(values)
    for path in paths:
        try:
            yield from _computed(path, known)
        except ContentError as error:
            yield error


def _computed(path: Path, known: Telling) -> Iterator[ContentError]:
    for _, line, text in texts_of(path):
        for found in literals(text, known):
            message = f"“{found.literal}” looks like {found.what}"
            yield ContentError(path, line + found.line - 1, message, found.advice)
