"""All claims on one page: judged, filtered by links, each with an address; every item of the note is judged."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.content.lesson import VERDICTS
from app.lessons.claims import doubled, filtered, items_of_note, unjudged
from app.place import CONTENT
from app.site import Site

ITEMS = {"1.1": 7, "1.2": 8, "2": 3, "3": 4, "4": 9, "5": 5, "6": 3, "7": 2, "9": 6}
"""How many items each part of the note has."""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_claim_has_its_address(site: TestClient, made: Site, lang: Lang) -> None:
    page = site.get(f"/{lang}/claims").text

    ids = [claim.id for lesson in made.lessons for claim in lesson.claims]
    assert len(ids) > 80
    assert re.findall(r'<article class="[^"]+" id="([^"]+)"', page) == ids
    assert all(f'href="#{id_}"' in page for id_ in ids)


def test_filters_are_links_and_say_how_many_they_leave(site: TestClient, made: Site) -> None:
    wrong = [claim for lesson in made.lessons for claim in lesson.claims if claim.verdict == "wrong"]
    in_etcd = [claim for lesson in made.lessons if lesson.slug == "etcd" for claim in lesson.claims]

    first, by_verdict, both = (
        site.get(f"/en/claims{query}").text for query in ("", "?verdict=wrong", "?verdict=holds&subject=etcd")
    )

    assert f'href="/en/claims?verdict=wrong">wrong <small>{len(wrong)}</small>' in first
    assert by_verdict.count("<article") == len(wrong)
    assert both.count("<article") == len([claim for claim in in_etcd if claim.verdict == "holds"])
    assert 'href="/en/claims?subject=etcd"' in both
    assert "to=/zh/claims%3Fverdict%3Dholds%26subject%3Detcd" in both


def test_counts_are_of_what_a_click_shows(made: Site) -> None:
    shown = filtered(made.lessons, "en", "outdated", "pod-creation")

    for choice in (*shown.verdicts, *shown.subjects):
        query = dict(re.findall(r"(\w+)=([\w-]+)", choice.url))
        assert filtered(made.lessons, "en", **query).total == choice.count


@pytest.mark.parametrize("query", ["verdict=nonsense", "subject=nowhere", "verdict=", "other=1"])
def test_an_unknown_filter_filters_nothing(site: TestClient, query: str) -> None:
    assert site.get(f"/en/claims?{query}").text.count("<article") == site.get("/en/claims").text.count("<article")


def test_every_verdict_is_there(made: Site) -> None:
    assert [choice.value for choice in filtered(made.lessons, "en").verdicts] == ["", *VERDICTS]


# The note


def test_every_item_of_the_note_is_judged(made: Site) -> None:
    items = items_of_note(CONTENT / "note.yaml")

    assert {part: sum(name.rpartition(".")[0] == part for name in items) for part in ITEMS} == ITEMS
    assert [str(error) for error in unjudged(CONTENT / "note.yaml", made.lessons)] == []


def test_an_item_without_a_claim_is_told(tmp_path: Path, made: Site) -> None:
    path = tmp_path / "note.yaml"
    path.write_text("1.1: []\n1.2: [no-such-claim]\n", encoding="utf-8")

    told = [(error.line, error.message) for error in unjudged(path, made.lessons)]

    assert told == [
        (1, "item 1.1 of the note is judged by no claim"),
        (2, "item 1.2 of the note: no claim is called no-such-claim"),
    ]


def test_two_subjects_with_one_claim_are_told(made: Site) -> None:
    first, second = made.lessons[:2]
    twice = replace(first, claims=(*first.claims, second.claims[0]))

    assert not list(doubled(made.lessons))
    assert [error.message for error in doubled((twice, second))] == [
        f"claim {second.claims[0].id} is in {first.folder.name} already"
    ]
