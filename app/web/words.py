"""What the site says: sentences by key in both languages, with Markdown inline and {placeholders}."""

import re
import string
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markupsafe import Markup

from app.content_error import ContentError
from app.web.language import LANGUAGES, Lang

_INLINE = MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink", "newline"])
_TAG = re.compile(r"<[^>]+>")


class Words:
    """A read-only mapping key -> sentence per language. Later files may not repeat a key of earlier ones."""

    def __init__(self, entries: Mapping[str, Mapping[Lang, str]]) -> None:
        self._entries = dict(entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def keys(self) -> Iterable[str]:
        return self._entries.keys()

    def __or__(self, more: "Words") -> "Words":
        return Words({**self._entries, **more._entries})

    def raw(self, lang: Lang, key: str) -> str:
        """The sentence as it was written; KeyError names the missing key."""
        return self._entries[key][lang]

    def html(self, lang: Lang, key: str, /, **values: Any) -> Markup:
        """The sentence as safe HTML; values are escaped."""
        sentence = Markup(_inline(self.raw(lang, key)))
        return sentence.format(**values) if "{" in sentence or "}" in sentence else sentence

    def text(self, lang: Lang, key: str, /, **values: Any) -> str:
        """The sentence without any markup, for attributes, titles and the command line."""
        sentence = _plain(self.raw(lang, key))
        return sentence.format(**values) if "{" in sentence or "}" in sentence else sentence


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
    for key, entry in entries.items():
        _check_entry(path, text, str(key), entry)
    return Words({str(key): entry for key, entry in entries.items()})


def _check_entry(path: Path, text: str, key: str, entry: Any) -> None:
    if not isinstance(entry, dict) or set(entry) != set(LANGUAGES):
        raise ContentError(path, _line_of(text, key), f"{key} needs exactly the languages en and zh", "write both")
    for lang, sentence in entry.items():
        if not isinstance(sentence, str) or not sentence.strip():
            line = _line_of(text, key)
            raise ContentError(path, line, f"{key} is empty in {lang}", "write the sentence (quote numbers)")
    names = [_placeholders(path, text, key, sentence) for sentence in entry.values()]
    if names[0] != names[1]:
        raise ContentError(
            path,
            _line_of(text, key),
            f"{key} uses other placeholders in en than in zh: {names[0] ^ names[1]}",
            "use the same",
        )


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
