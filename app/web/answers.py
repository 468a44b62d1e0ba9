"""Answers that are made per request: HTML pages, fragments, and problems as RFC 9457 describes them."""

from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

PERSONAL = "private, no-store"
PUBLIC_ON_DEMAND = "public, max-age=300"


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def problem(status: int, title: str, detail: str = "", errors: list[dict[str, Any]] | None = None) -> Response:
    """A refusal for programs; `errors` name field, place, reason."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    return ProblemResponse(body, status)


def html(
    body: str, status: int = 200, *, cache_control: str = PERSONAL, more: dict[str, str] | None = None
) -> Response:
    return HTMLResponse(body, status, {"cache-control": cache_control, **(more or {})})


def see_other(url: str) -> Response:
    return RedirectResponse(url, 303, {"cache-control": PERSONAL})


def is_document(headers: Headers) -> bool:
    """Whether a browser asks for this as a page of its own (a fragment opened in a tab, or Back)."""
    return headers.get("sec-fetch-dest") == "document"


async def read_form(request: Request) -> dict[str, str]:
    """The text fields of a posted form; files are not taken. The last of repeated names counts.

    A field of 1 MiB may come as 3 MiB, since a form writes most characters as `%0A`.
    """
    form = await request.form(max_files=0, max_fields=200, max_part_size=1 << 22)
    return {name: value for name, value in form.items() if isinstance(value, str)}
