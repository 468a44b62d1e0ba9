"""The model against the kernel this runs on: a child process with a raised oom_score_adj, read from /proc.

Tolerance: TOLERANCE = 4 points of the 2000. One is for thousandths that are truncated twice; the rest is for memory
that moves between two reads of /proc (the child's own pages, counted per thread in batches, and a total that
balloons and hot-plugging may change): a point is 0.15 % of all memory, so three are 0.45 %.
No root is needed: a process may always raise its own value. Only the last test, in which the kernel kills, needs a
cgroup of its own, and is skipped where it may not make one.
"""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.kube.oom import PAGE_BYTES, Badness, weigh

TOLERANCE = 4

MEBIBYTE = 1 << 20
KIBIBYTE = 1 << 10


def _reads_proc() -> bool:
    """Whether /proc shows what a Linux kernel shows; sandboxes that only imitate Linux leave files out or at 0."""
    score, status = Path("/proc/self/oom_score"), Path("/proc/self/status")
    return score.exists() and status.exists() and "VmPTE" in status.read_text() and score.read_text().strip() != "0"


pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not _reads_proc(), reason="needs the /proc of a Linux kernel"
)

HOLD = """
import sys
block = bytearray(int(sys.argv[1]))
for i in range(0, len(block), 4096):
    block[i] = 1
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def child(mebibytes: int, adj: int) -> Iterator[int]:
    """A process that holds some memory and has raised its own oom_score_adj."""
    command = [sys.executable, "-S", "-c", HOLD, str(mebibytes * MEBIBYTE)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        Path(f"/proc/{process.pid}/oom_score_adj").write_text(str(adj))
        yield process.pid
    finally:
        process.communicate()


def read_kib(path: Path, key: str) -> int:
    found = re.search(rf"^{key}:\s+(\d+) kB", path.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def total_pages() -> int:
    meminfo = Path("/proc/meminfo")
    return (read_kib(meminfo, "MemTotal") + read_kib(meminfo, "SwapTotal")) * KIBIBYTE // PAGE_BYTES


def status_pages(pid: int, key: str) -> int:
    return read_kib(Path(f"/proc/{pid}/status"), key) * KIBIBYTE // PAGE_BYTES


def model_of(pid: int) -> Badness:
    return weigh(
        total_pages=total_pages(),
        rss_pages=status_pages(pid, "VmRSS"),
        swap_pages=status_pages(pid, "VmSwap"),
        pagetable_pages=status_pages(pid, "VmPTE"),
        oom_score_adj=int(Path(f"/proc/{pid}/oom_score_adj").read_text()),
        kernel="5.9" if kernel_version() >= (5, 9) else "before-5.9",
    )


def kernel_version() -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])


def shown_score(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score").read_text())


def own_adj() -> int:
    return int(Path("/proc/self/oom_score_adj").read_text())


@pytest.mark.parametrize("adj", [100, 500, 875, 938, 999, 1000])
@pytest.mark.parametrize("mebibytes", [1, 64])
def test_the_score_is_the_kernels(adj: int, mebibytes: int) -> None:
    if adj < own_adj():
        pytest.skip("only root may lower the value")
    with child(mebibytes, adj) as pid:
        assert abs(model_of(pid).oom_score - shown_score(pid)) <= TOLERANCE


def test_this_process_weighs_what_the_model_says() -> None:
    assert abs(model_of(os.getpid()).oom_score - shown_score(os.getpid())) <= TOLERANCE


def test_more_memory_never_lowers_the_score() -> None:
    adj = max(own_adj(), 500)
    with child(1, adj) as small, child(96, adj) as large:
        assert shown_score(large) >= shown_score(small)
        small_points, large_points = model_of(small).points, model_of(large).points
        assert small_points is not None
        assert large_points is not None
        assert large_points - small_points >= 90 * MEBIBYTE // PAGE_BYTES


def test_the_resident_pages_are_those_of_the_mappings() -> None:
    """`VmRSS` of status is kept per thread in batches; smaps_rollup counts the page tables, exactly."""
    with child(64, max(own_adj(), 500)) as pid:
        rollup = Path(f"/proc/{pid}/smaps_rollup")
        if not rollup.exists():
            pytest.skip("this kernel has no smaps_rollup")
        exact = read_kib(rollup, "Rss") * KIBIBYTE // PAGE_BYTES

        assert abs(exact - status_pages(pid, "VmRSS")) * PAGE_BYTES < 2 * MEBIBYTE


def test_a_step_of_the_adjustment_moves_the_score_by_two_thirds() -> None:
    low = max(own_adj(), 100)
    with child(1, low) as pid:
        before = shown_score(pid)
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(low + 300))

        assert abs(shown_score(pid) - before - 200) <= TOLERANCE


# --- whom the kernel really kills -------------------------------------------------------------------

LIMIT = 96 * MEBIBYTE

GROW = """
import sys
held = []
def hold(mebibytes):
    block = bytearray(mebibytes << 20)
    for i in range(0, len(block), 4096):
        block[i] = 1
    held.append(block)
