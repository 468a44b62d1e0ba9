"""The player in the hand: nothing moves between steps, all is in one window and legible, the finger decides."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from app.content.language import LANGUAGES
from tests.browser.conftest import OpenPage
from tests.written import known_rooms

SEQUENCES = [slug for slug, room in known_rooms().items() if room.widget.kind == "sequence"]
SIZES = ((390, 844), (768, 1024), (1280, 720))
FINGER = 20  # px into a button
SMALLEST_PX, CONTRAST = 11, 4.5  # of letters in pictures; WCAG 2.2, 1.4.3

WALK = Path(__file__).with_name("drawn.js").read_text(encoding="utf-8").partition("\n")[2]


@pytest.fixture
def hand(open_page: OpenPage) -> Page:
    return open_page("/en/widgets/", width=390, height=844, touch=True, motion="reduce")


@pytest.mark.parametrize("slug", SEQUENCES)
def test_nothing_moves_all_is_in_sight_and_every_run_ends_under_the_finger(hand: Page, slug: str) -> None:
    """All players, two languages, three widths: every step measured, then scrubbed and tapped with real touches."""
    touch = hand.context.new_cdp_session(hand)
    for width, height in SIZES:
        hand.set_viewport_size({"width": width, "height": height})
        for lang in LANGUAGES:
            hand.goto(f"/{lang}/widgets/{slug}")
            where = f"{slug} {lang} {width}"
            last = int(hand.locator(f"#w-{slug}").get_attribute("data-last") or 0)
            scrub_and_tap(hand, touch, slug, last, where)
            # Letters are measured in both drawings and themes; elsewhere they are the same.
            themes = ["light", "dark"] if lang == "en" and width != 768 else []
            steps = hand.evaluate(WALK, [slug, themes])
            assert len(steps) == last
            assert all(bool(shown["texts"]) is bool(themes) for shown in steps)
            check_steps(steps, height, where)


def check_steps(steps: list[dict[str, Any]], height: int, where: str) -> None:
    first = steps[0]
    for shown in steps:
        here = f"{where}, step {shown['step']}"
        for name in ("stage", "transport", "slider", "forward", "told", "end"):
            assert abs(shown[name] - first[name]) < 0.6, f"{here}: {name} moved from {first[name]} to {shown[name]}"
        assert shown["tapped"] == first["tapped"], f"{here}: › moved sideways"
        assert shown["stage"] >= 0, here
        assert max(shown["play"], shown["say"]) <= height, f"{here}: {shown['play']}, {shown['say']} of {height}"
        for text in shown["texts"]:
            said = f"{here}: {text}"
            assert text["px"] >= SMALLEST_PX - 0.05, said
            assert text["contrast"] >= CONTRAST, said
            assert text["out"] <= 0.5, said


def scrub_and_tap(page: Page, touch: CDPSession, slug: str, last: int, where: str) -> None:
    """To the end and back with one finger on the ruler; then `›` at one place, as fast as fingers can, to the end."""
    hand = page.locator(f"#w-{slug}-hand")
    ruler = page.locator(f"#w-{slug}-ruler").bounding_box()
    assert ruler
    left, right, level = ruler["x"] + 12, ruler["x"] + ruler["width"] - 12, ruler["y"] + ruler["height"] / 2
    for begin, end, step in ((left, right, last), (right, left, 1)):
        finger(touch, "touchStart", begin, level)
        for part in range(1, 9):
            finger(touch, "touchMove", begin + (end - begin) * part / 8, level + part % 3)
        finger(touch, "touchEnd")
        expect(hand, where).to_have_attribute("data-step", str(step))
    button = page.locator(f"#w-{slug}-forward").bounding_box()
    assert button
    for _ in range(last - 1):
        finger(touch, "touchStart", button["x"] + FINGER, button["y"] + FINGER)
        finger(touch, "touchEnd")
    expect(hand, where).to_have_attribute("data-step", str(last))
    assert page.evaluate("scrollY") == 0


def finger(touch: CDPSession, kind: str, x: float = 0, y: float = 0) -> None:
    points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
    touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.mark.parametrize(
    ("path", "sizes"),
    [
        ("pod-packet?scene=service", [(320, 600), (1366, 650)]),
        ("vm-birth?operation=migrate", [(1100, 600), (1366, 650)]),
        ("pod-end", [(1120, 720), (1180, 720), (1366, 650)]),
        ("pod-birth", [(1120, 720), (1180, 720)]),
    ],
)
def test_letters_keep_their_size_in_the_largest_pictures_and_the_narrowest_windows(
    hand: Page, path: str, sizes: list[tuple[int, int]]
) -> None:
    """Where the wide picture begins, and in low windows, as well."""
    slug = path.partition("?")[0]
    for width, height in sizes:
        hand.set_viewport_size({"width": width, "height": height})
        hand.goto(f"/en/widgets/{path}")

        for shown in hand.evaluate(WALK, [slug, ["light"]]):
            assert [text for text in shown["texts"] if text["px"] < SMALLEST_PX - 0.05 or text["out"] > 0.5] == []
        assert hand.evaluate("document.documentElement.scrollWidth") <= width


PLACES = """() => {
    const box = (selector) => document.querySelector(selector).getBoundingClientRect();
    const [stage, play, words] = [".stage", "[data-key=play]", "[id$=-say]"].map(box);
    return [Math.min(stage.top, play.top), Math.max(play.bottom, words.bottom)];
}"""


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("slug", SEQUENCES)
def test_whatever_is_chosen_picture_words_and_play_are_in_the_window(hand: Page, slug: str, lang: str) -> None:
    """Every example and every other choice of each input, opened by its address, each once."""
    hand.goto(f"/{lang}/widgets/{slug}")
    addresses = hand.eval_on_selector_all(".presets a", "all => all.map(each => each.pathname + each.search)")
    options = """all => all.flatMap(each => [...each.options].filter(one => !one.selected)
        .map(one => `${each.name}=${one.value}`))"""
    addresses += [f"/{lang}/widgets/{slug}?{one}" for one in hand.eval_on_selector_all("select[name]", options)]
    outside = {}
    for address in dict.fromkeys(addresses):
        hand.set_viewport_size({"width": 390, "height": 844})
        hand.goto(address)
        if not hand.locator("[data-key=play]").count():
            continue
        for width, height in ((390, 844), (1280, 720)):
            if width == 1280:
                hand.set_viewport_size({"width": width, "height": height})
                hand.evaluate("scrollTo(0, 0)")
            top, bottom = hand.evaluate(PLACES)
            if top < 0 or bottom > height + 0.5:
                outside[address, width] = (top, bottom)

    assert len(addresses) > 5
    assert outside == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("path", "choice"),
    [("widgets/pod-packet", "search-list"), ("widgets/vm-birth", "example=migrate"), ("lessons/pod-networking", "e=")],
)
def test_what_is_chosen_in_a_player_comes_into_the_window(hand: Page, path: str, choice: str, lang: str) -> None:
    hand.goto(f"/{lang}/{path}")
    player = hand.locator("[data-player]").first
    run = player.get_attribute("data-run") or ""
    link = player.locator(f".presets a[href*='{choice}']:not([aria-current])").last
    link.evaluate("link => link.scrollIntoView({block: 'center'})")

    link.evaluate("link => link.click()")

    expect(player).not_to_have_attribute("data-run", run)
    top, bottom = hand.evaluate(PLACES)
    assert top >= 0
    assert bottom <= 844.5


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_play_is_in_the_first_window_of_the_home_page(hand: Page, lang: str) -> None:
    for width, height in SIZES:
        hand.set_viewport_size({"width": width, "height": height})
        hand.goto(f"/{lang}/")
        play = hand.locator(".play-it").bounding_box()

        assert play
        assert play["y"] >= 0
        assert play["y"] + play["height"] <= height, (width, height)


def test_the_ruler_is_one_slider(hand: Page) -> None:
    hand.goto("/en/widgets/pod-birth")
    ruler = hand.get_by_role("slider", name="Steps")

    expect(ruler).to_have_count(1)
    expect(ruler).to_have_attribute("aria-valuetext", "1 of 23 · send")
    ruler.focus()
    for key, step in (("ArrowRight", 2), ("PageUp", 4), ("End", 23), ("PageDown", 21), ("ArrowLeft", 20), ("Home", 1)):
        hand.keyboard.press(key)
        expect(hand.locator(".hand")).to_have_attribute("data-step", str(step))
        expect(ruler).to_have_attribute("aria-valuetext", re.compile(rf"^{step} of 23 · \w"))
        expect(ruler).to_be_focused()


def test_a_slow_line_is_not_felt_once_the_steps_have_come(hand: Page) -> None:
    """At the first touch all steps come in one small request; then each shows at once, also where there is no line."""
    hand.goto("/en/widgets/pod-birth")
    line = hand.context.new_cdp_session(hand)
    asked: list[str] = []
    hand.on("request", lambda request: asked.append(request.url))
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", slow)
    with hand.expect_response(lambda response: response.url.endswith("/steps")) as answer:
        hand.click("[data-key=forward]")
    answer.value.finished()
    sizes = answer.value.request.sizes()
    assert sizes["responseBodySize"] < 30_000
    expect(hand.locator(".hand")).to_have_attribute("data-step", "2")
    expect(hand.locator("#w-pod-birth-all-objects-1 pre")).to_have_count(1)
    assert len([url for url in asked if "/steps" in url]) <= 2
    asked.clear()

    took = hand.evaluate(
        """async () => {
            const took = [];
            for (let step = 3; step < 12; step += 1) {
                const begun = performance.now();
                document.querySelector('[data-key=forward]').click();
                while (document.querySelector('.hand').dataset.step !== String(step)) await Promise.resolve();
                took.push(performance.now() - begun);
                await new Promise((next) => setTimeout(next, 10));
            }
            return took.sort((a, b) => a - b);
        }"""
    )

    assert took[len(took) // 2] < 50, took
    assert [url for url in asked if "/fragments" in url] == []


def test_taps_while_an_answer_is_on_its_way_are_all_taken(hand: Page) -> None:
    hand.goto("/en/widgets/pod-birth")
    line = hand.context.new_cdp_session(hand)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1},
    )

    for _ in range(3):
        hand.click("[data-key=forward]")
    expect(hand.locator("[data-key=forward]")).to_have_class(re.compile("late"))

    expect(hand.locator(".hand")).to_have_attribute("data-step", "4")
    expect(hand.locator("[data-key=forward]")).not_to_have_class(re.compile("late"))


def test_without_a_line_it_says_so_and_goes_on_by_itself(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth", lost=True)
    hand = page.locator(".hand")
    page.context.set_offline(True)

    page.click("[data-key=forward]")
    expect(page.locator(".trouble")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("No connection. Nothing is lost")
    page.click("[data-key=forward]")
    expect(hand).to_have_attribute("data-step", "1")
    page.context.set_offline(False)
    expect(hand).to_have_attribute("data-step", "3")
    expect(page.locator(".trouble")).to_have_count(0)
    expect(page.locator("#status")).to_have_text("Connected again.")

    # What else a player is asked for waits as well: here another fault, then a server that fails.
    page.context.set_offline(True)
    page.select_option("select[name=fault]", "kubelet-down")
    expect(page.locator(".trouble")).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_url("**fault=kubelet-down&step=3")
    expect(page.locator(".trouble")).to_have_count(0)
    page.route("**fault=gated*", lambda route: route.fulfill(status=503, body="<h1>Bad gateway</h1>"))
    page.select_option("select[name=fault]", "gated")
    expect(page.locator(".trouble")).to_be_visible()
    expect(page.locator(".stage svg.wide")).to_be_visible()
    page.unroute("**fault=gated*")
    page.wait_for_url("**fault=gated&step=3")


def test_playing_goes_on_when_the_line_is_back(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?speed=2", lost=True)
    page.context.set_offline(True)
    page.click("[data-key=play]")
    expect(page.locator(".trouble")).to_be_visible()
    expect(page.locator(".play .what")).to_have_text("Pause")

    page.context.set_offline(False)

    expect(page.locator(".hand")).to_have_attribute("data-step", "2")
    expect(page.locator(".play .what")).to_have_text("Pause")
    page.keyboard.press(" ")
    expect(page.locator(".play .what")).to_have_text("Play")


def test_back_and_the_other_language_keep_the_step(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth")
    hand = page.locator(".hand")
    page.locator("#w-pod-birth-ruler").fill("6")
    expect(hand).to_have_attribute("data-step", "6")
    page.select_option("select[name=fault]", "scheduler-down")
    page.wait_for_url("**fault=scheduler-down&step=6")
    page.click("#w-pod-birth-breaks")
    expect(hand).to_have_attribute("data-step", "8")

    page.go_back()
    page.wait_for_url("**/widgets/pod-birth?step=6")
    expect(hand).to_have_attribute("data-step", "6")
    expect(page.locator("select[name=fault]")).to_have_value("none")
    page.go_forward()
    page.wait_for_url("**fault=scheduler-down&step=8")
    expect(hand).to_have_attribute("data-step", "8")
    page.click("#language")
    page.wait_for_url("**/zh/widgets/pod-birth?fault=scheduler-down&step=8")
    expect(hand).to_have_attribute("data-step", "8")


def test_dragging_is_said_once_where_it_ends(hand: Page) -> None:
    hand.goto("/en/widgets/pod-birth")
    hand.evaluate(
        """() => {
            window.said = [];
            const region = document.querySelector('#w-pod-birth-say');
            new MutationObserver(() => {
                if (region.getAttribute('aria-live') !== 'off') window.said.push(region.innerText.split(' ')[0]);
            }).observe(region, {subtree: true, childList: true, characterData: true});
        }"""
    )
    box = hand.locator("#w-pod-birth-ruler").bounding_box()
    assert box
    touch = hand.context.new_cdp_session(hand)
    finger(touch, "touchStart", box["x"] + 12, box["y"] + 20)
    for part in range(1, 12):
        finger(touch, "touchMove", box["x"] + 12 + (box["width"] - 24) * part / 11, box["y"] + 20)
        hand.wait_for_timeout(30)
    finger(touch, "touchEnd")
    expect(hand.locator(".hand")).to_have_attribute("data-step", "23")

    hand.wait_for_timeout(100)
    assert set(hand.evaluate("window.said")) == {"23"}


def test_with_the_keyboard_evidence_that_is_folded_opens_and_stays_open(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?step=10")
    page.focus("#w-pod-birth-all-objects-1 > summary")
    page.keyboard.press("Enter")
    whole = page.locator("#w-pod-birth-all-objects-1 pre")
    expect(whole).to_contain_text("nodeName: node-1")

    page.click("[data-key=forward]")

    expect(page.locator(".hand")).to_have_attribute("data-step", "11")
    expect(whole).to_be_visible()
    expect(whole).to_contain_text("nodeName: node-1")
