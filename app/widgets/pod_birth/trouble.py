"""What goes wrong on the node before a container runs: no network, no secret, no image."""

from collections.abc import Callable
from typing import Any

from app.kube.story.backoff import AFTER_ERROR_S
from app.kube.story.cluster import (
    CNI_PLUGIN,
    CRI,
    image_not_found,
    plugin_not_found,
    pull_limited,
    watch_list_path,
    writes,
)
from app.kube.story.pod import container_status, waiting, with_address
from app.kube.story.registry import fetch_url, resolve_url
from app.kube.story.scene import Scene
from app.record import dataclass
from app.widgets.pod_birth.cast import (
    ATTACHMENTS,
    BAD_IMAGE,
    CLAIM,
    CONFIG,
    DISK,
    DRIVER,
    IMAGE,
    POD,
    POD_IP,
    VOLUME,
    attachment,
    sandbox_id,
)
from app.widgets.pod_birth.node import listed, patched, resolved

CONFIG_NOT_FOUND = f'configmap "{CONFIG}" not found'
ATTACH_S = 120  # csiTimeout
ATTACHES_AGAIN_S = 0.6  # the first delay, 0.5 s, and the reconciler's next look, every 0.1 s
SYNC_WAITS_S = 123  # podAttachAndMountTimeout
SECRET_WATCH = watch_list_path("/api/v1/namespaces/default/secrets", 467, "metadata.name=web-tls")


def network_missing(scene: Scene) -> Scene:
    """The CNI plugin's program is not there: every sandbox is taken down again."""
    scene = scene.after(0.06).frame(
        "sandbox",
        "kubelet",
        to="runtime",
        verb="CRI RunPodSandbox",
        path=f"{CRI}/RunPodSandbox",
        now={"kubelet": "syncs", "runtime": "makes-sandbox", "pod": "sandbox"},
        details=("sandbox.pause", "sandbox.steps"),
    )
    scene = _sandbox_fails(scene.after(0.12), 0)
    scene = scene.frame(
        "network",
        "runtime",
        say="network-fails",
        to="cni",
        verb="CNI ADD",
        path=CNI_PLUGIN,
        now={"kubelet": "syncs", "runtime": "removes-sandbox"},
        details=("network-fails.two", "network-fails.daemon"),
    )
    scene = (
        scene.resting(kubelet="backs-off")
        .after(1)
        .frame("stuck", "kubelet", say="stuck-network", details=("stuck-network.status", "stuck-network.node"))
    )
    for attempt, seconds in ((1, 12), (2, 13)):
        scene = _sandbox_fails(scene.after(seconds), attempt)
        scene = scene.frame(
            "try-again",
            "kubelet",
            say="network-again",
            to="runtime",
            verb="CRI RunPodSandbox",
            path=f"{CRI}/RunPodSandbox",
            now={"kubelet": "syncs", "runtime": "removes-sandbox"},
            details=("network-again.ids",),
            attempt=str(attempt + 1),
        )
    return scene.resting(user="puzzled").after(14).frame("wait", "user", say="wait-network")


def _sandbox_fails(scene: Scene, attempt: int) -> Scene:
    return scene.event("sandbox-failed", POD, error=plugin_not_found(sandbox_id(attempt)))


def secret_missing(scene: Scene) -> Scene:
    """A volume wants a Secret that does not exist: the kubelet watches for it, and tries at growing intervals.

    kubernetes v1.37 pkg/kubelet/secret/secret_manager.go NewWatchingSecretManager: a watch for each Secret;
    pkg/util/goroutinemap/exponentialbackoff: 0.5 s doubling up to 2 min 2 s.
    """
    scene = _mount_fails(scene.after(0.11)).frame(
        "volumes",
        "kubelet",
        say="volumes-missing",
        to="api",
        verb="WATCH",
        path=SECRET_WATCH,
        now={"kubelet": "mounts", "api": "has-no-secret"},
        details=("volumes-missing.order", "volumes-missing.watch", "volumes-missing.env"),
    )
    scene = _mounts_again(scene, _mount_fails, "mount-again", "mount-again.delays", "mount-again.silence")
    return (
        scene.resting(user="puzzled").after(20).frame("wait", "user", say="wait-secret", details=("wait-secret.mend",))
    )


