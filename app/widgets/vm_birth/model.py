"""A virtual machine is started, moved or stopped: who writes what, who owns it when, and what breaks it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from app.kube.frame import Frame
from app.kube.story.scene import Scene
from app.widgets.vm_birth import launch, migrate, request, start, stop
from app.widgets.vm_birth.cast import VM, VMI, condition, machine, with_status
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
# What keeps a launcher Pod from getting ready: how it looks, and what the VM's summary says then.
PENDING: dict[str, tuple[Callable[[Scene, int], Scene], str]] = {
    "scheduler-down": (launch.waits_unseen, ""),
    "no-node-fits": (launch.unschedulable, "ErrorUnschedulable"),
    "kubelet-down": (launch.unheard, ""),
    "cni-missing": (launch.unwired, ""),
    "image-missing": (launch.imageless, "ImagePullBackOff"),
}
DOWN = {
    "virt-api-down": "virt-api",
    "virt-controller-down": "virt-controller",
    "scheduler-down": "scheduler",
    "kubelet-down": "kubelet-1",
    "virt-handler-down": "handler-1",
}
# Faults that an operation does not meet at all.
UNMET: dict[str, tuple[str, ...]] = {
    "start": ("not-migratable", "acpi-ignored"),
    "migrate": ("pvc-missing", "crash-loop", "readiness-fails", "acpi-ignored"),
    "stop": (
        *UNADMITTED,
        "pvc-missing",
        "scheduler-down",
        "no-node-fits",
        "cni-missing",
        "image-missing",
        "init-fails",
        "crash-loop",
        "readiness-fails",
        "oom-killed",
        "launcher-killed",
        "not-migratable",
    ),
}


@dataclass(frozen=True)
class Story:
    """All frames; `owner` is who writes the VMI's status at each of them, `phase` what it says, both by step."""

    frames: tuple[Frame, ...]
    owners: tuple[str | None, ...]
    phases: tuple[str | None, ...]
    strategy: str
    sees: str = ""
    works: str = ""
    check: str = ""


# A reader steps through one story, and each step asks for the whole of it.
@lru_cache(maxsize=128)
def tell(operation: Operation, strategy: Strategy, fault: Fault) -> Story:
    """The story of an operation on a VM with a run strategy; `fitting` is one with which it goes through."""
    chosen = strategy if strategy != "fitting" else ("Halted" if operation == "start" else "Always")
    scene = opened(machine(chosen, _disk(operation, fault)), two_nodes=operation == "migrate")
    scene = _broken(scene, operation, fault)
    path = {"start": _start, "stop": _stop, "migrate": _migrate}[operation]
    scene = path(scene, chosen, fault)
    end = _end(scene, operation, fault)
    frames = tuple(scene.frames)
    return Story(
        frames,
        tuple(_owner(frame) for frame in frames),
        tuple(_phase(frame) for frame in frames),
        chosen,
        **({"sees": f"{end}.sees", "works": f"{end}.works", "check": f"{end}.check"} if end else {}),
    )


def _disk(operation: str, fault: str) -> str:
    if fault == "pvc-missing" and operation == "start":
        return "pvc"
    return "wrong" if fault == "image-missing" and operation == "start" else "image"


def _broken(scene: Scene, operation: str, fault: str) -> Scene:
    name = DOWN.get(fault, "")
    if operation == "migrate" and name in ("kubelet-1", "handler-1"):
        name = name.replace("1", "2")
    return replace(scene, idle={**scene.idle, name: "down"}) if name else scene


def _end(scene: Scene, operation: str, fault: str) -> str:
    refused = scene.frames[-1].say
    if refused == "refuse-running":
        return "running"
    if refused == "refuse-strategy":
        return "strategy"
    if refused == "refuse-stopped":
        return "stopped"
    if fault == "none":
        return ""
    return "unmet" if fault in UNMET[operation] else f"{operation}.{fault}"


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
    return _launched(start.vmi_created(scene, _disk("start", fault)), strategy, fault)


