"""Letters and lines: none is too small to read on the narrowest window, and no line ends inside a number or a word."""

import re

import pytest

from app.content.terms import terms_of
from app.content.unparted import SHORT
from app.place import CONTENT
from tests.browser.conftest import OpenPage
from tests.written import known_lessons, known_rooms

LESSONS = [lesson.slug for lesson in known_lessons()]
MODELS = list(known_rooms())
SEQUENCES = [slug for slug, room in known_rooms().items() if room.widget.kind == "sequence"]
DEEPER = [f"{lesson.slug}/{piece.piece}" for lesson in known_lessons() for piece in lesson.pieces]
PLACES = [*(f"lessons/{slug}" for slug in LESSONS), *(f"widgets/{slug}" for slug in MODELS)]
SMALLEST_PX = 11

# Texts of pictures that are smaller than so many pixels, are cut at an edge, or stand upon each other.
DRAWN = """(smallest) => {
    const wrong = [];
    for (const svg of document.querySelectorAll("svg.drawing")) {
        if (!svg.checkVisibility()) continue;
        const [picture, known] = [svg.getBoundingClientRect(), []];
        const isCut = getComputedStyle(svg).overflow === "hidden" || svg.closest(".scroll");
        for (const text of svg.querySelectorAll("text")) {
            const said = text.textContent.trim(), box = text.getBoundingClientRect();
            if (!said || !text.checkVisibility() || !box.width) continue;
            const {a, b} = text.getScreenCTM();
            const px = parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
            if (px < smallest - 0.05) wrong.push(`${px.toFixed(1)} px: ${said}`);
            const [from, to] = isCut ? [picture.left - 1, picture.right + 1] : [0, innerWidth];
            if (box.left < from || box.right > to) wrong.push(`cut: ${said}`);
            const on = known.find(([, of]) => Math.min(of.right, box.right) - Math.max(of.left, box.left) > 1
                && Math.min(of.bottom, box.bottom) - Math.max(of.top, box.top) > box.height / 2);
            if (on) wrong.push(`${said} upon ${on[0]}`);
            known.push([said, box]);
        }
    }
    return [...new Set(wrong)];
}"""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_the_narrowest_window_every_picture_can_be_read(open_page: OpenPage, lang: str) -> None:
    page = open_page(f"/{lang}/", width=320)
    wrong = {}
    for place in (*PLACES, *(f"lessons/{slug}" for slug in DEEPER)):
        page.goto(f"/{lang}/{place}")
        wrong[place] = page.evaluate(DRAWN, SMALLEST_PX)
        wrong[place] += ["wider than the window"] * page.evaluate("document.documentElement.scrollWidth > 320")

    assert {place: faults for place, faults in wrong.items() if faults} == {}


def test_the_longest_numbers_of_a_picture_find_room(open_page: OpenPage) -> None:
    """Six digits are grouped, and stand at the left of the axis."""
    page = open_page("/en/widgets/histogram-quantile?example=at-least", width=320)

    assert page.evaluate(DRAWN, SMALLEST_PX) == []


@pytest.mark.parametrize(("lang", "width"), [("en", 768), ("zh", 1280)])
def test_in_a_lesson_no_letter_of_a_picture_is_too_small_on_any_width(
    open_page: OpenPage, lang: str, width: int
) -> None:
    page = open_page(f"/{lang}/", width=width)
    wrong = {}
    for slug in LESSONS:
        page.goto(f"/{lang}/lessons/{slug}")
        wrong[slug] = [each for each in page.evaluate(DRAWN, SMALLEST_PX) if " px: " in each]

    assert {slug: faults for slug, faults in wrong.items() if faults} == {}


# Of all letters that are shown, the share of those that are 12 px or larger: what Lighthouse calls legible.
LEGIBLE = """() => {
    let [all, legible] = [0, 0];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const {parentElement: element, data} = walk.currentNode;
        const count = data.trim().length;
        if (!count || element.closest("script, style, title, desc, option") || !element.checkVisibility()) continue;
        all += count;
        if (parseFloat(getComputedStyle(element).fontSize) >= 12) legible += count;
    }
    return legible / all;
}"""


def test_nearly_all_letters_are_legible_on_a_phone(open_page: OpenPage) -> None:
    page = open_page("/en/", width=412)
    shares = {}
    for place in PLACES:
        page.goto(f"/en/{place}")
        shares[place] = page.evaluate(LEGIBLE)

    assert {place: share for place, share in shares.items() if share < 0.97} == {}


