"""Objects as `kubectl get -o yaml|json` prints them: Pods, Events, Nodes, and what stands beside a Pod.

A List of ten megabytes is read item by item, so that lines are counted and scalars made only for what is asked about.
Half an object is read as far as it goes.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from app.kube.paste.json_text import json_places
from app.kube.paste.part import Source
from app.kube.paste.yaml_text import read_yaml, yaml_places
from app.kube.refusal import Refusal
from app.kube.transcript.describe import is_wrong
from app.kube.transcript.fact import (
    CONDITIONS,
    NOWHERE,
    Case,
    ConditionFact,
    ContainerFact,
    EventFact,
    NodeFact,
    OwnerFact,
    PodFact,
    RefusalFact,
)
from app.kube.transcript.runtime import inspected
from app.kube.transcript.text import QUOTED, Chunk, Line, Quote
from app.record import dataclass

Content = Mapping[str, Any]
PARSED_YAML = 200_000
"""Characters of YAML that are read in full; of what goes beyond, only items that tell of trouble."""

_TROUBLE = re.compile(
    r"type: Warning|ready: false|deletionTimestamp|phase: (?:Pending|Failed|Unknown)|kind: Node\b|reason: OOMKilled"
)


_A_KEY = re.compile(r"(?<!\w)(\w++)\"?\s{0,8}:")


@dataclass(frozen=True)
class Item:
    """One object with the text that it was read from; `first` is the line of the paste on which the text begins.

    `dropped` is how many steps of the way to a value the text does not have, since it is a piece of an object.
    """

    content: Content
    text: str
    first: int
    is_json: bool
    inside: tuple[int, ...] = ()
    is_part: bool = False
    dropped: int = 0

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _places(self) -> dict[tuple[str | int, ...], int]:
        """The line of each value, from 1 within the text, by the way to it."""
        found: dict[tuple[str | int, ...], int] = {}
        try:
            for place in (json_places if self.is_json else yaml_places)(self.text):
                found.setdefault(place.path, place.line)
        except (IndexError, ValueError, Refusal):
            pass  # half an object: the lines up to where it breaks off are known
        return found

    @cached_property
    def _keys(self) -> dict[str, Quote]:
        """The first line on which each key stands."""
        found: dict[str, Quote] = {}
        for number, line in enumerate(self._lines, self.first):
            for match in _A_KEY.finditer(line):
                if match[1] not in found:
                    found[match[1]] = Quote(line.strip().rstrip(",")[:QUOTED], number)
        return found

    def line_of(self, *path: str | int) -> int:
        """The line of the paste on which a value stands, or what is nearest around it."""
        wanted = (0, *self.inside, *path[self.dropped :])
        depths = range(len(wanted), -1, -1)
        found = next((self._places[way] for depth in depths if (way := wanted[:depth]) in self._places), 1)
        return self.first + found - 1

    def quote(self, *path: str | int) -> Quote:
        if self.is_part:
            return self._keys.get(str(path[-1]), Quote(self._lines[0].strip()[:QUOTED], self.first))
        line = self.line_of(*path)
        index = line - self.first
        return Quote(self._lines[index].strip().rstrip(",")[:QUOTED] if 0 <= index < len(self._lines) else "", line)


def _part_of_pod(content: Content) -> Content:
    """A piece of a Pod's status, as `jq` or a jsonpath cuts it out, in its place in a Pod; empty for none."""
    if "containerStatuses" in content or "initContainerStatuses" in content or "conditions" in content:
        return {"kind": "Pod", "status": content}
    if (
        "restartCount" in content
        or "lastState" in content
        or ("state" in content and isinstance(content["state"], dict))
    ):
        return {"kind": "Pod", "status": {"containerStatuses": [content]}}
    if "exitCode" in content and content.keys() & {"reason", "startedAt", "finishedAt", "containerID"}:
        return {"kind": "Pod", "status": {"containerStatuses": [{"lastState": {"terminated": content}}]}}
    if isinstance(content.get("terminated"), dict):
        return {"kind": "Pod", "status": {"containerStatuses": [{"lastState": content}]}}
    if isinstance(content.get("waiting"), dict):
        return {"kind": "Pod", "status": {"containerStatuses": [{"state": content}]}}
    if "type" in content and content.get("status") in ("True", "False", "Unknown"):
        return {"kind": "Pod", "status": {"conditions": [content]}}
    return {}


