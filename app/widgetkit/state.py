"""A widget as one reader has it, and the addresses that say so.

state = state_of(room, "en", {"replicas": "3", "step": "2"})
state.changed({"replicas": 4}).page_url                    # "/en/widgets/…?replicas=4"
"""

from collections.abc import Mapping
from dataclasses import field, replace
from functools import cached_property
from urllib.parse import urlencode

from app.content.language import Lang
from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgetkit.contract import Form
from app.widgetkit.form import CARRIED_BY_LINK, CARRIED_BY_URL, as_text, to_query
from app.widgetkit.hidden import Hidden, hide
from app.widgetkit.player import SPEEDS
from app.widgetkit.registry import Room
from app.widgetkit.working import work_out

# Where a reader is in a sequence, and what they expected of this step: beside the inputs, not among them.
ANSWERS = ("who", "wrote")
PLAYER = ("step", "play", "speed", "view", "predict", *ANSWERS)

VIEWS = ("storyboard", "compare")  # other ways to look at a sequence than step by step


@dataclass(frozen=True)
class Saved:
    """Inputs behind a short link: `id` stands for them in the address."""

    id: str
    inputs: Mapping[str, str]


@dataclass(frozen=True)
class State:
    """A widget as one reader has it: the text in its controls, the player's position, and where it stands.

    `embedded` is the level of its heading inside another page (2 or 3), 0 on its own page. What the address
    leaves out is as in `saved`, or else as the page shows it first.

    `is_whole` is False for a step that is drawn into a page which has the list of all steps already.
    `is_all` asks, inside another page, for everything that a model shows, and not its answer alone.
    `refusal` is why what was posted could not be read into text at all. `hidden` are the secrets of what was typed:
    `typed` is without them, and the model still reads them.
    """

    room: Room
    lang: Lang
    typed: Mapping[str, str]
    player: Mapping[str, str] = field(default_factory=dict)
    embedded: int = 0
    saved: Saved | None = None
    is_whole: bool = True
    is_all: bool = False
    refusal: Refusal | None = None
    hidden: Hidden | None = None

    @property
    def level(self) -> int:
        return self.embedded or 2

    @property
    def is_brief(self) -> bool:
        """Whether a model shows its answer only: verdict, sums, picture."""
        return bool(self.embedded) and not self.is_all

    @property
    def is_in_text(self) -> bool:
        """Whether it stands in a lesson's text, where the wide picture never has room."""
        return self.embedded > 2

    @property
    def standing(self) -> tuple[tuple[str, str], ...]:
        """Where the widget stands, as fields of a fragment's address or form; nothing on its own page."""
        if not self.embedded:
            return ()
        return (("embed", str(self.embedded)), *([("all", "1")] if self.is_all else []))

    @property
    def base(self) -> Mapping[str, str]:
        return self.saved.inputs if self.saved else self.room.typed_examples[0]

    @cached_property
    def query(self) -> str:
        if self.is_private:
            return urlencode(self._saved)
        return to_query(self.typed, self.base, [*self._saved, *self.player.items()])

    @cached_property
    def is_private(self) -> bool:
        """Whether a field that no address may hold has another text than it had at first, or than an example has.

        So have all fields of a calculator with secrets in them; a sequence has lines alone, and leads on with what is
        left of them.
        """
        if self.hidden and self.room.widget.kind == "calculator":
            return True
        changed = any(self.typed.get(name) != self.base.get(name) for name in self.room.widget.cuts)
        return changed and dict(self.typed) not in self.room.typed_examples

    @cached_property
    def is_personal(self) -> bool:
        """Whether the answer is about what somebody pasted, so that nobody on the way may keep it or list it."""
        if self.hidden:
            return True
        return bool(self.room.widget.cuts) and (bool(self.saved) or dict(self.typed) not in self.room.typed_examples)

    @cached_property
    def is_told_otherwise(self) -> bool:
        """Whether the answer would be another if it were computed of what is shown, without the secrets."""
        if not self.hidden or self.refusal:
            return False
        try:
            here = work_out(self.room, self.typed)[1]
        except Refusal:
            return True
        try:
            there = self.run()[1]
        except Refusal:
            return True
        return bool(self.room.json(here) != self.room.json(there))

    @property
    def is_too_long(self) -> bool:
        """Whether these inputs are more than an address can carry, or may, so that a short link is wanted."""
        if self.is_private:
            return True
        # Quoting makes no text shorter, so that a megabyte need not be quoted to know.
        plain = sum(len(text) for name, text in self.typed.items() if text != self.base.get(name))
        return plain > CARRIED_BY_URL or len(self.query) > CARRIED_BY_URL

    @cached_property
    def is_linkable(self) -> bool:
        """Whether a link inside a page can hold these inputs; where one can't, what leads on posts the form."""
        if self.is_private:
            return False
        plain = sum(len(text) for name, text in self.typed.items() if text != self.base.get(name))
        return plain <= CARRIED_BY_LINK and len(self.run_query) <= CARRIED_BY_LINK

    @property
    def page_url(self) -> str:
        return with_query(f"/{self.lang}/widgets/{self.room.slug}", self.query)

    @property
    def page_link(self) -> str:
        """`page_url` as it may stand in a page: without inputs that no link can hold."""
        return self.page_url if self.is_linkable else f"/{self.lang}/widgets/{self.room.slug}"

    @property
    def fragment_url(self) -> str:
        return self._fragment()

    @property
    def predict_url(self) -> str:
        """Where the answers of predict mode are posted; with `predict_fragment_url` its twin."""
        return with_query(f"/{self.lang}/widgets/{self.room.slug}/predict", self.query)

    @property
    def predict_fragment_url(self) -> str:
        return self._fragment("/predict")

    @property
    def steps_url(self) -> str:
        """Where the steps of this run are answered, to be shown without a further request."""
        return self._fragment("/steps")

    def _fragment(self, under: str = "") -> str:
        return with_query(f"/fragments/{self.lang}/widgets/{self.room.slug}{under}", self._standing_query)

    @property
    def post_url(self) -> str:
        """Where a form of inputs is posted by htmx."""
        return with_query(f"/fragments/{self.lang}/widgets/{self.room.slug}", urlencode(self.standing))

    @property
    def _standing_query(self) -> str:
        return "&".join(filter(None, (self.query, urlencode(self.standing))))

    @property
    def _saved(self) -> list[tuple[str, str]]:
        return [("saved", self.saved.id)] if self.saved else []

    @cached_property
    def run_query(self) -> str:
        """The part of the query that names the run, without the reader's place in it."""
        return to_query(self.typed, self.base, self._saved)

    @property
    def kept(self) -> dict[str, str]:
        """What every step link keeps: a speed that is not the usual one, and predict mode."""
        speed = self.player.get("speed", "1")
        kept = {"speed": speed} if speed in SPEEDS and speed != "1" else {}
        return kept | ({"predict": "1"} if self.player.get("predict") == "1" else {})

    def run(self) -> tuple[Form, object]:
        """The inputs as they are shown, and what the model makes of them; Refusal when they are not acceptable."""
        if self.refusal:
            raise self.refusal
        return work_out(self.room, self.typed, self.hidden)

    def as_read(self, inputs: Form | None) -> "State":
        """Links say what was read: `007` and a megabyte of spaces are no part of it."""
        return self if inputs is None else replace(self, typed=as_text(inputs))

    def changed(self, changes: Mapping[str, object]) -> "State":
        """Another state of the same widget; the player's position is kept only when it is among the changes."""
        player = {name: str(changes[name]) for name in PLAYER if changes.get(name) not in (None, "")}
        typed = {**self.typed, **{name: as_typed(value) for name, value in changes.items() if name not in PLAYER}}
        return replace(self, typed=typed, player=player)


