"""VM birth: who owns the VMI when, what each run strategy allows, and no frame against its own objects."""

import os
import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from app.kube.frame import Frame
from app.kube.say import Say
from app.widgets.vm_birth.cast import LAUNCHERS, UNPAUSED, instance, machine, phased
from app.widgets.vm_birth.event import KINDS
from app.widgets.vm_birth.model import DOWN, UNMET, Fault, Operation, Story, Strategy, tell
from app.widgets.vm_birth.summary import delay_s, summarized

OPERATIONS: tuple[Operation, ...] = get_args(Operation)
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
FAULTS: tuple[Fault, ...] = get_args(Fault)
RUNS = [(o, s, f) for o in OPERATIONS for s in STRATEGIES for f in FAULTS]
USUAL = [(o, "fitting", f) for o in OPERATIONS for f in FAULTS]
USUAL_RUNS: list[tuple[Operation, Strategy, Fault]] = [(o, "fitting", f) for o in OPERATIONS for f in FAULTS]
WORDS = Path(__file__).parent / "words.yaml"
each_usual = pytest.mark.parametrize(("operation", "strategy", "fault"), USUAL, ids=[f"{o}-{f}" for o, _, f in USUAL])


@cache
def story(operation: Operation, strategy: Strategy, fault: Fault) -> Story:
    return tell(operation, strategy, fault)


