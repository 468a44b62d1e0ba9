"""Objects as `kubectl get -o yaml` prints them: keys sorted, lists not indented, long sentences folded."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.kube.kept import kept_if_short

FOLD_AT = 80  # columns after which a sentence goes on in the next line (go-yaml v2, best_width)

# Text that would be read back as something other than text stands in double quotes.
_NOT_TEXT = re.compile(
    r"""(?x)
    [-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?   # 1, 48213, 0.5, 5e3
    | [-+]?\.[0-9_]+ | 0x[0-9a-fA-F_]+ | 0b[01_]+
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?    # sexagesimal
    | \d{4}-\d\d?-\d\d?([Tt\s].*)?
    | [-+]?\.(inf|Inf|INF) | \.(nan|NaN|NAN)
    | ~ | null | Null | NULL | true | True | TRUE | false | False | FALSE
    | yes | Yes | YES | no | No | NO | on | On | ON | off | Off | OFF | y | Y | n | N
    | = | <<
    """
)
_NOT_PLAIN = re.compile(r"""^[-?:](\s|$)|^[,\[\]{}#&*!|>'"%@`]|:(\s|$)|\s\#|^\s|\s$""")


class Printer:
    """Prints objects, and remembers the lines of every part of them by its identity.

    Objects of a story are never changed in place: the next version of one shares with the last whatever was not
    written, so only what was written is printed anew. A part is kept alive, hence its id is not given away.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Any, tuple[str, ...]]] = {}

    def text(self, value: Mapping[str, Any]) -> str:
        """The object as text, without a trailing newline (as sigs.k8s.io/yaml prints it, v1.6, for kubectl)."""
        return "\n".join(self._lines(value, 0))

    def _lines(self, value: Any, indent: int) -> tuple[str, ...]:
        """The lines of a mapping or sequence that is not empty."""
        key = id(value), indent
        known = self._known.get(key)
        if known is None:
            draw = self._mapping if isinstance(value, dict) else self._sequence
            known = self._known[key] = value, tuple(draw(value, indent))
        return known[1]

    def _mapping(self, value: Mapping[str, Any], indent: int) -> list[str]:
        pad, lines = " " * indent, []
        for key in sorted(value):
            head, item = f"{pad}{_scalar(key, 0, 0)}:", value[key]
            if isinstance(item, str):
                lines += _string(head, item, indent)
            elif _is_nested(item):
                lines.append(head)
                lines += self._lines(item, indent + 2 if isinstance(item, dict) else indent)
            else:
                lines.append(f"{head} {_scalar(item, len(head) + 1, indent + 2)}")
        return lines

    def _sequence(self, value: Sequence[Any], indent: int) -> list[str]:
        pad, lines = " " * indent, []
        for item in value:
            first, *rest = self._item(item, indent + 2)
            lines += [f"{pad}- {first[indent + 2 :]}", *rest]
        return lines

    def _item(self, item: Any, indent: int) -> Sequence[str]:
        if _is_nested(item):
            return self._lines(item, indent)
        return (" " * indent + _scalar(item, indent, indent)).split("\n")


def to_yaml(value: Mapping[str, Any]) -> str:
    """One object as text: see `Printer.text`."""
    return Printer().text(value)


def _is_nested(value: Any) -> bool:
    return isinstance(value, (dict, list, tuple)) and bool(value)


def _string(head: str, value: str, indent: int) -> list[str]:
    if "\n" not in value:
        return f"{head} {_text(value, len(head) + 1, indent + 2)}".split("\n")
    lines = ((" " * (indent + 2) + line).rstrip() for line in value.rstrip("\n").split("\n"))
    return [head + (" |" if value.endswith("\n") else " |-"), *lines]


def _scalar(value: Any, column: int, indent: int) -> str:
    match value:
        case str():
            return _text(value, column, indent)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "{}"
        case list() | tuple():
            return "[]"
        case _:
            return str(value)


@kept_if_short(4096)
def _text(value: str, column: int, indent: int) -> str:
    if not value or _NOT_TEXT.fullmatch(value):
        return f'"{value}"'
    if _NOT_PLAIN.search(value):
        return _fold("'" + value.replace("'", "''") + "'", column, indent)
    return _fold(value, column, indent)


def _fold(text: str, column: int, indent: int) -> str:
    """Breaks at the first space after FOLD_AT, again and again; the rest stands at `indent`."""
    words = text.split(" ")
    lines, line = [], words[0]
    for word in words[1:]:
        if column + len(line) > FOLD_AT and line and word:
            lines.append(line)
            line, column = word, indent
        else:
            line = f"{line} {word}"
    return ("\n" + " " * indent).join([*lines, line])