hold(int(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    hold(int(line))
    print("held", flush=True)
"""


@contextmanager
def small_cgroup() -> Iterator[Path]:
    """A cgroup of our own that may use LIMIT bytes and no swap; skipped where nobody may make one."""
    v1, v2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    has_v1 = (v1 / "memory.limit_in_bytes").exists()
    folder = (v1 if has_v1 else v2) / f"podscope-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("only root may make a cgroup")
    try:
        limit = folder / ("memory.limit_in_bytes" if has_v1 else "memory.max")
        try:
            limit.write_text(str(LIMIT))
            for name in ("memory.memsw.limit_in_bytes", "memory.swap.max"):
                if (folder / name).exists():
                    (folder / name).write_text(str(LIMIT) if has_v1 else "0")
        except OSError:
            pytest.skip("this cgroup has no memory controller")
        yield folder
    finally:
        folder.rmdir()


@contextmanager
def member(cgroup: Path, mebibytes: int, adj: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A process inside the cgroup that holds some memory and takes more when it is told to."""
    enter = 'echo $$ > "$0"/cgroup.procs && echo "$1" > /proc/self/oom_score_adj && exec "$2" -S -c "$3" "$4"'
    command = ["sh", "-c", enter, str(cgroup), str(adj), sys.executable, GROW, str(mebibytes)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            pytest.skip("a process may not enter the cgroup")
        yield process
    finally:
        process.kill()
        process.communicate()


def badness_in_cgroup(pid: int) -> int:
    points = weigh(
        total_pages=LIMIT // PAGE_BYTES,
        rss_pages=status_pages(pid, "VmRSS"),
        swap_pages=status_pages(pid, "VmSwap"),
        pagetable_pages=status_pages(pid, "VmPTE"),
        oom_score_adj=int(Path(f"/proc/{pid}/oom_score_adj").read_text()),
    ).points
    assert points is not None
    return points


@pytest.mark.parametrize(("adj", "dies"), [(900, "small"), (0, "large")])
def test_the_kernel_kills_whom_the_model_names(adj: int, dies: str) -> None:
    """A small process with a high value dies before the large one that asks for more; without it, it lives."""
    if own_adj() > 100:
        pytest.skip("this process is itself marked to die early")
    with small_cgroup() as cgroup, member(cgroup, 48, own_adj()) as large, member(cgroup, 8, adj) as small:
        heavier = max((large, small), key=lambda process: badness_in_cgroup(process.pid))
        assert heavier is (small if dies == "small" else large)
        assert large.stdin is not None
        large.stdin.write(b"36\n")
        large.stdin.flush()

        assert heavier.wait(timeout=20) == -9
        assert (large if heavier is small else small).poll() is None
