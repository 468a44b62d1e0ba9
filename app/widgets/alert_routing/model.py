"""Which routes take an alert and which group it joins there. prometheus/alertmanager v0.35.0, dispatch."""

from collections.abc import Mapping
from typing import Literal

from app.kube.label import print_labels
from app.record import dataclass
from app.widgets.alert_routing.config import Route

Status = Literal["result", "passed", "unmatched", "unasked"]


@dataclass(frozen=True)
class Check:
    """One matcher held against the alert; `found` is the label's value, empty when it is missing."""

    text: str
    found: str
    holds: bool


@dataclass(frozen=True)
class Group:
    """The group that an alert joins at a route: dispatch/dispatch.go, getGroupLabels and aggrGroup.GroupKey."""

    labels: Mapping[str, str]
    key: str


@dataclass(frozen=True)
class Walk:
    """The routes that take the alert, in order, and what became of each that was asked, by its place."""

    taken: tuple[Route, ...]
    status: Mapping[str, Status]


def walk(root: Route, labels: Mapping[str, str]) -> Walk:
    """The way of an alert through the tree. dispatch/route.go, Route.Match.

    Depth first; a route is a result when it matches and none of its children does; after a child that took the
    alert, its next siblings are asked only if it says `continue`.
    """
    status: dict[str, Status] = {}
    return Walk(tuple(_match(root, labels, status)), status)


def _match(route: Route, labels: Mapping[str, str], status: dict[str, Status]) -> list[Route]:
    if not all(matcher.holds(labels) for matcher in route.matchers):
        status[route.place] = "unmatched"
        return []
    found: list[Route] = []
    for child in route.routes:
        taken = _match(child, labels, status)
        found += taken
        if taken and not child.goes_on:
            break
    status[route.place] = "passed" if found else "result"
    return found or [route]


def checks(route: Route, labels: Mapping[str, str]) -> tuple[Check, ...]:
    return tuple(Check(str(matcher), labels.get(matcher.name, ""), matcher.holds(labels)) for matcher in route.matchers)


def group(route: Route, labels: Mapping[str, str]) -> Group:
    """The labels by which the route groups; one that the alert lacks is left out."""
    by = route.options.group_by.value
    shared = {name: value for name, value in sorted(labels.items()) if by is None or name in by}
    return Group(shared, f"{route.key}:{print_labels(shared)}")
