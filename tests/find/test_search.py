"""Search: whatever stands in the corpus is found, mistyped words and words of the other language too."""

import re
import statistics
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.content.terms import Term
from app.lessons.search.entry import KINDS, Entry
from app.lessons.search.index import LONGEST, Search, build, is_whole, snippet
from app.lessons.search.text import HAN, forms, one_edit, unasked, words
from app.lessons.section import plain
from app.site import Site
from tests.conftest import ROOT
from tests.load.search import BUDGET_MS, queries, times

Corpus = Mapping[Lang, tuple[Entry, ...]]
_RUN = re.compile(f"[{HAN}]+")
_WORD = re.compile(r"[a-z0-9]+")
EVERYTHING = 10_000


def shown(entry: Entry) -> str:
    return f"{entry.title}\n{entry.where}\n{entry.text}"


def substrings(text: str, longest: int = 4) -> set[str]:
    return {
        run[at : at + size]
        for run in _RUN.findall(text)
        for size in range(1, longest + 1)
        for at in range(len(run) - size + 1)
    }


def urls(search: Search, entries: tuple[Entry, ...], lang: Lang, query: str) -> set[tuple[str, str]]:
    match = search.match(lang, query)
    assert not match.partly
    assert not any(wanted.instead for wanted in match.wanted)
    return {(entries[place].url, entries[place].title) for place, _ in match.ranked}


# All that was written is found


@pytest.mark.slow
def test_every_short_piece_of_chinese_finds_every_entry_that_has_it(search: Search, entries: Corpus) -> None:
    holders: dict[str, set[tuple[str, str]]] = {}
    for entry in entries["zh"]:
        for piece in substrings(shown(entry)):
            holders.setdefault(piece, set()).add((entry.url, entry.title))
    assert len(holders) > 40_000

    missed = [piece for piece, having in holders.items() if not having <= urls(search, entries["zh"], "zh", piece)]

    assert missed == []


@pytest.mark.slow
def test_every_english_word_finds_every_entry_that_has_it(search: Search, entries: Corpus) -> None:
    holders: dict[str, set[tuple[str, str]]] = {}
    for entry in entries["en"]:
        for word in _WORD.findall(shown(entry).lower()):
            holders.setdefault(word, set()).add((entry.url, entry.title))
    assert len(holders) > 2000

    missed = [word for word, having in holders.items() if not having <= urls(search, entries["en"], "en", word)]

    assert missed == []


@pytest.mark.slow
def test_ninety_nine_of_a_hundred_searches_take_ten_milliseconds_at_most(made: Site, search: Search) -> None:
    """Of the processor's time: what else the machine does is left out."""
    took = [each for lang, asked in queries(made, 300).values() for each in times(search, lang, asked)]

    assert len(took) > 1500
    assert statistics.quantiles(took, n=100)[98] <= BUDGET_MS


@pytest.mark.parametrize("word", ["调度器", "kube-proxy", "oom_score_adj", "EndpointSlice"])
def test_a_sample_of_both_is_found_by_every_test_run(search: Search, entries: Corpus, word: str) -> None:
    having = {(entry.url, entry.title) for entry in entries["zh"] if word in shown(entry)}

    assert having
    assert having <= urls(search, entries["zh"], "zh", word)


def test_every_kind_is_there(entries: Corpus) -> None:
    for lang in LANGUAGES:
        assert {entry.kind for entry in entries[lang]} == set(KINDS)
        assert all(entry.title.strip() and entry.url.startswith(f"/{lang}/") for entry in entries[lang])


def test_no_entry_gives_an_answer_away(search: Search, made: object, entries: Corpus) -> None:
    """Reasons say which option is right: they are not in the index."""
    from app.site import Site

    assert isinstance(made, Site)
    question = next(each for each in made.bank.questions.values() if each.options)
    whys = [option.why.en for option in question.options]

    assert not [entry for entry in entries["en"] if any(why in entry.text for why in whys)]


# How words are understood


