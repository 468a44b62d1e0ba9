"""Which language a reader gets first."""

import re

from babel.core import negotiate_locale

from app.content.language import LANGUAGES, Lang, as_language

COOKIE = "lang"
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?")


def negotiate(accept_language: str) -> Lang:
    """The best of our languages for an Accept-Language header; English when none of them is wanted."""
    chosen = negotiate_locale(_by_quality(accept_language), LANGUAGES, sep="-")
    return as_language(chosen and chosen[:2].lower()) or "en"


def _by_quality(header: str) -> list[str]:
    ranked = []
    for position, part in enumerate(header[:500].split(",")):
        name, _, parameter = part.strip().partition(";")
        quality = parameter.strip().removeprefix("q=")
        ranked.append((-_quality(quality), position, name.strip()))
    return [name.partition("-")[0] for weight, _, name in sorted(ranked) if name and weight < 0]


def _quality(text: str) -> float:
    """A weight as RFC 9110 (section 12.4.2) writes it; what is none counts as not wanted."""
    if not text:
        return 1.0
    return float(text) if _WEIGHT.fullmatch(text) else 0.0
