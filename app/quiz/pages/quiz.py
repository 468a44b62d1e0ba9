"""The quiz of a subject, question by question, in the file's order, shuffled, or only what was last answered
wrongly; and where a learner stands in it."""

import random
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.content.bank import Question, Subject
from app.content.language import Lang
from app.quiz.cookie import read_cookie, send_cookie
from app.quiz.pages.drawing import QuizPages, Setting
from app.quiz.pages.ending import Ending, ending_of
from app.quiz.pages.mystery import mystery_url
from app.quiz.pages.question import Posted, find_answer, judge_posted, read_posted
from app.quiz.pages.review import REVIEW, review_page
from app.quiz.progress import Score, score_subject
from app.quiz.review import cards_of, mistakes
from app.quiz.view import FIRST_SEED, QuestionView, read_seed, view_question
from app.record import dataclass
from app.store.review import Card
from app.web.answers import PERSONAL, PUBLIC_ON_DEMAND, html, is_document, see_other

MISTAKES = "mistakes"
SHUFFLE_PRIME, SHUFFLE_STEP = 7919, 104_729  # another seed from this one, so that the link needs no luck


@dataclass(frozen=True)
class Place:
    """Where a reader is in a subject: the questions in this order, at this one. `query` leads here again."""

    subject: Subject
    questions: tuple[Question, ...]
    question: Question
    seed: int
    only: str

    @property
    def number(self) -> int | None:
        """From 1; None when the question is not among them (a mistake that has been mended)."""
        return self.questions.index(self.question) + 1 if self.question in self.questions else None

    @property
    def next(self) -> Question | None:
        here = self.number or 0
        return self.questions[here] if here < len(self.questions) else None

    @property
    def reshuffled(self) -> int:
        return (self.seed * SHUFFLE_PRIME + SHUFFLE_STEP) % (1 << 31)

    def url(self, lang: Lang, question: Question) -> str:
        return f"/{lang}/quiz/{self.subject.slug}?{self.query(question)}"

    def query(self, question: Question) -> str:
        seed = [("seed", str(self.seed))] if self.seed != FIRST_SEED else []
        only = [("only", self.only)] if self.only else []
        return urlencode([*only, *seed, ("question", question.id)])

    def setting(self, lang: Lang) -> Setting:
        following = self.next
        next_url = self.url(lang, following) if following else ""
        return Setting(self.query(self.question), next_url, is_last=following is None)


@dataclass(frozen=True)
class Numbered:
    """A question in the row of numbers, with its last answer."""

    number: int
    question: Question
    url: str
    is_here: bool
    last: Literal["", "right", "wrong"]


def find_place(pages: QuizPages, subject: Subject, raw: Mapping[str, str], cookie: str | None) -> Place:
    """The place that a query describes; without one, the first question."""
    seed = read_seed(raw.get("seed"))
    only = MISTAKES if raw.get("only") == MISTAKES else ""
    questions = subject.questions if seed == FIRST_SEED else shuffled(subject, seed)
    if only:
        wrong = mistakes(pages.desk, cookie, subject)
        questions = tuple(question for question in questions if question in wrong)
    asked = next((question for question in subject.questions if question.id == raw.get("question")), None)
    return Place(subject, questions, asked or (questions or subject.questions)[0], seed, only)


def shuffled(subject: Subject, seed: int) -> tuple[Question, ...]:
    """The subject's questions in the order of a seed."""
    return tuple(random.Random(f"{seed}/{subject.slug}").sample(subject.questions, len(subject.questions)))


def drawn_seed(raw: Mapping[str, str]) -> int:
    """The seed of one question's numbers and options: its own when it is tried again, else that of the order."""
    return read_seed(raw.get("draw") or raw.get("seed"))


def number_questions(place: Place, lang: Lang, cards: Mapping[str, Card]) -> list[Numbered]:
    return [
        Numbered(number, question, place.url(lang, question), question == place.question, _last(cards, question))
        for number, question in enumerate(place.questions, 1)
    ]


def _last(cards: Mapping[str, Card], question: Question) -> Literal["", "right", "wrong"]:
    card = cards.get(question.id)
    if card is None:
        return ""
    return "right" if card.last_correct else "wrong"


def first_page(pages: QuizPages, lang: Lang, subject: Subject) -> str:
    """What `/{lang}/quiz/{subject}` shows to everybody: its first question."""
    place = Place(subject, subject.questions, subject.questions[0], FIRST_SEED, "")
    return quiz_page(pages, lang, place, view_question(place.question, lang))


def quiz_page(
    pages: QuizPages,
    lang: Lang,
    place: Place,
    view: QuestionView,
    cards: Mapping[str, Card] | None = None,
) -> str:
    """The whole quiz page at one question; without cards it is the same for everybody."""
    return pages.render(
        "page.html",
        lang,
        subject=place.subject,
        title=place.subject.title.in_(lang),
        place=place,
        numbers=number_questions(place, lang, cards or {}),
        score=_score(pages, place.subject, cards),
        is_personal=cards is not None,
        view=view,
        setting=place.setting(lang),
        ending=_ending(pages, place, view, cards),
        problem=pages.say(lang, view.refusal),
        query=place.query(place.question),
        path=f"/quiz/{place.subject.slug}",
    )


def _ending(pages: QuizPages, place: Place, view: QuestionView, cards: Mapping[str, Card] | None) -> Ending | None:
    """After the last question of a subject was answered; not among mistakes, which end by themselves."""
    is_over = view.answered is not None and place.next is None and not place.only
    return ending_of(pages, place.subject, cards or {}) if is_over else None


def _score(pages: QuizPages, subject: Subject, cards: Mapping[str, Card] | None) -> Score | None:
    return None if cards is None else score_subject(subject, cards, pages.now())


