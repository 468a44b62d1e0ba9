"""Inputs on their way in and out: from a query, a posted form or JSON to a Form, and back to a short query."""

import re
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlencode

from pydantic import ConfigDict, ValidationError, create_model
from pydantic.fields import FieldInfo

from app.kube.refusal import Refusal
from app.listed import Listed
from app.record import dataclass
from app.widgetkit.contract import FILE_LIMIT, TEXT_LIMIT, Area, Form, FormT, Line

CARRIED_BY_URL = 1800  # characters of query that every proxy and browser passes on
CARRIED_BY_LINK = 4 << 10  # of inputs in a link inside the page, of which there may be a hundred


@dataclass(frozen=True)
class Field:
    """How one input is asked for: its control and what stands in it now."""

    name: str
    control: Literal["line", "area", "number", "select"]
    value: str
    size: int
    options: tuple[str, ...]


def read_inputs(form: type[FormT], raw: Mapping[str, Any]) -> FormT:
    """The form for raw inputs; Refusal naming the first field that is not acceptable."""
    try:
        return form.model_validate(dict(raw))
    except ValidationError as error:
        raise _refusal(error) from error


def for_files(form: type[Form]) -> type[Form]:
    """The same form for the command line: a text may be as long as what kubectl prints of a whole cluster."""
    return create_model(form.__name__, __base__=(form, _FromFiles))


class _FromFiles(Form):
    model_config = ConfigDict(str_max_length=FILE_LIMIT)


def _refusal(error: ValidationError) -> Refusal:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "input"
    got = str(first.get("input"))[:60]
    context = first.get("ctx", {})
    match first["type"]:
        case "extra_forbidden":
            return Refusal("form-unknown", field=field)
        case "string_too_long":
            limit = context["max_length"]
            return Refusal("form-text-long" if limit >= TEXT_LIMIT else "form-line-long", field=field, limit=limit)
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return Refusal("form-whole", field=field, got=got)
        case "float_parsing" | "float_type" | "finite_number":
            return Refusal("form-number", field=field, got=got)
        case "bool_parsing" | "bool_type":
            return Refusal("form-bool", field=field, got=got)
        case "literal_error" | "enum":
            return Refusal("form-choice", field=field, got=got, choices=_choices(context.get("expected", "")))
        case "greater_than_equal" | "greater_than":
            return Refusal("form-small", field=field, got=got, bound=context.get("ge", context.get("gt")))
        case "less_than_equal" | "less_than":
            return Refusal("form-large", field=field, got=got, bound=context.get("le", context.get("lt")))
        case "string_type":
            return Refusal("form-text", field=field)
        case "missing":
            return Refusal("form-missing", field=field)
        case "too_long":
            return Refusal("form-items", field=field, limit=context["max_length"])
        case kind if kind.startswith("uuid_"):
            return Refusal("form-uuid", field=field, got=got)
        case kind if kind.startswith(("datetime_", "timezone_")):
            return Refusal("form-time", field=field, got=got)
        case _:
            return Refusal("form-other", field=field, got=got)


def _choices(expected: str) -> Listed:
    """What pydantic puts in an English row: `'a', 'b' or 'c'`."""
    return Listed(choice.strip("'") for choice in re.split(", | or ", expected))


def fields_of(form: type[Form], values: Mapping[str, str]) -> tuple[Field, ...]:
    """The controls of a form with the text that stands in them."""
    return tuple(_field(name, info, values.get(name, "")) for name, info in form.model_fields.items())


def _field(name: str, info: FieldInfo, value: str) -> Field:
    for mark in info.metadata:
        if isinstance(mark, Area):
            return Field(name, "area", value, mark.rows, ())
        if isinstance(mark, Line):
            return Field(name, "line", value, mark.size, ())
    annotation = without_none(info.annotation)
    if annotation is bool:
        return Field(name, "select", value, 1, ("true", "false"))
    if get_origin(annotation) is Literal:
        return Field(name, "select", value, 1, tuple(str(option) for option in get_args(annotation)))
    if annotation in (int, float):
        return Field(name, "number", value, 8, ())
    return Field(name, "line", value, 14, ())


def without_none(annotation: Any) -> Any:
    """The type of a field that may also be left out."""
    if get_origin(annotation) in (typing.Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def as_text(inputs: Form) -> dict[str, str]:
    """Every input as the text that stands in its control."""
    return {name: _text(getattr(inputs, name)) for name in type(inputs).model_fields}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def to_query(values: Mapping[str, str], base: Mapping[str, str], more: Iterable[tuple[str, str]] = ()) -> str:
    """The query that leads to these values again: only what differs from the base that they are laid over."""
    pairs = [(name, value) for name, value in values.items() if value != base.get(name)]
    return urlencode([*pairs, *more])


def has_area(form: type[Form]) -> bool:
    """Whether a reader pastes text here, so that the form is posted and not put into the URL by the browser."""
    return any(isinstance(mark, Area) for info in form.model_fields.values() for mark in info.metadata)
