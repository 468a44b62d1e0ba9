"""What nobody has used for 18 months goes, and nothing else; nobody fills the database in an hour."""

import pytest

from app.kube.refusal import Refusal
from app.store import answer, learner, link
from app.store.expiry import MONTHS, UNUSED_MS, Forgotten, forget_unused
from app.store.learner import EACH, RENEW_AFTER_MS, TOGETHER, Newcomer
from app.store.store import Store
from app.store.tables import ANSWER, DEVICE, LEARNER, LINK
from app.store.tries import HOUR_MS
from tests.store.cast import DAY, NOON, answer_to, new_learner, rows

LATE = NOON + UNUSED_MS + RENEW_AFTER_MS


def test_it_is_eighteen_months() -> None:
    assert MONTHS == 18
    assert 540 * DAY < UNUSED_MS < 550 * DAY


def test_learners_go_with_all_that_is_theirs(store: Store) -> None:
    gone, kept = new_learner(store), new_learner(store)
    for owner in (gone, kept):
        store.write(answer.record, owner, answer_to())
    store.write(learner.add_device, kept, learner.new_key(), NOON + DAY)

    assert forget_unused(store, LATE) == Forgotten(learners=0, links=0)
    assert forget_unused(store, LATE + 1) == Forgotten(learners=1, links=0)
    assert [row.id for row in rows(store, LEARNER)] == [kept]
    assert [row.learner_id for row in rows(store, ANSWER)] == [kept]
    assert {row.learner_id for row in rows(store, DEVICE)} == {kept}


def test_an_active_learner_stays(store: Store) -> None:
    """A cookie is sent again with a write every month, which is what is looked at."""
    fresh = Newcomer(learner.new_key(), "192.0.2.1")
    store.write(learner.find_or_create, None, fresh, NOON)
    store.write(learner.find_or_create, fresh.key, Newcomer(learner.new_key(), ""), LATE - DAY)

    assert forget_unused(store, LATE + DAY) == Forgotten(0, 0)


def test_many_go_in_steps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.expiry.AT_ONCE", 2)
    for _ in range(5):
        new_learner(store)

    assert forget_unused(store, LATE + 1).learners == 5


def test_a_link_that_is_opened_stays(store: Store) -> None:
    old = store.write(link.make, "quorum", {"voters": "3"}, NOON)
    used = store.write(link.make, "quorum", {"voters": "5"}, NOON)
    store.write(link.use, used.slug, NOON + DAY)

    assert forget_unused(store, LATE + 1) == Forgotten(0, 1)
    assert [row.slug for row in rows(store, LINK)] == [used.slug]
    assert store.read(link.find, old.slug) is None


def begin(store: Store, client: str, now_ms: int = NOON) -> None:
    store.write(learner.find_or_create, None, Newcomer(learner.new_key(), client), now_ms)


def test_a_network_makes_so_many_learners_and_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "EACH", (learner.Limit(3, HOUR_MS),))
    for _ in range(3):
        begin(store, "192.0.2.1")
    with pytest.raises(Refusal, match="too-many-learners") as refused:
        begin(store, "192.0.2.1")

    assert 1 <= refused.value.values["minutes"] <= 90
    assert len(rows(store, LEARNER)) == 3
    begin(store, "198.51.100.7")
    begin(store, "192.0.2.1", NOON + 2 * HOUR_MS)


def test_all_networks_together_make_so_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner, "TOGETHER", (learner.Limit(3, HOUR_MS),))
    for number in range(3):
        begin(store, f"192.0.2.{number}")
    with pytest.raises(Refusal, match="too-many-learners"):
        begin(store, "198.51.100.7")


def test_who_is_known_is_never_too_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Newcomer(learner.new_key(), "192.0.2.1")
    store.write(learner.find_or_create, None, fresh, NOON)
    monkeypatch.setattr(learner, "EACH", (learner.Limit(1, HOUR_MS),))

    owner = store.write(learner.find_or_create, fresh.key, Newcomer(learner.new_key(), "192.0.2.1"), NOON)

    assert owner.send_key is None


def test_a_class_can_begin_together() -> None:
    assert EACH[0].amount >= 200
    assert TOGETHER[0].amount > EACH[0].amount
