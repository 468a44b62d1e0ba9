"""YAML as kubectl reads it: libyaml's events under limits, YAML 1.1 scalars, and where each value stands.

Duplicate keys, tags of one's own and numbers that JSON cannot hold are refused; aliases and merge keys are
read, under a limit.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

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
from app.kube.paste.limit import DEPTH_LIMIT, OBJECT_LIMIT
from app.kube.paste.part import Path, Place, Source, path_text
from app.kube.refusal import Refusal


def _events(text: str) -> Iterator[Any]:
    """libyaml's events; behind the end of the stream it gives None."""
    return iter(CParser(text).get_event, None)


def read_yaml(source: Source, *, typed_maps: bool = False) -> list[Any]:
    """The contents of all documents; `typed_maps`: in maps of texts no key may override what a merge key brought."""
    try:
        return _Composer(source, _Anchors(source, _TEXT_MAPS if typed_maps else frozenset())).compose()
    except MarkedYAMLError as error:
        raise _yaml_refusal(source, error) from None
    except YAMLError:
        # The reader's error, which alone has no mark: a character that YAML does not allow.
        found = _NOT_YAML.search(source.text)
        raise bad_character(source.text, source.field, found.start() if found else 0) from None


_NOT_YAML = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def bad_character(text: str, field: str, at: int) -> Refusal:
    line = text.count("\n", 0, at) + 1
    return Refusal("manifest-characters", field=field, line=line, character=f"U+{ord(text[at]):04X}")


def _yaml_refusal(source: Source, error: MarkedYAMLError) -> Refusal:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    lines = source.text.splitlines()
    if line and line <= len(lines) and re.match(r"[ -]*\t", lines[line - 1]):
        return Refusal("manifest-tab", field=source.field, line=line)
    return Refusal("manifest-yaml", field=source.field, line=line, problem=error.problem or "")


ALIAS_LIMIT = 100_000
"""Values for which all aliases of a text may stand together."""


class _Anchors:
    """The anchors of one document: what each stands for, how large and how deep it is."""

    def __init__(self, source: Source, closed: frozenset[str]) -> None:
        self.source = source
        self.closed = closed
        self.values: dict[str, Any] = {}
        self.measures: dict[str, tuple[int, int]] = {}
        self.open: set[str] = set()
        self.merged: dict[int, set[str]] = {}
        self.count = 0

    def forget(self) -> None:
        """Anchors hold within their document."""
        self.values, self.measures = {}, {}

    def keep(self, name: str, value: Any) -> None:
        self.values[name] = value
        self.measures.pop(name, None)

    def find(self, event: Any, way: Path) -> Any:
        name = event.anchor
        if name not in self.values:
            raise _at(self.source, "manifest-anchor-unknown", event, way, name=name)
        if name in self.open:
            raise _at(self.source, "manifest-anchor-self", event, way, name=name)
        value = self.values[name]
        if name not in self.measures:
            self.measures[name] = _measure(value)
        size, depth = self.measures[name]
        self.count += size
        if self.count > ALIAS_LIMIT:
            raise _at(self.source, "manifest-anchor-large", event, way, limit=ALIAS_LIMIT)
        if len(way) + depth > DEPTH_LIMIT:
            raise _at(self.source, "manifest-deep", event, way[:_DEEP_SHOWN], limit=DEPTH_LIMIT)
        return value

    def merge(self, event: Any, way: Path, into: dict[str, Any], value: Any) -> None:
        """Of several the earlier counts; a key that stands above as well is refused, since libraries differ there."""
        given = value if isinstance(value, list) else [value]
        found: dict[str, Any] = {}
        for each in reversed(given):
            if not isinstance(each, dict):
                raise _at(self.source, "manifest-merge", event, way)
            found |= each
        for key in found:
            if key in into:
                raise _at(self.source, "manifest-merge-twice", event, way, key=key)
        into |= found
        self.merged[id(into)] = set(found)

    def overrides(self, inside: dict[str, Any], key: str, step: Any) -> bool:
        """Whether a key may stand below the `<<` that brought it, and counts: not in a map that is closed to it."""
        if key not in self.merged.get(id(inside), ()) or step in self.closed:
            return False
        self.merged[id(inside)].discard(key)
        return True


def _measure(value: Any) -> tuple[int, int]:
    """How many values, and how deep. What aliases brought is counted again each time, so the count bounds the work."""
    if not isinstance(value, dict | list):
        return 1, 0
    size, depth, waiting = 0, 0, [(value, 1)]
    while waiting:
        each, level = waiting.pop()
        size, depth = size + 1, max(depth, level)
        if size > ALIAS_LIMIT:
            break
        for inner in each.values() if isinstance(each, dict) else each:
            if isinstance(inner, dict | list):
                waiting.append((inner, level + 1))
            else:
                size += 1
    return size, depth


class _Open:
    """A mapping or list that is open: what it holds so far, and the key to which its next value belongs.

    A list has no key, and neither has a mapping whose next key is still to come (`awaits_key`).
    """

    __slots__ = ("anchor", "awaits_key", "content", "is_list", "key")

    def __init__(self, content: Any, anchor: str | None = None) -> None:
        self.content = content
        self.anchor = anchor
        self.is_list = isinstance(content, list)
        self.key: str | None = None
        self.awaits_key = not self.is_list

    def take_key(self, key: str) -> None:
        self.key, self.awaits_key = key, False

    def end_value(self) -> None:
        """The value of the key is whole: the next key may come."""
        self.key, self.awaits_key = None, not self.is_list


