"""All that is kept of a learner, taken out and put in as a union: for export, import and recovery."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from app.record import dataclass
from app.store import answer, interview, learner, prediction, reading, reset
from app.store.answer import Answer
from app.store.interview import Result
from app.store.prediction import Prediction, Restart
from app.store.reading import Position, ReadMark
from app.store.reset import Reset
from app.store.tables import ANSWER, DEVICE, INTERVIEW, LEARNER, POSITION, PREDICTION, READ_MARK, RESET, RESTART

LEAST_ROWS, MOST_ROWS = 500, 5000  # in one part
SHARE = 8
HELD = (RESET, ANSWER, POSITION, READ_MARK, INTERVIEW, PREDICTION, RESTART)


@dataclass(frozen=True)
class Holdings:
    """What a learner has written. Cards and days follow from the answers and resets."""

    resets: tuple[Reset, ...] = ()
    answers: tuple[Answer, ...] = ()
    positions: tuple[Position, ...] = ()
    marks: tuple[ReadMark, ...] = ()
    interviews: tuple[Result, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    restarts: tuple[Restart, ...] = ()


@dataclass(frozen=True)
class Union:
    """How many answers a union has added, and how many were there already."""

    added: int = 0
    known: int = 0

    def __add__(self, other: "Union") -> "Union":
        return Union(self.added + other.added, self.known + other.known)


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


def row_count(tx: Connection, owner: int) -> int:
    """How many rows `holdings` has, without reading them."""
    counts = (select(func.count()).select_from(table).where(table.c.learner_id == owner) for table in HELD)
    return sum(tx.execute(counted).scalar_one() for counted in counts)


def parts(new: Holdings, had: int) -> Iterator[Holdings]:
    """The same in parts to unite one after another, at least one; whoever has united only some has something whole.

    Each is so small that others need not wait for it. A learner who has many answers (`had`) gets larger ones, since
    a part may have to count all that they have anew. Answers go in the order in which they are counted, each attempt
    once; of resets the latest comes first, so that the others of its question put nothing more aside.
    """
    attempts = {one.attempt: one for one in new.answers}
    in_order: dict[str, list[Any]] = {
        "answers": sorted(attempts.values(), key=lambda one: (one.question, *answer.ORDER(one))),
        "resets": sorted(new.resets, key=lambda one: -one.at_ms),
    }
    rows = [(field.name, row) for field in fields(new) for row in in_order.get(field.name, getattr(new, field.name))]
    size = min(max(LEAST_ROWS, had // SHARE), MOST_ROWS)
    for start in range(0, max(1, len(rows)), size):
        part: dict[str, list[Any]] = {}
        for name, row in rows[start : start + size]:
            part.setdefault(name, []).append(row)
        yield Holdings(**{name: tuple(found) for name, found in part.items()})


def unite(tx: Connection, owner: int, part: Holdings) -> Union:
    """Adds of one part what the learner does not have yet; what is there wins. Doing it again changes nothing.

    The caller holds the learner.
    """
    with answer.recounted(tx, owner, reset.later(tx, owner, part.resets)):
        reset.add(tx, owner, part.resets)
    known = answer.known(tx, owner, (one.attempt for one in part.answers))
    missing = [one for one in part.answers if one.attempt not in known]
    answer.join(tx, owner, missing)
    reading.remember(tx, owner, part.positions)
    reading.mark(tx, owner, part.marks)
    interview.add(tx, owner, part.interviews)
    prediction.add(tx, owner, part.predictions)
    prediction.add_restarts(tx, owner, part.restarts)
    return Union(len(missing), len(known))


def merge(tx: Connection, into: int, other: int) -> Union:
    """Everything of `other`, and the cookies that open it, now belong to `into`; `other` is gone."""
    for one in sorted((into, other)):
        learner.lock(tx, one)
    new = holdings(tx, other)
    united = sum((unite(tx, into, part) for part in parts(new, answer.count(tx, into))), Union())
    tx.execute(update(DEVICE).where(DEVICE.c.learner_id == other).values(learner_id=into))
    tx.execute(delete(LEARNER).where(LEARNER.c.id == other))
    return united
