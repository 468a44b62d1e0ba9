"""A subject's folder as a checked lesson: `content/NN-subject/` with its two texts, sources, claims and figures."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app.content.deeper import section_of
from app.content.entry import Entry, Text, read_yaml
from app.content.error import Tell, going_on, stop
from app.content.folder import number_of, slug_of, subject_folders
from app.content.language import Lang
from app.content.outline import FrontMatter, Written, read_outline
from app.content.part import Part, split_parts
from app.content.source import Source, load_sources
from app.content.value import UNCOMPUTED, Values, ValuesOf, uncomputed
from app.content.words import Words, load_words
from app.record import dataclass

VERDICTS = ("holds", "outdated", "incomplete", "wrong")


@dataclass(frozen=True)
class Claim:
    """What one may still hear, our verdict on it, and what is true today; `since` is the version that changed it."""

    id: str
    claim: Text
    verdict: str
    since: Text | None
    today: Text
    source: str


@dataclass(frozen=True)
class Told:
    """One language of a lesson, cut into parts."""

    written: Written
    parts: tuple[Part, ...]

    @property
    def path(self) -> Path:
        return self.written.path

    @property
    def front(self) -> FrontMatter:
        return self.written.front


@dataclass(frozen=True)
class Lesson:
    number: int
    slug: str
    folder: Path
    texts: Mapping[Lang, Told]
    sources: Mapping[str, Source]
    claims: tuple[Claim, ...]
    words: Words
    values: Values = UNCOMPUTED
    deeper: tuple["Deeper", ...] = ()
    piece: str = ""
    """Which page that goes deeper this is; empty for the lesson itself."""

    def front(self, lang: Lang) -> FrontMatter:
        return self.texts[lang].front

    def title(self, lang: Lang) -> str:
        return self.front(lang).title

    @property
    def pieces(self) -> tuple["Lesson", ...]:
        """The pages that go deeper, each with the sources, values and pictures of its lesson."""
        return tuple(replace(self, texts=page.texts, piece=page.id, deeper=()) for page in self.deeper)

    @property
    def section(self) -> str:
        """How questions name this page; empty for the lesson itself."""
        return section_of(self.piece) if self.piece else ""


@dataclass(frozen=True)
class Deeper:
    """A page that goes deeper than its lesson, in both languages."""

    id: str
    texts: Mapping[Lang, Told]


def load_lessons(content: Path, values_of: ValuesOf = uncomputed) -> tuple[Lesson, ...]:
    """Every subject in the order of its number; the first mistake stops the start with file, line and advice."""
    return tuple(load_lesson(folder, values=values_of(folder)) for folder in subject_folders(content))


def load_lesson(folder: Path, tell: Tell = stop, values: Values = UNCOMPUTED) -> Lesson:
    """A subject's lesson; what can be passed over is told, a file that is missing or no YAML stops."""
    sources = load_sources(folder / "sources.yaml", tell)
    claims = load_claims(folder / "claims.yaml", sources, tell, values)
    words_path = folder / "words.yaml"
    words = load_words(words_path, tell, values.in_entry) if words_path.exists() else Words({})
    outline = read_outline(folder, tell, values)
    deeper = tuple(Deeper(id_, _told(texts, tell)) for id_, texts in outline.deeper.items())
    texts = _told(outline.texts, tell)
    return Lesson(number_of(folder), slug_of(folder), folder, texts, sources, claims, words, values, deeper)


def _told(texts: Mapping[Lang, Written], tell: Tell) -> Mapping[Lang, Told]:
    return {lang: Told(text, tuple(split_parts(text.path, text.body, text.line, tell))) for lang, text in texts.items()}


def load_claims(
    path: Path, sources: Mapping[str, Source], tell: Tell = stop, values: Values = UNCOMPUTED
) -> tuple[Claim, ...]:
    """The claims of a subject; two with one id, or one without a known source, are told."""
    claims: dict[str, Claim] = {}
    for entry in read_yaml(path, values.in_entry).items():
        with going_on(tell):
            claim = _claim(entry, sources)
            if claim.id in claims:
                raise entry.error(f"claim {claim.id} is written twice", "give one of them another id")
            claims[claim.id] = claim
    return tuple(claims.values())


def _claim(entry: Entry, sources: Mapping[str, Source]) -> Claim:
    found = entry.fields(["id", "claim", "verdict", "today", "source"], ["since"])
    if found["source"].text() not in sources:
        raise found["source"].error(f"no source {found['source'].text()}", "add it to sources.yaml")
    return Claim(
        id=found["id"].text(),
        claim=found["claim"].both(),
        verdict=found["verdict"].one_of(VERDICTS),
        since=_since(found["since"]) if "since" in found else None,
        today=found["today"].both(),
        source=found["source"].text(),
    )


def _since(entry: Entry) -> Text:
    """A version is called the same in both languages; a date or a time is not."""
    return Text(entry.text(), entry.text()) if entry.is_text else entry.both()
