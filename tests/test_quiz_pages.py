"""Answering: in the lesson, on the quiz page, by htmx and by plain forms; what is kept, refused, and shown to whom."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from app.content.bank import Question
from app.content.deeper import section_address
from app.content.language import LANGUAGES, Lang
from app.content.unparted import unparted
from app.content.words import inline_markdown
from app.main import create_app
from app.quiz.question import present
from app.settings import Settings
from tests.written import known_bank

BANK = known_bank()
QUESTIONS = BANK.questions
SEED = 1


def of_kind(kind: str) -> Question:
    return next(question for question in QUESTIONS.values() if question.kind == kind)


def form(question: Question, *, right: bool) -> dict[str, str | list[str]]:
    """What a browser would post for a right or a wrong answer."""
    options = question.options
    fields: dict[str, str | list[str]] = {"seed": str(SEED), "attempt": str(uuid4())}
    if question.kind in ("single", "multiple"):
        wanted = [option.token for option in options if option.right == right]
        fields["choice"] = wanted[:1] if question.kind == "single" else wanted
    elif question.kind == "order":
        tokens = [option.token for option in options]
        fields["order"] = ",".join(tokens if right else tokens[::-1])
    elif question.kind == "match":
        by_id = {target.id: target.token for target in question.targets}
        goals = [by_id[option.target or ""] for option in options]
        turned = goals if right else goals[1:] + goals[:1]
        fields |= {f"match-{option.token}": goal for option, goal in zip(options, turned, strict=True)}
    return fields


CHOOSING = ["single", "multiple", "order", "match"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize("kind", CHOOSING)
def test_an_answer_is_judged_and_every_option_says_why(learner: TestClient, kind: str, right: bool, lang: Lang) -> None:
    question = of_kind(kind)

    answer = learner.post(f"/fragments/{lang}/quiz/{question.id}", data=form(question, right=right))

    assert answer.status_code == 200
    assert ({"en": "Right.", "zh": "回答正确。"}[lang] in answer.text) is right
    assert answer.text.count('class="why"') == len(question.options)
    assert question.source.url in answer.text.replace("&amp;", "&")
    assert answer.headers["cache-control"] == "private, no-store"


def test_the_first_answer_sets_the_cookie_and_reading_does_not(learner: TestClient) -> None:
    question = of_kind("single")

    for path in (
        "/en/",
        "/en/lessons/etcd",
        "/en/progress",
        f"/en/quiz/{question.subject}",
        "/fragments/en/standing/etcd",
    ):
        assert "learner" not in learner.get(path).headers.get("set-cookie", "")
    answer = learner.post(f"/fragments/en/quiz/{question.id}", data=form(question, right=True))

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("learner=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


def test_without_javascript_the_answer_leads_to_a_page_that_shows_it(learner: TestClient) -> None:
    question = of_kind("single")

    posted = learner.post(f"/en/quiz/{question.subject}/{question.id}", data=form(question, right=False))
    shown = learner.get(posted.headers["location"].partition("#")[0])

    assert posted.status_code == 303
    assert posted.headers["location"].endswith(f"#q-{question.id}")
    assert "Not right yet." in shown.text
    assert "Your answer" in shown.text
    assert shown.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "htmx"])
def test_what_was_answered_stands_beside_what_is_right(learner: TestClient, plain: bool) -> None:
    """The place that a step was put at, and what was chosen for a match; also when the page is opened later."""

    def answered(question: Question) -> str:
        fields = form(question, right=False)
        if not plain:
            return learner.post(f"/fragments/en/quiz/{question.id}", data=fields).text
        posted = learner.post(f"/en/quiz/{question.subject}/{question.id}", data=fields)
        return learner.get(posted.headers["location"].partition("#")[0]).text

    order, match = of_kind("order"), of_kind("match")
    target = next(target for target in match.targets if target.id == match.options[1].target)

    ordered, matched = answered(order), answered(match)

    first = ordered[ordered.index('<span class="mark">1<') : ordered.index('<span class="mark">2<')]
    assert f"Your answer: place {len(order.options)}<" in first
    assert f"Your answer: {inline_markdown(target.text.en)}" in matched


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("question", [q for q in QUESTIONS.values() if q.kind in ("single", "multiple")][::4])
def test_a_mark_says_whether_the_option_is_right_and_the_choice_stands_beside(
    learner: TestClient, question: Question, lang: Lang
) -> None:
    """✓ and ✗ are about the option, in words too; what the reader chose is named; the right ones come first."""
    fields = form(question, right=False)
    page = learner.post(f"/fragments/{lang}/quiz/{question.id}", data=fields).text
    right, wrong, chosen = {"en": ("Right:", "Wrong:", "Your answer"), "zh": ("正确：", "错误：", "你的选择")}[lang]
    shown = re.findall(
        r'<p class="option (good|bad)"><span class="mark">(.*?)</span></span> ?<b>(.*?)</b>(.*?)</p>', page, re.S
    )
    rows = {label: (tone, mark, rest) for tone, mark, label, rest in shown}

    assert [tone for tone, _, _, _ in shown] == sorted([tone for tone, _, _, _ in shown], reverse=True)
    assert len(rows) == len(question.options)
    for option in question.options:
        tone, mark, rest = rows[unparted(inline_markdown(option.text.in_(lang)), lang)]
        assert (tone == "good", ">✓<" in mark, right in mark) == (option.right,) * 3
        assert (tone == "bad", ">✗<" in mark, wrong in mark) == (not option.right,) * 3
        assert (chosen in rest) is (option.token in fields["choice"])


@pytest.mark.parametrize("kind", ["order", "match"])
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_the_mark_of_an_order_or_a_match_is_of_what_the_reader_made(
    learner: TestClient, kind: str, right: bool
) -> None:
    """What is shown is the truth, so no ✗ stands before it; the mark stands with the reader's answer."""
    question = of_kind(kind)

    page = learner.post(f"/fragments/en/quiz/{question.id}", data=form(question, right=right)).text

    assert not re.search(r'<p class="option[^>]*><span class="mark"[^>]*>[✓✗]', page)
    said = re.findall(
        r'<span class="(?:good|bad)"><span class="mark" aria-hidden="true">(.)</span> <span class="yours">Your', page
    )
    assert len(said) == len(question.options)
    assert (set(said) == {"✓"}) is right


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("question", [q for q in QUESTIONS.values() if q.kind != "number"], ids=lambda q: q.id)
def test_no_feedback_shows_markdown(learner: TestClient, question: Question, lang: Lang) -> None:
    page = learner.post(f"/fragments/{lang}/quiz/{question.id}", data=form(question, right=False)).text

    assert 'class="reasons' in page
    assert "`" not in page