def read_items(lines: Sequence[Line], is_json: bool) -> Iterator[Item]:
    """The objects of a piece, Lists unfolded."""
    text = "\n".join(line.text for line in lines)
    first = lines[0].number
    if is_json and (statuses := _statuses(text)):
        yield Item(statuses, text, first, True, dropped=2 if text.lstrip().startswith("[") else 0)
        return
    yield from _json_items(text, first) if is_json else _yaml_items(text, first)


_FRAGMENT = re.compile(
    r"\s*\"(?:state|lastState|status|conditions|containerStatuses|initContainerStatuses)\"\s*:\s*[\[{]"
)


def _statuses(text: str) -> Content:
    """A piece of a Pod's status that is no object of its own: a list of its containers, or a key with what is below."""
    if _FRAGMENT.match(text):
        content = lenient_json("{" + text)
        inner = content.get("status") if isinstance(content, dict) else None
        return inner if isinstance(inner, dict) else content if isinstance(content, dict) else {}
    if not text.lstrip().startswith("["):
        return {}
    try:
        listed = _decoder.raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        listed = lenient_json(text.lstrip())
    if not isinstance(listed, list) or not listed:
        return {}
    for key, names in (("containerStatuses", {"name", "state"}), ("conditions", {"type", "status"})):
        if all(isinstance(each, dict) and names <= each.keys() for each in listed):
            return {key: listed}
    return {}


_ITEMS = re.compile(r'"items"\s*:\s*\[\s*')
_decoder = json.JSONDecoder(strict=False)


def _json_items(text: str, first: int) -> Iterator[Item]:
    at, line, seen = 0, first, 0
    while (at := text.find("{", at)) >= 0:
        line += text.count("\n", seen, at)
        seen = at
        start = _ITEMS.search(text, at, at + 2000)
        if start and _is_list(text[at : start.start()]):
            at = start.end()
            continue
        try:
            content, end = _decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            content, end = lenient_json(text[at:]), len(text)
        if isinstance(content, dict):
            yield Item(content, text[at:end], line, True)
        at = max(end, at + 1)


def _is_list(head: str) -> bool:
    return head.count("{") <= 2 and '"spec"' not in head


def lenient_json(text: str) -> Any:
    """What can be read of JSON that breaks off, or breaks: everything before, with its brackets closed."""
    stack: list[str] = []
    cut, closers, in_string, i = 0, "", False, 0
    text = text[:200_000]
    while i < len(text):
        c = text[i]
        if in_string:
            if c == "\\":
                i += 1
            elif c == '"':
                in_string = False
        elif c == '"':
            in_string = True
        elif c in "{[":
            stack.append("}" if c == "{" else "]")
        elif c in "}]":
            if not stack or stack.pop() != c:
                break
            cut, closers = i + 1, "".join(reversed(stack))
            if not stack:
                break
        elif c == ",":
            cut, closers = i, "".join(reversed(stack))
        i += 1
    for end, close in ((cut, closers),):
        try:
            return json.loads(text[:end] + close, strict=False)
        except (ValueError, RecursionError):
            return None
    return None


_YAML_ITEM = re.compile(
    r"^(?P<indent> {0,4})- (?=apiVersion:|kind:|metadata:|count:|eventTime:|involvedObject:|spec:)", re.M
)


def _yaml_items(text: str, first: int) -> Iterator[Item]:
    line = first
    budget = PARSED_YAML
    for document in re.split(r"(?m)^---[^\n]*$", text):
        for inner, at in _yaml_parts(document):
            if budget > 0 or _TROUBLE.search(inner):
                budget -= len(inner)
                if budget < -PARSED_YAML:
                    break
                yield from _yaml_item(inner, line + document.count("\n", 0, at))
            else:
                yield from _glanced(inner, line + document.count("\n", 0, at))
        line += document.count("\n")


def _yaml_parts(document: str) -> Iterator[tuple[str, int]]:
    """The items of a List, each with where it begins, or the document itself."""
    starts = list(_YAML_ITEM.finditer(document))
    if not starts or (
        not re.search(r"(?m)^items:", document) and starts[0].start() > 0 and document[: starts[0].start()].strip()
    ):
        yield document, 0
        return
    indent = starts[0]["indent"]
    starts = [match for match in starts if match["indent"] == indent]
    for match, after in zip(starts, [*starts[1:], None], strict=True):
        end = after.start() if after else len(document)
        part = document[match.start() : end]
        if after is None and (over := re.search(r"(?m)^(?:kind|metadata|apiVersion):", part)):
            part = part[: over.start()]
        yield part, match.start()


