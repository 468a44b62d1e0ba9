"""Quiz, review, interview and progress as pages and fragments.

    pages = QuizPages(desk, Later(interviews), templates)
    join(api, quiz_routes(pages))
    pages.draw_question(lang, id)     # also serves the lessons

What shows a learner's own things is `private, no-store`; a question that nobody has answered yet is the same
for everybody. Every page works as plain forms and links.
"""

from fastapi import APIRouter

from app.quiz.pages.drawing import QuizPages
from app.quiz.pages.interview import interview_routes
from app.quiz.pages.keep import keep_routes
from app.quiz.pages.mystery import mystery_routes
from app.quiz.pages.progress import progress_routes
from app.quiz.pages.quiz import first_page, question_routes
from app.quiz.pages.reading import draw_reading, reading_routes
from app.quiz.pages.review import review_routes
from app.web.routing import join

__all__ = ["QuizPages", "draw_reading", "first_page", "mystery_routes", "quiz_routes"]


def quiz_routes(pages: QuizPages) -> APIRouter:
    router = APIRouter()
    parts = (question_routes, review_routes, interview_routes, progress_routes, keep_routes, reading_routes)
    join(router, *(routes(pages) for routes in parts))
    return router
