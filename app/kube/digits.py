"""Whole numbers in what people paste, and numbers as they are written for programs and for people."""

import math
import re

MOST = 18
"""Digits that every signed number of 64 bits can have."""

_WHOLE = re.compile(r"(?<![\w.,])[0-9]{4,}(?!\w)")


def is_whole(text: str) -> bool:
    """Whether the text is a number of ASCII digits that `int` reads at once: not `²`, not `٣`, not 5,000 digits."""
    return text.isascii() and text.isdigit() and len(text) <= MOST


def plain(value: float) -> str:
    """At most ten significant digits; whole numbers in full."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "−Inf"
    text = str(int(value)) if value.is_integer() and abs(value) < 1e16 else f"{value:.10g}"
    return text.replace("-", "−")


def shown(value: float) -> str:
    """The same number for a reader."""
    return grouped(plain(value))


def grouped(text: str) -> str:
    """The numbers of a text with their thousands grouped, as both languages do: `536,870,912`. A quantity with a suffix
    stays as it is, since it is written so."""
    return _WHOLE.sub(lambda whole: f"{int(whole[0]):,}", text).replace("-", "−")
