"""A room's picture of its whole run, `strip.html`: below the stage of every step, and in words as well."""

import re

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from tests.written import known_rooms

STRIPPED = [room for room in known_rooms().values() if (room.folder / "strip.html").exists()]
PAGE = "/{lang}/widgets/{slug}"


def test_only_sequences_have_one() -> None:
    assert STRIPPED
    assert {room.widget.kind for room in STRIPPED} == {"sequence"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_counts_what_is_drawn(site: TestClient, lang: Lang) -> None:
    """Two drawings, and the same numbers as a sentence for those who do not see them."""
    page = site.get(PAGE.format(lang=lang, slug="pod-end"), params={"fault": "no-pre-stop", "step": 9}).text
    race = page.partition('<div class="race">')[2].partition("</div>")[0]
    drawings = re.findall(r"<svg .*?</svg>", race, re.DOTALL)
    numbers = [int(number) for number in re.findall(r"\d+", race.partition('class="counted">')[2].partition("</p>")[0])]

    assert [re.findall(r'viewBox="0 0 (\d+)', drawing) for drawing in drawings] == [["1000"], ["400"]]
    for drawing in drawings:
        came = re.findall(r'<path class="(?:answered|failed)" d="([^"]+)"', drawing)
        failed = re.findall(r'<path class="failed" d="([^"]+)"', drawing)
        assert [sum(path.count("v14") for path in paths) for paths in (came, failed)] == numbers
        assert 'aria-hidden="true"' in drawing
    assert numbers[0] > 0


def test_it_does_not_tell_what_is_to_be_predicted(site: TestClient) -> None:
    shown = site.get(PAGE.format(lang="en", slug="pod-end"), params={"step": 7}).text
    asked = site.get(PAGE.format(lang="en", slug="pod-end"), params={"step": 7, "predict": 1}).text
    other = site.get(PAGE.format(lang="en", slug="pod-birth"), params={"step": 7}).text

    assert ['<div class="race">' in page for page in (shown, asked, other)] == [True, False, False]
