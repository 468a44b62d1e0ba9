"""Sentences that a room asks for and its words do not have, found before a reader meets them.

Every example is run, and every example with each choice of each input; and the code is read for what it may say
where no example leads.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from app.content.error import ContentError
from app.content.language import LANGUAGES
from app.content.words import Words
from app.kube.frame import Sequence
from app.kube.refusal import Refusal
from app.kube.say import Say
from app.widgetkit.contract import Form
from app.widgetkit.form import as_text, fields_of, read_inputs
from app.widgetkit.registry import OWN_WORDS, SHARED_WORDS, Room

Asked = tuple[str, Say]  # where in the outcome, and what


def missing_sentences(rooms: Iterable[Room]) -> Iterator[ContentError]:
    """Every sentence that is missing, once a room, with where it is asked for."""
    shared = None
    for room in rooms:
        shared = room.words
        yield from _of_runs(room)
        yield from _of_code(room.folder, room.words)
        yield from _of_templates(room)
    for folder in (SHARED_WORDS.parent, OWN_WORDS.parent) if shared else ():
        # The frames and sentences that are made here are those of the rooms; what is refused is said here.
        yield from _of_code(folder, shared or Words({}), ("Refusal",))


def _of_runs(room: Room) -> Iterator[ContentError]:
    """What the runs ask for; a sentence that many steps say is tried once with each set of names among its values."""
    tried: set[tuple[str, frozenset[str]]] = set()
    for inputs in _tries(room):
        told = " ".join(f"{name}={text[:40]!r}" for name, text in as_text(inputs).items() if text != _first(room)[name])
        for where, say in _asked(room, inputs):
            place = say.key, frozenset(say.values)
            if place in tried:
                continue
            tried.add(place)
            if problem := _problem(room.words, say):
                advice = f"write it in both languages: {where} of {room.slug} asks for it" + (
                    f" with {told}" if told else ""
                )
                yield ContentError(room.folder / "words.yaml", 1, problem, advice)


def _first(room: Room) -> dict[str, str]:
    return as_text(room.first)


def _tries(room: Room) -> Iterator[Form]:
    """The inputs of every example, and each of them with every other choice of one input."""
    seen: set[tuple[str, ...]] = set()
    for typed in room.typed_examples:
        for name, choice in [("", ""), *_choices(room)]:
            changed = {**typed, name: choice} if name else typed
            try:
                inputs = read_inputs(
                    room.widget.form, {k: v for k, v in changed.items() if v or k == name or _is_text(room, k)}
                )
            except Refusal:
                continue
            if (place := tuple(changed.values())) not in seen:
                seen.add(place)
                yield inputs


def _choices(room: Room) -> list[tuple[str, str]]:
    return [(field.name, option) for field in fields_of(room.widget.form, {}) for option in field.options]


def _is_text(room: Room, name: str) -> bool:
    return room.widget.form.model_fields[name].annotation is str


def _asked(room: Room, inputs: Form) -> Iterator[Asked]:
    try:
        outcome = room.widget.run(inputs)
    except Refusal as refusal:
        yield f"refusal of {refusal.field or 'the input'}", Say(f"refusal.{refusal.code}", refusal.values)
        return
    yield from said_in(outcome)
    if isinstance(outcome, Sequence):
        yield from _on_stage(room, outcome)


def _on_stage(room: Room, told: Sequence) -> Iterator[Asked]:
    """What the picture says beside the sentences: names of steps, actors and zones, and states."""
    if stage := room.stage_of(told):
        yield from (("stage", Say(f"actor.{place.name}")) for place in stage.places)
        yield from (("stage", Say(f"zone.{zone.name}")) for zone in stage.zones)
    for frame in told.frames:
        yield f"frames.{frame.key}", Say(f"step.{frame.key}")
        yield from ((f"frames.{frame.key}.actors", Say(f"state.{code}")) for code in frame.actors.values())


def said_in(value: object, where: str = "") -> Iterator[Asked]:
    """Every sentence in an outcome, with its path; a frame is named by its key."""
    if isinstance(value, Say):
        yield where, value
        yield from said_in(value.values, f"{where}.values")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from said_in(each, f"{where}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from said_in(each, f"{where}.{getattr(each, 'key', number)}".lstrip("."))
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from said_in(getattr(value, field.name), f"{where}.{field.name}".lstrip("."))


def _problem(words: Words, say: Say) -> str:
    """What is wrong with a sentence: it is not there, or has a hole that its values do not fill."""
    if say.key not in words:
        return f"{say.key} is missing"
    for lang in LANGUAGES:
        try:
            words.text(lang, say.key, **say.values)
        except KeyError as error:
            return f"{say.key} needs {{{error.args[0]}}} in {lang}, which is not among its values"
    return ""


# What code and templates may say

SPEAKERS = ("Say", "Refusal", "frame")
_ASKED = re.compile(r"""\bt\("([\w.-]+)"\s*(~)?""")


def _of_code(folder: Path, words: Words, speakers: tuple[str, ...] = SPEAKERS) -> Iterator[ContentError]:
    for path in sorted(folder.rglob("*.py")):
        if path.name.startswith("test_"):
            continue
        for line, pattern, shown in _written(path, speakers):
            if not any(pattern.fullmatch(key) for key in words):
                yield _asked_by(path, line, shown)


def _of_templates(room: Room) -> Iterator[ContentError]:
    for path in sorted(room.folder.glob("*.html")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for key, goes_on in _ASKED.findall(line):
                if not (any(each.startswith(key) for each in room.words) if goes_on else key in room.words):
                    yield _asked_by(path, number, f"{key}…" if goes_on else key)


def _asked_by(path: Path, line: int, shown: str) -> ContentError:
    return ContentError(path, line, f"{shown} is asked for and missing in the words", "write it in both languages")


def _written(path: Path, speakers: tuple[str, ...]) -> Iterator[tuple[int, re.Pattern[str], str]]:
    """The keys that the code writes down: a pattern each, since parts of a key may be known only when it runs."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            for prefix, key in _keys(node, speakers):
                if (found := _pattern(prefix, key)) is not None:
                    yield (key.lineno, *found)


def _keys(call: ast.Call, speakers: tuple[str, ...]) -> Iterator[tuple[str, ast.expr]]:
    """The expressions that are keys in a call of `Say`, `Refusal` or a narrator's `frame`, with what stands before."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in speakers or not call.args:
        return
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    first = call.args[0]
    if name in ("Say", "Refusal"):
        yield from (("" if name == "Say" else "refusal.", each) for each in _either(first))
    if name == "frame" and isinstance(call.func, ast.Attribute):
        yield "step.", first
        yield from (("say.", each) for each in _either(given.get("say", first)))
        details = given.get("details")
        yield from (("say.", each) for each in (details.elts if isinstance(details, ast.Tuple) else ()))


def _either(key: ast.expr) -> Iterator[ast.expr]:
    if isinstance(key, ast.IfExp):
        yield from (*_either(key.body), *_either(key.orelse))
    else:
        yield key


def _pattern(prefix: str, key: ast.expr) -> tuple[re.Pattern[str], str] | None:
    """What keys an expression may give, and how to show it; None where it is not written down here."""
    parts: list[Any] = key.values if isinstance(key, ast.JoinedStr) else [key]
    if isinstance(key, ast.JoinedStr):
        texts = [part.value if isinstance(part, ast.Constant) else None for part in parts]
    elif isinstance(key, ast.Constant) and isinstance(key.value, str):
        texts = [key.value]
    else:
        return None
    regex = "".join(".+" if text is None else re.escape(str(text)) for text in texts)
    return re.compile(re.escape(prefix) + regex), prefix + "".join("…" if text is None else str(text) for text in texts)
