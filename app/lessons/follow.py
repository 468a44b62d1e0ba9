"""The body of `::: follow ROOM`: the inputs of a run, a line `---`, and paragraphs that name its steps.

fault: none
---
[store] Nothing has happened on any machine yet.

[notice..bind] The scheduler …
"""

import re
from collections.abc import Iterator

from app.content.part import Part
from app.record import dataclass

_SPLIT = re.compile(r"^---[ \t]*$", re.M)
KEY = r"[a-z0-9][a-z0-9-]*(?:#\d+)?"
_STARTS = re.compile(rf"^\[(?P<first>{KEY})(?:\.\.(?P<last>{KEY}))?\][ \t]*", re.M)


@dataclass(frozen=True)
class Passage:
    """What is told of a step, or of a range of steps, of which the last is shown; `line` is that of its first word."""

    first: str
    last: str
    body: str
    line: int


def inputs_part(part: Part) -> Part:
    """The inputs of the run, as those of a widget stand in a directive."""
    split = _SPLIT.search(part.body)
    return Part(part.name, part.argument, part.body[: split.start()] if split else "", part.line)


def passages(part: Part) -> Iterator[Passage]:
    """The paragraphs by the steps that they tell; one without a key belongs to the step before."""
    split = _SPLIT.search(part.body)
    start = split.end() if split else 0
    found = list(_STARTS.finditer(part.body, start))
    for place, match in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(part.body)
        line = part.line + 1 + part.body.count("\n", 0, match.start())
        yield Passage(match["first"], match["last"] or match["first"], part.body[match.end() : end], line)


def without_keys(body: str) -> str:
    """The paragraphs alone, for a page that shows no steps."""
    return _STARTS.sub("", body)


def loose_text(part: Part) -> int | None:
    """The line of a text that stands before the first step, if there is one."""
    split = _SPLIT.search(part.body)
    start = split.end() if split else 0
    first = _STARTS.search(part.body, start)
    before = part.body[start : first.start() if first else len(part.body)]
    if not before.strip():
        return None
    return part.line + 1 + part.body.count("\n", 0, start + len(before) - len(before.lstrip()))
