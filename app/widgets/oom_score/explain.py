"""The judgement in sentences and sums, ready to be said in either language."""

from collections.abc import Iterator, Sequence
from typing import Literal

from app.kube.paste.passed import groups
from app.kube.quantity import NANO, format_bytes, parse_quantity
from app.listed import Listed
from app.record import dataclass
from app.widgetkit.contract import Say
from app.widgets.oom_score.adjust import Adjustment
from app.widgets.oom_score.admission import total_request_nano
from app.widgets.oom_score.eviction import Evictee
from app.widgets.oom_score.model import JudgedPod, Verdict
from app.widgets.oom_score.pod import Container, Filled, Kind, Pod
from app.widgets.oom_score.qos import ABSENT, QosClass, classify, count_classes

SHOWN = 20
"""Pods whose derivation is given in full; the rest have their values only."""


@dataclass(frozen=True)
class Line:
    """One line of a derivation: a sum, or a change from `before` to `after` with its reason."""

    say: Say
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class ContainerDetail:
    name: str
    kind: Kind
    oom_score_adj: int
    rule: str
    request: str
    limit: str
    lines: tuple[Line, ...]
    filled: tuple[Say, ...]


@dataclass(frozen=True)
class PodDetail:
    namespace: str
    name: str
    kind: str
    qos_class: QosClass
    why: Say
    filled: tuple[Say, ...]
    notes: tuple[Say, ...]
    containers: tuple[ContainerDetail, ...]


@dataclass(frozen=True)
class Death:
    """One of the three ways to die of memory: who it would be here, and what `kubectl describe` shows then."""

    kind: Literal["container-limit", "node-oom", "eviction"]
    victim: Say
    describe: str


def explain_pods(verdict: Verdict) -> tuple[PodDetail, ...]:
    """The first pods in full."""
    return tuple(_explain_pod(entry, verdict) for entry in verdict.pods[:SHOWN])


def _explain_pod(entry: JudgedPod, verdict: Verdict) -> PodDetail:
    pod, judgement = entry.pod, entry.judgement
    values = {
        "container": judgement.container,
        "resource": judgement.resource,
        "request": judgement.request,
        "limit": judgement.limit,
        "other": judgement.other,
    }
    how = ".no-limit" if judgement.limit == ABSENT else ""
    return PodDetail(
        namespace=pod.namespace,
        name=pod.name,
        kind=pod.kind,
        qos_class=judgement.qos_class,
        why=Say(f"reason.{judgement.reason}{how}", values),
        filled=_filled(pod.filled),
        notes=tuple(_pod_notes(entry, verdict)),
        containers=tuple(
            ContainerDetail(
                name=container.name,
                kind=container.kind,
                oom_score_adj=adjustment.value,
                rule=adjustment.rule,
                request=_text(container, "requests"),
                limit=_text(container, "limits"),
                lines=tuple(_lines(pod, adjustment, verdict)),
                filled=_filled(container.filled),
            )
            for container, adjustment in zip(pod.containers, entry.adjustments, strict=True)
        ),
    )


def _text(container: Container, place: Literal["requests", "limits"]) -> str:
    resources = container.requests if place == "requests" else container.limits
    return resources["memory"].canonical if "memory" in resources else ""


def _filled(entries: Sequence[Filled]) -> tuple[Say, ...]:
    return tuple(Say(f"filled.{entry.source}", {"field": entry.field, "value": entry.value}) for entry in entries)


def _lines(pod: Pod, adjustment: Adjustment, verdict: Verdict) -> Iterator[Line]:
    rule = adjustment.rule
    if rule in ("node-critical", "critical", "guaranteed", "best-effort"):
        yield Line(Say(f"sum.{rule}", {"value": signed(adjustment.value), "priority": pod.priority}))
        return
    request, capacity = show_bytes(adjustment.request), show_bytes(verdict.node.capacity)
    if adjustment.share:
        yield _share_line(pod, adjustment.share)
        request = f"({request} + {show_bytes(adjustment.share)})"
    linear = adjustment.own + adjustment.nudge
    values = {"request": request, "capacity": capacity, "quotient": 1000 - linear, "own": signed(linear)}
    yield Line(Say("sum.formula", values))
    if adjustment.nudge:
        yield Line(Say("sum.tie-break", {"nudge": adjustment.nudge}), linear, adjustment.own)
    before = adjustment.own
    if adjustment.cap is not None:
        values = {"container": adjustment.cap_container, "cap": signed(adjustment.cap)}
        if adjustment.cap < before:
            yield Line(Say("sum.cap", values), before, adjustment.cap)
            before = adjustment.cap
        else:
            yield Line(Say("sum.cap-unused", values))
    if rule in ("floor", "below-best-effort"):
        yield Line(Say(f"sum.{rule}", {"floor": verdict.profile.floor}), before, adjustment.value)


