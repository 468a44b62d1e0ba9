"""Models are worked out in a few threads of their own, so that many requests at once take turns.

    drawn = await in_turn(draw, state)
    health = await aside(look)

Python lets one thread run at a time: with forty at work, each answer of the event loop would wait for all of them.
What operators ask has threads that nobody else takes, since it is asked when all others wait.
"""

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

TURNS = 3
ASIDE = 2

P = ParamSpec("P")
T = TypeVar("T")

_turns: RunVar[CapacityLimiter] = RunVar("podscope_turns")
_aside: RunVar[CapacityLimiter] = RunVar("podscope_aside")


async def in_turn(function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """What the function returns, worked out in a thread as soon as it is its turn."""
    return await to_thread.run_sync(partial(function, *args, **named), limiter=_limiter(_turns, TURNS))


def taking_turns(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same as a route that asks no database: it is answered while all threads wait for one."""

    @wraps(function)
    async def route(*args: P.args, **named: P.kwargs) -> T:
        return await in_turn(function, *args, **named)

    return route


async def aside(function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """What the function returns, from a thread that no reader's request can take."""
    return await to_thread.run_sync(partial(function, *args, **named), limiter=_limiter(_aside, ASIDE))


def _limiter(kept: RunVar[CapacityLimiter], threads: int) -> CapacityLimiter:
    """Of the event loop that is running."""
    try:
        return kept.get()
    except LookupError:
        limiter = CapacityLimiter(threads)
        kept.set(limiter)
        return limiter
