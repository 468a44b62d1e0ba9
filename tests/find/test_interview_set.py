"""An interview set by level and length: the same for one address, with follow-ups by marks, and what to read."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.plan import Plan, load_plans, misplanned
from app.place import CONTENT
from app.quiz.interview import STRONG, WEAK, follow_up, plan_interview
from app.quiz.pages.interview import LENGTHS, LEVELS
from app.site import Site
from app.store.interview import Result

SET = "seed=11&level=2&minutes=30"


def result(marked: int, points: int) -> Result:
    return Result("a", "q", tuple(range(marked)), points, None, 0)


# The set


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("minutes", LENGTHS)
def test_a_set_fills_its_time_and_fits_its_level(made: Site, level: int, minutes: int) -> None:
    for seed in range(12):
        prompts = plan_interview(made.interviews, made.plans, seed, level, minutes)
        taken = sum(made.plans[prompt.id].minutes for prompt in prompts)

        assert minutes - 4 <= taken <= minutes
        assert len({prompt.id for prompt in prompts}) == len(prompts)
        levels = [made.plans[prompt.id].level for prompt in prompts]
        assert levels == sorted(levels)
        assert levels.count(level) > len(levels) / 2


def test_the_same_seed_gives_the_same_set_and_another_another(made: Site) -> None:
    sets = [
        tuple(prompt.id for prompt in plan_interview(made.interviews, made.plans, seed, 2, 30))
        for seed in (1, 1, *range(9))
    ]

    assert sets[0] == sets[1]
    assert len(set(sets)) > 3


def test_a_set_about_one_subject_has_only_its_questions(made: Site) -> None:
    prompts = plan_interview(made.interviews, made.plans, 5, 3, 60, ["etcd"])

    assert {prompt.subject for prompt in prompts} == {"etcd"}


def test_seniors_are_asked_other_questions_than_juniors(made: Site) -> None:
    asked = [
        {prompt.id for seed in range(9) for prompt in plan_interview(made.interviews, made.plans, seed, level, 30)}
        for level in (1, 3)
    ]

    assert asked[0] & asked[1] == set()


# Follow-ups


@pytest.mark.parametrize(
    ("marked", "following"),
    [(0, "down"), (1, "down"), (2, ""), (3, "up"), (4, "up")],
)
def test_what_is_asked_next_depends_on_the_marks(made: Site, marked: int, following: str) -> None:
    prompt = made.interviews.prompts[0]
    plans = {prompt.id: Plan(weak="down", strong="up")}

    assert follow_up(plans, prompt, result(marked, 4), ()) == following
    assert follow_up(plans, prompt, result(marked, 4), ("up", "down")) == ""
    assert 0 < WEAK < STRONG < 1


def marked(learner: TestClient, path: str, points: list[str]) -> str:
    """The page after the marks of the question that stands at an address."""
    page = learner.get(path).text
    action = re.findall(r'<form action="(/en/interview/[^"]+)" method="post"', page)[0]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    posted = learner.post(action, data={**fields, "attempt": str(uuid4()), "point": points})
    assert posted.status_code == 303
    return learner.get(posted.headers["location"].partition("#")[0]).text


def test_a_follow_up_is_asked_marked_and_goes_on_with_the_set(learner: TestClient, made: Site) -> None:
    prompts = plan_interview(made.interviews, made.plans, 11, 2, 30)
    page = marked(learner, f"/en/interview?{SET}&at=1", [])

    following = re.findall(r'id="marks-follow" href="([^"]+)"', page)
    assert bool(following) == bool(follow_up(made.plans, prompts[0], result(0, 4), [each.id for each in prompts]))
    at = 1
    while not following:  # what would be asked next may stand in the set itself
        at += 1
        page = marked(learner, f"/en/interview?{SET}&at={at}", [])
        following = re.findall(r'id="marks-follow" href="([^"]+)"', page)
    address = following[0].replace("&amp;", "&")
    asked = re.findall(r"follow=([a-z0-9-]+)", address)[0]
    follow = learner.get(address).text
    after = marked(learner, address, ["0"])
    end = learner.get(f"/en/interview?{SET}&also={asked}&at={len(prompts) + 1}").text

    assert "A follow-up." in follow
    assert f'action="/en/interview/{asked}"' in follow
    assert f"also={asked}&amp;at={at + 1}" in after
    assert f"/en/lessons/{made.interviews.by_id[asked].subject}#" in end


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_address_sets_the_same_interview_for_somebody_else(site: TestClient, made: Site, lang: Lang) -> None:
    site.cookies.clear()
    prompts = plan_interview(made.interviews, made.plans, 11, 2, 30)

    pages = [site.get(f"/{lang}/interview?{SET}&at={at}").text for at in range(1, len(prompts) + 2)]

    assert [
        f'action="/{lang}/interview/{prompt.id}"' in page for prompt, page in zip(prompts, pages, strict=False)
    ] == [True] * len(prompts)
    assert f'href="/{lang}/interview?seed=11&amp;level=2&amp;minutes=30&amp;at=1"' in pages[-1]
    assert "30" in re.findall(r'<p class="small">(.*?)</p>', pages[1])[0]


def test_the_result_names_what_to_read(learner: TestClient, made: Site) -> None:
    prompt = plan_interview(made.interviews, made.plans, 11, 2, 30)[0]
    marked(learner, f"/en/interview?{SET}&at=1", ["0"])

    end = learner.get(f"/en/interview?{SET}&at=99").text
    first = end.partition('id="read-first"')[2].partition("</section>")[0]

    assert f'href="/en/lessons/{prompt.subject}#{prompt.section}"' in first
    assert first.count('<span class="point">') == len(prompt.rubric) - 1


def test_nothing_is_named_to_read_where_all_was_said(learner: TestClient, made: Site) -> None:
    prompt = plan_interview(made.interviews, made.plans, 11, 2, 30)[0]
    marked(learner, f"/en/interview?{SET}&at=1", [str(place) for place in range(len(prompt.rubric))])

    assert "read-first" not in learner.get(f"/en/interview?{SET}&at=99").text


def test_how_often_a_question_is_asked_is_said(site: TestClient, made: Site) -> None:
    assert sum(plan.asked > 0 for plan in made.plans.values()) >= 10
    page = site.get("/en/interview?seed=1&level=1&minutes=60&subject=components&at=1").text

    assert "asked in 18 of 30 public collections" in page


@pytest.mark.parametrize("query", ["level=9&minutes=7", "level=x&minutes=", "level=-1", "also=nowhere,&follow=nowhere"])
def test_an_odd_address_is_answered(site: TestClient, query: str) -> None:
    assert site.get(f"/en/interview?seed=3&{query}&at=1").status_code == 200


def test_beginning_gives_a_set_an_address(learner: TestClient) -> None:
    begun = learner.get("/en/interview/begin", params={"level": "3", "minutes": "45", "timer": "1"})

    assert re.fullmatch(r"/en/interview\?seed=\d+&level=3&minutes=45&timer=1&at=1", begun.headers["location"])
    assert 'data-clock="45"' in learner.get(begun.headers["location"]).text


# Plans


def test_every_question_has_a_plan_and_every_plan_a_question(made: Site) -> None:
    assert set(made.plans) == set(made.interviews.by_id)
    assert [str(error) for error in misplanned(CONTENT / "interviews.yaml", made.plans, made.interviews.by_id)] == []


def test_what_is_wrong_with_a_plan_is_told(tmp_path: Path) -> None:
    path = tmp_path / "interviews.yaml"
    path.write_text("a: {level: 1, minutes: 5, weak: b}\nc: {level: 2, minutes: 5, strong: c}\n", encoding="utf-8")

    told = [error.message for error in misplanned(path, load_plans(path), ("a", "c", "d"))]

    assert told == [
        "a: no question is called b",
        "c is followed by itself",
    ]
    path.write_text("a: {level: 7, minutes: 5}\n", encoding="utf-8")
    with pytest.raises(ContentError, match="7 is no number from 1 to 3"):
        load_plans(path)
