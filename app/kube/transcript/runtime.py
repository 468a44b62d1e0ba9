"""What a node's runtime lists: `crictl ps`, `crictl pods`, `docker ps` with the kubelet's names, and `crictl inspect`.

cri-tools v1.36 cmd/crictl/container.go and sandbox.go give the columns; the names of Docker's containers are those of
kubernetes v1.23 pkg/kubelet/dockershim/naming.go.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.kube.transcript.fact import Case
from app.kube.transcript.text import NAME, Line, Quote

HEADER = re.compile(
    r"^\s*(?:CONTAINER(?: ID)?\s{1,60}IMAGE\s.{0,120}?\bCREATED\s{1,60}STAT"
    r"|POD ID\s{1,60}CREATED\s{1,60}STATE\s{1,60}NAME\s)"
)
_AGO = r"\S.{1,40}?\sago"
_CONTAINER = re.compile(
    rf"^\s*[0-9a-f]{{5,64}}\s+\S+\s+{_AGO}\s+(?:CONTAINER_)?(?P<state>Created|Running|Exited|RUNNING|EXITED)\s+"
    rf"(?P<name>{NAME})\s+(?P<attempt>[0-9]{{1,6}})\s+[0-9a-f]{{5,64}}(?:\s+(?P<pod>{NAME}))?(?:\s+(?P<ns>{NAME}))?\s*$"
)
_SANDBOX = re.compile(
    rf"^\s*[0-9a-f]{{5,64}}\s+{_AGO}\s+(?:SANDBOX_)?(?:Ready|NotReady|NOTREADY|READY)\s+(?P<pod>{NAME})\s+(?P<ns>{NAME})\s+[0-9]"
)
_DOCKER = re.compile(
    r"\s(?P<state>Up|Exited \((?P<exit>[0-9]{1,3})\))\s.{0,160}?\sk8s_(?P<name>(?!POD_)[a-z0-9-]{1,63})_"
    r"(?P<pod>[a-z0-9.-]{1,253})_(?P<ns>[a-z0-9-]{1,63})_[0-9a-f-]{1,40}_(?P<attempt>[0-9]{1,6})\b"
)


def read_runtime(lines: Sequence[Line], case: Case) -> bool:
    """The rows, written into the case: of each container the last attempt is how it stands. Whether there was any."""
    last: dict[tuple[str, str, str], int] = {}
    found = False
    for line in lines:
        if match := _SANDBOX.match(line.text):
            case.pod(match["pod"], match["ns"])
            found = True
        elif match := _CONTAINER.match(line.text) or _DOCKER.search(line.text):
            got = match.groupdict("")
            key, attempt = (got["ns"], got["pod"], got["name"]), int(got["attempt"])
            if attempt >= last.get(key, 0):
                last[key] = attempt
                _container(got, line, case)
            found = True
    return found


def _container(got: Mapping[str, str], line: Line, case: Case) -> None:
    pod = case.pod(got["pod"], got["ns"])
    it = pod.container(got["name"])
    it.state = {"exited": "terminated", "created": "waiting"}.get(got["state"].split()[0].lower(), "running")
    it.exit_code = int(got["exit"]) if got.get("exit") else None
    it.restarts = int(got["attempt"])
    quote = Quote(line.text.strip(), line.number)
    it.where["state"] = it.where["state.exit code"] = it.where["listed"] = quote
    if it.state == "terminated":
        pod.restarts = max(pod.restarts or 0, it.restarts)


def inspected(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """A Pod with the one container that `crictl inspect` or `inspectp` tells of; empty for any other object."""
    status = content.get("status")
    if not isinstance(status, Mapping) or not isinstance(metadata := status.get("metadata"), Mapping):
        return {}
    state, found = str(status.get("state", "")), status.get("labels")
    labels = found if isinstance(found, Mapping) else {}
    about = {key: labels.get(f"io.kubernetes.pod.{key}", "") for key in ("name", "namespace")}
    if state.startswith("SANDBOX_"):
        return {"kind": "Pod", "metadata": about}
    if not state.startswith("CONTAINER_"):
        return {}
    kept = {
        key: value for key in ("exitCode", "reason", "message", "startedAt", "finishedAt") if (value := status.get(key))
    }
    inner = {
        "CONTAINER_EXITED": {"terminated": {"exitCode": 0, **kept}},
        "CONTAINER_RUNNING": {"running": {"startedAt": status.get("startedAt", "")}},
    }.get(state, {})
    one = {"name": metadata.get("name", ""), "restartCount": metadata.get("attempt", 0), "state": inner}
    return {"kind": "Pod", "metadata": about, "status": {"containerStatuses": [one]}}
