"""A question's form wherever it is asked (lesson, quiz, review): what was posted, and the question after it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from starlette.requests import Request

from app.content.bank import Question
from app.content.language import Lang
from app.quiz.answer import Answered, Submission, answer_question, verdict_of
from app.quiz.cookie import read_cookie
from app.quiz.judge import from_stored
from app.quiz.pages.drawing import QuizPages
from app.quiz.question import present
from app.quiz.view import (
    QuestionView,
    Typed,
    is_attempt,
    raw_answer,
    read_attempt,
    read_seed,
    read_typed,
    view_question,
)
from app.record import dataclass
from app.store import answer as answers
from app.store import learner
from app.store.answer import Answer
from app.store.store import Transaction
from app.web.posted import read_parts, text_fields
from app.widgetkit.contract import Refusal

CONTEXT = ("only", "seed", "question", "in")
IN_REVIEW = {"in": "review"}


@dataclass(frozen=True)
class Posted:
    """What a form said. `context` says where the question was asked; it is empty inside a lesson."""

    typed: Typed
    seed: int
    is_answer: bool
    context: Mapping[str, str]

    @property
    def is_review(self) -> bool:
        return self.context.get("in") == IN_REVIEW["in"]

    @property
    def query(self) -> str:
        return urlencode(list(self.context.items()))


async def read_posted(request: Request) -> Posted:
    form = await read_parts(request, max_fields=60, max_part_size=1 << 16)
    single = text_fields(form)
    chosen = [value for value in form.getlist("choice") if isinstance(value, str)]
    typed = read_typed(single, chosen)
    return Posted(
        typed,
        read_seed(single.get("seed")),
        not (single.get("move") or single.get("help")),
        _context(single.get("context", "")),
    )


def _context(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, max_num_fields=10)
    except ValueError:
        return {}
    return {name: value for name, value in pairs if name in CONTEXT}


def judge_posted(pages: QuizPages, request: Request, lang: Lang, question: Question, posted: Posted) -> QuestionView:
    """The question after a post: moved, refused with what was typed kept, or judged and stored."""
    typed, seed = posted.typed, posted.seed
    if question.kind == "order" and not typed.order:
        order = tuple(option.token for option in present(question, seed).options)
        typed = replace(typed, order=order)
    if not posted.is_answer:
        return view_question(question, lang, seed=seed, typed=typed)
    attempt = read_attempt(typed.attempt, uuid4())
    submission = Submission(question.id, attempt, raw_answer(question, typed), seed, typed.sure, typed.hint)
    try:
        answered = answer_question(pages.desk, read_cookie(request), submission, pages.now())
    except Refusal as refusal:
        return view_question(question, lang, seed=seed, typed=typed, refusal=refusal)
    return view_question(question, lang, seed=seed, typed=typed, answered=answered)


def find_answer(pages: QuizPages, lang: Lang, cookie: str | None, attempt: str) -> QuestionView | None:
    """A stored answer of this learner with what was said of it, if the question is still asked."""

    def look(tx: Transaction) -> Answer | None:
        found = learner.find(tx, cookie)
        return None if found is None else answers.find(tx, found, attempt)

    stored: Any = pages.desk.store.read(look) if is_attempt(attempt) else None
    question = pages.desk.bank.find(stored.question) if stored else None
    return None if question is None else view_answer(pages, lang, question, stored)


def view_answer(pages: QuizPages, lang: Lang, question: Question, stored: Answer) -> QuestionView:
    """A question with a stored answer and what was said of it."""
    answered = Answered(question, stored, verdict_of(pages.desk, question, stored), False, None)
    seed = read_seed(str(stored.seed))
    return view_question(question, lang, seed=seed, typed=_typed(question, stored), answered=answered)


def _typed(question: Question, stored: Answer) -> Typed:
    """A stored answer as what was typed."""
    given = from_stored(question, stored.given)
    typed = Typed(attempt=stored.attempt, sure=stored.sure, hint=stored.hint)
    if question.kind in ("single", "multiple", "suspect") and isinstance(given, tuple):
        return replace(typed, chosen=given)
    if question.kind == "order" and isinstance(given, tuple):
        return replace(typed, order=given)
    if question.kind == "match" and isinstance(given, Mapping):
        return replace(typed, pairs=given)
    if question.kind == "number" and given is not None:
        return replace(typed, number=str(given))
    return typed
