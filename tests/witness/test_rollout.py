"""Changes of a real Deployment: roll-out, pause, rollback and scaling in the middle, decision by decision."""

from itertools import pairwise

import pytest

from app.widgets.rolling_update.widget import Inputs, run
from tests.witness.recording import Recording
from tests.witness.rollout import differences, read, rollouts, sizes, unready

each_change = pytest.mark.parametrize("recording", rollouts(), ids=lambda each: each.scenario)


@each_change
def test_each_size_is_what_the_model_decides_from_what_the_controller_saw(recording: Recording) -> None:
    told = read(recording)

    assert len(told.writes) >= (3 if recording.scenario == "bad-image" else 6)  # a bad image is soon at its end
    assert list(differences(told)) == []
    assert told.end.is_complete == (recording.scenario != "bad-image")


@pytest.mark.parametrize(
    "recording", [each for each in rollouts() if each.scenario != "bad-image"], ids=lambda each: each.scenario
)
def test_it_would_be_noticed_if_new_pods_were_not_waited_for(recording: Recording) -> None:
    assert list(differences(unready(read(recording))))


@pytest.mark.parametrize(
    ("scenario", "inputs"),
    [
        ("rollout", {}),
        ("pause", {}),
        ("rollback", {"then": "undo"}),
        ("bad-image", {"image_ok": False}),
    ],
)
def test_the_path_that_the_room_shows_is_the_recorded_one(scenario: str, inputs: dict[str, object]) -> None:
    """Four replicas, a quarter each way. (Scaling in the middle meets Pods that turn ready one by one.)"""
    recording = next(each for each in rollouts() if each.scenario == scenario)
    frames = run(Inputs.model_validate({"replicas": 4, **inputs})).frames
    path = [(frame.old, frame.new) for frame in frames]

    assert sizes(read(recording)) == [here for last, here in pairwise(path) if here != last]
