"""What is computed of a Pod, by name: each gives the lines it is read from, or None when it does not hold."""

import re
from collections.abc import Callable, Mapping

from app.kube.transcript.age import read_age, read_time
from app.kube.transcript.fact import ContainerFact, PodFact
from app.kube.transcript.text import Quote, squash
from app.widgets.pod_story.view import View

Found = list[Quote] | None
FACTS: dict[str, Callable[[View], Found]] = {}


def _fact(name: str) -> Callable[[Callable[[View], Found]], Callable[[View], Found]]:
    def keep(function: Callable[[View], Found]) -> Callable[[View], Found]:
        FACTS[name] = function
        return function

    return keep


def _where(view: View, *names: str) -> list[Quote]:
    return [quote for name in names if (quote := view.pod.where.get(name)) and quote.line]


def _if(holds: object, quotes: list[Quote]) -> Found:
    return quotes if holds else None


def focus(view: View) -> ContainerFact | None:
    """The container that the trouble is about: init containers first, then those that are not ready, then any."""
    containers = view.containers
    for it in containers:
        if it.init and not it.sidecar and (_has_failed(it) or it.reason in _INIT_WAITS):
            return it
    for it in containers:
        if _runs_first(it):
            return it
    for it in containers:
        if (
            not it.init
            and (it.ready is False or it.state in ("waiting", "terminated"))
            and (it.last_state or it.state != "")
        ):
            return it
    for it in containers:
        if it.last_state == "terminated":
            return it
    return next((it for it in containers if not it.init), containers[0] if containers else None)


LEAST_GRACE_S = 2
"""minimumGracePeriodInSeconds: kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer."""

_INIT_WAITS = (
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "CreateContainerConfigError",
    "RunContainerError",
    "InvalidImageName",
    "CreateContainerError",
)


def _has_failed(it: ContainerFact) -> bool:
    return (it.exit_code or 0) != 0 or (it.last_exit or 0) != 0


@_fact("deleting")
def _deleting(view: View) -> Found:
    return _if(view.pod.deleting, _where(view, "deleting"))


@_fact("finalizers")
def _finalizers(view: View) -> Found:
    if view.pod.finalizers:
        return _where(view, "finalizers")
    for index, chunk in enumerate(view.case.loose):
        if "finalizers" in chunk.squashed:
            after = "".join(each.squashed for each in view.case.loose[index : index + 3])
            if re.search(r"finalizers\"?:?(?:-|\[\"?)[\w./\"]", after):
                return [chunk.quote()]
    return None


@_fact("gates")
def _gates(view: View) -> Found:
    return _if(view.pod.gates, _where(view, "gates"))


@_fact("ended-all")
def _ended_all(view: View) -> Found:
    its = [it for it in view.containers if not it.init]
    return _if(
        its and all(it.state == "terminated" for it in its), [it.where["state"] for it in its if "state" in it.where]
    )


@_fact("node-down")
def _node_down(view: View) -> Found:
    node = view.node
    if node and node.ready not in ("", "True"):
        return [node.where["ready"]] if "ready" in node.where else []
    if node and any("unreachable" in taint for taint in node.taints):
        return [node.where["taints"]] if "taints" in node.where else []
    return None


@_fact("no-pod")
def _no_pod(view: View) -> Found:
    """Whether the paste tells of other objects alone."""
    pod = view.pod
    is_known = pod.name or pod.column or pod.phase or pod.containers or pod.described or pod.stored
    return _if(not is_known and not view.events and not view.case.logs, [])


@_fact("pod-told-of")
def _pod_told_of(view: View) -> Found:
    pod = view.pod
    return _if(pod.column or pod.phase or pod.containers or view.events or view.case.logs, [])


@_fact("others-read")
def _others_read(view: View) -> Found:
    return _if(view.case.nodes or view.case.owners or view.others, [])


@_fact("nodes-unready")
def _nodes_unready(view: View) -> Found:
    its = [node for node in view.case.nodes if node.ready not in ("", "True")]
    return _if(its, [node.where["ready"] for node in its[:3] if node.where.get("ready")])


