"""Containers that end again and again, or run and never say that they are ready."""

from app.kube.story.pod import (
    Object,
    container_status,
    terminated,
    waiting,
)
from app.kube.story.scene import Scene
from app.widgets.deployment_birth.cast import (
    Plan,
    container_id,
    image_id,
    uid_of,
)
from app.widgets.deployment_birth.nodes import (
    every,
    patched,
    runs,
    web_status,
    with_address,
)
from app.widgets.deployment_birth.trouble import DEADLINE_S


def crashing(scene: Scene, plan: Plan) -> Scene:
    """Container web ends as soon as it has started, every time; the delays double."""
    oom = plan.fault == "oom-killed"
    code, reason = (137, "OOMKilled") if oom else (1, "Error")

    def state(told: Scene, index: int, attempt: int) -> Object:
        then = told.after(-0.2).time
        return terminated(container_id(plan.pod(index), attempt), code, reason, then, told.time)

    def ended(told: Scene, index: int, attempt: int) -> Object:
        pod = told.objects[plan.pod_key(index)]
        last = _last_state(pod, "containerStatuses")
        status = web_status(plan, index, pod, state(told, index, attempt), restartCount=attempt, lastState=last)
        return with_address(pod, index, containerStatuses=[status], phase="Running")

    def backing(told: Scene, index: int, attempt: int) -> Object:
        pod, name = told.objects[plan.pod_key(index)], plan.pod(index)
        waits = waiting("CrashLoopBackOff", _backing(attempt, "web", name))
        last = pod["status"]["containerStatuses"][0]["state"]
        status = web_status(plan, index, pod, waits, restartCount=attempt, lastState=last)
        return with_address(pod, index, containerStatuses=[status], phase="Running")

    key = plan.pod_keys[0]
    scene = scene.event("created", key, container="web").after(0.08).event("started", key, container="web")
    scene = every(scene.after(0.6).resting(pod="exited"), plan, lambda told, i: ended(told, i, 0))
    scene = patched(scene, plan, "exit", "exit.phase", say="exit-oom" if oom else "exit")
    for attempt in range(1, 7):
        scene = _started_again(scene.after(delay_s(attempt - 1) or 0.5), plan, "web", "containers", plan.image)
        now = attempt
        scene = every(scene.after(0.3), plan, lambda told, i, n=now: ended(told, i, n))  # type: ignore[misc]
        scene = _noted(scene.after(1.2), plan, "web", "containers")
        scene = every(scene, plan, lambda told, i, n=now: backing(told, i, n))  # type: ignore[misc]
        if attempt in (1, 2, 6):
            say = {1: "back-off-first", 2: "back-off-grows", 6: "back-off-longest"}[attempt]
            values = {"delay": str(delay_s(attempt)), "restarts": str(attempt)}
            scene = patched(scene.resting(kubelet="backs-off"), plan, "back-off", "back-off.each", say=say, **values)
    return scene


def delay_s(restarts: int) -> int:
    """The delay after a crash that so many restarts preceded (kubelet.go, MaxCrashLoopBackOff)."""
    return 0 if restarts == 0 else min(10 * 2 ** (restarts - 1), 300)


def _backing(attempt: int, container: str, name: str) -> str:
    delay = delay_s(attempt)
    shown = f"{delay // 60}m{delay % 60}s" if delay >= 60 else f"{delay}s"
    return f"back-off {shown} restarting failed container={container} pod={name}_default({uid_of(name)})"


def _last_state(pod: Object, statuses: str) -> Object:
    before = pod["status"][statuses][0]
    if "terminated" in before["state"]:
        found: Object = before["state"]
        return found
    kept: Object = before["lastState"]
    return kept


def _started_again(scene: Scene, plan: Plan, container: str, field: str, image: str) -> Scene:
    key = plan.pod_keys[0]
    scene = scene.event("present", key, container=container, field=field, image=image)
    scene = scene.event("created", key, container=container, field=field)
    return scene.event("started", key, container=container, field=field)


