"""What a step of a sequence changes in the objects that it shows: the meaning of the change, not its lines.

    changes = changes_at(frames, 9, KUBERNETES)    # {Change("Pod", "spec.nodeName: node-1"), ...}
    facts_of(frames[9], KUBERNETES)                # everything of that kind that holds after the step

A condition is one fact with its value (`PodScheduled: True`), a row of a table is one (`log: [812, 811]`), any other
fact is a field with its path. Only fields that a room calls foreseeable count: bookkeeping (revisions, uids, times,
lists of when what was reached) and what chance decides (names, addresses, hashes) are no part of a change.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from app.kube.frame import Frame, StoredObject
from app.record import dataclass

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Foreseen:
    """What somebody who understands the system can say before it happens.

    `fields` are names of fields, with the one above where that is needed (`tcp.flags`); `marks` are fields of which
    that they are set can be foreseen, but not to what (a time).
    """

    fields: tuple[str, ...]
    marks: tuple[str, ...] = ()


KUBERNETES = Foreseen(
    fields=(
        *("phase", "spec.nodeName", "nominatedNodeName", "ready", "serving", "terminating", "restartCount"),
        *("waiting.reason", "terminated.reason", "exitCode", "deployment.kubernetes.io/revision"),
        *("status.replicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "updatedReplicas"),
    ),
    marks=("running", "deletionTimestamp"),
)


@dataclass(frozen=True)
class Change:
    """One fact about an object: `text` says which, `object` of what kind, with its name where there are several.

    An object that appears (`new`) or is removed (`gone`) is a fact without text.
    """

    object: str
    text: str
    how: Literal["set", "new", "gone"] = "set"


Facts = Mapping[str, tuple[str, int]]
Key = tuple[str, str]


def changes_at(frames: Sequence[Frame], at: int, foreseen: Foreseen) -> tuple[Change, ...]:
    """What frame number `at` (from 0) makes true that was not before, in the order of its objects."""
    before = _stored(frames[at - 1]) if at else {}
    now = _stored(frames[at])
    title = _titles(frames)
    found: list[Change] = []
    for key, thing in now.items():
        then = before.get(key)
        if _is_new(thing, then, frames[at - 1] if at else None):
            found.append(Change(thing.kind, "", "new"))
        elif thing is not then:
            found.extend(Change(title[key], text) for text in _changed(thing, then, foreseen))
    found.extend(
        Change(key[0], "", "gone") for key, thing in before.items() if key not in now and _is_api_object(thing.yaml)
    )
    return tuple(dict.fromkeys(found))


def facts_of(frames: Sequence[Frame], at: int, foreseen: Foreseen) -> frozenset[Change]:
    """Every fact that holds after frame number `at`, whoever made it true."""
    title = _titles(frames)
    stored = _stored(frames[at])
    held = {
        Change(title[key], text) for key, thing in stored.items() for text, _ in _facts(thing.yaml, foreseen).values()
    }
    kinds = {kind for kind, _ in stored}
    return frozenset(held | {Change(kind, "", "new" if kind in kinds else "gone") for kind, _ in title})


def _stored(frame: Frame) -> dict[Key, StoredObject]:
    return {_key(each): each for each in frame.objects if getattr(each, "stored", True)}


def _key(thing: StoredObject) -> Key:
    """An API object is known by its name; of anything else (the packet, wherever it is read) there is one of a kind."""
    return thing.kind, thing.name if _is_api_object(thing.yaml) else ""


def _titles(frames: Sequence[Frame]) -> dict[Key, str]:
    """What a reader calls each object: its kind, and its name where the run shows several of a kind."""
    keys = list(dict.fromkeys(key for frame in frames for key in _stored(frame)))
    kinds = [kind for kind, _ in keys]
    return {key: f"{key[0]} {key[1]}" if kinds.count(key[0]) > 1 else key[0] for key in keys}


def _is_new(thing: StoredObject, then: StoredObject | None, frame: Frame | None) -> bool:
    """Whether the step stored an API object that was not there; one that was there is shown with what changed."""
    if not _is_api_object(thing.yaml):
        return False
    if then is not None:
        return _uid(then.yaml) != _uid(thing.yaml)
    was_under_way = frame is not None and any(
        (each.kind, each.name) == (thing.kind, thing.name) for each in frame.objects
    )
    return was_under_way or len(thing.changed) == len(thing.yaml.splitlines())


def _changed(thing: StoredObject, then: StoredObject | None, foreseen: Foreseen) -> Iterator[str]:
    """The facts that the step made true; of an object that is shown for the first time those on its new lines."""
    known = _facts(then.yaml, foreseen) if then else {}
    new_lines = set(thing.changed)
    for path, (text, line) in _facts(thing.yaml, foreseen).items():
        if known[path][0] != text if path in known else (then is not None or line in new_lines):
            yield text


@lru_cache(maxsize=4096)
def _facts(text: str, foreseen: Foreseen) -> Facts:
    """Every foreseeable fact of an object, by its path, with the line (from 1) on which its value stands."""
    root = _compose(text)
    return {path: (said, line) for path, said, line in _walk(root, "", foreseen)} if root else {}


def _is_api_object(text: str) -> bool:
    """Whether the API server keeps it, which it does of no packet, table or rule."""
    root = _compose(text)
    return root is not None and "apiVersion" in _entries(root)


def _uid(text: str) -> str:
    root = _compose(text)
    meta = _entries(root).get("metadata") if root else None
    uid = _entries(meta).get("uid") if isinstance(meta, MappingNode) else None
    return uid.value if isinstance(uid, ScalarNode) else ""


@lru_cache(maxsize=4096)
def _compose(text: str) -> MappingNode | None:
    """The text as nodes, so that values stay as they are written; None when it is no mapping (rules, a file)."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError:
        return None
    return root if isinstance(root, MappingNode) else None


