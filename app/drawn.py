"""Draws every public page and asset, at the first start after a change: what serves is not kept waiting by it, and has
none of this in its memory."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from app.content.chip import OFFERED
from app.content.deeper import section_address
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson
from app.content.terms import Term
from app.content.words import Words
from app.lessons.beside import reference_pages
from app.lessons.export import Source as Copied
from app.lessons.machine import lesson_data
from app.lessons.mention import explain_mentions
from app.lessons.page import Drawing, Drawn
from app.lessons.seen import seen_versions
from app.place import STATIC, TEMPLATES
from app.quiz.pages import QuizPages, draw_reading, first_page
from app.web.assets import Sheet, needed, symbols
from app.web.flush import flush
from app.web.manners import MANIFEST
from app.web.page import Prepared, prepare
from app.web.shelf import Shelf
from app.widgetkit.registry import Rooms
from app.widgetkit.routes import widget_index, widget_page
from app.widgetkit.state import state_of
from app.widgetkit.trailer import draw_trailer

if TYPE_CHECKING:
    from app.site import Site

HOME_SEQUENCE = "pod-birth"
HOME_BEATS = ("send", "store", "bind", "hand-over", "start", "ready")
DAY = "public, max-age=86400"
ROOT_FILES = {"favicon.ico": "image/png", **{f"icon-{size}.png": "image/png" for size in (180, 192, 512)}}
OWN = (  # what is put into a lesson for who has progress here
    '<header class="site"><nav><a><i id="due"><b></b><span class="visually-hidden"></span></i></a></nav></header>',
    '<div class="lesson prose"><section class="solved"><p class="suspicion"><em></em><code></code></p></section></div>',
)
LESSON_QUALITY = 11  # of brotli: the longest pages, of which there are few, and where most readers come first


def draw_pages(site: "Site", quiz: QuizPages, shelf: Shelf, packed: str) -> dict[str, Prepared]:
    """Every public page and asset by its path; a lesson that stands on the shelf under the name `packed` as it is now
    is not compressed again."""
    known = shelf.before(packed, dict) or {}
    lessons: dict[str, Prepared] = {}
    pages = dict(site.assets.prepared)
    for name, media_type in ROOT_FILES.items():
        pages[f"/{name}"] = prepare((STATIC / "root" / name).read_bytes(), media_type, DAY)
    pages["/manifest.webmanifest"] = prepare(MANIFEST, "application/manifest+json", DAY)
    version = site.assets.url("css/site.css").split(".")[-2]
    worker = site.templates.render("sw.js", "en", version=version)
    pages["/sw.js"] = prepare(worker, "text/javascript; charset=utf-8")
    for lang in LANGUAGES:
        pages[f"/{lang}/"] = prepare(home(site, lang))
        pages[f"/{lang}/offline"] = prepare(site.templates.render("offline.html", lang, path="/", query=""))
        pages[f"/{lang}/widgets/"] = prepare(widget_index(site.templates, lang, site.chapters))
        pages |= reference_pages(site.library, lang)
        for subject in site.bank.subjects:
            pages[f"/{lang}/quiz/{subject.slug}"] = prepare(first_page(quiz, lang, subject))
        for room in site.rooms.values():
            page, _ = widget_page(site.templates, site.rooms, state_of(room, lang, {}))
            pages[f"/{lang}/widgets/{room.slug}"] = prepare(page)
        for lesson in site.lessons:
            for place, piece in enumerate(lesson.pieces):
                address = section_address(lang, piece.slug, piece.section)
                pages[address] = prepare(_deeper_page(site, lang, lesson, place, quiz))
    for slug, drawn in _lesson_pages(site, quiz).items():
        begun, sheet = site.assets.begun(slug, drawn, OWN)
        pages |= sheet
        lessons |= {path: prepare(body, quality=LESSON_QUALITY, known=known) for path, body in begun.items()}
    shelf.kept(
        packed, dict, lambda: {(each.etag, LESSON_QUALITY): (each.gzip, each.brotli) for each in lessons.values()}
    )
    return pages | lessons


def _lesson_pages(site: "Site", quiz: QuizPages) -> dict[str, dict[str, str]]:
    """The pages of each lesson by its subject, in both languages."""
    return {
        lesson.slug: {f"/{lang}/lessons/{lesson.slug}": lesson_page(site, lang, index, quiz) for lang in LANGUAGES}
        for index, lesson in enumerate(site.lessons)
    }


def lesson_page(site: "Site", lang: Lang, index: int, quiz: QuizPages) -> str:
    lesson = site.lessons[index]
    drawing = Drawing(site.templates, site.rooms, quiz.draw_question, site.terms)
    drawn = flush(
        site.templates.render(
            "lesson/page.html",
            lang,
            lesson=lesson,
            front=lesson.front(lang),
            seen=seen_versions(lesson),
            drawn=_explained(site, drawing.draw(lesson, lang), lesson, lang),
            previous=site.lessons[index - 1] if index else None,
            next=site.lessons[index + 1] if index + 1 < len(site.lessons) else None,
            questions=len(site.bank.by_slug[lesson.slug].questions) if lesson.slug in site.bank.by_slug else 0,
            reading=draw_reading(quiz, lang, lesson.slug),
            offered=OFFERED,
            data=lesson_data(site.public_url, lang, lesson, site.library.dates.get(f"/lessons/{lesson.slug}")),
            path=f"/lessons/{lesson.slug}",
            query="",
        )
    )
    return needed(drawn)


def _deeper_page(site: "Site", lang: Lang, lesson: Lesson, place: int, quiz: QuizPages) -> str:
    """What goes deeper than a lesson, with the next page of it."""
    pieces = lesson.pieces
    piece = pieces[place]
    about = piece.slug, piece.section
    drawing = Drawing(site.templates, site.rooms, quiz.draw_question, site.terms)
    return flush(
        site.templates.render(
            "lesson/deeper.html",
            lang,
            lesson=piece,
            whole=lesson,
            front=piece.front(lang),
            seen=seen_versions(lesson),
            drawn=_explained(site, drawing.draw(piece, lang), lesson, lang),
            next=pieces[place + 1] if place + 1 < len(pieces) else None,
            asked=[prompt for prompt in site.interviews.prompts if (prompt.subject, prompt.section) == about],
            offered=OFFERED,
            path=section_address(lang, piece.slug, piece.section)[3:],
            query="",
        )
    )


def _explained(site: "Site", drawn: Drawn, lesson: Lesson, lang: Lang) -> Drawn:
    """A lesson in which each term is explained where it is named first."""

    def draw(term: Term, word: str) -> Markup:
        return Markup(site.templates.render("lesson/_term.html", lang, term=term, word=word))

    terms = [term for term in site.terms if lesson.slug not in term.apart]
    return replace(drawn, body=explain_mentions(drawn.body, lang, terms, draw))


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


def home(site: "Site", lang: Lang) -> str:
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


def copied(site: "Site", quiz: QuizPages) -> Copied:
    """What a static copy is made of."""
    return Copied(
        site.pages(quiz),
        site.templates,
        site.assets,
        site.rooms,
        site.bank,
        quiz.desk.keys,
        site.entries(),
        STATIC / "export" / "export.js",
    )
