"""What `podscope run SLUG --help` prints: a room's inputs with their words, choices and defaults, and its examples."""

import shlex
from collections.abc import Iterator

from pydantic.fields import FieldInfo

from app.content.language import Lang
from app.widgetkit.columns import padded, width_of, wrapped
from app.widgetkit.form import as_text, fields_of
from app.widgetkit.registry import Room

MARGIN = "      "
SHORT = 100  # characters of an example that still is a command to type


def manual(room: Room, lang: Lang, width: int | None = None) -> Iterator[str]:
    """The lines; sentences are broken at `width` columns, or not at all."""

    def say(key: str, **values: object) -> str:
        return room.words.text(lang, key, **values)

    def paragraph(text: str) -> Iterator[str]:
        return (MARGIN + line for line in wrapped(text, width and max(20, width - len(MARGIN))))

    yield f"podscope run {room.slug}  {room.title(lang)}"
    yield from wrapped(say("summary"), width)
    yield ""
    yield say("cli.inputs")
    defaults = as_text(room.widget.form())
    for field in fields_of(room.widget.form, defaults):
        yield f"  {option(field.name)}"
        yield from paragraph(say(f"field.{field.name}"))
        if f"hint.{field.name}" in room.words:
            yield from paragraph(say(f"hint.{field.name}"))
        if field.options:
            yield f"{MARGIN}{say('cli.choices')}"
            column = max(map(width_of, field.options))
            for choice in field.options:
                yield f"{MARGIN}  {padded(choice, column)}  {_told(room, lang, field.name, choice)}".rstrip()
        if bounds := _bounds(room.widget.form.model_fields[field.name]):
            yield MARGIN + say("cli.bounds", bounds=bounds)
        yield MARGIN + _default(room, lang, field.value)
    yield ""
    yield say("cli.examples")
    for example, typed in zip(room.widget.examples, room.typed_examples, strict=True):
        command = _command(room, typed, defaults)
        if command:
            yield f"  {command}"
            yield from paragraph(say(f"example.{example.name}"))
    yield ""
    yield say("cli.files")
    if room.widget.kind == "sequence":
        yield say("cli.step")
    yield say("cli.output")


def option(name: str) -> str:
    """An input as it is written on the command line."""
    return "--" + name.replace("_", "-")


def _told(room: Room, lang: Lang, name: str, choice: str) -> str:
    """What a choice means; nothing where it says so itself."""
    key = f"option.{name}.{choice}"
    if key in room.words:
        told = room.words.text(lang, key)
        return told if told != choice else ""
    return room.words.text(lang, f"kit.{choice}") if choice in ("true", "false") else ""


def _default(room: Room, lang: Lang, text: str) -> str:
    """The default itself where it is one line, or how long it is."""
    if not text:
        return room.words.text(lang, "cli.default-empty")
    if "\n" in text or len(text) > SHORT:
        return room.words.text(lang, "cli.default-lines", lines=len(text.splitlines()))
    return room.words.text(lang, "cli.default", value=text)


def _bounds(info: FieldInfo) -> str:
    """The least and the greatest number: `0 … 30`, `≥ 1`."""
    found = {
        name: getattr(mark, name) for mark in info.metadata for name in ("ge", "gt", "le", "lt") if hasattr(mark, name)
    }
    if "ge" in found and "le" in found:
        return f"{found['ge']} … {found['le']}"
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    return ", ".join(f"{signs[name]} {bound}" for name, bound in found.items())


def _command(room: Room, typed: dict[str, str], defaults: dict[str, str]) -> str:
    """The command that gives an example; nothing where it takes a file."""
    given = {name: text for name, text in typed.items() if text != defaults[name]}
    command = shlex.join(
        ["podscope", "run", room.slug, *(part for name, text in given.items() for part in (option(name), text))]
    )
    return command if len(command) <= SHORT and "\n" not in command else ""
