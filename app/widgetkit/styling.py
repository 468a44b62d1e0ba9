"""What the style sheets of the pages do to classes wherever they stand, so that no room gives such a name to its own.

styled = styled_anywhere(css)                  # `.skip { … }` styles `skip`, `.quiz .skip { … }` does not
own_classes(css)                               # the classes of a room's own sheet, with the line of each
"""

import re
from collections.abc import Iterator, Mapping

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_PRELUDE = re.compile(r"([^{};]+)\{")
_ALTERNATIVES = re.compile(r":is\(([^()]*)\)")
_ALONE = re.compile(r"[a-z]*\.([A-Za-z][\w-]*)(?:::?[a-z-]+(?:\([^()]*\))?|\[[^]]*\])*")
_NAMED = re.compile(r"\.([A-Za-z][\w-]*)")


def styled_anywhere(css: str) -> frozenset[str]:
    """Classes that a rule styles by their name alone, wherever they stand."""
    return frozenset(found[1] for _, selector in _selectors(css) if (found := _ALONE.fullmatch(selector)))


def own_classes(css: str) -> Mapping[str, int]:
    """Each class that a room's sheet styles outside its drawings, with the line where it does so first."""
    found: dict[str, int] = {}
    for line, selector in _selectors(css):
        if ".drawing" not in selector:
            for name in _NAMED.findall(selector):
                found.setdefault(name, line)
    return found


def _selectors(css: str) -> Iterator[tuple[int, str]]:
    """Every selector with its line; those in a list, or in an `:is()`, each by itself."""
    bare = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), css)
    for prelude in _PRELUDE.finditer(bare):
        text = prelude[1].strip()
        line = bare.count("\n", 0, prelude.start(1) + len(prelude[1]) - len(prelude[1].lstrip())) + 1
        if not text.startswith("@"):
            for selector in _apart(text):
                for each in _without_alternatives(selector):
                    yield line, each


def _apart(text: str) -> Iterator[str]:
    """What commas outside of brackets separate."""
    depth, begin = 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            yield text[begin:at].strip()
            begin = at + 1
    yield text[begin:].strip()


def _without_alternatives(selector: str) -> Iterator[str]:
    found = _ALTERNATIVES.search(selector)
    if not found:
        yield selector
        return
    for each in found[1].split(","):
        yield from _without_alternatives(selector[: found.start()] + each.strip() + selector[found.end() :])
