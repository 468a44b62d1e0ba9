"""Where a learner was, and what they have marked as read."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, select

from app.record import dataclass
from app.store.rows import columns_of, reads
from app.store.tables import POSITION, READ_MARK
from app.store.upsert import adding, putting


@dataclass(frozen=True)
class Position:
    """The last place in a lesson: a section ("" is its beginning), and when a sequence was open there its step and
    what it was run on (`inputs`, as the query of an address: `fault=image-missing`)."""

    subject: str
    section: str
    at_ms: int
    widget: str = ""
    step: int = 0
    inputs: str = ""


@dataclass(frozen=True)
class ReadMark:
    """A section marked as read; the section "" is the whole lesson."""

    subject: str
    section: str
    at_ms: int


_position, _read_mark = reads(Position), reads(ReadMark)
_POSITIONS = (
    select(*columns_of(POSITION, Position))
    .where(POSITION.c.learner_id == bindparam("learner"))
    .order_by(POSITION.c.at_ms.desc(), POSITION.c.subject)
)
_MARKS = (
    select(*columns_of(READ_MARK, ReadMark))
    .where(READ_MARK.c.learner_id == bindparam("learner"))
    .order_by(READ_MARK.c.at_ms, READ_MARK.c.subject, READ_MARK.c.section)
)
_put_position = putting(POSITION, ("section", "widget", "step", "inputs", "at_ms"), newer="at_ms")
_add_mark = adding(READ_MARK)


def positions(tx: Connection, learner: int) -> list[Position]:
    """One a subject, the latest first: the first is where to continue."""
    return [_position(row) for row in tx.execute(_POSITIONS, {"learner": learner})]


def remember(tx: Connection, learner: int, places: Iterable[Position]) -> None:
    """Keeps the positions that are newer than what is there."""
    rows = [{"learner_id": learner, **place.__dict__} for place in places]
    if rows:
        tx.execute(_put_position(tx), rows)


def marks(tx: Connection, learner: int) -> list[ReadMark]:
    return [_read_mark(row) for row in tx.execute(_MARKS, {"learner": learner})]


def mark(tx: Connection, learner: int, read: Iterable[ReadMark]) -> None:
    """Keeps the marks; a mark that is there stays with its first time."""
    rows = [{"learner_id": learner, **one.__dict__} for one in read]
    if rows:
        tx.execute(_add_mark(tx), rows)


def unmark(tx: Connection, learner: int, subject: str, section: str) -> None:
    tx.execute(
        delete(READ_MARK).where(
            READ_MARK.c.learner_id == learner, READ_MARK.c.subject == subject, READ_MARK.c.section == section
        )
    )
