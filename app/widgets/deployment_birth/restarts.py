"""Containers that end again and again, or run and never say that they are ready."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from app.kube.story.backoff import restart_delay_s
from app.kube.story.crash import SEES_START_S, Crasher, sat_out
from app.kube.story.registry import image_id, image_size
from app.kube.story.scene import Scene
from app.kube.story.table import human_duration
from app.widgets.deployment_birth.cast import DEPLOYMENT, SEES_STARTS, Plan, container_id, pod_ip, uid_of
from app.widgets.deployment_birth.control import deployment_rows, reported_counts
from app.widgets.deployment_birth.nodes import every, others, patched, runs
from app.widgets.deployment_birth.rollout import Counts, counted, reported
from app.widgets.deployment_birth.trouble import DEADLINE_S, past_deadline


def crashing(scene: Scene, plan: Plan) -> Scene:
    """Container web ends as soon as it has started, every time; the delays double."""
    oom = plan.fault == "oom-killed"
    who = [_crasher(plan, index) for index in range(plan.replicas)]
    if oom:
        who = [replace(each, code=137, reason="OOMKilled") for each in who]
    key = plan.pod_keys[0]
    scene = scene.event("created", key, container="web").after(0.08).event("started", key, container="web")
    scene = _starts(scene, plan, who, 0)
    if _sees_starts(plan):
        scene = patched(
            scene.resting(pod="all-ready"), plan, "running", "running.seen", "ready.min", say="running-briefly"
        )
        counts = Counts(plan.replicas, plan.replicas)
        details = ("complete-briefly.all", "complete-briefly.guard")
        scene = reported_counts(scene.after(0.01), plan, counts, "complete", *details, say="complete-briefly")
    scene = _ends(scene.resting(pod="exited"), plan, who, 0)
    scene = patched(scene, plan, "exit", "exit.phase", say="exit-oom" if oom else "exit")
    says = {1: "back-off-first", 2: "back-off-grows", 6: "back-off-longest"}
    return _loops(scene, plan, who, says, "back-off.each", "back-off.status")


def _sees_starts(plan: Plan) -> bool:
    """Whether the kubelets look at once after a start and see a container that runs for a moment only."""
    return plan.version >= SEES_STARTS


def timed_out(scene: Scene, plan: Plan) -> Scene:
    """600 s later: a Deployment that was complete once is not timed any more (v1.37 deployment/progress.go)."""
    if not _sees_starts(plan) or not plan.replicas:
        return past_deadline(scene, plan)
    scene = scene.until(max(scene.at_s, DEADLINE_S + 0.1)).typed("kubectl get deployment web")
    scene = scene.told(*deployment_rows(scene, human_duration(scene.at_s)))
    scene = scene.typed("kubectl rollout status deployment/web")
    line = f'Waiting for deployment "web" rollout to finish: 0 of {plan.replicas} updated replicas are available...'
    scene = scene.told(line).resting(user="puzzled")
    return scene.frame(
        "wait", "user", say="wait-no-deadline", now={"user": "describes"}, details=("wait-no-deadline.why",)
    )


def _crasher(plan: Plan, index: int) -> Crasher:
    name, image = plan.pod(index), plan.image
    ids = partial(container_id, name)
    return Crasher(name, uid_of(name), pod_ip(index), "web", image, image_id(image), ids, ready_at_once=True)


def _starts(scene: Scene, plan: Plan, who: Sequence[Crasher], attempt: int) -> Scene:
    """Every container is started, and seen at once to run."""
    if not _sees_starts(plan):
        return scene.after(SEES_START_S)
    return every(scene.after(SEES_START_S), plan, lambda told, i: who[i].runs(told, attempt), SEES_START_S)


def _ends(scene: Scene, plan: Plan, who: Sequence[Crasher], attempt: int) -> Scene:
    """Every container has ended; from the second time on the same sync refuses a start at once."""
    scene = every(scene.after(0.6), plan, lambda told, i: who[i].exited(told, attempt))
    if who[0].ready_at_once and _sees_starts(plan):
        scene = _counted(scene.after(0.01), plan, 0)
    return who[0].refused(scene) if attempt else scene


def _counted(scene: Scene, plan: Plan, ready: int) -> Scene:
    """ReplicaSet and Deployment are written with so many Pods ready."""
    counts = Counts(plan.replicas, ready)
    scene = scene.writing(plan.set_key, counted(plan, scene.objects[plan.set_key], counts))
    return scene.writing(DEPLOYMENT, reported(plan, scene.objects[DEPLOYMENT], counts, scene.time))


def _loops(scene: Scene, plan: Plan, who: Sequence[Crasher], says: Mapping[int, str], *details: str) -> Scene:
    """Six more starts of every Pod's container, as far as there is time; `says` are the attempts that are told.

    Nothing calls for a sync between the one that finds the container ended and the end of the delay, or a minute.
    """
    for attempt in range(1, 7):
        scene = _starts(who[0].started_again(sat_out(scene, who, attempt - 1)), plan, who, attempt)
        if who[0].ready_at_once and _sees_starts(plan):
            scene = _counted(scene.after(0.01), plan, plan.replicas)
        scene = _ends(scene, plan, who, attempt)
        if attempt in says:
            values = {"delay": str(restart_delay_s(attempt)), "restarts": str(attempt)}
            scene = scene.resting(**dict.fromkeys(("kubelet", *others(plan)), "backs-off"))
            scene = patched(scene, plan, "back-off", *details, say=says[attempt], **values)
    return sat_out(scene, who, 6, until_s=DEADLINE_S)


def init_fails(scene: Scene, plan: Plan) -> Scene:
    """The init container of every Pod fails; container web is never created."""
    key, image, where = plan.pod_keys[0], "busybox:1.37", {"container": "migrate", "field": "initContainers"}
    scene = scene.after(0.05).event("pulling", key, **where, image=image)
    scene = scene.after(1.317).event("pulled", key, **where, image=image, took="1.317s", size=image_size(image))
    scene = scene.event("created", key, **where).event("started", key, **where)
    who = [_init_crasher(plan, index, image) for index in range(plan.replicas)]
    scene = _ends(_starts(scene, plan, who, 0), plan, who, 0)
    scene = patched(scene, plan, "exit", "init-exits.condition", say="init-exits")
    return _loops(scene, plan, who, {1: "init-waits", 6: "init-waits-long"}, "back-off.status")


def _init_crasher(plan: Plan, index: int, image: str) -> Crasher:
    return replace(
        _crasher(plan, index),
        name="migrate",
        image=image,
        image_id=image_id(image),
        ids=partial(container_id, f"{plan.pod(index)} migrate"),
        field="initContainers",
        ready_at_once=False,
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
