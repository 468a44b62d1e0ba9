"""The first mention of a term in a lesson says what it means: a button in the text, and a popover beside it.

Neither needs a script. Only prose is looked at: no heading, code, link, picture, table, model or question.
"""

import re
from collections.abc import Callable, Iterable

from markupsafe import Markup

from app.content.language import Lang
from app.content.terms import Term
from app.lessons.search.text import HAN
from app.record import dataclass

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^>]*?(/?)>|<!--.*?-->", re.S)
_PROSE = frozenset(("p", "li", "em", "dfn", "ul", "ol", "section", "aside", "div", "article"))
"""Elements in which a term may be explained; inside any other nothing is."""
_CLOSED = re.compile(r'class="[^"]*\b(?:widget|question|player|calc|boards|scroll|fig)\b')
_VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "wbr", "source", "area", "col"))

_DRAWN, _ENDED = "\ue000", "\ue001"
_MARKED = re.compile(
    r"""
    (?P<before>[“‘（《「『(\[]*)
    (?:(?P<opens><(?P<name>dfn|em)\b[^>]*>)\ue000(?P<inside>[^\ue000\ue001]*)\ue001(?P<closes></(?P=name)>)
      |\ue000(?P<bare>[^\ue000\ue001]*)\ue001)
    (?P<after>[^\w\s<>&\ue000“‘（《「『(\[—–·…/+=$~-]*)
    """,
    re.X,
)
"""A drawn term, in its own element or none, with the marks that may not be parted from it by the end of a line."""

Draw = Callable[[Term, str], Markup]


@dataclass(frozen=True)
class _Sought:
    """How a word is found, and what of it stands in every text in which it is: a pattern is a hundred times slower."""

    word: re.Pattern[str]
    lasting: str


def explain_mentions(body: Markup, lang: Lang, terms: Iterable[Term], draw: Draw) -> Markup:
    """The body of a lesson with each explained term drawn by `draw(term, word)` where it stands first."""
    waiting = {term.id: term for term in terms if term.means}
    patterns = {id_: _sought(term.said(lang)) for id_, term in waiting.items()}
    pieces: list[str] = []
    open_: list[bool] = []
    at = 0
    for tag in _TAG.finditer(body):
        pieces.append(
            _explained(body[at : tag.start()], waiting, patterns, draw) if _is_prose(open_) else body[at : tag.start()]
        )
        pieces.append(tag[0])
        at = tag.end()
        _step(open_, tag)
    return Markup(_MARKED.sub(_kept_with_marks, "".join([*pieces, body[at:]])))


def _kept_with_marks(drawn: re.Match[str]) -> str:
    """A line may end beside a button, whatever stands there: marks that belong to the word are kept on its line."""
    word = drawn["bare"]
    if word is None:
        opens = "<dfn>" if drawn["name"] == "dfn" else drawn["opens"]  # its title is what the popover says
        word = opens + drawn["inside"] + drawn["closes"]
    if not drawn["before"] and not drawn["after"]:
        return word
    return f'<span class="with-marks">{drawn["before"]}{word}{drawn["after"]}</span>'


def _is_prose(open_: list[bool]) -> bool:
    return bool(open_) and all(open_)


def _step(open_: list[bool], tag: re.Match[str]) -> None:
    """Follows a tag in and out of elements."""
    closes, name, closed = tag[1], tag[2], tag[3]
    if not name or closed or name in _VOID:
        return
    if closes:
        if open_:
            open_.pop()
    else:
        open_.append(name in _PROSE and not _CLOSED.search(tag[0]))


def _explained(text: str, waiting: dict[str, Term], patterns: dict[str, _Sought], draw: Draw) -> str:
    """One stretch of text: the longest term at each place, each term once in the lesson."""
    pieces: list[str] = []
    at = 0
    near = [id_ for id_ in waiting if patterns[id_].lasting in text]
    while found := [(match, id_) for id_ in near if (match := patterns[id_].word.search(text, at))]:
        match, id_ = min(found, key=lambda each: (each[0].start(), -each[0].end()))
        near.remove(id_)
        pieces += [text[at : match.start()], _DRAWN, draw(waiting.pop(id_), match[0]), _ENDED]
        at = match.end()
    return "".join([*pieces, text[at:]])


def _sought(word: str) -> _Sought:
    """A Latin word by itself, small or with a capital, one or many; Chinese wherever it stands."""
    if re.search(f"[{HAN}]", word):
        return _Sought(re.compile(re.escape(word)), word)
    first, rest = re.escape(word[:1]), re.escape(word[1:])
    start = f"[{word[0].upper()}{word[0].lower()}]" if word[0].islower() else first
    pattern = re.compile(rf"(?<![A-Za-z0-9_./-]){start}{rest}s?(?![A-Za-z0-9_/-]|\.[a-z])")
    return _Sought(pattern, word[1:])
