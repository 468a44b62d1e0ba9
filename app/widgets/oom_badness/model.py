"""One process on the kernel's scales, its place among what else runs on a node, and both as a picture.

Sources: Linux 6.18 mm/oom_kill.c (oom_badness) and fs/proc/base.c (proc_oom_score); the values of oom_score_adj
of node processes: kubernetes v1.36 pkg/kubelet/apis/config/v1beta1/defaults.go and pkg/kubelet/qos/policy.go,
pkg/proxy/apis/config/v1alpha1/defaults.go, containerd 2.x internal/cri/server/podsandbox/helpers_linux.go,
moby contrib/init/systemd/docker.service; openssh-portable openbsd-compat/port-linux.c (sshd writes -1000 itself);
Debian 12 rsyslog.service (no OOMScoreAdjust, hence 0).
"""

from app.kube.oom import PAGE_BYTES, Badness, Kernel, weigh
from app.record import dataclass


@dataclass(frozen=True)
class Process:
    """What the kernel knows of a process when it looks for a victim: its pages and its oom_score_adj."""

    name: str
    rss_pages: int
    swap_pages: int
    pagetable_pages: int
    oom_score_adj: int


@dataclass(frozen=True)
class Ranked:
    """A process with its badness; `rank` 1 dies first, null when it is never killed; `tied` has no defined order."""

    name: str
    oom_score_adj: int
    used_bytes: int
    badness: int | None
    oom_score: int
    rank: int | None
    tied: bool
    is_yours: bool


@dataclass(frozen=True)
class Row:
    """One line of the picture: where the two bars (adjustment, then memory in use) start and how wide they are."""

    name: str
    is_yours: bool
    y: int
    bar_y: int
    adjustment_x: float
    adjustment_width: float
    used_x: float
    used_width: float


@dataclass(frozen=True)
class Drawing:
    """Badness in thousandths of all memory, from -1000 to 2000, on a drawing 400 units wide."""

    rows: tuple[Row, ...]
    height: int
    zero_x: float
    ticks: tuple[tuple[float, int], ...]


# What else usually runs on a node: oom_score_adj and resident pages of an idle specimen.
NEIGHBOURS = (
    Process("sshd", 2_048, 0, 20, -1000),
    Process("kubelet", 25_600, 0, 200, -999),
    Process("pause", 60, 0, 20, -998),
    Process("guaranteed", 16_384, 0, 60, -997),
    Process("dockerd", 20_480, 0, 150, -500),
    Process("rsyslogd", 2_048, 0, 20, 0),
    Process("burstable", 16_384, 0, 60, 938),
    Process("besteffort", 256, 0, 20, 1000),
)


def weigh_process(process: Process, total_pages: int, kernel: Kernel) -> Badness:
    return weigh(
        total_pages=total_pages,
        rss_pages=process.rss_pages,
        swap_pages=process.swap_pages,
        pagetable_pages=process.pagetable_pages,
        oom_score_adj=process.oom_score_adj,
        kernel=kernel,
    )


def rank(processes: tuple[Process, ...], total_pages: int, kernel: Kernel, yours: Process) -> tuple[Ranked, ...]:
    """Processes in the order of death: highest badness first, those that are never killed last.

    Equal badness has no defined order: the kernel takes the one it meets later in its task list
    (oom_evaluate_task, mm/oom_kill.c).
    """
    weighed = [(process, weigh_process(process, total_pages, kernel)) for process in processes]
    weighed.sort(key=lambda pair: (pair[1].points is None, -(pair[1].points or 0)))
    points = [badness.points for _, badness in weighed]
    return tuple(
        Ranked(
            name=process.name,
            oom_score_adj=process.oom_score_adj,
            used_bytes=badness.used * PAGE_BYTES,
            badness=badness.points,
            oom_score=badness.oom_score,
            rank=None if badness.points is None else points.index(badness.points) + 1,
            tied=badness.points is not None and points.count(badness.points) > 1,
            is_yours=process is yours,
        )
        for process, badness in weighed
    )


def pages_until_it_outranks(adj: int, used_pages: int, total_pages: int, rival: int) -> int:
    """How many more pages a process may use before its badness exceeds `rival`; negative when it already does."""
    return rival - used_pages - adj * (total_pages // 1000)


LEFT, WIDTH, ROW_HEIGHT, HEAD = 4, 392, 44, 30


def draw(ranked: tuple[Ranked, ...], total_pages: int) -> Drawing:
    """Every killable process as a bar from zero by its adjustment and on by the memory it uses."""
    rows = []
    for i, entry in enumerate(entry for entry in ranked if entry.badness is not None):
        adjustment = entry.oom_score_adj * (total_pages // 1000)
        badness = adjustment + entry.used_bytes // PAGE_BYTES
        start, end = _x(adjustment, total_pages), _x(badness, total_pages)
        zero = _x(0, total_pages)
        rows.append(
            Row(
                name=entry.name,
                is_yours=entry.is_yours,
                y=HEAD + i * ROW_HEIGHT + 14,
                bar_y=HEAD + i * ROW_HEIGHT + 20,
                adjustment_x=min(zero, start),
                adjustment_width=round(abs(start - zero), 1),
                used_x=start,
                used_width=max(round(end - start, 1), 1.5),
            )
        )
    ticks = tuple((_x(mille * total_pages // 1000, total_pages), mille) for mille in (-1000, 0, 1000, 2000))
    return Drawing(tuple(rows), HEAD + len(rows) * ROW_HEIGHT + 8, _x(0, total_pages), ticks)


def _x(points: int, total_pages: int) -> float:
    share = min(max(points / total_pages, -1), 2)
    return round(LEFT + WIDTH * (share + 1) / 3, 1)
