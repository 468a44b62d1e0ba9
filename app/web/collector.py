"""Python's garbage collector, as a site wants it that makes everything at its start."""

import gc


def spare_the_collector() -> None:
    """What was made at start stays, so the garbage collector need not look at it again; a pasted cluster of
    5,000 pods makes many objects at once and none of them is garbage before the answer."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 50, 100)