@pytest.mark.parametrize(
    ("lang", "query", "first"),
    [
        ("en", "scheduler", "/en/glossary#scheduler"),
        ("en", "调度器", "/en/glossary#scheduler"),
        ("zh", "scheduler", "/zh/glossary#scheduler"),
        ("zh", "调度程序", "/zh/glossary#scheduler"),  # a word that no text uses
        ("en", "kube-scheduler", "/en/glossary#scheduler"),
        ("zh", "选主", "/zh/glossary#leader-election"),
        ("zh", "内存不足", "/zh/glossary#oom-score-adj"),
        ("en", "QoS", "/en/glossary#qos-class"),
        ("en", "rollingupdate", "/en/glossary#rolling-update"),
        ("en", "rolling-update", "/en/glossary#rolling-update"),
        ("en", "eviction", "/en/glossary#eviction"),
    ],
)
def test_a_term_is_found_by_any_of_its_words(search: Search, lang: Lang, query: str, first: str) -> None:
    assert search.find(lang, query).results[0].entry.url == first


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("shedule", "schedule"), ("evicton", "eviction"), ("kubelt", "kubelet"), ("Pdo", "pod"), ("raftt", "raft")],
)
def test_one_wrong_letter_is_forgiven_and_said(search: Search, typed: str, meant: str) -> None:
    found = search.find("en", f"{typed} ")

    assert found.results
    assert found.instead == (meant,)


def test_a_word_that_is_there_is_not_corrected(search: Search) -> None:
    assert search.find("en", "node").instead == ()


@pytest.mark.parametrize("unfinished", ["sch", "shedul", "evi", "promet", "调"])
def test_the_last_word_may_be_unfinished(search: Search, unfinished: str) -> None:
    assert search.find("en" if unfinished.isascii() else "zh", unfinished).results


def test_all_words_must_be_there_or_it_is_said(search: Search) -> None:
    both = search.find("en", "etcd quorum", limit=EVERYTHING)
    some = search.find("en", "prometheus xqzzv")

    assert not both.partly
    assert all(
        {"etcd", "quorum"} <= set(_WORD.findall(shown(each.entry).lower() + " " + each.entry.terms.lower()))
        or "majorit" in shown(each.entry).lower()
        for each in both.results
    )
    assert some.partly
    assert some.results


def test_nothing_found_suggests(search: Search) -> None:
    nothing = search.find("en", "xqzzvwv")
    near = search.find("en", "skeduleer")

    assert (nothing.results, bool(nothing.suggestions)) == ((), True)
    assert "scheduler" in near.suggestions


@pytest.mark.parametrize("query", ["", "  ", "?!", "。", '"', "-", "*", "()", "\x00"])
def test_marks_alone_ask_for_nothing(search: Search, query: str) -> None:
    assert search.find("en", query).results == ()


@pytest.mark.parametrize(
    ("marked", "plain"), [("NEAR(", "near"), ("a AND", "a and"), ("etcd*", "etcd"), ('"raft', "raft")]
)
def test_marks_of_the_index_are_no_marks_here(search: Search, marked: str, plain: str) -> None:
    found = [
        {each.entry.url for each in search.find("en", query, limit=EVERYTHING).results} for query in (marked, plain)
    ]

    assert found[0] == found[1] != set()


@settings(max_examples=150)
@given(query=st.text(max_size=LONGEST))
def test_any_text_is_answered(search: Search, query: str) -> None:
    for lang in LANGUAGES:
        search.find(lang, query)


def test_a_kind_is_chosen_and_the_others_still_counted(search: Search) -> None:
    every, terms = search.find("en", "node"), search.find("en", "node", "term")

    assert terms.counts == every.counts
    assert {each.entry.kind for each in terms.results} == {"term"}
    assert terms.total == (every.counts or {})["term"]


@pytest.mark.parametrize("query", ["histogram vs summary", "what is the difference between a histogram and a summary"])
def test_words_that_only_ask_need_not_be_there(small: Callable[..., Search], query: str) -> None:
    entries = (
        Entry("lesson", "/en/a", "A histogram adds up, a summary does not", "", ""),
        Entry("lesson", "/en/b", "The difference", "", "between what and what; a summary vs a list"),
    )

    found = small(entries).find("en", query)

    assert ([each.entry for each in found.results], found.partly) == ([entries[0]], False)


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("什么是脑裂", "脑裂"),
        ("滚动更新的原理", "滚动更新"),
        ("kubectl exec 的原理是什么", "kubectl exec"),
        ("探针有哪几种", "探针"),
        ("脑裂", "脑裂"),
    ],
)
def test_a_chinese_question_is_asked_without_its_ends(asked: str, left: str) -> None:
    assert unasked(asked).strip() == left


def test_a_word_that_only_asks_can_be_asked_for(small: Callable[..., Search]) -> None:
    entries = (Entry("lesson", "/en/a", "Why", "", "because"), Entry("lesson", "/en/b", "How", "", "so"))

    assert [each.entry for each in small(entries).find("en", "why").results] == [entries[0]]


