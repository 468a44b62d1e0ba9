"""From `kubectl create` to stored Pods: API server, deployment controller, replicaset controller."""

from app.kube.story import cluster
from app.kube.story.cluster import writes
from app.kube.story.pod import Object, admitted, with_defaults
from app.kube.story.pod import prepared as prepared_pod
from app.kube.story.scene import Scene
from app.kube.story.table import Terminal
from app.listed import Listed
from app.widgets.deployment_birth.cast import (
    CREATE,
    DEPLOYMENT,
    DEPLOYMENTS,
    PODS,
    SETS,
    Plan,
    token_volume,
    uid_of,
)
from app.widgets.deployment_birth.rollout import (
    Counts,
    accepted,
    batches,
    condition,
    counted,
    pod_from,
    prepared,
    replica_set,
    reported,
    revised,
)

# The status of both, as a shell would write it: each controller PUTs its own object's.
BOTH = "/apis/apps/v1/namespaces/default/{{replicasets/{set},deployments/web}}/status"
DEPLOYMENT_WATCH = cluster.watch_path("/apis/apps/v1/deployments", 51018, 389)
SET_WATCH = cluster.watch_path("/apis/apps/v1/replicasets", 51022, 574)
# kubectl v0.37 pkg/cmd/apply/apply.go warningNoLastAppliedConfigAnnotation: it was made with `create`.
NOT_APPLIED = (
    "Warning: resource deployments/web is missing the kubectl.kubernetes.io/last-applied-configuration annotation"
    " which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by"
    " either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."
)


def opened(plan: Plan) -> Scene:
    """The terminal is open, a watch of the Pods runs, nothing has been sent."""
    described = (DEPLOYMENT, plan.set_key, *plan.pod_keys[:1])
    replacements = (plan.pod_key(index) for index in range(plan.replicas + 1, 2 * plan.replicas))
    hidden = frozenset((*plan.pod_keys[1:], *replacements))
    scene = Scene(idle=cluster.IDLE, revision=51340, described=described, hidden=hidden)
    return cluster.opened(scene, plan.fault)


def asked(scene: Scene, plan: Plan) -> Scene:
    """Sent and accepted: identified, completed, found valid; not stored yet."""
    scene = scene.typed("kubectl create -f web.yaml").carrying(DEPLOYMENT, plan.manifest)
    scene = scene.frame(
        "send",
        "user",
        to="api",
        verb="POST",
        path=CREATE,
        now={"user": "sends", "api": "reads"},
        details=("send.template", "send.selector"),
        replicas=str(plan.replicas),
    )
    scene = scene.after(0.009)
    scene = scene.carrying(DEPLOYMENT, prepared(accepted(plan), scene.time))
    return scene.frame(
        "accept",
        "api",
        now={"user": "waits", "api": "admits"},
        details=("accept.chain", "accept.defaults", "accept.checked"),
    )


def persisted(scene: Scene, plan: Plan) -> Scene:
    scene = scene.after(0.006).writing(DEPLOYMENT, scene.in_flight[DEPLOYMENT])
    scene = cluster.stored(scene, "/registry/deployments/default/web", "store.guard")
    scene = scene.after(0.006).told("deployment.apps/web created")
    return cluster.created(scene, CREATE, replicas=str(plan.replicas))


def not_stored(scene: Scene, _plan: Plan) -> Scene:
    """etcd has lost its quorum: the transaction waits for a leader until the request times out."""
    scene = cluster.stuck(scene.after(0.006), "/registry/deployments/default/web", "store-hangs.leaderless")
    line = cluster.not_stored("web.yaml")
    scene = scene.dropping(DEPLOYMENT)
    return cluster.refuses(scene, "refuse-etcd", "504 Gateway Timeout", CREATE, line, "store-hangs.unknown")


