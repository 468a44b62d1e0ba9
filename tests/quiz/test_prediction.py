"""Predictions are counted for whoever makes them, and travel with the rest of what is kept."""

import json
from collections.abc import Callable

from starlette.testclient import TestClient

from app.quiz.answer import Desk
from app.quiz.learner import forget
from app.quiz.prediction import Said, predictions_of, record_prediction
from app.quiz.recovery import make_code, redeem_code
from app.quiz.transfer import export_progress, import_progress
from app.store.prediction import Tally
from tests.quiz.conftest import Clock
from tests.quiz.test_api import post

RUN = "0123456789abcdef" * 2


def said(step: int = 2, correct: bool = True, widget: str = "pod-birth") -> Said:
    return Said(widget, RUN, step, correct)


def test_they_are_counted_by_sequence(desk: Desk, clock: Clock) -> None:
    cookie = record_prediction(desk, None, said(), clock())
    for one in (said(3, False), said(4), said(2, False), said(widget="etcd-write", correct=False)):
        assert record_prediction(desk, cookie, one, clock.forward(minutes=1)) is None

    assert predictions_of(desk, cookie) == {"pod-birth": Tally(2, 3), "etcd-write": Tally(0, 1)}


def test_nobody_has_predicted_nothing(desk: Desk) -> None:
    assert predictions_of(desk, None) == {}


def test_they_leave_and_come_back(desk: Desk, clock: Clock) -> None:
    cookie = record_prediction(desk, None, said(correct=False), clock())
    exported = export_progress(desk, cookie, clock())

    imported = import_progress(desk, None, json.dumps(exported).encode(), "127.0.0.1", clock())

    assert exported["predictions"] == [
        {"widget": "pod-birth", "run": RUN, "step": 2, "correct": False, "at": "2026-03-01T12:00:00.000Z"}
    ]
    assert predictions_of(desk, imported.send_key) == {"pod-birth": Tally(0, 1)}
    assert export_progress(desk, imported.send_key, clock()) == exported


def test_a_file_from_before_there_were_any_is_still_read(new_client: Callable[[], TestClient]) -> None:
    one, other = new_client(), new_client()
    post(one)
    file = one.get("/api/v1/export").json()
    old = {name: rows for name, rows in file.items() if name != "predictions"} | {"schema": 1}

    imported = other.post("/api/v1/import", json=old)

    assert imported.json() == {"added": 1, "known": 0}
    assert other.get("/api/v1/export").json()["schema"] == 3


def test_another_device_brings_its_own(desk: Desk, clock: Clock) -> None:
    """The first prediction of a step counts, on whichever device it was made."""
    other = record_prediction(desk, None, said(correct=False), clock())
    cookie = record_prediction(desk, None, said(), clock.forward(minutes=1))
    record_prediction(desk, other, said(5), clock())
    made = make_code(desk, cookie, clock())

    redeem_code(desk, other, made.words, "127.0.0.1", clock())

    assert predictions_of(desk, cookie) == predictions_of(desk, other) == {"pod-birth": Tally(1, 2)}


def test_they_are_deleted_with_everything(desk: Desk, clock: Clock) -> None:
    cookie = record_prediction(desk, None, said(), clock())

    forget(desk, cookie)

    assert predictions_of(desk, cookie) == {}
