"""Style sheets: what a lesson shows before anything is touched is in the sheet that comes with it."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES
from app.web.assets import MORE, STYLE_ORDER
from tests.conftest import ROOT

CSS = ROOT / "static" / "css"
CLASS = re.compile(r"\.([A-Za-z][\w-]*)")
SHARED = {"button", "plain", "send"}  # which questions and models both use, for the same
WIDER = {"asks", "desk"}  # styled where a model is wider than a lesson ever is
TEMPLATES = [*(ROOT / "templates" / "widget").glob("*.html"), *(ROOT / "app" / "widgets").glob("*/*.html")]


def selectors(path: Path) -> list[str]:
    """Each selector of a sheet, groups parted."""
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    return [one.strip() for group in re.findall(r"([^{};]+)\{", css) for one in group.split(",")]


def styled(names: set[str]) -> set[str]:
    return {name for sheet in names for name in CLASS.findall(" ".join(selectors(CSS / f"{sheet}.css")))}


def leading(names: set[str]) -> set[str]:
    """The classes with which selectors begin: `.numbers .wrong` is about what is in `numbers`."""
    starts = (CLASS.match(one) for sheet in names for one in selectors(CSS / f"{sheet}.css"))
    return {start[1] for start in starts if start}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_lesson_shows_at_first_is_styled_by_what_comes_with_it(site: TestClient, lang: str) -> None:
    late = leading(set(MORE)) - styled(set(STYLE_ORDER) - set(MORE)) - WIDER
    assert {"answer-is", "compared", "rows", "to-answer"} <= late
    lessons = set(re.findall(rf'"(/{lang}/lessons/[a-z0-9-]+)"', site.get(f"/{lang}/").text))
    assert lessons
    for lesson in sorted(lessons):
        page = site.get(lesson).text
        shown = {name for names in re.findall(r'class="([^"]*)"', page) for name in names.split()}
        assert not (shown & late), lesson


def test_later_and_site_have_what_lessons_begin_without(site: TestClient) -> None:
    room = site.get("/en/widgets/pod-birth").text
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', room)
    assert [re.sub(r"\.[0-9a-f]{12}", "", each) for each in sheets] == [
        "/static/css/pod-creation.css",
        "/static/css/later.css",
    ]
    first, later = (site.get(each).text for each in sheets)
    home = re.search(r'<link rel="stylesheet" href="([^"]+)"', site.get("/en/").text)
    assert home is not None
    whole = site.get(home[1]).text
    for name in ("answer-is", "compared", "rows", "to-answer"):
        assert f".{name}" in later
        assert f".{name}" in whole
        assert f".{name}" not in first


def test_a_question_styles_no_class_that_models_use() -> None:
    """Both stand in a lesson: what a question's sheet says of a bare class, it says of a model's as well."""
    used = {
        name
        for path in TEMPLATES
        for names in re.findall(r'class="([^"]*)"', path.read_text(encoding="utf-8"))
        for name in re.findall(r"[A-Za-z][\w-]*", re.sub(r"\{[%{].*?[%}]\}", " ", names))
    }
    for sheet in ("quiz", "quiz-more"):
        bare = {one[1:].partition(":")[0] for one in selectors(CSS / f"{sheet}.css") if re.fullmatch(r"\.[\w-]+", one)}
        assert bare & used <= SHARED, sheet