def noticed(scene: Scene, plan: Plan) -> Scene:
    return scene.after(0.002).frame(
        "notice",
        "controller",
        say="notice-paused" if plan.fault == "paused" else "notice",
        from_="api",
        to="controller",
        verb="WATCH ADDED",
        path=DEPLOYMENT_WATCH,
        now={"controller": "compares"},
        details=("notice.manager", "notice.key"),
    )


def named(scene: Scene, plan: Plan) -> Scene:
    """The name of the ReplicaSet is computed from the template alone."""
    return scene.after(0.002).frame(
        "hash",
        "controller",
        now={"controller": "hashes"},
        details=("hash.dump", "hash.encode", "hash.versions", "hash.collision"),
        length=str(plan.dump_length),
        sum=str(plan.sum),
        hash=plan.hash,
        version=plan.version,
    )


def set_created(scene: Scene, plan: Plan) -> Scene:
    scene = scene.after(0.008)
    scene = scene.writing(plan.set_key, replica_set(plan, scene.time))
    if plan.replicas:
        scene = scene.event("scaled-up", DEPLOYMENT, set=plan.set, replicas=str(plan.replicas))
    scene = writes(
        scene,
        "replica-set",
        "controller",
        "makes-set",
        "POST",
        SETS,
        "replica-set.owner",
        "replica-set.selector",
        "replica-set.event",
        name=plan.set,
        replicas=str(plan.replicas),
    )
    scene = scene.after(0.006)
    scene = scene.writing(DEPLOYMENT, revised(plan, scene.objects[DEPLOYMENT], scene.time))
    return writes(
        scene,
        "revision",
        "controller",
        "writes-status",
        "PUT",
        f"{DEPLOYMENTS}/web/status",
        "revision.deadline",
        "revision.undo",
    )


def missing_counted(scene: Scene, plan: Plan) -> Scene:
    return scene.after(0.002).frame(
        "count",
        "controller",
        say="count" if plan.replicas else "count-none",
        from_="api",
        to="controller",
        verb="WATCH ADDED",
        path=SET_WATCH,
        now={"controller": "counts"},
        details=("count.other", "count.expectations"),
        replicas=str(plan.replicas),
        batches=Listed(map(str, batches(plan.replicas))),
    )


def pods_created(scene: Scene, plan: Plan) -> Scene:
    """Batch by batch, each twice as large as the one before."""
    done = 0
    for number, size in enumerate(batches(plan.replicas), 1):
        scene = scene.after(0.012)
        for index in range(done, done + size):
            scene = _pod_created(scene, plan, index)
        done += size
        scene = writes(
            scene,
            "batch",
            "controller",
            "makes-pods",
            "POST" if size == 1 else f"POST ×{size}",
            PODS,
            "batch.slow-start",
            "batch.names",
            "batch.limit",
            say="batch-first" if number == 1 else "batch-next",
            size=str(size),
            done=str(done),
            replicas=str(plan.replicas),
            name=plan.pod(done - 1),
        )
    return scene


def _pod_created(scene: Scene, plan: Plan, index: int) -> Scene:
    pod = new_pod(plan, plan.pod(index), scene.time)
    scene = scene.writing(plan.pod_key(index), pod)
    return scene.event("pod-created", plan.set_key, name=plan.pod(index))


def new_pod(plan: Plan, name: str, now: str) -> Object:
    """A Pod as it is stored: the template, defaulted, admitted, prepared like any other."""
    pod = admitted(with_defaults(pod_from(plan, name)), token_volume(name))
    return prepared_pod(pod, uid_of(name), now)


def reported_counts(scene: Scene, plan: Plan, counts: Counts, key: str, *details: str, say: str = "") -> Scene:
    """ReplicaSet and Deployment get their new counts; each controller writes its own object."""
    scene = scene.writing(plan.set_key, counted(plan, scene.objects[plan.set_key], counts))
    scene = scene.after(0.005)
    scene = scene.writing(DEPLOYMENT, reported(plan, scene.objects[DEPLOYMENT], counts, scene.time))
    return writes(
        scene,
        key,
        "controller",
        "writes-status",
        "PUT ×2",
        BOTH.format(set=plan.set),
        *details,
        say=say,
        ready=str(counts.ready),
        replicas=str(plan.replicas),
    )


