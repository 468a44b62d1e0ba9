"""Pod end: grace by the kubelet's own rules, requests counted a second time one by one, ends told right."""

import re
from collections.abc import Iterator
from functools import cache, partial
from itertools import product
from typing import Any, get_args

import pytest
import yaml

from app.content.language import LANGUAGES, Lang
from app.kube.frame import Frame
from app.kube.printed.pod_row import pod_row
from app.kube.refusal import Refusal
from app.kube.story.pod import spec_defaults
from app.kube.story.template_hash import template_hash
from app.place import CONTENT
from app.widgetkit.pane import evidence
from app.widgets.pod_end.cast import SIDECARS, TRIGGERED, set_name, spec_of
from app.widgets.pod_end.model import ENDINGS, Story, tell
from app.widgets.pod_end.plan import REQUEST_S, Fault, How, OnTerm, Plan
from app.widgets.pod_end.strip import MOST_MARKS, arrivals, strips
from app.widgets.pod_end.widget import WIDGET, Inputs, run
from tests.written import known_rooms

HOWS, FAULTS = get_args(How), get_args(Fault)
DELETED = ("delete", "scale-down", "drain", "rolling-update")
each_way_to_be_deleted = pytest.mark.parametrize("how", DELETED)


def plan(**inputs: Any) -> Plan:
    return Plan(**Inputs(**inputs).model_dump())


def story(**inputs: Any) -> Story:
    return run(Inputs(**inputs))


def step(told: Story, key: str) -> Frame:
    return next(frame for frame in told.frames if frame.key == key)


@cache
def parsed(text: str) -> dict[str, Any]:
    value: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return value


def shown(frame: Frame, kind: str) -> list[dict[str, Any]]:
    return [parsed(each.yaml) for each in frame.objects if each.kind == kind]


def many() -> Iterator[Plan]:
    """A few hundred plans, every way and fault with values that bring out the edges."""
    values: tuple[dict[str, Any], ...] = (
        {"grace": 1, "pre_stop": 0},
        {"grace": 4, "pre_stop": 4, "on_term": "exit", "sidecars": 2},
        {"grace": 5, "pre_stop": 0, "on_term": "exit"},
        {"grace": 9, "pre_stop": 1, "on_term": "exit", "balancer": 1},
        {"grace": 30, "pre_stop": 12, "pre_stop_kind": "command", "inside": 7, "outside": 113},
        {"grace": 9, "pre_stop": 40, "pre_stop_kind": "command", "on_term": "linger", "balancer": 25},
        {"grace": 20, "pre_stop": 0, "on_term": "linger", "inside": 1, "outside": 0},
    )
    for how, fault, chosen in product(HOWS, FAULTS, values):
        if fault != "node-gone" or how in DELETED:
            yield plan(how=how, fault=fault, **chosen)


# The grace period


@pytest.mark.parametrize(
    ("grace", "pre_stop", "left"),
    [
        (30, 0, 30),
        (30, 5, 25),
        (30, 28, 2),
        (30, 29, 2),  # minimumGracePeriodInSeconds
        (30, 30, 2),
        (30, 600, 2),  # the hook is waited for no longer than the grace
        (1, 0, 2),
        (2, 0, 2),
        (3, 0, 3),
    ],
)
def test_what_the_hook_takes_is_missing_afterwards(grace: int, pre_stop: int, left: int) -> None:
    """kubernetes v1.37 kuberuntime_container.go killContainer."""
    made = plan(grace=grace, pre_stop=pre_stop, pre_stop_kind="command", fault="ignores-term")

    assert made.left_s == left
    assert made.term_s == pytest.approx(made.killing_s + min(grace, pre_stop))
    assert made.exited_s == pytest.approx(made.term_s + left)


def test_the_end_comes_at_most_two_seconds_after_the_deletion_timestamp() -> None:
    """As recorded: a hook of the whole grace of 10 s, and SIGKILL after 12 s (pod-end/pre-stop-too-long)."""
    for made in many():
        if made.how in DELETED and made.fault not in ("node-gone", "pdb-refuses"):
            assert made.stopped_s <= made.killing_s + made.grace + 2 + 0.1 * made.sidecars, made


def test_a_node_that_shuts_down_gives_no_more_than_it_has() -> None:
    """60 s less the 10 s of critical Pods (nodeshutdown_manager.go migrateConfig, killPods)."""
    assert plan(how="node-shutdown", grace=600, pre_stop=0).allowed_s == 50
    assert plan(how="node-shutdown", grace=20, pre_stop=0).allowed_s == 20


