"""A lesson begins with a part of its style sheet: what it leaves out can match nothing that is there, nor change it."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.place import CONTENT
from app.web.narrow import _parted, _rules
from tests.browser.conftest import OpenPage

LESSONS = [folder.name[3:] for folder in sorted(CONTENT.glob("[0-9][0-9]-*"))]
STATE = re.compile(
    r"::[\w-]+(?:\([^()]*\))?|:(?:hover|focus-visible|focus-within|focus|target|checked|disabled|active|popover-open|empty)\b"
    r"|\[(?:open|aria-[a-z]+|popover)[^\]]*\]"
)
NOT = re.compile(r":not\((?:[^()]|\([^()]*\))*\)")


def always(selector: str) -> str:
    """What it would match in whatever state elements are."""
    bare = STATE.sub("", NOT.sub("", selector)).strip()
    bare = re.sub(r":(?:is|has)\([\s,>]*\)", "", bare)
    return re.sub(r"(?<=[>+~])\s*$", " *", re.sub(r"^\s*(?=[>+~]|$)", "* ", bare)).strip()


def text_of(page: Page, attribute: str) -> str:
    address = re.search(rf'{attribute}="(/static/css/[^"]+)"', page.content())
    assert address
    return page.request.get(page.url.partition("/en/")[0] + address[1]).text()


@pytest.mark.parametrize("slug", LESSONS)
def test_no_rule_that_comes_later_matches_what_is_there(open_page: OpenPage, slug: str) -> None:
    page = open_page("/en/offline")
    page.route("**/static/js/later.*.js", lambda route: route.abort())
    page.goto(page.url.replace("/offline", f"/lessons/{slug}"))
    first, whole = text_of(page, 'rel="stylesheet" href'), text_of(page, "data-look")
    there = {(rule.inside, each, rule.body) for rule in _rules(first) for each in _parted(rule.prelude)}

    late = {
        always(each)
        for rule in _rules(whole)
        if rule.body is not None and not rule.prelude.startswith("@")
        for each in _parted(rule.prelude)
        if (rule.inside, each, rule.body) not in there
    }

    assert len(late) > 100
    asked = "(late) => late.filter((each) => { try { return document.querySelector(each); } catch { return true; } })"
    assert page.evaluate(asked, sorted(late)) == []


def test_what_is_folded_in_a_player_comes_when_it_is_unfolded(open_page: OpenPage) -> None:
    page = open_page("/en/lessons/container-life")
    fold = page.locator("[data-player] details.all").first
    fold.scroll_into_view_if_needed()

    fold.locator("summary").focus()
    page.keyboard.press("Enter")

    expect(fold.locator("pre")).to_be_visible()
    expect(fold.locator("summary")).to_be_focused()
    assert fold.locator("a.own").count() == 0


def test_without_javascript_a_fold_leads_to_the_models_own_page(open_page: OpenPage) -> None:
    page = open_page("/en/lessons/container-life", javascript=False)
    fold = page.locator("[data-player] details.all").first

    fold.locator("summary").click()
    fold.locator("a.own").click()

    assert "/en/widgets/" in page.url
    expect(page.locator("[data-player] details.all pre").first).to_have_count(1)
