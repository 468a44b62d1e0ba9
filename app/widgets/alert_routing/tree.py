"""The routing tree as the page draws it: what became of each route, and no more of them than can be looked at."""

from collections.abc import Mapping

from app.record import dataclass
from app.widgets.alert_routing.config import Route
from app.widgets.alert_routing.model import Check, Status, checks

SHOWN = 300
"""Routes that are drawn one by one; of a larger tree only those that matched are."""


@dataclass(frozen=True)
class Node:
    """One route. `number` counts the results; `hidden` children are not drawn."""

    place: str
    receiver: str
    own_receiver: bool
    checks: tuple[Check, ...]
    goes_on: bool
    status: Status
    number: int | None
    children: tuple["Node", ...]
    hidden: int


@dataclass
class _View:
    labels: Mapping[str, str]
    status: Mapping[str, Status]
    all: bool
    left: int = SHOWN
    results: int = 0


def draw_tree(root: Route, labels: Mapping[str, str], status: Mapping[str, Status]) -> Node:
    """The root with what is drawn below it."""
    small = sum(1 for _, _ in zip(root.walk(), range(SHOWN + 1), strict=False)) <= SHOWN
    return _node(root, _View(labels, status, small))


def _node(route: Route, view: _View) -> Node:
    view.left -= 1
    status = view.status.get(route.place, "unasked")
    number = None
    if status == "result":
        view.results += 1
        number = view.results
    children = []
    for child in route.routes:
        matched = view.status.get(child.place) in ("result", "passed")
        if view.left > 0 and (view.all or matched):
            children.append(_node(child, view))
        elif matched:
            view.results += sum(view.status.get(each.place) == "result" for each in child.walk())
    return Node(
        place=route.place,
        receiver=route.options.receiver.value,
        own_receiver=route.options.receiver.place == route.place,
        checks=checks(route, view.labels),
        goes_on=route.goes_on,
        status=status,
        number=number,
        children=tuple(children),
        hidden=len(route.routes) - len(children),
    )
