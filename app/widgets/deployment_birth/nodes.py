"""From stored Pods to a complete Deployment: scheduler, kubelets, counting upwards."""

from collections.abc import Callable
from typing import Any

from app.kube.story.cluster import CRI, writes
from app.kube.story.pod import (
    Image,
    Object,
    bound,
    container_status,
    readiness,
    running,
    with_address,
    with_conditions,
)
from app.kube.story.pod import wired as has_sandbox
from app.kube.story.registry import fetch_url, image_id, image_size, resolve_url
from app.kube.story.scene import Scene
from app.widgets.deployment_birth.cast import (
    PODS,
    Plan,
    binding_labels,
    container_id,
    node_of,
    pod_ip,
    taken_up,
)
from app.widgets.deployment_birth.control import reported_counts
from app.widgets.deployment_birth.rollout import Counts


def placed(scene: Scene, plan: Plan) -> Scene:
    """One Pod after the other through the scheduler; both nodes in turn."""
    for index, key in enumerate(plan.pod_keys):
        scene = scene.after(0.004)
        node = node_of(index)
        scene = scene.writing(key, bound(scene.objects[key], node, scene.time, binding_labels(plan, node)))
        scene = scene.event("scheduled", key, pod=f"default/{plan.pod(index)}", node=node)
    return writes(
        scene,
        "bind",
        "scheduler",
        "binds",
        _times("POST", plan.replicas),
        f"{PODS}/{plan.pod(0)}/binding",
        "bind.one-by-one",
        "bind.spread",
        "bind.labels",
        first=str(-(-plan.replicas // 2)),
        second=str(plan.replicas // 2),
    )


def _times(verb: str, count: int) -> str:
    return verb if count == 1 else f"{verb} ×{count}"


def on_nodes(scene: Scene, plan: Plan) -> Scene:
    """Both kubelets take their Pods up at the same time; each reports first."""
    for index, key in enumerate(plan.pod_keys):
        scene = scene.after(0.006)
        scene = scene.writing(key, taken_up(plan, scene.objects[key], node_of(index), scene.time))
    return writes(
        scene.resting(kubelet_2="syncs" if plan.replicas > 1 else "watching"),
        "take-up",
        "kubelet",
        "reports",
        _times("PATCH", plan.replicas),
        f"{PODS}/{plan.pod(0)}/status",
        "take-up.parallel",
        "take-up.steps",
        acting=others(plan),
    )


def wired(scene: Scene, plan: Plan) -> Scene:
    """Sandbox and network for every Pod: from here on they may start containers."""
    scene = scene.after(0.4).resting(pod="networked", kubelet="syncs")
    for key in plan.pod_keys:
        scene = scene.after(0.004)
        scene = scene.writing(key, has_sandbox(scene.objects[key], scene.time))
    return scene.frame(
        "sandbox",
        "kubelet",
        to="runtime",
        verb="CRI RunPodSandbox",
        path=f"{CRI}/RunPodSandbox",
        now={"kubelet": "syncs", "runtime": "makes-sandbox", "cni": "adds"},
        details=("sandbox.cni", "sandbox.condition"),
    )


def pulled(scene: Scene, plan: Plan) -> Scene:
    key, image = plan.pod_keys[0], plan.image
    scene = scene.after(0.05).event("pulling", key, container="web", image=image)
    scene = scene.frame(
        "resolve",
        "runtime",
        to="registry",
        verb="HEAD",
        path=resolve_url(image),
        now={"kubelet": "pulls", "runtime": "resolves", "registry": "tells-digest"},
        details=("pull.policy",),
        image=image,
    )
    scene = scene.after(0.4).frame(
        "pull",
        "runtime",
        to="registry",
        verb="GET",
        path=fetch_url(image),
        now={"kubelet": "pulls", "runtime": "pulls", "registry": "sends-layers"},
        details=("pull.once",),
        image=image,
    )
    return scene.after(2.134).event("pulled", key, container="web", image=image, took="2.534s", size=image_size(image))


def web_status(plan: Plan, index: int, pod: Object, state: Object, **fields: object) -> Object:
    """Container web of a Pod as the kubelet reports it once it has been created."""
    about = {"image": Image(plan.image).full, "imageID": image_id(plan.image)}
    name = plan.pod(index)
    about["containerID"] = container_id(name, int(str(fields.get("restartCount", 0))))
    return container_status(pod["spec"]["containers"][0], state, **{**about, **fields})


def runs(scene: Scene, plan: Plan, index: int, *, ready: bool = True) -> Scene:
    """A Pod's container runs; without a readiness probe that is ready at once."""
    key = plan.pod_key(index)
    pod = scene.objects[key]
    status = web_status(plan, index, pod, running(scene.time), ready=ready, started=True)
    pod = with_address(pod, pod_ip(index), containerStatuses=[status], phase="Running")
    if ready:
        pod = with_conditions(pod, *readiness(pod, True, scene.time))
    return scene.writing(key, pod)


def every(scene: Scene, plan: Plan, write: Callable[[Scene, int], Object], step_s: float = 0.01) -> Scene:
    """One write to the status of each Pod, one shortly after the other."""
    for index in range(plan.replicas):
        scene = scene.after(step_s)
        scene = scene.writing(plan.pod_key(index), write(scene, index))
    return scene


def patched(scene: Scene, plan: Plan, key: str, *details: str, say: str = "", **values: Any) -> Scene:
    return writes(
        scene,
        key,
        "kubelet",
        "reports",
        "PATCH" if plan.replicas == 1 else f"PATCH ×{plan.replicas}",
        f"{PODS}/{plan.pod(0)}/status",
        *details,
        say=say,
        acting=others(plan),
        **values,
    )


def others(plan: Plan) -> tuple[str, ...]:
    """The kubelet of the other node, when there are Pods on both."""
    return ("kubelet-2",) if plan.replicas > 1 else ()


def started(scene: Scene, plan: Plan) -> Scene:
    """The first Pod is ready and is counted; then the others, and the Deployment is complete."""
    key = plan.pod_keys[0]
    scene = scene.after(0.05).event("created", key, container="web").after(0.08)
    scene = scene.event("started", key, container="web").after(0.6)
    scene = runs(scene, plan, 0).resting(pod="one-ready" if plan.replicas > 1 else "all-ready")
    scene = writes(
        scene, "ready", "kubelet", "reports", "PATCH", f"{PODS}/{plan.pod(0)}/status", "ready.no-probe", "ready.min"
    )
    if plan.replicas > 1:
        scene = reported_counts(
            scene.after(0.01),
            plan,
            Counts(plan.replicas, 1),
            "count-up",
            "count-up.available",
            "count-up.slice",
        )
        scene = scene.after(0.3)
        for index in range(1, plan.replicas):
            scene = runs(scene.after(0.02), plan, index)
        scene = writes(
            scene.resting(pod="all-ready"),
            "rest",
            "kubelet-2",
            "reports",
            _times("PATCH", plan.replicas - 1),
            f"{PODS}/{plan.pod(1)}/status",
            "rest.order",
            count=str(plan.replicas - 1),
        )
    return completed(scene.after(0.01), plan, Counts(plan.replicas, plan.replicas))


def completed(scene: Scene, plan: Plan, counts: Counts) -> Scene:
    scene = scene.resting(kubelet="watching", kubelet_2="watching")
    return reported_counts(scene, plan, counts, "complete", "complete.means", "complete.next")
