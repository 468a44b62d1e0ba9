"""What is shown of a question follows from its seed, and gives nothing away."""

from collections import Counter
from typing import Any

import pytest

from app.content.bank import Bank
from app.content.error import ContentError
from app.quiz.question import Keys, fill, present
from tests.quiz.conftest import run_adder

SEEDS = range(400)


@pytest.mark.parametrize("id_", ["pod-single", "pod-multiple", "pod-order", "pod-match", "pod-number"])
def test_the_same_seed_shows_the_same(bank: Bank, id_: str) -> None:
    assert present(bank.questions[id_], 7) == present(bank.questions[id_], 7)


def test_the_right_option_stands_everywhere_equally_often(bank: Bank) -> None:
    shown = [present(bank.questions["pod-single"], seed).options for seed in SEEDS]

    places = Counter(next(place for place, option in enumerate(options) if option.right) for options in shown)

    assert sorted(places) == [0, 1, 2, 3]
    assert min(places.values()) > 70


def test_an_order_is_never_shown_solved(bank: Bank) -> None:
    question = bank.questions["pod-order"]

    assert all(present(question, seed).options != question.options for seed in SEEDS)


def test_options_and_targets_of_a_match_are_shuffled_apart(bank: Bank) -> None:
    lined_up = 0
    for seed in SEEDS:
        shown = present(bank.questions["pod-match"], seed)
        lined_up += [option.target for option in shown.options] == [target.id for target in shown.targets]

    assert 30 < lined_up < 110


def test_each_attempt_at_a_number_differs_and_its_key_is_computed(bank: Bank) -> None:
    question, keys = bank.questions["pod-number"], Keys(run_adder)

    seen = {present(question, seed).stem.en: keys.of(question, seed).number for seed in SEEDS}

    assert len(seen) == 12
    assert seen["What is 2 and 30, not {z}?"] == 32


def test_both_languages_name_what_was_drawn(bank: Bank) -> None:
    shown = present(bank.questions["pod-number"], 3)

    assert all(str(value) in shown.stem.en and str(value) in shown.stem.zh for value in shown.drawn.values())


def test_a_widget_that_gives_no_number_is_the_authors_mistake(bank: Bank) -> None:
    keys = Keys(lambda _slug, _inputs: {"sums": []})

    with pytest.raises(ContentError, match=r"pod-number: widget adder gives no number at sums\.0\.total"):
        keys.of(bank.questions["pod-number"], 1)


@pytest.mark.parametrize("value", [None, True, "NaN", "+Inf", {}, "many"])
def test_what_is_no_number_is_no_key(bank: Bank, value: Any) -> None:
    keys = Keys(lambda _slug, _inputs: {"sums": [{"total": value}]})

    with pytest.raises(ContentError):
        keys.of(bank.questions["pod-number"], 1)


def test_drawn_values_are_filled_in_everywhere() -> None:
    filled = fill({"a": "{x}Gi", "b": ["{x}", 5], "c": "{{literal}}"}, {"x": 2})

    assert filled == {"a": "2Gi", "b": ["2", 5], "c": "{literal}"}
