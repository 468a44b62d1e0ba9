"""What `kubectl describe pod` prints of a Pod and its events at a moment.

kubectl pkg/describe/describe.go: describePod, describeContainers, describeVolumes, DescribeEvents, as v0.37.2 prints
them (tests/recordings).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.kube.printed.tabbed import tabbed
from app.kube.story.table import as_time, human_duration
from app.record import dataclass

Object = Mapping[str, Any]


@dataclass(frozen=True)
class DescribedEvent:
    """One row below Events; `age` as it is printed, with its count."""

    type: str
    reason: str
    age: str
    source: str
    message: str


def describe_pod(pod: Object, events: Sequence[DescribedEvent], now: datetime, qos: str = "") -> str:
    """The description, ending with a line end; `qos` where the status does not name the class."""
    lines = [*_head(pod, now), *_containers(pod), *_tail(pod, qos)]
    text = tabbed("\n".join(lines)) + "\n"
    if not events:
        # The last of the fields: its column is that of the lines before.
        return tabbed("\n".join([*lines, "Events:\t<none>"])) + "\n"
    return text + tabbed("\n".join(_events(events))) + "\n"


def event_of(event: Object, now: datetime) -> DescribedEvent:
    """An Event object as a row: its last time and count, and where in the Pod it happened."""

    def ago(text: str | None) -> str:
        return human_duration((now - as_time(text)).total_seconds()) if text else "<unknown>"

    first = ago(event.get("eventTime") or event.get("firstTimestamp"))
    series, count = event.get("series"), event.get("count") or 1
    if series:
        age = f"{ago(series.get('lastObservedTime'))} (x{series.get('count')} over {first})"
    else:
        age = f"{ago(event.get('lastTimestamp'))} (x{count} over {first})" if count > 1 else first
    about = event.get("involvedObject") or {}
    message = str(event.get("message") or "").strip()
    if about.get("fieldPath"):
        message = f"{about['fieldPath']}: {message}"
    source = (event.get("source") or {}).get("component") or event.get("reportingComponent") or ""
    return DescribedEvent(str(event.get("type")), str(event.get("reason")), age, source, message)


def _events(events: Iterable[DescribedEvent]) -> Iterator[str]:
    yield "Events:"
    yield "  Type\tReason\tAge\tFrom\tMessage"
    yield "  ----\t------\t----\t----\t-------"
    for each in events:
        yield f"  {each.type}\t{each.reason}\t{each.age}\t{each.source}\t{each.message}"


def _rfc1123(text: str) -> str:
    return as_time(text).strftime("%a, %d %b %Y %H:%M:%S %z")


def _head(pod: Object, now: datetime) -> Iterator[str]:
    meta, spec, status = pod.get("metadata") or {}, pod.get("spec") or {}, pod.get("status") or {}
    yield f"Name:\t{meta.get('name', '')}"
    yield f"Namespace:\t{meta.get('namespace', '')}"
    if spec.get("priority") is not None:
        yield f"Priority:\t{spec['priority']}"
    for key, title in (("priorityClassName", "Priority Class Name"), ("runtimeClassName", "Runtime Class Name")):
        if spec.get(key):
            yield f"{title}:\t{spec[key]}"
    if spec.get("serviceAccountName"):
        yield f"Service Account:\t{spec['serviceAccountName']}"
    yield f"Node:\t{spec['nodeName']}/{status.get('hostIP', '')}" if spec.get("nodeName") else "Node:\t<none>"
    if status.get("startTime"):
        yield f"Start Time:\t{_rfc1123(status['startTime'])}"
    yield from _pairs("Labels", meta.get("labels"), "=")
    yield from _pairs("Annotations", meta.get("annotations"), ": ")
    if meta.get("deletionTimestamp") and status.get("phase") not in ("Failed", "Succeeded"):
        lasts = human_duration((now - as_time(meta["deletionTimestamp"])).total_seconds())
        yield f"Status:\tTerminating (lasts {lasts})"
        yield f"Termination Grace Period:\t{meta.get('deletionGracePeriodSeconds', 30)}s"
    else:
        yield f"Status:\t{status.get('phase', '')}"
    for key, title in (("reason", "Reason"), ("message", "Message")):
        if status.get(key):
            yield f"{title}:\t{status[key]}"
    yield f"IP:\t{status.get('podIP', '')}"
    addresses = status.get("podIPs") or ()
    yield "IPs:" if addresses else "IPs:\t<none>"
    yield from (f"  IP:\t{each.get('ip')}" for each in addresses)
    for owner in meta.get("ownerReferences") or ():
        if owner.get("controller"):
            yield f"Controlled By:\t{owner.get('kind')}/{owner.get('name')}"
    if status.get("nominatedNodeName"):
        yield f"NominatedNodeName:\t{status['nominatedNodeName']}"


def _pairs(title: str, pairs: Object | None, sign: str) -> Iterator[str]:
    named = sorted((pairs or {}).items())
    if not named:
        yield f"{title}:\t<none>"
    for number, (key, value) in enumerate(named):
        yield f"{f'{title}:' if not number else ''}\t{key}{sign}{value}"


def _containers(pod: Object) -> Iterator[str]:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    for title, key, statuses in (
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
    ):
        declared = spec.get(key) or ()
        if not declared and key == "initContainers":
            continue
        yield f"{title}:"
        known = {each.get("name"): each for each in status.get(statuses) or ()}
        for container in declared:
            yield from _container(container, known.get(container.get("name")))


def _container(container: Object, status: Object | None) -> Iterator[str]:
    yield f"  {container.get('name')}:"
    if status:
        yield f"    Container ID:\t{status.get('containerID', '')}"
    yield f"    Image:\t{container.get('image', '')}"
    if status:
        yield f"    Image ID:\t{status.get('imageID', '')}"
    for title, key in (("Port", "containerPort"), ("Host Port", "hostPort")):
        ports = ", ".join(
            f"{each.get(key) or 0}/{each.get('protocol', 'TCP')}" for each in container.get("ports") or ()
        )
        yield f"    {title}{'s' if ',' in ports else ''}:\t{ports or '<none>'}"
    for title, key in (("Command", "command"), ("Args", "args")):
        if container.get(key):
            yield f"    {title}:"
            yield from (f"      {line}" for each in container[key] for line in str(each).split("\n"))
    if status:
        yield from _state("State", status.get("state") or {})
        if (status.get("lastState") or {}).get("terminated"):
            yield from _state("Last State", status["lastState"])
        yield f"    Ready:\t{bool(status.get('ready'))}"
        yield f"    Restart Count:\t{status.get('restartCount', 0)}"
    resources = container.get("resources") or {}
    for title, key in (("Limits", "limits"), ("Requests", "requests")):
        if resources.get(key):
            yield f"    {title}:"
            yield from (f"      {name}:\t{resources[key][name]}" for name in sorted(resources[key]))
    for title, key in (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")):
        if container.get(key):
            yield f"    {title}:\t{describe_probe(container[key])}"
    yield from _environment(container.get("env") or ())
    mounts = sorted(container.get("volumeMounts") or (), key=lambda each: str(each.get("mountPath")))
    yield "    Mounts:" if mounts else "    Mounts:\t<none>"
    for each in mounts:
        flags = "ro" if each.get("readOnly") else "rw"
        path = f',path="{each["subPath"]}"' if each.get("subPath") else ""
        yield f"      {each.get('mountPath')} from {each.get('name')} ({flags}{path})"


def _environment(variables: Sequence[Object]) -> Iterator[str]:
    yield "    Environment:" if variables else "    Environment:\t<none>"
    for each in variables:
        source = each.get("valueFrom") or {}
        if not source:
            first, *more = str(each.get("value", "")).split("\n")
            yield f"      {each.get('name')}:\t{first}"
            yield from (f"      \t{line}" for line in more)
        elif key := source.get("secretKeyRef"):
            of = f"<set to the key '{key.get('key')}' in secret '{key.get('name')}'>"
            yield f"      {each.get('name')}:\t{of}\tOptional: {str(bool(key.get('optional'))).lower()}"
        elif key := source.get("configMapKeyRef"):
            of = f"<set to the key '{key.get('key')}' of config map '{key.get('name')}'>"
            yield f"      {each.get('name')}:\t{of}\tOptional: {str(bool(key.get('optional'))).lower()}"


def _state(title: str, state: Object) -> Iterator[str]:
    if running := state.get("running"):
        yield f"    {title}:\tRunning"
        yield f"      Started:\t{_rfc1123(running['startedAt'])}"
    elif (terminated := state.get("terminated")) is not None:
        yield f"    {title}:\tTerminated"
        for key, name in (("reason", "Reason"), ("message", "Message")):
            if terminated.get(key):
                yield f"      {name}:\t{terminated[key]}"
        yield f"      Exit Code:\t{terminated.get('exitCode', 0)}"
        if (terminated.get("signal") or 0) > 0:
            yield f"      Signal:\t{terminated['signal']}"
        for key, name in (("startedAt", "Started"), ("finishedAt", "Finished")):
            yield f"      {name}:\t{_rfc1123(terminated.get(key) or '0001-01-01T00:00:00Z')}"
    else:
        yield f"    {title}:\tWaiting"
        if reason := (state.get("waiting") or {}).get("reason"):
            yield f"      Reason:\t{reason}"


def describe_probe(probe: Object) -> str:
    """A probe in one line, as DescribeProbe writes it; until v0.36 the thresholds were `#success` and `#failure`."""
    attributes = (
        f"delay={probe.get('initialDelaySeconds') or 0}s timeout={probe.get('timeoutSeconds') or 0}s "
        f"period={probe.get('periodSeconds') or 0}s successThreshold={probe.get('successThreshold') or 0} "
        f"failureThreshold={probe.get('failureThreshold') or 0}"
    )
    if run := probe.get("exec"):
        return f"exec [{' '.join(run.get('command') or ())}] {attributes}"
    if get := probe.get("httpGet"):
        scheme = str(get.get("scheme") or "").lower()
        return f"http-get {scheme}://{get.get('host', '')}:{get.get('port')}{get.get('path', '')} {attributes}"
    if tcp := probe.get("tcpSocket"):
        return f"tcp-socket {tcp.get('host', '')}:{tcp.get('port')} {attributes}"
    if grpc := probe.get("grpc"):
        return f"grpc <pod>:{grpc.get('port')} {grpc.get('service') or ''} {attributes}"
    return f"unknown {attributes}"


def _tail(pod: Object, qos: str) -> Iterator[str]:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    conditions = status.get("conditions") or ()
    if spec.get("readinessGates"):
        yield "Readiness Gates:"
        yield "  Type\tStatus"
        known = {each.get("type"): each.get("status") for each in conditions}
        for gate in spec["readinessGates"]:
            yield f"  {gate.get('conditionType')} \t{known.get(gate.get('conditionType'), '<none>')} "
    if conditions:
        yield "Conditions:"
        yield "  Type\tStatus"
        yield from (f"  {each.get('type')} \t{each.get('status')} " for each in conditions)
    yield from _volumes(spec.get("volumes") or ())
    yield f"QoS Class:\t{status.get('qosClass') or qos}"
    yield from _pairs("Node-Selectors", spec.get("nodeSelector"), "=")
    yield from _tolerations(spec.get("tolerations") or ())


def _volumes(volumes: Sequence[Object]) -> Iterator[str]:
    yield "Volumes:" if volumes else "Volumes:\t<none>"
    for volume in volumes:
        yield f"  {volume.get('name')}:"
        yield from _volume(volume)


def _volume(volume: Object) -> Iterator[str]:
    if secret := volume.get("secret"):
        yield "    Type:\tSecret (a volume populated by a Secret)"
        yield f"    SecretName:\t{secret.get('secretName')}"
        yield f"    Optional:\t{str(bool(secret.get('optional'))).lower()}"
    elif configured := volume.get("configMap"):
        yield "    Type:\tConfigMap (a volume populated by a ConfigMap)"
        yield f"    Name:\t{configured.get('name')}"
        yield f"    Optional:\t{str(bool(configured.get('optional'))).lower()}"
    elif claim := volume.get("persistentVolumeClaim"):
        yield "    Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)"
        yield f"    ClaimName:\t{claim.get('claimName')}"
        yield f"    ReadOnly:\t{str(bool(claim.get('readOnly'))).lower()}"
    elif "emptyDir" in volume:
        empty = volume["emptyDir"] or {}
        yield "    Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)"
        yield f"    Medium:\t{empty.get('medium', '')}"
        yield f"    SizeLimit:\t{empty.get('sizeLimit') or '<unset>'}"
    elif projected := volume.get("projected"):
        yield "    Type:\tProjected (a volume that contains injected data from multiple sources)"
        for source in projected.get("sources") or ():
            yield from _projected(source)


def _projected(source: Object) -> Iterator[str]:
    if secret := source.get("secret"):
        yield f"    SecretName:\t{secret.get('name')}"
        yield f"    Optional:\t{str(bool(secret.get('optional'))).lower()}"
    elif "downwardAPI" in source:
        yield "    DownwardAPI:\ttrue"
    elif configured := source.get("configMap"):
        yield f"    ConfigMapName:\t{configured.get('name')}"
        yield f"    Optional:\t{str(bool(configured.get('optional'))).lower()}"
    elif token := source.get("serviceAccountToken"):
        yield f"    TokenExpirationSeconds:\t{token.get('expirationSeconds')}"


def _tolerations(tolerations: Sequence[Object]) -> Iterator[str]:
    if not tolerations:
        yield "Tolerations:\t<none>"
    for number, each in enumerate(sorted(tolerations, key=lambda each: str(each.get("key", "")))):
        text = str(each.get("key") or "")
        text += f"={each['value']}" if each.get("value") else ""
        text += f":{each['effect']}" if each.get("effect") else ""
        if each.get("operator") == "Exists" and not each.get("value"):
            text += " op=Exists" if text else "op=Exists"
        if each.get("tolerationSeconds") is not None:
            text += f" for {each['tolerationSeconds']}s"
        yield f"{'Tolerations:' if not number else ''}\t{text}"
