"""What a learner expected of the next step of a sequence, and whether it came so."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from app.store.tables import PREDICTION
from app.store.upsert import adding, putting


@dataclass(frozen=True)
class Prediction:
    """One, made at `step` of a run of a widget: `run` stands for its inputs (32 hexadecimal digits)."""

    widget: str
    run: str
    step: int
    correct: bool
    at_ms: int


@dataclass(frozen=True)
class Tally:
    """How many steps of a widget were predicted, and how many of them rightly."""

    right: int
    asked: int


_PREDICTIONS = (
    select(*[column for column in PREDICTION.c if column.name != "learner_id"])
    .where(PREDICTION.c.learner_id == bindparam("learner"))
    .order_by(PREDICTION.c.at_ms, PREDICTION.c.widget, PREDICTION.c.run, PREDICTION.c.step)
)
_TALLIES = (
    select(PREDICTION.c.widget, func.sum(PREDICTION.c.correct), func.count())
    .where(PREDICTION.c.learner_id == bindparam("learner"))
    .group_by(PREDICTION.c.widget)
    .order_by(PREDICTION.c.widget)
)
_add_first = adding(PREDICTION)
_put_earlier = putting(PREDICTION, ("correct", "at_ms"), older="at_ms")


def record(tx: Connection, learner: int, new: Prediction) -> None:
    """Stores it unless this step of this run was predicted before: the first answer counts."""
    tx.execute(_add_first(tx), _row(learner, new))


def predictions(tx: Connection, learner: int) -> list[Prediction]:
    """All of them, the oldest first."""
    found = tx.execute(_PREDICTIONS, {"learner": learner})
    return [Prediction(widget, run, step, bool(right), at_ms) for widget, run, step, right, at_ms in found]


def tallies(tx: Connection, learner: int) -> dict[str, Tally]:
    """The counts of every widget that was predicted."""
    found = tx.execute(_TALLIES, {"learner": learner})
    return {widget: Tally(int(right), asked) for widget, right, asked in found}


def add(tx: Connection, learner: int, new: Iterable[Prediction]) -> None:
    """Stores what comes from elsewhere; of two for one step the earlier stays, whichever came first here."""
    rows = [_row(learner, one) for one in new]
    if rows:
        tx.execute(_put_earlier(tx), rows)


def _row(learner: int, one: Prediction) -> dict[str, object]:
    return {"learner_id": learner, **one.__dict__, "correct": int(one.correct)}
