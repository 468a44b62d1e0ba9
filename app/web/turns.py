"""Models are worked out in a few threads of their own, so that many requests at once take turns.

    drawn = await in_turn(draw, state)

Python lets one thread run at a time: with forty at work, each answer of the event loop would wait for all of them.
"""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

TURNS = 3

P = ParamSpec("P")
T = TypeVar("T")

_turns: RunVar[CapacityLimiter] = RunVar("podscope_turns")


async def in_turn(function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """What the function returns, worked out in a thread as soon as it is its turn."""
    return await to_thread.run_sync(partial(function, *args, **named), limiter=_limiter())


def _limiter() -> CapacityLimiter:
    """Of the event loop that is running."""
    try:
        return _turns.get()
    except LookupError:
        limiter = CapacityLimiter(TURNS)
        _turns.set(limiter)
        return limiter
