"""The events of these stories: each with its type, reason, sender and text, and where upstream emits it."""

import math
from collections.abc import Iterable
from dataclasses import replace

from app.kube.frame import Event
from app.kube.story.table import human_duration
from app.record import dataclass


@dataclass(frozen=True)
class Kind:
    """An event that a component emits; kubectl prefixes the text with the container where `container`."""

    type: str
    reason: str
    from_: str
    text: str
    source: str
    container: bool = False


_IMAGES = "kubernetes v1.37 pkg/kubelet/images/image_manager.go"
_RUNTIME = "kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_container.go"
_MANAGER = "kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_manager.go"
_SCHEDULER = "kubernetes v1.37 pkg/scheduler/schedule_one.go"

KINDS = {
    "scheduled": Kind("Normal", "Scheduled", "default-scheduler", "Successfully assigned {pod} to {node}", _SCHEDULER),
    "failed-scheduling": Kind("Warning", "FailedScheduling", "default-scheduler", "{message}", _SCHEDULER),
    "preempted": Kind(
        "Normal",
        "Preempted",
        "default-scheduler",
        "Preempted by pod {uid} on node {node}",
        "kubernetes v1.37 pkg/scheduler/framework/preemption/executor.go",
    ),
    "killing": Kind("Normal", "Killing", "kubelet", "Stopping container {name}", _RUNTIME, True),
    "pulling": Kind("Normal", "Pulling", "kubelet", 'Pulling image "{image}"', _IMAGES, True),
    "pulled": Kind(
        "Normal",
        "Pulled",
        "kubelet",
        'Successfully pulled image "{image}" in {took} ({took} including waiting). Image size: {size} bytes.',
        _IMAGES,
        True,
    ),
    "present": Kind(
        "Normal",
        "Pulled",
        "kubelet",
        'Container image "{image}" already present on machine and can be accessed by the pod',
        _IMAGES,
        True,
    ),
    "created": Kind("Normal", "Created", "kubelet", "Container created", _RUNTIME, True),
    "started": Kind("Normal", "Started", "kubelet", "Container started", _RUNTIME, True),
    "pull-failed": Kind("Warning", "Failed", "kubelet", 'Failed to pull image "{image}": {error}', _IMAGES, True),
    "start-error": Kind("Warning", "Failed", "kubelet", "Error: {reason}", _MANAGER, True),
    "inspect-failed": Kind("Warning", "InspectFailed", "kubelet", "{message}", _IMAGES, True),
    "back-off-pull": Kind("Normal", "BackOff", "kubelet", 'Back-off pulling image "{image}"', _IMAGES, True),
    "back-off-restart": Kind(
        "Warning",
        "BackOff",
        "kubelet",
        "Back-off restarting failed container {container} in pod {name}_{namespace}({uid})",
        _MANAGER,
        True,
    ),
    "sandbox-failed": Kind(
        "Warning", "FailedCreatePodSandBox", "kubelet", "Failed to create pod sandbox: {error}", _MANAGER
    ),
    "mount-failed": Kind(
        "Warning",
        "FailedMount",
        "kubelet",
        'MountVolume.SetUp failed for volume "{volume}" : secret "{secret}" not found',
        "kubernetes v1.37 pkg/volume/util/operationexecutor/operation_generator.go",
    ),
    "driver-failed": Kind(
        "Warning",
        "FailedMount",
        "kubelet",
        'MountVolume.MountDevice failed for volume "{volume}" : kubernetes.io/csi: attacher.MountDevice failed to'
        " create newCsiDriverClient: driver name {driver} not found in the list of registered CSI drivers",
        "kubernetes v1.37 pkg/volume/csi/csi_attacher.go MountDevice, csi_client.go newCsiDriverClient",
    ),
    "waits-for-detach": Kind(
        "Warning",
        "FailedAttachVolume",
        "attachdetach-controller",
        'Waiting for detach for volume "{volume}" Volume is already used by pod(s) {pods}',
        "kubernetes v1.37 pkg/controller/volume/attachdetach/reconciler/reconciler.go reportMultiAttachError",
    ),
    "attach-timed-out": Kind(
        "Warning",
        "FailedAttachVolume",
        "attachdetach-controller",
        'AttachVolume.Attach failed for volume "{volume}" : timed out waiting for external-attacher of {driver} CSI'
        " driver to attach volume {disk}",
        "kubernetes v1.37 pkg/volume/csi/csi_attacher.go waitForVolumeAttachDetachStatusWithLister",
    ),
    "unhealthy": Kind(
        "Warning",
        "Unhealthy",
        "kubelet",
        "Readiness probe failed: HTTP probe failed with statuscode: {code}",
        "kubernetes v1.37 pkg/kubelet/prober/prober.go",
        True,
    ),
    "probe-refused": Kind(
        "Warning",
        "Unhealthy",
        "kubelet",
        'Readiness probe failed: Get "http://{host}{path}": dial tcp {host}: connect: connection refused',
        "kubernetes v1.37 pkg/kubelet/prober/prober.go",
        True,
    ),
    "evicted": Kind(
        "Normal",
        "TaintManagerEviction",
        "taint-eviction-controller",
        "Marking for deletion Pod {pod}",
        "kubernetes v1.37 pkg/controller/tainteviction/taint_eviction.go",
    ),
    "scaled-up": Kind(
        "Normal",
        "ScalingReplicaSet",
        "deployment-controller",
        "Scaled up replica set {set} from 0 to {replicas}",
        "kubernetes v1.37 pkg/controller/deployment/sync.go",
    ),
    "pod-created": Kind(
        "Normal",
        "SuccessfulCreate",
        "replicaset-controller",
        "Created pod: {name}",
        "kubernetes v1.37 pkg/controller/controller_utils.go",
    ),
    "pod-refused": Kind(
        "Warning",
        "FailedCreate",
        "replicaset-controller",
        "Error creating: {error}",
        "kubernetes v1.37 pkg/controller/controller_utils.go",
    ),
}


