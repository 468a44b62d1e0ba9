"""Where a learner was and what they have read. Sections and subjects are checked by the caller against the
lessons.

    open_at = Place("etcd", "raft", widget="etcd-write", step=4, inputs="members=5")
    send_key = remember_place(desk, cookie, open_at, now)
    reading_of(desk, cookie).latest                       # "continue where you were"
"""

from collections.abc import Mapping
from datetime import datetime

from app.quiz.answer import Desk
from app.record import dataclass
from app.store import learner, reading
from app.store.reading import Position, ReadMark
from app.store.review import milliseconds
from app.store.store import Transaction

INPUTS_LIMIT = 1000  # longer ones are those of no sequence


@dataclass(frozen=True)
class Place:
    """A section of a lesson ("" is its beginning), and when a sequence is open there its step and what it runs on
    (`inputs`, as the query of an address: what is not as it is at first)."""

    subject: str
    section: str
    widget: str = ""
    step: int = 0
    inputs: str = ""


@dataclass(frozen=True)
class Reading:
    """`places` one a subject, the latest first; `read` the sections marked in each subject ("": all of
    it)."""

    places: tuple[Position, ...]
    read: Mapping[str, frozenset[str]]

    @property
    def latest(self) -> Position | None:
        return self.places[0] if self.places else None


def remember_place(desk: Desk, cookie: str | None, place: Place, now: datetime) -> str | None:
    """Keeps where the learner is; returns the cookie to set, or None."""
    at_ms, fresh = milliseconds(now), learner.newcomer()

    def keep(tx: Transaction) -> str | None:
        owner = learner.find_or_create(tx, cookie, fresh, at_ms)
        position = Position(place.subject, place.section, at_ms, place.widget, place.step, place.inputs)
        reading.remember(tx, owner.id, [position])
        return owner.send_key

    return desk.store.write(keep)


def mark_read(desk: Desk, cookie: str | None, subject: str, section: str, read: bool, now: datetime) -> str | None:
    """Marks a section as read, or takes the mark away; returns the cookie to set, or None."""
    at_ms, fresh = milliseconds(now), learner.newcomer()

    def keep(tx: Transaction) -> str | None:
        owner = learner.find_or_create(tx, cookie, fresh, at_ms)
        if read:
            reading.mark(tx, owner.id, [ReadMark(subject, section, at_ms)])
        else:
            reading.unmark(tx, owner.id, subject, section)
        return owner.send_key

    return desk.store.write(keep)


def reading_of(desk: Desk, cookie: str | None) -> Reading:
    def look(tx: Transaction) -> tuple[list[Position], list[ReadMark]]:
        owner = learner.find(tx, cookie)
        return ([], []) if owner is None else (reading.positions(tx, owner), reading.marks(tx, owner))

    places, marks = desk.store.read(look)
    read: dict[str, set[str]] = {}
    for mark in marks:
        read.setdefault(mark.subject, set()).add(mark.section)
    return Reading(tuple(places), {subject: frozenset(sections) for subject, sections in read.items()})
