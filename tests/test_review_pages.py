"""Review: what is due and why, one question after the other, and what the next two weeks bring."""

import re
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from app.content.bank import Question
from app.content.language import LANGUAGES, Lang
from tests.learner_cast import SINGLE, SUBJECT, answer, become_halfway, bring_in

OTHER = next(question for question in SUBJECT.questions if question.kind == "single" and question != SINGLE)


def form(question: Question, *, right: bool) -> dict[str, str]:
    token = next(option.token for option in question.options if option.right == right)
    return {"seed": "1", "attempt": str(uuid4()), "choice": token, "context": "in=review"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_somebody_new_is_led_to_the_quizzes(learner: TestClient, lang: Lang) -> None:
    page = learner.get(f"/{lang}/review")

    assert page.headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in page.headers
    assert f"/{lang}/quiz/{SUBJECT.slug}" in page.text


WHY = {
    "missed": (
        [answer(SINGLE, correct=False, days=2)],
        {"en": "was not right yet.", "zh": "还不对。"},
    ),
    "learning": (
        [answer(SINGLE, correct=True, days=2)],
        {"en": "the question is still new to you", "zh": "但这道题对你还新"},
    ),
    "fading": (
        [answer(SINGLE, correct=True, days=days) for days in (300, 299, 290, 260)],
        {"en": "The chance that you still know it has fallen to about", "zh": "你仍然记得的概率已降到约"},
    ),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("why", WHY)
def test_a_question_is_asked_with_the_reason_why_it_is_due(learner: TestClient, why: str, lang: Lang) -> None:
    answers, says = WHY[why]
    bring_in(learner, answers=answers)

    page = learner.get(f"/{lang}/review").text

    assert f'id="q-{SINGLE.id}"' in page
    assert says[lang] in page


def test_without_javascript_the_answer_comes_back_to_the_review(learner: TestClient) -> None:
    bring_in(learner, answers=[answer(SINGLE, correct=False, days=2), answer(OTHER, correct=False, days=1)])

    posted = learner.post(f"/en/quiz/{SUBJECT.slug}/{SINGLE.id}", data=form(SINGLE, right=True))
    shown = learner.get(posted.headers["location"].partition("#")[0]).text
    after = learner.get("/en/review").text

    assert posted.headers["location"].startswith("/en/review?in=review&attempt=")
    assert "Right." in shown
    assert 'href="/en/review">Continue' in shown
    assert f'id="q-{OTHER.id}"' in after


def test_with_htmx_the_feedback_leads_on(learner: TestClient) -> None:
    bring_in(learner, answers=[answer(SINGLE, correct=False, days=2)])

    answered = learner.post(f"/fragments/zh/quiz/{SINGLE.id}", data=form(SINGLE, right=True))

    assert 'href="/zh/review"' in answered.text
    assert answered.headers["hx-trigger"] == "answered"


def test_an_empty_answer_is_refused_on_the_review_page(learner: TestClient) -> None:
    bring_in(learner, answers=[answer(SINGLE, correct=False, days=2)])

    refused = learner.post(f"/en/quiz/{SUBJECT.slug}/{SINGLE.id}", data={"seed": "1", "context": "in=review"})

    assert refused.status_code == 422
    assert "<h1>Review</h1>" in refused.text
    assert 'role="alert"' in refused.text


def test_with_nothing_due_there_is_a_way_on_and_what_comes_can_be_opened(learner: TestClient) -> None:
    bring_in(learner, answers=[answer(SINGLE, correct=True, days=days) for days in (40, 30, 20, 0.1)])

    page = learner.get("/zh/review").text

    main = page.partition("<main")[2].partition("</main>")[0]
    assert "到期的题，下一题将在" in re.sub(r"<[^>]+>", "", main)
    assert 'href="/zh/#lessons"' in main
    opened = learner.get(re.findall(r'<a class="what" href="([^"]+)"', main)[0])
    assert f'id="q-{SINGLE.id}"' in opened.text


def test_the_forecast_counts_fourteen_days_in_picture_and_table(learner: TestClient) -> None:
    become_halfway(learner)

    page = learner.get("/en/review").text

    section = page[page.index('id="forecast"') : page.index("</details>")]
    assert section.count('scope="row"') == 14
    assert section.count("<rect") >= 1


def test_the_navigation_counts_what_is_due(learner: TestClient) -> None:
    nobody = learner.get("/fragments/en/due")
    bring_in(learner, answers=[answer(SINGLE, correct=False, days=2), answer(OTHER, correct=False, days=1)])

    due = learner.get("/fragments/en/due")

    assert nobody.text.strip() == ""
    assert "<b>2</b>" in due.text
    assert due.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("fragment", ["due", "continue", f"standing/{SUBJECT.slug}", f"reading/{SUBJECT.slug}"])
def test_a_fragment_opened_as_a_document_leads_to_its_page(learner: TestClient, fragment: str) -> None:
    opened = learner.get(f"/fragments/en/{fragment}", headers={"sec-fetch-dest": "document"})

    assert opened.status_code == 303
    assert learner.get(opened.headers["location"]).status_code == 200
