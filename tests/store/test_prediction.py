"""What was predicted of a step is kept; the first that is not put aside counts."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from app.store import learner, prediction, reset, transfer
from app.store.prediction import Prediction, Restart, Tally
from app.store.store import Store
from app.store.tables import PREDICTION
from app.store.transfer import Holdings
from tests.store.cast import MINUTE, NOON, new_learner, rows

FIRST = Prediction("pod-birth", "a" * 32, 2, False, NOON)
LATER = replace(FIRST, correct=True, at_ms=NOON + MINUTE)


def test_the_same_step_of_the_same_run_counts_once(store: Store) -> None:
    owner = new_learner(store)

    for new in (FIRST, LATER, replace(FIRST, correct=True, at_ms=NOON - MINUTE)):
        store.write(prediction.record, owner, new)

    assert store.read(prediction.predictions, owner) == [FIRST]


def test_other_steps_runs_widgets_and_learners_count_for_themselves(store: Store) -> None:
    owner, other = new_learner(store), new_learner(store)
    for new in (FIRST, replace(LATER, step=3), replace(LATER, run="b" * 32), replace(FIRST, widget="etcd-write")):
        store.write(prediction.record, owner, new)
    store.write(prediction.record, other, LATER)

    assert store.read(prediction.tallies, owner) == {"etcd-write": Tally(0, 1), "pod-birth": Tally(2, 3)}
    assert store.read(prediction.tallies, other) == {"pod-birth": Tally(1, 1)}


@pytest.mark.parametrize(("here", "there"), [(FIRST, LATER), (LATER, FIRST)], ids=["first-here", "first-there"])
def test_when_two_learners_become_one_the_earlier_counts(store: Store, here: Prediction, there: Prediction) -> None:
    owner, other = new_learner(store), new_learner(store)
    store.write(prediction.record, owner, here)
    store.write(prediction.record, other, there)
    store.write(prediction.record, other, replace(LATER, step=9))

    store.write(transfer.merge, owner, other)

    assert store.read(prediction.counted, owner) == [FIRST, replace(LATER, step=9)]
    assert store.read(prediction.predictions, owner) == [FIRST, LATER, replace(LATER, step=9)]


def test_what_was_put_aside_can_be_predicted_anew_and_counts_again_after_an_undo(store: Store) -> None:
    owner = new_learner(store)
    store.write(prediction.record, owner, FIRST)
    store.write(prediction.record, owner, replace(FIRST, widget="etcd-write"))

    aside = store.write(reset.put_aside, owner, [], ["pod-birth"], LATER.at_ms)
    empty = store.read(prediction.tallies, owner)
    store.write(prediction.record, owner, LATER)
    anew = store.read(prediction.tallies, owner)
    assert aside is not None
    undone = store.write(reset.undo, owner, aside)

    assert empty == {"etcd-write": Tally(0, 1)}
    assert anew == {"etcd-write": Tally(0, 1), "pod-birth": Tally(1, 1)}
    assert undone
    assert store.read(prediction.tallies, owner) == {"etcd-write": Tally(0, 1), "pod-birth": Tally(0, 1)}
    assert len(store.read(prediction.predictions, owner)) == 3


def test_there_is_nothing_to_put_aside_twice(store: Store) -> None:
    owner = new_learner(store)
    store.write(prediction.record, owner, FIRST)

    aside = [store.write(reset.put_aside, owner, None, None, NOON) for _ in range(2)]

    assert aside[1] is None
    assert store.write(reset.undo, owner, NOON - 1) is False


def test_putting_them_in_again_changes_nothing(store: Store) -> None:
    owner = new_learner(store)
    held = Holdings(predictions=(FIRST, replace(LATER, step=9)), restarts=(Restart("pod-birth", NOON),))

    for _ in range(2):
        store.write(transfer.unite, owner, held)

    assert store.read(transfer.holdings, owner) == held


def test_they_go_with_their_learner(store: Store) -> None:
    owner = new_learner(store)
    store.write(prediction.record, owner, FIRST)

    store.write(learner.delete_everything, owner)

    assert rows(store, PREDICTION) == []


@pytest.mark.parametrize(
    "change",
    [{"run": "short"}, {"run": "a" * 33}, {"step": 0}, {"widget": ""}, {"widget": "x" * 101}, {"at_ms": -1}],
    ids=str,
)
def test_what_can_not_be_is_not_stored(store: Store, change: dict[str, object]) -> None:
    owner = new_learner(store)

    with pytest.raises(IntegrityError):
        store.write(prediction.record, owner, replace(FIRST, **change))  # type: ignore[arg-type]  # a table

    assert rows(store, PREDICTION) == []
