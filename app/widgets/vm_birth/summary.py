"""The status of the VirtualMachine, as virt-controller derives it from the VMI at every pass.

kubevirt v1.9.0 pkg/virt-controller/watch/vm/vm.go updateStatus. `printableStatus` is the first of its list that holds.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.kube.story.table import as_time
from app.widgets.vm_birth.cast import Object, found, holds, not_ready, with_status

FINAL = ("Succeeded", "Failed")
RETRIED = ("Always", "RerunOnFailure", "Once")
NO_VMI = ("VMINotExists", "VMI does not exist")
NO_CONDITION = ("VMIConditionMissing", "VMI is missing the Ready condition")


def summarized(vm: Object, vmi: Object | None, now: str, start_expected: bool = False) -> Object:
    """The VM with the status of this pass; `start_expected` while the VMI that it has just created is not seen yet."""
    status = {name: value for name, value in vm["status"].items() if name not in ("created", "ready")}
    if vmi:
        status["created"] = True
    if vmi and holds(vmi, "Ready") == "True":
        status["ready"] = True
    if vmi or status.get("runStrategy"):
        status["runStrategy"] = vm["spec"]["runStrategy"]
    status = _requests_trimmed(status, vmi)
    status = _start_failure(status, vm["spec"]["runStrategy"], vmi, now)
    vm = _conditions({**vm, "status": status}, vmi, now)
    return with_status(vm, printableStatus=_printable(vm, vmi, start_expected))


def is_final(vmi: Object | None) -> bool:
    return vmi is not None and vmi["status"].get("phase") in FINAL


def is_migrating(vmi: Object) -> bool:
    """Begun and not ended (pkg/util/migrations/migrations.go IsMigrating)."""
    state = vmi["status"].get("migrationState", {})
    return "startTimestamp" in state and "endTimestamp" not in state


def ever_ran(vmi: Object) -> bool:
    return any(each["phase"] == "Running" for each in vmi["status"].get("phaseTransitionTimestamps", ()))


def _requests_trimmed(status: Mapping[str, Any], vmi: Object | None) -> dict[str, Any]:
    """The first request goes once it is done (isTrimFirstChangeRequestNeeded)."""
    requests = list(status.get("stateChangeRequests", ()))
    if requests and _is_done(requests[0], vmi):
        requests = requests[1:]
    kept = {name: value for name, value in status.items() if name != "stateChangeRequests"}
    return kept | ({"stateChangeRequests": requests} if requests else {})


def _is_done(request: Mapping[str, str], vmi: Object | None) -> bool:
    if request["action"] == "Stop":
        return vmi is None or vmi["metadata"]["uid"] != request["uid"]
    return vmi is not None and "deletionTimestamp" not in vmi["metadata"] and not is_final(vmi)


def delay_s(failures: int) -> int:
    """How long a machine waits after failed starts: 10 s times n squared, up to half as much again at random, 300 s
    at most (calculateStartBackoffTime); the random part is a fifth here."""
    return min(300, 10 * failures**2 + 2 * failures**2)


def _start_failure(status: Mapping[str, Any], strategy: str, vmi: Object | None, now: str) -> dict[str, Any]:
    """A VMI that ended without ever running counts, with a strategy that starts it again (syncStartFailureStatus)."""
    old = status.get("startFailure")
    kept = {name: value for name, value in status.items() if name != "startFailure"}
    if strategy not in RETRIED or (vmi and ever_ran(vmi)):
        return kept
    if not vmi or not is_final(vmi) or (old and old["lastFailedVMIUID"] == vmi["metadata"]["uid"]):
        return kept | ({"startFailure": old} if old else {})
    count = (old["consecutiveFailCount"] if old else 0) + 1
    again = as_time(now) + timedelta(seconds=delay_s(count))
    failure = {
        "consecutiveFailCount": count,
        "lastFailedVMIUID": vmi["metadata"]["uid"],
        "retryAfterTimestamp": again.isoformat()[:19] + "Z",
    }
    return kept | {"startFailure": failure}


def _conditions(vm: Object, vmi: Object | None, now: str) -> Object:
    """Ready is the VMI's or says why there is none; all others are the VMI's, and stay when it goes."""
    if vmi is None:
        return with_status(vm, not_ready(*NO_VMI, now))
    ready = found(vmi, "Ready") or not_ready(*NO_CONDITION, now)
    mirrored = [c for c in vmi["status"].get("conditions", ()) if c["type"] != "Ready"]
    types = {c["type"] for c in mirrored} | {"Ready"}
    kept = [c for c in vm["status"].get("conditions", ()) if c["type"] in types]
    return with_status({**vm, "status": {**vm["status"], "conditions": kept}}, ready, *mirrored)


def _printable(vm: Object, vmi: Object | None, start_expected: bool) -> str:
    """Of setPrintableStatus those that these stories meet, in its order."""
    phase = vmi["status"].get("phase", "") if vmi else ""
    synchronized = (found(vmi, "Synchronized") or {}).get("reason", "") if vmi else ""
    scheduled = (found(vmi, "PodScheduled") or {}).get("reason", "") if vmi else ""
    tries = vm["spec"]["runStrategy"] in RETRIED and "startFailure" in vm["status"]
    statuses = (
        ("Stopping", vmi and not is_final(vmi) and "deletionTimestamp" in vmi["metadata"]),
        ("Migrating", vmi and is_migrating(vmi)),
        ("Running", phase == "Running"),
        ("ErrorPvcNotFound", synchronized == "FailedPvcNotFound"),
        ("ErrorUnschedulable", scheduled == "Unschedulable"),
        ("ErrImagePull", synchronized == "ErrImagePull"),
        ("ImagePullBackOff", synchronized == "ImagePullBackOff"),
        ("Starting", phase in ("Pending", "Scheduling", "Scheduled") or (not vmi and start_expected)),
        ("CrashLoopBackOff", tries and (not vmi or is_final(vmi)) and not start_expected),
        ("Stopped", not vmi or is_final(vmi)),
    )
    return next(name for name, it_holds in statuses if it_holds)
