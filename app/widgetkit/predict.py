"""Predict mode: what a reader is asked before the next step of a sequence, and whether the answer was right.

    questions = ask(frames, {"user": "you", "api": "API server", "kubelet": "kubelet"}, step, seed, KUBERNETES)
    judge(questions, {"who": "kubelet", "wrote": token})

The same seed gives the same questions; what was no choice is a Refusal. Nothing is asked that the picture already
shows, and nothing that cannot be known.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from random import Random
from typing import Literal

from app.kube.frame import Frame
from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgetkit.change import Change, Foreseen, changes_at, facts_of

CHOICES = 4
FEWEST = 3  # with less to choose from there is nothing to think about

Name = Literal["who", "wrote"]


@dataclass(frozen=True)
class Choice:
    """`token` is what a form sends for it; `text` is an actor's name, or `change` is what becomes true."""

    token: str
    text: str = ""
    change: Change | None = None


@dataclass(frozen=True)
class Question:
    name: Name
    choices: tuple[Choice, ...]
    right: Choice


@dataclass(frozen=True)
class Judged:
    """One answered question."""

    name: Name
    right: Choice
    given: Choice

    @property
    def is_right(self) -> bool:
        return self.given == self.right


def ask(
    frames: Sequence[Frame], actors: Mapping[str, str], step: int, seed: str, foreseen: Foreseen
) -> tuple[Question, ...]:
    """What is asked at a step (from 1) about the one after it; nothing at the last.

    `actors` are those of the stage with what a reader calls them: of two that are called the same, one is offered.
    """
    if not 1 <= step < len(frames):
        return ()
    luck = Random(f"{seed}/{step}")
    asked = (_who(frames, actors, step, luck), _wrote(frames, step, luck, foreseen))
    return tuple(question for question in asked if question)


def _who(frames: Sequence[Frame], actors: Mapping[str, str], step: int, luck: Random) -> Question | None:
    """Who acts next, among those who are not at work already: the picture lights them, which would tell."""
    current, following = frames[step - 1], frames[step]
    lit = {*current.actors_at_work, *current.receivers}
    if following.actor in lit:
        return None
    by_title = {title: name for name, title in reversed([*actors.items()])}
    by_title[actors[following.actor]] = following.actor
    taken = {actors[name] for name in (*lit, *following.actors_at_work)}
    others = [Choice(name, name) for title, name in by_title.items() if title not in taken]
    return _question("who", Choice(following.actor, following.actor), others, luck)


def _wrote(frames: Sequence[Frame], step: int, luck: Random, foreseen: Foreseen) -> Question | None:
    """What the next step changes, among what other steps do; what holds already is no wrong answer."""
    changed = changes_at(frames, step, foreseen)
    if not changed:
        return None
    elsewhere = [each for at in range(1, len(frames)) if at != step for each in changes_at(frames, at, foreseen)]
    held = facts_of(frames, step, foreseen)
    others = [_choice(each) for each in dict.fromkeys(elsewhere) if each not in changed and each not in held]
    return _question("wrote", _choice(luck.choice(changed)), others, luck)


def _question(name: Name, right: Choice, others: Sequence[Choice], luck: Random) -> Question | None:
    if len(others) + 1 < FEWEST:
        return None
    choices = [right, *luck.sample(others, min(CHOICES - 1, len(others)))]
    luck.shuffle(choices)
    return Question(name, tuple(choices), right)


def _choice(change: Change) -> Choice:
    told = f"{change.object}/{change.how}/{change.text}"
    return Choice(sha256(told.encode()).hexdigest()[:12], change=change)


def judge(questions: Sequence[Question], given: Mapping[str, str]) -> tuple[Judged, ...]:
    """Every question with its answer; Refusal naming the first that was left out or given what was no choice."""
    return tuple(_judge(question, given.get(question.name, "")) for question in questions)


def _judge(question: Question, token: str) -> Judged:
    if not token:
        raise Refusal("predict-missing", field=question.name)
    chosen = next((choice for choice in question.choices if choice.token == token), None)
    if chosen is None:
        raise Refusal("predict-choice", field=question.name, got=token[:40])
    return Judged(question.name, question.right, chosen)
