"""The JSON API of quiz and progress, as a program meets it, on both engines."""

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from app.content.bank import Bank, token
from app.quiz.answer import Desk
from app.store.learner import RENEW_AFTER_MS
from app.store.tables import DEVICE, METADATA, TRIES
from tests.quiz.conftest import Clock
from tests.store.cast import rows

RIGHT = token("pod-single", "option", "b")
WRONG = token("pod-single", "option", "a")


def post(client: TestClient, answer: Any = RIGHT, question: str = "pod-single", **more: Any) -> Any:
    body = {"question": question, "attempt": str(uuid4()), "answer": answer, **more}
    return client.post("/api/v1/answers", json=body)


def right_answer(bank: Bank, question: dict[str, Any]) -> Any:
    """What a reader who knows would answer, worked out from the file and what is shown."""
    asked = bank.questions[question["id"]]
    tokens = [option.token for option in asked.options if option.right or asked.kind == "order"]
    match asked.kind:
        case "single":
            return tokens[0]
        case "multiple" | "order":
            return tokens
        case "match":
            by_id = {target.id: target.token for target in asked.targets}
            return {option.token: by_id[option.target or ""] for option in asked.options}
        case "number":
            left, right = re.findall(r"\d+", question["stem"])
            return int(left) + int(right)


def test_subjects_are_listed_in_the_language(client: TestClient) -> None:
    listed = client.get("/api/v1/quiz?lang=zh").json()

    assert listed["subjects"] == [
        {"slug": "pods", "title": "Pod（容器组）", "questions": 5},
        {"slug": "etcd", "title": "etcd 存储", "questions": 1},
    ]


def test_questions_are_shown_without_their_key(client: TestClient) -> None:
    shown = client.get("/api/v1/quiz/pods?lang=en&seed=7").json()["questions"]

    assert [question["kind"] for question in shown] == ["single", "multiple", "order", "match", "number"]
    assert all(question["seed"] == 7 for question in shown)
    assert not {"right", "why", "target", "key", "answer"} & {
        name for question in shown for part in [question, *question["options"]] for name in part
    }


def test_the_same_seed_shows_the_same_in_both_languages(client: TestClient) -> None:
    def ids(lang: str) -> Any:
        shown = client.get(f"/api/v1/quiz/pods?lang={lang}&seed=7").json()["questions"]
        return [[option["id"] for option in question["options"]] for question in shown]

    assert ids("en") == ids("zh") == ids("en")


def test_without_a_seed_one_is_drawn(client: TestClient) -> None:
    seeds = {client.get("/api/v1/quiz/pods").json()["questions"][0]["seed"] for _ in range(4)}

    assert len(seeds) > 1


@pytest.mark.parametrize("seed", [0, 1, 7, 2**53 - 1])
def test_every_kind_is_answered_rightly(client: TestClient, bank: Bank, seed: int) -> None:
    shown = client.get(f"/api/v1/quiz/pods?seed={seed}").json()["questions"]

    for question in shown:
        answered = post(client, right_answer(bank, question), question["id"], seed=seed)
        assert answered.status_code == 201, answered.text
        assert answered.json()["correct"], question
        assert all(answered.json()["reasons"].values())


def test_every_option_has_its_reason_and_the_question_its_source(client: TestClient) -> None:
    answered = post(client, WRONG).json()

    assert answered["correct"] is False
    assert answered["reasons"][WRONG] == "It runs what is assigned."
    assert len(answered["reasons"]) == 4
    assert answered["source"]["version"] == "v1.36.3"


def test_reasons_come_in_the_language_that_is_asked_for(client: TestClient) -> None:
    body = {"question": "pod-single", "attempt": str(uuid4()), "answer": RIGHT}

    answered = client.post("/api/v1/answers?lang=zh", json=body).json()

    assert answered["reasons"][RIGHT] == "它提交 Binding。"


def test_an_attempt_counts_once(client: TestClient) -> None:
    attempt = str(uuid4())

    first = post(client, attempt=attempt)
    again = post(client, attempt=attempt)
    changed = post(client, WRONG, attempt=attempt)

    assert (first.status_code, again.status_code, changed.status_code) == (201, 200, 200)
    assert first.json() == again.json() == changed.json()
    assert client.get("/api/v1/progress").json()["subjects"]["pods"]["attempts"] == 1


