"""Python's garbage collector and the C library's memory, as a site wants them that makes everything at its start."""

import ctypes
import gc
from contextlib import suppress

M_ARENA_MAX, ARENAS = -8, 2  # of glibc: by itself eight a core, in each of which something stays
YOUNG = 20_000  # objects that are made before those are looked at again: 3 MB; what makes more has a process of its own


def share_arenas() -> None:
    """Threads take memory from the same few places, where the C library can be told so; the interpreter's lock lets one
    work at a time anyway. For threads that begin later."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def spare_the_collector() -> None:
    """What was made at start stays, so the garbage collector need not look at it again. It looks seldom: an answer
    makes thousands of objects and none of them is garbage before it is sent. What it leaves, `give_back` collects."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(YOUNG, 50, 100)


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
