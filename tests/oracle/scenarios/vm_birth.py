"""A virtual machine is started, stopped and moved with virtctl: the model's own machine on the real virt-api and
virt-controller. What virt-handler writes is played, and what the launchers' containers do.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from app.widgets.vm_birth import cast, migrate, start
from tests.oracle.machines import API, LAUNCHER_IMAGE, Handler, MachineRecorder
from tests.oracle.plane import PlaneError, wait_for
from tests.oracle.scenario import Scenario, file_of

ROOM = "vm-birth"
PODS = "/api/v1/namespaces/default/pods"
NO_SUCH_DISK = (
    f'failed to pull and unpack image "{cast.MISSING_DISK}": failed to resolve image: {cast.MISSING_DISK}: not found'
)
CNI_MISSING = (
    'failed to setup network for sandbox "{id}": plugin type="bridge" failed (add): failed to find plugin "bridge" in'
    " path [/opt/cni/bin]"
)
Act = Callable[[MachineRecorder, str], None]


def launchers(
    compute: Mapping[str, Any] | None = None, volumeroot: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A runtime that has both images; a launcher runs until its guest has shut down, 9 s after the signal."""
    return {
        "images": {
            LAUNCHER_IMAGE: {"present": True, "size": 1 << 28},
            cast.DISK: {"present": True, "size": 1 << 28},
            cast.MISSING_DISK: {"pull_ms": 800, "error": NO_SUCH_DISK, "code": "NotFound"},
        },
        "containers": {
            "volumeroot": {"runs": [volumeroot or {"exit_after_ms": 100}]},
            cast.SIDECAR: {"runs": [{"term_ms": 50}]},
            "compute": {"runs": [compute or {"term_ms": 9000}]},
        },
        "sandbox_ms": 120,
        **more,
    }


# -- the machine before the story -----------------------------------------------------------------------------------


def _create(recorder: MachineRecorder, strategy: str, fault: str = "none") -> None:
    made: dict[str, Any] = dict(cast.machine(strategy, fault))
    made["metadata"] = {"name": "web", "namespace": "default"}
    del made["status"]
    printed = recorder.plane.kubectl("create", "-f", str(file_of(recorder.folder, "vm.yaml", made)), user="admin")
    if printed.status:
        raise PlaneError(printed.text)


def _off(strategy: str = "Halted", fault: str = "none") -> Callable[[MachineRecorder], None]:
    """A machine that is there and does not run."""

    def before(recorder: MachineRecorder) -> None:
        recorder.play(launchers())
        _create(recorder, strategy, fault)
        wait_for("the machine is stopped", lambda: _printed_status(recorder) == "Stopped")
        # It has run before, which virt-controller notes and keeps.
        patch = json.dumps({"status": {"runStrategy": strategy}})
        recorder.plane.kubectl("patch", "vm", "web", "--type=merge", "--subresource=status", "-p", patch)
        time.sleep(1)

    return before


def _over(strategy: str) -> Callable[[MachineRecorder], None]:
    """A machine that starts by itself, and whose guest has shut down."""

    def before(recorder: MachineRecorder) -> None:
        recorder.play(launchers())
        _create(recorder, strategy)
        _handed_over(recorder)
        _guest_runs(recorder)
        name = str(_pods(recorder)[0]["metadata"]["name"])
        _switched_off(recorder, "Succeeded", "the guest has shut down")
        recorder.play(launchers(ends={f"{name}/compute": {"exit_code": 0}}))
        wait_for("the VMI is gone", lambda: not _vmi(recorder), 60)
        recorder.play(launchers())
        recorder.plane.kubectl("delete", "events", "--all")
        time.sleep(2)

    return before


def _on(strategy: str = "Always", fault: str = "none", compute: Mapping[str, Any] | None = None) -> Any:
    """A machine that runs on node-1 and has done so for a while."""

    def before(recorder: MachineRecorder) -> None:
        recorder.play(launchers(compute))
        _fetch_disk(recorder)
        _create(recorder, "Always" if strategy == "Manual" else strategy, fault)
        _handed_over(recorder)
        _guest_runs(recorder)
        if strategy == "Manual":  # which starts nothing by itself
            patch = json.dumps({"spec": {"runStrategy": strategy}})
            recorder.plane.kubectl("patch", "vm", "web", "--type=merge", "-p", patch, user="admin")
        time.sleep(5)

    return before


