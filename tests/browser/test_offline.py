"""Without a connection: what was read is there, nothing of one's own is kept, answers wait and are sent."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser.conftest import OpenPage
from tests.conftest import Server

KEPT = """async () => {
  const cache = await caches.open("podscope-read");
  const sizes = [];
  for (const each of await cache.keys()) {
    const response = await cache.match(each);
    sizes.push([new URL(each.url).pathname, Number(response.headers.get("x-kept-bytes"))]);
  }
  return sizes;
}"""


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A profile that has been here before, so that the worker is wanted."""
    context = browser.new_context(base_url=server.url)
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/en/")
    page.goto("/en/widgets/")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    return page


def kept(page: Page) -> list[str]:
    return [path for path, _ in page.evaluate(KEPT)]


def test_what_was_read_is_there_when_the_line_is_cut(context: BrowserContext, page: Page) -> None:
    page.goto("/en/lessons/etcd")
    page.wait_for_function(f"({KEPT})().then((kept) => kept.some(([path]) => path === '/en/lessons/etcd'))")
    page.goto("/en/")

    context.set_offline(True)
    page.goto("/en/lessons/etcd")
    title = page.locator("h1").inner_text()
    styled = page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight")
    page.goto("/en/lessons/prometheus")

    assert (title, styled) == ("The path of a write through etcd", "600")
    assert page.locator("h1").inner_text() == "No connection"
    page.wait_for_selector("[data-kept] >> text=The path of a write through etcd")
    page.click("[data-kept] >> text=The path of a write through etcd")
    assert page.locator("h1").inner_text() == "The path of a write through etcd"


def test_nothing_of_ones_own_is_kept(page: Page) -> None:
    for path in ("/en/progress", "/en/review", "/en/search?q=etcd", "/en/interview", "/en/lessons/etcd"):
        page.goto(path)
    page.wait_for_function(f"({KEPT})().then((kept) => kept.some(([path]) => path === '/en/lessons/etcd'))")

    own = [
        path for path in kept(page) if path.startswith(("/en/progress", "/en/review", "/en/search", "/en/interview"))
    ]

    assert own == []
    assert not any(path.startswith(("/fragments", "/api")) for path in kept(page))


def test_no_more_than_five_megabytes_are_kept(page: Page) -> None:
    """The oldest goes first."""
    page.evaluate(
        """async () => {
          const cache = await caches.open("podscope-read");
          const headers = { "x-kept-bytes": String(1024 * 1024), "content-type": "text/html" };
          for (let at = 0; at < 6; at += 1) await cache.put(`/en/old-${at}`, new Response("x", { headers }));
        }"""
    )

    page.goto("/en/glossary")
    page.wait_for_function(f"({KEPT})().then((kept) => kept.some(([path]) => path === '/en/glossary'))")
    page.wait_for_function(
        f"({KEPT})().then((kept) => kept.reduce((all, [, size]) => all + size, 0) <= 5 * 1024 * 1024)"
    )

    paths = kept(page)
    assert "/en/glossary" in paths
    assert "/en/old-0" not in paths
    assert "/en/old-5" in paths


def test_an_answer_waits_and_is_sent_once_when_the_line_is_back(context: BrowserContext, page: Page) -> None:
    page.goto("/en/quiz/etcd")
    question = page.locator("[data-question]")
    question.locator("input[name=choice]").first.check()
    attempt = question.locator("input[name=attempt]").input_value()

    context.set_offline(True)
    question.locator("button.button, form button:has-text('Answer')").first.click()
    page.wait_for_selector("#waiting:not([hidden])")
    said = page.locator("#waiting").inner_text()
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_selector("#waiting", state="hidden")

    assert "1 answer waits" in said
    assert page.locator(".judged").count() == 1
    answers = page.evaluate("fetch('/api/v1/export').then((answer) => answer.json()).then((all) => all.answers)")
    assert [each["attempt"] for each in answers] == [attempt]
    assert page.evaluate("localStorage.getItem('waiting')") == "[]"


def test_what_waits_is_sent_by_the_next_page_too(context: BrowserContext, page: Page) -> None:
    page.goto("/en/quiz/etcd")
    page.locator("[data-question] input[name=choice]").first.check()
    context.set_offline(True)
    page.locator("[data-question] form button:has-text('Answer')").first.click()
    page.wait_for_selector("#waiting:not([hidden])")

    context.set_offline(False)
    page.goto("/en/glossary")
    for _ in range(100):
        if page.evaluate("localStorage.getItem('waiting')") == "[]":
            break
        page.wait_for_timeout(50)
    assert page.evaluate("localStorage.getItem('waiting')") == "[]"

    assert len(page.evaluate("fetch('/api/v1/export').then((a) => a.json()).then((all) => all.answers)")) == 1


