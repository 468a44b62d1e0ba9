"""What a lesson lets its readers try, what a cluster made of it, and what the transcript has to hold."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from app.place import CONTENT

HERE = Path(__file__).parent
PROMISED: dict[str, Any] = yaml.safe_load((HERE / "promised.yaml").read_text(encoding="utf-8"))
_TRY = re.compile(r"^::: try\n```sh\n(.*?)^```", re.M | re.S)
_SAID = re.compile(r"^(\s*echo) '[^'\n]*'$", re.M)
_PART = re.compile(r"^===== sha256 of the block: (?P<sum>[0-9a-f]{64})\n", re.M)


def blocks(lesson: str, lang: str = "en") -> list[str]:
    """What readers of a lesson, named by its folder, paste."""
    return _TRY.findall((CONTENT / lesson / f"lesson.{lang}.md").read_text(encoding="utf-8"))


def sum_of(block: str) -> str:
    """The same in every language: what a block says is translated, what it does is not."""
    return hashlib.sha256(_SAID.sub(r"\1", block).encode()).hexdigest()


def transcript(lesson: str) -> Path:
    return HERE / f"{lesson}.txt"


def parts(text: str) -> Iterator[tuple[str, str]]:
    """What a transcript holds: the sum of each block, and what was printed when it ran."""
    _, *pieces = _PART.split(text)
    return zip(pieces[::2], pieces[1::2], strict=True)


def slips(printed: str, never: Iterable[str]) -> Iterator[str]:
    """The lines that should not be there."""
    return (line for line in printed.splitlines() if any(re.search(pattern, line) for pattern in never))


def broken(printed: str, promised: list[str]) -> Iterator[str]:
    """The promises that no line keeps after the line that kept the one before; «name» stands for what `(?P<name>…)` of
    an earlier one matched."""
    lines = printed.splitlines()
    at = 0
    known: dict[str, str] = {}
    for promise in promised:
        pattern = promise
        for name, value in known.items():
            pattern = pattern.replace(f"«{name}»", re.escape(value))
        for number in range(at, len(lines)):
            if found := re.search(pattern, lines[number]):
                at = number + 1
                known |= found.groupdict()
                break
        else:
            yield promise
