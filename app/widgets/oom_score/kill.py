"""The kernel's order of death, and the kills replayed until enough memory is free.

Sources: Linux 6.18 mm/oom_kill.c (oom_badness, oom_evaluate_task, oom_kill_process with memory.oom.group);
kubernetes v1.36 sets memory.oom.group on container cgroups (since 1.28, cgroup v2, unless singleProcessOOMKill).
Usage stands for resident pages: kubectl reports the working set, and page tables are not in it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from app.kube.oom import Badness, pages, weigh
from app.record import dataclass
from app.widgets.oom_score.pod import Container, Pod
from app.widgets.oom_score.usage import Process

STEP_LIMIT = 40


class Weighed(NamedTuple):
    """A process that runs, or may run, in a container, with its badness."""

    pod: Pod
    container: Container
    process: Process
    oom_score_adj: int
    badness: Badness

    @property
    def points(self) -> int:
        return self.badness.points or 0


@dataclass(slots=True)
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


_IDLE = (Process("", 0),)


def weigh_processes(
    pod: Pod, container: Container, processes: Sequence[Process], adj: int, total_pages: int
) -> list[Weighed]:
    """The processes of a container with their badness; one that idles where no usage is given.

    An init container without usage has ended and has none.
    """
    if not processes:
        if container.kind == "init":
            return []
        processes = _IDLE
    return [
        Weighed(
            pod,
            container,
            process,
            adj,
            weigh(total_pages=total_pages, rss_pages=pages(process.used), oom_score_adj=adj),
        )
        for process in processes
    ]


def heaviest(weighed: Sequence[Weighed]) -> Badness | None:
    """The badness of a container: that of the process in it that dies first."""
    if len(weighed) == 1:
        return weighed[0].badness
    return max(weighed, key=lambda entry: entry.points).badness if weighed else None


def rank_candidates(weighed: list[Weighed]) -> tuple[Candidate, ...]:
    """All processes, highest badness first."""
    ranked = sorted(weighed, key=lambda entry: -entry.points)
    points = [entry.points for entry in ranked]
    candidates = []
    rank = 0
    for i, (pod, container, process, adj, badness) in enumerate(ranked):
        same_before = i > 0 and points[i - 1] == points[i]
        same_after = i + 1 < len(points) and points[i + 1] == points[i]
        rank = rank if same_before else i + 1
        candidates.append(
            Candidate(
                pod.namespace,
                pod.name,
                container.name,
                process.name,
                adj,
                process.used,
                points[i],
                badness.oom_score,
                rank,
                same_before or same_after,
                container.kind == "sidecar" or (container.kind != "ephemeral" and pod.restart_policy != "Never"),
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
