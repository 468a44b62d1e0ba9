"""Deployment birth: frames agree with their objects; names, batches and counts are the real ones."""

import re
from functools import cache
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.frame import Frame, Sequence, StoredObject
from app.kube.printed.pod_row import pod_row
from app.kube.refusal import Refusal
from app.kube.say import Say
from app.kube.story.event import COMBINED
from app.kube.story.lazy import Unstored
from app.kube.story.template_hash import VERSIONS, Version
from app.widgets.deployment_birth.cast import plan
from app.widgets.deployment_birth.model import NO_PODS_NEEDED, PATHS, Fault, tell
from app.widgets.deployment_birth.rollout import batches
from app.widgets.deployment_birth.widget import WIDGET, Inputs

FAULTS: tuple[Fault, ...] = get_args(Fault)
SIZES = (0, 1, 2, 3, 10)
each_story = pytest.mark.parametrize("fault", FAULTS)


def story(fault: str, replicas: int = 3, image: str = "nginx:1.29", version: Version = "1.37") -> Sequence:
    return tell(replicas, image, version, fault)


@cache
def _parsed(text: str) -> dict[str, Any]:
    value: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return value


def parsed(shown: StoredObject) -> dict[str, Any]:
    return _parsed(shown.yaml)


def the(kind: str, frame: Frame) -> dict[str, Any] | None:
    found = [shown for shown in frame.objects if shown.kind == kind and not isinstance(shown, Unstored)]
    return parsed(found[0]) if found else None


