"""From stored Pods to a complete Deployment: scheduler, kubelets, counting upwards."""

from collections.abc import Callable

from app.kube.story.pod import (
    Image,
    Object,
    bound,
    condition,
    container_status,
    readiness,
    running,
    waiting,
    with_conditions,
    with_status,
)
from app.kube.story.scene import Scene
from app.widgets.deployment_birth.cast import (
    NODE_IPS,
    PODS,
    Plan,
    container_id,
    image_id,
    image_size,
    node_of,
    pod_ip,
)
from app.widgets.deployment_birth.control import WRITES, reported_counts
from app.widgets.deployment_birth.rollout import Counts

CRI = "/runtime.v1.RuntimeService"


def placed(scene: Scene, plan: Plan) -> Scene:
    """One Pod after the other through the scheduler; both nodes in turn."""
    for index, key in enumerate(plan.pod_keys):
        scene = scene.after(0.004)
        node = node_of(index)
        scene = scene.writing(key, bound(scene.objects[key], node, scene.time))
        scene = scene.event("scheduled", key, pod=f"default/{plan.pod(index)}", node=node)
    return scene.frame(
        "bind",
        "scheduler",
        to="api",
        verb=_times("POST", plan.replicas),
        path=f"{PODS}/{plan.pod(0)}/binding",
        now={"scheduler": "binds", **WRITES},
        details=("bind.one-by-one", "bind.spread"),
        first=str(-(-plan.replicas // 2)),
        second=str(plan.replicas // 2),
    )


def _times(verb: str, count: int) -> str:
    return verb if count == 1 else f"{verb} ×{count}"


def first_status(pod: Object, node: str, now: str) -> Object:
    """The kubelet's first words about a Pod: its own address, the start time, nothing ready."""
    spec = pod["spec"]
    reason = "PodInitializing" if "initContainers" in spec else "ContainerCreating"
    fields: dict[str, object] = {
        "containerStatuses": [container_status(spec["containers"][0], waiting(reason))],
        "hostIP": NODE_IPS[node],
        "hostIPs": [{"ip": NODE_IPS[node]}],
        "observedGeneration": 1,
        "startTime": now,
    }
    initialized = condition("Initialized", True, now)
    if "initContainers" in spec:
        fields["initContainerStatuses"] = [container_status(spec["initContainers"][0], waiting(reason))]
        message = "containers with incomplete status: [migrate]"
        initialized = condition("Initialized", False, now, "ContainersNotInitialized", message)
    return with_conditions(
        with_status(pod, **fields),
        condition("PodReadyToStartContainers", False, now, "PodSandboxNotReady", "no pod sandbox exists"),
        initialized,
        *readiness(pod, False, now),
    )


def on_nodes(scene: Scene, plan: Plan) -> Scene:
    """Both kubelets take their Pods up at the same time; each reports first."""
    for index, key in enumerate(plan.pod_keys):
        scene = scene.after(0.006)
        scene = scene.writing(key, first_status(scene.objects[key], node_of(index), scene.time))
    return scene.resting(kubelet_2="syncs" if plan.replicas > 1 else "watching").frame(
        "take-up",
        "kubelet",
        to="api",
        verb=_times("PATCH", plan.replicas),
        path=f"{PODS}/{plan.pod(0)}/status",
        now={"kubelet": "reports", **WRITES},
        details=("take-up.parallel", "take-up.steps"),
    )


def wired(scene: Scene, plan: Plan) -> Scene:
    """Sandbox and network for every Pod: from here on they may start containers."""
    scene = scene.after(0.4).resting(pod="networked", kubelet="syncs")
    for key in plan.pod_keys:
        scene = scene.after(0.004)
        pod = scene.objects[key]
        ready = condition("PodReadyToStartContainers", True, scene.time)
        scene = scene.writing(key, with_conditions(pod, ready))
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
        "pull",
        "runtime",
        to="registry",
        verb="GET",
        path=Image(image).manifest_url,
        now={"kubelet": "pulls", "runtime": "pulls", "registry": "sends-layers"},
        details=("pull.once", "pull.policy"),
        image=image,
    )
    return scene.after(2.534).event("pulled", key, container="web", image=image, took="2.534s", size=image_size(image))


def web_status(plan: Plan, index: int, pod: Object, state: Object, **fields: object) -> Object:
    """Container web of a Pod as the kubelet reports it once it has been created."""
    about = {"image": Image(plan.image).full, "imageID": image_id(plan.image)}
    name = plan.pod(index)
    about["containerID"] = container_id(name, int(str(fields.get("restartCount", 0))))
    return container_status(pod["spec"]["containers"][0], state, **{**about, **fields})


def with_address(pod: Object, index: int, **fields: object) -> Object:
    address = {"podIP": pod_ip(index), "podIPs": [{"ip": pod_ip(index)}]}
    return with_status(pod, **{**address, **fields})


def runs(scene: Scene, plan: Plan, index: int, *, ready: bool = True) -> Scene:
    """A Pod's container runs; without a readiness probe that is ready at once."""
    key = plan.pod_key(index)
    pod = scene.objects[key]
    status = web_status(plan, index, pod, running(scene.time), ready=ready, started=True)
    pod = with_address(pod, index, containerStatuses=[status], phase="Running")
    if ready:
        pod = with_conditions(pod, *readiness(pod, True, scene.time))
    return scene.writing(key, pod)


def every(scene: Scene, plan: Plan, write: Callable[[Scene, int], Object], step_s: float = 0.01) -> Scene:
    """One write to the status of each Pod, one shortly after the other."""
    for index in range(plan.replicas):
        scene = scene.after(step_s)
        scene = scene.writing(plan.pod_key(index), write(scene, index))
    return scene


def patched(scene: Scene, plan: Plan, key: str, *details: str, say: str = "", **values: str) -> Scene:
    return scene.frame(
        key,
        "kubelet",
        say=say,
        to="api",
        verb="PATCH" if plan.replicas == 1 else f"PATCH ×{plan.replicas}",
        path=f"{PODS}/{plan.pod(0)}/status",
        now={"kubelet": "reports", **WRITES},
        details=details,
        **values,
    )


def started(scene: Scene, plan: Plan) -> Scene:
    """The first Pod is ready and is counted; then the others, and the Deployment is complete."""
    key = plan.pod_keys[0]
    scene = scene.after(0.05).event("created", key, container="web").after(0.08)
    scene = scene.event("started", key, container="web").after(0.6)
    scene = runs(scene, plan, 0).resting(pod="one-ready" if plan.replicas > 1 else "all-ready")
    scene = scene.frame(
        "ready",
        "kubelet",
        to="api",
        verb="PATCH",
        path=f"{PODS}/{plan.pod(0)}/status",
        now={"kubelet": "reports", **WRITES},
        details=("ready.no-probe", "ready.min"),
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
        scene = scene.resting(pod="all-ready").frame(
            "rest",
            "kubelet-2",
            to="api",
            verb=_times("PATCH", plan.replicas - 1),
            path=f"{PODS}/{plan.pod(1)}/status",
            now={"kubelet-2": "reports", **WRITES},
            details=("rest.order",),
            count=str(plan.replicas - 1),
        )
    return completed(scene.after(0.01), plan, Counts(plan.replicas, plan.replicas))


def completed(scene: Scene, plan: Plan, counts: Counts) -> Scene:
    scene = scene.resting(kubelet="watching", kubelet_2="watching")
    return reported_counts(scene, plan, counts, "complete", "complete.means", "complete.next")