_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "OutOfDisk")


@_fact("node-under-pressure")
def _node_under_pressure(view: View) -> Found:
    found = [
        node.conditions[name].quote
        for node in view.case.nodes
        for name in _PRESSURES
        if name in node.conditions and node.conditions[name].status == "True"
    ]
    tainted = [
        node.where["taints"]
        for node in view.case.nodes
        if "taints" in node.where and any(re.search(r"/(?:memory|disk|pid)-pressure\b", taint) for taint in node.taints)
    ]
    return _if(found or tainted, [*found, *tainted][:3])


@_fact("no-one-pod")
def _no_one_pod(view: View) -> Found:
    """Whether the paste tells of no Pod, be it by events alone."""
    pod = view.pod
    if pod.column or pod.phase or pod.containers or (pod.described and pod.name) or pod.stored or view.case.logs:
        return None
    return _if(not any((e.kind == "Pod" and e.name) or e.reason in _OF_PODS for e in view.events), [])


_OF_PODS = ("Scheduled", "FailedScheduling", "Pulling", "Pulled", "Created", "Started", "Killing", "BackOff", "Evicted")


@_fact("address-pending")
def _address_pending(view: View) -> Found:
    found = [each for each in view.beside("Service") if each.fields.get("Address") == "<pending>"]
    return _if(found, [each.quote for each in found[:2]])


@_fact("metrics-unknown")
def _metrics_unknown(view: View) -> Found:
    found = [each for each in view.beside("HorizontalPodAutoscaler") if "<unknown>" in each.fields.get("Targets", "")]
    return _if(found, [each.quote for each in found[:2]])


@_fact("claims-bound")
def _claims_bound(view: View) -> Found:
    claims = list(view.beside("PersistentVolumeClaim"))
    return _if(claims and all(each.fields.get("Status") == "Bound" for each in claims), [])


@_fact("replicas-missing")
def _replicas_missing(view: View) -> Found:
    """A ReplicaSet that wants Pods and has none."""
    its = [each for each in view.beside("ReplicaSet") if _wants(each.fields)]
    return _if(its, [each.quote for each in its[:2]])


_CURRENT = re.compile(r"(?P<has>\d{1,9}) current / (?P<wants>\d{1,9}) desired")


def _wants(fields: Mapping[str, str]) -> bool:
    match = _CURRENT.match(fields.get("Replicas", ""))
    wants, has = (match["wants"], match["has"]) if match else (fields.get("Desired", "0"), fields.get("Current", ""))
    return wants not in ("", "0") and has == "0"


@_fact("init-running")
def _init_running(view: View) -> Found:
    """An init container that has not ended, while the Pod is Pending for it; a sidecar goes on running."""
    if view.pod.phase not in ("", "Pending") or (view.pod.column and not view.pod.column.startswith("Init:")):
        return None
    it = next((it for it in view.containers if _runs_first(it)), None)
    return _if(it, [it.where["state"]] if it and "state" in it.where else [])


def _runs_first(it: ContainerFact) -> bool:
    return it.init and not it.sidecar and it.state == "running" and it.ready is False and not it.restarts


@_fact("restarted-unready")
def _restarted_unready(view: View) -> Found:
    count = view.pod.ready_count
    is_unready = view.pod.column == "Running" and count and count[0] < count[1] and restarts(view)
    return _if(is_unready, _where(view, "column"))


@_fact("node-missing")
def _node_missing(view: View) -> Found:
    """A list of all nodes in which the Pod's is not."""
    listed = [r for r in view.case.recognised if r.kind in ("get-nodes", "get-nodes-wide")]
    return _if(listed and view.node_name and view.node is None and view.case.nodes, _where(view, "column"))


@_fact("finished")
def _finished(view: View) -> Found:
    return _if(view.pod.phase in ("Succeeded", "Failed") or view.pod.column in ("Completed", "Evicted"), [])


