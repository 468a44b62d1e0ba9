"""The rules of rooms: every example drawn in both languages and held to its `expect`, every fault told, every word
used.

for mistake in check_room(room, kit): print(mistake)
"""

import ast
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from app.content.check import unknown_classes
from app.content.entry import read_yaml
from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.words import Unsaid, place_of
from app.kube.frame import ENDING
from app.kube.refusal import Refusal
from app.record import dataclass
from app.web.templates import Templates
from app.widgetkit.contract import Example, Form
from app.widgetkit.form import as_text, fields_of, read_inputs
from app.widgetkit.literal import Literals, literals_of
from app.widgetkit.mistake import as_mistake
from app.widgetkit.outcome import at_path
from app.widgetkit.registry import Room
from app.widgetkit.state import state_of
from app.widgetkit.styling import own_classes
from app.widgetkit.view import answer

KIT = Path(__file__).parent
_DOING = re.compile(r"^(?:example \S+?(?: \(\w\w\))?|\w+=\S*): ")
TAKEN_OVER = frozenset({"more", "btn"})  # what pages style, and rooms use as it is
OF_INPUTS = ("field", "hint", "option", "example", "turn")
_CODE = re.compile(
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<code[ >].*?</code>|<pre[ >].*?</pre>|<[^>]*>",
    re.S,
)
_SAID = re.compile(r"(?<![\w-])[A-Za-z]{3,}(?: +[A-Za-z]{2,}(?![\w-]))+|[一-鿿]+")


@dataclass(frozen=True)
class Kit:
    """What all rooms are checked with; `shown` are the style sheets of the site, `templates` those of the kit."""

    templates: Templates
    styles: str
    shown: Path
    of_pages: frozenset[str] = frozenset()
    """Classes that a page's own style sheets style wherever they stand."""

    @cached_property
    def literals(self) -> Literals:
        """What the kit and the models that rooms share can say."""
        paths = [*KIT.glob("*.py"), *(KIT.parent / "kube").rglob("*.py"), *self.shown.rglob("*.html")]
        return literals_of(path for path in paths if not path.name.startswith("test_"))


def check_room(room: Room, kit: Kit) -> Iterator[ContentError]:
    """Every mistake of a room that can be imported, each once, wherever it shows."""
    seen: set[tuple[Path, int, str] | str] = set()
    for error in _all_of(room, kit):
        core = _DOING.sub("", error.message)
        mark = core if core.endswith("is in no words") else (error.path, error.line, core)
        if mark not in seen:
            seen.add(mark)
            yield error


def _all_of(room: Room, kit: Kit) -> Iterator[ContentError]:
    yield from unknown_classes(room.folder / "plate.svg", str(room.plate), kit.styles)
    yield from literal_text(room)
    yield from taken_classes(room, kit)
    yield from check_words(room, kit)
    yield from check_examples(room)
    lost = [*check_fields(room), *not_accepted(room)]
    yield from lost
    if lost:
        return  # a page shows all presets, so that one alone spoils every page
    for example in room.widget.examples:
        yield from check_example(room, example, kit.templates)
    if room.widget.kind == "sequence":
        yield from check_stories(room)


def _widget_py(room: Room) -> Path:
    return room.folder / "widget.py"


def _line(room: Room, *texts: str) -> int:
    """The last line of widget.py on which one of these strings stands as such: what is named stands below its type."""
    path = _widget_py(room)
    lines = _constants(path, path.stat().st_mtime_ns)
    return max((lines[text] for text in texts if text in lines), default=1)


