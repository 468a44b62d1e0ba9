"""Pasted manifests: YAML or JSON, one object or many, under limits, with the place and line of what is wrong.

Reads what `kubectl` reads: YAML 1.1 scalars as sigs.k8s.io/yaml resolves them, `---` between documents, JSON
objects one after another, `List` kinds unfolded. Aliases, duplicate keys and non-objects are refused.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs do not export libyaml's parser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from app.kube.kept import KEPT_LENGTH
from app.kube.quantity import Quantity, parse_quantity
from app.kube.refusal import Refusal

SIZE_LIMIT = 64 << 20
"""Bytes of one text; over the network a form takes far less."""

OBJECT_LIMIT = 10_000
"""Documents, and objects after lists are unfolded."""

DEPTH_LIMIT = 64
"""Mappings and lists inside each other; the deepest fields of a Pod are about 15 deep."""

Path = tuple[str | int, ...]

_EMPTY: dict[str, Any] = {}

WHITESPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go's strings.TrimSpace trims."""


@dataclass(frozen=True, slots=True)
class Source:
    """The pasted text a document came from, kept to find lines when something has to be said about one."""

    text: str
    field: str
    places: Callable[[str], Iterator["_Place"]]
    memo: dict[str, Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    """What was found in the text by those who ask again and again; it goes when the text does."""


class _Place(NamedTuple):
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
    source: Source = field(repr=False)

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
        """A resource list: name to quantity."""
        return {name: self._quantity(value, (key, name)) for name, value in self.mapping(key).items()}

    def _quantity(self, value: Any, keys: tuple[str, ...]) -> Quantity:
        text = value if type(value) is str else self._quantity_text(value, keys)
        try:
            return parse_quantity(text.strip(WHITESPACE))
        except Refusal as refusal:
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
        return self.refusal(f"manifest-wrong-{wanted}", *keys, found=shown(value))


def load_documents(text: str, *, field: str, kinds: Collection[str] | None = None) -> tuple[Document, ...]:
    """All objects of a pasted text, lists unfolded; with `kinds`, every object must be of one of them.

    Raises Refusal (`manifest-*`). An empty text gives no documents; what that means is the caller's to say.
    """
    source, contents = _read(text, field)
    documents: list[Document] = []
    for index, content in enumerate(contents):
        if content is None:
            continue
        if not isinstance(content, dict):
            raise Document(index, {}, "", (), source).refusal("manifest-not-object", found=shown(content))
        documents.extend(_unfold(index, content, source))
        if len(documents) > OBJECT_LIMIT:
            raise Refusal("manifest-many", field=field, limit=OBJECT_LIMIT)
    if kinds is not None:
        for document in documents:
            if document.kind not in kinds:
                raise document.refusal("manifest-kind", ("kind",), kind=document.kind or "—", accepted=", ".join(kinds))
    return tuple(documents)


def _unfold(index: int, content: dict[str, Any], source: Source) -> Iterator[Document]:
    """The object itself, or the items of a `List`, `PodList`…, whose items may lack a kind of their own."""
    waiting: list[tuple[Path, dict[str, Any], str]] = [((), content, "")]
    while waiting:
        inside, content, default_kind = waiting.pop()
        kind = content.get("kind", default_kind)
        if not isinstance(kind, str):
            raise Document(index, content, "", inside, source).refusal(
                "manifest-wrong-text", ("kind",), found=shown(kind)
            )
        document = Document(index, content, kind, inside, source)
        if not kind.endswith("List") or "items" not in content:
            yield document
            continue
        items = content["items"]
        if items is None:
            continue
        if not isinstance(items, list):
            raise document.refusal("manifest-wrong-list", ("items",), found=shown(items))
        if len(items) > OBJECT_LIMIT:
            raise document.refusal("manifest-many", ("items",), limit=OBJECT_LIMIT)
        for i in reversed(range(len(items))):
            if not isinstance(items[i], dict):
                raise document.refusal("manifest-wrong-mapping", ("items", i), found=shown(items[i]))
            waiting.append(((*inside, "items", i), items[i], kind.removesuffix("List")))


# --- pods ------------------------------------------------------------------------------------------

_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "Deployment": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
POD_KINDS = tuple(_TEMPLATES)


@dataclass(slots=True)
class PodObject:
    """A pod, or the template from which a controller makes pods; then `name` is the controller's."""

    kind: str
    namespace: str
    name: str
    pod: Part
    metadata: Part
    spec: Part


def pods(documents: Collection[Document], *, field: str) -> Iterator[PodObject]:
    """The pods and pod templates among the objects; others are passed over, unless there is nothing else."""
    found = False
    for document in documents:
        way = _TEMPLATES.get(document.kind)
        if way is None:
            continue
        found = True
        root = document.root
        pod = root
        for key in way:
            pod = pod.part(key)
        if "spec" not in pod:
            raise pod.refusal("manifest-missing", key="spec")
        metadata = root.part("metadata")
        yield PodObject(
            kind=document.kind,
            namespace=metadata.text("namespace") or "default",
            name=metadata.text("name") or metadata.text("generateName") or _nameless(metadata),
            pod=pod,
            metadata=metadata if pod is root else pod.part("metadata"),
            spec=pod.part("spec"),
        )
    if not found:
        _refuse_no_pod(documents, field)


def _nameless(metadata: Part) -> str:
    raise metadata.refusal("manifest-missing", key="name")


def _refuse_no_pod(documents: Collection[Document], field: str) -> None:
    for document in documents:
        kind = document.kind or "—"
        raise document.refusal("manifest-kind", kind=kind, accepted=", ".join(POD_KINDS))
    raise Refusal("manifest-empty", field=field)


# --- values ----------------------------------------------------------------------------------------


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


# --- reading ---------------------------------------------------------------------------------------


def _read(text: str, field: str) -> tuple[Source, list[Any]]:
    text = text.removeprefix("\ufeff")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise _bad_character(text, field, error.start) from None
    if size > SIZE_LIMIT:
        raise Refusal("manifest-size", field=field, limit=SIZE_LIMIT, size=size)
    looks_json = text.lstrip()[:1] in ("{", "[")
    if looks_json:
        source = Source(text, field, _json_places)
        _refuse_deep_json(source)
        try:
            return source, _read_json(source)
        except json.JSONDecodeError as error:
            if re.match(r'\s*[\[{]\s*["\[{]', text):
                raise Refusal("manifest-json", field=field, line=error.lineno, problem=error.msg) from None
    source = Source(text, field, _yaml_places)
    return source, _read_yaml(source)


class _DuplicateKeyError(Exception):
    pass


def _read_json(source: Source) -> list[Any]:
    """All values of the text, one after another."""
    contents: list[Any] = []
    text, at = source.text, 0
    try:
        while (at := _SPACE.match(text, at).end()) < len(text):  # type: ignore[union-attr]  # it always matches
            value, at = _JSON.raw_decode(text, at)
            contents.append(value)
            if len(contents) > OBJECT_LIMIT:
                break
    except _DuplicateKeyError:
        raise _duplicate(source) from None
    except json.JSONDecodeError:
        raise
    except ValueError:
        # The hooks below, or a whole number of more than 4300 digits.
        raise _bad_number(source) from None
    if len(contents) > OBJECT_LIMIT:
        raise Refusal("manifest-many", field=source.field, limit=OBJECT_LIMIT)
    return [_mend(content) for content in contents] if "\\ud" in text.lower() else contents


def _bad_number(source: Source) -> Refusal:
    for place in source.places(source.text):
        token = place.token
        if token in _CONSTANTS or (token[:1] in "-0123456789" and (len(token) > 300 or _is_infinite(token))):
            where = path_text(("documents", *place.path))
            return Refusal("manifest-number", field=source.field, where=where, line=place.line)
    raise AssertionError("a bad number was seen while decoding")


_CONSTANTS = ("NaN", "Infinity", "-Infinity")


def _is_infinite(token: str) -> bool:
    return float(token) in (float("inf"), float("-inf"))


def _mend(value: Any) -> Any:
    """Half surrogate pairs, which JSON can write as `\\ud800`, become U+FFFD as in Go."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise _DuplicateKeyError
    return content


def _finite(text: str) -> float:
    if _is_infinite(text):
        raise ValueError(text)
    return float(text)


def _no_constant(text: str) -> float:
    raise ValueError(text)


_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant)
_SPACE = re.compile(r"[ \t\r\n]*")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
_BYTE_STEP = {ord(bracket): step for bracket, step in _STEP.items()}
_NEITHER_BRACKET_NOR_QUOTE = bytes(set(range(256)) - set(b'[]{}"'))
_QUOTED = re.compile(rb'"[^"]*"?')


def _refuse_deep_json(source: Source) -> None:
    """Before the decoder, which recurses."""
    if max(accumulate(map(_BYTE_STEP.__getitem__, _brackets(source.text))), default=0) <= DEPTH_LIMIT:
        return
    depth = 0
    for token in _JSON_TOKEN.finditer(source.text):
        depth += _STEP.get(token[0], 0)
        if depth > DEPTH_LIMIT:
            line = source.text.count("\n", 0, token.start()) + 1
            raise Refusal("manifest-deep", field=source.field, line=line, limit=DEPTH_LIMIT)


def _brackets(text: str) -> bytes:
    """The brackets of a JSON text that are not inside strings; right up to the first mistake, where decoding ends."""
    plain = text.encode()
    if b"\\" in plain:
        plain = plain.replace(rb"\\", b"").replace(rb"\"", b"")
    return _QUOTED.sub(b"", plain.translate(None, _NEITHER_BRACKET_NOR_QUOTE))


def _json_places(text: str) -> Iterator[_Place]:
    """Every value of valid JSON with its path and line, keys of one mapping in order, duplicates twice."""
    line, seen_to, document = 1, 0, 0
    stack: list[list[Any]] = []
    key: str | None = None
    for token in _JSON_TOKEN.finditer(text):
        line += text.count("\n", seen_to, token.start())
        seen_to = token.start()
        mark = token[0]
        if mark in (",", ":"):
            continue
        if mark in ("]", "}"):
            stack.pop()
            continue
        if stack and stack[-1][0] == "{" and key is None:
            key = json.loads(mark)
            continue
        if stack and stack[-1][0] == "[":
            stack[-1][1] = stack[-1][1] + 1
        elif stack:
            stack[-1][1], key = key, None
        else:
            path: Path = (document,)
            document += 1
        if stack:
            path = (document - 1, *(entry[1] for entry in stack))
        yield _Place(path, line, mark)
        if mark in ("[", "{"):
            stack.append([mark, -1])


def _duplicate(source: Source) -> Refusal:
    """The refusal for the first key that stands twice in one mapping."""
    seen: set[Path] = set()
    for place in source.places(source.text):
        if place.path in seen:
            return Refusal(
                "manifest-duplicate",
                field=source.field,
                where=path_text(("documents", *place.path)),
                line=place.line,
                key=place.path[-1],
            )
        seen.add(place.path)
    raise AssertionError("a duplicate key was seen while decoding")


def _events(text: str) -> Iterator[Any]:
    """libyaml's events; behind the end of the stream it gives None."""
    return iter(CParser(text).get_event, None)


def _read_yaml(source: Source) -> list[Any]:
    try:
        return _compose(source)
    except MarkedYAMLError as error:
        raise _yaml_refusal(source, error) from None
    except YAMLError:
        # The reader's error, which alone has no mark: a character that YAML does not allow.
        found = _NOT_YAML.search(source.text)
        raise _bad_character(source.text, source.field, found.start() if found else 0) from None


_NOT_YAML = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _bad_character(text: str, field: str, at: int) -> Refusal:
    line = text.count("\n", 0, at) + 1
    return Refusal("manifest-characters", field=field, line=line, character=f"U+{ord(text[at]):04X}")


def _yaml_refusal(source: Source, error: MarkedYAMLError) -> Refusal:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    lines = source.text.splitlines()
    if line and line <= len(lines) and re.match(r"[ -]*\t", lines[line - 1]):
        return Refusal("manifest-tab", field=source.field, line=line)
    return Refusal("manifest-yaml", field=source.field, line=line, problem=error.problem or "")


def _compose(source: Source) -> list[Any]:
    """The contents of all documents, built from the parser's events in one pass; limits hold on the way.

    `inside` is the mapping or list that is open, `key` what its next value belongs to; the stack holds those around.
    """
    contents: list[Any] = []
    inside: Any = contents
    key: Any = None
    stack: list[tuple[Any, Any]] = []
    for event in _events(source.text):
        kind = type(event)
        if kind is ScalarEvent:
            text = event.value
            if event.anchor is not None:
                raise _at(source, "manifest-alias", event, _way(stack, inside, key))
            if key is _EXPECTS_KEY:
                if text in inside:
                    raise _at(source, "manifest-duplicate", event, _way(stack, inside, text), key=text)
                if text == "<<" and event.implicit[0]:
                    raise _at(source, "manifest-alias", event, _way(stack, inside, text))
                key = text
                continue
            if event.implicit[0]:
                value = _resolve(text) if len(text) <= KEPT_LENGTH else _resolved(text)
                if value is _NOT_A_NUMBER:
                    raise _at(source, "manifest-number", event, _way(stack, inside, key))
            elif event.tag is None or event.tag in _TEXT_TAGS:
                value = text
            else:
                raise _at(source, "manifest-tag", event, _way(stack, inside, key), tag=event.tag)
            opens = False
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            inside, key = stack.pop()
            if key is not None:
                key = _EXPECTS_KEY
            continue
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if event.anchor is not None or event.tag is not None or key is _EXPECTS_KEY or len(stack) >= DEPTH_LIMIT:
                _check_start(source, event, key, _way(stack, inside, key))
            value = {} if kind is MappingStartEvent else []
            opens = True
        elif kind is AliasEvent:
            raise _at(source, "manifest-alias", event, _way(stack, inside, key))
        elif kind is DocumentStartEvent:
            if len(contents) >= OBJECT_LIMIT:
                raise _at(source, "manifest-many", event, (len(contents),), limit=OBJECT_LIMIT)
            continue
        else:
            continue
        if key is None:
            inside.append(value)
        else:
            inside[key] = value
        if opens:
            stack.append((inside, key))
            inside, key = value, _EXPECTS_KEY if kind is MappingStartEvent else None
        elif key is not None:
            key = _EXPECTS_KEY
    return contents


def _check_start(source: Source, event: Any, key: Any, way: Path) -> None:
    """Refuses a mapping or list that has an anchor or a tag of its own, is a key, or lies too deep."""
    if event.anchor is not None:
        raise _at(source, "manifest-alias", event, way)
    if event.tag is not None and event.tag not in _COLLECTION_TAGS:
        raise _at(source, "manifest-tag", event, way, tag=event.tag)
    if key is _EXPECTS_KEY:
        raise _at(source, "manifest-key", event, way)
    if len(way) > DEPTH_LIMIT:
        raise _at(source, "manifest-deep", event, way[:_DEEP_SHOWN], limit=DEPTH_LIMIT)


_DEEP_SHOWN = 3
"""Steps of a way that is too long, which are enough to see in what it leads."""


def _way(stack: Sequence[tuple[Any, Any]], inside: Any, key: Any) -> Path:
    """From the document's index on to the value that belongs to `key`; where a key is expected, to the mapping."""
    way = [len(around) - 1 if step is None else step for around, step in stack]
    if key is None:
        way.append(len(inside))
    elif key is not _EXPECTS_KEY:
        way.append(key)
    return tuple(way)


class _Sentinel:
    pass


_EXPECTS_KEY = _Sentinel()
_NOT_A_NUMBER = _Sentinel()
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})
_COLLECTION_TAGS = frozenset({"!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


def _at(source: Source, code: str, event: Any, way: Path, **values: Any) -> Refusal:
    """A refusal at an event that the reader can see."""
    where = path_text(("documents", *way))
    return Refusal(code, field=source.field, where=where, line=event.start_mark.line + 1, **values)


def _yaml_places(text: str) -> Iterator[_Place]:
    """Every value of YAML with its path and line, up to where the parser stops."""
    document = -1
    stack: list[list[Any]] = []
    try:
        for event in _events(text):
            kind = type(event)
            if kind in (StreamStartEvent, StreamEndEvent, DocumentEndEvent):
                continue
            if kind is DocumentStartEvent:
                document += 1
                continue
            if kind in (MappingEndEvent, SequenceEndEvent):
                stack.pop()
                continue
            if stack and stack[-1][0] == "{" and stack[-1][2] is None:
                stack[-1][2] = (getattr(event, "value", "?"), event.start_mark.line)
                if kind is not ScalarEvent:
                    return
                continue
            line = event.start_mark.line
            if stack and stack[-1][0] == "{":
                (stack[-1][1], line), stack[-1][2] = stack[-1][2], None
            elif stack:
                stack[-1][1] = stack[-1][1] + 1
            yield _Place((document, *(entry[1] for entry in stack)), line + 1)
            if kind is MappingStartEvent:
                stack.append(["{", "", None])
            elif kind is SequenceStartEvent:
                stack.append(["[", -1, None])
            if len(stack) > DEPTH_LIMIT:
                return
    except YAMLError:
        return


# --- YAML 1.1 scalars, as sigs.k8s.io/yaml/goyaml.v2 resolve.go resolves them ------------------------

_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), _NOT_A_NUMBER),
    **{sign + word: _NOT_A_NUMBER for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)


def _resolved(text: str) -> Any:
    """The value of a plain scalar: null, boolean, number, or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if not text[0].isascii() or text[0] not in "+-.0123456789" or len(text) > 400:
        return text
    plain = text.replace("_", "") if text[0] != "." else text
    if _INTEGER.fullmatch(plain):
        number = _integer(plain)
        if -(2**63) <= number < 2**64:
            return number
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        return value if value - value == 0 else text
    return text


_resolve = lru_cache(maxsize=8192)(_resolved)
"""The same for short texts, which come again and again; long ones are kept by nobody."""


def _integer(plain: str) -> int:
    """Go's strconv.ParseInt(text, 0, 64): a leading 0 means octal."""
    digits = plain.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        digits = "0o" + digits[1:]
    return -int(digits, 0) if plain[0] == "-" else int(digits, 0)
