"""Phase and conditions of an object, and which of them have just turned."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.kube.frame import Status

# The fields that tell the phase: Pods and VMIs have `phase`, a VirtualMachine `printableStatus`.
_PHASES = ("phase", "printableStatus")


def read_status(thing: Mapping[str, Any], before: Sequence[Status] = ()) -> tuple[Status, ...]:
    """The phase and then the conditions of an object, each with what it was when it was not the same `before`."""
    known = {each.type: each.status for each in before}
    return tuple(
        each if known.get(each.type) == each.status else replace(each, was=known.get(each.type, ""))
        for each in _listed(thing.get("status") or {})
    )


def settled(statuses: Sequence[Status]) -> tuple[Status, ...]:
    """The same, none of them having turned."""
    return tuple(each if each.was is None else replace(each, was=None) for each in statuses)


def _listed(status: Mapping[str, Any]) -> Iterator[Status]:
    yield from (Status(name, str(status[name])) for name in _PHASES if status.get(name))
    for condition in status.get("conditions") or ():
        yield Status(condition["type"], str(condition["status"]), condition.get("reason", ""))
