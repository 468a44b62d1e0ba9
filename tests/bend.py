"""Something wrong at any place of an object: what attacks on the readers of pasted objects are made of."""

import copy
from collections.abc import Iterator
from typing import Any

Way = tuple[str | int, ...]


def paths_of(value: Any, path: Way = ()) -> Iterator[Way]:
    """The way to the object itself and to everything in it."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths_of(inner, (*path, key))


def bent(thing: Any, path: Way, put: Any) -> Any:
    """The object with something else at a place."""
    if not path:
        return put
    made = copy.deepcopy(thing)
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = put
    return made