def test_a_number_is_said_with_its_unit_only_if_it_has_one(learner: TestClient) -> None:
    said = {}
    for question in (question for question in QUESTIONS.values() if question.number):
        fields = {"seed": "1", "number": "-7", "attempt": str(uuid4())}
        page = learner.post(f"/fragments/zh/quiz/{question.id}", data=fields).text
        said[question.id] = re.search("正确答案是 ([^。]*)。", page)
        assert "你的答案：-7<" in page

    assert all(said.values())
    assert all(found and found[1] == found[1].strip() for found in said.values())


def test_somebody_else_does_not_see_the_answer(learner: TestClient) -> None:
    question = of_kind("single")
    posted = learner.post(f"/en/quiz/{question.subject}/{question.id}", data=form(question, right=False))
    learner.cookies.clear()

    shown = learner.get(posted.headers["location"].partition("#")[0])

    assert "Not right yet." not in shown.text


def test_the_same_attempt_twice_is_kept_once(learner: TestClient) -> None:
    question = of_kind("single")
    fields = form(question, right=True)

    for _ in range(2):
        learner.post(f"/fragments/en/quiz/{question.id}", data=fields)

    progress = learner.get("/api/v1/progress").json()["subjects"][question.subject]
    assert (progress["answered"], progress["correct"], progress["attempts"]) == (1, 1, 1)


