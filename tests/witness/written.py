"""What a request carried, beside what our step says that it wrote: every field of the one is in the other.

Bodies come from the audit log, which has them as the API server decoded them: with defaults, before admission.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.witness.mask import mask

Leaf = tuple[str, ...]

KINDS = {
    "pods": "Pod",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
    "endpointslices": "EndpointSlice",
    "virtualmachines": "VirtualMachine",
    "virtualmachineinstances": "VirtualMachineInstance",
    "virtualmachineinstancemigrations": "VirtualMachineInstanceMigration",
}
# What the API server writes into an object whatever the body says of it.
OF_SERVER = (
    ("apiVersion",),
    ("kind",),
    ("metadata", "creationTimestamp"),
    ("metadata", "generation"),
    ("metadata", "name"),
    ("metadata", "resourceVersion"),
    ("metadata", "uid"),
)
# Lists that the API server merges by a key; all others are replaced whole (staging/src/k8s.io/api/core/v1/types.go).
MERGED_BY = {"conditions": "type", "podIPs": "ip", "hostIPs": "ip"}
_HERE = "<there>"  # a mapping or a list, even an empty one


def object_of(uri: str) -> tuple[str, str]:
    """Kind and name of the object that a request is about; the name is empty when it is yet to be made."""
    parts = uri.partition("?")[0].split("/")
    place = next((at for at, part in enumerate(parts) if part in KINDS), None)
    if place is None:
        return "", ""
    return KINDS[parts[place]], parts[place + 1] if len(parts) > place + 1 else ""


def differences(
    request: Mapping[str, Any], before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> Iterator[str]:
    """What the body sets and our object has not, and what our step changed and the body does not set.

    `before` and `after` are our object, masked, around the step; `before` is None when the step makes it.
    """
    body = mask(request["body"])
    if body.get("kind") == "Binding":
        if body["target"]["name"] != after["spec"].get("nodeName"):
            yield f"the body binds to {body['target']['name']!r}, our Pod is on {after['spec'].get('nodeName')!r}"
        return
    if body.get("kind") == "Scale" or "body" not in request:
        return
    is_patch = request["verb"] == "patch"
    has = leaves(after)
    sets = leaves(patched(before or {}, body) if is_patch else body)
    if request["uri"].partition("?")[0].endswith("/status"):
        sets = {path: value for path, value in sets.items() if path[0] in ("status", "metadata")}
    for path, value in sets.items():
        if path in OF_SERVER or path[:2] == ("metadata", "managedFields"):
            continue
        if has.get(path, value if value in ("", 0, _HERE) else None) != value:
            yield f"the body has .{'.'.join(path)} = {value!r}, ours {has.get(path, 'nothing')!r}"
    if request["verb"] in ("create",):
        return
    was = leaves(before or {})
    for path, value in has.items():
        if path not in OF_SERVER and was.get(path) != value and sets.get(path, "nothing") != value and value != _HERE:
            yield f"our step writes .{'.'.join(path)} = {value!r}, the body {sets.get(path, 'nothing')!r}"


def leaves(value: Any, path: Leaf = ()) -> dict[Leaf, Any]:
    """Every scalar by its path; members of a list that is merged are named by their key."""
    if isinstance(value, Mapping):
        found: dict[Leaf, Any] = {} if value else {path: _HERE}
        for name, each in value.items():
            found |= leaves(each, (*path, str(name)))
        return found
    if isinstance(value, list):
        found = {} if value else {path: _HERE}
        key = MERGED_BY.get(path[-1] if path else "", "")
        for place, each in enumerate(value):
            named = str(each[key]) if key and isinstance(each, Mapping) and key in each else str(place)
            found |= leaves(each, (*path, named))
        return found
    return {} if value is None else {path: value}


def patched(old: Any, patch: Any) -> Any:
    """An object after a strategic merge patch, as far as the kubelet, the scheduler and kubectl use it."""
    if not isinstance(patch, Mapping):
        return patch
    made = dict(old) if isinstance(old, Mapping) else {}
    for name, value in patch.items():
        if name.startswith("$"):
            continue
        if value is None:
            made.pop(name, None)
        elif name in MERGED_BY and isinstance(value, list):
            made[name] = _merged(made.get(name, ()), value, MERGED_BY[name])
        else:
            made[name] = patched(made.get(name), value)
    return made


def _merged(old: Sequence[Any], changes: Sequence[Any], key: str) -> list[Any]:
    by_key = {each[key]: each for each in old}
    for change in changes:
        if change.get("$patch") == "delete":
            by_key.pop(change[key], None)
        else:
            by_key[change[key]] = patched(by_key.get(change[key], {}), change)
    return list(by_key.values())
