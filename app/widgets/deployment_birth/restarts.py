"""Containers that end again and again, or run and never say that they are ready."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from app.kube.story.backoff import SEEN_AFTER_S, restart_delay_s
from app.kube.story.crash import Crasher
from app.kube.story.pod import Object
from app.kube.story.registry import image_id, image_size
from app.kube.story.scene import Scene
from app.widgets.deployment_birth.cast import Plan, container_id, pod_ip, uid_of
from app.widgets.deployment_birth.nodes import every, others, patched, runs
from app.widgets.deployment_birth.trouble import DEADLINE_S


def crashing(scene: Scene, plan: Plan) -> Scene:
    """Container web ends as soon as it has started, every time; the delays double."""
    oom = plan.fault == "oom-killed"
    who = [_crasher(plan, index) for index in range(plan.replicas)]
    if oom:
        who = [replace(each, code=137, reason="OOMKilled") for each in who]
    key = plan.pod_keys[0]
    scene = scene.event("created", key, container="web").after(0.08).event("started", key, container="web")
    scene = every(scene.after(0.6).resting(pod="exited"), plan, lambda told, i: who[i].exited(told, 0))
    scene = patched(scene, plan, "exit", "exit.phase", say="exit-oom" if oom else "exit")
    says = {1: "back-off-first", 2: "back-off-grows", 6: "back-off-longest"}
    return _loops(scene, plan, who, says, "back-off.each")


def _crasher(plan: Plan, index: int) -> Crasher:
    name, image = plan.pod(index), plan.image
    ids = partial(container_id, name)
    return Crasher(name, uid_of(name), pod_ip(index), "web", image, image_id(image), ids)


def _loops(scene: Scene, plan: Plan, who: Sequence[Crasher], says: Mapping[int, str], *details: str) -> Scene:
    """Six more starts of every Pod's container, as far as there is time; `says` are the attempts that are told."""
    for attempt in range(1, 7):
        scene = who[0].started_again(who[0].sat_out(scene, attempt - 1))
        scene = every(scene.after(0.3), plan, partial(_exited, who, attempt))
        scene = who[0].refused(scene.after(SEEN_AFTER_S))
        scene = every(scene, plan, partial(_waits, who, attempt))
        if attempt in says:
            values = {"delay": str(restart_delay_s(attempt)), "restarts": str(attempt)}
            scene = scene.resting(**dict.fromkeys(("kubelet", *others(plan)), "backs-off"))
            scene = patched(scene, plan, "back-off", *details, say=says[attempt], **values)
    return who[0].sat_out(scene, 6, until_s=DEADLINE_S)


def _exited(who: Sequence[Crasher], attempt: int, scene: Scene, index: int) -> Object:
    return who[index].exited(scene, attempt)


def _waits(who: Sequence[Crasher], attempt: int, scene: Scene, index: int) -> Object:
    return who[index].waits(scene, attempt)


def init_fails(scene: Scene, plan: Plan) -> Scene:
    """The init container of every Pod fails; container web is never created."""
    key, image, where = plan.pod_keys[0], "busybox:1.37", {"container": "migrate", "field": "initContainers"}
    scene = scene.after(0.05).event("pulling", key, **where, image=image)
    scene = scene.after(1.317).event("pulled", key, **where, image=image, took="1.317s", size=image_size(image))
    scene = scene.event("created", key, **where).event("started", key, **where)
    who = [_init_crasher(plan, index, image) for index in range(plan.replicas)]
    scene = every(scene.after(0.6), plan, lambda told, i: who[i].exited(told, 0))
    scene = patched(scene, plan, "exit", "init-exits.condition", say="init-exits")
    return _loops(scene, plan, who, {1: "init-waits", 6: "init-waits-long"})


def _init_crasher(plan: Plan, index: int, image: str) -> Crasher:
    return replace(
        _crasher(plan, index),
        name="migrate",
        image=image,
        image_id=image_id(image),
        ids=partial(container_id, f"{plan.pod(index)} migrate"),
        field="initContainers",
    )


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
