"""What changed when: chips, models, claims and terms on one page, by version and by subject."""

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson
from app.content.part import Part
from app.content.same import load_same
from app.lessons.changes import (
    all_changes,
    astray,
    by_version,
    changes_in_claims,
    changes_in_models,
    changes_in_text,
    told,
)
from app.site import Site
from app.widgets.oom_score.profile import TOLD, find_profile, turns


def with_text(lesson: Lesson, body: str) -> Lesson:
    part = Part("text", "", body, 1)
    return replace(lesson, texts={lang: replace(told, parts=(part,)) for lang, told in lesson.texts.items()})


def test_chips_are_found_with_their_sentence_and_section(made: Site) -> None:
    body = (
        "## Where {#where}\n\nFirst. The zone is copied. [since 1.35] [@s] Then.\n\n"
        "## Who {#who}\n\nOnce it was so. [until etcd 3.4] [alpha 1.38: the gate is there]\n"
    )

    found = list(changes_in_text(with_text(made.lessons[0], body), "en"))

    slug = made.lessons[0].slug
    assert [(each.project, each.version, each.kind, str(each.text), each.url) for each in found] == [
        ("Kubernetes", "1.35", "since", "The zone is copied.", f"/en/lessons/{slug}#where"),
        ("etcd", "3.4", "until", "Once it was so.", f"/en/lessons/{slug}#who"),
        ("Kubernetes", "1.38", "alpha", "the gate is there", f"/en/lessons/{slug}#who"),
    ]


def test_models_tell_what_their_profiles_say() -> None:
    """The table of turns is what one gets by comparing every release with the one before."""
    told = turns()

    assert ("1.20", "guaranteed", -997) in told
    assert ("1.31", "hard_grace_s", 1) in told
    for version, rule, value in told:
        before = find_profile(f"1.{int(version[2:]) - 1}")  # type: ignore[arg-type]
        assert getattr(before, rule) != value == getattr(find_profile(version), rule)  # type: ignore[arg-type]
    assert {rule for _, rule, _ in told} == set(TOLD)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_source_of_changes_has_some(made: Site, lang: Lang) -> None:
    models = list(changes_in_models(made.lessons, made.rooms, lang))
    claims = [change for lesson in made.lessons for change in changes_in_claims(lesson, lang)]

    assert len(models) >= 14
    assert len(claims) >= 10
    assert all(change.text for change in (*models, *claims))
    assert all("{value" not in change.text for change in models)


def test_the_newest_comes_first_and_what_has_no_version_last(made: Site) -> None:
    groups = by_version(all_changes(made.lessons, made.rooms, made.terms, "en"))

    names = [name for name, _ in groups]
    minors = [int(name.rpartition(".")[2]) for name in names if name.startswith("Kubernetes")]
    assert minors == sorted(minors, reverse=True)
    assert names[-1] == ""
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_by_version_and_by_subject(site: TestClient, made: Site, lang: Lang) -> None:
    every = all_changes(made.lessons, made.rooms, made.terms, lang, made.library.same)
    of_memory = [change for change in every if "oom-and-qos" in change.subjects]

    page, one, unknown = (
        site.get(f"/{lang}/changes{query}").text for query in ("", "?subject=oom-and-qos", "?subject=x")
    )

    assert page.count('class="how') == unknown.count('class="how') == len(every)
    assert one.count('class="how') == len(of_memory)
    assert 'id="kubernetes-1.20"' in page
    assert f'href="/{lang}/widgets/oom-score"' in one
    assert f'href="/{lang}/claims#guaranteed-998"' in one


def test_where_it_leads_is_there(site: TestClient, made: Site) -> None:
    for url in {change.url for change in all_changes(made.lessons, made.rooms, made.terms, "en")}:
        page, _, place = url.partition("#")
        answer = site.get(page)
        assert answer.status_code == 200
        assert not place or f'id="{place}"' in answer.text


# What the page says

STEM = 4  # letters of a word, or characters of Chinese in a row / 2, by which two lines are held to say the same
ALIKE = 0.5  # share of the shorter line's words from which on two lines of a version are taken for one


def stems(text: str, lang: Lang) -> set[str]:
    said = Markup(text).striptags().lower()
    if lang == "zh":
        han = re.sub(r"[^\u4e00-\u9fff]", "", said)
        return {han[at : at + 2] for at in range(len(han) - 1)} | set(re.findall(r"[a-z][\w.-]{2,}", said))
    words = re.findall(r"[\w.-]{4,}", said)
    return {word[: STEM + 1] for word in words if word not in COMMON}


COMMON = {
    "that",
    "with",
    "from",
    "this",
    "when",
    "before",
    "longer",
    "than",
    "they",
    "have",
    "more",
    "only",
    "each",
    "kubelet",
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_version_tells_one_change_twice(made: Site, lang: Lang) -> None:
    """Where this fails, two lines say the same: join them in content/changes.yaml, or say how they differ."""
    twice = []
    for name, changes in by_version(all_changes(made.lessons, made.rooms, made.terms, lang, made.library.same)):
        for one, other in combinations(changes, 2):
            first, second = stems(one.text, lang), stems(other.text, lang)
            if len(first & second) > ALIKE * min(len(first), len(second)):
                twice.append((name, one.text.striptags(), other.text.striptags()))

    assert twice == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_line_is_a_sentence_that_names_what_it_is_about(made: Site, lang: Lang) -> None:
    """A capital letter, a full stop, no word that points back, and something of the field: a term, code, a name."""
    every = all_changes(made.lessons, made.rooms, made.terms, lang, made.library.same)
    words = {word.lower() for term in made.terms for each in LANGUAGES for word in term.words(each)}
    for change in every:
        said = change.text.striptags()
        names = "<code>" in change.text or re.search(r"[a-z][A-Z]|[A-Z]{2}|-", said)
        terms = [word for word in words if word in said.lower()]

        assert said[-1] in ".。！？!?", said
        assert lang == "zh" or not said[0].islower() or re.match(r"<code>|[a-z]+-|etcd|dockershim", change.text), said
        assert not re.match(
            r"(It|This|That|They|These|The (condition|change|gate|field|former|latter)|在?此|它|这)\b", said
        ), said
        assert names or terms, said


def test_changes_that_are_one_stand_in_one_line_with_every_place(site: TestClient, made: Site) -> None:
    page = site.get("/en/changes").text

    for first, *others in made.library.same:
        urls = {each.place: each.url for each in told(made.lessons, made.rooms, made.terms, "en")}
        lines = [item for item in page.split("<li>") if f'href="{urls[first]}"' in item]
        assert any(all(f'href="{urls[other]}"' in line for other in others) for line in lines)


def test_a_place_that_tells_of_no_change_is_named(tmp_path: Path, made: Site) -> None:
    path = tmp_path / "changes.yaml"
    path.write_text("- [claims#pod-docker-api, claims#pod-docker]\n", encoding="utf-8")

    [error] = astray(path, load_same(path), told(made.lessons, made.rooms, made.terms, "en"))

    assert (error.line, error.message) == (1, "claims#pod-docker tells of no change")
    assert "claims#pod-docker-api" in error.advice


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- [claims#a]\n", "one place alone"),
        ("- [claims#a, claims#b]\n- [claims#b, claims#c]\n", "claims#b is written twice"),
        ("- [claims#a, oom]\n", "oom is no place of a change"),
    ],
)
def test_a_wrong_list_of_the_same_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "changes.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ContentError) as caught:
        load_same(path)

    assert caught.value.message == message