@_fact("succeeded")
def _succeeded(view: View) -> Found:
    if view.pod.phase == "Succeeded":
        return _where(view, "status")
    if view.pod.column == "Completed" and not view.pod.deleting:
        return _where(view, "column")
    return None


@_fact("was-evicted")
def _was_evicted(view: View) -> Found:
    return _if(view.pod.reason == "Evicted", [])


@_fact("within-grace")
def _within_grace(view: View) -> Found:
    """Whether the Pod was told to end less than its grace period ago.

    `describe` counts from the deletionTimestamp, which is the end of the grace (kubectl v0.37 pkg/describe/describe.go;
    apiserver v0.37 pkg/registry/rest/delete.go); the kubelet takes two seconds more at most.
    """
    pod = view.pod
    if pod.deleting_for is not None:
        return _if(pod.deleting_for <= LEAST_GRACE_S, _where(view, "deleting"))
    killing = [e for e in view.events if e.reason == "Killing" and e.last is not None]
    if killing and not pod.deleted_at:
        return _if(min(e.last or 0 for e in killing) <= (pod.grace or 30), [killing[-1].chunk.quote()])
    at, now = read_time(pod.deleted_at), read_time(view.case.now)
    return _if(at and now and now <= at, _where(view, "deleting"))


@_fact("assigned")
def _assigned(view: View) -> Found:
    return _if(view.is_assigned, [])


@_fact("not-assigned")
def _not_assigned(view: View) -> Found:
    return _if(not view.is_assigned, [])


@_fact("unassigned")
def _unassigned(view: View) -> Found:
    return _if(view.is_assigned is False, _where(view, "node"))


@_fact("assigned-pending")
def _assigned_pending(view: View) -> Found:
    pod = view.pod
    is_pending = pod.phase == "Pending" or (
        not pod.phase
        and not pod.column
        and not pod.containers
        and bool(view.events)
        and "Started" not in view.by_reason
    )
    return _if(view.is_assigned and is_pending, _where(view, "status", "node"))


@_fact("pending")
def _pending(view: View) -> Found:
    return _if(view.pod.phase == "Pending" or view.pod.column == "Pending", _where(view, "status", "column"))


@_fact("no-conditions")
def _no_conditions(view: View) -> Found:
    return _if((view.pod.described or view.pod.stored) and not view.pod.conditions, [])


@_fact("no-events")
def _no_events(view: View) -> Found:
    return _if(not view.events and not _is_cut(view.pod), _where(view, "events"))


def _is_cut(pod: PodFact) -> bool:
    """Whether a description breaks off before conditions and events, or has events that cannot be read.

    Of several Pods at once kubectl prints no events: then it goes on to the tolerations at least.
    """
    if not pod.described or pod.stored or pod.has_events is not None:
        return bool(pod.described and not pod.stored and pod.has_events)
    return "qos class" not in pod.where and "tolerations" not in pod.where


@_fact("events-seen")
def _events_seen(view: View) -> Found:
    """Whether the events of the Pod were pasted, be it that there are none."""
    return _if(view.events or "events" in view.pod.where, _where(view, "events"))


@_fact("other-scheduler")
def _other_scheduler(view: View) -> Found:
    return _if(view.pod.scheduler not in ("", "default-scheduler"), _where(view, "scheduler"))


@_fact("claim-pending")
def _claim_pending(view: View) -> Found:
    found = [each for each in view.beside("PersistentVolumeClaim") if each.fields.get("Status") == "Pending"]
    # A claim that waits for its first consumer is Pending because the Pod has no node, and not the other way round.
    if any(e.reason == "FailedScheduling" and "olume" not in e.chunk.squashed for e in view.events):
        return None
    return _if(found, [each.where.get("Status", each.quote) for each in found[:2]])


@_fact("claim-lost")
def _claim_lost(view: View) -> Found:
    found = [each for each in view.beside("PersistentVolumeClaim") if each.fields.get("Status") == "Lost"]
    return _if(found, [each.where.get("Status", each.quote) for each in found[:2]])


