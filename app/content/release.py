"""Sources of Kubernetes at another release than their lesson tells: only what has changed may be read there.

A lesson is read as of its own release (`kubernetes:` in its front matter, else the newest that a reader may say to
have). A file at an older or newer tag says nothing of that, unless the text says of which version it speaks: by a chip
in front of the citation, in a claim by its `since` or words, elsewhere in its words. A CHANGELOG tells of the release
in its name.
"""

import re
from collections.abc import Iterable, Iterator

from app.content.bank import Subject
from app.content.chip import CHIP, OFFERED
from app.content.entry import Text
from app.content.error import ContentError
from app.content.language import LANGUAGES
from app.content.lesson import Claim, Lesson, Told
from app.content.prompts import Prompt
from app.content.source import Source

_TAG = re.compile(
    r"https://(?:raw\.githubusercontent|github)\.com/kubernetes/[\w-]+/(?:(?:blob|tree|raw)/)?"
    r"(?:[a-z][\w-]*/)*v(?:1\.(\d+)|0\.(\d+))\.\d+(?:-[\w.]+)?/(?!CHANGELOG/)"
)
_DOCS = re.compile(r"https://v1-(\d+)\.docs\.kubernetes\.io/")
_TOLD = re.compile(r"(?:^|\bKubernetes )1\.(\d+)")
_VERSION = re.compile(r"(?<![\d.])v?1\.\d{1,2}(?![\d.]*\d)")
_CITED = re.compile(r"\[@([a-z0-9-]+)\]")
_BESIDE = re.compile(r"(?:\s*\[@[a-z0-9-]+\])*\s*\Z")


def release_of(url: str) -> str:
    """The release of Kubernetes that an address is tied to, as 1.37; empty where it is tied to none.

    The libraries that are cut from Kubernetes have 0 for its 1; a project with numbers of its own is none of them.
    """
    found = _TAG.match(url) or _DOCS.match(url)
    return f"1.{next(filter(None, found.groups()))}" if found else ""


def releases_told(lesson: Lesson) -> set[str]:
    """The releases of Kubernetes that the lesson says to be about; one that names none is about the newest."""
    named = {f"1.{minor}" for told in lesson.texts.values() for minor in _TOLD.findall(told.front.kubernetes)}
    return named or {OFFERED[0]}


def aged_sources(lesson: Lesson, subject: Subject | None, prompts: Iterable[Prompt]) -> Iterator[ContentError]:
    """Sources at another release that a text cites without saying of which version it speaks."""
    told = releases_told(lesson)
    aged = {id_ for id_, each in lesson.sources.items() if release_of(each.url) not in {"", *told}}
    if not aged:
        return
    for text in (text for page in (lesson, *lesson.pieces) for text in page.texts.values()):
        for id_, line in _unmarked(text, aged):
            yield _mistake(lesson, lesson.sources[id_], told, f"line {line} of {text.path.name}")
    asked = (*subject.questions, *subject.suspects) if subject else ()
    said = (
        *((each.source, each.id, _claimed(each)) for each in lesson.claims),
        *((each.source.id, each.id, (each.prompt, each.answer, *each.rubric)) for each in prompts),
        *((each.source.id, each.id, (each.stem, *(o.why for o in each.options))) for each in asked),
    )
    for id_, where, texts in said:
        if id_ in aged and not _names_a_version(texts):
            yield _mistake(lesson, lesson.sources[id_], told, where)


def _mistake(lesson: Lesson, source: Source, told: set[str], where: str) -> ContentError:
    message = f"source {source.id} is at Kubernetes {release_of(source.url)}, and {where} names no version"
    advice = f"cite the file at {' or '.join(sorted(told))}, or say of which version: [until 1.36: …] before [@…]"
    return ContentError(lesson.folder / "sources.yaml", source.line, message, advice)


def _unmarked(told: Told, ids: set[str]) -> Iterator[tuple[str, int]]:
    """Citations of these sources that no chip stands before, with their lines."""
    body = told.written.body
    chips = {match.end() for match in CHIP.finditer(body)}
    for match in _CITED.finditer(body):
        before = _BESIDE.search(body, 0, match.start())
        if match[1] in ids and (before is None or before.start() not in chips):
            yield match[1], told.written.line + body.count("\n", 0, match.start())


def _claimed(claim: Claim) -> tuple[Text, ...]:
    return (claim.claim, claim.today, *((claim.since,) if claim.since else ()))


def _names_a_version(texts: Iterable[Text]) -> bool:
    found = tuple(texts)
    return all(any(_VERSION.search(text.in_(lang)) for text in found) for lang in LANGUAGES)
