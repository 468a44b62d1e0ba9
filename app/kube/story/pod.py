"""A Pod as each of those who write to it leaves it: client, API server, scheduler, kubelet."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.record import dataclass

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Image:
    """An image name as people write it; without tag and digest it means `latest` (distribution/reference)."""

    name: str

    @property
    def digest(self) -> str:
        return self.name.partition("@")[2]

    @property
    def tag(self) -> str:
        tag = self.name.partition("@")[0].rpartition("/")[2].partition(":")[2]
        return tag or ("" if self.digest else "latest")

    @property
    def full(self) -> str:
        """With registry, repository and tag: what containerd stores it under."""
        path = self.name if ":" in self.name.rpartition("/")[2] or self.digest else f"{self.name}:latest"
        first, slash, _ = path.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            return path
        return f"docker.io/{path}" if slash else f"docker.io/library/{path}"

    @property
    def repository(self) -> str:
        path = self.full.partition("@")[0]
        head, slash, last = path.rpartition("/")
        return head + slash + last.partition(":")[0]

    @property
    def manifest_url(self) -> str:
        """Where the registry answers for it (distribution-spec: /v2/<name>/manifests/<reference>)."""
        registry, _, name = self.repository.partition("/")
        host = "registry-1.docker.io" if registry == "docker.io" else registry
        return f"https://{host}/v2/{name}/manifests/{self.digest or self.tag}"


_DATA = "/var/run/secrets/kubernetes.io/serviceaccount"
_KUBELET_ORDER = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


# What the API server and the admission plugins add to a Pod


def with_defaults(pod: Object) -> Object:
    """The Pod after decoding and defaulting (v1.37 pkg/apis/core/v1/defaults.go, SetDefaults_Pod)."""
    return {**pod, "spec": {"enableServiceLinks": True, **spec_defaults(pod["spec"])}}


def spec_defaults(spec: Object) -> Object:
    """The defaults that a Pod's spec has in a template as well (SetDefaults_PodSpec)."""
    full: dict[str, Any] = {
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
        **spec,
    }
    for field in ("containers", "initContainers"):
        if field in spec:
            full[field] = [default_container(container) for container in spec[field]]
    if "volumes" in spec:
        full["volumes"] = [_default_volume(volume) for volume in spec["volumes"]]
    return full


def default_container(container: Object) -> Object:
    """A container after defaulting."""
    full: dict[str, Any] = {
        "imagePullPolicy": "Always" if Image(container["image"]).tag == "latest" else "IfNotPresent",
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "resources": {},
        **container,
    }
    if "ports" in container:
        full["ports"] = [{"protocol": "TCP", **port} for port in container["ports"]]
    if "readinessProbe" in container:
        full["readinessProbe"] = {
            "failureThreshold": 3,
            "periodSeconds": 10,
            "successThreshold": 1,
            "timeoutSeconds": 1,
            **container["readinessProbe"],
            "httpGet": {"scheme": "HTTP", **container["readinessProbe"]["httpGet"]},
        }
    return full


def _default_volume(volume: Object) -> Object:
    if "secret" in volume:
        return {**volume, "secret": {"defaultMode": 420, **volume["secret"]}}
    return volume


def admitted(pod: Object, token_volume: str, priority: int = 0) -> Object:
    """The Pod after mutating admission: ServiceAccount, Priority and DefaultTolerationSeconds have written.

    kubernetes v1.37 plugin/pkg/admission/{serviceaccount,priority,defaulttolerationseconds}/admission.go
    """
    spec = pod["spec"]
    mount = {"mountPath": _DATA, "name": token_volume, "readOnly": True}
    changed: dict[str, Any] = {
        "preemptionPolicy": "PreemptLowerPriority",
        "priority": priority,
        "serviceAccount": "default",
        "serviceAccountName": "default",
        "tolerations": [
            {
                "effect": "NoExecute",
                "key": f"node.kubernetes.io/{key}",
                "operator": "Exists",
                "tolerationSeconds": 300,
            }
            for key in ("not-ready", "unreachable")
        ],
        "volumes": [*spec.get("volumes", ()), _token_volume(token_volume)],
    }
    for field in ("containers", "initContainers"):
        if field in spec:
            changed[field] = [
                {**container, "volumeMounts": [*container.get("volumeMounts", ()), mount]} for container in spec[field]
            ]
    return {**pod, "spec": {**spec, **changed}}


