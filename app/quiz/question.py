"""A question as one learner sees it: shuffled and drawn by a seed, without its key.

The same seed gives the same question in both languages and on every replica. `Keys` computes what a number
question wants by running its widget, through a function given by whoever puts the program together:

    keys = Keys(rooms.answer)            # (slug, inputs) -> JSON outcome
    shown = present(question, seed)      # what to show, also for HTML
    key = keys.of(question, seed)        # what is right, for `judge`
"""

import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from app.content.bank import Number, Option, Question, Target
from app.content.entry import Text
from app.content.error import ContentError
from app.record import dataclass
from app.widgetkit.outcome import at_path

SEED_LIMIT = 1 << 53  # what JavaScript's numbers can hold
RunWidget = Callable[[str, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Presented:
    """What is shown of a question: options and targets in the order of the seed, the stem with its drawn
    values."""

    question: Question
    seed: int
    stem: Text
    options: tuple[Option, ...]
    targets: tuple[Target, ...]
    drawn: Mapping[str, Any]


@dataclass(frozen=True)
class Key:
    """What is right: tokens of options (single, multiple, order), a number, or option to target (match)."""

    tokens: tuple[str, ...] = ()
    number: Decimal | None = None
    pairs: Mapping[str, str] | None = None

    def json(self) -> Any:
        if self.number is not None:
            return float(self.number) if self.number % 1 else int(self.number)
        return dict(self.pairs) if self.pairs is not None else list(self.tokens)


def new_seed() -> int:
    return random.SystemRandom().randrange(1 << 31)


def present(question: Question, seed: int) -> Presented:
    luck = random.Random(f"{seed}/{question.id}")
    options = luck.sample(question.options, len(question.options))
    if question.kind == "order" and tuple(options) == question.options:
        options = [*options[1:], options[0]]  # an order that is shown solved asks nothing
    targets = luck.sample(question.targets, len(question.targets))
    drawn = draw(question.number, seed, question.id) if question.number else {}
    stem = question.stem
    if question.number:
        stem = Text(stem.en.format(**drawn), stem.zh.format(**drawn))
    return Presented(question, seed, stem, tuple(options), tuple(targets), drawn)


def draw(number: Number, seed: int, question: str) -> dict[str, Any]:
    """One value of each, by the seed."""
    luck = random.Random(f"{seed}/{question}/draw")
    return {name: luck.choice(values) for name, values in number.draw}


def fill(template: Any, drawn: Mapping[str, Any]) -> Any:
    """The inputs with the drawn values in every text."""
    if isinstance(template, str):
        return template.format(**drawn)
    if isinstance(template, Mapping):
        return {key: fill(value, drawn) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, drawn) for value in template]
    return template


class Keys:
    """The keys of questions; those of number questions come from the widget itself, so they cannot drift."""

    def __init__(self, run_widget: RunWidget) -> None:
        self._run = run_widget
        self._computed: dict[tuple[str, str], Decimal] = {}  # no larger than the values that may be drawn

    def of(self, question: Question, seed: int) -> Key:
        if question.number:
            return Key(number=self.number(question, draw(question.number, seed, question.id)))
        if question.kind == "match":
            by_id = {target.id: target.token for target in question.targets}
            return Key(pairs={option.token: by_id[option.target or ""] for option in question.options})
        chosen = [option.token for option in question.options if option.right or question.kind == "order"]
        return Key(tokens=tuple(chosen))

    def number(self, question: Question, drawn: Mapping[str, Any]) -> Decimal:
        """What the widget gives for these drawn values; ContentError when that is no number."""
        place = (question.id, repr(sorted(drawn.items())))
        if place not in self._computed:
            self._computed[place] = self._compute(question, drawn)
        return self._computed[place]

    def _compute(self, question: Question, drawn: Mapping[str, Any]) -> Decimal:
        number = question.number
        assert number is not None
        try:
            return exact(at_path(self._run(number.widget, fill(number.inputs, drawn)), number.answer))
        except (KeyError, IndexError, ValueError, TypeError, ArithmeticError) as error:
            with_ = ", ".join(f"{name}={value}" for name, value in drawn.items())
            raise ContentError(
                question.path,
                question.line,
                f"{question.id}: widget {number.widget} gives no number at {number.answer} with {with_} ({error!r})",
                "mend inputs, answer or the drawn values",
            ) from error


def exact(value: Any) -> Decimal:
    """A number of an outcome, which may be text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{value!r} is not a number")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"{value!r} is not finite")
    return number
