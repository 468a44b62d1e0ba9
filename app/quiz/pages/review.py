"""What is due for review, one question at a time with the reason why, and what the next two weeks bring."""

from collections.abc import Sequence
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.content.bank import Question
from app.content.language import Lang
from app.quiz.answer import last_answer
from app.quiz.cookie import read_cookie
from app.quiz.pages.drawing import QuizPages, Setting
from app.quiz.pages.picture import Columns, columns
from app.quiz.pages.question import IN_REVIEW, find_answer, view_answer
from app.quiz.pages.reading import home_of, mark_of
from app.quiz.question import new_seed, present
from app.quiz.review import Due, DueDay, cards_of, due_moments, due_reviews, explain, forecast
from app.quiz.view import FIRST_SEED, QuestionView, Typed, view_question
from app.record import dataclass
from app.store.review import milliseconds
from app.web.answers import html, is_document, see_other

REVIEW = "/review"
CONTEXT = "&".join(f"{name}={value}" for name, value in IN_REVIEW.items())
SOON = 8  # how many of the next questions are listed


@dataclass(frozen=True)
class Ahead:
    """The forecast with its picture."""

    days: Sequence[DueDay]
    moments: Sequence[int]
    picture: Columns

    @property
    def total(self) -> int:
        return sum(day.count for day in self.days)


def review_page(pages: QuizPages, lang: Lang, cookie: str | None, view: QuestionView | None = None) -> str:
    """The page at `view`, else at the most urgent question that is due, else with nothing to ask."""
    now = pages.now()
    due = due_reviews(pages.desk, cookie, now)
    if view is None and due:
        view = view_question(due[0].question, lang, seed=new_seed(), typed=Typed(attempt=str(uuid4())))
    moments = due_moments(pages.desk, cookie, now)
    days = forecast(moments, now)
    asked = next((one for one in due if view and one.question == view.question), None)
    coming = _coming(pages, cookie)
    return pages.render(
        "review.html",
        lang,
        due=due,
        asked=asked,
        view=view,
        setting=Setting(CONTEXT, f"/{lang}{REVIEW}", again=False),
        problem=pages.say(lang, view.refusal) if view else "",
        coming=[(one, present(one.question, FIRST_SEED).stem.in_(lang)) for one in coming[:SOON]],
        has_cards=bool(due or coming),
        ahead=Ahead(days, moments, columns((day.count, 0) for day in days)),
        subjects=pages.desk.bank.by_slug,
        path=REVIEW,
    )


def _coming(pages: QuizPages, cookie: str | None) -> list[Due]:
    """What is not due yet, the next first."""
    now = pages.now()
    cards = [card for card in cards_of(pages.desk, cookie).values() if card.due_ms > milliseconds(now)]
    return [explain(pages.desk, card, now) for card in sorted(cards, key=lambda card: (card.due_ms, card.question))]


def _elsewhere(pages: QuizPages, request: Request, lang: Lang, due: int) -> str:
    """What else of the page that asks is the reader's own, swapped in where it stands: one request for all of it."""
    cookie, asked = read_cookie(request), request.query_params
    if cookie is None:
        return ""
    if asked.get("home"):
        return home_of(pages, lang, cookie, due)
    subject = pages.desk.bank.by_slug.get(asked.get("lesson", ""))
    if subject is None:
        return ""
    own = {"reading": mark_of(pages, lang, subject, cookie)} | {
        f"suspicion-{question.id}": pages.say_suspicion(lang, question, cookie) for question in subject.suspects
    }
    told = "".join(f'<div hx-swap-oob="innerMorph:#{place}">{said}</div>' for place, said in own.items())
    return told + "".join(_suspected(pages, lang, question, cookie) for question in subject.suspects)


def _suspected(pages: QuizPages, lang: Lang, question: Question, cookie: str) -> str:
    """The mystery as it stands after the reader's choice; nothing for who has not chosen."""
    stored = last_answer(pages.desk, cookie, question)
    return pages.draw(view_answer(pages, lang, question, stored), Setting(is_recalled=True)) if stored else ""


def review_routes(pages: QuizPages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/{lang}/review")
    def review(request: Request, lang: str) -> Response:
        language, cookie = pages.language(lang), read_cookie(request)
        answered = find_answer(pages, language, cookie, request.query_params.get("attempt", ""))
        return html(review_page(pages, language, cookie, answered))

    @router.get("/fragments/{lang}/due")
    def due(request: Request, lang: str) -> Response:
        language = pages.language(lang)
        if is_document(request.headers):
            return see_other(f"/{language}{REVIEW}")
        cookie = read_cookie(request)
        # Every page asks this: somebody without a cookie has nothing to be looked up.
        count = len(due_reviews(pages.desk, cookie, pages.now())) if cookie else 0
        return html(pages.render("_due.html", language, count=count) + _elsewhere(pages, request, language, count))

    return router
