"""What was predicted of a step is kept once; of two that meet, the first."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from app.store import learner, prediction, transfer
from app.store.prediction import Prediction, Tally
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
def test_when_two_learners_become_one_the_earlier_stays(store: Store, here: Prediction, there: Prediction) -> None:
    owner, other = new_learner(store), new_learner(store)
    store.write(prediction.record, owner, here)
    store.write(prediction.record, other, there)
    store.write(prediction.record, other, replace(LATER, step=9))

    store.write(transfer.merge, owner, other)

    assert store.read(prediction.predictions, owner) == [FIRST, replace(LATER, step=9)]
    assert len(rows(store, PREDICTION)) == 2


def test_putting_them_in_again_changes_nothing(store: Store) -> None:
    owner = new_learner(store)
    held = Holdings(predictions=(FIRST, replace(LATER, step=9)))

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
