"""Reading: marking a lesson as read, and continuing where one was. Lessons stay the same for everybody."""

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from tests.learner_cast import SINGLE, SUBJECT, answer, bring_in

LESSON = SUBJECT.slug
SECTION = list(SUBJECT.sections)[2]


def become_known(client: TestClient) -> None:
    bring_in(client, answers=[answer(SINGLE, correct=True, days=1)])


def where(client: TestClient) -> str:
    return client.get("/fragments/en/continue").text.strip()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lesson_is_marked_as_read_by_a_plain_button(learner: TestClient, lang: Lang) -> None:
    lesson = learner.get(f"/{lang}/lessons/{LESSON}").text

    marked = learner.post(f"/{lang}/lessons/{LESSON}/read", data={"read": "1"})
    page = learner.get(f"/{lang}/progress").text

    assert f'action="/{lang}/lessons/{LESSON}/read" method="post"' in lesson
    assert marked.headers["location"] == f"/{lang}/lessons/{LESSON}#read"
    assert 'id="read"' in lesson
    assert marked.headers["set-cookie"].startswith("learner=")
    assert {"en": "✓ read", "zh": "✓ 已读"}[lang] in page


def test_from_the_progress_page_a_mark_is_taken_away_there(learner: TestClient) -> None:
    learner.post(f"/en/lessons/{LESSON}/read", data={"read": "1"})

    gone = learner.post(f"/en/lessons/{LESSON}/read", data={"read": "0"})

    assert gone.headers["location"] == "/en/progress#reading"


def test_the_mark_can_be_taken_away(learner: TestClient) -> None:
    learner.post(f"/fragments/en/reading/{LESSON}", data={"read": "1"})
    read = learner.get(f"/fragments/en/reading/{LESSON}").text

    gone = learner.post(f"/fragments/en/reading/{LESSON}", data={"read": "0"}).text

    assert "You have read this lesson." in read
    assert 'value="1"' in gone
    assert "Marked as unread." in gone


def test_taking_away_what_is_not_there_makes_nobody(learner: TestClient) -> None:
    answered = learner.post(f"/en/lessons/{LESSON}/read", data={"read": "0"})

    assert "set-cookie" not in answered.headers


def test_the_lesson_is_the_same_for_everybody(learner: TestClient) -> None:
    before = learner.get(f"/en/lessons/{LESSON}")
    learner.post(f"/en/lessons/{LESSON}/read", data={"read": "1"})

    after = learner.get(f"/en/lessons/{LESSON}")

    assert before.text == after.text
    assert before.headers["etag"] == after.headers["etag"]


def test_the_place_of_a_learner_is_kept(learner: TestClient) -> None:
    become_known(learner)

    kept = learner.post(f"/fragments/en/place/{LESSON}", data={"section": SECTION, "widget": "pod-birth", "step": "7"})

    assert kept.status_code == 204
    assert f"/en/lessons/{LESSON}#{SECTION}" in where(learner)
    assert "/en/widgets/pod-birth?step=7" in where(learner)


def test_a_sequence_is_continued_with_what_it_was_run_on(learner: TestClient) -> None:
    """The link opens the step as it was left; where else the player was set does not matter."""
    become_known(learner)
    inputs = "fault=image-missing&step=9&play=1&view=compare&predict=1"

    learner.post(
        f"/fragments/en/place/{LESSON}",
        data={"section": SECTION, "widget": "pod-birth", "step": "9", "inputs": inputs},
    )
    link = "/en/widgets/pod-birth?fault=image-missing&amp;step=9"
    page = learner.get(link.replace("&amp;", "&"))

    assert f'href="{link}"' in where(learner)
    assert f'href="{link}"' in learner.get("/en/progress").text
    assert 'value="image-missing" selected' in page.text
    assert "ErrImagePull" in page.text


def test_a_sequence_before_the_first_section_is_kept(learner: TestClient) -> None:
    become_known(learner)

    learner.post(f"/fragments/en/place/{LESSON}", data={"section": "", "widget": "pod-birth", "step": "3"})

    assert f'href="/en/lessons/{LESSON}"' in where(learner)
    assert "/en/widgets/pod-birth?step=3" in where(learner)


def test_a_sequence_on_its_own_page_keeps_the_section_of_its_lesson(learner: TestClient) -> None:
    become_known(learner)
    place = f"/fragments/en/place/{LESSON}"
    learner.post(place, data={"section": SECTION, "widget": "pod-birth", "step": "3"})

    learner.post(place, data={"widget": "pod-birth", "step": "12", "inputs": "fault=init-fails&step=12"})

    assert f'href="/en/lessons/{LESSON}#{SECTION}"' in where(learner)
    assert "/en/widgets/pod-birth?fault=init-fails&amp;step=12" in where(learner)


