"""From `kubectl create` to a stored Pod: the API server's chain, and the three ways it ends there."""

from dataclasses import replace

from app.kube.story import cluster
from app.kube.story.pod import Object, admitted, prepared, with_defaults
from app.kube.story.scene import Scene
from app.widgets.pod_birth.cast import (
    CREATE,
    HIGH,
    POD,
    SLICE,
    TOKEN_VOLUME,
    UID,
    VICTIM,
    empty_slice,
    manifest,
    victim,
)
from app.widgets.pod_birth.silence import NODE_KEY, healthy_node

FILTERS = ("chain.filters", "chain.authentication", "chain.fairness", "chain.authorization")
MUTATING = ("admission.defaults", "admission.order", "admission.service-account", "admission.tolerations")


def _mutating(fault: str) -> tuple[str, ...]:
    return (*MUTATING, "admission.priority") if fault == "preempts" else MUTATING


def opened(fault: str) -> Scene:
    """The terminal is open, a watch runs, nothing has been sent."""
    before = {SLICE: empty_slice(), NODE_KEY: healthy_node()}
    if fault == "preempts":
        before[VICTIM] = victim()
    scene = cluster.opened(Scene(idle=cluster.IDLE, revision=48210, before=before), fault)
    return scene.watching(VICTIM) if fault == "preempts" else scene


def asked(scene: Scene, fault: str) -> Scene:
    """Sent, identified, completed and found valid: the Pod is in the API server's hands and nowhere else."""
    pod = manifest(fault)
    scene = scene.typed("kubectl create -f web.yaml").carrying(POD, pod)
    scene = scene.frame(
        "send",
        "user",
        to="api",
        verb="POST",
        path=CREATE,
        now={"user": "sends", "api": "reads"},
        details=("send.request",),
    )
    scene = scene.after(0.004).frame("identify", "api", now={"user": "waits", "api": "identifies"}, details=FILTERS)
    pod = admitted(with_defaults(pod), TOKEN_VOLUME, HIGH if fault == "preempts" else 0)
    scene = scene.after(0.003).carrying(POD, pod)
    scene = scene.frame("mutate", "api", now={"user": "waits", "api": "admits"}, details=_mutating(fault))
    scene = scene.after(0.002).carrying(POD, prepared(pod, UID, scene.time))
    return scene.frame(
        "validate",
        "api",
        say="validate-gated" if fault == "gated" else "validate",
        now={"user": "waits", "api": "validates"},
        details=("validate.wiped", "validate.order"),
    )


def reviewed(scene: Scene) -> Scene:
    return scene.after(0.006).frame(
        "review",
        "api",
        to="webhook",
        verb="POST",
        path="https://pod-policy.platform.svc:443/validate?timeout=10s",
        now={"user": "waits", "api": "asks-webhook", "webhook": "allows"},
        details=("review.parallel", "review.quota", "review.policy"),
    )


def persisted(scene: Scene) -> Scene:
    """Written to etcd and answered: from here on everybody who watches can see it."""
    scene = scene.after(0.006)
    scene = scene.writing(POD, scene.in_flight[POD], quietly=True)
    scene = cluster.stored(scene, "/registry/pods/default/web", "store.guard", "store.encoding", "store.quorum")
    scene = scene.after(0.006).told("pod/web created").printing(POD)
    return cluster.created(scene, CREATE, revision=str(scene.revision))


def denied(scene: Scene) -> Scene:
    """A validating webhook says no: kubectl prints its words, nothing was stored."""
    scene = scene.after(0.006).frame(
        "review",
        "api",
        say="review-denied",
        to="webhook",
        verb="POST",
        path="https://pod-policy.platform.svc:443/validate?timeout=10s",
        now={"user": "waits", "api": "asks-webhook", "webhook": "denies"},
        details=("review.parallel", "review.policy"),
    )
    return _refused(
        scene.after(0.003),
        "403 Forbidden",
        "refuse-webhook",
        'Error from server (Forbidden): error when creating "web.yaml": admission webhook'
        ' "pods.policy.example.com" denied the request: container web: runAsNonRoot must be true',
    )


def over_quota(scene: Scene) -> Scene:
    """ResourceQuota comes last of all admission plugins; it counts a Pod before that is stored."""
    quota = _quota()
    scene = replace(reviewed(scene), objects={"ResourceQuota/team": quota}, before={"ResourceQuota/team": quota})
    scene = scene.after(0.002).frame(
        "quota", "api", now={"user": "waits", "api": "counts"}, details=("quota.last", "quota.two-writes")
    )
    return _refused(
        scene.after(0.001),
        "403 Forbidden",
        "refuse-quota",
        'Error from server (Forbidden): error when creating "web.yaml": pods "web" is forbidden:'
        " exceeded quota: team, requested: pods=1, used: pods=10, limited: pods=10",
    )


def _quota() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {
            "creationTimestamp": "2026-08-30T07:02:11Z",
            "name": "team",
            "namespace": "default",
            "resourceVersion": "31877",
            "uid": "9d3b7a1e-6c0f-4d0d-8f65-2a1f0a9b4c3d",
        },
        "spec": {"hard": {"pods": "10"}},
        "status": {"hard": {"pods": "10"}, "used": {"pods": "10"}},
    }


def not_stored(scene: Scene) -> Scene:
    """etcd has lost its quorum: the transaction waits for a leader until the request times out."""
    path = "/registry/pods/default/web"
    scene = cluster.stuck(scene.after(0.006), path, "store.guard", "store-hangs.leaderless")
    line = cluster.not_stored("web.yaml")
    return _refused(scene, "504 Gateway Timeout", "refuse-etcd", line, "store-hangs.unknown")


def _refused(scene: Scene, verb: str, say: str, line: str, detail: str = "refuse.trace") -> Scene:
    """The client is answered with an error and the Pod is gone: no row, no event, no trace."""
    return cluster.refuses(scene.dropping(POD), say, verb, CREATE, line, detail)
