"""What is remembered from one reader to the next: answers to short questions only, so that nobody's paste stays."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

KEPT_LENGTH = 64
"""Characters of the longest text that is remembered: what many readers write is shorter."""

STORIES = 32
"""Stories of a room that are remembered while somebody steps through them: of a quarter of a megabyte at most."""

Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")


def kept_if_short(size: int) -> Callable[[Callable[Arguments, Found]], Callable[Arguments, Found]]:
    """`lru_cache(size)` for a pure function, but a call with a longer text is worked out anew and not kept.

    Arguments are given by position, and none holds a text inside.
    """

    def decorate(function: Callable[Arguments, Found]) -> Callable[Arguments, Found]:
        kept = lru_cache(maxsize=size)(function)

        @wraps(function)
        def look(*arguments: Arguments.args, **named: Arguments.kwargs) -> Found:
            for argument in arguments:
                if isinstance(argument, str) and len(argument) > KEPT_LENGTH:
                    return function(*arguments, **named)
            return kept(*arguments, **named)  # type: ignore[arg-type]  # what has no hash fails there

        # As `lru_cache` has them.
        look.cache_clear = kept.cache_clear  # type: ignore[attr-defined]
        look.cache_parameters = kept.cache_parameters  # type: ignore[attr-defined]
        return look

    return decorate