def _yaml_item(text: str, first: int) -> Iterator[Item]:
    content = lenient_yaml(text)
    if isinstance(content, dict):
        yield Item(content, text, first, False)
    elif isinstance(content, list):
        for index, each in enumerate(content):
            if isinstance(each, dict):
                yield Item(each, text, first, False, (index,))


def lenient_yaml(text: str) -> Any:
    """What can be read of YAML that breaks off: the lines before the one that cannot be read."""
    lines = text.split("\n")
    for _attempt in range(12):
        try:
            contents = read_yaml(Source("\n".join(lines), "text", yaml_places))
            return contents[0] if contents else None
        except Refusal as refusal:
            bad = refusal.line or len(lines)
            lines = lines[: max(0, min(bad, len(lines)) - 1)]
            if not lines:
                return None
    return None


def _glanced(text: str, first: int) -> Iterator[Item]:
    """An item of a long List that tells of no trouble: its name is enough."""
    name = re.search(r"(?m)^ +name: (\S+)$\n^ +namespace: (\S+)$", text)
    kind = re.search(r"(?m)^[ -]+kind: (\w+)$", text)
    node = re.search(r"(?m)^ +nodeName: (\S+)$", text)
    if name and kind and kind[1] == "Pod":
        yield Item(
            {
                "kind": "Pod",
                "metadata": {"name": name[1], "namespace": name[2]},
                "spec": {"nodeName": node[1]} if node else {},
                "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
            },
            text,
            first,
            False,
        )


def take_item(item: Item, case: Case) -> str:
    """Writes one object into the case; the kind it was taken for, empty for none of use."""
    content = item.content
    kind = _text(content, "kind")
    if not kind and (owner := _whose_status(content)):
        is_whole = "status" in content
        kind, content = owner, content if is_whole else {"status": content}
        item = Item(content, item.text, item.first, item.is_json, item.inside, dropped=item.dropped or 1 - is_whole)
    if not kind and (found := inspected(content)):
        return _pod(Item(found, item.text, item.first, item.is_json, is_part=True), case)
    if kind == "Event" and str(content.get("apiVersion", "")).startswith("audit."):
        return _audit(item, case)
    if kind == "Event" or (not kind and "involvedObject" in content):
        return _event(item, case)
    if kind == "Pod" or (
        not kind and ("containerStatuses" in _map(content, "status") or "phase" in _map(content, "status"))
    ):
        return _pod(item, case)
    if kind == "Node":
        return _node(item, case)
    if not kind and (wrapped := _part_of_pod(content)):
        # The way in the paste is shorter than in a Pod, so that lines are found by the words alone.
        part = Item(wrapped, item.text, item.first, item.is_json, is_part=not item.dropped, dropped=item.dropped)
        return _pod(part, case)
    if isinstance(content.get("manifests"), list):
        case.indexes.append(content)
        return "image-index"
    if kind == "Status" and content.get("status") == "Failure":
        message = str(content.get("message", ""))
        case.refusals.append(RefusalFact(Chunk((Line(item.first, message),), item.quote("message"))))
        return "refusal"
    return _beside(item, case, kind) if kind and (kind in _BESIDE or _text(_map(content, "metadata"), "name")) else ""


_CONDITIONS_OF: tuple[tuple[str, frozenset[str]], ...] = (
    ("Job", frozenset(("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"))),
    ("Deployment", frozenset(("Progressing", "ReplicaFailure"))),
    ("Node", frozenset(("MemoryPressure", "DiskPressure", "PIDPressure"))),
)
"""Types of conditions by which a status without its object is told to be no Pod's."""


def _whose_status(content: Content) -> str:
    """The kind whose status was cut out, where its conditions name it; empty for a Pod's and for all others."""
    conditions = _list(content, "conditions") or _list(_map(content, "status"), "conditions")
    types = {_text(each, "type") for each in conditions}
    return "" if "Degraded" in types else next((kind for kind, known in _CONDITIONS_OF if types & known), "")


