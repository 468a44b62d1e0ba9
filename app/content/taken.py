"""The ids that a lesson's page has of its own, whatever is written in it: those of its templates and scripts."""

import re
from pathlib import Path

from app.record import dataclass

TEMPLATES = ("base.html", "_glyphs.svg", "find/_*.html", "lesson/*.html", "quiz/_*.html")
OF_PARTS = ("w-", "q-")  # of models and questions, which draw themselves

_ID = re.compile(r'\bid="([^"]*)"')
_OF_SCRIPT = re.compile(r'\.id = "([^"]+)"')


@dataclass(frozen=True)
class Taken:
    """`id_ in taken`: whether it is one of these, or begins as those do that are made."""

    ids: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()

    def __contains__(self, id_: str) -> bool:
        return id_ in self.ids or id_.startswith(self.beginnings)


NOTHING = Taken()


def ids_of_pages(templates: Path, scripts: Path) -> Taken:
    """What the templates of a lesson's page and the scripts call their elements."""
    drawn = [path.read_text(encoding="utf-8") for name in TEMPLATES for path in sorted(templates.glob(name))]
    found = [id_ for text in drawn for id_ in _ID.findall(text)]
    made = [
        id_ for path in sorted(scripts.glob("*.js")) for id_ in _OF_SCRIPT.findall(path.read_text(encoding="utf-8"))
    ]
    plain = {id_ for id_ in found if "{" not in id_}
    begun = {id_.partition("{")[0] for id_ in found if "{" in id_} - {""}
    return Taken(frozenset(plain | set(made)), (*OF_PARTS, *sorted(begun)))