def test_sidecars_end_after_the_main_container_in_reverse_order() -> None:
    told = story(sidecars=2)
    order = [frame.say.values["name"] for frame in told.frames if frame.key == "sidecar"]
    (pod,) = shown(step(told, "over"), "Pod")

    assert order == list(reversed(SIDECARS))
    assert step(told, "exit").at_s < step(told, "sidecar").at_s
    assert [each["state"]["terminated"]["exitCode"] for each in pod["status"]["initContainerStatuses"]] == [0, 0]
    row = pod_row(pod)

    assert (row.ready_of_all, row.status) == ("0/3", "Completed")


def test_sidecars_wait_no_longer_than_the_grace() -> None:
    """kuberuntime_termination_order.go waitForTurn: then all are told at the same time."""
    made = plan(grace=5, pre_stop=5, sidecars=2, fault="ignores-term")

    assert made.exited_s == pytest.approx(made.killing_s + 7)
    assert [told for told, _ in made.sidecar_times] == pytest.approx([made.killing_s + 5] * 2)


# The requests, counted a second time


def counted(made: Plan) -> tuple[int, int]:
    """How many still came and how many of them failed: each request looked at for itself."""
    late = failed = 0
    for rate, rules_s in ((made.inside, made.proxy_s), (made.outside, made.balancer_s)):
        number = 0
        while rate and (at_s := (number + 0.5) / rate) < 5000:
            number += 1
            by_rules = at_s < rules_s
            by_open_connection = made.fault == "keep-alive" and at_s < made.closes_s
            if not (by_rules or by_open_connection):
                break
            if at_s < made.marked_s or (made.how == "liveness" and at_s >= made.ready_again_s):
                continue
            late += 1
            ends_in_its_midst = at_s + REQUEST_S > made.exited_s and made.closes_s == made.exited_s
            failed += made.how == "liveness" or at_s >= made.closes_s or ends_in_its_midst
    return late, failed


def test_each_request_fails_or_not_by_its_own_time() -> None:
    checked = 0
    for made in many():
        if made.fault != "node-gone" and not (made.fault == "pdb-refuses" and made.how == "drain"):
            late, failed = counted(made)
            assert abs(made.late_requests - late) <= 2, made  # a time on the millisecond itself
            assert abs(made.failed_requests - failed) <= 2, made
            checked += failed > 2

    assert checked > 50


def test_counts_only_grow_and_end_in_the_sum() -> None:
    for made in many():
        told = tell(made)
        seen = [shown(frame, "requests")[0] for frame in told.frames]
        for client in ("inside", "outside"):
            for name in ("late", "failed"):
                numbers = [each[client][name] for each in seen]
                assert numbers == sorted(numbers), made
            assert all(each[client]["failed"] <= each[client]["late"] for each in seen), made
        assert sum(seen[-1][client]["failed"] for client in seen[-1]) == told.failed_requests, made
        assert sum(seen[-1][client]["late"] for client in seen[-1]) == told.late_requests, made


@each_way_to_be_deleted
@pytest.mark.parametrize("balancer", [0, 1, 3, 20])
def test_a_hook_longer_than_the_slowest_sender_brings_failures_to_zero(how: str, balancer: int) -> None:
    """What the reader is to find out: and with a grace that holds hook and finish."""
    slowest = max(balancer, 1) + 1
    good = story(how=how, balancer=balancer, pre_stop=slowest, grace=slowest + 4)

    assert good.failed_requests == 0 < good.late_requests
    assert good.ended_by == "exit"
    assert story(how=how, balancer=balancer, pre_stop=0, grace=slowest + 4).failed_requests > 0
    if slowest > 2:
        assert story(how=how, balancer=balancer, pre_stop=1, grace=slowest + 4).failed_requests > 0


@pytest.mark.parametrize("pre_stop", [0, 5, 30, 45])
def test_no_hook_helps_when_the_node_shuts_down(pre_stop: int) -> None:
    """Nobody takes the Pod out of its slice before it has ended (kubernetes/kubernetes#116965)."""
    told = story(how="node-shutdown", pre_stop=pre_stop, grace=50)
    conditions = {each["type"]: each["status"] for each in shown(step(told, "term"), "Pod")[0]["status"]["conditions"]}

    assert told.failed_requests > 0
    assert conditions["Ready"] == "True"
    assert step(told, "unpublish").at_s > step(told, "over").at_s > step(told, "term").at_s