_BESIDE = frozenset(
    (
        *("ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service", "Endpoints"),
        *("EndpointSlice", "PersistentVolumeClaim", "PersistentVolume", "VolumeAttachment", "ResourceQuota"),
    )
)
"""Kinds that are taken though their names were cut off; all others have one, or are no object of an API."""


def _map(content: Any, *path: str) -> Content:
    for key in path:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content if isinstance(content, Mapping) else {}


def _list(content: Any, key: str) -> list[Content]:
    found = content.get(key) if isinstance(content, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _text(content: Content, key: str) -> str:
    value = content.get(key)
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _int(content: Content, key: str) -> int | None:
    value = content.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else None


def _pod(item: Item, case: Case) -> str:
    meta = _map(item.content, "metadata")
    pod = case.pod(_text(meta, "name"), _text(meta, "namespace"))
    pod.stored, pod.content = True, item.content
    fill_pod(pod, item.content, None)
    case.items[id(pod)] = item
    return "pod"


def quote_pod(case: Case, pod: PodFact) -> None:
    """Finds the lines of what is known of a Pod from its object; others of a long List need none."""
    item = case.items.get(id(pod))
    if isinstance(item, Item):
        fill_pod(pod, item.content, item.quote)


def fill_pod(pod: PodFact, content: Content, quote: Callable[..., Quote] | None) -> None:
    """The Pod's fields from its object; with `quote` also where each stands."""
    meta, spec, status = _map(content, "metadata"), _map(content, "spec"), _map(content, "status")
    pod.labels = {str(k): str(v) for k, v in _map(meta, "labels").items()}
    pod.node = _text(spec, "nodeName") if spec or "phase" in status else pod.node
    pod.phase = _text(status, "phase") or pod.phase
    pod.reason, pod.message = _text(status, "reason") or pod.reason, _text(status, "message") or pod.message
    pod.deleted_at = _text(meta, "deletionTimestamp")
    pod.deleting = pod.deleting or bool(pod.deleted_at)
    pod.grace = _int(meta, "deletionGracePeriodSeconds") or _int(spec, "terminationGracePeriodSeconds")
    finalizers = meta.get("finalizers")
    pod.finalizers = tuple(map(str, finalizers)) if isinstance(finalizers, list) else ()
    pod.gates = tuple(_text(each, "name") for each in _list(spec, "schedulingGates"))
    pod.readiness_gates = tuple(_text(each, "conditionType") for each in _list(spec, "readinessGates"))
    pod.scheduler = _text(spec, "schedulerName")
    pod.restart_policy = _text(spec, "restartPolicy")
    pod.created = _text(meta, "creationTimestamp")
    owners = _list(meta, "ownerReferences")
    pod.owner = f"{_text(owners[0], 'kind')}/{_text(owners[0], 'name')}" if owners else pod.owner
    for index, each in enumerate(_list(status, "conditions")):
        name = _text(each, "type")
        if len(pod.conditions) >= CONDITIONS and name not in pod.conditions:
            pod.left_out.add(("condition", name))
            continue
        where = (
            quote("status", "conditions", index, "message" if each.get("message") else "status")
            if quote
            else Quote("", 0)
        )
        pod.conditions[name] = ConditionFact(
            name,
            _text(each, "status"),
            _text(each, "reason"),
            _text(each, "message"),
            _text(each, "lastTransitionTime"),
            where,
        )
    pod.containers = []
    for kind, init in (("initContainerStatuses", True), ("containerStatuses", False)):
        for index, each in enumerate(_list(status, kind)):
            _container(pod, each, init, quote, ("status", kind, index))
    for kind, init in (("initContainers", True), ("containers", False)):
        for index, each in enumerate(_list(spec, kind)):
            _declared(pod, each, init, quote, ("spec", kind, index))
    if quote:
        for name, path in _QUOTED:
            found: Any = content
            for key in path:
                found = found.get(key) if isinstance(found, Mapping) else None
            if found is not None:
                pod.where[name] = quote(*path)


_QUOTED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("name", ("metadata", "name")),
    ("status", ("status", "phase")),
    ("reason", ("status", "reason")),
    ("message", ("status", "message")),
    ("node", ("spec", "nodeName")),
    ("deleting", ("metadata", "deletionTimestamp")),
    ("finalizers", ("metadata", "finalizers")),
    ("gates", ("spec", "schedulingGates")),
    ("scheduler", ("spec", "schedulerName")),
    ("restart policy", ("spec", "restartPolicy")),
)


