"""How the site answers: headers, foreign requests, languages, prepared bytes, missing pages."""

import gzip
import hashlib
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import brotli
import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.web.headers import is_foreign
from app.web.language import negotiate
from app.web.page import prepare
from app.web.templates import format_number

ROOT = Path(__file__).parent.parent
PAGES = ["/en/", "/zh/", "/en/widgets/", "/zh/lessons/pod-creation", "/en/quiz/etcd", "/en/widgets/pod-birth"]


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,zh-TW;q=0.5", "zh"),
        ("fr, de", "en"),
        ("en;q=0.3, zh;q=0.7", "zh"),
        ("zh;q=0, en", "en"),
        ("", "en"),
        (";;;,=,q", "en"),
    ],
)
def test_the_best_language_is_chosen(header: str, lang: str) -> None:
    assert negotiate(header) == lang


def test_the_start_remembers_the_chosen_language(learner: TestClient) -> None:
    first = learner.get("/", headers={"accept-language": "en"})
    learner.get("/language/zh?to=/zh/widgets/")
    second = learner.get("/", headers={"accept-language": "en"})

    assert (first.status_code, first.headers["location"]) == (307, "/en/")
    assert second.headers["location"] == "/zh/"


@pytest.mark.parametrize(
    ("asker", "chooses"), [("same-origin", True), ("none", True), ("cross-site", False), ("same-site", False)]
)
def test_a_page_of_somebody_else_chooses_no_language(learner: TestClient, asker: str, chooses: bool) -> None:
    answer = learner.get("/language/zh", headers={"sec-fetch-site": asker})

    assert (answer.headers["location"], "set-cookie" in answer.headers) == ("/zh/", chooses)


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/zh/\\evil", "/en/"])
def test_the_language_switch_leads_nowhere_else(learner: TestClient, to: str) -> None:
    answer = learner.get("/language/zh", params={"to": to})

    assert answer.headers["location"] == "/zh/"


def test_the_switch_keeps_page_and_state(site: TestClient) -> None:
    page = site.get("/en/widgets/pod-birth?fault=scheduler-down&step=3").text

    target = re.search(r'id="language" href="([^"]+)"', page)

    assert target
    moved = site.get(target[1].replace("&amp;", "&"))
    assert moved.headers["location"] == "/zh/widgets/pod-birth?fault=scheduler-down&step=3"


def test_a_page_with_one_address_keeps_it_in_the_other_language(learner: TestClient) -> None:
    """The page of the API is /api/docs in both."""
    page = learner.get("/api/docs", headers={"accept-language": "en"}).text
    target = re.search(r'id="language" href="([^"]+)"', page)
    assert target

    moved = learner.get(target[1].replace("&amp;", "&"))

    assert moved.headers["location"] == "/api/docs"
    assert '<html lang="zh-Hans">' in learner.get("/api/docs", headers={"accept-language": "en"}).text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_its_language_and_its_twin(site: TestClient, path: str) -> None:
    answer = site.get(path, headers={"host": "localhost:8000"})
    page, links = answer.text, answer.headers["link"]

    assert f'<html lang="{"zh-Hans" if path.startswith("/zh") else "en"}">' in page
    assert f'<http://localhost:8000{path}>; rel="canonical"' in links
    assert f'<http://localhost:8000/en{path[3:]}>; rel="alternate"; hreflang="en"' in links
    assert f'<http://localhost:8000/zh{path[3:]}>; rel="alternate"; hreflang="zh-Hans"' in links
    assert re.search(r'<meta name="description" content="[^"]{30,}">', page)
    assert page.count("<h1") == 1


@pytest.mark.parametrize("path", [*PAGES, "/en/nothing-here", "/healthz", "/api/v1/quiz"])
def test_every_answer_carries_the_headers(site: TestClient, path: str) -> None:
    headers = site.get(path).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_inline_style_or_script(site: TestClient, path: str) -> None:
    page = site.get(path).text

    page = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", page)  # data, which nobody runs
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page)
    assert not re.search(r'(?:src|href)="https?://[^"]+\.(?:js|css)"', page)


