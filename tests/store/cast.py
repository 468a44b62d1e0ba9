"""Those who act in the store's tests: a learner, and answers of theirs."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Table

from app.store import learner
from app.store.answer import Answer
from app.store.store import Store

NOON = 1_772_366_400_000  # 2026-03-01 12:00 UTC
MINUTE = 60_000
DAY = 86_400_000


def rows(store: Store, table: Table) -> list[Row[Any]]:
    """All that a table has."""
    return store.read(lambda tx: list(tx.execute(table.select()).all()))


def new_learner(store: Store) -> int:
    return store.write(learner.create, learner.new_key(), NOON)


def answer_to(question: str = "pod-single", correct: bool = True, at_ms: int = NOON, **more: object) -> Answer:
    fields = {"attempt": str(uuid4()), "given": '["b"]', "seed": None, "sure": False, "hint": False, **more}
    return Answer(question=question, correct=correct, at_ms=at_ms, **fields)  # type: ignore[arg-type]  # a table
