"""Python's garbage collector and the C library's memory, as a site wants them that makes everything at its start."""

import ctypes
import gc
from contextlib import suppress

# Of glibc's mallopt. By itself it has eight arenas a core, in each of which something stays, and once a compressor of a
# megabyte was let go it asks the system for nothing smaller any more and keeps twice as much free.
M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -8, -3, -1
GLIBC = {M_ARENA_MAX: 1, M_MMAP_THRESHOLD: 512 << 10, M_TRIM_THRESHOLD: 256 << 10}
YOUNG = 7_000  # objects that are made before those are looked at again: 1 MB; what makes more has a process of its own


def keep_little() -> None:
    """Threads take memory from the same place and give back what is large, where the C library can be told so; the
    interpreter's lock lets one work at a time anyway. For threads that begin later."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        for name, value in GLIBC.items():
            library.mallopt(name, value)


def spare_the_collector() -> None:
    """What was made at start stays, so the garbage collector need not look at it again. It looks seldom: an answer
    makes thousands of objects and none of them is garbage before it is sent. What it leaves, `give_back` collects."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(YOUNG, 10, 20)


def give_back() -> None:
    """After large requests, and now and then: what nobody has any more is collected, and its memory goes back to the
    system."""
    gc.collect()
    trim()


def trim() -> None:
    """What is free inside this process goes back to the system, where the C library can be told so (glibc keeps it
    otherwise); others are not kept waiting meanwhile."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
