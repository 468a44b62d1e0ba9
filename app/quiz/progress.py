"""What a learner has achieved, counted from their review cards (at most one a question, so it costs the same
however much they, or others, have answered).

    view = progress_of(desk, cookie, now)     # scores per subject and what is due, in one read

Questions that the bank no longer asks do not count here; they stay in the export.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from app.content.bank import Bank, Subject
from app.quiz.answer import Desk
from app.record import dataclass
from app.store import history as days
from app.store import learner, review
from app.store.history import DayCount
from app.store.review import Card, milliseconds
from app.store.store import Transaction

MATURE_DAYS = 21  # a card that holds this long counts as known by heart


@dataclass(frozen=True)
class Score:
    """One subject. `answered` questions of `questions`, `correct` by their last answer, in `attempts`
    answers.

    `known` are right and past the learning steps, `mature` of these hold for three weeks or more.
    `mastery` (0 to 1) is the mean, over all questions of the subject, of the probability to answer rightly
    now.
    """

    subject: str
    questions: int
    answered: int
    correct: int
    attempts: int
    known: int
    mature: int
    mastery: float
    due: int

    @property
    def mistakes(self) -> int:
        return self.answered - self.correct


@dataclass(frozen=True)
class Streak:
    """Days in a row with an answer, up to today or yesterday (a day is not lost before it is over), and the
    best."""

    days: int
    best: int
    today: bool


@dataclass(frozen=True)
class Progress:
    """`known_learner` is False for somebody who has written nothing yet."""

    known_learner: bool
    subjects: Mapping[str, Score]
    due: int
    days: tuple[DayCount, ...]
    streak: Streak


def progress_of(desk: Desk, cookie: str | None, now: datetime) -> Progress:
    """The scores of whoever the cookie opens; of nobody, zeros."""

    def look(tx: Transaction) -> tuple[bool, list[Card], list[DayCount]]:
        found = learner.find(tx, cookie)
        return (False, [], []) if found is None else (True, review.cards(tx, found), days.days(tx, found))

    known, cards, counted = desk.store.read(look)
    scores = score_all(desk.bank, cards, now)
    due = sum(score.due for score in scores.values())
    return Progress(known, scores, due, tuple(counted), streak_of((day.date for day in counted), now.date()))


def score_all(bank: Bank, cards: Iterable[Card], now: datetime) -> dict[str, Score]:
    by_question = {card.question: card for card in cards}
    return {subject.slug: score_subject(subject, by_question, now) for subject in bank.subjects}


def score_subject(subject: Subject, cards: Mapping[str, Card], now: datetime) -> Score:
    at_ms = milliseconds(now)
    own = [cards[question.id] for question in subject.questions if question.id in cards]
    right = [card for card in own if card.last_correct]
    known = [card for card in right if card.phase == "review"]
    asked = len(subject.questions)
    return Score(
        subject=subject.slug,
        questions=asked,
        answered=len(own),
        correct=len(right),
        attempts=sum(card.attempts for card in own),
        known=len(known),
        mature=sum((card.stability or 0) >= MATURE_DAYS for card in known),
        mastery=sum(review.recall(card, at_ms) for card in right) / asked if asked else 0.0,
        due=sum(card.due_ms <= at_ms for card in own),
    )


def streak_of(active: Iterable[date], today: date) -> Streak:
    ordered = sorted(set(active))
    best = run = 0
    previous: date | None = None
    for day in ordered:
        run = run + 1 if previous and day - previous == timedelta(days=1) else 1
        best = max(best, run)
        previous = day
    current = run if previous and today - previous <= timedelta(days=1) else 0
    return Streak(current, best, today in ordered)


def last_days(counted: Iterable[DayCount], today: date, count: int = 28) -> list[DayCount]:
    """The last days up to today without a gap, for the picture and its table."""
    by_date = {day.date: day for day in counted}
    wanted = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return [by_date.get(day, DayCount(day, 0, 0)) for day in wanted]


def utc_now() -> datetime:
    return datetime.now(UTC)
