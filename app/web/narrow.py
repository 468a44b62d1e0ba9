"""A style sheet cut down to what a page has: the rules that can match an element of it, in their order.

narrow(".a { color: red } .b > i { margin: 0 }", seen('<p class="a">'))    # ".a{color: red}"

A rule stays when one of its selectors names an element of the page inside others of it: some stay in vain, none is
missed. What an element is in (hovered, open, chosen, the first, printed, narrow) does not matter, so that nothing is
left out that needs no script. The whole sheet may come later: all of its rules stand behind these, and decide alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import product

from app.record import dataclass

_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:\s[^<>]*?)?)(/?)>")
_ATTRIBUTE = re.compile(r'\s(class|id)="([^"]*)"')
_VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "wbr", "source", "area", "col"))
_CLASS = re.compile(r'(?:className\s*[=:]|classList\.(?:add|toggle)\()\s*"([^"]*)"')
_ID = re.compile(r'\bid\s*[=:]\s*"([^"]*)"')
_PART = re.compile(r"[{};]")
_WHOLE = ("@keyframes", "@property", "@font-face")
_FUNCTION = re.compile(r":(is|where|has|not)\(")
_STATE = re.compile(r"\[[^\]]*\]|::?[\w-]+(?:\([^()]*\))?")
_NAME = re.compile(r"[.#]?-?[A-Za-z_][\w-]*")
_BESIDE = re.compile(r"[+~]")

Names = frozenset[str]
"""`.class`, `#id` and `element`."""


@dataclass(frozen=True)
class Seen:
    """The elements of some pages: each by its own names and those of all that it stands in; and what scripts make."""

    elements: frozenset[tuple[Names, Names]]
    names: Names
    made: Names = frozenset()

    @cached_property
    def _by_name(self) -> Mapping[str, list[tuple[Names, Names]]]:
        found = defaultdict[str, list[tuple[Names, Names]]](list)
        for each in self.elements:
            for name in each[0]:
                found[name].append(each)
        return found

    def has(self, own: Names, above: Names) -> bool:
        """Whether there is an element of these names inside others of those."""
        rarest = min((self._by_name.get(name, []) for name in own), key=len, default=self.elements)
        return any(own <= each and above <= others for each, others in rarest)


def seen(*pages: str, scripts: str = "") -> Seen:
    """What there is in the pages, and the classes and ids that the scripts give to what they make."""
    elements: set[tuple[Names, Names]] = set()
    for page in pages:
        elements.update(_elements(page))
    names = frozenset[str]().union(*(own for own, _ in elements))
    given = ((".", _CLASS.findall(scripts)), ("#", _ID.findall(scripts)))
    return Seen(
        frozenset(elements),
        names,
        frozenset(sign + word for sign, found in given for each in found for word in each.split()),
    )


def _elements(page: str) -> Iterator[tuple[Names, Names]]:
    open_: list[tuple[str, Names]] = [("", frozenset())]
    for closes, element, attributes, closed in _TAG.findall(page):
        if closes:
            while len(open_) > 1 and open_.pop()[0] != element:
                pass
            continue
        own = {element}
        for kind, value in _ATTRIBUTE.findall(attributes):
            own.update(f"{'.' if kind == 'class' else '#'}{each}" for each in value.split())
        above = open_[-1][1]
        yield frozenset(own), above
        if not closed and element not in _VOID:
            open_.append((element, above | own))


def narrow(css: str, page: Seen) -> str:
    """The sheet without the rules of which no selector can match anything."""
    kept = []
    for rule in _rules(css):
        if rule.body is None or rule.prelude.startswith("@"):
            kept.append(rule)
        elif chosen := [each for each in _parted(rule.prelude) if _may_match(each, page)]:
            kept.append(_Rule(rule.inside, ",".join(chosen), rule.body))
    said = " ".join(rule.body or "" for rule in kept if not rule.prelude.startswith("@"))
    return _written([rule for rule in kept if not rule.prelude.startswith("@keyframes") or rule.prelude[11:] in said])


@dataclass(frozen=True)
class _Rule:
    """One rule with the at-rules that it stands in; a statement (`@layer a, b;`) has no body."""

    inside: tuple[str, ...]
    prelude: str
    body: str | None


def _rules(css: str) -> Iterator[_Rule]:
    open_: list[tuple[str, int]] = []
    start = 0
    for part in _PART.finditer(css):
        inside = tuple(prelude for prelude, _ in open_)
        is_in_rule = bool(inside) and (not inside[-1].startswith("@") or inside[-1].startswith(_WHOLE))
        if part[0] == "{":
            open_.append((css[start : part.start()].strip(), part.end()))
        elif part[0] == "}":
            prelude, begin = open_.pop()
            is_rule = not prelude.startswith("@") or prelude.startswith(_WHOLE)
            if is_rule and not any(each.startswith(_WHOLE) for each in inside[:-1]):
                yield _Rule(inside[:-1], prelude, css[begin : part.start()].strip())
        elif is_in_rule:
            continue
        else:
            yield _Rule(inside, css[start : part.end()].strip(), None)
        start = part.end()


def _written(rules: list[_Rule]) -> str:
    pieces: list[str] = []
    inside: tuple[str, ...] = ()
    for rule in rules:
        same = 0
        while same < min(len(inside), len(rule.inside)) and inside[same] == rule.inside[same]:
            same += 1
        pieces += ["}"] * (len(inside) - same)
        pieces += [f"{each}{{" for each in rule.inside[same:]]
        pieces.append(rule.prelude if rule.body is None else f"{rule.prelude}{{{rule.body}}}")
        inside = rule.inside
    return "".join([*pieces, "}" * len(inside), "\n"])


def _may_match(selector: str, page: Seen) -> bool:
    return any(_may_match_plain(each, page) for each in _plain(selector, page))


def _plain(selector: str, page: Seen) -> Iterator[str]:
    """The selector without functions, one for each choice of `:is()`; none if `:has()` has nothing that there is."""
    pieces: list[list[str]] = []
    while found := _FUNCTION.search(selector):
        end = _closing(selector, found.end())
        given = _parted(selector[found.end() : end])
        pieces.append([selector[: found.start()]])
        if found[1] in ("is", "where"):
            # What an alternative stands in is asked for nowhere else: its last element is enough.
            pieces.append([re.split(r"[\s>+~]+(?![^(]*\))", each)[-1] for each in given])
        elif found[1] == "has" and not any(_names_of(each) <= page.names | page.made for each in given):
            return
        selector = selector[end + 1 :]
    for chosen in product(*pieces, [selector]):
        joined = _joined(chosen)
        if _FUNCTION.search(joined):
            yield from _plain(joined, page)
        else:
            yield joined


def _joined(pieces: tuple[str, ...]) -> str:
    """An element stands before its classes: `.a:is(p)` is `p.a`."""
    whole = ""
    for piece in pieces:
        if piece[:1].isalpha() and whole and not whole[-1].isspace() and whole[-1] not in ">+~":
            at = max(whole.rfind(sign) for sign in " >+~") + 1
            whole = f"{whole[:at]}{piece}{whole[at:]}"
        else:
            whole += piece
    return whole


def _may_match_plain(selector: str, page: Seen) -> bool:
    selector = _STATE.sub("", selector)
    named = frozenset(_NAME.findall(selector))
    if named & page.made:
        return named <= page.names | page.made
    if not named <= page.names:
        return False
    inside, _, last = selector.replace(">", " ").rstrip().rpartition(" ")
    beside = _BESIDE.split(selector)
    if len(beside) > 1:  # where something stands beside is not looked at
        inside, _, last = beside[-1].replace(">", " ").strip().rpartition(" ")
    own, above = frozenset(_NAME.findall(last)), frozenset(_NAME.findall(inside))
    return page.has(own, above)


def _names_of(selector: str) -> Names:
    return frozenset(_NAME.findall(_STATE.sub("", _FUNCTION.sub(" ", selector))))


def _parted(selectors: str) -> list[str]:
    """The selectors of a list; commas inside brackets part none."""
    pieces, depth, start = [], 0, 0
    for place, sign in enumerate(selectors):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            pieces.append(selectors[start:place].strip())
            start = place + 1
    return [*pieces, selectors[start:].strip()]


def _closing(text: str, at: int) -> int:
    """Where the bracket closes that was opened before `at`."""
    depth = 1
    while depth:
        depth += (text[at] == "(") - (text[at] == ")")
        at += 1
    return at - 1
