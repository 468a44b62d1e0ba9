"""Objects as `kubectl get -o yaml` prints them: keys sorted, lists not indented, long sentences folded."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

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


def to_yaml(value: Mapping[str, Any]) -> str:
    """The object as text, without a trailing newline (as sigs.k8s.io/yaml prints it, v1.6, for kubectl)."""
    return "\n".join(_mapping(value, 0))


def _mapping(value: Mapping[str, Any], indent: int) -> Iterator[str]:
    pad = " " * indent
    for key in sorted(value):
        yield from _entry(f"{pad}{_scalar(key, 0, 0)}:", value[key], indent)


def _entry(head: str, value: Any, indent: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield head
        yield from _mapping(value, indent + 2)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        yield head
        yield from _sequence(value, indent)
    elif isinstance(value, str) and "\n" in value:
        yield head + (" |" if value.endswith("\n") else " |-")
        for line in value.rstrip("\n").split("\n"):
            yield (" " * (indent + 2) + line).rstrip()
    else:
        yield from f"{head} {_scalar(value, len(head) + 1, indent + 2)}".split("\n")


def _sequence(value: Sequence[Any], indent: int) -> Iterator[str]:
    pad = " " * indent
    for item in value:
        lines = list(_item(item, indent + 2))
        yield f"{pad}- {lines[0][indent + 2 :]}"
        yield from lines[1:]


def _item(item: Any, indent: int) -> Iterator[str]:
    if isinstance(item, Mapping) and item:
        yield from _mapping(item, indent)
    elif isinstance(item, Sequence) and not isinstance(item, str) and item:
        yield from _sequence(item, indent)
    else:
        yield from (" " * indent + _scalar(item, indent, indent)).split("\n")


def _scalar(value: Any, column: int, indent: int) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value, column, indent)
        case Mapping():
            return "{}"
        case Sequence():
            return "[]"
        case _:
            return str(value)


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
