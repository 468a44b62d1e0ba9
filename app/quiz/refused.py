"""The one answer to a Refusal for programs: problem details (RFC 9457) with the field, the place and the reason.

    answer_refusals(api, lambda request: words)    # whose sentences tell it

A page that draws a form again with the reason beside the field catches its Refusal itself.
"""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.content.language import Lang, as_language
from app.content.words import Words
from app.kube.refusal import Refusal
from app.quiz.guard import status_of, wait_of
from app.web.answers import PERSONAL, problem

WordsOf = Callable[[Request], Words]


def answer_refusals(api: FastAPI, words_of: WordsOf) -> None:
    """Every Refusal that a route raises is answered in the language of its address, or of `?lang=`."""

    async def refused(request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)
        asked = request.path_params.get("lang") or request.query_params.get("lang")
        return refusal_answer(words_of(request), as_language(asked) or "en", refusal)

    api.add_exception_handler(Refusal, refused)


def refusal_answer(words: Words, lang: Lang, refusal: Refusal) -> Response:
    """422 with the field, the place inside it and the sentence that says what would do; 429 for what was too much."""
    reason = words.text(lang, f"refusal.{refusal.code}", **refusal.values)
    entry: dict[str, Any] = {"field": refusal.field, "code": refusal.code, "reason": reason}
    if refusal.where:
        entry["where"] = refusal.where
    if refusal.line is not None:
        entry["line"] = refusal.line
    place = " ".join(filter(None, [refusal.field, refusal.where]))
    status = status_of(refusal)
    title = "Not acceptable" if status == 422 else "Too many requests"
    headers = {"cache-control": PERSONAL, **wait_of(refusal)}
    return problem(status, title, f"{place}: {reason}" if place else reason, [entry], headers)
