"""What the templates of a sequence see: of the whole run, and of the step that is shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Literal

from markupsafe import Markup

from app.kube.frame import Frame, Sequence
from app.kube.kept import Beside
from app.record import dataclass
from app.widgetkit.columns import width_of
from app.widgetkit.comparing import Compared, compare, good_path, parting_of
from app.widgetkit.onward import step_links
from app.widgetkit.pane import Evidence, Pane, Row, Watched, evidence_of, filled, seen, turning_of
from app.widgetkit.player import SPEEDS, Picture, draw, stay_ms
from app.widgetkit.stage import Stage
from app.widgetkit.state import State, step_in

VIEWS_OF_STAGE: tuple[Literal["wide", "tall"], ...] = ("wide", "tall")


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
    model's own page (`is_short`): what is in them comes with the steps. `same(name, macro)` is what a macro draws for
    the run, whatever step is shown: it draws once. `word` tells the room's words as plain text, `stage` is where the
    run is played, `panes` are those that it fills and `watched` what turns in it.
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
    word: Callable[..., str]
    stage: Stage | None
    panes: tuple[Pane, ...]
    watched: tuple[Watched, ...]
    same: Callable[[str, Callable[[], Markup]], Markup]


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


_RUNS = Beside(most=4)  # of one story, in languages and places


def whole_run(state: State, outcome: Sequence) -> RunContext:
    """It is the same at each step, and kept as long as the story is."""
    shown = (state.lang, state.run_query, state.standing, *state.kept.items(), state.is_whole, state.is_private)
    return _RUNS.find(outcome, shown, lambda: _whole_run(state, outcome))


def _whole_run(state: State, outcome: Sequence) -> RunContext:
    frames, room = outcome.frames, state.room
    said = room.kept.setdefault(("word", state.lang), partial(room.words.text, state.lang))
    keep = state.kept
    stage = room.stage_of(outcome)
    kinds = {place.name: place.kind for place in stage.places} if stage else {}
    good = good_path(state)
    compared = partial(compare, state, frames, good)
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
        parting=parting_of(compared()) if good is not None else 0,
        longest=tuple(sorted(frames, key=lambda each: -width_of(said(each.say.key, **each.say.values)))[:2]),
        is_whole=state.is_whole or "predict" in keep,
        is_ahead=False,
        is_lean=False,
        is_short=state.is_brief and "predict" not in keep,
        run_id=sha256(f"{state.run_query} {keep} {state.standing}".encode()).hexdigest()[:8],
        steps_url=state.changed({}).steps_url,
        word=said,
        stage=stage,
        panes=filled(room.widget.panes, frames),
        watched=seen(room.widget.watches, frames),
        same=_drawn_once(),
    )


def _drawn_once() -> Callable[[str, Callable[[], Markup]], Markup]:
    drawn: dict[str, Markup] = {}

    def same(name: str, macro: Callable[[], Markup]) -> Markup:
        found = drawn.get(name)
        if found is None:
            found = drawn[name] = macro()
        return found

    return same


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)


def one_step(state: State, run: RunContext) -> StepContext:
    frames, said, stage = run.frames, run.word, run.stage
    step = step_in(state.player.get("step", "1"), len(frames))
    frame = frames[step - 1]
    keep = state.kept
    earlier = (frames[0], frames[step - 2]) if step > 1 else ()
    views = VIEWS_OF_STAGE[1:] if state.is_in_text else VIEWS_OF_STAGE
    return StepContext(
        frame=frame,
        step=step,
        stay=stay_ms(said(frame.say.key, **frame.say.values)),
        is_playing=state.player.get("play") == "1" and step < len(frames) and "predict" not in keep,
        pictures=[draw(stage, frame, name, said, earlier) for name in views] if stage else [],
        turning=turning_of(run.watched, frame),
        evidence=evidence_of(run.panes, state.room.widget.panes, frames, frame, said),
        go=step_links(state, keep),
        unfold=step_links(replace(state, is_all=True), keep)(step, is_whole=True) if state.is_brief else Markup(""),
        here=state.changed({"step": step, **keep}),
    )
