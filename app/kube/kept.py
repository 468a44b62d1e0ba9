"""What is remembered from one reader to the next: answers to short questions only, so that nobody's paste stays."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache, partial, wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar
from weakref import ref

KEPT_LENGTH = 64
"""Characters of the longest text that is remembered: what many readers write is shorter."""

STORIES = 16
"""Stories of all rooms together that are remembered while somebody steps through them: of a quarter of a megabyte at
most each. A reader's next step is of one of the last; what is asked for often is kept as bytes anyway."""

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


class Beside:
    """What was worked out of an object beside it, by name, for as long as it lives; of each at most `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[int, tuple[ref[Any], dict[Hashable, Any]]] = {}

    def find(self, thing: object, name: Hashable, make: Callable[[], Found]) -> Found:
        place = id(thing)
        known = self._of.get(place)
        if known is None or known[0]() is not thing:
            known = self._of[place] = (ref(thing, partial(self._forget, place)), {})
        found: Found | None = known[1].get(name)
        if found is None:
            if len(known[1]) >= self._most:
                known[1].clear()
            found = known[1][name] = make()
        return found

    def _forget(self, place: int, gone: "ref[Any]") -> None:
        known = self._of.get(place)
        if known is not None and known[0] is gone:
            del self._of[place]


class Stories:
    """The last stories of all rooms, by who tells them and of what; at most `most`."""

    def __init__(self, most: int = STORIES) -> None:
        self._most = most
        self._lock = Lock()
        self._told: OrderedDict[tuple[Callable[..., Any], Hashable], Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._told)

    def find(self, teller: Callable[..., Any], asked: Hashable) -> Any:
        """None when it is not remembered."""
        with self._lock:
            found = self._told.get((teller, asked))
            if found is not None:
                self._told.move_to_end((teller, asked))
            return found

    def keep(self, teller: Callable[..., Any], asked: Hashable, story: Any) -> None:
        with self._lock:
            self._told[teller, asked] = story
            while len(self._told) > self._most:
                self._told.popitem(last=False)

    def forget(self, teller: Callable[..., Any]) -> None:
        with self._lock:
            for key in [key for key in self._told if key[0] is teller]:
                del self._told[key]


LAST = Stories()


def kept_story(teller: Callable[Arguments, Found]) -> Callable[Arguments, Found]:
    """For a pure function that tells a story: the last ones, of all rooms together, are not told again. One that a
    longer text is part of is not kept."""

    @wraps(teller)
    def look(*arguments: Arguments.args, **named: Arguments.kwargs) -> Found:
        if any(isinstance(each, str) and len(each) > KEPT_LENGTH for each in (*arguments, *named.values())):
            return teller(*arguments, **named)
        asked = (arguments, tuple(named.items()))
        found: Found | None = LAST.find(teller, asked)
        if found is None:
            found = teller(*arguments, **named)
            LAST.keep(teller, asked, found)
        return found

    look.cache_clear = lambda: LAST.forget(teller)  # type: ignore[attr-defined]  # as `lru_cache` has it
    return look
