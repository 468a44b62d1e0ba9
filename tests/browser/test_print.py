"""The whole book on paper: printed by the browser, each lesson begins a page and no heading ends one."""

import re
import unicodedata
from itertools import pairwise

import pytest
from pypdfium2 import PdfDocument

from app.content.language import Lang
from tests.browser.conftest import AXE, OpenPage
from tests.written import known_lessons

LESSONS = known_lessons()
CONTENTS = 5  # sheets before the first lesson
HEADINGS = "document.querySelectorAll('.book :is(h1, h2, h3, h4, summary)')"


def letters(text: str) -> str:
    """A text without white space and hyphens, which a PDF does not keep, and with ligatures as what they stand for."""
    return re.sub(r"[\s\x02-]", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize(
    "path", ["lessons/pod-creation", "lessons/oom-and-qos", "quiz/etcd", "widgets/scheduler-pick", "widgets/oom-score"]
)
def test_what_is_printed_has_nothing_to_press_and_all_of_what_was_typed(open_page: OpenPage, path: str) -> None:
    page = open_page(f"/en/{path}")
    page.emulate_media(media="print")

    pressed = """[...document.querySelectorAll("main :is(button:not(.term), .button, [type=submit])")]
        .filter((each) => each.checkVisibility()).map((each) => each.outerHTML.slice(0, 90))"""
    assert page.evaluate(pressed) == []
    clipped = """[...document.querySelectorAll("main :is(textarea, .desk)")].filter((each) => each.checkVisibility()
        && (each.scrollHeight > each.clientHeight + 2 || each.scrollWidth > each.clientWidth + 2))
        .map((each) => each.name || each.className)"""
    assert page.evaluate(clipped) == []
    size = "(of) => parseFloat(getComputedStyle(document.querySelector(of)).fontSize)"
    if path.startswith("lessons/"):
        assert page.evaluate(size, ".short p") == page.evaluate(size, ".prose > p")


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "paper", "size"), [("en", "Letter", (612, 792)), ("zh", "A4", (595, 842))])
def test_the_book_breaks_where_it_makes_sense(
    open_page: OpenPage, lang: Lang, paper: str, size: tuple[int, int]
) -> None:
    page = open_page(f"/{lang}/print")
    headings = {letters(text) for text in page.evaluate(f"[...{HEADINGS}].map((each) => each.innerText)")} - {""}

    printed = PdfDocument(page.pdf(format=paper))

    assert tuple(map(int, printed[0].get_size())) == size
    texts = [sheet.get_textpage().get_text_bounded().replace("\r", "") for sheet in printed]
    printed.close()
    if lang == "zh" and not re.search(r"[\u4e00-\u9fff]", "".join(texts)):
        pytest.skip("no font here has Chinese letters")
    sheets, last = [letters(text) for text in texts], [letters(text.rstrip().rpartition("\n")[2]) for text in texts]
    assert len(headings) > 100
    assert [n for n, sheet in enumerate(sheets[1:], 2) if not sheet.startswith(str(n))] == []
    bodies = [sheets[0], *(sheet.removeprefix(str(n)) for n, sheet in enumerate(sheets[1:], 2))]
    ends = [(n, body, line.lstrip("+")) for n, (body, line) in enumerate(zip(bodies, last, strict=True), 1)]
    assert [
        (n, body[-60:])
        for n, body, line in ends
        if n > CONTENTS and any(heading.endswith(line) and body.endswith(heading) for heading in headings)
    ] == []
    titles = [letters(lesson.title(lang)) for lesson in LESSONS]
    begins = [
        [n for n, body in enumerate(bodies) if title in body[: len(title) + 60] and n >= CONTENTS] for title in titles
    ]
    assert all(len(each) == 1 for each in begins), begins
    assert all(a < b for (a,), (b,) in pairwise(begins))
    assert all(title in "".join(bodies[1:CONTENTS]) for title in titles), "the contents have every lesson"
    assert all(body for body in bodies), "no sheet is empty"


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "paper"), [("en", "A4"), ("zh", "Letter")])
def test_a_cheat_sheet_is_one_sheet(open_page: OpenPage, lang: Lang, paper: str) -> None:
    page = open_page(f"/{lang}/cheat/{LESSONS[0].slug}")
    for lesson in LESSONS:
        page.goto(f"/{lang}/cheat/{lesson.slug}")
        sheets = PdfDocument(page.pdf(format=paper))
        count = len(sheets)
        sheets.close()

        assert count == 1, lesson.slug


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("zh", "dark")])
def test_axe_finds_nothing_in_the_book(open_page: OpenPage, lang: str, theme: str) -> None:
    page = open_page(f"/{lang}/print", theme=theme)
    page.evaluate(AXE)

    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]

    assert [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found] == []
