"""How much a lesson asks of its readers at once: its words, and the numbers among them, in English.

What everybody reads is counted: no code, tables, chips and citations, and nothing that is folded or stands beside the
line. Chinese follows the same outline, so it is not counted a second time.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from app.content.chip import CHIP
from app.content.error import ContentError
from app.content.lesson import Told
from app.content.outline import HEADING
from app.content.part import Part
from app.record import dataclass

WORDS = (1800, 3000)  # of a lesson
DEEPER_WORDS = (250, 900)  # of a page that goes deeper
NUMBERS = 4  # in a hundred words of a section
SECTION = 100  # words that a section has before its numbers are counted

_READ = ("text", "short", "so", "follow", "mystery", "solved", "figure", "try")
_NO_SENTENCE = (
    re.compile(r"^```.*?^```", re.S | re.M),
    re.compile(r"^\|.*$", re.M),
    re.compile(r"\{#[a-z0-9-]+\}"),
    re.compile(r"^\[[a-z0-9.#-]+\]", re.M),
    CHIP,
    re.compile(r"\[@[a-z0-9-]+\]"),
    re.compile(r"\]\([^)\s]*\)"),
)
_CODE = re.compile(r"`[^`\n]*`")
_WORD = re.compile(r"\S*\w\S*")
_NUMBER = re.compile(r"(?<![\w.])[−-]?\d[\d.,]*(?!\w)")


@dataclass
class Section:
    """A `##` section, or what stands before the first: its line in the file, and what is counted in it."""

    title: str
    line: int
    words: int = 0
    numbers: int = 0

    @property
    def is_crowded(self) -> bool:
        return self.words >= SECTION and self.numbers * 100 > NUMBERS * self.words


def sections_of(told: Told) -> list[Section]:
    """The sections of a lesson as they are read."""
    found = [Section("", told.parts[0].line if told.parts else told.written.line)]
    for part in told.parts:
        if part.name not in _READ:
            continue
        for title, line, text in _cut(part):
            if title:
                found.append(Section(title, line))
            said = _sentences(text)
            found[-1].words += len(_WORD.findall(said))
            found[-1].numbers += len(_NUMBER.findall(_CODE.sub(" ", said)))
    return found


def _cut(part: Part) -> Iterator[tuple[str, int, str]]:
    """The pieces of a part between headings, each with its title (empty for what continues a section) and line."""
    body = re.split(r"^---[ \t]*$", part.body, maxsplit=1, flags=re.M)[-1] if part.name == "follow" else part.body
    if part.name != "text":
        yield "", part.line, body
        return
    titles = {match.start(): match["title"] for match in HEADING.finditer(body) if match["level"] == "##"}
    for start, end in pairwise([*sorted({0, *titles}), len(body)]):
        yield titles.get(start, ""), part.line + body.count("\n", 0, start), body[start:end]


def _sentences(text: str) -> str:
    for pattern in _NO_SENTENCE:
        text = pattern.sub(" ", text)
    return text


def hurried(told: Told, limits: tuple[int, int] = WORDS) -> Iterator[ContentError]:
    """A page that is too short or too long, and each section with more numbers than one can keep in mind."""
    found = sections_of(told)
    words = sum(each.words for each in found)
    least, most = limits
    if not least <= words <= most:
        advice = f"write {least:,} to {most:,}: fold or cut what the line does not need, or give the reasons that lack"
        yield ContentError(told.path, found[0].line, f"the page has {words:,} words", advice)
    for each in found:
        if each.is_crowded:
            message = f"“{each.title or 'the opening'}” has {each.numbers} numbers in {each.words} words"
            advice = f"leave at most {NUMBERS} in a hundred: say them in words, or move them to a table or a chip"
            yield ContentError(told.path, each.line, message, advice)