def _token_volume(name: str) -> Object:
    return {
        "name": name,
        "projected": {
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
                {
                    "downwardAPI": {
                        "items": [
                            {
                                "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                                "path": "namespace",
                            }
                        ]
                    }
                },
            ],
        },
    }


def prepared(pod: Object, uid: str, now: str) -> Object:
    """The Pod as it is validated: uid and creation time set, status wiped, phase and QoS class computed.

    apiserver v0.37 pkg/registry/generic/registry/store.go; kubernetes v1.37 pkg/registry/core/pod/strategy.go
    """
    status: dict[str, Any] = {"phase": "Pending", "qosClass": qos_class(pod["spec"]["containers"])}
    if pod["spec"].get("schedulingGates"):
        status["conditions"] = [
            condition(
                "PodScheduled",
                False,
                now,
                "SchedulingGated",
                "Scheduling is blocked due to non-empty scheduling gates",
                generation=None,
            )
        ]
    return {
        **pod,
        "metadata": {**pod["metadata"], "creationTimestamp": now, "generation": 1, "uid": uid},
        "status": status,
    }


def qos_class(containers: Sequence[Object]) -> str:
    """The QoS class of containers without CPU limits (kubernetes v1.37 pkg/apis/core/v1/helper/qos)."""
    return "Burstable" if any(c.get("resources") for c in containers) else "BestEffort"


def stored(pod: Object, revision: int) -> Object:
    """The object with the etcd revision of its last write."""
    return {**pod, "metadata": {**pod["metadata"], "resourceVersion": str(revision)}}


# What is written afterwards


def condition(
    type_: str, holds: bool, now: str, reason: str = "", message: str = "", *, generation: int | None = 1
) -> Object:
    """A Pod condition as v1.37 stores it, with the generation it was made for.

    Scheduler, kubelet and controllers note the generation; what the API server writes by itself has none.
    """
    made: dict[str, Any] = {
        "lastProbeTime": None,
        "lastTransitionTime": now,
        "status": "True" if holds else "False",
        "type": type_,
    }
    if generation:
        made["observedGeneration"] = generation
    if reason:
        made["reason"] = reason
    if message:
        made["message"] = message
    return made


def with_conditions(pod: Object, *new: Object) -> Object:
    """The Pod with conditions replaced by type; the time of one whose status did not turn stays."""
    old = {c["type"]: c for c in pod["status"].get("conditions", ())}
    for made in new:
        before = old.get(made["type"])
        kept = before is not None and before["status"] == made["status"]
        old[made["type"]] = {**made, "lastTransitionTime": before["lastTransitionTime"]} if before and kept else made
    order = [*_KUBELET_ORDER, *(name for name in old if name not in _KUBELET_ORDER)]
    return with_status(pod, conditions=[old[name] for name in order if name in old])


def with_status(pod: Object, **fields: Any) -> Object:
    return {**pod, "status": {**pod["status"], **fields}}


def bound(pod: Object, node: str, now: str, labels: Mapping[str, str] | None = None) -> Object:
    """What the API server makes of a Binding, in one update (pkg/registry/core/pod/storage/storage.go).

    `labels` are those of the Binding: since 1.35 admission copies zone and region of the node into it
    (plugin/pkg/admission/podtopologylabels), and the update copies them over to the Pod.
    """
    meta = {**pod["metadata"], "labels": {**pod["metadata"].get("labels", {}), **labels}} if labels else pod["metadata"]
    placed = {**pod, "metadata": meta, "spec": {**pod["spec"], "nodeName": node}}
    return with_conditions(placed, condition("PodScheduled", True, now, generation=None))


