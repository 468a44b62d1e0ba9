"""A lesson drawn in one language: its parts as HTML, with widgets, figures, questions and claims in their places."""

import itertools
import re
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from app.content.chip import Chip
from app.content.entry import Entry, parse_yaml
from app.content.error import ContentError, Tell, line_of, stop
from app.content.example import NoExample, example_text, excerpt, filled, quoted
from app.content.figure import draw_figure
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson
from app.content.markdown import Heading, MarkdownProblem, Rendered, render_markdown
from app.content.part import Part
from app.content.terms import Term, meanings
from app.kube.refusal import Refusal
from app.lessons.follow import inputs_part, loose_text, passages
from app.record import dataclass
from app.web.templates import Templates
from app.widgetkit.comic import NoStep, Panel, draw_comic, step_of
from app.widgetkit.mistake import as_mistake
from app.widgetkit.registry import Room, Rooms
from app.widgetkit.view import embed

DrawQuestion = Callable[[Lang, str], Markup | None]
Numbers = Mapping[str, tuple[int, str]]
CHANGES = Markup("<!-- changes -->")
LANGUAGES_OF = {"yaml": "yaml", "yml": "yaml", "json": "json", "sh": "sh", "conf": "ini", "toml": "toml"}


@dataclass(frozen=True)
class Drawn:
    """A lesson's body, its headings for the table of contents, its chips, and the terms that it explains."""

    body: Markup
    headings: tuple[Heading, ...]
    chips: tuple[Chip, ...] = ()
    terms: tuple[Term, ...] = ()

    @property
    def is_dated(self) -> bool:
        """Whether something of it is not so in a version that a reader may have."""
        return any(chip.lacking for chip in self.chips)


