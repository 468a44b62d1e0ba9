"""A virtual machine is started, moved or stopped: who writes what, who owns it when, and what breaks it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from app.kube.frame import Ending, Frame, Sequence, ending, with_details
from app.kube.kept import kept_story
from app.kube.story.scene import Scene
from app.record import dataclass
from app.widgets.vm_birth import launch, migrate, request, start, stop
from app.widgets.vm_birth.cast import OWN_FAULTS, PODS, VMI, condition, machine, not_ready, with_status
from app.widgets.vm_birth.scene import opened, write
from app.widgets.vm_birth.stop import running_machine

Operation = Literal["start", "migrate", "stop"]
Strategy = Literal["fitting", "Halted", "Manual", "RerunOnFailure", "Always", "Once"]
Fault = Literal[
    "none",
    "virt-api-down",
    "virt-controller-down",
    "virt-handler-down",
    "etcd-no-quorum",
    "webhook-denies",
    "quota-exceeded",
    "pod-security",
    "pvc-missing",
    "scheduler-down",
    "no-node-fits",
    "kubelet-down",
    "cni-missing",
    "image-missing",
    "init-fails",
    "crash-loop",
    "readiness-fails",
    "oom-killed",
    "launcher-killed",
    "not-migratable",
    "acpi-ignored",
]

UNADMITTED = ("webhook-denies", "quota-exceeded", "pod-security")
# What keeps a launcher Pod from getting ready, and whether the VMI and the VM show it.
PENDING: dict[str, tuple[Callable[[Scene, int], Scene], bool]] = {
    "scheduler-down": (launch.waits_unseen, False),
    "no-node-fits": (launch.without_kvm, True),
    "virt-handler-down": (launch.without_handler, True),
    "kubelet-down": (launch.unheard, False),
    "cni-missing": (launch.unwired, False),
    "image-missing": (launch.imageless, True),
}
UNSCHEDULABLE = ("no-node-fits", "virt-handler-down")
DOWN = {
    "virt-api-down": "virt-api",
    "virt-controller-down": "virt-controller",
    "scheduler-down": "scheduler",
    "kubelet-down": "kubelet-1",
    "virt-handler-down": "handler-1",
}
# Faults that an operation does not meet, each with the key of the reason why.
UNMET: dict[str, dict[str, str]] = {
    "start": {"not-migratable": "no-move", "acpi-ignored": "no-stop"},
    "migrate": {
        "pvc-missing": "disk-in-use",
        "init-fails": "no-init",
        "readiness-fails": "ready-not-asked",
        "acpi-ignored": "no-stop",
    },
    "stop": {
        **dict.fromkeys(UNADMITTED, "no-new-pod"),
        **dict.fromkeys(
            ("pvc-missing", "scheduler-down", "no-node-fits", "cni-missing", "image-missing", "init-fails"),
            "no-new-pod",
        ),
        "crash-loop": "guest-runs",
        "readiness-fails": "ready-not-asked",
        "oom-killed": "ends-anyway",
        "launcher-killed": "ends-anyway",
        "not-migratable": "no-move",
    },
}


# Ends of a request that the VM itself does not allow: no fault is met any more.
REFUSED = ("running", "strategy", "stopped")


@dataclass(frozen=True, kw_only=True)
class Story(Sequence):
    """All frames; `owners` are those who write the VMI's status, `phases` what it says, both by step."""

    owners: tuple[str | None, ...]
    phases: tuple[str | None, ...]
    strategy: str


# A reader steps through one story, and each step asks for the whole of it.
@kept_story
def tell(operation: Operation, strategy: Strategy, fault: Fault) -> Story:
    """The story of an operation on a VM with a run strategy; `fitting` is one with which it goes through."""
    chosen = strategy if strategy != "fitting" else ("Halted" if operation == "start" else "Always")
    own = fault if operation in OWN_FAULTS.get(fault, ()) else "none"
    scene = opened(machine(chosen, own), two_nodes=operation == "migrate")
    scene = _broken(scene, operation, fault)
    path = {"start": _start, "stop": _stop, "migrate": _migrate}[operation]
    scene = path(scene, chosen, fault)
    end = _end(scene, operation, fault)
    frames = tuple(scene.frames)
    if end in REFUSED and fault != "none":
        frames = with_details(frames, "beside.refused")
    return Story(
        frames=frames,
        owners=tuple(_owner(frame) for frame in frames),
        phases=tuple(_phase(frame) for frame in frames),
        strategy=chosen,
        **_closing(end),
    )


def _closing(end: str) -> Ending:
    """What is seen, what still works and what to check; a fault that is not met says why, and the rest is the same."""
    if not end:
        return {}
    return {**ending("unmet" if end.startswith("unmet.") else end), "sees": ending(end)["sees"]}


