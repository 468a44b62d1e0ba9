"""Pod birth: every frame of every fault agrees with its own objects, events and terminal."""

import hashlib
import re
from functools import cache
from typing import Any, get_args

import pytest
import yaml

from app.kube.frame import Frame, StoredObject
from app.kube.printed.pod_row import pod_row
from app.kube.story.event import KINDS
from app.kube.story.lazy import Unstored
from app.widgets.pod_birth.model import PATHS, Fault, tell
from app.widgets.pod_birth.placing import least_allocated
from app.widgets.pod_birth.silence import GRACE_S, LAST_HEARTBEAT_S, healthy_node

FAULTS = tuple(PATHS)
each_story = pytest.mark.parametrize("fault", FAULTS)


def last(fault: str) -> Frame:
    return tell(fault).frames[-1]


@cache
def _parsed(text: str) -> dict[str, Any]:
    value: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return value


def parsed(shown: StoredObject) -> dict[str, Any]:
    return _parsed(shown.yaml)


def the_pod(frame: Frame) -> dict[str, Any] | None:
    pods = [shown for shown in frame.objects if shown.name == "web" and not isinstance(shown, Unstored)]
    pods = [shown for shown in pods if shown.kind == "Pod"]
    return parsed(pods[0]) if pods else None


def conditions(pod: dict[str, Any]) -> dict[str, str]:
    return {c["type"]: c["status"] for c in pod["status"].get("conditions", ())}


def test_the_good_path_has_a_telling_length() -> None:
    assert 14 <= len(tell("none").frames) <= 23


def test_each_event_has_a_source() -> None:
    assert all("pkg/" in kind.source and "v1." in kind.source for kind in KINDS.values())


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


# The last state of each story


def test_the_good_pod_ends_ready_in_its_slice() -> None:
    frame = last("none")
    pod = the_pod(frame)
    assert pod
    (endpoint,) = next(parsed(shown) for shown in frame.objects if shown.kind == "EndpointSlice")["endpoints"]

    assert pod["status"]["phase"] == "Running"
    assert set(conditions(pod).values()) == {"True"}
    assert endpoint["conditions"] == {"ready": True, "serving": True, "terminating": False}
    assert frame.terminal.splitlines()[-1].split() == ["web", "1/1", "Running", "0", "3s"]


