"""Search as a page for everybody, as a fragment while one types, and for programs."""

from typing import Any

from fastapi import APIRouter
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.content.language import Lang, as_language
from app.lessons.search.entry import KINDS, Kind
from app.lessons.search.index import LONGEST, Found, Search
from app.web.answers import html, is_document, problem, refusals, see_other
from app.web.templates import Templates
from app.web.turns import taking_turns

FEW = 8  # results while one types


def search_routes(search: Search, templates: Templates) -> APIRouter:
    router = APIRouter()

    @router.get("/{lang}/search", include_in_schema=False)
    @taking_turns
    def search_page(lang: str, q: str = "", kind: str = "") -> Response:
        language, asked = _language(lang), _kind(kind)
        if len(q) > LONGEST:
            return html(_page(templates, language, Found(q[:LONGEST]), asked, too_long=True), 422)
        return html(_page(templates, language, search.find(language, q, asked), asked))

    @router.get("/fragments/{lang}/search", include_in_schema=False)
    @taking_turns
    def search_fragment(request: Request, lang: str, q: str = "") -> Response:
        language = _language(lang)
        if is_document(request.headers):
            return see_other(f"/{language}/search")
        found = Found(q[:LONGEST]) if len(q) > LONGEST else search.find(language, q, limit=FEW)
        return html(_fragment(templates, language, found, too_long=len(q) > LONGEST))

    @router.get("/api/v1/search", tags=["search"], summary="What the site has on some words", responses=refusals(422))
    @taking_turns
    def search_api(q: str, lang: str = "en", kind: str = "") -> Any:
        language = as_language(lang)
        if language is None or len(q) > LONGEST or (kind and _kind(kind) is None):
            errors = [{"field": "q", "reason": f"at most {LONGEST} characters"}] if len(q) > LONGEST else []
            return problem(422, "This search cannot be made", f"lang: en, zh; kind: {', '.join(KINDS)}", errors)
        found = search.find(language, q, _kind(kind))
        return {
            "query": found.query,
            "total": found.total,
            "instead": found.instead,
            "partly": found.partly,
            "results": [
                {"kind": each.entry.kind, "url": each.entry.url, "title": each.entry.title, "where": each.entry.where}
                for each in found.results
            ],
        }

    return router


def _language(lang: str) -> Lang:
    language = as_language(lang)
    if language is None:
        raise HTTPException(404)
    return language


def _kind(text: str) -> Kind | None:
    return next((kind for kind in KINDS if kind == text), None)


def _page(templates: Templates, lang: Lang, found: Found, kind: Kind | None, too_long: bool = False) -> str:
    return templates.render(
        "find/search.html",
        lang,
        found=found,
        kind=kind,
        mark=_marker(found),
        too_long=too_long,
        longest=LONGEST,
        path="/search",
        query="",
    )


def _fragment(templates: Templates, lang: Lang, found: Found, too_long: bool) -> str:
    return templates.render(
        "find/_found.html", lang, found=found, mark=_marker(found), too_long=too_long, longest=LONGEST
    )


def _marker(found: Found) -> Any:
    """Escapes a text and marks in it what was asked for."""

    def mark(text: str) -> Markup:
        if found.marks is None:
            return escape(text)
        pieces, at = [], 0
        for match in found.marks.finditer(text):
            if match[0]:
                pieces += [escape(text[at : match.start()]), Markup("<mark>{}</mark>").format(match[0])]
                at = match.end()
        return Markup("").join([*pieces, escape(text[at:])])

    return mark
