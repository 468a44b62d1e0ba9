"""The rows of `kubectl get`: pods, nodes, controllers, claims, Services and endpoints, with or without their header.

kubernetes v1.37 pkg/printers/internalversion/printers.go gives the columns.
"""

import re
from collections.abc import Sequence

from app.kube.transcript.age import read_age
from app.kube.transcript.fact import Case, OwnerFact
from app.kube.transcript.text import NAME, Line, Quote

_AGE = r"(?:<unknown>|<invalid>|(?:[0-9]{1,9}[ydhms]){1,3})"
STATUS = r"[A-Za-z][\w:/.-]*(?:\([^)]*\))?"
POD_ROW = re.compile(
    rf"^\s*(?:(?P<ns>{NAME})\s+)?(?:pods?/|po/)?(?P<name>{NAME})\s+(?P<ready>[0-9]{{1,9}})/(?P<all>[0-9]{{1,9}})\s+(?P<status>{STATUS})\s+"
    rf"(?P<restarts>[0-9]{{1,9}})(?:\s+\((?P<ago>{_AGE}) ago\))?\s+(?P<age>{_AGE})(?P<rest>\s.*)?$"
)
NODE_ROW = re.compile(
    rf"^\s*(?:node/)?(?P<name>{NAME})\s+(?P<status>(?:Not)?Ready(?:,[\w,]+)?|Unknown(?:,[\w,]+)?)\s+(?P<roles>\S+)\s+"
    rf"(?P<age>{_AGE})\s+(?P<version>v?\d\S*)"
)
CLAIM_ROW = re.compile(
    rf"^\s*(?:(?P<ns>{NAME})\s+)?(?:persistentvolumeclaim/)?(?P<name>{NAME})\s+(?P<status>Pending|Bound|Lost)\s*(?P<rest>.*)$"
)
_HEADERS = {
    "get-pods": r"NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE",
    "get-nodes": r"NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION",
    "get-claims": r"NAME\s+STATUS\s+VOLUME\s+CAPACITY",
    "get-deployments": r"NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE|NAME\s+DESIRED\s+CURRENT\s+UP-TO-DATE\s+AVAILABLE",
    "get-replicasets": r"NAME\s+DESIRED\s+CURRENT\s+READY",
    "get-services": r"NAME\s+TYPE\s+CLUSTER-IP",
    "get-endpoints": r"NAME\s+ENDPOINTS\s+AGE|NAME\s+ADDRESSTYPE\s+PORTS\s+ENDPOINTS",
    "get-statefulsets": r"NAME\s+READY\s+AGE",
    "get-jobs": r"NAME\s+(?:STATUS\s+)?COMPLETIONS\s+DURATION",
    "get-autoscalers": r"NAME\s+REFERENCE\s+TARGETS?\s+(?:CURRENT\s+)?MIN(?:PODS|IMUM)?\b",
}
HEADERS = {kind: re.compile(rf"^\s*(?:NAMESPACE\s+)?(?:{pattern})") for kind, pattern in _HEADERS.items()}
_KINDS = {
    "get-deployments": "Deployment",
    "get-replicasets": "ReplicaSet",
    "get-services": "Service",
    "get-endpoints": "Endpoints",
    "get-statefulsets": "StatefulSet",
    "get-jobs": "Job",
    "get-claims": "PersistentVolumeClaim",
    "get-autoscalers": "HorizontalPodAutoscaler",
}


def header_of(text: str) -> str:
    """The kind of table whose header this is; empty for none."""
    if "NAME" not in text:
        return ""
    return next((kind for kind, pattern in HEADERS.items() if pattern.match(text)), "")


def read_table_rows(kind: str, lines: Sequence[Line], case: Case, namespace: str = "") -> int:
    """The rows of one table, written into the case; how many there were."""
    reader = {"get-pods": _pod_row, "get-nodes": _node_row}.get(kind)
    count, is_of_all = 0, False
    for line in lines:
        if header_of(line.text):
            is_of_all = line.text.split()[0] == "NAMESPACE"
            continue
        if not line.text.strip():
            continue
        if reader:
            count += reader(line, case, namespace)
        else:
            count += _other_row(kind, line, case, None if is_of_all else namespace)
    return count


def _pod_row(line: Line, case: Case, namespace: str) -> bool:
    match = POD_ROW.match(line.text)
    if not match:
        return False
    pod = case.pod(match["name"], match["ns"] or namespace)
    quote = Quote(line.text.strip(), line.number)
    # Of a watch the last row is how it stands now.
    pod.column, pod.ready_count = match["status"], (int(match["ready"]), int(match["all"]))
    pod.restarts, pod.age = int(match["restarts"]), read_age(match["age"])
    pod.restarted_ago = read_age(match["ago"] or "")
    pod.where["column"] = quote
    pod.where.setdefault("row", quote)
    wide = re.match(
        r"\s+(?:<none>|[\d.a-fA-F:]+)\s+(?P<node>\S+)(?:\s+(?P<nominated>\S+)\s+(?P<gates>\S+))?", match["rest"] or ""
    )
    if wide:
        pod.node = pod.node or ("" if wide["node"] == "<none>" else wide["node"])
        gates = re.fullmatch(r"(\d+)/(\d+)", wide["gates"] or "")
        if gates and gates[1] != gates[2]:
            pod.where["gate"] = quote
    return True


def _node_row(line: Line, case: Case, _namespace: str) -> bool:
    match = NODE_ROW.match(line.text)
    if not match:
        return False
    node = case.node(match["name"])
    words = match["status"].split(",")
    node.ready = {"Ready": "True", "NotReady": "False", "Unknown": "Unknown"}.get(words[0], "")
    node.unschedulable = "SchedulingDisabled" in words
    node.where["ready"] = Quote(line.text.strip(), line.number)
    return True


def _other_row(kind: str, line: Line, case: Case, namespace: str | None) -> bool:
    """One row; without a namespace its first cell is that."""
    cells = line.text.split()
    if namespace is None:
        namespace, *cells = cells
    if len(cells) < 2:
        return False
    quote = Quote(line.text.strip(), line.number)
    owner = OwnerFact(_KINDS[kind], cells[0].rpartition("/")[2], quote=quote, namespace=namespace)
    if kind == "get-claims" and (match := CLAIM_ROW.match(line.text)):
        owner.name, owner.fields["Status"] = match["name"], match["status"]
        owner.namespace = match["ns"] or namespace
        owner.where["Status"] = quote
    elif kind == "get-endpoints":
        owner.fields["Endpoints"] = "" if {"<none>", "<unset>"} & set(cells[1:-1]) else " ".join(cells[1:-1])
        owner.where["Endpoints"] = quote
    elif kind == "get-replicasets" and len(cells) >= 4:
        owner.fields |= dict(
            zip(("Desired", "Current", "Ready"), cells[-4:-1] if len(cells) == 5 else cells[1:4], strict=False)
        )
    elif kind == "get-services" and "<pending>" in cells:
        owner.fields["Address"] = "<pending>"
    elif kind == "get-autoscalers":
        owner.fields["Targets"] = " ".join(cell for cell in cells[1:] if "%" in cell or cell.startswith("<"))
    elif kind == "get-deployments":
        owner.fields["Ready"] = next((cell for cell in cells if "/" in cell), "")
        owner.fields["Age"] = cells[-1]
    case.owners.append(owner)
    return True
