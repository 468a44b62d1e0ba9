"""What a learner expected of the next step of a sequence, and whether it came so. Rows are added and never changed;
starting again puts those aside that were there."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, select

from app.record import dataclass
from app.store.rows import columns_of, reads
from app.store.tables import PREDICTION, RESTART
from app.store.upsert import adding


@dataclass(frozen=True)
class Prediction:
    """One, made at `step` of a run of a widget: `run` stands for its inputs (32 hexadecimal digits)."""

    widget: str
    run: str
    step: int
    correct: bool
    at_ms: int

    @property
    def asked(self) -> tuple[str, str, int]:
        """What was to be predicted: of several answers to it the first counts."""
        return self.widget, self.run, self.step


@dataclass(frozen=True)
class Restart:
    """Predictions of this widget up to this moment do not count."""

    widget: str
    at_ms: int


@dataclass(frozen=True)
class Tally:
    """How many steps of a widget were predicted, and how many of them rightly."""

    right: int
    asked: int


_prediction, _restart = reads(Prediction), reads(Restart)
_PREDICTIONS = (
    select(*columns_of(PREDICTION, Prediction))
    .where(PREDICTION.c.learner_id == bindparam("learner"))
    .order_by(PREDICTION.c.at_ms, PREDICTION.c.widget, PREDICTION.c.run, PREDICTION.c.step)
)
_RESTARTS = (
    select(*columns_of(RESTART, Restart))
    .where(RESTART.c.learner_id == bindparam("learner"))
    .order_by(RESTART.c.at_ms, RESTART.c.widget)
)
_add_prediction = adding(PREDICTION)
_add_restart = adding(RESTART)


def record(tx: Connection, learner: int, new: Prediction) -> None:
    """Stores it unless this step of this run was predicted before and counts: the first answer does. The caller
    holds the learner."""
    if any(one.asked == new.asked for one in counted(tx, learner)):
        return
    last = _last(restarts(tx, learner)).get(new.widget)
    # Clocks may disagree: what comes after a restart is after it.
    add(tx, learner, [new if last is None else replace(new, at_ms=max(new.at_ms, last + 1))])


def predictions(tx: Connection, learner: int) -> list[Prediction]:
    """All of them, also what was put aside, the oldest first."""
    return [_prediction(row) for row in tx.execute(_PREDICTIONS, {"learner": learner})]


def counted(tx: Connection, learner: int) -> list[Prediction]:
    """The first of each step of a run that no restart has put aside."""
    last = _last(restarts(tx, learner))
    first: dict[tuple[str, str, int], Prediction] = {}
    for one in predictions(tx, learner):
        if one.at_ms > last.get(one.widget, -1):
            first.setdefault(one.asked, one)
    return list(first.values())


def tallies(tx: Connection, learner: int) -> dict[str, Tally]:
    """The counts of every widget that was predicted."""
    found: dict[str, list[bool]] = {}
    for one in counted(tx, learner):
        found.setdefault(one.widget, []).append(one.correct)
    return {widget: Tally(sum(found[widget]), len(found[widget])) for widget in sorted(found)}


def add(tx: Connection, learner: int, new: Iterable[Prediction]) -> None:
    """Stores predictions as they are; those that are known stay as they were."""
    rows = [{"learner_id": learner, **one.__dict__, "correct": int(one.correct)} for one in new]
    if rows:
        tx.execute(_add_prediction(tx), rows)


def restarts(tx: Connection, learner: int) -> list[Restart]:
    """The oldest first."""
    return [_restart(row) for row in tx.execute(_RESTARTS, {"learner": learner})]


def add_restarts(tx: Connection, learner: int, new: Iterable[Restart]) -> None:
    rows = [{"learner_id": learner, **one.__dict__} for one in new]
    if rows:
        tx.execute(_add_restart(tx), rows)


def undo_restarts(tx: Connection, learner: int, at_ms: int) -> bool:
    """What was put aside at this moment counts again; False when there was nothing."""
    taken = tx.execute(delete(RESTART).where(RESTART.c.learner_id == learner, RESTART.c.at_ms == at_ms))
    return bool(taken.rowcount)


def _last(found: Iterable[Restart]) -> dict[str, int]:
    """The last restart of each widget; they come in the order of their times."""
    return {one.widget: one.at_ms for one in found}
