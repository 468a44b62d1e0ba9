"""Days and moments as a reader's language writes them. Days are days of UTC; a moment is told in UTC, and where there
is a script in the reader's own time."""

from datetime import UTC, date, datetime

from babel.dates import format_date, format_datetime, format_skeleton
from markupsafe import Markup

from app.content.language import Lang

_LOCALE = {"en": "en_GB", "zh": "zh_Hans"}


def short_day(lang: Lang, day: date) -> str:
    """`5 Mar`, `3月5日`."""
    return str(format_skeleton("MMMd", day, locale=_LOCALE[lang]))


def long_day(lang: Lang, day: date) -> str:
    """`5 March 2026`, `2026年3月5日`."""
    return format_date(day, "long", locale=_LOCALE[lang])


def moment(lang: Lang, at: datetime | int) -> Markup:
    """`5 Mar 2026, 14:05 UTC` as a `time` element; a number is milliseconds."""
    when = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else at.astimezone(UTC)
    day = format_datetime(when, "d MMM y" if lang == "en" else "y年M月d日", locale=_LOCALE[lang])
    said = f"{day}{', ' if lang == 'en' else ' '}{when:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(f"{when:%Y-%m-%dT%H:%M:%SZ}", said)
