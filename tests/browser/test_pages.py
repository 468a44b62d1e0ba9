"""Every type of page in a browser: no error, no overflow, accessible, in both themes and languages."""

import re

import pytest
from playwright.sync_api import expect

from app.kube.refusal import Refusal
from app.widgetkit.form import as_text, fields_of, read_inputs
from app.widgetkit.registry import Room
from tests.browser.conftest import AXE, OpenPage
from tests.written import known_rooms

PAGES = {
    "home": "/{lang}/",
    "lesson": "/{lang}/lessons/oom-and-qos",
    "sequence-lesson": "/{lang}/lessons/pod-creation",
    "index": "/{lang}/widgets/",
    "calculator": "/{lang}/widgets/oom-score",
    "player": "/{lang}/widgets/pod-birth?step=7",
    "refused": "/{lang}/widgets/quantity?text=1GiB",
    "quiz": "/{lang}/quiz/etcd",
    "progress": "/{lang}/progress",
    "review": "/{lang}/review",
    "interview": "/{lang}/interview",
    "storyboard": "/{lang}/widgets/vm-birth?view=storyboard",
    "compare": "/{lang}/widgets/etcd-write?view=compare&down=2",
    "packet": "/{lang}/widgets/pod-packet?step=5",
    "service": "/{lang}/widgets/service-rules",
    "routing": "/{lang}/widgets/alert-routing",
    "api": "/api/docs?lang={lang}",
    "search": "/{lang}/search?q=node",
    "glossary": "/{lang}/glossary",
    "claims": "/{lang}/claims?verdict=wrong",
    "diagnoses": "/{lang}/diagnoses?status=CrashLoopBackOff",
    "changes": "/{lang}/changes",
    "cheat-sheet": "/{lang}/cheat/oom-and-qos",
    "interview-set": "/{lang}/interview?seed=11&level=2&minutes=30&timer=1&at=1",
    "missing": "/{lang}/no-such-page",
}
each_page = pytest.mark.parametrize("kind", PAGES)


@each_page
@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("zh", "dark")])
def test_axe_finds_nothing(open_page: OpenPage, kind: str, lang: str, theme: str) -> None:
    page = open_page(PAGES[kind].format(lang=lang), theme=theme)
    page.evaluate(AXE)

    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})")

    assert [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found["violations"]] == []


