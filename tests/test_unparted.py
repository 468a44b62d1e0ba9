"""A number stays with its unit at the end of a line, and in a Chinese heading a word with itself."""

import re
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.content.terms import terms_of
from app.content.unparted import NO_BREAK, unparted
from app.place import APP, CONTENT, STATIC
from app.web.templates import breakable
from tests.written import known_lessons, known_rooms

PLACES = [f"lessons/{lesson.slug}" for lesson in known_lessons()] + [f"widgets/{slug}" for slug in known_rooms()]
APART = {
    "en": re.compile(r"\d (?:ms|s|min|h|B|kB|[KMGT]iB|CPUs?|bytes?|seconds?|minutes?|hours?|days?|%)(?![\w/-])"),
    "zh": re.compile(r"\d (?:(?:ms|s|min|h|B|kB|[KMGT]iB|CPU)(?![\w/-])|[一-鿿])|第 \d"),
}

VERBATIM = ("pre", "code", "textarea", "script", "title", "option", "svg", "kbd")


class Prose(HTMLParser):
    """What of a page is broken into lines; code, what is typed and pictures are not."""

    def __init__(self, page: str, verbatim: tuple[str, ...] = VERBATIM) -> None:
        super().__init__()
        self.verbatim = verbatim
        self.depth = 0
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, _: object) -> None:
        self.depth += tag in self.verbatim
        self.text += "" if tag == "b" else "\n"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in self.verbatim
        self.text += "" if tag in ("em", "b", "strong", "span") else "\n"

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.text += data


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
def test_no_line_of_a_page_ends_between_a_number_and_its_unit(site: TestClient, place: str, lang: Lang) -> None:
    page = site.get(f"/{lang}/{place}")

    assert page.status_code == 200
    prose = Prose(page.text).text
    assert len(prose) > 500
    assert [prose[max(0, each.start() - 20) : each.end()] for each in APART[lang].finditer(prose)] == []


@pytest.mark.parametrize(
    ("lang", "html", "said"),
    [
        ("en", "<p>in 10 ms, of 64 MiB</p>", "<p>in 10~ms, of 64~MiB</p>"),
        ("en", "<b>4</b> GiB, 3 seconds, 5 %", "<b>4</b>~GiB, 3~seconds, 5~%"),
        ("en", "2 server, 3 sets, 1 s/op", "2 server, 3 sets, 1 s/op"),
        ("en", '<p title="10 s"><code>sleep 10 s</code> <pre>4 GiB</pre></p>', None),
        ("en", "<textarea>\n5 s\n</textarea><option>5 s</option>", None),
        ("zh", "<p>第 70 秒，8 个，10 ms</p>", "<p>第~70~秒，8~个，10~ms</p>"),
        ("zh", "<p>虚拟机</p>", None),
        ("zh", "<h2>在虚拟机里</h2>", '<h2>在<span class="nb">虚拟机</span>里</h2>'),
        ("zh", '<h2 title="虚拟机"><code>虚拟机</code></h2>', None),
        (
            "zh",
            "<h2><code>-o yaml</code> 虚拟机</h2>",
            '<h2><code class="nb">-o yaml</code> <span class="nb">虚拟机</span></h2>',
        ),
        (
            "en",
            "<code>-o yaml</code> <code>a-b -- c</code>",
            '<code class="nb">-o yaml</code> <code class="nb">a-b -- c</code>',
        ),
        (
            "en",
            "<code>kubectl get pods -A -o wide --field-selector metadata.name=web</code>",
            '<code>kubectl get pods <span class="nb">-A</span> <span class="nb">-o wide</span> '
            '<span class="nb">--field-selector</span> metadata.name=web</code>',
        ),
        ("en", "<pre><code>-o yaml</code></pre> <code>--longer-than-a-column-of-a-phone</code>", None),
        (
            "zh",
            "<p><b>第 x 行：</b> 错了。\n<code>a</code> 与 <b>b</b> （c）</p>",
            "<p><b>第 x 行：</b>错了。<code>a</code> 与 <b>b</b>（c）</p>",
        ),
        ("zh", "<pre>： a</pre><p>？ · ！</p> <p>b</p>", None),
        ("en", "<p>：  a</p>", None),
    ],
)
def test_what_stays_together(lang: Lang, html: str, said: str | None) -> None:
    once = unparted(html, lang)

    assert once == (html if said is None else said.replace("~", NO_BREAK))
    assert unparted(once, lang) == once


INLINE = re.compile(r"</?(?:a|b|code|cite|dfn|em|i|mark|q|small|span|strong)\b[^>]*>")
LEFT_OUT = re.compile(r"<(pre|textarea|script|svg|option|style|title)\b.*?</\1>", re.S)
SPACED = re.compile(r"[，。；：？！、）》】] +(?=[^\s<·…→←↑↓])|[^\s>] +(?=[（《【])|[一-鿿] “|” [一-鿿]")


def test_no_space_stands_beside_a_full_width_mark(site: TestClient) -> None:
    """Wherever two sentences follow one another, a value a word, or a link its label."""
    places = [*PLACES, *("", "changes", "glossary", "claims", "diagnoses", "interview", "progress", "search?q=etcd")]
    places += [f"{kind}/{lesson.slug}" for lesson in known_lessons() if not lesson.piece for kind in ("cheat", "asked")]
    texts = {place: INLINE.sub("", LEFT_OUT.sub("<x>", site.get(f"/zh/{place}").text)) for place in places}

    assert all(len(text) > 2000 for text in texts.values())
    found = {
        place: [text[max(0, m.start() - 9) : m.end() + 9] for m in SPACED.finditer(text)]
        for place, text in texts.items()
    }
    assert {place: spaced for place, spaced in found.items() if spaced} == {}


def test_every_chinese_term_stays_whole_in_a_heading() -> None:
    words = [word for term in terms_of(CONTENT) if re.fullmatch(r"[一-鿿]{2,}", word := term.said("zh"))]

    assert len(words) > 20
    for word in words:
        assert unparted(f"<h2>{word}</h2>", "zh") == f'<h2><span class="nb">{word}</span></h2>'


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("/api/v1/pods?watch=true", ["/", "api/", "v1/", "pods?", "watch=", "true"]),
        ("https://x.svc:443/a", ["https://", "x.svc:", "443/", "a"]),
        ("fieldSelector=spec.nodeName", ["field", "Selector=", "spec.node", "Name"]),
    ],
)
def test_a_long_address_goes_on_after_a_sign_or_before_a_capital(address: str, parts: list[str]) -> None:
    assert breakable(address) == "<wbr>".join(parts)


def test_what_dresses_a_span_in_a_heading_leaves_a_word_alone() -> None:
    """A word of a Chinese heading is a span as well: `nb`."""
    sheets = [*(STATIC / "css").glob("*.css"), *APP.glob("widgets/*/widget.css")]
    dressed = re.compile(r"(?:\bh[1-6]|title|verdict)(?::\w+(?:\([^)]*\))?)?(?: >)? span\b(?!:not\(\[class\]\)|\.)")
    found = {sheet.name: match[0] for sheet in sheets for match in dressed.finditer(sheet.read_text("utf-8"))}

    assert len(sheets) > 20
    assert found == {}
