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