def _share_line(pod: Pod, share: int) -> Line:
    request = pod.pod_level[0]["memory"] if pod.pod_level else parse_quantity("0")
    total = -(-total_request_nano(pod, "memory") // NANO)
    count = len(pod.of_kind("container", "init", "sidecar"))
    values = {
        "pod": request.canonical,
        "total": show_bytes(total),
        "count": count,
        "share": show_bytes(share),
    }
    return Line(Say("sum.share", values))


def _pod_notes(entry: JudgedPod, verdict: Verdict) -> Iterator[Say]:
    pod, profile = entry.pod, verdict.profile
    if pod.recorded_class and profile.trusts_status and entry.judgement.reason != "recorded":
        if pod.recorded_class != entry.judgement.qos_class:
            yield Say("note.recorded", {"recorded": pod.recorded_class})
    elif entry.judgement.reason == "recorded":
        computed = classify(pod, profile).qos_class
        if computed != entry.judgement.qos_class:
            yield Say("note.recorded-wins", {"computed": computed})
    if not profile.pod_level and "resources" in pod.spec:
        yield Say("note.pod-level-dropped", {})
    if pod.is_critical and entry.adjustments[0].rule not in ("node-critical", "critical"):
        yield Say("note.critical-not-exempt", {})
    if pod.replicas > 1:
        yield Say("note.replicas", {"kind": pod.kind, "pod": pod.name, "replicas": pod.replicas})
    for objection in pod.objections:
        values = {
            "resource": objection.resource,
            "container": objection.container,
            "amount": objection.amount,
            "pod_level": objection.pod_level,
        }
        yield Say(f"note.{objection.code}", values)
    yield from _quantity_notes(pod)


def _quantity_notes(pod: Pod) -> Iterator[Say]:
    """What the writer of the memory quantities may not have meant."""
    families = set()
    for container in pod.containers:
        for place, resources in (("requests", container.requests), ("limits", container.limits)):
            quantity = resources.get("memory")
            if quantity is None:
                continue
            where = {"container": container.name, "place": place, "text": quantity.text}
            if quantity.nano % NANO:
                yield Say("note.fraction", {**where, "value": quantity.value})
            if quantity.text and not any(c.isdigit() for c in quantity.text):
                yield Say("note.bare-suffix", where)
            if quantity.text[-1:] in "kMGTP" and quantity.nano:
                families.add("decimal")
            elif quantity.text.endswith("i"):
                families.add("binary")
    if len(families) == 2:
        yield Say("note.families", {})


def show_bytes(count: int) -> str:
    """Bytes exactly, in the shortest of the usual ways: `4Gi`, `8G`, or all digits."""
    binary = format_bytes(count)
    decimal = parse_quantity(str(count)).canonical if count >= 0 else str(count)
    shortest = min(binary, decimal, key=len)
    return shortest if len(shortest) <= 7 else f"{count:,}"


def signed(number: int) -> str:
    """A number in running text, with a real minus sign."""
    return str(number).replace("-", "−")


# --- headings ---------------------------------------------------------------------------------------


def verdict_line(verdict: Verdict) -> Say:
    if len(verdict.pods) == 1:
        entry = verdict.pods[0]
        return Say(f"verdict.{entry.judgement.qos_class}", {"pod": entry.pod.name})
    first = verdict.kill_order[0]
    key = "verdict.tied" if first.tied else "verdict.first"
    return Say(key, {"container": first.container, "pod": first.pod})


def why_line(verdict: Verdict, details: Sequence[PodDetail]) -> Say:
    if len(verdict.pods) == 1:
        return details[0].why
    counts = count_classes([entry.judgement.qos_class for entry in verdict.pods])
    return Say("why.counts", {"pods": len(verdict.pods), **{name.lower(): n for name, n in counts.items()}})


def node_notes(verdict: Verdict) -> Iterator[Say]:
    """What holds for the whole page."""
    if len(verdict.nodes) > 1:
        yield Say("note.one-node", {"node": verdict.on_node, "nodes": len(verdict.nodes)})
    for group in groups(verdict.passed_over):
        yield Say(f"passed.{group.reason}", {"count": group.number, "kind": group.kind, "names": group.names})
    if verdict.usage.unknown:
        yield Say("note.unknown-usage", {"names": Listed(verdict.usage.unknown)})
    if verdict.wants_usage:
        yield Say("note.replay-needs-usage", {})
    if verdict.node.point_bytes >= 64 << 20 and not verdict.profile.breaks_ties:
        point = verdict.node.capacity // 1000
        yield Say("note.large-node", {"below": f"{2 * point / 2**30:.1f}Gi"})
    if len(verdict.pods) > SHOWN:
        yield Say("note.more-pods", {"shown": SHOWN, "pods": len(verdict.pods)})


# --- three deaths -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Near:
    """A container and how much of its own limit it uses, in percent."""

    namespace: str
    pod: str
    container: str
    usage: int
    limit: int
    percent: float


def near_limits(verdict: Verdict, count: int = 5) -> tuple[Near, ...]:
    """The containers nearest to their own memory limit, where the kernel kills inside the container alone."""
    found = [
        (round(100 * usage / container.memory_limit, 1), entry.pod, container, usage)
        for entry in verdict.pods
        for container, usage in zip(entry.pod.containers, entry.used, strict=True)
        if usage is not None and container.memory_limit
    ]
    found.sort(key=lambda near: -near[0])
    return tuple(
        Near(pod.namespace, pod.name, container.name, usage, container.memory_limit, percent)
        for percent, pod, container, usage in found[:count]
    )


def three_deaths(verdict: Verdict, near: Sequence[Near]) -> tuple[Death, ...]:
    return (_limit_death(verdict, near), _node_death(verdict), _eviction_death(verdict))


_KILLED = """\
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137"""


def _limit_death(verdict: Verdict, near: Sequence[Near]) -> Death:
    if near:
        first = near[0]
        values = {"container": first.container, "pod": first.pod, "percent": first.percent}
        return Death("container-limit", Say("death.near", values), _restarted(first.container))
    limited = [
        (entry.pod, container) for entry in verdict.pods for container in entry.pod.containers if container.memory_limit
    ]
    if not limited:
        name = verdict.pods[0].pod.of_kind("container")[0].name
        return Death("container-limit", Say("death.no-limit", {}), _restarted(name))
    pod, container = limited[0]
    values = {"container": container.name, "pod": pod.name, "limit": container.limits["memory"].canonical}
    return Death("container-limit", Say("death.limit", values), _restarted(container.name))


def _restarted(container: str) -> str:
    return f"Containers:\n  {container}:\n    State:          Running\n{_KILLED}\n    Restart Count:  1"


def _ended(container: str) -> str:
    return f"Containers:\n  {container}:\n{_KILLED}".replace("Last State:", "State:     ")


def _node_death(verdict: Verdict) -> Death:
    first = verdict.kill_order[0]
    state = _restarted(first.container) if first.restarts else _ended(first.container)
    event = "  Warning  SystemOOM  kubelet  System OOM encountered, victim process: …, pid: …"
    values = {"container": first.container, "pod": first.pod, "score": first.oom_score}
    say = Say("death.tied" if first.tied else "death.first", values)
    return Death("node-oom", say, f"{state}\n\n# kubectl describe node\nEvents:\n{event}")


def _eviction_death(verdict: Verdict) -> Death:
    victim = next((pod for pod in verdict.eviction_order if not pod.critical), None)
    if victim is None:
        return Death("eviction", Say("death.nobody-evicted", {}), "")
    say = Say("death.evicted", {"pod": victim.pod})
    return Death(
        "eviction",
        say,
        f"Status:         Failed\nReason:         Evicted\nMessage:        {_message(verdict, victim)}",
    )


def _message(verdict: Verdict, victim: Evictee) -> str:
    """As evictionMessage() writes it; pkg/kubelet/eviction/helpers.go (v1.36)."""
    message = "The node was low on resource: memory."
    node = verdict.node
    if node.available is not None and node.under_pressure:
        threshold, available = format_bytes(node.hard_eviction), format_bytes(node.available)
        message += f" Threshold quantity: {threshold}, available: {available}."
    entry = next(e for e in verdict.pods if (e.pod.namespace, e.pod.name) == (victim.namespace, victim.pod))
    for container, used in zip(entry.pod.containers, entry.used, strict=True):
        if used is not None and used > container.memory_request:
            request = container.counted_memory.canonical if container.counted_memory else "0"
            message += (
                f" Container {container.name} was using {format_bytes(used)}, request is {request},"
                " has larger consumption of memory."
            )
    return message
