"""A progress of any size leaves as files that an import takes."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from app.quiz import parts
from app.quiz.answer import Desk
from app.quiz.transfer import IMPORT_LIMIT, ROW_LIMIT, read_file
from tests.quiz.conftest import Clock
from tests.quiz.test_api import WRONG, post

NewClient = Callable[[], TestClient]


def answer_rows(count: int, given: str) -> list[dict[str, Any]]:
    return [
        {
            "attempt": str(UUID(int=number)),
            "question": "pod-single",
            "correct": True,
            "at": "2026-02-01T00:00:00.000Z",
            "answer": [given],
            "seed": None,
            "sure": False,
            "hint": False,
        }
        for number in range(count)
    ]


def held(**rows: list[dict[str, Any]]) -> dict[str, Any]:
    empty: dict[str, Any] = {"answers": [], "resets": [], "positions": []}
    return {"format": "podscope-progress", "schema": 3, "exported_at": "2026-03-01T12:00:00.000Z", **empty, **rows}


@pytest.mark.parametrize(
    "rows",
    [
        {"resets": [{"question": "pod-single", "at": "2026-02-01T00:00:00.000Z"}] * (ROW_LIMIT + 1)},
        {"answers": answer_rows(5000, "\N{SNOWMAN}" * 1300)},
        {"answers": answer_rows(3, "a"), "resets": [{"question": "x", "at": "2026-02-01T00:00:00.000Z"}]},
    ],
    ids=["many", "long", "few"],
)
def test_every_file_is_one_that_an_import_takes_and_nothing_is_lost(
    rows: dict[str, Any], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = held(**rows)
    monkeypatch.setattr(parts, "export_progress", lambda *_: whole)

    files = parts.export_files(desk, None, Clock()())

    assert len(files) == (1 if sum(map(len, rows.values())) < 10 else 2)
    assert max(map(len, files)) <= IMPORT_LIMIT
    for each in files:
        read_file(each)
    read = [json.loads(each) for each in files]
    assert all(each.keys() == whole.keys() for each in read)
    for name in rows:
        assert [row for each in read for row in each[name]] == rows[name]


def test_a_part_is_as_large_as_it_is_said_to_be() -> None:
    """Row by row, as the whole file is written."""
    rows = answer_rows(7, '\N{SNOWMAN} "')
    empty, full = (len(parts._written(held(answers=each))) for each in ([], rows))

    assert abs(sum(map(parts._size_of, rows)) - (full - empty)) < 5


@pytest.mark.parametrize("address", ["sqlite://"])
def test_rows_are_counted_without_writing_them(
    new_client: NewClient, desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = new_client()
    for _ in range(3):
        post(client, WRONG, "pod-single")
        clock.forward(minutes=1)
    key = client.cookies["learner"]
    counts = []
    for most in (3, 2):
        monkeypatch.setattr(parts, "FEW", most)
        monkeypatch.setattr(parts, "ROW_LIMIT", 1)
        counts.append(parts.count_files(desk, key, clock()))

    assert counts == [1, 3]
    assert parts.count_files(desk, None, clock()) == 1
