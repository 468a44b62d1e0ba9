"""JSON as it is pasted: objects one after another, decoded under limits, and where each value stands."""

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from app.kube.paste.limit import DEPTH_LIMIT, OBJECT_LIMIT
from app.kube.paste.part import Path, Place, Source, path_text
from app.kube.refusal import Refusal


class _DuplicateKeyError(Exception):
    pass


def read_json(source: Source) -> list[Any]:
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


def is_cut(text: str, error: json.JSONDecodeError) -> bool:
    """Whether JSON is none because its end is missing."""
    return not text[error.pos :].strip() or error.msg.startswith("Unterminated string")


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


def refuse_deep_json(source: Source) -> None:
    """Before the decoder, which recurses."""
    if not is_deep_json(source.text):
        return
    depth = 0
    for token in _JSON_TOKEN.finditer(source.text):
        depth += _STEP.get(token[0], 0)
        if depth > DEPTH_LIMIT:
            line = source.text.count("\n", 0, token.start()) + 1
            raise Refusal("manifest-deep", field=source.field, line=line, limit=DEPTH_LIMIT)


def is_deep_json(text: str) -> bool:
    """Whether a JSON text has more mappings and lists inside each other than anybody writes."""
    return max(accumulate(map(_BYTE_STEP.__getitem__, _brackets(text))), default=0) > DEPTH_LIMIT


def _brackets(text: str) -> bytes:
    """The brackets of a JSON text that are not inside strings; right up to the first mistake, where decoding ends."""
    plain = text.encode("utf-8", "surrogatepass")
    if b"\\" in plain:
        plain = plain.replace(rb"\\", b"").replace(rb"\"", b"")
    return _QUOTED.sub(b"", plain.translate(None, _NEITHER_BRACKET_NOR_QUOTE))


def json_places(text: str) -> Iterator[Place]:
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
        yield Place(path, line, mark)
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