@lru_cache(maxsize=64)
def _constants(path: Path, _changed: int) -> Mapping[str, int]:
    """The last line of every string of a file, as it was at its last change."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [(node.lineno, node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {text: line for line, text in sorted((line, text) for line, text in found if isinstance(text, str))}


# The contract


def check_fields(room: Room) -> Iterator[ContentError]:
    """What WIDGET names has to be an input."""
    widget, path = room.widget, _widget_py(room)
    fields = list(widget.form.model_fields)
    into = (widget.builder.into, *widget.builder.clears) if widget.builder else ()
    for what, names in (("live", widget.live), ("builder", into)):
        for name in names:
            if name not in fields:
                advice = f"name one of {', '.join(fields)}"
                yield ContentError(path, _line(room, name), f"{what}: {name} is no input", advice)
    if widget.kind == "sequence" and not set(widget.faults) & set(fields):
        yield ContentError(
            path, _line(room, *widget.faults), "faults names no input", "name the inputs that break something"
        )


def check_examples(room: Room) -> Iterator[ContentError]:
    """Examples have names of their own, expect something, and say where it is known from."""
    path = _widget_py(room)
    seen: set[str] = set()
    for example in room.widget.examples:
        line = _line(room, example.name)
        if example.name in seen:
            yield ContentError(path, line, f"example {example.name} stands there twice", "rename one")
        if not example.expect:
            yield ContentError(path, line, f"example {example.name} expects nothing", "say what must come out")
        if not example.source.strip():
            yield ContentError(path, line, f"example {example.name} names no source", "say where that is known from")
        seen.add(example.name)


def not_accepted(room: Room) -> Iterator[ContentError]:
    """Examples that the form does not take."""
    for example in room.widget.examples:
        try:
            room.inputs(example)
        except ValidationError as error:
            path = _widget_py(room)
            yield as_mistake(error, room.folder, path, f"example {example.name}", _line(room, example.name))


def literal_text(room: Room) -> Iterator[ContentError]:
    """A room says nothing by itself: between its tags stand words, values, and names that no language changes."""
    for path in sorted(room.folder.glob("*.html")):
        text = path.read_text(encoding="utf-8")
        bare = _CODE.sub(lambda match: re.sub(r"[^\n]", "·", match[0]), text)
        for said in _SAID.finditer(bare):
            line = bare.count("\n", 0, said.start()) + 1
            yield ContentError(
                path, line, f"“{said[0]}” stands there in one language", "say it with t(…) from words.yaml"
            )


def taken_classes(room: Room, kit: Kit) -> Iterator[ContentError]:
    """A room's own class is none that the pages around it style: their rule would hold in the room as well."""
    path = room.folder / "widget.css"
    if not path.exists():
        return
    for name, line in own_classes(path.read_text(encoding="utf-8")).items():
        if name in kit.of_pages and name not in TAKEN_OVER:
            yield ContentError(path, line, f"pages style the class {name} as well", "call the room's own otherwise")


# Examples


def check_example(room: Room, example: Example, templates: Templates) -> Iterator[ContentError]:
    """It is accepted, gives what it promises, and is drawn in both languages; the first that fails is told."""
    path, line = _widget_py(room), _line(room, example.name)
    doing = f"example {example.name}"
    try:
        inputs = room.inputs(example)
        outcome = room.widget.run(inputs)
    except Exception as error:
        yield as_mistake(error, room.folder, path, doing, line)
        return
    told = yield from _told_in_both(room, outcome, doing, line)
    if told is None:
        return
    for name in room.widget.prints:
        if name not in told and name not in told.get("ending", {}):
            yield ContentError(
                path, _line(room, name), f"prints: {name} is no field of the outcome", f"name one of {', '.join(told)}"
            )
    for place, wanted in example.expect.items():
        yield from _unkept(told, place, wanted, ContentErrors(path, max(line, _line_after(path, line, place)), doing))
    for lang in LANGUAGES:
        yield from _undrawn(room, inputs, lang, templates, doing, line)


@dataclass(frozen=True)
class ContentErrors:
    """Where the mistakes of one example are told."""

    path: Path
    line: int
    doing: str

    def __call__(self, message: str, advice: str) -> ContentError:
        return ContentError(self.path, self.line, f"{self.doing}: {message}", advice)


def _line_after(path: Path, line: int, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, each in enumerate(lines, 1) if number >= line and f'"{text}"' in each), line)


def _told_in_both(room: Room, outcome: Any, doing: str, line: int) -> Generator[ContentError, None, Any]:
    """The outcome as programs get it in English, where it can be told in both languages."""
    told: dict[Lang, Any] = {}
    for lang in LANGUAGES:
        try:
            told[lang] = room.json(outcome, lang)
        except Exception as error:
            yield _unsaid(room, error, f"{doing} ({lang})", line)
            return None
    return told["en"]


def _unsaid(room: Room, error: Exception, doing: str, line: int) -> ContentError:
    """A sentence that the model says and nobody wrote is missing in words.yaml."""
    if isinstance(error, Unsaid):
        own = room.folder / "words.yaml"
        return as_mistake(error, room.folder, own, doing, place_of(own, error.key))
    return as_mistake(error, room.folder, _widget_py(room), doing, line)


def _unkept(told: Any, place: str, wanted: Any, tell: ContentErrors) -> Iterator[ContentError]:
    try:
        found = at_path(told, place)
    except (KeyError, IndexError, ValueError, TypeError):
        yield tell(f"nothing stands at {place}", "mend the path, or the model")
        return
    if found != wanted:
        yield tell(f"{place} is {found!r}, expected {wanted!r}", "mend the model, or what the example expects")


def _undrawn(
    room: Room, inputs: Form, lang: Lang, templates: Templates, doing: str, line: int
) -> Iterator[ContentError]:
    try:
        drawn = answer(templates, state_of(room, lang, as_text(inputs)))
    except Exception as error:
        yield _unsaid(room, error, f"{doing} ({lang})", line)
        return
    if drawn.status != 200:
        advice = "write inputs that can be typed into the form"
        yield ContentError(_widget_py(room), line, f"{doing} ({lang}): its page refuses it", advice)


# Sequences


