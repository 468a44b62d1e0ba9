"""The site as it stands after the start: what we wrote, read and checked, and every public page drawn of it."""

import os
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import FileSystemLoader, PrefixLoader
from markupsafe import Markup

from app.content.bank import Bank
from app.content.cheat import Cheat
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson
from app.content.news import News
from app.content.plan import Plans
from app.content.prompts import Interviews
from app.content.same import Same
from app.content.terms import Term
from app.content.words import Words, load_words
from app.lessons.chapter import Chapter, arrange
from app.lessons.pages import Library
from app.lessons.search.index import Search, build, is_whole
from app.place import APP, CONTENT, SHELF, STATIC, TEMPLATES
from app.quiz.answer import Desk
from app.quiz.pages import QuizPages
from app.quiz.question import Keys
from app.record import dataclass
from app.store.store import Store, open_store
from app.web.assets import Assets
from app.web.page import Prepared
from app.web.shelf import Later, Shelf, compiled_templates, digest_of
from app.web.templates import Templates
from app.widgetkit.plate import read_plate
from app.widgetkit.registry import ROOMS, Rooms, Supplier, find_rooms

if TYPE_CHECKING:
    from app.lessons.search.entry import Entry


@dataclass(frozen=True)
class Written:
    """What we wrote, read and checked: lessons and interview prompts (which are seldom asked for where all pages lie
    ready), questions."""

    told: Later[tuple[Lesson, ...]]
    bank: Bank
    asked: Later[Interviews]


@dataclass(frozen=True)
class Reference:
    """What stands beside the lessons: terms, news, a cheat sheet for each subject that has one, plans of interviews,
    and which changes are the same."""

    terms: tuple[Term, ...]
    news: tuple[News, ...]
    cheats: Mapping[str, Cheat]
    plans: Plans
    same: Same


class Site:
    """Everything that is made once at start: words, templates, assets, rooms, lessons, and the pages drawn of them.

    What did not change since the last start is taken from the shelf; with `anew` everything is made again.
    """

    def __init__(
        self,
        content: Path = CONTENT,
        suppliers: Mapping[str, Supplier] | None = None,
        *,
        anew: bool = False,
        public_url: str = "",
    ) -> None:
        self.public_url = public_url
        state = digest_of([content, APP, STATIC, TEMPLATES])
        self._shelf = Shelf(SHELF, state, anew=anew)
        words = self._shelf.kept("words", dict, _read_words)
        plates = self._shelf.kept("plates", dict, _read_plates)
        self.rooms = find_rooms(
            suppliers=suppliers,
            words=lambda path: words.get(path) or load_words(path),
            plate=lambda path: plates.get(path) or read_plate(path),
        )
        self._written = self._shelf.kept("written", Written, lambda: _read_written(content, self.rooms), apart=True)
        site_words = words[APP / "web" / "words.yaml"] | words[APP / "lessons" / "words.yaml"]
        said = site_words | words[APP / "widgetkit" / "words.yaml"]
        self.assets = self._shelf.kept("assets", Assets, lambda: self._packed(said), apart=True)
        rooms_loader = PrefixLoader({"rooms": FileSystemLoader(ROOMS)})
        compiled = compiled_templates(SHELF)
        self.templates = Templates([TEMPLATES], site_words, self.assets, rooms_loader, compiled, public_url)
        self.bank = self._written.bank
        reference = self._shelf.kept("reference", Reference, lambda: _read_reference(content, self.lessons))
        self.terms = reference.terms
        self.plans = reference.plans
        self.library = Library(
            self.templates,
            self._written.told,
            self.rooms,
            self.bank,
            self.terms,
            reference.news,
            reference.cheats,
            self._written.asked,
            self.plans,
            public_url,
            reference.same,
        )

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return self._written.told.get()

    @property
    def asked(self) -> Later[Interviews]:
        return self._written.asked

    @property
    def interviews(self) -> Interviews:
        return self.asked.get()

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """Which models belong to which lesson."""
        return arrange(self.rooms, self.lessons)

    def pages(self, quiz: QuizPages) -> dict[str, Prepared]:
        """Every public page and asset by its path, ready to be sent."""
        return self._shelf.kept(f"{_tag(self.public_url)}pages", dict, lambda: self._drawn(quiz), apart=True)

    def _drawn(self, quiz: QuizPages) -> dict[str, Prepared]:
        from app.drawn import draw_pages

        return draw_pages(self, quiz, self._shelf, f"{_tag(self.public_url)}packed")

    def _packed(self, words: Words) -> Assets:
        from app.drawn import given_to_scripts, style_sheets

        return Assets(STATIC, style_sheets(self.rooms, self.lessons), given_to_scripts(words))

    def search(self) -> Search:
        """The index of all that can be found."""
        return Search(self._shelf.file("search", lambda path: build(path, self.entries(), self.terms), is_whole))

    def entries(self) -> dict[Lang, tuple["Entry", ...]]:
        """All that can be found, in each language."""
        from app.lessons.search.entry import Findable, entries_of

        parts = Findable(self.lessons, self.rooms, self.bank, self.interviews, self.terms, self.library.cheats)
        return {lang: entries_of(parts, lang) for lang in LANGUAGES}

    def title_of(self, url: str, lang: Lang) -> str:
        """What stands at an address of ours."""
        slug = url.rstrip("/").rpartition("/")[2]
        if "/widgets/" in url and slug in self.rooms:
            return self.rooms[slug].title(lang)
        if f"{slug}.title" in self.templates.words:
            return self.templates.said(lang, f"{slug}.title")
        said, title = self.templates.said, self._title_of_lesson(url, lang)
        if "/quiz/" in url:
            return said(lang, "site.titled", what=said(lang, "quiz.title"), title=title)
        if "/asked/" in url:
            return said(lang, "asked.title", subject=title)
        return said(lang, "cheat.title", title=title) if "/cheat/" in url else title

    def _title_of_lesson(self, url: str, lang: Lang) -> str:
        """Of a lesson or of a page behind it, by the end of an address."""
        *_, parent, slug = url.rstrip("/").split("/")
        pages = {(page.slug, page.piece): page for lesson in self.lessons for page in (lesson, *lesson.pieces)}
        page = pages.get((slug, "")) or pages.get((parent, slug))
        return page.title(lang) if page else url

    def words_at(self, path: str) -> Words | None:
        """The sentences of the room that an address belongs to."""
        room = next((self.rooms[part] for part in path.split("/") if "/widgets/" in path and part in self.rooms), None)
        return room.words if room else None


