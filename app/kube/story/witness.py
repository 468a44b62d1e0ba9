"""Which stories were held against the real programs (tests/test_witness.py), in which version, step by step."""

from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.record import dataclass

TABLE = Path(__file__).with_name("witnessed.yaml")


@dataclass(frozen=True)
class Untold:
    """Real requests that stand in no step, and why, by language."""

    because: Mapping[str, str]
    requests: tuple[str, ...]


@dataclass(frozen=True)
class Witness:
    """The version that a story was held against; what of each step the recording shows, by the step's number.

    The kinds are `request` (who asks, with which program, what it carries, the answer), `object`, `event`, `terminal`.
    A step that is missing is by code.
    """

    version: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    untold: tuple[Untold, ...] = ()


@cache
def _table() -> Mapping[str, Mapping[str, Witness]]:
    told = yaml.load(TABLE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    because = told["because"]
    known: dict[Any, Any] = {}
    return {
        room: {fault: _witness(entry, because, known) for fault, entry in faults.items()}
        for room, faults in told["rooms"].items()
    }


def _witness(entry: Mapping[str, Any], because: list[Mapping[str, str]], known: dict[Any, Any]) -> Witness:
    """What stories have in common, which is most of it, is one object for all of them: it is in `known`."""
    return Witness(
        version=str(entry["version"]),
        inputs=entry.get("inputs", {}),
        steps={int(step): known.setdefault(tuple(kinds), tuple(kinds)) for step, kinds in entry["steps"].items()},
        untold=tuple(
            known.setdefault((number, *asked), Untold(because[number], tuple(asked)))
            for number, asked in entry["untold"].items()
        ),
    )


def recorded(story: str) -> str:
    """The version that witnesses a story, `room/scenario`; "" when none does."""
    room, _, scenario = story.partition("/")
    entry = _table().get(room, {}).get(scenario)
    return entry.version if entry else ""


def witnessed(room: str, inputs: Mapping[str, Any], first: Mapping[str, Any]) -> Witness | None:
    """What witnesses a story, None when nothing does: recorded were the inputs that a room begins with.

    `first` are those; the table names what was recorded otherwise, and the fault where it is not the story's name.
    """
    for name, entry in _table().get(room, {}).items():
        if inputs == {**first, "fault": name, **entry.inputs}:
            return entry
    return None