def _broken(scene: Scene, operation: str, fault: str) -> Scene:
    """Who is down is drawn so from the start; of a migration's two nodes it is the target's."""
    name = DOWN.get(fault, "")
    if operation == "migrate" and name in ("kubelet-1", "handler-1"):
        name = name.replace("1", "2")
    return replace(scene, idle={**scene.idle, name: "down"}) if name else scene


def _end(scene: Scene, operation: str, fault: str) -> str:
    refused = scene.frames[-1].say.key.removeprefix("say.")
    if refused == "refuse-running":
        return "running"
    if refused == "refuse-strategy":
        return "strategy"
    if refused in ("refuse-stopped", "refuse-no-vmi"):
        return "stopped"
    if fault == "none":
        return ""
    reason = UNMET[operation].get(fault)
    return f"unmet.{reason}" if reason else f"{operation}.{fault}"


def _asked(scene: Scene, operation: str, fault: str) -> tuple[Scene, bool]:
    """The request up to virt-api, and whether it got through."""
    scene = request.asked(scene, operation)
    if fault == "virt-api-down":
        return request.unavailable(scene, operation), False
    scene = request.forwarded(scene, operation)
    if fault == "etcd-no-quorum":
        return request.not_retrieved(scene, operation), False
    return scene, True


def _start(scene: Scene, strategy: str, fault: str) -> Scene:
    if strategy in ("Always", "Once"):
        scene = _already(scene, strategy)
    scene, through = _asked(scene, "start", fault)
    if not through:
        return scene
    if strategy == "Always":
        return request.conflict(scene, "start", "VM is already running", "refuse-running")
    if strategy == "Once":
        return request.conflict(scene, "start", "Once does not support manual start requests", "refuse-strategy")
    if strategy == "Halted":
        scene = request.strategy_set(scene, "Always", "start")
    else:
        scene = request.change_requested(scene, "Start", "start")
    scene = request.accepted(scene, "start")
    if fault == "virt-controller-down":
        return start.hand_nothing(scene)
    return _launched(start.vmi_created(scene), "Always" if strategy == "Halted" else strategy, fault)


def _already(scene: Scene, strategy: str) -> Scene:
    """A machine with Always runs; one with Once has had its run, when nobody was down, and the watch shows its end."""
    running = running_machine(scene)
    if strategy == "Always":
        return running
    ended = running.resting(virt_controller="watching", guest_1="none", launcher_1="completed")
    long_ago = scene.until(-60.0).time
    vmi = with_status(ended.objects[VMI], not_ready(*start.POD_ENDS, long_ago))
    ended = write(ended, VMI, stop.switched_off(vmi, "Succeeded", long_ago))
    over = with_status(ended.objects[PODS[1]], condition("Ready", False, long_ago, "PodCompleted"), phase="Succeeded")
    ended = replace(write(ended, PODS[1], over), terminal=scene.terminal)
    return write(ended, VMI, ended.objects[VMI]).resting(virt_controller=scene.idle["virt-controller"])


def _launched(scene: Scene, strategy: str, fault: str) -> Scene:
    """From the VMI to its ready Pod."""
    if fault in UNADMITTED:
        return start.pod_refused(scene, fault)
    if fault == "pvc-missing":
        return start.no_disk(scene)
    scene = start.pod_created(scene, unscheduled=fault in (*UNSCHEDULABLE, "scheduler-down"))
    if fault in PENDING:
        stuck, shown = PENDING[fault]
        scene = stuck(scene, 1)
        if fault == "kubelet-down":
            return start.stuck_deleting(start.failed(scene.after(0.1), "failed-evicted", by_handler=False), strategy)
        return start.mirrored(scene, fault) if shown else scene
    if fault == "init-fails":
        scene = launch.uninitialized(scene, 1).after(0.1)
        return start.backs_off(start.failed(scene, "failed-init", by_handler=False), strategy)
    scene = launch.ready(launch.started(launch.bound(scene, 1), 1), 1)
    return _guest(start.synced(start.prepared(start.handed_over(scene))), strategy, fault)


def _guest(scene: Scene, strategy: str, fault: str) -> Scene:
    """From the launcher's gRPC call to a guest that runs, or not."""
    if fault == "crash-loop":
        scene = start.given_up(start.tried_again(start.not_defined(scene))).after(2)
        return start.backs_off(start.failed(scene, "failed-crash", by_handler=True), strategy)
    scene = start.running(start.defined(scene))
    if fault == "readiness-fails":
        return start.unready(scene)
    scene = start.readied(scene)
    if fault == "oom-killed":
        return start.again(start.missed(start.out_of_memory(scene)), strategy)
    if fault == "launcher-killed":
        scene = stop.asked_to_end(start.pod_deleted(scene), "shutdown-marked")
        scene = stop.ended(stop.powered_off(scene), "Succeeded")
        return start.again(stop.pod_gone(start.discarded(scene.after(0.1), strategy)), strategy)
    return scene


