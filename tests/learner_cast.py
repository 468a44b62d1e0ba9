"""The cast of the pages about a learner: what somebody has done before a test begins, as a file to bring in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from starlette.testclient import TestClient

from app.content.bank import Question
from app.content.prompts import load_interviews
from app.place import CONTENT
from app.quiz.transfer import SCHEMA
from tests.written import known_bank, values_of

BANK = known_bank()
INTERVIEWS = load_interviews(CONTENT, values_of)
SUBJECT = BANK.subjects[0]
SINGLE = next(question for question in SUBJECT.questions if question.kind == "single")


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def answer(question: Question, *, correct: bool, days: float) -> dict[str, Any]:
    ids = [option.id for option in question.options if option.right][:1] or [question.options[0].id]
    return {
        "attempt": str(uuid4()),
        "question": question.id,
        "correct": correct,
        "at": days_ago(days),
        "answer": ids,
        "seed": 1,
    }


def result(*, marked: list[int], days: float, prompt: int = 0) -> dict[str, Any]:
    asked = INTERVIEWS.prompts[prompt]
    return {
        "attempt": str(uuid4()),
        "question": asked.id,
        "marked": marked,
        "points": len(asked.rubric),
        "at": days_ago(days),
        "seconds": 75,
    }


def file(**rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"format": "podscope-progress", "schema": SCHEMA, **rows}


def bring_in(client: TestClient, **rows: list[dict[str, Any]]) -> None:
    """From now on the client is a learner with this past."""
    assert client.post("/api/v1/import", json=file(**rows)).status_code == 200


def become_halfway(client: TestClient) -> None:
    """One who is half-way: ten questions of the first subject, every third of them wrong, over ten days."""
    asked = SUBJECT.questions[:10]
    rows = [answer(question, correct=place % 3 != 0, days=12 - place) for place, question in enumerate(asked)]
    bring_in(client, answers=rows)
