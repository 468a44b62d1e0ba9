"""What browsers, search engines and link checkers expect of a site: HEAD, robots.txt, a sitemap, a manifest."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.content.language import HTML_LANG, LANGUAGES, as_language
from app.web.answers import PERSONAL
from app.web.turns import taking_turns

_HOST = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9a-f:.]{2,45}\](:[0-9]{1,5})?", re.I)
_PORT = re.compile(r":[0-9]{1,5}$")
_PAGE = re.compile(rf"/(?:{'|'.join(LANGUAGES)})/[A-Za-z0-9/_.~-]*")
LONGEST_HOST = 260  # with a port
CONTACT_HOLDS = timedelta(days=180)
PERSONAL_PAGES = ("review", "progress", "interview", "search")

MANIFEST = json.dumps(
    {
        "name": "Podscope",
        "short_name": "Podscope",
        "id": "/",
        "start_url": "/",
        "display": "minimal-ui",
        "background_color": "#fbfaf6",
        "theme_color": "#fbfaf6",
        "icons": [
            {"src": "/icon-192.png", "sizes": "192x192", "type": "image/png"},
            {"src": "/icon-512.png", "sizes": "512x512", "type": "image/png"},
        ],
    }
)


def base_of(public_url: str, scheme: str, host: str) -> str:
    """Where the site is reached: as the settings say, else as this request did; "" for what can be no host."""
    if public_url:
        return public_url
    return f"{scheme}://{host}" if _HOST.fullmatch(host) else ""


class Addresses:
    """What a page that was drawn without the site's address says of it as it is asked, where the request's host is one
    of `hosts`: canonical and the same page in each language in a Link header (RFC 8288, RFC 6596), so that pages stay
    the bytes that they were made as. A host in `hosts` without a port is allowed with every port."""

    def __init__(self, hosts: Iterable[str], https: bool) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._https = https

    def link(self, scheme: str, asked: bytes, path: str) -> bytes:
        """The Link header of an answer that is a page; b"" where there is nothing to say."""
        if len(asked) > LONGEST_HOST:
            return b""
        host = asked.decode("latin-1").lower()
        if host not in self._hosts and _PORT.sub("", host) not in self._hosts:
            return b""
        base = base_of("", "https" if self._https else scheme, host)
        return addressed(base, path) if base and _PAGE.fullmatch(path) else b""


class Addressed:
    """Pure ASGI: the Link header of pages that are made when they are asked for."""

    def __init__(self, app: Any, addresses: Addresses) -> None:
        self._app = app
        self._addresses = addresses

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not _PAGE.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def send_addressed(message: Any) -> None:
            is_page = message["type"] == "http.response.start" and message["status"] == 200
            if is_page and _is_html(message["headers"]):
                link = self._addresses.link(scope["scheme"], _host_of(scope), scope["path"])
                more = [(b"link", link)] if link else []
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self._app(scope, receive, send_addressed)


def _host_of(scope: Any) -> bytes:
    """The request's host, b"" for none."""
    return next((value for name, value in scope["headers"] if name == b"host"), b"")


def addressed(base: str, path: str) -> bytes:
    """The Link header of a page: what a page with a public address says in its head."""
    lang, twin = path[1:3], path[3:]
    languages = [(HTML_LANG[each], each) for each in LANGUAGES] + [("x-default", "en")]
    twins = [f'<{base}/{each}{twin}>; rel="alternate"; hreflang="{code}"' for code, each in languages]
    return ", ".join([f'<{base}/{lang}{twin}>; rel="canonical"', *twins]).encode()


def _is_html(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)


def robots(base: str) -> str:
    """Everything may be read but what is made for one reader."""
    own = "".join(f"Disallow: /{lang}/{page}\n" for lang in LANGUAGES for page in PERSONAL_PAGES)
    sitemap = f"\nSitemap: {base}/sitemap.xml\n" if base else ""
    return f"User-agent: *\nDisallow: /fragments/\nDisallow: /language/\n{own}{sitemap}"


def sitemap(base: str, paths: Iterable[str], dates: Mapping[str, date]) -> str:
    """Every public page with its twin in the other language, and with its date, if that is known; `paths` are without
    their language."""
    entries = []
    for path in paths:
        twins = "".join(
            f'<xhtml:link rel="alternate" hreflang="{HTML_LANG[lang]}" href="{escape(base)}/{lang}{path}"/>'
            for lang in LANGUAGES
        )
        twins += f'<xhtml:link rel="alternate" hreflang="x-default" href="{escape(base)}/en{path}"/>'
        changed = f"<lastmod>{dates[path].isoformat()}</lastmod>" if path in dates else ""
        entries += [f"<url><loc>{escape(base)}/{lang}{path}</loc>{changed}{twins}</url>" for lang in LANGUAGES]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        + "\n".join(entries)
        + "\n</urlset>\n"
    )


class HeadAsGet:
    """Pure ASGI: HEAD is answered as GET is, without the body (RFC 9110, section 9.3.2)."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Any) -> None:
            if message["type"] == "http.response.body":
                if message.get("more_body"):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send_without_body)
        finally:
            if "route" in asked:  # for whoever measures
                scope["route"] = asked["route"]


def security_txt(contact: str, base: str, today: date) -> str:
    """Whom to tell of a hole, RFC 9116. It expires, so that a forgotten site names nobody for ever."""
    expires = f"Expires: {today + CONTACT_HOLDS:%Y-%m-%d}T00:00:00Z\n"
    canonical = f"Canonical: {base}/.well-known/security.txt\n" if base.startswith("https://") else ""
    return f"Contact: {contact}\n{expires}Preferred-Languages: en, zh\n{canonical}"


def manner_routes(
    api: FastAPI, public_url: str, paths: tuple[str, ...], dates: Mapping[str, date], security_contact: str = ""
) -> None:
    """What programs and people ask for by custom; `paths` are all pages that lie ready, `dates` their last changes."""
    public = [path[3:] for path in paths if path.startswith("/en/") and path != "/en/offline" and "." not in path]

    def base(request: Request) -> str:
        return base_of(public_url, request.scope["scheme"], request.headers.get("host", ""))

    @api.get("/robots.txt", include_in_schema=False)
    async def robots_txt(request: Request) -> Response:
        return Response(robots(base(request)), headers={"cache-control": PERSONAL}, media_type="text/plain")

    @api.get("/.well-known/security.txt", include_in_schema=False)
    async def whom_to_tell(request: Request) -> Response:
        if not security_contact:
            raise HTTPException(404)
        said = security_txt(security_contact, base(request), datetime.now(UTC).date())
        return Response(said, headers={"cache-control": PERSONAL}, media_type="text/plain")

    @api.get("/sitemap.xml", include_in_schema=False)
    @taking_turns
    def sitemap_xml(request: Request) -> Response:
        if not (at := base(request)):
            raise HTTPException(404)
        return Response(sitemap(at, public, dates), headers={"cache-control": PERSONAL}, media_type="application/xml")

    for name in ("lessons", "quiz"):

        @api.get(f"/{{lang}}/{name}", include_in_schema=False)
        async def questions(lang: str) -> Response:
            language = as_language(lang)
            if language is None:
                raise HTTPException(404)
            return RedirectResponse(f"/{language}/#lessons", 307, {"cache-control": PERSONAL})