def as_typed(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def state_of(room: Room, lang: Lang, raw: Mapping[str, str], *, embedded: int = 0, saved: Saved | None = None) -> State:
    """The state that raw text from a query or a form describes; what it leaves out is as in the base."""
    first = room.typed_examples[0]
    raw = {**room.typed_by_name.get(raw.get("example", ""), {}), **raw}
    base = {name: saved.inputs.get(name, text) for name, text in first.items()} if saved else first
    typed = {name: raw.get(name, text).replace("\r\n", "\n") for name, text in base.items()}
    typed |= cut_fields(room, typed)
    hidden = hide(room, typed)
    typed |= hidden.shown if hidden else {}
    player = {name: raw[name] for name in PLAYER if raw.get(name)}
    return State(room, lang, typed, player, embedded, saved, hidden=hidden)


def cut_fields(room: Room, typed: Mapping[str, str]) -> dict[str, str]:
    """The fields of a room that holds what is nobody's business, without secrets: whoever pastes may miss the field."""
    if not room.widget.cuts:
        return {}
    usual = next(iter(room.widget.cuts.values()))
    return {name: room.widget.cuts.get(name, usual)(text) for name, text in typed.items()}


def read_level(text: str | None) -> int:
    """The heading level that a fragment's `embed` asks for; 0 means that it stands on its own page."""
    return int(text) if text in ("2", "3") else 0


def step_in(text: str, last: int) -> int:
    """The step (from 1) that a text names among so many; the first for what is no number."""
    return min(max(int(text), 1), last) if text.isascii() and text.isdigit() and len(text) < 6 else 1
