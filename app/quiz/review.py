"""What is due for review, when, and why; scheduled by FSRS (`app.store.review`).

due_reviews(desk, cookie, now)     # questions to ask now, the most urgent first, each with its reason
due_moments(desk, cookie, now)     # when others fall due, soon
forecast(moments, now)             # how many on each of the next days, for the picture and its table
mistakes(desk, cookie, subject)    # questions whose last answer was wrong
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal

from app.content.bank import Question, Subject
from app.quiz.answer import Desk
from app.record import dataclass
from app.store import learner, review
from app.store.review import Card, milliseconds, moment
from app.store.store import Transaction

FORECAST_DAYS = 14
Why = Literal["missed", "learning", "fading"]


@dataclass(frozen=True)
class Due:
    """A question to ask again. `why`: missed (the last answer was wrong), learning (it was right, and new:
    once more after some minutes), fading (`recall` of it, by FSRS, has sunk to where a review pays most)."""

    question: Question
    card: Card
    why: Why
    due: datetime
    last: datetime
    recall: float

    @property
    def days_since(self) -> int:
        return (self.due - self.last).days


@dataclass(frozen=True)
class DueDay:
    """How many questions fall due on this day (UTC); those that are overdue count for the first."""

    date: date
    count: int


def cards_of(desk: Desk, cookie: str | None) -> dict[str, Card]:
    """The learner's cards by question, of those that the bank still asks."""

    def look(tx: Transaction) -> list[Card]:
        found = learner.find(tx, cookie)
        return [] if found is None else review.cards(tx, found)

    return {card.question: card for card in desk.store.read(look) if card.question in desk.bank.questions}


def due_reviews(desk: Desk, cookie: str | None, now: datetime) -> list[Due]:
    at_ms = milliseconds(now)
    due = [card for card in cards_of(desk, cookie).values() if card.due_ms <= at_ms]
    return [explain(desk, card, now) for card in sorted(due, key=lambda card: (card.due_ms, card.question))]


def explain(desk: Desk, card: Card, now: datetime) -> Due:
    """When the card is due and why."""
    return Due(
        question=desk.bank.questions[card.question],
        card=card,
        why=_why(card),
        due=moment(card.due_ms),
        last=moment(card.last_ms),
        recall=review.recall(card, milliseconds(now)),
    )


def _why(card: Card) -> Why:
    if not card.last_correct:
        return "missed"
    return "fading" if card.phase == "review" else "learning"


def forecast(moments: Iterable[int], now: datetime) -> list[DueDay]:
    """The next days from today on, also those on which nothing is due."""
    today = now.date()
    counts = dict.fromkeys((today + timedelta(days=ahead) for ahead in range(FORECAST_DAYS)), 0)
    for due_ms in moments:
        day = max(moment(due_ms).date(), today)
        if day in counts:
            counts[day] += 1
    return [DueDay(day, count) for day, count in counts.items()]


def due_moments(desk: Desk, cookie: str | None, now: datetime) -> list[int]:
    """When questions fall due within a forecast, in milliseconds: wherever its days begin, which is not everywhere at
    once."""
    until = milliseconds(now + timedelta(days=FORECAST_DAYS + 1))
    return sorted(card.due_ms for card in cards_of(desk, cookie).values() if card.due_ms < until)


def mistakes(desk: Desk, cookie: str | None, subject: Subject) -> list[Question]:
    """The subject's questions whose last answer was wrong, in the order of the quiz."""
    cards = cards_of(desk, cookie)
    return [question for question in subject.questions if question.id in cards and not cards[question.id].last_correct]
