"""Progress leaves as JSON and comes back as a union; what is not acceptable changes nothing."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import event, update
from starlette.testclient import TestClient

from app.content.prompts import load_interviews
from app.place import APP
from app.quiz.answer import Desk
from app.quiz.interview import Marking, mark_interview
from app.quiz.learner import start_again
from app.quiz.prediction import Said, record_prediction
from app.quiz.reading import Place, mark_read, remember_place
from app.quiz.transfer import (
    IMPORT_LIMIT,
    ROW_LIMIT,
    SCHEMA,
    ProgressFile,
    export_progress,
    import_progress,
)
from app.store import learner, review
from app.store.tables import ANSWER, LEARNER, METADATA, TRIES
from app.widgetkit.contract import Refusal
from tests.quiz.conftest import CONTENT, Clock
from tests.quiz.test_api import WRONG, post
from tests.quiz.test_review import Reader, reader
from tests.store.cast import rows

__all__ = ["reader"]

NewClient = Callable[[], TestClient]


def send(client: TestClient, file: Any) -> Any:
    body = file if isinstance(file, bytes) else json.dumps(file).encode()
    return client.post("/api/v1/import", content=body, headers={"content-type": "application/json"})


def everything(desk: Desk) -> Any:
    """All rows; what is counted for limits belongs to nobody."""
    return {table.name: rows(desk.store, table) for table in METADATA.sorted_tables if table is not TRIES}


def test_the_export_has_every_answer(client: TestClient) -> None:
    attempt = str(uuid4())
    post(client, WRONG, attempt=attempt, sure=True)

    exported = client.get("/api/v1/export").json()

    assert exported["schema"] == SCHEMA
    assert exported["answers"] == [
        {
            "attempt": attempt,
            "question": "pod-single",
            "correct": False,
            "at": "2026-03-01T12:00:00.000Z",
            "answer": ["a"],
            "seed": None,
            "sure": True,
            "hint": False,
        }
    ]


def test_import_is_a_union_that_can_be_repeated(new_client: NewClient, clock: Clock) -> None:
    one, other = new_client(), new_client()
    for client, question in ((one, "pod-single"), (other, "pod-single")):
        post(client, WRONG, question)
        clock.forward(minutes=1)
    file = one.get("/api/v1/export").json()

    first, again = send(other, file), send(other, file)

    assert first.json() == {"added": 1, "known": 0}
    assert again.json() == {"added": 0, "known": 1}
    assert other.get("/api/v1/progress").json()["subjects"]["pods"]["attempts"] == 2
    assert send(one, other.get("/api/v1/export").json()).json() == {"added": 1, "known": 1}


def test_import_gives_somebody_new_a_cookie(new_client: NewClient) -> None:
    one, other = new_client(), new_client()
    post(one)

    imported = send(other, one.get("/api/v1/export").json())

    assert "learner=" in imported.headers["set-cookie"]
    assert other.get("/api/v1/progress").json()["subjects"]["pods"]["correct"] == 1


def test_all_that_is_kept_survives_the_journey(reader: Reader, clock: Clock) -> None:
    """Also what was put aside, read, marked and said; and the cards are the same when it arrives."""
    desk = reader.desk
    reader.answers("pod-single", right=False)
    start_again(desk, reader.cookie, None, clock.forward(minutes=1))
    clock.forward(minutes=1)
    reader.answers("pod-single", hint=True)
    reader.answers("etcd-single", sure=True)
    remember_place(desk, reader.cookie, Place("pods", "second", "pod-birth", 4, "fault=image-missing"), clock())
    mark_read(desk, reader.cookie, "pods", "first", True, clock())
    mark_interview(desk, load_interviews(CONTENT), reader.cookie, Marking("pods-why", uuid4(), (0, 2), 60), clock())
    record_prediction(desk, reader.cookie, Said("pod-birth", "a" * 32, 4, True), clock())
    exported = export_progress(desk, reader.cookie, clock())

    imported = import_progress(desk, None, json.dumps(exported).encode(), "127.0.0.1", clock())

    assert export_progress(desk, imported.send_key, clock()) == exported
    kept = everything(desk)
    for table in ("card", "day"):
        mine, theirs = (sorted(row[1:] for row in kept[table] if row[0] == owner) for owner in (1, 2))
        assert mine == theirs, table


def test_the_least_file_is_enough(client: TestClient) -> None:
    row = {"attempt": str(uuid4()), "question": "pod-single", "correct": True, "at": "2026-02-01T00:00:00Z"}

    assert send(client, {"schema": 1, "answers": [row]}).json() == {"added": 1, "known": 0}


def test_a_retired_question_may_come_back_from_an_old_file(client: TestClient) -> None:
    row = {
        "attempt": str(uuid4()),
        "question": "pod-once-asked",
        "correct": True,
        "at": "2026-02-01T00:00:00Z",
    }

    assert send(client, {"schema": 1, "answers": [row]}).json()["added"] == 1
    assert client.get("/api/v1/progress").json()["subjects"]["pods"]["attempts"] == 0


def answer_row(**change: Any) -> dict[str, Any]:
    row = {"attempt": str(uuid4()), "question": "pod-single", "correct": True, "at": "2026-02-01T00:00:00Z"}
    return {key: value for key, value in {**row, **change}.items() if value is not ...}


def prediction_row(**change: Any) -> dict[str, Any]:
    return {
        "widget": "pod-birth",
        "run": "a" * 32,
        "step": 2,
        "correct": True,
        "at": "2026-02-01T00:00:00Z",
        **change,
    }


def file_of(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": 1, "answers": [answer_row(), *rows], **more}


SAME = str(uuid4())
REFUSED: dict[str, tuple[Any, str]] = {
    "empty": (b"", "body"),
    "no-json": (b"PK\x03\x04", "body"),
    "not-utf8": (b'{"schema": 1, "x": "\xff"}', "body"),
    "cut-off": (json.dumps(file_of()).encode()[:-9], "body"),
    "deep": (b'{"schema": 1, "answers": ' + b"[" * 100_000, "body"),
    "nan": (b'{"schema": 1, "answers": [{"correct": NaN}]}', "body"),
    "beyond-numbers": (b'{"schema": 1, "answers": [{"answer": [1e999]}]}', "body"),
    "list": ([], "schema"),
    "foreign": ({"decks": []}, "schema"),
    "foreign-format": (file_of(format="anki"), "schema"),
    "older": (file_of(schema=0), "schema"),
    "newer": (file_of(schema=SCHEMA + 1), "schema"),
    "schema-as-text": (file_of(schema="1"), "schema"),
    "schema-as-true": (file_of(schema=True), "schema"),
    "unknown-part": (file_of(cards=[]), "cards"),
    "unknown-question": (file_of(answer_row(question="pod-none")), "answers.1.question"),
    "question-is-no-id": (file_of(answer_row(question="'; DROP TABLE")), "answers.1.question"),
    "nul": (file_of(answer_row(question="pod\u0000")), "answers.1.question"),
    "attempt": (file_of(answer_row(attempt="x")), "answers.1.attempt"),
    "attempt-twice": (
        file_of(answer_row(attempt=SAME), answer_row(attempt=SAME, correct=False)),
        "answers.2.attempt",
    ),
    "correct": (file_of(answer_row(correct="yes")), "answers.1.correct"),
    "correct-missing": (file_of(answer_row(correct=...)), "answers.1.correct"),
    "time": (file_of(answer_row(at="yesterday")), "answers.1.at"),
    "time-without-zone": (file_of(answer_row(at="2026-02-01T00:00:00")), "answers.1.at"),
    "future": (file_of(answer_row(at="2027-01-01T00:00:00Z")), "answers.1.at"),
    "past": (file_of(answer_row(at="1969-01-01T00:00:00Z")), "answers.1.at"),
    "year-one": (file_of(answer_row(at="0001-01-01T00:00:00+14:00")), "answers.1.at"),
    "seed": (file_of(answer_row(seed=-1)), "answers.1.seed"),
    "long-answer": (file_of(answer_row(answer="x" * 5000)), "answers.1.answer"),
    "unknown-field": (file_of(answer_row(colour="red")), "answers.1.colour"),
    "answers-as-map": ({"schema": 1, "answers": {}}, "answers"),
    "too-many-rows": ({"schema": 1, "resets": [{}] * (ROW_LIMIT + 1)}, "resets"),
    "huge": (b" " * (IMPORT_LIMIT + 1), "body"),
    "step": (
        file_of(positions=[{"subject": "pods", "section": "", "at": "2026-02-01T00:00:00Z", "step": -1}]),
        "positions.0.step",
    ),
    "prediction-step": (file_of(predictions=[prediction_row(step=0)]), "predictions.0.step"),
    "prediction-run": (file_of(predictions=[prediction_row(run="x" * 32)]), "predictions.0.run"),
    "prediction-future": (file_of(predictions=[prediction_row(at="2027-01-01T00:00:00Z")]), "predictions.0.at"),
    "points": (
        file_of(
            interviews=[
                {
                    "attempt": SAME,
                    "question": "pods-why",
                    "marked": [3],
                    "points": 3,
                    "at": "2026-02-01T00:00:00Z",
                }
            ]
        ),
        "interviews.0.marked",
    ),
}


@pytest.mark.parametrize(("file", "field"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
@pytest.mark.parametrize("address", ["sqlite://"])
def test_a_file_that_is_not_acceptable_changes_nothing(
    client: TestClient, desk: Desk, file: Any, field: str, known: bool
) -> None:
    if known:
        post(client)
    before = everything(desk)

    refused = send(client, file)

    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["field"] == field
    assert refused.json()["errors"][0]["reason"]
    assert everything(desk) == before
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("file", [file for file, _ in REFUSED.values()], ids=REFUSED)
def test_what_a_library_says_of_a_file_is_said_in_our_own_words(client: TestClient, file: Any) -> None:
    """What json and pydantic say is English in both languages, and about Python."""
    content = file if isinstance(file, bytes) else json.dumps(file).encode()

    refused = client.post("/api/v1/import?lang=zh", content=content)

    assert refused.status_code == 422
    assert re.findall("[A-Za-z]+ [A-Za-z]+ [A-Za-z]+", refused.json()["errors"][0]["reason"]) == []


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"", 1, 1),
        (b"{", 1, 2),
        (b'{"schema": 1,\n "answers": [}', 2, 14),
        ('{"中": 文}'.encode(), 1, 7),
        ('{"中":\n"文'.encode() + b"\xff", 2, 3),
        (b'\xef\xbb\xbf{"schema": x', 1, 12),
    ],
)
def test_where_a_file_is_no_json_is_told(client: TestClient, content: bytes, line: int, column: int) -> None:
    entry = client.post("/api/v1/import", content=content).json()["errors"][0]

    assert entry["code"] == "import-json"
    assert entry["line"] == line
    assert f"from line {line}, column {column} on it cannot be read" in entry["reason"]


def test_no_refusal_repeats_what_a_library_says() -> None:
    """A message of an exception is a value of none, but for what people look up word by word and the sentence names:
    the parser's of YAML, Go's of regular expressions, the server's of a scrape."""
    said = re.compile(r"Refusal\([^\n]*(?:str\(error\)|error\.(?:msg|args|reason)|\[\"msg\"\])")
    found = {path.name: said.findall(path.read_text("utf-8")) for path in APP.rglob("*.py")}

    assert len(found) > 200
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize("name", [name for name, field in ProgressFile.model_fields.items() if field.default == ()])
def test_of_many_mistakes_no_more_than_one_row_is_told(name: str) -> None:
    """All of a file of a megabyte that has nothing but mistakes would take more memory than there is for one answer."""
    with pytest.raises(ValidationError) as raised:
        ProgressFile.model_validate({"schema": SCHEMA, name: [{}] * 1000})

    assert raised.value.error_count() < 10


