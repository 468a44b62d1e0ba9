"""Reads the question bank: `content/NN-subject/quiz.yaml` with its sources and headings, once, checked at start.

`load_bank(content)` returns a `Bank`. A mistake stops the start with file, line and what to do.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from app.content.bank import Bank, Question, Subject
from app.content.entry import read_yaml
from app.content.error import ContentError, Tell, going_on, stop
from app.content.folder import slug_of, subject_folders
from app.content.outline import read_outline
from app.content.question_entry import read_question
from app.content.source import load_sources
from app.content.value import UNCOMPUTED, Values, ValuesOf, uncomputed

RETIRED = "retired-questions.yaml"


def load_bank(content: Path, values_of: ValuesOf = uncomputed) -> Bank:
    """The bank of all subjects below the folder; a folder without quiz.yaml has no questions yet."""
    folders = [folder for folder in subject_folders(content) if (folder / "quiz.yaml").exists()]
    subjects = [load_subject(folder, values=values_of(folder)) for folder in folders]
    return bank_of(subjects, content)


def bank_of(subjects: Iterable[Subject], content: Path, tell: Tell = stop) -> Bank:
    """The subjects as one bank; an id that two of them have, or that was asked before, is told."""
    bank = Bank(tuple(subjects), _retired(content / RETIRED))
    seen: dict[str, Question] = {}
    for question in (each for subject in bank.subjects for each in (*subject.questions, *subject.suspects)):
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


def load_subject(folder: Path, tell: Tell = stop, values: Values = UNCOMPUTED) -> Subject:
    sources = load_sources(folder / "sources.yaml", tell)
    outline = read_outline(folder, tell, values)
    slug = slug_of(folder)
    questions: list[Question] = []
    for entry in read_yaml(folder / "quiz.yaml", values.in_entry).items():
        with going_on(tell):
            question = read_question(entry, slug, sources, tuple(outline.sections))
            if any(question.id == other.id for other in questions):
                raise entry.error(f"question {question.id} is written twice", "give one of them another id")
            questions.append(question)
    scored = tuple(question for question in questions if question.kind != "suspect")
    suspects = tuple(question for question in questions if question.kind == "suspect")
    return Subject(slug, outline.title, outline.sections, sources, scored, folder, suspects)


def _retired(path: Path) -> frozenset[str]:
    return frozenset(entry.text() for entry in read_yaml(path).items()) if path.exists() else frozenset()