# Where a heading goes on in another line although its word has not ended; the browser knows the words of Chinese.
PARTED = """(terms) => {
    const words = new Intl.Segmenter("zh", {granularity: "word"});
    const wrong = [];
    for (const heading of document.querySelectorAll("main :is(h1, h2, h3), .lesson > .masthead .lede")) {
        if (!heading.checkVisibility()) continue;
        const text = heading.textContent;
        const inside = new Set();
        const hold = (from, long) => { for (let at = from + 1; at < from + long; at += 1) inside.add(at); };
        for (const {segment, index} of words.segment(text)) if (/^[一-鿿]+$/.test(segment)) hold(index, segment.length);
        for (const term of terms)
            for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) hold(at, term.length);
        const walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        for (let place = 0, last = null; walker.nextNode();) {
            const {data} = walker.currentNode;
            for (let at = 0; at < data.length; at += 1, place += 1) {
                range.setStart(walker.currentNode, at);
                range.setEnd(walker.currentNode, at + 1);
                const box = range.getClientRects()[0];
                if (!box) continue;
                if (last !== null && box.top > last && inside.has(place))
                    wrong.push(`${text.slice(Math.max(0, place - 4), place)}|${text.slice(place, place + 4)}`);
                last = box.bottom - box.height / 3;
            }
        }
    }
    return wrong;
}"""


def test_no_chinese_heading_parts_a_word(open_page: OpenPage) -> None:
    """On each width, of every page that the site map names, opened once. Titles of diagnoses are sentences and set as
    such, and the printed book is made of the pages of others."""
    terms = [word for term in terms_of(CONTENT) if re.fullmatch(r"[一-鿿]{2,}", word := term.said("zh"))]
    page = open_page("/zh/")
    places = re.findall(r"(/zh/[^<\"]*)<", page.request.get("/sitemap.xml").text())
    assert len(places) > 90
    parted = {}
    for place in set(places) - {"/zh/diagnoses", "/zh/print"}:
        page.goto(place)
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            parted[place, width] = page.evaluate(PARTED, terms)

    assert {place: words for place, words in parted.items() if words} == {}


# Short code of a text that goes on in another line.
TORN = """(longest) => [...document.querySelectorAll("main :not(pre) > code, main code > .nb")]
    .filter((code) => code.checkVisibility() && code.textContent.includes("-") && code.textContent.length <= longest)
    .filter((code) => code.getClientRects().length > 1)
    .map((code) => code.textContent)"""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_ends_inside_a_short_command(open_page: OpenPage, lang: str) -> None:
    """A browser breaks after any hyphen: `-o yaml` behind the first character."""
    page = open_page(f"/{lang}/", width=320)
    torn = {}
    for place in (*PLACES, *(f"lessons/{slug}" for slug in DEEPER)):
        page.goto(f"/{lang}/{place}")
        torn[place] = page.evaluate(TORN, SHORT)

    assert {place: codes for place, codes in torn.items() if codes} == {}


# What can be scrolled sideways and shows nothing of it at its edge; words of a table that are broken inside.
CUT = """() => {
    const wrong = [];
    for (const each of document.querySelectorAll("main *")) {
        const { overflowX, backgroundImage, maskImage } = getComputedStyle(each);
        if (!["auto", "scroll"].includes(overflowX) || each.scrollWidth <= each.clientWidth + 1) continue;
        if (!each.checkVisibility() || each.matches("textarea, select, input")) continue;
        if (backgroundImage !== "none" || maskImage !== "none") continue;
        wrong.push(`cut: ${each.localName}.${each.className} ${each.textContent.trim().slice(0, 40)}`);
    }
    for (const table of document.querySelectorAll("main table")) {
        const isWider = table.checkVisibility() && table.offsetWidth > table.parentElement.clientWidth + 1;
        if (isWider && !table.closest(".scroll")) wrong.push(`no scroller: ${table.textContent.trim().slice(0, 40)}`);
    }
    return [...new Set(wrong)];
}"""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_wider_than_its_place_says_so_at_its_edge(open_page: OpenPage, lang: str) -> None:
    page = open_page(f"/{lang}/", width=390)
    wrong = {}
    for place in [*PLACES, *(f"widgets/{slug}?step=8" for slug in SEQUENCES)]:
        page.goto(f"/{lang}/{place}")
        page.evaluate("need()")
        page.wait_for_function("() => window.htmx")
        wrong[place] = page.evaluate(CUT)

    assert {place: faults for place, faults in wrong.items() if faults} == {}


BROKEN = """() => {
    const broken = [], range = document.createRange();
    for (const code of document.querySelectorAll(".prose table code")) {
        const walk = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
        while (walk.nextNode())
            for (const { 0: word, index } of walk.currentNode.data.matchAll(/[A-Za-z]+/g)) {
                range.setStart(walk.currentNode, index);
                range.setEnd(walk.currentNode, index + word.length);
                const [first, ...others] = range.getClientRects();
                if (others.some((other) => other.top > first.bottom - 1) && !/[a-z][A-Z]/.test(word)) broken.push(word);
            }
    }
    return broken;
}"""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_word_of_a_table_is_broken_on_a_phone(open_page: OpenPage, lang: str) -> None:
    page = open_page(f"/{lang}/", width=390)
    broken = {}
    for slug in LESSONS:
        page.goto(f"/{lang}/lessons/{slug}")
        broken[slug] = page.evaluate(BROKEN)

    assert {slug: words for slug, words in broken.items() if words} == {}
