"""Where a reader was and what they have read. Lessons are the same for everybody: this is their one personal part.

Only a button makes a learner; the place is kept for those that exist already.
"""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.content.bank import Subject
from app.content.deeper import section_address
from app.content.entry import Text
from app.content.language import Lang
from app.quiz.cookie import read_cookie, send_cookie
from app.quiz.pages.drawing import QuizPages
from app.quiz.progress import progress_of
from app.quiz.reading import INPUTS_LIMIT, Place, Reading, mark_read, reading_of, remember_place
from app.record import dataclass
from app.store import learner
from app.store.reading import Position
from app.store.store import Transaction
from app.web.answers import html, is_document, see_other
from app.web.posted import read_form
from app.widgetkit.state import PLAYER

WHOLE = ""  # the section that stands for all of a lesson
_NAME = re.compile("[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True)
class Bookmark:
    """The place where a learner was, with the words for it. `step` is 0 when no sequence was open; `inputs` is the
    query that opens it as it was."""

    subject: Subject
    section: str
    heading: Text | None
    widget: str
    step: int
    inputs: str
    at_ms: int

    def url(self, lang: Lang) -> str:
        return section_address(lang, self.subject.slug, self.section)

    def widget_url(self, lang: Lang) -> str:
        query = f"{self.inputs}&" if self.inputs else ""
        return f"/{lang}/widgets/{self.widget}?{query}step={self.step}"


def bookmark(pages: QuizPages, position: Position | None) -> Bookmark | None:
    """None when the lesson is gone; a section that is gone is the lesson's beginning."""
    subject = pages.desk.bank.by_slug.get(position.subject) if position else None
    if position is None or subject is None:
        return None
    heading = pages.headings.get((subject.slug, position.section))
    section = position.section if heading else ""
    step = position.step if position.widget in pages.desk.subject_of else 0
    return Bookmark(subject, section, heading, position.widget, step, read_query(position.inputs), position.at_ms)


def draw_reading(pages: QuizPages, lang: Lang, slug: str) -> Markup:
    """The end of a lesson for everybody: the button, and the fragment that replaces it."""
    return Markup(pages.render("_reading.html", lang, slug=slug))


def mark_of(pages: QuizPages, lang: Lang, subject: Subject, cookie: str | None, said: str = "") -> str:
    """What stands there for this reader."""
    reading = reading_of(pages.desk, cookie)
    return pages.render(
        "_read.html",
        lang,
        slug=subject.slug,
        is_read=_is_read(reading, subject),
        known=exists(pages, cookie),
        said=said,
    )


def home_of(pages: QuizPages, lang: Lang, cookie: str, due: int) -> str:
    """What the home page shows to this reader; nothing to somebody who has no progress here."""
    progress, reading = progress_of(pages.desk, cookie, pages.now()), reading_of(pages.desk, cookie)
    subjects = pages.desk.bank.subjects
    return pages.render(
        "_home.html",
        lang,
        known=progress.known_learner,
        bookmark=bookmark(pages, reading.latest),
        due=due,
        subjects=subjects,
        scores=progress.subjects,
        answered=sum(score.answered for score in progress.subjects.values()),
        correct=sum(score.correct for score in progress.subjects.values()),
        read={subject.slug for subject in subjects if _is_read(reading, subject)},
    )


def _is_read(reading: Reading, subject: Subject) -> bool:
    return WHOLE in reading.read.get(subject.slug, frozenset())


def exists(pages: QuizPages, cookie: str | None) -> bool:
    """Whether the cookie opens anybody's progress."""

    def look(tx: Transaction) -> bool:
        return learner.find(tx, cookie) is not None

    return cookie is not None and pages.desk.store.read(look)


def reading_routes(pages: QuizPages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post("/{lang}/lessons/{slug}/read")
    async def mark(request: Request, lang: str, slug: str) -> Response:
        language, subject = pages.language(lang), pages.subject(slug)
        form = await read_form(request)
        key = await run_in_threadpool(_mark, pages, subject, read_cookie(request), form.get("read") != "0")
        is_lesson = form.get("read") != "0"  # whose button only marks, when there is no script
        response = see_other(
            f"/{language}/lessons/{subject.slug}#read" if is_lesson else f"/{language}/progress#reading"
        )
        send_cookie(response, request, key)
        return response

    @router.get("/{lang}/lessons/{slug}/read")
    def mark_page(lang: str, slug: str) -> Response:
        return see_other(f"/{pages.language(lang)}/lessons/{pages.subject(slug).slug}#reading")

    @router.get("/fragments/{lang}/reading/{slug}")
    def reading(request: Request, lang: str, slug: str) -> Response:
        language, subject = pages.language(lang), pages.subject(slug)
        if is_document(request.headers):
            return see_other(f"/{language}/lessons/{subject.slug}#reading")
        return html(mark_of(pages, language, subject, read_cookie(request)))

    @router.post("/fragments/{lang}/reading/{slug}")
    async def mark_fragment(request: Request, lang: str, slug: str) -> Response:
        language, subject = pages.language(lang), pages.subject(slug)
        is_read = (await read_form(request)).get("read") != "0"
        cookie = read_cookie(request)
        key = await run_in_threadpool(_mark, pages, subject, cookie, is_read)
        said = "marked" if is_read else "unmarked"
        response = html(await run_in_threadpool(mark_of, pages, language, subject, key or cookie, said))
        send_cookie(response, request, key)
        return response

    @router.get("/fragments/{lang}/place/{slug}")
    def where_to_report(request: Request, lang: str, slug: str) -> Response:
        language, subject = pages.language(lang), pages.subject(slug)
        if is_document(request.headers):
            return see_other(f"/{language}/lessons/{subject.slug}")
        address = f"/fragments/{language}/place/{subject.slug}"
        return html(f'<i data-place="{address}"></i>' if exists(pages, read_cookie(request)) else "")

    @router.post("/fragments/{lang}/place/{slug}")
    async def place(request: Request, lang: str, slug: str) -> Response:
        pages.language(lang)
        subject, form = pages.subject(slug), await read_form(request)
        await run_in_threadpool(_remember, pages, subject, form, read_cookie(request))
        return Response(status_code=204, headers={"cache-control": "private, no-store"})

    @router.get("/fragments/{lang}/continue")
    def continue_(request: Request, lang: str) -> Response:
        language = pages.language(lang)
        if is_document(request.headers):
            return see_other(f"/{language}/progress")
        latest = bookmark(pages, reading_of(pages.desk, read_cookie(request)).latest)
        return html(pages.render("_continue.html", language, bookmark=latest))

    return router


def _mark(pages: QuizPages, subject: Subject, cookie: str | None, is_read: bool) -> str | None:
    if not is_read and not exists(pages, cookie):
        return None
    return mark_read(pages.desk, cookie, subject.slug, WHOLE, is_read, pages.now())


def _remember(pages: QuizPages, subject: Subject, form: dict[str, str], cookie: str | None) -> None:
    """A place that is none, or of somebody who has nothing here, is not kept. A sequence on a page of its own has no
    section: the one before stays."""
    widget, step = form.get("widget", ""), form.get("step", "")
    section = form["section"] if "section" in form else _section(pages, subject, cookie)
    place = Place(subject.slug, section)
    number = int(step) if step.isascii() and step.isdigit() and len(step) < 5 else 0
    if number and widget in pages.desk.subject_of:
        place = replace(place, widget=widget, step=number, inputs=read_query(form.get("inputs", "")))
    # Before the first heading there may be a sequence.
    is_place = section in subject.sections or (section == "" and place.step)
    if is_place and exists(pages, cookie):
        remember_place(pages.desk, cookie, place, pages.now())


def _section(pages: QuizPages, subject: Subject, cookie: str | None) -> str:
    """Where in the subject's lesson the reader was last."""
    places = reading_of(pages.desk, cookie).places
    return next((position.section for position in places if position.subject == subject.slug), "")


def read_query(text: str) -> str:
    """The inputs of a sequence as the query of an address, without where in it the reader is; "" when there are none
    or it is no such query."""
    try:
        pairs = parse_qsl(text[: INPUTS_LIMIT + 1], max_num_fields=20, errors="strict")
    except ValueError:
        return ""
    query = urlencode([(name, value) for name, value in pairs if _NAME.fullmatch(name) and name not in PLAYER])
    return query if len(query) <= INPUTS_LIMIT and len(text) <= INPUTS_LIMIT else ""
