"""Predict mode in a browser: with JavaScript and without, by keyboard, for everybody."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import AXE, OpenPage
from tests.test_predict import BOTH, ROOMS, asked_steps, right_at, wrong_at

PLAYER = "#w-pod-birth"
FIRST = asked_steps(ROOMS["pod-birth"])[0]
START = f"/en/widgets/pod-birth?step={BOTH}&predict=1"
both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["js", "plain"])


def at_step(page: Page, step: int) -> None:
    expect(page.locator(f"{PLAYER} .say b")).to_have_text(re.compile(rf"^{step} of "))


def choose(page: Page, answers: dict[str, str]) -> None:
    for name, token in answers.items():
        page.check(f'input[name={name}][value="{token}"]')


@both_ways
def test_the_mode_is_switched_on_answered_and_switched_off(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(f"/en/widgets/pod-birth?step={FIRST}", javascript=javascript)

    page.click(f"{PLAYER}-mode")
    expect(page.locator(".predict fieldset")).to_have_count(1)
    expect(page.locator("[data-key=play]")).to_have_count(0)
    choose(page, right_at(FIRST))
    page.click(f"{PLAYER}-predict-send")
    at_step(page, FIRST + 1)
    expect(page.locator(".predicted .good")).to_have_count(1)
    page.click(f"{PLAYER}-mode")

    expect(page.locator(".predict, .predicted")).to_have_count(0)
    expect(page.locator("[data-key=play]")).to_be_visible(visible=javascript)
    assert "predict" not in page.url


@both_ways
def test_each_question_gets_its_verdict_and_it_is_counted(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(START, javascript=javascript)

    choose(page, {"who": right_at(BOTH)["who"], "wrote": wrong_at(BOTH)["wrote"]})
    page.click(f"{PLAYER}-predict-send")
    at_step(page, BOTH + 1)

    expect(page.locator(".predicted p").nth(0)).to_contain_text("Right: ")
    expect(page.locator(".predicted p").nth(1)).to_contain_text("Not this time: ")
    expect(page.locator(f"{PLAYER}-say p")).to_have_count(1)
    kept = page.context.request.get("/api/v1/export").json()["predictions"]
    assert [(one["step"], one["correct"]) for one in kept] == [(BOTH, False)]


@both_ways
def test_without_an_answer_nothing_is_sent(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(START, javascript=javascript)

    page.click(f"{PLAYER}-predict-send")
    page.wait_for_timeout(300)

    at_step(page, BOTH)
    assert page.context.cookies() == []


@both_ways
def test_one_may_go_on_without_answering(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(START, javascript=javascript)

    page.click(f"{PLAYER}-skip")

    at_step(page, BOTH + 1)
    expect(page.locator(".predicted")).to_have_count(0)
    expect(page.locator(".predict")).to_be_visible()
    assert page.context.cookies() == []


def test_it_can_be_done_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page(START)
    page.focus("[data-key=forward]")

    page.keyboard.press("ArrowRight")
    expect(page.locator("input[name=who]").first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=who]").nth(1)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("input[name=wrote]:checked")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator(f"{PLAYER}-predict-send")).to_be_focused()
    page.keyboard.press("Enter")

    at_step(page, BOTH + 1)
    expect(page.locator(".predicted")).to_be_focused()
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)


def test_to_the_last_step_and_again(open_page: OpenPage) -> None:
    """Where nothing is asked, the way on is the arrow."""
    page = open_page("/en/widgets/pod-birth?predict=1&fault=kubelet-down")
    last, asked = int(page.locator(PLAYER).get_attribute("data-last") or 0), []

    for step in range(1, last):
        names = [name for name in ("who", "wrote") if page.locator(f"input[name={name}]").count()]
        for name in names:
            page.locator(f"input[name={name}]").first.check()
        page.click(f"{PLAYER}-predict-send" if names else f"{PLAYER}-forward")
        at_step(page, step + 1)
        if names:
            asked.append(step)
            expect(page.locator(".predicted")).to_be_focused()

    expect(page.locator(".ending")).to_be_visible()
    expect(page.locator(".predict, .predict-none")).to_have_count(0)
    kept = page.context.request.get("/api/v1/export").json()["predictions"]
    assert [one["step"] for one in kept] == asked
    assert 0 < len(asked) < last - 1


def test_in_a_lesson_it_leaves_the_address_alone(open_page: OpenPage) -> None:
    page = open_page("/en/lessons/pod-creation")
    page.locator(f"{PLAYER} select[name=fault]").select_option("none")
    expect(page.locator(f"{PLAYER}-forward")).not_to_have_attribute("href", re.compile("fault="))

    page.click(f"{PLAYER}-mode")
    for step in range(1, FIRST):
        page.click(f"{PLAYER}-forward")
        at_step(page, step + 1)
    choose(page, right_at(FIRST))
    page.click(f"{PLAYER}-predict-send")
    at_step(page, FIRST + 1)

    expect(page.locator(".predicted .good")).to_have_count(1)
    assert page.url.endswith("/en/lessons/pod-creation")


def test_who_goes_on_while_the_mode_is_on_its_way_is_there_when_it_comes(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth")
    held: list[Route] = []
    page.route("**/fragments/**predict=1*", lambda route: route.continue_() if held else held.append(route))

    page.click(f"{PLAYER}-mode")
    page.click(f"{PLAYER}-forward")
    page.click(f"{PLAYER}-forward")
    page.wait_for_timeout(300)
    at_step(page, 1)
    held[0].continue_()

    at_step(page, 3)
    expect(page.locator(f"{PLAYER}-hand[data-predicting]")).to_have_count(1)
    expect(page.locator(f"{PLAYER}-ruler")).to_have_value("3")


def test_predicting_ends_playing(open_page: OpenPage) -> None:
    """Or the next step would show what is asked."""
    page = open_page("/en/widgets/pod-birth")
    page.click("[data-key=play]")
    expect(page.locator(f"{PLAYER}.playing")).to_have_count(1)

    page.click(f"{PLAYER}-mode")

    expect(page.locator(f"{PLAYER}-hand[data-predicting]")).to_have_count(1)
    expect(page.locator(f"{PLAYER}.playing")).to_have_count(0)


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("zh", "dark")])
def test_axe_finds_nothing(open_page: OpenPage, lang: str, theme: str) -> None:
    page = open_page(f"/{lang}/widgets/pod-birth?step={BOTH}&predict=1", theme=theme)
    choose(page, wrong_at(BOTH))
    page.click(f"{PLAYER}-predict-send")
    expect(page.locator(".predicted .bad")).to_have_count(2)
    page.evaluate(AXE)

    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]

    assert [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found] == []


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_runs_out_of_the_page(open_page: OpenPage, lang: str, width: int) -> None:
    page = open_page(f"/{lang}/widgets/pod-birth?step={BOTH}&predict=1", width=width)
    choose(page, wrong_at(BOTH))
    page.click(f"{PLAYER}-predict-send")
    expect(page.locator(".predicted")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
