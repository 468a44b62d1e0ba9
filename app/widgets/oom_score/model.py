"""The whole judgement of a node: classes, adjustments, the order of death and the order of eviction."""

from dataclasses import dataclass
from typing import Literal

from app.kube.manifest import load_documents
from app.kube.oom import Badness
from app.widgets.oom_score.adjust import Adjustment, adjust
from app.widgets.oom_score.admission import admit, read_cluster
from app.widgets.oom_score.eviction import Evictee, rank_evictions, used_by
from app.widgets.oom_score.kill import Candidate, Replay, rank_candidates, replay, weigh_container
from app.widgets.oom_score.node import Node, Settings, describe_node, read_bytes
from app.widgets.oom_score.pod import Container, Pod, read_pods
from app.widgets.oom_score.profile import Profile, Version, find_profile
from app.widgets.oom_score.qos import Judgement, classify
from app.widgets.oom_score.usage import Usage, read_usage

Group = Literal["whole-container", "single-process"]


@dataclass(frozen=True, slots=True)
class JudgedPod:
    """A pod with its class and, for each of its containers in order, its adjustment and its badness."""

    pod: Pod
    judgement: Judgement
    adjustments: list[Adjustment]
    badness: list[Badness | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything the page shows, still as the model holds it."""

    profile: Profile
    node: Node
    pods: list[JudgedPod]
    usage: Usage
    kill_order: tuple[Candidate, ...]
    replay: Replay | None
    wants_usage: bool
    eviction_order: tuple[Evictee, ...]


def judge(
    *,
    manifest: str,
    usage: str,
    version: Version,
    settings: Settings,
    asks_for: str = "",
    group: Group = "whole-container",
    keep_recorded: bool = False,
) -> Verdict:
    """Reads, admits and judges every pod of the manifest on one node."""
    profile = find_profile(version)
    documents = load_documents(manifest, field="manifest")
    cluster = read_cluster(documents)
    pods = [admit(pod, profile, cluster) for pod in read_pods(documents, "manifest")]
    used = read_usage(usage, pods, "usage")
    pods_used = sum(used_by(pod, used) or 0 for pod in pods) if used.is_given else None
    node = describe_node(settings, pods_used)
    judged = [_judge_pod(pod, profile, settings.capacity, node, used, keep_recorded) for pod in pods]
    kill_order = rank_candidates(_running(judged), used, node.total_pages)
    return Verdict(
        profile=profile,
        node=node,
        pods=judged,
        usage=used,
        kill_order=kill_order,
        wants_usage=node.pods_used is None and bool(asks_for.strip()),
        replay=_replay(kill_order, node, asks_for, group, profile),
        eviction_order=rank_evictions([(entry.pod, entry.judgement.qos_class) for entry in judged], used, profile),
    )


def _judge_pod(pod: Pod, profile: Profile, capacity: int, node: Node, usage: Usage, keep_recorded: bool) -> JudgedPod:
    judgement = classify(pod, profile, keep_recorded=keep_recorded)
    adjustments = adjust(pod, judgement.qos_class, profile, capacity)
    badness = [
        weigh_container(usage, pod, container, adjustment.value, node.total_pages)
        for container, adjustment in zip(pod.containers, adjustments, strict=True)
    ]
    return JudgedPod(pod, judgement, adjustments, badness)


def _running(judged: list[JudgedPod]) -> list[tuple[Pod, Container, int]]:
    return [
        (entry.pod, container, adjustment.value)
        for entry in judged
        for container, adjustment in zip(entry.pod.containers, entry.adjustments, strict=True)
    ]


def _replay(
    kill_order: tuple[Candidate, ...], node: Node, asks_for: str, group: Group, profile: Profile
) -> Replay | None:
    """The kills, when usage is known: memory asked for beyond what RAM and swap have left."""
    wanted = read_bytes(asks_for, "asks_for")
    if node.pods_used is None:
        return None
    return replay(
        kill_order,
        free=node.capacity + node.swap - node.system_used - node.pods_used,
        asks_for=wanted,
        whole_container=group == "whole-container" and profile.kills_whole_container,
    )