def conditions(thing: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {c["type"]: (c["status"], c.get("reason", "")) for c in thing["status"].get("conditions", ())}


def rows(frame: Frame) -> list[list[str]]:
    return [line.split() for line in frame.terminal.splitlines() if re.match(r"web-[0-9a-z]+-", line)]


@each_story
def test_names_carry_the_hash_everywhere(fault: str) -> None:
    for frame in story(fault).frames:
        set_, pod = the("ReplicaSet", frame), the("Pod", frame)
        if set_:
            made = plan(3, "nginx:1.29", "1.37", fault)
            assert set_["metadata"]["name"] == f"web-{made.hash}"
            assert set_["spec"]["selector"]["matchLabels"]["pod-template-hash"] == made.hash
            assert set_["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] == made.hash
            assert set_["metadata"]["ownerReferences"][0]["name"] == "web"
        if pod and set_:
            assert pod["metadata"]["name"].startswith(set_["metadata"]["name"] + "-")
            assert pod["metadata"]["ownerReferences"][0]["uid"] == set_["metadata"]["uid"]


@each_story
def test_the_deployment_says_what_its_replica_set_says(fault: str) -> None:
    """Frames that end with both written agree; in between the Deployment may lag behind by one write."""
    for frame in story(fault).frames:
        deployment, set_ = the("Deployment", frame), the("ReplicaSet", frame)
        if deployment and set_ and frame.verb == "PUT ×2":
            for field in ("replicas", "readyReplicas", "availableReplicas"):
                assert deployment["status"].get(field, 0) == set_["status"].get(field, 0)


@each_story
def test_the_terminal_agrees_with_the_pod_shown(fault: str) -> None:
    for frame in story(fault).frames:
        pod = the("Pod", frame)
        mine = [row for row in rows(frame) if pod and row[0] == pod["metadata"]["name"]]
        if pod:
            assert mine
            row = pod_row(pod)
            assert mine[-1][1:4] == [row.ready_of_all, row.status, str(row.restarts)]


@each_story
def test_placed_means_a_node_a_condition_and_an_event(fault: str) -> None:
    for frame in story(fault).frames:
        pod = the("Pod", frame)
        placed = bool(pod and "nodeName" in pod["spec"])
        assert placed == any(event.reason == "Scheduled" for event in frame.events)
        if pod:
            assert placed == (conditions(pod).get("PodScheduled", ("", ""))[0] == "True")
            ready = [container["ready"] for container in pod["status"].get("containerStatuses", ())]
            assert (conditions(pod).get("Ready", ("", ""))[0] == "True") == (bool(ready) and all(ready))


# Names, batches, counts

BATCHES = [
    (0, ()),
    (1, (1,)),
    (2, (1, 1)),
    (3, (1, 2)),
    (10, (1, 2, 4, 3)),
    (30, (1, 2, 4, 8, 15)),
    (500, (1, 2, 4, 8, 16, 32, 64, 128, 245)),
]


@pytest.mark.parametrize(("replicas", "sizes"), BATCHES)
def test_batches_double(replicas: int, sizes: tuple[int, ...]) -> None:
    """kubernetes v1.37 pkg/controller/controller_utils.go slowStartBatch; 500 is BurstReplicas."""
    assert batches(replicas) == sizes


@pytest.mark.parametrize("replicas", SIZES)
def test_as_many_pods_as_replicas_end_up_running(replicas: int) -> None:
    frame = story("none", replicas).frames[-1]
    last = {row[0]: row[2] for row in rows(frame)}
    deployment = the("Deployment", frame)
    assert deployment

    assert list(last.values()) == ["Running"] * replicas
    assert deployment["status"].get("availableReplicas", 0) == replicas
    assert conditions(deployment)["Progressing"] == ("True", "NewReplicaSetAvailable")
    assert conditions(deployment)["Available"] == ("True", "MinimumReplicasAvailable")


def test_available_waits_for_all_but_a_quarter() -> None:
    """10 replicas, 25 % rounded down is 2: with one ready not yet, the first row of True is the last."""
    states = [conditions(d)["Available"][0] for f in story("none", 10).frames if (d := _ready(f))]

    assert states == ["False", "False", "False", "False", "True"][-len(states) :]


def _ready(frame: Frame) -> dict[str, Any] | None:
    deployment = the("Deployment", frame)
    return deployment if deployment and "Available" in conditions(deployment) and frame.verb == "PUT ×2" else None


def test_surge_is_told_in_the_annotation() -> None:
    """3 replicas and 25 % rounded up: at most 4 (deployment.kubernetes.io/max-replicas)."""
    set_ = the("ReplicaSet", story("none").frames[-1])

    assert set_
    assert set_["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"] == "4"


def test_each_version_names_the_replica_set_differently() -> None:
    names = {version: plan(3, "nginx:1.29", version, "none").hash for version in VERSIONS}

    assert len(set(names.values())) == len(VERSIONS)


@given(image=st.from_regex(r"[a-z0-9]{1,12}(/[a-z0-9]{1,8})?(:[A-Za-z0-9_][A-Za-z0-9_.]{0,9})?", fullmatch=True))
@settings(max_examples=30, deadline=None)
def test_another_image_is_another_template_and_replicas_are_not(image: str) -> None:
    one = plan(1, image, "1.37", "none")

    assert one.hash == plan(9, image, "1.37", "none").hash
    assert one.hash != plan(1, image + "x", "1.37", "none").hash
    assert re.fullmatch("[456789bcdf]{1,10}", one.hash)


# The last state of each story

STUCK = ("False", "ProgressDeadlineExceeded")
ENDS = [
    # fault, STATUS of the Pods, Progressing, Available
    ("scheduler-down", "Pending", STUCK, "False"),
    ("no-node-fits", "Pending", STUCK, "False"),
    ("cni-missing", "ContainerCreating", STUCK, "False"),
    ("image-missing", "ImagePullBackOff", STUCK, "False"),
    ("bad-image", "InvalidImageName", STUCK, "False"),
    ("init-fails", "Init:CrashLoopBackOff", STUCK, "False"),
    ("crash-loop", "CrashLoopBackOff", ("True", "NewReplicaSetAvailable"), "False"),
    ("readiness-fails", "Running", STUCK, "False"),
    ("oom-killed", "CrashLoopBackOff", ("True", "NewReplicaSetAvailable"), "False"),
    ("selector-change-refused", "Running", ("True", "NewReplicaSetAvailable"), "True"),
    ("none", "Running", ("True", "NewReplicaSetAvailable"), "True"),
]
WITHOUT_PODS = ("webhook-denies", "quota-exceeded", "etcd-no-quorum", "controller-manager-down", "paused")


def test_every_fault_has_an_end_here() -> None:
    assert set(PATHS) == set(FAULTS)
    assert {end[0] for end in ENDS} | set(WITHOUT_PODS) | {"kubelet-down"} == set(FAULTS)


@pytest.mark.parametrize(("fault", "column", "progress", "available"), ENDS, ids=[end[0] for end in ENDS])
@pytest.mark.parametrize("replicas", [1, 3, 10])
def test_each_fault_ends_as_it_really_does(
    replicas: int, fault: str, column: str, progress: tuple[str, str], available: str
) -> None:
    frame = story(fault, replicas).frames[-1]
    deployment = the("Deployment", frame)
    assert deployment

    assert set({row[0]: row[2] for row in rows(frame)}.values()) == {column}
    assert conditions(deployment)["Progressing"] == progress
    assert conditions(deployment)["Available"][0] == available
    assert deployment["status"]["replicas"] == replicas


@pytest.mark.parametrize("fault", [end[0] for end in ENDS if end[2] == STUCK])
def test_no_progress_for_600_s_is_told_and_nothing_is_undone(fault: str) -> None:
    before, frame = story(fault).frames[-2:]

    assert 600 <= frame.at_s < 605 + 30
    assert frame.key == "deadline"
    assert the("ReplicaSet", before) == the("ReplicaSet", frame)


@pytest.mark.parametrize(("version", "key"), [("1.37", "wait"), ("1.36", "wait"), ("1.35", "deadline")])
def test_since_1_36_a_container_that_runs_for_a_moment_is_counted(version: Version, key: str) -> None:
    frames = tell(3, "nginx:1.29", version, "crash-loop").frames

    assert frames[-1].key == key
    assert ("complete" in {frame.key for frame in frames}) == (key == "wait")


@pytest.mark.parametrize("fault", WITHOUT_PODS)
def test_where_no_pod_is_made_none_is_printed(fault: str) -> None:
    frame = story(fault).frames[-1]

    assert not rows(frame)
    assert not the("Pod", frame)


@pytest.mark.parametrize("fault", ["webhook-denies", "quota-exceeded"])
def test_a_refusal_is_told_by_replica_set_and_deployment(fault: str) -> None:
    frame = story(fault).frames[-1]
    for kind in ("ReplicaSet", "Deployment"):
        thing = the(kind, frame)
        assert thing
        assert conditions(thing)["ReplicaFailure"] == ("True", "FailedCreate")
    assert {event.reason for event in frame.events} == {"ScalingReplicaSet", "FailedCreate"}


def test_the_tenth_similar_event_shares_a_line() -> None:
    """client-go aggregates: 13 refusals with 13 names are 9 lines and one for the rest."""
    refused = [event for event in story("quota-exceeded").frames[-1].events if event.reason == "FailedCreate"]

    assert len(refused) == 10
    assert [event.message.startswith(COMBINED) for event in refused] == [False] * 9 + [True]


def test_without_a_controller_manager_nobody_has_looked() -> None:
    frame = story("controller-manager-down").frames[-1]
    deployment = the("Deployment", frame)

    assert deployment
    assert deployment["status"] == {}
    assert not the("ReplicaSet", frame)
    assert not frame.events


def test_a_paused_deployment_has_no_replica_set() -> None:
    frame = story("paused").frames[-1]
    deployment = the("Deployment", frame)

    assert deployment
    assert conditions(deployment)["Progressing"] == ("Unknown", "DeploymentPaused")
    assert not the("ReplicaSet", frame)


@pytest.mark.parametrize("replicas", [1, 2, 3, 10])
def test_pods_of_a_lost_node_are_replaced_after_six_minutes(replicas: int) -> None:
    frames = story("kubelet-down", replicas).frames
    last = {row[0]: row[2] for row in rows(frames[-1])}
    deployment = the("Deployment", frames[-1])
    lost = (replicas + 1) // 2
    assert deployment

    assert sorted(last.values()) == ["Running"] * replicas + ["Terminating"] * lost
    assert deployment["status"]["availableReplicas"] == replicas
    assert deployment["status"]["terminatingReplicas"] == lost
    assert 345 <= next(frame for frame in frames if frame.key == "evict").at_s <= 356


def test_terminating_replicas_are_counted_since_1_35() -> None:
    older = the("Deployment", story("none", version="1.34").frames[-1])
    newer = the("Deployment", story("none", version="1.35").frames[-1])

    assert older
    assert newer
    assert "terminatingReplicas" not in older["status"]
    assert newer["status"]["terminatingReplicas"] == 0


def test_a_changed_selector_is_refused_in_the_servers_words() -> None:
    line = story("selector-change-refused").frames[-1].terminal.splitlines()[-1]

    assert line == (
        'The Deployment "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"shop"}}:'
        " field is immutable"
    )


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in NO_PODS_NEEDED])
def test_zero_replicas_complete_without_pods(fault: str) -> None:
    told = story(fault, 0)
    deployment = the("Deployment", told.frames[-1])

    assert deployment
    assert conditions(deployment)["Progressing"] == ("True", "NewReplicaSetAvailable")
    assert not rows(told.frames[-1])


