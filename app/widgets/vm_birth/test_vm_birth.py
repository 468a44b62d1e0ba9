"""VM birth: who owns the VMI when, what each run strategy allows, and no frame against its own objects."""

import re
from functools import cache
from typing import Any, get_args

import pytest
import yaml

from app.kube.frame import Frame
from app.widgets.vm_birth.event import KINDS
from app.widgets.vm_birth.model import DOWN, UNMET, Fault, Operation, Story, Strategy, tell

OPERATIONS: tuple[Operation, ...] = get_args(Operation)
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
FAULTS: tuple[Fault, ...] = get_args(Fault)
RUNS = [(o, s, f) for o in OPERATIONS for s in STRATEGIES for f in FAULTS]
USUAL = [(o, "fitting", f) for o in OPERATIONS for f in FAULTS]
each_usual = pytest.mark.parametrize(("operation", "strategy", "fault"), USUAL, ids=[f"{o}-{f}" for o, _, f in USUAL])


@cache
def story(operation: Operation, strategy: Strategy, fault: Fault) -> Story:
    return tell(operation, strategy, fault)


@cache
def read(text: str) -> Any:
    return yaml.safe_load(text)


def stored(frame: Frame, kind: str, name: str = "") -> dict[str, Any] | None:
    found = [o for o in frame.objects if o.kind == kind and (not name or o.name == name)]
    value: dict[str, Any] | None = read(found[0].yaml) if found else None
    return value


def conditions(thing: dict[str, Any]) -> dict[str, str]:
    return {c["type"]: c["status"] for c in thing["status"].get("conditions", ())}


def keys(told: Story) -> list[str]:
    return [frame.key for frame in told.frames]


def test_trouble_is_a_warning_and_the_rest_is_normal() -> None:
    """The types as upstream emits them: pulling again is a Normal event, a guest's crash a Warning."""
    warnings = {kind for kind, known in KINDS.items() if known.type == "Warning"}

    assert warnings == {
        "launcher-refused",
        "no-pvc",
        "failed-scheduling",
        "pull-failed",
        "start-error",
        "sandbox-failed",
        "unhealthy",
        "sync-failed",
        "crashed",
        "migration-failed",
        "target-unschedulable",
    }
    senders = {known.from_ for known in KINDS.values()}
    assert senders == {"virtualmachine-controller", "virt-handler", "default-scheduler", "kubelet"}


def test_each_event_has_a_source() -> None:
    assert all(re.match(r"(kubevirt v1\.9\.0|kubernetes v1\.37) pkg/", kind.source) for kind in KINDS.values())


def test_every_step_has_an_owner_and_a_phase() -> None:
    for inputs in RUNS:
        outcome = story(*inputs)
        assert len(outcome.owners) == len(outcome.phases) == len(outcome.frames)


@each_usual
def test_no_frame_contradicts_its_objects(operation: Operation, strategy: Strategy, fault: Fault) -> None:
    told = story(operation, strategy, fault)
    for frame, owner, phase in zip(told.frames, told.owners, told.phases, strict=True):
        vm, vmi = stored(frame, "VirtualMachine"), stored(frame, "VirtualMachineInstance")
        assert vm
        assert vm["status"]["printableStatus"] != "Running" or (vmi and vmi["status"]["phase"] == "Running")
        assert (vmi is None) == (owner is None)
        for pod in (read(o.yaml) for o in frame.objects if o.kind == "Pod"):
            bound = "nodeName" in pod["spec"]
            assert bound == (conditions(pod).get("PodScheduled") == "True" or "podIP" in pod["status"])
            assert pod["status"]["phase"] == "Pending" or bound
        if vmi is None:
            continue
        status = vmi["status"]
        assert status.get("phase") == phase
        handed_over = phase in ("Scheduled", "Running", "Succeeded") or "nodeName" in status
        assert handed_over == ("nodeName" in status)
        assert status.get("nodeName") == vmi["metadata"]["labels"].get("kubevirt.io/nodeName")
        assert owner == (f"virt-handler on {status['nodeName']}" if handed_over else owner)
        assert conditions(vmi).get("Ready") != "True" or phase == "Running"


