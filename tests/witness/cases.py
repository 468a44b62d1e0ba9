"""Random cases beside what the real programs answered, and the differences that are meant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.oracle.cases import book

MEANT = book.RECORDINGS / "meant.yaml"


@dataclass(frozen=True)
class Held:
    """One case and the real answer to it."""

    name: str
    case: Mapping[str, Any]
    answer: Mapping[str, Any]


def held(program: str, part: str, *, drawn: str = "") -> list[Held]:
    """Every case of a part with what a program answered; the two files name the same cases."""
    asked = {case["name"]: case for case in book.read(book.drawn(drawn or part))["cases"]}
    answers = {case["name"]: case for case in book.read(book.answered(program, part))["cases"]}
    assert asked.keys() == answers.keys()
    return [Held(name, case, answers[name]) for name, case in asked.items()]


def meant(program: str, part: str) -> Mapping[str, Mapping[str, str]]:
    """By case: what differs, why it is meant to, and where that is known from."""
    told: Mapping[str, Any] = yaml.safe_load(MEANT.read_text(encoding="utf-8")) or {}
    found: Mapping[str, Mapping[str, str]] = told.get(f"{program}/{part}", {})
    return found


def unmeant(program: str, part: str, differ: Mapping[str, str]) -> Iterator[str]:
    """Differences without a reason, and reasons without a difference."""
    reasons = meant(program, part)
    yield from (f"{name}: {what}" for name, what in differ.items() if name not in reasons)
    yield from (f"{name}: no difference any more" for name in reasons if name not in differ)