# Inputs and words


@pytest.mark.parametrize(
    "image",
    [
        *("", " nginx", "nginx 1.29", "nginx\n", "图", "-x", "x" * 300),
        *("Nginx:1.29", "team/App", "https://nginx", "nginx:", "nginx::1", "a//b", "team/-app", "/nginx"),
        *("nginx@sha256:abc", f"nginx@{'a' * 64}", f"nginx@sha256:{'A' * 64}", "nginx:" + "1" * 129, "a_-b", "nginx."),
    ],
)
def test_what_is_no_image_name_is_refused(image: str) -> None:
    with pytest.raises(Refusal) as caught:
        WIDGET.run(Inputs(image=image))

    assert caught.value.code == "image-reference"
    assert caught.value.field == "image"


@pytest.mark.parametrize(
    "image",
    [
        *(
            "nginx",
            "nginx:latest",
            "team/app",
            "localhost/app",
            "localhost:5000/app:1",
            "registry:5000/a/b.c/d__e-f:V1_x",
        ),
        *("ghcr.io/team/app", "Registry.Example.com/app", f"nginx:1@sha256:{'0' * 64}", "127.0.0.1:80/a"),
    ],
)
def test_what_the_kubelet_can_parse_is_taken(image: str) -> None:
    """github.com/distribution/reference, reference_test.go and normalize_test.go."""
    assert WIDGET.run(Inputs(image=image)).frames