@pytest.mark.parametrize(
    ("method", "headers", "foreign"),
    [
        ("GET", {b"sec-fetch-site": b"cross-site"}, False),
        ("POST", {b"sec-fetch-site": b"same-origin"}, False),
        ("POST", {b"sec-fetch-site": b"none"}, False),
        ("POST", {b"sec-fetch-site": b"same-site"}, True),
        ("POST", {b"sec-fetch-site": b"cross-site"}, True),
        ("POST", {b"origin": b"https://podscope.example", b"host": b"podscope.example"}, False),
        ("POST", {b"origin": b"https://evil.example", b"host": b"podscope.example"}, True),
        ("POST", {b"origin": b"null", b"host": b"podscope.example"}, True),
        ("DELETE", {}, False),
    ],
)
def test_requests_of_foreign_pages_are_known(method: str, headers: dict[bytes, bytes], foreign: bool) -> None:
    assert is_foreign(method, headers) is foreign


def test_a_foreign_answer_is_refused_before_anything_is_stored(learner: TestClient) -> None:
    answer = learner.post("/api/v1/answers", json={}, headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sent_small_and_once(site: TestClient, path: str) -> None:
    plain = site.get(path, headers={"accept-encoding": "identity"})
    small = site.get(path, headers={"accept-encoding": "br, gzip"})
    again = site.get(path, headers={"accept-encoding": "br, gzip", "if-none-match": small.headers["etag"]})

    assert "content-encoding" not in plain.headers
    assert int(plain.headers["content-length"]) == len(plain.content)
    assert small.headers["content-encoding"] == "br"
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == small.headers["etag"] != plain.headers["etag"]


def test_each_coding_holds_the_same_bytes() -> None:
    page = prepare("<p>" + "words " * 500)

    assert gzip.decompress(page.gzip) == brotli.decompress(page.brotli) == page.identity


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("br;q=1.0, gzip;q=0.8", b"br"),
        ("gzip", b"gzip"),
        ("", None),
        ("br;q=0, gzip", b"gzip"),
        ("deflate", None),
        ("gzip;q=0.8", b"gzip"),
        ("gzip;q=0.5, br;q=0.9", b"br"),
        ("br;q=0.5, gzip;q=0.9", b"gzip"),
        ("gzip ; Q=0.001", b"gzip"),
        ("GZIP", b"gzip"),
        ("x-gzip", b"gzip"),
        ("gzip;q=0.000", None),
        ("gzip;q=2", None),
        ("gzip;q=0.5;q=1", None),
        ("gzip;level=9", None),
        ("*;q=0.1, br;q=0", b"gzip"),
        ("*;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", b"gzip"),
        ("identity;q=0, deflate", None),
        (",, gzip ,", b"gzip"),
    ],
)
def test_the_coding_is_what_the_client_wants_most(accept: str, coding: bytes | None) -> None:
    assert prepare("<p>" + "words " * 500).coding(accept)[1] == coding


def test_a_client_that_takes_any_coding_gets_the_smallest() -> None:
    page = prepare("<p>" + "words " * 500)

    assert page.coding("*")[0] == min(page.brotli, page.gzip, key=len)


def test_what_does_not_get_smaller_is_sent_as_it_is() -> None:
    assert prepare(b"\x89PNG", "image/png").coding("*, br, gzip") == (b"\x89PNG", None)


def test_the_codings_of_several_lines_are_one_list(site: TestClient) -> None:
    lines = [("accept-encoding", "gzip;q=0.5"), ("accept-encoding", "br;q=0.9")]

    assert site.get("/en/", headers=lines).headers["content-encoding"] == "br"


def test_head_has_the_headers_of_get_and_no_body(site: TestClient) -> None:
    get, head = site.get("/en/"), site.head("/en/")

    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]


def test_assets_are_immutable_and_named_by_their_hash(site: TestClient) -> None:
    page = site.get("/en/").text

    for url in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        asset = site.get(url)
        assert asset.status_code == 200, url
        assert "immutable" in asset.headers["cache-control"]
        assert hashlib.sha256(asset.content).hexdigest()[:12] in url


