"""Answers that are made per request: HTML pages, fragments, and problems as RFC 9457 describes them."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

PERSONAL = "private, no-store"
PUBLIC_ON_DEMAND = "public, max-age=300"


class ProblemResponse(JSONResponse):
    """Whatever a client sent can be repeated: half a surrogate pair stands there as JSON writes it, `\\ud800`."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def problem(
    status: int,
    title: str,
    detail: str = "",
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A refusal for programs; `errors` name field, place, reason."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    return ProblemResponse(body, status, headers)


def html(
    body: str, status: int = 200, *, cache_control: str = PERSONAL, more: dict[str, str] | None = None
) -> Response:
    return HTMLResponse(body, status, {"cache-control": cache_control, **(more or {})})


def see_other(url: str) -> Response:
    return RedirectResponse(url, 303, {"cache-control": PERSONAL})


def is_document(headers: Headers) -> bool:
    """Whether a browser asks for this as a page of its own (a fragment opened in a tab, or Back)."""
    return headers.get("sec-fetch-dest") == "document"