def test_progress_counts_what_was_answered(learner: TestClient) -> None:
    single, match = of_kind("single"), of_kind("match")
    learner.post(f"/fragments/en/quiz/{single.id}", data=form(single, right=False))
    learner.post(f"/fragments/en/quiz/{match.id}", data=form(match, right=True))

    page = learner.get("/en/progress").text
    strip = learner.get(f"/fragments/en/standing/{single.subject}").text

    assert f"2 of {len(QUESTIONS)} questions answered, 1 of them right the last time." in page
    assert re.search(r"[12] of \d+ answered", strip)


@pytest.mark.parametrize("kind", ["single", "multiple", "match", "number"])
def test_an_empty_answer_is_refused_in_place_and_nothing_is_kept(learner: TestClient, kind: str) -> None:
    question = of_kind(kind)

    answer = learner.post(f"/fragments/zh/quiz/{question.id}", data={"seed": "1", "attempt": str(uuid4())})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'id="q-{question.id}"' in answer.text
    assert "set-cookie" not in answer.headers


def test_what_was_chosen_stays_when_a_match_is_incomplete(learner: TestClient) -> None:
    question = of_kind("match")
    option, target = question.options[0], question.targets[0]

    answer = learner.post(
        f"/fragments/en/quiz/{question.id}", data={"seed": "1", f"match-{option.token}": target.token}
    )

    assert answer.status_code == 422
    assert f'<option value="{target.token}" selected>' in answer.text


HINTED = next(question for question in QUESTIONS.values() if question.hint and question.kind == "multiple")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("fragment", [True, False], ids=["htmx", "plain form"])
def test_a_hint_is_shown_on_asking_and_keeps_what_was_chosen(learner: TestClient, fragment: bool, lang: Lang) -> None:
    """It is a button of the form, so that it needs no script; nothing is judged by asking."""
    page = f"/{lang}/quiz/{HINTED.subject}"
    hint = str(inline_markdown(HINTED.hint.in_(lang))) if HINTED.hint else ""
    path = f"/fragments/{lang}/quiz/{HINTED.id}" if fragment else f"{page}/{HINTED.id}"
    chosen = HINTED.options[0].token

    before = learner.get(f"/fragments/{lang}/quiz/{HINTED.id}").text if fragment else ""
    asked = learner.post(path, data={"seed": str(SEED), "choice": [chosen], "help": "1"})

    assert hint not in before
    assert asked.status_code == 200
    assert hint in asked.text
    assert f'value="{chosen}" id="q-{HINTED.id}-{chosen}" checked' in asked.text
    assert '<input type="hidden" name="hint" value="1">' in asked.text
    assert 'name="help"' not in asked.text.partition(f'id="q-{HINTED.id}"')[2].partition("</section>")[0]
    assert 'class="judged' not in asked.text
    assert "set-cookie" not in asked.headers  # nothing is kept


def test_an_answer_after_a_hint_is_kept_as_one(learner: TestClient) -> None:
    learner.post(f"/fragments/en/quiz/{HINTED.id}", data=form(HINTED, right=True) | {"hint": "1"})

    kept = learner.get("/api/v1/export").json()["answers"]

    assert [answer["hint"] for answer in kept if answer["question"] == HINTED.id] == [True]


def test_an_order_is_moved_by_buttons_without_being_answered(learner: TestClient) -> None:
    question = of_kind("order")
    shown = [option.token for option in present(question, SEED).options]
    fields = {"seed": str(SEED), "order": ",".join(shown), "move": f"{shown[0]}:down"}

    answer = learner.post(f"/fragments/en/quiz/{question.id}", data=fields)

    assert answer.status_code == 200
    assert f'value="{",".join([shown[1], shown[0], *shown[2:]])}"' in answer.text
    assert "set-cookie" not in answer.headers