def _machines(view: View, status: str) -> Found:
    """Virtual machines of KubeVirt whose STATUS is this."""
    found = [each for each in view.beside("VirtualMachine") if each.fields.get("STATUS") == status]
    return _if(found, [each.quote for each in found[:2]])


@_fact("machine-unschedulable")
def _machine_unschedulable(view: View) -> Found:
    return _machines(view, "ErrorUnschedulable")


@_fact("machine-without-claim")
def _machine_without_claim(view: View) -> Found:
    return _machines(view, "ErrorPvcNotFound")


@_fact("listed-ended")
def _listed_ended(view: View) -> Found:
    """A container whose last attempt has ended, as the runtime lists it: why it did is not in such a list."""
    its = [it for it in view.containers if "listed" in it.where and it.state == "terminated"]
    its.sort(key=lambda it: -(it.restarts or 0))
    return _if(its, [it.where["listed"] for it in its[:1]])


_FOR_ZONE = re.compile(
    r"0/(\d{1,6})nodesareavailable:(?:[^.]{0,600}?[:,])?(\d{1,6})node\(s\)"
    r"(?:hadvolumenodeaffinityconflict|didn'tmatchPersistentVolume'snodeaffinity|hadnoavailablevolumezone)"
)


@_fact("zone-of-few")
def _zone_of_few(view: View) -> Found:
    """Whether most nodes are where the volume is, and are refused for something else."""
    texts = [e.chunk.squashed for e in view.events if e.reason == "FailedScheduling" and not view.is_overtaken(e)]
    texts += [squash(condition.message) for condition in view.pod.conditions.values()]
    texts += [chunk.squashed for chunk in view.case.loose]
    found = [match for text in texts if (match := _FOR_ZONE.search(text))]
    return _if(found and all(2 * int(match[2]) < int(match[1]) for match in found), [])


@_fact("no-pull")
def _no_pull(view: View) -> Found:
    """Whether a certificate is spoken of where no image is pulled: in a log, or by a probe."""
    texts = [e.chunk.squashed for e in view.events if "x509" in e.chunk.squashed or "HTTPSclient" in e.chunk.squashed]
    return _if(texts and not any("pull" in text or "manifest" in text for text in texts), [])


@_fact("pull-secret")
def _pull_secret(view: View) -> Found:
    return _if(any(e.reason == "FailedToRetrieveImagePullSecret" for e in view.events), [])


# --- containers ---------------------------------------------------------------------------------------


def ready(view: View) -> bool | None:
    """Whether the Pod is ready now; None when the paste does not say."""
    pod = view.pod
    if pod.deleting or pod.phase in ("Failed", "Succeeded", "Pending"):
        return False
    its = [it for it in pod.containers if not it.init or it.sidecar]
    known = [it.ready for it in its if it.ready is not None]
    condition = pod.conditions.get("Ready")
    if condition is not None:
        if condition.status != "True":
            return False
        return not known or all(known)
    if known:
        return all(known) and pod.phase in ("", "Running")
    if pod.ready_count and pod.column:
        return pod.column == "Running" and pod.ready_count[0] == pod.ready_count[1] and "gate" not in pod.where
    return None


@_fact("ready")
def _ready(view: View) -> Found:
    if not ready(view):
        return None
    condition = view.pod.conditions.get("Ready")
    quotes = [condition.quote] if condition and condition.quote.line else []
    quotes += [it.where["ready"] for it in view.containers if "ready" in it.where][:2]
    return quotes or _where(view, "column")


@_fact("not-ready")
def _not_ready(view: View) -> Found:
    if ready(view) is not False:
        return None
    condition = view.pod.conditions.get("Ready")
    quotes = [it.where["ready"] for it in view.containers if it.ready is False and "ready" in it.where][:1]
    return quotes or ([condition.quote] if condition and condition.quote.line else []) or _where(view, "column")


@_fact("container-unready")
def _container_unready(view: View) -> Found:
    count = view.pod.ready_count
    return _if(any(it.ready is False for it in view.containers if not it.init) or (count and count[0] < count[1]), [])


