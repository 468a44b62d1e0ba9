"""Headers that every answer carries, and the rule against requests from foreign pages."""

import re
from typing import Any

from app.web.page import Headers

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types default"
)

SECURITY: Headers = [
    (b"content-security-policy", _POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]
HSTS: Headers = [(b"strict-transport-security", b"max-age=63072000; includeSubDomains")]

_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


def security_headers(https: bool) -> Headers:
    return SECURITY + (HSTS if https else [])


class SecurityHeaders:
    """Pure ASGI: adds the headers to every answer of the application behind it."""

    def __init__(self, app: Any, headers: Headers) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in self._headers if pair[0] not in present),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_foreign(method: str, headers: dict[bytes, bytes]) -> bool:
    """Whether a page of another origin makes this request: Go 1.25's CrossOriginProtection rule.

    Unsafe methods pass when Sec-Fetch-Site says same-origin or none; without that header when Origin equals the
    host; without either (a command-line client) as well.
    """
    if method in _SAFE:
        return False
    site = headers.get(b"sec-fetch-site", b"")
    if site:
        return site not in (b"same-origin", b"none")
    origin = headers.get(b"origin", b"")
    if not origin:
        return False
    return _host_of(origin) != headers.get(b"host", b"").lower()


def _host_of(origin: bytes) -> bytes:
    """Host and port of an origin, compared as bytes: what is no address has none, and is foreign."""
    _, _, rest = origin.partition(b"://")
    return re.split(rb"[/?#]", rest, maxsplit=1)[0].lower()


class CrossOriginProtection:
    """Pure ASGI: answers 403 to what `is_foreign` says."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and is_foreign(scope["method"], dict(scope["headers"])):
            body = b"Refused: this request comes from a page of another site. Open Podscope itself and try again.\n"
            headers = [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
            ]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        await self._app(scope, receive, send)


class BehindHttps:
    """Pure ASGI: readers reach this site over https, whatever the proxy in front of it speaks with us."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["scheme"] = "https"  # not in a copy: whoever measures is told there which route was taken
        await self._app(scope, receive, send)