def test_a_question_says_where_it_is_explained_and_promises_a_hint_if_it_has_one(site: TestClient) -> None:
    question = next(each for each in BANK.questions.values() if each.kind == "single")

    shown = site.get(f"/en/quiz/{question.subject}?question={question.id}").text

    assert f'class="explained" href="{section_address("en", question.subject, question.section)}"' in shown
    assert ('name="help"' in shown) == (question.hint is not None)


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "htmx"])
def test_after_the_last_question_the_subject_ends_with_score_sections_and_what_comes_next(
    learner: TestClient, plain: bool
) -> None:
    """With htmx the first answer of all may be the last question: its cookie is only on its way."""
    at = next(at for at, each in enumerate(BANK.subjects) if each.questions[-1].kind != "number")
    subject, following = BANK.subjects[at : at + 2]
    last = subject.questions[-1]
    context = f"question={last.id}"

    fields = form(last, right=False) | {"context": context}
    if plain:
        posted = learner.post(f"/en/quiz/{subject.slug}/{last.id}", data=fields)
        page = learner.get(posted.headers["location"].partition("#")[0]).text
    else:
        page = learner.post(f"/fragments/en/quiz/{last.id}", data=fields).text

    end = page[page.index('class="ending') :]
    assert f"0 of {len(subject.questions)} right" in end
    assert f"{len(subject.questions) - 1} questions are still unanswered" in end
    assert f'href="{section_address("en", subject.slug, last.section)}"' in end
    assert f'href="/en/lessons/{following.slug}"' in end
    assert end.count('class="open') == len(subject.questions) - 1
    assert end.count('class="failed') == 1


def test_a_subject_that_is_all_right_says_so(learner: TestClient) -> None:
    subject = next(each for each in BANK.subjects if all(q.kind != "number" for q in each.questions))
    for question in subject.questions:
        page = learner.post(
            f"/fragments/en/quiz/{question.id}",
            data=form(question, right=True) | {"context": f"question={question.id}"},
        ).text
        assert ('class="ending' in page) == (question is subject.questions[-1])

    assert 'class="ending all"' in page
    assert f"{len(subject.questions)} of {len(subject.questions)} right" in page


def test_only_my_mistakes_shows_what_was_wrong_last(learner: TestClient) -> None:
    subject = BANK.subjects[0]
    wrong = next(question for question in subject.questions if question.kind == "single")
    learner.post(f"/fragments/en/quiz/{wrong.id}", data=form(wrong, right=False))

    some = learner.get(f"/en/quiz/{subject.slug}?only=mistakes").text
    learner.post(f"/fragments/en/quiz/{wrong.id}", data=form(wrong, right=True))
    none = learner.get(f"/en/quiz/{subject.slug}?only=mistakes").text

    assert "Question 1 of 1" in some
    assert wrong.id in some
    assert "Nothing to repeat" in none


def test_a_seed_shuffles_and_repeats(site: TestClient) -> None:
    subject = BANK.subjects[0].slug

    first, again = (site.get(f"/en/quiz/{subject}?seed=5").text for _ in range(2))

    assert first == again
    assert first != site.get(f"/en/quiz/{subject}?seed=6").text


@pytest.mark.parametrize("seed", ["-1", "x", "9" * 40, "１"])
def test_a_strange_seed_is_the_first_one(site: TestClient, seed: str) -> None:
    subject = BANK.subjects[0].slug

    assert site.get(f"/en/quiz/{subject}", params={"seed": seed}).status_code == 200


