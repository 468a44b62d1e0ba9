"""Takes a paste apart: what each stretch of lines is, told by its shape alone, and the facts of all of them together.

case = read(text)      # prompts, order and what stands between do not matter
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import datetime

from app.kube.paste.recognise import is_drawn
from app.kube.transcript.age import iso, read_time
from app.kube.transcript.columns import is_chosen, is_pair, read_columns
from app.kube.transcript.describe import (
    kind_of,
    read_event_description,
    read_node_description,
    read_other_description,
    read_pod_description,
)
from app.kube.transcript.events import DASHES, HEADER, START, read_events
from app.kube.transcript.fact import Case, EventFact, LogFact, PodFact, Recognised, RefusalFact
from app.kube.transcript.logged import logged_event, read_waiting
from app.kube.transcript.objects import quote_pod, read_items, take_item
from app.kube.transcript.runtime import HEADER as RUNTIME
from app.kube.transcript.runtime import read_runtime
from app.kube.transcript.table import NODE_ROW, POD_ROW, header_of, read_table_rows
from app.kube.transcript.tail import TAILED, read_tails
from app.kube.transcript.text import MATCHED, Chunk, Line, Quote, read_lines, unwrapped
from app.record import dataclass

_TOOL = r"(?:kubectl|k|oc|k3s kubectl|microk8s\.? ?kubectl|minikube kubectl --|kubectl\.exe)"
_COMMAND = re.compile(
    rf"^(?:[^\n{{}}\"]{{0,90}}?[$#%>❯➜»✗]\s*(?:~\S*\s+|\S{{0,30}} git:\(\S+\)\s+)?)?(?:sudo\s+)?"
    rf"(?:watch\s+(?:-\S+\s+)*)?{_TOOL}\s+(?P<options>-\S+ \S+ )?"
    r"(?P<rest>(?:get|describe|desc|logs?|events|apply|create|delete|run|top|rollout|exec|wait|patch|edit|explain|drain|scale)\b.*)$"
)
_OTHER_COMMAND = re.compile(
    r"^[^\n{}\"]{0,90}[$#❯➜»]\s+(?:(?P<logs>(?:docker|crictl|nerdctl|podman)\s+logs)|docker|crictl|nerdctl|podman|journalctl|dmesg|ssh|cat|ls|curl|grep|helm|systemctl)\b.*$"
)
_ERROR = re.compile(
    r"^\s*(?:Error from server|error: (?!code = )|The connection to the server |Unable to connect to the server|"
    r"No resources found|evicting pod |error when evicting pods?[/ ]|Error: (?:INSTALLATION|UPGRADE)|The [A-Z]\w+ \"|"
    r"Error creating: |"
    r"pods? \"[^\"]+\" is forbidden|"
    r"admission webhook \"|Error: (?:failed|unable) to create)"
)
_JSON = re.compile(
    r"^\s*(?:[\[{]\s*(?:$|[\"{])"
    r"|\"(?:state|lastState|status|conditions|containerStatuses|initContainerStatuses)\"\s*:\s*[\[{]\s*(?:$|[\"{]))"
)
"""How an object begins, or a piece of a Pod's status that was cut out of one."""