def resources_status(spec: Object) -> Object:
    """Requests and limits of the whole Pod, which the kubelet reports from its first status on since 1.36.

    For a Pod of one container, whose init containers ask for nothing. Without any the field is there and empty.
    kubernetes v1.37 pkg/kubelet/kubelet_pods.go generateAPIPodStatus (InPlacePodLevelResourcesVerticalScaling)
    """
    (container,) = spec["containers"]
    made: dict[str, Any] = {"resources": container.get("resources") or {}}
    if requests := made["resources"].get("requests"):
        made["allocatedResources"] = requests
    return made


def first_status(pod: Object, host_ip: str, now: str, *, with_resources: bool = True) -> Object:
    """The kubelet's first words about a Pod: the node's address, the start time, and nothing ready.

    kubernetes v1.37 pkg/kubelet/kubelet_pods.go generateAPIPodStatus; it repeats PodScheduled, with the generation.
    Before 1.36 it reports no resources of the Pod.
    """
    spec = pod["spec"]
    first = waiting("PodInitializing" if "initContainers" in spec else "ContainerCreating")
    fields: dict[str, Any] = {
        **(resources_status(spec) if with_resources else {}),
        "containerStatuses": [container_status(spec["containers"][0], first)],
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        "observedGeneration": 1,
        "startTime": now,
    }
    initialized = condition("Initialized", True, now)
    if "initContainers" in spec:
        init = spec["initContainers"][0]
        fields["initContainerStatuses"] = [container_status(init, first)]
        message = f"containers with incomplete status: [{init['name']}]"
        initialized = condition("Initialized", False, now, "ContainersNotInitialized", message)
    return with_conditions(
        with_status(pod, **fields),
        condition("PodReadyToStartContainers", False, now, "PodSandboxNotReady", "no pod sandbox exists"),
        initialized,
        *readiness(pod, False, now),
        condition("PodScheduled", True, now),
    )


def wired(pod: Object, now: str) -> Object:
    """The Pod has its sandbox and its network, and may start containers."""
    return with_conditions(pod, condition("PodReadyToStartContainers", True, now))


def with_address(pod: Object, ip: str, **fields: Any) -> Object:
    """A status once there are containers or failed tries: the Pod's address is in it."""
    return with_status(pod, podIP=ip, podIPs=[{"ip": ip}], **fields)


def ready(pod: Object, now: str) -> Object:
    """The container, the Pod and its containers are ready."""
    status = {**pod["status"]["containerStatuses"][0], "ready": True}
    return with_conditions(with_status(pod, containerStatuses=[status]), *readiness(pod, True, now))


def last_end(pod: Object, statuses: str) -> Object:
    """How the first container ended the last time: its state, or the last state when it waits; {} before that."""
    status = pod["status"][statuses][0]
    ended: Object = status["state"] if "terminated" in status["state"] else status["lastState"]
    return ended


def marked_for_deletion(pod: Object, until: str, grace_s: int = 30) -> Object:
    """What a DELETE with its grace leaves of a Pod on a node (apiserver v0.37 pkg/registry/rest/delete.go)."""
    meta = {
        **pod["metadata"],
        "deletionGracePeriodSeconds": grace_s,
        "deletionTimestamp": until,
        "generation": pod["metadata"]["generation"] + 1,
    }
    return {**pod, "metadata": meta}


def deleted_at_once(pod: Object, now: str) -> Object:
    """What a DELETE without grace writes before the Pod is taken out of etcd, or until its finalizers are gone."""
    return {**pod, "metadata": {**pod["metadata"], "deletionGracePeriodSeconds": 0, "deletionTimestamp": now}}


def acknowledged(pod: Object) -> Object:
    """The kubelet's first write after the mark: its conditions are of the new generation, others' come first."""
    generation = pod["metadata"]["generation"]
    theirs = [each for each in pod["status"]["conditions"] if each["type"] not in _KUBELET_ORDER]
    own = [each for each in pod["status"]["conditions"] if each["type"] in _KUBELET_ORDER]
    noted = [{**each, "observedGeneration": generation} for each in own]
    return with_status(pod, conditions=[*theirs, *noted], observedGeneration=generation)


