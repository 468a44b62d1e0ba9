"""A container that ends again and again, as its kubelet tells it: status, events, delays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.kube.story.backoff import restart_delay_s, syncs_s, waiting_message
from app.kube.story.pod import (
    Image,
    Object,
    container_status,
    last_end,
    readiness,
    terminated,
    waiting,
    with_address,
    with_conditions,
    with_status,
)
from app.kube.story.scene import Scene

LIVED_S = 0.2  # how long it runs each time, unless said otherwise


@dataclass(frozen=True)
class Crasher:
    """Which container of which Pod, how it ends, and what its image is; `ids` gives each attempt's container."""

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

    @property
    def key(self) -> str:
        return f"Pod/{self.pod}"

    @property
    def statuses(self) -> str:
        return "containerStatuses" if self.field == "containers" else "initContainerStatuses"

    def written(self, scene: Scene, state: Object, restarts: int, last: Object, ran: int) -> Object:
        """The Pod as the kubelet reports it; `ran` is the attempt that ran last, `last` how the one before ended."""
        pod = scene.objects[self.key]
        status = container_status(
            pod["spec"][self.field][0],
            state,
            containerID=self.ids(ran),
            image=Image(self.image).full,
            imageID=self.image_id,
            lastState=last,
            restartCount=restarts,
            started="running" in state,
        )
        pod = with_address(pod, self.ip, **{self.statuses: [status]})
        if self.field == "containers":
            pod = with_conditions(with_status(pod, phase="Running"), *readiness(pod, False, scene.time))
        return pod

    def exited(self, scene: Scene, attempt: int) -> Object:
        """The Pod with this container ended just now, in an attempt that so many others preceded."""
        last = last_end(scene.objects[self.key], self.statuses) if attempt else {}
        state = terminated(self.ids(attempt), self.code, self.reason, scene.after(-LIVED_S).time, scene.time)
        return self.written(scene, state, attempt, last, attempt)

    def waits(self, scene: Scene, attempt: int) -> Object:
        """The Pod with this container in CrashLoopBackOff; how it ended moves to `lastState`."""
        last = last_end(scene.objects[self.key], self.statuses)
        message = waiting_message(attempt, self.name, self.pod, self.uid)
        return self.written(scene, waiting("CrashLoopBackOff", message), attempt, last, attempt)

    def started_again(self, scene: Scene) -> Scene:
        """The events of one more start of a container whose image is on the node."""
        for kind in ("present", "created", "started"):
            scene = scene.event(kind, self.key, container=self.name, field=self.field, image=self.image)
        return scene

    def refused(self, scene: Scene) -> Scene:
        """A sync finds the delay not over: an event, no write."""
        how = {"container": self.name, "field": self.field, "name": self.pod, "namespace": "default", "uid": self.uid}
        return scene.event("back-off-restart", self.key, **how)

    def sat_out(self, scene: Scene, restarts: int, until_s: float = float("inf")) -> Scene:
        """The delay after so many restarts passes, or as much of it as there is time for; the first is none."""
        *vain, final = [*syncs_s(restart_delay_s(restarts))] or [0.5]
        for seconds in vain:
            if scene.at_s + seconds < until_s:
                scene = self.refused(scene.after(seconds))
        return scene.after(final) if scene.at_s + final < until_s else scene
