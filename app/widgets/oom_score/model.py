"""The whole judgement of a node: classes, adjustments, the order of death and the order of eviction."""

from collections.abc import Sequence
from typing import Literal

from app.kube.oom import Badness
from app.kube.paste.passed import PassedOver
from app.kube.paste.pods import PODS_PRINTED_BY
from app.kube.paste.read import load_documents
from app.record import dataclass
from app.widgets.oom_score.adjust import Adjustment, adjust
from app.widgets.oom_score.admission import admit, read_cluster
from app.widgets.oom_score.eviction import Evictee, rank_evictions
from app.widgets.oom_score.kill import Candidate, Replay, Weighed, heaviest, rank_candidates, replay, weigh_processes
from app.widgets.oom_score.node import Node, Settings, describe_node, read_bytes
from app.widgets.oom_score.node_pods import pods_of_node
from app.widgets.oom_score.pod import Pod, read_pods
from app.widgets.oom_score.profile import Profile, Version, find_profile
from app.widgets.oom_score.qos import Judgement, classify
from app.widgets.oom_score.usage import Process, Usage, read_usage, total

Group = Literal["whole-container", "single-process"]


@dataclass(slots=True)
class JudgedPod:
    """A pod with its class and, for each of its containers in order, what it uses, its adjustment and its badness.

    Not frozen, like everything that there is one of for each pod: freezing makes an object five times as slow.
    """

    pod: Pod
    judgement: Judgement
    used: list[int | None]
    adjustments: list[Adjustment]
    weighed: list[list[Weighed]]

    @property
    def badness(self) -> list[Badness | None]:
        return [heaviest(processes) for processes in self.weighed]


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
    on_node: str
    """The node whose pods these are, empty when none of them names one."""
    nodes: tuple[str, ...]
    """All nodes on which pods of the text run."""
    passed_over: tuple[PassedOver, ...]


def judge(
    *,
    manifest: str,
    usage: str,
    version: Version,
    settings: Settings,
    node_name: str = "",
    asks_for: str = "",
    group: Group = "whole-container",
    keep_recorded: bool = False,
) -> Verdict:
    """Reads, admits and judges every pod of the manifest on one node."""
    profile = find_profile(version)
    documents = load_documents(manifest, field="manifest", wanted=PODS_PRINTED_BY)
    chosen = pods_of_node(documents, node_name, "manifest")
    cluster = read_cluster(documents)
    pods = [admit(pod, profile, cluster) for pod in read_pods(chosen.pods)]
    elsewhere = frozenset((one.namespace, one.name) for one in chosen.passed_over)
    used = read_usage(usage, pods, "usage", elsewhere)
    processes = [used.of(pod) for pod in pods]
    totals = [total([process for known in of_pod for process in known]) for of_pod in processes]
    node = describe_node(settings, sum(known or 0 for known in totals) if used.is_given else None)
    judged = [
        _judge_pod(pod, of_pod, profile, node, keep_recorded) for pod, of_pod in zip(pods, processes, strict=True)
    ]
    kill_order = rank_candidates([entry for pod in judged for weighed in pod.weighed for entry in weighed])
    classes = [entry.judgement.qos_class for entry in judged]
    return Verdict(
        profile=profile,
        node=node,
        pods=judged,
        usage=used,
        kill_order=kill_order,
        wants_usage=node.pods_used is None and bool(asks_for.strip()),
        replay=_replay(kill_order, node, asks_for, group, profile),
        eviction_order=rank_evictions(list(zip(pods, classes, totals, strict=True)), profile),
        on_node=chosen.node,
        nodes=chosen.nodes,
        passed_over=chosen.passed_over,
    )


def _judge_pod(
    pod: Pod, processes: list[Sequence[Process]], profile: Profile, node: Node, keep_recorded: bool
) -> JudgedPod:
    judgement = classify(pod, profile, keep_recorded=keep_recorded)
    adjustments = adjust(pod, judgement.qos_class, profile, node.capacity)
    weighed = [
        weigh_processes(pod, container, known, adjustment.value, node.total_pages)
        for container, known, adjustment in zip(pod.containers, processes, adjustments, strict=True)
    ]
    return JudgedPod(pod, judgement, [total(known) for known in processes], adjustments, weighed)


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
