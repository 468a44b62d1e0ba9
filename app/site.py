"""The site as it stands after the start: what we wrote, read and checked, and every public page drawn of it."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, cached_property, partial
from hashlib import sha256
from pathlib import Path

from jinja2 import FileSystemLoader, PrefixLoader
from markupsafe import Markup

from app.content.bank import Bank
from app.content.cheat import Cheat, load_cheat
from app.content.chip import OFFERED
from app.content.deeper import section_address
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson, load_lessons
from app.content.news import News, load_news
from app.content.plan import Plans, load_plans
from app.content.prompts import Interviews, load_interviews
from app.content.questions import load_bank
from app.content.same import Same, load_same
from app.content.terms import Term, terms_of
from app.content.value import read_values
from app.content.words import Words, load_words
from app.lessons.chapter import Chapter, arrange
from app.lessons.export import Source as Copied
from app.lessons.machine import lesson_data
from app.lessons.mention import explain_mentions
from app.lessons.page import Drawing, Drawn
from app.lessons.pages import Library, reference_pages
from app.lessons.search.entry import Entry, Findable, entries_of
from app.lessons.search.index import Search, build, is_whole
from app.lessons.seen import seen_versions
from app.place import APP, CONTENT, SHELF, STATIC, TEMPLATES
from app.quiz.answer import Desk
from app.quiz.pages import QuizPages, draw_reading, first_page
from app.quiz.question import Keys
from app.record import dataclass
from app.store.store import Store, open_store
from app.web.assets import Assets, Sheet, needed, symbols
from app.web.flush import flush
from app.web.manners import MANIFEST
from app.web.page import Prepared, prepare
from app.web.shelf import Later, Shelf, compiled_templates, digest_of
from app.web.templates import Templates
from app.widgetkit.registry import ROOMS, Rooms, Supplier, find_rooms
from app.widgetkit.routes import widget_index, widget_page
from app.widgetkit.state import state_of
from app.widgetkit.trailer import draw_trailer

HOME_SEQUENCE = "pod-birth"
HOME_BEATS = ("send", "store", "bind", "hand-over", "start", "ready")
DAY = "public, max-age=86400"
ROOT_FILES = {"favicon.ico": "image/png", **{f"icon-{size}.png": "image/png" for size in (180, 192, 512)}}
OWN = (  # what is put into a lesson for who has progress here
    '<header class="site"><nav><a><i id="due"><b></b><span class="visually-hidden"></span></i></a></nav></header>',
    '<div class="lesson prose"><section class="solved"><p class="suspicion"><em></em><code></code></p></section></div>',
)
LESSON_QUALITY = 11  # of brotli: the longest pages, of which there are few, and where most readers come first


@dataclass(frozen=True)
class Written:
    """What we wrote, read and checked: lessons (which are seldom asked for where all pages lie ready), questions,
    interview prompts."""

    told: Later[tuple[Lesson, ...]]
    bank: Bank
    interviews: Interviews

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return self.told.get()


def read_words() -> dict[Path, Words]:
    """The sentences of each file of the site and its rooms."""
    return {path: load_words(path) for path in sorted(APP.rglob("words.yaml"))}


def read_written(content: Path, rooms: Rooms) -> Written:
    """All of it, with what the rooms compute for it; the first mistake is a ContentError with file, line and
    advice."""
    values_of = cache(partial(read_values, compute=rooms.value))
    lessons = Later(load_lessons(content, values_of))
    return Written(lessons, load_bank(content, values_of), load_interviews(content, values_of))


@dataclass(frozen=True)
class Reference:
    """What stands beside the lessons: terms, news, a cheat sheet for each subject that has one, plans of interviews,
    and which changes are the same."""

    terms: tuple[Term, ...]
    news: tuple[News, ...]
    cheats: Mapping[str, Cheat]
    plans: Plans
    same: Same


def read_reference(content: Path, lessons: tuple[Lesson, ...]) -> Reference:
    cheats = {lesson.slug: load_cheat(lesson.folder, lesson.sources) for lesson in lessons}
    return Reference(
        terms_of(content),
        load_news(content / "news.yaml"),
        cheats,
        load_plans(content / "interviews.yaml"),
        load_same(content / "changes.yaml"),
    )


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
        words = self._shelf.kept("words", dict, read_words)
        self.rooms = find_rooms(suppliers=suppliers, words=lambda path: words.get(path) or load_words(path))
        self._written = self._shelf.kept("written", Written, lambda: read_written(content, self.rooms), apart=True)
        site_words = words[APP / "web" / "words.yaml"] | words[APP / "lessons" / "words.yaml"]
        given = given_to_scripts(site_words | words[APP / "widgetkit" / "words.yaml"])
        self.assets = self._shelf.kept(
            "assets", Assets, lambda: Assets(STATIC, style_sheets(self.rooms, self.lessons), given), apart=True
        )
        rooms_loader = PrefixLoader({"rooms": FileSystemLoader(ROOMS)})
        compiled = compiled_templates(SHELF)
        self.templates = Templates([TEMPLATES], site_words, self.assets, rooms_loader, compiled, public_url)
        self.bank = self._written.bank
        self.interviews = self._written.interviews
        reference = self._shelf.kept("reference", Reference, lambda: read_reference(content, self.lessons))
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
            self.interviews,
            self.plans,
            public_url,
            reference.same,
        )

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return self._written.lessons

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """Which models belong to which lesson."""
        return arrange(self.rooms, self.lessons)

    def pages(self, quiz: QuizPages) -> dict[str, Prepared]:
        """Every public page and asset by its path, ready to be sent."""
        tag = _tag(self.public_url)
        return self._shelf.kept(f"{tag}pages", dict, lambda: self._drawn(quiz, f"{tag}packed"), apart=True)

    def _drawn(self, quiz: QuizPages, packed: str) -> dict[str, Prepared]:
        """All of them; a lesson that stands on the shelf as it is now is not compressed again."""
        known = self._shelf.before(packed, dict) or {}
        lessons: dict[str, Prepared] = {}
        pages = dict(self.assets.prepared)
        for name, media_type in ROOT_FILES.items():
            pages[f"/{name}"] = prepare((STATIC / "root" / name).read_bytes(), media_type, DAY)
        pages["/manifest.webmanifest"] = prepare(MANIFEST, "application/manifest+json", DAY)
        version = self.assets.url("css/site.css").split(".")[-2]
        worker = self.templates.render("sw.js", "en", version=version)
        pages["/sw.js"] = prepare(worker, "text/javascript; charset=utf-8")
        for lang in LANGUAGES:
            pages[f"/{lang}/"] = prepare(home(self, lang))
            pages[f"/{lang}/offline"] = prepare(self.templates.render("offline.html", lang, path="/", query=""))
            pages[f"/{lang}/widgets/"] = prepare(widget_index(self.templates, lang, self.chapters))
            pages |= reference_pages(self.library, lang)
            for subject in self.bank.subjects:
                pages[f"/{lang}/quiz/{subject.slug}"] = prepare(first_page(quiz, lang, subject))
            for room in self.rooms.values():
                page, _ = widget_page(self.templates, self.rooms, state_of(room, lang, {}))
                pages[f"/{lang}/widgets/{room.slug}"] = prepare(page)
            for lesson in self.lessons:
                for place, piece in enumerate(lesson.pieces):
                    address = section_address(lang, piece.slug, piece.section)
                    pages[address] = prepare(self._deeper_page(lang, lesson, place, quiz))
        for slug, drawn in self._lesson_pages(quiz).items():
            begun, sheet = self.assets.begun(slug, drawn, OWN)
            pages |= sheet
            lessons |= {path: prepare(body, quality=LESSON_QUALITY, known=known) for path, body in begun.items()}
        self._shelf.kept(
            packed, dict, lambda: {(each.etag, LESSON_QUALITY): (each.gzip, each.brotli) for each in lessons.values()}
        )
        return pages | lessons

    def _lesson_pages(self, quiz: QuizPages) -> dict[str, dict[str, str]]:
        """The pages of each lesson by its subject, in both languages."""
        return {
            lesson.slug: {f"/{lang}/lessons/{lesson.slug}": self._lesson_page(lang, index, quiz) for lang in LANGUAGES}
            for index, lesson in enumerate(self.lessons)
        }

    def _lesson_page(self, lang: Lang, index: int, quiz: QuizPages) -> str:
        lesson = self.lessons[index]
        drawing = Drawing(self.templates, self.rooms, quiz.draw_question, self.terms)
        drawn = flush(
            self.templates.render(
                "lesson/page.html",
                lang,
                lesson=lesson,
                front=lesson.front(lang),
                seen=seen_versions(lesson),
                drawn=self._explained(drawing.draw(lesson, lang), lesson, lang),
                previous=self.lessons[index - 1] if index else None,
                next=self.lessons[index + 1] if index + 1 < len(self.lessons) else None,
                questions=len(self.bank.by_slug[lesson.slug].questions) if lesson.slug in self.bank.by_slug else 0,
                reading=draw_reading(quiz, lang, lesson.slug),
                offered=OFFERED,
                data=lesson_data(self.public_url, lang, lesson, self.library.dates.get(f"/lessons/{lesson.slug}")),
                path=f"/lessons/{lesson.slug}",
                query="",
            )
        )
        return needed(drawn)

    def _deeper_page(self, lang: Lang, lesson: Lesson, place: int, quiz: QuizPages) -> str:
        """What goes deeper than a lesson, with the next page of it."""
        pieces = lesson.pieces
        piece = pieces[place]
        about = piece.slug, piece.section
        drawing = Drawing(self.templates, self.rooms, quiz.draw_question, self.terms)
        return flush(
            self.templates.render(
                "lesson/deeper.html",
                lang,
                lesson=piece,
                whole=lesson,
                front=piece.front(lang),
                seen=seen_versions(lesson),
                drawn=self._explained(drawing.draw(piece, lang), lesson, lang),
                next=pieces[place + 1] if place + 1 < len(pieces) else None,
                asked=[prompt for prompt in self.interviews.prompts if (prompt.subject, prompt.section) == about],
                offered=OFFERED,
                path=section_address(lang, piece.slug, piece.section)[3:],
                query="",
            )
        )

    def _explained(self, drawn: Drawn, lesson: Lesson, lang: Lang) -> Drawn:
        """A lesson in which each term is explained where it is named first."""

        def draw(term: Term, word: str) -> Markup:
            return Markup(self.templates.render("lesson/_term.html", lang, term=term, word=word))

        terms = [term for term in self.terms if lesson.slug not in term.apart]
        return replace(drawn, body=explain_mentions(drawn.body, lang, terms, draw))

    def search(self) -> Search:
        """The index of all that can be found."""
        return Search(self._shelf.file("search", lambda path: build(path, self.entries(), self.terms), is_whole))

    def entries(self) -> dict[Lang, tuple[Entry, ...]]:
        """All that can be found, in each language."""
        parts = Findable(self.lessons, self.rooms, self.bank, self.interviews, self.terms)
        return {lang: entries_of(parts, lang) for lang in LANGUAGES}

    def copied(self, quiz: QuizPages) -> Copied:
        """What a static copy is made of."""
        script = STATIC / "export" / "export.js"
        return Copied(
            self.pages(quiz),
            self.templates,
            self.assets,
            self.rooms,
            self.bank,
            quiz.desk.keys,
            self.entries(),
            script,
        )

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


_NOT_OF_SUBJECTS = frozenset({"index", "learner", "home", "find", "book", "paper"})


def style_sheets(rooms: Rooms, lessons: tuple[Lesson, ...]) -> dict[str, Sheet]:
    """One for each subject, which its lesson, models and questions share, and `site` for all other pages."""
    sheets = {"site": Sheet(rooms=rooms.styles_of({HOME_SEQUENCE}))}
    for lesson in lessons:
        parts = [part for page in (lesson, *lesson.pieces) for part in page.texts["en"].parts]
        shown = {part.argument for part in parts if part.name in ("widget", "follow")}
        own = {room.slug for room in rooms.values() if room.slug in shown or room.widget.subject == lesson.slug}
        plays = any(rooms[slug].widget.kind == "sequence" for slug in own if slug in rooms)
        sheets[lesson.slug] = Sheet(_NOT_OF_SUBJECTS if plays else _NOT_OF_SUBJECTS | {"player"}, rooms.styles_of(own))
    return sheets


def given_to_scripts(words: Words) -> dict[str, str]:
    """What only scripts say or draw: glyphs that a lesson begins without, no connection, what a player does."""
    waits = {
        lang: {
            name: words.text(lang, "offline.waits", count=count) for name, count in (("one", 1), ("many", "{count}"))
        }
        for lang in LANGUAGES
    }
    plays = {
        lang: {
            name: words.text(lang, f"player.{name}", **({"seconds": "{seconds}"} if name == "left" else {}))
            for name in ("play", "pause", "again", "left", "lost", "found", "keys", "keys-on")
        }
        for lang in LANGUAGES
    }
    line = {
        lang: {"lost": words.text(lang, "kit.no-line"), "found": words.text(lang, "player.found")} for lang in LANGUAGES
    }
    glyphs = (TEMPLATES / "_glyphs.svg").read_text(encoding="utf-8")
    return {
        "GLYPHS": symbols(glyphs),
        "LINE": json.dumps(line, ensure_ascii=False),
        "WAITS": json.dumps(waits, ensure_ascii=False),
        "PLAYS": json.dumps(plays, ensure_ascii=False),
    }


def home(site: Site, lang: Lang) -> str:
    trailer = draw_trailer(site.rooms[HOME_SEQUENCE], lang, HOME_BEATS) if HOME_SEQUENCE in site.rooms else None
    return site.templates.render(
        "home.html",
        lang,
        trailer=trailer,
        sequence=HOME_SEQUENCE,
        beats=HOME_BEATS,
        chapters=site.chapters,
        asked={subject.slug: len(subject.questions) for subject in site.bank.subjects},
        path="/",
        query="",
    )


def quiz_of(site: Site, store: Store) -> QuizPages:
    """The quiz on a site's questions and a store; number questions are computed by the site's widgets."""
    sequences = {room.slug: room.widget.subject for room in site.rooms.values() if room.widget.kind == "sequence"}
    desk = Desk(site.bank, store, Keys(site.rooms.answer), sequences)
    return QuizPages(desk, site.interviews, site.templates, plans=site.plans, public_url=site.public_url)
