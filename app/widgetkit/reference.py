"""The page that tells programmers what each widget takes, made of the forms themselves."""

import json
import shlex
from typing import Any, Literal, get_args, get_origin

from app.content.language import Lang
from app.record import dataclass
from app.widgetkit.form import as_text
from app.widgetkit.registry import Room, Rooms

LONG = 48


@dataclass(frozen=True)
class Input:
    name: str
    type: str
    default: str
    is_long: bool
    label: str


@dataclass(frozen=True)
class Reference:
    slug: str
    title: str
    summary: str
    inputs: tuple[Input, ...]
    example: str


def reference(rooms: Rooms, lang: Lang) -> list[Reference]:
    return [_of(room, lang) for room in rooms.values()]


def _of(room: Room, lang: Lang) -> Reference:
    defaults = as_text(room.widget.form())
    inputs = tuple(
        Input(
            name,
            _type(info.annotation),
            defaults[name],
            len(defaults[name]) > LONG or "\n" in defaults[name],
            room.words.text(lang, f"field.{name}"),
        )
        for name, info in room.widget.form.model_fields.items()
    )
    return Reference(room.slug, room.title(lang), room.words.text(lang, "summary"), inputs, _curl(room))


def _type(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " | ".join(str(choice) for choice in get_args(annotation))
    return getattr(annotation, "__name__", str(annotation))


def _curl(room: Room) -> str:
    body = json.dumps(dict(room.widget.examples[0].inputs), ensure_ascii=False, indent=2)
    return f"curl -s http://127.0.0.1:8000/api/v1/widgets/{room.slug} --json {shlex.quote(body)}"
