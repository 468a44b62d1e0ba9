"""The progress page: what is counted and drawn, starting again and undoing it."""

import re

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.content.unparted import unparted
from tests.learner_cast import BANK, SUBJECT, answer, become_halfway, bring_in, days_ago, result

QUESTIONS = BANK.questions


def predicted(widget: str, correct: bool) -> dict[str, object]:
    return {"widget": widget, "run": "a" * 32, "step": 3, "correct": correct, "at": days_ago(1)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_somebody_new_sees_where_to_begin_and_gets_no_cookie(learner: TestClient, lang: Lang) -> None:
    page = learner.get(f"/{lang}/progress")

    assert page.status_code == 200
    assert page.headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in page.headers
    assert f"/{lang}/progress/open" in page.text
    assert all(f"/{lang}/quiz/{subject.slug}" in page.text for subject in BANK.subjects)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_scores_mastery_mistakes_and_what_is_due_stand_in_the_row_of_their_subject(
    learner: TestClient, lang: Lang
) -> None:
    become_halfway(learner)

    page = learner.get(f"/{lang}/progress").text

    row = next(row for row in page.split("<tr>") if f'href="/{lang}/quiz/{SUBJECT.slug}"' in row)
    says = {"en": ["6 of", "10 of", "4 mistakes", " due"], "zh": ["6 /", "10 /", "错题：4", "到期："]}[lang]
    assert all(text in row for text in says)
    assert f"/{lang}/quiz/{SUBJECT.slug}?only=mistakes" in row
    assert re.search(r"[1-9]\d?\s?%", row)


def test_the_picture_of_the_weeks_says_the_same_as_its_table(learner: TestClient) -> None:
    rows = [answer(SUBJECT.questions[0], correct=place > 0, days=3) for place in range(4)]
    bring_in(learner, answers=rows)

    page = learner.get("/en/progress").text

    section = page[page.index('id="weeks"') : page.index('id="reading"')]
    assert section.count('scope="row"') == 28
    assert '<td class="num">4</td><td class="num">3</td>' in section
    assert section.count('class="rest"') == 2  # the day's column and the legend
    assert unparted("You answered on 1 of the last 28 days (UTC), at most 4 times a day.", "en") in section


def test_a_pause_is_not_held_against_anybody(learner: TestClient) -> None:
    bring_in(learner, answers=[answer(SUBJECT.questions[0], correct=True, days=days) for days in (9, 10, 11)])

    page = learner.get("/en/progress").text

    assert unparted("Your longest run was 3 days. A break costs nothing: every answer is kept.", "en") in page
    assert "0 days in a row" not in page


def test_a_quiz_is_started_again_and_the_page_offers_to_undo_it(learner: TestClient) -> None:
    become_halfway(learner)

    again = learner.post("/en/progress/again", data={"subject": SUBJECT.slug})
    empty = learner.get(again.headers["location"]).text
    moment = re.search(r'name="moment" value="(\d+)"', empty)
    assert moment
    undone = learner.post("/en/progress/undo", data={"moment": moment[1]})
    back = learner.get(undone.headers["location"]).text

    assert again.status_code == undone.status_code == 303
    assert f"0 of {len(QUESTIONS)} questions answered" in empty
    assert "Set aside" in empty
    assert "10 questions" in empty
    assert f"10 of {len(QUESTIONS)} questions answered" in back
    assert 'name="moment"' not in back


def test_starting_all_again_leaves_nobody_elses_answers_alone(learner: TestClient) -> None:
    become_halfway(learner)

    learner.post("/zh/progress/again", data={"subject": "all"})

    assert learner.get("/api/v1/progress").json()["due"] == 0
    assert unparted("10 道题", "zh") in learner.get("/zh/progress").text


def test_predictions_are_put_aside_with_the_subject_of_their_sequence(learner: TestClient) -> None:
    """Those of another subject stay; what was put aside can be taken back, also when nothing was answered."""
    bring_in(learner, predictions=[predicted("pod-birth", True), predicted("etcd-write", False)])
    before = learner.get("/en/progress").text

    again = learner.post("/en/progress/again", data={"subject": "pod-creation"})
    aside = learner.get(again.headers["location"]).text
    moment = re.search(r'name="moment" value="(\d+)"', aside)
    assert moment
    learner.post("/en/progress/undo", data={"moment": moment[1]})
    back = learner.get("/en/progress").text

    assert re.findall(r'<option value="([a-z-]+)"', before) == ["pod-creation", "etcd", "all"]
    assert "You predicted 2 steps, 1 of them correctly." in before
    assert "You predicted 1 step, 0 of them correctly." in aside
    assert re.findall(r'<option value="([a-z-]+)"', aside) == ["etcd", "all"]
    assert "1 predicted sequence" in aside
    assert "You predicted 2 steps, 1 of them correctly." in back
    assert 'name="moment"' not in back


@pytest.mark.parametrize("subject", ["", "no-such-subject"])
def test_an_unknown_subject_is_not_found(learner: TestClient, subject: str) -> None:
    assert learner.post("/en/progress/again", data={"subject": subject}).status_code == 404


@pytest.mark.parametrize("moment", ["", "x", "9" * 30, "-1", "１２"])
def test_a_strange_moment_changes_nothing(learner: TestClient, moment: str) -> None:
    become_halfway(learner)

    answered = learner.post("/en/progress/undo", data={"moment": moment})

    assert answered.headers["location"] == "/en/progress?note=nothing#again"


def test_somebody_with_nothing_who_starts_again_is_not_made_a_learner(learner: TestClient) -> None:
    answered = learner.post("/en/progress/again", data={"subject": "all"})

    assert "set-cookie" not in answered.headers
    assert answered.headers["location"].startswith("/en/progress?note=nothing")


@pytest.mark.parametrize("note", ["", "x", "deleted", "<b>", "lede"])
def test_only_known_notes_are_said(learner: TestClient, note: str) -> None:
    page = learner.get("/en/progress", params={"note": note})

    assert page.status_code == 200
    assert ('id="note"' in page.text) is (note == "deleted")


def test_reading_and_interview_stand_on_the_page(learner: TestClient) -> None:
    section = list(SUBJECT.sections)[1]
    bring_in(
        learner,
        positions=[{"subject": SUBJECT.slug, "section": section, "at": days_ago(1), "widget": "pod-birth", "step": 4}],
        read=[{"subject": SUBJECT.slug, "section": "", "at": days_ago(1)}],
        interviews=[result(marked=[0, 1], days=2)],
    )

    page = learner.get("/en/progress").text

    assert f"/en/lessons/{SUBJECT.slug}#{section}" in page
    assert "/en/widgets/pod-birth?step=4" in page
    assert "✓ read" in page
    assert ": 2 of " in page


@pytest.mark.parametrize(
    "path", ["/en/progress/again", "/en/progress/undo", "/zh/progress/import", "/zh/progress/code"]
)
def test_the_address_of_a_posted_form_leads_back_when_it_is_opened(learner: TestClient, path: str) -> None:
    assert learner.get(path).status_code == 303


def test_what_is_no_page_of_progress_is_not_found(learner: TestClient) -> None:
    assert learner.get("/en/progress/nothing").status_code == 404
    assert learner.get("/de/progress").status_code == 404
