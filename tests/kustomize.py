"""As much of kustomize as `deploy/` uses, so that the tests need no other program; one of them compares it with the
real one where there is one.

    objects = build(Path("deploy/kustomize/overlays/sqlite"))
"""

from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]
KNOWN = {"apiVersion", "kind", "namespace", "labels", "resources", "patches"}
BY_NAME = ("containers", "volumes", "env")  # lists that a patch merges by the names of their items
CLUSTER_WIDE = ("Namespace",)


def build(folder: Path) -> list[Object]:
    """All objects of a kustomization, patched, labelled, in their namespace."""
    wanted = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert wanted.keys() <= KNOWN, f"{folder}: teach this renderer {wanted.keys() - KNOWN}"
    objects: list[Object] = []
    for name in wanted["resources"]:
        path = folder / name
        objects += build(path) if path.is_dir() else [found for found in yaml.safe_load_all(path.read_text()) if found]
    for patch in wanted.get("patches", []):
        change = yaml.safe_load((folder / patch["path"]).read_text())
        target = next(found for found in objects if identity(found) == identity(change))
        target.update(merged(target, change))
    for found in objects:
        for labels in wanted.get("labels", []):
            _label(found, labels["pairs"])
        if found["kind"] not in CLUSTER_WIDE:
            found["metadata"]["namespace"] = wanted["namespace"]
    return objects


def identity(found: Object) -> tuple[str, str]:
    return found["kind"], found["metadata"]["name"]


def merged(old: Any, new: Any, key: str = "") -> Any:
    """A strategic merge: mappings by key (null deletes), lists by name where items have one, else the new."""
    if isinstance(old, dict) and isinstance(new, dict):
        kept = {name: value for name, value in old.items() if name not in new}
        changed = {name: merged(old.get(name), value, name) for name, value in new.items() if value is not None}
        return {**kept, **changed}
    if isinstance(old, list) and isinstance(new, list) and key in BY_NAME:
        before = {item["name"]: item for item in old}
        changed = [merged(before.pop(item["name"], None), item, key) for item in new]
        return [*changed, *before.values()]
    return _without_null(new)


def _without_null(value: Any) -> Any:
    return {k: _without_null(v) for k, v in value.items() if v is not None} if isinstance(value, dict) else value


def _label(found: Object, pairs: dict[str, str]) -> None:
    """As `includeTemplates` does: the object and the Pods that it makes, but no selector."""
    found["metadata"].setdefault("labels", {}).update(pairs)
    if found["kind"] == "Deployment":
        found["spec"]["template"]["metadata"].setdefault("labels", {}).update(pairs)