def test_a_kept_connection_is_not_sent_away_by_any_rule() -> None:
    assert story(fault="keep-alive", on_term="exit", pre_stop=20).failed_requests == 8  # 0.2 s of 40 a second
    assert story(fault="keep-alive", on_term="finish", pre_stop=20).failed_requests == 0


def test_that_nobody_notices_is_not_said_of_kept_connections() -> None:
    """Who closes an idle connection without a word may lose the request that is just being sent on it."""
    unheard = {"say.sum-fine", "end.harmless.sees"}
    ways = product(get_args(How), get_args(OnTerm), (0, 5, 20))
    for how, on_term, pre_stop in ways:
        told = story(how=how, on_term=on_term, pre_stop=pre_stop, fault="keep-alive")
        closing = [frame for frame in told.frames if frame.key == "close"]

        assert not unheard & {told.frames[-1].say.key, told.sees.key if told.sees else ""}
        assert all(any(each.key == "say.close.polite" for each in frame.details) for frame in closing)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_count_of_requests_is_in_the_readers_words(lang: Lang) -> None:
    room = known_rooms()["pod-end"]
    told = story()
    for frame in told.frames:
        (pane,) = [
            each
            for each in evidence(WIDGET.panes, told.frames, frame, partial(room.words.text, lang))
            if each.pane.name == "requests"
        ]
        (counted_,) = pane.objects
        text = re.sub("<[^>]*>", "", counted_.yaml.unescape())
        keys = {line.strip().partition(":")[0] for line in text.splitlines()}

        assert len(keys) == 5, keys  # two clients, three numbers
        assert lang == "en" or not re.search("[A-Za-z]", "".join(keys) + counted_.kind), keys


# How it ends


@pytest.mark.parametrize(
    ("inputs", "ended_by", "code", "phase", "column"),
    [
        ({}, "exit", 0, "Succeeded", "Completed"),
        ({"on_term": "exit"}, "exit", 143, "Failed", "Error"),
        ({"on_term": "linger"}, "exit", 0, "Succeeded", "Completed"),
        ({"on_term": "linger", "grace": 15}, "sigkill", 137, "Failed", "Error"),
        ({"fault": "ignores-term"}, "sigkill", 137, "Failed", "Error"),
        ({"fault": "shell-pid-1"}, "sigkill", 137, "Failed", "Error"),
        ({"how": "node-shutdown"}, "exit", 0, "Succeeded", "Completed"),
        ({"how": "node-shutdown", "on_term": "exit"}, "exit", 143, "Failed", "Error"),
        ({"how": "eviction"}, "sigkill", 137, "Failed", "Error"),
        ({"how": "eviction", "on_term": "exit", "pre_stop": 0}, "exit", 143, "Failed", "Error"),
    ],
)
def test_exit_code_phase_and_column(inputs: dict[str, Any], ended_by: str, code: int, phase: str, column: str) -> None:
    told = story(**inputs)
    (pod,) = shown(step(told, "over"), "Pod")

    assert (told.ended_by, told.exit_code) == (ended_by, code)
    assert pod["status"]["phase"] == phase
    assert pod_row(pod).status == column


@each_way_to_be_deleted
def test_a_deleted_pod_leaves_nothing(how: str) -> None:
    """The mark, both states of the endpoint, and then neither the object nor its address."""
    told = story(how=how)
    name = shown(told.frames[0], "Pod")[0]["metadata"]["name"]
    (marked,) = shown(step(told, "mark"), "Pod")
    (slice_,) = shown(step(told, "slice"), "EndpointSlice")
    mine = next(each for each in slice_["endpoints"] if each["targetRef"]["name"] == name)

    assert marked["metadata"]["deletionGracePeriodSeconds"] == 30
    assert mine["conditions"] == {"ready": False, "serving": True, "terminating": True}
    assert not shown(told.frames[-1], "Pod")
    (left,) = shown(told.frames[-1], "EndpointSlice")
    assert name not in [each["targetRef"]["name"] for each in left["endpoints"]]


