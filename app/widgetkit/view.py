"""What a widget's template sees: its fields, its outcome or its refusal, and links to other states of it."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Literal
from urllib.parse import urlencode

from markupsafe import Markup, escape

from app.content.language import Lang
from app.kube.frame import Frame, Sequence
from app.kube.refusal import Refusal
from app.kube.story.witness import Witness, witnessed
from app.web.templates import Templates, attributes
from app.widgetkit.columns import width_of
from app.widgetkit.contract import Form, Say
from app.widgetkit.form import (
    CARRIED_BY_LINK,
    CARRIED_BY_URL,
    Field,
    as_text,
    fields_of,
    has_area,
    read_inputs,
    to_query,
)
from app.widgetkit.hidden import Hidden, hide, run_hidden
from app.widgetkit.pane import Evidence, Row, evidence, turning
from app.widgetkit.player import SPEEDS, Picture, draw, stay_ms
from app.widgetkit.predict import Judged, Question, ask, judge
from app.widgetkit.registry import Room
from app.widgetkit.rows import Rows, rows_of

# Where a reader is in a sequence, and what they expected of this step: beside the inputs, not among them.
ANSWERS = ("who", "wrote")
PLAYER = ("step", "play", "speed", "view", "predict", *ANSWERS)


VIEWS_OF_STAGE: tuple[Literal["wide", "tall"], ...] = ("wide", "tall")
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
            here = _outcome(self, self.typed)[1]
        except Refusal:
            return True
        try:
            there = _run(self)[1]
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
        return _with_query(f"/{self.lang}/widgets/{self.room.slug}", self.query)

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
        return _with_query(f"/{self.lang}/widgets/{self.room.slug}/predict", self.query)

    @property
    def predict_fragment_url(self) -> str:
        return self._fragment("/predict")

    @property
    def steps_url(self) -> str:
        """Where the steps of this run are answered, to be shown without a further request."""
        return self._fragment("/steps")

    def _fragment(self, under: str = "") -> str:
        return _with_query(f"/fragments/{self.lang}/widgets/{self.room.slug}{under}", self._standing_query)

    @property
    def post_url(self) -> str:
        """Where a form of inputs is posted by htmx."""
        return _with_query(f"/fragments/{self.lang}/widgets/{self.room.slug}", urlencode(self.standing))

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

    def changed(self, changes: Mapping[str, object]) -> "State":
        """Another state of the same widget; the player's position is kept only when it is among the changes."""
        player = {name: str(changes[name]) for name in PLAYER if changes.get(name) not in (None, "")}
        typed = {**self.typed, **{name: _plain(value) for name, value in changes.items() if name not in PLAYER}}
        return replace(self, typed=typed, player=player)


