"""The site's own bank is honest, and every key that a widget computes can be computed."""

from pathlib import Path

import pytest

from app.content.bank import Bank, load_bank
from app.content.prompts import load_interviews
from app.quiz.honest import LEAST, inspect_bank
from app.quiz.question import Keys
from app.widgetkit.registry import find_rooms

CONTENT = Path(__file__).parents[2] / "content"


@pytest.fixture(scope="module")
def site() -> Bank:
    return load_bank(CONTENT)


def test_the_bank_is_honest(site: Bank) -> None:
    report = inspect_bank(site, Keys(find_rooms().answer))

    assert [str(problem) for problem in report.problems] == []


def test_every_subject_has_enough_questions(site: Bank) -> None:
    assert len(site.subjects) >= 9
    assert all(len(subject.questions) >= LEAST for subject in site.subjects)


def test_every_subject_has_an_interview_with_a_question_of_the_note(site: Bank) -> None:
    prompts = load_interviews(CONTENT).prompts

    assert {prompt.subject for prompt in prompts if prompt.note} == set(site.by_slug)
