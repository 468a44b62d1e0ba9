"""A moment of the story: who does what when, put in the order of time."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.kube.story.scene import Scene
from app.record import dataclass
from app.widgets.pod_end.cast import REQUESTS, counted
from app.widgets.pod_end.plan import Plan

Step = Callable[[Scene], Scene]


@dataclass(frozen=True)
class Beat:
    """What happens at a time; of two at the same time the one that was told first comes first."""

    at_s: float
    does: Step


def played(scene: Scene, plan: Plan, beats: Iterable[Beat]) -> Scene:
    """The scene after all of them, with the requests counted at each."""
    for beat in sorted(beats, key=lambda each: round(each.at_s, 3)):
        scene = beat.does(at(scene, plan, beat.at_s))
    return scene


def at(scene: Scene, plan: Plan, at_s: float) -> Scene:
    at_s = round(at_s, 3)
    return replace(scene.until(at_s), objects={**scene.objects, REQUESTS: counted(plan, at_s)})


def seconds(number: float) -> str:
    """As it stands in a sentence: 5, 1.1."""
    return f"{round(number, 2):g}"
