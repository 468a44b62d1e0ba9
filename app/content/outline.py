"""What a lesson's two texts have in common: front matter, and headings that end with `{#an-id}`."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.content.deeper import deeper_ids, deeper_path, section_of
from app.content.entry import Entry, Text, parse_yaml
from app.content.error import ContentError, Tell, stop, text_of
from app.content.language import LANGUAGES, Lang
from app.content.value import MAIN, UNCOMPUTED, Values
from app.record import dataclass

HEADING_ID = re.compile(r"[ \t]*\{#(?P<id>[a-z0-9-]+)\}[ \t]*$", re.MULTILINE)
HEADING = re.compile(rf"^(?P<level>##+) (?P<title>.*?){HEADING_ID.pattern}", re.MULTILINE)
"""A heading of a lesson, from the second level on, with its id."""
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_FRONT = re.compile(r"---\n(.*?\n)---\n", re.S)
_CITED = re.compile(r"\[@([a-z0-9-]+)\]")
_FIELDS = ("title", "question", "summary", "minutes", "kubernetes", "sources")


@dataclass(frozen=True)
class FrontMatter:
    """What stands above a lesson; `sources` are ids in the order in which it cites them, `minutes` to read it."""

    title: str
    question: str
    summary: str
    minutes: int
    kubernetes: str
    sources: tuple[str, ...]


NO_FRONT = FrontMatter("", "", "", 0, "", ())
"""Stands for one that could not be read, where reading goes on."""


@dataclass(frozen=True)
class Written:
    """One language of a lesson: `body` begins on `line` (from 1) of the file and has its values in their places."""

    path: Path
    front: FrontMatter
    sources_line: int
    body: str
    line: int

    @property
    def headings(self) -> Mapping[str, str]:
        """Titles by id, in their order."""
        return {match["id"]: match["title"] for match in HEADING.finditer(_FENCE.sub("", self.body))}


@dataclass(frozen=True)
class Outline:
    """Both languages of a lesson, and of each page that goes deeper, by its id."""

    texts: Mapping[Lang, Written]
    deeper: Mapping[str, Mapping[Lang, Written]]

    @property
    def title(self) -> Text:
        return Text(self.texts["en"].front.title, self.texts["zh"].front.title)

    @property
    def sections(self) -> Mapping[str, Text]:
        """The heading of every section in both languages, and the title of each page that goes deeper; a heading that
        a language lacks is said as in English."""
        english, chinese = self.texts["en"].headings, self.texts["zh"].headings
        own = {id_: Text(title, chinese.get(id_, title)) for id_, title in english.items()}
        pages = {
            section_of(id_): Text(told["en"].front.title, told["zh"].front.title) for id_, told in self.deeper.items()
        }
        return own | pages


def read_outline(folder: Path, tell: Tell = stop, values: Values = UNCOMPUTED) -> Outline:
    """All texts of a subject; what is wrong in a front matter is told, a missing language of the lesson stops."""
    texts = {lang: read_text(folder / f"lesson.{lang}.md", tell, values) for lang in LANGUAGES}
    pages = {
        id_: {lang: read_text(deeper_path(folder, id_, lang), tell, values) for lang in LANGUAGES}
        for id_ in deeper_ids(folder, tell)
    }
    return Outline(texts, pages)


def read_text(path: Path, tell: Tell = stop, values: Values = UNCOMPUTED) -> Written:
    if not path.exists():
        raise ContentError(path, 1, "this language of the lesson is missing", "write it; both languages, always")
    raw = text_of(path)
    match = _FRONT.match(raw)
    if not match:
        raise ContentError(path, 1, "no front matter", "begin with --- lines around title, summary and the rest")
    line = match[0].count("\n") + 1
    body = values.fill_lines(path, raw[match.end() :], line, tell)
    try:
        # The line that opens the front matter counts.
        found = parse_yaml(path, "\n" + match[1], values.in_entry).fields(_FIELDS, ["values"])
        if "values" in found and path.name != MAIN:
            raise found["values"].error("stand in lesson.en.md", "take them away here: they are for both languages")
        return Written(path, _front(found, body), found["sources"].line, body, line)
    except ContentError as error:
        tell(error)
        return Written(path, NO_FRONT, 1, body, line)


def in_order_of_mention(sources: Iterable[str], body: str) -> tuple[str, ...]:
    """As a reader meets them, so that their numbers rise; what is cited nowhere comes last."""
    place = {id_: number for number, id_ in enumerate(dict.fromkeys(_CITED.findall(body)))}
    return tuple(sorted(sources, key=lambda id_: place.get(id_, len(place))))


def _front(found: Mapping[str, Entry], body: str) -> FrontMatter:
    sources = in_order_of_mention((source.text() for source in found["sources"].items()), body)
    if not sources:
        raise found["sources"].error("a lesson has sources", "name the ids of sources.yaml that it cites")
    return FrontMatter(
        title=found["title"].line_of_text(2, 80),
        question=found["question"].line_of_text(4, 200),
        summary=found["summary"].line_of_text(15, 320),
        minutes=found["minutes"].whole(1, 120),
        kubernetes=found["kubernetes"].text(),
        sources=sources,
    )