def test_what_once_came_in_as_no_number_goes_out_as_nothing(client: TestClient, desk: Desk) -> None:
    """A `1e999` was taken for an Infinity, which JSON can't say: nobody who had one could take their progress along."""
    post(client)
    desk.store.write(lambda tx: tx.execute(update(ANSWER).values(given='["a", Infinity]')))

    exported = client.get("/api/v1/export")

    assert exported.status_code == 200
    assert [row["answer"] for row in exported.json()["answers"]] == [["a", None]]
    assert send(client, exported.json()).json() == {"added": 0, "known": 1}


def test_what_the_learner_has_already_is_never_refused(reader: Reader, clock: Clock) -> None:
    """A question may have gone without a word from the bank; the learner's own file still comes in."""
    from dataclasses import replace

    from app.content.bank import Bank

    reader.answers("etcd-single")
    file = json.dumps(export_progress(reader.desk, reader.cookie, clock())).encode()
    smaller = replace(reader.desk, bank=Bank(reader.desk.bank.subjects[:1]))

    imported = import_progress(smaller, reader.cookie, file, "127.0.0.1", clock())

    assert (imported.added, imported.known) == (0, 1)


def large(rows: int) -> bytes:
    """An exported file of so many answers to two questions."""
    answers = [
        answer_row(question=("pod-single", "etcd-single")[number % 2], at=f"2026-02-01T00:00:{number % 60:02}Z")
        for number in range(rows)
    ]
    return json.dumps({"schema": 1, "answers": answers}).encode()


