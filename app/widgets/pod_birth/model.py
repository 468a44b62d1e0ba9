"""How a Pod comes to life, step by step, and what happens instead when one thing is broken."""

from collections.abc import Callable, Mapping
from typing import Literal

from app.kube.frame import Sequence, ending
from app.kube.kept import kept_story
from app.kube.story.scene import Scene
from app.widgets.pod_birth import arrival, node, placing, preemption, restarts, silence, trouble

Fault = Literal[
    "none",
    "webhook-denies",
    "quota-exceeded",
    "etcd-no-quorum",
    "scheduler-down",
    "unknown-scheduler-name",
    "gated",
    "no-node-fits",
    "preempts",
    "kubelet-down",
    "kubelet-returns",
    "secret-missing",
    "config-missing",
    "claim-unbound",
    "volume-elsewhere",
    "driver-missing",
    "volume-timeout",
    "cni-missing",
    "image-missing",
    "rate-limited",
    "wrong-architecture",
    "init-fails",
    "crash-loop",
    "readiness-fails",
    "oom-killed",
]

Step = Callable[[Scene], Scene]

STORED: tuple[Step, ...] = (arrival.reviewed, arrival.persisted)
QUEUED: tuple[Step, ...] = (*STORED, placing.noticed)
BOUND: tuple[Step, ...] = (*QUEUED, placing.placed)
KNOWN: tuple[Step, ...] = (*BOUND, node.handed_over, node.starting)
WIRED: tuple[Step, ...] = (*KNOWN, node.mounted, node.sandboxed)
STARTED: tuple[Step, ...] = (*WIRED, node.pulled, node.started)
RUNNING: tuple[Step, ...] = (*STARTED, node.now_running)
SERVING: tuple[Step, ...] = (*RUNNING, node.probed, node.now_ready, node.published)
ON_NODE: tuple[Step, ...] = SERVING[len(BOUND) :]

PATHS: Mapping[str, tuple[Step, ...]] = {
    "none": SERVING,
    "webhook-denies": (arrival.denied,),
    "quota-exceeded": (arrival.over_quota,),
    "etcd-no-quorum": (arrival.reviewed, arrival.not_stored),
    "scheduler-down": (*STORED, placing.scheduler_down),
    "unknown-scheduler-name": (*STORED, placing.scheduler_unknown),
    "gated": (*STORED, placing.gated),
    "no-node-fits": (*QUEUED, placing.nothing_fits),
    "preempts": (*QUEUED, preemption.preempted, *ON_NODE[:3], preemption.taken_away, *ON_NODE[3:]),
    "kubelet-down": (*BOUND, silence.node_lost),
    "kubelet-returns": (
        *BOUND,
        silence.back_in_time,
        *ON_NODE[1:-3],
        node.probed_by_a_young_kubelet,
        *ON_NODE[-2:],
    ),
    "secret-missing": (*KNOWN, trouble.secret_missing),
    "config-missing": (*WIRED, node.pulled, trouble.config_missing),
    "claim-unbound": (*QUEUED, placing.claim_unbound),
    "volume-elsewhere": (*KNOWN, trouble.volume_elsewhere),
    "driver-missing": (*KNOWN, trouble.driver_missing),
    "volume-timeout": (*KNOWN, trouble.volume_timeout),
    "cni-missing": (*KNOWN, node.mounted, trouble.network_missing),
    "image-missing": (*WIRED, trouble.image_missing),
    "rate-limited": (*WIRED, trouble.rate_limited),
    "wrong-architecture": (*WIRED, restarts.wrong_architecture),
    "init-fails": (*WIRED, restarts.init_fails),
    "crash-loop": (*STARTED, restarts.crash_loop),
    "readiness-fails": (*RUNNING, restarts.never_ready),
    "oom-killed": (*SERVING, restarts.oom_killed),
}


@kept_story
def tell(fault: str) -> Sequence:
    """All frames from `kubectl create` on, with what is left to say at the end when something was broken."""
    scene = arrival.asked(arrival.opened(fault), fault)
    for step in PATHS[fault]:
        scene = step(scene)
    if fault == "none":
        return Sequence(frames=scene.frames)
    return Sequence(frames=scene.frames, **ending(fault))
