"""Pod birth: every frame of every fault agrees with its own objects, events and terminal."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from app.kube.frame import Frame, StoredObject
from app.kube.story.event import KINDS, SeenEvent
from app.kube.story.scene import Unstored
from app.kube.story.table import pod_status
from app.widgets.pod_birth.model import PATHS, Fault, tell
from app.widgets.pod_birth.placing import least_allocated
from app.widgets.pod_birth.restarts import restart_delay_s
from app.widgets.pod_birth.widget import WIDGET

WORDS: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8"))
FAULTS = tuple(PATHS)
each_story = pytest.mark.parametrize("fault", FAULTS)
EVENTS = {(kind.type, kind.reason, kind.from_) for kind in KINDS.values()}


def last(fault: str) -> Frame:
    return tell(fault).frames[-1]


@cache
def _parsed(text: str) -> dict[str, Any]:
    value: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return value


def parsed(shown: StoredObject) -> dict[str, Any]:
    return _parsed(shown.yaml)


def the_pod(frame: Frame) -> dict[str, Any] | None:
    pods = [shown for shown in frame.objects if shown.kind == "Pod" and not isinstance(shown, Unstored)]
    return parsed(pods[0]) if pods else None


def conditions(pod: dict[str, Any]) -> dict[str, str]:
    return {c["type"]: c["status"] for c in pod["status"].get("conditions", ())}


@each_story
def test_the_same_fault_tells_the_same_story(fault: str) -> None:
    assert tell.__wrapped__(fault) == tell.__wrapped__(fault)


def test_the_good_path_has_a_telling_length() -> None:
    assert 14 <= len(tell("none").frames) <= 22


@each_story
def test_every_actor_of_the_stage_has_a_state(fault: str) -> None:
    for frame in tell(fault).frames:
        assert WIDGET.stage
        assert set(frame.actors) == {place.name for place in WIDGET.stage.places}


@each_story
def test_steps_are_numbered_and_messages_have_two_ends(fault: str) -> None:
    for frame in tell(fault).frames:
        assert tell(fault).frames[frame.step - 1] == frame
        assert (frame.from_ is None) == (frame.to is None)
        assert frame.actor in frame.actors
        if frame.to:
            assert frame.actor in (frame.from_, frame.to)
            assert frame.from_ != frame.to


@each_story
def test_time_never_runs_backwards(fault: str) -> None:
    times = [frame.at_s for frame in tell(fault).frames]

    assert times == sorted(times)


@each_story
def test_events_are_of_the_table(fault: str) -> None:
    for frame in tell(fault).frames:
        for event in frame.events:
            assert (event.type, event.reason, event.from_) in EVENTS
            known = [_pattern(kind.text) for kind in KINDS.values() if kind.reason == event.reason]
            said = re.sub(r"^spec\.(initContainers|containers)\{[a-z]+\}: ", "", event.message)
            assert any(re.fullmatch(pattern, said) for pattern in known), event.message
            assert isinstance(event, SeenEvent)
            assert event.age


def _pattern(text: str) -> str:
    return re.sub(r"\\\{\w+\\\}", ".+", re.escape(text))


def test_each_event_has_a_source() -> None:
    assert all("pkg/" in kind.source and "v1." in kind.source for kind in KINDS.values())


@each_story
def test_the_last_row_is_what_the_pod_says(fault: str) -> None:
    for frame in tell(fault).frames:
        pod = the_pod(frame)
        rows = [line.split() for line in frame.terminal.splitlines() if line.startswith("web ")]
        if not rows:
            continue
        assert pod
        ready, reason, restarts, _ = pod_status(pod)
        assert rows[-1][1:4] == [ready, reason, restarts]


@each_story
def test_there_is_a_row_for_each_write(fault: str) -> None:
    """`kubectl get -w` prints a line per watch event, also when no column changed."""
    for frame in tell(fault).frames:
        rows = [line for line in frame.terminal.splitlines() if line.startswith("web ")]
        before = tell(fault).frames[: frame.step]
        versions = {pod["metadata"]["resourceVersion"] for told in before if (pod := the_pod(told))}
        if frame.key != "store":
            assert len(rows) >= len(versions)


@each_story
def test_no_frame_contradicts_its_object(fault: str) -> None:
    for frame in tell(fault).frames:
        pod = the_pod(frame)
        if pod is None:
            assert not [e for e in frame.events if e.reason == "Scheduled"]
            continue
        status, holds = pod["status"], conditions(pod)
        placed = "nodeName" in pod["spec"]
        assert placed == (holds.get("PodScheduled") == "True")
        assert placed == any(event.reason == "Scheduled" for event in frame.events)
        if "containerStatuses" in status:
            assert placed
            states = [container["state"] for container in status["containerStatuses"]]
            started = [container.get("containerID") for container in status["containerStatuses"]]
            assert (status["phase"] == "Running") == any(started)
            ready = all(container["ready"] for container in status["containerStatuses"])
            assert (holds["Ready"] == "True") == (holds["ContainersReady"] == "True") == ready
            assert not ready or all("running" in state for state in states)
        else:
            assert status["phase"] == "Pending"
        if holds.get("Ready") == "True":
            assert holds["PodReadyToStartContainers"] == holds["Initialized"] == "True"
            assert status["podIP"]


@each_story
def test_endpoints_follow_the_pod(fault: str) -> None:
    """Ready at the Service only while ready itself; the controller takes it out one step later."""
    for frame in tell(fault).frames:
        pod = the_pod(frame)
        for shown in frame.objects:
            if shown.kind == "EndpointSlice" and pod:
                (endpoint,) = parsed(shown)["endpoints"]
                assert endpoint["addresses"] == [pod["status"]["podIP"]]
                lags = frame.step < len(tell(fault).frames) and tell(fault).frames[frame.step].key == "unpublish"
                assert lags or not endpoint["conditions"]["ready"] or conditions(pod)["Ready"] == "True"


@each_story
def test_marked_lines_are_those_that_changed(fault: str) -> None:
    frames = tell(fault).frames
    for before, after in pairwise(frames):
        texts = {(shown.kind, shown.name): shown.yaml.splitlines() for shown in before.objects}
        for shown in after.objects:
            old = texts.get((shown.kind, shown.name))
            if old is None:
                continue
            new = shown.yaml.splitlines()
            unmarked = [line for i, line in enumerate(new, 1) if i not in shown.changed]
            assert unmarked == _common(old, new, shown.changed)
            assert bool(shown.changed) or len(new) < len(old) or old == new


def _common(old: list[str], new: list[str], changed: tuple[int, ...]) -> list[str]:
    """The unmarked lines of `new`, each found in `old` in the same order."""
    rest = iter(old)
    return [line for i, line in enumerate(new, 1) if i not in changed and any(line == other for other in rest)]


@each_story
def test_a_write_bumps_the_resource_version(fault: str) -> None:
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for frame in tell(fault).frames:
        for shown in frame.objects:
            if isinstance(shown, Unstored):
                continue
            version = str(parsed(shown)["metadata"]["resourceVersion"])
            body = re.sub(r"resourceVersion: .*", "", shown.yaml)
            old = seen.get((shown.kind, shown.name))
            if old:
                assert (old[0] == version) == (old[1] == body)
                assert int(version) >= int(old[0])
            seen[shown.kind, shown.name] = (version, body)


# The last state of each story


def test_the_good_pod_ends_ready_in_its_slice() -> None:
    frame = last("none")
    pod = the_pod(frame)
    assert pod
    (endpoint,) = next(parsed(shown) for shown in frame.objects if shown.kind == "EndpointSlice")["endpoints"]

    assert pod["status"]["phase"] == "Running"
    assert set(conditions(pod).values()) == {"True"}
    assert endpoint["conditions"] == {"ready": True, "serving": True, "terminating": False}
    assert frame.terminal.splitlines()[-1].split() == ["web", "1/1", "Running", "0", "4s"]


PULLED = ["Scheduled", "Pulling", "Pulled"]
ENDS = [
    # fault, STATUS column, phase, nodeName, reasons of the events in the order of describe
    ("scheduler-down", "Pending", "Pending", None, []),
    ("unknown-scheduler-name", "Pending", "Pending", None, []),
    ("gated", "SchedulingGated", "Pending", None, []),
    ("no-node-fits", "Pending", "Pending", None, ["FailedScheduling"]),
    ("kubelet-down", "Terminating", "Pending", "node-1", ["Scheduled", "TaintManagerEviction"]),
    ("secret-missing", "ContainerCreating", "Pending", "node-1", ["Scheduled", "FailedMount"]),
    ("cni-missing", "ContainerCreating", "Pending", "node-1", ["Scheduled", *["FailedCreatePodSandBox"] * 3]),
    (
        "image-missing",
        "ImagePullBackOff",
        "Pending",
        "node-1",
        ["Scheduled", "Pulling", "Failed", "Failed", "BackOff", "Failed"],
    ),
    (
        "init-fails",
        "Init:CrashLoopBackOff",
        "Pending",
        "node-1",
        [*PULLED, "Pulled", "Created", "Started", "BackOff"],
    ),
    (
        "crash-loop",
        "CrashLoopBackOff",
        "Running",
        "node-1",
        [*PULLED, "Pulled", "Created", "Started", "BackOff"],
    ),
    ("readiness-fails", "Running", "Running", "node-1", [*PULLED, "Created", "Started", "Unhealthy"]),
    (
        "oom-killed",
        "CrashLoopBackOff",
        "Running",
        "node-1",
        [*PULLED, "Pulled", "Created", "Started", "BackOff"],
    ),
]
REFUSED = {
    "webhook-denies": 'Error from server (Forbidden): error when creating "web.yaml": admission webhook',
    "quota-exceeded": 'Error from server (Forbidden): error when creating "web.yaml": pods "web" is',
    "etcd-no-quorum": 'Error from server: error when creating "web.yaml": etcdserver: request timed out',
}


def test_every_fault_has_an_end_here() -> None:
    assert {end[0] for end in ENDS} | set(REFUSED) | {"none"} == set(FAULTS) == set(get_args(Fault))


@pytest.mark.parametrize(("fault", "line"), REFUSED.items(), ids=REFUSED)
def test_what_is_refused_leaves_no_trace(fault: str, line: str) -> None:
    frames = tell(fault).frames

    assert frames[-1].terminal.splitlines()[-1].startswith(line)
    assert not any(the_pod(frame) or frame.events for frame in frames)
    assert not [line for line in frames[-1].terminal.splitlines() if line.startswith(("web ", "NAME"))]


@pytest.mark.parametrize(("fault", "column", "phase", "node", "reasons"), ENDS, ids=[end[0] for end in ENDS])
def test_each_fault_ends_as_it_really_does(
    fault: str, column: str, phase: str, node: str | None, reasons: list[str]
) -> None:
    frame = last(fault)
    pod = the_pod(frame)
    assert pod

    assert pod_status(pod)[1] == column
    assert pod["status"]["phase"] == phase
    assert pod["spec"].get("nodeName") == node
    assert [event.reason for event in frame.events] == reasons


@pytest.mark.parametrize("fault", ["scheduler-down", "unknown-scheduler-name"])
def test_without_a_scheduler_there_is_no_condition_either(fault: str) -> None:
    pod = the_pod(last(fault))

    assert pod
    assert "conditions" not in pod["status"]


def test_a_gate_is_a_condition_without_an_event() -> None:
    pod = the_pod(last("gated"))

    assert pod
    (condition,) = pod["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == ("PodScheduled", "SchedulingGated")


DELAYS = [(0, 0), (1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (6, 300), (40, 300)]


@pytest.mark.parametrize(("restarts", "delay"), DELAYS)
def test_the_delay_doubles_up_to_five_minutes(restarts: int, delay: int) -> None:
    assert restart_delay_s(restarts) == delay


def test_a_crash_loop_tells_its_delays() -> None:
    said = [re.findall(r"back-off (\w+) restarting", frame.objects[0].yaml) for frame in tell("crash-loop").frames]

    assert list(dict.fromkeys(delay for delays in said for delay in delays)) == [
        "10s",
        "20s",
        "40s",
        "1m20s",
        "2m40s",
        "5m0s",
    ]


def test_a_deleted_pod_waits_for_its_kubelet() -> None:
    """50 s of grace and 300 s of toleration, then a mark that nobody takes away."""
    story = tell("kubelet-down")
    deleted = next(frame for frame in story.frames if frame.verb == "DELETE")
    pod = the_pod(story.frames[-1])

    assert pod
    assert 345 <= deleted.at_s <= 356
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 30
    assert conditions(pod)["DisruptionTarget"] == "True"


def test_an_oom_kill_is_told_by_the_status_alone() -> None:
    frame = last("oom-killed")
    pod = the_pod(frame)

    assert pod
    (container,) = pod["status"]["containerStatuses"]
    assert container["lastState"]["terminated"]["reason"] == "OOMKilled"
    assert container["lastState"]["terminated"]["exitCode"] == 137
    assert not [event for event in frame.events if "OOM" in event.reason]


def test_a_pod_that_is_not_ready_is_listed_but_not_served() -> None:
    slices = [parsed(shown) for shown in last("readiness-fails").objects if shown.kind == "EndpointSlice"]

    assert [endpoint["conditions"]["ready"] for endpoint in slices[0]["endpoints"]] == [False]


def test_least_requested_of_the_two_nodes_wins() -> None:
    """4 CPUs and 8 GiB: (62 + 74) / 2 and (25 + 36) / 2, each division rounded down."""
    assert (least_allocated(1250, 2048), least_allocated(2750, 5120)) == (68, 30)


def test_image_back_off_is_a_normal_event() -> None:
    assert [event.type for event in last("image-missing").events if event.reason == "BackOff"] == ["Normal"]


# Words


@each_story
def test_everything_said_has_words(fault: str) -> None:
    story = tell(fault)
    assert f"option.fault.{fault}" in WORDS
    for frame in story.frames:
        keys = [f"step.{frame.key}", f"say.{frame.say}", *(f"say.{detail}" for detail in frame.details)]
        keys += [f"state.{state}" for state in frame.actors.values()]
        keys += [f"actor.{name}" for name in frame.actors]
        for key in keys:
            assert set(WORDS[key]) == {"en", "zh"}, key
        for lang in ("en", "zh"):
            assert WORDS[f"say.{frame.say}"][lang].format(**frame.values)
        for detail in frame.details:
            assert "{" not in WORDS[f"say.{detail}"]["en"], detail
    if fault != "none":
        for key in (story.sees, story.works, story.check):
            assert all(sentence.format() for sentence in WORDS[f"end.{key}"].values())


def test_no_words_are_left_over() -> None:
    used = {f"option.fault.{fault}" for fault in FAULTS} | {f"example.{example.name}" for example in WIDGET.examples}
    for fault in FAULTS:
        story = tell(fault)
        used |= {f"end.{key}" for key in (story.sees, story.works, story.check)}
        for frame in story.frames:
            used |= {f"step.{frame.key}", f"say.{frame.say}", *(f"say.{detail}" for detail in frame.details)}
            used |= {f"state.{state}" for state in frame.actors.values()}

    assert {key for key in WORDS if key.split(".")[0] in ("option", "example", "step", "say", "state", "end")} <= used


ONLY_THE_API_SERVER = ("state.identifies", "state.admits", "state.validates", "state.counts")


def test_labels_fit_into_the_picture() -> None:
    """17 letters of state fit into the narrowest box; the API server's is wide."""
    for key, entry in WORDS.items():
        state = 22 if key in ONLY_THE_API_SERVER else 17
        widest = {"step": (14, 6), "state": (state, 8), "actor": (15, 7)}.get(key.split(".")[0])
        if widest:
            assert len(entry["en"]) <= widest[0], key
            assert len(re.findall(r"[一-鿿]", entry["zh"])) <= widest[1], key