FIRST_PART = 4  # before it two commits of what is limited, and one of a look at what is known


@contextmanager
def at_commit(desk: Desk, does: Callable[[int], None]) -> Iterator[None]:
    """`does(number)` before the commits of an import, the first of which has the number 1; those of who came with
    what `does` began count too."""
    found = [0]

    def note(_: object) -> None:
        found[0] += 1
        does(found[0])

    event.listen(desk.store.engine, "commit", note)
    try:
        yield
    finally:
        event.remove(desk.store.engine, "commit", note)


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_others_write_between_the_parts_of_a_large_import(desk: Desk, clock: Clock) -> None:
    """Who comes while the first part is written is next: after it, and before the second."""
    order: list[str] = []

    def other() -> None:
        desk.store.write(lambda _: order.append("other"))

    thread = threading.Thread(target=other)

    def begin(number: int) -> None:
        order.append("commit")
        if number == FIRST_PART:
            thread.start()
            while not desk.store._writer._waiting:  # type: ignore[union-attr]  # only it knows
                pass

    with at_commit(desk, begin):
        imported = import_progress(desk, None, large(1400), "127.0.0.1", clock())
    thread.join()

    assert (imported.added, imported.known) == (1400, 0)
    assert order[: FIRST_PART + 1] == ["commit"] * FIRST_PART + ["other"]
    assert order.count("commit") >= FIRST_PART + 2


