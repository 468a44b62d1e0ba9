"""htmx and the player come when they are needed, and nobody notices: what was pressed meanwhile is done."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.written import known_bank

SUBJECT = known_bank().by_slug["oom-and-qos"]
LESSON = f"/en/lessons/{SUBJECT.slug}"
LATER = "**/static/js/later.*.js"


def has_come(page: Page) -> bool:
    return bool(page.evaluate("'htmx' in window"))


def until(page: Page, holds: Callable[[], object]) -> None:
    """Waits until it holds, ten seconds at most; the site's policy forbids to ask in the page itself."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never came")


def hold_back(page: Page) -> list[Route]:
    """The requests for the script, which wait until somebody goes on with them."""
    held: list[Route] = []
    page.route(LATER, lambda route: held.append(route))
    again_for_the_first_time(page)
    return held


def again_for_the_first_time(page: Page) -> None:
    """Loads it once more, for somebody who has not been here: with the second visit the service worker would come."""
    page.evaluate("localStorage.clear()")
    page.reload()


@pytest.mark.parametrize("path", ["/en/", "/zh/glossary", LESSON])
def test_who_only_reads_loads_neither(open_page: OpenPage, path: str) -> None:
    page = open_page(path)
    page.wait_for_load_state("networkidle")

    assert not has_come(page)


def test_a_player_in_the_window_calls_them(open_page: OpenPage) -> None:
    page = open_page("/en/lessons/container-life")

    page.locator("[data-player]").first.scroll_into_view_if_needed()

    until(page, lambda: has_come(page))


def test_what_is_pressed_before_they_are_there_is_done_then(open_page: OpenPage) -> None:
    page = open_page(LESSON)
    held = hold_back(page)

    page.locator(".suspects button").first.click()
    until(page, lambda: held)
    assert page.locator(".suspicion.judged").count() == 0
    held[0].continue_()

    expect(page.locator(".suspicion.judged")).to_be_focused()
    assert page.url.endswith(LESSON)
    assert len(held) == 1


def test_an_input_that_is_changed_before_they_are_there_is_answered_then(open_page: OpenPage) -> None:
    page = open_page("/en/")
    held = hold_back(page)

    page.keyboard.press("/")
    page.keyboard.type("etcd")
    until(page, lambda: held)
    held[0].continue_()

    expect(page.locator("#found a").first).to_be_visible()


def test_where_they_do_not_come_forms_and_links_serve(open_page: OpenPage) -> None:
    page = open_page(LESSON, lost=True)
    page.route(LATER, lambda route: route.abort())
    again_for_the_first_time(page)

    page.locator(".suspects button").first.click()

    page.wait_for_url(re.compile(r"/lessons/oom-and-qos\?attempt="))
    expect(page.locator(".suspicion.judged")).to_be_visible()


def test_what_was_made_of_a_lesson_is_there_after_reload_and_back(open_page: OpenPage) -> None:
    """The chosen example, the step of a sequence and whom one suspects; the address of the page stays what it is."""
    page = open_page(LESSON)
    model = page.locator("#w-oom-badness")
    example = model.locator(".presets a").nth(2)
    example.click()
    expect(example).to_have_attribute("aria-current", "true")
    suspect = page.locator(".suspects button").first
    suspect.click()
    expect(suspect).to_have_attribute("aria-pressed", "true")
    verdict = model.locator(".verdict").text_content() or ""

    for go in (page.reload, lambda: (page.goto("/en/glossary"), page.go_back())):
        go()

        expect(example).to_have_attribute("aria-current", "true")
        expect(model.locator(".verdict")).to_have_text(verdict)
        expect(suspect).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".suspicion.judged")).not_to_be_focused()
        assert page.url.endswith(LESSON)


def test_a_sequence_in_a_lesson_is_at_its_step_after_reload(open_page: OpenPage) -> None:
    page = open_page("/en/lessons/pod-creation")
    hand = page.locator("#w-pod-birth .hand")
    page.locator("#w-pod-birth-forward").click()
    expect(hand).to_have_attribute("data-step", "2")
    page.locator("#w-pod-birth-fault").select_option("image-missing")
    expect(hand).to_have_attribute("data-page", re.compile("fault=image-missing"))
    at = hand.get_attribute("data-page") or ""

    page.reload()

    expect(hand).to_have_attribute("data-page", at)
    page.locator("#w-pod-birth-forward").click()
    expect(hand).to_have_attribute("data-step", "3")


def test_who_made_nothing_of_a_lesson_loads_nothing_again(open_page: OpenPage) -> None:
    page = open_page(LESSON)

    page.reload()

    page.wait_for_timeout(500)
    assert not has_come(page)
