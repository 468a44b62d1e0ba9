"""Limits are counted in the database: for all processes together, by a window that slides."""

import pytest

from app.store import tries
from app.store.store import Store
from app.store.tables import TRIES
from app.store.tries import HOUR_MS, MINUTE_MS, Limit, hash_of
from tests.store.cast import NOON, rows

FIVE = Limit(5, MINUTE_MS)
SECOND = 1000


def spend(store: Store, at_ms: int, amount: int = 1, who: str = "10.0.0.1", limit: Limit = FIVE) -> int:
    return store.write(tries.spend, "code", who, [limit], at_ms, amount)


def test_no_more_than_the_limit(store: Store) -> None:
    waits = [spend(store, NOON + turn) for turn in range(7)]

    assert waits[:5] == [0] * 5
    assert all(0 < wait <= MINUTE_MS for wait in waits[5:])


def test_after_the_wait_one_more_fits_and_not_before(store: Store) -> None:
    for turn in range(5):
        spend(store, NOON + turn * 10 * SECOND)
    refused_ms = NOON + 50 * SECOND
    wait_ms = spend(store, refused_ms)

    early = spend(store, refused_ms + wait_ms - 2 * SECOND)
    late = spend(store, refused_ms + wait_ms)

    assert early > 0
    assert late == 0


def test_the_last_span_counts_by_its_share_in_the_window(store: Store) -> None:
    """Five at the end of a minute leave two and a half, which is two, in the middle of the next."""
    for _ in range(5):
        spend(store, NOON + 59 * SECOND)

    waits = [spend(store, NOON + 90 * SECOND) for _ in range(4)]

    assert [wait > 0 for wait in waits] == [False, False, False, True]
    assert 5 * SECOND < waits[-1] < 7 * SECOND
    assert spend(store, NOON + 90 * SECOND + waits[-1] - SECOND) > 0
    assert spend(store, NOON + 90 * SECOND + waits[-1]) == 0


def test_amounts_add_up(store: Store) -> None:
    assert spend(store, NOON, 3) == 0
    assert spend(store, NOON, 3) > 0
    assert spend(store, NOON, 2) == 0


def test_every_limit_holds(store: Store) -> None:
    limits = [Limit(3, MINUTE_MS), Limit(4, HOUR_MS)]

    said = [store.write(tries.spend, "code", "a", limits, NOON + turn * MINUTE_MS) for turn in range(6)]

    assert said[:4] == [0] * 4
    assert all(wait > MINUTE_MS for wait in said[4:])


def test_others_and_other_things_are_counted_for_themselves(store: Store) -> None:
    for _ in range(5):
        spend(store, NOON)

    assert spend(store, NOON, who="10.0.0.2") == 0
    assert store.write(tries.spend, "link", "10.0.0.1", [FIVE], NOON) == 0


def test_what_is_over_is_forgotten(store: Store) -> None:
    spend(store, NOON)

    spend(store, NOON + 3 * HOUR_MS, who="10.0.0.2")

    assert [row.who_hash for row in rows(store, TRIES)] == [hash_of("10.0.0.2")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("testclient", "testclient", True),
        ("\udc80", "", False),
    ],
)
def test_a_subscriber_is_one_network(one: str, other: str, same: bool) -> None:
    assert (hash_of(one) == hash_of(other)) is same
    assert len(hash_of(one)) == 32