def test_what_has_more_of_the_words_comes_first_where_none_has_all(small: Callable[..., Search]) -> None:
    """The title of the first has one word; the second says two, one of them rare."""
    entries = (
        Entry("term", "/en/a", "node", "", "a machine"),
        *(Entry("term", f"/en/{number}", "other", "", "a node of the cluster") for number in range(5)),
        Entry("term", "/en/b", "memory", "", "what is reserved on a node"),
    )

    found = small(entries).find("en", "node reserved swap")

    assert found.partly
    assert found.results[0].entry == entries[-1]


def test_what_is_called_so_comes_before_what_says_so(small: Callable[..., Search]) -> None:
    entries = (
        Entry("lesson", "/en/a", "About many things", "", "quorum " * 20),
        Entry("term", "/en/b", "quorum", "", "x"),
    )

    assert [each.entry for each in small(entries).find("en", "quorum").results] == [entries[1], entries[0]]


def test_synonyms_come_from_the_list_of_terms(small: Callable[..., Search]) -> None:
    term = Term("drain", "drain", "排空", {"en": (), "zh": ("腾空",)}, (), made_text())
    entries = (Entry("lesson", "/en/a", "Take a node out", "", "kubectl drain"),)
    with_term, without = small(entries, term), small(entries)

    assert [len(with_term.find("en", word).results) for word in ("排空", "腾空", "drain")] == [1, 1, 1]
    assert not without.find("en", "排空").results


def test_an_index_that_was_cut_off_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "index"
    build(path, {"en": (Entry("term", "/en/b", "quorum", "", "x"),), "zh": ()}, ())
    whole = path.read_bytes()

    assert is_whole(path)
    assert not is_whole(tmp_path / "none")
    for length in (0, 10, 99, 4096, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert not is_whole(path), length


def test_an_index_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be written"):
        build(tmp_path / "no" / "folder", {"en": (), "zh": ()}, ())


def made_text() -> object:
    from app.content.entry import Text

    return Text("Moves the Pods away.", "把 Pod 移走。")


# Cutting and showing


def test_words_of_a_text() -> None:
    assert list(words("kube-proxy 的模式")) == ["kube", "proxy", "的模", "模式", "式"]
    assert list(words("a好b")) == ["a", "好", "b"]


@given(word=st.from_regex(r"[a-z]{3,9}", fullmatch=True), at=st.integers(0, 8))
def test_a_lost_letter_is_one_edit(word: str, at: int) -> None:
    lost = word[: at % len(word)] + word[at % len(word) + 1 :]

    assert word in one_edit(lost)


def test_endings() -> None:
    assert {"pod", "pods"} <= forms("pods")
    assert {"evict", "evicted", "evicts"} <= forms("evicted")


def test_a_snippet_shows_the_match_and_is_short(search: Search) -> None:
    found = search.find("en", "boltdb")

    assert all(len(result.snippet) <= 200 for result in found.results)
    assert any("boltdb" in result.snippet.lower() for result in found.results)
    assert snippet("short", re.compile("(?!)"), "en") == "short"


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "badness"), ("zh", "驱逐"), ("zh", "PriorityClass"), ("en", "kubelet")]
)
def test_a_term_is_shown_from_the_beginning_of_what_it_means(search: Search, lang: Lang, word: str) -> None:
    terms = [result for result in search.find(lang, word).results if result.entry.kind == "term"]

    assert terms
    short = 160 if lang == "en" else 78
    assert not [each.snippet for each in terms if each.snippet.startswith("…") and len(each.entry.text) <= short]


# The page


@pytest.mark.parametrize(("lang", "query"), [("en", "scheduler"), ("zh", "驱逐")])
def test_the_page_shows_results_and_kinds(site: TestClient, lang: str, query: str) -> None:
    page = site.get(f"/{lang}/search", params={"q": query})

    assert page.status_code == 200
    assert f'value="{query}"' in page.text
    assert "<mark>" in page.text
    assert f"/{lang}/search?q={'scheduler' if lang == 'en' else '%E9%A9%B1%E9%80%90'}&amp;kind=term" in page.text


def test_every_result_leads_somewhere(site: TestClient, entries: Corpus) -> None:
    """Every address of the index is a page, and its fragment an id of it."""
    bodies: dict[str, str] = {}
    lost = []
    for entry in (entry for lang in LANGUAGES for entry in entries[lang]):
        page, _, place = entry.url.partition("#")
        if entry.kind in ("question", "example", "fault") and "#" not in entry.url:
            continue  # many addresses of few pages: test_links_of_a_kind
        if page not in bodies:
            bodies[page] = site.get(page).text if site.get(page).status_code == 200 else ""
        if not bodies[page] or (place and f'id="{place}"' not in bodies[page]):
            lost.append(entry.url)

    assert lost == []