def _mounts_again(scene: Scene, fails: Callable[[Scene], Scene], say: str, *details: str) -> Scene:
    """Seven more tries to mount, each after twice the time (pkg/util/goroutinemap/exponentialbackoff)."""
    wait = 0.5
    for tries in range(2, 9):
        scene = fails(scene.after(wait))
        wait *= 2
        if tries in (4, 8):
            scene = scene.frame(
                "try-again",
                "kubelet",
                say=say,
                now={"kubelet": "mounts"},
                details=details,
                tries=str(tries),
                seconds=f"{wait:g}",
            )
    return scene


def _mount_fails(scene: Scene) -> Scene:
    return scene.event("mount-failed", POD, volume="tls", secret="web-tls")


def volume_elsewhere(scene: Scene) -> Scene:
    """The disk is attached to another node and may be on one only: the controller says so once, the kubelet waits.

    kubernetes v1.37 pkg/controller/volume/attachdetach/reconciler/reconciler.go attachDesiredVolumes; the text was
    `Multi-Attach error` up to 1.36. pkg/kubelet/volumemanager/volume_manager.go: 2 min 3 s, then the sync begins again.
    """
    scene = scene.event("waits-for-detach", POD, volume=VOLUME, pods="web-old").frame(
        "attach",
        "controller",
        now={"controller": "waits-detach"},
        details=("attach.once", "attach.words", "attach.scheduler"),
    )
    scene = scene.after(0.11).resting(kubelet="waits-disk", controller="waits-detach")
    scene = _claim_read(scene, "volumes-attach", "waits-disk", "volumes-attach.two")
    return (
        scene.resting(user="puzzled")
        .after(140)
        .frame("wait", "user", say="wait-disk", details=("wait-disk.mend", "wait-disk.recreate"))
    )


def driver_missing(scene: Scene) -> Scene:
    """The volume belongs to a storage driver that has not registered on this node: the kubelet cannot mount it.

    kubernetes v1.37 pkg/volume/csi/csi_attacher.go MountDevice, csi_client.go newCsiDriverClient; the driver attaches
    nothing (`attachRequired: false`), so that nobody stands before the kubelet.
    """
    scene = _driver_fails(scene.after(0.11))
    details = ("volumes-driver.socket", "volumes-driver.scheduler")
    scene = _claim_read(scene, "volumes-driver", "mounts", *details, driver=DRIVER)
    scene = _mounts_again(scene, _driver_fails, "driver-again", "mount-again.delays", "mount-again.silence")
    details = ("wait-driver.mend", "wait-driver.node")
    return scene.resting(user="puzzled").after(20).frame("wait", "user", say="wait-driver", details=details)


def volume_timeout(scene: Scene) -> Scene:
    """The driver's attacher does not answer: the controller waits two minutes, says so, and asks again.

    kubernetes v1.37 pkg/volume/csi/csi_attacher.go Attach, waitForVolumeAttachDetachStatusWithLister, csiTimeout;
    pkg/util/goroutinemap/exponentialbackoff: 0.5 s doubling between the end of one try and the next. The kubelet waits
    beside it and says nothing (pkg/kubelet/kubelet.go SyncPod: no event for what only ran out of time).
    """
    made = attachment(scene.after(0.02).time)
    scene = scene.after(0.02).writing(f"VolumeAttachment/{made['metadata']['name']}", made)
    asked_s = scene.at_s
    details = ("ask-attach.who", "ask-attach.object")
    scene = writes(scene, "ask-attach", "controller", "asks-attach", "POST", ATTACHMENTS, *details, driver=DRIVER)
    scene = scene.after(0.09).resting(kubelet="waits-disk", controller="waits-attach")
    scene = _claim_read(scene, "volumes-attach", "waits-disk")
    waiting_s = scene.at_s
    details = ("attach-timeout.who", "attach-timeout.same")
    scene = _not_attached(scene.until(round(asked_s + ATTACH_S, 3)), "attach-timeout", *details)
    scene = scene.until(round(waiting_s + SYNC_WAITS_S, 3))
    scene = scene.frame("give-up", "kubelet", now={"kubelet": "gives-up"}, details=("give-up.words", "give-up.again"))
    scene = scene.until(round(asked_s + ATTACH_S + ATTACHES_AGAIN_S + ATTACH_S, 3))
    scene = _not_attached(scene, "attach-timeout-again", "attach-timeout-again.delays")
    details = ("wait-attach.mend", "wait-attach.slow")
    return scene.resting(user="puzzled").after(20).frame("wait", "user", say="wait-attach", details=details)


