"""A cast for the quiz: a small bank with a question of every kind, a widget that adds, a desk, a client."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.content.bank import Bank
from app.content.questions import load_bank
from app.quiz.answer import Desk
from app.quiz.api import api_router, quiz_words
from app.quiz.question import Keys
from app.quiz.refused import answer_refusals
from app.store.store import Store
from tests.store.engines import address, new_database, postgres, store

__all__ = ["address", "new_database", "postgres", "store"]

CONTENT = Path(__file__).parent / "content"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    """The time that the tests say it is."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


def run_adder(slug: str, inputs: Mapping[str, Any]) -> Any:
    """A widget that adds: the smallest that a question can be computed by."""
    if slug != "adder":
        raise KeyError(slug)
    return {"sums": [{"total": int(inputs["left"]) + int(inputs["right"])}]}


@pytest.fixture(scope="session")
def bank() -> Bank:
    return load_bank(CONTENT)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(bank: Bank, store: Store) -> Desk:
    return Desk(bank, store, Keys(run_adder))


@pytest.fixture
def new_client(desk: Desk, clock: Clock) -> Callable[[], TestClient]:
    """Makes clients that keep their cookies, each somebody else."""
    app = FastAPI()
    app.include_router(api_router(desk, clock))
    answer_refusals(app, lambda _: quiz_words())
    return lambda: TestClient(app, base_url="http://localhost")


@pytest.fixture
def client(new_client: Callable[[], TestClient]) -> TestClient:
    return new_client()
