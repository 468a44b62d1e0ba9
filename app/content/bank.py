"""The question bank as frozen values; app.content.questions reads it.

Ids of options as the YAML writes them (a, b, c) never leave this package: they would give the order away.
What leaves is `Option.token`, the same for everybody and every seed, from which nothing can be read.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from app.content.entry import Text
from app.content.source import Source
from app.record import dataclass

Kind = Literal["single", "multiple", "order", "number", "match", "suspect"]
KINDS: tuple[Kind, ...] = ("single", "multiple", "order", "number", "match", "suspect")
SUSPECT = "suspect-"
"""How the ids of questions begin that ask whom a reader suspects: their answers are kept and count for nothing."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, to place or to match, with why it is right, wrong, or where it is."""

    id: str
    token: str
    text: Text
    why: Text
    right: bool = False
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What options are matched with."""

    id: str
    token: str
    text: Text


@dataclass(frozen=True)
class Number:
    """A question whose key a widget computes from drawn values; `draw` keeps the order of the file."""

    widget: str
    draw: tuple[tuple[str, tuple[Any, ...]], ...]
    inputs: Mapping[str, Any]
    answer: str
    tolerance: Decimal
    unit: Text
    why: Text


@dataclass(frozen=True)
class Question:
    """`options` stand in the file's order: for `order` that is the right one. `hint` leads to the answer."""

    id: str
    subject: str
    kind: Kind
    difficulty: int
    section: str
    source: Source
    stem: Text
    options: tuple[Option, ...]
    targets: tuple[Target, ...]
    number: Number | None
    path: Path = field(compare=False)
    line: int = field(compare=False)
    hint: Text | None = None

    @cached_property
    def by_token(self) -> Mapping[str, Option]:
        return {option.token: option for option in self.options}

    @cached_property
    def target_by_token(self) -> Mapping[str, Target]:
        return {target.token: target for target in self.targets}


@dataclass(frozen=True)
class Subject:
    """A lesson's questions, in the order of the file; `sections` are its headings by id.

    `suspects` are those that give no points: neither quiz nor review asks them.
    """

    slug: str
    title: Text
    sections: Mapping[str, Text]
    sources: Mapping[str, Source]
    questions: tuple[Question, ...]
    folder: Path
    suspects: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Bank:
    """All questions by subject, in the order of the lessons, and the ids of those that are no longer
    asked."""

    subjects: tuple[Subject, ...]
    retired: frozenset[str] = frozenset()

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        return {question.id: question for subject in self.subjects for question in subject.questions}

    @cached_property
    def suspects(self) -> Mapping[str, Question]:
        return {question.id: question for subject in self.subjects for question in subject.suspects}

    def find(self, id_: str) -> Question | None:
        """A question of any kind."""
        return self.questions.get(id_) or self.suspects.get(id_)

    @cached_property
    def by_slug(self) -> Mapping[str, Subject]:
        return {subject.slug: subject for subject in self.subjects}


def token(question: str, kind: str, id_: str) -> str:
    """The public name of an option or target."""
    return hashlib.sha256(f"{question}/{kind}/{id_}".encode()).hexdigest()[:10]
