"""A learner sees what is due and why, what will be, and what they got wrong."""

from datetime import date
from uuid import uuid4

import pytest

from app.content.bank import token
from app.quiz.answer import Answered, Desk, Submission, answer_question
from app.quiz.review import due_moments, due_reviews, forecast, mistakes
from tests.quiz.conftest import START, Clock

RIGHT = {"pod-single": token("pod-single", "option", "b"), "etcd-single": token("etcd-single", "option", "c")}
WRONG = {id_: token(id_, "option", "a") for id_ in RIGHT}


class Reader:
    """Somebody who answers, with a cookie."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.desk, self.clock = desk, clock
        self.cookie: str | None = None

    def answers(self, question: str, right: bool = True, *, sure: bool = False, hint: bool = False) -> Answered:
        given = (RIGHT if right else WRONG)[question]
        submission = Submission(question, uuid4(), given, sure=sure, hint=hint)
        answered = answer_question(self.desk, self.cookie, submission, self.clock())
        self.cookie = answered.send_key or self.cookie
        return answered


@pytest.fixture
def reader(desk: Desk, clock: Clock) -> Reader:
    return Reader(desk, clock)


def test_a_wrong_answer_is_due_first_and_says_so(reader: Reader, clock: Clock) -> None:
    reader.answers("pod-single")
    reader.answers("etcd-single", right=False)

    due = due_reviews(reader.desk, reader.cookie, clock.forward(minutes=15))

    assert [(one.question.id, one.why) for one in due] == [
        ("etcd-single", "missed"),
        ("pod-single", "learning"),
    ]


def test_a_sure_answer_comes_back_when_it_fades(reader: Reader, clock: Clock) -> None:
    reader.answers("pod-single", sure=True)
    assert due_reviews(reader.desk, reader.cookie, clock.forward(days=7)) == []

    [due] = due_reviews(reader.desk, reader.cookie, clock.forward(days=2))

    assert (due.why, due.last, due.days_since) == ("fading", START, 8)
    assert 0.85 < due.recall < 0.92


def test_a_hint_brings_a_question_back_sooner(reader: Reader) -> None:
    reader.answers("pod-single", hint=True)
    reader.answers("etcd-single")

    due = {one.question.id: one.due for one in due_reviews(reader.desk, reader.cookie, reader.clock.forward(days=1))}

    assert due["pod-single"] < due["etcd-single"]


def test_the_forecast_has_every_day_and_puts_overdue_today(reader: Reader, clock: Clock) -> None:
    reader.answers("pod-single", sure=True)
    reader.answers("etcd-single", right=False)

    now = clock.forward(days=1)
    days = forecast(due_moments(reader.desk, reader.cookie, now), now)

    assert [day.date for day in days][:2] == [date(2026, 3, 2), date(2026, 3, 3)]
    assert len(days) == 14
    assert [(day.date.isoformat(), day.count) for day in days if day.count] == [
        ("2026-03-02", 1),
        ("2026-03-09", 1),
    ]


def test_mistakes_are_those_whose_last_answer_was_wrong(reader: Reader, clock: Clock) -> None:
    subject = reader.desk.bank.by_slug["pods"]
    reader.answers("pod-single", right=False)
    wrong = mistakes(reader.desk, reader.cookie, subject)
    clock.forward(minutes=1)
    reader.answers("pod-single")

    assert [question.id for question in wrong] == ["pod-single"]
    assert mistakes(reader.desk, reader.cookie, subject) == []


def test_somebody_new_has_nothing_due(desk: Desk) -> None:
    assert due_reviews(desk, None, START) == []
    assert due_moments(desk, None, START) == []
    assert sum(day.count for day in forecast([], START)) == 0