@given(image=st.text(max_size=60), replicas=st.integers(0, 4), fault=st.sampled_from(FAULTS))
@settings(max_examples=60, deadline=None)
def test_rubbish_is_answered_or_refused(image: str, replicas: int, fault: Fault) -> None:
    try:
        frames = WIDGET.run(Inputs(image=image, replicas=replicas, fault=fault)).frames
    except Refusal:
        return
    assert frames


@pytest.mark.parametrize(
    ("version", "taint", "says_of_claims"),
    [
        ("1.33", "taint {node-role.kubernetes.io/control-plane: }", False),
        ("1.34", "taint {node-role.kubernetes.io/control-plane: }", True),
        ("1.36", "taint(s)", True),
        ("1.37", "taint(s)", False),
    ],
)
def test_no_node_is_told_as_the_scheduler_of_that_version_tells_it(
    version: Version, taint: str, says_of_claims: bool
) -> None:
    """v1.36.3 and v1.37.2 pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go, PostFilter."""
    (message,) = {
        e.message for f in story("no-node-fits", version=version).frames for e in f.events if "0/3" in e.message
    }

    assert f"1 node(s) had untolerated {taint}, 2 Insufficient cpu. " in message
    assert ("cpu. no new claims to deallocate, preemption: 0/3" in message) == says_of_claims


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"none", "selector-change-refused", *NO_PODS_NEEDED}))
def test_without_pods_a_fault_of_pods_is_said_not_to_matter(fault: str) -> None:
    assert story(fault, replicas=0).sees == Say("end.unmet.sees")
    assert story(fault, replicas=1).sees == Say(f"end.{fault}.sees")