def _not_attached(scene: Scene, say: str, *details: str) -> Scene:
    scene = scene.event("attach-timed-out", POD, volume=VOLUME, driver=DRIVER, disk=DISK)
    return scene.frame(
        "attach-timeout", "controller", say=say, now={"controller": "waits-attach"}, details=details, driver=DRIVER
    )


def _driver_fails(scene: Scene) -> Scene:
    return scene.event("driver-failed", POD, volume=VOLUME, driver=DRIVER)


def _claim_read(scene: Scene, say: str, kubelet: str, *details: str, **values: Any) -> Scene:
    """The kubelet reads the claim and the volume that it is bound to."""
    return scene.frame(
        "volumes",
        "kubelet",
        say=say,
        to="api",
        verb="GET ×2",
        path=f"/api/v1/{{namespaces/default/persistentvolumeclaims/{CLAIM},persistentvolumes/{VOLUME}}}",
        now={"kubelet": kubelet, "api": "reads-claim"},
        details=details,
        **values,
    )


def config_missing(scene: Scene) -> Scene:
    """An environment variable comes from a ConfigMap that does not exist: the image is there, no container is made.

    kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer: the image is ensured, then the
    container's configuration is generated; pkg/kubelet/kubelet_pods.go makeEnvironmentVariables.
    """
    scene = _config_fails(scene.after(0.05)).frame(
        "configure",
        "kubelet",
        now={"kubelet": "configures"},
        details=("configure.order", "configure.key", "configure.optional"),
    )
    scene = _config_state(scene.after(0.1), "config-error", "config-error.column", "pull-error.phase")
    scene = listed(scene)
    for tries in (2, 3, 4):
        scene = scene.after(AFTER_ERROR_S).event("present", POD, container="web", image=IMAGE)
        scene = _config_fails(scene)
        if tries == 2:
            scene = scene.frame(
                "try-again",
                "kubelet",
                say="config-again",
                now={"kubelet": "configures"},
                details=("config-again.pull", "config-again.delay"),
            )
    return (
        scene.resting(user="puzzled").after(8).frame("wait", "user", say="wait-config", details=("wait-config.mend",))
    )


def _config_fails(scene: Scene) -> Scene:
    return scene.event("start-error", POD, container="web", reason=CONFIG_NOT_FOUND)


def _config_state(scene: Scene, key: str, *details: str) -> Scene:
    pod = scene.objects[POD]
    state = waiting("CreateContainerConfigError", CONFIG_NOT_FOUND)
    pod = with_address(pod, POD_IP, containerStatuses=[container_status(pod["spec"]["containers"][0], state)])
    return patched(scene, key, pod, *details)


@dataclass(frozen=True)
class Refusal:
    """A pull that the registry refuses each time: which request, with what it answers, and the keys of what is said.

    `first` and `again` are the steps, `waits` what is said at the end; `resolves` when the tag is resolved before.
    """

    image: str
    error: str
    verb: str
    url: str
    answer: str
    first: str
    again: str
    waits: str
    details: tuple[str, ...]
    resolves: bool = False


NO_SUCH_TAG = Refusal(
    BAD_IMAGE,
    image_not_found(BAD_IMAGE),
    "HEAD",
    resolve_url(BAD_IMAGE),
    "says-404",
    "pull-fails",
    "pull-again",
    "wait-image",
    ("pull.policy", "pull-fails.error"),
)
# A 429 is asked again at once until five requests are spent (containerd v2.3 core/remotes/docker/resolver.go
# retryRequest, maxAttempts).
LIMITED = Refusal(
    IMAGE,
    pull_limited(IMAGE),
    "GET ×5",
    fetch_url(IMAGE),
    "says-429",
    "pull-limited",
    "limited-again",
    "wait-limit",
    ("pull-limited.counts", "pull-limited.five", "pull-limited.error"),
    resolves=True,
)


