"""The question bank: `content/NN-subject/quiz.yaml` with its sources and headings, read once and checked at
start.

`load_bank(content)` returns a `Bank` of frozen values. A mistake stops the start with file, line and what to
do. Ids of options as the YAML writes them (a, b, c) never leave this package: they would give the order away.
What leaves is `Option.token`, the same for everybody and every seed, from which nothing can be read.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

from app.content.entry import Entry, Text, read_yaml
from app.content.error import ContentError, Tell, going_on, stop
from app.content.folder import slug_of, subject_folders
from app.content.outline import read_outline
from app.content.source import Source, load_sources

Kind = Literal["single", "multiple", "order", "number", "match"]
KINDS: tuple[Kind, ...] = ("single", "multiple", "order", "number", "match")
RETIRED = "retired-questions.yaml"

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Option:
    """One thing to choose, to place or to match, with why it is right, wrong, or where it is."""

    id: str
    token: str
    text: Text
    why: Text
    right: bool = False
    target: str | None = None


@dataclass(frozen=True)
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
    """`options` stand in the file's order: for `order` that is the right one."""

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

    @cached_property
    def by_token(self) -> Mapping[str, Option]:
        return {option.token: option for option in self.options}

    @cached_property
    def target_by_token(self) -> Mapping[str, Target]:
        return {target.token: target for target in self.targets}


@dataclass(frozen=True)
class Subject:
    """A lesson's questions, in the order of the file; `sections` are its headings by id."""

    slug: str
    title: Text
    sections: Mapping[str, Text]
    sources: Mapping[str, Source]
    questions: tuple[Question, ...]
    folder: Path


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
    def by_slug(self) -> Mapping[str, Subject]:
        return {subject.slug: subject for subject in self.subjects}


def token(question: str, kind: str, id_: str) -> str:
    """The public name of an option or target."""
    return hashlib.sha256(f"{question}/{kind}/{id_}".encode()).hexdigest()[:10]


def load_bank(content: Path) -> Bank:
    """The bank of all subjects below the folder; a folder without quiz.yaml has no questions yet."""
    subjects = [load_subject(folder) for folder in subject_folders(content) if (folder / "quiz.yaml").exists()]
    return bank_of(subjects, content)


def bank_of(subjects: Iterable[Subject], content: Path, tell: Tell = stop) -> Bank:
    """The subjects as one bank; an id that two of them have, or that was asked before, is told."""
    bank = Bank(tuple(subjects), _retired(content / RETIRED))
    seen: dict[str, Question] = {}
    for question in (question for subject in bank.subjects for question in subject.questions):
        with going_on(tell):
            _check_id(question, seen, bank.retired)
        seen.setdefault(question.id, question)
    return bank


def _check_id(question: Question, seen: Mapping[str, Question], retired: frozenset[str]) -> None:
    if question.id in seen:
        message = f"question {question.id} is already in {seen[question.id].path}"
        raise ContentError(question.path, question.line, message, "give it another id")
    if question.id in retired:
        message = f"question {question.id} had been asked before and was retired"
        advice = "give the new question an id of its own, since people have answers under the old one"
        raise ContentError(question.path, question.line, message, advice)


def load_subject(folder: Path, tell: Tell = stop) -> Subject:
    sources = load_sources(folder / "sources.yaml", tell)
    outline = read_outline(folder, tell)
    slug = slug_of(folder)
    questions: list[Question] = []
    for entry in read_yaml(folder / "quiz.yaml").items():
        with going_on(tell):
            question = _question(entry, slug, sources, tuple(outline.sections))
            if any(question.id == other.id for other in questions):
                raise entry.error(f"question {question.id} is written twice", "give one of them another id")
            questions.append(question)
    return Subject(slug, outline.title, outline.sections, sources, tuple(questions), folder)


def _retired(path: Path) -> frozenset[str]:
    return frozenset(entry.text() for entry in read_yaml(path).items()) if path.exists() else frozenset()


_REQUIRED = ("id", "kind", "difficulty", "section", "source", "stem")
_NUMBER = ("widget", "draw", "inputs", "answer")
_NUMBER_TOO = ("tolerance", "unit", "why")


