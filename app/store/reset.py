"""Starting questions again: their answers are put aside, not deleted, so that it can be undone."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select

from app.store import answer, review
from app.store.tables import RESET
from app.store.upsert import adding


@dataclass(frozen=True)
class Reset:
    """Answers to this question up to this moment do not count."""

    question: str
    at_ms: int


_RESETS = (
    select(RESET.c.question, RESET.c.at_ms)
    .where(RESET.c.learner_id == bindparam("learner"))
    .order_by(RESET.c.at_ms, RESET.c.question)
)
_add = adding(RESET)


def resets(tx: Connection, learner: int) -> list[Reset]:
    return [Reset(*row) for row in tx.execute(_RESETS, {"learner": learner})]


def put_aside(tx: Connection, learner: int, questions: Iterable[str] | None, now_ms: int) -> int | None:
    """From now on the answers so far to these questions (None: to all) do not count.

    Returns the moment to give to `undo`; None when there was nothing to put aside. The caller holds the
    learner.
    """
    wanted = None if questions is None else set(questions)
    cards = [card for card in review.cards(tx, learner) if wanted is None or card.question in wanted]
    if not cards:
        return None
    earlier = [reset.at_ms + 1 for reset in resets(tx, learner)]
    at_ms = max([now_ms, *(card.last_ms for card in cards), *earlier])
    add(tx, learner, [Reset(card.question, at_ms) for card in cards])
    answer.recount(tx, learner)
    return at_ms


def undo(tx: Connection, learner: int, at_ms: int) -> bool:
    """The answers that the reset of this moment has put aside count again; False when there was none."""
    result = tx.execute(delete(RESET).where(RESET.c.learner_id == learner, RESET.c.at_ms == at_ms))
    if not result.rowcount:
        return False
    answer.recount(tx, learner)
    return True


def add(tx: Connection, learner: int, new: Iterable[Reset]) -> None:
    rows = [{"learner_id": learner, **reset.__dict__} for reset in new]
    if rows:
        tx.execute(_add(tx), rows)
