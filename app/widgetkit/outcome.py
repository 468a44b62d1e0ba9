"""An outcome as JSON: dataclasses become objects, sentences get their text, and no number is unsayable."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

from app.widgetkit.contract import Say

DRAWN_ONLY = "stage"  # where actors stand is for the picture, not for programs

Text = Callable[[Say], str]


def to_json(value: Any, text: Text) -> Any:
    """What the JSON API prints. NaN and infinities are the strings "NaN", "+Inf", "-Inf"."""
    if isinstance(value, Say):
        return {"key": value.key, "values": to_json(value.values, text), "text": text(value)}
    if is_dataclass(value):
        shown = [field.name for field in fields(value) if field.name != DRAWN_ONLY]
        return {name.rstrip("_"): to_json(getattr(value, name), text) for name in shown}
    if isinstance(value, Mapping):
        return {str(key): to_json(item, text) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item, text) for item in value]
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Fraction):
        return str(value)
    return value


def _number(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return value


def at_path(outcome: Any, path: str) -> Any:
    """The value at a dotted path of a JSON outcome: `pods.0.containers.1.oom_score_adj`; KeyError where none is."""
    for part in path.split("."):
        outcome = outcome[int(part)] if isinstance(outcome, list) else outcome[part]
    return outcome
