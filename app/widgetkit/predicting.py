"""Predict mode in a state of a sequence: what is asked at its step, and what was right of the answers it holds."""

import json
from functools import partial
from hashlib import sha256

from app.kube.frame import Sequence
from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgetkit.contract import Form
from app.widgetkit.predict import Judged, Question, ask, judge
from app.widgetkit.registry import Room
from app.widgetkit.state import ANSWERS, State, step_in


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


@dataclass(frozen=True)
class Predicted:
    """A judged prediction: at which step of which run, whether all of it was right, and the state that shows it."""

    run: str
    step: int
    correct: bool
    shown: State


def predict_context(state: State, inputs: Form, outcome: Sequence, refusal: Refusal | None) -> PredictContext:
    step = step_in(state.player.get("step", "1"), len(outcome.frames))
    kept = state.kept
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


def predict(state: State) -> Predicted:
    """Judges the answers that a state of a sequence holds; Refusal for a step or a choice that was not offered."""
    inputs, outcome = state.run()
    assert isinstance(outcome, Sequence)
    text = state.player.get("step", "1")
    step = step_in(text, len(outcome.frames))
    asked = asked_at(state.room, inputs, outcome, step)
    if not asked or str(step) != text:
        raise Refusal("predict-step", field="step", got=text[:40])
    judged = judge(asked, state.player)
    answers: dict[str, object] = {each.name: each.given.token for each in judged}
    shown = state.changed({**state.kept, "predict": 1, "step": step + 1, **answers})
    return Predicted(run_of(inputs), step, all(each.is_right for each in judged), shown)


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