def _noted(scene: Scene, plan: Plan, container: str, field: str) -> Scene:
    name = plan.pod(0)
    how = {"container": container, "field": field, "name": name, "namespace": "default", "uid": uid_of(name)}
    return scene.event("back-off-restart", plan.pod_keys[0], **how)


def init_fails(scene: Scene, plan: Plan) -> Scene:
    """The init container of every Pod fails; container web is never created."""
    key, image = plan.pod_keys[0], "busybox:1.37"
    scene = scene.after(0.05).event("pulling", key, container="migrate", field="initContainers", image=image)
    scene = scene.after(1.317).event(
        "pulled", key, container="migrate", field="initContainers", image=image, took="1.317s", size="2219937"
    )
    scene = scene.event("created", key, container="migrate", field="initContainers")
    scene = scene.event("started", key, container="migrate", field="initContainers")

    def status(told: Scene, index: int, shown: Object, attempt: int, last: Object) -> Object:
        pod = told.objects[plan.pod_key(index)]
        made = container_status(
            pod["spec"]["initContainers"][0],
            shown,
            containerID=container_id(f"{plan.pod(index)} migrate", attempt),
            image=f"docker.io/library/{image}",
            imageID=image_id(image),
            lastState=last,
            restartCount=attempt,
        )
        return with_address(pod, index, initContainerStatuses=[made])

    def ended(told: Scene, index: int, attempt: int) -> Object:
        pod = told.objects[plan.pod_key(index)]
        name = container_id(f"{plan.pod(index)} migrate", attempt)
        shown = terminated(name, 1, "Error", told.after(-0.2).time, told.time)
        last = _last_state(pod, "initContainerStatuses") if attempt else {}
        return status(told, index, shown, attempt, last)

    def backing(told: Scene, index: int, attempt: int) -> Object:
        pod = told.objects[plan.pod_key(index)]
        last = pod["status"]["initContainerStatuses"][0]["state"]
        shown = waiting("CrashLoopBackOff", _backing(attempt, "migrate", plan.pod(index)))
        return status(told, index, shown, attempt, last)

    scene = every(scene.after(0.6), plan, lambda told, i: ended(told, i, 0))
    scene = patched(scene, plan, "exit", "init-exits.condition", say="init-exits")
    for attempt in range(1, 7):
        wait = delay_s(attempt - 1) or 0.5
        scene = _started_again(scene.after(wait), plan, "migrate", "initContainers", image)
        now = attempt
        scene = every(scene.after(0.3), plan, lambda told, i, n=now: ended(told, i, n))  # type: ignore[misc]
        scene = _noted(scene.after(1.2), plan, "migrate", "initContainers")
        scene = every(scene, plan, lambda told, i, n=now: backing(told, i, n))  # type: ignore[misc]
        if attempt in (1, 6):
            values = {"delay": str(delay_s(attempt)), "restarts": str(attempt)}
            say = "init-waits" if attempt == 1 else "init-waits-long"
            scene = patched(scene.resting(kubelet="backs-off"), plan, "back-off", say=say, **values)
    return scene


def never_ready(scene: Scene, plan: Plan) -> Scene:
    """Every container runs and answers 503: the Deployment is never available."""
    key = plan.pod_keys[0]
    scene = scene.after(0.05).event("created", key, container="web").event("started", key, container="web")
    scene = scene.after(0.6).resting(pod="unready")
    for index in range(plan.replicas):
        scene = runs(scene.after(0.01), plan, index, ready=False)
    scene = patched(scene.resting(kubelet="watching", kubelet_2="watching"), plan, "running", "running.probe")
    scene = scene.after(0.4).event("unhealthy", key, container="web", code="503")
    scene = scene.frame(
        "probe",
        "kubelet",
        to="pod",
        verb="GET",
        path=f"http://{scene.objects[key]['status']['podIP']}:80/ready",
        now={"kubelet": "probes", "pod": "answers-503"},
        details=("probe.no-restart", "probe.rollout"),
    )
    while scene.at_s < DEADLINE_S - 10:
        scene = scene.after(10).event("unhealthy", key, container="web", code="503")
    return scene
