"""Predict mode: what a reader is asked before the next step of a sequence, and whether the answer was right.

    questions = ask(frames, {"user": "you", "api": "API server", "kubelet": "kubelet"}, step, seed)
    judge(questions, {"who": "kubelet", "wrote": token})

The same seed gives the same questions; what was no choice is a Refusal.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Literal

from app.kube.frame import Frame
from app.kube.refusal import Refusal

CHOICES = 4
FEWEST_LINES = 3  # with less to choose from there is nothing to think about

Name = Literal["who", "wrote"]

# Lines that every write carries: they tell nothing about the step.
_BOOKKEEPING = re.compile(
    r"(apiVersion|kind|name|namespace|uid|resourceVersion|generation|observedGeneration|creationTimestamp"
    r"|status|protocol|last\w+Time|timeAdded|startedAt|finishedAt):"
)


@dataclass(frozen=True)
class Choice:
    """`token` is what a form sends for it; `text` is an actor's name or a line of YAML."""

    token: str
    text: str


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


def ask(frames: Sequence[Frame], actors: Mapping[str, str], step: int, seed: str) -> tuple[Question, ...]:
    """What is asked at a step (from 1) about the one after it; nothing at the last.

    `actors` are those of the stage with what a reader calls them: of two that are called the same, one is offered.
    """
    if not 1 <= step < len(frames):
        return ()
    luck = Random(f"{seed}/{step}")
    asked = (_who(frames[step], actors, luck), _wrote(frames, step, luck))
    return tuple(question for question in asked if question)


def _who(following: Frame, actors: Mapping[str, str], luck: Random) -> Question | None:
    by_title = {title: name for name, title in reversed([*actors.items()])}
    by_title[actors[following.actor]] = following.actor
    others = [Choice(name, name) for name in by_title.values() if name not in following.actors_at_work]
    return _question("who", Choice(following.actor, following.actor), others, luck) if others else None


def _wrote(frames: Sequence[Frame], step: int, luck: Random) -> Question | None:
    written = _written(frames[step])
    if not written:
        return None
    right = luck.choice(_telling(written))
    elsewhere = [line for at, frame in enumerate(frames) if at != step for line in _telling(_written(frame))]
    others = [_line(text) for text in dict.fromkeys(elsewhere) if text not in written]
    if len(others) + 1 < FEWEST_LINES:
        return None
    return _question("wrote", _line(right), others, luck)


def _question(name: Name, right: Choice, others: Sequence[Choice], luck: Random) -> Question:
    choices = [right, *luck.sample(others, min(CHOICES - 1, len(others)))]
    luck.shuffle(choices)
    return Question(name, tuple(choices), right)


def _written(frame: Frame) -> list[str]:
    """The lines that the frame wrote into the store, without their indentation."""
    kept = [each for each in frame.objects if getattr(each, "stored", True)]
    lines = [(each.yaml.splitlines(), each.changed) for each in kept]
    return [text[number - 1].strip().removeprefix("- ") for text, changed in lines for number in changed]


def _telling(written: Sequence[str]) -> list[str]:
    """Of these lines those that say what the step did; if none does, all that hold a value, or else all."""
    valued = [line for line in written if not line.endswith(":")]
    return [line for line in valued if not _BOOKKEEPING.match(line)] or valued or list(written)


def _line(text: str) -> Choice:
    return Choice(sha256(text.encode()).hexdigest()[:12], text)


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