def _fetch_disk(recorder: MachineRecorder) -> None:
    """node-2 has the disk's image by now, because of a Pod of others."""
    made = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "has-disk", "namespace": "platform"},
        "spec": {"containers": [{"name": "disk", "image": cast.DISK}], "nodeName": "node-2"},
    }
    recorder.plane.kubectl("create", "-f", str(file_of(recorder.folder, "has-disk.yaml", made)))


def _vm(recorder: MachineRecorder) -> Mapping[str, Any]:
    return recorder.plane.get(f"{API}/virtualmachines/web") or {}


def _printed_status(recorder: MachineRecorder) -> str:
    return str(_vm(recorder).get("status", {}).get("printableStatus", ""))


def _vmi(recorder: MachineRecorder) -> Mapping[str, Any]:
    return recorder.plane.get(f"{API}/virtualmachineinstances/web") or {}


def _phase(recorder: MachineRecorder) -> str:
    return str(_vmi(recorder).get("status", {}).get("phase", ""))


def _holds(recorder: MachineRecorder, type_: str, status: str = "True") -> bool:
    conditions = _vmi(recorder).get("status", {}).get("conditions", ())
    return any(each["type"] == type_ and each["status"] == status for each in conditions)


def _pods(recorder: MachineRecorder) -> list[Mapping[str, Any]]:
    found = recorder.plane.get(f"{PODS}?labelSelector=kubevirt.io=virt-launcher") or {"items": []}
    return sorted(found["items"], key=lambda each: str(each["metadata"]["creationTimestamp"]))


# -- what virt-handler and the guest do -----------------------------------------------------------------------------


def _handed_over(recorder: MachineRecorder) -> None:
    wait_for("the VMI is scheduled", lambda: _phase(recorder) == "Scheduled", 90)


def _ip(recorder: MachineRecorder, number: int = -1) -> str:
    return str(_pods(recorder)[number]["status"]["podIP"])


def _guest_runs(recorder: MachineRecorder) -> None:
    """libvirt has the domain; then the guest runs."""
    handler = Handler(recorder)
    time.sleep(0.8)
    handler.writes(
        "the domain is defined",
        conditions=handler.conditions(*start.MIGRATABLE),
        migrationMethod="BlockMigration",
        selinuxContext="none",
    )
    time.sleep(0.3)
    interfaces = [{"ipAddress": _ip(recorder), "name": "default"}]
    handler.phase("Running", "the guest runs", interfaces=interfaces)
    wait_for("the VMI is ready", lambda: _holds(recorder, "Ready"), 30)


def _switched_off(recorder: MachineRecorder, phase: str, note: str) -> None:
    """With the domain goes the address, as a real virt-handler was seen to write it."""
    Handler(recorder).phase(phase, note, interfaces=[{"name": "default"}])


# -- stories --------------------------------------------------------------------------------------------------------


def _virtctl(recorder: MachineRecorder, operation: str) -> None:
    recorder.tape.run(operation, "web", program="virtctl", seconds=200)


def _asks(operation: str, seconds: float = 3) -> Act:
    def act(recorder: MachineRecorder, name: str) -> None:
        _virtctl(recorder, operation)
        time.sleep(seconds)

    return act


def _starts(recorder: MachineRecorder, name: str) -> None:
    _virtctl(recorder, "start")
    _handed_over(recorder)
    _guest_runs(recorder)
    time.sleep(3)


def _stops(phase: str = "Succeeded", after_s: float = 6.0) -> Act:
    """The guest shuts down, or is destroyed; then its launcher ends by itself."""

    def act(recorder: MachineRecorder, name: str) -> None:
        _virtctl(recorder, "stop")
        wait_for("the VMI is deleted", lambda: "deletionTimestamp" in _vmi(recorder).get("metadata", {}))
        time.sleep(after_s)
        _switched_off(recorder, phase, f"the guest has ended: {phase}")
        wait_for("the VMI is gone", lambda: not _vmi(recorder), 60)
        time.sleep(2)

    return act