@dataclass(frozen=True)
class Drawing:
    """What is needed to draw lessons: templates, widgets, and how a question of the quiz is drawn."""

    templates: Templates
    rooms: Rooms
    question: DrawQuestion
    terms: tuple[Term, ...] = ()

    @cached_property
    def _means(self) -> Mapping[Lang, Mapping[str, str]]:
        """What bold words mean that are terms."""
        return {lang: meanings(self.terms, lang) for lang in LANGUAGES}

    def draw(self, lesson: Lesson, lang: Lang, tell: Tell = stop) -> Drawn:
        """The lesson in one language; a directive that names what does not exist is told and left out."""
        text = lesson.texts[lang]
        _check_sources(lesson, lang, tell)
        known = [source for source in text.front.sources if source in lesson.sources]
        numbers = {source: (number, lesson.sources[source].title) for number, source in enumerate(known, 1)}
        pieces: list[Markup] = []
        rendered: list[Rendered] = []
        is_whole = True
        for part in text.parts:
            try:
                html, more = self._part(lesson, lang, part, numbers)
            except ContentError as error:
                tell(error)
                is_whole = False
                continue
            pieces.append(html)
            rendered += more
        headings = tuple(heading for each in rendered for heading in each.headings)
        cited = {source for each in rendered for source in each.cited}
        chips = tuple(chip for each in rendered for chip in each.chips)
        _check_cited(lesson, lang, cited, tell)
        if is_whole:
            _check_idle(lesson, lang, cited, tell)
            _check_changes(lesson, lang, chips, tell)
        # The table of changes is made of chips that may stand below it.
        changes = self._changes(lesson, lang, chips)
        body = numbered(mark_chips(Markup("\n").join(pieces)).replace(CHANGES, changes))
        met = {word for each in rendered for word in each.terms}
        terms = tuple(term for term in self.terms if term.means and met & {term.said(lang).lower(), term.en.lower()})
        return Drawn(body, headings, chips, terms)

    def _part(self, lesson: Lesson, lang: Lang, part: Part, numbers: Numbers) -> tuple[Markup, list[Rendered]]:
        match part.name:
            case "text" | "short" | "aside" | "figure" | "so" | "deeper" | "try":
                rendered = self._markdown(lesson, lang, part, numbers)
                if part.name == "text":
                    return rendered.html, [rendered]
                return self._block(lesson, lang, part, rendered), [rendered]
            case "mystery" | "solved":
                rendered = self._markdown(lesson, lang, part, numbers)
                question = self._question(lesson, lang, part)
                given = {"body": rendered.html, "question": question, "id": part.argument}
                return self._render(f"lesson/_{part.name}.html", lesson, lang, **given), [rendered]
            case "follow":
                return self._follow(lesson, lang, part, numbers)
            case "file":
                return self._file(lesson, lang, part), []
            case "widget":
                return self._widget(lesson, lang, part), []
            case "question":
                return self._question(lesson, lang, part), []
            case "changes":
                return CHANGES, []
            case _:
                return self._render("lesson/_claims.html", lesson, lang, numbers=numbers), []

    def _question(self, lesson: Lesson, lang: Lang, part: Part) -> Markup:
        drawn = self.question(lang, part.argument)
        if drawn is None:
            path = lesson.texts[lang].path
            raise ContentError(path, part.line, f"no question {part.argument}", "name one of quiz.yaml")
        return drawn

    def _follow(self, lesson: Lesson, lang: Lang, part: Part, numbers: Numbers) -> tuple[Markup, list[Rendered]]:
        """The paragraphs of a sequence, each with the picture of its step."""
        path = lesson.texts[lang].path
        if (line := loose_text(part)) is not None:
            message = "a text that belongs to no step"
            raise ContentError(path, line, message, "begin the paragraph with the key of its step, as in [store]")
        told = list(passages(part))
        if not told:
            advice = "write the inputs, a line ---, and paragraphs that begin with [a-step]"
            raise ContentError(path, part.line, f"::: follow {part.argument} tells no step", advice)
        room = self._room(path, part)
        if room.widget.kind != "sequence":
            advice = "follow a sequence, or show a ::: widget"
            raise ContentError(path, part.line, f"{room.slug} is no sequence", advice)
        given = inputs_of(path, inputs_part(part))
        values = self._inputs(lesson, path, given)
        panels: list[Panel] = []
        for place, passage in enumerate(told, 1):
            try:
                spans = [(each.first, each.last) for each in told[:place]]
                panels.append(draw_comic(room, lang, values, spans)[-1])
            except NoStep as problem:
                raise ContentError(path, passage.line, problem.message, problem.advice) from problem
            except Refusal as refusal:
                raise _not_taken(path, part, given, refusal) from refusal
        rendered = [self._markdown(lesson, lang, Part("text", "", each.body, each.line), numbers) for each in told]
        bodies = [each.html for each in rendered]
        given_panels = list(zip(panels, bodies, strict=True))
        html = self._render("lesson/_follow.html", lesson, lang, words=room.words, panels=given_panels, room=room)
        return html, rendered

    def _file(self, lesson: Lesson, lang: Lang, part: Part) -> Markup:
        """A file of the example, or lines of it, as code."""
        path = lesson.texts[lang].path
        given = inputs_of(path, part)
        for name, entry in given.items():
            if name != "lines":
                raise entry.error("is not known here", "only `lines: 5-12` may stand in ::: file")
        line = part.line
        try:
            text = example_text(lesson.folder, part.argument)
            line = given["lines"].line if "lines" in given else line
            shown = excerpt(text, given["lines"].text()) if "lines" in given else text
        except NoExample as problem:
            raise problem.at(path, line) from problem
        language = LANGUAGES_OF.get(part.argument.rpartition(".")[2], "text")
        lines = given["lines"].text() if "lines" in given else ""
        code = render_markdown(f"````{language}\n{shown}````\n", {}, "").html
        return self._render("lesson/_file.html", lesson, lang, body=code, name=part.argument, lines=lines)

    def _changes(self, lesson: Lesson, lang: Lang, chips: tuple[Chip, ...]) -> Markup:
        rows = sorted(enumerate(chips, 1), key=lambda row: row[1].order)
        return self._render("lesson/_changes.html", lesson, lang, rows=rows, label=partial(self._chip_label, lang))

    def _chip_label(self, lang: Lang, chip: Chip) -> str:
        return self.templates.said(lang, f"lesson.chip-{chip.kind}", version=chip.named)

    def _markdown(self, lesson: Lesson, lang: Lang, part: Part, numbers: Numbers) -> Rendered:
        first = part.line + (0 if part.name == "text" else 1)
        label = partial(self._chip_label, lang)
        differs, scroll = (self.templates.said(lang, f"lesson.{name}") for name in ("not-yours", "scroll"))
        try:
            return render_markdown(part.body, numbers, scroll, label, self._means[lang], differs)
        except MarkdownProblem as problem:
            path = lesson.texts[lang].path
            raise ContentError(path, first + problem.line, problem.message, problem.advice) from problem

    def _block(self, lesson: Lesson, lang: Lang, part: Part, rendered: Rendered) -> Markup:
        figure = ""
        if part.name == "figure":
            picture = lesson.folder / f"{part.argument}.svg"
            if not picture.exists():
                message = f"the figure {picture.name} does not exist"
                raise ContentError(lesson.texts[lang].path, part.line, message, "draw it, or mend the name")
            figure = draw_figure(picture, lesson.words, lang, lesson.values)
        return self._render(f"lesson/_{part.name}.html", lesson, lang, body=rendered.html, figure=figure, part=part)

    def _room(self, path: Path, part: Part) -> Room:
        if part.argument not in self.rooms:
            known = ", ".join(self.rooms)
            raise ContentError(path, part.line, f"no widget is called {part.argument}", f"there are: {known}")
        return self.rooms[part.argument]

    def _inputs(self, lesson: Lesson, path: Path, given: Mapping[str, Entry]) -> dict[str, Any]:
        """The inputs with the text of the files that they name."""
        values = {}
        for name, entry in given.items():
            try:
                values[name] = filled(lesson.folder, entry.plain())
            except NoExample as problem:
                raise problem.at(path, entry.line) from problem
        return values

    def _widget(self, lesson: Lesson, lang: Lang, part: Part) -> Markup:
        path = lesson.texts[lang].path
        room, given = self._room(path, part), inputs_of(path, part)
        opened = given.pop("step", None) if room.widget.kind == "sequence" else None
        values = self._inputs(lesson, path, given)
        try:
            step = step_of(room, values, opened.text()) if opened else 1
            return embed(self.templates, room, lang, values, step=step)
        except NoStep as problem:
            raise ContentError(path, opened.line if opened else part.line, problem.message, problem.advice) from problem
        except Refusal as refusal:
            raise _not_taken(path, part, given, refusal) from refusal
        except Exception as error:
            raise as_mistake(error, room.folder, path, f"::: {part.name} {part.argument}", part.line) from error

    def _render(self, template: str, lesson: Lesson, lang: Lang, **context: Any) -> Markup:
        return Markup(self.templates.render(template, lang, lesson=lesson, **context))


