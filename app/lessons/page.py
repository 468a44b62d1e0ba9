"""A lesson drawn in one language: its parts as HTML, with widgets, figures, questions and claims in their places."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from app.content.entry import Entry, parse_yaml
from app.content.error import ContentError, Tell, line_of, stop
from app.content.figure import draw_figure
from app.content.language import Lang
from app.content.lesson import Lesson
from app.content.markdown import Heading, MarkdownProblem, Rendered, render_markdown
from app.content.part import Part
from app.kube.refusal import Refusal
from app.web.templates import Templates
from app.widgetkit.mistake import as_mistake
from app.widgetkit.registry import Rooms
from app.widgetkit.view import embed

DrawQuestion = Callable[[Lang, str], Markup | None]


@dataclass(frozen=True)
class Drawn:
    """A lesson's body, its headings for the table of contents, and how often each source is cited."""

    body: Markup
    headings: tuple[Heading, ...]
    cited: Mapping[str, int]


@dataclass(frozen=True)
class Drawing:
    """What is needed to draw lessons: templates, widgets, and how a question of the quiz is drawn."""

    templates: Templates
    rooms: Rooms
    question: DrawQuestion

    def draw(self, lesson: Lesson, lang: Lang, tell: Tell = stop) -> Drawn:
        """The lesson in one language; a directive that names what does not exist is told and left out."""
        text = lesson.texts[lang]
        _check_sources(lesson, lang, tell)
        known = [source for source in text.front.sources if source in lesson.sources]
        numbers = {source: (number, lesson.sources[source].title) for number, source in enumerate(known, 1)}
        pieces: list[Markup] = []
        headings: list[Heading] = []
        cited: set[str] = set()
        is_whole = True
        for part in text.parts:
            try:
                html, rendered = self._part(lesson, lang, part, numbers)
            except ContentError as error:
                tell(error)
                is_whole = False
                continue
            pieces.append(html)
            if rendered:
                headings += rendered.headings
                cited |= set(rendered.cited)
        _check_cited(lesson, lang, cited, tell)
        if is_whole:
            _check_idle(lesson, lang, cited, tell)
        body, times = mark_citations(Markup("\n").join(pieces))
        return Drawn(body, tuple(headings), times)

    def _part(
        self, lesson: Lesson, lang: Lang, part: Part, numbers: Mapping[str, tuple[int, str]]
    ) -> tuple[Markup, Rendered | None]:
        path = lesson.texts[lang].path
        match part.name:
            case "text" | "short" | "aside" | "figure":
                rendered = self._markdown(lesson, lang, part, numbers)
                if part.name == "text":
                    return rendered.html, rendered
                return self._block(lesson, lang, part, rendered), rendered
            case "widget":
                return self._widget(lesson, lang, part), None
            case "question":
                drawn = self.question(lang, part.argument)
                if drawn is None:
                    raise ContentError(path, part.line, f"no question {part.argument}", "name one of quiz.yaml")
                return drawn, None
            case _:
                return self._render("lesson/_claims.html", lesson, lang, numbers=numbers), None

    def _markdown(self, lesson: Lesson, lang: Lang, part: Part, numbers: Mapping[str, tuple[int, str]]) -> Rendered:
        first = part.line + (0 if part.name == "text" else 1)
        try:
            return render_markdown(part.body, numbers, self.templates.said(lang, "lesson.scroll"))
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
            figure = draw_figure(picture, lesson.words, lang)
        return self._render(f"lesson/_{part.name}.html", lesson, lang, body=rendered.html, figure=figure)

    def _widget(self, lesson: Lesson, lang: Lang, part: Part) -> Markup:
        path = lesson.texts[lang].path
        if part.argument not in self.rooms:
            known = ", ".join(self.rooms)
            raise ContentError(path, part.line, f"no widget is called {part.argument}", f"there are: {known}")
        given = inputs_of(path, part)
        try:
            values = {name: entry.plain() for name, entry in given.items()}
            return embed(self.templates, self.rooms[part.argument], lang, values)
        except Refusal as refusal:
            line = given[refusal.field].line if refusal.field in given else part.line
            message = f"{part.argument} does not take this: {refusal}"
            raise ContentError(path, line, message, "give inputs that it accepts") from refusal
        except Exception as error:
            raise as_mistake(
                error, self.rooms[part.argument].folder, path, f"::: {part.name} {part.argument}", part.line
            ) from error

    def _render(self, template: str, lesson: Lesson, lang: Lang, **context: Any) -> Markup:
        return Markup(self.templates.render(template, lang, lesson=lesson, **context))


def inputs_of(path: Path, part: Part) -> dict[str, Entry]:
    """What a lesson gives to a widget, each input with its line."""
    return parse_yaml(path, "\n" * part.line + part.body).mapping() if part.body.strip() else {}


def mark_citations(body: Markup) -> tuple[Markup, Mapping[str, int]]:
    """Gives every citation an id, `cite-SOURCE-1` for the first of a source, so that the list of sources leads back."""
    times: Counter[str] = Counter()

    def mark(match: re.Match[str]) -> str:
        times[match[1]] += 1
        return f'<a id="cite-{match[1]}-{times[match[1]]}" href="#source-{match[1]}"'

    return Markup(_CITED.sub(mark, body)), times


_CITED = re.compile('<a href="#source-([a-z0-9-]+)"')


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


def _check_idle(lesson: Lesson, lang: Lang, cited: set[str], tell: Tell) -> None:
    text = lesson.texts[lang]
    if idle := (set(text.front.sources) & set(lesson.sources)) - cited:
        message = f"listed but never cited: {', '.join(sorted(idle))}"
        tell(ContentError(text.path, text.written.sources_line, message, "cite or remove"))
