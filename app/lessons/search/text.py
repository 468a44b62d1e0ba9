"""How a text is cut into what the index keeps: Latin words in small letters, and Chinese in pairs of characters.

words("kube-proxy 的模式")    # kube, proxy, 的模, 模式, 式

Pairs overlap, so that any run of two or more characters is a phrase of pairs; the last character of a run stands alone
behind them, so that every single character is the beginning of something.
"""

import re
from collections.abc import Iterator

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_ATOM = re.compile(rf"[a-z0-9]+|[{HAN}]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_MIXED = re.compile(r"\b[A-Za-z]*[a-z][A-Z][A-Za-z]*\b")


def atoms(text: str) -> list[str]:
    """Latin words and runs of Chinese characters, in their order."""
    return _ATOM.findall(text.lower())


def is_han(atom: str) -> bool:
    return atom[0] > "\u3000"


def pairs(run: str) -> list[str]:
    """The overlapping pairs of a run of Chinese; a single character is itself."""
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def words(text: str) -> Iterator[str]:
    """What the index keeps of a text."""
    for atom in atoms(text):
        if is_han(atom):
            yield from pairs(atom)
            if len(atom) > 1:
                yield atom[-1]
        else:
            yield atom


def inner_words(text: str) -> set[str]:
    """The words inside names that are written together: node and name in `nodeName`."""
    return {part.lower() for name in _MIXED.findall(text) for part in _CAMEL.findall(name) if len(part) > 2}


_BEFORE = rf"(?<![{HAN}])(?:请|说说|介绍|解释|什么是|如何|怎么|怎样|为什么是?|实现|的|和|与)+"
_BEHIND = (
    rf"(?:的?(?:区别|原理|机制)|的(?:流程|过程|作用)|是什么|有哪些|有哪几种|怎么排查|怎么办|会怎样|吗)+(?![{HAN}])"
)
_ASKED = re.compile(f"{_BEFORE}|{_BEHIND}")


def unasked(text: str) -> str:
    """A Chinese question without what only makes it one, at both ends of a run: 脑裂 of 什么是脑裂."""
    return _ASKED.sub(" ", text)


_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def one_edit(word: str) -> set[str]:
    """Every word that one letter too few, too many, wrong or in the wrong place makes of this one."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    other = {left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS}
    more = {left + letter + right for left, right in cuts for letter in _LETTERS}
    return (fewer | swapped | other | more) - {word}


_ENDINGS = ("", "s", "es", "d", "ed", "ing", "er", "ers")


def forms(word: str) -> set[str]:
    """What may be the same word with another ending: pod and pods, evict and evicted; only some of them are words."""
    stems = {word.removesuffix(ending) for ending in _ENDINGS if len(word.removesuffix(ending)) > 2}
    return {word} | {stem + ending for stem in stems for ending in _ENDINGS}