def _plain(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _with_query(path: str, query: str) -> str:
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


def landed(state: State, at: str) -> State:
    """The state of other inputs that keeps the step where the reader was, but goes no further than where it breaks."""
    try:
        _, outcome = _run(state)
    except Refusal:
        return state
    if not isinstance(outcome, Sequence) or "step" in state.player:
        return state
    parting = _parting(_compared(state, outcome.frames, _good_path(state)))
    step = min(_step(at, len(outcome.frames)), parting or len(outcome.frames))
    return state if step == 1 else replace(state, player={**state.player, "step": str(step)})


def read_level(text: str | None) -> int:
    """The heading level that a fragment's `embed` asks for; 0 means that it stands on its own page."""
    return int(text) if text in ("2", "3") else 0


@dataclass(frozen=True)
class Answer:
    """A drawn widget: its root element, and the status that goes with it."""

    html: Markup
    status: int


def answer(templates: Templates, state: State, unpredicted: Refusal | None = None) -> Answer:
    """Runs the model on a state and draws the widget; a refusal is drawn as an answer with status 422.

    `unpredicted` is why the answers that the state holds could not be judged: they are asked for again.
    """
    try:
        inputs, outcome = _run(state)
    except Refusal as refusal:
        return Answer(_draw(templates, state, None, None, refusal), 422)
    return Answer(_draw(templates, state, inputs, outcome, None, unpredicted), 422 if unpredicted else 200)


def _run(state: State) -> tuple[Form, object]:
    if state.refusal:
        raise state.refusal
    return _outcome(state, state.typed, state.hidden)


def _outcome(state: State, typed: Mapping[str, str], hidden: Hidden | None = None) -> tuple[Form, object]:
    """The inputs as they are shown, and the outcome of them, or of what was typed before its secrets were hidden."""
    room = state.room
    inputs = read_inputs(room.widget.form, _given(room, typed))
    if hidden is None:
        return inputs, room.run(inputs)
    meant = read_inputs(room.widget.form, _given(room, {**typed, **hidden.texts}))
    return inputs, run_hidden(room.run, meant, hidden)


def _given(room: Room, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, without the empty controls of numbers: they mean their default."""
    fields = room.widget.form.model_fields
    return {name: text for name, text in typed.items() if text != "" or fields[name].annotation is str}


@dataclass(frozen=True)
class Preset:
    name: str
    attributes: Markup
    is_current: bool


@dataclass(frozen=True)
class Pair:
    """The same step of two runs, as far as there is one; `ended` is the run that is over since the step before."""

    here: Frame | None
    there: Frame | None
    ended: Literal["here", "there", ""] = ""


@dataclass(frozen=True)
class Compared:
    """A run beside the good path: the steps that both share, and the pairs from where they part."""

    shared: tuple[Frame, ...]
    pairs: tuple[Pair, ...]


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


@dataclass(frozen=True)
class Tick:
    """A step on the ruler: how far along it stands, in percent, and the kind (colour) of who acts."""

    step: int
    at: float
    kind: str


@dataclass(frozen=True)
class RunContext:
    """What the templates of a sequence see of the whole run, whatever step is shown.

    `kinds` are the kinds (colour and glyph) of actors by name, `in_order` sorts names as they stand on the stage,
    `boards(*views)` all frames with their drawings, `compared()` this run beside the good one, which `good` says there
    is, and `parting` the step where they part, 0 when they do not. `longest` are the frames with the longest sentences:
    room for them is kept at every step. `steps_url` answers with the steps ahead: such a step (`is_ahead`) leaves out
    what the page has of this run, and one alone (`is_lean`) what is folded. A lesson begins with folds that lead to the
    model's own page (`is_short`): what is in them comes with the steps.
    """

    frames: tuple[Frame, ...]
    kinds: Mapping[str, str]
    in_order: Callable[[Iterable[str]], list[str]]
    ticks: tuple[Tick, ...]
    speed: str
    speeds: tuple[str, ...]
    boards: Callable[..., list[tuple[Frame, list[Picture]]]]
    good: bool
    compared: Callable[[], Compared]
    parting: int
    longest: tuple[Frame, ...]
    is_whole: bool
    is_ahead: bool
    is_lean: bool
    is_short: bool
    run_id: str
    steps_url: str


@dataclass(frozen=True)
class StepContext:
    """What they see of one step: its frame, its drawings, the evidence beside them.

    `go(step)` makes the attributes of a link to a step, `unfold` those of a link to this one with all that a lesson
    leaves out; `here` are the addresses of this one, as a page and as a fragment; `stay` is how long it stays while the
    sequence plays, in milliseconds.
    """

    frame: Frame
    step: int
    stay: int
    is_playing: bool
    pictures: Iterable[Picture]
    turning: Iterable[Row]
    evidence: Iterable[Evidence]
    go: Callable[..., Markup]
    unfold: Markup
    here: State


@dataclass(frozen=True)
class PredictContext:
    """What predict mode shows: what is asked now, what was chosen, and what was said of the answers before."""

    is_predicting: bool
    asked: tuple[Question, ...]
    chosen: list[str | None]
    unpredicted: str
    verdicts: tuple[Judged, ...]
    predict_url: str
    predict_fragment_url: str


def _draw(
    templates: Templates,
    state: State,
    inputs: Form | None,
    outcome: object,
    refusal: Refusal | None,
    unpredicted: Refusal | None = None,
) -> Markup:
    room, lang = state.room, state.lang
    typed, state = state.typed, _as_read(state, inputs)
    parts: list[object] = [_context(state, typed, inputs, outcome, refusal)]
    if inputs is not None and isinstance(outcome, Sequence):
        parts += [_whole_run(state, outcome), _one_step(state, outcome), _predict(state, inputs, outcome, unpredicted)]
    template = "widget/calculator.html"
    if room.widget.kind == "sequence":
        view = state.player.get("view", "")
        template = f"widget/{view}.html" if view in VIEWS and outcome is not None else "widget/player.html"
    seen = {name: value for part in parts for name, value in vars(part).items()}
    return Markup(templates.render(template, lang, room.words, **seen))


def _as_read(state: State, inputs: Form | None) -> State:
    """Links say what was read: `007` and a megabyte of spaces are no part of it."""
    return state if inputs is None else replace(state, typed=as_text(inputs))


def _context(
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
        presets=_presets(state),
        hinted=any(f"hint.{name}" in room.words for name in room.widget.form.model_fields),
        refusal=refusal,
        problem=said(f"refusal.{refusal.code}", **refusal.values) if refusal else "",
        inputs=inputs,
        outcome=outcome,
        link=partial(_link, state),
        say=lambda sentence: said(sentence.key, **_said_values(said, sentence)),
        id=lambda name: f"w-{room.slug}-{name}",
        rows=rows_of(room, typed),
        own_template=f"rooms/{room.folder.name}/widget.html",
        verdict_of=verdict_of,
        own_form=_own(room, "form.html"),
        own_strip=_own(room, "strip.html"),
        brief=state.is_brief and refusal is None,
        other_length=_link(replace(state, is_all=not state.is_all)) if state.embedded else "",
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


def _presets(state: State) -> tuple[Preset, ...]:
    typed, examples = dict(state.typed), state.room.typed_by_name
    presets = [Preset(name, link, examples[name] == typed) for name, link in _example_links(state).items()]
    if live := state.room.widget.live:
        changes = dict.fromkeys(live, "")
        presets.insert(1, Preset("live", _link(state, **changes), state.room.is_live(state.typed)))
    return tuple(presets)


def _example_links(state: State) -> dict[str, Markup]:
    """The attributes of the links to all examples; they are the same whatever has been typed here."""
    room, key = state.room, ("examples", state.lang, state.standing)
    if key not in room.kept:
        first = State(room, state.lang, {}, embedded=state.embedded, is_all=state.is_all)
        room.kept[key] = {name: _named(replace(first, typed=typed), name) for name, typed in room.typed_by_name.items()}
    links: dict[str, Markup] = room.kept[key]
    return links


def _named(target: State, example: str) -> Markup:
    """A link to an example by its name where its inputs are longer than that: a lesson has dozens of such links."""
    name = urlencode([("example", example)])
    if len(target.run_query) <= len(name):
        return _attributes(target)
    page = f"/{target.lang}/widgets/{target.room.slug}?"
    return attributes(
        {
            "href": page + name,
            "hx-get": f"/fragments{page}{urlencode([('example', example), *target.standing])}",
            "hx-target": f"#w-{target.room.slug}",
            "hx-swap": "outerMorph",
        }
    )


def _link(state: State, **changes: object) -> Markup:
    """The attributes of a link to another state: its page for everybody, its fragment where htmx runs.

    With inputs that no link can hold, the form is posted with the changes; without htmx a short link has to be made.
    """
    target = state.changed(changes)
    if target.is_linkable:
        return _attributes(target)
    root = f"#w-{state.room.slug}"
    return attributes(
        {
            "href": f"{root}-form" if state.embedded else f"{root}-link",
            "hx-post": state.post_url,
            "hx-include": f"{root}-form",
            "hx-trigger": "click halt",  # the address is for those without htmx
            "hx-vals": json.dumps({name: _plain(value) for name, value in changes.items()}),
            "hx-target": root,
            "hx-swap": "outerMorph",
        }
    )


def _steps(state: State, keep: Mapping[str, str], *, is_plain: bool = False) -> Callable[..., Markup]:
    """What `_link` gives for a step, made quickly: a page has some sixty of them.

    `is_whole` asks for a fragment with all that a step leaves out because the page has it already; of other links
    `is_plain` leaves out what htmx reads, since the script of the player has such steps.
    """
    room, lang = state.room, state.lang
    # A sequence has lines only; if ever they were too long together, a step leads to the one that is shown at first.
    lead = str(escape(state.run_query if state.is_linkable else ""))
    standing = str(escape(urlencode(state.standing)))
    target = f'hx-target="#w-{room.slug}" hx-swap="outerMorph"'

    def go(to: int, *, is_whole: bool = False, **more: object) -> Markup:
        player = {"step": to, **keep, **more}
        parts = [lead, *(f"{name}={player[name]}" for name in PLAYER if player.get(name))]
        page = _with_query(f"/{lang}/widgets/{room.slug}", "&amp;".join(filter(None, parts)))
        if is_plain and not is_whole:
            return Markup(f'href="{page}"')
        parts += [standing, "whole=1" if is_whole else ""]
        own = _with_query(f"/fragments/{lang}/widgets/{room.slug}", "&amp;".join(filter(None, parts)))
        return Markup(f'href="{page}" hx-get="{own}" {target}')

    return go


def _attributes(state: State) -> Markup:
    return attributes(
        {
            "href": state.page_url,
            "hx-get": state.fragment_url,
            "hx-target": f"#w-{state.room.slug}",
            "hx-swap": "outerMorph",
        }
    )


def _whole_run(state: State, outcome: Sequence) -> RunContext:
    frames, room = outcome.frames, state.room
    said = partial(room.words.text, state.lang)
    keep = _kept(state)
    stage = room.stage_of(outcome)
    kinds = {place.name: place.kind for place in stage.places} if stage else {}
    good = _good_path(state)
    compared = partial(_compared, state, frames, good)
    span = max(len(frames) - 1, 1)
    return RunContext(
        frames=frames,
        kinds=kinds,
        in_order=lambda names: sorted(names, key=[*kinds, *names].index),
        ticks=tuple(Tick(each.step, _percent(each.step - 1, span), kinds.get(each.actor, "")) for each in frames),
        speed=keep.get("speed", "1"),
        speeds=SPEEDS,
        boards=lambda *views: [(each, [draw(stage, each, view, said) for view in views if stage]) for each in frames],
        good=good is not None,
        compared=compared,
        parting=_parting(compared()) if good is not None else 0,
        longest=tuple(sorted(frames, key=lambda each: -width_of(said(each.say.key, **each.say.values)))[:2]),
        is_whole=state.is_whole or "predict" in keep,
        is_ahead=False,
        is_lean=False,
        is_short=state.is_brief and "predict" not in keep,
        run_id=sha256(f"{state.run_query} {keep} {state.standing}".encode()).hexdigest()[:8],
        steps_url=state.changed({}).steps_url,
    )


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)


def _parting(compared: Compared) -> int:
    """The first step that the good path does not have; 0 when there is none."""
    return len(compared.shared) + 1 if any(pair.here for pair in compared.pairs) else 0


def _one_step(state: State, outcome: Sequence) -> StepContext:
    frames, room = outcome.frames, state.room
    said = partial(room.words.text, state.lang)
    step = _step(state.player.get("step", "1"), len(frames))
    frame = frames[step - 1]
    keep = _kept(state)
    stage = room.stage_of(outcome)
    earlier = (frames[0], frames[step - 2]) if step > 1 else ()
    views = VIEWS_OF_STAGE[1:] if state.is_in_text else VIEWS_OF_STAGE
    return StepContext(
        frame=frame,
        step=step,
        stay=stay_ms(said(frame.say.key, **frame.say.values)),
        is_playing=state.player.get("play") == "1" and step < len(frames) and "predict" not in keep,
        pictures=[draw(stage, frame, name, said, earlier) for name in views] if stage else [],
        turning=turning(room.widget.watches, frames, frame),
        evidence=evidence(room.widget.panes, frames, frame, said),
        go=_steps(state, keep),
        unfold=_steps(replace(state, is_all=True), keep)(step, is_whole=True),
        here=state.changed({"step": step, **keep}),
    )


def steps(templates: Templates, state: State, only: int | None = None) -> dict[str, str]:
    """The part of the player that a step changes, by the step's number: of all steps, or of one.

    What stands around it depends on the inputs alone. One step alone is light: what is folded in it comes with all of
    them. Refusal when the inputs are not acceptable.
    """
    inputs, outcome = _run(state)
    if not isinstance(outcome, Sequence):
        return {}
    state = _as_read(state, inputs)
    numbers = range(1, len(outcome.frames) + 1) if only is None else [_step(str(only), len(outcome.frames))]
    state = replace(state, is_whole=False)
    common = vars(_context(state, state.typed, inputs, outcome, None)) | vars(_whole_run(state, outcome))
    common |= {"is_ahead": True, "is_lean": only is not None, "is_short": False}
    drawn = {}
    for number in numbers:
        at = replace(state, player={**_kept(state), "step": str(number)})
        seen = common | {"state": at} | vars(_one_step(at, outcome)) | vars(_predict(at, inputs, outcome, None))
        seen["go"] = _steps(at, _kept(at), is_plain=True)
        drawn[str(number)] = templates.render("widget/_hand.html", state.lang, state.room.words, **seen)
    return drawn


def _kept(state: State) -> dict[str, str]:
    """What every step link keeps: a speed that is not the usual one, and predict mode."""
    speed = state.player.get("speed", "1")
    kept = {"speed": speed} if speed in SPEEDS and speed != "1" else {}
    return kept | ({"predict": "1"} if state.player.get("predict") == "1" else {})


def _predict(state: State, inputs: Form, outcome: Sequence, refusal: Refusal | None) -> PredictContext:
    step = _step(state.player.get("step", "1"), len(outcome.frames))
    kept = _kept(state)
    here = state.changed({"step": step, **kept})
    is_on = "predict" in kept
    said = partial(state.room.words.html, state.lang)
    return PredictContext(
        is_predicting=is_on,
        asked=asked_at(state.room, inputs, outcome, step) if is_on else (),
        chosen=[state.player.get(name) for name in ANSWERS] if refusal else [],
        unpredicted=said(f"refusal.{refusal.code}", **refusal.values) if refusal else "",
        verdicts=_verdicts(state, inputs, outcome, step) if is_on and not refusal else (),
        predict_url=here.predict_url,
        predict_fragment_url=here.predict_fragment_url,
    )


def asked_at(room: Room, inputs: Form, outcome: Sequence, step: int) -> tuple[Question, ...]:
    """What is asked at a step of this run of a sequence, whoever asks."""
    stage = room.stage_of(outcome)
    names = [place.name for place in stage.places] if stage else []
    names += [frame.actor for frame in outcome.frames]
    # In English, whatever the reader's language is: both languages are asked the same.
    actors = {name: room.words.text("en", f"actor.{name}") for name in names}
    return ask(outcome.frames, actors, step, f"{room.slug}/{run_of(inputs)}", room.widget.foreseen)


def _verdicts(state: State, inputs: Form, outcome: Sequence, step: int) -> tuple[Judged, ...]:
    """What was right of the answers in the address, given at the step before; nothing when they are no answers."""
    try:
        return judge(asked_at(state.room, inputs, outcome, step - 1), state.player)
    except Refusal:
        return ()


def run_of(inputs: Form) -> str:
    """32 hexadecimal digits that stand for these inputs; one that is at its default, or new, does not count."""
    told = json.dumps(inputs.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
    return sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Predicted:
    """A judged prediction: at which step of which run, whether all of it was right, and the state that shows it."""

    run: str
    step: int
    correct: bool
    shown: State


def predict(state: State) -> Predicted:
    """Judges the answers that a state of a sequence holds; Refusal for a step or a choice that was not offered."""
    inputs, outcome = _run(state)
    assert isinstance(outcome, Sequence)
    text = state.player.get("step", "1")
    step = _step(text, len(outcome.frames))
    asked = asked_at(state.room, inputs, outcome, step)
    if not asked or str(step) != text:
        raise Refusal("predict-step", field="step", got=text[:40])
    judged = judge(asked, state.player)
    answers: dict[str, object] = {each.name: each.given.token for each in judged}
    shown = state.changed({**_kept(state), "predict": 1, "step": step + 1, **answers})
    return Predicted(run_of(inputs), step, all(each.is_right for each in judged), shown)


def _good_path(state: State) -> dict[str, str] | None:
    """The same inputs with nothing broken; None when nothing is."""
    room = state.room
    defaults = room.typed_defaults
    typed = {**state.typed, **{name: defaults[name] for name in room.widget.faults if name in defaults}}
    return None if typed == dict(state.typed) else typed


def _compared(state: State, frames: tuple[Frame, ...], good: Mapping[str, str] | None) -> Compared:
    if good is None:
        return Compared(frames, ())
    _, run = _outcome(state, good, state.hidden)
    assert isinstance(run, Sequence)
    there = run.frames
    pairs = [Pair(*pair) for pair in zip_longest(frames, there)]
    shorter = min(len(frames), len(there))
    if shorter < len(pairs):
        pairs[shorter] = replace(pairs[shorter], ended="here" if len(frames) == shorter else "there")
    parting = next((n for n, pair in enumerate(pairs) if _differ(pair)), len(pairs))
    return Compared(frames[:parting], tuple(pairs[parting:]))


def _differ(pair: Pair) -> bool:
    here, there = pair.here, pair.there
    if here is None or there is None:
        return True
    return (here.key, here.say) != (there.key, there.say)


def _step(text: str, last: int) -> int:
    return min(max(int(text), 1), last) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def embed(
    templates: Templates, room: Room, lang: Lang, inputs: Mapping[str, Any], level: int = 3, step: int = 1
) -> Markup:
    """The widget as it stands in a lesson, with the lesson's starting inputs; Refusal when they are not acceptable.

    A sequence opens at `step`, counted from 1.
    """
    typed = {**as_text(room.first), **{name: _plain(value) for name, value in inputs.items()}}
    if unknown := set(inputs) - set(room.widget.form.model_fields):
        raise Refusal("form-unknown", field=sorted(unknown)[0])
    player = {"step": str(step)} if step > 1 else {}
    drawn = answer(templates, State(room, lang, typed, player, level))
    if drawn.status != 200:
        room.run(read_inputs(room.widget.form, _given(room, typed)))
    return drawn.html
