"""A Pod's row in `kubectl get pods`: READY, STATUS, RESTARTS, by the rules of the API server's printer.

kubernetes v1.37.2 pkg/printers/internalversion/printers.go printPod; native sidecars are restartable init containers.
"""

from collections.abc import Mapping
from typing import Any

from app.kube.paste.shape import shaped
from app.record import dataclass

Object = Mapping[str, Any]

_TERMINATED = {"exitCode": int, "signal": int, "reason": str, "finishedAt": str}
_STATE = {"waiting": {"reason": str}, "running": {}, "terminated": _TERMINATED}
_STATUS = {"name": str, "restartCount": int, "ready": bool, "started": bool, "state": _STATE, "lastState": _STATE}
_READ = {
    "metadata": {"deletionTimestamp": str},
    "spec": {"containers": [{}], "initContainers": [{"name": str, "restartPolicy": str}]},
    "status": {
        "phase": str,
        "reason": str,
        "conditions": [{"type": str, "status": str, "reason": str}],
        "initContainerStatuses": [_STATUS],
        "containerStatuses": [_STATUS],
    },
}
"""What is read of a Pod, with the types that the API server has seen to; a paste was seen by nobody."""


@dataclass(frozen=True)
class PodRow:
    """READY as two numbers, STATUS, RESTARTS and the time of the last one, empty when there was none."""

    ready: int
    total: int
    status: str
    restarts: int
    restarted_at: str

    @property
    def ready_of_all(self) -> str:
        """The cell READY, for instance `1/2`."""
        return f"{self.ready}/{self.total}"


def pod_row(pod: Object) -> PodRow:
    """The row of a pasted Pod; what has another type than it can have counts as absent."""
    return row_of(shaped(pod, _READ))


def row_of(pod: Object) -> PodRow:
    """The row of a Pod as it is stored, every field of its type."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    phase = status.get("phase") or ""
    reason = status.get("reason") or phase
    conditions = {each.get("type"): each for each in status.get("conditions") or ()}
    if (conditions.get("PodScheduled") or {}).get("reason") == "SchedulingGated":
        reason = "SchedulingGated"
    declared = spec.get("initContainers") or ()
    sidecars = {each.get("name") for each in declared if each.get("restartPolicy") == "Always"}
    total, ready = len(spec.get("containers") or ()) + len(sidecars), 0
    restarts, sidecar_restarts, last, sidecar_last = 0, 0, "", ""
    initializing = False
    for index, it in enumerate(status.get("initContainerStatuses") or ()):
        is_sidecar = it.get("name") in sidecars
        restarts += it.get("restartCount") or 0
        last = max(last, _finished(it))
        if is_sidecar:
            sidecar_restarts += it.get("restartCount") or 0
            sidecar_last = max(sidecar_last, _finished(it))
        said = _initial(it, is_sidecar, index, len(declared))
        if said is None:
            ready += is_sidecar and "terminated" not in (it.get("state") or {}) and bool(it.get("ready"))
            continue
        reason, initializing = said, True
        break
    if not initializing or (conditions.get("Initialized") or {}).get("status") == "True":
        restarts, last, running, failed = sidecar_restarts, sidecar_last, False, ""
        for it in reversed(status.get("containerStatuses") or ()):
            restarts += it.get("restartCount") or 0
            last = max(last, _finished(it))
            said = _stopped(it.get("state") or {})
            if said:
                reason = said
                failed = said if ((it.get("state") or {}).get("terminated") or {}).get("exitCode") else failed
            elif it.get("ready") and "running" in (it.get("state") or {}):
                running, ready = True, ready + 1
        if reason == "Completed":
            is_ready = (conditions.get("Ready") or {}).get("status") == "True"
            reason = "Running" if running and is_ready else failed or ("NotReady" if running else reason)
    if (pod.get("metadata") or {}).get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif phase not in ("Succeeded", "Failed"):
            reason = "Terminating"
    return PodRow(ready, total, reason, restarts, last)


def _finished(it: Object) -> str:
    return str(((it.get("lastState") or {}).get("terminated") or {}).get("finishedAt") or "")


def _initial(it: Object, is_sidecar: bool, index: int, count: int) -> str | None:
    """What an init container that is not done makes of STATUS; None when it is done, or a sidecar that has started."""
    state = it.get("state") or {}
    terminated = state.get("terminated")
    if terminated is not None and not terminated.get("exitCode"):
        return None
    if is_sidecar and it.get("started"):
        return None
    if terminated is not None:
        if terminated.get("reason"):
            return f"Init:{terminated['reason']}"
        return (
            f"Init:Signal:{terminated['signal']}"
            if terminated.get("signal")
            else f"Init:ExitCode:{terminated.get('exitCode')}"
        )
    waits = (state.get("waiting") or {}).get("reason") or ""
    return f"Init:{waits}" if waits and waits != "PodInitializing" else f"Init:{index}/{count}"


def _stopped(state: Object) -> str:
    """Why a container does not run, as STATUS says it; empty when it does."""
    if waits := (state.get("waiting") or {}).get("reason"):
        return str(waits)
    terminated = state.get("terminated")
    if terminated is None:
        return ""
    if terminated.get("reason"):
        return str(terminated["reason"])
    return f"Signal:{terminated['signal']}" if terminated.get("signal") else f"ExitCode:{terminated.get('exitCode')}"
