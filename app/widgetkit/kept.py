"""Which states of a model the site may keep as bytes: those of presets, choices and numbers, and none that holds a text
which somebody has typed.

    canonical(rooms, "/en/widgets/pod-birth", b"step=10&all=1")   # "/en/widgets/pod-birth?all=1&step=10"

None is what is not kept.

A number has one spelling. Of others the answer is made but not kept, since it repeats what was typed: whoever asks for
`replicas=7` would see another's `007` in the field and in the address bar.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin
from urllib.parse import parse_qsl, urlencode

from app.content.language import LANGUAGES, as_language
from app.widgetkit.form import without_none
from app.widgetkit.player import SPEEDS
from app.widgetkit.registry import Room, Rooms
from app.widgetkit.state import VIEWS, state_of

LONGEST = 300  # bytes of a query that is looked at
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}", re.ASCII)
_STEP = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_CHOICES: dict[str, tuple[str, ...]] = {
    "play": ("1",),
    "speed": tuple(SPEEDS),
    "view": VIEWS,
    "predict": ("1",),
    "embed": ("2", "3"),
    "all": ("1",),
    "whole": ("1",),
}


def canonical(rooms: Rooms, path: str, query: bytes) -> str | None:
    """One name for all addresses of the same answer; None for what is not kept."""
    parts = path.split("/")
    if parts[1:2] == ["fragments"]:
        del parts[1]
    if len(query) > LONGEST or len(parts) != 4 or parts[2] != "widgets" or parts[3] not in rooms:
        return None
    if as_language(parts[1]) is None or not query.isascii():
        return None
    room = rooms[parts[3]]
    try:
        given = parse_qsl(query.decode(), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        return None
    names = [name for name, _ in given]
    values = [_canonical(room, name, text) for name, text in given]
    if len(set(names)) != len(names) or None in values:
        return None
    return f"{path}?{urlencode(sorted(zip(names, values, strict=True)))}"


def _canonical(room: Room, name: str, text: str) -> str | None:
    if name == "example":
        return text if text in room.typed_by_name else None
    if name == "step":
        return text if _STEP.fullmatch(text) else None
    if name in _CHOICES:
        return text if text in _CHOICES[name] else None
    field = room.widget.form.model_fields.get(name)
    return _of_field(without_none(field.annotation), text) if field else None


def _of_field(annotation: Any, text: str) -> str | None:
    if annotation is bool:
        return text if text in ("true", "false") else None
    if get_origin(annotation) is Literal:
        return text if text in map(str, get_args(annotation)) else None
    if annotation is int and _WHOLE.fullmatch(text):
        return text
    if annotation is float and _NUMBER.fullmatch(text):
        return text
    return None


def told_first(rooms: Rooms) -> Iterator[tuple[str, str]]:
    """Path and query of what readers ask for first: each preset, and of a sequence every step of its story, as the
    fragment that a click fetches and as the page that is shared."""
    for room in rooms.values():
        for number, example in enumerate(room.widget.examples):
            for lang in LANGUAGES:
                state = state_of(room, lang, {"example": example.name})
                frames = getattr(room.run(room.inputs(example)), "frames", ()) if room.widget.kind == "sequence" else ()
                steps: list[dict[str, object]] = [{}] if number else []
                steps += [{"step": step} for step in range(1, len(frames) + 1)]
                for changes in steps:
                    query = state.changed(changes).query if changes else f"example={example.name}"
                    for path in (f"/fragments/{lang}/widgets/{room.slug}", f"/{lang}/widgets/{room.slug}"):
                        if query and canonical(rooms, path, query.encode()) is not None:
                            yield path, query