PULLED = ["Scheduled", "Pulling", "Pulled"]
ENDS = [
    # fault, STATUS column, phase, nodeName, reasons of the events in the order of describe
    ("scheduler-down", "Pending", "Pending", None, []),
    ("unknown-scheduler-name", "Pending", "Pending", None, []),
    ("gated", "SchedulingGated", "Pending", None, []),
    ("no-node-fits", "Pending", "Pending", None, ["FailedScheduling"]),
    (
        "preempts",
        "Running",
        "Running",
        "node-1",
        ["FailedScheduling", "Preempted", "Killing", "Scheduled", "Pulling", "Pulled", "Created", "Started"],
    ),
    ("kubelet-down", "Terminating", "Pending", "node-1", ["Scheduled", "TaintManagerEviction"]),
    ("kubelet-returns", "Running", "Running", "node-1", [*PULLED, "Created", "Started"]),
    ("secret-missing", "ContainerCreating", "Pending", "node-1", ["Scheduled", "FailedMount"]),
    (
        "config-missing",
        "CreateContainerConfigError",
        "Pending",
        "node-1",
        ["Scheduled", "Pulling", "Pulled", "Pulled", "Failed"],
    ),
    ("claim-unbound", "Pending", "Pending", None, ["FailedScheduling"]),
    ("volume-elsewhere", "ContainerCreating", "Pending", "node-1", ["Scheduled", "FailedAttachVolume"]),
    ("driver-missing", "ContainerCreating", "Pending", "node-1", ["Scheduled", "FailedMount"]),
    ("volume-timeout", "ContainerCreating", "Pending", "node-1", ["Scheduled", "FailedAttachVolume"]),
    ("cni-missing", "ContainerCreating", "Pending", "node-1", ["Scheduled", *["FailedCreatePodSandBox"] * 3]),
    (
        "image-missing",
        "ImagePullBackOff",
        "Pending",
        "node-1",
        ["Scheduled", "Pulling", "Failed", "Failed", "BackOff", "Failed"],
    ),
    (
        "rate-limited",
        "ImagePullBackOff",
        "Pending",
        "node-1",
        ["Scheduled", "Pulling", "Failed", "Failed", "BackOff", "Failed"],
    ),
    (
        "wrong-architecture",
        "CrashLoopBackOff",
        "Running",
        "node-1",
        [*PULLED, "Pulled", "Created", "Started", "Unhealthy", "BackOff"],
    ),
    (
        "init-fails",
        "Init:Error",
        "Pending",
        "node-1",
        [*PULLED, "Pulled", "Created", "Started", "BackOff"],
    ),
    (
        "crash-loop",
        "CrashLoopBackOff",
        "Running",
        "node-1",
        [*PULLED, "Pulled", "Created", "Started", "Unhealthy", "BackOff"],
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
    "etcd-no-quorum": 'Error from server (Timeout): error when creating "web.yaml": Timeout: request did not',
}


def test_every_fault_has_an_end_here() -> None:
    assert sorted({*(end[0] for end in ENDS), *REFUSED, "none"}) == sorted(FAULTS)
    assert sorted(FAULTS) == sorted(get_args(Fault))


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

    assert pod_row(pod).status == column
    assert pod["status"]["phase"] == phase
    assert pod["spec"].get("nodeName") == node
    assert [event.reason for event in frame.events] == reasons


@pytest.mark.parametrize("fault", ["scheduler-down", "unknown-scheduler-name"])
def test_without_a_scheduler_there_is_no_condition_either(fault: str) -> None:
    pod = the_pod(last(fault))

    assert pod
    assert "conditions" not in pod["status"]


def test_a_victim_makes_room_and_its_place_is_kept() -> None:
    """Nominated first, bound only when the victim has ended, and the nomination ends with the binding."""
    story = {frame.say.key.removeprefix("say."): frame for frame in tell("preempts").frames}
    nominated, bound = the_pod(story["report-nominated"]), the_pod(story["bind-nominated"])
    (victim,) = [parsed(shown) for shown in story["evict-victim"].objects if shown.name == "batch"]

    assert nominated
    assert bound
    assert (nominated["status"]["nominatedNodeName"], nominated["spec"].get("nodeName")) == ("node-1", None)
    assert ("nominatedNodeName" in bound["status"], bound["spec"]["nodeName"]) == (False, "node-1")
    assert conditions(victim)["DisruptionTarget"] == "True"
    assert victim["metadata"]["deletionGracePeriodSeconds"] == 30
    (ended,) = [parsed(shown) for shown in story["bind-nominated"].objects if shown.name == "batch"]
    assert ended["status"]["phase"] == "Succeeded"
    assert "batch" not in {shown.name for shown in story["take-away"].objects}
    assert [line.split()[2] for line in story["take-away"].terminal.splitlines() if line.startswith("batch")] == [
        "Running",
        "Running",
        "Terminating",
        "Terminating",
        "Completed",
        "Completed",
        "Completed",
    ]


def test_a_gate_is_a_condition_without_an_event() -> None:
    pod = the_pod(last("gated"))

    assert pod
    (condition,) = pod["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == ("PodScheduled", "SchedulingGated")


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


def test_a_kubelet_that_returns_in_time_finds_the_pod_and_nobody_has_asked_twice() -> None:
    """It lists once, and from there on the story is the good one; what kubectl was told to do was told once."""
    frames = {frame.key: frame for frame in tell("kubelet-returns").frames}
    keys, good = list(frames), [frame.key for frame in tell("none").frames]
    pod = the_pod(last("kubelet-returns"))

    assert pod
    assert (frames["hand-over"].actors["kubelet"], frames["hand-over"].ways) == ("down", ())
    assert frames["back"].at_s - LAST_HEARTBEAT_S < GRACE_S
    assert 0.8 <= frames["list"].at_s - frames["back"].at_s <= 1
    assert (frames["list"].from_, frames["list"].verb) == ("kubelet", "WATCH")
    assert keys[: keys.index("back")] == good[: good.index("starting")]
    assert keys[keys.index("starting") :] == good[good.index("starting") :]
    assert last("kubelet-returns").terminal.count("kubectl create") == 1
    assert (pod["metadata"]["creationTimestamp"], pod["status"]["startTime"]) == (
        "2026-09-14T08:30:00Z",
        "2026-09-14T08:30:27Z",
    )


def test_a_node_whose_kubelet_returns_in_time_was_ready_all_the_while() -> None:
    """Its kubelet writes when it was last heard of and nothing else; there is no taint and no eviction."""
    before, frames = healthy_node(), tell("kubelet-returns").frames
    told = [parsed(each) for frame in frames for each in frame.objects if each.kind == "Node"]

    def without_beats(node: Any) -> list[dict[str, Any]]:
        return [
            {name: value for name, value in each.items() if name != "lastHeartbeatTime"}
            for each in node["status"]["conditions"]
        ]

    assert told
    assert all(without_beats(node) == without_beats(before) for node in told)
    assert all(node["spec"] == before["spec"] for node in told)
    assert {each["lastHeartbeatTime"] for each in told[-1]["status"]["conditions"]} == {"2026-09-14T08:30:26Z"}
    assert {"node-lost", "taint", "evict", "delete"}.isdisjoint(frame.key for frame in frames)


def test_the_probe_of_a_young_kubelet_waits() -> None:
    """kubernetes v1.37.2 pkg/kubelet/prober/worker.go: a random part of periodSeconds, counted from the first sync."""

    def waits(fault: str) -> float:
        at = {frame.key: frame.at_s for frame in tell(fault).frames}
        return at["probe"] - at["running"]

    assert waits("none") == pytest.approx(0.4)
    assert waits("kubelet-returns") > 1


def test_an_attacher_that_does_not_answer_is_named_after_two_minutes() -> None:
    """csiTimeout, then 0.5 s and two minutes more; the kubelet's 2 min 3 s end between them without an event."""
    told = tell("volume-timeout").frames
    timeouts = [frame for frame in told if frame.key == "attach-timeout"]
    (asked,) = [frame for frame in told if frame.verb == "POST" and (frame.path or "").endswith("volumeattachments")]
    (gives_up,) = [frame for frame in told if frame.key == "give-up"]
    (attachment,) = [parsed(each) for each in told[-1].objects if each.kind == "VolumeAttachment"]

    assert [round(frame.at_s - asked.at_s, 3) for frame in timeouts] == [120, 240.6]
    assert timeouts[0].at_s < gives_up.at_s < timeouts[1].at_s
    assert [event.reason for event in gives_up.events] == ["Scheduled", "FailedAttachVolume"]
    assert attachment["metadata"]["name"] == (
        "csi-" + hashlib.sha256(b"disk-1" + b"disk.example.com" + b"node-1").hexdigest()
    )
    assert attachment["status"] == {"attached": False}


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
