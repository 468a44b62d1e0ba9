"""The glossary: every explained term with its sources, its versions and where it is taught; what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from app.content.deeper import section_address
from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson
from app.content.source import Source
from app.content.terms import Term, variants
from app.lessons.section import sections_of, title_of
from app.record import dataclass

FEWEST = 2  # mentions in a section that teaches a term, where no heading has it


@dataclass(frozen=True)
class Place:
    """Where something stands in a lesson; without a section it is the lesson itself."""

    lesson: Lesson
    section: str = ""

    def url(self, lang: Lang) -> str:
        return section_address(lang, self.lesson.slug, self.section)

    def title(self, lang: Lang) -> str:
        page = next((each for each in self.lesson.pieces if each.section == self.section), None)
        return page.title(lang) if page else title_of(self.lesson, lang, self.section)


@dataclass(frozen=True)
class Explained:
    """A term with what it names: sources, and where it is taught."""

    term: Term
    sources: tuple[Source, ...]
    places: tuple[Place, ...]


def explained(terms: Iterable[Term], lessons: tuple[Lesson, ...]) -> tuple[Explained, ...]:
    """Every term that has a meaning; what it names and is not there is left out (`mistaken` tells)."""
    by_slug = {lesson.slug: lesson for lesson in lessons}
    sections = [
        _Said(Place(lesson, each.id), each.title.lower(), each.text.lower())
        for lesson in lessons
        for each in sections_of(lesson, "en")
        if each.id
    ]
    return tuple(
        Explained(
            term,
            tuple(source for name in term.sources if (source := _source(name, by_slug))),
            tuple(place for name in term.taught if (place := _place(name, by_slug))) or _found(term, sections),
        )
        for term in terms
        if term.means
    )


def _source(name: str, lessons: Mapping[str, Lesson]) -> Source | None:
    subject, _, id_ = name.partition("/")
    return lessons[subject].sources.get(id_) if subject in lessons else None


def _place(name: str, lessons: Mapping[str, Lesson]) -> Place | None:
    subject, _, section = name.partition("#")
    lesson = lessons.get(subject)
    if lesson is None:
        return None
    known = {"", *lesson.texts["en"].written.headings, *(each.section for each in lesson.pieces)}
    if section not in known:
        return None
    return Place(lesson, section)


@dataclass(frozen=True)
class _Said:
    """A section, and what it says in small letters."""

    place: Place
    title: str
    text: str


def _found(term: Term, sections: Sequence[_Said]) -> tuple[Place, ...]:
    """The section whose heading has the term, else the one that says it most."""
    word = term.en.lower()
    if headed := next((each.place for each in sections if word in each.title), None):
        return (headed,)
    count, place = max(
        ((each.text.count(word), each.place) for each in sections), key=lambda each: each[0], default=(0, None)
    )
    return (place,) if place and count >= FEWEST else ()


def in_order(entries: Iterable[Explained], lang: Lang) -> list[tuple[str, list[Explained]]]:
    """By first letter in English, by subject (where it is taught first) in Chinese, which has no alphabet."""
    groups: dict[str, list[Explained]] = {}
    if lang == "en":
        for entry in sorted(entries, key=lambda each: each.term.en.lower()):
            groups.setdefault(entry.term.en[0].upper(), []).append(entry)
        return list(groups.items())
    for entry in sorted(entries, key=lambda each: each.places[0].lesson.number if each.places else 99):
        groups.setdefault(entry.places[0].lesson.title(lang) if entry.places else "", []).append(entry)
    return list(groups.items())


def mistaken(path: Path, terms: tuple[Term, ...], lessons: tuple[Lesson, ...]) -> Iterator[ContentError]:
    """What a term names and is not there, a word that two terms have, and a meaning that says a term otherwise."""
    by_slug = {lesson.slug: lesson for lesson in lessons}
    owners: dict[tuple[Lang, str], Term] = {}
    for term in terms:
        for name in term.sources:
            if not _source(name, by_slug):
                yield ContentError(
                    path, term.line, f"{term.id}: no source {name}", "write subject/id of a sources.yaml"
                )
        for name in term.taught:
            if not _place(name, by_slug):
                message = f"{term.id}: no lesson teaches it at {name}"
                yield ContentError(path, term.line, message, "write a subject, or subject#section with a heading's id")
        for name in term.apart:
            if name not in by_slug:
                yield ContentError(path, term.line, f"{term.id}: no subject {name}", "write the slug of a lesson")
        for lang in LANGUAGES:
            for word in term.words(lang):
                owner = owners.setdefault((lang, word.lower()), term)
                if owner is not term:
                    message = f"{term.id}: “{word}” is a word of {owner.id} already"
                    yield ContentError(path, term.line, message, "take it away from one of them")
            for found in variants(term.means.in_(lang), lang, terms) if term.means else ():
                message = f"{term.id}: “{found.word}” stands for {found.term.id}"
                yield ContentError(path, term.line, message, f"write {found.term.said(lang)}")


def named_sources(terms: Iterable[Term], subject: str) -> set[str]:
    """The ids of a subject's sources that terms name."""
    pairs = (name.partition("/") for term in terms for name in term.sources)
    return {id_ for slug, _, id_ in pairs if slug == subject}
