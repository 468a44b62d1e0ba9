"""The site as it stands after the start: what we wrote, read and checked, and every public page drawn of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import FileSystemLoader, PrefixLoader

from app.content.bank import Bank
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson, load_lessons
from app.content.prompts import Interviews, load_interviews
from app.content.questions import load_bank
from app.content.words import Words, load_words
from app.lessons.chapter import Chapter, arrange
from app.lessons.page import Drawing
from app.place import APP, CONTENT, SHELF, STATIC, TEMPLATES
from app.quiz.answer import Desk
from app.quiz.pages import QuizPages, draw_reading, first_page
from app.quiz.question import Keys
from app.store.store import Store
from app.web.assets import Assets
from app.web.page import Prepared, prepare
from app.web.shelf import Shelf, compiled_templates, digest_of
from app.web.templates import Templates
from app.widgetkit.registry import ROOMS, Rooms, Supplier, find_rooms
from app.widgetkit.routes import widget_index, widget_page
from app.widgetkit.view import embed, state_of

HOME_SEQUENCE = "pod-birth"


@dataclass(frozen=True)
class Written:
    """What we wrote, read and checked: the sentences of each file, lessons, questions, interview prompts."""

    words: dict[Path, Words]
    lessons: tuple[Lesson, ...]
    bank: Bank
    interviews: Interviews


def read_written(content: Path) -> Written:
    """All of it; the first mistake is a ContentError with file, line and advice."""
    words = {path: load_words(path) for path in sorted(APP.rglob("words.yaml"))}
    return Written(words, load_lessons(content), load_bank(content), load_interviews(content))


class Site:
    """Everything that is made once at start: words, templates, assets, rooms, lessons, and the pages drawn of them.

    What did not change since the last start is taken from the shelf; with `anew` everything is made again.
    """

    def __init__(
        self, content: Path = CONTENT, suppliers: Mapping[str, Supplier] | None = None, *, anew: bool = False
    ) -> None:
        state = digest_of([content, APP, STATIC, TEMPLATES])
        self._shelf = Shelf(SHELF, state, anew=anew)
        written = self._shelf.kept("written", Written, lambda: read_written(content))
        self.rooms = find_rooms(suppliers=suppliers, words=lambda path: written.words.get(path) or load_words(path))
        self.assets = Assets(STATIC, self.rooms.styles)
        rooms_loader = PrefixLoader({"rooms": FileSystemLoader(ROOMS)})
        words = written.words[APP / "web" / "words.yaml"]
        self.templates = Templates([TEMPLATES], words, self.assets, rooms_loader, compiled_templates(SHELF))
        self.lessons = written.lessons
        self.bank = written.bank
        self.interviews = written.interviews
        self.chapters = arrange(self.rooms, self.lessons)

    def pages(self, quiz: QuizPages) -> dict[str, Prepared]:
        """Every public page and asset by its path, ready to be sent."""
        return self._shelf.kept("pages", dict, lambda: self._drawn(quiz))

    def _drawn(self, quiz: QuizPages) -> dict[str, Prepared]:
        pages = dict(self.assets.prepared)
        for lang in LANGUAGES:
            pages[f"/{lang}/"] = prepare(home(self.templates, self.rooms, self.chapters, lang))
            pages[f"/{lang}/widgets/"] = prepare(widget_index(self.templates, lang, self.chapters))
            for path, body in self._lesson_pages(lang, quiz).items():
                pages[path] = prepare(body)
            for subject in self.bank.subjects:
                pages[f"/{lang}/quiz/{subject.slug}"] = prepare(first_page(quiz, lang, subject))
            for room in self.rooms.values():
                page, _ = widget_page(self.templates, self.rooms, state_of(room, lang, {}))
                pages[f"/{lang}/widgets/{room.slug}"] = prepare(page)
        return pages

    def _lesson_pages(self, lang: Lang, quiz: QuizPages) -> dict[str, str]:
        drawing = Drawing(self.templates, self.rooms, quiz.draw_question)
        pages = {}
        for index, lesson in enumerate(self.lessons):
            pages[f"/{lang}/lessons/{lesson.slug}"] = self.templates.render(
                "lesson/page.html",
                lang,
                lesson=lesson,
                front=lesson.front(lang),
                drawn=drawing.draw(lesson, lang),
                previous=self.lessons[index - 1] if index else None,
                next=self.lessons[index + 1] if index + 1 < len(self.lessons) else None,
                questions=len(self.bank.by_slug[lesson.slug].questions) if lesson.slug in self.bank.by_slug else 0,
                reading=draw_reading(quiz, lang, lesson.slug),
                path=f"/lessons/{lesson.slug}",
                query="",
            )
        return pages

    def title_of(self, url: str, lang: Lang) -> str:
        """What stands at an address of ours."""
        slug = url.rstrip("/").rpartition("/")[2]
        if "/widgets/" in url and slug in self.rooms:
            return self.rooms[slug].title(lang)
        return next((lesson.title(lang) for lesson in self.lessons if lesson.slug == slug), url)

    def words_at(self, path: str) -> Words | None:
        """The sentences of the room that an address belongs to."""
        room = next((self.rooms[part] for part in path.split("/") if "/widgets/" in path and part in self.rooms), None)
        return room.words if room else None


def home(templates: Templates, rooms: Rooms, chapters: tuple[Chapter, ...], lang: Lang) -> str:
    player = embed(templates, rooms[HOME_SEQUENCE], lang, {}, level=2) if HOME_SEQUENCE in rooms else ""
    return templates.render("home.html", lang, player=player, chapters=chapters, path="/", query="")


def quiz_of(site: Site, store: Store) -> QuizPages:
    """The quiz on a site's questions and a store; number questions are computed by the site's widgets."""
    sequences = {room.slug: room.widget.subject for room in site.rooms.values() if room.widget.kind == "sequence"}
    return QuizPages(Desk(site.bank, store, Keys(site.rooms.answer), sequences), site.interviews, site.templates)
