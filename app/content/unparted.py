"""What stays together at the end of a line: a number with its unit, a short command with its hyphens, and the
characters of a Chinese word in a heading.

unparted("<p>in 10 ms</p>", "en")              # with a no-break space between the two
unparted("<code>-o yaml</code>", "en")         # <code class="nb">

Chinese writes no spaces and a browser parts it anywhere; in a text that is right, in a heading of two lines it is not.
The words are those of the list of terms and of `unparted.txt`. Nor does a space stand beside a full-width mark, which
brings its own: templates and sentences that follow one another have it for English alone.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from app.content.language import Lang
from app.content.terms import terms_of
from app.place import CONTENT

NO_BREAK = "\N{NO-BREAK SPACE}"
_MARK = 'class="nb"'
_UNITS = r"(?:[nµm]?s|min|h|[kMGT]?B|[KMGT]iB?|[kMG]bit/s|CPUs?|(?:byte|core|second|minute|hour|day|page|time)s?|%|‰)"
_END = r"(?![\w/-])"  # a unit ends as a word does
# Behind a digit, or one that is set off: after the space, with a look at the sign before it first, since there are
# thousands of spaces and a space is found in a third of the time that a digit takes.
_BEHIND = "|".join(rf"(?<=[0-9]{closed} )" for closed in ("", "</b>", "</em>", "</span>", "</strong>"))
_MEASURED = {
    "en": re.compile(rf" (?<=[0-9>] )(?:{_BEHIND})(?=(?:<b>)?{_UNITS}{_END})"),
    "zh": re.compile(
        rf" (?<=[0-9第>] )(?:(?:{_BEHIND})(?=(?:<b>)?(?:{_UNITS}{_END}|[一-鿿]))|(?<=第 )(?=(?:<(?:em|b)>)?[0-9]))"
    ),
}
# Where a space is one that somebody copies, or none that is seen.
_VERBATIM = re.compile(r"<(pre|code|textarea|script|title|option|svg|kbd)\b")
# Code of one line in a text; what is in <pre> breaks where it is written to.
_CODE = re.compile(r"<pre\b.*?</pre>|<code>([^<\n]*-[^<\n]*)</code>", re.S)
SHORT = 16
"""Characters of code that find room in the narrowest column of a phone."""
_OPTION = re.compile(r"(?<![^\s\[(])(--?\w[\w-]{,21}(?![\w-]))(?:[ =](?![-\s])\S+)?")
_HEADING = re.compile(r'(<h[1-4]\b[^>]*>|<p class="lede">)(.*?)(?=</h[1-4]>|</p>)', re.S)
_HAN = re.compile(r"[一-鿿]{2,}")
_PARTICLES = "[的了吗呢吧们]?"  # they begin no line

_INLINE = ("b", "code", "cite", "dfn", "em", "i", "mark", "q", "small", "span", "strong")
_TAGS = f"(?:{'|'.join(_INLINE)})"
_AFTER = re.compile(rf"([，。；：？！、）》」】](?:</{_TAGS}>)*)[ \n]+(?=[^\s<·…→←↑↓]|</?(?:a|button|{_TAGS})\b|\Z)")
"""A full-width mark with the spaces after it."""
_OPENING = "（《「【"
_BEFORE = re.compile(rf"[ \n]+((?:<{_TAGS}\b[^>]*>)*[{_OPENING}])")
"""The spaces before one that opens, which may be set off; asked for only where one stands, since spaces are many."""
_OPENED = re.compile(rf"<{_TAGS}\b[^>]*>")
_ENDED = tuple(f"</{tag}>" for tag in ("a", *_INLINE))


def unparted(html: str, lang: Lang) -> str:
    """The same page or part of one; code, attributes and what is typed stay as they are."""
    html = _outside(html, *_RULES[lang])
    if lang == "zh":
        html = _HEADING.sub(_unparted_heading, html)
    return _CODE.sub(_unparted_code, html)


def _unparted_code(code: re.Match[str]) -> str:
    """A browser breaks after every hyphen: not in short code, nor in an option, which keeps a short value as well."""
    said = code[1]
    if said is None:
        return code[0]
    if len(said) <= SHORT:
        return f"<code {_MARK}>{said}</code>"
    return f"<code>{_OPTION.sub(_option, said)}</code>"


def _option(option: re.Match[str]) -> str:
    whole = option[0] if len(option[0]) <= SHORT else option[1]
    return _together(whole) + option[0][len(whole) :]


def _unparted_heading(heading: re.Match[str]) -> str:
    """What is drawn already stands in other pages again: once is enough."""
    if _MARK in heading[2]:
        return heading[0]
    return heading[1] + _outside(heading[2], (_words().finditer, lambda word: _together(word[0])))


def _together(word: str) -> str:
    return f"<span {_MARK}>{word}</span>"


def _before_opening(html: str, begin: int, end: int) -> Iterator[re.Match[str]]:
    """The spaces before each mark that opens, in their order, where text, or what is set off in it, comes before."""
    places = (at for mark in _OPENING for at in _places(html, mark, begin, end))
    for at in sorted(places):
        while html[at - 1 : at] == ">" and _OPENED.fullmatch(html, tag := html.rfind("<", begin, at), at):
            at = tag
        text = at
        while text > begin and html[text - 1] in " \n":
            text -= 1
        if begin < text < at and (html[text - 1] not in ">\t" or html.endswith(_ENDED, begin, text)):
            found = _BEFORE.match(html, text, end)
            if found:
                yield found


def _places(html: str, mark: str, begin: int, end: int) -> Iterator[int]:
    at = html.find(mark, begin, end)
    while at >= 0:
        yield at
        at = html.find(mark, at + 1, end)


Find = Callable[[str, int, int], Iterable[re.Match[str]]]
"""What is found of something in a text between two places."""
Put = Callable[[re.Match[str]], str]


def _outside(html: str, *rules: tuple[Find, Put]) -> str:
    """Puts something else in place of what is found, but not where the text is verbatim, nor inside a tag."""
    pieces, last, begin = [], 0, 0
    for end, after in (*_verbatim(html), (len(html), len(html))):
        found = [(match, put) for find, put in rules for match in find(html, begin, end)]
        if len(rules) > 1:
            found.sort(key=lambda each: each[0].start())
        for match, put in found:
            at = match.start()
            if at >= last and html.rfind("<", begin, at) <= html.rfind(">", begin, at):
                pieces += [html[last:at], put(match)]
                last = match.end()
        begin = after
    return "".join([*pieces, html[last:]]) if pieces else html


def _verbatim(html: str) -> Iterator[tuple[int, int]]:
    """Where each verbatim element begins and ends; what is not closed is none."""
    begun = _VERBATIM.search(html)
    while begun:
        close = f"</{begun[1]}>"
        end = html.find(close, begun.end())
        if end >= 0:
            yield begun.start(), end + len(close)
        begun = _VERBATIM.search(html, begun.end() if end < 0 else end + len(close))


@lru_cache(maxsize=1)
def _words() -> re.Pattern[str]:
    """Every word, the longest first, with the particle that ends it."""
    everyday = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split()
    terms = (term.said("zh") for term in terms_of(CONTENT))
    words = {word for word in (*everyday, *terms) if _HAN.fullmatch(word)}
    return re.compile(f"(?:{'|'.join(sorted(words, key=lambda word: (-len(word), word)))}){_PARTICLES}")


_RULES: Mapping[Lang, tuple[tuple[Find, Put], ...]] = {
    "en": ((_MEASURED["en"].finditer, lambda _: NO_BREAK),),
    "zh": (
        (_MEASURED["zh"].finditer, lambda _: NO_BREAK),
        (_AFTER.finditer, lambda match: match[1]),
        (_before_opening, lambda match: match[1]),
    ),
}