def test_an_attempt_id_of_another_question_is_refused(client: TestClient) -> None:
    attempt = str(uuid4())
    post(client, attempt=attempt)

    refused = post(client, token("etcd-single", "option", "c"), "etcd-single", attempt=attempt)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "attempt"


def test_two_learners_may_use_the_same_attempt_id(new_client: Callable[[], TestClient]) -> None:
    attempt = str(uuid4())

    assert post(new_client(), attempt=attempt).status_code == 201
    assert post(new_client(), attempt=attempt).status_code == 201


def test_progress_counts_distinct_questions_and_last_answers(client: TestClient) -> None:
    post(client, WRONG)
    post(client, RIGHT)
    post(client, token("etcd-single", "option", "a"), "etcd-single")

    progress = client.get("/api/v1/progress").json()

    assert progress["subjects"] == {
        "pods": {"questions": 5, "answered": 1, "correct": 1, "attempts": 2},
        "etcd": {"questions": 1, "answered": 1, "correct": 0, "attempts": 1},
    }


def test_a_wrong_answer_is_due_soon(client: TestClient, clock: Clock) -> None:
    post(client, WRONG)
    due_at_once = client.get("/api/v1/progress").json()["due"]

    clock.forward(minutes=2)

    assert (due_at_once, client.get("/api/v1/progress").json()["due"]) == (0, 1)


def test_somebody_new_has_zeros_and_gets_no_cookie(client: TestClient) -> None:
    progress = client.get("/api/v1/progress")

    assert progress.json()["subjects"]["pods"] == {"questions": 5, "answered": 0, "correct": 0, "attempts": 0}
    assert progress.json()["due"] == 0
    assert "set-cookie" not in progress.headers


def test_only_the_first_write_sets_the_cookie(client: TestClient) -> None:
    first, second = post(client), post(client)

    cookie = first.headers["set-cookie"]
    assert re.fullmatch(r"learner=[\w-]{22}; HttpOnly; Max-Age=34560000; Path=/; SameSite=lax", cookie)
    assert "set-cookie" not in second.headers


def test_over_https_the_cookie_is_bound_to_the_host(client: TestClient) -> None:
    client.base_url = client.base_url.copy_with(scheme="https", host="podscope.example")

    cookie = post(client).headers["set-cookie"]

    assert cookie.startswith("__Host-learner=")
    assert cookie.endswith("; Secure")


def test_an_active_cookie_is_renewed_before_browsers_forget_it(client: TestClient, clock: Clock) -> None:
    key = re.findall("learner=([^;]+)", post(client).headers["set-cookie"])
    clock.forward(milliseconds=RENEW_AFTER_MS + 1)

    renewed = re.findall("learner=([^;]+)", post(client).headers["set-cookie"])

    assert renewed == key
    assert "set-cookie" not in post(client).headers


def test_a_cookie_that_we_did_not_make_is_replaced(client: TestClient) -> None:
    client.cookies.set("learner", "A" * 22)

    cookie = post(client).headers["set-cookie"]
    client.cookies.clear()
    client.cookies.set("learner", "A" * 22)

    assert "A" * 22 not in cookie
    assert client.get("/api/v1/export").json()["answers"] == []


def test_the_cookie_itself_is_not_stored(client: TestClient, desk: Desk) -> None:
    key = post(client).headers["set-cookie"].partition("=")[2][:22]

    devices = rows(desk.store, DEVICE)
    assert len(devices) == 1
    assert key.encode() not in bytes(devices[0].key_hash)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no-such-question": ({"question": "pod-none"}, "question"),
    "half-a-surrogate": ({"question": "\ud800"}, "question"),
    "question-missing": ({"question": None}, "question"),
    "attempt-is-no-uuid": ({"attempt": "first"}, "attempt"),
    "unknown-option": ({"answer": "b"}, "answer"),
    "nothing-chosen": ({"answer": []}, "answer"),
    "two-for-one": ({"answer": [RIGHT, WRONG]}, "answer"),
    "a-number-for-an-option": ({"answer": 2}, "answer"),
    "null": ({"answer": None}, "answer"),
    "unknown-field": ({"lang": "en"}, "lang"),
    "negative-seed": ({"seed": -1}, "seed"),
    "huge-seed": ({"seed": 2**53}, "seed"),
    "sure-is-no-boolean": ({"sure": "perhaps"}, "sure"),
    "incomplete-order": ({"question": "pod-order", "answer": [token("pod-order", "option", "a")]}, "answer"),
    "option-twice": (
        {"question": "pod-multiple", "answer": [token("pod-multiple", "option", "a")] * 2},
        "answer",
    ),
    "incomplete-match": ({"question": "pod-match", "answer": {}}, "answer"),
    "unknown-target": (
        {"question": "pod-match", "answer": {token("pod-match", "option", "a"): "t1"}},
        "answer",
    ),
    "list-for-match": ({"question": "pod-match", "answer": ["a"]}, "answer"),
    "number-without-seed": ({"question": "pod-number", "answer": 5}, "seed"),
    "words-for-a-number": ({"question": "pod-number", "answer": "many", "seed": 1}, "answer"),
    "true-for-a-number": ({"question": "pod-number", "answer": True, "seed": 1}, "answer"),
    "infinity-for-a-number": ({"question": "pod-number", "answer": "Infinity", "seed": 1}, "answer"),
    "absurd-exponent": ({"question": "pod-number", "answer": "1e999999", "seed": 1}, "answer"),
    "a-thousand-digits": ({"question": "pod-number", "answer": 10**1000, "seed": 1}, "answer"),
}