@_fact("gate-open")
def _gate_open(view: View) -> Found:
    pod = view.pod
    if "gate" in pod.where:
        return _where(view, "gate")
    for name in pod.readiness_gates:
        known = pod.conditions.get(name)
        if pod.stored and (known is None or known.status != "True"):
            return [known.quote] if known and known.quote.line else _where(view, "name")
    return None


@_fact("running-unready")
def _running_unready(view: View) -> Found:
    its = [it for it in view.containers if not it.init and it.state == "running" and it.ready is False]
    if its:
        return [its[0].where["ready"]] if "ready" in its[0].where else []
    count = view.pod.ready_count
    if view.pod.column == "Running" and count and count[0] < count[1] and not view.containers:
        return _where(view, "column")
    return None


def restarts(view: View) -> int:
    return max((it.restarts or 0 for it in view.containers), default=view.pod.restarts or 0)


@_fact("restarted")
def _restarted(view: View) -> Found:
    return _if(restarts(view), [])


RECENT_S = 600
"""Seconds for which a Pod that is ready again still counts as one in trouble."""

_RESTARTS = ("BackOff", "Killing", "OOMKilling", "Started", "Unhealthy")


def _recent(view: View) -> bool:
    """Whether what is ready now went wrong a short time ago, so that the reader means that."""
    ages = [e.last for e in view.events if e.reason in _RESTARTS and e.last is not None]
    if ages:
        return min(ages) < RECENT_S
    if restarts(view) >= 3:
        return True
    if view.pod.has_events is False:
        return False
    now = read_time(view.case.now)
    finished = [at for it in view.containers if it.last_state and (at := read_time(it.last_finished))]
    if now and finished:
        return (now - max(finished)).total_seconds() < RECENT_S
    return bool(finished)


@_fact("settled")
def _settled(view: View) -> Found:
    """Ready, and for a while already."""
    return _if(ready(view) and not _recent(view), [])


@_fact("recovered")
def _recovered(view: View) -> Found:
    """Ready for long, and nothing happened since."""
    return _if(ready(view) and not view.containers, [])


@_fact("trouble")
def _trouble(view: View) -> Found:
    """Whether how a container ended is what matters now."""
    if ready(view):
        return _if(restarts(view) and _recent(view), [])
    return []


@_fact("looping")
def _looping(view: View) -> Found:
    """Whether containers end and are started again."""
    is_waiting = any(it.reason == "CrashLoopBackOff" for it in view.containers) or view.pod.column == "CrashLoopBackOff"
    if view.pod.restart_policy in ("Never", "OnFailure"):
        return None
    is_over = not ready(view) or _recent(view)
    backs_off = any(e.reason == "BackOff" and "restarting" in e.chunk.squashed for e in view.events)
    return _if(is_waiting or (is_over and (restarts(view) or backs_off)), _crash_quotes(view))


def _crash_quotes(view: View) -> list[Quote]:
    for it in view.containers:
        if it.reason == "CrashLoopBackOff":
            quote = it.where.get("state.reason") or it.where.get("state")
            if quote:
                return [quote]
    return _where(view, "column") if view.pod.column.endswith("CrashLoopBackOff") else []


@_fact("crash")
def _crash(view: View) -> Found:
    is_waiting = any(it.reason == "CrashLoopBackOff" for it in view.containers)
    failed = view.pod.column == "Error"
    return _if(
        is_waiting or view.pod.column.endswith("CrashLoopBackOff") or failed,
        _crash_quotes(view) or _where(view, "column"),
    )


@_fact("no-exit-known")
def _no_exit_known(view: View) -> Found:
    return _if(not any(it.last_exit is not None or it.exit_code is not None for it in view.containers), [])


@_fact("exit")
def _exit(view: View) -> Found:
    """A container ended with an exit code that is not 0."""
    for it in sorted(view.containers, key=lambda it: it.ready is not False):
        if it.init and not it.sidecar:
            continue
        if it.exit_code:
            return _state_quotes(it, "state")
        if it.last_exit:
            return _state_quotes(it, "last")
    return None


