"""From a node's name to a ready endpoint: kubelet, runtime, CNI, EndpointSlice controller."""

from app.kube.story.pod import (
    Object,
    condition,
    container_status,
    readiness,
    running,
    waiting,
    with_conditions,
    with_status,
)
from app.kube.story.scene import Scene
from app.widgets.pod_birth.cast import (
    IMAGE,
    IMAGE_ID,
    IMAGE_SIZE,
    NODE_IP,
    POD,
    POD_IP,
    SLICE,
    STATUS,
    container_id,
    filled_slice,
)

KUBELET_WATCH = "/api/v1/pods?fieldSelector=spec.nodeName=node-1&watch=true"
CRI = "/runtime.v1.RuntimeService"
SLICE_PATH = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/web-b7hkd"
PATCHED = {"kubelet": "reports", "api": "stores", "etcd": "commits"}
NO_SANDBOX = ("PodSandboxNotReady", "no pod sandbox exists")


def handed_over(scene: Scene) -> Scene:
    return scene.after(0.004).frame(
        "hand-over",
        "kubelet",
        from_="api",
        to="kubelet",
        verb="WATCH ADDED",
        path=KUBELET_WATCH,
        now={"kubelet": "admits-pod"},
        details=("hand-over.selector", "hand-over.admit", "hand-over.sync"),
    )


def starting(scene: Scene) -> Scene:
    """The kubelet's first words about the Pod: its own address, start time, and nothing ready."""
    scene = scene.after(0.033)
    pod, now = scene.objects[POD], scene.time
    first = "PodInitializing" if "initContainers" in pod["spec"] else "ContainerCreating"
    fields: dict[str, object] = {
        "containerStatuses": [container_status(pod["spec"]["containers"][0], waiting(first))],
        "hostIP": NODE_IP,
        "hostIPs": [{"ip": NODE_IP}],
        "observedGeneration": 1,
        "startTime": now,
    }
    initialized = condition("Initialized", True, now)
    if "initContainers" in pod["spec"]:
        fields["initContainerStatuses"] = [container_status(pod["spec"]["initContainers"][0], waiting(first))]
        initialized = not_initialized(now)
    pod = with_conditions(
        with_status(pod, **fields),
        condition("PodReadyToStartContainers", False, now, *NO_SANDBOX),
        initialized,
        *readiness(pod, False, now),
    )
    return patched(scene, "starting", pod, "starting.phase", "starting.column", "starting.conditions")


def not_initialized(now: str) -> Object:
    return condition(
        "Initialized", False, now, "ContainersNotInitialized", "containers with incomplete status: [migrate]"
    )


def patched(scene: Scene, key: str, pod: Object, *details: str, say: str = "", **values: str) -> Scene:
    """The kubelet PATCHes the Pod's status and this step shows it."""
    return scene.writing(POD, pod).frame(
        key, "kubelet", say=say, to="api", verb="PATCH", path=STATUS, now=PATCHED, details=details, **values
    )


def mounted(scene: Scene) -> Scene:
    return scene.after(0.11).frame(
        "volumes",
        "kubelet",
        to="api",
        verb="POST",
        path="/api/v1/namespaces/default/serviceaccounts/default/token",
        now={"kubelet": "mounts", "api": "signs"},
        details=("volumes.token", "volumes.attach", "volumes.cgroups"),
    )


def sandboxed(scene: Scene) -> Scene:
    """A sandbox with a network and its address: after it the Pod may start containers."""
    scene = (
        scene.after(0.06)
        .resting(pod="sandbox")
        .frame(
            "sandbox",
            "kubelet",
            to="runtime",
            verb="CRI RunPodSandbox",
            path=f"{CRI}/RunPodSandbox",
            now={"kubelet": "syncs", "runtime": "makes-sandbox"},
            details=("sandbox.pause", "sandbox.steps"),
        )
    )
    scene = (
        scene.after(0.12)
        .resting(pod="networked")
        .frame(
            "network",
            "runtime",
            to="cni",
            verb="CNI ADD",
            path="/opt/cni/bin/flannel",
            now={"kubelet": "syncs", "runtime": "makes-sandbox", "cni": "adds"},
            details=("network.order", "network.result", "network.not-kubelet"),
            ip=POD_IP,
        )
    )
    scene = scene.after(0.24).resting(kubelet="syncs")
    pod = with_conditions(scene.objects[POD], condition("PodReadyToStartContainers", True, scene.time))
    return patched(scene, "may-start", pod, "may-start.when", "may-start.not-ip")


