"""What a learner may do with what is kept of them: start again (and undo it), and delete everything."""

from datetime import datetime

from app.content.bank import Subject
from app.quiz.answer import Desk
from app.store import learner, reset
from app.store.review import milliseconds
from app.store.store import Transaction


def forget(desk: Desk, cookie: str | None) -> bool:
    """Deletes everything of whoever the cookie opens, on all their devices; False when there was nobody."""

    def delete(tx: Transaction) -> bool:
        owner = learner.find(tx, cookie)
        if owner is None:
            return False
        learner.delete_everything(tx, owner)
        return True

    deleted = desk.store.write(delete)
    if deleted:
        desk.store.scrub()
    return deleted


def start_again(desk: Desk, cookie: str | None, subject: Subject | None, now: datetime) -> int | None:
    """Puts aside the answers to a subject's questions and the predictions of its sequences (None: of all). The
    result is for `undo_start_again`; None when there was nothing to put aside."""
    questions = None if subject is None else [question.id for question in subject.questions]
    widgets = None if subject is None else [slug for slug, of in desk.subject_of.items() if of == subject.slug]

    def put_aside(tx: Transaction) -> int | None:
        owner = learner.find_locked(tx, cookie)
        return None if owner is None else reset.put_aside(tx, owner, questions, widgets, milliseconds(now))

    return desk.store.write(put_aside)


def undo_start_again(desk: Desk, cookie: str | None, moment: int) -> bool:
    """What was put aside then counts again; False when there is nothing to undo."""

    def undo(tx: Transaction) -> bool:
        owner = learner.find_locked(tx, cookie)
        return owner is not None and reset.undo(tx, owner, moment)

    return desk.store.write(undo)
