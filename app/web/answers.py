"""Answers that are made per request: HTML pages, fragments, and problems as RFC 9457 describes them."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

PERSONAL = "private, no-store"
PUBLIC_ON_DEMAND = "public, max-age=300"
PROBLEM = "application/problem+json"
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "where": {"type": "string"},
                    "line": {"type": "integer"},
                    "code": {"type": "string"},
                    "reason": {"type": "string"},
                },
                "required": ["field", "reason"],
            },
        },
    },
    "required": ["type", "title", "status"],
}
REFUSED = {
    404: "There is none of this name",
    413: "The body is longer than what is read",
    415: "Not in UTF-8",
    422: "Not acceptable: field, place and reason",
    429: "Too many: Retry-After says when to come again",
    503: "Too much at once, or the database does not answer: Retry-After says when to come again",
}


class ProblemResponse(JSONResponse):
    """Whatever a client sent can be repeated: half a surrogate pair stands there as JSON writes it, `\\ud800`."""

    media_type = PROBLEM

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


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the API's document says of these answers."""
    return {
        status: {"description": REFUSED[status], "content": {PROBLEM: {"schema": PROBLEM_SCHEMA}}}
        for status in statuses
    }


def html(
    body: str, status: int = 200, *, cache_control: str = PERSONAL, more: dict[str, str] | None = None
) -> Response:
    return HTMLResponse(body, status, {"cache-control": cache_control, **(more or {})})


def see_other(url: str) -> Response:
    return RedirectResponse(url, 303, {"cache-control": PERSONAL})


VARY_BY_DOCUMENT = "sec-fetch-dest"
"""What an answer that caches may keep says of itself where `is_document` would have had another."""


def is_document(headers: Headers) -> bool:
    """Whether a browser asks for this as a page of its own (a fragment opened in a tab, or Back)."""
    return headers.get(VARY_BY_DOCUMENT) == "document"
