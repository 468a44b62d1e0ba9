"""What a lesson begins with: its bytes, and that its sheet has what is shown before anything is touched."""

import gzip
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import brotli
import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES
from app.place import CONTENT
from app.web import narrow as narrow_module
from app.web.assets import digest, head, later, script, small
from app.web.flush import flush
from app.web.narrow import narrow, seen
from tests.conftest import ROOT

CSS = ROOT / "static" / "css"
CLASS = re.compile(r"\.([A-Za-z][\w-]*)")
SHARED = {"button", "plain", "send"}  # which questions and models both use, for the same
TEMPLATES = [*(ROOT / "templates" / "widget").glob("*.html"), *(ROOT / "app" / "widgets").glob("*/*.html")]


def selectors(path: Path) -> list[str]:
    """Each selector of a sheet, groups parted."""
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    return [one.strip() for group in re.findall(r"([^{};]+)\{", css) for one in group.split(",")]


LESSONS = [f"/{lang}/lessons/{path.name[3:]}" for lang in LANGUAGES for path in sorted(CONTENT.glob("[0-9][0-9]-*"))]
FIRST = re.compile(r'<link rel="stylesheet" href="([^"]+)"')


def asked_at_first(site: TestClient, lesson: str) -> dict[str, int]:
    """What a browser asks for when a lesson is opened and nothing touched, with the bytes of each answer's body."""
    html = body_of(site, lesson)[0].decode()
    asked = re.findall(r'<script src="([^"]+)"', html) + FIRST.findall(html)
    asked += re.findall(r'<link rel="icon" href="([^"]+\.svg)"', html) + re.findall(r' data-mine="([^"]+)"', html)
    return {address: body_of(site, unescape(address))[1] for address in (lesson, *asked)}


def body_of(site: TestClient, address: str) -> tuple[bytes, int]:
    """The body as it is read and the bytes that it took to send."""
    site.cookies.clear()
    with site.stream("GET", address, headers={"accept-encoding": "gzip, deflate, br, zstd"}) as answer:
        assert answer.status_code == 200, address
        sent = b"".join(answer.iter_raw())
        coding = answer.headers.get("content-encoding")
    return {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding](sent), len(sent)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_first_visit_is_light(site: TestClient, lesson: str) -> None:
    asked = asked_at_first(site, lesson)

    assert len(asked) <= 6, asked
    assert sum(asked.values()) <= 45_000, asked


def test_there_are_all_lessons(site: TestClient) -> None:
    listed = {f"/{lang}{path}" for lang in LANGUAGES for path in re.findall(r'"/en(/lessons/[a-z0-9-]+)"', home(site))}

    assert listed == set(LESSONS)


def home(site: TestClient) -> str:
    return site.get("/en/").text


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_begins_with_rules_of_its_sheet_in_their_order_and_can_have_all(site: TestClient, lesson: str) -> None:
    html = site.get(lesson).text
    (first,), (look,) = FIRST.findall(html), re.findall(r'data-look="([^"]+)"', html)
    begun, whole = (list(rules(site.get(address).text)) for address in (first, look))

    assert first.startswith(f"/static/css/{lesson.rpartition('/')[2]}-first.")
    at = 0
    for rule in begun:
        # Of a list of selectors it may have some.
        at = next(n for n in range(at, len(whole)) if is_part(rule, whole[n])) + 1
    assert len(begun) < len(whole)


Rule = tuple[tuple[str, ...], list[str], str | None]


def rules(css: str) -> Iterator[Rule]:
    for rule in narrow_module._rules(css):
        yield rule.inside, narrow_module._parted(rule.prelude), rule.body


def is_part(one: Rule, other: Rule) -> bool:
    return one[0] == other[0] and one[2] == other[2] and set(one[1]) <= set(other[1])


def test_other_pages_have_the_whole_sheet(site: TestClient) -> None:
    sheet = re.search(r'data-look="([^"]+)"', site.get("/en/lessons/pod-creation").text)
    assert sheet
    for address in ("/en/widgets/pod-birth", "/en/quiz/pod-creation"):
        assert FIRST.findall(site.get(address).text) == [sheet[1]]


