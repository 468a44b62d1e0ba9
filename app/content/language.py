"""The two languages that everything is said in."""

from typing import Literal

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = ("en", "zh")
HTML_LANG: dict[Lang, str] = {"en": "en", "zh": "zh-Hans"}
NAMES: dict[Lang, str] = {"en": "English", "zh": "中文"}


def other(lang: Lang) -> Lang:
    return "zh" if lang == "en" else "en"


def as_language(text: str | None) -> Lang | None:
    return text if text in LANGUAGES else None
