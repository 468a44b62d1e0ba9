"""From a node's name to a ready endpoint: kubelet, runtime, CNI, EndpointSlice controller."""

from typing import Any

from app.kube.story.cluster import CNI_PLUGIN, CRI, watch_path, writes
from app.kube.story.crash import SEES_START_S
from app.kube.story.pod import Object, container_status, first_status, ready, running, wired, with_address
from app.kube.story.registry import fetch_url, image_size, index_digest, resolve_url
from app.kube.story.scene import Scene
from app.widgets.pod_birth.cast import (
    IMAGE,
    IMAGE_ID,
    NODE_IP,
    POD,
    POD_IP,
    SLICE,
    STATUS,
    container_id,
    filled_slice,
)

KUBELET_WATCH = watch_path("/api/v1/pods", 47987, 511, "spec.nodeName=node-1")
SLICE_PATH = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/web-b7hkd"


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
    """The kubelet's first words about the Pod: the node's address, start time, and nothing ready."""
    scene = scene.after(0.033)
    pod = first_status(scene.objects[POD], NODE_IP, scene.time)
    return patched(scene, "starting", pod, "starting.phase", "starting.column", "starting.conditions")


def patched(scene: Scene, key: str, pod: Object, *details: str, say: str = "", **values: Any) -> Scene:
    """The kubelet PATCHes the Pod's status and this step shows it."""
    return writes(scene.writing(POD, pod), key, "kubelet", "reports", "PATCH", STATUS, *details, say=say, **values)


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
            path=CNI_PLUGIN,
            now={"kubelet": "syncs", "runtime": "makes-sandbox", "cni": "adds"},
            details=("network.order", "network.result", "network.not-kubelet"),
            ip=POD_IP,
        )
    )
    scene = scene.after(0.24).resting(kubelet="syncs")
    return patched(scene, "may-start", wired(scene.objects[POD], scene.time), "may-start.when", "may-start.not-ip")


def pulled(scene: Scene) -> Scene:
    scene = scene.after(0.05).event("pulling", POD, container="web", image=IMAGE)
    scene = resolved(scene, IMAGE, "resolve", "pull.policy", "resolve.token", "pull.serial")
    scene = fetched(scene.after(0.4), IMAGE, "pull", "pull.layers", "pull.index")
    size = image_size(IMAGE)
    return scene.after(2.134).event("pulled", POD, container="web", image=IMAGE, took="2.534s", size=size)


def resolved(scene: Scene, image: str, say: str, *details: str) -> Scene:
    """containerd asks the registry which digest the tag has, and gets no more than headers."""
    return scene.frame(
        "resolve",
        "runtime",
        say=say,
        to="registry",
        verb="HEAD",
        path=resolve_url(image),
        now={"kubelet": "pulls", "runtime": "resolves", "registry": "tells-digest"},
        details=details,
        image=image,
        digest=f"{index_digest(image)[:19]}…",
    )


def fetched(scene: Scene, image: str, say: str, *details: str) -> Scene:
    """Then it gets the index by that digest, and from there the manifest of the platform and the layers."""
    return scene.frame(
        "pull",
        "runtime",
        say=say,
        to="registry",
        verb="GET",
        path=fetch_url(image),
        now={"kubelet": "pulls", "runtime": "pulls", "registry": "sends-layers"},
        details=details,
        image=image,
    )


STARTED = ("start.two-calls", "start.shim", "start.hook")


def started(scene: Scene, say: str = "", details: tuple[str, ...] = STARTED) -> Scene:
    scene = scene.after(0.05).event("created", POD, container="web").after(0.09).event("started", POD, container="web")
    return scene.resting(pod="running").frame(
        "start",
        "kubelet",
        say=say,
        to="runtime",
        verb="CRI StartContainer",
        path=f"{CRI}/StartContainer",
        now={"kubelet": "starts", "runtime": "starts"},
        details=details,
    )


def web_status(pod: Object, state: Object, **fields: object) -> Object:
    """Container web as the kubelet reports it once it has been created."""
    image = {"image": f"docker.io/library/{IMAGE}", "imageID": IMAGE_ID}
    return container_status(pod["spec"]["containers"][0], state, **{**image, **fields})


def now_running(scene: Scene) -> Scene:
    """Phase Running, not ready; the EndpointSlice controller lists the address as not ready."""
    started_at, scene = scene.time, scene.after(SEES_START_S)
    pod = scene.objects[POD]
    status = web_status(pod, running(started_at), containerID=container_id(0), started=True)
    pod = with_address(pod, POD_IP, containerStatuses=[status], phase="Running")
    scene = listed(scene.writing(POD, pod))
    return scene.resting(kubelet="watching").frame(
        "running",
        "kubelet",
        to="api",
        verb="PATCH",
        path=STATUS,
        now={"kubelet": "reports", "api": "stores", "etcd": "commits", "controller": "lists-unready"},
        details=("running.relist", "running.phase", "running.slice"),
    )


def listed(scene: Scene) -> Scene:
    """The Pod has an address now: the EndpointSlice controller lists it, not ready."""
    return scene.writing(SLICE, filled_slice(scene.before[SLICE], scene.objects[POD], False))


PROBED = ("probe.who", "probe.range", "probe.others")
YOUNG_PROBE_S = 1.9  # by then half of periodSeconds has passed since the first sync


def probed(scene: Scene, wait_s: float = 0.4, details: tuple[str, ...] = PROBED) -> Scene:
    return scene.after(wait_s).frame(
        "probe",
        "kubelet",
        to="pod",
        verb="GET",
        path=f"http://{POD_IP}:80/",
        now={"kubelet": "probes", "pod": "answers-200"},
        details=details,
    )


def probed_by_a_young_kubelet(scene: Scene) -> Scene:
    """Up for less than a probe's period, it lets the first probe wait for a random part of it.

    kubernetes v1.37 pkg/kubelet/prober/worker.go run
    """
    return probed(scene, YOUNG_PROBE_S, ("probe.young", *PROBED))


def now_ready(scene: Scene) -> Scene:
    scene = scene.after(0.02)
    pod = ready(scene.objects[POD], scene.time)
    return patched(scene.resting(pod="ready"), "ready", pod, "ready.order", "ready.gates")


def published(scene: Scene) -> Scene:
    """The address is ready in the EndpointSlice and every kube-proxy writes it into its rules."""
    scene = scene.after(0.05)
    scene = scene.writing(SLICE, filled_slice(scene.objects[SLICE], scene.objects[POD], True))
    return writes(
        scene.resting(proxy="knows-endpoint", kubelet_2="watching"),
        "publish",
        "controller",
        "publishes",
        "PUT",
        SLICE_PATH,
        "publish.proxy",
        "publish.dns",
        "publish.limit",
    )