def _state_quotes(it: ContainerFact, which: str) -> list[Quote]:
    names = (f"{which}.reason", f"{which}.exit code", f"{which}.message")
    return [it.where[name] for name in names if name in it.where] or ([it.where[which]] if which in it.where else [])


_OTHER_ERRORS = (
    r"(?:ErrImage|ImagePull|ImageInspect|InvalidImageName|CreateContainer|RunContainerError|StartError|SignatureValidation|"
    r"RegistryUnavailable|PostStartHook|secrets?\"|configmaps?\"|couldn'tfindkey|containerhasrunAsNonRoot)"
)
"""What stands behind `Error:` of an event where the kubelet only gives the reason, or what is no runtime's."""


@_fact("start-said")
def _start_said(view: View) -> Found:
    """What the runtime says about a container that it could not make or start."""
    for it in view.containers:
        for which, reason, message in (("state", it.reason, it.message), ("last", it.last_reason, it.last_message)):
            if reason in ("RunContainerError", "CreateContainerError", "StartError", "ContainerCannotRun") and message:
                return _state_quotes(it, which)
    for each in view.events:
        text = each.chunk.squashed
        if each.reason == "Failed" and re.search(rf"Error:(?!{_OTHER_ERRORS})\S", text) and not view.is_overtaken(each):
            return [each.chunk.quote()]
    return None


@_fact("limit")
def _limit(view: View) -> Found:
    it = _oom_killed(view)
    return _if(it and it.memory_limit, [it.where["limit"]] if it and "limit" in it.where else [])


def _oom_killed(view: View) -> ContainerFact | None:
    return next((it for it in view.containers if "OOMKilled" in (it.reason, it.last_reason)), focus(view))


@_fact("no-limit")
def _no_limit(view: View) -> Found:
    it = _oom_killed(view)
    whole = view.pod.stored or (view.pod.described and "qos class" in view.pod.where)
    content = view.pod.content if isinstance(view.pod.content, dict) else {}
    spec = content.get("spec") if isinstance(content.get("spec"), dict) else {}
    pod_level = (
        isinstance(spec, dict) and isinstance(spec.get("resources"), dict) and bool(spec["resources"].get("limits"))
    )
    return _if(it and whole and it.has_resources and not it.memory_limit and not pod_level, [])


@_fact("limit-and-oomkilled")
def _limit_and_oomkilled(view: View) -> Found:
    it = next((it for it in view.containers if "OOMKilled" in (it.reason, it.last_reason)), None)
    return _if(it and it.memory_limit, [])


@_fact("init-failed")
def _init_failed(view: View) -> Found:
    for it in view.containers:
        if not it.init or it.sidecar:
            continue
        if (
            it.exit_code
            or (it.reason == "CrashLoopBackOff")
            or (it.last_exit and it.state != "terminated" and it.ready is not True)
        ):
            return _state_quotes(it, "state" if it.exit_code or not it.last_state else "last")
    return None


@_fact("init-exit")
def _init_exit(view: View) -> Found:
    it = next((it for it in view.containers if it.init and not it.sidecar and (it.exit_code or it.last_exit)), None)
    return _if(it, _state_quotes(it, "state" if it.exit_code else "last") if it else [])


def _probe(view: View, kind: str) -> Found:
    it = next((it for it in view.containers if kind in it.where), None)
    return _if(it, [it.where[kind]] if it else [])


@_fact("liveness")
def _liveness(view: View) -> Found:
    return _probe(view, "liveness")


@_fact("readiness")
def _readiness(view: View) -> Found:
    return _probe(view, "readiness")


@_fact("startup")
def _startup(view: View) -> Found:
    return _probe(view, "startup")


_FATAL = re.compile(
    r"(?i)fatal|panic|error|exception|traceback|cannot|can't|failed|refused|required|not set|missing|denied|unable|"
    r"abort|invalid|no such|killed"
)