def inputs_of(path: Path, part: Part) -> dict[str, Entry]:
    """What a lesson gives to a widget, each input with its line."""
    return parse_yaml(path, "\n" * part.line + quoted(part.body)).mapping() if part.body.strip() else {}


def _not_taken(path: Path, part: Part, given: Mapping[str, Entry], refusal: Refusal) -> ContentError:
    line = given[refusal.field].line if refusal.field in given else part.line
    return ContentError(path, line, f"{part.argument} does not take this: {refusal}", "give inputs that it accepts")


def mark_chips(body: Markup) -> Markup:
    """Gives every chip an id, `change-1` for the first of the page, so that the table of changes leads to it."""
    count = itertools.count(1)
    return Markup(_CHIP.sub(lambda match: f'{match[1]} id="change-{next(count)}"', body))


_CHIP = re.compile('(<small class="chip [a-z]+")')


def numbered(body: Markup) -> Markup:
    """Lets every citation lead to its source by the number that it shows, and the source back to the first of them,
    `cite-3-1` for the third source. What they are called, and the other ways back, a script adds: there are a hundred.
    """
    met: set[str] = set()

    def mark(found: re.Match[str]) -> str:
        number = found[1]
        id_ = "" if number in met else f' id="cite-{number}-1"'
        met.add(number)
        return f'<a{id_} href="#source-{number}">{number}</a>'

    return Markup(_CITED.sub(mark, str(body)))


_CITED = re.compile('<a href="#source-[a-z0-9-]+"[^>]*>([0-9]+)</a>')


def _check_sources(lesson: Lesson, lang: Lang, tell: Tell) -> None:
    text = lesson.texts[lang]
    for source in text.front.sources:
        if source not in lesson.sources:
            advice = "add it to sources.yaml or mend the id"
            tell(ContentError(text.path, text.written.sources_line, f"no source {source}", advice))


def _check_cited(lesson: Lesson, lang: Lang, cited: set[str], tell: Tell) -> None:
    text = lesson.texts[lang]
    listed = set(text.front.sources)
    for source in sorted(cited - listed):
        line = line_of(text.path, f"[@{source}]")
        tell(ContentError(text.path, line, f"cited but not listed: {source}", "add it to sources, above"))


def _check_changes(lesson: Lesson, lang: Lang, chips: tuple[Chip, ...], tell: Tell) -> None:
    """What has changed stands in a table where anything has, and nowhere else; a page that goes deeper needs none."""
    if lesson.piece:
        return
    text = lesson.texts[lang]
    shown = next((part.line for part in text.parts if part.name == "changes"), None)
    if chips and shown is None:
        line = line_of(text.path, f"[{chips[0].kind} ")
        advice = "write ::: changes below a heading near the end of the lesson"
        tell(ContentError(text.path, line, "the lesson has chips and no ::: changes", advice))
    if shown is not None and not chips:
        message = "::: changes has nothing to show"
        tell(ContentError(text.path, shown, message, "write chips like [since 1.35] where a version matters"))


def _check_idle(lesson: Lesson, lang: Lang, cited: set[str], tell: Tell) -> None:
    text = lesson.texts[lang]
    if idle := (set(text.front.sources) & set(lesson.sources)) - cited:
        message = f"listed but never cited: {', '.join(sorted(idle))}"
        tell(ContentError(text.path, text.written.sources_line, message, "cite or remove"))
