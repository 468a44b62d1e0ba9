"""`kubectl describe`, also where its indentation was lost: fields are told by their names, not by their columns.

kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go: describePod, describeContainers, describeStatus.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from app.kube.digits import is_whole
from app.kube.transcript.age import iso, read_age, read_time
from app.kube.transcript.events import HEADER, START, read_events
from app.kube.transcript.fact import Case, ConditionFact, ContainerFact, EventFact, NodeFact, OwnerFact, PodFact
from app.kube.transcript.text import MATCHED, Chunk, Line, Quote, joined, unwrapped
from app.record import dataclass

_FIELD = re.compile(r"^(?P<indent>\s*)(?:- )?(?P<key>[A-Za-z][\w ()./-]*?):(?:\s+(?P<value>.*?))?\s*$")
_TOP = frozenset(
    (
        *("Name", "Namespace", "Priority", "Priority Class Name", "Service Account", "Node", "Start Time", "Labels"),
        *("Annotations", "Status", "Reason", "Message", "IP", "IPs", "Controlled By", "Init Containers", "Containers"),
        *("Ephemeral Containers", "Conditions", "Volumes", "QoS Class", "Node-Selectors", "Tolerations", "Events"),
        *("Readiness Gates", "Termination Grace Period", "NominatedNodeName", "Runtime Class Name", "Controllers"),
        *("Topology Spread Constraints", "SeccompProfile", "AppArmor", "Resources", "Security Context"),
        *("Created By", "Deletion Timestamp", "Observed Generation", "Node-Selector", "Scheduling Gates"),
    )
)
_IN_CONTAINER = frozenset(
    (
        *("Container ID", "Image", "Image ID", "Port", "Ports", "Host Port", "Host Ports", "Command", "Args", "State"),
        *("Last State", "Ready", "Restart Count", "Limits", "Requests", "Liveness", "Readiness", "Startup", "Mounts"),
        *("Environment", "Environment Variables from", "Environment Variables", "Devices", "SeccompProfile"),
        *("Resize Policy", "Restart Policy", "Volume Devices", "Resources", "Security Context", "Lifecycle"),
    )
)
_IN_STATE = frozenset(("Reason", "Message", "Exit Code", "Signal", "Started", "Finished"))
_SECTIONS = {"Containers": False, "Init Containers": True, "Ephemeral Containers": False}
_CONTAINER = re.compile(r"^\s*(?P<name>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):\s*$")
_CONDITION = re.compile(r"^\s*(?P<type>[A-Za-z][\w./-]*)\s+(?P<status>True|False|Unknown)(?:\s+(?P<rest>.*))?\s*$")
_CONDITIONS = re.compile(r"^\s*Type\s+Status\s+LastHeartbeatTime\s")
LISTED = 60
"""Taints, and readiness gates, of one object that are read."""

_LASTS = re.compile(r"\(lasts (?P<age>[^()]*)\)")


@dataclass(frozen=True)
class _Read:
    """One field: its place, its value, and how far it stands in."""

    key: str
    value: str
    indent: int
    chunk: Chunk

    @property
    def quote(self) -> Quote:
        return self.chunk.quote()


_KIND_BY_KEYS: tuple[tuple[str, frozenset[str]], ...] = (
    ("event", frozenset(("Involved Object",))),
    ("event", frozenset(("Regarding",))),
    ("persistentvolumeclaim", frozenset(("StorageClass", "Capacity", "Access Modes", "Volume"))),
    ("persistentvolumeclaim", frozenset(("Namespace", "Capacity", "Access Modes", "Volume"))),
    ("persistentvolume", frozenset(("Reclaim Policy",))),
    ("storageclass", frozenset(("Provisioner", "ReclaimPolicy"))),
    *(("node", frozenset((key,))) for key in ("Capacity", "Allocatable", "Non-terminated Pods", "Allocated resources")),
    ("node", frozenset(("Roles", "Taints"))),
    ("deployment", frozenset(("StrategyType",))),
    ("service", frozenset(("Endpoints", "Selector"))),
    ("service", frozenset(("Endpoints", "TargetPort"))),
    ("service", frozenset(("Endpoints", "Type"))),
    ("cronjob", frozenset(("Schedule", "Concurrency Policy"))),
    ("job", frozenset(("Pods Statuses",))),
    ("job", frozenset(("Pods Status", "Completions"))),
    ("job", frozenset(("Pods Status", "Parallelism"))),
    ("daemonset", frozenset(("Desired Number of Nodes Scheduled",))),
    ("statefulset", frozenset(("Pods Status", "Update Strategy"))),
    ("statefulset", frozenset(("Pods Status", "Volume Claims"))),
    ("replicaset", frozenset(("Pods Status",))),
    ("horizontalpodautoscaler", frozenset(("Reference", "Min replicas"))),
    ("poddisruptionbudget", frozenset(("Allowed disruptions",))),
    ("ingress", frozenset(("Rules", "Default backend"))),
    *(("persistentvolumeclaim", frozenset((key,))) for key in ("StorageClass", "Used By", "Access Modes")),
    ("endpoints", frozenset(("Subsets",))),
    ("endpoints", frozenset(("AddressType",))),
)
"""What only the description of one kind has, in the order in which it is asked."""

_OF_OTHERS = (
    (re.compile(r"^No (?:resource quota|LimitRange resource)\.$"), "namespace"),
    (re.compile(r"^ ?Resource\s+Used\s+(?:Hard|Limit)$"), "resourcequota"),
    (re.compile(r"^(?:Binary)?Data$"), "configmap"),
    (re.compile(r"^Type\s+Status\s+LastHeartbeatTime\s"), "node"),
    (re.compile(r"^(?:Memory|Disk|PID)Pressure\s+(?:True|False|Unknown)\b"), "node"),
)
"""Lines without a field that only the description of one kind has."""


def kind_of(lines: Sequence[Line]) -> str:
    """What was described: pod, node, or another kind as the URL calls it; pod where nothing speaks against it."""
    fields = [match for line in lines if (match := _FIELD.match(line.text.lstrip("*")))]
    keys = {match["key"] for match in fields}
    if keys & {"QoS Class", "Restart Count"}:  # only a Pod's: its volumes may have what claims have
        return "pod"
    is_event = keys & {"Involved Object", "Regarding"}  # has the kind of another object within
    if (
        "API Version" in keys
        and not is_event
        and (kind := next((match["value"] for match in fields if match["key"] == "Kind"), ""))
    ):
        return kind.lower()  # of what kubectl has no description of its own, it prints the fields one by one
    found = next((kind for kind, needed in _KIND_BY_KEYS if needed <= keys), "")
    if found or keys & {"Containers", "Init Containers", "State"}:
        return found or "pod"
    texts = [line.text.strip() for line in lines]
    return next((kind for sought, kind in _OF_OTHERS if any(map(sought.match, texts))), "pod")


def _body_and_events(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    for index, line in enumerate(lines):
        if re.match(r"^\s*Events:\s*", line.text) or (START.match(line.text) and "Name:" not in line.text):
            return list(lines[:index]), list(lines[index:])
    return list(lines), []


_KEYS = "|".join(
    sorted(
        {
            re.escape(key)
            for key in (*_TOP, *_IN_CONTAINER, "Reason", "Message", "Exit Code", "Signal", "Started", "Finished")
        },
        key=len,
        reverse=True,
    )
)
_STARTS = re.compile(rf"^\s*(?:- )?(?:{_KEYS}):(?:\s|$)|^\s{{2,}}\S|^\s*[A-Za-z][\w./-]*\s+(?:True|False|Unknown)\s*$")
"""How a line begins that is no rest of a broken one: with a field that is known, or indented."""


def _fields(lines: Sequence[Line]) -> Iterator[tuple[_Read | None, Chunk]]:
    for chunk in unwrapped(lines, _STARTS):
        match = _FIELD.match(joined(chunk))
        if match:
            value = (match["value"] or "").strip()
            yield (
                _Read(
                    match["key"].strip(), "" if value in ("<none>", "<unset>") else value, len(match["indent"]), chunk
                ),
                chunk,
            )
        else:
            yield None, chunk


def read_pod_description(lines: Sequence[Line], case: Case) -> PodFact:
    """The Pod that was described, written into the case, with its events."""
    body, after = _body_and_events(lines)
    pod = PodFact(described=True)
    reading = _PodReading(pod)
    for read, chunk in _fields(body):
        reading.take(read, chunk)
    if not pod.name and after:
        _name_by_events(pod, read_events(after, is_wide=False))
    known = case.pod(pod.name, pod.namespace) if pod.name else None
    if known is not None:
        _merge(known, pod)
        pod = known
    else:
        case.pods.append(pod)
    events = read_events(after, is_wide=False, of=("Pod", pod.namespace, pod.name))
    case.events += events
    if after:
        first = after[0]
        pod.has_events = bool(events) or _has_events(after)
        pod.where["events"] = Quote(first.text.strip(), first.number)
    return pod


ASSIGNED = re.compile(r"Successfully ?assigned ?(?:(?P<ns>[a-z0-9-]+)/)?(?P<name>[a-z0-9.-]+) ?to ?(?P<node>[\w.-]+)")


def _name_by_events(pod: PodFact, events: Sequence[EventFact]) -> None:
    """The name, of a description whose top was cut off, that the scheduler gives in its events."""
    found = next((match for each in events if (match := ASSIGNED.search(each.message))), None)
    if found:
        pod.name, pod.namespace = found["name"], pod.namespace or found["ns"] or ""
        pod.node = pod.node or found["node"]


_NO_EVENTS = re.compile(r"^\s*Events:\s*(?:<none>|No events)")


def _has_events(lines: Sequence[Line]) -> bool | None:
    """Whether events stand below `Events:`, be they such as cannot be read; None where the paste ends there."""
    if _NO_EVENTS.match("\n".join(line.text for line in lines[:2])):
        return False
    return any(re.search(r"\w", line.text) and not HEADER.match(line.text) for line in lines[1:]) or None


def _merge(into: PodFact, new: PodFact) -> None:
    """What a description says goes before what a table says."""
    for name, value in vars(new).items():
        old = getattr(into, name)
        if isinstance(value, dict):
            old.update(value)
        elif not (value is False or value in (None, "", [], ())) or (name == "node" and value is not None):
            setattr(into, name, value)


class _PodReading:
    """Where in a description the reader is, and what has been read."""

    def __init__(self, pod: PodFact) -> None:
        self.pod = pod
        self.section = ""
        self.container: ContainerFact | None = None
        self.block = ""
        self.init = False
        self.indented = False
        self.said = ""
        self.aside = PodFact()

    @property
    def its(self) -> PodFact:
        """Whose containers are read: those for debugging neither make the Pod ready nor keep it from being so."""
        return self.aside if self.section == "Ephemeral Containers" else self.pod

    def take(self, read: _Read | None, chunk: Chunk) -> None:
        text = joined(chunk)
        if self.section == "Conditions" and (match := _CONDITION.match(text)) and match["type"] != "Type":
            condition = ConditionFact(match["type"], match["status"], quote=chunk.quote())
            self.pod.condition(condition)
            return
        if read is None:
            self._line(text, chunk)
            return
        self.indented = self.indented or read.indent > 0
        is_known = read.key in _TOP or read.key in _IN_CONTAINER or read.key in _IN_STATE or read.indent > 1
        if self.said and not is_known:
            self._line(text, chunk)
            return
        self.said = ""
        if (
            read.key == "Reason"
            and self.container is not None
            and read.indent == 0
            and self.block in ("State", "Last State")
        ):
            self._in_container(self.container, read)
            return
        if not self.section and read.key in _IN_CONTAINER:
            self.section = "Containers"
        if self._is_top(read):
            self._top(read)
        elif self.section in _SECTIONS:
            self._in_containers(read, text)
        elif self.section == "Labels" and read.indent and "=" in text:
            self._label(text)

    def _line(self, text: str, chunk: Chunk) -> None:
        if self.section == "Labels":
            self._label(text)
        elif (
            self.section == "Readiness Gates"
            and len(self.pod.readiness_gates) < LISTED
            and (words := text.split())
            and words[0] != "Type"
        ):
            self.pod.readiness_gates = (*self.pod.readiness_gates, words[0])
            status = words[1] if len(words) > 1 else "<none>"
            if status != "True":
                self.pod.where.setdefault("gate", chunk.quote())
        elif self.section == "Message" and len(self.pod.message) < MATCHED:
            self.pod.message += " " + text.strip()
        elif self.container is not None and self.said and len(getattr(self.container, self.said)) < MATCHED:
            setattr(self.container, self.said, f"{getattr(self.container, self.said)} {text.strip()}")

    def _is_top(self, read: _Read) -> bool:
        if read.key not in _TOP:
            return False
        if read.indent == 0 and self.indented:
            return True
        if read.indent:
            return False
        # Without indentation a name may be the Pod's or a container's: what a container has belongs to it.
        if self.section in _SECTIONS and read.key in (
            "Reason",
            "Message",
            "Resources",
            "SeccompProfile",
            "Security Context",
        ):
            return False
        return not (self.section in _SECTIONS and read.key == "Name")

    def _top(self, read: _Read) -> None:
        pod, value = self.pod, read.value
        self.section, self.container, self.block = read.key, None, ""
        pod.where.setdefault(read.key.lower(), read.quote)
        match read.key:
            case "Name":
                pod.name = value.split()[0] if value else ""
            case "Namespace":
                pod.namespace = value
            case "Node":
                pod.node = value.partition("/")[0]
            case "Status":
                self._status(value)
            case "Reason":
                pod.reason = value
            case "Message":
                pod.message = value
            case "Start Time":
                pod.created = pod.created or iso(read_time(value))
            case "Controlled By":
                pod.owner = value
            case "Labels":
                self._label(value)
            case "Termination Grace Period":
                pod.grace = int(found) if is_whole(found := value.rstrip("s")) else None
            case "Scheduling Gates":
                pod.gates = tuple(value.split()) or pod.gates
            case _:
                self.init = _SECTIONS.get(read.key, False)

    def _status(self, value: str) -> None:
        pod = self.pod
        if value.startswith("Terminating"):
            pod.deleting = True
            if match := _LASTS.search(value):
                is_to_come = match["age"] == "<invalid>"  # what kubectl prints of a time ahead: the grace is not over
                pod.deleting_for = 0.0 if is_to_come else read_age(match["age"])
            elif time := read_time(value):
                pod.deleted_at = iso(time)
        else:
            pod.phase = value.split()[0] if value else ""

    def _label(self, text: str) -> None:
        key, equals, value = text.strip().partition("=")
        if equals and " " not in key:
            self.pod.labels = {**self.pod.labels, key: value}

    def _in_containers(self, read: _Read, text: str) -> None:
        named = _CONTAINER.match(text)
        is_name = named and read.key not in _IN_CONTAINER and (read.indent in (1, 2, 3) or not self.indented)
        if named and is_name and self.block not in ("Limits", "Requests"):
            self.container = self.its.container(named["name"], self.init)
            self.container.where["name"] = read.quote
            self.container.has_resources = True
            self.block = ""
            return
        if self.container is None:
            if read.key not in _IN_CONTAINER:
                return
            # The top was cut off: whose state this is is not said.
            self.container = self.its.container("")
        self._in_container(self.container, read)

    def _in_container(self, it: ContainerFact, read: _Read) -> None:
        key, value = read.key, read.value
        if key in _IN_CONTAINER:
            self.block = key
        match key:
            case "Image":
                it.image, it.where["image"] = value, read.quote
            case "State":
                it.state, it.where["state"] = value.lower(), read.quote
            case "Last State":
                it.last_state, it.where["last"] = value.lower(), read.quote
            case "Ready":
                it.ready, it.where["ready"] = value == "True", read.quote
            case "Restart Count":
                it.restarts, it.where["restarts"] = int(value) if is_whole(value) else None, read.quote
            case "Liveness" | "Readiness" | "Startup":
                it.probes[key.lower()], it.where[key.lower()] = value, read.quote
            case "memory" if self.block == "Limits":
                it.memory_limit, it.where["limit"] = value, read.quote
            case _:
                self._in_state(it, read)

    def _in_state(self, it: ContainerFact, read: _Read) -> None:
        """The lines below State and Last State."""
        if self.block not in ("State", "Last State"):
            return
        last = "last_" if self.block == "Last State" else ""
        where = "last" if last else "state"
        key, value = read.key, read.value
        if key in ("Exit Code", "Signal"):
            number = int(value) if is_whole(value.removeprefix("-")) else None
            name = (
                ("last_exit" if last else "exit_code") if key == "Exit Code" else ("last_signal" if last else "signal")
            )
            setattr(it, name, number)
            it.where[f"{where}.{key.lower()}"] = read.quote
        elif key in ("Reason", "Message"):
            setattr(it, f"{last}{key.lower()}", value)
            self.said = f"{last}message" if key == "Message" else ""
            it.where[f"{where}.{key.lower()}"] = read.quote
        elif key in ("Started", "Finished"):
            setattr(it, f"{last}{key.lower()}", iso(read_time(value)))
            it.where[f"{where}.{key.lower()}"] = read.quote


def read_node_description(lines: Sequence[Line], case: Case) -> NodeFact:
    """The Node that was described: its conditions and taints, with its events."""
    body, after = _body_and_events(lines)
    node = NodeFact("")
    section = ""
    for read, chunk in _fields(body):
        text = joined(chunk)
        match = _CONDITION.match(text)
        if _CONDITIONS.match(text):  # the line above may have been cut off
            section = "Conditions"
        if section == "Conditions" and match and match["type"] != "Type":
            condition = ConditionFact(
                match["type"], match["status"], quote=chunk.quote(), message=(match["rest"] or "")
            )
            node.conditions[condition.type] = condition
            if condition.type == "Ready":
                node.ready = condition.status
                node.where["ready"] = condition.quote
        elif read is not None and (read.indent == 0 or read.key in ("Name", "Taints", "Conditions", "Unschedulable")):
            section = read.key
            if read.key == "Name" and not node.name:
                node.name, node.where["name"] = read.value, read.quote
            elif read.key == "Taints" and read.value:
                node.taints, node.where["taints"] = (read.value,), read.quote
            elif read.key == "Unschedulable":
                node.unschedulable = read.value == "true"
                node.where["unschedulable"] = read.quote
        elif section == "Taints" and len(node.taints) < LISTED and text.strip() and ":" in text:
            node.taints = (*node.taints, text.strip())
    known = case.node(node.name)
    known.ready, known.unschedulable = node.ready or known.ready, node.unschedulable or known.unschedulable
    known.taints = known.taints or node.taints
    known.conditions.update(node.conditions)
    known.where.update(node.where)
    case.events += read_events(after, is_wide=False, of=("Node", "", node.name))
    return known


_KINDS = {
    "deployment": "Deployment",
    "replicaset": "ReplicaSet",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "job": "Job",
    "cronjob": "CronJob",
    "service": "Service",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "persistentvolume": "PersistentVolume",
    "endpoints": "Endpoints",
    "ingress": "Ingress",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "virtualmachine": "VirtualMachine",
    "virtualmachineinstance": "VirtualMachineInstance",
}


def read_other_description(lines: Sequence[Line], case: Case, kind: str) -> OwnerFact:
    """Any other object that was described: its fields by name, with its events and what its conditions complain of."""
    body, after = _body_and_events(lines)
    owner = OwnerFact(_KINDS.get(kind, kind), "")
    namespace = ""
    complaints: list[EventFact] = []
    inner: dict[str, _Read] = {}
    for read, chunk in _fields(body):
        if owner.kind == "Ingress" and _NO_BACKEND.search(chunk.squashed):
            owner.where.setdefault("backend", chunk.quote())
        if _complains(joined(chunk)):
            complaints.append(_as_event(chunk, owner, namespace))
            continue
        if read is not None and read.indent and read.key in ("Message", "Reason", "Status", "Type"):
            inner[read.key] = read
            if read.key == "Type":
                complaints += _complaint(inner, owner, namespace)
                inner = {}
        if read is None or read.key in owner.fields:
            continue
        if read.key == "Name" and not owner.name:
            owner.name, owner.quote = read.value, read.quote
        namespace = read.value if read.key == "Namespace" else namespace
        owner.fields[read.key] = read.value
        owner.where[read.key] = read.quote
    owner.namespace = namespace
    if "Subsets" in owner.fields and "Addresses" in owner.fields:  # those that are not ready stand in a line of theirs
        owner.fields["Endpoints"], owner.where["Endpoints"] = owner.fields["Addresses"], owner.where["Addresses"]
    case.owners.append(owner)
    case.events += complaints[:LISTED]
    case.events += read_events(after, is_wide=False, of=(owner.kind, namespace, owner.name))
    return owner


_NO_BACKEND = re.compile(r"<error:(?:services|endpoints(?:lices)?)\"[^\"]{1,63}\"notfound>")


def _complains(text: str) -> bool:
    """Whether a condition's row says that something is wrong."""
    match = _CONDITION.match(text)
    return bool(match and match["rest"] and is_wrong(match["type"], match["status"]))


