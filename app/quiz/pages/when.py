"""Days and moments as a reader's language writes them. Days are days of UTC, and so is the clock."""

from datetime import UTC, date, datetime

from babel.dates import format_date, format_datetime, format_skeleton

from app.content.language import Lang

_LOCALE = {"en": "en_GB", "zh": "zh_Hans"}


def short_day(lang: Lang, day: date) -> str:
    """`5 Mar`, `3月5日`."""
    return str(format_skeleton("MMMd", day, locale=_LOCALE[lang]))


def long_day(lang: Lang, day: date) -> str:
    """`5 March 2026`, `2026年3月5日`."""
    return format_date(day, "long", locale=_LOCALE[lang])


def moment(lang: Lang, at: datetime | int) -> str:
    """`5 Mar 2026, 14:05 UTC`; a number is milliseconds."""
    when = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else at.astimezone(UTC)
    day = format_datetime(when, "d MMM y" if lang == "en" else "y年M月d日", locale=_LOCALE[lang])
    return f"{day}{', ' if lang == 'en' else ' '}{when:%H:%M} UTC"
