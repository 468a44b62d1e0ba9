"""Where the answers of predict mode are posted: judged by the kit, counted for the learner, the next step shown."""

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.kube.refusal import Refusal
from app.quiz.answer import Desk
from app.quiz.cookie import read_cookie, send_cookie
from app.quiz.prediction import Said, record_prediction
from app.quiz.progress import utc_now
from app.record import dataclass
from app.web.answers import html, see_other
from app.web.posted import read_form
from app.web.templates import Templates
from app.web.turns import in_turn
from app.widgetkit.links import Links
from app.widgetkit.predicting import Predicted, predict
from app.widgetkit.registry import Rooms
from app.widgetkit.routes import address_of, room_asked, state_asked, widget_page
from app.widgetkit.state import ANSWERS, State
from app.widgetkit.view import answer


@dataclass(frozen=True)
class Counted:
    """A prediction that was counted; `send_key` is the cookie to set, or None to leave it."""

    predicted: Predicted
    send_key: str | None


def prediction_routes(desk: Desk, templates: Templates, rooms: Rooms, links: Links) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    async def answered(request: Request) -> State:
        """The state of the query with the answers of the form."""
        if room_asked(rooms, request)[0].widget.kind != "sequence":
            raise HTTPException(404)
        state = await in_turn(state_asked, rooms, links, request)
        posted = await read_form(request)
        answers = {name: posted[name] for name in ANSWERS if posted.get(name)}
        kept = {name: text for name, text in state.player.items() if name not in (*ANSWERS, "play", "view")}
        return replace(state, player={**kept, "predict": "1", **answers})

    async def count(request: Request, state: State) -> Counted:
        """Worked out in turn, but kept in a thread that may wait for the database: no model waits for it."""
        predicted = await in_turn(predict, state)
        said = Said(state.room.slug, predicted.run, predicted.step, predicted.correct)
        key = await run_in_threadpool(record_prediction, desk, read_cookie(request), said, utc_now())
        return Counted(predicted, key)

    async def page(request: Request, state: State) -> Response:
        state = replace(state, embedded=0)
        try:
            counted = await count(request, state)
        except Refusal as refusal:
            return html(*await in_turn(widget_page, templates, rooms, state, refusal))
        response = see_other(f"{counted.predicted.shown.page_url}#w-{state.room.slug}-predicted")
        send_cookie(response, request, counted.send_key)
        return response

    async def fragment(request: Request, state: State) -> Response:
        try:
            counted = await count(request, state)
        except Refusal as refusal:
            drawn = await in_turn(answer, templates, state, refusal)
            return html(drawn.html, drawn.status)
        shown = counted.predicted.shown
        drawn = await in_turn(answer, templates, shown)
        response = html(drawn.html, more=address_of(replace(shown, is_whole=False)))
        send_cookie(response, request, counted.send_key)
        return response

    @router.get("/{lang}/widgets/{slug}/predict")
    async def asked(request: Request) -> Response:
        """Whoever comes here by the address sees the step."""
        return see_other((await in_turn(state_asked, rooms, links, request)).page_url)

    @router.post("/{lang}/widgets/{slug}/predict")
    async def posted(request: Request) -> Response:
        return await page(request, await answered(request))

    @router.post("/fragments/{lang}/widgets/{slug}/predict")
    async def posted_fragment(request: Request) -> Response:
        return await fragment(request, await answered(request))

    return router
