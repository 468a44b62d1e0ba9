"""How a Deployment becomes Pods, step by step, and what happens instead when one thing is broken."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from app.kube.frame import Sequence, ending, with_details
from app.kube.kept import kept_story
from app.kube.story.scene import Scene
from app.kube.story.template_hash import Version
from app.widgets.deployment_birth import control, images, nodes, restarts, silence, trouble
from app.widgets.deployment_birth.cast import Plan, plan

Fault = Literal[
    "none",
    "webhook-denies",
    "quota-exceeded",
    "etcd-no-quorum",
    "controller-manager-down",
    "paused",
    "selector-change-refused",
    "scheduler-down",
    "no-node-fits",
    "kubelet-down",
    "cni-missing",
    "image-missing",
    "bad-image",
    "init-fails",
    "crash-loop",
    "readiness-fails",
    "oom-killed",
]

USUAL: Version = "1.37"

Step = Callable[[Scene, Plan], Scene]

STORED: tuple[Step, ...] = (control.persisted,)
NAMED: tuple[Step, ...] = (
    *STORED,
    control.noticed,
    control.named,
    control.set_created,
    control.missing_counted,
)
MADE: tuple[Step, ...] = (*NAMED, control.pods_created, control.all_exist)
PLACED: tuple[Step, ...] = (*MADE, nodes.placed)
TAKEN: tuple[Step, ...] = (*PLACED, nodes.on_nodes)
WIRED: tuple[Step, ...] = (*TAKEN, nodes.wired)
PULLED: tuple[Step, ...] = (*WIRED, nodes.pulled)
COMPLETE: tuple[Step, ...] = (*PULLED, nodes.started)

PATHS: Mapping[str, tuple[Step, ...]] = {
    "none": COMPLETE,
    "webhook-denies": (*NAMED, trouble.refused, trouble.past_deadline),
    "quota-exceeded": (*NAMED, trouble.refused, trouble.past_deadline),
    "etcd-no-quorum": (control.not_stored,),
    "controller-manager-down": (*STORED, control.nothing_made),
    "paused": (*STORED, control.noticed, control.held),
    "selector-change-refused": (*COMPLETE, control.selector_refused),
    "scheduler-down": (*MADE, trouble.unscheduled, trouble.past_deadline),
    "no-node-fits": (*MADE, trouble.nothing_fits, trouble.past_deadline),
    "kubelet-down": (*PLACED, silence.node_lost),
    "cni-missing": (*TAKEN, trouble.sandbox_fails, trouble.past_deadline),
    "image-missing": (*WIRED, images.image_missing, trouble.past_deadline),
    "bad-image": (*WIRED, images.bad_image, trouble.past_deadline),
    "init-fails": (*WIRED, restarts.init_fails, trouble.past_deadline),
    "crash-loop": (*PULLED, restarts.crashing, restarts.timed_out),
    "readiness-fails": (*PULLED, restarts.never_ready, trouble.past_deadline),
    "oom-killed": (*PULLED, restarts.crashing, restarts.timed_out),
}
WITHOUT_PODS: tuple[Step, ...] = (*NAMED, control.all_exist)
NO_PODS_NEEDED = ("etcd-no-quorum", "controller-manager-down", "paused")


@kept_story
def tell(replicas: int, image: str, version: Version, fault: str) -> Sequence:
    """All frames from `kubectl create` on; said too when the version makes no difference.

    Refusal for an image that is not a reference.
    """
    story = _told(replicas, image, version, fault)
    if version == USUAL or story.frames != tell(replicas, image, USUAL, fault).frames:
        return story
    return replace(story, frames=with_details(story.frames, "beside.version"))


def _told(replicas: int, image: str, version: Version, fault: str) -> Sequence:
    asked = plan(replicas, image, version, fault)
    scene = control.asked(control.opened(asked), asked)
    for step in _steps(asked):
        scene = step(scene, asked)
    if fault == "none":
        return Sequence(frames=scene.frames)
    return Sequence(frames=scene.frames, **ending(fault if _happens(asked) else "unmet"))


def _steps(asked: Plan) -> tuple[Step, ...]:
    """With 0 replicas nothing can go wrong with Pods: the ReplicaSet is made and that is all."""
    if asked.replicas or asked.fault in NO_PODS_NEEDED:
        return PATHS[asked.fault]
    if asked.fault == "selector-change-refused":
        return (*WITHOUT_PODS, control.selector_refused)
    return WITHOUT_PODS


def _happens(asked: Plan) -> bool:
    return bool(asked.replicas) or asked.fault in (*NO_PODS_NEEDED, "selector-change-refused")
