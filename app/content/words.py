"""What the site says: sentences by key in both languages, with Markdown inline and {placeholders}.

A sentence that a number changes has forms, by the plural categories of its language (CLDR: `one` and `other` in
English, `other` alone in Chinese, where one sentence does). The first placeholder of `other` decides, or the one
that `by` names; a form may have forms again, for a second number:

    tries: {en: {one: "{count} try", other: "{count} tries"}, zh: "{count} 次"}
"""

import re
import string
from collections.abc import Iterator, KeysView, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from babel.plural import PluralRule
from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from yaml.nodes import MappingNode, ScalarNode

from app.content.entry import Entry, Fill, read_yaml
from app.content.error import ContentError, Tell, stop
from app.content.language import LANGUAGES, Lang
from app.listed import Listed

_INLINE = MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink", "newline"])
_TAG = re.compile(r"<[^>]+>")
_AT = {lang: at for at, lang in enumerate(LANGUAGES)}
# As the CLDR has them, whose data of two languages would take 4 MB in every process.
_PLURAL: Mapping[Lang, PluralRule] = {"en": PluralRule({"one": "i = 1 and v = 0"}), "zh": PluralRule({})}
_TEXT = "tag:yaml.org,2002:str"
COMMA = {"en": ", ", "zh": "、"}  # between names in a row
COLON = {"en": ": ", "zh": "："}
_NUMBER = re.compile(r"[-−+]?\d+(\.\d+)?")

Sentence: TypeAlias = "str | Mapping[str, Sentence]"


Said = TypeVar("Said", str, Markup)


class Unsaid(KeyError):
    """A sentence that cannot be said: its key is in no words, or `value` is wanted by it and was not given."""

    def __init__(self, key: str, value: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.value = value


class Words:
    """A read-only mapping key -> sentence per language. Of several layers the first that has a key counts; a layer that
    many share stands in memory once."""

    def __init__(self, entries: Mapping[str, Mapping[Lang, Sentence]]) -> None:
        self._layers: tuple[Mapping[str, tuple[Sentence, ...]], ...] = (
            {key: tuple(said[lang] for lang in LANGUAGES) for key, said in entries.items()},
        )
        self._html: dict[Lang, dict[str, Markup]] = {lang: {} for lang in LANGUAGES}
        self._text: dict[Lang, dict[str, str]] = {lang: {} for lang in LANGUAGES}

    def __contains__(self, key: object) -> bool:
        return any(key in layer for layer in self._layers)

    def keys(self) -> KeysView[str]:
        return dict.fromkeys(self).keys()

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for layer in reversed(self._layers) for key in layer))

    def __or__(self, more: "Words") -> "Words":
        both = Words({})
        both._layers = (*more._layers, *self._layers)
        return both

    def _said(self, lang: Lang, key: str) -> Sentence:
        for layer in self._layers:
            if key in layer:
                return layer[key][_AT[lang]]
        raise Unsaid(key)

    def raw(self, lang: Lang, key: str, /, **values: Any) -> str:
        """The sentence as it was written, in the form for these values; Unsaid names a key that is missing."""
        sentence = self._said(lang, key)
        return sentence if isinstance(sentence, str) else _form(lang, sentence, values)

    def forms(self, lang: Lang, key: str) -> tuple[str, ...]:
        """Every form of a sentence as it was written; one, if no number changes it."""
        return tuple(_texts(self._said(lang, key)))

    def html(self, lang: Lang, key: str, /, **values: Any) -> Markup:
        """The sentence as safe HTML; values are escaped."""
        known = self._html[lang].get(key)
        if known is not None:
            return known
        sentence = _inline(self.raw(lang, key, **values))
        if "{" in sentence or "}" in sentence:
            return _filled(lang, key, sentence, values)
        if self._is_one(lang, key):
            self._html[lang][key] = sentence
        return sentence

    def text(self, lang: Lang, key: str, /, **values: Any) -> str:
        """The sentence without any markup, for attributes, titles and the command line."""
        known = self._text[lang].get(key)
        if known is not None:
            return known
        sentence = _plain(self.raw(lang, key, **values))
        if "{" in sentence or "}" in sentence:
            return _filled(lang, key, sentence, values)
        if self._is_one(lang, key):
            self._text[lang][key] = sentence
        return sentence

    def _is_one(self, lang: Lang, key: str) -> bool:
        """Whether there is one form, whatever the values."""
        return isinstance(self._said(lang, key), str)


def _filled(lang: Lang, key: str, sentence: Said, values: Mapping[str, Any]) -> Said:
    comma = COMMA[lang]
    told = {name: value.between(comma) if isinstance(value, Listed) else value for name, value in values.items()}
    try:
        pieces = _pieces(sentence)
        return _put_together(sentence, pieces, told) if pieces else sentence.format(**told)
    except (KeyError, IndexError) as error:
        raise Unsaid(key, str(error.args[0])) from None


def _put_together(sentence: Said, pieces: tuple[tuple[str, str | None], ...], values: Mapping[str, Any]) -> Said:
    """What `format` makes of it, in a fifth of the time: a page has dozens of sentences with values."""
    is_html = isinstance(sentence, Markup)
    text = []
    for literal, name in pieces:
        text.append(literal)
        if name is not None:
            value = values[name]
            text.append(_put_in_html(value) if is_html else f"{value}")
    return type(sentence)("".join(text))


def _put_in_html(value: Any) -> str:
    return escape(value if isinstance(value, str) or hasattr(value, "__html__") else f"{value}")