def _read_words() -> dict[Path, Words]:
    from app.reader import read_words

    return read_words()


def _read_plates() -> dict[Path, Markup]:
    return {path: read_plate(path) for path in sorted(ROOMS.glob("*/plate.svg"))}


def _read_written(content: Path, rooms: Rooms) -> Written:
    from app.reader import read_written

    return read_written(content, rooms)


def _read_reference(content: Path, lessons: tuple[Lesson, ...]) -> Reference:
    from app.reader import read_reference

    return read_reference(content, lessons)


def _tag(public_url: str) -> str:
    """What begins the names of what differs with the address at which the site is reached."""
    return sha256(public_url.encode()).hexdigest()[:8] if public_url else ""


def draw_apart(content: Path = CONTENT, public_url: str = "") -> None:
    """Before a site is made: what it would draw is drawn by a process that ends then, and 60 MB of memory with it.

    Nothing happens where all lies on the shelf already, or nothing can. A mistake is not told here: whoever makes the
    site finds it again. Only for a process without threads, of which a copy would be half a process.
    """
    shelf = Shelf(SHELF, digest_of([content, APP, STATIC, TEMPLATES]))
    if shelf.has(f"{_tag(public_url)}pages") or compiled_templates(SHELF) is None:
        return
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        site = Site(content, public_url=public_url)
        with open_store("sqlite://") as store:
            site.pages(quiz_of(site, store))
        site.search()
    finally:
        os._exit(0)


def quiz_of(site: Site, store: Store) -> QuizPages:
    """The quiz on a site's questions and a store; number questions are computed by the site's widgets."""
    sequences = {room.slug: room.widget.subject for room in site.rooms.values() if room.widget.kind == "sequence"}
    desk = Desk(site.bank, store, Keys(site.rooms.answer), sequences)
    return QuizPages(desk, site.asked, site.templates, plans=site.plans, public_url=site.public_url)