def standing(pages: QuizPages, lang: Lang, place: Place, cookie: str | None) -> str:
    """How much is answered and the row of numbers with this learner's answers."""
    cards = cards_of(pages.desk, cookie)
    return pages.render(
        "_standing.html",
        lang,
        place=place,
        numbers=number_questions(place, lang, cards),
        score=_score(pages, place.subject, cards),
    )


def question_routes(pages: QuizPages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/{lang}/quiz/{slug}")
    def quiz(request: Request, lang: str, slug: str) -> Response:
        language, subject = pages.language(lang), pages.subject(slug)
        raw, cookie = dict(request.query_params), read_cookie(request)
        place = find_place(pages, subject, raw, cookie)
        answered = find_answer(pages, language, cookie, raw.get("attempt", ""))
        if answered and answered.kind == "suspect":
            return see_other(mystery_url(language, answered))
        if answered:
            at = Place(subject, place.questions, answered.question, place.seed, place.only)
            return html(quiz_page(pages, language, at, answered, cards_of(pages.desk, cookie)))
        if place.only and not place.questions:
            title = subject.title.in_(language)
            path = f"/quiz/{slug}"
            body = pages.render(
                "nothing.html", language, subject=subject, title=title, path=path, query="only=mistakes"
            )
            return html(body)
        view = view_question(place.question, language, seed=drawn_seed(raw))
        cards = cards_of(pages.desk, cookie) if place.only else None
        # An attempt that is not this reader's is somebody else's page.
        cache = PERSONAL if place.only or raw.get("attempt") else PUBLIC_ON_DEMAND
        return html(quiz_page(pages, language, place, view, cards), cache_control=cache)

    @router.post("/{lang}/quiz/{slug}/{id_}")
    async def answer(request: Request, lang: str, slug: str, id_: str) -> Response:
        language, subject, question = pages.language(lang), pages.subject(slug), pages.question(id_)
        posted = await read_posted(request)
        return await run_in_threadpool(_answer, pages, request, language, subject, question, posted)

    @router.get("/fragments/{lang}/quiz/{id_}")
    def question_fragment(request: Request, lang: str, id_: str) -> Response:
        language, question = pages.language(lang), pages.question(id_)
        if is_document(request.headers):
            return see_other(f"/{language}/quiz/{question.subject}?question={question.id}")
        raw, setting = request.query_params, Setting()
        if "question" in raw:
            place = find_place(pages, pages.subject(question.subject), raw, read_cookie(request))
            setting = place.setting(language)
        return html(pages.draw(view_question(question, language, seed=drawn_seed(raw)), setting))

    @router.post("/fragments/{lang}/quiz/{id_}")
    async def answer_fragment(request: Request, lang: str, id_: str) -> Response:
        language, question = pages.language(lang), pages.question(id_)
        posted = await read_posted(request)
        return await run_in_threadpool(_answer_fragment, pages, request, language, question, posted)

    @router.get("/fragments/{lang}/standing/{slug}")
    def standing_fragment(request: Request, lang: str, slug: str) -> Response:
        language, subject = pages.language(lang), pages.subject(slug)
        if is_document(request.headers):
            return see_other(f"/{language}/quiz/{subject.slug}")
        cookie = read_cookie(request)
        place = find_place(pages, subject, request.query_params, cookie)
        return html(standing(pages, language, place, cookie))

    return router


def _answer(
    pages: QuizPages, request: Request, lang: Lang, subject: Subject, question: Question, posted: Posted
) -> Response:
    """A plain form: the answer leads to a page that shows it, anything else is shown at once."""
    view = judge_posted(pages, request, lang, question, posted)
    if view.kind == "suspect":
        response = see_other(mystery_url(lang, view))
        send_cookie(response, request, view.answered.send_key if view.answered else None)
        return response
    if view.answered:
        page = f"/{lang}{REVIEW}" if posted.is_review else f"/{lang}/quiz/{subject.slug}"
        query = urlencode([*posted.context.items(), ("attempt", view.answered.answer.attempt)])
        response = see_other(f"{page}?{query}#{view.root}")
        send_cookie(response, request, view.answered.send_key)
        return response
    cookie = read_cookie(request)
    if posted.is_review:
        return html(review_page(pages, lang, cookie, view), 422 if view.refusal else 200)
    place = find_place(pages, subject, {**posted.context, "question": question.id}, cookie)
    return html(quiz_page(pages, lang, place, view, cards_of(pages.desk, cookie)), 422 if view.refusal else 200)


def _answer_fragment(pages: QuizPages, request: Request, lang: Lang, question: Question, posted: Posted) -> Response:
    view = judge_posted(pages, request, lang, question, posted)
    more = {"HX-Trigger": "answered"} if view.answered else {}
    setting, ending = _setting(pages, request, lang, question, posted), None
    if view.answered and setting.is_last:
        cookie = view.answered.send_key or read_cookie(request)
        place = find_place(pages, pages.subject(question.subject), {**posted.context, "question": question.id}, cookie)
        ending = _ending(pages, place, view, cards_of(pages.desk, cookie))
    response = html(pages.draw(view, setting, ending), 422 if view.refusal else 200, more=more)
    if view.answered:
        send_cookie(response, request, view.answered.send_key)
    return response


def _setting(pages: QuizPages, request: Request, lang: Lang, question: Question, posted: Posted) -> Setting:
    if posted.is_review:
        return Setting(posted.query, f"/{lang}{REVIEW}", again=False)
    if not posted.context:
        return Setting()
    raw = {**posted.context, "question": question.id}
    return find_place(pages, pages.subject(question.subject), raw, read_cookie(request)).setting(lang)
