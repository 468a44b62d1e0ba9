"""What is answered where no route answers: a page for readers, problem details for programs."""

import logging
from collections.abc import Callable, Collection
from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response

from app.content.language import Lang
from app.web.address import methods_of, other_slash, suggest
from app.web.answers import PERSONAL, html, problem
from app.web.hands import AGAIN_S, LARGEST, SECONDS, Asgi, Sayings
from app.web.language import language_asked, language_of
from app.web.templates import Templates

CLIENT_LEFT = 499  # who sends a request and is gone before its end; nginx counts it so

log = logging.getLogger("podscope")

TitleOf = Callable[[str, Lang], str]
AGAIN = {"retry-after": str(AGAIN_S)}


def answer_errors(
    api: FastAPI, templates: Templates, pages: Collection[str], title_of: TitleOf, away: type[Exception]
) -> None:
    """404 and 405 with what there is, 500 without what broke; `title_of` names a page that is suggested, `away` is what
    is raised while the database does not answer."""

    async def missing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        path = request.scope["path"]
        said = str(getattr(error, "detail", "Refused"))
        headers = {name.lower(): value for name, value in (getattr(error, "headers", None) or {}).items()}
        if status == 404 and path in pages and request.method not in ("GET", "HEAD"):
            status, said = 405, "Method Not Allowed"
        if status == 405:
            headers["allow"] = ", ".join(methods_of(api, pages, request.scope))
        if status == 404 and (other := other_slash(api, pages, request.scope)):
            return RedirectResponse(other, 307, {"cache-control": PERSONAL})
        if status == 404 and path in pages and request.method == "GET" and "saved" not in request.query_params:
            # A public page has no query but that of a kept link; what mail and social networks hang on an address
            # leads to the page all the same.
            return RedirectResponse(quote(path), 307, {"cache-control": PERSONAL})
        if path.startswith("/api/"):
            return problem(status, said, f"{request.method} {path}", headers=headers)
        if status != 404:
            return problem(status, said, headers=headers)
        lang = language_of(path) or language_asked(request)
        lede = templates.said(lang, "error.not-found-lede", path=path[:120])
        found = [(url, title_of(url, lang)) for url in suggest(path, lang, list(pages))]
        return html(_error_page(templates, lang, "error.not-found", lede, found), 404)

    async def not_acceptable(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [{"field": str(each["loc"][-1]), "reason": str(each["msg"])} for each in error.errors()]
        return problem(422, "Not acceptable", errors=errors, headers={"cache-control": PERSONAL})

    async def left(_: Request, __: Exception) -> Response:
        """Nobody reads this answer, but it is counted, and not as a fault of ours."""
        return Response(status_code=CLIENT_LEFT)

    async def broken(request: Request, error: Exception) -> Response:
        log.error("failed", exc_info=error)
        return told(templates, request, 500, "error.server")

    async def without_database(request: Request, error: Exception) -> Response:
        # What the driver says names a host, but no reader's words; who asked can do nothing but come again.
        log.error("the database does not answer: %s", error)
        return told(templates, request, 503, "error.away", AGAIN)

    api.add_exception_handler(HTTPException, missing)
    api.add_exception_handler(RequestValidationError, not_acceptable)
    api.add_exception_handler(ClientDisconnect, left)
    api.add_exception_handler(away, without_database)
    api.add_exception_handler(Exception, broken)


def told(
    templates: Templates, request: Request, status: int, key: str, headers: dict[str, str] | None = None, **values: Any
) -> Response:
    """What went wrong, in the form in which it was asked: problem details, a page, or a note at the beginning of what
    stays on the reader's page as it was. `key` is of its heading, `key-lede` of what it means and what would do."""
    path = request.scope["path"]
    if not path.startswith("/fragments/") and language_of(path) is None and path != "/":
        heading, lede = templates.said("en", key), templates.said("en", f"{key}-lede", **values)
        return problem(status, heading, lede, headers={"cache-control": PERSONAL, **(headers or {})})
    lang = language_of(path.removeprefix("/fragments")) or language_asked(request)
    heading, lede = key, templates.said(lang, f"{key}-lede", **values)
    if path.startswith("/fragments/"):
        note = templates.render("note.html", lang, heading=heading, lede=lede)
        return html(note, status, more={**(headers or {}), "hx-reswap": "afterbegin"})
    return html(_error_page(templates, lang, heading, lede), status, more=headers)


def sayings(templates: Templates) -> Sayings:
    """What is said where a large request gets no answer from a process."""

    def said(status: int, key: str, headers: dict[str, str] | None, values: dict[str, int], scope: Any) -> Asgi:
        return told(templates, Request(scope), status, key, headers, **values)

    return Sayings(
        too_long=partial(said, 413, "error.long", {"connection": "close"}, {"limit": LARGEST >> 20}),
        busy=partial(said, 503, "error.busy", AGAIN, {"seconds": AGAIN_S}),
        too_much=partial(said, 422, "error.work", None, {"seconds": round(SECONDS)}),
    )


def _error_page(templates: Templates, lang: Lang, heading: str, lede: str, suggestions: Collection[Any] = ()) -> str:
    return templates.render("error.html", lang, heading=heading, lede=lede, suggestions=suggestions, path="/", query="")
