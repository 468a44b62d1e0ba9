"""Reading a lesson: compact models, contents, sources where they are cited, code to copy, the other language."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.written import known_lessons

LESSONS = known_lessons()
LESSON = "oom-and-qos"
MOST = {1280: 700, 390: 900}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", MOST)
def test_a_model_in_a_lesson_is_compact(open_page: OpenPage, width: int, lang: str) -> None:
    page = open_page(f"/{lang}/lessons/{LESSON}", width=width)
    tall = {}
    for lesson in LESSONS:
        page.goto(f"/{lang}/lessons/{lesson.slug}")
        heights = page.evaluate("[...document.querySelectorAll('.calc')].map(e => [e.id, e.offsetHeight])")
        tall |= {name: height for name, height in heights if height > MOST[width]}

    assert tall == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", MOST)
def test_the_cluster_stays_compact_whatever_is_switched_off(open_page: OpenPage, width: int, lang: str) -> None:
    page = open_page(f"/{lang}/lessons/components", width=width)
    boxes = "#w-cluster-map .map a:has(.actor)"
    verdict = page.locator("#w-cluster-map .verdict").first
    tall = {}
    count = page.locator(boxes).filter(visible=True).count()
    assert count > 8
    for place in range(count):
        box = page.locator(boxes).filter(visible=True).nth(place)
        name, before = box.locator("text").first.text_content(), verdict.text_content()
        box.locator("rect").first.click()
        expect(verdict).not_to_have_text(before or "")
        height = page.evaluate("document.querySelector('#w-cluster-map').offsetHeight")
        tall |= {name: height} if height > MOST[width] else {}

    assert tall == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_beside_a_picture_the_column_is_used(open_page: OpenPage, lang: str) -> None:
    """What stands beside the picture of a compact model ends in its lower half, or below it."""
    page = open_page(f"/{lang}/lessons/{LESSON}")
    empty, looked = {}, 0
    for lesson in LESSONS:
        page.goto(f"/{lang}/lessons/{lesson.slug}")
        for name, words, picture in page.evaluate(
            """() => [...document.querySelectorAll(".brief .result:has(> :is(svg.drawing, figure))")].map((result) => {
                const top = result.getBoundingClientRect().top;
                const low = (each) => each.getBoundingClientRect().bottom - top;
                const picture = result.querySelector(":scope > :is(svg.drawing, figure)");
                const beside = [...result.children].filter((each) => each.checkVisibility()
                    && each.getBoundingClientRect().right < picture.getBoundingClientRect().left + 5);
                return [result.id, Math.max(...beside.map(low)), low(picture)];
            })"""
        ):
            looked += 1
            if words < picture / 2:
                empty[lesson.slug, name] = (words, picture)

    assert looked > 8
    assert empty == {}


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_the_list_of_contents_marks_the_section_at_every_width(open_page: OpenPage, width: int) -> None:
    page = open_page(f"/en/lessons/{LESSON}", width=width)
    contents = page.locator(".toc")
    if width < 1024:
        contents.locator("summary").click()
    link = contents.locator("li a").nth(3)

    link.click()

    expect(link).to_have_attribute("aria-current", "true")
    expect(contents.locator("[aria-current]")).to_have_count(1)
    if width < 1024:
        expect(contents.locator("ol")).not_to_be_visible()
        expect(page.locator("#toc-here")).to_have_text(link.text_content() or "")


def test_a_citation_opens_its_source_where_it_stands(open_page: OpenPage) -> None:
    page = open_page(f"/en/lessons/{LESSON}", width=390)
    cited = page.locator(".source a").nth(4)
    cited.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")

    cited.click()

    note = page.locator("#cited")
    expect(note).to_be_visible()
    source = page.locator((cited.get_attribute("href") or "") + " > a").first
    expect(note.locator("a")).to_have_attribute("href", source.get_attribute("href") or "none")
    assert page.evaluate("scrollY") == before
    page.keyboard.press("Escape")
    expect(note).not_to_be_visible()
    expect(cited).to_be_focused()


def test_without_javascript_a_citation_leads_to_its_source_and_back(open_page: OpenPage) -> None:
    page = open_page(f"/en/lessons/{LESSON}", javascript=False)
    cited = page.locator(".source a").nth(4)

    cited.click()
    assert page.url.endswith(cited.get_attribute("href") or "none")
    page.locator(f".backs a[href='#{cited.get_attribute('id')}']").click()

    expect(cited).to_be_in_viewport()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_javascript_a_lesson_is_marked_as_read_where_one_is(open_page: OpenPage, lang: str) -> None:
    page = open_page(f"/{lang}/lessons/{LESSON}", javascript=False, width=390)
    said = page.locator("#read")
    expect(said).to_be_hidden()

    page.click("#reading-mark")

    expect(said).to_be_in_viewport()
    assert page.url.endswith(f"/{lang}/lessons/{LESSON}#read")
    said.click()
    expect(page.locator("#reading")).to_be_in_viewport()


def test_the_other_language_opens_at_the_same_section_with_the_same_inputs(open_page: OpenPage) -> None:
    page = open_page(f"/en/lessons/{LESSON}", width=390)
    page.locator("#w-oom-score .presets a").nth(1).click()
    expect(page.locator("#w-oom-score .presets [aria-current]")).to_have_count(1)
    page.evaluate("document.querySelector('#w-oom-score').scrollIntoView()")
    section = page.locator("#toc-here").text_content()

    page.evaluate("document.getElementById('language').click()")
    page.wait_for_url("**/zh/**")

    expect(page.locator("#w-oom-score .presets [aria-current]")).to_have_count(1)
    expect(page.locator("#w-oom-score .verdict").first).to_be_in_viewport()
    assert section


@pytest.mark.parametrize("width", [390, 1280])
def test_the_other_language_is_at_hand_wherever_one_reads(open_page: OpenPage, width: int) -> None:
    page = open_page(f"/en/lessons/{LESSON}", width=width)
    page.locator(".prose > h2").nth(5).evaluate("heading => heading.scrollIntoView()")
    section = page.locator(".prose > h2").nth(5).get_attribute("id")

    page.locator("a[data-to=zh]").filter(visible=True).last.click()
    page.wait_for_url("**/zh/**")

    expect(page.locator(f"#{section}")).to_be_in_viewport()
    assert page.evaluate("scrollY") > 2000


def test_code_is_copied_without_its_prompts(open_page: OpenPage) -> None:
    page = open_page("/en/lessons/pod-creation")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box = page.locator(".copyable:has(.c-gp)").first

    box.hover()
    box.locator(".copy").click()

    expect(box.locator(".copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    first = box.locator("pre").text_content() or ""
    assert first.startswith("$ ")
    assert copied.split("\n")[0] == first.split("\n")[0].removeprefix("$ ")
    assert "$ " not in copied


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("path", "each", "bar"),
    [("/en/claims", ".judged-claim", ":scope > div"), ("/en/lessons/pod-creation", "table.claims tr.claim", ".today")],
)
def test_the_bar_of_a_claim_has_the_colour_of_its_label(
    open_page: OpenPage, path: str, each: str, bar: str, theme: str
) -> None:
    page = open_page(path, theme=theme)

    colours = page.evaluate(
        """([each, bar]) => [...document.querySelectorAll(each)].map(claim => [
            getComputedStyle(claim.querySelector(bar)).borderInlineStartColor,
            getComputedStyle(claim.querySelector(".stamp")).color])""",
        [each, bar],
    )

    assert len({label for _, label in colours}) == 2
    assert all(bar == label for bar, label in colours)
