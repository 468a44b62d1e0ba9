"""Answers: added, never changed, each attempt once; what they add up to is kept in the same transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from app.content.bank import SUSPECT
from app.store import review
from app.store.review import Card, schedule
from app.store.rows import columns_of, reads
from app.store.tables import ANSWER, CARD, DAY, RESET
from app.store.upsert import Statement, adding, per_dialect, putting

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Answer:
    """One answered attempt. `given` is JSON in the bank's own ids; `at_ms` is when it was recorded."""

    attempt: str
    question: str
    given: str
    seed: int | None
    correct: bool
    sure: bool
    hint: bool
    at_ms: int


@dataclass(frozen=True)
class Recorded:
    """The answer as it is stored; `added` is False when this attempt was known: nothing was changed then."""

    answer: Answer
    added: bool


def _counting(insert: Any) -> Statement:
    day = insert(DAY)
    return day.on_conflict_do_update(
        index_elements=["learner_id", "day"],
        set_={"answers": DAY.c.answers + 1, "correct": DAY.c.correct + day.excluded.correct},
    )


_add_answer = adding(ANSWER)
_put_card = putting(CARD, [column.name for column in CARD.c if not column.primary_key])
_count_day = per_dialect(_counting)
_answer = reads(Answer)
_OF_LEARNER = select(*columns_of(ANSWER, Answer)).where(ANSWER.c.learner_id == bindparam("learner"))
_OF_ATTEMPT = _OF_LEARNER.where(ANSWER.c.attempt == bindparam("of"))
_LATEST = (
    _OF_LEARNER.where(ANSWER.c.question == bindparam("of"))
    .order_by(ANSWER.c.at_ms.desc(), ANSWER.c.attempt.desc())
    .limit(1)
)
_RESETS = (
    select(RESET.c.question, func.max(RESET.c.at_ms).label("at_ms"))
    .where(RESET.c.learner_id == bindparam("learner"))
    .group_by(RESET.c.question)
)

_LAST_RESET = select(func.max(RESET.c.at_ms)).where(
    RESET.c.learner_id == bindparam("learner"), RESET.c.question == bindparam("of")
)


def record(tx: Connection, learner: int, new: Answer) -> Recorded:
    """Stores the answer unless its attempt is known; the caller holds the learner.

    Its time is moved behind that of the question's last answer when clocks disagree, so that the order of the
    answers to a question is always that of their times.
    """
    known = find(tx, learner, new.attempt)
    if known is not None:
        return Recorded(known, added=False)
    if not is_scored(new.question):
        last = latest(tx, learner, new.question)
        new = _after(new, last.at_ms if last else None)
        tx.execute(_add_answer(tx), _row(learner, new))
        return Recorded(new, added=True)
    card = review.card(tx, learner, new.question)
    new = _after(new, card.last_ms if card else _reset_ms(tx, learner, new.question))
    tx.execute(_add_answer(tx), _row(learner, new))
    tx.execute(_put_card(tx), review.values(learner, _scheduled(card, new)))
    tx.execute(
        _count_day(tx),
        {"learner_id": learner, "day": new.at_ms // DAY_MS, "answers": 1, "correct": int(new.correct)},
    )
    return Recorded(new, added=True)


def is_scored(question: str) -> bool:
    """Whether answers to it add up to cards and days: what somebody suspected is only kept."""
    return not question.startswith(SUSPECT)


def latest(tx: Connection, learner: int, question: str) -> Answer | None:
    """The last answer to a question, also to one that gives no points."""
    row = tx.execute(_LATEST, {"learner": learner, "of": question}).one_or_none()
    return _answer(row) if row else None


def find(tx: Connection, learner: int, attempt: str) -> Answer | None:
    row = tx.execute(_OF_ATTEMPT, {"learner": learner, "of": attempt}).one_or_none()
    return _answer(row) if row else None


def answers(tx: Connection, learner: int) -> list[Answer]:
    """All answers of the learner, also those that a reset has put aside, in the order of their times."""
    found = [_answer(row) for row in tx.execute(_OF_LEARNER, {"learner": learner})]
    return sorted(found, key=attrgetter("at_ms", "attempt"))


def counted(tx: Connection, learner: int) -> list[Answer]:
    """The answers that give points and that no reset has put aside, in the order of their times."""
    resets: dict[str, int] = {row.question: row.at_ms for row in tx.execute(_RESETS, {"learner": learner})}
    scored = (answer for answer in answers(tx, learner) if is_scored(answer.question))
    return [answer for answer in scored if answer.at_ms > resets.get(answer.question, -1)]


def add(tx: Connection, learner: int, new: Iterable[Answer]) -> None:
    """Stores answers as they are; attempts that are known stay as they were. `recount` when all are in."""
    rows = [_row(learner, answer) for answer in new]
    if rows:
        tx.execute(_add_answer(tx), rows)


def recount(tx: Connection, learner: int) -> None:
    """Makes cards and days anew from the answers that count: the same as if they had come one by one."""
    tx.execute(delete(CARD).where(CARD.c.learner_id == learner))
    tx.execute(delete(DAY).where(DAY.c.learner_id == learner))
    valid = counted(tx, learner)
    cards = [review.values(learner, card) for card in replay(valid)]
    days = [
        {"learner_id": learner, "day": day, "answers": len(of_day), "correct": sum(a.correct for a in of_day)}
        for day, group in groupby(valid, lambda answer: answer.at_ms // DAY_MS)
        for of_day in [list(group)]
    ]
    if cards:
        tx.execute(insert(CARD), cards)
        tx.execute(insert(DAY), days)


def replay(in_order: Iterable[Answer]) -> list[Card]:
    """The cards that these answers lead to."""
    cards: dict[str, Card] = {}
    for answer in in_order:
        cards[answer.question] = _scheduled(cards.get(answer.question), answer)
    return list(cards.values())


def _after(new: Answer, last_ms: int | None) -> Answer:
    if last_ms is None or new.at_ms > last_ms:
        return new
    return replace(new, at_ms=last_ms + 1)


def _reset_ms(tx: Connection, learner: int, question: str) -> int | None:
    last: int | None = tx.execute(_LAST_RESET, {"learner": learner, "of": question}).scalar_one()
    return last


def _scheduled(card: Card | None, new: Answer) -> Card:
    return schedule(card, new.question, correct=new.correct, sure=new.sure, hint=new.hint, at_ms=new.at_ms)


def _row(learner: int, answer: Answer) -> dict[str, Any]:
    flags = {name: int(getattr(answer, name)) for name in ("correct", "sure", "hint")}
    return {"learner_id": learner, **answer.__dict__, **flags}
