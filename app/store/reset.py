"""Starting again: answers to questions and predictions of sequences are put aside, not deleted, so that it can be
undone."""

from collections.abc import Iterable
from operator import attrgetter

from sqlalchemy import Connection, bindparam, delete, select

from app.record import dataclass
from app.store import answer, prediction, review
from app.store.prediction import Restart
from app.store.rows import columns_of, reads
from app.store.tables import RESET
from app.store.upsert import adding


@dataclass(frozen=True)
class Reset:
    """Answers to this question up to this moment do not count."""

    question: str
    at_ms: int


_RESETS = (
    select(*columns_of(RESET, Reset))
    .where(RESET.c.learner_id == bindparam("learner"))
    .order_by(RESET.c.at_ms, RESET.c.question)
)
_reset = reads(Reset)
_add = adding(RESET)


def resets(tx: Connection, learner: int) -> list[Reset]:
    return [_reset(row) for row in tx.execute(_RESETS, {"learner": learner})]


def put_aside(
    tx: Connection, learner: int, questions: Iterable[str] | None, widgets: Iterable[str] | None, now_ms: int
) -> int | None:
    """From now on the answers so far to these questions, and the predictions so far of these widgets, do not count
    (None: of all).

    Returns the moment to give to `undo`; None when there was nothing to put aside. The caller holds the
    learner.
    """
    cards = [card for card in review.cards(tx, learner) if questions is None or card.question in set(questions)]
    predicted = [one for one in prediction.counted(tx, learner) if widgets is None or one.widget in set(widgets)]
    if not cards and not predicted:
        return None
    latest = [*(card.last_ms for card in cards), *(one.at_ms for one in predicted)]
    earlier = [one.at_ms + 1 for one in resets(tx, learner)] + [
        one.at_ms + 1 for one in prediction.restarts(tx, learner)
    ]
    at_ms = max([now_ms, *latest, *earlier])
    add(tx, learner, [Reset(card.question, at_ms) for card in cards])
    prediction.add_restarts(tx, learner, [Restart(widget, at_ms) for widget in {one.widget for one in predicted}])
    if cards:
        answer.recount(tx, learner)
    return at_ms


def undo(tx: Connection, learner: int, at_ms: int) -> bool:
    """What was put aside at this moment counts again; False when there was nothing."""
    result = tx.execute(delete(RESET).where(RESET.c.learner_id == learner, RESET.c.at_ms == at_ms))
    if result.rowcount:
        answer.recount(tx, learner)
    return prediction.undo_restarts(tx, learner, at_ms) or bool(result.rowcount)


def later(tx: Connection, learner: int, new: Iterable[Reset]) -> set[str]:
    """The questions of which these would put more aside than is put aside already."""
    last = {one.question: one.at_ms for one in sorted(new, key=attrgetter("at_ms"))}
    known = answer.resets_of(tx, learner, last)
    return {question for question, at_ms in last.items() if at_ms > known.get(question, -1)}


def add(tx: Connection, learner: int, new: Iterable[Reset]) -> None:
    rows = [{"learner_id": learner, **reset.__dict__} for reset in new]
    if rows:
        tx.execute(_add(tx), rows)
