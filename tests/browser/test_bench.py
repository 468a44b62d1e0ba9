"""A calculator on its own page: its button is in the window; its answer stands beside the form, or is said above it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.written import known_rooms

CALCULATORS = ("pod-story", "probe-clock", "quorum", "oom-score")
ALL = [slug for slug, room in known_rooms().items() if room.widget.kind == "calculator"]


def edge(page: Page, selector: str, side: str) -> float:
    return float(page.eval_on_selector(selector, "(element, side) => element.getBoundingClientRect()[side]", side))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("slug", CALCULATORS)
def test_the_button_is_in_the_window_from_the_beginning(open_page: OpenPage, slug: str, lang: str) -> None:
    page = open_page(f"/{lang}/widgets/{slug}", width=1280, height=720)

    assert edge(page, f"#w-{slug}-run", "bottom") <= 720
    expect(page.locator(".to-answer")).to_be_hidden()


@pytest.mark.parametrize("slug", ALL)
def test_what_is_asked_begins_in_the_window(open_page: OpenPage, slug: str) -> None:
    page = open_page(f"/en/widgets/{slug}", width=1280, height=720)
    first = page.locator(
        f"#w-{slug}-form :is(textarea, input:not([type=hidden]), select) >> visible=true"
    ).first.bounding_box()

    assert first
    assert first["y"] <= 0.75 * 720, first
    assert edge(page, ".presets", "right") <= 1280


@pytest.mark.parametrize("slug", CALCULATORS)
def test_on_a_phone_the_answer_is_said_above_the_form(open_page: OpenPage, slug: str) -> None:
    page = open_page(f"/en/widgets/{slug}", width=390, height=844)

    expect(page.locator(".to-answer > :first-child")).to_have_text(page.locator(".result .verdict").first.inner_text())
    assert edge(page, ".to-answer", "bottom") <= 844
    assert edge(page, ".asks", "bottom") <= edge(page, ".result", "top") + 1
    assert edge(page, f"#w-{slug}-run", "bottom") <= edge(page, ".asks", "bottom")


@pytest.mark.parametrize("slug", ALL)
def test_on_a_phone_the_example_that_is_shown_is_in_sight(open_page: OpenPage, slug: str) -> None:
    page = open_page(f"/en/widgets/{slug}", width=390, height=844)
    page.goto(page.locator(".presets a").last.get_attribute("href") or "")
    chosen = page.locator(".presets [aria-current]")
    expect(chosen).to_have_count(1)

    assert edge(page, ".presets [aria-current]", "left") >= 0
    assert edge(page, ".presets [aria-current]", "right") <= 390
    page.locator(".presets a").first.click()
    expect(page.locator(".presets li:first-child [aria-current]")).to_have_count(1)
    page.wait_for_function("document.querySelector('.presets [aria-current]').getBoundingClientRect().left >= 0")


def test_what_to_run_next_is_copied_also_after_another_answer(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-story", width=1280, height=720)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    first = page.locator(".commands code").first
    before = first.inner_text()
    page.locator(".presets a").nth(1).click()
    expect(first).not_to_have_text(before)
    expect(page.locator(".commands li button")).to_have_count(page.locator(".commands li").count())

    page.locator(".commands li button").first.click()

    expect(page.locator(".commands li button").first).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == first.inner_text()
    assert page.locator(".commands li button").first.get_attribute("aria-label") == f"Copy: {first.inner_text()}"


@pytest.mark.parametrize("width", [320, 768])
def test_the_head_of_a_page_takes_no_line_for_a_word_or_two(open_page: OpenPage, width: int) -> None:
    page = open_page("/en/", width=width, height=800)

    assert edge(page, ".brand", "top") == edge(page, "#language", "top")
    assert page.eval_on_selector_all(".site nav a", "all => new Set(all.map((each) => each.offsetTop)).size") == 1


@pytest.mark.parametrize(("slug", "width"), [("oom-badness", 390), ("pod-birth", 1280)])
def test_a_row_of_examples_fades_where_it_goes_on(open_page: OpenPage, slug: str, width: int) -> None:
    page = open_page(f"/en/widgets/{slug}", width=width)
    page.evaluate("need()")
    page.wait_for_function("() => window.htmx")
    row, last = page.locator(".presets ul"), page.locator(".presets a").last
    edges = "row => getComputedStyle(row).maskImage.split('rgba(0, 0, 0, 0)').length - 1"
    fades_left = "row => parseFloat(getComputedStyle(row).getPropertyValue('--before')) > 0"
    assert not row.evaluate(fades_left)

    last.click()

    expect(last).to_have_attribute("aria-current", "true")
    assert row.evaluate("row => row.scrollLeft") > 0
    assert row.evaluate(fades_left)
    assert row.evaluate(edges) == 2
    box, edge = last.bounding_box(), row.bounding_box()
    assert box
    assert edge
    assert box["x"] + box["width"] <= edge["x"] + edge["width"] - 24
