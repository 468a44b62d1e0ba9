"""All lessons as one book: to be printed, or read as an EPUB. Models become links, questions are only asked."""

import re
from dataclasses import replace
from urllib.parse import urlencode

from markupsafe import Markup, escape

from app.content.bank import Bank
from app.content.language import Lang
from app.content.lesson import Lesson
from app.content.markdown import Heading
from app.content.part import Part
from app.lessons.page import Drawing
from app.record import dataclass
from app.web.templates import Templates
from app.widgetkit.registry import Rooms

_ID = re.compile(r'(?<=\sid=")([^"]+)(?=")')
_NAMING = re.compile(r'(\s(?:aria-labelledby|aria-describedby|headers)=")([^"]+)(?=")|(\shref="#|url\(#)([^")]+)')

_SECTION = re.compile(r'(<section\b[^>]*\saria-label=")([^"]*)(?=")')
_PICTURE = re.compile(r'<svg class="drawing".*?</svg>', re.S)
_SHORT = re.compile(r'<section class="short"[^>]*>\s*<h2>.*?</h2>(.*?)</section>', re.S)
_CITATION = re.compile(r'<sup class="source">.*?</sup>', re.S)


@dataclass(frozen=True)
class Chapter:
    """A lesson of the book, or a page that goes deeper: every id in it begins with its name, so that chapters can stand
    in one page."""

    lesson: Lesson
    body: Markup
    headings: tuple[Heading, ...]

    @property
    def name(self) -> str:
        return f"{self.lesson.slug}-{self.lesson.piece}" if self.lesson.piece else self.lesson.slug

    def id(self, id_: str) -> str:
        return f"{self.name}-{id_}"

    @property
    def picture(self) -> Markup:
        """Its first picture, if it has one."""
        found = _PICTURE.search(self.body)
        return Markup(found[0]) if found else Markup("")

    @property
    def short(self) -> Markup:
        """The answer in ninety seconds, without its heading and citations."""
        found = _SHORT.search(self.body)
        return Markup(_CITATION.sub("", found[1])) if found else Markup("")


@dataclass(frozen=True)
class BookDrawing(Drawing):
    """Draws lessons without what only a screen can show; `base` is where the site is reached, if that is known."""

    base: str = ""

    def _widget(self, lesson: Lesson, lang: Lang, part: Part) -> Markup:
        room = self.rooms.get(part.argument)
        if room is None:
            return super()._widget(lesson, lang, part)  # it tells what is wrong
        return self._render("book/_model.html", lesson, lang, room=room, url=f"{self.base}/{lang}/widgets/{room.slug}")


def chapters_of(
    templates: Templates, lessons: tuple[Lesson, ...], rooms: Rooms, bank: Bank, lang: Lang, base: str = ""
) -> tuple[Chapter, ...]:
    """The chapters in one language: each lesson, and behind it what goes deeper."""

    def question(_: Lang, id_: str) -> Markup | None:
        found = bank.questions.get(id_)
        if found is None:
            return Markup("")
        url = f"{base}/{lang}/quiz/{found.subject}?{urlencode([('question', id_)])}"
        return Markup(templates.render("book/_question.html", lang, question=found, url=url))

    drawing = BookDrawing(templates, rooms, question, base=base)
    return tuple(_chapter(page, drawing, lang) for lesson in lessons for page in (lesson, *lesson.pieces))


def _chapter(lesson: Lesson, drawing: BookDrawing, lang: Lang) -> Chapter:
    drawn = drawing.draw(lesson, lang)
    whole = Chapter(lesson, named_of(drawn.body, lesson.title(lang)), drawn.headings)
    return replace(whole, body=prefixed(whole.body, whole.name))


def named_of(body: Markup, title: str) -> Markup:
    """The same with the lesson's title in the names of its sections: in one page each region has a name of its own."""
    return Markup(_SECTION.sub(lambda match: f"{match[1]}{escape(title)}: {match[2]}", body))


def prefixed(body: Markup, prefix: str) -> Markup:
    """The same with every id, and what names one, behind a prefix; what names an id elsewhere stays as it is."""
    known = set(_ID.findall(body))

    def renamed(id_: str) -> str:
        return f"{prefix}-{id_}" if id_ in known or id_.startswith("source-") else id_

    def name(match: re.Match[str]) -> str:
        if match[1]:
            return match[1] + " ".join(renamed(each) for each in match[2].split())
        return match[3] + renamed(match[4])

    return Markup(_NAMING.sub(name, _ID.sub(lambda match: renamed(match[1]), body)))


def absolute(body: Markup, base: str) -> Markup:
    """The same with links to pages of the site as whole addresses; without a base they stay text only."""
    if base:
        return Markup(re.sub(r'(\shref=")(/[^"]*)', lambda match: f"{match[1]}{escape(base)}{match[2]}", body))
    return Markup(re.sub(r'<a\b[^>]*\shref="/[^"]*"[^>]*>(.*?)</a>', r"\1", body, flags=re.S))
