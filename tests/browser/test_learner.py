"""Progress, review and interview in a browser: for somebody half-way, in both languages and themes, and without
JavaScript."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from app.quiz.pages.when import long_day, short_day
from tests.browser.conftest import AXE, OpenPage
from tests.conftest import Server
from tests.learner_cast import SUBJECT, answer, days_ago, file, result

PAGES = {
    "progress": "/{lang}/progress",
    "keep": "/{lang}/progress/keep",
    "open": "/{lang}/progress/open",
    "delete": "/{lang}/progress/delete",
    "review": "/{lang}/review",
    "interview": "/{lang}/interview",
    "prompt": "/{lang}/interview?seed=7&count=3&at=1",
    "end": "/{lang}/interview?seed=7&count=3&at=4",
    "mistakes": f"/{{lang}}/quiz/{SUBJECT.slug}?only=mistakes",
}
each_page = pytest.mark.parametrize("kind", PAGES)


@pytest.fixture(scope="module")
def halfway(server: Server) -> str:
    """The cookie of one who has answered, read, and been interviewed."""
    asked = SUBJECT.questions[:10]
    section = list(SUBJECT.sections)[2]
    past = file(
        answers=[answer(one, correct=place % 3 != 0, days=12 - place) for place, one in enumerate(asked)],
        positions=[{"subject": SUBJECT.slug, "section": section, "at": days_ago(1), "widget": "pod-birth", "step": 4}],
        read=[{"subject": SUBJECT.slug, "section": "", "at": days_ago(1)}],
        interviews=[result(marked=[0, 1], days=days) for days in (5, 3, 1)],
    )
    brought = httpx.post(f"{server.url}/api/v1/import", json=past)
    return str(brought.cookies["learner"])


@pytest.fixture
def open_as(open_page: OpenPage, server: Server) -> OpenPage:
    """Opens a path as the learner of a cookie."""

    def open_(cookie: str, path: str, **options: Any) -> Page:
        page = open_page("about:blank", **options)
        page.context.add_cookies([{"name": "learner", "value": cookie, "url": server.url}])
        page.goto(path)
        return page

    return open_


def expect_continue(page: Page, address: str) -> None:
    """The place is told behind the page's back, and nothing on the page says when it has been kept: the site is asked
    until it would continue there."""
    said = ""
    for _ in range(60):
        said = page.request.get("/fragments/en/continue", headers={"hx-request": "true"}).text()
        if f'href="{address}' in said:
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"nothing continues at {address}: {said}")


@each_page
@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("zh", "dark")])
def test_axe_finds_nothing(open_as: OpenPage, halfway: str, kind: str, lang: str, theme: str) -> None:
    page = open_as(halfway, PAGES[kind].format(lang=lang), theme=theme)
    for details in page.locator("main details").all():
        details.evaluate("each => each.open = true")
    page.evaluate(AXE)

    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]

    assert [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found] == []


@each_page
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_runs_out_of_a_narrow_page(open_as: OpenPage, halfway: str, kind: str, lang: str) -> None:
    page = open_as(halfway, PAGES[kind].format(lang=lang), width=320)
    for details in page.locator("main details").all():
        details.evaluate("each => each.open = true")

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "plain"])
def test_an_interview_is_said_compared_and_marked(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/en/interview", javascript=javascript)
    page.click("details:has(#count) > summary")
    page.select_option("#count", "3")
    page.click("details:has(#count) button")
    if javascript:
        page.fill("#typed", "what I said")

    page.focus("#reveal > summary")
    page.keyboard.press("Enter")
    page.check("#point-1")
    page.click("#marks-keep")

    expect(page.locator(".judged")).to_contain_text("1 of")
    if javascript:
        expect(page.locator("#typed")).to_have_value("what I said")
    page.click("#marks-next")
    expect(page.locator(".kicker")).to_contain_text("Question 2 of 3")


def test_the_timer_runs_until_the_answer_is_shown(open_page: OpenPage) -> None:
    page = open_page("/en/interview?seed=7&count=3&timer=1&at=1")
    expect(page.locator("#timer-time")).to_have_text(re.compile("0:0[1-3]"))

    page.click("#reveal > summary")

    expect(page.locator("#timer-stop")).to_have_text("Start")
    assert int(page.locator("[data-seconds]").input_value()) >= 1


@pytest.mark.parametrize(("lang", "left"), [("en", r"\d+:\d\d left"), ("zh", r"剩余 \d+:\d\d")])
def test_the_clock_says_what_it_counts(open_page: OpenPage, lang: str, left: str) -> None:
    page = open_page(f"/{lang}/interview?seed=7&level=2&minutes=30&timer=1&at=1")

    expect(page.locator("[data-clock]")).to_have_text(re.compile(rf"^{left}$"))


def test_without_javascript_there_is_no_timer(open_page: OpenPage) -> None:
    page = open_page("/en/interview?seed=7&count=3&timer=1&at=1", javascript=False)
    expect(page.locator(".timer")).to_be_hidden()

    page.goto("/en/interview")

    expect(page.locator("#timer")).to_be_hidden()


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "plain"])
def test_a_code_made_here_opens_the_progress_there(open_page: OpenPage, javascript: bool) -> None:
    here = open_page("/en/lessons/etcd", javascript=javascript)
    here.click("#reading-mark")
    if javascript:
        expect(here.locator("#reading-said")).to_have_text("Marked as read.")
    here.goto("/en/progress/keep")
    here.click("text=Make a code")
    shown = here.locator("#code-words > span:not(.visually-hidden)")
    expect(shown.first).to_be_visible()
    words = shown.all_inner_texts()

    there = open_page("/zh/progress/open", javascript=javascript)
    there.fill("#code", " ".join(words))
    there.keyboard.press("Enter")

    expect(there.locator("#note")).to_contain_text("恢复码")
    expect(there.locator("#reading ~ ul")).to_contain_text("已读")


def test_a_scanned_code_is_filled_in_and_leaves_the_address(open_page: OpenPage) -> None:
    page = open_page("/en/progress/open#fatir-vivok-pijah-hapoz-pagik-varah")

    expect(page.locator("#code")).to_have_value("fatir-vivok-pijah-hapoz-pagik-varah")
    assert page.url.endswith("/en/progress/open")


def test_a_file_goes_out_and_comes_in(open_as: OpenPage, halfway: str) -> None:
    page = open_as(halfway, "/en/progress/keep")
    with page.expect_download() as download:
        page.click("text=Download your progress (JSON)")

    page.set_input_files("#import-file", download.value.path())
    page.click("form button:has-text('Import')")

    expect(page.locator(".note")).to_have_text("Done. 0 answers added, 10 already known.")


def test_the_place_in_a_lesson_is_kept_for_one_who_has_begun(open_as: OpenPage, halfway: str) -> None:
    page = open_as(halfway, "/en/lessons/oom-and-qos")
    expect(page.locator("#reading [data-place]")).to_be_attached()
    heading = page.locator(".prose > h2[id]").nth(2)

    heading.scroll_into_view_if_needed()
    heading.evaluate("each => scrollTo({top: each.getBoundingClientRect().top + scrollY - 20, behavior: 'instant'})")
    expect_continue(page, "/en/lessons/oom-and-qos#")
    page.goto("/en/")

    expect(page.locator("#continue a").first).to_have_attribute("href", re.compile("/en/lessons/oom-and-qos#"))


def test_a_sequence_is_continued_where_it_was_left_with_what_it_ran_on(open_as: OpenPage, halfway: str) -> None:
    page = open_as(halfway, "/en/lessons/pod-creation")
    expect(page.locator("#reading [data-place]")).to_be_attached()
    player = page.locator("#w-pod-birth")
    player.locator("select[name=fault]").select_option("image-missing")
    hand = player.locator(".hand")
    expect(hand).to_have_attribute("data-page", re.compile("fault=image-missing"))
    player.locator("#w-pod-birth-ruler").fill("7")
    expect(hand).to_have_attribute("data-step", "7")
    hand.evaluate("hand => hand.scrollIntoView({behavior: 'instant'})")
    expect_continue(page, "/en/widgets/pod-birth?fault=image-missing&amp;step=7")

    page.goto("/en/")
    link = page.locator("#continue a").nth(1)

    expect(link).to_have_attribute("href", "/en/widgets/pod-birth?fault=image-missing&step=7")
    link.click()
    expect(hand).to_have_attribute("data-step", "7")
    expect(page.locator("#w-pod-birth select[name=fault]")).to_have_value("image-missing")
    expect(page.locator("#place [data-place]")).to_be_attached()
    page.locator("#w-pod-birth-forward").click()
    expect(hand).to_have_attribute("data-step", "8")
    expect_continue(page, "/en/widgets/pod-birth?fault=image-missing&amp;step=8")
    page.goto("/en/")
    expect(link).to_have_attribute("href", "/en/widgets/pod-birth?fault=image-missing&step=8")


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "plain"])
def test_starting_again_can_be_undone(open_as: OpenPage, server: Server, javascript: bool) -> None:
    question = SUBJECT.questions[0]
    brought = httpx.post(f"{server.url}/api/v1/import", json=file(answers=[answer(question, correct=True, days=1)]))
    page = open_as(str(brought.cookies["learner"]), "/en/progress", javascript=javascript)

    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".lede")).to_contain_text("0 of")
    page.get_by_role("button", name="Bring back").click()

    expect(page.locator(".lede")).to_contain_text("1 of")


def test_the_numbers_and_the_navigation_follow_an_answer(open_page: OpenPage) -> None:
    question = next(question for question in SUBJECT.questions if question.kind == "single")
    wrong = next(option for option in question.options if not option.right)
    page = open_page(f"/en/quiz/{SUBJECT.slug}?question={question.id}")

    page.check(f"#q-{question.id}-{wrong.token}")
    page.click(f"#q-{question.id}-send")

    expect(page.locator(f"#number-{question.id}")).to_have_class("wrong")
    expect(page.locator("#standing .strip")).to_contain_text("1 of")


def test_a_review_goes_from_one_question_to_the_next_by_keyboard(open_as: OpenPage, server: Server) -> None:
    singles = [question for question in SUBJECT.questions if question.kind == "single"][:2]
    past = file(answers=[answer(one, correct=False, days=3 - place) for place, one in enumerate(singles)])
    brought = httpx.post(f"{server.url}/api/v1/import", json=past)
    page = open_as(str(brought.cookies["learner"]), "/en/review")
    expect(page.locator("#due")).to_contain_text("2")
    right = next(option for option in singles[0].options if option.right)

    page.check(f"#q-{singles[0].id}-{right.token}")
    page.keyboard.press("Enter")
    expect(page.locator(".judged")).to_be_focused()
    expect(page.locator("#due")).to_contain_text("1")
    page.keyboard.press("Enter")

    expect(page.locator(f"#q-{singles[1].id}")).to_be_visible()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_days_are_the_readers_own_and_without_javascript_those_of_utc(
    open_as: OpenPage, server: Server, lang: str
) -> None:
    """Where it is another day than in UTC now, and still so when the question comes back, in ten minutes."""
    now = datetime.now(UTC)
    zone, hours = ("Pacific/Kiritimati", 14) if now.hour >= 10 else ("Pacific/Niue", -11)
    here = (now + timedelta(hours=hours)).date()
    past = file(answers=[answer(SUBJECT.questions[0], correct=True, days=0)])
    cookie = str(httpx.post(f"{server.url}/api/v1/import", json=past).cookies["learner"])
    for javascript, today in ((True, here), (False, now.date())):
        page = open_as(cookie, f"/{lang}/review", javascript=javascript, zone=zone)
        forecast = page.locator("section:has(> #forecast)")

        expect(forecast.locator(".dates li").first).to_have_text(str(today.day))
        assert forecast.locator("tbody th").all_text_contents() == [
            long_day(lang, today + timedelta(days=ahead)) for ahead in range(14)
        ]
        counts = forecast.locator("tbody td").all_text_contents()
        place = counts.index("1")
        assert counts == [*["0"] * place, "1", *["0"] * (13 - place)]
        assert place == 0 or not javascript  # shortly before midnight in UTC it is tomorrow
        expect(forecast.locator(".counts li").nth(place)).to_have_text("1")
        expect(forecast.locator(".last")).to_have_text(short_day(lang, today + timedelta(days=13)))
        expect(forecast.locator(".total")).to_contain_text({"en": "1 question comes back", "zh": "有 1 道题"}[lang])
        assert ("UTC" in (forecast.text_content() or "")) is not javascript
        column = forecast.locator("rect.rest").first
        assert float(column.get_attribute("height") or 0) == 100
        assert float(column.get_attribute("x") or 0) == 10 * place + 1
