"""Interview questions that were said aloud and marked by the learner against the rubric."""

import json
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from app.record import dataclass
from app.store.rows import columns_of
from app.store.tables import INTERVIEW
from app.store.upsert import adding


@dataclass(frozen=True)
class Result:
    """`marked` are the points of the rubric that were said, from 0, of `points`; `seconds` if it was
    timed."""

    attempt: str
    question: str
    marked: tuple[int, ...]
    points: int
    seconds: int | None
    at_ms: int

    @property
    def score(self) -> int:
        return len(self.marked)


_RESULTS = (
    select(*columns_of(INTERVIEW, Result))
    .where(INTERVIEW.c.learner_id == bindparam("learner"))
    .order_by(INTERVIEW.c.at_ms, INTERVIEW.c.attempt)
)
_KNOWN = select(INTERVIEW.c.attempt).where(
    INTERVIEW.c.learner_id == bindparam("learner"), INTERVIEW.c.attempt.in_(bindparam("of", expanding=True))
)
_add = adding(INTERVIEW)


def results(tx: Connection, learner: int) -> list[Result]:
    """All of them, the oldest first."""
    return [
        Result(**{**row._mapping, "marked": tuple(json.loads(row.marked))})
        for row in tx.execute(_RESULTS, {"learner": learner})
    ]


def add(tx: Connection, learner: int, new: Iterable[Result]) -> int:
    """Stores results, each attempt once; how many were new. Some thousand at most."""
    given: dict[str, Result] = {}
    for result in new:
        given.setdefault(result.attempt, result)
    known = set(tx.execute(_KNOWN, {"learner": learner, "of": list(given)}).scalars())
    rows = [
        {"learner_id": learner, **result.__dict__, "marked": json.dumps(result.marked), "score": result.score}
        for attempt, result in given.items()
        if attempt not in known
    ]
    if rows:
        tx.execute(_add(tx), rows)
    return len(rows)
