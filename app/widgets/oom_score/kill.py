"""The kernel's order of death, and the kills replayed until enough memory is free.

Sources: Linux 6.18 mm/oom_kill.c (oom_badness, oom_evaluate_task, oom_kill_process with memory.oom.group);
kubernetes v1.36 sets memory.oom.group on container cgroups (since 1.28, cgroup v2, unless singleProcessOOMKill).
Usage stands for resident pages: kubectl reports the working set, and page tables are not in it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.kube.oom import Badness, pages, weigh
from app.widgets.oom_score.pod import Container, Pod
from app.widgets.oom_score.usage import Process, Usage

STEP_LIMIT = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """A process the kernel may choose; `rank` 1 dies first, `tied` ones have no defined order among themselves."""

    namespace: str
    pod: str
    container: str
    process: str
    oom_score_adj: int
    used: int
    badness: int
    oom_score: int
    rank: int
    tied: bool
    restarts: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One kill: the victim, who dies with it, the bytes that become free, and what is still missing."""

    number: int
    victim: Candidate
    together: int
    freed: int
    free: int
    missing: int


@dataclass(frozen=True, slots=True)
class Replay:
    """From the moment somebody asks for more than is free (bytes) to the end of the pressure."""

    asks_for: int
    free: int
    missing: int
    steps: tuple[Step, ...]
    relieved: bool
    cut_off: bool


def weigh_container(usage: Usage, pod: Pod, container: Container, adj: int, total_pages: int) -> Badness | None:
    """The badness of the container's heaviest process; an init container without usage has ended and has none."""
    processes = usage.of(pod, container.name)
    if not processes and container.kind == "init":
        return None
    heaviest = max((process.used for process in processes), default=0)
    return weigh(total_pages=total_pages, rss_pages=pages(heaviest), oom_score_adj=adj)


def rank_candidates(
    containers: Iterable[tuple[Pod, Container, int]], usage: Usage, total_pages: int
) -> tuple[Candidate, ...]:
    """All processes of all running containers, highest badness first; those without usage as if they idled."""
    weighed: list[tuple[int, int, Pod, Container, int, Process]] = []
    for pod, container, adj in containers:
        processes = usage.of(pod, container.name)
        if not processes:
            if container.kind == "init":
                continue
            processes = [Process("", 0)]
        for process in processes:
            badness = weigh(total_pages=total_pages, rss_pages=pages(process.used), oom_score_adj=adj)
            points = badness.points if badness.points is not None else 0
            weighed.append((points, badness.oom_score, pod, container, adj, process))
    weighed.sort(key=lambda entry: -entry[0])
    return _with_ranks(weighed)


def _with_ranks(
    weighed: Sequence[tuple[int, int, Pod, Container, int, Process]],
) -> tuple[Candidate, ...]:
    candidates = []
    rank = 0
    for i, (points, score, pod, container, adj, process) in enumerate(weighed):
        same_before = i > 0 and weighed[i - 1][0] == points
        same_after = i + 1 < len(weighed) and weighed[i + 1][0] == points
        rank = rank if same_before else i + 1
        candidates.append(
            Candidate(
                namespace=pod.namespace,
                pod=pod.name,
                container=container.name,
                process=process.name,
                oom_score_adj=adj,
                used=process.used,
                badness=points,
                oom_score=score,
                rank=rank,
                tied=same_before or same_after,
                restarts=container.kind == "sidecar"
                or (container.kind != "ephemeral" and pod.restart_policy != "Never"),
            )
        )
    return tuple(candidates)


def replay(candidates: Sequence[Candidate], *, free: int, asks_for: int, whole_container: bool) -> Replay:
    """Kills by badness until `asks_for` bytes are free; with `whole_container` (memory.oom.group) all at once.

    Killing changes nobody else's badness, so the order is that of the start. System processes are left out.
    """
    by_container: dict[tuple[str, str, str], list[Candidate]] = {}
    for candidate in candidates:
        by_container.setdefault(_container_of(candidate), []).append(candidate)
    start, dead, steps = free, set[int](), list[Step]()
    for victim in candidates:
        if free >= asks_for or len(steps) == STEP_LIMIT:
            break
        if id(victim) in dead:
            continue
        killed = by_container[_container_of(victim)] if whole_container else [victim]
        killed = [candidate for candidate in killed if id(candidate) not in dead]
        dead.update(id(candidate) for candidate in killed)
        freed = sum(candidate.used for candidate in killed)
        free += freed
        steps.append(Step(len(steps) + 1, victim, len(killed), freed, free, max(0, asks_for - free)))
    relieved = free >= asks_for
    return Replay(
        asks_for=asks_for,
        free=start,
        missing=max(0, asks_for - start),
        steps=tuple(steps),
        relieved=relieved,
        cut_off=not relieved and len(steps) == STEP_LIMIT,
    )


def _container_of(candidate: Candidate) -> tuple[str, str, str]:
    return candidate.namespace, candidate.pod, candidate.container