WIDER = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const scrolls = (e) => e && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
    return [...document.body.querySelectorAll("*")]
        .filter((e) => e.getBoundingClientRect().right > room + 1 && !scrolls(e.parentElement))
        .map((e) => e.outerHTML.slice(0, 120)).slice(0, 5).concat(["page is wider than the window"]);
}"""


@each_page
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_runs_out_of_the_page(open_page: OpenPage, kind: str, lang: str) -> None:
    page = open_page(PAGES[kind].format(lang=lang), width=768)

    wider = {}
    for width in (768, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        wider[width] = page.evaluate(WIDER)

    assert wider == {768: [], 390: [], 320: []}


def test_everything_can_be_reached_by_tab(open_page: OpenPage) -> None:
    page = open_page("/en/lessons/etcd")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.className") == "skip"

    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_chosen_theme_is_there_before_the_first_paint(open_page: OpenPage) -> None:
    page = open_page("/en/")
    button = page.locator("#theme")
    button.click()
    button.click()
    page.goto("/zh/widgets/")

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 27)"
    assert page.locator("#theme-name").inner_text() == "深色"


def test_a_widget_that_is_answered_shows_its_address_and_says_so(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/quantity")
    page.fill("input[name=text]", "1.5Gi")
    page.click("#w-quantity-run")
    expect(page).to_have_url(re.compile("1.5Gi"))

    assert "1610612736" in page.locator("#w-quantity-result").inner_text().replace(",", "")
    assert page.locator("#status").inner_text()
    assert page.evaluate("document.activeElement.id") == "w-quantity-run"

    page.go_back()
    assert page.locator("h1").count() == 1


def test_a_refused_input_stays_and_is_explained_beside_the_field(open_page: OpenPage) -> None:
    page = open_page("/zh/widgets/quantity", javascript=False)
    page.fill("input[name=text]", "512mb")
    page.click("#w-quantity-run")

    field = page.locator("input[name=text]")
    assert field.input_value() == "512mb"
    assert field.get_attribute("aria-invalid") == "true"
    why = page.locator(f"#{(field.get_attribute('aria-describedby') or '').split()[-1]}")
    assert why.inner_text()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
@pytest.mark.parametrize("javascript", [True, False])
def test_why_an_input_is_refused_is_in_the_window(
    open_page: OpenPage, javascript: bool, width: int, height: int
) -> None:
    page = open_page("/en/widgets/quantity", javascript=javascript, width=width, height=height, lost=True)
    page.fill("input[name=text]", "512mb")
    page.click("#w-quantity-run")
    why = page.locator(".why-not")
    why.wait_for()
    page.wait_for_timeout(300)

    box, run = why.bounding_box(), page.locator("#w-quantity-run").bounding_box()
    assert box
    assert run
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= min(height, run["y"])
    expect(page.locator("input[name=text]")).to_be_focused()


NONSENSE = "asdf ]] {{ 你好 : -"


def refuses(room: Room, name: str) -> bool:
    try:
        room.run(read_inputs(room.widget.form, as_text(room.first) | {name: NONSENSE}))
    except Refusal as refusal:
        return refusal.field == name
    return False


# Calculators that take a text of many lines, which may be taller than the window, and not any text.
AREAS = {
    slug: name
    for slug, room in known_rooms().items()
    if room.widget.kind != "sequence"
    for name in [each.name for each in fields_of(room.widget.form, as_text(room.first)) if each.control == "area"][:1]
    if refuses(room, name)
}


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
@pytest.mark.parametrize("javascript", [True, False])
def test_why_a_long_text_is_refused_is_in_the_window(
    open_page: OpenPage, javascript: bool, width: int, height: int
) -> None:
    page = open_page("/en/widgets/", javascript=javascript, width=width, height=height, lost=True)
    unseen = {}
    for slug, name in AREAS.items():
        page.goto(f"/en/widgets/{slug}")
        page.fill(f"#w-{slug}-{name}", NONSENSE)
        page.click(f"#w-{slug}-run")
        expect(page.locator(".result .refusal")).to_be_visible()
        page.wait_for_timeout(300)
        why, run = page.locator(".why-not").bounding_box(), page.locator(f"#w-{slug}-run").bounding_box()
        assert why
        assert run
        bottom = min(height, run["y"]) if width > 1000 else height
        if not 0 <= why["y"] <= why["y"] + why["height"] <= bottom:
            unseen[slug] = why

    assert len(AREAS) > 5
    assert unseen == {}


def test_the_language_switch_follows_what_htmx_changed(open_page: OpenPage) -> None:
    page = open_page("/en/widgets/pod-birth")
    page.click("[data-key=forward]")
    expect(page).to_have_url(re.compile("step=2"))

    page.click("#language")
    page.wait_for_url("**/zh/widgets/pod-birth?step=2")


def test_the_page_of_the_api_turns_into_the_other_language(open_page: OpenPage) -> None:
    page = open_page("/api/docs")

    page.click("#language")

    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("h1")).to_have_text("JSON API")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_the_narrowest_window_the_theme_can_be_tapped(open_page: OpenPage, lang: str) -> None:
    page = open_page(f"/{lang}/", width=320)

    box = page.locator("#theme").bounding_box()

    assert box
    assert min(box["width"], box["height"]) >= 24


@pytest.mark.parametrize("modifier", ["Control", "Shift"])
@pytest.mark.parametrize(("path", "link"), [("oom-score", ".presets a >> nth=1"), ("pod-birth", "[data-key=forward]")])
def test_a_link_with_a_modifier_is_the_browsers(open_page: OpenPage, path: str, link: str, modifier: str) -> None:
    page = open_page(f"/en/widgets/{path}")
    here = page.url
    page.locator(link).hover()
    page.wait_for_function("'htmx' in window")

    with page.context.expect_page(timeout=5000) as opened:
        page.locator(link).click(modifiers=[modifier])

    opened.value.wait_for_url("**/en/widgets/**")
    assert opened.value.url != here
    assert page.url == here
