"""An answer is right or wrong as a whole; each option says why and whether it was treated rightly."""

from decimal import Decimal
from typing import Any

import pytest

from app.content.bank import Bank, token
from app.quiz.judge import FIELD, from_stored, judge, read_answer, to_stored
from app.quiz.question import Keys
from tests.quiz.conftest import run_adder

KEYS = Keys(run_adder)


def named(question: str, *ids: str) -> list[str]:
    return [token(question, "option", id_) for id_ in ids]


def pairs(**targets: str) -> dict[str, str]:
    return {
        token("pod-match", "option", option): token("pod-match", "target", target) for option, target in targets.items()
    }


CASES: dict[str, tuple[str, Any, bool]] = {
    "single-right": ("pod-single", named("pod-single", "b")[0], True),
    "single-in-a-list": ("pod-single", named("pod-single", "b"), True),
    "single-wrong": ("pod-single", named("pod-single", "a")[0], False),
    "multiple-right": ("pod-multiple", named("pod-multiple", "a", "b"), True),
    "multiple-in-any-order": ("pod-multiple", named("pod-multiple", "b", "a"), True),
    "multiple-too-few": ("pod-multiple", named("pod-multiple", "a"), False),
    "multiple-too-many": ("pod-multiple", named("pod-multiple", "a", "b", "c"), False),
    "order-right": ("pod-order", named("pod-order", "a", "b", "c", "d"), True),
    "order-wrong": ("pod-order", named("pod-order", "a", "c", "b", "d"), False),
    "match-right": ("pod-match", pairs(a="t1", b="t2", c="t3"), True),
    "match-wrong": ("pod-match", pairs(a="t2", b="t1", c="t3"), False),
    "match-one-for-all": ("pod-match", pairs(a="t1", b="t1", c="t1"), False),
}


@pytest.mark.parametrize(("id_", "raw", "correct"), CASES.values(), ids=CASES)
def test_an_answer_is_judged(bank: Bank, id_: str, raw: Any, correct: bool) -> None:
    question = bank.questions[id_]

    verdict = judge(question, read_answer(question, raw), KEYS.of(question, 1))

    assert verdict.correct is correct
    assert set(verdict.reasons) == {option.token for option in question.options}


@pytest.mark.parametrize(("id_", "raw", "correct"), CASES.values(), ids=CASES)
def test_an_answer_is_judged_the_same_after_it_was_stored(bank: Bank, id_: str, raw: Any, correct: bool) -> None:
    question = bank.questions[id_]

    given = from_stored(question, to_stored(question, read_answer(question, raw)))

    assert given is not None
    assert judge(question, given, KEYS.of(question, 1)).correct is correct


@pytest.mark.parametrize("change", [0, 1, -1])
@pytest.mark.parametrize(
    "form", [int, str, float, lambda number: f" {number}.0 "], ids=["int", "text", "float", "spaces"]
)
def test_a_number_may_come_in_any_form(bank: Bank, form: Any, change: int) -> None:
    question = bank.questions["pod-number"]
    key = KEYS.of(question, 5)
    assert key.number is not None

    verdict = judge(question, read_answer(question, form(int(key.number) + change)), key)

    assert verdict.correct is (change == 0)
    assert verdict.reasons[FIELD].en == "Add them."


def test_the_tolerance_is_exact_in_decimals(bank: Bank) -> None:
    from dataclasses import replace

    from app.quiz.question import Key

    question = bank.questions["pod-number"]
    assert question.number is not None
    tolerant = replace(question, number=replace(question.number, tolerance=Decimal("0.1")))

    judged = {
        text: judge(tolerant, Decimal(text), Key(number=Decimal("0.2"))).correct for text in ("0.3", "0.1", "0.31")
    }

    assert judged == {"0.3": True, "0.1": True, "0.31": False}


def test_each_option_says_whether_it_was_treated_rightly(bank: Bank) -> None:
    question = bank.questions["pod-multiple"]

    verdict = judge(question, read_answer(question, named("pod-multiple", "a", "c")), KEYS.of(question, 1))

    assert [verdict.fits[option.token] for option in question.options] == [True, False, False, True]


def test_a_stored_answer_to_what_is_no_longer_asked_is_none(bank: Bank) -> None:
    assert from_stored(bank.questions["pod-single"], '["z"]') is None
    assert from_stored(bank.questions["pod-match"], '["a"]') is None
    assert from_stored(bank.questions["pod-number"], "null") is None
