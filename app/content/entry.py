"""Reads YAML that people write, and says in which line a mistake is."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.content.error import ContentError, Tell, stop, text_of
from app.content.language import Lang
from app.record import dataclass

DEEPEST = 64
"""Mappings and lists inside each other that a file may have."""


@dataclass(frozen=True, slots=True)
class Text:
    """The same said in both languages."""

    en: str
    zh: str

    def in_(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.zh


@dataclass(frozen=True)
class Entry:
    """A value of a YAML file with its place: the line of its key, or of itself where it has none.

    `fill` puts values that models compute into its texts.
    """

    path: Path
    node: Node
    name: str = ""
    key: Node | None = None
    fill: "Fill | None" = None

    @property
    def line(self) -> int:
        return int((self.key or self.node).start_mark.line) + 1

    def error(self, message: str, advice: str) -> ContentError:
        return ContentError(self.path, self.line, f"{self.name}: {message}" if self.name else message, advice)

    def fields(self, required: Iterable[str], optional: Iterable[str] = ()) -> "dict[str, Entry]":
        """The entries of a mapping with exactly these keys."""
        found = self.mapping()
        for name in required:
            if name not in found:
                raise self.error(f"{name} is missing", "write it")
        for name in found.keys() - set(required) - set(optional):
            known = ", ".join([*required, *optional])
            raise found[name].error("is not known here", f"take it away; known are {known}")
        return found

    def mapping(self, tell: Tell = stop) -> "dict[str, Entry]":
        """The entries by key; of two equal keys, which YAML would take without a word, the first is kept."""
        if not isinstance(self.node, MappingNode):
            raise self.error("must be a mapping", "write `key: value` lines")
        found: dict[str, Entry] = {}
        for key, value in self.node.value:
            if not isinstance(key, ScalarNode):
                tell(Entry(self.path, key).error("a key must be text", "write `key: value` lines"))
            elif key.value in found:
                tell(Entry(self.path, key).error(f"{key.value} is written twice", "remove one of them"))
            else:
                found[key.value] = replace(self, node=value, name=key.value, key=key)
        return found

    def items(self) -> "list[Entry]":
        if not isinstance(self.node, SequenceNode):
            raise self.error("must be a list", "write `- item` lines")
        return [replace(self, node=node, key=None) for node in self.node.value]

    @property
    def is_text(self) -> bool:
        return isinstance(self.node, ScalarNode)

    def text(self) -> str:
        if not isinstance(self.node, ScalarNode) or not str(self.node.value).strip():
            raise self.error("must be text", "write it (quote what YAML would take for something else)")
        return self._filled(str(self.node.value).strip())

    def _filled(self, text: str) -> str:
        return self.fill(self, text) if self.fill else text

    def line_of_text(self, least: int, most: int) -> str:
        """A text of so many characters."""
        text = self.text()
        if not least <= len(text) <= most:
            raise self.error(f"has {len(text)} characters", f"write {least} to {most}")
        return text

    def whole(self, least: int, most: int) -> int:
        """A whole number between two."""
        text = self.text()
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise self.error(f"{text} is no number from {least} to {most}", "write one")
        return int(text)

    def one_of(self, known: Iterable[str]) -> str:
        text = self.text()
        if text not in known:
            raise self.error(f"{text} is not known", f"use one of {', '.join(known)}")
        return text

    def both(self, empty: bool = False) -> Text:
        """The text in both languages; empty only where nothing is an answer (a unit)."""
        found = self.fields(["en", "zh"])
        if empty:
            return Text(*(found[lang]._filled(str(found[lang].node.value)) for lang in ("en", "zh")))
        return Text(found["en"].text(), found["zh"].text())

    def plain(self) -> Any:
        """The value as YAML means it."""
        try:
            return SafeConstructor().construct_document(self.node)
        except yaml.YAMLError as error:
            raise self.error(f"not YAML: {' '.join(str(error).split())}", "quote it, if it is text") from error


Fill = Callable[[Entry, str], str]
"""Puts values into a text of an entry; a name that is unknown is a ContentError with the entry's line."""


def read_yaml(path: Path, fill: Fill | None = None) -> Entry:
    """The content of a file; what is not there, not YAML, or nothing, stops the start."""
    if not path.exists():
        raise ContentError(path, 1, "this file is missing", "write it; docs/authoring.md shows its form")
    return parse_yaml(path, text_of(path), fill)


def parse_yaml(path: Path, text: str, fill: Fill | None = None) -> Entry:
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        if "nesting depth" in str(error):  # libyaml itself goes only so deep, in newer PyYAML
            raise _too_deep(path, mark.line + 1 if mark else 1) from error
        message = " ".join(str(error).split())
        at = text.splitlines()[mark.line][mark.column :] if mark and mark.line < text.count("\n") else ""
        advice = 'quote what begins with @, as in "@web.yaml"' if at.startswith("@") else "mend the syntax"
        raise ContentError(path, mark.line + 1 if mark else 1, f"not YAML: {message}", advice) from error
    if node is None:
        raise ContentError(path, 1, "the file is empty", "write its entries or take it away")
    _check_depth(path, node)
    return Entry(path, node, fill=fill)


def _check_depth(path: Path, node: Node) -> None:
    """What is deeper than anybody writes, or holds itself by an alias, is not walked through by whoever reads it."""
    level = [node]
    for _ in range(DEEPEST):
        level = list({id(inner): inner for each in level for inner in _inside(each)}.values())
        if not level:
            return
    line = level[0].start_mark.line + 1
    raise _too_deep(path, line)


def _inside(node: Node) -> Iterable[Node]:
    if isinstance(node, MappingNode):
        return (part for pair in node.value for part in pair)
    return node.value if isinstance(node, SequenceNode) else ()


def _too_deep(path: Path, line: int) -> ContentError:
    return ContentError(
        path, line, f"more than {DEEPEST} levels inside each other", "write it flatter, without aliases"
    )
