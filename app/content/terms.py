"""One list of terms for everything that we write: `content/terms.yaml`, and where a text says one of them otherwise.

A term has one word in each language; `never` lists what must not stand for it. With `means` it is an entry of the
glossary. Code, placeholders, addresses and
citations are no prose and are left out. A Latin word that is followed at once by （…） is a first mention with its
Chinese beside it, and one in （…） stands beside its Chinese: both are meant. So is what `names` lists: longer names
that hold the word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cached_property, lru_cache, reduce
from pathlib import Path

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.content.entry import Entry, Text, read_yaml
from app.content.error import ContentError, Tell, going_on, stop, text_of
from app.content.language import LANGUAGES, Lang
from app.record import dataclass

_NO_PROSE = re.compile(
    r"^---\n.*?\n---\n|```.*?```|^:::.*?$|`[^`\n]*`|\{[^{}\n]*\}|\[@[^\]\n]*\]|https?://[^\s）)]+"
    r"|（[A-Za-z][A-Za-z -]*）",
    re.S | re.M,
)
_FIELDS = ("en", "zh", "means", "also", "since", "until", "sources", "taught", "apart", "never", "names")
_WORDS = {"never", "also"}  # of a term: words, and no sentences
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VERSION = re.compile(r"(?:[A-Za-z][\w-]*(?: [A-Za-z][\w-]*)? )?\d+(?:\.\d+)+")
MEANING = 20, 320  # characters of what a term means, in English; half as few in Chinese


@dataclass(frozen=True)
class Term:
    """`never` are the words that are not to be used for it in a language, except in `names`.

    `means` explains it to somebody who meets it for the first time; `also` are other words by which a reader looks for
    it. `since` and `until` are the versions of Kubernetes, or of a project that is named (`etcd 3.4`), in which it came
    and in which it was last. `sources` are `subject/id` of sources.yaml, `taught` a subject or `subject#section`,
    `apart` the subjects in whose lessons the word means something else, where it is not explained.
    """

    id: str
    en: str
    zh: str
    never: dict[Lang, tuple[str, ...]]
    names: tuple[str, ...] = ()
    means: Text | None = None
    also: Mapping[Lang, tuple[str, ...]] = field(default_factory=dict)
    since: str = ""
    until: str = ""
    sources: tuple[str, ...] = ()
    taught: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    line: int = field(default=1, compare=False)

    def said(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.zh

    def words(self, lang: Lang) -> tuple[str, ...]:
        """Every word that stands for it in a language, its own first."""
        return tuple(dict.fromkeys((self.said(lang), *self.also.get(lang, ()))))

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


def load_terms(path: Path, tell: Tell = stop) -> tuple[Term, ...]:
    """The list; what is not as it must be is a ContentError with its line."""
    root = read_yaml(path)
    if not isinstance(root.node, MappingNode):
        raise ContentError(path, 1, "this is no list of terms", "write `id:` with en and zh below it")
    terms = []
    for name, entry in root.mapping(tell).items():
        with going_on(tell):
            terms.append(_term(name, entry))
    return tuple(terms)


def terms_of(content: Path) -> tuple[Term, ...]:
    """The list of a folder of content, which may have none."""
    return load_terms(content / "terms.yaml") if (content / "terms.yaml").exists() else ()


def _term(name: str, entry: Entry) -> Term:
    if not _ID.fullmatch(name):
        raise entry.error("is no id", "write small letters, digits and hyphens: it is the term's address")
    found = entry.fields(["en", "zh"], _FIELDS[2:])
    never, also = (_by_language(found[key]) if key in found else {} for key in ("never", "also"))
    forbidden: dict[Lang, tuple[str, ...]] = {lang: never.get(lang, ()) for lang in LANGUAGES}
    for lang in LANGUAGES:
        for word in (found[lang].text(), *also.get(lang, ())):
            if word in forbidden[lang]:
                raise ContentError(
                    entry.path, entry.line, f"{name}: {word} is forbidden as well", "keep one of the two"
                )
    means = _meaning(found["means"]) if "means" in found else None
    for key in ("also", "since", "until", "sources", "taught", "apart"):
        if key in found and means is None:
            raise found[key].error("stands at a term without means", "write what the term means, in both languages")
    if means and not {"sources", "taught"} & set(found):
        advice = "name where it is defined, as subject/id of a sources.yaml, or the subject that teaches it: taught"
        raise entry.error("sources is missing", advice)
    return Term(
        id=name,
        en=found["en"].text(),
        zh=found["zh"].text(),
        never=forbidden,
        names=_list(found.get("names")),
        means=means,
        also=also,
        since=_version(found.get("since")),
        until=_version(found.get("until")),
        sources=_list(found.get("sources")),
        taught=_list(found.get("taught")),
        apart=_list(found.get("apart")),
        line=entry.line,
    )


def _list(entry: Entry | None) -> tuple[str, ...]:
    return tuple(each.text() for each in entry.items()) if entry else ()


def _by_language(entry: Entry) -> dict[Lang, tuple[str, ...]]:
    found = entry.fields([], LANGUAGES)
    return {lang: _list(found[lang]) for lang in LANGUAGES if lang in found}


def _meaning(entry: Entry) -> Text:
    found = entry.fields(LANGUAGES)
    least, most = MEANING
    return Text(found["en"].line_of_text(least, most), found["zh"].line_of_text(least // 2, most // 2))


def _version(entry: Entry | None) -> str:
    if entry is None:
        return ""
    if not _VERSION.fullmatch(entry.text()):
        raise entry.error(
            f"{entry.text()} is no version", "write 1.35 for Kubernetes, or a project before it: etcd 3.6"
        )
    return entry.text()


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

    A lesson is one text; in YAML every value of a key `en` or `zh` is one. Several rules ask for the same files, so
    that what was read is kept until the file changes.
    """
    try:
        stat = path.stat()
    except OSError:
        return iter(_texts(path))
    return iter(_kept_texts(path, stat.st_mtime_ns, stat.st_size))


def _texts(path: Path) -> tuple[tuple[Lang, int, str], ...]:
    if path.suffix == ".md":
        lang = path.suffixes[-2].removeprefix(".")
        return tuple((known, 1, text_of(path)) for known in LANGUAGES if known == lang)
    return tuple(_spoken(read_yaml(path).node))


@lru_cache(maxsize=512)
def _kept_texts(path: Path, *_state: int) -> tuple[tuple[Lang, int, str], ...]:
    return _texts(path)


def _spoken(node: Node, lang: Lang | None = None) -> Iterator[tuple[Lang, int, str]]:
    if isinstance(node, ScalarNode) and lang:
        yield lang, node.start_mark.line + 1 + (node.style in ("|", ">")), str(node.value)
    elif isinstance(node, SequenceNode):
        for each in node.value:
            yield from _spoken(each, lang)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.value in _WORDS:
                continue
            yield from _spoken(value, next((known for known in LANGUAGES if known == key.value), lang))


def misnamed(paths: Iterable[Path], terms: tuple[Term, ...]) -> Iterator[ContentError]:
    """Each place of these files that says a term otherwise than the list has it, and each file that can't be read."""
    for path in paths:
        try:
            yield from _misnamed(path, terms)
        except ContentError as error:
            yield error


def _misnamed(path: Path, terms: tuple[Term, ...]) -> Iterator[ContentError]:
    for lang, line, text in texts_of(path):
        for found in variants(text, lang, terms):
            advice = f"write {found.term.said(lang)}, or change content/terms.yaml"
            yield ContentError(path, line + found.line - 1, f"“{found.word}” stands for {found.term.id}", advice)