def all_exist(scene: Scene, plan: Plan) -> Scene:
    counts = Counts(plan.replicas, 0)
    if not plan.replicas:
        return reported_counts(scene.after(0.005), plan, counts, "complete", say="complete-none")
    return reported_counts(scene.after(0.01), plan, counts, "report", "report.available", "report.both")


def nothing_made(scene: Scene, _plan: Plan) -> Scene:
    """The controller manager is down: the Deployment is stored and nobody acts on it."""
    scene = scene.after(0.002).frame(
        "notice",
        "api",
        say="notice-nobody",
        to="controller",
        details=("notice-nobody.lease", "notice-nobody.rest"),
    )
    scene = scene.until(60).typed("kubectl get deployment web").told(*deployment_rows(scene, "60s"))
    scene = scene.frame("look", "user", say="look-nothing", now={"user": "describes"}, details=("look-nothing.sign",))
    return scene.until(300).resting(user="puzzled").frame("wait", "user", say="wait-nothing")


def deployment_rows(scene: Scene, age: str) -> tuple[str, ...]:
    """What `kubectl get deployment` prints now (v1.37 pkg/printers/internalversion, printDeployment)."""
    thing = scene.objects[DEPLOYMENT]
    status = thing["status"]
    ready = f"{status.get('readyReplicas', 0)}/{thing['spec']['replicas']}"
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    heads = ("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE")
    return Terminal().rows([heads, ("web", ready, str(updated), str(available), age)]).lines


def held(scene: Scene, plan: Plan) -> Scene:
    """Paused from the start: only the status is written, no ReplicaSet is made."""
    scene = scene.after(0.008)
    before = scene.objects[DEPLOYMENT]
    paused = condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", scene.time)
    scene = writes(
        scene.writing(DEPLOYMENT, {**before, "status": {"conditions": [paused]}}),
        "pause",
        "controller",
        "writes-status",
        "PUT",
        f"{DEPLOYMENTS}/web/status",
        "pause.deadline",
    )
    scene = scene.after(0.006)
    now_known = reported(plan, scene.objects[DEPLOYMENT], Counts(0, 0), scene.time)
    missing = {k: v for k, v in now_known["status"].items() if k != "unavailableReplicas"}
    scene = writes(
        scene.writing(DEPLOYMENT, {**now_known, "status": missing}),
        "report",
        "controller",
        "writes-status",
        "PUT",
        f"{DEPLOYMENTS}/web/status",
        "report.available",
        say="report-paused",
    )
    scene = scene.until(60).typed("kubectl get deployment web").told(*deployment_rows(scene, "60s"))
    return scene.resting(user="puzzled").frame("wait", "user", say="wait-paused", details=("wait-paused.resume",))


def selector_refused(scene: Scene, _plan: Plan) -> Scene:
    """Later somebody changes the selector and its labels: the API server refuses, nothing has changed."""
    path = f"{DEPLOYMENTS}/web?fieldManager=kubectl-client-side-apply&fieldValidation=Strict"
    scene = (
        scene.until(60)
        .typed("kubectl apply -f shop.yaml")
        .told(NOT_APPLIED)
        .frame(
            "change",
            "user",
            to="api",
            verb="PATCH",
            path=path,
            now={"user": "sends", "api": "validates"},
            details=("change.why", "change.labels"),
        )
    )
    line = (
        'The Deployment "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"shop"}}:'
        " field is immutable"
    )
    verb = "422 Unprocessable Entity"
    return cluster.refuses(scene.after(0.012), "refuse-selector", verb, path, line, "refuse-selector.instead")
