"""Answers: added, never changed, each attempt once; what they add up to is kept in the same transaction."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select

from app.content.bank import SUSPECT
from app.record import dataclass
from app.store import review
from app.store.direct import Direct
from app.store.review import Card, schedule
from app.store.rows import columns_of, of_values, reads
from app.store.tables import ANSWER, CARD, DAY, RESET
from app.store.upsert import Statement, adding, per_dialect, putting

DAY_MS = 86_400_000
ORDER = attrgetter("at_ms", "attempt")  # of the answers to one question


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
_put_day = putting(DAY, ("answers", "correct"))
_answer, _answer_of_values = reads(Answer), of_values(Answer)
_OF_LEARNER = select(*columns_of(ANSWER, Answer)).where(ANSWER.c.learner_id == bindparam("learner"))
_OF_ATTEMPT = Direct(_OF_LEARNER.where(ANSWER.c.attempt == bindparam("of")))
_LATEST = Direct(
    _OF_LEARNER.where(ANSWER.c.question == bindparam("of"))
    .order_by(ANSWER.c.at_ms.desc(), ANSWER.c.attempt.desc())
    .limit(1)
)
_ADD_ONE, _PUT_ONE, _COUNT_DAY = Direct(_add_answer), Direct(_put_card), Direct(per_dialect(_counting))
_RESETS = (
    select(RESET.c.question, func.max(RESET.c.at_ms).label("at_ms"))
    .where(RESET.c.learner_id == bindparam("learner"))
    .group_by(RESET.c.question)
)
_COUNT = select(func.count()).select_from(ANSWER).where(ANSWER.c.learner_id == bindparam("learner"))
_SOME: BindParameter[Any] = bindparam("of", expanding=True)
_OF_QUESTIONS = _OF_LEARNER.where(ANSWER.c.question.in_(_SOME))
_RESETS_OF = _RESETS.where(RESET.c.question.in_(_SOME))
_KNOWN = select(ANSWER.c.attempt).where(ANSWER.c.learner_id == bindparam("learner"), ANSWER.c.attempt.in_(_SOME))
_LAST_ATTEMPT = select(func.max(ANSWER.c.attempt)).where(
    ANSWER.c.learner_id == bindparam("learner"),
    ANSWER.c.question == bindparam("of"),
    ANSWER.c.at_ms == bindparam("at_ms"),
)
_DAYS_OF = select(DAY.c.day, DAY.c.answers, DAY.c.correct).where(
    DAY.c.learner_id == bindparam("learner"), DAY.c.day.in_(_SOME)
)
_DROP_DAYS = delete(DAY).where(DAY.c.learner_id == bindparam("learner"), DAY.c.day.in_(_SOME))
_DROP_CARDS = delete(CARD).where(CARD.c.learner_id == bindparam("learner"), CARD.c.question.in_(_SOME))
_LAST_RESET = Direct(
    select(func.max(RESET.c.at_ms)).where(
        RESET.c.learner_id == bindparam("learner"), RESET.c.question == bindparam("of")
    )
)


def record(tx: Connection, learner: int, new: Answer) -> Recorded:
    """Stores the answer unless its attempt is known; the caller holds the learner.

    Its time is moved behind that of the question's last answer when clocks disagree, so that the order of the
    answers to a question is always that of their times.
    """
    if not is_scored(new.question):
        last = latest(tx, learner, new.question)
        return _added(tx, learner, _after(new, last.at_ms if last else None))
    card = review.card(tx, learner, new.question)
    recorded = _added(tx, learner, _after(new, card.last_ms if card else _reset_ms(tx, learner, new.question)))
    if recorded.added:
        new = recorded.answer
        _PUT_ONE.run(tx, review.values(learner, _scheduled(card, new)))
        of_day = {"learner_id": learner, "day": new.at_ms // DAY_MS, "answers": 1, "correct": int(new.correct)}
        _COUNT_DAY.run(tx, of_day)
    return recorded


def _added(tx: Connection, learner: int, new: Answer) -> Recorded:
    known = None if _ADD_ONE.run(tx, _row(learner, new)) else find(tx, learner, new.attempt)
    return Recorded(known or new, added=known is None)


def is_scored(question: str) -> bool:
    """Whether answers to it add up to cards and days: what somebody suspected is only kept."""
    return not question.startswith(SUSPECT)


def latest(tx: Connection, learner: int, question: str) -> Answer | None:
    """The last answer to a question, also to one that gives no points."""
    row = _LATEST.row(tx, {"learner": learner, "of": question})
    return _answer_of_values(row) if row else None


def find(tx: Connection, learner: int, attempt: str) -> Answer | None:
    row = _OF_ATTEMPT.row(tx, {"learner": learner, "of": attempt})
    return _answer_of_values(row) if row else None


def answers(tx: Connection, learner: int) -> list[Answer]:
    """All answers of the learner, also those that a reset has put aside, in the order of their times."""
    found = [_answer(row) for row in tx.execute(_OF_LEARNER, {"learner": learner})]
    return sorted(found, key=ORDER)


def count(tx: Connection, learner: int) -> int:
    """How many answers the learner has, also those that count for nothing."""
    found: int = tx.execute(_COUNT, {"learner": learner}).scalar_one()
    return found


def counted(tx: Connection, learner: int) -> list[Answer]:
    """The answers that give points and that no reset has put aside, in the order of their times."""
    resets: dict[str, int] = {row.question: row.at_ms for row in tx.execute(_RESETS, {"learner": learner})}
    scored = (answer for answer in answers(tx, learner) if is_scored(answer.question))
    return [answer for answer in scored if answer.at_ms > resets.get(answer.question, -1)]


def known(tx: Connection, learner: int, attempts: Iterable[str]) -> set[str]:
    """Which of these attempts are stored; some thousand at most."""
    return set(tx.execute(_KNOWN, {"learner": learner, "of": list(attempts)}).scalars())


def add(tx: Connection, learner: int, new: Iterable[Answer]) -> None:
    """Stores answers as they are; attempts that are known stay as they were. `recount` when all are in."""
    rows = [_row(learner, answer) for answer in new]
    if rows:
        tx.execute(_add_answer(tx), rows)


def join(tx: Connection, learner: int, new: Collection[Answer]) -> None:
    """Stores answers as they are, whatever their times; cards and days are then as if all had come one by one.

    None of them is known, and the caller holds the learner. What follows all that is there only goes on from the
    card; of the questions whose answers come in between, all answers are counted again.
    """
    added = _by_question(one for one in new if is_scored(one.question))
    cards = review.cards_of(tx, learner, added)
    follow = {question: rows for question, rows in added.items() if _follows(tx, learner, rows[0], cards.get(question))}
    with recounted(tx, learner, added.keys() - follow):
        add(tx, learner, new)
    resets = resets_of(tx, learner, follow)
    valid = [one for question, rows in follow.items() for one in rows if one.at_ms > resets.get(question, -1)]
    put = replay(valid, cards)
    if put:
        tx.execute(_put_card(tx), [review.values(learner, card) for card in put])
        _change_days(tx, learner, valid, [])


@contextmanager
def recounted(tx: Connection, learner: int, questions: Collection[str]) -> Iterator[None]:
    """Whatever is added or put aside inside: cards and days of these questions are afterwards what their answers give
    that count then. The caller holds the learner; some thousand questions at most."""
    if not questions:
        yield
        return
    before = _counted_of(tx, learner, questions)
    yield
    after = _counted_of(tx, learner, questions)
    cards = replay(after)
    gone = set(questions).difference(card.question for card in cards)
    tx.execute(_DROP_CARDS, {"learner": learner, "of": list(gone)})
    if cards:
        tx.execute(_put_card(tx), [review.values(learner, card) for card in cards])
    _change_days(tx, learner, after, before)


def resets_of(tx: Connection, learner: int, questions: Iterable[str]) -> dict[str, int]:
    """When these questions were put aside last, those that were."""
    found = tx.execute(_RESETS_OF, {"learner": learner, "of": list(questions)})
    return {row.question: row.at_ms for row in found}


def _counted_of(tx: Connection, learner: int, questions: Collection[str]) -> list[Answer]:
    resets = resets_of(tx, learner, questions)
    found = map(_answer, tx.execute(_OF_QUESTIONS, {"learner": learner, "of": list(questions)}))
    valid = [one for one in found if is_scored(one.question) and one.at_ms > resets.get(one.question, -1)]
    return sorted(valid, key=ORDER)


def _by_question(new: Iterable[Answer]) -> dict[str, list[Answer]]:
    """Each question's answers in the order of their times."""
    found: dict[str, list[Answer]] = {}
    for one in sorted(new, key=ORDER):
        found.setdefault(one.question, []).append(one)
    return found