def _question(entry: Entry, subject: str, sources: Mapping[str, Source], sections: tuple[str, ...]) -> Question:
    kind = cast(Kind, entry.mapping()["kind"].one_of(KINDS) if "kind" in entry.mapping() else "single")
    more: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "number": (_NUMBER, _NUMBER_TOO),
        "match": (("options", "targets"), ()),
    }
    required, optional = more.get(kind, (("options",), ()))
    found = entry.fields([*_REQUIRED, *required], optional)
    id_ = found["id"].text()
    if not _ID.fullmatch(id_) or len(id_) > 100:
        raise found["id"].error(f"{id_} is not an id", "use a-z, 0-9 and single hyphens")
    if found["section"].text() not in sections:
        advice = f"name one of {', '.join(sections) or 'its headings (it has none)'}"
        raise found["section"].error(f"{found['section'].text()} is no heading of the lesson", advice)
    if found["source"].text() not in sources:
        raise found["source"].error(f"{found['source'].text()} is not in sources.yaml", "add it there")
    targets = tuple(_target(id_, target) for target in found["targets"].items()) if kind == "match" else ()
    question = Question(
        id=id_,
        subject=subject,
        kind=kind,
        difficulty=int(found["difficulty"].one_of(("1", "2", "3"))),
        section=found["section"].text(),
        source=sources[found["source"].text()],
        stem=found["stem"].both(),
        options=tuple(_option(id_, kind, option) for option in found["options"].items()) if kind != "number" else (),
        targets=targets,
        number=_number(found) if kind == "number" else None,
        path=entry.path,
        line=entry.line,
    )
    _check_options(entry, question)
    return question


def _option(question: str, kind: Kind, entry: Entry) -> Option:
    found = entry.fields(
        ["id", "text", "why", *(["target"] if kind == "match" else [])],
        ["right"] if kind in ("single", "multiple") else [],
    )
    return Option(
        id=found["id"].text(),
        token=token(question, "option", found["id"].text()),
        text=found["text"].both(),
        why=found["why"].both(),
        right="right" in found and found["right"].one_of(("true", "false")) == "true",
        target=found["target"].text() if kind == "match" else None,
    )


def _target(question: str, entry: Entry) -> Target:
    found = entry.fields(["id", "text"])
    id_ = found["id"].text()
    return Target(id_, token(question, "target", id_), found["text"].both())


def _number(found: Mapping[str, Entry]) -> Number:
    draw = []
    for name, entry in found["draw"].mapping().items():
        values = entry.plain()
        if not isinstance(values, list) or not values:
            raise entry.error("must be a list of values", "write for instance [1Gi, 2Gi, 4Gi]")
        draw.append((name, tuple(values)))
    inputs = found["inputs"].plain()
    if not isinstance(inputs, dict):
        raise found["inputs"].error("must be a mapping", "write the widget's inputs")
    if "why" not in found:
        raise found["answer"].error("the question does not say how to compute it", "write `why: {en: …, zh: …}`")
    return Number(
        widget=found["widget"].text(),
        draw=tuple(draw),
        inputs=inputs,
        answer=found["answer"].text(),
        tolerance=_tolerance(found.get("tolerance")),
        unit=found["unit"].both(empty=True) if "unit" in found else Text("", ""),
        why=found["why"].both(),
    )


def _tolerance(entry: Entry | None) -> Decimal:
    if entry is None:
        return Decimal(0)
    try:
        tolerance = Decimal(entry.text())
    except InvalidOperation:
        tolerance = Decimal(-1)
    if not tolerance.is_finite() or tolerance < 0:
        raise entry.error(f"{entry.text()} is not a tolerance", "write a number from 0")
    return tolerance


def _check_options(entry: Entry, question: Question) -> None:
    ids = [option.id for option in question.options]
    if len(set(ids)) != len(ids):
        raise entry.error(f"{question.id} has two options with the same id", "rename one")
    right = sum(option.right for option in question.options)
    count = len(ids)
    if question.kind == "single" and (count != 4 or right != 1):
        raise entry.error(f"{question.id} has {count} options, {right} right", "a single needs four, one of them right")
    if question.kind == "multiple" and not (4 <= count <= 6 and 2 <= right < count):
        advice = "a multiple needs four to six, at least two right and one wrong"
        raise entry.error(f"{question.id} has {count} options, {right} right", advice)
    if question.kind == "order" and not 4 <= count <= 6:
        raise entry.error(f"{question.id} has {count} options", "an order needs four to six")
    if question.kind == "match":
        targets = [target.id for target in question.targets]
        if not 3 <= count <= 5 or sorted(option.target or "" for option in question.options) != sorted(targets):
            advice = "three to five options, each with a target of its own, no target left over"
            raise entry.error(f"{question.id} does not match one to one", advice)
