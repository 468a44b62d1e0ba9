"""A lesson's mystery for whoever reads without a script: the suspicion is posted, and the lesson comes back with it.

Lessons are the same for everybody and lie ready; what one reader chose is put into that page, and kept by no cache.
"""

import re
from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.content.language import Lang
from app.quiz.cookie import read_cookie
from app.quiz.pages.drawing import QuizPages
from app.quiz.pages.question import find_answer
from app.quiz.view import QuestionView
from app.web.answers import html


def mystery_url(lang: Lang, view: QuestionView) -> str:
    """The lesson's mystery with the suspicion of this view, if one was kept."""
    attempt = f"?attempt={view.answered.answer.attempt}" if view.answered else ""
    return f"/{lang}/lessons/{view.question.subject}{attempt}#{view.root}"


def mystery_routes(pages: QuizPages, page_at: Callable[[str], str]) -> APIRouter:
    """`page_at` gives the public page of an address; KeyError where there is none."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{lang}/lessons/{slug}")
    def lesson(request: Request, lang: str, slug: str) -> Response:
        language, subject, cookie = pages.language(lang), pages.subject(slug), read_cookie(request)
        suspected = find_answer(pages, language, cookie, request.query_params.get("attempt", ""))
        if suspected is None or suspected.kind != "suspect" or suspected.question.subject != subject.slug:
            raise HTTPException(404)  # its public page answers, without a query
        said = pages.say_suspicion(language, suspected.question, cookie)
        return html(with_suspicion(page_at(request.scope["path"]), suspected, pages.draw(suspected), said))

    return router


def with_suspicion(page: str, suspected: QuestionView, drawn: str, said: str) -> str:
    """The lesson with the mystery as it stands after the choice, and what is said of it where it is solved."""
    mystery = re.compile(rf'<section class="suspect" id="{suspected.root}".*?</section>', re.S)
    solved = re.compile(rf'(<p class="suspicion" id="suspicion-{suspected.question.id}"[^>]*>)(?=</p>)')
    return solved.sub(lambda found: found[1] + str(said), mystery.sub(lambda _: str(drawn), page, count=1), count=1)
