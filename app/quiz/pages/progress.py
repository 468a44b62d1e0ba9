"""The progress page: where the reader was, scores and mastery, the last weeks, mistakes, and starting again."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.quiz.answer import Desk
from app.quiz.bank import Subject
from app.quiz.cookie import read_cookie
from app.quiz.learner import start_again, undo_start_again
from app.quiz.pages.drawing import QuizPages
from app.quiz.pages.interview import said_by
from app.quiz.pages.picture import columns
from app.quiz.pages.reading import Bookmark, bookmark
from app.quiz.prediction import predictions_of
from app.quiz.progress import last_days, progress_of
from app.quiz.reading import Reading, reading_of
from app.store import learner, reset
from app.store.reset import Reset
from app.store.store import Transaction
from app.web.answers import html, read_form, see_other
from app.web.language import Lang

WEEKS = timedelta(days=28)
UNDONE_SHOWN = 5  # how many earlier resets are offered for undoing
NOTES = ("deleted", "opened", "again", "nothing", "undone")


@dataclass(frozen=True)
class PutAside:
    """Answers that no longer count since a moment, and how to make them count again."""

    moment_ms: int
    subjects: tuple[Subject, ...]
    count: int


@dataclass(frozen=True)
class Read:
    """What is known of one lesson's reading."""

    subject: Subject
    is_read: bool
    bookmark: Bookmark | None


def put_aside(desk: Desk, cookie: str | None) -> list[PutAside]:
    """What can be undone, the latest first."""

    def look(tx: Transaction) -> list[Reset]:
        owner = learner.find(tx, cookie)
        return [] if owner is None else reset.resets(tx, owner)

    questions: dict[int, list[str]] = {}
    for one in desk.store.read(look):
        if one.question in desk.bank.questions:
            questions.setdefault(one.at_ms, []).append(one.question)
    found = [PutAside(at_ms, _subjects(desk, asked), len(asked)) for at_ms, asked in questions.items()]
    return sorted(found, key=lambda one: -one.moment_ms)[:UNDONE_SHOWN]


def _subjects(desk: Desk, asked: list[str]) -> tuple[Subject, ...]:
    slugs = {desk.bank.questions[question].subject for question in asked}
    return tuple(subject for subject in desk.bank.subjects if subject.slug in slugs)


def lessons_read(pages: QuizPages, reading: Reading) -> list[Read]:
    """Lessons that were marked or left open, in their order."""
    places = {position.subject: position for position in reading.places}
    found = [
        Read(subject, "" in reading.read.get(subject.slug, ()), bookmark(pages, places.get(subject.slug)))
        for subject in pages.desk.bank.subjects
    ]
    return [one for one in found if one.is_read or one.bookmark]


def progress_page(pages: QuizPages, lang: Lang, cookie: str | None, note: str = "") -> str:
    now = pages.now()
    progress = progress_of(pages.desk, cookie, now)
    scores = progress.subjects.values()
    reading = reading_of(pages.desk, cookie)
    days = last_days(progress.days, now.date(), WEEKS.days)
    said = said_by(pages, cookie)
    predicted = predictions_of(pages.desk, cookie).values()
    return pages.render(
        "progress.html",
        lang,
        note=note if note in NOTES else "",
        progress=progress,
        subjects=pages.desk.bank.subjects,
        answered=sum(score.answered for score in scores),
        correct=sum(score.correct for score in scores),
        count=sum(score.questions for score in scores),
        days=days,
        active=sum(day.answers > 0 for day in days),
        picture=columns((day.answers, day.correct) for day in days),
        bookmark=bookmark(pages, reading.latest),
        lessons=lessons_read(pages, reading),
        said=said[-1] if said else None,
        predicted=sum(tally.asked for tally in predicted),
        predicted_right=sum(tally.right for tally in predicted),
        aside=put_aside(pages.desk, cookie),
        path="/progress",
    )


def progress_routes(pages: QuizPages) -> APIRouter:
    router = APIRouter()

    @router.get("/{lang}/progress")
    def progress(request: Request, lang: str) -> Response:
        language = pages.language(lang)
        return html(progress_page(pages, language, read_cookie(request), request.query_params.get("note", "")))

    @router.post("/{lang}/progress/again")
    async def again(request: Request, lang: str) -> Response:
        language, asked = pages.language(lang), (await read_form(request)).get("subject", "")
        subject = None if asked == "all" else pages.subject(asked)
        moment = await run_in_threadpool(start_again, pages.desk, read_cookie(request), subject, pages.now())
        return see_other(f"/{language}/progress?note={'nothing' if moment is None else 'again'}#again")

    @router.post("/{lang}/progress/undo")
    async def undo(request: Request, lang: str) -> Response:
        language, text = pages.language(lang), (await read_form(request)).get("moment", "")
        moment = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
        undone = await run_in_threadpool(undo_start_again, pages.desk, read_cookie(request), moment)
        return see_other(f"/{language}/progress?note={'undone' if undone else 'nothing'}#again")

    return router
