"""The mock interview: questions drawn by a seed, said aloud, compared with a model answer, marked by the rubric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.content.language import Lang
from app.content.prompts import Prompt
from app.quiz.cookie import read_cookie, send_cookie
from app.quiz.interview import Marked, Marking, draw_interview, interview_history, mark_interview
from app.quiz.pages.drawing import QuizPages
from app.quiz.pages.picture import Columns, columns
from app.quiz.question import new_seed
from app.quiz.view import read_attempt, read_seed
from app.store.interview import Result
from app.store.review import moment
from app.web.answers import html, is_document, see_other
from app.web.posted import read_parts, text_fields
from app.widgetkit.contract import Refusal

COUNTS = (3, 5, 9)
SHOWN = 24  # results in the picture and its table
ROOM = 14  # fewer results do not get broader columns


@dataclass(frozen=True)
class Sitting:
    """One interview: what its address says."""

    seed: int
    count: int
    subject: str
    timer: bool
    prompts: Sequence[Prompt]

    def url(self, lang: Lang, at: int) -> str:
        return f"/{lang}/interview?{self.query(at)}"

    def query(self, at: int) -> str:
        return urlencode(self.fields(at))

    def fields(self, at: int) -> list[tuple[str, str]]:
        """What the address says, also as fields of a form."""
        subject = [("subject", self.subject)] if self.subject else []
        timer = [("timer", "1")] if self.timer else []
        return [("seed", str(self.seed)), ("count", str(self.count)), *subject, *timer, ("at", str(at))]


@dataclass(frozen=True)
class Said:
    """A result as it is shown: which question, how much of the rubric, when."""

    prompt: Prompt
    result: Result

    @property
    def at(self) -> datetime:
        return moment(self.result.at_ms)

    @property
    def minutes(self) -> str:
        seconds = self.result.seconds
        return "" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"


def read_sitting(pages: QuizPages, raw: Mapping[str, str]) -> Sitting | None:
    """The interview that an address describes; None when it describes none."""
    if "seed" not in raw:
        return None
    subject = raw.get("subject", "") if raw.get("subject") in pages.desk.bank.by_slug else ""
    count = _small(raw.get("count"), COUNTS[0], COUNTS[-1], COUNTS[1])
    seed = read_seed(raw["seed"])
    prompts = draw_interview(pages.interviews, seed, count, [subject] if subject else None)
    return Sitting(seed, count, subject, raw.get("timer") == "1", prompts)


def _small(text: str | None, least: int, most: int, otherwise: int) -> int:
    """A number of one or two digits within the bounds."""
    if text and text.isascii() and text.isdigit() and len(text) < 3:
        return min(max(int(text), least), most)
    return otherwise


def said_by(pages: QuizPages, cookie: str | None) -> list[Said]:
    """All results whose question is still asked, the oldest first."""
    known = pages.interviews.by_id
    return [
        Said(known[result.question], result)
        for result in interview_history(pages.desk, cookie)
        if result.question in known
    ]


def over_time(said: Sequence[Said]) -> Columns:
    """Each result as a column of a full height of 100 %."""
    shares = [round(100 * one.result.score / one.result.points) for one in said]
    return columns(((100, share) for share in shares), top=100, least=ROOM)


def start_page(pages: QuizPages, lang: Lang, cookie: str | None) -> str:
    said = said_by(pages, cookie)[-SHOWN:]
    return pages.render(
        "interview/start.html",
        lang,
        subjects=[subject for subject in pages.desk.bank.subjects if _asks(pages, subject.slug)],
        counts=COUNTS,
        said=said,
        picture=over_time(said),
        fills=len(said) >= ROOM,
        prompts=len(pages.interviews.prompts),
        path="/interview",
    )


def _asks(pages: QuizPages, subject: str) -> bool:
    return any(prompt.subject == subject for prompt in pages.interviews.prompts)


def question_page(
    pages: QuizPages,
    lang: Lang,
    sitting: Sitting,
    at: int,
    marked: Result | None = None,
    refusal: Refusal | None = None,
) -> str:
    prompt = sitting.prompts[at - 1]
    return pages.render(
        "interview/question.html",
        lang,
        prompt=prompt,
        marks=draw_marks(pages, lang, prompt, sitting, at, marked, refusal),
        is_marked=marked is not None,
        sitting=sitting,
        at=at,
        count=len(sitting.prompts),
        subject=pages.desk.bank.by_slug[prompt.subject],
        path="/interview",
        query=sitting.query(at),
    )


def draw_marks(
    pages: QuizPages,
    lang: Lang,
    prompt: Prompt,
    sitting: Sitting | None,
    at: int,
    marked: Result | None = None,
    refusal: Refusal | None = None,
) -> Markup:
    """The rubric: to be marked, or what was marked."""
    drawn = pages.render(
        "interview/_marks.html",
        lang,
        prompt=prompt,
        context=sitting.fields(at) if sitting else [],
        next_url=sitting.url(lang, at + 1) if sitting else f"/{lang}/interview",
        is_last=sitting is None or at >= len(sitting.prompts),
        marked=marked,
        attempt=uuid4(),
        problem=pages.say(lang, refusal),
    )
    return Markup(drawn)


def end_page(pages: QuizPages, lang: Lang, sitting: Sitting, cookie: str | None) -> str:
    latest = {one.prompt.id: one for one in said_by(pages, cookie)}
    drawn = [(prompt, latest.get(prompt.id)) for prompt in sitting.prompts]
    return pages.render(
        "interview/end.html",
        lang,
        drawn=drawn,
        score=sum(said.result.score for _, said in drawn if said),
        points=sum(said.result.points for _, said in drawn if said),
        path="/interview",
        query=sitting.query(len(sitting.prompts) + 1),
    )


@dataclass(frozen=True)
class _Posted:
    marking: Marking
    context: Mapping[str, str]


async def _read(request: Request, id_: str) -> _Posted:
    form = await read_parts(request, max_fields=30, max_part_size=1 << 16)
    fields = text_fields(form)
    points = [value for value in form.getlist("point") if isinstance(value, str)]
    marked = tuple(int(point) for point in points if point.isascii() and point.isdigit() and len(point) < 3)
    seconds = fields.get("seconds", "")
    timed = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else None
    attempt: UUID = read_attempt(fields.get("attempt", ""), uuid4())
    names = ("seed", "count", "subject", "timer", "at")
    context = {name: fields[name] for name in names if name in fields}
    return _Posted(Marking(id_, attempt, marked, timed), context)


def interview_routes(pages: QuizPages) -> APIRouter:
    router = APIRouter()

    @router.get("/{lang}/interview")
    def interview(request: Request, lang: str) -> Response:
        language, cookie, raw = pages.language(lang), read_cookie(request), dict(request.query_params)
        sitting = read_sitting(pages, raw)
        if sitting is None:
            return html(start_page(pages, language, cookie))
        at = _small(raw.get("at"), 1, len(sitting.prompts) + 1, 1)
        if at > len(sitting.prompts):
            return html(end_page(pages, language, sitting, cookie))
        id_ = sitting.prompts[at - 1].id
        marked = _result(pages, cookie, id_, raw.get("attempt", ""))
        return html(question_page(pages, language, sitting, at, marked))

    @router.get("/{lang}/interview/begin")
    def begin(request: Request, lang: str) -> Response:
        """A fresh seed for what was chosen, so that the interview has an address."""
        language, raw = pages.language(lang), dict(request.query_params)
        sitting = read_sitting(pages, {**raw, "seed": str(new_seed())})
        assert sitting is not None
        return see_other(sitting.url(language, 1))

    @router.post("/{lang}/interview/{id_}")
    async def mark(request: Request, lang: str, id_: str) -> Response:
        language, posted = pages.language(lang), await _read(request, id_)
        return await run_in_threadpool(_mark, pages, request, language, posted)

    @router.get("/fragments/{lang}/interview/{id_}")
    def marks_fragment(request: Request, lang: str, id_: str) -> Response:
        language, prompt = pages.language(lang), pages.interviews.by_id.get(id_)
        if prompt is None or not is_document(request.headers):
            raise HTTPException(404)
        return see_other(f"/{language}/interview")

    @router.post("/fragments/{lang}/interview/{id_}")
    async def mark_fragment(request: Request, lang: str, id_: str) -> Response:
        language, posted = pages.language(lang), await _read(request, id_)
        return await run_in_threadpool(_mark_fragment, pages, request, language, posted)

    return router


def _result(pages: QuizPages, cookie: str | None, id_: str, attempt: str) -> Result | None:
    """The stored marks of this attempt, if they belong to this question."""
    if not attempt:
        return None
    history = interview_history(pages.desk, cookie)
    return next((one for one in history if one.attempt == attempt and one.question == id_), None)


def _keep(pages: QuizPages, request: Request, posted: _Posted) -> Marked:
    if posted.marking.prompt not in pages.interviews.by_id:
        raise HTTPException(404)
    return mark_interview(pages.desk, pages.interviews, read_cookie(request), posted.marking, pages.now())


def _mark(pages: QuizPages, request: Request, lang: Lang, posted: _Posted) -> Response:
    sitting = read_sitting(pages, posted.context)
    at = _small(posted.context.get("at"), 1, len(sitting.prompts) if sitting else 1, 1)
    try:
        marked = _keep(pages, request, posted)
    except Refusal as refusal:
        if sitting is None or sitting.prompts[at - 1].id != posted.marking.prompt:
            return see_other(f"/{lang}/interview")
        return html(question_page(pages, lang, sitting, at, refusal=refusal), 422)
    url = f"{sitting.url(lang, at)}&attempt={marked.result.attempt}#marks" if sitting else f"/{lang}/interview"
    response = see_other(url)
    send_cookie(response, request, marked.send_key)
    return response


def _mark_fragment(pages: QuizPages, request: Request, lang: Lang, posted: _Posted) -> Response:
    prompt = pages.interviews.by_id.get(posted.marking.prompt)
    if prompt is None:
        raise HTTPException(404)
    sitting = read_sitting(pages, posted.context)
    at = _small(posted.context.get("at"), 1, COUNTS[-1], 1)
    try:
        marked = _keep(pages, request, posted)
    except Refusal as refusal:
        return html(draw_marks(pages, lang, prompt, sitting, at, refusal=refusal), 422)
    response = html(draw_marks(pages, lang, prompt, sitting, at, marked.result))
    send_cookie(response, request, marked.send_key)
    return response
