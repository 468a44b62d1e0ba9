"""Events as kubectl prints them, in every form since 1.5, whatever happened to the blanks between the columns.

`describe` (Type Reason Age From Message, before 1.8 FirstSeen LastSeen Count From SubObjectPath Type Reason Message),
`get events` (LAST SEEN TYPE REASON OBJECT MESSAGE; wide also SUBOBJECT SOURCE … FIRST SEEN COUNT NAME; -A NAMESPACE;
before 1.14 LAST SEEN FIRST SEEN COUNT NAME KIND SUBOBJECT TYPE REASON SOURCE MESSAGE) and `kubectl events`. Before 1.2
`describe` printed no type, reasons began with a small letter, and in 1.0 times were whole dates. Of today:
kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/describe/describe.go DescribeEvents, pkg/cmd/events/event_printer.go,
pkg/printers/internalversion/printers.go printEvent.
"""

import re
from collections.abc import Sequence

from app.kube.transcript.age import iso, read_age, read_time
from app.kube.transcript.fact import EventFact
from app.kube.transcript.text import NAME, Chunk, Line, wrap_width

_AGO = r"(?:<unknown>|<invalid>|(?:[0-9]{1,9}[ydhms]){1,4}|\d{4}-\d\d-\d\dT[\d:.]+Z)"
_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} [A-Z]{1,5}"  # of kubectl 1.2 and before
_SINCE = rf"(?:{_AGO}|{_STAMP})"
_OVER = rf"(?: *\(x(?P<count>[0-9]{{1,9}}) over (?P<first>{_AGO})\))?"
_TYPE = r"(?P<type>Normal|Warning)"
_REASON = r"(?P<reason>[A-Z][A-Za-z0-9]{2,60})"
_SOURCE = (
    r"(?P<source>(?:kubelet|default-scheduler|(?>[a-z][\w./-]*?(?:-controller|-scheduler|-manager|-autoscaler|controller|"
    r"provisioner|detach|karpenter|taint-eviction)[\w./-]*)|(?>[a-z][\w.-]*\.[\w./-]+)|(?>[a-z]++-[\w./-]*[a-z]))"
    rf"(?:, {NAME})?)"
)
_SUBOBJECT = r"(?P<sub>(?:spec\.|status\.)[\w.]+(?:\{[^}]*\})?)"

_DESCRIBED = re.compile(rf"^\s*{_TYPE}\s+{_REASON}\s+(?:(?P<last>{_AGO}){_OVER}\s+)?(?:{_SOURCE}\s+)?(?P<message>.*)$")
_LISTED = re.compile(
    rf"^\s*(?:(?P<ns>{NAME})\s+)?(?P<last>{_AGO}){_OVER}\s+{_TYPE}\s+{_REASON}\s+"
    rf"(?P<object>[A-Za-z][\w.]*/[\w.:-]+)\s*(?P<message>.*)$"
)
_OLD_LISTED = re.compile(
    rf"^\s*(?:(?P<ns>{NAME})\s+)?(?P<last>{_SINCE})\s+(?P<first>{_SINCE})\s+(?P<count>[0-9]{{1,9}})\s+(?P<name>[\w.:-]+)\s+"
    rf"(?P<kind>[A-Z][A-Za-z]+)\s+(?:{_SUBOBJECT}\s+)?{_TYPE}\s+{_REASON}\s+(?:(?:{_SOURCE}|\{{[^{{}}]{{1,200}}\}})\s+)?"
    r"(?P<message>.*)$"
)
_OLD_DESCRIBED = re.compile(
    rf"^\s*(?P<first>{_AGO})\s+(?P<last>{_AGO})\s+(?P<count>[0-9]{{1,9}})\s+"
    rf"(?:\{{[^{{}}]{{1,200}}\}}|{_SOURCE}|[a-z]{{2,40}})\s+"
    rf"(?:{_SUBOBJECT}\s+)?{_TYPE}\s+{_REASON}\s+(?P<message>.*)$"
)
_DATE = r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
_OLDEST = re.compile(
    rf"^\s*(?P<first>{_DATE}|{_AGO})\s+(?P<last>{_DATE}|{_AGO})\s+(?P<count>[0-9]{{1,9}})\s+\{{[^{{}}]{{1,200}}\}}\s+"
    rf"(?:(?:{_SUBOBJECT}|implicitly\s+required\s+container\s+POD)\s+)?(?P<reason>[A-Za-z][A-Za-z0-9]{{2,60}})\s+"
    r"(?P<message>.*)$"
)
_FORMS = (_OLD_LISTED, _LISTED, _OLD_DESCRIBED, _OLDEST, _DESCRIBED)