class Killed(Exception):
    pass


def test_an_import_that_ended_half_way_is_whole_and_can_be_completed(desk: Desk, clock: Clock) -> None:
    file, reader = large(1400), import_progress(desk, None, large(1), "127.0.0.1", clock()).send_key
    commits = [0]

    def die(number: int) -> None:
        commits[0] = number
        if number == commits_of_two_parts:
            raise Killed

    with at_commit(desk, lambda number: commits.__setitem__(0, number)):
        import_progress(desk, None, file, "127.0.0.1", clock())
    commits_of_two_parts = commits[0] - 1

    with at_commit(desk, die), pytest.raises(Killed):
        import_progress(desk, reader, file, "127.0.0.1", clock())
    half = export_progress(desk, reader, clock())
    counted = desk.store.read(lambda tx: sum(card.attempts for card in review.cards(tx, 1)))
    again = import_progress(desk, reader, file, "127.0.0.1", clock())

    assert len(half["answers"]) == counted == 501
    assert (again.added, again.known) == (900, 500)
    assert len(export_progress(desk, reader, clock())["answers"]) == 1401


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_who_deletes_everything_during_an_import_has_nothing(desk: Desk, clock: Clock) -> None:
    reader = import_progress(desk, None, large(1), "127.0.0.1", clock()).send_key
    thread = threading.Thread(target=lambda: desk.store.write(learner.delete_everything, 1))

    def begin(number: int) -> None:
        if number == FIRST_PART:
            thread.start()
            while not desk.store._writer._waiting:  # type: ignore[union-attr]  # only it knows
                pass

    with at_commit(desk, begin):
        import_progress(desk, reader, large(1400), "127.0.0.1", clock())
    thread.join()

    assert export_progress(desk, reader, clock()) == export_progress(desk, None, clock())
    assert rows(desk.store, LEARNER) == []


def test_a_fault_in_the_last_row_of_a_large_file_changes_nothing(desk: Desk, clock: Clock) -> None:
    file = json.loads(large(1400))
    file["answers"].append(answer_row(question="pod-none"))
    before = everything(desk)

    with pytest.raises(Refusal):
        import_progress(desk, None, json.dumps(file).encode(), "127.0.0.1", clock())

    assert everything(desk) == before