@pytest.mark.parametrize("kind", ["question", "example", "fault"])
def test_links_of_a_kind_lead_to_what_they_say(site: TestClient, entries: Corpus, kind: str) -> None:
    for entry in [entry for entry in entries["en"] if entry.kind == kind and "?" in entry.url][::9]:
        assert site.get(entry.url).status_code == 200


def test_what_was_asked_is_text_on_the_page(site: TestClient) -> None:
    page = site.get("/en/search", params={"q": "<script>alert(1)</script> scheduler"}).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_long_query_is_refused(site: TestClient) -> None:
    for path in ("/en/search", "/api/v1/search"):
        assert site.get(path, params={"q": "x" * (LONGEST + 1)}).status_code == 422
    assert "at most 120 characters" in site.get("/en/search", params={"q": "x" * 121}).text


def test_nobody_keeps_what_was_asked(site: TestClient) -> None:
    assert "no-store" in site.get("/en/search?q=etcd").headers["cache-control"]
    assert "no-store" in site.get("/fragments/en/search?q=etcd").headers["cache-control"]


def test_the_fragment_is_short_and_leads_to_all(site: TestClient) -> None:
    fragment = site.get("/fragments/en/search?q=node").text

    assert fragment.count("<li>") == 8
    assert 'href="/en/search?q=node"' in fragment
    assert site.get("/fragments/en/search?q=node", headers={"sec-fetch-dest": "document"}).status_code == 303


def test_programs_find_the_same(site: TestClient) -> None:
    found = site.get("/api/v1/search?q=scheduler&kind=term").json()

    assert found["results"][0] == {"kind": "term", "url": "/en/glossary#scheduler", "title": "scheduler", "where": ""}
    assert site.get("/api/v1/search?q=x&lang=fr").status_code == 422
    assert site.get("/api/v1/search?q=x&kind=nothing").status_code == 422


def test_every_page_opens_the_search_without_a_script(site: TestClient) -> None:
    for path in ("/en/", "/zh/lessons/etcd", "/en/widgets/quantity", "/zh/progress"):
        page = site.get(path).text
        assert 'popovertarget="finder"' in page
        assert f'action="{path[:3]}/search"' in page


def test_the_script_is_small() -> None:
    assert (ROOT / "static" / "js" / "search.js").stat().st_size <= 2048


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_found_is_read_without_marks(entries: Mapping[Lang, tuple[Entry, ...]], lang: Lang) -> None:
    """No backtick, emphasis, citation, chip, step, entity, placeholder; braces of YAML, jsonpath, shells, Go stay."""
    marks = re.compile(r"`|\*\*|\[@|\[=|\[[a-z.-]+#\d\]|\{\{(?! ?[.-])|(?<!\$)\{(?!end\})\w+\}|&[a-z]+;|\]\(")

    shown = {(entry.url, text) for entry in entries[lang] for text in (entry.title, entry.where, entry.text)}
    marked = [(url, found[0]) for url, text in shown if (found := marks.search(text))]

    assert marked == []


def test_labels_of_a_form_are_told_apart(made: Site, entries: Mapping[Lang, tuple[Entry, ...]]) -> None:
    for entry in (entry for entry in entries["en"] if entry.kind == "model"):
        room = made.rooms[entry.terms]
        labels = [plain(room.words.text("en", f"field.{name}")) for name in room.widget.form.model_fields]

        assert entry.text.endswith(" · ".join(labels)), entry.url


@pytest.mark.parametrize(
    ("lang", "asked", "found"),
    [
        ("en", "GOMAXPROCS", "oom-and-qos#oom-runtime-limits"),
        ("en", "blue-green", "deployment-creation#dep-strategies"),
        ("en", "zero downtime", "container-life#life-zero-downtime"),
        ("en", "Thanos", "prometheus#prom-scale"),
        ("en", "dedicated nodes", "scheduler#scheduler-dedicated"),
        ("zh", "灰度", "deployment-creation#dep-strategies"),
        ("zh", "网络策略", "pod-networking#network-policy"),
        ("zh", "错误预算", "prometheus#prom-burn-rate"),
        ("zh", "自动扩缩容", "components#hpa-how"),
    ],
)
def test_what_only_an_interview_answers_is_found_with_its_answer(
    search: Search, lang: Lang, asked: str, found: str
) -> None:
    assert f"/{lang}/asked/{found}" in [each.entry.url for each in search.find(lang, asked).results[:3]]
