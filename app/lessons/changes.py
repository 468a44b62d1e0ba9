"""What changed in which version: from the chips of lessons, from models, claims and terms.

`changes_in_text` is where chips (`[since 1.35]`) come in; everything else takes what it says as it is. What several
places say of one change (`content/changes.yaml`) is one line here, in the words of the first of them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from markupsafe import Markup

from app.content.chip import CHIP, KUBERNETES, read_chip
from app.content.deeper import section_address
from app.content.error import ContentError, line_of
from app.content.language import Lang
from app.content.lesson import Lesson
from app.content.same import Same
from app.content.terms import Term
from app.content.words import COLON, inline_markdown
from app.lessons.glossary import explained
from app.lessons.section import sections_of
from app.record import dataclass
from app.widgetkit.registry import Rooms

Kind = Literal["since", "until", "alpha", "beta", "outdated"]
_NAMED = re.compile(r"(?:(?P<project>[A-Za-z][\w-]*(?: [A-Za-z][\w-]*)?) )?v?(?P<version>\d+(?:\.\d+)+)")


_NAMES = frozenset({"etcd", "kubectl", "containerd", "dockershim", "runc", "systemd", "cgroup", "kubeadm"})
"""What begins with a small letter wherever it stands."""


@dataclass(frozen=True)
class Change:
    """One change: `project` and `version` (of Kubernetes, of etcd), what it is, and where more is said of it.

    `place` is how `content/changes.yaml` names it. `url` is a page with a place on it; `title` names that page. Without
    a version `when` says when it was. `others` say the same elsewhere.
    """

    place: str

    project: str
    version: str
    kind: Kind
    text: Markup
    lesson: Lesson
    url: str
    title: str
    when: str = ""
    others: tuple["Change", ...] = ()

    @property
    def subjects(self) -> frozenset[str]:
        """The lessons that speak of it, by their slugs."""
        return frozenset((self.lesson.slug, *(other.lesson.slug for other in self.others)))

    @property
    def order(self) -> tuple[bool, bool, str, tuple[int, ...]]:
        """Kubernetes first, its newest version first; what has no version at the end."""
        numbers = tuple(-int(part) for part in self.version.split(".")) if self.version else ()
        return not self.version, self.project != KUBERNETES, self.project, numbers


def all_changes(
    lessons: tuple[Lesson, ...], rooms: Rooms, terms: tuple[Term, ...], lang: Lang, same: Same = ()
) -> list[Change]:
    """Every change that the site tells of, once and as a whole sentence, the newest version first."""
    found = merged(told(lessons, rooms, terms, lang), same)
    found = [replace(change, text=as_sentence(change.text, lang)) for change in found]
    return sorted(found, key=lambda change: (change.order, change.lesson.number))


def told(lessons: tuple[Lesson, ...], rooms: Rooms, terms: tuple[Term, ...], lang: Lang) -> list[Change]:
    """Every change in the words of each place that tells of it."""
    return [
        *(change for lesson in lessons for page in (lesson, *lesson.pieces) for change in changes_in_text(page, lang)),
        *changes_in_models(lessons, rooms, lang),
        *(change for lesson in lessons for change in changes_in_claims(lesson, lang)),
        *changes_in_terms(lessons, terms, lang),
    ]


def merged(changes: Iterable[Change], same: Same) -> list[Change]:
    """The changes, those that are one and the same as the first of their list; a place that tells none is left out."""
    by_place = {change.place: change for change in changes}
    for first, *others in same:
        if first in by_place:
            found = tuple(by_place.pop(other) for other in others if other in by_place)
            by_place[first] = replace(by_place[first], others=found)
    return list(by_place.values())


def astray(path: Path, same: Same, changes: Iterable[Change]) -> Iterator[ContentError]:
    """Places of `content/changes.yaml` at which nothing is told of a change."""
    places = {change.place for change in changes}
    for place in (each for group in same for each in group):
        if place not in places:
            near = next(iter(get_close_matches(place, places, 1)), "")
            advice = f"perhaps {near}" if near else "name a chip, a turn, a claim or a term, or delete it"
            yield ContentError(path, line_of(path, place), f"{place} tells of no change", advice)


def as_sentence(text: Markup, lang: Lang) -> Markup:
    """A clause as a sentence: a capital letter where it begins with a word, and a full stop."""
    first = re.match(r"[a-z]+(?![\w-])", text)
    if lang == "en" and first and first[0] not in _NAMES:
        text = text[0].upper() + text[1:]
    if not re.search(r"[.!?。！？](?:</\w+>)*$", text):
        text += "." if lang == "en" else "。"
    return Markup(text)  # nosec B704 # the same HTML, with a letter and a stop of ours


def changes_in_text(lesson: Lesson, lang: Lang) -> Iterator[Change]:
    """What the chips of a text say, each with its section."""
    seen: Counter[str] = Counter()
    page = section_address(lang, lesson.slug, lesson.section)
    for section in sections_of(lesson, lang):
        place = f"{page}#{section.id}" if section.id else page
        for paragraph in re.split(r"\n\s*\n", section.markdown):
            for match in CHIP.finditer(paragraph):
                chip = read_chip(match, paragraph)
                text = inline_markdown(chip.text)
                named = f"{page[4:]}#{section.id}@{chip.named}"
                seen[named] += 1
                yield Change(
                    named if seen[named] == 1 else f"{named}/{seen[named]}",
                    chip.project,
                    chip.version,
                    chip.kind,
                    text,
                    lesson,
                    place,
                    f"{lesson.title(lang)} · {section.title}",
                )


def changes_in_models(lessons: tuple[Lesson, ...], rooms: Rooms, lang: Lang) -> Iterator[Change]:
    """What models do otherwise from a version on."""
    by_slug = {lesson.slug: lesson for lesson in lessons}
    for room in rooms.values():
        for turn in room.widget.turns:
            if lesson := by_slug.get(room.widget.subject):
                text = room.words.html(lang, f"turn.{turn.key}", **turn.values)
                url = f"/{lang}/widgets/{room.slug}"
                place = f"widgets/{room.slug}:{turn.key}"
                yield Change(place, KUBERNETES, turn.version, "since", text, lesson, url, room.title(lang))


def changes_in_claims(lesson: Lesson, lang: Lang) -> Iterator[Change]:
    """Since when a claim does not hold."""
    for claim in lesson.claims:
        if claim.since is None:
            continue
        found = _NAMED.fullmatch(claim.since.en)
        project, version = (found["project"] or KUBERNETES, found["version"]) if found else ("", "")
        text = inline_markdown(claim.claim.in_(lang))
        url = f"/{lang}/claims#{claim.id}"
        yield Change(
            f"claims#{claim.id}",
            project,
            version,
            "outdated",
            text,
            lesson,
            url,
            lesson.title(lang),
            "" if version else claim.since.in_(lang),
        )


def changes_in_terms(lessons: tuple[Lesson, ...], terms: Iterable[Term], lang: Lang) -> Iterator[Change]:
    """What came and went by its name."""
    versioned = [term for term in terms if term.since or term.until]
    for entry in explained(versioned, lessons):
        kinds: tuple[tuple[Kind, str], ...] = (("since", entry.term.since), ("until", entry.term.until))
        for kind, written in kinds:
            if entry.places and (found := _NAMED.fullmatch(written)):
                text = Markup("{}{}{}").format(entry.term.said(lang), COLON[lang], _meaning(entry.term, lang))
                url = f"/{lang}/glossary#{entry.term.id}"
                yield Change(
                    f"glossary#{entry.term.id}",
                    found["project"] or KUBERNETES,
                    found["version"],
                    kind,
                    text,
                    entry.places[0].lesson,
                    url,
                    entry.term.said(lang),
                )


def _meaning(term: Term, lang: Lang) -> Markup:
    return inline_markdown(term.means.in_(lang)) if term.means else Markup("")


def by_version(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    """Changes under the name of their version, in their order; under "" those without one."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(f"{change.project} {change.version}".strip(), []).append(change)
    return list(groups.items())