COMBINED = "(combined from similar events): "
DIFFERENT_TEXTS = 10  # client-go v0.37 tools/record/events_cache.go defaultAggregateMaxEvents


@dataclass(frozen=True)
class SeenEvent(Event):
    """An event with the AGE that `kubectl describe` prints; equal events are one line with a count."""

    age: str = ""
    count: int = 1


SPAM_BURST, SPAM_EVERY_S = 25, 300  # defaultSpamBurst, defaultSpamQPS


@dataclass(frozen=True)
class Noted:
    """Equal events about object `of`, counted (client-go v0.37 tools/record/events_cache.go).

    `sent` and `sent_s` are the count and the time that the API server knows: of one source, object and type 25 events
    are sent, and one more every five minutes; the others are counted and told with the next that is sent
    (EventCorrelate, EventSourceObjectSpamFilter). `tokens` are how many may be sent at once after this one.
    """

    event: Event
    of: str
    first_s: float
    last_s: float
    count: int = 1
    tokens: float = SPAM_BURST - 1
    sent: int = 1
    sent_s: float = 0.0

    def seen(self, at_s: float) -> SeenEvent:
        event, age = self.event, human_duration(at_s - self.sent_s)
        if self.sent > 1:
            age += f" (x{self.sent} over {human_duration(at_s - self.first_s)})"
        return SeenEvent(event.type, event.reason, event.from_, event.message, age, self.sent)

    def again(self, at_s: float, tokens: float) -> "Noted":
        """The same event once more, with so many tokens left before it."""
        count = self.count + 1
        if tokens < 1:
            return replace(self, last_s=at_s, count=count, tokens=tokens)
        return replace(self, last_s=at_s, count=count, tokens=tokens - 1, sent=count, sent_s=at_s)


def emit(notes: tuple[Noted, ...], known: Kind, at_s: float, of: str, **values: str) -> tuple[Noted, ...]:
    """The events after one more of a kind; `field` and `container` are where in the Pod it happened."""
    message = known.text.format(**values)
    if known.container:
        message = f"spec.{values.get('field', 'containers')}{{{values['container']}}}: {message}"
    event = Event(known.type, known.reason, known.from_, message)
    tokens = math.inf  # the scheduler's recorder is another one (client-go tools/events), which holds nothing back
    if known.from_ != "default-scheduler":
        notes, event = _combined(notes, event, of)
        tokens = _tokens(notes, event, of, at_s)
    for index, note in enumerate(notes):
        if note.event == event and note.of == of:
            return (*notes[:index], *notes[index + 1 :], note.again(at_s, tokens))
    return (*notes, Noted(event, of, at_s, at_s, 0, tokens, 0).again(at_s, tokens))


def _tokens(notes: tuple[Noted, ...], event: Event, of: str, at_s: float) -> float:
    """How many events of this source and type may be sent about the object now; the latest note is the last."""
    alike = (each for each in reversed(notes) if each.of == of)
    last = next((each for each in alike if (each.event.from_, each.event.type) == (event.from_, event.type)), None)
    return min(SPAM_BURST, last.tokens + (at_s - last.last_s) / SPAM_EVERY_S) if last else SPAM_BURST


def _combined(notes: tuple[Noted, ...], event: Event, of: str) -> tuple[tuple[Noted, ...], Event]:
    """The tenth and later texts of one kind share a line with the latest (events_cache.go EventAggregate)."""
    alike = [note for note in notes if note.of == of and _kind(note.event) == _kind(event)]
    single = {note.event.message for note in alike if not note.event.message.startswith(COMBINED)}
    if event.message in single or len(single) < DIFFERENT_TEXTS - 1:
        return notes, event
    latest = replace(event, message=COMBINED + event.message)
    renamed = tuple(
        replace(note, event=latest) if note in alike and note.event.message.startswith(COMBINED) else note
        for note in notes
    )
    return renamed, latest


def _kind(event: Event) -> tuple[str, str, str]:
    return event.type, event.reason, event.from_


def described(notes: Iterable[Noted], at_s: float) -> tuple[SeenEvent, ...]:
    """The events as `kubectl describe` lists them at a time, the latest last (kubectl v0.37 pkg/describe)."""
    return tuple(note.seen(at_s) for note in sorted(notes, key=lambda note: note.sent_s) if note.sent)
