"""A few steps of a sequence as one picture that moves by itself once: what the home page shows first."""

from collections.abc import Sequence
from functools import partial

from app.content.language import Lang
from app.kube.frame import Sequence as Told
from app.record import dataclass
from app.widgetkit.player import DrawnPlace, Label, Picture, Travel, draw
from app.widgetkit.playing import VIEWS_OF_STAGE
from app.widgetkit.registry import Room
from app.widgetkit.stage import Stage
from app.widgetkit.state import state_of


@dataclass(frozen=True)
class Beat:
    """What one step adds to the picture: who acts, the message on its way, its name."""

    actors: tuple[DrawnPlace, ...]
    travels: tuple[Travel, ...]
    label: Label | None


@dataclass(frozen=True)
class Trailer:
    """For each drawing its ground and its beats; `play` opens the sequence itself, playing."""

    pictures: tuple[tuple[Picture, tuple[Beat, ...]], ...]
    page: str
    fragment: str


def draw_trailer(room: Room, lang: Lang, keys: Sequence[str]) -> Trailer:
    """The steps of these keys, in the run that the room shows first; KeyError names a step that it does not have."""
    outcome = room.run(room.first)
    if not isinstance(outcome, Told):
        raise ValueError(f"{room.slug} is no sequence")
    by_key = {frame.key: frame for frame in outcome.frames}
    frames = [by_key[key] for key in keys]
    stage: Stage | None = getattr(outcome, "stage", None) or room.widget.stage
    if stage is None:
        raise ValueError(f"{room.slug} has no stage")
    say = partial(room.words.text, lang)
    pictures = []
    for view in VIEWS_OF_STAGE:
        drawn = [draw(stage, frame, view, say) for frame in frames]
        beats = tuple(_beat(picture) for picture in drawn)
        pictures.append((drawn[0], beats))
    state = state_of(room, lang, {"play": "1"})
    return Trailer(tuple(pictures), state.page_url, f"{state.fragment_url}&embed=2")


def _beat(picture: Picture) -> Beat:
    acting = tuple(place for place in picture.places if not place.is_quiet)
    return Beat(acting, picture.travels, picture.label)
