"""From `kubectl create` to a stored Pod: the API server's chain, and the three ways it ends there."""

from dataclasses import replace

from app.kube.story.pod import Object, admitted, prepared, with_defaults
from app.kube.story.scene import Scene
from app.widgets.pod_birth.cast import CREATE, IDLE, POD, SLICE, TOKEN_VOLUME, UID, empty_slice, manifest
from app.widgets.pod_birth.silence import NODE_KEY, healthy_node

FILTERS = ("chain.filters", "chain.authentication", "chain.fairness", "chain.authorization")
MUTATING = ("admission.defaults", "admission.order", "admission.service-account", "admission.tolerations")


def opened(fault: str) -> Scene:
    """The terminal is open, a watch runs, nothing has been sent."""
    scene = Scene(idle=IDLE, revision=48210, before={SLICE: empty_slice(), NODE_KEY: healthy_node()})
    match fault:
        case "scheduler-down":
            scene = scene.resting(scheduler="down")
        case "kubelet-down":
            scene = scene.resting(kubelet="down")
        case "etcd-no-quorum":
            scene = scene.resting(etcd="no-quorum")
        case "cni-missing":
            scene = scene.resting(cni="down")
    return scene.typed("kubectl get pods -w &")


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
    pod = admitted(with_defaults(pod), TOKEN_VOLUME)
    scene = scene.after(0.003).carrying(POD, pod)
    scene = scene.frame("mutate", "api", now={"user": "waits", "api": "admits"}, details=MUTATING)
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
    scene = scene.frame(
        "store",
        "api",
        to="etcd",
        verb="Txn",
        path="/registry/pods/default/web",
        now={"user": "waits", "api": "stores", "etcd": "commits"},
        details=("store.guard", "store.encoding", "store.quorum"),
        revision=str(scene.revision),
    )
    return (
        scene.after(0.006)
        .told("pod/web created")
        .printing(POD)
        .frame(
            "answer",
            "api",
            to="user",
            verb="201 Created",
            path=CREATE,
            now={"user": "told-created", "api": "answers"},
            details=("answer.means",),
            revision=str(scene.revision),
        )
    )


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
    """etcd has lost its quorum: the transaction waits for a majority until it times out."""
    scene = scene.after(0.006).frame(
        "store",
        "api",
        say="store-hangs",
        to="etcd",
        verb="Txn",
        path="/registry/pods/default/web",
        now={"user": "waits", "api": "waits-etcd"},
        details=("store.guard", "store-hangs.unknown"),
    )
    return _refused(
        scene.after(7),
        "500 Internal Server Error",
        "refuse-etcd",
        'Error from server: error when creating "web.yaml": etcdserver: request timed out',
    )


def _refused(scene: Scene, verb: str, say: str, line: str) -> Scene:
    """The client is answered with an error and the Pod is gone: no row, no event, no trace."""
    scene = scene.dropping(POD).resting(user="refused").told(line)
    return scene.frame(
        "refuse",
        "api",
        say=say,
        to="user",
        verb=verb,
        path=CREATE,
        now={"api": "answers"},
        details=("refuse.trace",),
    )
