"""What kubectl would print at a frame of a story, from the objects and events that the frame holds."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import yaml

from app.kube.frame import Event, Frame, StoredObject
from app.kube.printed.describe_pod import DescribedEvent, describe_pod
from app.kube.story.scene import START
from app.kube.story.table import Terminal, as_time, human_duration, pod_cells

Object = Mapping[str, Any]
_NODES = ("EvictionThresholdMet", "NodeHasInsufficientMemory", "NodeShutdown")  # of the Node: no description has them


def printed(frame: Frame) -> str:
    """The terminal of the story, `get pods`, `describe` of the first Pod, and the events and objects beside it."""
    pods = [_read(each) for each in frame.objects if each.kind == "Pod" and getattr(each, "stored", True)]
    now = START + timedelta(seconds=frame.at_s)
    parts = [line for line in frame.terminal.split("\n") if not _is_watched(line)]
    mine = [each for each in frame.events if not _is_beside(each)]
    beside = [each for each in frame.events if _is_beside(each) and each.reason not in ("Preempted", *_NODES)]
    if beside:
        parts += ["$ kubectl describe replicaset web", *_events(beside)]
    parts += ["$ kubectl get pods", *(_table(pods, now) if pods else ["No resources found in default namespace."])]
    if pods:
        name = pods[0]["metadata"]["name"]
        parts += [
            f"$ kubectl describe pod {name}",
            describe_pod(pods[0], [_row(each) for each in mine], now, "Burstable"),
        ]
    elif mine:
        parts += ["$ kubectl describe pod", *_events(mine)]
    for each in frame.objects:
        if each.kind == "Deployment" and not pods and getattr(each, "stored", True):
            parts += ["$ kubectl get deployments", *_deployment(_read(each), now)]
            parts += ["$ kubectl get deployment web -o yaml", each.yaml]
    return "\n".join(parts) + "\n"


def _is_watched(line: str) -> bool:
    """The rows of `get -w` tell the past; the table below tells how it is now."""
    cells = line.split()
    return line.startswith("NAME ") or (len(cells) > 3 and "/" in cells[1])


def _is_beside(event: Event) -> bool:
    """Whether an event is of a controller, or of another Pod."""
    return event.reason in _NODES or event.reason in (
        "ScalingReplicaSet",
        "SuccessfulCreate",
        "FailedCreate",
        "Preempted",
        "SuccessfulDelete",
    )


def _read(thing: StoredObject) -> Object:
    found = yaml.load(thing.yaml, Loader=yaml.CSafeLoader)
    assert isinstance(found, dict)
    told: Object = _text_times(found)
    return told


def _text_times(thing: Any) -> Any:
    """Times as the API server writes them: PyYAML makes datetimes of them."""
    if isinstance(thing, dict):
        return {key: _text_times(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_text_times(each) for each in thing]
    return thing.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(thing, datetime) else thing


def _table(pods: Sequence[Object], now: datetime) -> Iterator[str]:
    terminal = Terminal()
    for pod in pods:
        created = pod["metadata"].get("creationTimestamp") or now.isoformat()
        dated = {**pod, "metadata": {**pod["metadata"], "creationTimestamp": created}}
        terminal = terminal.row(pod_cells(dated, now))
    yield terminal.text


def _deployment(thing: Object, now: datetime) -> Iterator[str]:
    age = human_duration((now - as_time(thing["metadata"]["creationTimestamp"])).total_seconds())
    yield "NAME   READY   UP-TO-DATE   AVAILABLE   AGE"
    yield f"{thing['metadata']['name']}    0/{thing['spec']['replicas']}     0            0           {age}"


def _row(event: Event) -> DescribedEvent:
    return DescribedEvent(event.type, event.reason, getattr(event, "age", "") or "0s", event.from_, event.message)


def _events(events: Sequence[Event]) -> Iterator[str]:
    yield "Events:"
    yield "  Type     Reason     Age   From   Message"
    yield "  ----     ------     ----  ----   -------"
    for row in map(_row, events):
        yield f"  {row.type}  {row.reason}  {row.age}  {row.source}  {row.message}"
