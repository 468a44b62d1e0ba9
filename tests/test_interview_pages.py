"""The mock interview: drawn by a seed, marked by the reader, kept and shown over time."""

import re
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.quiz.interview import draw_interview
from tests.learner_cast import INTERVIEWS, SUBJECT, bring_in, result

DRAWN = draw_interview(INTERVIEWS, 7, 3)
ADDRESS = "seed=7&count=3"
FIELDS = {"seed": "7", "count": "3", "at": "1"}


def test_beginning_draws_a_seed_and_keeps_what_was_chosen(learner: TestClient) -> None:
    begun = learner.get("/en/interview/begin", params={"count": "3", "subject": SUBJECT.slug, "timer": "1"})

    assert begun.status_code == 303
    pattern = rf"/en/interview\?seed=\d+&count=3&subject={SUBJECT.slug}&timer=1&at=1"
    assert re.fullmatch(pattern, begun.headers["location"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_address_asks_the_same_in_both_languages_with_model_answer_and_rubric(
    learner: TestClient, lang: Lang
) -> None:
    page = learner.get(f"/{lang}/interview?{ADDRESS}&at=2")

    prompt = DRAWN[1]
    assert page.headers["cache-control"] == "private, no-store"
    assert f'action="/{lang}/interview/{prompt.id}"' in page.text
    assert page.text.count('name="point"') == len(prompt.rubric)
    assert prompt.source.url in page.text.replace("&amp;", "&")
    assert f"/{lang}/lessons/{prompt.subject}#{prompt.section}" in page.text
    assert "data-timer" not in page.text


def test_the_timer_is_there_only_when_it_was_asked_for_and_hidden_without_javascript(learner: TestClient) -> None:
    page = learner.get(f"/en/interview?{ADDRESS}&timer=1&at=1").text

    assert '<p class="timer" data-timer hidden>' in page


def test_marks_are_kept_and_lead_to_the_next_question(learner: TestClient) -> None:
    prompt = DRAWN[0]
    marks = {**FIELDS, "attempt": str(uuid4()), "point": ["0", "2"], "seconds": "75"}

    posted = learner.post(f"/en/interview/{prompt.id}", data=marks)
    shown = learner.get(posted.headers["location"].partition("#")[0]).text
    start = learner.get("/en/interview").text

    assert posted.status_code == 303
    assert f"2 of {len(prompt.rubric)} points." in shown
    assert "Time: 1:15." in shown
    assert shown.count('class="unsaid"') == len(prompt.rubric) - 2
    assert "seed=7&amp;count=3&amp;at=2" in shown
    assert "1 answer marked:" in start
    assert "1:15" in start


def test_with_htmx_the_rubric_is_replaced_by_what_was_marked(learner: TestClient) -> None:
    prompt = DRAWN[0]
    everything = [str(point) for point in range(len(prompt.rubric))]

    marked = learner.post(f"/fragments/zh/interview/{prompt.id}", data={**FIELDS, "point": everything})

    assert 'id="marks"' in marked.text
    assert "个要点全部说到" in re.sub("</?span[^>]*>", "", marked.text)
    assert "set-cookie" in marked.headers


def test_the_same_marks_twice_are_kept_once(learner: TestClient) -> None:
    marks = {**FIELDS, "attempt": str(uuid4()), "point": ["0"]}

    for _ in range(2):
        learner.post(f"/fragments/en/interview/{DRAWN[0].id}", data=marks)

    assert len(learner.get("/api/v1/export").json()["interviews"]) == 1


@pytest.mark.parametrize("way", ["", "fragments/"])
def test_a_point_that_does_not_exist_is_refused_and_nothing_is_kept(learner: TestClient, way: str) -> None:
    path = f"/{way}en/interview/{DRAWN[0].id}"

    refused = learner.post(path, data={**FIELDS, "point": ["55"]})

    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("path", ["/en/interview/no-such", "/fragments/en/interview/no-such"])
def test_an_unknown_question_is_not_found(learner: TestClient, path: str) -> None:
    assert learner.post(path, data=FIELDS).status_code == 404


@pytest.mark.parametrize("query", ["seed=x", "seed=7&count=999&at=999", "seed=7&at=-1", "seed=7&subject=none&at=１"])
def test_a_strange_address_is_still_an_interview(learner: TestClient, query: str) -> None:
    assert learner.get(f"/en/interview?{query}").status_code == 200


def test_the_end_lists_what_was_asked_with_the_last_marks(learner: TestClient) -> None:
    learner.post(f"/en/interview/{DRAWN[0].id}", data={**FIELDS, "point": ["0"]})

    page = learner.get(f"/en/interview?{ADDRESS}&at=4").text

    assert f"1 of {len(DRAWN[0].rubric)} points, by your latest marks." in page
    assert page.count("not marked") == 2


def test_scores_over_time_are_a_picture_with_its_table(learner: TestClient) -> None:
    bring_in(learner, interviews=[result(marked=[0], days=3), result(marked=[0, 1, 2], days=1)])

    page = learner.get("/en/interview").text

    section = page[page.index('id="over"') :]
    assert section.count('class="part" x=') == 2
    assert section.count('<tr><th scope="row">') == 2