_YAML = re.compile(
    r"^(?:apiVersion|kind|metadata|spec|status|items|involvedObject|lastState|state|containerStatuses|"
    r"initContainerStatuses|conditions|terminated):(?:\s|$)|^- (?:apiVersion|kind|count):\s|^---\s*$"
    r"|^ {1,8}(?:c|initC)ontainerStatuses:\s*$"
)
_DESCRIBED = re.compile(
    r"^\s*(?:Name|Status|State|Last State|Containers|Init Containers|Conditions|Start Time|Controlled By|Node|"
    r"Restart Count|QoS Class|Reason(?!: \w+ \(\d{3}\)$)|Exit Code|Namespace|Replicas|Endpoints|Selector|"
    r"Taints):(?:\s|$)"
)
_NAME = re.compile(r"^\s{0,1}Name:\s+\S")
_AFTER_NAME = re.compile(
    r"^\s*(?:Namespace|Labels|Roles|Priority|CreationTimestamp|Annotations|Service Account|StorageClass|Selector):"
)
_LOG = re.compile(
    # An event as JupyterHub shows it has a time, and its type in brackets.
    r"^\s*(?!\d{4}-\d\d-\d\dT[\d:.]+Z \[(?:Normal|Warning)\] )"
    r"(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d[.,\s]|[IWEF]\d{4} \d\d:|"
    r"(?:INFO|WARN|ERROR|FATAL|DEBUG|Traceback)\b|panic: |fatal error: |Exception in thread \"|"
    r"(?:time|level|ts)=|\{\"(?:level|ts|time|msg|severity)\")"
)
_KERNEL = re.compile(
    r"Out of memory: Kill|oom-kill:|invoked oom-killer|[Mm]emory cgroup out of memory|System OOM|"
    r"\bTask in /\S"
)
_KLOG = r"[IWEF]\d{4}\s\d\d:\d\d:\d\d\.\d+\s"
_KLOGGED = re.compile(_KLOG)
_COMPONENT = re.compile(
    rf"\b(?:kubelet|kube-scheduler|k3s|rke2|kubelite|hyperkube|cri-containerd)\S{{0,20}}(?:\[\d{{1,8}}\])?:\s+{_KLOG}|"
    rf"^\s*(?:\d{{4}}-\d\d-\d\dT[\d:.]{{8,18}}(?:Z|[+-]\d\d:\d\d)\s(?:std(?:out|err)\s[FP]\s)?)?"
    rf"{_KLOG}+\s*\d+\s(?:pod_workers|kuberuntime_\w+|nestedpendingoperations|goroutinemap|reconciler\w*|operation_\w+|"
    r"remote_(?:image|runtime)|kubelet\w*|prober\w*|eviction_manager|image_manager|cni|docker_sandbox|"
    r"run|server|schedule_one|scheduler|factory|scheduling_queue|preemption|event|instrumented_service)\.go:\d|"
    r"\b(?:time=\"[^\"\n]{10,40}\"\s)?level=(?:error|warning|debug)\smsg=\"(?:RunPodSandbox|PullImage|CreateContainer|"
    r"StartContainer|StopPodSandbox|StopContainer|Response\serror)\b|"
    r"\bEvent\((?:v1|api)\.ObjectReference\{Kind:"
)
"""A line that the kubelet or the scheduler logs, as klog writes it (k8s.io/klog/v2 formatHeader), alone or within k3s
and its like, with or without the time that a runtime puts before it; that containerd or CRI-O logs of what the kubelet
asks; or an event that any of them logs."""

_SAID = re.compile(rf"^(?:Warning: would violate PodSecurity |{_KLOG}\s*\d+ portforward\.go:)")
"""What kubectl itself says beside its output, of which more is to be told than that it said something."""

_RECORD = re.compile(
    rf"^\s*(?:{_KLOG}|time=\"|\[[\w: ]*[\d.]+\]\s|[A-Z][a-z]{{2}}\s+\d{{1,2}}\s\d\d:\d\d:\d\d\s|"
    r"\d{4}-\d\d-\d\dT\d\d:)"
)
"""How a line begins that is a message of its own."""

_LOGGED_POD = re.compile(
    r"\bpod=\"(?P<ns>[a-z0-9-]{1,63})/(?P<name>[a-z0-9.-]{1,253})\"|"
    r"(?<=[\"=(])(?P<its>[a-z0-9][a-z0-9.-]{0,252})_(?P<in>[a-z0-9-]{1,63})\([0-9a-f-]{4,36}\)|"
    r"PodSandboxMetadata\{Name:(?P<sandbox>[a-z0-9.-]{1,253}),Uid:[0-9a-f-]{0,64},Namespace:(?P<of>[a-z0-9-]{1,63}),"
)
_ESCAPED = re.compile(r"(?<!\\)\\++\"")
_NOT_FOUND = re.compile(r"^\s*Error from server \(NotFound\): ")


