"""The image cannot be had: no such tag, or a name that is no name."""

from app.kube.story.backoff import AFTER_ERROR_S
from app.kube.story.cluster import image_not_found
from app.kube.story.pod import (
    Object,
    container_status,
    waiting,
    with_address,
)
from app.kube.story.registry import resolve_url
from app.kube.story.scene import Scene
from app.widgets.deployment_birth.cast import Plan, pod_ip
from app.widgets.deployment_birth.nodes import (
    every,
    others,
    patched,
)
from app.widgets.deployment_birth.trouble import DEADLINE_S


def _waits(index: int, pod: Object, reason: str, message: str) -> Object:
    """Container web has never been created and waits for a reason."""
    status = container_status(pod["spec"]["containers"][0], waiting(reason, message))
    return with_address(pod, pod_ip(index), containerStatuses=[status])


def image_missing(scene: Scene, plan: Plan) -> Scene:
    """The registry does not know the image: ErrImagePull and ImagePullBackOff in turn."""
    key, error = plan.pod_keys[0], image_not_found(plan.image)
    backing = f'Back-off pulling image "{plan.image}": ErrImagePull: {error}'

    def tries(told: Scene) -> Scene:
        told = told.event("pulling", key, container="web", image=plan.image).after(1.2)
        told = told.event("pull-failed", key, container="web", image=plan.image, error=error)
        return told.event("start-error", key, container="web", reason="ErrImagePull")

    def show(told: Scene, reason: str, message: str) -> Scene:
        return every(told, plan, lambda now, i: _waits(i, now.objects[plan.pod_key(i)], reason, message))

    def rests(told: Scene) -> Scene:
        told = told.event("back-off-pull", key, container="web", image=plan.image)
        return told.event("start-error", key, container="web", reason="ImagePullBackOff")

    scene = tries(scene.after(0.05)).frame(
        "pull",
        "runtime",
        say="pull-fails",
        to="registry",
        verb="HEAD",
        path=resolve_url(plan.image),
        now={"kubelet": "pulls", "runtime": "resolves", "registry": "says-404"},
        details=("pull-fails.error",),
        image=plan.image,
    )
    # pkg/kubelet/kubelet.go SyncPod: SetPodStatus comes first, reasonCache.Update last, so the column is a sync behind
    scene = rests(show(scene.after(0.7), "ErrImagePull", error))
    scene = scene.resting(**dict.fromkeys(("kubelet", *others(plan)), "backs-off"))
    scene = patched(scene, plan, "pull-error", "pull-error.phase")
    scene = show(scene.after(AFTER_ERROR_S), "ImagePullBackOff", backing)
    scene = patched(scene, plan, "back-off", "pull-waits.delays", say="pull-waits")
    scene, found = tries(scene), ("ErrImagePull", error)
    delay, failed_at = 20, scene.at_s
    while scene.at_s < DEADLINE_S - 15:
        scene = scene.after(AFTER_ERROR_S)
        if not _is(scene, plan, found[0]):
            scene = show(scene, *found)
        if scene.at_s < failed_at + delay:
            scene, found = rests(scene), ("ImagePullBackOff", backing)
        else:
            scene, found = tries(scene), ("ErrImagePull", error)
            delay, failed_at = min(delay * 2, 300), scene.at_s
    return scene


def _is(scene: Scene, plan: Plan, reason: str) -> bool:
    state = scene.objects[plan.pod_keys[0]]["status"]["containerStatuses"][0]["state"]
    return bool(state["waiting"]["reason"] == reason)


def bad_image(scene: Scene, plan: Plan) -> Scene:
    """The image's name cannot be parsed: nothing is ever pulled, and nothing backs off."""
    key, image = plan.pod_keys[0], plan.image_used
    cause = f'couldn\'t parse image name "{image}": invalid reference format'
    message = f'Failed to apply default image tag "{image}": {cause}'
    scene = scene.after(0.05).event("inspect-failed", key, container="web", message=message)
    scene = scene.event("start-error", key, container="web", reason="InvalidImageName")
    scene = every(
        scene,
        plan,
        lambda told, i: _waits(i, told.objects[plan.pod_key(i)], "InvalidImageName", message),
    )
    scene = patched(scene, plan, "pull-error", "bad-name.accepted", "bad-name.retry", say="bad-name", image=image)
    for _ in range(46):
        scene = scene.after(13).event("inspect-failed", key, container="web", message=message)
        scene = scene.event("start-error", key, container="web", reason="InvalidImageName")
    return scene
