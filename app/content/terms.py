"""One list of terms for everything that we write: `content/terms.yaml`, and where a text says one of them otherwise.

A term has one word in each language; `never` lists what must not stand for it. Code, placeholders, addresses and
citations are no prose and are left out. A Latin word that is followed at once by （…） is a first mention with its
Chinese beside it, and one in （…） stands beside its Chinese: both are meant. So is what `names` lists: longer names
that hold the word.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.content.entry import Entry, Text, read_yaml
from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang

_NO_PROSE = re.compile(
    r"^---\n.*?\n---\n|```.*?```|^:::.*?$|`[^`\n]*`|\{[^{}\n]*\}|\[@[^\]\n]*\]|https?://[^\s）)]+"
    r"|（[A-Za-z][A-Za-z -]*）",
    re.S | re.M,
)
_FIELDS = {"en", "zh", "never", "names", "means"}


@dataclass(frozen=True)
class Term:
    """`never` are the words that are not to be used for it in a language, except in `names`; `means` explains it to
    somebody who meets it for the first time."""

    id: str
    en: str
    zh: str
    never: dict[Lang, tuple[str, ...]]
    names: tuple[str, ...] = ()
    means: Text | None = None

    def said(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.zh

    @cached_property
    def patterns(self) -> dict[Lang, re.Pattern[str] | None]:
        return {lang: _pattern(self.never.get(lang, ())) for lang in LANGUAGES}


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Latin words stand for themselves only, not inside another name; Chinese ones wherever they occur."""
    alternatives = [
        rf"(?<![A-Za-z0-9_./-]){re.escape(word)}(?![A-Za-z0-9_/-]|\.[a-z]|\s?（)" if word.isascii() else re.escape(word)
        for word in words
    ]
    return re.compile("|".join(alternatives)) if alternatives else None


@dataclass(frozen=True)
class Variant:
    """A word that stands where a term should: `line` counts from 1 in the text."""

    term: Term
    word: str
    line: int


def load_terms(path: Path) -> tuple[Term, ...]:
    """The list; what is not as it must be is a ContentError with its line."""
    root = read_yaml(path)
    if not isinstance(root.node, MappingNode):
        raise ContentError(path, 1, "this is no list of terms", "write `id:` with en and zh below it")
    return tuple(_term(name, entry) for name, entry in root.mapping().items())


def _term(name: str, entry: Entry) -> Term:
    told = entry.plain()
    never = (told.get("never") or {}) if isinstance(told, dict) else {}
    if not isinstance(told, dict) or not {"en", "zh"} <= set(told) <= _FIELDS or not set(never) <= set(LANGUAGES):
        advice = "write en, zh and, if need be, means: {en, zh}, never: {en, zh}, names: [...]"
        raise ContentError(entry.path, entry.line, f"{name} is not a term", advice)
    forbidden: dict[Lang, tuple[str, ...]] = {lang: tuple(map(str, never.get(lang, ()))) for lang in LANGUAGES}
    for lang in LANGUAGES:
        if told[lang] in forbidden[lang]:
            message = f"{name}: {told[lang]} is forbidden as well"
            raise ContentError(entry.path, entry.line, message, "keep one of the two")
    means = entry.mapping()["means"].both() if "means" in told else None
    return Term(name, str(told["en"]), str(told["zh"]), forbidden, tuple(map(str, told.get("names", ()))), means)


def meanings(terms: Iterable[Term], lang: Lang) -> dict[str, str]:
    """What each explained term means, by the word for it in small letters, and in Chinese by the English word too."""
    found: dict[str, str] = {}
    for term in terms:
        if term.means:
            found |= dict.fromkeys((term.said(lang).lower(), term.en.lower()), term.means.in_(lang))
    return found


def variants(text: str, lang: Lang, terms: Iterable[Term]) -> Iterator[Variant]:
    """Every word of a text that another term should stand for, in the order of the terms."""
    prose = _NO_PROSE.sub(_blank, text)
    for term in terms:
        if pattern := term.patterns[lang]:
            for match in pattern.finditer(reduce(_without, term.names, prose)):
                yield Variant(term, match[0], prose.count("\n", 0, match.start()) + 1)


def _without(prose: str, name: str) -> str:
    return prose.replace(name, " " * len(name))


def _blank(match: re.Match[str]) -> str:
    """As many lines and characters, so that places stay what they are."""
    return re.sub(r"[^\n]", " ", match[0])


def texts_of(path: Path) -> Iterator[tuple[Lang, int, str]]:
    """What a file of content says in each language, with the line (from 1) on which it begins.

    A lesson is one text; in YAML every value of a key `en` or `zh` is one.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        lang = path.suffixes[-2].removeprefix(".")
        yield from ((known, 1, text) for known in LANGUAGES if known == lang)
    elif node := yaml.compose(text, Loader=yaml.CSafeLoader):
        yield from _spoken(node)


def _spoken(node: Node, lang: Lang | None = None) -> Iterator[tuple[Lang, int, str]]:
    if isinstance(node, ScalarNode) and lang:
        yield lang, node.start_mark.line + 1 + (node.style in ("|", ">")), str(node.value)
    elif isinstance(node, SequenceNode):
        for each in node.value:
            yield from _spoken(each, lang)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _spoken(value, next((known for known in LANGUAGES if known == key.value), lang))


def misnamed(paths: Iterable[Path], terms: tuple[Term, ...]) -> Iterator[ContentError]:
    """Each place of these files that says a term otherwise than the list has it."""
    for path in paths:
        for lang, line, text in texts_of(path):
            for found in variants(text, lang, terms):
                advice = f"write {found.term.said(lang)}, or change content/terms.yaml"
                yield ContentError(path, line + found.line - 1, f"“{found.word}” stands for {found.term.id}", advice)