def _follows(tx: Connection, learner: int, first: Answer, card: Card | None) -> bool:
    """Whether an answer comes after all of its question that count."""
    if card is None or first.at_ms > card.last_ms:
        return True
    if first.at_ms < card.last_ms:
        return False
    of = {"learner": learner, "of": first.question, "at_ms": card.last_ms}
    last: str = tx.execute(_LAST_ATTEMPT, of).scalar_one()
    return first.attempt > last


def _change_days(tx: Connection, learner: int, more: Iterable[Answer], less: Iterable[Answer]) -> None:
    """Counts answers on their days, and takes others off."""
    answers: Counter[int] = Counter()
    correct: Counter[int] = Counter()
    for by, rows in ((1, more), (-1, less)):
        for one in rows:
            answers[one.at_ms // DAY_MS] += by
            correct[one.at_ms // DAY_MS] += by * one.correct
    changed = [day for day in answers if answers[day] or correct[day]]
    for row in tx.execute(_DAYS_OF, {"learner": learner, "of": changed}):
        answers[row.day] += row.answers
        correct[row.day] += row.correct
    put = [
        {"learner_id": learner, "day": day, "answers": answers[day], "correct": correct[day]}
        for day in changed
        if answers[day]
    ]
    tx.execute(_DROP_DAYS, {"learner": learner, "of": [day for day in changed if not answers[day]]})
    if put:
        tx.execute(_put_day(tx), put)


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


def replay(in_order: Iterable[Answer], from_cards: Mapping[str, Card] = MappingProxyType({})) -> list[Card]:
    """The cards that these answers lead to, from those that were there."""
    cards: dict[str, Card] = {}
    for answer in in_order:
        before = cards.get(answer.question) or from_cards.get(answer.question)
        cards[answer.question] = _scheduled(before, answer)
    return list(cards.values())


def _after(new: Answer, last_ms: int | None) -> Answer:
    if last_ms is None or new.at_ms > last_ms:
        return new
    return replace(new, at_ms=last_ms + 1)


def _reset_ms(tx: Connection, learner: int, question: str) -> int | None:
    row = _LAST_RESET.row(tx, {"learner": learner, "of": question})
    return row[0] if row else None


def _scheduled(card: Card | None, new: Answer) -> Card:
    return schedule(card, new.question, correct=new.correct, sure=new.sure, hint=new.hint, at_ms=new.at_ms)


def _row(learner: int, answer: Answer) -> dict[str, Any]:
    flags = {name: int(getattr(answer, name)) for name in ("correct", "sure", "hint")}
    return {"learner_id": learner, **answer.__dict__, **flags}