def image_missing(scene: Scene) -> Scene:
    """The registry does not know the tag: ErrImagePull, then ImagePullBackOff, for ever Pending."""
    return _never_pulled(scene, NO_SUCH_TAG)


def rate_limited(scene: Scene) -> Scene:
    """The registry tells which digest the tag has, and refuses what counts as a pull until its window has passed.

    docs.docker.com/docker-hub/usage/pulls (2026-11): 100 pulls in six hours for each IPv4 address without an account;
    the HEAD is a version check and does not count.
    """
    return _never_pulled(scene, LIMITED)


def _never_pulled(scene: Scene, pull: Refusal) -> Scene:
    scene = _pull_fails(scene.after(0.05), pull, pull.first, *pull.details)
    scene = _error(scene.after(0.7), pull, "pull-error", "pull-error.phase", "pull-error.column", "pull-waits.normal")
    scene = listed(scene.after(0.02))
    scene = _backs_off(scene.after(AFTER_ERROR_S), pull, "pull-waits", "10", "pull-waits.delays")
    for delay in (20, 40):
        scene = _pull_fails(scene.after(0.05), pull, pull.again, "pull-waits.delays")
        scene = _error(scene.after(AFTER_ERROR_S), pull, "pull-error-again", "pull-error.column")
        scene = _backs_off(scene.after(AFTER_ERROR_S), pull, "pull-waits-again", str(delay), "pull-waits.delays")
    scene = _pull_refused(scene, pull)
    details = (f"{pull.waits}.mend",)
    return scene.resting(user="puzzled").after(8).frame("wait", "user", say=pull.waits, details=details)


def _pull_fails(scene: Scene, pull: Refusal, key: str, *details: str) -> Scene:
    scene = scene.event("pulling", POD, container="web", image=pull.image)
    if pull.resolves and key == pull.first:
        scene = resolved(scene, pull.image, "resolve", "pull.policy", "resolve.token")
    scene = scene.after(1.2).event("pull-failed", POD, container="web", image=pull.image, error=pull.error)
    scene = scene.event("start-error", POD, container="web", reason="ErrImagePull")
    return scene.frame(
        key,
        "runtime",
        to="registry",
        verb=pull.verb,
        path=pull.url,
        now={"kubelet": "pulls", "runtime": "resolves" if pull.verb == "HEAD" else "pulls", "registry": pull.answer},
        details=details,
        image=pull.image,
    )


def _error(scene: Scene, pull: Refusal, say: str, *details: str) -> Scene:
    """A sync reports what the one before found, and finds the delay not over.

    pkg/kubelet/kubelet.go SyncPod: SetPodStatus comes first, reasonCache.Update last, so the column is a sync behind.
    """
    scene = _pull_refused(scene, pull).resting(kubelet="backs-off")
    return _image_state(scene, "pull-error", "ErrImagePull", pull.error, *details, say=say)


def _backs_off(scene: Scene, pull: Refusal, say: str, delay: str, *details: str) -> Scene:
    message = f'Back-off pulling image "{pull.image}": ErrImagePull: {pull.error}'
    return _image_state(scene, "pull-waits", "ImagePullBackOff", message, *details, say=say, delay=delay)


def _pull_refused(scene: Scene, pull: Refusal) -> Scene:
    """A sync finds the delay not over and says so in two events; the next one writes it."""
    scene = scene.event("back-off-pull", POD, container="web", image=pull.image)
    return scene.event("start-error", POD, container="web", reason="ImagePullBackOff")


def _image_state(scene: Scene, key: str, reason: str, message: str, *details: str, say: str, **values: Any) -> Scene:
    pod = scene.objects[POD]
    status = container_status(pod["spec"]["containers"][0], waiting(reason, message))
    pod = with_address(pod, POD_IP, containerStatuses=[status])
    return patched(scene, key, pod, *details, say=say, **values)