@dataclass
class _Piece:
    kind: str
    lines: list[Line] = field(default_factory=list)
    command: str = ""
    wide: bool = False


def read(text: str) -> Case:
    """Everything that the paste says; nothing recognised leaves `recognised` empty."""
    case = Case()
    if _is_one_json(text):
        _take_objects([Line(1, text)], case, True, text.count("\n") + 1)
    else:
        for number, piece in enumerate(_pieces(read_lines(text))):
            if number < PIECES:
                _take(piece, case)
            else:
                case.left_out += any(line.text.strip() for line in piece.lines)
    if len(case.loose) > 2 * LOOSE:
        case.loose = [*case.loose[:LOOSE], *case.loose[-LOOSE:]]
    case.loose = list(_within(case.loose, LOOSE_CHARACTERS))
    _settle(case)
    return case


PIECES = 1000
"""Pieces of one paste that are read; nobody asks kubectl more often before asking somebody."""

LOOSE = 300
"""Lines of no known kind that are kept from the top, and as many from the end."""


LOOSE_CHARACTERS = 1 << 16


def _within(chunks: Sequence[Chunk], most: int) -> Iterator[Chunk]:
    """The first chunks that hold so many characters together."""
    for chunk in chunks:
        most -= len(chunk.squashed)
        if most < 0:
            return
        yield chunk


def _is_one_json(text: str) -> bool:
    """Whether a long text is JSON and nothing else, so that its lines need not be told apart."""
    if len(text) < WHOLE or not text.lstrip().startswith("{"):
        return False
    start = len(text) - len(text.lstrip())
    try:
        end = json.JSONDecoder(strict=False).raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return False
    return not text[end:].strip()


def _take_objects(lines: Sequence[Line], case: Case, is_json: bool, to_line: int) -> bool:
    found = dict.fromkeys(filter(None, (take_item(item, case) for item in read_items(lines, is_json))))
    form = "json" if is_json else "yaml"
    kind = f"{'-'.join(found)}-{form}" if len(found) == 1 else f"list-{form}"
    if found:
        case.recognised.append(Recognised(kind, lines[0].number, to_line))
    return bool(found)


def _pieces(lines: Sequence[Line]) -> Iterator[_Piece]:
    piece = _Piece("text")
    skip_to, tries = 0, 0
    for index, line in enumerate(lines):
        if index < skip_to:
            continue
        if line.text.rstrip() == "{" and piece.kind != "logs" and tries < WHOLE_TRIES and len(lines) - index > LONG:
            tries += 1
            if count := _whole_json(lines, index):
                yield piece
                skip_to = index + count
                yield _Piece("json", list(lines[index:skip_to]), piece.command)
                piece = _Piece("text", command=piece.command)
                continue
        is_logged = piece.kind == "logs" and piece.command and _KLOGGED.match(line.text)
        command = None if is_logged else _command(line.text)
        if command is not None:
            yield piece
            piece = _Piece(_kind_of_command(command), command=command)
            continue
        kind = _begins(line, lines, index, piece)
        if kind and kind != "stay":
            if any(each.text.strip() for each in piece.lines) or piece.kind == "text":
                yield piece
            piece = _Piece(kind, command=piece.command)
        elif not kind and _is_over(piece, line):
            yield piece
            piece = _Piece("text", command=piece.command)
        if kind == "events" and (re.search(r"SUBOBJECT|SOURCE", line.text)):
            piece.wide = True
        piece.lines.append(line)
    yield piece


SHORT = 4
"""Characters that a line has at least that is a prompt or begins something."""

WHOLE, WHOLE_TRIES, LONG = 100_000, 8, 2000
"""A long object is taken as a whole where it is whole JSON, so that not every line need be looked at."""


