"""Figures: one SVG per picture, its words from the lesson in the reader's language."""

import re
from pathlib import Path
from xml.parsers.expat import ExpatError, ParserCreate

from markupsafe import Markup, escape

from app.content.error import ContentError, text_of
from app.content.language import Lang
from app.content.value import UNCOMPUTED, NoValue, Values
from app.content.words import Words

PLACEHOLDER = re.compile(r"\{\{\s*(=?[a-z0-9_.-]+)\s*\}\}")
_VIEW_BOX = re.compile(r'viewBox="([0-9 .]+)"')
_FORBIDDEN = re.compile(r"\sstyle=|<style|<script|<foreignObject|\son[a-z]+=|(?:href|src)=\"(?!#)", re.I)


def draw_figure(path: Path, words: Words, lang: Lang, values: Values = UNCOMPUTED) -> Markup:
    """The picture as inline SVG with its title and description; what it lacks is a ContentError."""
    if not path.exists():
        raise ContentError(path, 1, "this figure does not exist", "draw it, or mend the name in ::: figure")
    svg = text_of(path)
    view_box = _VIEW_BOX.search(svg)
    if not view_box:
        raise ContentError(path, 1, "no viewBox", 'begin with <svg viewBox="0 0 400 300">')
    if forbidden := _FORBIDDEN.search(svg):
        message = f"{forbidden[0].strip()} is not allowed in a figure"
        raise ContentError(path, line_at(svg, forbidden.start()), message, "use the classes of figure.css")
    try:
        ParserCreate(namespace_separator=" ").Parse(svg.encode(), True)
    except ExpatError as error:
        raise ContentError(path, error.lineno, f"not XML: {error}", "mend the markup") from error
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    name = path.stem

    def word(key: str, line: int = 1) -> Markup:
        if key.startswith("="):
            try:
                return escape(key if values.is_blank else values[key[1:]])
            except NoValue as problem:
                raise ContentError(path, line, problem.message, problem.advice) from problem
        if f"{name}.{key}" not in words:
            raise ContentError(path, line, f"{name}.{key} is missing", "write it in words.yaml, in both languages")
        return escape(words.text(lang, f"{name}.{key}"))

    start = svg.index(body)
    drawn = PLACEHOLDER.sub(lambda match: str(word(match[1], line_at(svg, start + match.start()))), body)
    return Markup(
        f'<svg class="drawing" viewBox="{view_box[1]}" role="img" aria-labelledby="fig-{name}-title fig-{name}-desc">'
        f'<title id="fig-{name}-title">{word("title")}</title><desc id="fig-{name}-desc">{word("desc")}</desc>'
        f"{drawn}</svg>"
    )


def line_at(text: str, place: int) -> int:
    """The line, from 1, of a place in a text."""
    return text.count("\n", 0, place) + 1
