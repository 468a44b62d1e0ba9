"""Review cards: what the answers to one question add up to, and when FSRS wants the question asked again."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from fsrs import Card as FsrsCard
from fsrs import Rating, Scheduler, State
from sqlalchemy import Connection, bindparam, select

from app.record import dataclass
from app.store.direct import Direct
from app.store.rows import columns_of, of_values, reads
from app.store.tables import CARD

_SCHEDULER = Scheduler(enable_fuzzing=False)
_STATES: dict[int, Literal["learning", "review", "relearning"]] = {
    1: "learning",
    2: "review",
    3: "relearning",
}


@dataclass(frozen=True)
class Card:
    """The standing of one question: `correct` of `attempts` were right, the last one `last_correct`."""

    question: str
    attempts: int
    correct: int
    last_correct: bool
    last_ms: int
    state: int
    step: int | None
    stability: float | None
    difficulty: float | None
    due_ms: int

    @property
    def phase(self) -> Literal["learning", "review", "relearning"]:
        return _STATES[self.state]


def rate(correct: bool, sure: bool, hint: bool) -> Rating:
    """Wrong: Again. Right after a hint: Hard. Right: Good. Right and sure of it: Easy."""
    if not correct:
        return Rating.Again
    if hint:
        return Rating.Hard
    return Rating.Easy if sure else Rating.Good


def schedule(card: Card | None, question: str, *, correct: bool, sure: bool, hint: bool, at_ms: int) -> Card:
    """The card after one more answer. Answers to one question come in the order of their times."""
    before = _fsrs(card) if card else FsrsCard(card_id=0, due=moment(at_ms))
    after, _ = _SCHEDULER.review_card(before, rate(correct, sure, hint), moment(at_ms))
    return Card(
        question=question,
        attempts=(card.attempts if card else 0) + 1,
        correct=(card.correct if card else 0) + correct,
        last_correct=correct,
        last_ms=at_ms,
        state=after.state.value,
        step=after.step,
        stability=after.stability,
        difficulty=after.difficulty,
        due_ms=milliseconds(after.due),
    )


def recall(card: Card, at_ms: int) -> float:
    """How probable it is, by FSRS, that the learner would still answer rightly: 0 to 1."""
    return float(_SCHEDULER.get_card_retrievability(_fsrs(card), moment(max(at_ms, card.last_ms))))


def _fsrs(card: Card) -> FsrsCard:
    return FsrsCard(
        card_id=0,
        state=State(card.state),
        step=card.step,
        stability=card.stability,
        difficulty=card.difficulty,
        due=moment(card.due_ms),
        last_review=moment(card.last_ms),
    )


def moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


_card, _card_of_values = reads(Card), of_values(Card)
_OF_LEARNER = select(*columns_of(CARD, Card)).where(CARD.c.learner_id == bindparam("learner"))
_IN_ORDER = _OF_LEARNER.order_by(CARD.c.question)
_OF_QUESTION = Direct(_OF_LEARNER.where(CARD.c.question == bindparam("of")))
_OF_QUESTIONS = _OF_LEARNER.where(CARD.c.question.in_(bindparam("of", expanding=True)))


def cards(tx: Connection, learner: int) -> list[Card]:
    """The cards of all questions that the learner has answered, by their ids."""
    return [_card(row) for row in tx.execute(_IN_ORDER, {"learner": learner})]


def card(tx: Connection, learner: int, question: str) -> Card | None:
    row = _OF_QUESTION.row(tx, {"learner": learner, "of": question})
    return _card_of_values(row) if row else None


def cards_of(tx: Connection, learner: int, questions: Iterable[str]) -> dict[str, Card]:
    """The cards of some questions, by their ids; some thousand ids at most."""
    found = tx.execute(_OF_QUESTIONS, {"learner": learner, "of": list(questions)})
    return {row.question: _card(row) for row in found}


def values(learner: int, card: Card) -> dict[str, object]:
    """The row of a card."""
    return {"learner_id": learner, **card.__dict__, "last_correct": int(card.last_correct)}
