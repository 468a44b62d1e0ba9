"""Routes that belong to the site as a whole: its start, the choice of language, the API's page."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.content.language import Lang, as_language
from app.web.answers import PERSONAL, PUBLIC_ON_DEMAND, html, see_other
from app.web.language import COOKIE, language_asked
from app.web.templates import Templates
from app.web.turns import taking_turns

YEAR = 31536000
OWN = ("same-origin", "none")  # of Sec-Fetch-Site: a link of this site, or an address that was typed
DOCS = "/api/docs"


def general_routes(api: FastAPI, templates: Templates, rooms_for: Callable[[Lang], Any]) -> None:
    """`rooms_for` describes the models in a language, for the API's page."""

    @api.get("/", include_in_schema=False)
    async def start(request: Request) -> Response:
        lang = language_asked(request)
        return RedirectResponse(f"/{lang}/", 307, {"cache-control": PERSONAL, "vary": "accept-language, cookie"})

    @api.get("/language/{lang}", include_in_schema=False)
    async def choose_language(request: Request, lang: str, to: str = "/") -> Response:
        language = as_language(lang)
        if language is None:
            raise HTTPException(404)
        is_ours = to == DOCS or (to.startswith(f"/{lang}/") and "\\" not in to)
        answer = see_other(to if is_ours else f"/{lang}/")
        secure = request.scope["scheme"] == "https"
        if request.headers.get("sec-fetch-site", "none") in OWN:  # a page of somebody else chooses for nobody
            answer.set_cookie(COOKIE, language, max_age=YEAR, samesite="lax", path="/", secure=secure)
        return answer

    @api.get("/api/openapi.json", include_in_schema=False)
    @taking_turns
    def document() -> Response:
        return JSONResponse(api.openapi(), headers={"cache-control": PUBLIC_ON_DEMAND})

    @api.get(DOCS, include_in_schema=False)
    @taking_turns
    def api_docs(request: Request, lang: str = "") -> Response:
        language = as_language(lang) or language_asked(request)
        return html(_api_page(api, templates, rooms_for(language), language), more={"vary": "accept-language, cookie"})


def _api_page(api: FastAPI, templates: Templates, rooms: Any, lang: Lang) -> str:
    calls = [
        {"method": method.upper(), "path": path, "summary": operation.get("summary", "")}
        for path, operations in api.openapi()["paths"].items()
        for method, operation in operations.items()
        if not path.startswith("/api/v1/widgets/")
    ]
    return templates.render("api.html", lang, rooms=rooms, calls=calls, path="/", query="", only=DOCS)
