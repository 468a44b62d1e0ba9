"""What code and templates say literally: their strings with places, and how strings are put together of parts.

From it follows which sentences can be said at all, without running anything: a key is one that stands there, or one
that a put-together string can become whose holes are filled with strings that stand there.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import field
from functools import cached_property, lru_cache
from pathlib import Path

from app.record import dataclass

_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
_QUOTED = re.compile(r"""(?P<mark>["'])(?P<text>[^"'\n]*)(?P=mark)(?P<more>\s*~)?""")
_SAYS = re.compile(r"""\b(?P<name>t|plain)\(\s*(?P<mark>["'])(?P<key>[^"'\n]+)(?P=mark)(?=\s*[,)])""")
HOLE = "\0"
_KEY = re.compile(r"[\w.\0-]+")  # what a key, or a shape of one, is made of


@dataclass(frozen=True)
class Spoken:
    """A key that stands in the argument of `name` (Say, Refusal, t, plain), with its place."""

    name: str
    key: str
    path: Path
    line: int


@dataclass
class Literals:
    """`strings` stand there whole, `shapes` have a HOLE for every part that is computed."""

    strings: set[str] = field(default_factory=set)
    shapes: set[str] = field(default_factory=set)
    spoken: list[Spoken] = field(default_factory=list)

    def __or__(self, more: "Literals") -> "Literals":
        return Literals(self.strings | more.strings, self.shapes | more.shapes, [*self.spoken, *more.spoken])

    @cached_property
    def _known(self) -> dict[tuple[str, int], bool]:
        return {}

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        one = {shape.replace(HOLE * 2, HOLE) for shape in self.shapes}  # either part may be empty
        holes = [(each, "(.+)") for each in one] + [(each, "(.+?)([.].+)") for each in self.shapes if HOLE * 2 in each]
        return [
            re.compile(re.escape(shape).replace(re.escape(HOLE * 2), hole).replace(re.escape(HOLE), "(.+)"))
            for shape, hole in holes
        ]

    def can_say(self, key: str, depth: int = 3) -> bool:
        """Whether this text can come out of the code: as it stands there, or put together of what stands there."""
        known = self._known.get((key, depth))
        if known is None:
            known = self._known[key, depth] = self._can_say(key, depth)
        return known

    def _can_say(self, key: str, depth: int) -> bool:
        if key in self.strings or (key.isascii() and key.isdigit()):
            return True
        matches = (pattern.fullmatch(key) for pattern in self._patterns) if depth else ()
        return any(all(self.can_say(part, depth - 1) for part in match.groups()) for match in matches if match)


def literals_of(paths: Iterable[Path]) -> Literals:
    found = Literals()
    for path in paths:
        one = _of_file(path, path.stat().st_mtime_ns)
        found.strings |= one.strings
        found.shapes |= one.shapes
        found.spoken += one.spoken
    return found


@lru_cache(maxsize=2048)
def _of_file(path: Path, _changed: int) -> Literals:
    """What a file says, as it was at its last change."""
    text = path.read_text(encoding="utf-8")
    return _of_python(path, text) if path.suffix == ".py" else _of_template(path, text)


def _of_python(path: Path, text: str) -> Literals:
    found = Literals()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.strings.add(node.value)
        elif isinstance(node, ast.JoinedStr | ast.BinOp):
            shape = _shape(node)
            if shape.strip(HOLE) and _KEY.fullmatch(shape):
                found.shapes.add(shape)
        elif isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            first = node.args[0]
            if name in ("Say", "Refusal") and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.spoken.append(Spoken(name, first.value, path, first.lineno))
    return found


def _shape(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(_shape, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _shape(left) + _shape(right)
        case _:
            return HOLE


def _of_template(path: Path, text: str) -> Literals:
    found = Literals()
    for code in _CODE.finditer(text):
        for quoted in _QUOTED.finditer(code[0]):
            if quoted["more"] and quoted["text"]:
                found.shapes.add(quoted["text"] + HOLE)
            else:
                found.strings.add(quoted["text"])
        for says in _SAYS.finditer(code[0]):
            line = text.count("\n", 0, code.start() + says.start()) + 1
            found.spoken.append(Spoken(says["name"], says["key"], path, line))
    return found
