"""Days and moments as a reader's language writes them. Days are days of UTC, and a moment is told in UTC; where there
is a script, moments, and days that are asked for by a moment, are the reader's own.

The names are those of the CLDR for en-GB. Babel knows them too, and keeps 5 MB in every process that asks it.
"""

from datetime import UTC, date, datetime

from markupsafe import Markup

from app.content.language import Lang

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SHORT = {"June": "Jun", "July": "Jul", "September": "Sept"}  # the others have three letters


def short_day(lang: Lang, day: date) -> str:
    """`5 Mar`, `3月5日`."""
    return f"{day.day} {_short(day)}" if lang == "en" else f"{day.month}月{day.day}日"


def long_day(lang: Lang, day: date) -> str:
    """`5 March 2026`, `2026年3月5日`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if lang == "en" else f"{day.year}年{short_day(lang, day)}"


def moment(lang: Lang, at: datetime | int) -> Markup:
    """`5 Mar 2026, 14:05 UTC` as a `time` element; a number is milliseconds."""
    when = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else at.astimezone(UTC)
    day = f"{short_day(lang, when)} {when.year}, " if lang == "en" else f"{long_day(lang, when)} "
    said = f"{day}{when:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(f"{when:%Y-%m-%dT%H:%M:%SZ}", said)


def own_day(lang: Lang, at: datetime, *, short: bool = False) -> Markup:
    """The day of a moment, which a script makes the reader's own."""
    when = at.astimezone(UTC)
    said = (short_day if short else long_day)(lang, when.date())
    return Markup('<span data-day="{}">{}</span>').format(f"{when:%Y-%m-%dT%H:%M:%SZ}", said)


def _short(day: date) -> str:
    name = _MONTHS[day.month - 1]
    return _SHORT.get(name, name[:3])
