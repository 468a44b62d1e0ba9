"""The JSON API of quiz and progress: `/api/v1/quiz`, `/answers`, `/progress`, `/export`, `/import`,
`/learner`.

    app.include_router(api_router(desk))        # desk: app.quiz.answer.Desk

Refusals are 422 `application/problem+json` naming the field, 404 for a subject that does not exist.
Everything of a learner is `private, no-store`. The clock is an argument, for tests.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, JsonValue, StrictBool, StrictInt
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.content.bank import Question, Subject
from app.content.language import LANGUAGES, Lang, as_language
from app.content.source import Source
from app.content.words import Words, load_words
from app.quiz.answer import Answered, Desk, Submission, answer_question
from app.quiz.cookie import clear_cookie, client_of, read_cookie, send_cookie
from app.quiz.guard import status_of, wait_of
from app.quiz.learner import forget
from app.quiz.progress import progress_of, utc_now
from app.quiz.question import SEED_LIMIT, new_seed, present
from app.quiz.transfer import FILE_LIMIT, export_progress, import_progress
from app.web.answers import PERSONAL, PUBLIC_ON_DEMAND, problem
from app.web.posted import json_object, refuse_charset
from app.widgetkit.contract import Form, Refusal
from app.widgetkit.form import read_inputs
from app.widgetkit.routes import self_contained

WORDS = Path(__file__).parent / "words.yaml"
KIT_WORDS = Path(__file__).parent.parent / "widgetkit" / "words.yaml"
ANSWER_LIMIT = 64 << 10
DRAINED = 8 * FILE_LIMIT  # a client reads why a file is refused only after it has sent everything
PROBLEM = "application/problem+json"

Clock = Callable[[], datetime]
Handler = Callable[[Request, bytes], Response]


class AnswerForm(Form):
    """An answer. `answer`: an option id, a list of ids (multiple: any order; order: this order), a number, or
    a map from option ids to target ids (match). `seed` is the one that came with the question."""

    question: str
    attempt: UUID
    answer: JsonValue
    seed: Annotated[StrictInt, Field(ge=0, lt=SEED_LIMIT)] | None = None
    sure: StrictBool = False
    hint: StrictBool = False


class NotFoundError(Exception):
    """There is no such subject."""


def quiz_words() -> Words:
    """The sentences of refusals, ours and those of the kit that reads forms."""
    return load_words(KIT_WORDS) | load_words(WORDS)


def api_router(desk: Desk, clock: Clock = utc_now, words: Words | None = None) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["quiz and progress"])
    said = words or quiz_words()

    def add(method: str, path: str, handler: Handler, summary: str, limit: int = 0, **openapi: Any) -> None:
        router.add_api_route(
            path,
            _endpoint(handler, said, limit),
            methods=[method],
            summary=summary,
            max_body_size=DRAINED if limit == FILE_LIMIT else None,
            responses={422: {"description": "Not acceptable: field and reason", "content": {PROBLEM: {}}}},
            openapi_extra=openapi or None,
        )

    def subjects(request: Request, _: bytes) -> Response:
        lang = _lang(request)
        listed = [describe_subject(subject, lang) for subject in desk.bank.subjects]
        return JSONResponse({"subjects": listed}, headers={"cache-control": PUBLIC_ON_DEMAND})

    def questions(request: Request, _: bytes) -> Response:
        lang, seed = _lang(request), _seed(request)
        subject = desk.bank.by_slug.get(request.path_params["subject"])
        if subject is None:
            raise NotFoundError(request.path_params["subject"])
        kept = PUBLIC_ON_DEMAND if seed is not None else PERSONAL
        chosen = new_seed() if seed is None else seed
        listed = [describe_question(question, chosen, lang) for question in subject.questions]
        return JSONResponse({"questions": listed}, headers={"cache-control": kept})

    def answer(request: Request, body: bytes) -> Response:
        lang = _lang(request)
        form = read_inputs(AnswerForm, json_object(request.headers, body))
        assert isinstance(form, AnswerForm)
        submission = Submission(form.question, form.attempt, form.answer, form.seed, form.sure, form.hint)
        answered = answer_question(desk, read_cookie(request), submission, clock())
        response = JSONResponse(describe_answer(answered, lang), 201 if answered.added else 200)
        send_cookie(response, request, answered.send_key)
        return response

    def progress(request: Request, _: bytes) -> Response:
        seen = progress_of(desk, read_cookie(request), clock())
        counts = {
            slug: {
                "questions": score.questions,
                "answered": score.answered,
                "correct": score.correct,
                "attempts": score.attempts,
            }
            for slug, score in seen.subjects.items()
        }
        return JSONResponse({"subjects": counts, "due": seen.due})

    def export(request: Request, _: bytes) -> Response:
        return JSONResponse(export_progress(desk, read_cookie(request), clock()))

    def import_(request: Request, body: bytes) -> Response:
        refuse_charset(request.headers.get("content-type"))
        imported = import_progress(desk, read_cookie(request), body, client_of(request), clock())
        response = JSONResponse({"added": imported.added, "known": imported.known})
        send_cookie(response, request, imported.send_key)
        return response

    def delete(request: Request, _: bytes) -> Response:
        forget(desk, read_cookie(request))
        response = Response(status_code=204)
        clear_cookie(response, request)
        return response

    add("GET", "/quiz", subjects, "Subjects with questions", parameters=[_LANG])
    add("GET", "/quiz/{subject}", questions, "The questions of a subject", parameters=[_SUBJECT, _LANG, _SEED])
    body = {
        "required": True,
        "content": {"application/json": {"schema": self_contained(AnswerForm.model_json_schema())}},
    }
    add("POST", "/answers", answer, "Answer a question", ANSWER_LIMIT, parameters=[_LANG], requestBody=body)
    add("GET", "/progress", progress, "Scores of this learner")
    add("GET", "/export", export, "Everything of this learner")
    file = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    add("POST", "/import", import_, "Add what was exported", FILE_LIMIT, requestBody=file)
    add("DELETE", "/learner", delete, "Delete everything of this learner")
    return router


def _parameter(where: str, name: str, **schema: Any) -> dict[str, Any]:
    return {"in": where, "name": name, "required": where == "path", "schema": schema}


_LANG = _parameter("query", "lang", type="string", enum=list(LANGUAGES), default="en")
_SEED = _parameter("query", "seed", type="integer", minimum=0, maximum=SEED_LIMIT - 1)
_SUBJECT = _parameter("path", "subject", type="string")


def describe_subject(subject: Subject, lang: Lang) -> dict[str, Any]:
    return {"slug": subject.slug, "title": subject.title.in_(lang), "questions": len(subject.questions)}


def describe_question(question: Question, seed: int, lang: Lang) -> dict[str, Any]:
    """What may be known before answering."""
    shown = present(question, seed)
    described: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind,
        "difficulty": question.difficulty,
        "section": question.section,
        "stem": shown.stem.in_(lang),
        "options": [{"id": option.token, "text": option.text.in_(lang)} for option in shown.options],
        "seed": seed,
    }
    if question.kind == "match":
        described["targets"] = [{"id": target.token, "text": target.text.in_(lang)} for target in shown.targets]
    if question.number:
        described["unit"] = question.number.unit.in_(lang)
    return described


def describe_answer(answered: Answered, lang: Lang) -> dict[str, Any]:
    verdict = answered.verdict
    return {
        "attempt": answered.answer.attempt,
        "question": answered.question.id,
        "correct": verdict.correct,
        "reasons": {token: reason.in_(lang) for token, reason in verdict.reasons.items()},
        "fits": dict(verdict.fits),
        "key": verdict.key.json(),
        "source": describe_source(answered.question.source),
    }


def describe_source(source: Source) -> dict[str, str]:
    return {"id": source.id, "title": source.title, "version": source.version, "url": source.url}


def _endpoint(handler: Handler, words: Words, limit: int) -> Callable[[Request], Awaitable[Response]]:
    """Reads the body up to the limit, runs the handler in a thread, and answers refusals."""

    async def endpoint(request: Request) -> Response:
        try:
            response = await run_in_threadpool(handler, request, await _body(request, limit))
        except Refusal as refusal:
            return _refused(words, as_language(request.query_params.get("lang")) or "en", refusal)
        except NotFoundError as missing:
            return problem(404, "Not found", f"there is no quiz {missing}")
        response.headers.setdefault("cache-control", PERSONAL)
        return response

    return endpoint


def too_long(limit: int) -> Refusal:
    """Why a body of more bytes is refused; only an import may be as long as a file."""
    if limit == FILE_LIMIT:
        return Refusal("import-huge", field="body", limit=limit >> 20)
    return Refusal("form-long", field="body", limit=limit)


async def _body(request: Request, limit: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= limit or limit == 0:
            parts.append(part)
        elif size > DRAINED:
            break
    if size > limit > 0:
        raise too_long(limit)
    return b"".join(parts)


def _refused(words: Words, lang: Lang, refusal: Refusal) -> Response:
    reason = words.text(lang, f"refusal.{refusal.code}", **refusal.values)
    field = refusal.field
    entry: dict[str, Any] = {"field": field, "code": refusal.code, "reason": reason}
    if refusal.where:
        entry["where"] = refusal.where
    status = status_of(refusal)
    title = "Not acceptable" if status == 422 else "Too many requests"
    response = problem(status, title, f"{field}: {reason}" if field else reason, [entry])
    response.headers.update({"cache-control": PERSONAL, **wait_of(refusal)})
    return response


def _lang(request: Request) -> Lang:
    asked = request.query_params.get("lang", "en")
    lang = as_language(asked)
    if lang is None:
        raise Refusal("unknown-lang", field="lang", got=asked[:40])
    return lang


def _seed(request: Request) -> int | None:
    asked = request.query_params.get("seed")
    if asked is None:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 16 and int(asked) < SEED_LIMIT):
        raise Refusal("seed", field="seed", got=asked[:40])
    return int(asked)
