"""A lesson's text cut into parts: Markdown, and directives that open with `::: name argument` and close with `:::`."""

import re
from pathlib import Path

from app.content.error import ContentError, Tell, stop
from app.record import dataclass

DIRECTIVES = {
    "mystery": True,
    "short": False,
    "widget": True,
    "figure": True,
    "follow": True,
    "file": True,
    "question": True,
    "so": False,
    "aside": False,
    "deeper": True,
    "solved": True,
    "changes": False,
    "claims": False,
    "try": False,
}
TITLED = ("deeper",)  # their argument is a text for readers, in their language

_OPENING = re.compile(r"^:::\s*(?P<name>[a-z]+)(?:\s+(?P<argument>\S.*?))?\s*$")
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})")


@dataclass(frozen=True)
class Part:
    """`name` is `text` or a directive's; `line` (from 1) is where it begins in the file, the body one line later."""

    name: str
    argument: str
    body: str
    line: int


def split_parts(path: Path, text: str, first_line: int, tell: Tell = stop) -> list[Part]:
    """The parts of a lesson; an unclosed, unknown or nested directive is told, and is none of them."""
    parts: list[Part] = []
    lines: list[str] = []
    opened: tuple[str, str, int] | None = None
    start, fence = first_line, ""
    for number, line in enumerate(text.splitlines(), first_line):
        fence = _next_fence(fence, line)
        if fence or not line.startswith(":::"):
            lines.append(line)
            continue
        if opened is None:
            parts.append(Part("text", "", "\n".join(lines), start))
            opened = _opened(path, line, number, tell)
        elif line.strip() == ":::":
            parts.append(Part(opened[0], opened[1], "\n".join(lines), opened[2]))
            opened = None
        else:
            tell(ContentError(path, number, f"a directive inside ::: {opened[0]} (line {opened[2]})", "close it first"))
            opened = _opened(path, line, number, tell)
        lines, start = [], number + 1
    if opened is not None:
        tell(ContentError(path, opened[2], f"::: {opened[0]} is never closed", "end it with a line that is only :::"))
    parts.append(Part("text", "", "\n".join(lines), start))
    return [part for part in parts if part.name in DIRECTIVES or (part.name == "text" and part.body.strip())]


def _next_fence(fence: str, line: str) -> str:
    """The code fence that is open after this line, empty when none is."""
    match = _FENCE.match(line)
    if not match:
        return fence
    mark = match["fence"]
    if not fence:
        return mark
    closes = mark[0] == fence[0] and len(mark) >= len(fence) and line.strip() == mark
    return "" if closes else fence


def _opened(path: Path, line: str, number: int, tell: Tell) -> tuple[str, str, int] | None:
    """The directive that a line opens; one with a mistake has no name, and a line that opens none is passed over."""
    try:
        return _opening(path, line, number)
    except ContentError as error:
        tell(error)
        return None if line.strip() == ":::" else ("", "", number)


def _opening(path: Path, line: str, number: int) -> tuple[str, str, int]:
    match = _OPENING.match(line)
    if not match:
        raise ContentError(path, number, f"not a directive: {line.strip()}", "write ::: name argument")
    name, argument = match["name"], match["argument"] or ""
    if name not in DIRECTIVES:
        raise ContentError(path, number, f"no directive is called {name}", f"use one of {', '.join(DIRECTIVES)}")
    if DIRECTIVES[name] != bool(argument):
        wants = "needs an argument" if DIRECTIVES[name] else "takes no argument"
        raise ContentError(
            path, number, f"::: {name} {wants}", f"write ::: {name}{' name' if DIRECTIVES[name] else ''}"
        )
    if " " in argument and name not in TITLED:
        raise ContentError(path, number, f"::: {name} takes one name, not “{argument}”", f"write ::: {name} name")
    return name, argument, number