def test_one_switch_turns_it_off_and_throws_away_what_was_kept(page: Page) -> None:
    page.goto("/en/lessons/etcd")
    page.goto("/en/progress/keep")

    page.uncheck("[data-offline]")
    page.wait_for_function("caches.keys().then((names) => !names.some((name) => name.startsWith('podscope-')))")
    page.goto("/en/lessons/etcd")
    page.wait_for_load_state("load")

    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    page.goto("/en/progress/keep")
    assert not page.is_checked("[data-offline]")


@pytest.mark.parametrize(
    ("path", "used"),
    [
        ("/en/widgets/quantity", "form.ask .act button"),
        ("/en/widgets/quantity", ".presets a[hx-get] >> nth=1"),
        ("/en/lessons/oom-and-qos", ".brief .length a[hx-get]"),
        ("/zh/lessons/etcd", "#reading-mark"),
        ("/en/quiz/etcd", "a[id$=-again]"),
        ("/zh/interview?seed=7&count=3&at=1", "#marks-keep"),
        ("/en/glossary", "#find"),
    ],
)
def test_whatever_is_used_without_a_line_says_so_until_it_is_back(open_page: OpenPage, path: str, used: str) -> None:
    page = open_page(path, lost=True)
    control, said = page.locator(used).first, page.locator(".no-line")
    page.evaluate("need()")
    page.wait_for_function("() => window.htmx")
    if used.endswith("again]"):
        page.locator("[data-question] input[name=choice]").first.check()
        page.locator("[data-question] form button:has-text('Answer')").first.click()
        page.wait_for_selector(".judged")
    if used == "#marks-keep":
        page.locator("#reveal > summary").click()

    def use() -> None:
        if used != "#find":
            control.click()
        else:
            if not page.locator("#finder").evaluate("(finder) => finder.matches(':popover-open')"):
                page.keyboard.press("/")
            page.keyboard.type("etcd")

    page.context.set_offline(True)
    use()
    said.wait_for()
    near = said.evaluate(
        """(note, used) => note.getBoundingClientRect().top
            - (used.closest(".presets") || used).getBoundingClientRect().bottom""",
        control.element_handle(),
    )
    words = said.inner_text()
    assert words in ("No connection. Try again when it is back.", "网络断开了，恢复后请重试。")
    assert -1 <= near < 60
    assert page.locator("#status").inner_text() == words
    use()
    page.wait_for_timeout(300)
    assert said.count() == 1

    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    said.wait_for(state="detached")
    assert page.locator("#status").inner_text() in ("Connected again.", "网络已恢复。")
    page.context.set_offline(True)
    use()
    said.wait_for()
    page.context.set_offline(False)
    use()
    said.wait_for(state="detached")
    assert page.locator("#status").inner_text() != words


@pytest.mark.parametrize(
    ("path", "used"),
    [
        ("/en/widgets/quantity", "form.ask .act button"),
        ("/en/widgets/quantity", ".presets a[hx-get] >> nth=1"),
        ("/en/lessons/etcd", "#reading-mark"),
        ("/en/quiz/etcd", "[data-question] form button:has-text('Answer')"),
    ],
)
def test_what_was_pressed_shows_that_it_is_on_its_way(open_page: OpenPage, path: str, used: str) -> None:
    page = open_page(path, lost=True)
    page.evaluate("need()")
    page.wait_for_function("() => window.htmx")
    held: list[Route] = []
    page.route("**/fragments/**", lambda route: held.append(route))
    if "Answer" in used:
        page.locator("[data-question] input[name=choice]").first.check()

    control = page.locator(used).first
    control.click()

    page.wait_for_timeout(300)
    assert float(control.evaluate("(used) => getComputedStyle(used).opacity")) < 0.8
    for route in held:
        route.abort()
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
    assert control.evaluate("(used) => getComputedStyle(used).opacity") == "1"


def test_that_answers_wait_is_in_the_window_and_covers_nothing(context: BrowserContext, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto("/en/lessons/etcd")
    question = page.locator("[data-question]:has(input[name=choice])").first
    question.locator("input[name=choice]").first.check()
    context.set_offline(True)
    question.locator("form .go button, form button:has-text('Answer')").first.click()
    strip = page.locator("#waiting")
    strip.wait_for(state="visible")

    box = strip.bounding_box()
    assert box
    assert box["y"] > 0
    assert box["y"] + box["height"] <= 700
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = page.locator(".foot > :last-child").bounding_box()
    assert last
    assert last["y"] + last["height"] <= box["y"]
