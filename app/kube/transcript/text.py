"""The lines of a paste without what mail, chats and terminals did to them; each keeps its number in the paste."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from app.kube.paste.recognise import strip_escapes
from app.record import dataclass

_STRAIGHT = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\uff02", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u00a0\u2007\u202f\u3000", " "),
        **dict.fromkeys("\u2502\u2503\u2551\uff5c", "|"),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u2060", None),
    }
)
_RULE = re.compile(
    r"(?=[^\u2500-\u257f]*+[\u2500-\u257f])[\s|+:=\u2500-\u257f-]++|(?=.*?(?:\+-|-\+|\|-|-\|))[\s|+:=-]++"
)
_ENTITIES = {"&quot;": '"', "&#34;": '"', "&#39;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&", "&nbsp;": " "}
_ENTITY = re.compile("|".join(map(re.escape, _ENTITIES)))
_NUMBERED = re.compile(r"^\s*(\d{1,6})(?:[:|.)]|\t|(?=\s)|$)")
_SHARE = 0.6
"""The part of the lines that must have a mark before it counts as put there by somebody else."""

CHECKED_LINES = 400
NAME = r"[a-z0-9][a-z0-9.-]*"
"""The name of an object, a namespace or a node."""


class Line(NamedTuple):
    """One line as it reads; `number` is its place in the paste, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the paste and the line, from 1, on which they begin."""

    quote: str
    line: int


def clear(text: str) -> str:
    """The text without colours, NUL and characters that nobody sees, its quotation marks and frames in ASCII.

    Ends of lines are `\\n`; every line of what a terminal shows keeps its place.
    """
    text = strip_escapes(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = text.translate(_STRAIGHT)
    for _depth in range(ENTITIES_DEEP):
        if "&" not in text or text == (plain := _ENTITY.sub(lambda match: _ENTITIES[match[0]], text)):
            break
        text = plain
    return text.replace("\x00", "")


ENTITIES_DEEP = 4
"""How often HTML may have been written as HTML again."""


def read_lines(text: str) -> list[Line]:
    """The lines of a paste without colours, frames, quotation marks of mails, line numbers and shared indentation."""
    text = clear(text)
    lines = [Line(number, each.rstrip("\n")) for number, each in enumerate(text.split("\n"), 1)]
    lines = _escaped(lines)
    for _ in range(UNDONE):
        before = lines
        for undo in (_quoted, _framed, _numbered, _indented):
            lines = undo(lines)
        if lines is before:
            break
    return lines


UNDONE = 3
"""How often marks are taken off: a quoted mail may have been framed, and that numbered."""


def _full(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines[:CHECKED_LINES] if line.text.strip()]


def _escaped(lines: list[Line]) -> list[Line]:
    """A text that came as one string of JSON or of a shell: `\\n` stands for the end of a line."""
    full = _full(lines)
    if full and all(len(t := line.text.strip()) > 2 and t[0] == t[-1] in "\"'`" for line in full):
        lines = [Line(line.number, line.text.strip()[1:-1].replace('\\"', '"')) for line in lines]
    if len(full) > 4 or not any("\\n" in line.text for line in lines[:8]) or not _is_one_string(lines):
        return lines
    found = []
    for line in lines:
        plain = line.text.strip()
        if plain[:1] in ("{", "["):
            found.append(line)
            continue
        plain = plain.strip(",").strip("'\"").replace('\\"', '"').replace("\\t", "\t")
        found += [Line(line.number, each) for each in plain.split("\\n")]
    return found


def _is_one_string(lines: Sequence[Line]) -> bool:
    """Whether there are enough ends of lines in it, or one after the name of a table's column."""
    return any(
        line.text.count("\\n") >= 3 or re.search(r"AGE\\n|Message\\n|MESSAGE\\n", line.text) for line in lines[:8]
    )


_MARK = re.compile(r"^\s*(?:>|\+(?![-=+])) ?")


def _quoted(lines: list[Line]) -> list[Line]:
    """Without the `>` of quoted mails and the `+` of what a diff adds."""
    for _depth in range(QUOTED_DEEP):
        full = _full(lines)
        if not full or sum(bool(_MARK.match(line.text)) for line in full) <= _SHARE * len(full):
            break
        lines = [Line(line.number, _MARK.sub("", line.text)) for line in lines]
    return lines


QUOTED_DEEP = 8
"""Mails within mails."""


