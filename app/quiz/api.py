"""The JSON API of quiz and progress: `/api/v1/quiz`, `/answers`, `/progress`, `/export`, `/import`,
`/learner`.

    join(app, api_router(desk))        # desk: app.quiz.answer.Desk
    answer_refusals(app, lambda _: quiz_words())

Refusals are 422 `application/problem+json` naming the field (app.quiz.refused), 404 for a subject that does not exist.
Everything of a learner is `private, no-store`. The clock is an argument, for tests.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field, JsonValue, StrictBool, StrictInt, WithJsonSchema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.content.bank import Question, Subject
from app.content.language import LANGUAGES, Lang, as_language
from app.content.source import Source
from app.content.words import Words, load_words
from app.quiz.answer import Answered, Desk, Submission, answer_question
from app.quiz.cookie import clear_cookie, client_of, read_cookie, send_cookie
from app.quiz.learner import forget
from app.quiz.progress import progress_of, utc_now
from app.quiz.question import SEED_LIMIT, new_seed, present
from app.quiz.transfer import IMPORT_LIMIT, ProgressFile, export_progress, import_progress
from app.web.answers import PERSONAL, PUBLIC_ON_DEMAND, problem, refusals
from app.web.posted import json_object, read_body, refuse_charset
from app.web.turns import taking_turns
from app.widgetkit.contract import Form, Refusal
from app.widgetkit.form import read_inputs
from app.widgetkit.routes import as_taken, self_contained

WORDS = Path(__file__).parent / "words.yaml"
KIT_WORDS = Path(__file__).parent.parent / "widgetkit" / "words.yaml"
ANSWER_LIMIT = 64 << 10
DRAINED = 8 * IMPORT_LIMIT  # a client reads why a file is refused only after it has sent everything

Clock = Callable[[], datetime]


class AnswerForm(Form):
    """An answer. `answer`: an option id, a list of ids (multiple: any order; order: this order), a number, or
    a map from option ids to target ids (match). `seed` is the one that came with the question."""

    question: str
    attempt: UUID
    answer: JsonValue
    seed: Annotated[StrictInt, Field(ge=0, lt=SEED_LIMIT)] | None = None
    sure: StrictBool = False
    hint: StrictBool = False


def quiz_words() -> Words:
    """The sentences of refusals, ours and those of the kit that reads forms."""
    return load_words(KIT_WORDS) | load_words(WORDS)


async def asked_lang(lang: Annotated[str, Query(json_schema_extra={"enum": list(LANGUAGES)})] = "en") -> Lang:
    language = as_language(lang)
    if language is None:
        raise Refusal("unknown-lang", field="lang", got=lang[:40])
    return language


_SeedText = Annotated[str | None, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": SEED_LIMIT - 1})]


async def asked_seed(seed: _SeedText = None) -> int | None:
    """The seed as it is written, in digits alone: what Python takes for a number besides would be a second spelling."""
    if seed is None:
        return None
    if not (seed.isascii() and seed.isdigit() and len(seed) <= 16 and int(seed) < SEED_LIMIT):
        raise Refusal("seed", field="seed", got=seed[:40])
    return int(seed)


async def posted_answer(request: Request) -> AnswerForm:
    body = await read_body(request, ANSWER_LIMIT, drained=DRAINED)
    return read_inputs(AnswerForm, json_object(request.headers, body))


async def posted_file(request: Request) -> bytes:
    too_long = Refusal("import-huge", field="body", limit=IMPORT_LIMIT >> 20)
    body = await read_body(request, IMPORT_LIMIT, too_long, DRAINED)
    refuse_charset(request.headers.get("content-type"))
    return body


AskedLang = Annotated[Lang, Depends(asked_lang)]
AskedSeed = Annotated[int | None, Depends(asked_seed)]
PostedAnswer = Annotated[AnswerForm, Depends(posted_answer)]
PostedFile = Annotated[bytes, Depends(posted_file)]


def _json_body(schema: dict[str, Any]) -> dict[str, Any]:
    """The body of a call whose bytes we read ourselves, since our JSON is stricter than the framework's."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _personal(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, {"cache-control": PERSONAL})