def _migrates(recorder: MachineRecorder, name: str) -> None:
    _virtctl(recorder, "migrate")
    handler = _copies(recorder)
    time.sleep(0.3)
    handler.writes("the guest runs on node-2", migrationState={"targetNodeDomainReadyTimestamp": _now()})
    time.sleep(0.3)
    target = _pods(recorder)[-1]
    node = str(target["spec"]["nodeName"])
    handler.writes(
        "the guest has moved",
        labels={"kubevirt.io/nodeName": node},
        migrationState={"endTimestamp": _now()},
        nodeName=node,
        interfaces=[{"ipAddress": str(target["status"]["podIP"]), "name": "default"}],
    )
    time.sleep(2)
    handler.writes(
        "the migration is complete",
        labels={"kubevirt.io/migrationTargetNodeName": None},
        migrationState={"completed": True},
    )
    wait_for("the migration is over", lambda: _migration_phase(recorder) == "Succeeded", 30)
    time.sleep(1)
    _end(recorder, 0)
    wait_for("the source has ended", lambda: _pods(recorder)[0]["status"]["phase"] == "Succeeded", 30)
    time.sleep(3)


def _copies(recorder: MachineRecorder, domain: bool = True) -> Handler:
    """Up to the copying of memory; `domain` is whether libvirt on node-2 gets one. The target's virt-handler."""
    handler = Handler(recorder, 2)
    wait_for("the target is to be prepared", lambda: _migration_phase(recorder) == "PreparingTarget", 90)
    time.sleep(0.5)
    handler.writes(
        "the target listens",
        migrationState={
            "targetNodeAddress": cast.NODE_IPS[2],
            "targetDirectMigrationNodePorts": {"45665": 0, "41211": 49152, "45683": 49153},
        },
    )
    time.sleep(0.3)
    source = Handler(recorder)
    source.writes("the source has begun", migrationState={"startTimestamp": _now(), "mode": "PreCopy"})
    wait_for("the migration runs", lambda: _migration_phase(recorder) == "Running", 30)
    time.sleep(1)
    if domain:
        handler.writes("node-2 has the domain", migrationState={"targetNodeDomainDetected": True})
    return handler


def _migration_phase(recorder: MachineRecorder) -> str:
    found = recorder.plane.get(f"{API}/virtualmachineinstancemigrations") or {"items": []}
    return str(found["items"][0].get("status", {}).get("phase", "")) if found["items"] else ""


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


# -- what is broken -------------------------------------------------------------------------------------------------


def _both(*before: Callable[[MachineRecorder], None]) -> Callable[[MachineRecorder], None]:
    def one_after_another(recorder: MachineRecorder) -> None:
        for each in before:
            each(recorder)
        time.sleep(1)

    return one_after_another


def _without(program: str) -> Callable[[MachineRecorder], None]:
    def stopped(recorder: MachineRecorder) -> None:
        if program == "virt-api":
            recorder.plane.stop_virt_api()
        else:
            recorder.plane.stop(program)

    return stopped


def _again(recorder: MachineRecorder) -> None:
    """Whoever was stopped runs again, and nothing is refused any more."""
    plane = recorder.plane
    recorder.webhook(allowed=True)
    plane.kubectl("delete", "quota", "team")
    plane.kubectl("label", "namespace", "default", "pod-security.kubernetes.io/enforce-")
    if not plane.is_running("virt-api"):
        plane.start_virt_api()
    if not plane.is_running("virt-controller"):
        plane.start_virt_controller()
    if not plane.is_running("kube-scheduler"):
        plane.start_scheduler()
        time.sleep(5)
    for number in (1, 2):
        if not plane.is_running(f"node-{number}"):
            plane.start_kubelet(number)
    for number in (1, 2):
        wait_for(f"node-{number}", lambda name=f"node-{number}": plane.is_usable(name), 120, 1)
    recorder.offer()


def _quorum_again(recorder: MachineRecorder) -> None:
    recorder.regain_quorum()
    _again(recorder)


def _no_quorum(operation: str) -> Act:
    def act(recorder: MachineRecorder, name: str) -> None:
        recorder.lose_quorum()
        _virtctl(recorder, operation)

    return act


def _no_handler(recorder: MachineRecorder) -> None:
    recorder.offer(handler=False)


def _no_kvm(recorder: MachineRecorder) -> None:
    recorder.offer(kvm=False)


def _no_target_handler(recorder: MachineRecorder) -> None:
    recorder.plane.offer("node-2", handler=False)


def _no_target_kvm(recorder: MachineRecorder) -> None:
    recorder.plane.offer("node-2", kvm=False)


def _denied(recorder: MachineRecorder) -> None:
    recorder.webhook(allowed=False, message="image must come from registry.example.com")


