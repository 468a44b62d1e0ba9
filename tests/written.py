"""What we wrote, read once for all tests of a process; with the values that the models compute for it."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from app.content.bank import Bank
from app.content.lesson import Lesson, load_lessons
from app.content.questions import load_bank
from app.content.value import Values, read_values
from app.place import CONTENT
from app.widgetkit.registry import Rooms, find_rooms


@cache
def known_rooms() -> Rooms:
    """All rooms; who changes one reads them anew."""
    return find_rooms()


@cache
def known_lessons() -> tuple[Lesson, ...]:
    return load_lessons(CONTENT)


values_of: Callable[[Path], Values] = cache(partial(read_values, compute=known_rooms().value))


@cache
def known_bank() -> Bank:
    return load_bank(CONTENT, values_of)
