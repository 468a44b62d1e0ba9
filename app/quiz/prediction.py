"""Predicting the next step of a sequence: what was expected is counted once a step, the first time it is said.

    send_key = record_prediction(desk, cookie, Said("pod-birth", run, step=4, correct=True), now)
    predictions_of(desk, cookie)["pod-birth"].right       # of .asked

The same step of the same run again changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime

from app.quiz.answer import Desk
from app.record import dataclass
from app.store import learner, prediction
from app.store.prediction import Prediction, Tally
from app.store.review import milliseconds
from app.store.store import Transaction


@dataclass(frozen=True)
class Said:
    """An answer given at a step of a run, and whether all of it was right; `run` stands for the run's inputs."""

    widget: str
    run: str
    step: int
    correct: bool


def record_prediction(desk: Desk, cookie: str | None, said: Said, now: datetime) -> str | None:
    """Counts it, if it is the first for this step of this run; returns the cookie to set, or None."""
    at_ms, fresh = milliseconds(now), learner.newcomer()

    def keep(tx: Transaction) -> str | None:
        owner = learner.find_or_create(tx, cookie, fresh, at_ms)
        new = Prediction(said.widget, said.run, said.step, said.correct, at_ms)
        prediction.record(tx, owner.id, new)
        return owner.send_key

    return desk.store.write(keep)


def predictions_of(desk: Desk, cookie: str | None) -> Mapping[str, Tally]:
    """How many steps of each sequence were predicted, and how many rightly, by the widget's slug."""

    def look(tx: Transaction) -> Mapping[str, Tally]:
        owner = learner.find(tx, cookie)
        return {} if owner is None else prediction.tallies(tx, owner)

    return desk.store.read(look)
