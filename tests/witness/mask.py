"""What chance, clocks and machines give, replaced by what it is: identities, times, ages, addresses, random names."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

_IN_TEXT = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<digest>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"), "<time>"),
    (re.compile(r"\b10\.244\.\d+\.\d+\b"), "<pod-ip>"),
    (re.compile(r"\bkube-api-access-[a-z0-9]{5}\b"), "kube-api-access-<name>"),
    (re.compile(r"\b(web-[a-z0-9]{8,10})-[a-z0-9]{5}(?![a-z0-9])"), r"\1-<name>"),
    (re.compile(r"\b(virt-launcher-web|kubevirt-migrate-vm)-[a-z0-9]{5}(?![a-z0-9])"), r"\1-<name>"),
    (re.compile(r"\bin [0-9.]+m?s \([0-9.]+m?s including waiting\)"), "in <took> (<took> including waiting)"),
    (re.compile(r"\b(endpointslices/web)-[a-z0-9]{5}\b"), r"\1-<name>"),
    (re.compile(r"(/events/[^/?.]+)\.[0-9a-f]{16}\b"), r"\1.<name>"),
    (re.compile(r"(fieldSelector=)involvedObject\.\S+"), r"\1<object>"),
    (re.compile(r"\?hash=[0-9A-F]+"), "?hash=<digest>"),
)
_AGE = re.compile(r"\(?\b(?:\d+[ywdhms])+(?![a-z0-9])(?: ago\))?")
_BY_KEY = {"resourceVersion": "<version>", "latency": "<took>"}


@cache
def mask_text(text: str) -> str:
    for pattern, name in _IN_TEXT:
        text = pattern.sub(name, text)
    return text


def mask(value: Any, key: str = "") -> Any:
    """An object with everything replaced that no two clusters have alike."""
    if isinstance(value, Mapping):
        made = {name: mask(each, name) for name, each in value.items()}
        if "generateName" in made:
            made["name"] = f"{made['generateName']}<name>"
        if isinstance(made.get("activePods"), Mapping):  # by identity
            made["activePods"] = sorted(made["activePods"].values())
        if made.get("kind") == "EndpointSlice":  # one slice lives through all recordings of a cluster
            made["metadata"] = {**made["metadata"], "generation": "<count>"}
        return made
    if isinstance(value, list):
        return [mask(each) for each in value]
    if key in _BY_KEY:
        return _BY_KEY[key]
    if hasattr(value, "isoformat"):
        return "<time>"
    return mask_text(value) if isinstance(value, str) else value


def in_order(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    """A slice whose endpoints stand by their nodes, where each has one of its own: the controller takes them from a
    set, in whatever order that gives. Anything else is as it was."""
    endpoints = thing.get("endpoints") or ()
    nodes = {str(each.get("nodeName")): each for each in endpoints}
    return (
        {**thing, "endpoints": [nodes[name] for name in sorted(nodes)]} if 1 < len(nodes) == len(endpoints) else thing
    )


def mask_line(line: str) -> str:
    """A line of `kubectl get`: its columns without their widths and ages."""
    return " ".join(_AGE.sub("<age>", mask_text(line)).split())
