"""A form of rows for one text field: reading them from the text, and writing the text when a row button is pressed.

A row's input is called `row-2-name`; the pressed button is `do`: `apply`, `add`, `remove:2` or `new`.
"""

from collections.abc import Mapping

from app.record import dataclass
from app.widgetkit.contract import Builder, Refusal, RowT
from app.widgetkit.form import Field, as_text, fields_of, read_inputs
from app.widgetkit.registry import Room


@dataclass(frozen=True)
class Rows:
    """What the template draws: the fields of every row, or none when the text holds more than rows can."""

    fields: tuple[tuple[Field, ...], ...]
    fits: bool
    may_add: bool
    others: tuple[tuple[str, str], ...]


def rows_of(room: Room, typed: Mapping[str, str]) -> Rows | None:
    """The rows of a widget with a builder, read from its text as it stands now."""
    builder = room.widget.builder
    if builder is None:
        return None
    text = typed[builder.into]
    if any(each[builder.into] == text for each in room.typed_examples):
        name = ("rows", text)
        if name not in room.kept:
            room.kept[name] = _fields(builder, text)
        fields = room.kept[name]
    else:
        fields = _fields(builder, text)
    if fields is None:
        return Rows((), False, False, tuple(typed.items()))
    return Rows(fields, True, len(fields) < builder.most, tuple(typed.items()))


def _fields(builder: Builder[RowT], text: str) -> tuple[tuple[Field, ...], ...] | None:
    """Those of every row; None for a text that holds more than rows can."""
    rows = builder.read(text)
    if rows is None:
        return None
    return tuple(_named(fields_of(builder.row, as_text(row)), number) for number, row in enumerate(rows))


def _named(fields: tuple[Field, ...], number: int) -> tuple[Field, ...]:
    return tuple(
        Field(f"row-{number}-{field.name}", field.control, field.value, field.size, field.options) for field in fields
    )


def write_rows(room: Room, raw: Mapping[str, str]) -> dict[str, str]:
    """The posted fields with the text that the rows write, when a row button was pressed; else as they came."""
    builder = room.widget.builder
    action, _, at = raw.get("do", "").partition(":")
    if builder is None or action not in ("apply", "add", "remove", "new"):
        return dict(raw)
    rows = _posted(builder, raw)
    if action == "new":
        rows = []
    if action == "remove" and (number := _row_number(at, len(rows))) is not None:
        del rows[number]
    if action in ("add", "new") and len(rows) < builder.most:
        rows.append(builder.row(**{next(iter(builder.row.model_fields)): f"container-{len(rows) + 1}"}))
    cleared = dict.fromkeys(builder.clears, "") if action == "new" else {}
    return {**raw, **cleared, builder.into: builder.write(rows, "" if action == "new" else raw.get(builder.into, ""))}


def _read(builder: Builder[RowT], number: int, given: Mapping[str, str]) -> RowT:
    try:
        return read_inputs(builder.row, given)
    except Refusal as refusal:
        raise Refusal(refusal.code, field=f"row-{number}-{refusal.field}", **refusal.values) from None


def _row_number(text: str, rows: int) -> int | None:
    return next((number for number in range(rows) if text == str(number)), None)


def _posted(builder: Builder[RowT], raw: Mapping[str, str]) -> list[RowT]:
    """The rows that were posted; a choice that does not exist falls back to the row's default."""
    rows = []
    for number in range(builder.most):
        given = {name: raw[key] for name in builder.row.model_fields if (key := f"row-{number}-{name}") in raw}
        if not given:
            break
        known = {
            name: text
            for name, text in given.items()
            if not (options := fields_of(builder.row, {})[list(builder.row.model_fields).index(name)].options)
            or text in options
        }
        rows.append(_read(builder, number, known))
    return rows
