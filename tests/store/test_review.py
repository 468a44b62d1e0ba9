"""FSRS decides when a question comes back; here is what we tell it."""

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card as FsrsCard
from fsrs import Rating, Scheduler

from app.store.review import milliseconds, moment, rate, recall, schedule
from tests.store.cast import DAY, MINUTE, NOON


@pytest.mark.parametrize(
    ("correct", "sure", "hint", "rating"),
    [
        (False, False, False, Rating.Again),
        (False, True, True, Rating.Again),
        (True, False, False, Rating.Good),
        (True, True, False, Rating.Easy),
        (True, False, True, Rating.Hard),
        (True, True, True, Rating.Hard),
    ],
)
def test_an_answer_is_a_rating(correct: bool, sure: bool, hint: bool, rating: Rating) -> None:
    assert rate(correct, sure, hint) is rating


def test_the_schedule_is_that_of_fsrs_without_fuzz() -> None:
    answers = [(True, 0), (True, 11 * MINUTE), (False, 3 * DAY), (True, 3 * DAY + MINUTE), (True, 9 * DAY)]
    scheduler, theirs, ours = Scheduler(enable_fuzzing=False), FsrsCard(card_id=0, due=moment(NOON)), None
    for correct, later in answers:
        ours = schedule(ours, "q", correct=correct, sure=False, hint=False, at_ms=NOON + later)
        rating = Rating.Good if correct else Rating.Again
        theirs, _ = scheduler.review_card(theirs, rating, moment(NOON + later))

    assert ours is not None
    assert moment(ours.due_ms) == theirs.due
    assert (ours.stability, ours.difficulty) == (theirs.stability, theirs.difficulty)


def test_recall_fades() -> None:
    card = schedule(None, "q", correct=True, sure=True, hint=False, at_ms=NOON)

    fading = [recall(card, NOON + days * DAY) for days in (0, 1, 10, 100)]

    assert fading[0] == 1.0
    assert fading == sorted(fading, reverse=True)
    assert fading[-1] < 0.9


def test_a_moment_survives_as_milliseconds() -> None:
    at = datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC) + timedelta(days=9)

    assert moment(milliseconds(at)) == at