def test_answers_survive_a_restart(tmp_path: Path) -> None:
    question = of_kind("single")
    settings = Settings(database_url=f"sqlite:///{tmp_path}/kept.sqlite3")
    with TestClient(create_app(settings)) as before:
        before.post(f"/fragments/en/quiz/{question.id}", data=form(question, right=True))
        cookies = dict(before.cookies)

    with TestClient(create_app(settings), cookies=cookies) as after:
        progress = after.get("/api/v1/progress").json()

    assert progress["subjects"][question.subject]["correct"] == 1


def test_the_numbers_say_how_each_question_was_answered(learner: TestClient) -> None:
    subject = BANK.subjects[0]
    right, wrong = [question for question in subject.questions if question.kind == "single"][:2]
    learner.post(f"/fragments/en/quiz/{right.id}", data=form(right, right=True))
    learner.post(f"/fragments/en/quiz/{wrong.id}", data=form(wrong, right=False))

    standing = learner.get(f"/fragments/en/standing/{subject.slug}?question={wrong.id}").text

    assert re.search(rf'id="number-{right.id}"[^>]* class="right"', standing)
    assert re.search(rf'id="number-{wrong.id}"[^>]* class="wrong" aria-current="true"', standing)
    assert standing.count("answered, right") == standing.count("answered, not right yet") == 1
    assert f"2 of {len(subject.questions)} answered, 1 of them right." in standing


def test_trying_again_keeps_the_order_of_the_quiz(learner: TestClient) -> None:
    subject = BANK.subjects[0]
    question = next(question for question in subject.questions[:-1] if question.kind == "single")
    context = f"seed=5&question={question.id}"
    answered = learner.post(
        f"/fragments/en/quiz/{question.id}", data={**form(question, right=False), "context": context}
    ).text
    again = re.search(r'id="q-[^"]*-again" href="([^"]+)" hx-get="([^"]+)"', answered)
    assert again

    page = learner.get(again[1].replace("&amp;", "&")).text
    fragment = learner.get(again[2].replace("&amp;", "&")).text

    assert 'name="seed" value="2"' in page
    assert 'name="seed" value="2"' in fragment
    assert f'value="seed=5&amp;question={question.id}"' in page
    assert f'value="seed=5&amp;question={question.id}"' in fragment


def test_the_last_question_says_so_and_leads_to_no_further_one(learner: TestClient) -> None:
    subject = BANK.subjects[0]
    last = subject.questions[-1]
    data = form(last, right=True) if last.kind != "number" else {"seed": "1", "number": "0"}

    answered = learner.post(f"/fragments/en/quiz/{last.id}", data={**data, "context": f"question={last.id}"}).text

    assert 'class="ending' in answered
    assert "-next" not in answered


def test_a_mended_mistake_leads_to_the_next_one(learner: TestClient) -> None:
    subject = BANK.subjects[0]
    first, second = [question for question in subject.questions if question.kind == "single"][:2]
    for question in (first, second):
        learner.post(f"/fragments/en/quiz/{question.id}", data=form(question, right=False))

    mended = learner.post(
        f"/fragments/en/quiz/{first.id}",
        data={**form(first, right=True), "context": f"only=mistakes&question={first.id}"},
    ).text

    assert f"only=mistakes&amp;question={second.id}" in mended


@pytest.mark.parametrize(
    ("lang", "said", "wrong"), [("en", "Nothing is chosen yet.", "at least"), ("zh", "还没有选择任何选项。", "至少")]
)
@pytest.mark.parametrize("kind", ["single", "multiple"])
def test_what_is_said_of_no_choice_agrees_with_how_many_are_wanted(
    learner: TestClient, kind: str, lang: Lang, said: str, wrong: str
) -> None:
    question = of_kind(kind)

    answer = learner.post(f"/fragments/{lang}/quiz/{question.id}", data={"seed": "0", "attempt": str(uuid4())})

    assert answer.status_code == 422
    why = answer.text.partition('<p class="why-not" role="alert">')[2].partition("</p>")[0]
    assert why == said
    assert wrong not in why
