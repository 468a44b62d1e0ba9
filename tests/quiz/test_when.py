"""Days and moments are written as the CLDR has them for en-GB and zh-Hans."""

from datetime import UTC, date, datetime, timedelta

import pytest
from babel.dates import format_date, format_datetime, format_skeleton

from app.content.language import LANGUAGES, Lang
from app.quiz.pages.when import long_day, moment, short_day

LOCALE = {"en": "en_GB", "zh": "zh_Hans"}
YEAR = [date(2026, 1, 1) + timedelta(days) for days in range(0, 365, 3)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_day_is_written_as_babel_writes_it(lang: Lang) -> None:
    assert [short_day(lang, day) for day in YEAR] == [format_skeleton("MMMd", day, locale=LOCALE[lang]) for day in YEAR]
    assert [long_day(lang, day) for day in YEAR] == [format_date(day, "long", locale=LOCALE[lang]) for day in YEAR]


@pytest.mark.parametrize(("lang", "pattern"), [("en", "d MMM y, HH:mm"), ("zh", "y年M月d日 HH:mm")])
def test_a_moment_is_written_as_babel_writes_it(lang: Lang, pattern: str) -> None:
    at = datetime(2026, 9, 5, 14, 5, 9, tzinfo=UTC)
    said = format_datetime(at, pattern, locale=LOCALE[lang])

    assert moment(lang, at) == f'<time datetime="2026-09-05T14:05:09Z">{said} UTC</time>'
    assert moment(lang, round(at.timestamp() * 1000)) == moment(lang, at)
