"""Secrets that are pasted into any room: what is shown, linked and kept goes without them, the model reads them.

A room whose text is nobody's business cuts by itself (`Widget.cuts`). In the others a label may be called `token` and
decide the answer, so that the answer is computed of the text as it was typed, and cut when it is printed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import fields, is_dataclass
from typing import Any

from app.kube.refusal import Refusal
from app.kube.transcript.private import CUT, count_cuts, cut_secrets
from app.kube.transcript.text import clear
from app.record import dataclass
from app.widgetkit.contract import Form
from app.widgetkit.registry import Room

SHORTEST = 3
"""Characters of a secret that is looked for amid other text; a shorter one is cut only where it stands alone."""


@dataclass(frozen=True)
class Hidden:
    """What was typed and is not shown: whole texts by field, the same as they are shown, secrets, the longest first."""

    texts: Mapping[str, str]
    shown: Mapping[str, str]
    secrets: tuple[str, ...]

    @property
    def count(self) -> int:
        return sum(count_cuts(self.shown[name]) - count_cuts(text) for name, text in self.texts.items())


def cut_text(text: str) -> str:
    """The text with its secrets cut; a line without one stays as it is, and so does a text without any."""
    cut = cut_secrets(text)
    if count_cuts(cut) <= count_cuts(text):
        return text
    typed, cleared, shown = (each.split("\n") for each in (text, clear(text), cut))
    if not len(typed) == len(cleared) == len(shown):
        return cut
    return "\n".join(was if plain == now else now for was, plain, now in zip(typed, cleared, shown, strict=True))


def hide(room: Room, typed: Mapping[str, str]) -> Hidden | None:
    """What must not be shown of the inputs of a room that does not cut by itself; None where there is no secret. What a
    field says as long as nobody has changed it is ours, and none."""
    if room.widget.cuts or dict(typed) in room.typed_examples:
        return None
    form, ours = room.widget.form.model_fields, room.typed_examples[0]
    cuts = {
        name: cut
        for name, text in typed.items()
        if form[name].annotation is str and text != ours.get(name) and (cut := cut_text(text)) != text
    }
    if not cuts:
        return None
    found = {each for name, cut in cuts.items() for each in _secrets(typed[name], cut)}
    secrets = tuple(sorted(found, key=lambda each: (-len(each), each)))
    return Hidden({name: typed[name] for name in cuts}, cuts, secrets)


def _secrets(text: str, cut: str) -> Iterator[str]:
    """What stands in the text where the cut one has its mark."""
    for plain, shown in zip(clear(text).split("\n"), clear(cut).split("\n"), strict=False):
        if plain != shown and CUT in shown:
            pattern = "(.*?)".join(map(re.escape, shown.split(CUT)))
            match = re.fullmatch(pattern, plain)
            yield from (each.strip() for each in (match.groups() if match else (plain,)) if each.strip())


def run_hidden(run: Callable[[Form], object], inputs: Form, hidden: Hidden) -> object:
    """The outcome of the inputs as they were typed, with the secrets cut out of it, or out of its Refusal."""
    try:
        return without(run(inputs), hidden)
    except Refusal as refusal:
        told = {name: without(value, hidden) for name, value in refusal.values.items()}
        where = without(refusal.where, hidden)
        raise Refusal(refusal.code, field=refusal.field, where=where, line=refusal.line, **told) from None


def without(thing: Any, hidden: Hidden) -> Any:
    """The same thing with no secret in any text of it."""
    if isinstance(thing, str):
        return _without(thing, hidden.secrets)
    if isinstance(thing, Mapping):
        return {without(key, hidden): without(value, hidden) for key, value in thing.items()}
    if isinstance(thing, (list, tuple, set, frozenset)):
        inner = [without(each, hidden) for each in thing]
        return type(thing)(*inner) if hasattr(thing, "_fields") else type(thing)(inner)
    if not is_dataclass(thing) or isinstance(thing, type):
        return thing
    known = {each.name for each in fields(thing)}
    made = copy(thing)
    for name in list(getattr(made, "__dict__", ())):
        if name not in known:
            object.__delattr__(made, name)  # what was computed of the texts before
    for name in known:
        object.__setattr__(made, name, without(getattr(thing, name), hidden))
    return made


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        if text == secret:
            return CUT
        if len(secret) >= SHORTEST:
            for form in (secret, json.dumps(secret, ensure_ascii=False)[1:-1]):
                text = _without_ends(text.replace(form, CUT), form)
    return text


def _without_ends(text: str, secret: str) -> str:
    """The text without a part of the secret at its end or beginning: long texts are quoted in part."""
    last = text.rstrip("….")
    for size in range(min(len(secret) - 1, len(last)), SHORTEST, -1):
        if last.endswith(secret[:size]):
            text = last[:-size] + CUT + text[len(last) :]
            break
    first = text.lstrip("….")
    for size in range(min(len(secret) - 1, len(first)), SHORTEST, -1):
        if first.startswith(secret[-size:]):
            return text[: len(text) - len(first)] + CUT + first[size:]
    return text
