"""One object of a pasted text: typed access to its parts, each of which knows its place and line."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.kube.paste.limit import WHITESPACE
from app.kube.quantity import Quantity, in_resource_list, parse_quantity, within_64_bits
from app.kube.refusal import Refusal
from app.record import dataclass

Path = tuple[str | int, ...]

_EMPTY: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Source:
    """The pasted text a document came from, kept to find lines when something has to be said about one."""

    text: str
    field: str
    places: Callable[[str], Iterator["Place"]]
    memo: dict[str, Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    """What was found in the text by those who ask again and again; it goes when the text does."""


class Place(NamedTuple):
    path: Path
    """From the document's index on."""
    line: int
    token: str = ""
    """The value as JSON writes it, or the bracket that opens it."""


@dataclass(slots=True)
class Document:
    """One object of the text. `index` counts documents from 0; `inside` leads to an item of an unfolded list."""

    index: int
    content: Mapping[str, Any]
    kind: str
    inside: Path
    source: Source = dataclasses.field(repr=False)

    def where(self, path: Path = ()) -> str:
        return path_text(("documents", self.index, *self.inside, *path))

    def line_of(self, path: Path = ()) -> int | None:
        """The line (from 1) of a value, or of the nearest thing around it that is there."""
        wanted, best, line = (self.index, *self.inside, *path), -1, None
        for place in self.source.places(self.source.text):
            depth = len(place.path)
            if depth > best and place.path == wanted[:depth]:
                best, line = depth, place.line
                if depth == len(wanted):
                    break
        return line

    def refusal(self, code: str, path: Path = (), **values: Any) -> Refusal:
        """A refusal that names this place: the field, `documents[2].spec.containers[0]…` and the line."""
        return Refusal(code, field=self.source.field, where=self.where(path), line=self.line_of(path), **values)

    @property
    def root(self) -> "Part":
        return Part(self, (), self.content)


@dataclass(slots=True)
class Part:
    """A mapping inside a document that knows its place: typed access, refusals that name place and line."""

    document: Document
    path: Path
    content: Mapping[str, Any]

    def __contains__(self, key: str) -> bool:
        return self.content.get(key) is not None

    def refusal(self, code: str, *keys: str | int, **values: Any) -> Refusal:
        return self.document.refusal(code, self.path + keys, **values)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """What stands under `key`; empty when it is absent or null."""
        value = self.content.get(key)
        if value is None:
            return _EMPTY
        if not isinstance(value, dict):
            raise self._wrong(key, value, "mapping")
        return value

    def part(self, key: str) -> "Part":
        """The mapping under `key` with its place; empty when it is absent or null."""
        return Part(self.document, (*self.path, key), self.mapping(key))

    def parts(self, key: str) -> list["Part"]:
        """The list of mappings under `key`; empty when it is absent or null."""
        if self.content.get(key) is None:
            return []
        found = []
        for i, item in enumerate(self.items(key)):
            if not isinstance(item, dict):
                raise self._wrong((key, i), item, "mapping")
            found.append(Part(self.document, (*self.path, key, i), item))
        return found

    def items(self, key: str) -> Sequence[Any]:
        """The list under `key`, whatever is in it."""
        value = self.content.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self._wrong(key, value, "list")
        return value

    def text(self, key: str, default: str = "") -> str:
        value = self.content.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self._wrong(key, value, "text")
        return value

    def required(self, key: str) -> str:
        """Text that must be there and not be empty."""
        value = self.text(key)
        if not value:
            raise self.refusal("manifest-missing", key=key)
        return value

    def integer(self, key: str, low: int = -(2**31), high: int = 2**31 - 1) -> int | None:
        """A whole number, or None when absent; `1.0` is one too, as JSON decoding takes it."""
        value = self.content.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise self._wrong(key, value, "integer")
        if not low <= value <= high:
            raise self.refusal("manifest-range", key, low=low, high=high)
        return int(value)

    def boolean(self, key: str) -> bool | None:
        value = self.content.get(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, value, "boolean")
        return value

    def texts(self, key: str) -> dict[str, str]:
        """A mapping of text to text, such as labels."""
        inner = self.part(key)
        return {name: inner.text(name) for name in inner.content}

    def quantity(self, key: str) -> Quantity | None:
        """A quantity, or None when the key is absent.

        `null` is 0 and bare numbers count, as in Quantity.UnmarshalJSON (apimachinery pkg/api/resource).
        """
        return self._quantity(self.content[key], (key,)) if key in self.content else None

    def quantities(self, key: str) -> dict[str, Quantity]:
        """A resource list: name to quantity, in thousandths as the API server keeps it."""
        return {name: in_resource_list(self._quantity(value, (key, name))) for name, value in self.mapping(key).items()}

    def _quantity(self, value: Any, keys: tuple[str, ...]) -> Quantity:
        text = value if type(value) is str else self._quantity_text(value, keys)
        try:
            return within_64_bits(parse_quantity(text.strip(WHITESPACE)))
        except Refusal as refusal:
            if is_template(value):
                raise self.refusal("paste-helm", *keys, said=shown(value)) from None
            document, place = self.document, self.path + keys
            raise refusal.located(
                field=document.source.field, where=document.where(place), line=document.line_of(place)
            ) from None

    def _quantity_text(self, value: Any, keys: tuple[str, ...]) -> str:
        if value is None:
            return "0"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(keys, value, "quantity")
        return scalar_text(value)

    def _wrong(self, key: str | tuple[str | int, ...], value: Any, wanted: str) -> Refusal:
        keys = key if isinstance(key, tuple) else (key,)
        if is_template(value):
            return self.refusal("paste-helm", *keys, said=shown(value))
        return self.refusal(f"manifest-wrong-{wanted}", *keys, found=shown(value))


def scalar_text(value: str | int | float) -> str:
    """A scalar as it stands in the JSON that reaches the API server: `128` for 128, `1000` for 1e3."""
    if not isinstance(value, float):
        return str(value)
    text = repr(value)
    mantissa, _, exponent = text.partition("e")
    return text.removesuffix(".0") if not exponent else f"{mantissa}e{int(exponent)}"


def shown(value: Any) -> str:
    """A value as a refusal quotes it: short, and lists and mappings by their name only."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    text = value if isinstance(value, str) else scalar_text(value)
    return text if len(text) <= 60 else text[:59] + "…"


def is_template(value: Any) -> bool:
    """Whether a value is still to be filled in by a template engine, such as `{{ .Values.memory }}`."""
    return isinstance(value, str) and "{{" in value and "}}" in value


def path_text(path: Path) -> str:
    """`documents[2].spec.containers[0].resources`; keys that are not plain words stand in brackets."""
    parts = []
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif re.fullmatch(r"[A-Za-z_][\w-]*", key):
            parts.append(f".{key}")
        else:
            parts.append(f"[{json.dumps(shown(key), ensure_ascii=False)}]")
    return "".join(parts).removeprefix(".")