def _framed(lines: list[Line]) -> list[Line]:
    """Without the frame of a box or of a Markdown table."""
    full = _full(lines)
    framed = sum(line.text.lstrip().startswith("|") or bool(_RULE.fullmatch(line.text)) for line in full)
    if not full or framed <= _SHARE * len(full):
        return [line for line in lines if not _RULE.fullmatch(line.text)] if _has_rules(full) else lines
    kept = []
    for line in lines:
        if _RULE.fullmatch(line.text):
            continue
        inner = line.text.strip()
        inner = inner.removeprefix("|").removesuffix("|")
        inner = inner.removeprefix(" ") if not inner.startswith("  ") else inner[1:]
        kept.append(Line(line.number, re.sub(r" *\| ", "   ", inner) if " | " in inner else inner))
    return kept


def _has_rules(full: Sequence[Line]) -> bool:
    return any(re.search(r"[\u2500-\u257f]{4}", line.text) for line in full)


def _numbered(lines: list[Line]) -> list[Line]:
    """Without the line numbers that an editor printed in front."""
    full = _full(lines)
    numbers = [int(match[1]) for line in full if (match := _NUMBERED.match(line.text))]
    least = 2 if numbers[:1] == [1] else 4
    in_order = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
    if len(full) < least or len(numbers) <= 0.9 * len(full) or not in_order:
        return lines
    return [Line(line.number, _NUMBERED.sub("", line.text)) for line in lines]


def _indented(lines: list[Line]) -> list[Line]:
    """Without the indentation that all lines share."""
    least = min((len(line.text) - len(line.text.lstrip(" \t")) for line in lines if line.text.strip()), default=0)
    return [Line(line.number, line.text[least:]) for line in lines] if least else lines


MATCHED, MATCHED_LINES = 4096, 200
"""Characters and lines of one record that are held against patterns; messages of events have 1 KiB at most."""

_BLANK = re.compile(r"\s+")


def squash(text: str) -> str:
    """The text without any white space: what is left when blanks were lost and lines broken in the middle of words."""
    return _BLANK.sub("", text)


@dataclass(frozen=True)
class Chunk:
    """The lines of one record, which may have been broken anywhere; `raw` quotes what was written otherwise."""

    lines: tuple[Line, ...]
    raw: Quote | None = None

    @property
    def line(self) -> int:
        return self.lines[0].number if self.lines else 0

    @property
    def to_line(self) -> int:
        return self.lines[-1].number if self.lines else 0

    @cached_property
    def squashed(self) -> str:
        return squash("".join(line.text for line in self.lines[:MATCHED_LINES])[:MATCHED])

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for line in self.lines:
            starts.append(at)
            at += len(squash(line.text))
        return starts

    def find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Where a pattern without white space stands in it."""
        return pattern.search(self.squashed)

    def quote(self, match: re.Match[str] | None = None) -> Quote:
        """The lines on which a match stands, at most three; without a match the first."""
        if self.raw is not None:
            return self.raw
        if not self.lines:
            return Quote("", 0)
        if match is None:
            chosen: Iterable[Line] = self.lines[:1]
        else:
            first = max(0, bisect_right(self._starts, match.start()) - 1)
            last = max(first, bisect_right(self._starts, max(match.start(), match.end() - 1)) - 1)
            chosen = self.lines[first : min(last + 1, first + 3)]
        chosen = tuple(chosen)
        return Quote("\n".join(line.text.strip() for line in chosen)[:QUOTED], chosen[0].number)


QUOTED = 700
"""Characters that a quotation has at most."""


def unwrapped(lines: Sequence[Line], starts: "re.Pattern[str] | None" = None) -> Iterator[Chunk]:
    """Records of one line each, with what a narrow terminal broke off from them; `starts` is how a record begins.

    Without `starts` a line is taken for broken when it is as long as the longest and another is as long.
    """
    group: list[Line] = []
    width = wrap_width(lines)
    for line in lines:
        if group and _goes_on(group[-1], line, width, starts):
            group.append(line)
        else:
            if group:
                yield Chunk(tuple(group))
            group = [line]
    if group:
        yield Chunk(tuple(group))


def _goes_on(before: Line, line: Line, width: int, starts: "re.Pattern[str] | None") -> bool:
    if starts is not None and starts.match(line.text):
        return False
    if width and len(before.text) >= width - 1 and len(before.text) <= width:
        return bool(line.text.strip())
    return False


def wrap_width(lines: Sequence[Line]) -> int:
    """The columns of the terminal that broke these lines; 0 where no two lines are as long as the longest."""
    lengths = [len(line.text) for line in lines]
    longest = max(lengths, default=0)
    if longest < 40 or longest > 400:
        return 0
    return longest if sum(length >= longest - 1 for length in lengths) >= 2 else 0


def joined(chunk: Chunk) -> str:
    """The record in one line; a break after a full line is no blank."""
    return "".join(line.text for line in chunk.lines)
