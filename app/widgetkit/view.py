"""A state of a widget, drawn: as an answer, step by step, as it stands in a lesson."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from app.content.language import Lang
from app.kube.frame import Sequence
from app.kube.refusal import Refusal
from app.record import dataclass
from app.web.templates import Templates
from app.widgetkit.comparing import compare, good_path, parting_of
from app.widgetkit.context import context_of
from app.widgetkit.contract import Form
from app.widgetkit.form import as_text
from app.widgetkit.onward import step_links
from app.widgetkit.playing import one_step, whole_run
from app.widgetkit.predicting import predict_context
from app.widgetkit.registry import Room
from app.widgetkit.state import VIEWS, State, as_typed, step_in
from app.widgetkit.working import read_typed


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
        inputs, outcome = state.run()
    except Refusal as refusal:
        return Answer(_draw(templates, state, None, None, refusal), 422)
    return Answer(_draw(templates, state, inputs, outcome, None, unpredicted), 422 if unpredicted else 200)


def _draw(
    templates: Templates,
    state: State,
    inputs: Form | None,
    outcome: object,
    refusal: Refusal | None,
    unpredicted: Refusal | None = None,
) -> Markup:
    room, lang = state.room, state.lang
    typed, state = state.typed, state.as_read(inputs)
    parts: list[object] = [context_of(state, typed, inputs, outcome, refusal)]
    if inputs is not None and isinstance(outcome, Sequence):
        run = whole_run(state, outcome)
        parts += [run, one_step(state, run), predict_context(state, inputs, outcome, unpredicted)]
    template = "widget/calculator.html"
    if room.widget.kind == "sequence":
        view = state.player.get("view", "")
        template = f"widget/{view}.html" if view in VIEWS and outcome is not None else "widget/player.html"
    seen = {name: value for part in parts for name, value in vars(part).items()}
    return Markup(templates.render(template, lang, room.words, **seen))


def landed(state: State, at: str) -> State:
    """The state of other inputs that keeps the step where the reader was, but goes no further than where it breaks."""
    try:
        _, outcome = state.run()
    except Refusal:
        return state
    if not isinstance(outcome, Sequence) or "step" in state.player:
        return state
    parting = parting_of(compare(state, outcome.frames, good_path(state)))
    step = min(step_in(at, len(outcome.frames)), parting or len(outcome.frames))
    return state if step == 1 else replace(state, player={**state.player, "step": str(step)})


def steps(templates: Templates, state: State, only: int | None = None) -> dict[str, str]:
    """The part of the player that a step changes, by the step's number: of all steps, or of one.

    What stands around it depends on the inputs alone. One step alone is light: what is folded in it comes with all of
    them. Refusal when the inputs are not acceptable.
    """
    inputs, outcome = state.run()
    if not isinstance(outcome, Sequence):
        return {}
    state = state.as_read(inputs)
    numbers = range(1, len(outcome.frames) + 1) if only is None else [step_in(str(only), len(outcome.frames))]
    state = replace(state, is_whole=False)
    run = whole_run(state, outcome)
    common = vars(context_of(state, state.typed, inputs, outcome, None)) | vars(run)
    common |= {"is_ahead": True, "is_lean": only is not None, "is_short": False}
    drawn = {}
    for number in numbers:
        at = replace(state, player={**state.kept, "step": str(number)})
        seen = common | {"state": at} | vars(one_step(at, run)) | vars(predict_context(at, inputs, outcome, None))
        seen["go"] = step_links(at, at.kept, is_plain=True)
        drawn[str(number)] = templates.render("widget/_hand.html", state.lang, state.room.words, **seen)
    return drawn


def embed(
    templates: Templates, room: Room, lang: Lang, inputs: Mapping[str, Any], level: int = 3, step: int = 1
) -> Markup:
    """The widget as it stands in a lesson, with the lesson's starting inputs; Refusal when they are not acceptable.

    A sequence opens at `step`, counted from 1.
    """
    typed = {**as_text(room.first), **{name: as_typed(value) for name, value in inputs.items()}}
    if unknown := set(inputs) - set(room.widget.form.model_fields):
        raise Refusal("form-unknown", field=sorted(unknown)[0])
    player = {"step": str(step)} if step > 1 else {}
    drawn = answer(templates, State(room, lang, typed, player, level))
    if drawn.status != 200:
        room.run(read_typed(room, typed))
    return drawn.html
