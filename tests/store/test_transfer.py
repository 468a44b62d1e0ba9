"""What a learner has comes in part by part: after each of them cards and days are what a replay gives."""

import random
from dataclasses import replace

import pytest

from app.store import answer, history, learner, reset, review, transfer
from app.store.reset import Reset
from app.store.store import Store
from app.store.transfer import LEAST_ROWS, MOST_ROWS, Holdings, Union, parts
from tests.store.cast import DAY, MINUTE, NOON, answer_to, new_learner


def seen(store: Store, owner: int) -> object:
    return store.read(
        lambda tx: (
            sorted(review.cards(tx, owner), key=str),
            history.days(tx, owner),
            transfer.holdings(tx, owner),
        )
    )


def some(luck: random.Random) -> Holdings:
    """Answers and resets of a few questions, many of them at the same moments."""
    times = [NOON + luck.choice([0, MINUTE, DAY, 30 * DAY]) * luck.randrange(4) for _ in range(40)]
    return Holdings(
        answers=tuple(
            answer_to(luck.choice(["q1", "q2", "suspect-q3"]), luck.random() < 0.6, at_ms, sure=luck.random() < 0.3)
            for at_ms in times
        ),
        resets=tuple(Reset(luck.choice(["q1", "q2", "q4"]), luck.choice(times)) for _ in range(luck.randrange(4))),
    )


@pytest.mark.parametrize("seed", range(12))
def test_part_by_part_is_what_a_replay_gives(store: Store, seed: int) -> None:
    """In any order, and with some of it there already."""
    luck, owner, whole = random.Random(seed), new_learner(store), new_learner(store)
    new = some(luck)
    rows = [Holdings(answers=(one,)) for one in new.answers] + [Holdings(resets=(one,)) for one in new.resets]
    if luck.random() < 0.5:
        luck.shuffle(rows)

    while rows:
        taken = [rows.pop() for _ in range(min(len(rows), luck.randrange(1, 12)))]
        part = Holdings(
            answers=tuple(one for each in taken for one in each.answers),
            resets=tuple(one for each in taken for one in each.resets),
        )
        store.write(transfer.unite, owner, part)

        before = seen(store, owner)
        store.write(answer.recount, owner)
        assert seen(store, owner) == before

    united = store.write(transfer.unite, whole, new)
    assert united == Union(len(new.answers), 0)
    assert seen(store, whole) == seen(store, owner)
    assert store.write(transfer.unite, whole, new) == Union(0, len(new.answers))


def test_a_part_has_no_more_rows_than_others_can_wait_for() -> None:
    new = Holdings(
        answers=tuple(answer_to(at_ms=NOON + number % 7) for number in range(1200)),
        resets=tuple(Reset("q1", NOON + number) for number in range(100)),
    )

    fresh, grown, large = (list(parts(new, had)) for had in (0, 8 * 700, 10**9))

    assert [len(part.answers) + len(part.resets) for part in fresh] == [LEAST_ROWS, LEAST_ROWS, 300]
    assert [len(part.answers) + len(part.resets) for part in grown] == [700, 600]
    assert len(large) == 1 < MOST_ROWS
    assert {one for part in fresh for one in part.answers} == set(new.answers)
    assert fresh[0].resets[0] == Reset("q1", NOON + 99)


def test_nothing_is_one_part() -> None:
    """So that somebody new with an empty file has a learner."""
    assert list(parts(Holdings(), 0)) == [Holdings()]


def test_who_is_merged_in_several_parts_loses_nothing(store: Store) -> None:
    one, other = new_learner(store), new_learner(store)
    mine, theirs = (tuple(answer_to(at_ms=NOON + MINUTE * number) for number in range(700)) for _ in range(2))
    store.write(transfer.unite, one, Holdings(answers=mine))
    store.write(transfer.unite, other, Holdings(answers=(*theirs, mine[0])))

    united = store.write(transfer.merge, one, other)

    assert united == Union(700, 1)
    assert set(store.read(answer.answers, one)) == {*mine, *theirs}
    assert [card.attempts for card in store.read(review.cards, one)] == [1400]
    assert not store.write(learner.lock, other)


def test_a_reset_that_puts_nothing_more_aside_is_no_reason_to_count(store: Store) -> None:
    owner, last = new_learner(store), Reset("q1", NOON)
    store.write(reset.add, owner, [last])

    later = store.read(reset.later, owner, [last, replace(last, at_ms=NOON - 1), Reset("q2", NOON - 5)])

    assert later == {"q2"}
