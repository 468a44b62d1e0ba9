"""An outcome as JSON: dataclasses become objects, sentences get their text, and no number is unsayable."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

from app.widgetkit.contract import Say

DRAWN_ONLY = ("stage", "plan")  # where actors stand, and what a picture is computed from, is not for programs

Text = Callable[[Say], str]


def to_json(value: Any, text: Text) -> Any:
    """What the JSON API prints. NaN and infinities are the strings "NaN", "+Inf", "-Inf"."""
    kind = type(value)
    if value is None or kind in _PLAIN:
        return value
    if kind is Say:
        return {"key": value.key, "values": to_json(value.values, text), "text": text(value)}
    if kind is list or kind is tuple:
        return [to_json(item, text) for item in value]
    if isinstance(value, Say):
        # A sentence that carries more: what it says, and its other fields beside that.
        more = {name: to_json(getattr(value, name), text) for name, _ in _names(kind) or ()}
        return more | {"values": to_json(value.values, text), "text": text(value)}
    if (names := _names(kind)) is not None:
        found = {}
        for name, shown in names:
            inner = getattr(value, name)
            # What needs no more is not asked about again: an answer may hold thousands of flat objects.
            found[shown] = inner if inner is None or type(inner) in _PLAIN else to_json(inner, text)
        return found
    if isinstance(value, Mapping):
        return {str(key): to_json(item, text) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item, text) for item in value]
    if isinstance(value, float):
        return _number(value)
    return str(value) if isinstance(value, Fraction) else value


_PLAIN = frozenset({str, int, bool})


Names = tuple[tuple[str, str], ...]
_seen: dict[type, Names | None] = {}


def _names(kind: type) -> Names | None:
    """The fields of a dataclass with the names that programs see; None for anything else."""
    if kind not in _seen:
        names = [field.name for field in fields(kind) if field.name not in DRAWN_ONLY] if is_dataclass(kind) else None
        _seen[kind] = None if names is None else tuple((name, name.rstrip("_")) for name in names)
    return _seen[kind]


def _number(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return value


NAMED_BY = (
    "key",
    "why",
    "kind",
    "type",
    "name",
)  # what an item of a list may be called by: a frame, an object, a condition, a Pod


def at_path(outcome: Any, path: str) -> Any:
    """The value at a dotted path of a JSON outcome; LookupError where there is none.

    An item of a list is told by its place (`pods.0.containers.1.oom_score_adj`), or by what it is called where it is
    called something: `frames.publish.actors.pod` is the first frame of that key, `frames.probe#2.at_s` the second,
    `frames.end.objects.Pod.status.phase.status` the status of the object's phase.
    """
    for part in path.split("."):
        outcome = _item(outcome, part) if isinstance(outcome, list) else outcome[part]
    return outcome


def _item(items: list[Any], part: str) -> Any:
    if part.isascii() and part.isdigit():
        return items[int(part)]
    key, _, number = part.partition("#")
    called = [item for item in items if isinstance(item, dict) and key in [item.get(name) for name in NAMED_BY]]
    if len(called) < int(number or 1):
        raise KeyError(part)
    return called[int(number or 1) - 1]
