"""A pod's manifest from the rows of a form: one row a container. The manifest stays the one source of truth."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from app.kube.paste.read import load_documents
from app.kube.refusal import Refusal
from app.record import dataclass

MANIFEST = "manifest"

ROWS_TEXT_LIMIT = 1 << 16
"""Characters up to which a text is looked at for rows: far more than they write, far less than a whole cluster."""


@dataclass(frozen=True)
class ContainerRow:
    """What a reader fills in for one container; empty quantities are left out."""

    name: str
    kind: Literal["container", "init", "sidecar"] = "container"
    cpu_request: str = ""
    cpu_limit: str = ""
    memory_request: str = ""
    memory_limit: str = ""


def pod_manifest(rows: Iterable[ContainerRow], name: str = "pod") -> str:
    """The YAML of a Pod with these containers; every text is quoted, so that nothing typed can become YAML."""
    regular: list[str] = []
    initial: list[str] = []
    for row in rows:
        (regular if row.kind == "container" else initial).extend(_container_lines(row))
    lines = ["apiVersion: v1", "kind: Pod", "metadata:", f"  name: {_quoted(name)}", "spec:"]
    if initial:
        lines += ["  initContainers:", *initial]
    return "\n".join([*lines, "  containers:" if regular else "  containers: []", *regular]) + "\n"


def _container_lines(row: ContainerRow) -> list[str]:
    lines = [f"  - name: {_quoted(row.name)}"]
    if row.kind == "sidecar":
        lines.append("    restartPolicy: Always")
    places = {
        "requests": {"cpu": row.cpu_request, "memory": row.memory_request},
        "limits": {"cpu": row.cpu_limit, "memory": row.memory_limit},
    }
    parts = [
        f"      {place}: {{{inner}}}"
        for place, resources in places.items()
        if (inner := ", ".join(f"{name}: {_quoted(text)}" for name, text in resources.items() if text.strip()))
    ]
    return [*lines, "    resources:", *parts] if parts else lines


def _quoted(text: str) -> str:
    """Plain where that is surely safe, else in double quotes with JSON's escapes, which YAML reads too."""
    if text and all(c.isascii() and (c.isalnum() or c == "-") for c in text) and text[0].isalpha():
        return text if text.lower() not in _YAML_WORDS else f'"{text}"'
    escaped = "".join(_escape(c) for c in text.strip())
    return f'"{escaped}"'


_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def read_rows(text: str) -> tuple[ContainerRow, ...] | None:
    """The rows of a manifest of one Pod that says no more than rows can; None for every other text."""
    content = _only_pod(text)
    if content is None:
        return None
    spec = content["spec"]
    places = [(spec.get("initContainers"), "init"), (spec.get("containers"), "container")]
    rows = [_row(entry, kind) for entries, kind in places for entry in entries or []]
    known = tuple(row for row in rows if row is not None)
    return known if known and len(known) == len(rows) else None


def pod_name(text: str) -> str:
    """The name of the one Pod of a manifest, `pod` when there is none."""
    content = _only_pod(text)
    name = content["metadata"].get("name") if content else None
    return name if isinstance(name, str) and name else "pod"


def _only_pod(text: str) -> Mapping[str, Any] | None:
    """The only object of a text, if it is a Pod whose parts are those that `pod_manifest` writes."""
    if len(text) > ROWS_TEXT_LIMIT:
        return None
    try:
        documents = load_documents(text, field=MANIFEST)
    except Refusal:
        return None
    if len(documents) != 1 or documents[0].kind != "Pod":
        return None
    content = documents[0].content
    metadata, spec = content.get("metadata"), content.get("spec")
    if not isinstance(metadata, dict) or not isinstance(spec, dict):
        return None
    fits = (
        set(content) <= {"apiVersion", "kind", "metadata", "spec"}
        and set(metadata) <= {"name"}
        and set(spec) <= {"initContainers", "containers"}
        and all(isinstance(part, list) for part in spec.values())
    )
    return content if fits else None


def _row(entry: Any, kind: Literal["container", "init"] | str) -> ContainerRow | None:
    """One container as a row, or None when it says more than a row can."""
    if not isinstance(entry, dict) or set(entry) - {"name", "image", "resources", "restartPolicy"}:
        return None
    policy, resources = entry.get("restartPolicy"), entry.get("resources") or {}
    if policy not in (None, "Always") or (policy and kind != "init"):
        return None
    if not isinstance(resources, dict) or set(resources) - {"requests", "limits"}:
        return None
    amounts: dict[str, str] = {}
    for place, suffix in (("requests", "request"), ("limits", "limit")):
        values = resources.get(place) or {}
        if not isinstance(values, dict) or set(values) - {"cpu", "memory"}:
            return None
        amounts |= {f"{name}_{suffix}": str(value) for name, value in values.items() if value is not None}
    name = entry.get("name")
    shown = "sidecar" if policy else kind
    return ContainerRow(str(name) if name is not None else "", _KINDS[shown], **amounts)


_KINDS: dict[str, Literal["container", "init", "sidecar"]] = {
    "container": "container",
    "init": "init",
    "sidecar": "sidecar",
}
