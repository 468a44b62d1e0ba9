"""All diagnoses: listed once, each with a paste that proves it and an address, filtered by STATUS, found by words."""

import re
from collections.abc import Mapping
from html import unescape

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.lessons.diagnoses import NO_POD, diagnosing, listed
from app.lessons.search.entry import Entry
from app.lessons.search.index import Search
from app.site import Site
from app.widgetkit.contract import Diagnosis
from app.widgets.pod_story.rules import OPEN, RULES
from app.widgets.pod_story.test_pod_story import CASES, MESSAGES, told

each_language = pytest.mark.parametrize("lang", LANGUAGES)
EVERYTHING = 10_000


@pytest.fixture(scope="module")
def diagnoses(made: Site) -> tuple[Diagnosis, ...]:
    return next(diagnosing(made.rooms))[1]


def test_every_rule_is_listed_in_the_order_in_which_it_is_tried(diagnoses: tuple[Diagnosis, ...]) -> None:
    assert [each.id for each in diagnoses] == [rule.id for rule in (*RULES, OPEN)]
    assert [each.code for each in diagnoses] == [rule.code for rule in (*RULES, OPEN)]


def test_the_paste_of_each_proves_it(diagnoses: tuple[Diagnosis, ...]) -> None:
    found = {each.id: told(each.paste["text"]).verdict.rule for each in diagnoses}

    assert found == {each.id: each.id for each in diagnoses}


def test_each_names_the_status_that_real_pastes_of_it_show(diagnoses: tuple[Diagnosis, ...]) -> None:
    """Words of containers have `Init:` before them while init containers are not done; what cannot be told at all may
    have any."""
    by_id = {each.id: each for each in diagnoses}
    shown = {(outcome.verdict.rule, outcome.status) for outcome in (told(case["text"]) for case in (*CASES, *MESSAGES))}

    assert len({rule for rule, status in shown if status}) > 30
    assert [
        (rule, status)
        for rule, status in sorted(shown)
        if status
        and rule != OPEN.id
        and status not in by_id[rule].status
        and status.removeprefix("Init:") not in by_id[rule].status
    ] == []


# The page


@each_language
def test_the_page_has_each_with_an_address_of_its_own(
    site: TestClient, diagnoses: tuple[Diagnosis, ...], lang: Lang
) -> None:
    page = site.get(f"/{lang}/diagnoses").text

    assert re.findall(r'<article class="diagnosis \w+" id="([\w-]+)"', page) == [each.id for each in diagnoses]
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert [id_ for id_ in set(ids) if ids.count(id_) > 1] == []


@pytest.mark.parametrize("status", ["ImagePullBackOff", "OutOfcpu", NO_POD])
def test_a_status_leaves_what_it_may_stand_for(site: TestClient, diagnoses: tuple[Diagnosis, ...], status: str) -> None:
    page = site.get("/en/diagnoses", params={"status": status}).text
    left = [each.id for each in diagnoses if ("" if status == NO_POD else status) in each.status]

    assert 0 < len(left) < len(diagnoses)
    assert re.findall(r'<article class="diagnosis \w+" id="([\w-]+)"', page) == left
    assert f'href="/en/diagnoses?status={status}" aria-current="true"' in page
    assert f"to=/zh/diagnoses%3Fstatus%3D{status}" in page


def test_a_status_that_nothing_prints_filters_nothing(diagnoses: tuple[Diagnosis, ...]) -> None:
    assert listed(diagnoses, "en", "Fine").total == len(diagnoses)


def test_the_model_reads_the_paste_of_the_page(site: TestClient) -> None:
    page = site.get("/en/diagnoses").text
    article = page.partition('id="image-never"')[2].partition("</article>")[0]
    form = re.search(r'<form action="([^"]+)" method="post">.*?name="text" value="([^"]*)"', article, re.S)
    assert form

    answer = site.post(form[1], data={"text": unescape(form[2])})

    assert answer.status_code == 200
    assert "The image is not on the node, and its pull policy is Never." in answer.text


@each_language
def test_what_a_paste_leaves_open_is_named_in_words(
    site: TestClient, diagnoses: tuple[Diagnosis, ...], lang: Lang
) -> None:
    """Codes are for programs: a reader sees one only beside the source of its diagnosis, or as what was pasted."""
    left_open = [each for each in diagnoses if each.candidates]
    codes = {code for each in left_open for code in each.candidates if "-" in code}
    pages = [site.get(f"/{lang}/diagnoses").text]
    pages += [site.post(f"/{lang}/widgets/pod-story", data=dict(each.paste)).text for each in left_open]
    apart = re.compile(r'<p class="about">.*?</p>|<(pre|textarea|script)\b.*?</\1>|<[^>]*>', re.S)

    assert len(left_open) > 20
    assert all(re.search(r'<ul( class="causes")?><li>[^<]+</li>', page) for page in pages)
    assert [code for page in pages for code in codes if code in apart.sub("\n", page)] == []


def test_the_model_and_every_page_lead_to_the_list(site: TestClient) -> None:
    assert site.get("/en/widgets/pod-story").text.count('href="/en/diagnoses"') == 2
    assert 'href="/zh/diagnoses"' in site.get("/zh/").text


# The search


@each_language
def test_each_is_found_by_its_code_its_status_and_its_reasons(
    search: Search, diagnoses: tuple[Diagnosis, ...], lang: Lang
) -> None:
    holders: dict[str, set[str]] = {}
    for each in diagnoses:
        for word in (each.id, each.code, *filter(None, each.status), *each.reasons):
            holders.setdefault(word, set()).add(f"/{lang}/diagnoses#{each.id}")

    lost = {}
    for word, having in holders.items():
        found = search.find(lang, word, "diagnosis", limit=EVERYTHING)
        if found.partly or found.instead or not having <= {result.entry.url for result in found.results}:
            lost[word] = having

    assert len(holders) > 120
    assert lost == {}


def test_a_line_of_the_paste_finds_its_diagnosis(search: Search) -> None:
    best = search.find("en", "pull access denied, repository does not exist").results[0].entry

    assert best.kind == "diagnosis"
    assert best.url in ("/en/diagnoses#image-private-or-missing", "/en/diagnoses#image-private-or-missing-official")


def test_every_fault_of_a_sequence_is_found_with_the_inputs_that_show_it(
    made: Site, entries: Mapping[Lang, tuple[Entry, ...]]
) -> None:
    urls = {lang: [entry.url for entry in entries[lang] if entry.kind == "fault"] for lang in LANGUAGES}
    lost = []
    for room in made.rooms.values():
        faults = [key.removeprefix("option.fault.") for key in room.words if key.startswith("option.fault.")]
        for fault in faults if room.widget.kind == "sequence" else ():
            for lang in LANGUAGES if fault != "none" else ():
                asked = [
                    url for url in urls[lang] if f"/widgets/{room.slug}?" in url and url.endswith(f"fault={fault}")
                ]
                lost += [(lang, room.slug, fault)] if len(asked) != 1 else []

    assert len(urls["en"]) > 75
    assert lost == []


def test_what_has_ended_or_is_away_tries_nothing_again(diagnoses: tuple[Diagnosis, ...]) -> None:
    """`act.kubelet` says that the kubelet tries again: not of a Pod that is over, nor where the node is silent."""
    over = ("evicted", "deadline", "kubelet-refused", "node-lost", "terminating-node-gone")
    found = {each.id: each.act.key for each in diagnoses if each.code in over and each.act}

    assert {"evicted-node", "node-down", "deadline"} <= found.keys()
    assert [id_ for id_, key in found.items() if key == "act.kubelet"] == []
