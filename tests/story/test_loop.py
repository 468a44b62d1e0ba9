"""The closed loop: what kubectl would print of our stories, and what the real one printed, is told what broke it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

import pytest

from app.kube.frame import Frame
from app.kube.refusal import Refusal
from tests.story.loop import printed
from tests.witness.recording import Recording, recordings
from tests.written import known_rooms

ROOMS = known_rooms()
STORY = ROOMS["pod-story"]

FAULTS: Mapping[str, tuple[str, ...]] = {
    "none": ("healthy",),
    "webhook-denies": ("not-admitted",),
    "quota-exceeded": ("not-admitted",),
    "pod-security": ("not-admitted",),
    "etcd-no-quorum": ("not-admitted",),
    "scheduler-down": ("no-scheduler",),
    "unknown-scheduler-name": ("no-scheduler",),
    "gated": ("gated",),
    "no-node-fits": ("unschedulable",),
    "preempts": ("healthy",),
    "kubelet-down": ("terminating-node-gone",),
    "kubelet-returns": ("healthy",),
    "secret-missing": ("secret-missing",),
    "config-missing": ("configmap-missing",),
    "claim-unbound": ("volume-unbound",),
    "volume-elsewhere": ("volume-multi-attach",),
    "driver-missing": ("mount-failed",),
    "volume-timeout": ("attach-timeout",),
    "cni-missing": ("sandbox-failed",),
    "image-missing": ("image-not-found",),
    "rate-limited": ("image-rate-limit",),
    "wrong-architecture": ("app-exits",),  # with what the container wrote: exec-format, below
    "bad-image": ("invalid-image-name",),
    "init-fails": ("init-fails",),
    "crash-loop": ("app-exits",),
    "readiness-fails": ("readiness-fails",),
    "oom-killed": ("oom-container-limit",),
    "controller-manager-down": ("no-controller",),
    "paused": ("paused",),
    "selector-change-refused": ("not-admitted",),
}
"""What each fault has to be called at the end."""

ON_THE_WAY = ("open", "healthy", "stopped", "image-pulling")
"""What may be said while the fault does not show yet: it cannot be told, or all is well still."""

TOLD = [
    (slug, fault)
    for slug in ("pod-birth", "deployment-birth")
    for fault in get_args(ROOMS[slug].widget.form.model_fields["fault"].annotation)
]
MACHINE = {  # what of a virtual machine's faults shows on its Pod
    "none": "healthy",
    "quota-exceeded": "not-admitted",
    "pod-security": "not-admitted",
    "webhook-denies": "not-admitted",
    "no-node-fits": "unschedulable",
    "scheduler-down": "no-scheduler",
    "cni-missing": "sandbox-failed",
    "image-missing": "image-not-found",
    "readiness-fails": "readiness-fails",
    "kubelet-down": "terminating-node-gone",
}


@cache
def frames(slug: str, fault: str) -> tuple[Frame, ...]:
    room = ROOMS[slug]
    outcome: Any = room.run(room.widget.form.model_validate({"fault": fault}))
    return tuple(outcome.frames)


def ended(inputs: Mapping[str, Any]) -> tuple[Frame, ...]:
    room = ROOMS["pod-end"]
    outcome: Any = room.run(room.widget.form.model_validate(inputs))
    return tuple(outcome.frames)


def verdict(text: str) -> tuple[str, str]:
    """Code and how sure; `refused` when there is nothing to read yet."""
    try:
        outcome: Any = STORY.run(STORY.widget.form.model_validate({"text": text}))
    except Refusal as refusal:
        return "refused", refusal.code
    return outcome.verdict.code, outcome.verdict.sure


def ruled(text: str) -> str:
    """The sentence of the verdict, which tells more than its code."""
    outcome: Any = STORY.run(STORY.widget.form.model_validate({"text": text}))
    return str(outcome.verdict.key)


@pytest.mark.parametrize(("slug", "fault"), TOLD)
def test_the_last_frame_names_the_fault(slug: str, fault: str) -> None:
    code, sure = verdict(printed(frames(slug, fault)[-1]))

    assert code in FAULTS[fault]
    assert sure != "open"


@pytest.mark.parametrize(("slug", "fault"), TOLD)
def test_frames_on_the_way_name_it_or_say_that_it_cannot_be_told_yet(slug: str, fault: str) -> None:
    told = frames(slug, fault)
    for at in (len(told) // 4, len(told) // 2, len(told) * 3 // 4):
        code, why = verdict(printed(told[at]))

        assert code in (*FAULTS[fault], *ON_THE_WAY) or (code, why) == ("refused", "unrecognised"), (at, code)


def test_the_log_tells_a_program_for_another_cpu_from_one_that_exits() -> None:
    seen = printed(frames("pod-birth", "wrong-architecture")[-1])

    assert verdict(f"{seen}\n$ kubectl logs web --previous\nexec /app/shop: exec format error\n") == (
        "exec-format",
        "proved",
    )


ENDS: Mapping[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "delete": ({}, ("why.terminating-grace", "why.terminating-open", "why.completed")),
    "liveness": ({"how": "liveness"}, ("why.liveness-failing", "why.liveness-kills")),
    "node-shutdown": ({"how": "node-shutdown", "on_term": "exit"}, ("why.node-shutdown",)),
    "eviction": ({"how": "eviction"}, ("why.evicted-node",)),
    "finalizer": ({"fault": "finalizer"}, ("why.finalizer",)),
    "node-gone": ({"fault": "node-gone"}, ("why.terminating-open",)),  # the Node was not pasted
}
"""Ways to end, with what has to be said of the last frame that has the Pod."""


def asked_whole(frame: Frame) -> str:
    """What is printed, and the Pod as YAML: kubectl describe prints no finalizers."""
    (pod,) = [each.yaml for each in frame.objects if each.kind == "Pod"]
    return f"{printed(frame)}$ kubectl get pod -o yaml\n{pod}"


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_a_pod_is_named(end: str) -> None:
    inputs, said = ENDS[end]
    told = [frame for frame in ended(inputs) if any(each.kind == "Pod" for each in frame.objects)]
    found = [ruled(asked_whole(told[at])) for at in (len(told) // 4, len(told) // 2, len(told) * 3 // 4, -1)]

    assert found[-1] in said, found
    early = {"why.healthy", "why.terminating-grace", "why.terminating-open"}
    if end == "node-shutdown":  # the node says first that it is not ready, as the recording has it
        early.add("why.node-down")
    assert {*found[:-1]} <= {*said, *early}, found


@pytest.mark.parametrize("fault", MACHINE)
def test_the_pod_of_a_virtual_machine(fault: str) -> None:
    assert verdict(printed(frames("vm-birth", fault)[-1]))[0] in (MACHINE[fault], "open")


# --- the real programs --------------------------------------------------------------------------------

GONE = ("stopped", "open", "refused")
CHANGES = {"bad-image": "image-not-found"}
"""What is wrong after a change of a Deployment; after all others every Pod is fine."""

REAL: Mapping[str, tuple[str, ...]] = {
    **FAULTS,
    "kubelet-down": ("terminating-node-gone", "node-lost"),
    "controller-manager-down": ("open", "no-controller"),
    "paused": ("open", "paused"),
    "selector-change-refused": ("healthy", "not-admitted"),
    # pod-end
    "drain": ("healthy",),
    "drain-budget": ("eviction-refused",),
    "scale-down": ("healthy",),
    "rolling-update": ("healthy",),
    "node-gone": ("node-lost", *GONE),
    "liveness-kills": ("liveness-kills",),
    "liveness-exec-times-out": ("liveness-kills",),
    "post-start-fails": ("hook-fails",),
    "startup-fails": ("startup-fails",),
    "eviction": ("evicted",),
    "node-shutdown": ("node-shutdown", "completed"),  # describe prints of it that its containers ended with 0
}
RECORDINGS = recordings("kubernetes-1.37.2")
COMMANDS = ("get pods -o wide", "describe pods", "events", "create", "apply")


def transcript(recording: Recording) -> str:
    """What kubectl printed at the end, as somebody would copy it."""
    parts = []
    for session in recording.told["sessions"]:
        command = session["command"].removeprefix("kubectl ")
        if command.startswith(COMMANDS) or session["errors"]:
            parts.append(f"$ {session['command']}")
            parts += [text for _, text in (*session["lines"], *session["errors"])]
    return "\n".join(parts) + "\n"


@pytest.mark.parametrize("recording", RECORDINGS, ids=[f"{each.room}/{each.scenario}" for each in RECORDINGS])
def test_what_the_real_kubectl_printed(recording: Recording) -> None:
    code, _ = verdict(transcript(recording))

    if recording.room == "pod-end" and recording.scenario not in REAL:
        # The Pod is gone by then, and only its events are left.
        assert code in GONE
    elif recording.room == "deployment-change":
        assert code == CHANGES.get(recording.scenario, "healthy")
    else:
        assert code in REAL[recording.scenario]
