"""A question as it is drawn: what is to be chosen, what was chosen, and after the answer why each option is
as it is.

Public pages show questions without any learner; only the drawn feedback is personal.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any
from uuid import UUID

from app.content.bank import Option, Question, Target
from app.content.deeper import section_address
from app.content.language import Lang
from app.kube.refusal import Refusal
from app.quiz.answer import Answered
from app.quiz.question import SEED_LIMIT, Presented, present
from app.record import dataclass

_ATTEMPT = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FIRST_SEED = 1  # of questions inside lessons and of the quiz page without a seed


@dataclass(frozen=True)
class Typed:
    """What a reader has put into a question's form so far."""

    chosen: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)
    number: str = ""
    sure: bool = False
    hint: bool = False
    attempt: str = ""


@dataclass(frozen=True)
class Reviewed:
    """One option after the answer: whether it is right, whether the reader chose it, and why.

    An option of an order stands at its `place`, one of a match beside its `match`; there `is_right` says so of what
    the reader made of it, which is `given` (a place, or Markdown), if that is known.
    """

    label: str
    why: str
    is_right: bool
    is_chosen: bool
    place: int | None = None
    match: str = ""
    given: str = ""


@dataclass(frozen=True)
class QuestionView:
    """Everything a question's template sees, in one language."""

    question: Question
    lang: Lang
    seed: int
    stem: str
    kind: str
    options: tuple[Option, ...]
    targets: tuple[Target, ...]
    typed: Typed
    unit: str
    refusal: Refusal | None = None
    answered: Answered | None = None
    reviewed: tuple[Reviewed, ...] = ()
    right_number: Any = None

    @property
    def root(self) -> str:
        return f"q-{self.question.id}"

    @property
    def section_url(self) -> str:
        return section_address(self.lang, self.question.subject, self.question.section)


def view_question(
    question: Question,
    lang: Lang,
    *,
    seed: int = FIRST_SEED,
    typed: Typed | None = None,
    refusal: Refusal | None = None,
    answered: Answered | None = None,
) -> QuestionView:
    """The question in one language: to be answered, refused with what was typed kept, or answered."""
    shown = present(question, seed)
    typed = typed or Typed()
    return QuestionView(
        question=question,
        lang=lang,
        seed=seed,
        stem=shown.stem.in_(lang),
        kind=question.kind,
        options=_in_order(shown, typed),
        targets=shown.targets,
        typed=typed,
        unit=question.number.unit.in_(lang) if question.number else "",
        refusal=refusal,
        answered=answered,
        reviewed=_reviewed(shown, lang, typed, answered) if answered else (),
        right_number=answered.verdict.key.json() if answered and question.number else None,
    )


def _in_order(shown: Presented, typed: Typed) -> tuple[Option, ...]:
    """The options as they stand now: for ordering as the reader has moved them."""
    by_token = {option.token: option for option in shown.options}
    if shown.question.kind == "order" and set(typed.order) == set(by_token):
        return tuple(by_token[token] for token in typed.order)
    return shown.options


def _reviewed(shown: Presented, lang: Lang, typed: Typed, answered: Answered) -> tuple[Reviewed, ...]:
    verdict, question = answered.verdict, shown.question
    if question.number:
        return (Reviewed(typed.number, question.number.why.in_(lang), verdict.correct, True),)
    options = question.options if question.kind == "order" else shown.options
    targets = {target.token: target.text.in_(lang) for target in question.targets}
    pairs = verdict.key.pairs or {}
    has_choice = question.kind in ("single", "multiple")
    reviewed = [
        Reviewed(
            label=option.text.in_(lang),
            why=option.why.in_(lang),
            is_right=option.token in verdict.key.tokens if has_choice else verdict.fits.get(option.token, False),
            is_chosen=option.token in typed.chosen,
            place=place if question.kind == "order" else None,
            match=targets[pairs[option.token]] if option.token in pairs else "",
            given=_given(typed, option.token, targets),
        )
        for place, option in enumerate(options, 1)
    ]
    return tuple(sorted(reviewed, key=lambda each: not each.is_right)) if has_choice else tuple(reviewed)


def _given(typed: Typed, token: str, targets: Mapping[str, str]) -> str:
    if token in typed.order:
        return str(typed.order.index(token) + 1)
    return targets.get(typed.pairs.get(token, ""), "")


def read_typed(form: Mapping[str, str], chosen: list[str]) -> Typed:
    """What a posted form says; `chosen` are all values of the repeated field `choice`."""
    pairs = {name.removeprefix("match-"): value for name, value in form.items() if name.startswith("match-") and value}
    order = tuple(token for token in form.get("order", "").split(",") if token)
    return Typed(
        chosen=tuple(chosen),
        order=_moved(order, form.get("move", "")),
        pairs=pairs,
        number=form.get("number", "").strip()[:60],
        sure=form.get("sure") == "1",
        hint="1" in (form.get("hint"), form.get("help")),
        attempt=form.get("attempt", ""),
    )


def _moved(order: tuple[str, ...], move: str) -> tuple[str, ...]:
    """The order after `token:up` or `token:down`."""
    token, _, way = move.partition(":")
    if token not in order or way not in ("up", "down"):
        return order
    place = order.index(token)
    other = place + (-1 if way == "up" else 1)
    if not 0 <= other < len(order):
        return order
    moved = list(order)
    moved[place], moved[other] = moved[other], moved[place]
    return tuple(moved)


def raw_answer(question: Question, typed: Typed) -> Any:
    """The typed answer in the form that `read_answer` takes."""
    match question.kind:
        case "single" | "suspect":
            return typed.chosen[0] if len(typed.chosen) == 1 else list(typed.chosen)
        case "multiple":
            return list(typed.chosen)
        case "order":
            return list(typed.order)
        case "match":
            return dict(typed.pairs)
        case _:
            return typed.number


def read_seed(text: str | None) -> int:
    """The seed in a URL or form; the first one when it is missing or not a seed."""
    if text and text.isascii() and text.isdigit() and len(text) < 17 and int(text) < SEED_LIMIT:
        return int(text)
    return FIRST_SEED


def is_attempt(text: str) -> bool:
    """Whether this is an attempt id as they are kept: nothing else is looked for."""
    return _ATTEMPT.fullmatch(text) is not None


def read_attempt(text: str, fresh: UUID) -> UUID:
    """The attempt id that the client made, or a fresh one when it sent none."""
    try:
        return UUID(text)
    except ValueError:
        return fresh
