"""Bodies that clients post: forms and JSON, in UTF-8 and nothing else, so that no decoder is of a client's choice.

fields = await read_form(request)                      # the text fields of a form
form = await read_parts(request, max_fields=3, …)      # with repeated names and files
inputs = json_object(request.headers, body, "text")    # Refusal when it is none
"""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from math import isinf
from typing import Any

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from app.kube.paste.json_text import is_deep_json
from app.kube.paste.limit import DEPTH_LIMIT
from app.kube.refusal import Refusal

UTF8 = ("utf-8", "utf8")
NAMES = 200  # of one form, or of one mapping in JSON: each that nobody knows is a mistake of its own
DIGITS = 20  # of the longest length that is looked at


def refuse_charset(content_type: str | bytes | None) -> None:
    """415 when a content type names another charset than UTF-8: Python knows some that take minutes for a megabyte."""
    _, parameters = parse_options_header(content_type)
    charset = parameters.get(b"charset")
    if charset is not None and charset.decode("latin-1").strip().lower() not in UTF8:
        raise HTTPException(415, "Send this in UTF-8: other charsets are not read")


class _Parts(MultiPartParser):
    """A form in parts. Each part is UTF-8, or the form is refused."""

    def on_headers_finished(self) -> None:
        for name, value in self._current_part.item_headers:
            if name == b"content-type":
                refuse_charset(value)
        super().on_headers_finished()

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            try:
                self._current_part.data.decode()
            except UnicodeDecodeError:
                raise HTTPException(415, "Send this in UTF-8: a field is not") from None
        super().on_part_end()


async def read_parts(request: Request, *, max_fields: int, max_part_size: int, max_files: int = 0) -> FormData:
    """A posted form as it came, with repeated names; 415 when it is not in UTF-8, 400 when it is none or too much.

    Who calls this closes the answer when it takes files.
    """
    refuse_charset(request.headers.get("content-type"))
    kind, _ = parse_options_header(request.headers.get("content-type"))
    limits = {"max_fields": max_fields, "max_part_size": max_part_size}
    try:
        async with aclosing(request.stream()) as stream:
            if kind == b"multipart/form-data":
                return await _Parts(request.headers, stream, max_files=max_files, **limits).parse()
            if kind == b"application/x-www-form-urlencoded":
                fields = _refuse_many(stream, max_fields)
                return await FormParser(request.headers, fields, **limits).parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None
    return FormData()


async def _refuse_many(stream: AsyncGenerator[bytes, None], most: int) -> AsyncGenerator[bytes, None]:
    """A form as it comes, which has no more separators than fields. The parser counts no empty field, of which it looks
    at some million in a second."""
    count = 0
    async for part in stream:
        count += part.count(b"&")
        if count > most:
            raise HTTPException(400, f"Too many fields. Maximum number of fields is {most}.")
        yield part


def text_fields(form: FormData) -> dict[str, str]:
    """The fields that are text; the last of repeated names counts."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def read_form(request: Request) -> dict[str, str]:
    """The text fields of a posted form; files are not taken.

    A field of 1 MiB may come as 3 MiB, since a form writes most characters as `%0A`.
    """
    return text_fields(await read_parts(request, max_fields=NAMES, max_part_size=1 << 22))


def length_of(headers: Headers) -> int | None:
    """How many bytes a client says that it sends; None when it says nothing or no number."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


async def read_body(request: Request, limit: int, too_long: Refusal | None = None, drained: int = 1 << 40) -> bytes:
    """What was sent; a Refusal when it has more bytes than the limit. No more than that is kept of it, but it is read
    until `drained` bytes have come, since a client reads an answer only after it has sent everything."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
        elif size > drained:
            break
    if size > limit:
        raise too_long or Refusal("form-long", field="body", limit=limit)
    return b"".join(parts)


def json_object(headers: Headers, body: bytes) -> dict[str, Any]:
    """The JSON object that was sent; Refusal when it is none, or holds half a character."""
    value = read_json(headers, body, "form-json")
    if not isinstance(value, dict):
        raise Refusal("form-object", field="body")
    return value


def read_json(headers: Headers | None, body: bytes, code: str) -> Any:
    """Any JSON in UTF-8; `code` is the Refusal's for what is not JSON, which says from where on it can't be read."""
    if headers is not None:
        refuse_charset(headers.get("content-type"))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        read = error.object[: error.start].decode("utf-8", "replace")
        raise _unreadable(code, read, len(read)) from error
    if is_deep_json(text):
        raise Refusal("form-deep", field="body", limit=DEPTH_LIMIT)
    try:
        value = json.loads(text, object_pairs_hook=_mapping, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise _unreadable(code, text, error.pos) from error
    except Refusal:
        raise
    except ValueError as error:  # all that is left: a whole number of more digits than Python reads
        raise Refusal("form-huge", field="body") from error
    # Only an escape can write half a surrogate pair, which is no character and which no answer can be encoded with.
    if "\\ud" in text.lower():
        _refuse_halves(value, "body")
    return value


def _unreadable(code: str, text: str, at: int) -> Refusal:
    line = text.count("\n", 0, at) + 1
    return Refusal(code, field="body", line=line, row=line, column=at - text.rfind("\n", 0, at))


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > NAMES:
        raise Refusal("form-many", field="body", limit=NAMES)
    return dict(pairs)


def _refuse_halves(value: Any, field: str) -> None:
    waiting = [(value, field)]
    while waiting:
        found, place = waiting.pop()
        if isinstance(found, str):
            at = _half_at(found)
            if at is not None:
                raise Refusal("form-half", field=place, got=f"U+{ord(found[at]):04X}")
        elif isinstance(found, list):
            waiting.extend((item, place) for item in found)
        elif isinstance(found, dict):
            waiting.extend((key, place) for key in found)
            waiting.extend((item, key if place == field else place) for key, item in found.items())


def _half_at(text: str) -> int | None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


def _finite(text: str) -> float:
    """`1e999` is JSON, but what Python makes of it can be written as JSON no more."""
    number = float(text)
    if isinf(number):
        raise Refusal("form-huge", field="body")
    return number


def _no_constant(name: str) -> Any:
    raise Refusal("form-constant", field="body", got=name)
