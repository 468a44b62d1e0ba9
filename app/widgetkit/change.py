"""What a step of a sequence changes in the objects that it shows: the meaning of the change, not its lines.

    changes = changes_at(frames, 9, KUBERNETES)    # {Change("Pod", "spec.nodeName: node-1"), ...}
    facts_of(frames[9], KUBERNETES)                # everything of that kind that holds after the step

A condition is one fact with its value (`PodScheduled: True`), a row of a table is one (`log: [812, 811]`), any other
fact is a field with its path. Only fields that a room calls foreseeable count: bookkeeping (revisions, uids, times,
lists of when what was reached) and what chance decides (names, addresses, hashes) are no part of a change.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

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


class Read(NamedTuple):
    """What a change needs of an object's text: whether the API server keeps it (which it does of no packet, table or
    rule), its uid, and every foreseeable fact by its path, with the line (from 1) on which its value stands."""

    is_api_object: bool
    uid: str
    facts: Facts


def changes_at(frames: Sequence[Frame], at: int, foreseen: Foreseen) -> tuple[Change, ...]:
    """What frame number `at` (from 0) makes true that was not before, in the order of its objects."""
    before = _stored(frames[at - 1], foreseen) if at else {}
    now = _stored(frames[at], foreseen)
    title = _titles(frames, foreseen)
    found: list[Change] = []
    for key, thing in now.items():
        then = before.get(key)
        if _is_new(thing, then, frames[at - 1] if at else None, foreseen):
            found.append(Change(thing.kind, "", "new"))
        elif thing is not then:
            found.extend(Change(title[key], text) for text in _changed(thing, then, foreseen))
    found.extend(
        Change(key[0], "", "gone")
        for key, thing in before.items()
        if key not in now and _read(thing.yaml, foreseen).is_api_object
    )
    return tuple(dict.fromkeys(found))


def facts_of(frames: Sequence[Frame], at: int, foreseen: Foreseen) -> frozenset[Change]:
    """Every fact that holds after frame number `at`, whoever made it true."""
    title = _titles(frames, foreseen)
    stored = _stored(frames[at], foreseen)
    held = {
        Change(title[key], text)
        for key, thing in stored.items()
        for text, _ in _read(thing.yaml, foreseen).facts.values()
    }
    kinds = {kind for kind, _ in stored}
    return frozenset(held | {Change(kind, "", "new" if kind in kinds else "gone") for kind, _ in title})


def _stored(frame: Frame, foreseen: Foreseen) -> dict[Key, StoredObject]:
    return {_key(each, foreseen): each for each in frame.objects if getattr(each, "stored", True)}


def _key(thing: StoredObject, foreseen: Foreseen) -> Key:
    """An API object is known by its name; of anything else (the packet, wherever it is read) there is one of a kind."""
    return thing.kind, thing.name if _read(thing.yaml, foreseen).is_api_object else ""


def _titles(frames: Sequence[Frame], foreseen: Foreseen) -> dict[Key, str]:
    """What a reader calls each object: its kind, and its name where the run shows several of a kind."""
    keys = list(dict.fromkeys(key for frame in frames for key in _stored(frame, foreseen)))
    kinds = [kind for kind, _ in keys]
    return {key: f"{key[0]} {key[1]}" if kinds.count(key[0]) > 1 else key[0] for key in keys}


def _is_new(thing: StoredObject, then: StoredObject | None, frame: Frame | None, foreseen: Foreseen) -> bool:
    """Whether the step stored an API object that was not there; one that was there is shown with what changed."""
    read = _read(thing.yaml, foreseen)
    if not read.is_api_object:
        return False
    if then is not None:
        return _read(then.yaml, foreseen).uid != read.uid
    was_under_way = frame is not None and any(
        (each.kind, each.name) == (thing.kind, thing.name) for each in frame.objects
    )
    return was_under_way or len(thing.changed) == len(thing.yaml.splitlines())


def _changed(thing: StoredObject, then: StoredObject | None, foreseen: Foreseen) -> Iterator[str]:
    """The facts that the step made true; of an object that is shown for the first time those on its new lines."""
    known = _read(then.yaml, foreseen).facts if then else {}
    new_lines = set(thing.changed)
    for path, (text, line) in _read(thing.yaml, foreseen).facts.items():
        if known[path][0] != text if path in known else (then is not None or line in new_lines):
            yield text


@lru_cache(maxsize=512)  # of a run's objects there are some sixty states
def _read(text: str, foreseen: Foreseen) -> Read:
    """Rules and files, which are no mapping, have nothing of it."""
    root = _compose(text)
    if root is None:
        return Read(False, "", {})
    known = _entries(root)
    meta = known.get("metadata")
    uid = _entries(meta).get("uid") if isinstance(meta, MappingNode) else None
    facts = {path: (said, line) for path, said, line in _walk(root, "", foreseen)}
    return Read("apiVersion" in known, uid.value if isinstance(uid, ScalarNode) else "", facts)


def _compose(text: str) -> MappingNode | None:
    """The text as nodes, so that values stay as they are written; None when it is no mapping."""
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
