"""What changed when: chips, models, claims and terms on one page, by version and by subject."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson
from app.content.part import Part
from app.lessons.changes import all_changes, by_version, changes_in_claims, changes_in_models, changes_in_text
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
    every = all_changes(made.lessons, made.rooms, made.terms, lang)
    of_memory = [change for change in every if change.lesson.slug == "oom-and-qos"]

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
