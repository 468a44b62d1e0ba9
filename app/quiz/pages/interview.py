"""The mock interview: questions drawn by a seed, said aloud, compared with a model answer, marked by the rubric."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.content.language import Lang
from app.content.plan import COLLECTIONS, Plan
from app.content.prompts import Prompt
from app.quiz.cookie import read_cookie, send_cookie
from app.quiz.interview import (
    STRONG,
    Marked,
    Marking,
    draw_interview,
    follow_up,
    interview_history,
    mark_interview,
    plan_interview,
)
from app.quiz.pages.drawing import QuizPages
from app.quiz.pages.picture import Columns, columns
from app.quiz.question import new_seed
from app.quiz.view import read_attempt, read_seed
from app.record import dataclass
from app.store.interview import Result
from app.store.review import moment
from app.web.answers import html, is_document, see_other
from app.web.posted import read_parts, text_fields
from app.widgetkit.contract import Refusal

COUNTS = (3, 5, 9)
LEVELS = (1, 2, 3)
LENGTHS = (30, 45, 60)  # minutes
MOST_FOLLOWED = 12  # follow-ups that an address names
READ_BELOW = 0.75  # of the points: below, the section is named to be read
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
    level: int = 0
    minutes: int = 0
    also: tuple[str, ...] = ()
    """The follow-ups that have been asked, in their order."""

    def url(self, lang: Lang, at: int, follow: str = "") -> str:
        return f"/{lang}/interview?{self.query(at, follow)}"

    def query(self, at: int, follow: str = "") -> str:
        return urlencode(self.fields(at, follow))

    def fields(self, at: int, follow: str = "") -> list[tuple[str, str]]:
        """What the address says, also as fields of a form."""
        level = [("level", str(self.level)), ("minutes", str(self.minutes))] if self.level else []
        count = [] if self.level else [("count", str(self.count))]
        subject = [("subject", self.subject)] if self.subject else []
        timer = [("timer", "1")] if self.timer else []
        also = [("also", ",".join(self.also))] if self.also else []
        following = [("follow", follow)] if follow else []
        return [("seed", str(self.seed)), *count, *level, *subject, *timer, *also, ("at", str(at)), *following]

    def with_follow(self, id_: str) -> "Sitting":
        return replace(self, also=(*self.also, id_) if id_ not in self.also else self.also)

    @property
    def fresh(self) -> "Sitting":
        """The same interview for somebody else."""
        return replace(self, also=())


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
    about = [subject] if subject else None
    timer = raw.get("timer") == "1"
    also = tuple(id_ for id_ in raw.get("also", "").split(",")[:MOST_FOLLOWED] if id_ in pages.interviews.by_id)
    level = _small(raw.get("level"), 0, LEVELS[-1], 0)
    if level:
        minutes = _small(raw.get("minutes"), LENGTHS[0], LENGTHS[-1], LENGTHS[0])
        planned = plan_interview(pages.interviews, pages.plans, seed, level, minutes, about)
        return Sitting(seed, count, subject, timer, planned, level, minutes, also)
    prompts = draw_interview(pages.interviews, seed, count, about)
    return Sitting(seed, count, subject, timer, prompts, also=also)


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
        levels=LEVELS,
        lengths=LENGTHS,
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
    follow: str = "",
) -> str:
    prompt = pages.interviews.by_id[follow] if follow else sitting.prompts[at - 1]
    return pages.render(
        "interview/question.html",
        lang,
        prompt=prompt,
        marks=draw_marks(pages, lang, prompt, sitting, at, marked, refusal, follow),
        plan=pages.plans.get(prompt.id, Plan()),
        collections=COLLECTIONS,
        is_follow=bool(follow),
        planned=sum(pages.plans.get(each.id, Plan()).minutes for each in sitting.prompts[: at - 1]),
        is_marked=marked is not None,
        sitting=sitting,
        at=at,
        count=len(sitting.prompts),
        subject=pages.desk.bank.by_slug[prompt.subject],
        path="/interview",
        query=sitting.query(at, follow),
    )


def draw_marks(
    pages: QuizPages,
    lang: Lang,
    prompt: Prompt,
    sitting: Sitting | None,
    at: int,
    marked: Result | None = None,
    refusal: Refusal | None = None,
    follow: str = "",
) -> Markup:
    """The rubric: to be marked, or what was marked, and what an interviewer would ask next."""
    following = _following(pages, sitting, prompt, marked)
    drawn = pages.render(
        "interview/_marks.html",
        lang,
        prompt=prompt,
        context=sitting.fields(at, follow) if sitting else [],
        following=pages.interviews.by_id.get(following),
        follow_url=sitting.with_follow(following).url(lang, at, following) if sitting and following else "",
        is_deeper=marked is not None and marked.score >= STRONG * marked.points,
        next_url=sitting.url(lang, at + 1) if sitting else f"/{lang}/interview",
        is_last=sitting is None or at >= len(sitting.prompts),
        marked=marked,
        attempt=uuid4(),
        problem=pages.say(lang, refusal),
    )
    return Markup(drawn)


def _following(pages: QuizPages, sitting: Sitting | None, prompt: Prompt, marked: Result | None) -> str:
    if sitting is None or marked is None or len(sitting.also) >= MOST_FOLLOWED:
        return ""
    asked = (*(each.id for each in sitting.prompts), *sitting.also, prompt.id)
    following = follow_up(pages.plans, prompt, marked, asked)
    return following if following in pages.interviews.by_id else ""


def end_page(pages: QuizPages, lang: Lang, sitting: Sitting, cookie: str | None) -> str:
    latest = {one.prompt.id: one for one in said_by(pages, cookie)}
    asked = [*sitting.prompts, *(pages.interviews.by_id[id_] for id_ in sitting.also)]
    drawn = [(prompt, latest.get(prompt.id)) for prompt in asked]
    to_read = [
        (prompt, [point for place, point in enumerate(prompt.rubric) if place not in said.result.marked])
        for prompt, said in sorted(
            drawn, key=lambda pair: pair[1].result.score / pair[1].result.points if pair[1] else 1
        )
        if said and said.result.score < READ_BELOW * said.result.points
    ]
    return pages.render(
        "interview/end.html",
        lang,
        drawn=drawn,
        score=sum(said.result.score for _, said in drawn if said),
        points=sum(said.result.points for _, said in drawn if said),
        to_read=to_read,
        headings=pages.headings,
        same_url=sitting.fresh.url(lang, 1),
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
    names = ("seed", "count", "level", "minutes", "subject", "timer", "also", "at", "follow")
    context = {name: fields[name] for name in names if name in fields}
    return _Posted(Marking(id_, attempt, marked, timed), context)


def interview_routes(pages: QuizPages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/{lang}/interview")
    def interview(request: Request, lang: str) -> Response:
        language, cookie, raw = pages.language(lang), read_cookie(request), dict(request.query_params)
        sitting = read_sitting(pages, raw)
        if sitting is None:
            return html(start_page(pages, language, cookie))
        at = _small(raw.get("at"), 1, len(sitting.prompts) + 1, 1)
        if at > len(sitting.prompts):
            return html(end_page(pages, language, sitting, cookie))
        follow = raw.get("follow", "") if raw.get("follow") in pages.interviews.by_id else ""
        id_ = follow or sitting.prompts[at - 1].id
        marked = _result(pages, cookie, id_, raw.get("attempt", ""))
        return html(question_page(pages, language, sitting, at, marked, follow=follow))

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
    follow = posted.marking.prompt if posted.context.get("follow") == posted.marking.prompt else ""
    try:
        marked = _keep(pages, request, posted)
    except Refusal as refusal:
        if sitting is None or posted.marking.prompt not in (sitting.prompts[at - 1].id, follow):
            return see_other(f"/{lang}/interview")
        return html(question_page(pages, lang, sitting, at, refusal=refusal, follow=follow), 422)
    url = f"{sitting.url(lang, at, follow)}&attempt={marked.result.attempt}#marks" if sitting else f"/{lang}/interview"
    response = see_other(url)
    send_cookie(response, request, marked.send_key)
    return response


def _mark_fragment(pages: QuizPages, request: Request, lang: Lang, posted: _Posted) -> Response:
    prompt = pages.interviews.by_id.get(posted.marking.prompt)
    if prompt is None:
        raise HTTPException(404)
    sitting = read_sitting(pages, posted.context)
    at = _small(posted.context.get("at"), 1, len(sitting.prompts) if sitting else 1, 1)
    follow = prompt.id if posted.context.get("follow") == prompt.id else ""
    try:
        marked = _keep(pages, request, posted)
    except Refusal as refusal:
        return html(draw_marks(pages, lang, prompt, sitting, at, refusal=refusal, follow=follow), 422)
    response = html(draw_marks(pages, lang, prompt, sitting, at, marked.result, follow=follow))
    send_cookie(response, request, marked.send_key)
    return response
