"""Text in columns: a Chinese character is two wide, in pictures as in terminals."""

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

_PIECE = re.compile(r"\s+|[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")
_NEVER_FIRST = "，。、；：！？）”’》」』】…"  # no Chinese line begins with one of these


def width_of(text: str) -> int:
    if text.isascii():
        return len(text)
    widths = list(map(east_asian_width, text))
    return len(widths) + widths.count("W") + widths.count("F")


def padded(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))


def wrapped(text: str, width: int | None) -> Iterator[str]:
    """The text in lines of at most so many columns; one line without a width. A word longer than a line stays whole."""
    if width is None or width_of(text) <= width:
        yield text
        return
    line = ""
    for piece in _PIECE.findall(text):
        if line and piece not in _NEVER_FIRST and width_of(line) + width_of(piece) > width:
            yield line.rstrip()
            line = ""
        line += piece if line or not piece.isspace() else ""
    if line.strip():
        yield line.rstrip()
