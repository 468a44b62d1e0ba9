"""Nodes out of `kubectl describe nodes`: what the scheduler reads of a node stands there, but for its images.

kubectl pkg/describe/describe.go, describeNode (v0.36.3).
"""

import json
import re
from typing import Any

from app.kube.paste.describe import Entry, read_description, value_of

_NEEDED = ("cpu", "memory", "pods")


def nodes_of_description(text: str) -> str | None:
    """The Nodes as a List in JSON, or None when one of them does not say how much it has to give."""
    nodes = [_node(block) for block in _blocks(text)]
    if not nodes or None in nodes:
        return None
    return json.dumps({"kind": "List", "items": nodes})


def pods_of_description(text: str) -> str:
    """The Pods that the nodes list as not terminated, with what they ask for, as a List in JSON; empty without any.

    A request of 0 is printed for one that is not set: it is left out, as the score takes another amount for it.
    """
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"namespace": row["namespace"], "name": row["name"]},
            "spec": {
                "nodeName": value_of(block, "Name"),
                "containers": [{"name": "all", "image": "all", "resources": {"requests": _asked(row)}}],
            },
        }
        for block in _blocks(text)
        for line in _lines(block, "Non-terminated Pods")
        if (row := _POD.fullmatch(line))
    ]
    return json.dumps({"kind": "List", "items": pods}) if pods else ""


_SHARE = r"\s+\(\d+%\)"
_POD = re.compile(
    rf"(?P<namespace>[a-z0-9-]+)\s+(?P<name>[a-z0-9.-]+)\s+(?P<cpu>\w+){_SHARE}\s+\w+{_SHARE}"
    rf"\s+(?P<memory>\w+){_SHARE}\s+\w+{_SHARE}(?:\s+\S+)?"
)


def _asked(row: re.Match[str]) -> dict[str, str]:
    return {name: row[name] for name in ("cpu", "memory") if row[name] != "0"}


def _blocks(text: str) -> list[list[Entry]]:
    blocks: list[list[Entry]] = []
    for entry in read_description(text):
        if entry.name == "Name":
            blocks.append([])
        if blocks:
            blocks[-1].append(entry)
    return blocks


def _node(entries: list[Entry]) -> dict[str, Any] | None:
    given = _amounts(entries, "Allocatable") or _amounts(entries, "Capacity")
    if not all(name in given for name in _NEEDED):
        return None
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": value_of(entries, "Name"), "labels": _labels(entries)},
        "spec": {
            "taints": [_taint(text) for text in _lines(entries, "Taints")],
            "unschedulable": value_of(entries, "Unschedulable") == "true",
        },
        "status": {"allocatable": given},
    }


def _lines(entries: list[Entry], name: str) -> list[str]:
    """The value of a field and the lines below it, `<none>` left out."""
    entry = next((entry for entry in entries if entry.name == name), None)
    if entry is None:
        return []
    return [text.strip() for text in (entry.value, *entry.below) if text.strip() not in ("", "<none>")]


def _amounts(entries: list[Entry], name: str) -> dict[str, str]:
    pairs = (re.fullmatch(r"([\w./-]+):\s+(\S+)", line) for line in _lines(entries, name))
    return {pair[1]: pair[2] for pair in pairs if pair}


def _labels(entries: list[Entry]) -> dict[str, str]:
    pairs = (line.partition("=") for line in _lines(entries, "Labels"))
    return {key: value for key, _, value in pairs}


def _taint(text: str) -> dict[str, str]:
    """`key=value:NoSchedule` or `key:NoSchedule`."""
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return {"key": key, "value": value, "effect": effect}