def check_stories(room: Room) -> Iterator[ContentError]:
    """Every choice of a sequence is told to its end in both languages, and every fault says what is seen, what works
    and what to check."""
    path = _widget_py(room)
    form = room.widget.form
    seen: set[str] = set()
    for inputs in stories(room):
        doing = " ".join(f"{name}={value}" for name, value in inputs.items())
        line = _line(room, *(str(value) for value in inputs.values()))
        try:
            outcome = room.widget.run(read_inputs(form, inputs))
        except Refusal:
            continue  # a combination that the model does not know
        except Exception as error:
            yield as_mistake(error, room.folder, path, doing, line)
            continue
        for key, values in _sentences(room, outcome):
            mark = f"{key} {sorted(values)}"
            if mark not in seen:
                seen.add(mark)
                yield from _missing(room, key, values, doing)
        lacking = [name for name in ENDING if not getattr(outcome, name)]
        if 0 < len(lacking) < len(ENDING):
            yield ContentError(path, line, f"{doing}: its end does not say {', '.join(lacking)}", "say all three")


def stories(room: Room) -> Iterator[dict[str, Any]]:
    """Every fault with everything else at its default, then every other choice without a fault."""
    fields = room.widget.form.model_fields
    for name, info in fields.items():
        for value in get_args(info.annotation) if _is_choice(info.annotation) else ():
            yield {name: value}


def _is_choice(annotation: Any) -> bool:
    return bool(get_args(annotation)) and all(isinstance(value, str | int | bool) for value in get_args(annotation))


def _sentences(room: Room, outcome: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every key that a run needs, with the values that go into it."""
    stage = getattr(outcome, "stage", None) or room.widget.stage
    for place in stage.places if stage else ():
        yield f"actor.{place.name}", {}
    for zone in stage.zones if stage else ():
        yield f"zone.{zone.name}", {}
    for frame in outcome.frames:
        yield f"step.{frame.key}", {}
        yield from ((f"state.{state}", {}) for state in frame.actors.values())
        yield from ((say.key, say.values) for say in (frame.say, *frame.details))
    yield from ((say.key, say.values) for name in ENDING if (say := getattr(outcome, name)))


def _missing(room: Room, key: str, values: Mapping[str, Any], doing: str) -> Iterator[ContentError]:
    own = room.folder / "words.yaml"
    for lang in LANGUAGES:
        try:
            room.words.text(lang, key, **values)
        except KeyError as error:
            yield as_mistake(error, room.folder, own, doing, place_of(own, key))
            return


# Words


def check_words(room: Room, kit: Kit) -> Iterator[ContentError]:
    """Every sentence that is said is there, and every one that is there can be said."""
    own = room.folder / "words.yaml"
    code = literals_of(
        path
        for path in sorted(room.folder.iterdir())
        if path.suffix in (".py", ".html") and not path.name.startswith("test_")
    )
    for spoken in code.spoken:
        key = f"refusal.{spoken.key}" if spoken.name == "Refusal" else spoken.key
        if key not in room.words and not (spoken.name in ("t", "plain") and key in kit.templates.words):
            yield ContentError(
                spoken.path,
                spoken.line,
                f"{key} is in no words",
                "write it in words.yaml in both languages, or mend the key",
            )
    known = Literals(set(room.widget.form.model_fields)) | code | kit.literals
    inputs = set(_of_inputs(room))
    for key in _own_keys(own):
        is_of_inputs = key.partition(".")[0] in OF_INPUTS and key.count(".") > 0
        if key in inputs or (not is_of_inputs and known.can_say(key)):
            if key in kit.templates.words:
                yield ContentError(own, place_of(own, key), f"{key} is a sentence of the site", "call it otherwise")
            continue
        advice = f"there are {', '.join(room.widget.form.model_fields)}" if is_of_inputs else "delete it, or say it"
        yield ContentError(own, place_of(own, key), f"nobody says {key}", advice)


def _own_keys(path: Path) -> Iterable[str]:
    return read_yaml(path).mapping(lambda _: None)


def _of_inputs(room: Room) -> Iterator[str]:
    """What may be said of inputs and examples."""
    for asked in fields_of(room.widget.form, {}):
        yield from (f"{of}.{asked.name}" for of in ("field", "hint"))
        yield from (f"option.{asked.name}.{option}" for option in asked.options)
    for asked in fields_of(room.widget.builder.row, {}) if room.widget.builder else ():
        yield from (f"option.row.{asked.name}.{option}" for option in asked.options)
    yield from (f"example.{example.name}" for example in room.widget.examples)
    yield from (f"turn.{turn.key}" for turn in room.widget.turns)
    yield "example.live"


def alike_plates(rooms: Iterable[Room]) -> Iterator[ContentError]:
    """No two rooms have the same picture."""
    seen: dict[str, Room] = {}
    for room in rooms:
        first = seen.setdefault(str(room.plate), room)
        if first is not room:
            message = f"the plate of {first.slug} is the same"
            yield ContentError(room.folder / "plate.svg", 1, message, "draw one of its own")
