"""The mock interview: the note's own questions first, marked by oneself, the score kept."""

from uuid import uuid4

import pytest

from app.content.prompts import Interviews, load_interviews
from app.quiz.answer import Desk
from app.quiz.interview import Marking, draw_interview, interview_history, mark_interview
from app.widgetkit.contract import Refusal
from tests.quiz.conftest import CONTENT, START, Clock


@pytest.fixture(scope="module")
def interviews() -> Interviews:
    return load_interviews(CONTENT)


def test_the_notes_own_questions_come_first(interviews: Interviews) -> None:
    for seed in range(20):
        assert [prompt.id for prompt in draw_interview(interviews, seed)] == ["pods-birth", "pods-why"]


def test_an_interview_may_be_of_some_subjects(interviews: Interviews) -> None:
    assert draw_interview(interviews, 1, subjects=["etcd"]) == []


def test_marks_are_kept_once(desk: Desk, interviews: Interviews, clock: Clock) -> None:
    marking = Marking("pods-birth", uuid4(), (2, 0), seconds=75)

    first = mark_interview(desk, interviews, None, marking, clock())
    again = mark_interview(desk, interviews, first.send_key, marking, clock.forward(minutes=1))

    assert (first.added, again.added) == (True, False)
    assert (first.result.score, first.result.points, first.result.marked) == (2, 4, (0, 2))
    assert interview_history(desk, first.send_key) == [first.result]


@pytest.mark.parametrize(
    ("prompt", "marked", "seconds", "field"),
    [
        ("pods-none", (0,), None, "question"),
        ("pods-why", (3,), None, "marked"),
        ("pods-why", (-1,), None, "marked"),
        ("pods-why", (0,), -1, "seconds"),
    ],
)
def test_what_cannot_be_is_refused(
    desk: Desk, interviews: Interviews, prompt: str, marked: tuple[int, ...], seconds: int | None, field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        mark_interview(desk, interviews, None, Marking(prompt, uuid4(), marked, seconds), START)

    assert refused.value.field == field