PAGE = """<body class="dark"><main id="m"><p class="a b">x<br><i>y</i></p>
<svg><g class="c"/><g class="d"/></svg></main><p class="e">z</p></body>"""


@pytest.mark.parametrize(
    "selector",
    [
        ".a", "p", "#m", ".a.b", "main > .b", "body i", ".a:hover > i", ".a::before", ":root", "*", "[open]",
        ".a:is(.zz, .b)", ":is(.zz, main) .a", ".a:is(p)", "main:has(.a)", ".c ~ .d", ".e", ".zz, .a",
        "i:not(.zz)", "html.js .a", ".made", ".a > .made", ".a:nth-child(2n + 1)", ":where(.zz, p):focus",
        ".d:not(:has(.zz))", ":is(.a, .zz):has(.made)", "main > :is(p, .zz) > i",
    ],
)  # fmt: skip
def test_what_can_match_is_kept(selector: str) -> None:
    page = seen(f'<html class="">{PAGE}</html>', scripts='root.classList.add("js"); box.className = "made";')

    assert narrow(f"@layer x {{{selector} {{color: red}}}}", page).startswith("@layer x{")


@pytest.mark.parametrize(
    "selector",
    [
        ".zz", ".a .b", ".a > .e", "p.c", ".e i", "main .e", ".b:is(.zz, .c)", ":is(.zz, .e) i", "main:has(.zz)",
        ".zz + .a", "#n", "textarea", ".made .zz",
    ],
)  # fmt: skip
def test_what_cannot_match_is_left_out(selector: str) -> None:
    page = seen(f'<html class="">{PAGE}</html>', scripts='root.classList.add("js"); box.className = "made";')

    assert narrow(f"{selector} {{color: red}}", page).strip() == ""


def test_what_stands_in_a_rule_stays_in_it() -> None:
    css = (
        "@layer a, b;@layer a {.a{margin: 0}.zz{margin: 0}@media (width > 3px) {.zz{top: 0}}}"
        "@layer b {@media print {.b, .zz{animation: go 1s}}@keyframes go {from{top: 0}}@keyframes no {from{top: 0}}}"
    )

    assert narrow(css, seen(PAGE)) == (
        "@layer a, b;@layer a{.a{margin: 0}}@layer b{@media print{.b{animation: go 1s}}@keyframes go{from{top: 0}}}\n"
    )


def test_the_small_scripts_are_of_the_sources_as_they_stand() -> None:
    folder = ROOT / "static" / "js"
    for name, source in (("head", head(folder)), ("page", script(folder)), ("later", later(folder))):
        assert small(folder, name, source) != source, f"{name}: run `make scripts`"


def test_scripts_that_are_not_of_the_sources_are_not_served(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "page.js").write_text(f"// {digest('old')}\nold();\n")

    assert small(tmp_path, "page", "new();") == "new();"
    assert small(tmp_path, "page", "old") == "old();\n"


def test_a_page_without_indents_says_the_same() -> None:
    page = "<ul>\n    <li>a\n      <b>b</b></li>\n</ul>\n<pre>\n  <i>c</i>\n  d</pre>\n\n  <p>e</p>"

    assert flush(page) == "<ul><li>a\n<b>b</b></li></ul>\n<pre>\n  <i>c</i>\n  d</pre>\n<p>e</p>"


def test_glyphs_that_a_lesson_does_not_use_come_with_what_may_need_them(site: TestClient) -> None:
    html = site.get("/en/lessons/scheduler").text
    used = set(re.findall(r'href="#(g-[a-z]+)"', html))
    come = re.search(r'data-later="([^"]+)"', html)
    assert come

    assert set(re.findall(r'<symbol id="([^"]+)"', html)) == used
    every = set(re.findall(r'<symbol id="([^"]+)"', home(site)))
    assert used < every == set(re.findall(r'<symbol id=\\"([^"]+)\\"', site.get(come[1]).text))


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
