"""A lesson drawn in one language: its parts as HTML, with widgets, figures, questions and claims in their places."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from markupsafe import Markup

from app.content.error import ContentError
from app.content.figure import draw_figure
from app.content.language import Lang
from app.content.lesson import Lesson
from app.content.markdown import Heading, MarkdownProblem, Rendered, render_markdown
from app.content.part import Part
from app.kube.refusal import Refusal
from app.web.templates import Templates
from app.widgetkit.registry import Rooms
from app.widgetkit.view import embed

DrawQuestion = Callable[[Lang, str], Markup | None]


@dataclass(frozen=True)
class Drawn:
    """A lesson's body, its headings for the table of contents, and the sources in the order of their numbers."""

    body: Markup
    headings: tuple[Heading, ...]


@dataclass(frozen=True)
class Drawing:
    """What is needed to draw lessons: templates, widgets, and how a question of the quiz is drawn."""

    templates: Templates
    rooms: Rooms
    question: DrawQuestion

    def draw(self, lesson: Lesson, lang: Lang) -> Drawn:
        """The lesson in one language; a directive that names what does not exist is a ContentError."""
        text = lesson.texts[lang]
        _check_sources(lesson, lang)
        numbers = {
            source: (number, lesson.sources[source].title) for number, source in enumerate(text.front.sources, 1)
        }
        pieces: list[Markup] = []
        headings: list[Heading] = []
        cited: set[str] = set()
        for part in text.parts:
            html, rendered = self._part(lesson, lang, part, numbers)
            pieces.append(html)
            if rendered:
                headings += rendered.headings
                cited |= set(rendered.cited)
        _check_cited(lesson, lang, cited)
        return Drawn(Markup("\n").join(pieces), tuple(headings))

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
            figure = draw_figure(lesson.folder / f"{part.argument}.svg", lesson.words, lang)
        return self._render(f"lesson/_{part.name}.html", lesson, lang, body=rendered.html, figure=figure)

    def _widget(self, lesson: Lesson, lang: Lang, part: Part) -> Markup:
        path = lesson.texts[lang].path
        if part.argument not in self.rooms:
            known = ", ".join(self.rooms)
            raise ContentError(path, part.line, f"no widget is called {part.argument}", f"there are: {known}")
        try:
            inputs = yaml.load(part.body, Loader=yaml.CSafeLoader) or {}
        except yaml.YAMLError as error:
            raise ContentError(path, part.line + 1, f"not YAML: {error}", "write name: value lines") from error
        try:
            return embed(self.templates, self.rooms[part.argument], lang, inputs)
        except Refusal as refusal:
            raise ContentError(
                path,
                part.line + 1,
                f"{part.argument} does not take this: {refusal}",
                "give inputs that it accepts",
            ) from refusal

    def _render(self, template: str, lesson: Lesson, lang: Lang, **context: Any) -> Markup:
        return Markup(self.templates.render(template, lang, lesson=lesson, **context))


def _check_sources(lesson: Lesson, lang: Lang) -> None:
    text = lesson.texts[lang]
    for source in text.front.sources:
        if source not in lesson.sources:
            raise ContentError(
                text.path, text.written.sources_line, f"no source {source}", "add it to sources.yaml or mend the id"
            )


def _check_cited(lesson: Lesson, lang: Lang, cited: set[str]) -> None:
    text = lesson.texts[lang]
    listed = set(text.front.sources)
    line = text.written.sources_line
    if missing := cited - listed:
        raise ContentError(text.path, line, f"cited but not listed: {', '.join(sorted(missing))}", "add to sources")
    if idle := listed - cited:
        raise ContentError(text.path, line, f"listed but never cited: {', '.join(sorted(idle))}", "cite or remove")