@lru_cache(maxsize=8192)
def _pieces(sentence: str) -> tuple[tuple[str, str | None], ...] | None:
    """Its text before each placeholder and what that is called; None where one is more than a name."""
    parsed = tuple(string.Formatter().parse(sentence))
    if any(spec or conversion or not (name is None or name.isidentifier()) for _, name, spec, conversion in parsed):
        return None
    return tuple((literal, name) for literal, name, _, _ in parsed)


def _form(lang: Lang, sentence: Sentence, values: Mapping[str, Any]) -> str:
    while not isinstance(sentence, str):
        number = _as_number(values.get(_decider(sentence)))
        category = "other" if number is None else _PLURAL[lang](number)
        sentence = sentence[category]
    return sentence


def _decider(forms: Mapping[str, Sentence]) -> str:
    """The placeholder whose value chooses the form."""
    by = forms.get("by")
    if isinstance(by, str):
        return by
    names = (name for _, name, _, _ in string.Formatter().parse(next(_texts(forms["other"]))))
    return next((name for name in names if name), "")


def _texts(sentence: Sentence) -> Iterator[str]:
    if isinstance(sentence, str):
        yield sentence
        return
    for name, form in sentence.items():
        if name != "by":
            yield from _texts(form)


def _as_number(value: Any) -> Decimal | None:
    """A number that was given as one or as text, as it is printed (`1.0` is none of `one`); None for what is none."""
    text = str(value).replace(",", "")
    try:
        return abs(Decimal(text.replace("−", "-"))) if _NUMBER.fullmatch(text) else None
    except InvalidOperation:
        return None


@lru_cache(maxsize=8192)
def _inline(sentence: str) -> Markup:
    return Markup(_INLINE.renderInline(sentence).strip())


@lru_cache(maxsize=8192)
def _plain(sentence: str) -> str:
    plain = unescape(_TAG.sub("", _inline(sentence)))
    return sentence if plain == sentence else plain  # most have no markup, and are then held once


def inline_markdown(sentence: str) -> Markup:
    """One sentence of Markdown (code, emphasis) as safe HTML, without a paragraph around it."""
    return _inline(sentence)


def load_words(path: Path, tell: Tell = stop, fill: Fill | None = None) -> Words:
    """The words of one file, with values put in by `fill`.

    A missing language, an empty sentence or a twisted placeholder is told with its line.
    """
    found: dict[str, Mapping[Lang, Sentence]] = {}
    for key, entry in read_yaml(path, fill).mapping(tell).items():
        try:
            found[key] = _in_both(entry)
        except ContentError as error:
            tell(error)
            found[key] = dict.fromkeys(LANGUAGES, key)  # it is there, if not as it should be
    return Words(found)


def _in_both(entry: Entry) -> Mapping[Lang, Sentence]:
    """The sentence of a key, which needs both languages and the same placeholders in them."""
    told = entry.mapping() if isinstance(entry.node, MappingNode) else {}
    if told.keys() != set(LANGUAGES):
        raise _mistake(entry, f"{entry.name} needs exactly the languages en and zh", "write both")
    said: dict[Lang, Sentence] = {lang: _sentence(entry.name, lang, told[lang]) for lang in LANGUAGES}
    english, chinese = (_placeholders(entry.name, told[lang], said[lang]) for lang in LANGUAGES)
    if english != chinese:
        differ = ", ".join(sorted(english ^ chinese))
        message = f"{entry.name} uses other placeholders in en than in zh: {differ}"
        raise _mistake(told["zh"], message, "use the same")
    return said


def _sentence(key: str, lang: Lang, entry: Entry) -> Sentence:
    """A sentence, or its forms; those of its language must be there, no others, and none may be empty."""
    if isinstance(entry.node, ScalarNode) and entry.node.tag == _TEXT and entry.node.value.strip():
        return entry.fill(entry, entry.node.value) if entry.fill else str(entry.node.value)
    if not isinstance(entry.node, MappingNode):
        raise _mistake(entry, f"{key} is empty in {lang}", "write the sentence (quote numbers)")
    forms = entry.mapping()
    categories = {*_PLURAL[lang].tags, "other"}
    if forms.keys() - {"by"} != categories:
        wanted = ", ".join(sorted(categories))
        raise _mistake(entry, f"{key} has the forms {', '.join(sorted(forms))} in {lang}", f"write {wanted}")
    by = {"by": forms["by"].text()} if "by" in forms else {}
    sentence = {**by, **{name: _sentence(key, lang, form) for name, form in forms.items() if name != "by"}}
    if _decider(sentence) not in _placeholders(key, entry, sentence):
        raise _mistake(entry, f"{key}: no number decides its form in {lang}", "name a placeholder in `by`")
    return sentence


def _placeholders(key: str, entry: Entry, sentence: Sentence) -> set[str]:
    """What is put into any form of a sentence."""
    if isinstance(sentence, str) and "{" not in sentence and "}" not in sentence:
        return set()
    try:
        return {name for text in _texts(sentence) for name in placeholders(text)}
    except ValueError as error:
        raise _mistake(entry, f"{key}: {error}", "double the braces that are meant literally") from error


def placeholders(text: str) -> list[str]:
    """The names in braces, in their order; ValueError for braces that do not close."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def _mistake(entry: Entry, message: str, advice: str) -> ContentError:
    return ContentError(entry.path, entry.line, message, advice)


def place_of(path: Path, key: str) -> int:
    """The line of a key of a file of words; of one that is missing, the last line of those that it belongs to."""
    lines = {name: entry.line for name, entry in read_yaml(path).mapping(lambda _: None).items()}
    alike = [line for name, line in lines.items() if name.partition(".")[0] == key.partition(".")[0]]
    return lines.get(key) or max(alike or lines.values(), default=1)
