"""What stands in a line of a log: an event that a component has recorded, or why `kubectl logs` got no log.

kubernetes v1.37 staging/src/k8s.io/client-go/tools/record/event.go StartStructuredLogging and StartLogging (before 1.20
the only form); pkg/kubelet/kubelet_pods.go validateContainerLogStatus.
"""

import re
from collections.abc import Sequence

from app.kube.transcript.fact import Case, ContainerFact, EventFact
from app.kube.transcript.text import MATCHED, Chunk, Line

_STRUCTURED = re.compile(r"\"Event occurred\"\s+object=\"(?:(?P<ns>[a-z0-9-]{1,63})/)?(?P<name>[\w.:-]{1,253})\"")
_PAIR = re.compile(r"\b(?P<key>kind|type|reason)=\"(?P<value>[^\"]{0,80})\"")
_MESSAGE = re.compile(r"\b(?:message|note)=\"(?P<message>.{0,2000})\"\s*$", re.S)
_PRINTED = re.compile(
    r"Event\((?:v1|api)\.ObjectReference\{Kind:\"(?P<kind>\w{1,63})\", Namespace:\"(?P<ns>[^\"]{0,63})\", "
    r"Name:\"(?P<name>[^\"]{1,253})\"[^}]{0,600}\}\): type: '(?P<type>\w{1,20})' "
    r"reason: '(?P<reason>\w{1,128})' (?P<message>.{0,2000})",
    re.S,
)


def logged_event(text: str, record: Chunk) -> EventFact | None:
    """The event that a component writes down beside sending it; None for every other line."""
    text = text[:MATCHED]
    if match := _PRINTED.search(text):
        got = match.groupdict("")
    elif match := _STRUCTURED.search(text):
        got = match.groupdict("") | {pair["key"]: pair["value"] for pair in _PAIR.finditer(text, match.end())}
        said = _MESSAGE.search(text, match.end())
        got["message"] = said["message"] if said else ""
    else:
        return None
    message = got["message"].strip()
    chunk = Chunk((Line(record.line, message),), record.quote())
    return EventFact(
        got.get("type") or "Normal",
        got.get("reason") or "",
        message,
        chunk,
        kind=got.get("kind") or "",
        namespace=got.get("ns") or "",
        name=got.get("name") or "",
        order=record.line,
    )


_REASONS = (
    "PodInitializing|ContainerCreating|CrashLoopBackOff|CreateContainerConfigError|CreateContainerError|RunContainerError|"
    "InvalidImageName|ErrImageNeverPull|ImageInspectError|RegistryUnavailable|SignatureValidationFailed|PostStartHookError"
)
_WAITING = re.compile(
    r"container\"?(?P<container>[a-z0-9-]{1,63}?)\"?inpod\"?(?P<pod>[a-z0-9.-]{1,253}?)\"?iswaitingtostart"
    rf"(?::(?P<reason>tryingandfailingtopullimage|imagecan'tbepulled|{_REASONS}))?"
)
"""Held against text without white space, as all that a terminal may have broken."""

_ASKED_WRONGLY = re.compile(
    r"previousterminatedcontainer\"?(?P<container>[a-z0-9-]{1,63}?)\"?inpod\"?(?P<pod>[a-z0-9.-]{1,253}?)\"?notfound"
    r"|acontainernamemustbespecifiedforpod\"?(?P<of>[a-z0-9.-]{1,253}?)\"?,chooseoneof:"
    r"|container\"?[a-z0-9-]{1,63}?\"?isnotvalidforpod\"?(?P<its>[a-z0-9.-]{1,253})"
)
"""What `kubectl logs` answers where there is no such log; it says nothing of why a container does not run."""

_PULLS = {"tryingandfailingtopullimage": "ImagePullBackOff", "imagecan'tbepulled": "ErrImagePull"}
BROKEN_INTO, NEAR = 6, 100
"""Lines into which the sentence may have been broken, and characters at the top of a log among which it begins."""


def read_waiting(lines: Sequence[Line], case: Case, namespace: str, *, is_text: bool = False) -> bool:
    """Why there is no log, or none yet, written into the case as the state of the container; False where none says so.

    Only in a text that is neither a log nor an error may something else stand before it.
    """
    chunk = Chunk(tuple(lines if is_text else [line for line in lines if line.text.strip()][:BROKEN_INTO]))
    match = chunk.find(_WAITING)
    if match is None and (wrong := chunk.find(_ASKED_WRONGLY)) and (wrong.start() <= NEAR or is_text):
        case.pod(wrong["pod"] or wrong["of"] or wrong["its"], namespace)
        return True
    if match is None or (match.start() > NEAR and not is_text):
        return False
    it: ContainerFact = case.pod(match["pod"], namespace).container(match["container"])
    reason = match["reason"] or ""
    it.state, it.reason = "waiting", _PULLS.get(reason, reason)
    it.where["state"] = it.where["state.reason"] = chunk.quote(match)
    return True
