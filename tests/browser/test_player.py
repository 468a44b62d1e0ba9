"""The sequence player in the four modes: JavaScript or not, motion or reduced."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

PLAYER = "#w-pod-birth"
modes = pytest.mark.parametrize(
    ("javascript", "motion"),
    [(True, "move"), (True, "reduce"), (False, "move"), (False, "reduce")],
    ids=["js-motion", "js-reduced", "plain-motion", "plain-reduced"],
)


def at_step(page: Page, step: int) -> None:
    expect(page.locator(f"{PLAYER} .say b")).to_have_text(re.compile(rf"^{step} of "))


@modes
def test_steps_forward_back_and_by_jump(open_page: OpenPage, javascript: bool, motion: str) -> None:
    page = open_page("/en/widgets/pod-birth", javascript=javascript, motion=motion)

    page.click("[data-key=forward]")
    at_step(page, 2)
    page.click("[data-key=last]")
    last = page.locator(".ruler li").count()
    at_step(page, last)
    page.click("[data-key=back]")
    at_step(page, last - 1)
    assert f"step={last - 1}" in page.url


@modes
def test_a_fault_changes_the_story(open_page: OpenPage, javascript: bool, motion: str) -> None:
    page = open_page("/en/widgets/pod-birth", javascript=javascript, motion=motion)

    page.select_option("select[name=fault]", "scheduler-down")
    if not javascript:
        page.click("#w-pod-birth-run")
    expect(page.locator(f"{PLAYER} .wide .actor.scheduler")).to_have_class(re.compile("down"))
    page.click("[data-key=last]")

    expect(page.locator(f"{PLAYER} .ending")).to_be_visible()
    assert "fault=scheduler-down" in page.url


def test_it_plays_to_the_end_by_itself_and_pauses(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?speed=2")

    page.click("[data-key=play]")
    at_step(page, 3)
    page.click("[data-key=play]")
    expect(page.locator("[data-key=play]")).to_have_text("Play")
    held = page.locator(f"{PLAYER} .say b").inner_text()
    page.wait_for_timeout(1600)

    assert page.locator(f"{PLAYER} .say b").inner_text() == held


def test_playing_ends_with_the_last_step(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?fault=scheduler-down&speed=2")
    last = page.locator(".ruler li").count()
    page.goto(f"/en/widgets/pod-birth?fault=scheduler-down&speed=2&step={last - 1}&play=1")

    at_step(page, last)

    expect(page.locator(".tick")).to_have_count(0)
    expect(page.locator("[data-key=play]")).to_have_text("Again")


def test_keys_step_and_keep_the_focus(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth")
    page.focus("[data-key=forward]")

    page.keyboard.press("ArrowRight")
    at_step(page, 2)
    assert page.evaluate("document.activeElement.id") == "w-pod-birth-forward"
    page.keyboard.press("End")
    at_step(page, page.locator(".ruler li").count())
    page.keyboard.press("Home")
    at_step(page, 1)
    page.keyboard.press("ArrowLeft")
    at_step(page, 1)


def test_arrows_in_a_field_stay_there(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth")
    page.focus("select[name=fault]")

    page.keyboard.press("ArrowLeft")

    at_step(page, 1)


@pytest.mark.parametrize(("motion", "moves"), [("move", True), ("reduce", False)])
def test_the_message_moves_only_when_the_reader_wants_motion(open_page: OpenPage, motion: str, moves: bool) -> None:
    page = open_page("/en/widgets/pod-birth", motion=motion)

    names = page.locator(".stage .travel, .stage .wire.on").evaluate_all(
        "moving => moving.map((each) => getComputedStyle(each).animationName)"
    )

    assert names
    assert all(name != "none" for name in names) is moves
    assert any(name != "none" for name in names) is moves


def test_each_step_is_announced_once_as_one_sentence(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth")
    page.evaluate(
        """() => {
            window.said = [];
            const region = document.querySelector('#w-pod-birth-say');
            new MutationObserver(() => {
                if (window.said.at(-1) !== region.innerText) window.said.push(region.innerText);
            }).observe(region, {subtree: true, childList: true, characterData: true});
        }"""
    )

    page.click("[data-key=forward]")
    at_step(page, 2)
    page.click("[data-key=forward]")
    at_step(page, 3)

    said = page.evaluate("window.said")
    assert page.locator("#w-pod-birth-say").get_attribute("role") == "status"
    assert len([text for text in said if text.startswith("2 of")]) == 1
    assert len([text for text in said if text.startswith("3 of")]) == 1


def test_on_a_phone_the_picture_is_another_one(open_page: OpenPage) -> None:
    page = open_page("/zh/widgets/pod-birth", width=390)

    expect(page.locator(f"{PLAYER} svg.tall")).to_be_visible()
    expect(page.locator(f"{PLAYER} svg.wide")).to_be_hidden()
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('svg.tall text')).fontSize)")
    drawn = page.evaluate("document.querySelector('svg.tall').getBoundingClientRect().width / 400")
    assert size * drawn >= 9


def test_a_player_in_a_lesson_leaves_the_address_alone(open_page: OpenPage) -> None:
    page = open_page("/en/lessons/pod-creation")

    page.click("[data-key=forward]")
    at_step(page, 2)

    assert page.url.endswith("/en/lessons/pod-creation")


def test_keys_can_be_shown_and_switched_off(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth")

    page.keyboard.press("?")
    expect(page.locator("[data-keys]")).to_have_attribute("open", "")
    page.uncheck("[data-keys-on]")
    page.reload()
    page.focus("[data-key=forward]")
    page.keyboard.press("ArrowRight")

    at_step(page, 1)


def test_dragging_along_the_ruler_scrubs(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth", height=1400)
    boxes = [page.locator(".ruler a").nth(n).bounding_box() for n in (1, 5)]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box]

    page.mouse.move(*middles[0])
    page.mouse.down()
    page.mouse.move(*middles[1], steps=8)
    page.mouse.up()

    at_step(page, 6)


def test_the_storyboard_shows_every_step(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?view=storyboard")

    expect(page.locator(".boards li")).to_have_count(22)
    expect(page.locator(".boards svg")).to_have_count(22)


def test_two_runs_are_compared_and_part_where_they_differ(open_page: OpenPage) -> None:
    page = open_page("/zh/widgets/pod-birth?fault=scheduler-down&view=compare", javascript=False)

    expect(page.locator(".parting")).to_have_count(1)
    page.select_option("select[name=fault]", "none")
    page.click("#w-pod-birth-run")
    expect(page.locator(".parting")).to_have_count(0)
