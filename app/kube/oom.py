"""How the Linux kernel weighs a process when memory is gone: badness in pages, and `/proc/PID/oom_score`.

Linux `mm/oom_kill.c` oom_badness() and `fs/proc/base.c` proc_oom_score(), 5.9 and later; before 5.9 as named.
Integer division truncates toward zero, as in C.
"""

from typing import Literal

from app.record import dataclass

PAGE_BYTES = 4096
"""Bytes of a page on x86-64 and on most arm64 nodes; the kernel computes in pages."""

NEVER = -1000
"""`oom_score_adj` of a process that is never killed (OOM_SCORE_ADJ_MIN)."""

Kernel = Literal["5.9", "before-5.9"]


@dataclass(slots=True)
class Badness:
    """`points` are pages, null when the process is never killed; `adjustment` is what oom_score_adj adds to them."""

    points: int | None
    used: int
    adjustment: int
    oom_score: int


def truncate(dividend: int, divisor: int) -> int:
    """Integer division toward zero, as in C and Go."""
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def weigh(
    *,
    total_pages: int,
    rss_pages: int,
    swap_pages: int = 0,
    pagetable_pages: int = 0,
    oom_score_adj: int,
    kernel: Kernel = "5.9",
) -> Badness:
    """The badness of one process; `total_pages` is RAM plus swap, or the limit of the cgroup that is full.

    Source: oom_badness(), Linux 6.18 mm/oom_kill.c; 4.17 to 5.8 the same with a floor of 1.
    """
    used = rss_pages + swap_pages + pagetable_pages
    adjustment = oom_score_adj * (total_pages // 1000)
    if oom_score_adj == NEVER:
        return Badness(None, used, adjustment, 0)
    points = used + adjustment
    if kernel == "before-5.9":
        points = max(points, 1)
    return Badness(points, used, adjustment, show_score(points, total_pages, kernel))


def show_score(points: int, total_pages: int, kernel: Kernel = "5.9") -> int:
    """What `/proc/PID/oom_score` prints: proc_oom_score(), fs/proc/base.c; 0 to 2000."""
    if kernel == "before-5.9":
        return points * 1000 // total_pages
    return truncate((1000 + truncate(points * 1000, total_pages)) * 2, 3)


def pages(count_bytes: int) -> int:
    """Bytes as whole pages, rounded up: a page that is touched is used."""
    return -(-count_bytes // PAGE_BYTES)
