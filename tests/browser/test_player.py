"""The sequence player in the four modes: JavaScript or not, motion or reduced."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AXE, OpenPage

PLAYER = "#w-pod-birth"


def at_step(page: Page, step: int) -> None:
    expect(page.locator(f"{PLAYER} .say b")).to_have_text(re.compile(rf"^{step} of "))


# A fault of each sequence, and whether Kubernetes objects turn in it.
FAULTS = {
    "pod-birth": "scheduler-down",
    "deployment-birth": "image-missing",
    "pod-packet": "wrong-mtu",
    "etcd-write": "leader-dies-late",
    "vm-birth": "virt-handler-down",
    "pod-end": "shell-pid-1",
}


def is_at(page: Page, slug: str, step: int) -> None:
    expect(page.locator(f"#w-{slug}-say b")).to_have_text(re.compile(rf"^{step} of "))


def check_step(page: Page, slug: str) -> None:
    """The picture, the line below it, the sentence and the list of all steps say the same of this step."""
    root = page.locator(f"#w-{slug}")
    lit = root.locator("svg.wide .actor:not(.quiet) > text:not(.sub)").all_text_contents()
    chips = root.locator(".wireline .actor-chip").all_text_contents()
    assert {name for name in lit if not is_down(page, slug, name)} <= set(chips) <= set(lit)
    verbs = root.locator("svg.wide .verb").all_text_contents()
    assert all(root.locator(".wireline code").inner_text().startswith(verb) for verb in verbs)
    assert bool(verbs) is (root.locator("svg.wide .travel").count() > 0)
    step = root.get_attribute("data-last") and root.locator(".hand").get_attribute("data-step")
    listed = " ".join((root.locator(f"#w-{slug}-t-{step}").locator("..").text_content() or "").split())
    sentence = root.locator(".say p").inner_text().partition(" · ")[2]
    name = root.locator(f"#w-{slug}-t-{step}").text_content() or ""
    assert sentence.startswith(name)
    assert listed.startswith(f"{name}: {' '.join(sentence.removeprefix(name).split())}")
    assert all(chip in listed for chip in chips)


def is_down(page: Page, slug: str, name: str) -> bool:
    return page.locator(f"#w-{slug} svg.wide .actor.down > text:not(.sub)", has_text=name).count() > 0


def last_of(page: Page, slug: str) -> int:
    return int(page.locator(f"#w-{slug}").get_attribute("data-last") or 0)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("slug", FAULTS)
def test_no_wire_is_seen_through_a_box(open_page: OpenPage, slug: str, width: int) -> None:
    """Some wires end below the box of one who stands aside: its ground hides them."""
    page = open_page(f"/en/widgets/{slug}", width=width, motion="reduce")

    seen = page.locator(".stage svg .actor.quiet > rect").evaluate_all(
        "boxes => boxes.filter((each) => each.checkVisibility()).map((each) => getComputedStyle(each))"
        ".map(({opacity, fillOpacity, fill}) => [opacity, fillOpacity, fill.includes('/') || fill.startsWith('rgba')])"
    )

    assert seen
    assert all(each == ["1", "1", False] for each in seen)


def test_what_can_be_opened_stands_in_the_middle_of_its_row(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-packet")

    sides = page.locator(".closer:not([open]), .transcript:not([open])").evaluate_all(
        """rows => rows.filter((each) => each.checkVisibility()).map((row) => {
            const range = document.createRange();
            range.selectNodeContents(row.querySelector("summary"));
            const [words, all] = [range.getBoundingClientRect(), row.getBoundingClientRect()];
            return Math.abs((words.top + words.bottom) / 2 - (all.top + all.bottom) / 2);
        })"""
    )

    assert len(sides) == 2
    assert max(sides) <= 2


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_buttons_stay_where_they_are_whatever_play_says(open_page: OpenPage, lang: str, width: int) -> None:
    """Play, pause with what is left of a long step, and again are not of the same length."""
    page = open_page(f"/{lang}/widgets/pod-birth", width=width)

    def places() -> list[float]:
        boxes = [page.locator(f"{PLAYER}-{name}").bounding_box() for name in ("back", "play", "forward")]
        return [size for box in boxes if box for size in (round(box["x"]), round(box["width"]))]

    at_first = places()
    said = {page.locator(f"{PLAYER}-play").inner_text()}
    page.click(f"{PLAYER}-play")
    expect(page.locator(f"{PLAYER}.playing")).to_have_count(1)
    page.evaluate("left => { document.getElementById(left).textContent = '88 s'; }", f"{PLAYER[1:]}-left")
    assert places() == at_first
    said.add(page.locator(f"{PLAYER}-play .what").inner_text())
    page.click(f"{PLAYER}-play")
    page.locator(f"{PLAYER}-forward").press("End")
    expect(page.locator(f"{PLAYER}-hand")).to_have_attribute("data-step", str(last_of(page, "pod-birth")))

    assert places() == at_first
    assert len(said | {page.locator(f"{PLAYER}-play").inner_text()}) == 3
    page.reload()
    assert places() == at_first


@pytest.mark.parametrize(
    ("slug", "javascript", "motion"),
    [*((slug, True, "move") for slug in FAULTS), ("pod-birth", True, "reduce"), ("pod-packet", False, "move")],
)
def test_the_golden_path_and_a_fault(open_page: OpenPage, slug: str, javascript: bool, motion: str) -> None:
    """Step, go to the end, come back by the address; break something, go to where it breaks, and to the end."""
    page = open_page(f"/en/widgets/{slug}", javascript=javascript, motion=motion)
    last = last_of(page, slug)
    check_step(page, slug)

    page.click("[data-key=forward]")
    is_at(page, slug, 2)
    check_step(page, slug)
    page.click("[data-key=back]")
    is_at(page, slug, 1)
    go_to(page, slug, last)
    check_step(page, slug)
    shown = page.locator(f"#w-{slug}-say").inner_text()
    page.reload()
    assert f"step={last}" in page.url
    assert page.locator(f"#w-{slug}-say").inner_text() == shown

    if page.locator(".inputs").count():
        page.click(".inputs > summary")
    page.select_option("select[name=fault]", FAULTS[slug])
    if not javascript:
        page.click(f"#w-{slug}-run")
    page.wait_for_url(f"**fault={FAULTS[slug]}*")
    expect(page.locator(".track .broken")).to_have_count(1)
    page.click(f"#w-{slug}-breaks")
    parting = int(page.locator(f"#w-{slug}-breaks").get_attribute("data-to") or 0)
    is_at(page, slug, parting)
    go_to(page, slug, last_of(page, slug))
    check_step(page, slug)
    expect(page.locator(".ending dt")).to_have_text(["What you see", "What still works", "What to check first"])

    page.click(f"#w-{slug}-compare")
    expect(page.locator(".parting")).to_contain_text(f"They differ from step {parting} on")
    page.locator(".compared .here a").first.click()
    is_at(page, slug, parting)
    assert f"fault={FAULTS[slug]}" in page.url


def go_to(page: Page, slug: str, step: int) -> None:
    """By the ruler, or without a script by its list."""
    if page.locator(".ruler").is_visible():
        page.click(f"#w-{slug}-to-{step}")
    else:
        page.locator(f"#w-{slug}-ruler").fill(str(step))
    is_at(page, slug, step)


def playing(page: Page) -> str:
    return page.locator("[data-key=play] .what").inner_text()


def test_a_step_stays_as_long_as_it_takes_to_read_and_says_what_is_left(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?fault=scheduler-down")
    page.clock.install()
    page.reload()
    stay = int(page.locator(".hand").get_attribute("data-stay") or 0)
    words = len(page.locator(".say p").inner_text().partition(" · ")[2].split())
    assert 300 * (words - 2) + 1000 <= stay <= 300 * words + 1000

    page.click("[data-key=play]")
    page.clock.run_for(stay - 1500)
    at_step(page, 1)
    expect(page.locator(".play .left")).to_have_text("2 s")
    # Paused in the middle, it goes on with what is left.
    page.click("[data-key=play]")
    page.clock.run_for(9000)
    at_step(page, 1)
    assert playing(page) == "Play"
    page.click("[data-key=play]")
    page.clock.run_for(1700)
    at_step(page, 2)
    assert playing(page) == "Pause"


def test_it_plays_to_the_end_by_itself(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?fault=scheduler-down&speed=2")
    last = last_of(page, "pod-birth")
    page.clock.install()
    page.goto("/en/widgets/pod-birth?fault=scheduler-down&speed=2&play=1")

    for step in range(1, last):
        at_step(page, step)
        assert page.locator("#w-pod-birth-say").get_attribute("aria-live") == "off"
        page.clock.run_for(int(page.locator(".hand").get_attribute("data-stay") or 0) // 2 + 100)
    at_step(page, last)

    assert playing(page) == "Again"
    assert page.locator("#w-pod-birth-say").get_attribute("aria-live") is None
    assert "speed=2" in page.url


@pytest.mark.parametrize("where", ["body", "ruler", "play"])
def test_space_pauses_wherever_it_was_started(open_page: OpenPage, where: str) -> None:
    page = open_page("/en/widgets/pod-birth")
    page.click("[data-key=play]")
    assert playing(page) == "Pause"
    at = page.evaluate("scrollY")
    if where == "ruler":
        page.focus("#w-pod-birth-ruler")
    elif where == "body":
        page.evaluate("document.activeElement.blur()")

    page.keyboard.press(" ")
    assert playing(page) == "Play"
    page.keyboard.press(" ")
    assert playing(page) == "Pause"
    assert page.evaluate("scrollY") == at


def test_keys_step_and_keep_the_focus(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth")
    page.focus("[data-key=forward]")

    page.keyboard.press("ArrowRight")
    at_step(page, 2)
    assert page.evaluate("document.activeElement.id") == "w-pod-birth-forward"
    page.keyboard.press("End")
    at_step(page, last_of(page, "pod-birth"))
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
    page.keyboard.press("?")

    at_step(page, 1)
    expect(page.locator("[data-keys]")).not_to_have_attribute("open", "")


def test_the_storyboard_shows_every_step(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?view=storyboard")

    expect(page.locator(".boards li")).to_have_count(23)
    expect(page.locator(".boards svg:visible")).to_have_count(23)


@pytest.mark.parametrize("width", [1280, 320])
def test_the_boards_are_drawn_large_enough(open_page: OpenPage, width: int) -> None:
    """What stays the same is drawn once and looks the same everywhere; no letter is smaller than 11 px."""
    page = open_page("/en/widgets/pod-birth?view=storyboard", width=width)

    drawn = page.locator(".boards li:nth-child(2) svg").evaluate("svg => svg.getBBox().width")
    sizes = page.locator(".boards svg").evaluate_all(
        """all => all.flatMap((svg) => [...svg.querySelectorAll('text')].map((text) =>
            parseFloat(getComputedStyle(text).fontSize)
            * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))"""
    )
    assert drawn > 380
    assert min(sizes) >= 10.95
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_two_runs_are_compared_and_part_where_they_differ(open_page: OpenPage) -> None:
    page = open_page("/zh/widgets/pod-birth?fault=scheduler-down&view=compare", javascript=False)

    expect(page.locator(".parting")).to_have_count(1)
    page.select_option("select[name=fault]", "none")
    page.click("#w-pod-birth-run")
    expect(page.locator(".parting")).to_have_count(0)


def test_on_a_phone_the_two_runs_stand_below_each_other(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?fault=scheduler-down&view=compare", width=390)

    here, there = (page.locator(f".compared li:first-child .{side}").bounding_box() for side in ("here", "there"))

    assert here
    assert there
    assert there["y"] >= here["y"] + here["height"]
    assert here["x"] + here["width"] <= 390
    expect(page.locator(".compared .side").first).to_have_text("This run")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("slug", ["pod-birth", "etcd-write"])
@pytest.mark.parametrize("javascript", [True, False], ids=["js", "plain"])
def test_printing_gives_the_storyboard(open_page: OpenPage, slug: str, javascript: bool) -> None:
    page = open_page(f"/en/widgets/{slug}", javascript=javascript)
    page.click("[data-key=forward]")
    is_at(page, slug, 2)
    steps = last_of(page, slug)
    expect(page.locator(".printed")).to_be_hidden()

    page.emulate_media(media="print")

    boards = page.locator(".printed .boards li")
    expect(boards).to_have_count(steps)
    expect(boards.last.locator("svg")).to_be_visible()
    for gone in (".stage", ".transport", ".panes", ".say", ".presets", ".keys", ".transcript"):
        expect(page.locator(f"#w-{slug} {gone}")).to_be_hidden()


def test_in_a_lesson_the_picture_is_printed_and_the_list_where_it_was_asked_for(open_page: OpenPage) -> None:
    page = open_page("/en/lessons/pod-networking")
    page.click("#w-pod-packet-inputs")
    expect(page.locator("#w-pod-packet-inputs[open]")).to_be_visible()

    page.emulate_media(media="print")

    expect(page.locator("#w-pod-packet .stage")).to_be_visible()
    expect(page.locator("#w-pod-packet .transcript li").last).to_be_visible()
    expect(page.locator("#w-pod-packet .transport")).to_be_hidden()


def test_again_plays_from_the_beginning(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?step=23&speed=2")
    expect(page.locator("#w-pod-birth-play .what")).to_have_text("Again")

    page.click("#w-pod-birth-play")

    expect(page.locator("#w-pod-birth.playing")).to_be_visible()
    expect(page.locator("#w-pod-birth-hand[data-step='2']")).to_be_visible(timeout=15_000)


def test_a_message_to_several_travels_to_each(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/etcd-write?members=5&step=5")

    expect(page.locator(".stage .wide .travel")).to_have_count(4)
    expect(page.locator(".wireline")).to_contain_text("MsgApp")
    expect(page.locator(".wireline .actor-chip")).to_have_text(["etcd-1", "etcd-2", "etcd-3", "etcd-4", "etcd-5"])


def test_what_is_unfolded_stays_so_from_step_to_step(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth?step=9")
    for folded in ("transcript", "closer"):
        page.click(f"#w-pod-birth-{folded} > summary")

    page.click("[data-key=forward]")
    at_step(page, 10)

    for unfolded in ("transcript", "closer"):
        expect(page.locator(f"#w-pod-birth-{unfolded}")).to_have_attribute("open", "")
    page.click("#w-pod-birth-t-12")
    at_step(page, 12)
    expect(page.locator("#w-pod-birth-transcript li").first).to_be_visible()


def test_long_lines_are_reached_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/deployment-birth?step=14", width=320)
    pane = page.locator(".pane > pre").last
    assert pane.evaluate("pre => pre.scrollWidth > pre.clientWidth")

    pane.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    assert pane.evaluate(
        """pre => pre.scrollLeft > 0 || new Promise((done) => {
            pre.addEventListener("scroll", () => done(true), {once: true});
            setTimeout(done, 5000, false);
        })"""
    )
    is_at(page, "deployment-birth", 14)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_example_that_is_shown_is_in_sight(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/deployment-birth?fault=kubelet-down", width=390)

    chip = page.locator(".presets [aria-current]").bounding_box()

    assert chip
    assert chip["x"] >= 0
    assert chip["x"] + chip["width"] <= 390


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "plain"])
def test_hints_are_shown_when_asked_for(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/en/widgets/etcd-write", javascript=javascript)
    hint = page.locator("#w-etcd-write-down-hint")
    expect(hint).to_be_hidden()

    page.click("#w-etcd-write-inputs > summary")
    page.click("#w-etcd-write-hints > summary")

    expect(hint).to_be_visible()


@pytest.mark.parametrize(("width", "theme"), [(320, "light"), (390, "dark"), (1280, "light")])
def test_the_player_is_accessible_at_every_width(open_page: OpenPage, width: int, theme: str) -> None:
    for path in ("pod-birth?fault=oom-killed&step=25", "etcd-write?step=5", "pod-birth?fault=gated&view=compare"):
        page = open_page(f"/en/widgets/{path}", width=width, theme=theme, motion="reduce")
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document.querySelector('.player')).then((result) => result.violations)")
        assert [(each["id"], each["nodes"][0]["html"][:160]) for each in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_name_of_a_message_stands_centred_where_it_was_measured(open_page: OpenPage) -> None:
    """Its place is chosen so that it covers no box and no wire, which holds only if it is drawn from that anchor."""
    page = open_page("/en/widgets/etcd-write?step=5")

    anchor = page.locator(".stage .wide .verb.middle").evaluate("text => getComputedStyle(text).textAnchor")

    assert anchor == "middle"
