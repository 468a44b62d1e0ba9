"""What is answered where no route answers: a page for readers, problem details for programs."""

import logging
from collections.abc import Callable, Collection
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response

from app.content.language import Lang
from app.web.address import methods_of, other_slash, suggest
from app.web.answers import PERSONAL, html, problem
from app.web.language import language_asked, language_of
from app.web.templates import Templates

CLIENT_LEFT = 499  # who sends a request and is gone before its end; nginx counts it so

log = logging.getLogger("podscope")

TitleOf = Callable[[str, Lang], str]


def answer_errors(api: FastAPI, templates: Templates, pages: Collection[str], title_of: TitleOf) -> None:
    """404 and 405 with what there is, 500 without what broke; `title_of` names a page that is suggested."""

    async def missing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        path = request.scope["path"]
        headers = {name.lower(): value for name, value in (getattr(error, "headers", None) or {}).items()}
        if status == 405:
            headers["allow"] = ", ".join(methods_of(api, pages, request.scope))
        if status == 404 and (other := other_slash(api, pages, request.scope)):
            return RedirectResponse(other, 307, {"cache-control": PERSONAL})
        if path.startswith("/api/"):
            return problem(
                status, str(getattr(error, "detail", "Not found")), f"{request.method} {path}", headers=headers
            )
        if status != 404:
            return problem(status, str(getattr(error, "detail", "Refused")), headers=headers)
        lang = language_of(path) or language_asked(request)
        lede = templates.said(lang, "error.not-found-lede", path=path[:120])
        found = [(url, title_of(url, lang)) for url in suggest(path, lang, list(pages))]
        return html(_error_page(templates, lang, "error.not-found", lede, found), 404)

    async def left(_: Request, __: Exception) -> Response:
        """Nobody reads this answer, but it is counted, and not as a fault of ours."""
        return Response(status_code=CLIENT_LEFT)

    async def broken(request: Request, error: Exception) -> Response:
        path = request.scope["path"]
        log.error("%s %s failed", request.method, path, exc_info=error)
        if path.startswith("/api/"):
            return problem(500, "Something broke on our side")
        lang = language_of(path) or language_asked(request)
        page = _error_page(templates, lang, "error.server", templates.said(lang, "error.server-lede"))
        return html(page, 500)

    api.add_exception_handler(HTTPException, missing)
    api.add_exception_handler(ClientDisconnect, left)
    api.add_exception_handler(Exception, broken)


def _error_page(templates: Templates, lang: Lang, heading: str, lede: str, suggestions: Collection[Any] = ()) -> str:
    return templates.render("error.html", lang, heading=heading, lede=lede, suggestions=suggestions, path="/", query="")
