"""The progress page: where the reader was, scores and mastery, the last weeks, mistakes, and starting again."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.content.bank import Subject
from app.content.language import Lang
from app.quiz.answer import Desk
from app.quiz.cookie import read_cookie
from app.quiz.learner import start_again, undo_start_again
from app.quiz.pages.drawing import QuizPages
from app.quiz.pages.interview import said_by
from app.quiz.pages.picture import columns
from app.quiz.pages.reading import Bookmark, bookmark
from app.quiz.prediction import predictions_of
from app.quiz.progress import Score, last_days, progress_of
from app.quiz.reading import Reading, reading_of
from app.record import dataclass
from app.store import learner, prediction, reset
from app.store.prediction import Restart
from app.store.reset import Reset
from app.store.store import Transaction
from app.web.answers import html, see_other
from app.web.posted import read_form

WEEKS = timedelta(days=28)
UNDONE_SHOWN = 5  # how many earlier resets are offered for undoing
NOTES = ("deleted", "opened", "again", "nothing", "undone")


@dataclass(frozen=True)
class PutAside:
    """What no longer counts since a moment: the answers to `count` questions, the predictions of `sequences`
    sequences, of these subjects."""

    moment_ms: int
    subjects: tuple[Subject, ...]
    count: int
    sequences: int


@dataclass(frozen=True)
class Read:
    """What is known of one lesson's reading."""

    subject: Subject
    is_read: bool
    bookmark: Bookmark | None


def put_aside(desk: Desk, cookie: str | None) -> list[PutAside]:
    """What can be undone, the latest first."""

    def look(tx: Transaction) -> tuple[list[Reset], list[Restart]]:
        owner = learner.find(tx, cookie)
        return ([], []) if owner is None else (reset.resets(tx, owner), prediction.restarts(tx, owner))

    resets, restarts = desk.store.read(look)
    aside: dict[int, tuple[list[str], list[str]]] = {}
    for one in resets:
        if one.question in desk.bank.questions:
            aside.setdefault(one.at_ms, ([], []))[0].append(desk.bank.questions[one.question].subject)
    for other in restarts:
        if other.widget in desk.subject_of:
            aside.setdefault(other.at_ms, ([], []))[1].append(desk.subject_of[other.widget])
    found = [
        PutAside(at_ms, _subjects(desk, {*asked, *predicted}), len(asked), len(predicted))
        for at_ms, (asked, predicted) in aside.items()
    ]
    return sorted(found, key=lambda one: -one.moment_ms)[:UNDONE_SHOWN]


def _subjects(desk: Desk, slugs: Collection[str]) -> tuple[Subject, ...]:
    return tuple(subject for subject in desk.bank.subjects if subject.slug in slugs)


def to_start_again(desk: Desk, scores: Mapping[str, Score], predicted: Iterable[str]) -> list[Subject]:
    """The subjects that something has been done in: answered, or predicted in one of its sequences."""
    slugs = {desk.subject_of[widget] for widget in predicted if widget in desk.subject_of}
    return [subject for subject in desk.bank.subjects if subject.slug in slugs or scores[subject.slug].answered]


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
    predicted = predictions_of(pages.desk, cookie)
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
        predicted=sum(tally.asked for tally in predicted.values()),
        predicted_right=sum(tally.right for tally in predicted.values()),
        again=to_start_again(pages.desk, progress.subjects, predicted),
        aside=put_aside(pages.desk, cookie),
        path="/progress",
    )


def progress_routes(pages: QuizPages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

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