def _whole_json(lines: Sequence[Line], index: int) -> int:
    """How many lines one object of JSON takes from here on; 0 when it is none, or not whole."""
    text = "\n".join(line.text for line in lines[index:])
    try:
        end = json.JSONDecoder(strict=False).raw_decode(text)[1]
    except (ValueError, RecursionError):
        return 0
    return text.count("\n", 0, end) + 1


def _command(text: str) -> str | None:
    """What was typed, where a line is a prompt; None for what was printed."""
    if len(text) < SHORT or _COMPONENT.search(text) or _SAID.match(text):
        return None
    if match := _COMMAND.match(text):
        return f"{match['rest']} {match['options'] or ''}".rstrip()
    if match := _OTHER_COMMAND.match(text):
        return "logs" if match["logs"] else ""
    return "" if is_drawn(text) else None


def _kind_of_command(command: str) -> str:
    words = command.split()
    if not words:
        return "text"
    if words[0] in ("logs", "log"):
        return "logs"
    if words[0] in ("describe", "desc"):
        return "describe"
    return "text"


def _begins(line: Line, lines: Sequence[Line], index: int, piece: _Piece) -> str:
    """The kind of piece that begins on this line; `stay` where the line is of the piece that is open."""
    text = line.text
    if _COMPONENT.search(text) and not (piece.kind == "logs" and piece.command):
        return "component" if piece.kind != "component" else "stay"
    if piece.kind == "logs" or (0 < len(text) < SHORT and text[0] not in "{[-"):
        return "stay"
    if not text.strip():
        return "stay" if piece.kind != "error" else ""
    if HEADER.match(text) and not (piece.kind == "describe" and re.match(r"^\s+", text)):
        return "stay" if piece.kind == "describe" and not text[:1].isalpha() else _event_header(text, piece)
    if DASHES.match(text):
        return "stay"
    if piece.kind in ("json", "yaml"):
        # An object ends with a prompt, a table or a description.
        if found := header_of(text):
            return found
        if _NAME.match(text) and _follows(lines, index):
            return "describe"
        return "yaml" if piece.kind == "json" and _YAML.match(text) else "stay"
    if found := header_of(text) or _listed(text, piece):
        return found if found != piece.kind or found.startswith(("get-", "columns")) else "stay"
    if _NAME.match(text) and (piece.kind != "describe" or (piece.lines and _follows(lines, index))):
        return "describe" if piece.lines or piece.kind != "describe" else "stay"
    if piece.kind == "describe" and not any(each.text.strip() for each in piece.lines) and _ERROR.match(text):
        return "error"
    if piece.kind == "describe":
        return (
            "stay"
            if not _JSON.match(text) and not _KERNEL.search(text)
            else ("json" if text.startswith("{") else "stay")
        )
    if _JSON.match(text) or text.startswith('{"'):
        return "json" if not _LOG.match(text) else "logs"
    if _YAML.match(text):
        return "yaml"
    if _ERROR.match(text):
        return "error"
    if re.match(r"^\s*Events:(?:\s|$)", text):
        return "events"
    if piece.kind == "events":
        return "stay"
    if START.match(text):
        return "events"
    if _DESCRIBED.match(text):
        return "describe" if piece.kind != "describe" else "stay"
    if piece.kind.startswith("get-") or piece.kind in ("runtime", "columns", "tails"):
        return "stay" if not _LOG.match(text) else "logs"
    if POD_ROW.match(text):
        return "get-pods"
    if NODE_ROW.match(text):
        return "get-nodes"
    if _KERNEL.search(text):
        return "kernel" if piece.kind != "kernel" else "stay"
    if _LOG.match(text):
        return "logs" if piece.kind == "text" else "stay"
    return "stay"


