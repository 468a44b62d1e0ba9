"""All that is kept of a learner, taken out and put in as a union: for export, import and recovery."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, update

from app.store import answer, interview, learner, prediction, reading, reset
from app.store.answer import Answer
from app.store.interview import Result
from app.store.prediction import Prediction, Restart
from app.store.reading import Position, ReadMark
from app.store.reset import Reset
from app.store.tables import DEVICE, LEARNER


@dataclass(frozen=True)
class Holdings:
    """What a learner has written. Cards and days follow from the answers and resets."""

    answers: tuple[Answer, ...] = ()
    resets: tuple[Reset, ...] = ()
    positions: tuple[Position, ...] = ()
    marks: tuple[ReadMark, ...] = ()
    interviews: tuple[Result, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    restarts: tuple[Restart, ...] = ()


@dataclass(frozen=True)
class Union:
    """How many answers a union has added, and how many were there already."""

    added: int
    known: int


def holdings(tx: Connection, owner: int) -> Holdings:
    return Holdings(
        answers=tuple(answer.answers(tx, owner)),
        resets=tuple(reset.resets(tx, owner)),
        positions=tuple(reading.positions(tx, owner)),
        marks=tuple(reading.marks(tx, owner)),
        interviews=tuple(interview.results(tx, owner)),
        predictions=tuple(prediction.predictions(tx, owner)),
        restarts=tuple(prediction.restarts(tx, owner)),
    )


def unite(tx: Connection, owner: int, new: Holdings) -> Union:
    """Adds what the learner does not have yet; what is there wins. Doing it again changes nothing.

    The caller holds the learner.
    """
    known = {one.attempt for one in answer.answers(tx, owner)}
    missing = {one.attempt: one for one in new.answers if one.attempt not in known}
    had_resets = set(reset.resets(tx, owner))
    answer.add(tx, owner, missing.values())
    reset.add(tx, owner, new.resets)
    reading.remember(tx, owner, new.positions)
    reading.mark(tx, owner, new.marks)
    interview.add(tx, owner, new.interviews)
    prediction.add(tx, owner, new.predictions)
    prediction.add_restarts(tx, owner, new.restarts)
    if missing or set(new.resets) - had_resets:
        answer.recount(tx, owner)
    return Union(len(missing), len({one.attempt for one in new.answers}) - len(missing))


def merge(tx: Connection, into: int, other: int) -> Union:
    """Everything of `other`, and the cookies that open it, now belong to `into`; `other` is gone."""
    for one in sorted((into, other)):
        learner.lock(tx, one)
    united = unite(tx, into, holdings(tx, other))
    tx.execute(update(DEVICE).where(DEVICE.c.learner_id == other).values(learner_id=into))
    tx.execute(delete(LEARNER).where(LEARNER.c.id == other))
    return united
