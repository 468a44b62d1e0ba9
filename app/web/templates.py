"""The Jinja environment and what every template may say."""

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.numbers import format_decimal
from jinja2 import BaseLoader, BytecodeCache, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from app.web.assets import Assets
from app.web.language import HTML_LANG, LANGUAGES, NAMES, Lang, other
from app.web.words import Words, inline_markdown

_LOCALE = {"en": "en", "zh": "zh_Hans"}


def format_number(lang: Lang, value: float | int | None) -> str:
    """A number in the reader's locale with grouping and at most 12 significant digits; NaN and infinities by name."""
    if value is None:
        return "–"
    if isinstance(value, float):
        if value != value:
            return "NaN"
        if value in (float("inf"), float("-inf")):
            return "+Inf" if value > 0 else "−Inf"
        if value and not 1e-6 <= abs(value) < 1e15:
            return f"{value:.12g}"
        value = float(f"{value:.12g}")
    text = format_decimal(value, format="#,##0.###############", locale=_LOCALE[lang], decimal_quantization=False)
    return text.replace("-", "−")


@lru_cache(maxsize=8192)
def once(macro: Callable[..., Markup], *arguments: Hashable) -> Markup:
    """What a macro draws for arguments that it may have drawn before; it must depend on nothing else."""
    return macro(*arguments)


class Templates:
    """Renders templates by name; the same functions are there in every one of them.

    `more` finds the rooms' templates, `compiled` keeps what templates were compiled to.
    """

    def __init__(
        self,
        folders: list[Path],
        words: Words,
        assets: Assets,
        more: BaseLoader | None = None,
        compiled: BytecodeCache | None = None,
    ) -> None:
        loaders: list[BaseLoader] = [FileSystemLoader(folders)]
        self._environment = Environment(
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
        self._environment.filters["inline"] = inline_markdown
        self._words = words

    def said(self, lang: Lang, key: str, **values: Any) -> str:
        """One of the site's sentences as plain text."""
        return self._words.text(lang, key, **values)

    def render(self, name: str, lang: Lang, /, words: Words | None = None, **context: Any) -> str:
        """The template in one language. `words` adds a room's or a lesson's own sentences to the site's."""
        said = self._words | words if words else self._words
        return self._environment.get_template(name).render(
            lang=lang,
            other_lang=other(lang),
            html_lang=HTML_LANG[lang],
            t=partial(said.html, lang),
            plain=partial(said.text, lang),
            has=said.__contains__,
            number=partial(format_number, lang),
            **context,
        )


def attributes(pairs: Mapping[str, str | None]) -> Markup:
    """HTML attributes from a mapping; those that are None are left out."""
    return Markup(" ".join(f'{name}="{escape(value)}"' for name, value in pairs.items() if value is not None))