def _stop(scene: Scene, strategy: str, fault: str) -> Scene:
    scene = scene if strategy == "Halted" else running_machine(scene)
    scene, through = _asked(scene, "stop", fault)
    if not through:
        return scene
    if strategy == "Halted":
        return request.conflict(scene, "stop", "VM is not running", "refuse-stopped")
    if strategy in ("Always", "Once"):
        scene = request.strategy_set(scene, "Halted", "stop")
    else:
        scene = request.change_requested(scene, "Stop", "stop")
    scene = request.accepted(scene, "stop")
    if fault == "virt-controller-down":
        return stop.nobody_stops(scene)
    return _shut_down(stop.deleted(scene), fault)


def _shut_down(scene: Scene, fault: str) -> Scene:
    if fault == "virt-handler-down":
        scene = stop.pod_gone(stop.cut_off(stop.sigterm_only(scene)), "pod-gone-late", after_s=14)
        return stop.gone(stop.written_off(scene))
    scene = stop.powered_off(stop.asked_to_end(scene))
    scene = stop.ended(stop.ignored(scene), "Failed") if fault == "acpi-ignored" else stop.ended(scene, "Succeeded")
    if fault == "kubelet-down":
        return stop.pod_stays(scene)
    return stop.gone(stop.pod_gone(scene))


def _migrate(scene: Scene, strategy: str, fault: str) -> Scene:
    if strategy == "Halted":
        scene, through = _asked(scene, "migrate", fault)
        return request.no_instance(scene) if through else scene
    scene = running_machine(scene)
    scene = migrate.on_local_disk(scene) if fault == "not-migratable" else scene
    scene, through = _asked(scene, "migrate", fault)
    if not through:
        return scene
    if fault == "not-migratable":
        return request.denied(migrate.forbidden(scene), migrate.DENIED)
    scene = request.accepted(migrate.wished(scene), "migrate")
    if fault == "virt-controller-down":
        return migrate.nobody_moves(scene)
    if fault in UNADMITTED:
        return migrate.target_refused(scene, fault)
    return _moved(migrate.target_created(scene), fault)


def _moved(scene: Scene, fault: str) -> Scene:
    if fault in PENDING:
        scene = PENDING[fault][0](scene, 2)
        return migrate.held_up(scene) if fault == "kubelet-down" else migrate.timed_out(scene, fault in UNSCHEDULABLE)
    scene = launch.ready(launch.started(launch.bound(scene, 2), 2), 2)
    scene = migrate.begun(migrate.target_listens(migrate.target_prepared(migrate.handed_over(scene))))
    if fault == "crash-loop":
        scene = migrate.source_reports(migrate.qemu_exits(scene), migrate.QEMU_EXITED)
        return migrate.launcher_told_to_end(migrate.failed_for(scene, "source-reported"))
    scene = migrate.copied(scene)
    if fault == "oom-killed":
        scene = migrate.source_reports(migrate.target_dies(scene), migrate.PEER_GONE)
        return migrate.death_reported(migrate.cleaned_up(migrate.failed_for(scene, "source-reported")))
    if fault == "launcher-killed":
        scene = migrate.failed_for(migrate.target_forced_away(scene), "target-removed")
        return migrate.cleaned_up(migrate.marked_failed(scene))
    scene = migrate.ready_again(migrate.opened(migrate.moved(migrate.switched(scene))))
    scene = migrate.finalized(scene)
    return migrate.source_gone(migrate.succeeded(scene))


# Who owns the VMI


def _vmi_lines(frame: Frame) -> list[str]:
    return next((o.yaml.splitlines() for o in frame.objects if f"{o.kind}/{o.name}" == VMI), [])


def _phase(frame: Frame) -> str | None:
    """The VMI's phase as the frame's object says it."""
    lines = _vmi_lines(frame)
    return next((line.removeprefix("  phase: ") for line in lines if line.startswith("  phase: ")), None)


def _owner(frame: Frame) -> str | None:
    """virt-controller until it hands the VMI over to a node, from then on the virt-handler of the VMI's node."""
    lines = _vmi_lines(frame)
    if not lines:
        return None
    node = next((line.removeprefix("  nodeName: ") for line in lines if line.startswith("  nodeName: ")), "")
    return f"virt-handler on {node}" if node else "virt-controller"
