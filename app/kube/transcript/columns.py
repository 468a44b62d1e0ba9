"""Tables whose columns somebody chose: custom columns, k9s, lines that a jsonpath prints, kinds that have no reader.

Only words that nothing but a Pod's state has are taken out of them: reasons of containers, and k9s' READY and STATUS.
"""

import re
from collections.abc import Iterator, Sequence

from app.kube.digits import is_whole
from app.kube.transcript.fact import Case, OwnerFact, PodFact
from app.kube.transcript.text import NAME, Line, Quote

_WAITS = (
    *("CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName"),
    *("ImageInspectError", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"),
    *("PostStartHookError", "ContainerCreating", "PodInitializing"),
)
_ENDS = ("OOMKilled", "StartError", "ContainerCannotRun", "ContainerStatusUnknown", "Error", "Completed")
_STATUS = (
    *_WAITS,
    *_ENDS,
    "Running",
    "Pending",
    "Terminating",
    "Evicted",
    "Unknown",
    "Failed",
    "Succeeded",
    "NotReady",
)
_HEADER = re.compile(
    r"^\s*(?:(?:NAMESPACE|NS)\s+)?(?P<first>NAME|POD|PODNAME|POD[_-]NAME)(?:\s+[A-Z][A-Z0-9()%/_.:-]*){1,14}\s*$"
)
_K9S = re.compile(
    r"^\s*(?:NAMESPACE\S?\s+)?NAME\S?\s+(?:[A-Z]{2,3}\s+)?READY\S?\s+(?:(?:RESTARTS|RS)\S?\s+)?STATUS\S?\s"
)
_K9S_ROW = re.compile(
    rf"^\s*(?:(?P<ns>{NAME})\s+)?(?P<name>{NAME})\s+(?:[^\w\s]\s+)?(?P<ready>\d{{1,4}})/(?P<all>\d{{1,4}})\s+"
    rf"(?:(?P<before>\d{{1,6}})\s+)?(?P<status>(?:Init:)?(?:{'|'.join(_STATUS)}|\d+/\d+))(?:\s+(?P<restarts>\d{{1,6}}))?\b"
)
_PAIR = re.compile(rf"^\s*(?:(?:{NAME}/|{NAME}\s+))?(?P<name>{NAME})[\t ]+(?P<reason>{'|'.join(_WAITS)})\s*$")
_LAST = re.compile(r"LAST|PREV|EXIT|TERMINATED")
_OF_VM = re.compile(r"^\s*(?:NAMESPACE\s+)?NAME\s+AGE\s+STATUS\s+")
"""The columns of virtual machines: kubevirt v1.9 pkg/virt-operator/resource/generate/components/crds.go."""


def is_chosen(text: str) -> bool:
    """Whether a line is the header of such a table."""
    return bool(_HEADER.match(text) or _K9S.match(text))


def is_pair(text: str) -> bool:
    """Whether a line has a name and the reason for which a container waits, as a jsonpath over all Pods prints them."""
    return bool(_PAIR.match(text))


def read_columns(lines: Sequence[Line], case: Case, namespace: str) -> str:
    """The rows of one such table, written into the case; what it was taken for."""
    header = lines[0].text
    if _K9S.match(header):
        for line in lines[1:]:
            _k9s_row(line, case, namespace)
        return "k9s-pods"
    if not _HEADER.match(header):
        for line in lines:
            if match := _PAIR.match(line.text):
                _column(case.pod(match["name"], namespace), match["reason"], line)
        return "get-columns"
    kind = "VirtualMachine" if _OF_VM.match(header) else ""
    starts = [match.start() for match in re.finditer(r"\S+", header)]
    names = header.split()
    for line in lines[1:]:
        cells = dict(zip(names, _cells(line.text, starts), strict=False))
        if len([cell for cell in cells.values() if cell]) < 2:
            continue
        if kind or not _pod_row(cells, line, case, namespace):
            owner = OwnerFact(kind, cells.get("NAME", ""), cells, Quote(line.text.strip(), line.number))
            owner.namespace = cells.get("NAMESPACE", namespace)
            case.owners.append(owner)
    return "get-columns"


def _cells(text: str, starts: Sequence[int]) -> Iterator[str]:
    """The cells of a row by its header's columns; by blanks, where these were lost and there are as many."""
    words = text.split()
    if len(words) == len(starts):
        yield from words
        return
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        yield text[start:end].strip()


def _pod_row(cells: dict[str, str], line: Line, case: Case, namespace: str) -> bool:
    """Whether the row tells of containers: their reasons go to the Pod, or to how its container ended the last time."""
    name = next((cells[key] for key in ("NAME", "POD", "PODNAME", "POD_NAME", "POD-NAME") if cells.get(key)), "")
    found = {key: cell for key, cell in cells.items() if cell in _WAITS or cell in _ENDS}
    if not name or not found:
        return False
    pod = case.pod(name, cells.get("NAMESPACE") or cells.get("NS") or namespace)
    for key, cell in found.items():
        if cell in _WAITS or not _LAST.search(key):
            _column(pod, cell, line)
        else:
            _ended(pod, cell, cells, line)
    return True


def _ended(pod: PodFact, reason: str, cells: dict[str, str], line: Line) -> None:
    it = pod.container("")
    quote = Quote(line.text.strip(), line.number)
    it.last_state, it.last_reason = "terminated", reason
    it.where["last"] = it.where["last.reason"] = quote
    code = next((cell for key, cell in cells.items() if "EXIT" in key or "CODE" in key), "")
    it.last_exit = int(code) if is_whole(code) and len(code) < 4 else None


def _column(pod: PodFact, status: str, line: Line) -> None:
    pod.column = status
    pod.where["column"] = Quote(line.text.strip(), line.number)


def _k9s_row(line: Line, case: Case, namespace: str) -> None:
    if match := _K9S_ROW.match(line.text):
        pod = case.pod(match["name"], match["ns"] or namespace)
        pod.ready_count = (int(match["ready"]), int(match["all"]))
        pod.restarts = int(match["before"] or match["restarts"] or 0)
        _column(pod, match["status"], line)
