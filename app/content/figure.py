"""Figures: one SVG per picture, its words from the lesson in the reader's language."""

import re
from pathlib import Path
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from markupsafe import Markup, escape

from app.content.error import ContentError
from app.content.language import Lang
from app.content.words import Words

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z0-9_.-]+)\s*\}\}")
_VIEW_BOX = re.compile(r'viewBox="([0-9 .]+)"')
_FORBIDDEN = re.compile(r"\sstyle=|<style|<script|<foreignObject|\son[a-z]+=|(?:href|src)=\"(?!#)", re.I)


def draw_figure(path: Path, words: Words, lang: Lang) -> Markup:
    """The picture as inline SVG with its title and description; what it lacks is a ContentError."""
    if not path.exists():
        raise ContentError(path, 1, "this figure does not exist", "draw it, or mend the name in ::: figure")
    svg = path.read_text(encoding="utf-8")
    view_box = _VIEW_BOX.search(svg)
    if not view_box:
        raise ContentError(path, 1, "no viewBox", 'begin with <svg viewBox="0 0 400 300">')
    if forbidden := _FORBIDDEN.search(svg):
        raise ContentError(
            path, 1, f"{forbidden[0].strip()} is not allowed in a figure", "use the classes of figure.css"
        )
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    name = path.stem

    def word(key: str) -> Markup:
        if f"{name}.{key}" not in words:
            raise ContentError(
                path.with_name("words.yaml"), 1, f"{name}.{key} is missing", "write it in both languages"
            )
        return escape(words.text(lang, f"{name}.{key}"))

    drawn = _PLACEHOLDER.sub(lambda match: str(word(match[1])), body)
    html = (
        f'<svg class="drawing" viewBox="{view_box[1]}" role="img" aria-labelledby="fig-{name}-title fig-{name}-desc">'
        f'<title id="fig-{name}-title">{word("title")}</title><desc id="fig-{name}-desc">{word("desc")}</desc>'
        f"{drawn}</svg>"
    )
    try:
        minidom.parseString(html.encode())
    except ExpatError as error:
        raise ContentError(path, error.lineno, f"not XML: {error}", "mend the markup") from error
    return Markup(html)