def _container(
    pod: PodFact, status: Content, init: bool, quote: Callable[..., Quote] | None, at: tuple[str | int, ...]
) -> None:
    it = ContainerFact(_text(status, "name"), init, image=_text(status, "image"))
    it.ready = status.get("ready") if isinstance(status.get("ready"), bool) else None
    it.started_flag = status.get("started") if isinstance(status.get("started"), bool) else None
    it.restarts = _int(status, "restartCount")
    for key, last in (("state", ""), ("lastState", "last_")):
        for name, state in _map(status, key).items():
            if not isinstance(state, Mapping) or name not in ("waiting", "running", "terminated"):
                continue
            where = "last" if last else "state"
            setattr(it, "last_state" if last else "state", str(name))
            setattr(it, f"{last}reason", _text(state, "reason"))
            setattr(it, f"{last}message", _text(state, "message"))
            setattr(it, "last_exit" if last else "exit_code", _int(state, "exitCode"))
            setattr(it, "last_signal" if last else "signal", _int(state, "signal"))
            setattr(it, f"{last}started", _text(state, "startedAt"))
            setattr(it, f"{last}finished", _text(state, "finishedAt"))
            if quote:
                it.where[where] = quote(*at, key, name)
                for field, short in (
                    ("reason", "reason"),
                    ("exitCode", "exit code"),
                    ("message", "message"),
                    ("startedAt", "started"),
                    ("finishedAt", "finished"),
                ):
                    if field in state:
                        it.where[f"{where}.{short}"] = quote(*at, key, name, field)
    if quote:
        for field, short in (("ready", "ready"), ("restartCount", "restarts"), ("name", "name")):
            if field in status:
                it.where[short] = quote(*at, field)
    pod.add(it)


def _declared(
    pod: PodFact, spec: Content, init: bool, quote: Callable[..., Quote] | None, at: tuple[str | int, ...]
) -> None:
    it = pod.container(_text(spec, "name"), init)
    it.init = init
    it.sidecar = init and spec.get("restartPolicy") == "Always"
    it.image = it.image or _text(spec, "image")
    it.has_resources = True
    it.memory_limit = _text(_map(spec, "resources", "limits"), "memory")
    if quote and it.memory_limit:
        it.where["limit"] = quote(*at, "resources", "limits", "memory")
    for kind in ("liveness", "readiness", "startup"):
        probe = spec.get(f"{kind}Probe")
        if isinstance(probe, Mapping):
            it.probes[kind] = json.dumps(probe, sort_keys=True, default=str)
            if quote:
                it.where[kind] = quote(*at, f"{kind}Probe")


def _event(item: Item, case: Case) -> str:
    content = item.content
    about = _map(content, "involvedObject") or _map(content, "regarding")
    message = _text(content, "message") or _text(content, "note")
    key = '"message"' if item.is_json else "message:"
    at = max(item.text.find(key), 0)
    line = item.first + item.text.count("\n", 0, at)
    raw = item.text[at : item.text.find("\n", at) if "\n" in item.text[at:] else len(item.text)].strip().rstrip(",")
    path = re.match(r"spec\.(\w+)\{([^}]*)\}", _text(about, "fieldPath"))
    series = _map(content, "series")
    case.events.append(
        EventFact(
            _text(content, "type") or "Normal",
            _text(content, "reason"),
            message,
            Chunk((Line(line, message),), Quote(raw[:700], line)),
            kind=_text(about, "kind"),
            namespace=_text(about, "namespace"),
            name=_text(about, "name"),
            container=path[2] if path else "",
            source=_text(_map(content, "source"), "component") or _text(content, "reportingComponent"),
            count=_int(content, "count") or _int(series, "count") or 1,
            at=_text(content, "lastTimestamp")
            or _text(series, "lastObservedTime")
            or _text(content, "eventTime")
            or _text(content, "firstTimestamp"),
            order=line,
        )
    )
    return "events"