def _listed(text: str, piece: _Piece) -> str:
    """The kind of a table, or of lines, that some other tool prints or whose columns the reader chose."""
    if RUNTIME.match(text):
        return "runtime"
    if TAILED.match(text):
        return "tails"
    if is_chosen(text):
        return "columns"
    return "pairs" if piece.kind in ("text", "pairs") and is_pair(text) else ""


def _event_header(text: str, piece: _Piece) -> str:
    return (
        "stay"
        if piece.kind == "describe" and re.match(r"^\s*Type\s+Reason", text) and piece.lines
        else (
            "stay"
            if piece.kind == "events"
            and all(re.match(r"^\s*Events:", each.text) or not each.text.strip() for each in piece.lines)
            else "events"
        )
    )


def _follows(lines: Sequence[Line], index: int) -> bool:
    return any(_AFTER_NAME.match(each.text) for each in lines[index + 1 : index + 4])


def _is_over(piece: _Piece, line: Line) -> bool:
    return piece.kind == "error" and not line.text.strip()


def _take(piece: _Piece, case: Case) -> None:
    """One piece as facts, noted as what it was recognised as."""
    lines = list(piece.lines)
    while lines and not lines[-1].text.strip():
        lines.pop()
    while lines and not lines[0].text.strip():
        lines.pop(0)
    if not lines:
        return
    namespace = _option(piece.command, "-n", "--namespace")
    kind = piece.kind
    match piece.kind:
        case "json" | "yaml":
            if not _take_objects(lines, case, piece.kind == "json", lines[-1].number):
                case.loose += list(unwrapped(lines))
            kind = ""
        case "describe":
            kind = _describe(lines, case, piece.command)
        case "events":
            found = read_events(lines, is_wide=piece.wide, of=_described_by(piece.command, namespace))
            case.events += found
            if not found:
                case.loose += [Chunk(tuple(lines[:BROKEN_INTO])), *(Chunk((line,)) for line in lines[BROKEN_INTO:])]
        case "logs" | "error" if read_waiting(lines, case, namespace):
            kind = "logs-refused"
        case "logs" if _NOT_FOUND.match(lines[0].text):
            case.refusals.append(RefusalFact(Chunk(tuple(lines))))
            kind = "logs-refused"
        case "logs":
            words = piece.command.split()
            is_previous = any(word in ("-p", "--previous", "--previous=true", "-pf") for word in words)
            container = _option(piece.command, "-c", "--container")
            name = (
                next((w.rpartition("/")[2] for w in _plain_words(words[1:])), "")
                if words[:1] in (["logs"], ["log"])
                else ""
            )
            case.logs.append(LogFact(Chunk(tuple(lines)), name, container, is_previous))
            kind = "logs-previous" if is_previous else "logs"
        case "runtime":
            kind = "runtime-containers" if read_runtime(lines, case) else ""
        case "columns" | "pairs":
            kind = read_columns(lines, case, namespace)
        case "tails":
            kind = "logs"
            case.logs += read_tails(lines)
        case "kernel":
            case.loose += _records(lines)
        case "component":
            _take_logged(lines, case)
        case "error":
            case.refusals.append(RefusalFact(Chunk(tuple(lines))))
        case "text":
            kind = "logs-refused" if read_waiting(lines, case, namespace, is_text=True) else ""
            case.loose += [Chunk((line,)) for line in lines]
        case _:
            wide = bool(re.search(r"NOMINATED", lines[0].text))
            rows = lines
            if piece.kind in ("get-pods", "get-nodes"):
                apart = [_row_and_rest(chunk) for chunk in _rows(lines)]
                rows = [row for row, _ in apart]
                case.loose += [Chunk((line,)) for _, rest in apart for line in rest]
            count = read_table_rows(piece.kind, rows, case, namespace)
            kind = f"{piece.kind}-wide" if wide else piece.kind
            if not count:
                case.loose += [Chunk((line,)) for line in lines[1:]]
    if kind:
        case.recognised.append(Recognised(kind, lines[0].number, lines[-1].number))


