"""The room `scheduler-pick`: paste a Pod and Nodes, see every filter, every score and who wins."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any

from app.kube.paste.passed import PassedOver, groups
from app.listed import Listed
from app.record import dataclass
from app.widgetkit.contract import Area, Form, Line, Refusal, Say, Widget
from app.widgets.scheduler_pick.drawing import Drawing, draw
from app.widgets.scheduler_pick.examples import BOUND, EXAMPLES, NODES, POD
from app.widgets.scheduler_pick.filters import Shortage
from app.widgets.scheduler_pick.model import WEIGHTS, Cycle, Judged, PluginScore, Preemption, Rules, schedule
from app.widgets.scheduler_pick.reading import BUGGY, Bound, Nodes, ToSchedule, read_bound, read_nodes, read_pod
from app.widgets.scheduler_pick.resources import Balance, Shape, Strategy, Use
from app.widgets.scheduler_pick.snapshot import CPU, MEMORY, STORAGE, Pod
from app.widgets.scheduler_pick.work import check_work

NEWEST, OLDEST = 37, 30
NAMED = 5
"""Pods that a note names."""
SHOWN = 40
DETAILED = 4


class Inputs(Form):
    pod: Annotated[str, Area(rows=9)] = POD
    nodes: Annotated[str, Area(rows=12)] = NODES
    pods: Annotated[str, Area(rows=8)] = BOUND
    strategy: Strategy = "LeastAllocated"
    resources: Annotated[str, Line(18)] = "cpu=1,memory=1"
    shape: Annotated[str, Line(14)] = "0=0,100=10"
    score_infeasible: bool = False
    kubernetes_version: Annotated[str, Line(6)] = "1.37"


@dataclass(frozen=True)
class NodeOutcome:
    """One node: what kept it out, or what each plugin gave it. `total` is the sum of score × weight."""

    name: str
    feasible: bool
    plugin: str
    reason: str
    reasons: tuple[str, ...]
    scores: Mapping[str, PluginScore]
    total: int | None
    chosen: bool
    sums: tuple[Say, ...]


@dataclass(frozen=True)
class Detail:
    """How one node came to its resource scores."""

    name: str
    sums: tuple[Say, ...]


@dataclass(frozen=True)
class Column:
    """A plugin that scores; `words` are its name in parts, so that it can be broken over lines."""

    plugin: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    nodes: tuple[NodeOutcome, ...]
    chosen: tuple[str, ...]
    message: str
    preemption: Preemption
    nodes_to_find: int
    feasible: int
    gates: tuple[str, ...]
    verdict: Say
    why: Say
    winner_sum: str
    shown: tuple[NodeOutcome, ...]
    hidden: int
    reasons: tuple[tuple[str, int], ...]
    details: tuple[Detail, ...]
    drawing: Drawing | None
    columns: tuple[Column, ...]
    skipped: tuple[str, ...]
    notes: tuple[Say, ...]
    passed_over: tuple[PassedOver, ...]


def run(inputs: Inputs) -> Outcome:
    minor = _minor(inputs.kubernetes_version)
    rules = Rules(inputs.strategy, _weights(inputs.resources), _shape(inputs.shape), minor)
    wanted, given = read_pod(inputs.pod, minor=minor), read_nodes(inputs.nodes)
    pod, nodes = wanted.pod, given.nodes
    by_name = {node.name: node for node in nodes}
    bound = read_bound(inputs.pods, by_name.keys(), minor=minor)
    known = {(placed.namespace, placed.name) for placed in bound.pods}
    listed = read_bound(given.pods, by_name.keys(), minor=minor).pods if given.pods else ()
    unlisted = tuple(placed for placed in listed if (placed.namespace, placed.name) not in known)
    for placed in (*bound.pods, *unlisted):
        by_name[placed.node_name].add(placed)
    passed_over = (*wanted.passed_over, *given.passed_over, *bound.passed_over)
    check_work(pod, nodes)
    cycle = schedule(pod, nodes, rules, score_infeasible=inputs.score_infeasible)
    outcomes = tuple(_node(judged, cycle) for judged in cycle.nodes)
    ordered = sorted(outcomes, key=lambda node: (not node.feasible, -(node.total or 0)))
    scores = [node.scores for node in outcomes if node.scores]
    skipped = tuple(plugin for plugin in WEIGHTS if scores and all(each[plugin].skipped for each in scores))
    return Outcome(
        nodes=outcomes,
        chosen=cycle.chosen,
        message=cycle.message,
        preemption=cycle.preemption,
        nodes_to_find=cycle.nodes_to_find,
        feasible=sum(node.feasible for node in outcomes),
        gates=pod.gates,
        verdict=_verdict(pod, cycle),
        why=_why(pod, cycle, sum(node.feasible for node in outcomes)),
        winner_sum=_winner_sum(ordered[0]) if cycle.chosen else "",
        shown=tuple(ordered[:SHOWN]),
        hidden=max(0, len(ordered) - SHOWN),
        reasons=_reasons(outcomes),
        details=_details(cycle, [node.name for node in ordered if node.scores][:DETAILED], rules),
        drawing=draw(cycle.nodes, cycle.chosen),
        columns=tuple(Column(plugin, _words(plugin)) for plugin in WEIGHTS if scores and plugin not in skipped),
        skipped=skipped,
        notes=tuple(_notes(wanted, given, bound, passed_over, minor, len(unlisted))),
        passed_over=passed_over,
    )


def _notes(
    wanted: ToSchedule, given: Nodes, bound: Bound, passed_over: tuple[PassedOver, ...], minor: int, described: int
) -> Iterator[Say]:
    """What is to be known of the pod, of the version's known faults, and of what was left out."""
    pod = wanted.pod
    if wanted.replicas > 1:
        yield Say("note.replicas", {"kind": wanted.kind, "pod": pod.name, "replicas": wanted.replicas})
    if pod.node_name:
        yield Say("note.bound", {"node": pod.node_name})
    elif wanted.scheduler not in ("", "default-scheduler"):
        yield Say("note.other-scheduler", {"scheduler": wanted.scheduler})
    for said in wanted.objections:
        yield Say("note.objection", {"said": said})
    terms = (*pod.affinity, *pod.anti_affinity)
    preferred = (*pod.preferred_affinity, *pod.preferred_anti_affinity)
    if any(term.is_misread for term in (*terms, *(term for _, term in preferred))):
        yield Say("note.misread" if minor in BUGGY else "note.misread-before" if minor > 36 else "note.read-well", {})
    if any(toleration.operator in ("Gt", "Lt") for toleration in pod.tolerations):
        yield Say("note.comparison", {})
    if given.is_described:
        yield Say("note.described", {})
    if described:
        yield Say("note.described-pods", {"count": described})
    if bound.resized:
        names = Listed(bound.resized[:NAMED], "…" if len(bound.resized) > NAMED else "")
        yield Say("note.resized", {"count": len(bound.resized), "names": names})
    for group in groups(passed_over):
        yield Say(f"passed.{group.reason}", {"count": group.number, "kind": group.kind, "names": group.names})


