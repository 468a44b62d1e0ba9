"""How much a learner answered day by day (UTC)."""

from datetime import date, timedelta

from sqlalchemy import Connection, bindparam, select

from app.record import dataclass
from app.store.tables import DAY

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class DayCount:
    """`answers` on this day, `correct` of them right."""

    date: date
    answers: int
    correct: int


_OF_LEARNER = (
    select(DAY.c.day, DAY.c.answers, DAY.c.correct).where(DAY.c.learner_id == bindparam("learner")).order_by(DAY.c.day)
)


def days(tx: Connection, learner: int) -> list[DayCount]:
    """The days on which the learner answered, the oldest first."""
    rows = tx.execute(_OF_LEARNER, {"learner": learner})
    return [DayCount(EPOCH + timedelta(days=row.day), row.answers, row.correct) for row in rows]
