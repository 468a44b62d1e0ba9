"""What would help besides, and which other rooms take what was pasted."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.record import dataclass
from app.widgets.pod_story.facts import FACTS
from app.widgets.pod_story.judge import Judged
from app.widgets.pod_story.rules import OPEN
from app.widgets.pod_story.view import View


@dataclass(frozen=True)
class RoomLink:
    """Another room with the inputs that show the same there."""

    slug: str
    inputs: Mapping[str, str]


_BIRTH: Mapping[str, str] = {
    "no-scheduler": "scheduler-down",
    "unschedulable": "no-node-fits",
    "gated": "gated",
    "secret-missing": "secret-missing",
    "configmap-missing": "config-missing",
    "volume-unbound": "claim-unbound",
    "volume-multi-attach": "volume-elsewhere",
    "attach-timeout": "volume-timeout",
    "sandbox-failed": "cni-missing",
    "image-not-found": "image-missing",
    "image-rate-limit": "rate-limited",
    "exec-format": "wrong-architecture",
    "init-fails": "init-fails",
    "app-exits": "crash-loop",
    "exits-zero": "crash-loop",
    "readiness-fails": "readiness-fails",
    "oom-container-limit": "oom-killed",
    "node-lost": "kubelet-down",
    "preempted": "preempts",
    "healthy": "none",
}
"""The fault of `pod-birth` that is the same, by the verdict's code."""


def rooms(view: View, judged: Judged) -> Iterator[RoomLink]:
    """Rooms that take what was pasted; where the objects are missing, the same fault in the model of a birth."""
    nodes = [node.content for node in view.case.nodes if node.content]
    pod = view.pod.content
    if judged.rule.room == "scheduler-pick" and nodes and pod:
        yield RoomLink(
            "scheduler-pick",
            {"pod": _json(pod), "nodes": _json({"kind": "List", "apiVersion": "v1", "items": nodes}), "pods": ""},
        )
    if judged.rule.room == "oom-score" and pod:
        memory = next((m for node in nodes if (m := _memory(node))), "16Gi")
        yield RoomLink("oom-score", {"manifest": _json(pod), "node_memory": memory})
    if judged.rule.room == "image-index" and view.case.indexes:
        yield RoomLink("image-index", {"image": _json(view.case.indexes[0])})
    if fault := _BIRTH.get(judged.rule.code):
        if judged.rule.id == "no-webhook":
            fault = "webhook-denies"
        yield RoomLink("pod-birth", {"fault": fault})
    if judged.rule.id in ("no-webhook", "no-quota"):
        yield RoomLink(
            "pod-birth", {"fault": {"no-webhook": "webhook-denies", "no-quota": "quota-exceeded"}[judged.rule.id]}
        )


def _json(thing: object) -> str:
    return json.dumps(thing, ensure_ascii=False, default=str)


def _memory(node: Mapping[str, Any]) -> str:
    status = node.get("status")
    capacity = status.get("capacity") if isinstance(status, Mapping) else None
    return str(capacity.get("memory", "")) if isinstance(capacity, Mapping) else ""


def filled(command: str, judged: Judged) -> str:
    """A command of a rule with the names that are known; a place without a name keeps its capitals."""
    values = judged.values
    namespace = values.get("namespace", "")
    container = values.get("container", "")
    return command.format(
        **{
            **values,
            "ns": f" -n {namespace}" if namespace else "",
            "ns_name": f" {namespace}" if namespace else "",
            "c": f" -c {container}" if container and container != "CONTAINER" else "",
            "name": values.get("name") or "NAME",
        }
    )


def wanted(view: View, judged: Judged) -> Iterator[str]:
    """Commands whose output was not pasted and would help with this verdict."""
    kinds = " ".join(each.kind for each in view.case.recognised)
    code = judged.rule.code
    if code in ("healthy", "completed") or (judged.rule is not OPEN and FACTS["no-pod"](view) is not None):
        return  # of other objects the next commands are enough
    has_pod = "describe-pod" in kinds or "pod-yaml" in kinds or "pod-json" in kinds or view.pod.stored
    if judged.rule.code != "not-admitted":
        if not has_pod:
            yield filled("kubectl describe pod {pod}{ns}", judged)
        if not view.pod.stored and judged.sure != "proved":
            yield filled("kubectl get pod {pod}{ns} -o yaml", judged)
    if not view.events and "events" not in kinds and not has_pod:
        yield filled("kubectl get events{ns} --field-selector involvedObject.name={pod}", judged)
    if code in _ENDS and not view.case.logs:
        yield filled("kubectl logs {pod}{ns}{c} --previous --tail=50", judged)
    if (
        code in ("unschedulable", "no-scheduler", "node-lost", "terminating-node-gone", "volume-zone")
        and not view.case.nodes
    ):
        yield "kubectl get nodes -o json"
    if code.startswith("volume-") and not any(view.beside("PersistentVolumeClaim")):
        yield filled("kubectl get pvc{ns}", judged)


_ENDS = frozenset(
    (
        "app-exits",
        "exits-zero",
        "init-fails",
        "liveness-kills",
        "startup-fails",
        "open",
        "oom-container-limit",
        "hook-fails",
        "volume-not-writable",
    )
)
