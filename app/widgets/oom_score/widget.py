"""The room `oom-score`: pods on a node, their QoS classes and oom_score_adj, who is killed and who is evicted first."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from app.kube.paste.passed import PassedOver
from app.record import dataclass
from app.widgetkit.contract import Area, Builder, Form, Line, Say, Turn, Widget
from app.widgets.oom_score.eviction import Evictee
from app.widgets.oom_score.examples import EXAMPLES, THREE_CLASSES
from app.widgets.oom_score.explain import (
    Death,
    Near,
    PodDetail,
    explain_pods,
    near_limits,
    node_notes,
    three_deaths,
    verdict_line,
    why_line,
)
from app.widgets.oom_score.form import ContainerRow, pod_manifest, pod_name, read_rows
from app.widgets.oom_score.kill import Candidate, Replay
from app.widgets.oom_score.model import Group, JudgedPod, Verdict, judge
from app.widgets.oom_score.node import Node, read_settings
from app.widgets.oom_score.picture import Memory, Scale, draw_memory, draw_scale
from app.widgets.oom_score.pod import Kind
from app.widgets.oom_score.profile import Version, turns
from app.widgets.oom_score.qos import QosClass
from app.widgets.oom_score.tables import Tables, make_tables


def _short_version(value: Any) -> Any:
    """`v1.33.4` and `1.33.4` mean 1.33."""
    if not isinstance(value, str) or value == "tie-break":
        return value
    return ".".join(value.strip().removeprefix("v").split(".")[:2])


class Inputs(Form):
    manifest: Annotated[str, Area(rows=16)] = THREE_CLASSES
    node_memory: Annotated[str, Line(10)] = "16Gi"
    usage: Annotated[str, Area(rows=4)] = ""
    node: Annotated[str, Line(12)] = ""
    kubernetes_version: Annotated[Version, BeforeValidator(_short_version, json_schema_input_type=Version | str)] = (
        "1.37"
    )
    asks_for: Annotated[str, Line(10)] = ""
    group: Group = "whole-container"
    swap: Annotated[str, Line(10)] = "0"
    system_used: Annotated[str, Line(10)] = "0"
    kube_reserved: Annotated[str, Line(10)] = "0"
    system_reserved: Annotated[str, Line(10)] = "0"
    eviction_hard: Annotated[str, Line(10)] = "100Mi"
    recorded_class: Literal["ignore", "keep"] = "ignore"


@dataclass(slots=True)
class ContainerOutcome:
    name: str
    kind: Kind
    memory_request: int | None
    memory_limit: int | None
    oom_score_adj: int
    rule: str
    usage: int | None
    badness: int | None
    oom_score: int | None


@dataclass(slots=True)
class PodOutcome:
    namespace: str
    name: str
    kind: str
    qos_class: QosClass
    qos_reason: str
    priority: int
    replicas: int
    containers: list[ContainerOutcome]


@dataclass(frozen=True)
class Rules:
    """What the chosen version fixes: the value of Guaranteed pods, the least of Burstable, who dies together."""

    version: Version
    guaranteed: int
    floor: int
    group: Literal["whole-container", "single-process", "too-old"]


@dataclass(frozen=True)
class Outcome:
    """All pods with their values, both orders of death, and for the first pods the derivation in full."""

    verdict: Say
    why: Say
    pods: list[PodOutcome]
    kill_order: tuple[Candidate, ...]
    eviction_order: tuple[Evictee, ...]
    details: tuple[PodDetail, ...]
    rules: Rules
    node: Node
    replay: Replay | None
    replay_note: Say | None
    near: tuple[Near, ...]
    deaths: tuple[Death, ...]
    notes: tuple[Say, ...]
    tables: Tables
    scale: Scale
    memory: Memory
    on_node: str
    nodes: tuple[str, ...]
    passed_over: tuple[PassedOver, ...]


def run(inputs: Inputs) -> Outcome:
    verdict = judge(
        manifest=inputs.manifest,
        usage=inputs.usage,
        version=inputs.kubernetes_version,
        settings=read_settings(
            node_memory=inputs.node_memory,
            swap=inputs.swap,
            kube_reserved=inputs.kube_reserved,
            system_reserved=inputs.system_reserved,
            eviction_hard=inputs.eviction_hard,
            system_used=inputs.system_used,
        ),
        node_name=inputs.node,
        asks_for=inputs.asks_for,
        group=inputs.group,
        keep_recorded=inputs.recorded_class == "keep",
    )
    details = explain_pods(verdict)
    near = near_limits(verdict)
    return Outcome(
        verdict=verdict_line(verdict),
        why=why_line(verdict, details),
        pods=[_pod_outcome(entry) for entry in verdict.pods],
        kill_order=verdict.kill_order,
        eviction_order=verdict.eviction_order,
        details=details,
        rules=_rules(inputs, verdict),
        node=verdict.node,
        replay=verdict.replay,
        replay_note=_replay_note(verdict),
        near=near,
        deaths=three_deaths(verdict, near),
        notes=tuple(node_notes(verdict)),
        tables=make_tables(verdict.kill_order, verdict.eviction_order, verdict.replay, verdict.node),
        scale=draw_scale(_scale_values(verdict), verdict.profile.floor),
        memory=draw_memory(verdict.node, verdict.kill_order, verdict.eviction_order),
        on_node=verdict.on_node,
        nodes=verdict.nodes,
        passed_over=verdict.passed_over,
    )


def _pod_outcome(entry: JudgedPod) -> PodOutcome:
    pod = entry.pod
    return PodOutcome(
        pod.namespace,
        pod.name,
        pod.kind,
        entry.judgement.qos_class,
        entry.judgement.reason,
        pod.priority,
        pod.replicas,
        [
            ContainerOutcome(
                container.name,
                container.kind,
                container.requests["memory"].value if "memory" in container.requests else None,
                container.limits["memory"].value if "memory" in container.limits else None,
                adjustment.value,
                adjustment.rule,
                used,
                badness.points if badness else None,
                badness.oom_score if badness else None,
            )
            for container, adjustment, used, badness in zip(
                pod.containers, entry.adjustments, entry.used, entry.badness, strict=True
            )
        ],
    )


def _rules(inputs: Inputs, verdict: Verdict) -> Rules:
    profile = verdict.profile
    group = inputs.group if profile.kills_whole_container else "too-old"
    return Rules(profile.version, profile.guaranteed, profile.floor, group)


def _replay_note(verdict: Verdict) -> Say | None:
    replay = verdict.replay
    if replay is None:
        return None
    if not replay.missing:
        key = "enough"
    elif replay.relieved:
        key = "relieved"
    else:
        key = "cut-off" if replay.cut_off else "nobody-left"
    return Say(f"replay.{key}", {"kills": len(replay.steps)})


def _scale_values(verdict: Verdict) -> list[tuple[int, str, QosClass]]:
    return [
        (adjustment.value, container.name, entry.judgement.qos_class)
        for entry in verdict.pods
        for container, adjustment in zip(entry.pod.containers, entry.adjustments, strict=True)
    ]


class Row(Form):
    """One container of the Pod that a reader fills in."""

    name: Annotated[str, Line(12)] = ""
    kind: Literal["container", "init", "sidecar"] = "container"
    memory_request: Annotated[str, Line(7)] = ""
    memory_limit: Annotated[str, Line(7)] = ""
    cpu_request: Annotated[str, Line(6)] = ""
    cpu_limit: Annotated[str, Line(6)] = ""


def _write(rows: Sequence[Row], before: str) -> str:
    return pod_manifest([ContainerRow(**row.model_dump()) for row in rows], pod_name(before))


def _read(text: str) -> list[Row] | None:
    rows = read_rows(text)
    return None if rows is None else [Row(**asdict(row)) for row in rows]


WIDGET = Widget(
    slug="oom-score",
    form=Inputs,
    run=run,
    examples=EXAMPLES,
    subject="oom-and-qos",
    builder=Builder(into="manifest", row=Row, write=_write, read=_read, clears=("usage",)),
    prints=("verdict", "why", "pods", "kill_order", "eviction_order"),
    turns=tuple(Turn(version, rule, {"value": value}) for version, rule, value in turns()),
)
