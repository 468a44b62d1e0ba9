"""What we wrote with the values that the models compute for it, as the site reads it."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from app.content.value import Values, read_values
from app.widgetkit.registry import find_rooms

values_of: Callable[[Path], Values] = cache(partial(read_values, compute=find_rooms().value))
