"""What `kubectl get pods -w` prints: a STATUS that is no field, ages, columns that never shrink."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

PADDING, NARROWEST = 3, 6  # kubectl's tabwriter: cli-runtime/pkg/printers/tabwriter.go
POD_COLUMNS = ("NAME", "READY", "STATUS", "RESTARTS", "AGE")


def human_duration(seconds: float) -> str:
    """An age as the API server writes it into tables (apimachinery/pkg/util/duration/duration.go, v0.37)."""
    whole = int(seconds)
    if whole < 0:
        return "<invalid>" if whole < -1 else "0s"
    minutes, hours = whole // 60, whole // 3600
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{hours // 24}d{hours % 24}h" if hours % 24 else f"{hours // 24}d"
    if hours < 24 * 365 * 2:
        return f"{hours // 24}d"
    if hours < 24 * 365 * 8:
        years, days = divmod(hours // 24, 365)
        return f"{years}y{days}d" if days else f"{years}y"
    return f"{hours // 24 // 365}y"


def pod_status(pod: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """READY, STATUS, number of restarts and the time of the last one; of sidecars that run only.

    The API server computes them: kubernetes v1.37 pkg/printers/internalversion/printers.go, printPod.
    """
    spec, status = pod["spec"], pod["status"]
    reason = status.get("reason") or status.get("phase", "")
    conditions = {c["type"]: c for c in status.get("conditions", ())}
    if conditions.get("PodScheduled", {}).get("reason") == "SchedulingGated":
        reason = "SchedulingGated"
    sidecars = _sidecars(spec)
    begun = [
        each for each in status.get("initContainerStatuses", ()) if each.get("started") and each["name"] in sidecars
    ]
    ready, restarts, last = sum(each["ready"] for each in begun), 0, ""
    containers = status.get("containerStatuses", ())
    initializing = _initializing(spec, status)
    if initializing:
        counted = status.get("initContainerStatuses", ())
        reason = initializing
    if not initializing or conditions.get("Initialized", {}).get("status") == "True":
        counted = containers
        running = False
        for container in reversed(containers):
            said = _container_reason(container)
            if said:
                reason = said
            elif container["ready"] and "running" in container["state"]:
                running, ready = True, ready + 1
        if reason == "Completed" and running:
            reason = "Running" if conditions.get("Ready", {}).get("status") == "True" else "NotReady"
    for container in counted:
        restarts += container["restartCount"]
        last = max(last, container.get("lastState", {}).get("terminated", {}).get("finishedAt", ""))
    if "deletionTimestamp" in pod["metadata"] and status.get("phase") not in ("Succeeded", "Failed"):
        reason = "Terminating"
    return f"{ready}/{len(spec['containers']) + len(sidecars)}", reason, str(restarts), last


def _sidecars(spec: Mapping[str, Any]) -> frozenset[str]:
    """The init containers that go on running beside the others, by name."""
    return frozenset(each["name"] for each in spec.get("initContainers", ()) if each.get("restartPolicy") == "Always")


def _initializing(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    for index, container in enumerate(status.get("initContainerStatuses", ())):
        state = container["state"]
        if container.get("started") and container["name"] in _sidecars(spec):
            continue
        if "terminated" in state:
            if state["terminated"]["exitCode"] == 0:
                continue
            return f"Init:{state['terminated']['reason']}"
        waiting = state.get("waiting", {}).get("reason", "")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{index}/{len(spec['initContainers'])}"
    return ""


def _container_reason(container: Mapping[str, Any]) -> str:
    state = container["state"]
    if waiting := state.get("waiting", {}).get("reason"):
        return str(waiting)
    if "terminated" in state:
        return str(state["terminated"].get("reason") or f"ExitCode:{state['terminated']['exitCode']}")
    return ""


def pod_row(pod: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    """The cells of a Pod's row at a time."""
    ready, reason, restarts, last = pod_status(pod)
    if restarts != "0" and last:
        restarts += f" ({human_duration((now - as_time(last)).total_seconds())} ago)"
    age = human_duration((now - as_time(pod["metadata"]["creationTimestamp"])).total_seconds())
    return pod["metadata"]["name"], ready, reason, restarts, age


def as_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class Terminal:
    """A terminal so far. A column keeps its widest cell; lines already printed stay as they are."""

    lines: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()

    def typed(self, command: str) -> "Terminal":
        return replace(self, lines=(*self.lines, f"$ {command}"))

    def told(self, *lines: str) -> "Terminal":
        return replace(self, lines=(*self.lines, *lines))

    def row(self, cells: Sequence[str], columns: Sequence[str] = POD_COLUMNS) -> "Terminal":
        """One more line of the watch; the first brings the headings (cli-runtime printers/tabwriter.go)."""
        rows = [cells] if self.widths else [columns, cells]
        return self.rows(rows)

    def rows(self, rows: Sequence[Sequence[str]]) -> "Terminal":
        wanted = [max(NARROWEST, *(len(row[i]) + PADDING for row in rows)) for i in range(len(rows[0]))]
        widths = tuple(map(max, wanted, self.widths)) if self.widths else tuple(wanted)
        lines = tuple(
            "".join(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)) + row[-1] for row in rows
        )
        return Terminal((*self.lines, *lines), widths)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)