def _words(plugin: str) -> tuple[str, ...]:
    """`InterPodAffinity` as Inter, Pod, Affinity."""
    return tuple(re.findall(r"[A-Z][a-z]+", plugin))


def _node(judged: Judged, cycle: Cycle) -> NodeOutcome:
    refused = judged.refused
    return NodeOutcome(
        name=judged.name,
        feasible=refused is None,
        plugin=refused.plugin if refused else "",
        reason=", ".join(refused.reasons) if refused else "",
        reasons=refused.reasons if refused else (),
        scores=judged.scores,
        total=judged.total,
        chosen=judged.name in cycle.chosen,
        sums=tuple(_short(shortage) for shortage in refused.short) if refused else (),
    )


def _short(shortage: Shortage) -> Say:
    return Say(
        "sum.short",
        {
            "resource": shortage.resource,
            "asked": amount(shortage.resource, shortage.asked),
            "capacity": amount(shortage.resource, shortage.capacity),
            "used": amount(shortage.resource, shortage.used),
            "left": amount(shortage.resource, shortage.capacity - shortage.used),
        },
    )


def amount(resource: str, number: int) -> str:
    """An amount as people write it, exactly: 500m, 8Gi, 1500Mi, or the plain number."""
    if resource == CPU:
        return f"{number}m"
    if resource in (MEMORY, STORAGE) and number:
        for unit, size in (("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)):
            if number % size == 0:
                return f"{number // size}{unit}"
    return str(number)


def _verdict(pod: Pod, cycle: Cycle) -> Say:
    if pod.gates:
        return Say("verdict.gated", {"pod": pod.name})
    if not cycle.chosen:
        return Say("verdict.none", {"pod": pod.name})
    if len(cycle.chosen) == 1:
        return Say("verdict.one", {"pod": pod.name, "node": cycle.chosen[0]})
    return Say("verdict.tie", {"pod": pod.name, "count": len(cycle.chosen)})


def _why(pod: Pod, cycle: Cycle, feasible: int) -> Say:
    count = len(cycle.nodes)
    if pod.gates:
        return Say("why.gated", {"gates": Listed(pod.gates)})
    if not cycle.chosen:
        return Say(f"why.none.{cycle.preemption}", {"count": count})
    if feasible == 1:
        return Say("why.only", {"count": count})
    return Say("why.tie" if len(cycle.chosen) > 1 else "why.highest", {"count": count, "feasible": feasible})


def _winner_sum(node: NodeOutcome) -> str:
    parts = [f"{score.score} × {score.weight}" for score in node.scores.values() if not score.skipped]
    return f"{node.name}: {' + '.join(parts)} = {node.total}"


def _reasons(nodes: tuple[NodeOutcome, ...]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for node in nodes:
        for reason in node.reasons:
            counts[reason] = counts.get(reason, 0) + 1
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _details(cycle: Cycle, names: list[str], rules: Rules) -> tuple[Detail, ...]:
    judged = {node.name: node for node in cycle.nodes}
    return tuple(Detail(name, tuple(_sums(judged[name], rules))) for name in names)


def _sums(node: Judged, rules: Rules) -> list[Say]:
    lines = [_use(use, rules.strategy) for use in node.uses]
    if node.uses:
        parts = " + ".join(f"{use.score} × {use.weight}" for use in node.uses)
        weight = sum(use.weight for use in node.uses)
        score = node.scores["NodeResourcesFit"].score
        key = "sum.mean-positive" if rules.strategy == "RequestedToCapacityRatio" else "sum.mean"
        lines.append(Say(key, {"parts": parts, "weight": weight, "score": score}))
    if node.balance:
        lines.append(_balance(node.balance, by_change=rules.minor >= 36))
    return lines


def _use(use: Use, strategy: Strategy) -> Say:
    values: dict[str, Any] = {
        "resource": use.resource,
        "requested": amount(use.resource, use.requested),
        "capacity": amount(use.resource, use.capacity),
        "score": use.score,
    }
    return Say(f"sum.{strategy}", values)


def _balance(even: Balance, *, by_change: bool) -> Say:
    values = {"with_pod": even.with_pod, "without_pod": even.without_pod, "score": even.score}
    return Say("sum.balance-change" if by_change else "sum.balance", values)


def _minor(text: str) -> int:
    match = re.fullmatch(r"v?1\.([0-9]{1,3})(\.[0-9]{1,3})?", text.strip(), re.ASCII)
    if not match or not OLDEST <= int(match[1]) <= NEWEST:
        raise Refusal(
            "pick-version",
            field="kubernetes_version",
            text=text[:20],
            oldest=f"1.{OLDEST}",
            newest=f"1.{NEWEST}",
        )
    return int(match[1])


def _pairs(text: str, field: str) -> list[tuple[str, int]]:
    pairs = []
    for word in text.replace("，", ",").split(","):
        name, equals, number = word.strip().rpartition("=")
        if not equals or not name or not re.fullmatch(r"[0-9]{1,3}", number, re.ASCII) or int(number) > 100:
            raise Refusal("pick-pair", field=field, text=word.strip()[:40])
        pairs.append((name.strip(), int(number)))
    return pairs


def _weights(text: str) -> dict[str, int]:
    """Resources to score with weights 1…100.

    pkg/scheduler/apis/config/validation/validation_pluginargs.go.
    """
    pairs = _pairs(text, "resources")
    weights = dict(pairs)
    if len(weights) < len(pairs) or 0 in weights.values():
        raise Refusal("pick-weights", field="resources")
    return weights


def _shape(text: str) -> Shape:
    """Points utilisation=score, utilisation rising from 0 to 100 at most, scores 0…10; same file."""
    points = []
    for name, score in _pairs(text, "shape"):
        if not re.fullmatch(r"[0-9]{1,3}", name, re.ASCII):
            raise Refusal("pick-pair", field="shape", text=f"{name}={score}"[:40])
        points.append((int(name), score))
    rising = all(one[0] < other[0] for one, other in pairwise(points))
    if not rising or points[-1][0] > 100 or any(score > 10 for _, score in points):
        raise Refusal("pick-shape", field="shape")
    return points


WIDGET = Widget(
    slug="scheduler-pick",
    form=Inputs,
    run=run,
    subject="scheduler",
    prints=("verdict", "why", "winner_sum", "message", "nodes"),
    examples=EXAMPLES,
)