@cache
def read(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def stored(frame: Frame, kind: str, name: str = "") -> dict[str, Any] | None:
    found = [o for o in frame.objects if o.kind == kind and (not name or o.name == name)]
    value: dict[str, Any] | None = read(found[0].yaml) if found else None
    return value


def conditions(thing: dict[str, Any]) -> dict[str, str]:
    return {c["type"]: c["status"] for c in thing["status"].get("conditions", ())}


def keys(told: Story) -> list[str]:
    return [frame.key for frame in told.frames]


def test_trouble_is_a_warning_and_the_rest_is_normal() -> None:
    """The types as upstream emits them: pulling again and waiting for a PVC are Normal, a guest's crash a Warning."""
    warnings = {kind for kind, known in KINDS.items() if known.type == "Warning"}

    assert warnings == {
        "launcher-refused",
        "failed-scheduling",
        "volume-pull-failed",
        "start-error",
        "sandbox-failed",
        "unhealthy",
        "sync-failed",
        "crashed",
        "node-not-ready",
        "source-failed",
        "target-shutdown",
        "target-removed",
        "source-reported",
        "marked-failed",
        "target-unschedulable",
    }
    senders = {known.from_ for known in KINDS.values()}
    assert senders == {
        "virtualmachine-controller",
        "virt-handler",
        "default-scheduler",
        "kubelet",
        "taint-eviction-controller",
        "node-controller",
    }


def test_each_event_of_kubevirt_has_a_source_with_its_line() -> None:
    for kind in KINDS.values():
        if "kubevirt" in kind.source:
            assert re.fullmatch(r"kubevirt v1\.9\.0 pkg/virt-(controller|handler)/\S+\.go:\d+", kind.source)
        else:
            assert re.match(r"kubernetes v1\.37 pkg/", kind.source)


UPSTREAM = Path(os.environ.get("GOMODCACHE", Path.home() / "go/pkg/mod")) / "kubevirt.io/kubevirt@v1.9.0"


@pytest.mark.skipif(not UPSTREAM.exists(), reason="KubeVirt's source is not on this machine")
def test_the_reason_stands_at_that_line_of_the_source() -> None:
    """Every reason is written there as a literal, or as a constant whose value it is."""
    for name, kind in KINDS.items():
        if "kubevirt" in kind.source:
            file, _, line = kind.source.removeprefix("kubevirt v1.9.0 ").partition(":")
            text = (UPSTREAM / file).read_text().splitlines()[int(line) - 1]
            constants = re.findall(r"(?:controller|common|v1)\.(\w+)", text)
            assert any(_names(constant, kind.reason) for constant in constants), (name, text)


def _names(constant: str, reason: str) -> bool:
    """SuccessfulCreatePodReason names SuccessfulCreate, MigrationTargetPodUnschedulable migrationTargetPod…"""
    plain = re.sub("(VirtualMachine|Pod)?Reason$", "", constant)
    return plain.lower() == reason.lower()


def test_every_step_has_an_owner_and_a_phase() -> None:
    for inputs in RUNS:
        outcome = story(*inputs)
        assert len(outcome.owners) == len(outcome.phases) == len(outcome.frames)


PHASES = ("Pending", "Scheduling", "Scheduled", "Running", "Succeeded", "Failed")


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
        assert phase in PHASES
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
            phase = thing.get("status", {}).get("phase")
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
        ("migrate", "Halted", "404 Not Found", "web/migrate", None),
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


@pytest.mark.parametrize(
    ("strategy", "last", "vmi_phase"),
    [("Halted", "again", "Pending"), ("RerunOnFailure", "stays", None), ("Manual", "stays", "Succeeded")],
)
def test_a_deleted_launcher_is_a_clean_end(strategy: Strategy, last: str, vmi_phase: str | None) -> None:
    """SIGTERM leads to ACPI and to Succeeded, so a machine with RerunOnFailure stays off (vm.go syncRunStrategy)."""
    told = story("start", strategy, "launcher-killed")

    assert keys(told)[-1] == last
    assert "Succeeded" in told.phases
    assert "Failed" not in told.phases
    assert told.phases[-1] == vmi_phase


@pytest.mark.parametrize(("strategy", "shown"), [("Halted", "CrashLoopBackOff"), ("Manual", "Stopped")])
def test_only_a_machine_that_is_tried_again_backs_off(strategy: Strategy, shown: str) -> None:
    vm = stored(story("start", strategy, "crash-loop").frames[-1], "VirtualMachine")

    assert vm
    assert vm["status"]["printableStatus"] == shown


@pytest.mark.parametrize("fault", ["none", "virt-controller-down"])
def test_a_machine_that_has_had_its_one_run_is_stopped(fault: Fault) -> None:
    """Whoever is down now was not then: the VM has seen the end of its VMI, and the watch begins with it."""
    frame = story("start", "Once", fault).frames[0]
    vm, vmi = stored(frame, "VirtualMachine"), stored(frame, "VirtualMachineInstance")

    assert vm
    assert vmi
    assert (vm["status"]["printableStatus"], vm["status"].get("ready")) == ("Stopped", None)
    assert (vmi["status"]["phase"], len(vmi["metadata"]["finalizers"])) == ("Succeeded", 1)
    assert [line.split()[2] for line in frame.terminal.splitlines() if line.startswith("web ")] == ["Succeeded"]


# The three paths


def test_the_phases_of_a_start_come_in_their_order() -> None:
    told = story("start", "fitting", "none")
    phases = list(dict.fromkeys(told.phases))
    rows = [line.split()[2] for line in told.frames[-1].terminal.splitlines() if re.match(r"web +\d+\w +[A-Z]", line)]

    assert phases == [None, "Pending", "Scheduling", "Scheduled", "Running"]
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

    assert list(dict.fromkeys(rows[1:])) == [
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
    ] == ["move", "gate", "ready", "finalize", "succeed", "source-ends"]


def test_the_target_ends_a_migration() -> None:
    """pkg/virt-handler/migration-target.go: nodeName, then `completed`; the source writes neither."""
    told = story("migrate", "fitting", "none")
    states = [stored(frame, "VirtualMachineInstance") or {} for frame in told.frames]
    moved = next(i for i, vmi in enumerate(states) if vmi["status"]["nodeName"] == "node-2")
    completed = next(i for i, vmi in enumerate(states) if vmi["status"].get("migrationState", {}).get("completed"))

    assert told.frames[moved].actor == told.frames[completed].actor == "handler-2"
    assert moved < completed
    assert "endTimestamp" in states[moved]["status"]["migrationState"]
    assert "Migrated" in [event.reason for event in told.frames[moved].events]


def test_the_vm_shows_migrating_from_begin_to_end() -> None:
    told = story("migrate", "fitting", "none")
    shown = [(stored(frame, "VirtualMachine") or {})["status"]["printableStatus"] for frame in told.frames]
    migrating = [frame.key for frame, status in zip(told.frames, shown, strict=True) if status == "Migrating"]

    assert migrating == ["begin", "copy", "switch"]
    assert set(shown) == {"Running", "Migrating"}


# Readiness: the gate, the Pod, the VMI


def test_the_gate_of_a_start_opens_with_the_first_pass_and_the_vmi_waits_for_its_guest() -> None:
    """watch/vmi/lifecycle.go syncPausedConditionToPod and syncReadyConditionFromPod."""
    told = story("start", "fitting", "none")
    by_key = {frame.key: frame for frame in told.frames}
    pods = {key: conditions(stored(frame, "Pod") or {"status": {}}) for key, frame in by_key.items()}

    assert pods["launcher"][UNPAUSED] == "True"
    assert pods["report"]["Ready"] == pods["hand-over"]["Ready"] == "True"
    for key in ("launcher", "report", "hand-over", "define", "running"):
        assert conditions(stored(by_key[key], "VirtualMachineInstance") or {})["Ready"] == "False", key
    assert conditions(stored(by_key["ready"], "VirtualMachineInstance") or {})["Ready"] == "True"


def test_the_gate_of_a_target_opens_when_the_guest_has_moved() -> None:
    told = story("migrate", "fitting", "none")
    keys_open = [
        frame.key
        for frame in told.frames
        if UNPAUSED in conditions(stored(frame, "Pod", LAUNCHERS[2]) or {"status": {}})
    ]

    assert keys_open == ["gate", "ready", "finalize", "succeed", "source-ends"]


# The launcher Pod


def launchers() -> list[tuple[tuple[str, str, str], dict[str, Any]]]:
    return [
        ((o, s, f), read(shown.yaml))
        for o, s, f in USUAL_RUNS
        for frame in story(o, s, f).frames
        for shown in frame.objects
        if shown.kind == "Pod"
    ]


def test_a_container_disk_is_an_image_volume() -> None:
    """The gate ImageVolume is Beta and so on by default: no container and no bind mount for the disk."""
    for where, pod in launchers():
        spec = pod["spec"]
        names = [container["name"] for container in (*spec["initContainers"], *spec["containers"])]
        (disk,) = (volume for volume in spec["volumes"] if volume["name"] == "root")
        target = pod["metadata"]["name"] == LAUNCHERS[2]
        assert names in (["guest-console-log", "volumeroot", "compute"], ["guest-console-log", "compute"]), where
        assert ("volumeroot" in names) == ("image" in disk and not target), where
        assert ("@sha256:" in disk["image"]["reference"]) == target if "image" in disk else True, where


def test_a_launcher_goes_only_where_virt_handler_is() -> None:
    for where, pod in launchers():
        spec = pod["spec"]
        assert spec["nodeSelector"]["kubevirt.io/schedulable"] == "true", where
        limits = spec["containers"][0]["resources"]["limits"]
        assert {f"devices.kubevirt.io/{name}" for name in ("kvm", "tun", "vhost-net")} <= set(limits), where
        assert ("memory" in limits) == ("oom-killed" in where and "stop" not in where), where


def test_the_memory_request_is_the_guest_and_the_overhead() -> None:
    """pkg/hypervisor/kvm/hypervisorbackend.go GetMemoryOverhead for 1Gi and one vCPU; recorded in vm-birth/start.

    Page tables are counted from resources.requests.memory, which nobody sets here.
    """
    fixed = 25 + 100 + 25 + 40 + 30
    for _, pod in launchers():
        memory = pod["spec"]["containers"][0]["resources"]["requests"]["memory"]
        assert memory == f"{1024 + fixed + 8 + 8 + 32}Mi"


def test_a_target_has_the_disk_by_digest_and_nothing_to_read_it_with() -> None:
    """pkg/virt-controller/services/rendervolumes.go shouldAddLauncherBinaryVolume; recorded in vm-birth/migrate."""
    for where, pod in launchers():
        spec = pod["spec"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        reads = any(each["name"].startswith("volume") for each in spec["initContainers"])
        assert ("launcher-volume" in volumes) == reads, where


def test_the_generation_of_a_vmi_counts_each_write() -> None:
    """Its status is no subresource, unlike the others. Recorded in vm-birth/start and vm-birth/migrate."""
    told = story("start", "fitting", "none")
    vmis = [vmi for frame in told.frames if (vmi := stored(frame, "VirtualMachineInstance"))]
    at = {frame.key: stored(frame, "VirtualMachineInstance") for frame in told.frames}

    assert [vmi["metadata"]["generation"] for vmi in vmis] == sorted(vmi["metadata"]["generation"] for vmi in vmis)
    counts = {key: vmi["metadata"]["generation"] for key, vmi in at.items() if vmi}
    assert counts["instance"] == 1
    assert counts["bind"] == counts["launcher"] + 1
    assert counts["ready"] == 7
    ends = stored(story("migrate", "fitting", "none").frames[-1], "VirtualMachineInstance")
    assert ends
    assert ends["metadata"]["generation"] == 18


@each_usual
def test_what_kubevirt_judges_has_the_time_when_it_looked(
    operation: Operation, strategy: Strategy, fault: Fault
) -> None:
    """watch/vmi/lifecycle.go syncReadyConditionFromPod, syncPausedConditionToPod: what is not copied from a Pod."""
    judged = {"PodNotExists", "PodTerminating", "GuestNotRunning", "NotPaused", "VMINotExists", "VMIConditionMissing"}
    for frame in story(operation, strategy, fault).frames:
        for each in frame.objects:
            for found in read(each.yaml).get("status", {}).get("conditions", ()):
                is_judged = found.get("reason") in judged or found["type"] == "migrationRejectedByResourceQuota"
                assert bool(found["lastProbeTime"]) == is_judged, (frame.key, each.kind, found)


def test_a_vmi_knows_its_launchers_from_the_pass_that_sees_them() -> None:
    told = story("start", "fitting", "none")
    active = {
        frame.key: list(vmi["status"].get("activePods", {}).values())
        for frame in told.frames
        if (vmi := stored(frame, "VirtualMachineInstance"))
    }
    unscheduled = stored(story("start", "fitting", "no-node-fits").frames[-1], "VirtualMachineInstance")

    assert (active["launcher"], active["bind"]) == ([], ["node-1"])
    assert unscheduled
    assert list(unscheduled["status"]["activePods"].values()) == [""]


def test_a_disk_that_cannot_be_pulled_is_in_back_off_as_a_volume_before_its_init_container() -> None:
    """Recorded in vm-birth/image-missing."""
    events = [each for each in story("start", "fitting", "image-missing").frames[-1].events if each.reason == "BackOff"]

    assert [each.message.partition(":")[0] for each in events] == [
        'Back-off pulling image "quay.io/containerdisks/fedora',
        "spec.initContainers{volumeroot}",
    ]


def test_no_node_with_too_little_of_a_device_is_a_candidate_for_preemption() -> None:
    """kubernetes v1.37 noderesources/fit.go: a request above what a node has is unresolvable.

    Recorded in vm-birth/no-node-fits.
    """
    told = story("start", "fitting", "no-node-fits").frames[-1].events

    (message,) = {each.message for each in told if each.reason == "FailedScheduling"}
    assert message.endswith("preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.")


@pytest.mark.parametrize("fault", ["launcher-killed", "no-node-fits", "cni-missing"])
def test_a_target_that_is_gone_is_no_active_pod(fault: Fault) -> None:
    """Recorded in vm-birth/migrate-launcher-killed."""
    vmi = stored(story("migrate", "fitting", fault).frames[-1], "VirtualMachineInstance")

    assert vmi
    assert list(vmi["status"]["activePods"].values()) == ["node-1"]


def test_the_kubelet_ends_what_runs_of_a_pod_that_was_forced_away() -> None:
    """Recorded in vm-birth/migrate-launcher-killed."""
    events = story("migrate", "fitting", "launcher-killed").frames[-1].events

    killed = [each.message for each in events if each.reason == "Killing"]
    assert [each.rpartition(" ")[2] for each in killed] == ["compute", "guest-console-log"]


def test_no_virtual_machine_has_a_disruption_budget() -> None:
    """Since 1.6 virt-controller only deletes those that are left over (watch/drain/disruptionbudget)."""
    for o, s, f in USUAL_RUNS:
        assert not [x for frame in story(o, s, f).frames for x in frame.objects if "Disruption" in x.kind]
    text = WORDS.read_text()
    assert "PodDisruptionBudget" not in text
    assert "PDB" not in text


def test_the_finalizers_are_those_of_today() -> None:
    """types.go VirtualMachineInstanceFinalizer has a domain since 1.7; the VM controller's goes from a deleted VMI."""
    for o, s, f in USUAL_RUNS:
        for frame in story(o, s, f).frames:
            vmi = stored(frame, "VirtualMachineInstance")
            if vmi:
                over = vmi["status"]["phase"] in ("Succeeded", "Failed") and "deletionTimestamp" in vmi["metadata"]
                assert all("/" in name for name in vmi["metadata"]["finalizers"]), (o, f)
                assert len(vmi["metadata"]["finalizers"]) == (1 if over else 2), (o, f)


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


# Every story's end: VM, its VMI, its Pods (phase, Ready), the migration, and the last event.
GOOD_START, GOOD_STOP = "Running Running Running/True", "Stopped - -"
GOOD_MOVE = "Running Running Succeeded/False+Running/True Succeeded"
UNMOVED = "Running Running Running/True"
ENDS = {
    ("start", "none"): (GOOD_START, "Started"),
    ("start", "virt-api-down"): ("Stopped - -", None),
    ("start", "virt-controller-down"): ("Stopped - -", None),
    ("start", "virt-handler-down"): ("ErrorUnschedulable Scheduling Pending/-", "FailedScheduling"),
    ("start", "etcd-no-quorum"): ("Stopped - -", None),
    ("start", "webhook-denies"): ("Starting Pending -", "FailedCreate"),
    ("start", "quota-exceeded"): ("Starting Pending -", "FailedCreate"),
    ("start", "pod-security"): ("Starting Pending -", "FailedCreate"),
    ("start", "pvc-missing"): ("ErrorPvcNotFound Pending -", "FailedPvcNotFound"),
    ("start", "scheduler-down"): ("Starting Scheduling Pending/-", "SuccessfulCreate"),
    ("start", "no-node-fits"): ("ErrorUnschedulable Scheduling Pending/-", "FailedScheduling"),
    ("start", "kubelet-down"): ("CrashLoopBackOff Failed Pending/-", "SuccessfulDelete"),
    ("start", "cni-missing"): ("Starting Scheduling Pending/-", "FailedCreatePodSandBox"),
    ("start", "image-missing"): ("ImagePullBackOff Scheduling Pending/-", "Failed"),
    ("start", "init-fails"): ("CrashLoopBackOff - -", "SuccessfulDelete"),
    ("start", "crash-loop"): ("CrashLoopBackOff - -", "SuccessfulDelete"),
    ("start", "readiness-fails"): ("Running Running Running/False", "Unhealthy"),
    ("start", "oom-killed"): ("Starting Pending -", "SuccessfulCreate"),
    ("start", "launcher-killed"): ("Starting Pending -", "SuccessfulCreate"),
    ("start", "not-migratable"): (GOOD_START, "Started"),
    ("start", "acpi-ignored"): (GOOD_START, "Started"),
    ("migrate", "none"): (GOOD_MOVE, "Killing"),
    ("migrate", "virt-api-down"): (UNMOVED, None),
    ("migrate", "virt-controller-down"): (f"{UNMOVED} -", None),
    ("migrate", "virt-handler-down"): (f"{UNMOVED} Failed", "FailedMigration"),
    ("migrate", "etcd-no-quorum"): (UNMOVED, None),
    ("migrate", "webhook-denies"): (f"{UNMOVED} Pending", "FailedCreate"),
    ("migrate", "quota-exceeded"): (f"{UNMOVED} Pending", "FailedCreate"),
    ("migrate", "pod-security"): (f"{UNMOVED} Pending", "FailedCreate"),
    ("migrate", "pvc-missing"): (GOOD_MOVE, "Killing"),
    ("migrate", "scheduler-down"): (f"{UNMOVED} Failed", "FailedMigration"),
    ("migrate", "no-node-fits"): (f"{UNMOVED} Failed", "FailedMigration"),
    ("migrate", "kubelet-down"): (f"{UNMOVED}+Pending/- Scheduling", "TaintManagerEviction"),
    ("migrate", "cni-missing"): (f"{UNMOVED} Failed", "FailedMigration"),
    ("migrate", "image-missing"): (f"{UNMOVED} Failed", "FailedMigration"),
    ("migrate", "init-fails"): (GOOD_MOVE, "Killing"),
    ("migrate", "crash-loop"): (f"{UNMOVED}+Failed/False Failed", "Killing"),
    ("migrate", "readiness-fails"): (GOOD_MOVE, "Killing"),
    ("migrate", "oom-killed"): (f"{UNMOVED}+Failed/False Failed", "Killing"),
    ("migrate", "launcher-killed"): (f"{UNMOVED} Failed", "FailedMigration"),
    ("migrate", "not-migratable"): (UNMOVED, None),
    ("migrate", "acpi-ignored"): (GOOD_MOVE, "Killing"),
    ("stop", "none"): (GOOD_STOP, "SuccessfulDelete"),
    ("stop", "virt-api-down"): (UNMOVED, None),
    ("stop", "virt-controller-down"): (UNMOVED, None),
    ("stop", "virt-handler-down"): (GOOD_STOP, "SuccessfulDelete"),
    ("stop", "etcd-no-quorum"): (UNMOVED, None),
    ("stop", "kubelet-down"): ("Stopped Succeeded Running/False", "NodeNotReady"),
    ("stop", "acpi-ignored"): (GOOD_STOP, "SuccessfulDelete"),
    **{("stop", fault): (GOOD_STOP, "SuccessfulDelete") for fault in UNMET["stop"]},
}


def ending(told: Story) -> tuple[str, str | None]:
    frame = told.frames[-1]
    vm, vmi = stored(frame, "VirtualMachine"), stored(frame, "VirtualMachineInstance")
    migration = stored(frame, "VirtualMachineInstanceMigration")
    pods = [read(o.yaml) for o in frame.objects if o.kind == "Pod"]
    assert vm
    words = [
        vm["status"]["printableStatus"],
        vmi["status"]["phase"] if vmi else "-",
        "+".join(f"{pod['status']['phase']}/{conditions(pod).get('Ready', '-')}" for pod in pods) or "-",
        *([migration.get("status", {}).get("phase", "-")] if migration else []),
    ]
    return " ".join(words), frame.events[-1].reason if frame.events else None


@each_usual
def test_each_story_ends_as_it_really_does(operation: Operation, strategy: Strategy, fault: Fault) -> None:
    assert ending(story(operation, strategy, fault)) == ENDS[operation, fault]


CONDITIONS = {
    ("start", "webhook-denies"): {"Ready": "PodNotExists", "Synchronized": "FailedCreate"},
    ("start", "quota-exceeded"): {"Ready": "PodNotExists", "Synchronized": "FailedCreate"},
    ("start", "pod-security"): {"Ready": "PodNotExists", "Synchronized": "FailedCreate"},
    ("start", "pvc-missing"): {
        "Ready": "PodNotExists",
        "PodScheduled": "Unschedulable",
        "Synchronized": "FailedPvcNotFound",
    },
    ("start", "scheduler-down"): {"Ready": "GuestNotRunning"},
    ("start", "no-node-fits"): {"Ready": "GuestNotRunning", "PodScheduled": "Unschedulable"},
    ("start", "virt-handler-down"): {"Ready": "GuestNotRunning", "PodScheduled": "Unschedulable"},
    ("start", "image-missing"): {"Ready": "GuestNotRunning", "Synchronized": "ImagePullBackOff"},
    ("start", "kubelet-down"): {"Ready": "PodTerminating"},
    ("start", "cni-missing"): {"Ready": "GuestNotRunning"},
    ("start", "readiness-fails"): {"Ready": "ContainersNotReady"},
    ("migrate", "not-migratable"): {"LiveMigratable": "DisksNotLiveMigratable"},
    ("stop", "kubelet-down"): {"Ready": "PodTerminating"},
}


@pytest.mark.parametrize(("operation", "fault"), CONDITIONS, ids=[f"{o}-{f}" for o, f in CONDITIONS])
def test_what_is_wrong_stands_in_the_conditions_of_vmi_and_vm(operation: Operation, fault: Fault) -> None:
    """The VM mirrors every condition of its VMI (vm.go syncConditions)."""
    frame = story(operation, "fitting", fault).frames[-1]
    for kind in ("VirtualMachineInstance", "VirtualMachine"):
        thing = stored(frame, kind)
        assert thing
        wrong = {c["type"]: c["reason"] for c in thing["status"]["conditions"] if c["status"] == "False"}
        assert wrong == CONDITIONS[operation, fault], kind


# The other container, and who is first


def told_of(frame: Frame, reason: str, field: str = "") -> list[str]:
    return [event.message for event in frame.events if event.reason == reason and field in event.message]


@pytest.mark.parametrize(
    ("operation", "strategy", "fault", "key"),
    [
        ("stop", "fitting", "none", "shutdown"),
        ("stop", "fitting", "virt-handler-down", "shutdown"),
        ("start", "fitting", "launcher-killed", "sigterm"),
        ("start", "fitting", "init-fails", "init-fails"),
        ("start", "fitting", "crash-loop", "give-up"),
        ("start", "fitting", "oom-killed", "kill"),
        ("migrate", "fitting", "none", "source-ends"),
        ("migrate", "fitting", "oom-killed", "kill"),
        ("migrate", "fitting", "crash-loop", "target-ends"),
        ("migrate", "fitting", "image-missing", "fail"),
    ],
)
def test_the_kubelet_stops_the_sidecar_too(operation: Operation, strategy: Strategy, fault: Fault, key: str) -> None:
    """kubernetes v1.37 kuberuntime_container.go killContainersWithSyncResult: every container that runs."""
    frame = next(frame for frame in story(operation, strategy, fault).frames if frame.key == key)

    assert "spec.initContainers{guest-console-log}: Stopping container guest-console-log" in told_of(frame, "Killing")


@pytest.mark.parametrize("fault", ["kubelet-down", "virt-controller-down"])
def test_no_kubelet_no_sigterm(fault: Fault) -> None:
    for frame in story("stop", "fitting", fault).frames:
        assert not told_of(frame, "Killing")


def test_a_target_that_dies_is_reported_by_the_source_before_its_kubelet() -> None:
    """PodIsDown looks at the Pod's phase, which waits for the sidecar; libvirt's call fails at once."""
    told = story("migrate", "fitting", "oom-killed")

    assert keys(told)[-5:] == ["cut", "source-failed", "fail", "cleanup", "kill"]
    assert told_of(told.frames[-1], "FailedMigration") == ["source node reported migration failed"]


def test_a_target_that_is_forced_away_is_reported_by_virt_controller() -> None:
    """migration.go: the Pod is gone for the watch, then handleMarkMigrationFailedOnVMI; the source writes nothing."""
    told = story("migrate", "fitting", "launcher-killed")
    vmi = stored(told.frames[-1], "VirtualMachineInstance")

    assert keys(told)[-4:] == ["delete-pod", "fail", "mark", "cleanup"]
    assert vmi
    assert vmi["status"]["migrationState"]["failureReason"] == "Target pod is down"
    assert not told_of(told.frames[-1], "Migrated")
    migration = stored(told.frames[-1], "VirtualMachineInstanceMigration")
    assert migration
    assert migration["status"]["migrationState"] == vmi["status"]["migrationState"]


@pytest.mark.parametrize("fault", ["none", "crash-loop", "oom-killed", "launcher-killed"])
def test_after_a_migration_the_target_has_cleaned_up(fault: Fault) -> None:
    """migration-target.go finalCleanup takes its label off, whether it succeeded or failed."""
    vmi = stored(story("migrate", "fitting", fault).frames[-1], "VirtualMachineInstance")

    assert vmi
    assert "kubevirt.io/migrationTargetNodeName" not in vmi["metadata"]["labels"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("scheduler-down", "Migration target pod was removed during active migration."),
        ("no-node-fits", "Migration target pod was removed during active migration."),
        ("virt-handler-down", "Migration target pod was removed during active migration."),
        ("cni-missing", "Migration failed because target pod shutdown during migration"),
        ("image-missing", "Migration failed because target pod shutdown during migration"),
    ],
)
def test_a_pod_with_a_node_is_failed_before_it_is_gone(fault: Fault, message: str) -> None:
    """kubernetes v1.37 status_manager.go TerminatePod; a Pod without a node is deleted at once."""
    assert told_of(story("migrate", "fitting", fault).frames[-1], "FailedMigration") == [message]


def test_the_flags_are_those_of_a_machine_without_a_cpu_limit() -> None:
    """migration-source.go configureParallelMigrationThreads, live-migration-source.go generateMigrationFlags."""
    frame = next(frame for frame in story("migrate", "fitting", "none").frames if frame.key == "copy")

    assert frame.path == "VIR_MIGRATE_LIVE|PEER2PEER|PERSIST_DEST|NON_SHARED_INC|PARALLEL"


def test_the_target_notes_its_domain_while_it_is_still_paused() -> None:
    """migration-target.go updateStatus: the domain is there when memory is copied, active after the switch."""
    states = {
        frame.key: (stored(frame, "VirtualMachineInstance") or {})["status"].get("migrationState", {})
        for frame in story("migrate", "fitting", "none").frames
    }

    assert "targetNodeDomainDetected" not in states["begin"]
    assert states["copy"]["targetNodeDomainDetected"]
    assert "targetNodeDomainReadyTimestamp" not in states["copy"]
    assert states["switch"]["targetNodeDomainReadyTimestamp"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_virtctl_says_what_it_could_not_put(operation: Operation) -> None:
    """Neither answer is a Status: client-go adds verb, resource and name (errors.go NewGenericServerResponse)."""
    for fault in ("virt-api-down", "etcd-no-quorum"):
        assert story(operation, "fitting", fault).frames[-1].terminal.endswith("(put virtualmachines.kubevirt.io web)")


def test_a_vmi_without_a_pod_says_so() -> None:
    """lifecycle.go syncReadyConditionFromPod; the patch of a VMI that a node owns has no phaseTransitionTimestamps."""
    frame = next(frame for frame in story("stop", "fitting", "virt-handler-down").frames if frame.key == "end")
    vmi = stored(frame, "VirtualMachineInstance")

    assert vmi
    assert [c["reason"] for c in vmi["status"]["conditions"] if c["type"] == "Ready"] == ["PodNotExists"]
    assert vmi["status"]["phase"] == "Failed"
    assert vmi["status"]["phaseTransitionTimestamps"][-1]["phase"] == "Running"
    assert vmi["status"]["activePods"] == {}


def test_a_vmi_that_has_ended_and_stays_keeps_no_finalizer_once_its_pod_is_gone() -> None:
    """lifecycle.go updateStatus, case IsFinal: with Manual nobody deletes the VMI, and both finalizers are gone."""
    vmi = stored(story("start", "Manual", "launcher-killed").frames[-1], "VirtualMachineInstance")

    assert vmi
    assert vmi["metadata"]["finalizers"] == []
    assert [c["reason"] for c in vmi["status"]["conditions"] if c["type"] == "Ready"] == ["PodNotExists"]


@pytest.mark.parametrize(("strategy", "marked"), [("fitting", True), ("RerunOnFailure", True), ("Manual", False)])
def test_a_vmi_that_has_ended_is_deleted_before_its_pod_is_gone(strategy: Strategy, marked: bool) -> None:
    """vm.go syncRunStrategy deletes it when it is final; its Pod holds it back."""
    frame = next(frame for frame in story("start", strategy, "launcher-killed").frames if frame.key == "pod-gone")
    vmi = stored(frame, "VirtualMachineInstance")

    assert vmi
    assert ("deletionTimestamp" in vmi["metadata"]) == marked
    assert bool(told_of(frame, "SuccessfulDelete", "Stopped the virtual machine")) == marked


def test_the_ended_pod_of_a_deleted_vmi_is_deleted_once_more() -> None:
    """lifecycle.go deleteAllMatchingPods leaves out only Pods that are being deleted and have not ended."""
    frame = story("stop", "fitting", "none").frames[-1]
    events: list[Any] = [event for event in frame.events if event.message.startswith("Deleted virtual machine pod")]

    assert [event.count for event in events] == [2]


def test_a_vmi_that_ends_without_an_error_is_not_called_unsynchronized() -> None:
    """conditions.go CheckFailure removes the condition at the first pass without an error."""
    told = story("start", "Manual", "crash-loop")
    states = [stored(frame, "VirtualMachineInstance") for frame in told.frames]
    unsynchronized = [vmi["status"]["phase"] for vmi in states if vmi and "Synchronized" in conditions(vmi)]

    assert unsynchronized
    assert set(unsynchronized) == {"Scheduled"}


@pytest.mark.parametrize("operation", ["start", "migrate"])
def test_a_pod_that_is_taken_off_its_node_says_why(operation: Operation) -> None:
    """kubernetes v1.37 pkg/controller/tainteviction: the condition first, the deletion then."""
    frame = next(frame for frame in story(operation, "fitting", "kubelet-down").frames if frame.key == "evict")
    pod = stored(frame, "Pod", LAUNCHERS[1 if operation == "start" else 2])

    assert pod
    [target] = [c for c in pod["status"]["conditions"] if c["type"] == "DisruptionTarget"]
    assert (target["reason"], target["observedGeneration"]) == ("DeletionByTaintManager", 1)


def sentences(told: Story) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(say.key for say in (frame.say, *frame.details)) for frame in told.frames)


def test_a_fault_that_is_met_tells_another_story_and_one_that_is_not_says_why() -> None:
    for operation in OPERATIONS:
        good = story(operation, "fitting", "none")
        seen: dict[tuple[Any, ...], Fault] = {}
        for fault in FAULTS[1:]:
            told = story(operation, "fitting", fault)
            says = sentences(told)
            met = fault not in UNMET[operation]
            assert met == (says != sentences(good)), (operation, fault)
            sees = f"{operation}.{fault}.sees" if met else f"unmet.{UNMET[operation][fault]}.sees"
            assert told.sees == Say(f"end.{sees}"), (operation, fault)
            if met:
                ends = (says, told.frames[-1].events, told.frames[-1].actors["virt-controller"])
                assert ends not in seen, (operation, fault, seen.get(ends))
                seen[ends] = fault


def test_nobody_says_that_everything_works_while_something_is_broken() -> None:
    words = yaml.safe_load(WORDS.read_text())
    for operation in OPERATIONS:
        for fault in set(FAULTS[1:]) - set(UNMET[operation]):
            works = words[f"end.{operation}.{fault}.works"]
            assert not re.search(r"[Ee]verything|[Aa]ll of it|[Aa]s usual", works["en"]), (operation, fault)
            assert not re.search("一切|全部正常", works["zh"]) or "运行中的一切" in works["zh"], (operation, fault)


def test_what_is_down_is_drawn_as_down() -> None:
    for fault, name in DOWN.items():
        for operation in ("start", "stop"):
            for frame in story(operation, "fitting", fault).frames:
                assert frame.actors[name] == "down", (operation, fault, frame.step)


def test_who_is_down_does_nothing() -> None:
    for operation, strategy, fault in RUNS:
        for frame in story(operation, strategy, fault).frames:
            if frame.actors[frame.actor] == "down":
                assert frame.key == "wait", (operation, fault, frame.step)
                assert not frame.to, (operation, fault, frame.step)


def test_a_qemu_that_never_runs_is_no_end_for_four_minutes() -> None:
    """--qemu-timeout is 240 s and up to 120 s more (services/template.go generateQemuTimeoutWithJitter)."""
    told = story("start", "fitting", "crash-loop")
    failed = next(frame for frame, phase in zip(told.frames, told.phases, strict=True) if phase == "Failed")
    started = next(frame for frame in told.frames if frame.key == "define")
    syncs: list[Any] = [event for event in failed.events if event.reason == "SyncFailed"]

    assert 240 <= failed.at_s - started.at_s <= 360 + 15
    assert sum(event.count for event in syncs) > 3


def test_a_guest_that_ignores_the_power_button_ends_as_failed() -> None:
    assert "Failed" in story("stop", "fitting", "acpi-ignored").phases
    assert "Failed" not in story("stop", "fitting", "none").phases


def test_the_summary_is_stopped_from_the_last_phase_on() -> None:
    """vm.go isVirtualMachineStatusStopping: a final VMI is no longer Stopping, though it and its Pod are there."""
    for frame in story("stop", "fitting", "none").frames:
        vm, vmi = stored(frame, "VirtualMachine"), stored(frame, "VirtualMachineInstance")
        assert vm
        if vmi and "deletionTimestamp" in vmi["metadata"]:
            final = vmi["status"]["phase"] == "Succeeded"
            assert vm["status"]["printableStatus"] == ("Stopped" if final else "Stopping"), frame.key


# The VM's status, by itself


def machine_with(strategy: str, **status: Any) -> dict[str, Any]:
    vm = dict(machine(strategy, "none"))
    return {**vm, "status": {**vm["status"], **status}}


def test_failed_starts_are_counted_and_wait_longer_each_time() -> None:
    assert [delay_s(n) for n in (1, 2, 3, 4, 5, 6)] == [12, 48, 108, 192, 300, 300]
    for n in range(1, 10):
        assert min(300, 10 * n * n) <= delay_s(n) <= min(300, 15 * n * n)


def test_one_failed_vmi_counts_once() -> None:
    now = "2026-09-14T08:30:00Z"
    vm = machine_with("Always")
    failed = phased(instance(vm, now), "Failed", now)
    once = summarized(vm, failed, now)

    assert once["status"]["startFailure"]["consecutiveFailCount"] == 1
    assert summarized(once, failed, now)["status"]["startFailure"]["consecutiveFailCount"] == 1
    other = phased(instance(vm, now, uid="another"), "Failed", now)
    assert summarized(once, other, now)["status"]["startFailure"]["consecutiveFailCount"] == 2
    assert "startFailure" not in summarized(once, phased(other, "Running", now), now)["status"]
    assert "startFailure" not in summarized(machine_with("Manual"), failed, now)["status"]


def test_a_vm_without_a_vmi_starts_only_while_its_creation_is_on_the_way() -> None:
    """Back-off is CrashLoopBackOff, and a virt-controller that is down leaves Stopped (vm.go 2559-2611)."""
    vm, now = machine_with("Always"), "2026-09-14T08:30:00Z"
    backing_off = machine_with("Always", startFailure={"consecutiveFailCount": 1, "lastFailedVMIUID": "x"})

    assert summarized(vm, None, now)["status"]["printableStatus"] == "Stopped"
    assert summarized(vm, None, now, start_expected=True)["status"]["printableStatus"] == "Starting"
    assert summarized(backing_off, None, now)["status"]["printableStatus"] == "CrashLoopBackOff"
