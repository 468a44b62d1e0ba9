"""Which language a reader gets first."""

from babel.core import negotiate_locale
from starlette.requests import Request

from app.content.language import LANGUAGES, Lang, as_language
from app.web.weight import weighed

COOKIE = "lang"


def negotiate(accept_language: str) -> Lang:
    """The best of our languages for an Accept-Language header; English when none of them is wanted."""
    chosen = negotiate_locale(_by_quality(accept_language), LANGUAGES, sep="-")
    return as_language(chosen and chosen[:2].lower()) or "en"


def _by_quality(header: str) -> list[str]:
    wanted = [(name, weight) for name, weight in weighed(header[:500]) if weight > 0]
    return [name.partition("-")[0] for name, _ in sorted(wanted, key=lambda member: -member[1])]


def language_asked(request: Request) -> Lang:
    """The language that a reader chose, else the one that the browser asks for."""
    chosen = as_language(request.cookies.get(COOKIE))
    return chosen or negotiate(request.headers.get("accept-language", ""))


def language_of(path: str) -> Lang | None:
    """The language that an address begins with; `OPTIONS *` has no address at all."""
    return as_language(path.strip("/").partition("/")[0])
