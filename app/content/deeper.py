"""Pages that go deeper than their lesson: `content/NN-subject/deeper/an-id.en.md` and `an-id.zh.md`, one question each.

A question of the quiz or of the interview that such a page answers names it as its section: `deeper/an-id`.
"""

from pathlib import Path

from app.content.error import ContentError, Tell
from app.content.language import LANGUAGES, Lang

FOLDER = "deeper"
_BEGINS = f"{FOLDER}/"


def section_of(id_: str) -> str:
    """How questions name such a page."""
    return _BEGINS + id_


def section_address(lang: Lang, subject: str, section: str) -> str:
    """Where a section of a subject stands: in the lesson, or on a page of its own; the lesson itself without one."""
    page = f"/{lang}/lessons/{subject}"
    if section.startswith(_BEGINS):
        return f"{page}/{section.removeprefix(_BEGINS)}"
    return f"{page}#{section}" if section else page


def deeper_ids(folder: Path, tell: Tell) -> tuple[str, ...]:
    """The pages of a subject in alphabetical order; a file that is none of them, or lacks its twin, is told."""
    languages: dict[str, set[str]] = {}
    for path in sorted((folder / FOLDER).glob("*")):
        id_, _, end = path.name.partition(".")
        if end not in {f"{lang}.md" for lang in LANGUAGES}:
            tell(ContentError(path, 1, "this is no page that goes deeper", "call it an-id.en.md or an-id.zh.md"))
            continue
        languages.setdefault(id_, set()).add(end.removesuffix(".md"))
    for id_, found in languages.items():
        for lang in {*LANGUAGES} - found:
            path = folder / FOLDER / f"{id_}.{lang}.md"
            tell(ContentError(path, 1, "this language of the page is missing", "write it; both languages, always"))
    return tuple(id_ for id_, found in languages.items() if found == {*LANGUAGES})


def deeper_path(folder: Path, id_: str, lang: Lang) -> Path:
    return folder / FOLDER / f"{id_}.{lang}.md"
