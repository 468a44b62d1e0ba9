"""Scores, mastery, history and streak."""

from datetime import date, timedelta

import pytest

from app.quiz.answer import Desk
from app.quiz.learner import start_again, undo_start_again
from app.quiz.progress import last_days, progress_of, streak_of
from app.quiz.reading import Place, mark_read, reading_of, remember_place
from app.store.history import DayCount
from tests.quiz.conftest import START, Clock
from tests.quiz.test_review import Reader, reader

__all__ = ["reader"]
TODAY = date(2026, 3, 10)


def test_mastery_grows_with_what_is_known_and_fades(reader: Reader, clock: Clock) -> None:
    reader.answers("etcd-single", sure=True)

    at_once = progress_of(reader.desk, reader.cookie, clock()).subjects["etcd"]
    later = progress_of(reader.desk, reader.cookie, clock.forward(days=60)).subjects["etcd"]

    assert (at_once.mastery, at_once.known, at_once.mature) == (1.0, 1, 0)
    assert later.mastery < at_once.mastery
    assert later.due == 1


def test_a_wrong_answer_takes_mastery_away(reader: Reader, clock: Clock) -> None:
    reader.answers("etcd-single")
    clock.forward(minutes=1)
    reader.answers("etcd-single", right=False)

    score = progress_of(reader.desk, reader.cookie, clock()).subjects["etcd"]

    assert (score.mastery, score.correct, score.mistakes, score.attempts) == (0.0, 0, 1, 2)


@pytest.mark.parametrize(
    ("active", "expected"),
    [
        ([], (0, 0, False)),
        ([0], (1, 1, True)),
        ([1], (1, 1, False)),
        ([2], (0, 1, False)),
        ([0, 1, 2], (3, 3, True)),
        ([1, 2, 3, 7, 8, 9, 10], (3, 4, False)),
    ],
    ids=str,
)
def test_a_streak_is_not_lost_before_the_day_is_over(active: list[int], expected: tuple[int, int, bool]) -> None:
    streak = streak_of((TODAY - timedelta(days=back) for back in active), TODAY)

    assert (streak.days, streak.best, streak.today) == expected


def test_history_has_no_gaps() -> None:
    days = last_days([DayCount(TODAY - timedelta(days=2), 5, 3)], TODAY, count=4)

    assert [day.answers for day in days] == [0, 5, 0, 0]


def test_history_and_streak_come_with_the_progress(reader: Reader, clock: Clock) -> None:
    reader.answers("pod-single")
    clock.forward(days=1)
    reader.answers("pod-single", right=False)

    seen = progress_of(reader.desk, reader.cookie, clock())

    assert [(day.answers, day.correct) for day in seen.days] == [(1, 1), (1, 0)]
    assert (seen.streak.days, seen.streak.today) == (2, True)


def test_one_quiz_is_started_again_and_it_can_be_undone(reader: Reader, clock: Clock) -> None:
    reader.answers("pod-single")
    reader.answers("etcd-single")
    before = progress_of(reader.desk, reader.cookie, clock())

    moment = start_again(reader.desk, reader.cookie, reader.desk.bank.by_slug["pods"], clock.forward(minutes=1))
    during = progress_of(reader.desk, reader.cookie, clock())
    assert moment is not None
    assert undo_start_again(reader.desk, reader.cookie, moment)
    after = progress_of(reader.desk, reader.cookie, clock())

    assert (during.subjects["pods"].attempts, during.subjects["etcd"].attempts) == (0, 1)
    assert after.subjects["pods"].attempts == before.subjects["pods"].attempts == 1


def test_everything_is_started_again(reader: Reader, clock: Clock) -> None:
    reader.answers("pod-single")
    reader.answers("etcd-single")

    assert start_again(reader.desk, reader.cookie, None, clock()) is not None

    assert all(score.attempts == 0 for score in progress_of(reader.desk, reader.cookie, clock()).subjects.values())


def test_nobody_starts_nothing_again(desk: Desk) -> None:
    assert start_again(desk, None, None, START) is None
    assert not undo_start_again(desk, None, 1)


def test_one_continues_where_one_was(desk: Desk, clock: Clock) -> None:
    cookie = remember_place(desk, None, Place("pods", "second", "pod-birth", 4), clock())
    remember_place(desk, cookie, Place("etcd", "first"), clock.forward(hours=1))
    remember_place(desk, cookie, Place("pods", "first"), START - timedelta(days=1))

    reading = reading_of(desk, cookie)

    assert reading.latest is not None
    assert (reading.latest.subject, reading.latest.section) == ("etcd", "first")
    assert [(place.subject, place.section, place.step) for place in reading.places] == [
        ("etcd", "first", 0),
        ("pods", "second", 4),
    ]


def test_read_marks_are_set_and_taken_away(desk: Desk, clock: Clock) -> None:
    cookie = mark_read(desk, None, "pods", "first", True, clock())
    mark_read(desk, cookie, "pods", "second", True, clock())
    mark_read(desk, cookie, "pods", "second", True, clock.forward(hours=1))
    mark_read(desk, cookie, "pods", "first", False, clock())

    assert reading_of(desk, cookie).read == {"pods": frozenset({"second"})}
