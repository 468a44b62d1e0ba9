"""A container that ends again and again, as its kubelet tells it: status, events, delays."""

from collections.abc import Callable, Sequence
from typing import Literal

from app.kube.story.backoff import restart_delay_s, syncs_s, waiting_message
from app.kube.story.pod import (
    Image,
    Object,
    container_status,
    last_end,
    readiness,
    running,
    terminated,
    waiting,
    with_address,
    with_conditions,
    with_status,
)
from app.kube.story.scene import Scene
from app.record import dataclass

LIVED_S = 0.2  # how long it runs each time, unless said otherwise
# Since 1.36 the kubelet looks at a Pod at once when a sync has done something (PLEGOnDemandRelist; kubernetes v1.37
# pkg/kubelet/kubelet.go SyncPod), so that it sees even a container that runs for a moment only.
SEES_START_S = 0.02


@dataclass(frozen=True)
class Crasher:
    """Which container of which Pod, how it ends, and what its image is; `ids` gives each attempt's container.

    `ready_at_once`: it has no readiness probe, so that running is ready.
    """

    pod: str
    uid: str
    ip: str
    name: str
    image: str
    image_id: str
    ids: Callable[[int], str]
    code: int = 1
    reason: str = "Error"
    field: Literal["containers", "initContainers"] = "containers"
    ready_at_once: bool = False

    @property
    def key(self) -> str:
        return f"Pod/{self.pod}"

    @property
    def statuses(self) -> str:
        return "containerStatuses" if self.field == "containers" else "initContainerStatuses"

    def written(self, scene: Scene, state: Object, restarts: int, last: Object, ran: int) -> Object:
        """The Pod as the kubelet reports it; `ran` is the attempt that ran last, `last` how the one before ended."""
        pod = scene.objects[self.key]
        is_ready = self.ready_at_once and "running" in state
        status = container_status(
            pod["spec"][self.field][0],
            state,
            containerID=self.ids(ran),
            image=Image(self.image).full,
            imageID=self.image_id,
            lastState=last,
            ready=is_ready,
            restartCount=restarts,
            started="running" in state,
        )
        pod = with_address(pod, self.ip, **{self.statuses: [status]})
        if self.field == "containers":
            pod = with_conditions(with_status(pod, phase="Running"), *readiness(pod, is_ready, scene.time))
        return pod

    def runs(self, scene: Scene, attempt: int) -> Object:
        """The Pod with this container running since just now, in an attempt that so many others preceded."""
        last = last_end(scene.objects[self.key], self.statuses) if attempt else {}
        return self.written(scene, running(scene.after(-SEES_START_S).time), attempt, last, attempt)

    def exited(self, scene: Scene, attempt: int) -> Object:
        """The Pod with this container ended just now, in an attempt that so many others preceded.

        Before 1.36 nobody may have seen it run.
        """
        status = scene.objects[self.key]["status"][self.statuses][0]
        seen = "running" in status["state"]
        started = status["state"]["running"]["startedAt"] if seen else scene.after(-LIVED_S).time
        last = status["lastState"] if seen else last_end(scene.objects[self.key], self.statuses) if attempt else {}
        state = terminated(self.ids(attempt), self.code, self.reason, started, scene.time)
        return self.written(scene, state, attempt, last, attempt)

    def waits(self, scene: Scene, attempt: int) -> Object:
        """The Pod with this container in CrashLoopBackOff; how it ended moves to `lastState`."""
        last = last_end(scene.objects[self.key], self.statuses)
        message = waiting_message(attempt, self.name, self.pod, self.uid)
        return self.written(scene, waiting("CrashLoopBackOff", message), attempt, last, attempt)

    def is_waiting(self, scene: Scene) -> bool:
        return "waiting" in scene.objects[self.key]["status"][self.statuses][0]["state"]

    def started_again(self, scene: Scene) -> Scene:
        """The events of one more start of a container whose image is on the node."""
        for kind in ("present", "created", "started"):
            scene = scene.event(kind, self.key, container=self.name, field=self.field, image=self.image)
        return scene

    def refused(self, scene: Scene) -> Scene:
        """A sync finds the delay not over: an event, no write."""
        how = {"container": self.name, "field": self.field, "name": self.pod, "namespace": "default", "uid": self.uid}
        return scene.event("back-off-restart", self.key, **how)


def sat_out(scene: Scene, who: Sequence[Crasher], restarts: int, until_s: float = float("inf")) -> Scene:
    """The delay after so many restarts passes, or as much of it as there is time for; the first is none.

    A sync writes the status first and then finds that the delay is not over, so that CrashLoopBackOff stands in the
    status only from the next sync on (kubernetes v1.37 pkg/kubelet/kubelet.go SyncPod, reasonCache). `who` are the
    containers of several Pods; events are told of the first.
    """
    *vain, final = [*syncs_s(restart_delay_s(restarts))] or [0.3]
    for seconds in vain:
        if scene.at_s + seconds < until_s:
            scene = who[0].refused(_waiting(scene.after(seconds), who, restarts))
    if scene.at_s + final >= until_s:
        return scene
    return _waiting(scene.after(final), who, restarts) if restarts else scene.after(final)


def _waiting(scene: Scene, who: Sequence[Crasher], restarts: int) -> Scene:
    for each in who:
        if not each.is_waiting(scene):
            scene = scene.writing(each.key, each.waits(scene, restarts))
    return scene