def test_a_probe_ends_a_container_and_no_pod() -> None:
    told = story(how="liveness", on_term="exit")
    (pod,) = shown(told.frames[-1], "Pod")
    (status,) = pod["status"]["containerStatuses"]

    assert not any("deletionTimestamp" in shown(frame, "Pod")[0]["metadata"] for frame in told.frames)
    assert (status["restartCount"], status["lastState"]["terminated"]["exitCode"]) == (1, 143)
    assert status["ready"]
    assert not [frame for frame in told.frames if frame.verb == "DELETE"]


def test_a_shutdown_writes_its_reason_only_with_a_failure() -> None:
    """kubelet_pods.go generateAPIPodStatus: the reason belongs to the phase that it was noted with."""
    for on_term, reason in (("finish", None), ("exit", "Terminated")):
        (pod,) = shown(step(story(how="node-shutdown", on_term=on_term), "over"), "Pod")
        assert pod["status"].get("reason") == reason
        assert pod["status"]["conditions"][0]["reason"] == "TerminationByKubelet"
        assert "deletionTimestamp" not in pod["metadata"]


def test_an_eviction_leaves_a_second_and_says_why_when_nothing_runs() -> None:
    """eviction_manager.go synchronize, evictPod; status_manager.go mergePodStatus holds the status back."""
    told = story(how="eviction", grace=600, pre_stop=60, sidecars=1)
    before, over = step(told, "term"), step(told, "over")
    (was,), (pod, *_) = shown(before, "Pod"), shown(over, "Pod")
    (said,) = [event.message for event in over.events if event.reason == "Evicted"]

    assert told.plan.allowed_s == 1
    assert told.plan.exited_s == pytest.approx(told.plan.killing_s + 3)  # a second of hook, two at least for the rest
    assert was["status"]["phase"] == "Running"
    assert "reason" not in was["status"]
    assert (pod["status"]["phase"], pod["status"]["reason"]) == ("Failed", "Evicted")
    assert pod["status"]["message"] == pod["status"]["conditions"][0]["message"] == said
    assert pod["status"]["conditions"][0]["reason"] == "TerminationByKubelet"
    assert "deletionTimestamp" not in pod["metadata"]
    assert said == (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 92964Ki."
        " Container web was using 822276Ki, request is 64Mi, has larger consumption of memory."
        " Container proxy was using 18632Ki, request is 0, has larger consumption of memory. "
    )


def test_who_was_evicted_is_replaced_only_when_it_has_failed() -> None:
    evicted, drained = story(how="eviction"), story(how="drain")
    end = {each["metadata"]["name"] for each in shown(evicted.frames[-1], "Pod")}

    assert step(evicted, "replace").at_s > step(evicted, "over").at_s
    assert step(drained, "replace").at_s < step(drained, "over").at_s
    assert end == {shown(evicted.frames[0], "Pod")[0]["metadata"]["name"]}, "the evicted Pod stays"


def test_the_node_says_that_it_is_under_pressure_and_is_tainted() -> None:
    (node,) = shown(step(story(how="eviction"), "taint"), "Node")
    conditions = {each["type"]: each["status"] for each in node["status"]["conditions"]}

    assert conditions == {"MemoryPressure": "True", "Ready": "True"}
    assert [(each["key"], each["effect"]) for each in node["spec"]["taints"]] == [
        ("node.kubernetes.io/memory-pressure", "NoSchedule")
    ]


def test_a_node_that_is_gone_is_not_shown_as_ready() -> None:
    """node_lifecycle_controller.go tryUpdateNodeHealth, and the two taints that came with it; drain adds a third."""
    (node,) = shown(step(story(how="drain", fault="node-gone"), "taint"), "Node")
    (is_ready,) = node["status"]["conditions"]

    assert (is_ready["status"], is_ready["reason"]) == ("Unknown", "NodeStatusUnknown")
    assert is_ready["lastHeartbeatTime"] < is_ready["lastTransitionTime"]
    assert [(each["key"].partition("/")[2], each["effect"]) for each in node["spec"]["taints"]] == [
        ("unreachable", "NoSchedule"),
        ("unreachable", "NoExecute"),
        ("unschedulable", "NoSchedule"),
    ]


def test_an_evicted_pod_of_a_node_that_is_gone_is_replaced_at_once() -> None:
    """A Pod with a deletionTimestamp is not active (pkg/controller/controller_utils.go IsPodActive)."""
    told = story(how="drain", fault="node-gone")
    (slice_,) = shown(told.frames[-1], "EndpointSlice")

    assert step(told, "mark").at_s < step(told, "replace").at_s < step(told, "silence").at_s
    assert "SuccessfulCreate" in {event.reason for event in told.frames[-1].events}
    assert [each["nodeName"] for each in slice_["endpoints"]] == ["node-2", "node-2"]
    assert not [frame for frame in story(how="scale-down", fault="node-gone").frames if frame.key == "replace"]


