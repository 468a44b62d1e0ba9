"""Judges an answer: pure, the same for the pages, the JSON API and the tests.

`read_answer` refuses what is no answer to the question (unknown options, too few, not a number) with a
Refusal whose sentences are in `words.yaml`; `judge` says of an answer whether it is right, and of every
option why.
"""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.content.bank import Question
from app.content.entry import Text
from app.quiz.question import Key
from app.record import dataclass
from app.widgetkit.contract import Refusal

Given = tuple[str, ...] | Decimal | Mapping[str, str]
FIELD = "answer"
NUMBER_LENGTH = 40


@dataclass(frozen=True)
class Verdict:
    """`reasons` has every option's token, or `answer` for a number question; `fits` says which options were
    treated rightly (chosen and right, left and wrong, at its place, with its target)."""

    correct: bool
    reasons: Mapping[str, Text]
    fits: Mapping[str, bool]
    key: Key


def read_answer(question: Question, raw: Any) -> Given:
    """The answer in the form of its kind; Refusal when it is none."""
    if question.kind == "number":
        return _number(raw)
    if question.kind == "match":
        return _pairs(question, raw)
    tokens = _tokens(raw, single=question.kind in ("single", "suspect"))
    for token in tokens:
        if token not in question.by_token:
            raise Refusal("unknown-option", field=FIELD, option=token[:60], question=question.id)
    if len(set(tokens)) != len(tokens):
        raise Refusal("option-twice", field=FIELD)
    if question.kind == "order" and len(tokens) != len(question.options):
        raise Refusal("order-incomplete", field=FIELD, count=len(question.options))
    return tokens


def judge(question: Question, given: Given, key: Key) -> Verdict:
    fits = _fits(question, given, key)
    reasons = {option.token: option.why for option in question.options}
    if question.number:
        reasons = {FIELD: question.number.why}
    return Verdict(all(fits.values()), reasons, fits, key)


def _fits(question: Question, given: Given, key: Key) -> dict[str, bool]:
    if isinstance(given, Decimal):
        assert question.number is not None
        assert key.number is not None
        return {FIELD: abs(given - key.number) <= question.number.tolerance}
    if isinstance(given, Mapping):
        pairs = key.pairs or {}
        return {token: given.get(token) == pairs[token] for token in pairs}
    if question.kind == "order":
        return {token: place < len(given) and given[place] == token for place, token in enumerate(key.tokens)}
    return {token: (token in given) == (token in key.tokens) for token in question.by_token}


def _tokens(raw: Any, single: bool) -> tuple[str, ...]:
    if isinstance(raw, str) and raw:
        raw = [raw]
    if not isinstance(raw, list) or not all(isinstance(token, str) for token in raw):
        raise Refusal("not-an-option" if single else "not-a-list", field=FIELD)
    if not raw:
        raise Refusal("nothing-chosen", field=FIELD)
    if single and len(raw) != 1:
        raise Refusal("not-an-option", field=FIELD)
    return tuple(raw)


def _pairs(question: Question, raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict) or not all(isinstance(part, str) for pair in raw.items() for part in pair):
        raise Refusal("not-a-map", field=FIELD)
    for option, target in raw.items():
        if option not in question.by_token:
            raise Refusal("unknown-option", field=FIELD, option=option[:60], question=question.id)
        if target not in question.target_by_token:
            raise Refusal("unknown-target", field=FIELD, where=option, target=target[:60], question=question.id)
    if len(raw) != len(question.options):
        raise Refusal("match-incomplete", field=FIELD, count=len(question.options))
    return dict(raw)


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise Refusal("not-a-number", field=FIELD)
    text = str(raw).strip() if isinstance(raw, float | str) or abs(raw) < 10**NUMBER_LENGTH else ""
    try:
        number = Decimal(text) if 0 < len(text) <= NUMBER_LENGTH else Decimal("NaN")
    except InvalidOperation:
        raise Refusal("not-a-number", field=FIELD) from None
    if not number.is_finite() or abs(number.adjusted()) > NUMBER_LENGTH:
        raise Refusal("not-a-number", field=FIELD)
    return number


def to_stored(question: Question, given: Given) -> str:
    """The answer as JSON in the bank's own ids, which is what is kept."""
    if isinstance(given, Decimal):
        return json.dumps(str(given))
    if isinstance(given, Mapping):
        pairs = {question.by_token[o].id: question.target_by_token[t].id for o, t in given.items()}
        return json.dumps(pairs, sort_keys=True)
    ids = [question.by_token[token].id for token in given]
    return json.dumps(ids if question.kind == "order" else sorted(ids))


def from_stored(question: Question, stored: str) -> Given | None:
    """The answer again; None when the question no longer has what was chosen."""
    try:
        value = json.loads(stored)
        if question.kind == "number":
            return Decimal(value)
        tokens = {option.id: option.token for option in question.options}
        if question.kind == "match":
            targets = {target.id: target.token for target in question.targets}
            return {tokens[option]: targets[target] for option, target in value.items()}
        return tuple(tokens[id_] for id_ in value)
    except (KeyError, ValueError, TypeError, AttributeError, InvalidOperation):
        return None
