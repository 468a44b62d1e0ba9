"""Finds the rooms: a folder below `app/widgets` with a `widget.py` is a widget, nothing else need be told."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from markupsafe import Markup

from app.content.error import ContentError, Tell, going_on, line_of, stop
from app.content.language import Lang
from app.content.value import NoValue
from app.content.words import Words, load_words, place_of
from app.kube.frame import Sequence
from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgetkit.contract import Example, Form, Say, Widget
from app.widgetkit.form import as_text, read_inputs
from app.widgetkit.mistake import as_mistake
from app.widgetkit.outcome import at_path, to_json
from app.widgetkit.plate import read_plate
from app.widgetkit.stage import Stage

ROOMS = Path(__file__).parent.parent / "widgets"

SHARED_WORDS = Path(__file__).parent.parent / "kube" / "words.yaml"
OWN_WORDS = Path(__file__).parent / "words.yaml"

Supplier = Callable[[], Mapping[str, str]]
"""What the site measures at this moment, for the `live` fields of a widget."""


@dataclass(frozen=True)
class Room:
    """A widget with its folder, its words (its own, those of the models, those of the kit) and its picture."""

    widget: Widget[Form, object]
    folder: Path
    words: Words
    plate: Markup
    supplier: Supplier | None = None

    @property
    def slug(self) -> str:
        return self.widget.slug

    @cached_property
    def first(self) -> Form:
        """The inputs that the page shows at first: those of the first example."""
        return self.widget.form(**self.widget.examples[0].inputs)

    @cached_property
    def typed_defaults(self) -> dict[str, str]:
        """The text that stands in the controls of a form that nobody has touched."""
        return as_text(self.widget.form())

    @cached_property
    def typed_examples(self) -> tuple[dict[str, str], ...]:
        """The inputs of every example as the text that stands in their controls."""
        return tuple(as_text(self.inputs(example)) for example in self.widget.examples)

    @cached_property
    def typed_by_name(self) -> dict[str, dict[str, str]]:
        """The same by the examples' names, as an address gives them."""
        return dict(zip((example.name for example in self.widget.examples), self.typed_examples, strict=True))

    @cached_property
    def own_templates(self) -> frozenset[str]:
        """The names of the templates in its folder."""
        return frozenset(path.name for path in self.folder.glob("*.html"))

    @cached_property
    def kept(self) -> dict[Hashable, Any]:
        """What was drawn of the room once and is the same whoever asks, under names that the drawers choose."""
        return {}

    def inputs(self, example: Example) -> Form:
        return self.widget.form(**example.inputs)

    def run(self, inputs: Form) -> object:
        if self.supplier and self.is_live({name: getattr(inputs, name) for name in self.widget.live}):
            return self.widget.run(inputs.model_copy(update=dict(self.supplier())))
        return self.widget.run(inputs)

    def is_live(self, values: Mapping[str, str]) -> bool:
        """Whether these inputs ask for what the site measures at this moment."""
        return bool(self.widget.live) and not any(values[name].strip() for name in self.widget.live)

    def stage_of(self, outcome: Sequence) -> Stage | None:
        """Where this run is played: its own stage, or else the room's."""
        own = getattr(outcome, "stage", None)
        return own if isinstance(own, Stage) else self.widget.stage

    def json(self, outcome: object, lang: Lang = "en") -> Any:
        """The outcome for programs, with the text of every sentence."""
        return to_json(outcome, partial(self.text, lang))

    def text(self, lang: Lang, say: Say) -> str:
        """A sentence without markup; those among its values are told as well."""
        values = {name: self.text(lang, each) if isinstance(each, Say) else each for name, each in say.values.items()}
        return self.words.text(lang, say.key, **values)

    def title(self, lang: Lang) -> str:
        return self.words.text(lang, "title")