def test_htmx_is_the_version_that_we_name() -> None:
    script = (ROOT / "static/js/htmx.min.js").read_bytes()

    assert hashlib.sha256(script).hexdigest() == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
    assert b"4.0.1" in script
    assert "htmx.org@4.0.1" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_missing_page_answers_in_the_readers_language_and_suggests(site: TestClient, lang: str) -> None:
    answer = site.get(f"/{lang}/lessons/pod-creaton")

    assert answer.status_code == 404
    assert f'href="/{lang}/lessons/pod-creation"' in answer.text
    assert ("页面不存在" if lang == "zh" else "Page not found") in answer.text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "path", ["nothing/here", "lessons/pod-creation/storag", "aksed/etcd", "cheat/etc", "quiz/etdc"]
)
def test_what_is_suggested_is_pages_each_by_its_own_name(site: TestClient, path: str, lang: Lang) -> None:
    listed = site.get(f"/{lang}/{path}").text.partition('<ul class="suggest">')[2].partition("</ul>")[0]
    suggested = dict(re.findall(r'<a href="([^"]+)">([^<]+)</a>', listed))

    assert suggested
    assert len(set(suggested.values())) == len(suggested), suggested
    for address, name in suggested.items():
        assert "." not in address, suggested
        assert name != address, suggested
        assert f"<title>{name} · Podscope</title>" in site.get(address).text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", ["oom", "docs/oom", "qos"])
def test_a_word_of_an_address_is_enough_for_a_suggestion(site: TestClient, path: str, lang: Lang) -> None:
    listed = site.get(f"/{lang}/{path}").text.partition('<ul class="suggest">')[2].partition("</ul>")[0]

    assert re.findall(r'href="([^"]+)"', listed)[0] == f"/{lang}/lessons/oom-and-qos"


@pytest.mark.parametrize("path", ["nothere", "xyzzy", "foo"])
def test_what_is_like_nothing_is_answered_with_whole_lessons(site: TestClient, path: str) -> None:
    """That both addresses begin with /en/ is no likeness."""
    listed = site.get(f"/en/{path}").text.partition('<ul class="suggest">')[2].partition("</ul>")[0]

    assert [url.count("/") for url in re.findall(r'href="(/en/lessons/[^"]+)"', listed)] == [3, 3, 3]


# Two marks in a row, a half-width one between Chinese, or a space behind a full-width one before what belongs to it.
MIXED = re.compile(r"[？。！] ?[:;,.](?= )|：[ \n]+\S|[\u4e00-\u9fff]: |[\u4e00-\u9fff]\x01* \(")


@pytest.mark.parametrize(
    "path",
    [
        "glossary",
        "changes",
        "search?q=zzzqqq",
        "search?q=kubelet",
        "asked/oom-and-qos",
        "cheat/oom-and-qos",
        "lessons/oom-and-qos",
        "lessons/etcd",
        "widgets/pod-birth",
        "quiz/oom-and-qos",
        "interview",
        "interview?seed=7&count=3&at=1",
        "widgets/alert-routing",
        "widgets/metric-types",
        "widgets/pod-packet?step=2",
        "progress/keep",
        "print",
    ],
)
def test_chinese_has_its_own_punctuation_between_the_parts_of_a_page(site: TestClient, path: str) -> None:
    page = site.get(f"/zh/{path}").text
    main = page[page.index("<main") :]
    main = re.sub(r"<(pre|code|style|script|svg|textarea|kbd|cite)\b.*?</\1>", "\x01", main, flags=re.S)
    main = re.sub(r"</?(?:p|li|t[dhr]|div|d[dt]|h\d|ul|ol|summary|label|small|button|table)\b[^>]*>", "\x00", main)
    main = re.sub(r"<[^>]+>", "", main)

    assert [main[found.start() - 20 : found.end() + 20] for found in MIXED.finditer(main)] == []


def test_a_page_like_no_other_is_answered_with_lessons(site: TestClient) -> None:
    answer = site.get("/zh/xyzzy")

    assert answer.text.count('<li><a href="/zh/lessons/') == 3