def _others(recorder: MachineRecorder) -> None:
    """Pods of others, which never run, fill the quota of ten with what the machine itself has."""
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"other-{number}", "namespace": "default"},
            "spec": {
                "containers": [{"name": "other", "image": cast.DISK}],
                "schedulingGates": [{"name": "example.com/later"}],
            },
        }
        for number in range(10 - len(_pods(recorder)))
    ]
    made = {"apiVersion": "v1", "kind": "List", "items": pods}
    recorder.plane.kubectl("create", "-f", str(file_of(recorder.folder, "others.yaml", made)))
    recorder.plane.kubectl("create", "quota", "team", "--hard=pods=10")
    wait_for("the quota is counted", lambda: _used(recorder) == "10")
    time.sleep(2)


def _used(recorder: MachineRecorder) -> str:
    found = recorder.plane.get("/api/v1/namespaces/default/resourcequotas/team") or {}
    return str(found.get("status", {}).get("used", {}).get("pods", ""))


def _restricted(recorder: MachineRecorder) -> None:
    recorder.plane.kubectl("label", "namespace", "default", "pod-security.kubernetes.io/enforce=restricted")


def _plays(**script: Any) -> Callable[[MachineRecorder], None]:
    return lambda recorder: recorder.play(launchers(**script))


def _starts_and(after: Act) -> Act:
    def act(recorder: MachineRecorder, name: str) -> None:
        _starts(recorder, name)
        after(recorder, name)

    return act


def _until_failed(seconds: float, then_s: float = 5) -> Act:
    """virt-controller gives the VMI up, and does what the strategy says."""

    def act(recorder: MachineRecorder, name: str) -> None:
        _virtctl(recorder, "start")
        wait_for("a start has failed", lambda: "startFailure" in _vm(recorder).get("status", {}), seconds, 0.5)
        time.sleep(then_s)

    return act


QEMU_EXITS = start.QEMU_EXITS


def _crashes(recorder: MachineRecorder, name: str) -> None:
    """virt-handler tries for minutes, which are seconds here; then the launcher exits."""
    _virtctl(recorder, "start")
    _handed_over(recorder)
    handler = Handler(recorder)
    failed = cast.condition("Synchronized", False, _now(), "Synchronizing with the Domain failed.", QEMU_EXITS)
    handler.writes(
        "the domain cannot be started",
        conditions=handler.conditions(*start.MIGRATABLE, failed),
        migrationMethod="BlockMigration",
        selinuxContext="none",
    )
    time.sleep(4)
    _end(recorder, 0)
    time.sleep(3)
    kept = [each for each in handler.vmi["status"]["conditions"] if each["type"] != "Synchronized"]
    handler.phase("Failed", "the launcher is gone", conditions=kept)
    wait_for("the start has failed", lambda: "startFailure" in _vm(recorder).get("status", {}), 30, 0.5)
    time.sleep(6)


def _end(recorder: MachineRecorder, code: int, reason: str = "", number: int = 0) -> None:
    name = str(_pods(recorder)[number]["metadata"]["name"])
    recorder.tape.note(f"compute of {name} exits with {code}")
    recorder.play(launchers(ends={f"{name}/compute": {"exit_code": code, "reason": reason}}))


def _killed(recorder: MachineRecorder, name: str) -> None:
    uid = _vmi(recorder)["metadata"]["uid"]
    _end(recorder, 137, "OOMKilled")
    wait_for("the Pod has failed", lambda: _pods(recorder)[0]["status"]["phase"] == "Failed", 30)
    time.sleep(4)
    Handler(recorder).phase("Failed", "nobody answers at the launcher's socket")
    wait_for("another VMI", lambda: _vmi(recorder).get("metadata", {}).get("uid", uid) != uid, 60, 0.5)
    time.sleep(3)


def _launcher_deleted(recorder: MachineRecorder, name: str) -> None:
    uid = _vmi(recorder)["metadata"]["uid"]
    recorder.tape.follow("delete", "pod", str(_pods(recorder)[0]["metadata"]["name"]))
    time.sleep(6)
    _switched_off(recorder, "Succeeded", "the guest has shut down")
    wait_for("another VMI", lambda: _vmi(recorder).get("metadata", {}).get("uid", uid) != uid, 60, 0.5)
    time.sleep(3)


def _unserved(recorder: MachineRecorder, name: str) -> None:
    """No virt-handler: the launcher ends its guest 46 s after the signal, and itself at last."""
    _virtctl(recorder, "stop")
    wait_for("the VMI is gone", lambda: not _vmi(recorder), 120)
    time.sleep(2)