def _take_logged(lines: Sequence[Line], case: Case) -> None:
    """Messages of the kubelet or the scheduler, their quotation marks as they were; the Pod, if all are about one."""
    pods = set()
    for record in _records(lines):
        text = _ESCAPED.sub('"', "".join(line.text for line in record.lines))
        if event := logged_event(text, record):
            case.events.append(event)
            continue
        case.loose.append(Chunk((Line(record.line, text),), record.quote()))
        for match in _LOGGED_POD.finditer(text[:MATCHED]):
            pods.add((match["name"] or match["its"] or match["sandbox"], match["ns"] or match["in"] or match["of"]))
    if len(pods) == 1:
        case.pod(*pods.pop())


def _records(lines: Sequence[Line]) -> Iterator[Chunk]:
    """What was logged, each message with what a narrow terminal broke off."""
    group: list[Line] = []
    for line in lines:
        if group and (len(group) == BROKEN_INTO or _RECORD.match(line.text) or _COMPONENT.search(line.text)):
            yield Chunk(tuple(group))
            group = []
        if line.text.strip():
            group.append(line)
    if group:
        yield Chunk(tuple(group))


def _rows(lines: Sequence[Line]) -> Iterator[Chunk]:
    """Rows of a table: a line that is no row is the rest of the one before."""
    group: list[Line] = []
    for line in lines:
        is_row = POD_ROW.match(line.text) or NODE_ROW.match(line.text) or header_of(line.text)
        if group and not is_row and line.text.strip() and not header_of(group[0].text):
            group.append(line)
        else:
            if group:
                yield Chunk(tuple(group))
            group = [line]
    if group:
        yield Chunk(tuple(group))


def _row_and_rest(chunk: Chunk) -> tuple[Line, tuple[Line, ...]]:
    """The row that was broken into these lines, as many of them as still make one, and what was written below it."""
    for count in range(min(len(chunk.lines), BROKEN_INTO), 1, -1):
        text = "".join(line.text for line in chunk.lines[:count])
        if POD_ROW.match(text) or NODE_ROW.match(text):
            return Line(chunk.line, text), chunk.lines[count:]
    return chunk.lines[0], chunk.lines[1:]


BROKEN_INTO = 12
"""Lines at most that a row of a table was broken into."""


def _plain_words(words: Sequence[str]) -> list[str]:
    """The arguments that are neither options nor their values."""
    found, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-n", "--namespace", "-c", "--container", "--tail", "--since", "-l", "--context", "-o"):
            skip = True
        elif word in ("|", ">", ">>", "2>&1"):
            break
        elif not word.startswith("-"):
            found.append(word)
    return found


def _option(command: str, *names: str) -> str:
    words = command.split()
    for index, word in enumerate(words):
        for name in names:
            if word == name and index + 1 < len(words):
                return words[index + 1]
            if word.startswith(f"{name}="):
                return word.partition("=")[2]
    return ""


_ASKED = {
    **dict.fromkeys(("no", "node", "nodes"), "node"),
    **dict.fromkeys(("rs", "replicaset", "replicasets", "rc", "replicationcontroller"), "replicaset"),
    **dict.fromkeys(("deploy", "deployment", "deployments"), "deployment"),
    **dict.fromkeys(("sts", "statefulset", "statefulsets"), "statefulset"),
    **dict.fromkeys(("ds", "daemonset", "daemonsets"), "daemonset"),
    **dict.fromkeys(("job", "jobs"), "job"),
    **dict.fromkeys(("cj", "cronjob", "cronjobs"), "cronjob"),
    **dict.fromkeys(("svc", "service", "services"), "service"),
    **dict.fromkeys(("ep", "endpoints", "endpointslice", "endpointslices"), "endpoints"),
    **dict.fromkeys(("pvc", "persistentvolumeclaim", "persistentvolumeclaims"), "persistentvolumeclaim"),
    **dict.fromkeys(("pv", "persistentvolume", "persistentvolumes"), "persistentvolume"),
    **dict.fromkeys(("ns", "namespace", "namespaces"), "namespace"),
    **dict.fromkeys(("ing", "ingress", "ingresses"), "ingress"),
    **dict.fromkeys(("cm", "configmap", "configmaps", "secret", "secrets"), "configmap"),
    **dict.fromkeys(("hpa", "horizontalpodautoscaler", "horizontalpodautoscalers"), "horizontalpodautoscaler"),
    **dict.fromkeys(("quota", "resourcequota", "resourcequotas"), "resourcequota"),
    **dict.fromkeys(("ev", "event", "events"), "event"),
}
"""Kinds of `kubectl describe`, by the words that ask for them."""


