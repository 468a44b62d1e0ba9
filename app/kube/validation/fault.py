"""One error of the API server: its words, its place in the text, and what would mend it.

The words are those of apimachinery pkg/util/validation/field/errors.go (v0.36.3).
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from app.kube.paste.part import Part
from app.kube.refusal import Refusal
from app.record import dataclass

Advice = Literal[
    "resource-name",
    "resource-negative",
    "resource-whole",
    "resource-equal",
    "resource-limit",
    "resource-above",
    "hugepages-alone",
    "hugepages-size",
    "pod-level",
    "pod-level-total",
    "name",
    "twice",
    "missing",
    "one-of",
    "label",
    "selector-labels",
    "selector-empty",
    "number",
    "percent",
    "both-zero",
    "above-100",
    "one-of-two",
    "deadline",
    "leave-out",
    "toleration",
    "expression",
    "weight",
    "spread",
    "port",
    "address",
    "service-headless",
    "many",
    "unknown-field",
    "restart-policy",
]
"""What to do about it: the sentence `refusal.api-<advice>`."""

Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as the API server lists it; `part` and `keys` say where it stands in the text."""

    part: Part
    keys: Keys
    said: str
    advice: Advice

    @property
    def refusal(self) -> Refusal:
        return self.part.refusal(f"api-{self.advice}", *self.keys, said=self.said)


@dataclass(frozen=True, slots=True)
class At:
    """A place that faults name: keys below a part, the last of which stands in brackets if it is a map's key."""

    part: Part
    keys: Keys = ()
    in_brackets: bool = False
    instead: str = ""
    """The field's name where the API server calls it otherwise than it is written."""

    def child(self, *keys: str | int) -> "At":
        instead = f"{self.instead}{_text(keys)}" if self.instead else ""
        return At(self.part, self.keys + keys, instead=instead)

    def key(self, name: str) -> "At":
        """The entry of a map."""
        return At(self.part, (*self.keys, name), in_brackets=True)

    def called(self, text: str) -> "At":
        return At(self.part, self.keys, instead=text)

    @property
    def text(self) -> str:
        if self.instead:
            return self.instead
        keys: Keys = (*self.part.path, *self.keys)
        if self.in_brackets:
            return f"{_text(keys[:-1])}[{keys[-1]}]".removeprefix(".")
        return _text(keys).removeprefix(".")

    def invalid(self, value: Any, detail: str, advice: Advice) -> Fault:
        return self._fault(f"Invalid value: {go_value(value)}", detail, advice)

    def required(self, detail: str = "", advice: Advice = "missing") -> Fault:
        return self._fault("Required value", detail, advice)

    def forbidden(self, detail: str, advice: Advice = "leave-out") -> Fault:
        return self._fault("Forbidden", detail, advice)

    def duplicate(self, value: Any, detail: str = "", advice: Advice = "twice") -> Fault:
        return self._fault(f"Duplicate value: {go_value(value)}", detail, advice)

    def not_supported(self, value: Any, supported: Iterable[str], advice: Advice = "one-of") -> Fault:
        listed = ", ".join(go_value(text) for text in supported)
        return self._fault(f"Unsupported value: {go_value(value)}", f"supported values: {listed}", advice)

    def too_many(self, count: int, most: int) -> Fault:
        return self._fault(f"Too many: {count}", f"must have at most {most} items", "many")

    def each(self, value: Any, details: Iterable[str], advice: Advice) -> Iterator[Fault]:
        """One error for each thing that is wrong with the value."""
        for detail in details:
            yield self.invalid(value, detail, advice)

    def _fault(self, what: str, detail: str, advice: Advice) -> Fault:
        said = f"{self.text}: {what}: {detail}" if detail else f"{self.text}: {what}"
        return Fault(self.part, self.keys, said, advice)


def _text(keys: Keys) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)


def go_value(value: Any) -> str:
    """A value as field.Error prints it: text quoted, numbers bare, the rest as JSON."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def refuse(faults: Iterable[Fault]) -> None:
    """Refuses with the first of the faults, if there is one."""
    for fault in faults:
        raise fault.refusal
