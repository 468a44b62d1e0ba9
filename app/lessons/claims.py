"""What one may still hear, of all subjects together: judged, filtered by verdict and subject, each with an address.

`content/note.yaml` lists, item by item, what the interview note says from which the subjects come, and by which claims
each item is judged.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

from app.content.entry import read_yaml
from app.content.error import ContentError
from app.content.language import Lang
from app.content.lesson import VERDICTS, Claim, Lesson
from app.record import dataclass

WITHOUT = ""


@dataclass(frozen=True)
class Judged:
    """A claim in its lesson."""

    claim: Claim
    lesson: Lesson


@dataclass(frozen=True)
class Choice:
    """One value of a filter: how many claims it leaves, and the address that sets it."""

    value: str
    name: str
    count: int
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class Filtered:
    """The claims that are left by subject, and both filters with what each of their values would leave."""

    groups: tuple[tuple[Lesson, tuple[Claim, ...]], ...]
    verdicts: tuple[Choice, ...]
    subjects: tuple[Choice, ...]
    total: int


def filtered(lessons: tuple[Lesson, ...], lang: Lang, verdict: str = WITHOUT, subject: str = WITHOUT) -> Filtered:
    """What a verdict and a subject leave; one that does not exist filters nothing."""
    verdict = verdict if verdict in VERDICTS else WITHOUT
    subject = subject if subject in {lesson.slug for lesson in lessons} else WITHOUT
    every = [Judged(claim, lesson) for lesson in lessons for claim in lesson.claims]
    left = [
        each for each in every if verdict in (WITHOUT, each.claim.verdict) and subject in (WITHOUT, each.lesson.slug)
    ]
    by_verdict = Counter(each.claim.verdict for each in every if subject in (WITHOUT, each.lesson.slug))
    by_subject = Counter(each.lesson.slug for each in every if verdict in (WITHOUT, each.claim.verdict))
    titles = {lesson.slug: lesson.title(lang) for lesson in lessons}
    return Filtered(
        tuple(
            (lesson, claims)
            for lesson in lessons
            if (claims := tuple(each.claim for each in left if each.lesson is lesson))
        ),
        tuple(
            Choice(value, value, count, _url(lang, value, subject), value == verdict)
            for value, count in ((WITHOUT, by_verdict.total()), *((each, by_verdict[each]) for each in VERDICTS))
        ),
        tuple(
            Choice(value, titles.get(value, ""), count, _url(lang, verdict, value), value == subject)
            for value, count in ((WITHOUT, by_subject.total()), *((each, by_subject[each]) for each in titles))
        ),
        len(left),
    )


def _url(lang: Lang, verdict: str, subject: str) -> str:
    chosen = [(name, value) for name, value in (("verdict", verdict), ("subject", subject)) if value]
    return f"/{lang}/claims" + (f"?{urlencode(chosen)}" if chosen else "")


def items_of_note(path: Path) -> Mapping[str, tuple[str, ...]]:
    """The claims by which each item of the note is judged."""
    return {name: tuple(each.text() for each in entry.items()) for name, entry in read_yaml(path).mapping().items()}


def unjudged(path: Path, lessons: tuple[Lesson, ...]) -> Iterator[ContentError]:
    """Items of the note that no claim judges, and claims that are named and not there."""
    known = {claim.id for lesson in lessons for claim in lesson.claims}
    for name, entry in read_yaml(path).mapping().items():
        ids = [each.text() for each in entry.items()]
        if not ids:
            yield ContentError(path, entry.line, f"item {name} of the note is judged by no claim", "name one")
        for id_ in ids:
            if id_ not in known:
                message = f"item {name} of the note: no claim is called {id_}"
                yield ContentError(path, entry.line, message, "name a claim of a claims.yaml that judges it")


def doubled(lessons: tuple[Lesson, ...]) -> Iterator[ContentError]:
    """Ids that claims of two subjects have: on the page of all claims they would be one address."""
    seen: dict[str, Lesson] = {}
    for lesson in lessons:
        for claim in lesson.claims:
            other = seen.setdefault(claim.id, lesson)
            if other is not lesson:
                path = lesson.folder / "claims.yaml"
                line = next(entry.line for entry in read_yaml(path).items() if entry.mapping()["id"].text() == claim.id)
                message = f"claim {claim.id} is in {other.folder.name} already"
                yield ContentError(path, line, message, "give one of them another id")
