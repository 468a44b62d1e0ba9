"""An answer is kept once, and what the answers add up to is always what a replay of them gives."""

import random
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from app.store import answer, history, learner, reset, review
from app.store.store import Store
from tests.store.cast import DAY, MINUTE, NOON, answer_to, new_learner


def test_an_attempt_is_stored_once(store: Store) -> None:
    owner, once = new_learner(store), answer_to()

    first = store.write(answer.record, owner, once)
    again = store.write(answer.record, owner, once)

    assert (first.added, again.added) == (True, False)
    assert first.answer == again.answer == once
    assert store.read(answer.answers, owner) == [once]
    assert [card.attempts for card in store.read(review.cards, owner)] == [1]


def test_a_card_counts_attempts_and_the_last_answer(store: Store) -> None:
    owner = new_learner(store)
    for minute, correct in enumerate([True, True, False]):
        new = answer_to(correct=correct, at_ms=NOON + minute * MINUTE)
        store.write(answer.record, owner, new)

    [card] = store.read(review.cards, owner)

    assert (card.attempts, card.correct, card.last_correct) == (3, 2, False)


def test_answers_of_one_question_keep_their_order_when_clocks_disagree(store: Store) -> None:
    owner = new_learner(store)
    store.write(answer.record, owner, answer_to(correct=False, at_ms=NOON))

    late = store.write(answer.record, owner, answer_to(at_ms=NOON - MINUTE))

    assert late.answer.at_ms == NOON + 1
    assert store.read(review.cards, owner)[0].last_correct


def test_days_are_counted(store: Store) -> None:
    owner = new_learner(store)
    for at_ms, correct in [(NOON, True), (NOON + MINUTE, False), (NOON + DAY, True)]:
        new = answer_to(correct=correct, at_ms=at_ms)
        store.write(answer.record, owner, new)

    days = store.read(history.days, owner)

    assert [(str(day.date), day.answers, day.correct) for day in days] == [
        ("2026-03-01", 2, 1),
        ("2026-03-02", 1, 1),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_cards_and_days_are_what_a_replay_gives(store: Store, seed: int) -> None:
    """Answers, resets and undoings in any order: counting anew changes nothing."""
    luck, owner, resets, now = random.Random(seed), new_learner(store), [], NOON
    for _ in range(60):
        now += luck.choice([0, 1, MINUTE, DAY, 10 * DAY, -MINUTE])
        if luck.random() < 0.1:
            wanted = luck.choice([None, ["q1"], ["q1", "q2"]])
            moment = store.write(reset.put_aside, owner, wanted, [], now)
            resets += [moment] if moment else []
        elif resets and luck.random() < 0.1:
            moment = resets.pop(luck.randrange(len(resets)))
            assert store.write(reset.undo, owner, moment)
        else:
            new = answer_to(
                luck.choice(["q1", "q2", "q3"]),
                luck.random() < 0.6,
                now,
                sure=luck.random() < 0.3,
                hint=luck.random() < 0.3,
            )
            store.write(answer.record, owner, new)

    def seen() -> object:
        return store.read(
            lambda tx: (
                sorted(review.cards(tx, owner), key=str),
                history.days(tx, owner),
                answer.counted(tx, owner),
            )
        )

    before = seen()
    store.write(answer.recount, owner)

    assert seen() == before


def test_a_reset_puts_answers_aside_and_undo_brings_them_back(store: Store) -> None:
    owner = new_learner(store)
    for question in ("q1", "q2"):
        store.write(answer.record, owner, answer_to(question))
    before = store.read(review.cards, owner)

    moment = store.write(reset.put_aside, owner, ["q1"], [], NOON + MINUTE)
    during = store.read(review.cards, owner)
    assert moment is not None
    undone = store.write(reset.undo, owner, moment)

    assert [card.question for card in during] == ["q2"]
    assert undone
    assert store.read(review.cards, owner) == before
    assert not store.write(reset.undo, owner, moment)


def test_what_is_answered_after_a_reset_counts_even_in_the_same_millisecond(store: Store) -> None:
    owner = new_learner(store)
    store.write(answer.record, owner, answer_to(at_ms=NOON))
    store.write(reset.put_aside, owner, None, None, NOON)

    store.write(answer.record, owner, answer_to(at_ms=NOON))
    store.write(answer.recount, owner)

    assert [card.attempts for card in store.read(review.cards, owner)] == [1]


def test_a_reset_of_nothing_is_none(store: Store) -> None:
    owner = new_learner(store)

    assert store.write(reset.put_aside, owner, None, None, NOON) is None


@pytest.mark.parametrize(
    "wrong",
    [{"attempt": "short"}, {"question": ""}, {"question": "q" * 101}, {"at_ms": -1}, {"seed": -1}],
    ids=str,
)
def test_the_database_refuses_what_cannot_be(store: Store, wrong: dict[str, object]) -> None:
    owner = new_learner(store)
    new = answer_to(**{"question": "q1", **wrong})  # type: ignore[arg-type]  # that is the point

    with pytest.raises(IntegrityError):
        store.write(answer.add, owner, [new])


def test_an_answer_needs_its_learner(store: Store) -> None:
    with pytest.raises(IntegrityError):
        store.write(answer.add, 404, [answer_to()])


def test_the_id_of_a_deleted_learner_is_never_given_again(store: Store) -> None:
    gone = new_learner(store)

    store.write(learner.delete_everything, gone)

    assert new_learner(store) > gone


def test_two_learners_do_not_see_each_other(store: Store) -> None:
    one, other, same = new_learner(store), new_learner(store), str(uuid4())
    store.write(answer.record, one, answer_to(attempt=same))
    store.write(answer.record, other, answer_to(attempt=same, correct=False))

    assert store.read(lambda tx: [a.correct for a in answer.answers(tx, one)]) == [True]
    assert store.read(lambda tx: [a.correct for a in answer.answers(tx, other)]) == [False]
