"""What every widget's template sees, whatever its model is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from markupsafe import Markup

from app.kube.refusal import Refusal
from app.kube.story.witness import Witness, witnessed
from app.record import dataclass
from app.widgetkit.contract import Form, Say
from app.widgetkit.form import Field, fields_of, has_area
from app.widgetkit.onward import Preset, link_to, presets_of
from app.widgetkit.registry import Room
from app.widgetkit.rows import Rows, rows_of
from app.widgetkit.state import State


@dataclass(frozen=True)
class Context:
    """What every widget's template sees: the answer or the refusal, the controls, and links to other states.

    `problem` is the refusal as a sentence, `link(**changes)` the attributes of a link to another state, `say` the text
    of a sentence of the outcome, `id` makes the id of a part of this widget.
    """

    state: State
    slug: str
    room: Room
    root: str
    fields: tuple[Field, ...]
    posts: bool
    presets: tuple[Preset, ...]
    hinted: bool
    refusal: Refusal | None
    problem: str
    inputs: Form | None
    outcome: object
    link: Callable[..., Markup]
    say: Callable[[Say], Markup]
    id: Callable[[str], str]
    rows: Rows | None
    own_template: str
    verdict_of: Callable[[str], str]
    own_form: str
    own_strip: str
    brief: bool
    other_length: Markup | str
    witnessed: Witness | None


def context_of(
    state: State, typed: Mapping[str, str], inputs: Form | None, outcome: object, refusal: Refusal | None
) -> Context:
    room, lang = state.room, state.lang
    said = partial(room.words.html, lang)
    return Context(
        state=state,
        slug=room.slug,
        room=room,
        root=f"w-{room.slug}",
        fields=fields_of(room.widget.form, typed),
        posts=has_area(room.widget.form),
        presets=presets_of(state),
        hinted=any(f"hint.{name}" in room.words for name in room.widget.form.model_fields),
        refusal=refusal,
        problem=said(f"refusal.{refusal.code}", **refusal.values) if refusal else "",
        inputs=inputs,
        outcome=outcome,
        link=partial(link_to, state),
        say=lambda sentence: said(sentence.key, **_said_values(said, sentence)),
        id=lambda name: f"w-{room.slug}-{name}",
        rows=rows_of(room, typed),
        own_template=f"rooms/{room.folder.name}/widget.html",
        verdict_of=verdict_of,
        own_form=_own(room, "form.html"),
        own_strip=_own(room, "strip.html"),
        brief=state.is_brief and refusal is None,
        other_length=link_to(replace(state, is_all=not state.is_all)) if state.embedded else "",
        witnessed=witnessed(room.slug, inputs.model_dump(), room.first.model_dump()) if inputs else None,
    )


_VERDICT = re.compile(r'<h\d class="verdict[^"]*"[^>]*>(.*?)</h\d>', re.S)


def verdict_of(drawn: str) -> str:
    """The sentence of an answer as it was drawn, without markup; "" where it has none."""
    found = _VERDICT.search(drawn)
    return Markup(found[1]).striptags() if found else ""


def _own(room: Room, name: str) -> str:
    """A template that the room may have of its own; "" when it has none."""
    return f"rooms/{room.folder.name}/{name}" if name in room.own_templates else ""


def _said_values(said: Callable[..., Markup], sentence: Say) -> dict[str, object]:
    return {name: _draw_value(said, value) for name, value in sentence.values.items()}


def _draw_value(said: Callable[..., Markup], value: object) -> object:
    return said(value.key, **_said_values(said, value)) if isinstance(value, Say) else value
