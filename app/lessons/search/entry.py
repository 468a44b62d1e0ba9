"""Everything that can be found, in one language: sections of lessons, terms, models, examples, diagnoses, faults,
claims, questions, numbers and commands, each with the address at which it stands."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal
from urllib.parse import urlencode

from app.content.bank import Bank, Question
from app.content.cheat import Cheat
from app.content.deeper import section_address
from app.content.language import Lang
from app.content.lesson import Lesson
from app.content.prompts import Interviews
from app.content.terms import Term
from app.lessons.asked import asked_of
from app.lessons.diagnoses import diagnosing
from app.lessons.section import plain, sections_of
from app.record import dataclass
from app.widgetkit.registry import Room, Rooms

Kind = Literal["term", "lesson", "model", "diagnosis", "fault", "claim", "question", "example"]
KINDS: tuple[Kind, ...] = ("term", "lesson", "model", "diagnosis", "fault", "claim", "question", "example")


@dataclass(frozen=True)
class Entry:
    """One thing that can be found: `where` names what it belongs to, `terms` are words that are not shown."""

    kind: Kind
    url: str
    title: str
    where: str
    text: str
    terms: str = ""


@dataclass(frozen=True)
class Findable:
    """What entries are made of."""

    lessons: tuple[Lesson, ...]
    rooms: Rooms
    bank: Bank
    interviews: Interviews
    terms: tuple[Term, ...]
    cheats: Mapping[str, Cheat]


def entries_of(parts: Findable, lang: Lang) -> tuple[Entry, ...]:
    """All entries in one language, in the order of KINDS' makers."""
    titles = {lesson.slug: lesson.title(lang) for lesson in parts.lessons}
    return (
        *_terms(parts.terms, lang),
        *(entry for lesson in parts.lessons for entry in (*_sections(lesson, lang), *_claims(lesson, lang))),
        *(entry for lesson in parts.lessons for piece in lesson.pieces for entry in _deeper(piece, lesson, lang)),
        *(entry for lesson in parts.lessons for entry in _cheat(parts.cheats.get(lesson.slug, Cheat()), lesson, lang)),
        *(entry for room in parts.rooms.values() for entry in _room(room, lang)),
        *(entry for room, _ in diagnosing(parts.rooms) for entry in _diagnoses(room, lang)),
        *_questions(parts.bank, lang, titles),
        *_prompts(parts.interviews, lang, titles),
    )


def _terms(terms: Iterable[Term], lang: Lang) -> Iterator[Entry]:
    for term in terms:
        if term.means:
            both = " ".join((term.id.replace("-", " "), *term.words("en"), *term.words("zh")))
            yield Entry("term", f"/{lang}/glossary#{term.id}", term.said(lang), "", plain(term.means.in_(lang)), both)


def _sections(lesson: Lesson, lang: Lang) -> Iterator[Entry]:
    page = f"/{lang}/lessons/{lesson.slug}"
    front = lesson.front(lang)
    yield Entry("lesson", page, front.title, "", plain(f"{front.question} {front.summary}"))
    for section in sections_of(lesson, lang):
        if section.id:
            yield Entry("lesson", f"{page}#{section.id}", section.title, front.title, section.text)
        else:
            yield Entry("lesson", page, section.title, "", section.text)


def _deeper(piece: Lesson, lesson: Lesson, lang: Lang) -> Iterator[Entry]:
    """A page that goes deeper, as one."""
    front, told = piece.front(lang), " ".join(section.text for section in sections_of(piece, lang))
    url = section_address(lang, piece.slug, piece.section)
    yield Entry("lesson", url, front.title, lesson.title(lang), plain(f"{front.question} {front.summary} {told}"))


def _cheat(cheat: Cheat, lesson: Lesson, lang: Lang) -> Iterator[Entry]:
    """Numbers and commands of the printed page, each by itself."""
    url, where = f"/{lang}/cheat/{lesson.slug}", lesson.title(lang)
    for number in cheat.numbers:
        yield Entry("lesson", url, plain(number.means.in_(lang)), where, number.value)
    for command in cheat.commands:
        yield Entry("lesson", url, plain(command.shows.in_(lang)), where, command.run)