class _Composer:
    """Builds the contents of all documents from the parser's events in one pass; limits hold on the way.

    `_around` are the mappings and lists that are open, the innermost last; the outermost is the list of documents.
    """

    def __init__(self, source: Source, anchors: _Anchors) -> None:
        self._source = source
        self._anchors = anchors
        self._documents: list[Any] = []
        self._inside = _Open(self._documents)
        self._around = [self._inside]

    def compose(self) -> list[Any]:
        take: Mapping[type, Callable[[Any], None]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._mapping,
            SequenceStartEvent: self._list,
            MappingEndEvent: self._end,
            SequenceEndEvent: self._end,
            AliasEvent: self._alias,
            DocumentStartEvent: self._document,
        }
        for event in _events(self._source.text):
            if taken := take.get(type(event)):
                taken(event)
        return self._documents

    def _scalar(self, event: Any) -> None:
        if self._inside.awaits_key:
            self._key(event)
            return
        value = self._value(event)
        if event.anchor is not None:
            self._anchors.keep(event.anchor, value)
        self._put(event, value)

    def _key(self, event: Any) -> None:
        text, inside = event.value, self._inside
        if event.anchor is not None:
            raise self._at("manifest-key-anchor", event)
        if text == "<<" and event.implicit[0]:
            inside.take_key(_MERGES)
            return
        is_double = text in inside.content and not self._anchors.overrides(inside.content, text, self._around[-2].key)
        inside.take_key(text)
        if is_double:
            raise self._at("manifest-duplicate", event, key=text)

    def _value(self, event: Any) -> Any:
        text = event.value
        if not event.implicit[0]:
            if event.tag is not None and event.tag not in _TEXT_TAGS:
                raise self._at("manifest-tag", event, tag=event.tag)
            return text
        value = _resolve(text) if len(text) <= KEPT_LENGTH else _resolved(text)
        if value is _NOT_A_NUMBER:
            raise self._at("manifest-number", event)
        return value

    def _put(self, event: Any, value: Any) -> None:
        """A whole value, to where it belongs."""
        inside = self._inside
        if inside.is_list:
            inside.content.append(value)
            return
        if inside.key is _MERGES:
            self._anchors.merge(event, self._way(), inside.content, value)
        else:
            inside.content[inside.key] = value
        inside.end_value()

    def _mapping(self, event: Any) -> None:
        self._open(event, {})

    def _list(self, event: Any) -> None:
        self._open(event, [])

    def _open(self, event: Any, content: Any) -> None:
        inside = self._inside
        if event.tag is not None or inside.awaits_key or len(self._around) > DEPTH_LIMIT:
            self._check_start(event)
        if event.anchor is not None:
            self._anchors.keep(event.anchor, content)
            self._anchors.open.add(event.anchor)
        if inside.is_list:
            inside.content.append(content)
        elif inside.key is not _MERGES:
            inside.content[inside.key] = content
        self._inside = _Open(content, event.anchor)
        self._around.append(self._inside)

    def _check_start(self, event: Any) -> None:
        """Refuses a mapping or list that has a tag of its own, is a key, or lies too deep."""
        way = self._way()
        if event.tag is not None and event.tag not in _COLLECTION_TAGS:
            raise self._at("manifest-tag", event, tag=event.tag)
        if self._inside.awaits_key:
            raise self._at("manifest-key", event)
        if len(way) > DEPTH_LIMIT:
            raise _at(self._source, "manifest-deep", event, way[:_DEEP_SHOWN], limit=DEPTH_LIMIT)

    def _end(self, event: Any) -> None:
        closed = self._around.pop()
        inside = self._inside = self._around[-1]
        if closed.anchor is not None:
            self._anchors.open.discard(closed.anchor)
        if inside.key is _MERGES:
            self._anchors.merge(event, self._way(), inside.content, closed.content)
        inside.end_value()

    def _alias(self, event: Any) -> None:
        if self._inside.awaits_key:
            raise self._at("manifest-key", event)
        self._put(event, self._anchors.find(event, self._way()))

    def _document(self, event: Any) -> None:
        if len(self._documents) >= OBJECT_LIMIT:
            raise self._at("manifest-many", event, limit=OBJECT_LIMIT)
        self._anchors.forget()

    def _way(self) -> Path:
        """From the document's index on to the value that comes next; where a key is expected, to the mapping."""
        inside = self._inside
        way = [len(each.content) - 1 if each.key is None else each.key for each in self._around[:-1]]
        if inside.is_list:
            way.append(len(inside.content))
        elif inside.key is not None:
            way.append(inside.key)
        return tuple(way)

    def _at(self, code: str, event: Any, **values: Any) -> Refusal:
        return _at(self._source, code, event, self._way(), **values)


_DEEP_SHOWN = 3
"""Steps of a way that is too long, which are enough to see in what it leads."""


class _Sentinel:
    pass


class _MergeKey(str):
    __slots__ = ()


_MERGES = _MergeKey("<<")
_TEXT_MAPS = frozenset(
    ("match", "match_re", "source_match", "source_match_re", "target_match", "target_match_re", "labels", "headers")
)
_NOT_A_NUMBER = _Sentinel()
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})
_COLLECTION_TAGS = frozenset({"!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


def _at(source: Source, code: str, event: Any, way: Path, **values: Any) -> Refusal:
    """A refusal at an event that the reader can see."""
    where = path_text(("documents", *way))
    return Refusal(code, field=source.field, where=where, line=event.start_mark.line + 1, **values)


def yaml_places(text: str) -> Iterator[Place]:
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
            yield Place((document, *(entry[1] for entry in stack)), line + 1)
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
    if len(digits) > 1 and digits[0] == "0" and digits[1] in "0123456789":
        digits = "0o" + digits[1:]
    return -int(digits, 0) if plain[0] == "-" else int(digits, 0)