def pulled(scene: Scene) -> Scene:
    scene = scene.after(0.05).event("pulling", POD, container="web", image=IMAGE)
    scene = scene.frame(
        "pull",
        "runtime",
        to="registry",
        verb="GET",
        path="https://registry-1.docker.io/v2/library/nginx/manifests/1.29",
        now={"kubelet": "pulls", "runtime": "pulls", "registry": "sends-layers"},
        details=("pull.policy", "pull.serial", "pull.index"),
        image=IMAGE,
    )
    return scene.after(2.534).event("pulled", POD, container="web", image=IMAGE, took="2.534s", size=IMAGE_SIZE)


def started(scene: Scene) -> Scene:
    scene = scene.after(0.05).event("created", POD, container="web").after(0.09).event("started", POD, container="web")
    return scene.resting(pod="running").frame(
        "start",
        "kubelet",
        to="runtime",
        verb="CRI StartContainer",
        path=f"{CRI}/StartContainer",
        now={"kubelet": "starts", "runtime": "starts"},
        details=("start.two-calls", "start.shim", "start.hook"),
    )


def web_status(pod: Object, state: Object, **fields: object) -> Object:
    """Container web as the kubelet reports it once it has been created."""
    image = {"image": f"docker.io/library/{IMAGE}", "imageID": IMAGE_ID}
    return container_status(pod["spec"]["containers"][0], state, **{**image, **fields})


def with_address(pod: Object, *statuses: Object, **fields: object) -> Object:
    """The status once containers exist: podIP is there, and the containers' states are these."""
    address = {"podIP": POD_IP, "podIPs": [{"ip": POD_IP}]}
    return with_status(pod, containerStatuses=list(statuses), **{**address, **fields})


def now_running(scene: Scene) -> Scene:
    """Phase Running, not ready; the EndpointSlice controller lists the address as not ready."""
    started_at, scene = scene.time, scene.after(0.7)
    pod = scene.objects[POD]
    status = web_status(pod, running(started_at), containerID=container_id(0), started=True)
    pod = with_address(pod, status, phase="Running")
    scene = scene.writing(POD, pod)
    scene = scene.writing(SLICE, filled_slice(scene.objects.get(SLICE, scene.before[SLICE]), False))
    return scene.resting(kubelet="watching").frame(
        "running",
        "kubelet",
        to="api",
        verb="PATCH",
        path=STATUS,
        now={**PATCHED, "controller": "lists-unready"},
        details=("running.relist", "running.phase", "running.slice"),
    )


def probed(scene: Scene) -> Scene:
    return scene.after(0.4).frame(
        "probe",
        "kubelet",
        to="pod",
        verb="GET",
        path=f"http://{POD_IP}:80/",
        now={"kubelet": "probes", "pod": "answers-200"},
        details=("probe.who", "probe.range", "probe.others"),
    )


def now_ready(scene: Scene) -> Scene:
    scene = scene.after(0.02)
    pod = scene.objects[POD]
    status = {**pod["status"]["containerStatuses"][0], "ready": True}
    pod = with_conditions(with_status(pod, containerStatuses=[status]), *readiness(pod, True, scene.time))
    return patched(scene.resting(pod="ready"), "ready", pod, "ready.order", "ready.gates")


def published(scene: Scene) -> Scene:
    """The address is ready in the EndpointSlice and every kube-proxy writes it into its rules."""
    scene = scene.after(0.05)
    scene = scene.writing(SLICE, filled_slice(scene.objects[SLICE], True))
    return scene.resting(proxy="knows-endpoint", kubelet_2="watching").frame(
        "publish",
        "controller",
        to="api",
        verb="PUT",
        path=SLICE_PATH,
        now={"controller": "publishes", "api": "stores", "etcd": "commits"},
        details=("publish.proxy", "publish.dns", "publish.limit"),
    )
