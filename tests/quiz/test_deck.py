"""The bank to take away: an Anki deck and a CSV file in each language."""

import csv
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from app.content.bank import Bank
from app.content.language import LANGUAGES, Lang
from app.quiz.deck import anki_deck, questions_csv
from app.quiz.question import Keys
from tests.quiz.conftest import run_adder

KEYS = Keys(run_adder)


def notes(deck: bytes, folder: Path) -> list[tuple[str, str]]:
    with zipfile.ZipFile(io.BytesIO(deck)) as package:
        package.extract("collection.anki2", folder)
    with closing(sqlite3.connect(folder / "collection.anki2")) as connection:
        return connection.execute("SELECT guid, flds FROM notes ORDER BY id").fetchall()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_deck_has_a_note_for_every_question(bank: Bank, lang: Lang, tmp_path: Path) -> None:
    found = notes(anki_deck(bank, KEYS, lang), tmp_path)

    assert len(found) == len(bank.questions)
    for (_, fields), question in zip(found, bank.questions.values(), strict=True):
        front, back, source = fields.split("\x1f")
        assert question.source.version in source
        assert back
        if question.kind != "number":
            assert question.stem.in_(lang) in front
            assert all(option.why.in_(lang) in back for option in question.options)


def test_a_newer_deck_updates_the_same_notes(bank: Bank, tmp_path: Path) -> None:
    first = [guid for guid, _ in notes(anki_deck(bank, KEYS, "en"), tmp_path)]
    again = [guid for guid, _ in notes(anki_deck(bank, KEYS, "en"), tmp_path)]

    assert first == again


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_csv_has_a_line_for_every_question(bank: Bank, lang: Lang) -> None:
    text = questions_csv(bank, KEYS, lang)

    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

    assert text.startswith("\ufeff")
    assert [row["id"] for row in rows] == list(bank.questions)
    assert all(row["answer"] and row["why"] and row["source"] for row in rows)


def test_the_right_answers_are_in_the_csv(bank: Bank) -> None:
    rows = {row["id"]: row["answer"] for row in csv.DictReader(io.StringIO(questions_csv(bank, KEYS, "en")[1:]))}

    assert rows["pod-single"] == "the scheduler"
    assert rows["pod-order"] == "admitted\nstored\nbound\nrun"
    assert rows["pod-match"] == "kubelet → runs\nscheduler → binds\netcd → stores"
    assert json.loads(rows["pod-number"]) >= 11


def test_a_spreadsheet_does_not_run_what_a_question_says() -> None:
    from app.quiz.deck import _safe

    assert _safe("=HYPERLINK(1)") == "'=HYPERLINK(1)"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_deck_of_one_subject_has_the_same_notes(bank: Bank, lang: Lang, tmp_path: Path) -> None:
    whole = dict(notes(anki_deck(bank, KEYS, lang), tmp_path))
    subject = bank.subjects[0]

    some = notes(anki_deck(bank, KEYS, lang, subject.slug), tmp_path)

    assert 0 < len(some) == len(subject.questions) < len(whole)
    assert all(whole[guid] == fields for guid, fields in some)