def _describe(lines: list[Line], case: Case, command: str) -> str:
    kind = kind_of(lines)
    words = _plain_words(command.split()[1:])
    asked = words[0].partition("/")[0].partition(".")[0].lower() if words else ""
    if kind == "pod" or _ASKED.get(asked) == "node":
        kind = _ASKED.get(asked, kind)
    if kind == "node":
        read_node_description(lines, case)
    elif kind == "event":
        read_event_description(lines, case)
    elif kind == "pod":
        pod = read_pod_description(lines, case)
        if not pod.name and asked.startswith("po"):
            name = words[0].partition("/")[2] or (words[1] if len(words) > 1 else "")
            _named(case, pod, name, _option(command, "-n", "--namespace"))
    else:
        read_other_description(lines, case, kind)
    return f"describe-{kind}"


def _described_by(command: str, namespace: str) -> tuple[str, str, str]:
    """Kind, namespace and name of the Pod whose description was cut down to its events."""
    words = _plain_words(command.split())
    if len(words) > 1 and words[0] in ("describe", "desc"):
        kind, slash, name = words[1].partition("/")
        name = name if slash else (words[2] if len(words) > 2 else "")
        if kind.lower() in ("po", "pod", "pods") and name:
            return "Pod", namespace, name
    return "", namespace, ""


def _named(case: Case, pod: PodFact, name: str, namespace: str) -> None:
    """A description of which the top was cut: the command says whose it is."""
    if not name:
        return
    case.pods.remove(pod)
    known = case.pod(name, namespace)
    for key, value in vars(pod).items():
        if not (value is False or value in (None, "", [], (), {})) and key not in ("name", "namespace"):
            setattr(known, key, {**getattr(known, key), **value} if isinstance(value, dict) else value)
    case.events = [
        _renamed(event, name, namespace) if event.kind == "Pod" and not event.name else event for event in case.events
    ]


def _renamed(event: EventFact, name: str, namespace: str) -> EventFact:
    from dataclasses import replace

    return replace(event, name=name, namespace=namespace or event.namespace)


# --- all pieces together --------------------------------------------------------------------------------


def _settle(case: Case) -> None:
    """Names the Pods that only events name, and puts all times on one scale."""
    for event in case.events:
        if event.kind == "Pod" and event.name:
            case.pod(event.name, event.namespace)
    from dataclasses import replace

    times = [time for text in _times(case) if (time := read_time(text))]
    newest = max(times, default=None)
    case.now = iso(newest)
    if newest is not None:
        case.events = [
            replace(event, last=(newest - at).total_seconds()) if event.at and (at := _known_time(event.at)) else event
            for event in case.events
        ]


def _known_time(text: str) -> datetime | None:
    return read_time(text)


def _times(case: Case) -> Iterator[str]:
    for event in case.events:
        if event.at:
            yield event.at
    for pod in case.pods:
        yield pod.created
        for condition in pod.conditions.values():
            yield condition.at
        for it in pod.containers:
            yield from (it.started, it.finished, it.last_started, it.last_finished)


def quoted(case: Case, pod: PodFact) -> PodFact:
    """The Pod with the lines of what is known of it."""
    quote_pod(case, pod)
    return pod


__all__ = ["Quote", "quoted", "read"]
