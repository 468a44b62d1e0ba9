"""Names in a row, which every language puts together in its own way; below models and words, since both know it."""

from collections.abc import Iterable


class Listed(str):
    """Names or figures in a row, as one value of a sentence: `a, b`, and in a Chinese sentence `a、b`.

    What is left out of a long row is told by a mark at its end.
    """

    __slots__ = ("_parts",)
    _parts: tuple[str, ...]

    def __new__(cls, names: Iterable[str], mark: str = "") -> "Listed":
        parts = (*names, mark) if mark else tuple(names)
        made = super().__new__(cls, ", ".join(parts))
        made._parts = parts
        return made

    def __getnewargs__(self) -> tuple[tuple[str, ...]]:  # type: ignore[override]
        return (self._parts,)

    def between(self, comma: str) -> str:
        return comma.join(self._parts)