@each_usual
def test_the_last_row_of_the_watch_is_what_the_object_says(
    operation: Operation, strategy: Strategy, fault: Fault
) -> None:
    name = "kubevirt-migrate-vm-x2b7k" if operation == "migrate" else "web"
    kind = "VirtualMachineInstanceMigration" if operation == "migrate" else "VirtualMachineInstance"
    for frame in story(operation, strategy, fault).frames:
        rows = [line.split() for line in frame.terminal.splitlines() if line.startswith(f"{name} ")]
        thing = stored(frame, kind)
        if thing:
            phase = thing["status"].get("phase")
            assert rows
            assert phase is None or phase in rows[-1]
            assert kind == "VirtualMachineInstanceMigration" or conditions(thing).get("Ready") in (None, rows[-1][-1])


# Run strategies


@pytest.mark.parametrize(
    ("operation", "strategy", "verb", "path", "change"),
    [
        ("start", "Halted", "PATCH", "virtualmachines/web", ("spec", "runStrategy", "Always")),
        (
            "start",
            "Manual",
            "PATCH",
            "virtualmachines/web/status",
            ("status", "stateChangeRequests", [{"action": "Start"}]),
        ),
        (
            "start",
            "RerunOnFailure",
            "PATCH",
            "virtualmachines/web/status",
            ("status", "stateChangeRequests", [{"action": "Start"}]),
        ),
        ("start", "Always", "409 Conflict", "web/start", None),
        ("start", "Once", "409 Conflict", "web/start", None),
        ("stop", "Halted", "409 Conflict", "web/stop", None),
        ("stop", "Manual", "PATCH", "virtualmachines/web/status", ("status", "stateChangeRequests", "Stop")),
        ("stop", "RerunOnFailure", "PATCH", "virtualmachines/web/status", ("status", "stateChangeRequests", "Stop")),
        ("stop", "Always", "PATCH", "virtualmachines/web", ("spec", "runStrategy", "Halted")),
        ("stop", "Once", "PATCH", "virtualmachines/web", ("spec", "runStrategy", "Halted")),
        ("migrate", "Halted", "409 Conflict", "web/migrate", None),
        ("migrate", "Manual", "POST", "virtualmachineinstancemigrations", None),
    ],
)
def test_virt_api_treats_each_run_strategy_as_its_source_does(
    operation: Operation, strategy: Strategy, verb: str, path: str, change: tuple[str, str, Any] | None
) -> None:
    """The table above StartVMRequestHandler and StopVMRequestHandler (kubevirt v1.9.0 virt-api/rest/lifecycle.go)."""
    frame = story(operation, strategy, "none").frames[2]

    assert frame.verb == verb
    assert (frame.path or "").endswith(path)
    if change:
        vm = stored(frame, "VirtualMachine")
        assert vm
        value = vm[change[0]][change[1]]
        assert value == change[2] or value[0]["action"] == change[2]


def test_a_request_is_gone_once_it_is_done() -> None:
    for operation in ("start", "stop"):
        last = stored(story(operation, "Manual", "none").frames[-1], "VirtualMachine")

        assert last
        assert "stateChangeRequests" not in last["status"]
        assert last["spec"]["runStrategy"] == last["status"]["runStrategy"] == "Manual"


def test_a_failed_machine_comes_back_unless_its_strategy_is_manual() -> None:
    assert keys(story("start", "Halted", "oom-killed"))[-1] == "again"
    assert keys(story("start", "RerunOnFailure", "oom-killed"))[-1] == "again"
    assert keys(story("start", "Manual", "oom-killed"))[-1] == "stays"


@pytest.mark.parametrize(("strategy", "shown"), [("Halted", "CrashLoopBackOff"), ("Manual", "Stopped")])
def test_only_a_machine_that_is_tried_again_backs_off(strategy: Strategy, shown: str) -> None:
    vm = stored(story("start", strategy, "crash-loop").frames[-1], "VirtualMachine")

    assert vm
    assert vm["status"]["printableStatus"] == shown


# The three paths


def test_the_phases_of_a_start_come_in_their_order() -> None:
    told = story("start", "fitting", "none")
    phases = list(dict.fromkeys(told.phases))
    rows = [line.split()[2] for line in told.frames[-1].terminal.splitlines() if re.match(r"web +\d+\w +[A-Z]", line)]

    assert phases == [None, "Scheduling", "Scheduled", "Running"]
    assert list(dict.fromkeys(rows)) == ["Pending", "Scheduling", "Scheduled", "Running"]
    assert [told.owners[i] for i in (3, 4, 8, 9, -1)] == [
        None,
        "virt-controller",
        "virt-controller",
        "virt-handler on node-1",
        "virt-handler on node-1",
    ]