def _unreported(recorder: MachineRecorder, name: str) -> None:
    """No kubelet: the guest is off, its Pod stays."""
    _virtctl(recorder, "stop")
    wait_for("the VMI is deleted", lambda: "deletionTimestamp" in _vmi(recorder).get("metadata", {}))
    time.sleep(6)
    _switched_off(recorder, "Succeeded", "the guest has ended: Succeeded")
    time.sleep(60)


def _moves_until_failed(seconds: float, then_s: float = 4) -> Act:
    def act(recorder: MachineRecorder, name: str) -> None:
        _virtctl(recorder, "migrate")
        wait_for("the migration has failed", lambda: _migration_phase(recorder) == "Failed", seconds, 1)
        time.sleep(then_s)

    return act


def _source_failed(recorder: MachineRecorder, reason: str) -> None:
    state = {"failed": True, "completed": True, "endTimestamp": _now(), "failureReason": reason}
    Handler(recorder).writes("the source's call has failed", migrationState=state)
    wait_for("the migration has failed", lambda: _migration_phase(recorder) == "Failed", 30)
    time.sleep(0.5)
    Handler(recorder, 2).writes("the target is cleaned up", labels={"kubevirt.io/migrationTargetNodeName": None})


def _target_crashes(recorder: MachineRecorder, name: str) -> None:
    _virtctl(recorder, "migrate")
    _copies(recorder, domain=False)
    _source_failed(recorder, migrate.QEMU_EXITED)
    _end(recorder, 2, number=-1)
    time.sleep(5)


def _target_killed(recorder: MachineRecorder, name: str) -> None:
    _virtctl(recorder, "migrate")
    _copies(recorder)
    _source_failed(recorder, migrate.PEER_GONE)
    _end(recorder, 137, "OOMKilled", number=-1)
    time.sleep(5)


def _target_deleted(recorder: MachineRecorder, name: str) -> None:
    _virtctl(recorder, "migrate")
    handler = _copies(recorder)
    recorder.tape.run("delete", "pod", str(_pods(recorder)[-1]["metadata"]["name"]), "--force")
    wait_for("the migration has failed", lambda: _migration_phase(recorder) == "Failed", 30)
    time.sleep(2)
    handler.writes("the target is cleaned up", labels={"kubevirt.io/migrationTargetNodeName": None})
    time.sleep(2)


def _starts_slowly(recorder: MachineRecorder, name: str) -> None:
    """The probe fails for as long as it is asked."""
    _virtctl(recorder, "start")
    _handed_over(recorder)
    handler = Handler(recorder)
    handler.writes(
        "the domain is defined",
        conditions=handler.conditions(*start.MIGRATABLE),
        migrationMethod="BlockMigration",
        selinuxContext="none",
    )
    handler.phase("Running", "the guest runs", interfaces=[{"ipAddress": _ip(recorder), "name": "default"}])
    time.sleep(50)


UNREADY = {"listens": [{"port": 8080, "from_ms": 0, "answers": [{"status": 503}]}], "term_ms": 500}