def test_a_missing_page_shows_what_was_asked_as_text(site: TestClient) -> None:
    answer = site.get("/en/%3Cscript%3Ealert(1)%3C/script%3E")

    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_a_missing_api_path_answers_as_a_problem(site: TestClient) -> None:
    answer = site.get("/api/v1/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_fragment_opened_as_a_document_leads_to_its_page(site: TestClient) -> None:
    answer = site.get("/fragments/en/widgets/pod-birth?step=4", headers={"sec-fetch-dest": "document"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/en/widgets/pod-birth?step=4")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (-997, "−997"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), "NaN"),
        (float("-inf"), "−Inf"),
        (2.5e-9, "2.5e-09"),
        (None, "–"),
        (12345678901234.0, "12,345,678,901,234"),
        (1.23456789012345e-6, "0.00000123456789012"),
        (1e15, "1e+15"),
        (-(2**63), "−9,223,372,036,854,775,808"),
        (2**63 * 1000, "9,223,372,036,854,775,808,000"),
        pytest.param(10**5000, "1.00000000000e+5000", id="huge"),
        (Decimal("1e13"), "10,000,000,000,000"),
        (Decimal("-12.50"), "−12.5"),
        (Decimal("NaN"), "NaN"),
        (Decimal("Infinity"), "+Inf"),
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(10**20), "100,000,000,000,000,000,000"),
    ],
)
def test_numbers_are_printed_for_people(value: float | None, text: str) -> None:
    assert format_number(value) == text


@given(st.one_of(st.integers(-(10**400), 10**400), st.floats(), st.decimals(), st.fractions()))
def test_any_number_is_printed(value: Any) -> None:
    assert format_number(value)


@given(st.integers(-(10**200), 10**200))
def test_a_whole_number_is_printed_exactly(value: int) -> None:
    printed = format_number(value)

    assert int(printed.replace(",", "").replace("−", "-")) == value
    assert all(len(group) == 3 for group in printed.split(",")[1:])


@given(st.floats(-1e15, 1e15))
def test_a_broken_number_keeps_twelve_digits(value: float) -> None:
    printed = format_number(value)

    assert float(printed.replace(",", "").replace("−", "-")) == pytest.approx(value, rel=1e-11)


@pytest.mark.parametrize("value", [0, -7, 1234567, 0.5, -1234.25, 1e-5, 99999999999.5, 123456.789012])
def test_both_languages_group_as_unicode_says(value: float) -> None:
    """What Babel knows of `zh_Hans` and `en` in the CLDR is what we write ourselves, which can't print all."""
    for locale in ("en", "zh_Hans"):
        said = format_decimal(value, format="#,##0.###############", locale=locale, decimal_quantization=False)
        assert format_number(value) == said.replace("-", "−")


def test_the_site_tells_prometheus_its_requests_by_template(site: TestClient) -> None:
    def count(route: str) -> float:
        text = site.get("/metrics").text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        samples = families["podscope_http_requests"].samples
        return sum(s.value for s in samples if s.name.endswith("_total") and s.labels["route"] == route)

    prepared, made = count("/{lang}/lessons/{slug}"), count("/fragments/{lang}/widgets/{slug}")
    site.get("/en/lessons/etcd")
    site.get("/zh/lessons/kubevirt")
    site.get("/fragments/en/widgets/quantity")

    assert count("/{lang}/lessons/{slug}") == prepared + 2
    assert count("/fragments/{lang}/widgets/{slug}") == made + 1


def test_all_four_metric_types_are_there(site: TestClient) -> None:
    site.get("/healthz")

    types = {family.type for family in text_string_to_metric_families(site.get("/metrics").text)}

    assert {"counter", "gauge", "histogram", "summary"} <= types


def test_what_is_made_per_request_is_sent_compressed(site: TestClient) -> None:
    """A step of a sequence stays under 12 kB on its way."""
    for step in (1, 12, 22):
        path = f"/fragments/en/widgets/pod-birth?step={step}"
        with site.stream("GET", path, headers={"accept-encoding": "br"}) as answer:
            size = sum(len(chunk) for chunk in answer.iter_raw())

        assert answer.headers["content-encoding"] == "br"
        assert size < 12_000


def test_a_body_that_is_too_large_is_refused(site: TestClient) -> None:
    answer = site.post("/api/v1/widgets/quantity", content=b" " * (18 << 20))

    assert answer.status_code == 413
