"""What people say when they ask (`said.txt`): words that only make a question, and what is said for one another."""

import re
from collections.abc import Mapping
from pathlib import Path

from app.lessons.search.text import atoms


def _parts(path: Path) -> Mapping[str, list[str]]:
    """The lines below each name in brackets, without comments."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = lines = []
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


_PARTS = _parts(Path(__file__).with_name("said.txt"))
ASKING = frozenset(atoms(" ".join(_PARTS["asking"])))
"""Words that make a question of others and say nothing of what is asked for."""
ASKED = frozenset(" ".join(_PARTS["asked"]).split())
"""The same within a run of Chinese."""
SMALL = frozenset(" ".join(_PARTS["small"]).split())
"""Characters that only ask where no word is made of them."""
SPOKEN = tuple(tuple(line.split(", ")) for line in _PARTS["spoken"])
"""Words and phrases, each group said for one another."""
_ASKED = re.compile("|".join(sorted(ASKED, key=len, reverse=True)))


def about(run: str) -> list[str]:
    """What is left of a run of Chinese without the words that only ask."""
    return [part for part in _ASKED.split(run) if part]