POSTED = refusals(413, 415, 422, 429, 503)


def api_router(desk: Desk, clock: Clock = utc_now) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["quiz and progress"])
    _question_calls(router, desk)
    _answer_call(router, desk, clock)
    _learner_calls(router, desk, clock)
    return router


def _question_calls(router: APIRouter, desk: Desk) -> None:
    @router.get("/quiz", summary="Subjects with questions", responses=refusals(422))
    @taking_turns
    def subjects(lang: AskedLang) -> Response:
        listed = [describe_subject(subject, lang) for subject in desk.bank.subjects]
        return JSONResponse({"subjects": listed}, headers={"cache-control": PUBLIC_ON_DEMAND})

    @router.get("/quiz/{subject}", summary="The questions of a subject", responses=refusals(404, 422))
    @taking_turns
    def questions(subject: str, lang: AskedLang, seed: AskedSeed) -> Response:
        if subject not in desk.bank.by_slug:
            return problem(404, "Not found", f"there is no quiz {subject}")
        kept = PUBLIC_ON_DEMAND if seed is not None else PERSONAL
        chosen = new_seed() if seed is None else seed
        listed = [describe_question(question, chosen, lang) for question in desk.bank.by_slug[subject].questions]
        return JSONResponse({"questions": listed}, headers={"cache-control": kept})


def _answer_call(router: APIRouter, desk: Desk, clock: Clock) -> None:
    body = _json_body(as_taken(self_contained(AnswerForm.model_json_schema())))
    answered: dict[int | str, dict[str, Any]] = {
        200: {"description": "This attempt was known: its answer as it was"},
        201: {"description": "Kept", "content": {"application/json": {}}},
    }

    @router.post("/answers", summary="Answer a question", openapi_extra=body, responses={**answered, **POSTED})
    def answer(request: Request, lang: AskedLang, form: PostedAnswer) -> Response:
        submission = Submission(form.question, form.attempt, form.answer, form.seed, form.sure, form.hint)
        answered = answer_question(desk, read_cookie(request), submission, clock())
        response = _personal(describe_answer(answered, lang), 201 if answered.added else 200)
        send_cookie(response, request, answered.send_key)
        return response


def _learner_calls(router: APIRouter, desk: Desk, clock: Clock) -> None:
    """What is kept of a learner: counted, out, in, deleted."""

    @router.get("/progress", summary="Scores of this learner", responses=refusals(503))
    def progress(request: Request) -> Response:
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
        return _personal({"subjects": counts, "due": seen.due})

    in_one = (
        "In one piece. What is more than an import takes (50,000 rows, 16 MiB) the site's page gives as several files."
    )

    @router.get("/export", summary="Everything of this learner", description=in_one, responses=refusals(503))
    def export(request: Request) -> Response:
        return _personal(export_progress(desk, read_cookie(request), clock()))

    file = _json_body(as_taken(self_contained(ProgressFile.model_json_schema())))

    @router.post(
        "/import", summary="Add what was exported", max_body_size=DRAINED, openapi_extra=file, responses=POSTED
    )
    def import_(request: Request, raw: PostedFile) -> Response:
        imported = import_progress(desk, read_cookie(request), raw, client_of(request), clock())
        response = _personal({"added": imported.added, "known": imported.known})
        send_cookie(response, request, imported.send_key)
        return response

    @router.delete("/learner", summary="Delete everything of this learner", status_code=204, responses=refusals(503))
    def delete(request: Request) -> Response:
        forget(desk, read_cookie(request))
        response = Response(status_code=204, headers={"cache-control": PERSONAL})
        clear_cookie(response, request)
        return response


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