def test_nobody_watches_a_single_namespace() -> None:
    assert "?allowWatchBookmarks=true&fieldSelector=spec.nodeName=node-1&" in str(step(story(), "learn").path)
    assert str(step(story(fault="node-gone"), "learn").path).startswith("/api/v1/pods?allowWatchBookmarks=true&res")


@pytest.mark.parametrize("how", HOWS)
def test_no_hook_is_spoken_of_where_there_is_none(how: str) -> None:
    for grace in (1, 30):
        said = [frame.say.key for frame in story(how=how, pre_stop=0, grace=grace).frames if frame.key == "stop"]
        least = how == "eviction" or grace == 1

        assert said == ["say.stop-least-bare" if least else "say.stop-bare"], (how, grace)


def test_a_kubelet_that_shuts_down_waits_no_longer_than_its_share() -> None:
    """nodeshutdown_manager.go killPods: after the time of a group it goes on, whoever still runs."""

    def is_late(**inputs: Any) -> bool:
        off = step(story(how="node-shutdown", **inputs), "off")
        return any(each.key == "say.off.too-late" for each in off.details)

    assert is_late(grace=60, fault="ignores-term")
    assert is_late(grace=50, fault="hook-too-long")
    assert not is_late()
    assert not is_late(grace=600, on_term="linger", pre_stop=20)


def test_force_forgets_at_once_and_kills_nobody() -> None:
    told = story(fault="node-gone")
    rows = [line.split()[1:3] for line in told.frames[-1].terminal.splitlines() if re.match(r"web +\d", line)]

    assert (told.ended_by, told.exit_code, told.failed_requests) == ("force", None, 0)
    assert not [event for event in told.frames[-1].events if event.reason == "Killing"]
    assert rows == [["1/1", "Running"], *[["1/1", "Terminating"]] * 3]


def test_a_budget_keeps_the_pod_and_is_asked_by_evictions_only() -> None:
    kept = story(how="drain", fault="pdb-refuses")
    (pod,) = shown(kept.frames[-1], "Pod")

    assert kept.ended_by is None
    assert "deletionTimestamp" not in pod["metadata"]
    assert kept.frames[-1].terminal.count("(will retry after 5s)") == 5
    for how in set(HOWS) - {"drain"}:
        assert story(how=how, fault="pdb-refuses").sees == story(how="delete", fault="pdb-refuses").sees, how


def test_a_sleep_longer_than_the_grace_is_refused_as_the_api_server_does() -> None:
    """v1.37 pkg/apis/core/validation/validation.go validateSleepAction: equal is allowed."""
    with pytest.raises(Refusal) as refused:
        story(grace=10, pre_stop=11)

    assert (refused.value.code, refused.value.field) == ("sleep-too-long", "pre_stop")
    assert story(grace=10, pre_stop=10).ended_by == "sigkill"
    assert story(grace=10, pre_stop=11, pre_stop_kind="command").ended_by == "sigkill"
    assert story(grace=10, pre_stop=11, fault="no-pre-stop").ended_by == "exit"


@pytest.mark.parametrize("how", ["liveness", "node-shutdown", "eviction"])
def test_what_cannot_happen_together_is_refused(how: str) -> None:
    with pytest.raises(Refusal, match=f"node-gone-{how}"):
        story(how=how, fault="node-gone")


def test_a_hook_that_is_cut_off_is_said_to_have_failed_when_its_container_ends() -> None:
    told = story(grace=10, fault="hook-too-long")
    before = {event.reason for event in step(told, "term").events}

    assert "FailedPreStopHook" not in before
    assert "FailedPreStopHook" in {event.reason for event in step(told, "kill").events}
    assert "FailedPreStopHook" not in {event.reason for event in story(grace=10, pre_stop=10).frames[-1].events}