def _claims(lesson: Lesson, lang: Lang) -> Iterator[Entry]:
    for claim in lesson.claims:
        url = f"/{lang}/claims#{claim.id}"
        yield Entry("claim", url, plain(claim.claim.in_(lang)), lesson.title(lang), plain(claim.today.in_(lang)))


def _room(room: Room, lang: Lang) -> Iterator[Entry]:
    page = f"/{lang}/widgets/{room.slug}"
    title = room.title(lang)
    fields = " · ".join(plain(room.words.text(lang, f"field.{name}")) for name in room.widget.form.model_fields)
    yield Entry("model", page, title, "", f"{plain(room.words.text(lang, 'summary'))} {fields}", room.slug)
    for example in room.widget.examples:
        named = plain(room.words.text(lang, f"example.{example.name}"))
        yield Entry("example", f"{page}?{urlencode([('example', example.name)])}", named, title, "", example.name)
    yield from _faults(room, lang, page, title)


_TOLD = ("sees", "works", "check")


def _faults(room: Room, lang: Lang, page: str, title: str) -> Iterator[Entry]:
    """What may be broken in a sequence, with what one would see of it."""
    if room.widget.kind != "sequence":
        return
    for key in room.words:
        if key.startswith("option.fault."):
            fault = key.removeprefix("option.fault.")
            chosen, told = _end_of(room, lang, fault)
            if told:
                url = f"{page}?{urlencode([*chosen, ('fault', fault)])}"
                yield Entry("fault", url, plain(room.words.text(lang, key)), title, told, fault)


def _end_of(room: Room, lang: Lang, fault: str) -> tuple[list[tuple[str, str]], str]:
    """How a fault is told, and the inputs that this is of: a room may tell it by one of them (`end.stop.<fault>.sees`),
    and of those the first is taken."""
    ways: list[tuple[list[tuple[str, str]], str]] = [([], f"end.{fault}")]
    for key in room.words:
        _, name, option = (*key.split(".", 2), "", "")[:3]
        if key.startswith("option.") and name != "fault":
            ways.append(([(name, option)], f"end.{option}.{fault}"))
    for chosen, end in ways:
        told = " ".join(
            plain(room.words.text(lang, f"{end}.{part}")) for part in _TOLD if f"{end}.{part}" in room.words
        )
        if told:
            return chosen, told
    return [], ""


def _diagnoses(room: Room, lang: Lang) -> Iterator[Entry]:
    """What a room may find, by its sentence, its code, and what a terminal shows of it."""
    for each in room.widget.diagnoses() if room.widget.diagnoses else ():
        seen = [*each.status, *each.reasons, *map(str, each.exit_codes)]
        pastes = " ".join(" ".join(text.split()) for text in each.paste.values())
        yield Entry(
            "diagnosis",
            f"/{lang}/diagnoses#{each.id}",
            plain(room.words.text(lang, each.says.key, **each.says.values)),
            room.title(lang),
            " · ".join([*dict.fromkeys(seen), plain(room.words.text(lang, each.refuted_by.key)), pastes]),
            f"{each.code} {each.id}",
        )


def _questions(bank: Bank, lang: Lang, titles: dict[str, str]) -> Iterator[Entry]:
    """What is asked and what may be chosen; never why, which would give the answer away."""
    for subject in bank.subjects:
        for question in subject.questions:
            url = f"/{lang}/quiz/{subject.slug}?{urlencode([('question', question.id)])}"
            options = " · ".join(plain(option.text.in_(lang)) for option in question.options)
            where = titles.get(subject.slug, subject.title.in_(lang))
            yield Entry("question", url, undrawn(plain(question.stem.in_(lang)), question), where, options)


def undrawn(text: str, question: Question) -> str:
    """A stem with … where each reader is given a number of their own."""
    names = "|".join(re.escape(name) for name, _ in question.number.draw) if question.number else ""
    return re.sub(rf"\{{(?:{names})\}}", "…", text) if names else text


def _prompts(interviews: Interviews, lang: Lang, titles: dict[str, str]) -> Iterator[Entry]:
    for prompt in interviews.prompts:
        where, told = titles.get(prompt.subject, prompt.subject), plain(prompt.answer.in_(lang))
        yield Entry("question", asked_of(prompt, lang), plain(prompt.prompt.in_(lang)), where, told, prompt.find)
