"""A lesson's sections as plain text: what search finds, and where a term is taught."""

import re
from collections.abc import Iterator

from app.content.language import Lang
from app.content.lesson import Lesson
from app.content.outline import HEADING
from app.record import dataclass

PROSE = ("text", "short", "aside", "figure", "follow", "so", "deeper", "mystery", "solved", "try")
"""The parts of a lesson whose body is Markdown, or inputs, a line `---` and Markdown."""

_MARKS = (
    (re.compile(r"\s?\[@[a-z0-9-]+\]|\s?\[(?:since|until|alpha|beta) [^\]\n]*\]"), ""),
    (re.compile(r"^```.*$", re.M), ""),
    (re.compile(r"^\|?[ :|-]*-{3}[ :|-]*$", re.M), ""),
    (re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)"), r"\1"),
    (re.compile(r"\*\*|`"), ""),
    (re.compile(r"(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])"), ""),
    (re.compile(r"^\s*(?:[-*>]|\d+\.)\s+", re.M), ""),
    (re.compile(r"^\[[a-z0-9#-]+(?:\.\.[a-z0-9#-]+)?\] ", re.M), ""),
    (re.compile(r"\s*\|\s*"), " "),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True)
class Section:
    """What stands below one heading; the beginning of a lesson has no id and the lesson's title."""

    id: str
    title: str
    text: str
    markdown: str


def plain(markdown: str) -> str:
    """A Markdown text as it is read, without its marks, citations and chips."""
    for pattern, instead in _MARKS:
        markdown = pattern.sub(instead, markdown)
    return markdown.strip()


def sections_of(lesson: Lesson, lang: Lang) -> tuple[Section, ...]:
    """Every section in its order; one of level three is a section too."""
    id_, title = "", lesson.title(lang)
    found: list[Section] = []
    lines: list[str] = []

    def close() -> None:
        markdown = "\n".join(lines).strip()
        if markdown:
            found.append(Section(id_, title, plain(markdown), markdown))
        lines.clear()

    for line in _prose(lesson, lang):
        if heading := HEADING.match(line):
            close()
            id_, title = heading["id"], plain(heading["title"])
        else:
            lines.append(line)
    close()
    return tuple(found)


def title_of(lesson: Lesson, lang: Lang, section: str) -> str:
    """The title of one section; the lesson's own where there is none of this id."""
    headings = (HEADING.match(line) for line in _prose(lesson, lang))
    found = (heading["title"] for heading in headings if heading and heading["id"] == section)
    return next(map(plain, found), lesson.title(lang))


def _prose(lesson: Lesson, lang: Lang) -> Iterator[str]:
    for part in lesson.texts[lang].parts:
        if part.name in PROSE:
            body = part.body.partition("\n---\n")[2] or part.body if part.name == "follow" else part.body
            yield from body.splitlines()
            yield ""