class Rooms(Mapping[str, Room]):
    """All rooms by slug, in the order of their slugs."""

    def __init__(self, rooms: Mapping[str, Room]) -> None:
        self._rooms = dict(sorted(rooms.items()))

    def __getitem__(self, slug: str) -> Room:
        return self._rooms[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rooms)

    def __len__(self) -> int:
        return len(self._rooms)

    def answer(self, slug: str, inputs: Mapping[str, Any]) -> Any:
        """The JSON outcome for inputs as the API takes them; Refusal when they are not acceptable."""
        room = self[slug]
        return room.json(room.run(read_inputs(room.widget.form, inputs)))

    def value(self, slug: str, inputs: Mapping[str, Any], path: str) -> Any:
        """What stands at a path of the JSON outcome; NoValue, with what to do, where nothing does."""
        if slug not in self:
            raise NoValue(f"no widget is called {slug}", f"there are: {', '.join(self)}")
        try:
            return at_path(self.answer(slug, inputs), path)
        except Refusal as refusal:
            raise NoValue(f"{slug} does not take this: {refusal}", "give inputs that it accepts") from refusal
        except (LookupError, TypeError) as error:
            advice = f"podscope run {slug} -o json prints what there is; items of a list are named or counted from 0"
            raise NoValue(f"{slug} has nothing at {path}", advice) from error

    def styles_of(self, slugs: Collection[str]) -> tuple[Path, ...]:
        """The style sheets of some rooms; not every room has one."""
        sheets = (room.folder / "widget.css" for room in self.values() if room.slug in slugs)
        return tuple(path for path in sheets if path.exists())


def find_rooms(
    folder: Path = ROOMS,
    suppliers: Mapping[str, Supplier] | None = None,
    words: Callable[[Path], Words] = load_words,
    tell: Tell = stop,
    plate: Callable[[Path], Markup] = read_plate,
) -> Rooms:
    """Every room below the folder, checked; a room that breaks the contract is told, and is none of them.

    `suppliers` by slug are what the site gives to rooms that show it live; `words` reads a file of sentences, `plate` a
    plate.
    """
    shared = words(SHARED_WORDS) | words(OWN_WORDS)
    rooms = {}
    for path in sorted(folder.glob("*/widget.py")):
        with going_on(tell):
            own = shared | words(path.parent / "words.yaml")
            room = _room(path, own, tell, plate)
            rooms[room.slug] = replace(room, supplier=(suppliers or {}).get(room.slug))
    return Rooms(rooms)


def _widget(path: Path) -> Widget[Form, object]:
    """What a widget.py declares; without an `__init__.py` beside it no import rule would see the room."""
    name = path.parent.name
    if not path.with_name("__init__.py").exists():
        raise ContentError(path.with_name("__init__.py"), 1, "this file is missing", "make it, empty")
    try:
        widget = import_module(f"app.widgets.{name}.widget").WIDGET
    except Exception as error:
        raise as_mistake(error, path.parent, path) from error
    if not isinstance(widget, Widget):
        raise ContentError(path, 1, "WIDGET is no Widget", "write WIDGET = Widget(slug=…, form=…, run=…, …)")
    return widget


def _room(path: Path, words: Words, tell: Tell, plate: Callable[[Path], Markup]) -> Room:
    name = path.parent.name
    widget: Widget[Form, object] = _widget(path)
    if widget.slug != name.replace("_", "-"):
        raise ContentError(
            path,
            line_of(path, "slug="),
            f"slug {widget.slug} is not the folder's name",
            f"call it {name.replace('_', '-')}",
        )
    if not widget.examples:
        raise ContentError(
            path, line_of(path, "examples="), "a widget needs examples", "add at least one: the page shows the first"
        )
    room = Room(widget, path.parent, words, plate(path.parent / "plate.svg"))
    if widget.kind == "calculator" and not path.with_name("widget.html").exists():
        raise ContentError(path.with_name("widget.html"), 1, "this file is missing", "draw the outcome in it")
    own = path.with_name("words.yaml")
    for key in _required(widget):
        if key not in room.words:
            tell(ContentError(own, place_of(own, key), f"{key} is missing", "write it in both languages"))
    return room


def _required(widget: Widget[Form, object]) -> list[str]:
    return [
        "title",
        "summary",
        *(f"field.{name}" for name in widget.form.model_fields),
        *(f"example.{example.name}" for example in widget.examples),
        *(f"turn.{turn.key}" for turn in widget.turns),
        *(["example.live"] if widget.live else []),
    ]


__all__ = ["Refusal", "Room", "Rooms", "find_rooms"]