@pytest.mark.parametrize(("kind", "fails"), [("sleep", False), ("command", True)])
def test_a_sleep_that_is_cut_off_is_no_failure(kind: str, fails: bool) -> None:
    """kubernetes v1.37 pkg/kubelet/lifecycle/handlers.go runSleepHandler ends by itself, later, without an error."""
    told = story(how="node-shutdown", grace=100, pre_stop=60, pre_stop_kind=kind)

    assert step(told, "stop").say.values["left"] == "2"
    assert ("FailedPreStopHook" in {event.reason for event in told.frames[-1].events}) == fails


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, "756cfffb89"),
        ({"pre_stop": 0}, "54ddd66cf6"),
        ({"pre_stop_kind": "command"}, "699d79f5f9"),
        ({"sidecars": 2}, "874f96797"),
        ({"fault": "shell-pid-1"}, "6dfdccd65c"),
        ({"fault": "hook-too-long", "sidecars": 1}, "5bc999cbf7"),
        ({"grace": 10, "pre_stop": 0}, "5f468fd974"),
    ],
)
def test_the_set_is_named_after_its_template(inputs: dict[str, Any], expected: str) -> None:
    """What k8s.io/api v0.37.2 and k8s.io/utils dump.ForHash give for these templates, hook, sidecars and command."""
    assert set_name(plan(how="scale-down", **inputs)) == f"web-{expected}"


def test_but_for_image_port_and_probe_it_is_the_recorded_one() -> None:
    """ReplicaSet web-79d499c59c of pod-end/scale-down."""
    spec = spec_of(plan(how="scale-down", grace=10, pre_stop=0), "nginx:1.29")
    (container,) = spec["containers"]
    probe = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2}
    spec = {**spec, "containers": [{**container, "ports": [{"containerPort": 80}], "readinessProbe": probe}]}

    template = {"metadata": {"labels": {"app": "web"}}, "spec": spec_defaults(spec)}
    assert template_hash(template, "1.37") == "79d499c59c"


@pytest.mark.parametrize(("how", "turned"), [("delete", "08:12:49"), ("rolling-update", "08:29:59")])
def test_the_slice_was_last_written_when_the_younger_pod_turned_ready(how: str, turned: str) -> None:
    """k8s.io/endpointslice v0.37 trigger_time_tracker.go: in a rolling update the new Pod has only just been added."""
    (slice_,) = shown(story(how=how).frames[0], "EndpointSlice")

    assert slice_["metadata"]["annotations"][TRIGGERED] == f"2026-09-14T{turned}Z"


def test_each_event_has_a_source() -> None:
    assert all("pkg/" in kind.source and "v1." in kind.source for kind in ENDINGS.values())


# The line of time


def test_marks_are_drawn_where_requests_come() -> None:
    told = story(fault="no-pre-stop", on_term="exit")
    inside, outside = strips(told.plan, 10, 2)[0].lanes

    assert (inside.answered.count("v14"), inside.failed.count("v14")) == (0, 20)
    assert (outside.failed.count("v14"), outside.to_fail.count("v14")) == (40, 20)
    assert inside.failed.startswith("M98.2 38v14m4.45-14v14")  # 96 + 890 × 0.025 s / 10 s


def test_every_late_request_is_a_mark_or_part_of_a_band() -> None:
    for made in many():
        told = tell(made)
        end_s = told.frames[-1].at_s
        for strip in strips(made, end_s, end_s / 2):
            for lane, stream in zip(strip.lanes, made.streams, strict=True):
                marks = sum(path.count("v14") for path in (lane.answered, lane.failed, lane.to_come, lane.to_fail))
                if stream.all_late > MOST_MARKS:
                    assert (marks, bool(lane.spans)) == (0, True), made
                else:
                    assert abs(marks - stream.all_late) <= 1, made
                    assert sum(1 for _ in arrivals(stream)) == marks
            assert all(span.x >= 0 and 0 < span.width <= strip.width for span in strip.spans), made
            assert len(strip.times) <= 11, made


LESSON = CONTENT / "11-container-life"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_mysterys_evidence_is_what_its_run_leaves_behind(lang: Lang) -> None:
    """`No resources found` is said of events that the run of the mystery does not have; of those it has, never."""
    text = (LESSON / f"lesson.{lang}.md").read_text()
    mystery = text.split("::: mystery")[1].split("\n:::")[0]
    asked = re.findall(r"get events --field-selector (type|reason)=(\w+)\nNo resources found", mystery)
    told = story(how="rolling-update", fault="no-pre-stop")

    assert asked
    assert "Unhealthy" in {event.reason for event in told.frames[-1].events}, "a closed port fails the readiness probe"
    for field, value in asked:
        assert value not in {getattr(event, field) for event in told.frames[-1].events}
