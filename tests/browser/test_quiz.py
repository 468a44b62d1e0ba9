"""Answering questions in a browser: by keyboard, without JavaScript, inside a lesson."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.written import known_bank

BANK = known_bank()
SUBJECT = BANK.by_slug["oom-and-qos"]
SINGLE = next(question for question in SUBJECT.questions if question.kind == "single")
ORDER = next(question for question in SUBJECT.questions if question.kind == "order")


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "plain"])
def test_a_choice_is_answered_and_explained(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(f"/en/quiz/{SUBJECT.slug}?question={SINGLE.id}", javascript=javascript)
    right = next(option for option in SINGLE.options if option.right)

    page.check(f"#q-{SINGLE.id}-{right.token}")
    page.click(f"#q-{SINGLE.id}-send")

    expect(page.locator(".judged")).to_have_text("Right.")
    expect(page.locator(".reasons .why")).to_have_count(len(SINGLE.options))


def test_keys_choose_answer_and_go_on(open_page: OpenPage) -> None:
    page = open_page(f"/zh/quiz/{SUBJECT.slug}?question={SINGLE.id}")

    page.keyboard.press("2")
    expect(page.locator(".options input").nth(1)).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator(".judged")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator(".judged")).to_have_count(0)
    assert f"question={SINGLE.id}" not in page.url


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "plain"])
def test_an_order_is_sorted_by_buttons(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(f"/en/quiz/{SUBJECT.slug}?question={ORDER.id}", javascript=javascript)
    wanted = [option.token for option in ORDER.options]

    for place, token in enumerate(wanted):
        for _ in range(len(wanted)):
            order = (page.locator("input[name=order]").get_attribute("value") or "").split(",")
            if order.index(token) <= place:
                break
            page.click(f"#q-{ORDER.id}-{token}-up")
            expect(page.locator("input[name=order]")).not_to_have_value(",".join(order))
    page.click(f"#q-{ORDER.id}-send")

    expect(page.locator(".judged")).to_have_text("Right.")


def test_a_lesson_counts_its_answers_without_being_another_page(open_page: OpenPage) -> None:
    page = open_page(f"/en/lessons/{SUBJECT.slug}")
    question = page.locator("[data-question]:has(input[type=radio])").first
    question.locator("input[type=radio]").first.check()

    question.locator("[id$=-send]").click()

    expect(page.locator(".judged")).to_have_count(1)
    assert page.url.endswith(f"/en/lessons/{SUBJECT.slug}")
    page.goto("/en/progress")
    expect(page.locator(".lede")).to_contain_text("1 of")


def test_an_order_can_be_dragged(open_page: OpenPage) -> None:
    page = open_page(f"/en/quiz/{SUBJECT.slug}?question={ORDER.id}")
    before = order_of(page)
    first = page.locator(".ordering > li").first.bounding_box()
    assert first

    page.locator(".ordering > li .text").last.hover()
    page.mouse.down()
    page.mouse.move(first["x"] + 60, first["y"] + first["height"] * 2)
    page.mouse.move(first["x"] + 60, first["y"] + 5, steps=4)
    page.mouse.up()

    assert order_of(page) == [before[-1], *before[:-1]]
    expect(page.locator(".ordering > li").first.locator("button").first).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#status")).to_contain_text(f"is now number 1 of {len(before)}.")


@pytest.mark.parametrize(("at", "moves"), [(".grip", True), (".text", False)], ids=["grip", "words"])
def test_a_finger_drags_at_the_grip_and_scrolls_elsewhere(open_page: OpenPage, at: str, moves: bool) -> None:
    page = open_page(f"/en/quiz/{SUBJECT.slug}?question={ORDER.id}", width=390)
    before = order_of(page)
    page.locator(".ordering").scroll_into_view_if_needed()
    start, end = (page.locator(f".ordering > li {at}").nth(place).bounding_box() for place in (0, 2))
    assert start
    assert end
    x, y, to = start["x"] + 10, start["y"] + start["height"] / 2, end["y"] + end["height"] - 2
    finger = page.context.new_cdp_session(page)

    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        point = {"x": x, "y": y + (to - y) * step / 10}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    expect(page.locator(".held")).to_have_count(0)
    assert order_of(page) == ([*before[1:3], before[0], *before[3:]] if moves else before)


def test_an_order_is_sorted_by_keyboard_and_the_focus_stays(open_page: OpenPage) -> None:
    """Also at the end, where the button has nothing more to do."""
    page = open_page(f"/zh/quiz/{SUBJECT.slug}?question={ORDER.id}")
    before = order_of(page)
    up = page.locator(f"#q-{ORDER.id}-{before[1]}-up")
    up.focus()

    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    assert order_of(page) == [before[1], before[0], *before[2:]]
    expect(up).to_be_focused()
    expect(page.locator("#status")).to_contain_text(f"现在排在第 1 位，共 {len(before)} 位。")


def order_of(page: Page) -> list[str]:
    """What would be sent, which is also what is seen."""
    seen = page.locator(".ordering > li").evaluate_all("all => all.map(each => each.dataset.token)")
    assert page.locator("input[name=order]").input_value() == ",".join(seen)
    return [str(token) for token in seen]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_keys_are_told_only_where_a_script_hears_them(open_page: OpenPage, lang: str) -> None:
    for javascript in (True, False):
        keys = open_page(f"/{lang}/quiz/pod-creation", javascript=javascript).locator(".keys")
        expect(keys).to_be_visible(visible=javascript)
