"""What stands beside the lessons, drawn at the start: glossary, claims, changes, diagnoses, the book, cheat sheets, the
questions of interviews, lessons as Markdown."""

from app.content.cheat import Cheat
from app.content.deeper import section_address
from app.content.language import Lang
from app.lessons.asked import asked_page, by_subject
from app.lessons.book import Chapter, chapters_of
from app.lessons.diagnoses import diagnosing
from app.lessons.epub import TYPE, epub
from app.lessons.glossary import explained, in_order
from app.lessons.machine import cff
from app.lessons.markdown_page import as_markdown
from app.lessons.pages import Library, changes_page, claims_page, diagnoses_page
from app.lessons.version import named
from app.place import STATIC
from app.web.answers import PUBLIC_ON_DEMAND
from app.web.page import Prepared, prepare

MARKDOWN = "text/markdown; charset=utf-8"
CITATION = "text/yaml; charset=utf-8"


def reference_pages(library: Library, lang: Lang) -> dict[str, Prepared]:
    """Each page and file by its address."""
    pages = {
        f"/{lang}/glossary": prepare(glossary_page(library, lang)),
        f"/{lang}/claims": prepare(claims_page(library, lang)),
        f"/{lang}/changes": prepare(changes_page(library, lang)),
    }
    if any(diagnosing(library.rooms)):
        pages[f"/{lang}/diagnoses"] = prepare(diagnoses_page(library, lang))
    chapters = chapters_of(library.templates, library.lessons, library.rooms, library.bank, lang, library.public_url)
    pages[f"/{lang}/print"] = prepare(
        library.templates.render("book/print.html", lang, chapters=chapters, path="/print", query="")
    )
    changed = max((news.day for news in library.news), default=None)
    book = epub(library.templates, chapters, lang, library.public_url, STATIC / "css", changed)
    pages[f"/{lang}/podscope.epub"] = prepare(book, TYPE, PUBLIC_ON_DEMAND)
    for chapter in chapters:
        if chapter.lesson.piece:
            continue
        pages[f"/{lang}/cheat/{chapter.lesson.slug}"] = prepare(cheat_page(library, lang, chapter))
    asked = by_subject(library.interviews)
    askable = [lesson for lesson in library.lessons if lesson.slug in asked]
    for lesson in askable:
        others = [each for each in askable if each is not lesson]
        text = asked_page(library.templates, lang, lesson, asked[lesson.slug], library.plans, others)
        pages[f"/{lang}/asked/{lesson.slug}"] = prepare(text)
    for lesson in library.lessons:
        path = f"/{lang}/lessons/{lesson.slug}"
        words = library.templates.words
        for page in (lesson, *lesson.pieces):
            text = as_markdown(page, lang, library.public_url, words, library.rooms, library.bank)
            pages[f"{section_address(lang, page.slug, page.section)}.md"] = prepare(text, MARKDOWN)
        day = library.dates.get(f"/lessons/{lesson.slug}")
        pages[f"{path}.cff"] = prepare(cff(library.public_url, lang, lesson, day), CITATION)
    return pages


def cheat_page(library: Library, lang: Lang, chapter: Chapter) -> str:
    """A subject on one printed page."""
    lesson = chapter.lesson
    return library.templates.render(
        "book/cheat.html",
        lang,
        lesson=lesson,
        cheat=library.cheats.get(lesson.slug, Cheat()),
        picture=chapter.picture,
        short=chapter.short,
        gone=[claim for claim in lesson.claims if claim.verdict in ("outdated", "wrong")],
        others=[other for other in library.lessons if other.slug != lesson.slug],
        path=f"/cheat/{lesson.slug}",
        query="",
    )


def glossary_page(library: Library, lang: Lang) -> str:
    entries = explained(library.terms, library.lessons)
    return library.templates.render(
        "find/glossary.html",
        lang,
        groups=in_order(entries, lang),
        count=len(entries),
        version=named,
        path="/glossary",
        query="",
    )