@_fact("last-log")
def _last_log(view: View) -> Found:
    """The last line that says what went wrong, else the last line of the log."""
    lines = view.log_lines
    if not lines:
        return None
    said = next((line for line in lines[:40] if _FATAL.search(line.lines[0].text)), lines[0])
    return [said.quote()]


@_fact("complains")
def _complains(view: View) -> Found:
    """A line near the end of the log that says that something went wrong."""
    said = next((line for line in view.log_lines[:40] if _FATAL.search(line.lines[0].text)), None)
    return [said.quote()] if said else None


@_fact("last-log-fatal")
def _last_log_fatal(view: View) -> Found:
    lines = view.log_lines
    return _if(lines and re.search(r"(?i)fatal|panic|traceback|exception", lines[0].lines[0].text), [])


# --- beside the Pod -------------------------------------------------------------------------------------


@_fact("empty-endpoints")
def _empty_endpoints(view: View) -> Found:
    found = [
        each
        for each in view.beside("Service", "Endpoints", "EndpointSlice")
        if "Endpoints" in each.fields and not each.fields["Endpoints"] and each.fields.get("Selector", "some")
    ]
    return _if(found, [found[0].where.get("Endpoints", found[0].quote)] if found else [])


@_fact("no-backend")
def _no_backend(view: View) -> Found:
    """An Ingress with a backend whose Service, or whose endpoints, kubectl does not find."""
    found = [each.where["backend"] for each in view.beside("Ingress") if "backend" in each.where]
    return _if(found, found[:2])


@_fact("selector")
def _selector(view: View) -> Found:
    found = [each for each in view.beside("Service") if each.fields.get("Selector")]
    return _if(
        found, [each.where["Selector"] for each in found[:1] if "Selector" in each.where] + _where(view, "labels")
    )


@_fact("young")
def _young(view: View) -> Found:
    """Whether the scheduler may simply not have come to it yet."""
    return _if(view.pod.age is not None and view.pod.age < YOUNG_S, [])


YOUNG_S = 10


@_fact("told-to-stop")
def _told_to_stop(view: View) -> Found:
    """Whether the last that is told of the containers is that they are stopped, since when no probe means anything."""
    if view.pod.column or view.pod.phase or view.containers:
        return None
    its = [e for e in view.by_reason.get("Killing", ()) if "Stoppingcontainer" in e.chunk.squashed]
    return _if(any(not view.is_overtaken(each) for each in its), [])


OFTEN = 3
"""So many sandboxes one after another are no accident."""


@_fact("sandbox-changes")
def _sandbox_changes(view: View) -> Found:
    """Whether the kubelet makes the sandbox anew again and again, and does so still."""
    if ready(view):
        return None
    found = [e for e in view.by_reason.get("SandboxChanged", ()) if e.count >= OFTEN]
    started = min((e.last for e in view.by_reason.get("Started", ()) if e.last is not None), default=None)
    its = [e for e in found if started is None or e.last is None or e.last - RECENT_S <= started]
    return _if(its, [e.chunk.quote() for e in its[:1]])


@_fact("known-now")
def _known_now(view: View) -> Found:
    return _if(view.pod.column or view.pod.phase or view.containers, [])


@_fact("paused")
def _paused(view: View) -> Found:
    found = [each for each in view.beside("Deployment") if each.fields.get("Paused") == "true"]
    return _if(found, [each.where["Paused"] for each in found if "Paused" in each.where])


@_fact("unobserved")
def _unobserved(view: View) -> Found:
    """A Deployment whose controller has not seen its present generation, while there is no Pod."""
    found = [each for each in view.beside("Deployment") if each.fields.get("Observed") == "false"]
    return _if(found and not view.pod.name, [each.quote for each in found])


@_fact("owner-old")
def _owner_old(view: View) -> Found:
    """Whether a Deployment without Pods is old enough for its controller to have seen it."""
    found = [each for each in view.beside("Deployment") if (read_age(each.fields.get("Age", "")) or 0) >= YOUNG_S]
    return _if(found, [each.quote for each in found])