def is_wrong(kind: str, status: str) -> bool:
    """Whether a condition complains: one that is False, or a failure that is True."""
    return status == ("True" if "Fail" in kind else "False")


def _complaint(inner: Mapping[str, _Read], owner: OwnerFact, namespace: str) -> list[EventFact]:
    """A condition whose fields stand on lines of their own, in the order of the alphabet, so that its type is last."""
    message = inner.get("Message")
    if message is None or "Status" not in inner or not is_wrong(inner["Type"].value, inner["Status"].value):
        return []
    reason = inner["Reason"].value if "Reason" in inner else ""
    fact = EventFact("Warning", reason, message.value, message.chunk, kind=owner.kind, namespace=namespace)
    return [replace(fact, name=owner.name, order=message.chunk.line)]


def _as_event(chunk: Chunk, owner: OwnerFact, namespace: str) -> EventFact:
    match = _CONDITION.match(joined(chunk))
    reason, _, message = (match["rest"] or "" if match else "").strip().partition(" ")
    return EventFact(
        "Warning",
        reason,
        message.strip(),
        chunk,
        kind=owner.kind,
        namespace=namespace,
        name=owner.name,
        order=chunk.line,
    )


def read_event_description(lines: Sequence[Line], case: Case) -> EventFact:
    """`kubectl describe event`: kubectl has no words of its own for it, and prints the object's fields by name."""
    said: dict[str, _Read] = {}
    about: dict[str, str] = {}
    section = ""
    for read, _chunk in _fields(lines):
        if read is None:
            continue
        if read.indent == 0:
            section = read.key
            said.setdefault(read.key, read)
        elif section in ("Involved Object", "Regarding"):
            about.setdefault(read.key, read.value)
    values = {key: read.value for key, read in said.items()}
    message = said.get("Message") or said.get("Note")
    chunk = message.chunk if message else Chunk(tuple(lines[:1]))
    path = about.get("Field Path", "")
    count = values.get("Count", "")
    event = EventFact(
        values.get("Type", "") or "Normal",
        values.get("Reason", ""),
        message.value if message else "",
        chunk,
        kind=about.get("Kind", ""),
        namespace=about.get("Namespace", "") or values.get("Namespace", ""),
        name=about.get("Name", ""),
        container=path.partition("{")[2].rstrip("}"),
        count=int(count) if is_whole(count) else 1,
        at=values.get("Last Timestamp", "") or values.get("Event Time", "") or values.get("First Timestamp", ""),
        order=chunk.line,
    )
    case.events.append(event)
    return event