START = re.compile(
    rf"^\s*(?:(?:{NAME}\s+)?{_SINCE}(?:\s*\(x[0-9]{{1,9}} over {_AGO}\))?\s+"
    rf"(?:{_SINCE}\s+\d+\s+\S|(?:Normal|Warning)\s+[A-Z])"
    rf"|{_DATE}\s+{_DATE}\s+\d"
    rf"|(?:Normal|Warning)\s+[A-Z][A-Za-z0-9]{{2,60}}(?:\s|$))"
)
"""How a line begins that is an event and not the rest of one."""

HEADER = re.compile(
    r"^\s*(?:NAMESPACE\s+)?(?:LAST\s?SEEN|LASTSEEN|FIRST\s?SEEN|FirstSeen)\s+|^\s*Type\s+Reason\s+Age\s+From\s+Message\s*$"
    r"|^\s*(?:NAMESPACE\s+)?(?:LAST|FIRST) SEEN\s"
)
DASHES = re.compile(r"^\s*-{2,}(?:\s+-{2,})+\s*$")

_WIDE_TAIL = re.compile(rf"(?<!\s)\s+(?P<first>{_AGO})\s+(?P<count>[0-9]{{1,9}})\s+[\w.:-]+\.[0-9a-f]{{10,20}}\s*$")
_WIDE_HEAD = re.compile(rf"^(?:{_SUBOBJECT}\s+)?{_SOURCE}\s+(?P<message>.*)$")
_SPEC = re.compile(r"^spec\.(?P<field>\w+)\{(?P<container>[^}]*)\}(?::\s*(?P<rest>.*))?$", re.S)
_KINDS = {"po": "Pod", "pod": "Pod", "node": "Node", "replicaset": "ReplicaSet", "deployment": "Deployment"}


def read_events(lines: Sequence[Line], *, is_wide: bool, of: tuple[str, str, str] = ("", "", "")) -> list[EventFact]:
    """The events of a table; `of` is kind, namespace and name of what was described."""
    found = []
    width = wrap_width(lines)
    for chunk in _rows(lines):
        event = _read(chunk, is_wide, of, width)
        if event:
            found.append(event)
    return found


def _rows(lines: Sequence[Line]) -> list[Chunk]:
    """Each event with the lines that belong to it: those a narrow terminal broke off, and a message's own."""
    groups: list[list[Line]] = []
    for line in lines:
        if HEADER.match(line.text) or DASHES.match(line.text):
            continue
        if START.match(line.text):
            groups.append([line])
        elif groups:
            groups[-1].append(line)
    for group in groups:
        while len(group) > 1 and not group[-1].text.strip():
            group.pop()
    return [Chunk(tuple(group)) for group in groups]


def _text(chunk: Chunk, width: int) -> str:
    """The row in one line: where the terminal was full nothing is put between, else a blank."""
    parts = [chunk.lines[0].text]
    for before, line in zip(chunk.lines, chunk.lines[1:], strict=False):
        is_full = width and width - 1 <= len(before.text) <= width
        parts.append(line.text if is_full else " " + line.text.strip())
    return "".join(parts)


def _read(chunk: Chunk, is_wide: bool, of: tuple[str, str, str], width: int) -> EventFact | None:
    text = _text(chunk, width) if len(chunk.lines) > 1 else chunk.lines[0].text
    match = next((found for form in _FORMS if (found := form.match(text))), None)
    if match is None:
        return None
    got = match.groupdict()
    kind, namespace, name = of
    if got.get("object"):
        kind, _, name = got["object"].partition("/")
        kind = _KINDS.get(kind.lower().partition(".")[0], kind)
    elif got.get("name"):
        kind, name = (
            got["kind"],
            got["name"].partition(".")[0] if re.search(r"\.[0-9a-f]{10,}$", got["name"]) else got["name"],
        )
    message, first, count, sub = got["message"].strip(), got.get("first"), got.get("count"), got.get("sub") or ""
    source = got.get("source") or ""
    if is_wide and got.get("object"):
        if tail := _WIDE_TAIL.search(message):
            message, first, count = message[: tail.start()].strip(), tail["first"], tail["count"]
        if head := _WIDE_HEAD.match(message):
            message, sub, source = head["message"].strip(), head["sub"] or "", head["source"]
    container = ""
    if spec := _SPEC.match(message):
        container, message = spec["container"], (spec["rest"] or "").strip()
    elif spec := _SPEC.match(sub):
        container = spec["container"]
    last = got.get("last") or ""
    reason = got["reason"][0].upper() + got["reason"][1:]
    return EventFact(
        got.get("type") or ("Warning" if reason.startswith(("Failed", "Back", "Unhealthy")) else "Normal"),
        reason,
        message,
        chunk,
        kind=kind,
        namespace=got.get("ns") or namespace,
        name=name,
        container=container,
        source=source,
        count=int(count or 1),
        last=read_age(last),
        first=read_age(first or last),
        at=iso(read_time(last)) if "," in last or " " in last else "",
        order=chunk.line,
    )