@pytest.mark.parametrize(("change", "field"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("address", ["sqlite://"])
def test_what_is_no_answer_is_refused(client: TestClient, change: dict[str, Any], field: str) -> None:
    body = {"question": "pod-single", "attempt": str(uuid4()), "answer": RIGHT, **change}

    headers = {"content-type": "application/json"}

    refused = client.post("/api/v1/answers", content=json.dumps(body), headers=headers)

    assert refused.status_code == 422, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"][0]["field"] == field
    assert refused.json()["errors"][0]["reason"]
    assert "set-cookie" not in refused.headers
    assert client.get("/api/v1/export").json()["answers"] == []


RUBBISH = {
    "empty": b"",
    "text": b"hello",
    "list": b"[]",
    "not-utf8": b"\xff\xfe{}",
    "nan": b'{"question": "pod-number", "answer": NaN}',
    "deep": b"[" * 100_000,
    "long-number": b'{"answer": ' + b"9" * 10_000 + b"}",
    "too-large": json.dumps({"question": "pod-single", "attempt": str(uuid4()), "answer": RIGHT}).encode()
    + b" " * (65 << 10),
}


@pytest.mark.parametrize("body", RUBBISH.values(), ids=RUBBISH)
@pytest.mark.parametrize("address", ["sqlite://"])
def test_rubbish_is_answered(client: TestClient, body: bytes) -> None:
    refused = client.post("/api/v1/answers", content=body, headers={"content-type": "application/json"})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "body"


@pytest.mark.parametrize("query", ["lang=fr", "seed=x", "seed=-1", "seed=9007199254740992", "seed=²"])
@pytest.mark.parametrize("address", ["sqlite://"])
def test_a_query_that_is_not_acceptable_is_refused(client: TestClient, query: str) -> None:
    refused = client.get(f"/api/v1/quiz/pods?{query}")

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == query.partition("=")[0]


def test_a_subject_that_does_not_exist_is_not_found(client: TestClient) -> None:
    missing = client.get("/api/v1/quiz/cheese")

    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


def test_what_is_personal_is_never_kept_by_caches(client: TestClient) -> None:
    answers = [post(client), *(client.get(f"/api/v1/{path}") for path in ("progress", "export"))]

    assert {answer.headers["cache-control"] for answer in answers} == {"private, no-store"}


def test_delete_leaves_nothing(client: TestClient, desk: Desk) -> None:
    post(client)

    deleted = client.delete("/api/v1/learner")

    assert deleted.status_code == 204
    assert 'learner="";' in deleted.headers["set-cookie"]
    for table in METADATA.sorted_tables:
        if table is not TRIES:  # it belongs to a network, of which it keeps a hash for two hours, and to no learner
            assert rows(desk.store, table) == [], table.name


def test_delete_of_nobody_is_done_at_once(client: TestClient) -> None:
    assert client.delete("/api/v1/learner").status_code == 204


def test_after_a_delete_the_old_cookie_opens_nothing(client: TestClient) -> None:
    key = post(client).headers["set-cookie"].partition("=")[2][:22]
    client.delete("/api/v1/learner")
    client.cookies.set("learner", key)

    assert client.get("/api/v1/progress").json()["subjects"]["pods"]["attempts"] == 0
    assert "set-cookie" in post(client).headers