def _already(scene: Scene, strategy: str) -> Scene:
    """A machine with Always runs; one with Once has had its run."""
    scene = running_machine(scene)
    if strategy == "Always":
        return scene
    scene = write(scene, VMI, with_status(scene.objects[VMI], phase="Succeeded"))
    vm = with_status(scene.objects[VM], condition("Ready", False, scene.time, *start.NOT_RUNNING))
    vm = with_status(vm, printableStatus="Stopped", ready=False)
    return write(scene, VM, vm).resting(guest_1="none", launcher_1="completed")


def _launched(scene: Scene, strategy: str, fault: str) -> Scene:
    """From the VMI to its ready Pod."""
    if fault in UNADMITTED:
        return start.pod_refused(scene, fault)
    if fault == "pvc-missing":
        return start.no_disk(scene)
    scene = start.pod_created(scene)
    if fault in PENDING:
        stuck, summary = PENDING[fault]
        scene = stuck(scene, 1)
        return start.mirrored(scene, summary, f"mirror-{fault}") if summary else scene
    if fault == "init-fails":
        return start.failed_early(launch.uninitialized(scene, 1), "failed-init", strategy, crashed=False)
    scene = launch.ready(launch.started(launch.bound(scene, 1), 1), 1)
    scene = start.handed_over(scene)
    if fault == "virt-handler-down":
        return start.waits_for_handler(scene)
    return _guest(start.synced(start.prepared(scene)), strategy, fault)


def _guest(scene: Scene, strategy: str, fault: str) -> Scene:
    """From the launcher's gRPC call to a guest that runs, or not."""
    if fault == "crash-loop":
        return start.failed_early(start.not_defined(scene), "failed-crash", strategy, crashed=True)
    scene = start.running(start.defined(scene))
    if fault == "readiness-fails":
        return start.unready(scene)
    scene = start.readied(scene)
    if fault in ("oom-killed", "launcher-killed"):
        scene = start.failed(start.killed(scene, fault), "failed-killed", "Stopped", crashed=True)
        return start.again(scene, "Always" if strategy == "Halted" else strategy)
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
        scene = stop.pod_gone(stop.cut_off(stop.sigterm_only(scene)))
        return stop.gone(stop.written_off(scene))
    scene = stop.powered_off(stop.asked_to_end(scene))
    scene = stop.ended(stop.ignored(scene), "Failed") if fault == "acpi-ignored" else stop.ended(scene, "Succeeded")
    if fault == "kubelet-down":
        return stop.pod_stays(scene)
    return stop.gone(stop.pod_gone(scene))


def _migrate(scene: Scene, strategy: str, fault: str) -> Scene:
    if strategy == "Halted":
        scene, through = _asked(scene, "migrate", fault)
        return request.conflict(scene, "migrate", "VM is not running", "refuse-stopped") if through else scene
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
        return migrate.given_up(PENDING[fault][0](scene, 2), unschedulable=fault == "no-node-fits")
    if fault == "init-fails":
        return migrate.target_failed(launch.uninitialized(scene, 2))
    scene = launch.ready(launch.started(launch.bound(scene, 2), 2), 2)
    scene = migrate.handed_over(scene)
    if fault == "virt-handler-down":
        return migrate.target_waits(scene)
    scene = migrate.begun(migrate.target_listens(migrate.target_prepared(scene)))
    scene = migrate.copied(scene)
    if fault in ("oom-killed", "launcher-killed"):
        return migrate.target_killed(scene)
    return migrate.source_gone(migrate.succeeded(migrate.moved(migrate.switched(scene))))


# Who owns the VMI


def _vmi_lines(frame: Frame) -> list[str]:
    return next((o.yaml.splitlines() for o in frame.objects if f"{o.kind}/{o.name}" == VMI), [])


def _phase(frame: Frame) -> str | None:
    """The VMI's phase as the frame's object says it."""
    lines = _vmi_lines(frame)
    return next((line.removeprefix("  phase: ") for line in lines if line.startswith("  phase: ")), None)


def _owner(frame: Frame) -> str | None:
    """virt-controller until the phase is Scheduled, from then on the virt-handler of the VMI's node."""
    phase = _phase(frame)
    if not _vmi_lines(frame):
        return None
    if phase in (None, "Pending", "Scheduling"):
        return "virt-controller"
    on_second = "  nodeName: node-2" in _vmi_lines(frame)
    return f"virt-handler on {'node-2' if on_second else 'node-1'}"