SCENARIOS = (
    Scenario(ROOM, "start", _starts, before=_off()),
    Scenario(ROOM, "stop", _stops(), before=_on()),
    Scenario(ROOM, "migrate", _migrates, before=_on()),
    # what the machine itself does not allow, and the other strategies
    Scenario(ROOM, "start-always", _asks("start"), before=_on()),
    Scenario(ROOM, "stop-halted", _asks("stop"), before=_off()),
    Scenario(ROOM, "migrate-halted", _asks("migrate"), before=_off()),
    Scenario(ROOM, "start-manual", _starts, before=_off("Manual")),
    Scenario(ROOM, "start-rerun", _starts, before=_over("RerunOnFailure")),
    Scenario(ROOM, "stop-manual", _stops(), before=_on("Manual")),
    Scenario(ROOM, "stop-rerun", _stops(), before=_on("RerunOnFailure")),
    # a start
    Scenario(ROOM, "no-node-fits", _asks("start", 8), before=_both(_off(), _no_kvm), after=_again),
    Scenario(ROOM, "virt-handler-down", _asks("start", 8), before=_both(_off(), _no_handler), after=_again),
    Scenario(
        ROOM, "virt-controller-down", _asks("start", 8), before=_both(_off(), _without("virt-controller")), after=_again
    ),
    Scenario(ROOM, "scheduler-down", _asks("start", 8), before=_both(_off(), _without("kube-scheduler")), after=_again),
    Scenario(ROOM, "webhook-denies", _asks("start", 12), before=_both(_off(), _denied), after=_again),
    Scenario(ROOM, "quota-exceeded", _asks("start", 12), before=_both(_off(), _others), after=_again),
    Scenario(ROOM, "pod-security", _asks("start", 12), before=_both(_off(), _restricted), after=_again),
    Scenario(ROOM, "pvc-missing", _asks("start", 8), before=_off(fault="pvc-missing")),
    Scenario(ROOM, "image-missing", _asks("start", 25), before=_off(fault="image-missing")),
    Scenario(ROOM, "cni-missing", _asks("start", 15), before=_both(_off(), _plays(sandbox_errors=[CNI_MISSING]))),
    Scenario(
        ROOM,
        "init-fails",
        _until_failed(60, 8),
        before=_both(_off(), _plays(volumeroot={"exit_after_ms": 100, "exit_code": 1})),
    ),
    Scenario(ROOM, "crash-loop", _crashes, before=_off()),
    Scenario(ROOM, "oom-killed", _starts_and(_killed), before=_off(fault="oom-killed")),
    Scenario(ROOM, "launcher-killed", _starts_and(_launcher_deleted), before=_off()),
    Scenario(
        ROOM, "readiness-fails", _starts_slowly, before=_both(_off(fault="readiness-fails"), _plays(compute=UNREADY))
    ),
    Scenario(ROOM, "virt-api-down", _asks("start"), before=_both(_off(), _without("virt-api")), after=_again),
    # a stop
    Scenario(ROOM, "stop-acpi-ignored", _stops("Failed", 30), before=_on(compute={"term_ms": 31000})),
    Scenario(ROOM, "stop-virt-handler-down", _unserved, before=_on(compute={"term_ms": 59000})),
    Scenario(
        ROOM,
        "stop-virt-controller-down",
        _asks("stop", 8),
        before=_both(_on(), _without("virt-controller")),
        after=_again,
    ),
    Scenario(ROOM, "stop-virt-api-down", _asks("stop"), before=_both(_on(), _without("virt-api")), after=_again),
    Scenario(ROOM, "stop-kubelet-down", _unreported, before=_both(_on(), _without("node-1")), after=_again),
    # a migration
    Scenario(ROOM, "migrate-crash-loop", _target_crashes, before=_on()),
    Scenario(ROOM, "migrate-oom-killed", _target_killed, before=_on(fault="oom-killed")),
    Scenario(ROOM, "migrate-launcher-killed", _target_deleted, before=_on()),
    Scenario(
        ROOM,
        "migrate-virt-controller-down",
        _asks("migrate", 8),
        before=_both(_on(), _without("virt-controller")),
        after=_again,
    ),
    Scenario(ROOM, "migrate-virt-api-down", _asks("migrate"), before=_both(_on(), _without("virt-api")), after=_again),
    Scenario(ROOM, "migrate-webhook-denies", _asks("migrate", 12), before=_both(_on(), _denied), after=_again),
    Scenario(ROOM, "migrate-quota-exceeded", _asks("migrate", 12), before=_both(_on(), _others), after=_again),
    Scenario(ROOM, "migrate-pod-security", _asks("migrate", 12), before=_both(_on(), _restricted), after=_again),
    Scenario(ROOM, "migrate-no-node-fits", _moves_until_failed(400), before=_both(_on(), _no_target_kvm), after=_again),
    Scenario(
        ROOM,
        "migrate-virt-handler-down",
        _moves_until_failed(400),
        before=_both(_on(), _no_target_handler),
        after=_again,
    ),
    # what takes long
    Scenario(ROOM, "etcd-no-quorum", _no_quorum("start"), before=_off(), after=_quorum_again),
    Scenario(ROOM, "kubelet-down", _until_failed(480), before=_both(_off(), _without("node-1")), after=_again),
    Scenario(
        ROOM, "migrate-cni-missing", _moves_until_failed(960), before=_both(_on(), _plays(sandbox_errors=[CNI_MISSING]))
    ),
    Scenario(
        ROOM,
        "migrate-scheduler-down",
        _moves_until_failed(960),
        before=_both(_on(), _without("kube-scheduler")),
        after=_again,
    ),
)
