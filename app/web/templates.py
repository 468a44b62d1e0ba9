"""The Jinja environment and what every template may say."""

import re
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from jinja2 import BaseLoader, BytecodeCache, ChoiceLoader, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from app.content.deeper import section_address
from app.content.language import HTML_LANG, LANGUAGES, NAMES, Lang, other
from app.content.unparted import unparted
from app.content.words import COLON, Words, inline_markdown
from app.kube.digits import grouped
from app.listed import Listed
from app.web.assets import Assets
from app.web.escaping import EscapingEnvironment

SIGNIFICANT = 12  # digits of a number that is no whole one
LONGEST_WHOLE = 300  # digits up to which a whole number is written out


def format_number(value: float | int | Decimal | Fraction | None) -> str:
    """Any number, grouped by thousands as both languages do; NaN and infinities by name.

    Whole numbers are exact (of a float: below 10^15), others have 12 significant digits.
    """
    if value is None:
        return "–"
    if isinstance(value, int):
        # Beyond its limit Python refuses to print a whole number, but not to divide it.
        return _grouped(Decimal(value)) if value.bit_length() <= LONGEST_WHOLE * 3 else _in_powers(value)
    if isinstance(value, Fraction):
        return format_number(value.numerator if value.denominator == 1 else _quotient(value))
    exact = Decimal(value)
    if exact.is_nan():
        return "NaN"
    if exact.is_infinite():
        return "+Inf" if exact > 0 else "−Inf"
    if abs(exact) < _WRITTEN_OUT and exact == int(exact):
        return format_number(int(exact))
    text = f"{value:.12g}"
    return _grouped(Decimal(text)) if _SMALLEST <= abs(exact) < _WRITTEN_OUT else text


_SMALLEST, _WRITTEN_OUT = Decimal("1e-6"), Decimal("1e15")


def _quotient(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _in_powers(value: int) -> str:
    return f"{Decimal(value):.{SIGNIFICANT - 1}e}".replace("-", "−", 1)


def _grouped(value: Decimal) -> str:
    text = f"{value:,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


@lru_cache(maxsize=1024)
def once(macro: Callable[..., Markup], *arguments: Hashable) -> Markup:
    """What a macro draws for arguments that it may have drawn before; it must depend on nothing else."""
    return macro(*arguments)


class Templates:
    """Renders templates by name; the same functions are there in every one of them.

    `more` finds the rooms' templates, `compiled` keeps what templates were compiled to; `public_url` is where the site
    is reached, if that is known.
    """

    def __init__(
        self,
        folders: list[Path],
        words: Words,
        assets: Assets,
        more: BaseLoader | None = None,
        compiled: BytecodeCache | None = None,
        public_url: str = "",
    ) -> None:
        loaders: list[BaseLoader] = [FileSystemLoader(folders)]
        self._environment = EscapingEnvironment(
            loader=ChoiceLoader([*loaders, more] if more else loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=compiled,
            extensions=["jinja2.ext.loopcontrols"],
        )
        self._environment.globals.update(asset=assets.url, once=once, quote=quote, LANGUAGES=LANGUAGES, NAMES=NAMES)
        self._environment.globals.update(PUBLIC_URL=public_url, section_address=section_address)
        self._environment.policies["json.dumps_kwargs"] = {
            "sort_keys": True,
            "ensure_ascii": False,
            "separators": (",", ":"),
        }
        self._environment.filters.update(inline=inline_markdown, breakable=breakable, grouped=grouped, listed=Listed)
        self.words = words
        self._voices: WeakKeyDictionary[Words, Mapping[Lang, Mapping[str, Any]]] = WeakKeyDictionary()

    def said(self, lang: Lang, key: str, **values: Any) -> str:
        """One of the site's sentences as plain text."""
        return self.words.text(lang, key, **values)

    def _voice(self, words: Words | None, lang: Lang) -> Mapping[str, Any]:
        """What is said with in a language: the site's words and those of a room or a lesson, put together once for as
        long as these live."""
        own = words or self.words
        voices = self._voices.get(own)
        if voices is None:
            said = self.words | words if words else self.words
            voices = self._voices[own] = {each: _voice(said, each) for each in LANGUAGES}
        return voices[lang]

    def render(self, name: str, lang: Lang, /, words: Words | None = None, **context: Any) -> str:
        """The template in one language. `words` adds a room's or a lesson's own sentences to the site's."""
        drawn = self._environment.get_template(name).render(**self._voice(words, lang), **context)
        return unparted(drawn, lang) if name.endswith(".html") else drawn


def _voice(said: Words, lang: Lang) -> Mapping[str, Any]:
    return {
        "lang": lang,
        "other_lang": other(lang),
        "html_lang": HTML_LANG[lang],
        "colon": COLON[lang],
        "t": partial(said.html, lang),
        "plain": partial(said.text, lang),
        "has": said.__contains__,
        "number": format_number,
    }


def breakable(address: str) -> Markup:
    """A long address that may go on in another line after its signs and before a capital, rather than inside a word."""
    parts = re.split(r"(?<=[/&,=?:])(?=\w)|(?<=[a-z])(?=[A-Z])", address)
    return Markup("<wbr>").join(parts)


def attributes(pairs: Mapping[str, str | None]) -> Markup:
    """HTML attributes from a mapping; those that are None are left out."""
    return Markup(" ".join(f'{name}="{escape(value)}"' for name, value in pairs.items() if value is not None))
