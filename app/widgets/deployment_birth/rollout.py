"""The Deployment and its ReplicaSet as their controllers write them, status and conditions included."""

from collections.abc import Sequence
from typing import Any

from app.kube.story.pod import Object
from app.record import dataclass
from app.widgets.deployment_birth.cast import DEPLOYMENT_UID, SET_UID, Plan

# Kubernetes 1.35 turned DeploymentReplicaSetTerminatingReplicas on.
COUNTS_TERMINATING = "1.35"


@dataclass(frozen=True)
class Counts:
    """What the ReplicaSet controller counts: Pods that exist, are ready, are going."""

    existing: int
    ready: int
    terminating: int = 0


def accepted(plan: Plan) -> Object:
    """The Deployment after defaulting (kubernetes v1.37 pkg/apis/apps/v1/defaults.go)."""
    sent = plan.manifest
    spec: dict[str, Any] = {
        "progressDeadlineSeconds": 600,
        "revisionHistoryLimit": 10,
        "strategy": {
            "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
            "type": "RollingUpdate",
        },
        **sent["spec"],
        "template": plan.template,
    }
    return {**sent, "spec": spec}


def prepared(deployment: Object, now: str) -> Object:
    meta = {**deployment["metadata"], "creationTimestamp": now, "generation": 1, "uid": DEPLOYMENT_UID}
    return {**deployment, "metadata": meta, "status": {}}


def replica_set(plan: Plan, now: str) -> Object:
    """The new ReplicaSet: name, label and selector carry the hash (pkg/controller/deployment/sync.go)."""
    labels = {"app": "web", "pod-template-hash": plan.hash}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "annotations": {
                "deployment.kubernetes.io/desired-replicas": str(plan.replicas),
                "deployment.kubernetes.io/max-replicas": str(plan.replicas + plan.surge),
                "deployment.kubernetes.io/revision": "1",
            },
            "creationTimestamp": now,
            "generation": 1,
            "labels": labels,
            "name": plan.set,
            "namespace": "default",
            "ownerReferences": [_owner("apps/v1", "Deployment", "web", DEPLOYMENT_UID)],
            "uid": SET_UID,
        },
        "spec": {
            "replicas": plan.replicas,
            "selector": {"matchLabels": labels},
            "template": {**plan.template, "metadata": {"labels": labels}},
        },
        "status": {"replicas": 0},
    }


def _owner(api: str, kind: str, name: str, uid: str) -> Object:
    return {
        "apiVersion": api,
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": kind,
        "name": name,
        "uid": uid,
    }


def pod_from(plan: Plan, name: str) -> Object:
    """What the ReplicaSet controller sends for one Pod (controller_utils.go, GetPodFromTemplate)."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{plan.set}-",
            "labels": {"app": "web", "pod-template-hash": plan.hash},
            "name": name,
            "namespace": "default",
            "ownerReferences": [_owner("apps/v1", "ReplicaSet", plan.set, SET_UID)],
        },
        "spec": plan.template["spec"],
    }


def batches(replicas: int) -> tuple[int, ...]:
    """How many Pods are created at once: 1, 2, 4 … until all are (controller_utils.go slowStartBatch)."""
    sizes, size = [], 1
    while replicas:
        sizes.append(min(size, replicas))
        replicas -= sizes[-1]
        size *= 2
    return tuple(sizes)


def condition(type_: str, status: str, reason: str, message: str, now: str) -> Object:
    return {
        "lastTransitionTime": now,
        "lastUpdateTime": now,
        "message": message,
        "reason": reason,
        "status": status,
        "type": type_,
    }


def with_condition(conditions: Sequence[Object], new: Object) -> list[Object]:
    """The conditions with one set anew at the end; the same status and reason change nothing."""
    old = next((c for c in conditions if c["type"] == new["type"]), None)
    if old and (old["status"], old["reason"]) == (new["status"], new["reason"]) and new["type"] != "Progressing":
        return list(conditions)
    if old and old["status"] == new["status"]:
        new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
    return [*(c for c in conditions if c["type"] != new["type"]), new]


def counted(plan: Plan, set_: Object, counts: Counts, failure: Object | None = None) -> Object:
    """The ReplicaSet with its status (pkg/controller/replicaset/replica_set_utils.go calculateStatus)."""
    status: dict[str, Any] = {"observedGeneration": 1, "replicas": counts.existing}
    if counts.existing:
        status["fullyLabeledReplicas"] = counts.existing
    if counts.ready:
        status |= {"availableReplicas": counts.ready, "readyReplicas": counts.ready}
    if plan.version >= COUNTS_TERMINATING:
        status["terminatingReplicas"] = counts.terminating
    if failure:
        made = {k: v for k, v in failure.items() if k != "lastUpdateTime"}
        status["conditions"] = [made]
    return {**set_, "status": status}


def reported(
    plan: Plan,
    deployment: Object,
    counts: Counts,
    now: str,
    *,
    failure: Object | None = None,
    timed_out: bool = False,
) -> Object:
    """The Deployment with its status (pkg/controller/deployment/sync.go and progress.go)."""
    status: dict[str, Any] = {"observedGeneration": 1}
    known = {"replicas": counts.existing, "updatedReplicas": counts.existing, "readyReplicas": counts.ready}
    status |= {key: value for key, value in known.items() if value}
    if counts.ready:
        status["availableReplicas"] = counts.ready
    if missing := max(plan.replicas - counts.ready, 0):
        status["unavailableReplicas"] = missing
    if plan.version >= COUNTS_TERMINATING:
        status["terminatingReplicas"] = counts.terminating
    conditions = with_condition(deployment["status"].get("conditions", ()), _available(plan, counts, now))
    if failure:
        conditions = with_condition(conditions, failure)
    before = deployment["status"]
    progressed = any(known[key] > before.get(key, 0) for key in ("updatedReplicas", "readyReplicas"))
    progress = _progress(plan, counts, progressed, timed_out, now)
    if progress:
        conditions = with_condition(conditions, progress)
    return {**deployment, "status": {**status, "conditions": conditions}}


def _available(plan: Plan, counts: Counts, now: str) -> Object:
    if counts.ready >= plan.replicas - plan.unavailable:
        return condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
    message = "Deployment does not have minimum availability."
    return condition("Available", "False", "MinimumReplicasUnavailable", message, now)


def _progress(plan: Plan, counts: Counts, progressed: bool, timed_out: bool, now: str) -> Object | None:
    set_ = f'ReplicaSet "{plan.set}"'
    if counts.ready == counts.existing == plan.replicas:
        return condition("Progressing", "True", "NewReplicaSetAvailable", f"{set_} has successfully progressed.", now)
    if progressed:
        return condition("Progressing", "True", "ReplicaSetUpdated", f"{set_} is progressing.", now)
    if timed_out:
        message = f"{set_} has timed out progressing."
        return condition("Progressing", "False", "ProgressDeadlineExceeded", message, now)
    return None


def revised(plan: Plan, deployment: Object, now: str) -> Object:
    """What is written once the ReplicaSet exists: the revision, and that progress was made."""
    meta = {**deployment["metadata"], "annotations": {"deployment.kubernetes.io/revision": "1"}}
    made = condition("Progressing", "True", "NewReplicaSetCreated", f'Created new replica set "{plan.set}"', now)
    return {**deployment, "metadata": meta, "status": {"conditions": [made]}}
