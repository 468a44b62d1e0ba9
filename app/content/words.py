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
from typing import Any, TypeAlias

import yaml
from babel import Locale
from markdown_it import MarkdownIt
from markupsafe import Markup

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang

_INLINE = MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink", "newline"])
_TAG = re.compile(r"<[^>]+>")
_PLURAL = {lang: Locale.parse(lang).plural_form for lang in LANGUAGES}
_KEY = re.compile(r"[\"']?([\w.+-]+)[\"']?:(\s|$)")
_NUMBER = re.compile(r"[-−+]?\d+(\.\d+)?")

Sentence: TypeAlias = "str | Mapping[str, Sentence]"


class Words:
    """A read-only mapping key -> sentence per language. Later files may not repeat a key of earlier ones."""

    def __init__(self, entries: Mapping[str, Mapping[Lang, Sentence]]) -> None:
        self._entries = dict(entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def keys(self) -> KeysView[str]:
        return self._entries.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __or__(self, more: "Words") -> "Words":
        return Words({**self._entries, **more._entries})

    def raw(self, lang: Lang, key: str, /, **values: Any) -> str:
        """The sentence as it was written, in the form for these values; KeyError names the missing key."""
        sentence = self._entries[key][lang]
        return sentence if isinstance(sentence, str) else _form(lang, sentence, values)

    def forms(self, lang: Lang, key: str) -> tuple[str, ...]:
        """Every form of a sentence as it was written; one, if no number changes it."""
        return tuple(_texts(self._entries[key][lang]))

    def html(self, lang: Lang, key: str, /, **values: Any) -> Markup:
        """The sentence as safe HTML; values are escaped."""
        sentence = Markup(_inline(self.raw(lang, key, **values)))
        return sentence.format(**values) if "{" in sentence or "}" in sentence else sentence

    def text(self, lang: Lang, key: str, /, **values: Any) -> str:
        """The sentence without any markup, for attributes, titles and the command line."""
        sentence = _plain(self.raw(lang, key, **values))
        return sentence.format(**values) if "{" in sentence or "}" in sentence else sentence


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
def _inline(sentence: str) -> str:
    return str(_INLINE.renderInline(sentence)).strip()


@lru_cache(maxsize=8192)
def _plain(sentence: str) -> str:
    return unescape(_TAG.sub("", _inline(sentence)))


def inline_markdown(sentence: str) -> Markup:
    """One sentence of Markdown (code, emphasis) as safe HTML, without a paragraph around it."""
    return Markup(_inline(sentence))


def load_words(path: Path) -> Words:
    """The words of one file; a missing language, an empty sentence or a twisted placeholder stops the start."""
    text = path.read_text(encoding="utf-8")
    try:
        entries = yaml.load(text, Loader=yaml.CSafeLoader) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ContentError(path, mark.line + 1 if mark else 1, f"not YAML: {error}", "mend the syntax") from error
    _check_once(path, text)
    for key, entry in entries.items():
        _check_entry(path, text, str(key), entry)
    return Words({str(key): entry for key, entry in entries.items()})


def _check_once(path: Path, text: str) -> None:
    """YAML takes the last of two equal keys without a word."""
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        found = _KEY.match(line)
        if found and found[1] in seen:
            raise ContentError(path, number, f"{found[1]} is written twice", "remove one of them")
        if found:
            seen.add(found[1])


def _check_entry(path: Path, text: str, key: str, entry: Any) -> None:
    if not isinstance(entry, dict) or set(entry) != set(LANGUAGES):
        raise ContentError(path, _line_of(text, key), f"{key} needs exactly the languages en and zh", "write both")
    names = []
    for lang, sentence in entry.items():
        found = [_placeholders(path, text, key, each) for each in _checked(path, text, key, lang, sentence)]
        names.append(set().union(*found))
    if names[0] != names[1]:
        raise ContentError(
            path,
            _line_of(text, key),
            f"{key} uses other placeholders in en than in zh: {names[0] ^ names[1]}",
            "use the same",
        )


def _checked(path: Path, text: str, key: str, lang: Lang, sentence: Any) -> Iterator[str]:
    """Every form of a sentence; those of its language must be there, no others, and none may be empty."""
    if isinstance(sentence, str) and sentence.strip():
        yield sentence
        return
    line = _line_of(text, key)
    if not isinstance(sentence, dict):
        raise ContentError(path, line, f"{key} is empty in {lang}", "write the sentence (quote numbers)")
    categories = {*Locale.parse(lang).plural_form.tags, "other"}
    if set(sentence) - {"by"} != categories:
        wanted = ", ".join(sorted(categories))
        raise ContentError(path, line, f"{key} has the forms {sorted(sentence)} in {lang}", f"write {wanted}")
    for name, form in sentence.items():
        if name != "by":
            yield from _checked(path, text, key, lang, form)
    if _decider(sentence) not in {name for each in _texts(sentence) for name in _placeholders(path, text, key, each)}:
        raise ContentError(path, line, f"{key}: no number decides its form in {lang}", "name a placeholder in `by`")


def _placeholders(path: Path, text: str, key: str, sentence: str) -> set[str]:
    if "{" not in sentence and "}" not in sentence:
        return set()
    try:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
    except ValueError as error:
        line = _line_of(text, key)
        raise ContentError(path, line, f"{key}: {error}", "double the braces that are meant literally") from error


def _line_of(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith((f"{key}:", f'"{key}":', f"'{key}':")):
            return number
    return 1