def _node(item: Item, case: Case) -> str:
    content = item.content
    node: NodeFact = case.node(_text(_map(content, "metadata"), "name"))
    node.content = content
    node.unschedulable = bool(_map(content, "spec").get("unschedulable"))
    node.taints = tuple(f"{_text(t, 'key')}:{_text(t, 'effect')}" for t in _list(_map(content, "spec"), "taints"))
    for index, each in enumerate(_list(_map(content, "status"), "conditions")):
        name, status = _text(each, "type"), _text(each, "status")
        if name == "Ready":
            node.ready = status
            # Where it stands is of use for a node that is not ready; a long List has hundreds that are.
            node.where["ready"] = (
                item.quote("status", "conditions", index, "status") if status != "True" else Quote("", item.first)
            )
        node.conditions[name] = ConditionFact(name, status, _text(each, "reason"), _text(each, "message"))
    return "node"


def _beside(item: Item, case: Case, kind: str) -> str:
    content = item.content
    meta, spec, status = _map(content, "metadata"), _map(content, "spec"), _map(content, "status")
    # Where it stands costs a reading of the whole text, and of most kinds nobody asks.
    owner = OwnerFact(kind, _text(meta, "name"), quote=item.quote("metadata", "name") if kind in _BESIDE else NOWHERE)
    owner.namespace = _text(meta, "namespace")
    if kind == "PersistentVolumeClaim":
        owner.fields["Status"] = _text(status, "phase")
        owner.where["Status"] = item.quote("status", "phase")
    elif kind == "Deployment":
        if spec.get("paused") is True:
            owner.fields["Paused"] = "true"
            owner.where["Paused"] = item.quote("spec", "paused")
        behind = (_int(status, "observedGeneration") or 0) < (_int(meta, "generation") or 1)
        owner.fields["Observed"] = "false" if behind else "true"
    elif kind == "Service":
        selector = _map(spec, "selector")
        owner.fields["Selector"] = ",".join(f"{k}={v}" for k, v in selector.items())
        owner.where["Selector"] = item.quote("spec", "selector")
        if _text(spec, "type") == "LoadBalancer" and status and not _list(_map(status, "loadBalancer"), "ingress"):
            owner.fields["Address"] = "<pending>"
            owner.quote = item.quote("status", "loadBalancer")
    elif kind == "VirtualMachine":
        owner.fields["STATUS"], owner.quote = _text(status, "printableStatus"), item.quote("status", "printableStatus")
    elif kind in ("Endpoints", "EndpointSlice"):
        owner.fields["Endpoints"] = "some" if _are_ready(content) else ""
        owner.where["Endpoints"] = item.quote("subsets" if kind == "Endpoints" else "endpoints")
    for index, each in enumerate(_list(status, "conditions")):
        if _text(each, "message") and is_wrong(_text(each, "type"), _text(each, "status")):
            message = _text(each, "message")
            chunk = Chunk((Line(0, message),), item.quote("status", "conditions", index, "message"))
            case.events.append(
                EventFact(
                    "Warning",
                    _text(each, "reason"),
                    message,
                    chunk,
                    kind=kind,
                    namespace=owner.namespace,
                    name=owner.name,
                    order=item.first,
                )
            )
    case.owners.append(owner)
    return kind.lower()


def _are_ready(content: Content) -> bool:
    """Whether any address is ready; a slice that does not say so of one means that it is.

    kubernetes v1.37 staging/src/k8s.io/api/discovery/v1/types.go EndpointConditions.
    """
    if any(_list(subset, "addresses") for subset in _list(content, "subsets")):
        return True
    return any(_map(each, "conditions").get("ready") is not False for each in _list(content, "endpoints"))


def _audit(item: Item, case: Case) -> str:
    content = item.content
    code = _int(_map(content, "responseStatus"), "code") or 0
    about = _map(content, "objectRef")
    if code >= 400 and _text(about, "resource") == "pods" and _text(content, "verb") == "create":
        message = _text(_map(content, "responseStatus"), "message") or _text(_map(content, "responseStatus"), "reason")
        case.refusals.append(
            RefusalFact(
                Chunk((Line(item.first, message),), Quote(item.text.split("\n")[0][:700], item.first)), "create", code
            )
        )
    elif code and _text(about, "resource") == "pods":
        case.audits.append(
            (
                _text(content, "stageTimestamp") or _text(content, "requestReceivedTimestamp"),
                _text(content, "verb"),
                _text(about, "subresource"),
                _text(_map(content, "user"), "username"),
                _text(about, "name"),
                Quote(item.text.split("\n")[0][:700], item.first),
            )
        )
    return "audit"