def test_the_phases_of_a_migration_come_in_their_order() -> None:
    told = story("migrate", "fitting", "none")
    rows = [line.split()[1] for line in told.frames[-1].terminal.splitlines() if line.startswith("kubevirt-migrate")]

    assert rows[1:] == [
        "Pending",
        "Scheduling",
        "Scheduled",
        "PreparingTarget",
        "TargetReady",
        "Running",
        "Succeeded",
    ]
    assert [
        frame.key for frame, owner in zip(told.frames, told.owners, strict=True) if owner == "virt-handler on node-2"
    ] == [
        "move",
        "succeed",
        "source-ends",
    ]


def test_a_stop_ends_without_a_vmi() -> None:
    told = story("stop", "fitting", "none")

    assert told.phases[-3:] == ("Succeeded", "Succeeded", None)
    assert [o.kind for o in told.frames[-1].objects] == ["VirtualMachine"]


@pytest.mark.parametrize("fault", [f for f in FAULTS if f != "none"])
def test_a_migration_that_fails_leaves_the_guest_running(fault: Fault) -> None:
    told = story("migrate", "fitting", fault)
    vmi = stored(told.frames[-1], "VirtualMachineInstance")

    assert vmi
    assert vmi["status"]["phase"] == "Running"
    assert (vmi["status"]["nodeName"] == "node-1") == (fault not in UNMET["migrate"])


ENDS = [
    # operation, fault, VM's printableStatus, VMI's phase, reason of the last event or none
    ("start", "virt-api-down", "Stopped", None, None),
    ("start", "virt-controller-down", "Stopped", None, None),
    ("start", "virt-handler-down", "Starting", "Scheduled", "Started"),
    ("start", "etcd-no-quorum", "Stopped", None, None),
    ("start", "webhook-denies", "Starting", "Pending", "FailedCreate"),
    ("start", "quota-exceeded", "Starting", "Pending", "FailedCreate"),
    ("start", "pod-security", "Starting", "Pending", "FailedCreate"),
    ("start", "pvc-missing", "ErrorPvcNotFound", "Pending", "FailedPvcNotFound"),
    ("start", "scheduler-down", "Starting", "Scheduling", "SuccessfulCreate"),
    ("start", "no-node-fits", "ErrorUnschedulable", "Scheduling", "FailedScheduling"),
    ("start", "kubelet-down", "Starting", "Scheduling", "Scheduled"),
    ("start", "cni-missing", "Starting", "Scheduling", "FailedCreatePodSandBox"),
    ("start", "image-missing", "ImagePullBackOff", "Scheduling", "BackOff"),
    ("start", "init-fails", "CrashLoopBackOff", "Failed", "Scheduled"),
    ("start", "crash-loop", "CrashLoopBackOff", "Failed", "Stopped"),
    ("start", "readiness-fails", "Running", "Running", "Unhealthy"),
    ("start", "oom-killed", "Starting", None, "SuccessfulCreate"),
    ("start", "launcher-killed", "Starting", None, "SuccessfulCreate"),
    ("migrate", "no-node-fits", "Running", "Running", "FailedMigration"),
    ("migrate", "oom-killed", "Running", "Running", "FailedMigration"),
    ("migrate", "virt-handler-down", "Running", "Running", "SuccessfulHandOver"),
    ("stop", "virt-controller-down", "Running", "Running", None),
    ("stop", "virt-handler-down", "Stopped", None, "SuccessfulDelete"),
    ("stop", "kubelet-down", "Stopping", "Succeeded", "Stopped"),
    ("stop", "acpi-ignored", "Stopped", None, "Stopped"),
]


@pytest.mark.parametrize(("operation", "fault", "shown", "phase", "reason"), ENDS, ids=[f"{e[0]}-{e[1]}" for e in ENDS])
def test_each_fault_ends_as_it_really_does(
    operation: Operation, fault: Fault, shown: str, phase: str | None, reason: str | None
) -> None:
    told = story(operation, "fitting", fault)
    frame = told.frames[-1]
    vm = stored(frame, "VirtualMachine")

    assert vm
    assert vm["status"]["printableStatus"] == shown
    assert told.phases[-1] == phase
    assert (frame.events[-1].reason if frame.events else None) == reason


def test_what_is_down_is_drawn_as_down() -> None:
    for fault, name in DOWN.items():
        for operation in ("start", "stop"):
            for frame in story(operation, "fitting", fault).frames:
                assert frame.actors[name] == "down", (operation, fault, frame.step)


def test_a_guest_that_ignores_the_power_button_ends_as_failed() -> None:
    assert "Failed" in story("stop", "fitting", "acpi-ignored").phases
    assert "Failed" not in story("stop", "fitting", "none").phases