def _entries(mapping: MappingNode) -> dict[str, Node]:
    return {key.value: value for key, value in mapping.value}


def _walk(node: Node, path: str, foreseen: Foreseen) -> Iterator[tuple[str, str, int]]:
    if isinstance(node, MappingNode):
        for name, value in _entries(node).items():
            own = f"{path}.{name}" if path else name
            if name.endswith("Timestamps"):
                continue
            if name == "conditions" and isinstance(value, SequenceNode):
                yield from _conditions(value, own)
            else:
                yield from _field(value, own, foreseen)
    elif isinstance(node, SequenceNode):
        for number, item in enumerate(node.value):
            yield from _walk(item, f"{path}[{_name_of(item, number)}]", foreseen)


def _field(value: Node, path: str, foreseen: Foreseen) -> Iterator[tuple[str, str, int]]:
    line = value.start_mark.line + 1
    if _is_among(path, foreseen.marks):
        yield path, f"{path}: …", line
    elif not _is_among(path, foreseen.fields):
        yield from _walk(value, path, foreseen)
    elif isinstance(value, ScalarNode):
        yield path, f"{path}: {value.value}", line
    elif isinstance(value, SequenceNode) and all(isinstance(item, ScalarNode) for item in value.value):
        yield path, f"{path}: [{', '.join(item.value for item in value.value)}]", line


def _conditions(listed: SequenceNode, path: str) -> Iterator[tuple[str, str, int]]:
    """A condition and its value are one fact, whatever is told beside them."""
    for item in listed.value:
        told = _entries(item)
        name, status = told["type"].value, told["status"]
        yield f"{path}[{name}]", f"{name}: {status.value}", status.start_mark.line + 1


def _name_of(item: Node, number: int) -> str:
    name = _entries(item).get("name") if isinstance(item, MappingNode) else None
    return name.value if isinstance(name, ScalarNode) and name.value else str(number)


def _is_among(path: str, names: Sequence[str]) -> bool:
    return any(path == name or path.endswith(f".{name}") for name in names)