def test_on_a_sequences_page_only_those_who_exist_are_told_where_to_report(learner: TestClient) -> None:
    page = learner.get("/en/widgets/pod-birth").text
    calculator = learner.get("/en/widgets/quorum").text
    nobody = learner.get(f"/fragments/en/place/{LESSON}").text
    become_known(learner)

    somebody = learner.get(f"/fragments/en/place/{LESSON}").text

    assert f'data-mine="/fragments/en/place/{LESSON}"' in page
    assert "/place/" not in calculator
    assert nobody == ""
    assert f'data-place="/fragments/en/place/{LESSON}"' in somebody


@pytest.mark.parametrize(
    "inputs", ["x" * 1001, "a=" + "%25" * 500, "&".join(f"a{n}=1" for n in range(30)), "=&<b>=1", "fault=%ff", "//x"]
)
def test_strange_inputs_are_left_out(learner: TestClient, inputs: str) -> None:
    become_known(learner)

    answered = learner.post(
        f"/fragments/en/place/{LESSON}",
        data={"section": SECTION, "widget": "pod-birth", "step": "9", "inputs": inputs},
    )

    assert answered.status_code == 204
    assert 'href="/en/widgets/pod-birth?step=9"' in where(learner)


def test_the_place_of_somebody_unknown_is_not(learner: TestClient) -> None:
    kept = learner.post(f"/fragments/en/place/{LESSON}", data={"section": SECTION})

    assert "set-cookie" not in kept.headers
    assert where(learner) == ""


def test_only_those_who_exist_are_told_where_to_report(learner: TestClient) -> None:
    nobody = learner.get(f"/fragments/en/reading/{LESSON}").text
    become_known(learner)

    somebody = learner.get(f"/fragments/en/reading/{LESSON}").text

    assert "data-place" not in nobody
    assert f'data-place="/fragments/en/place/{LESSON}"' in somebody


@pytest.mark.parametrize(
    "place",
    [
        {"section": "no-such"},
        {},
        {"section": SECTION, "widget": "../x", "step": "3"},
        {"section": SECTION, "widget": "oom-score", "step": "3"},
        {"section": SECTION, "widget": "pod-birth", "step": "99999999"},
        {"section": SECTION, "widget": "pod-birth", "step": "１"},
    ],
)
def test_a_strange_place_does_no_harm(learner: TestClient, place: dict[str, str]) -> None:
    become_known(learner)

    answered = learner.post(f"/fragments/en/place/{LESSON}", data=place)

    assert answered.status_code == 204
    assert "step" not in where(learner)
    assert ("/lessons/" in where(learner)) is (place.get("section") == SECTION)


def test_the_home_page_is_the_same_for_everybody_and_asks_once_what_it_knows(learner: TestClient) -> None:
    become_known(learner)
    learner.post(f"/fragments/en/reading/{LESSON}", data={"read": "1"})
    learner.post(f"/fragments/en/place/{LESSON}", data={"section": SECTION})

    page = learner.get("/en/").text
    known = learner.get("/fragments/en/due?home=1").text
    learner.cookies.clear()
    stranger = learner.get("/fragments/en/due?home=1").text

    assert page.count(' data-mine="') == 1
    assert 'data-mine="/fragments/en/due?home=1"' in page
    assert page == learner.get("/en/").text
    beside = known[known.index(f'id="mine-{LESSON}"') :]
    assert "✓ read" in beside
    assert f"1 of {len(SUBJECT.questions)} right" in beside
    assert f"/en/lessons/{LESSON}#{SECTION}" in known
    assert known.count('id="mine-') == 1
    assert stranger.strip() == ""


def test_a_lesson_asks_once_for_what_is_the_readers_own(learner: TestClient) -> None:
    learner.post(f"/fragments/en/reading/{LESSON}", data={"read": "1"})

    page, own = learner.get(f"/en/lessons/{LESSON}").text, learner.get(f"/fragments/en/due?lesson={LESSON}").text

    assert page.count(' data-mine="') == page.count('id="suspicion-') == 1
    assert 'hx-trigger="load' not in page
    assert f'data-mine="/fragments/en/due?lesson={LESSON}"' in page
    assert "You have read this lesson." in own