def stopped(pod: Object, now: str, ends: Mapping[str, tuple[int, str]]) -> Object:
    """All containers and the sandbox are gone; `ends` gives each container's exit code and when it ended.

    The phase is Succeeded only if all of them have ended with 0 (kubernetes v1.37 pkg/kubelet/kubelet_pods.go
    getPhase; conditions: pkg/kubelet/status/generate.go).
    """
    has_failed = any(code for code, _ in ends.values())
    reason = "PodFailed" if has_failed else "PodCompleted"
    turned = {"lastTransitionTime": now, "status": "False"}
    news: Mapping[str, Object] = {
        "PodReadyToStartContainers": {**turned, "reason": "PodSandboxNotReady", "message": "pod sandbox is not ready"},
        "Initialized": {} if has_failed else {"reason": reason},
        "Ready": {**turned, "reason": reason},
        "ContainersReady": {**turned, "reason": reason},
    }
    fields: dict[str, Any] = {
        name: [_ended(each, *ends[each["name"]]) for each in pod["status"][name]]
        for name in ("containerStatuses", "initContainerStatuses")
        if name in pod["status"]
    }
    conditions = [_turned(each, news.get(each["type"], {})) for each in pod["status"]["conditions"]]
    return with_status(pod, conditions=conditions, phase="Failed" if has_failed else "Succeeded", **fields)


def _turned(old: Object, news: Object) -> Object:
    """A condition with its news; the time stays where the status has not turned."""
    kept = {"lastTransitionTime": old["lastTransitionTime"]} if news.get("status") == old["status"] else {}
    return {**old, **news, **kept}


def _ended(status: Object, code: int, at: str) -> Object:
    began = status["state"]["running"]["startedAt"]
    state = terminated(status["containerID"], code, "Error" if code else "Completed", began, at)
    return {**status, "ready": False, "started": False, "state": state}


TAINT_DELETES = "Taint manager: deleting due to NoExecute taint"


def evicted_by_taint(pod: Object, now: str) -> Object:
    """What the taint eviction controller notes before it deletes (pkg/controller/tainteviction)."""
    return with_conditions(pod, condition("DisruptionTarget", True, now, "DeletionByTaintManager", TAINT_DELETES))


def container_status(container: Object, state: Object, **fields: Any) -> Object:
    """A container as the kubelet reports it (pkg/kubelet/kubelet_pods.go, convertToAPIContainerStatuses)."""
    mounts = [
        {**mount, "recursiveReadOnly": "Disabled"} if mount.get("readOnly") else mount
        for mount in container.get("volumeMounts", ())
    ]
    made: dict[str, Any] = {
        "image": container["image"],
        "imageID": "",
        "lastState": {},
        "name": container["name"],
        "ready": False,
        "restartCount": 0,
        "started": False,
        "state": state,
        "volumeMounts": mounts,
        **fields,
    }
    if made.get("containerID"):
        made["resources"] = container["resources"]
        made["user"] = {"linux": {"gid": 0, "supplementalGroups": [0], "uid": 0}}
        if requests := container["resources"].get("requests"):
            made["allocatedResources"] = requests
    return made


def waiting(reason: str, message: str = "") -> Object:
    return {"waiting": {"message": message, "reason": reason} if message else {"reason": reason}}


def running(now: str) -> Object:
    return {"running": {"startedAt": now}}


def terminated(container_id: str, code: int, reason: str, started: str, finished: str) -> Object:
    return {
        "terminated": {
            "containerID": container_id,
            "exitCode": code,
            "finishedAt": finished,
            "reason": reason,
            "startedAt": started,
        }
    }


def readiness(pod: Object, ready: bool, now: str) -> tuple[Object, Object]:
    """Ready and ContainersReady as the kubelet derives them (v1.37 pkg/kubelet/status/generate.go)."""
    names = " ".join(container["name"] for container in pod["spec"]["containers"])
    if ready:
        return condition("Ready", True, now), condition("ContainersReady", True, now)
    message = f"containers with unready status: [{names}]"
    return (
        condition("Ready", False, now, "ContainersNotReady", message),
        condition("ContainersReady", False, now, "ContainersNotReady", message),
    )
