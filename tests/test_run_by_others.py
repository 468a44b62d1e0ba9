"""Those who run the site: what it says of its health, what it logs, what it answers without its database."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.main import API, routed
from app.settings import Settings
from app.site import Site, quiz_of
from app.store.engine import StoreAway, create_store_engine
from app.store.store import Store
from app.web.logs import id_of, without_messages
from app.web.metrics import Metrics
from app.web.operation import LEAST_FREE, Readiness, operation_routes
from tests.conftest import ROOT, answering, free_port

# --- ready or not -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    engine: str = "postgresql"
    version: str = "17.2"
    is_migrated: bool = True


class Answering:
    def __init__(self, said: Said | Exception = Said()) -> None:
        self.said = said

    def health(self) -> Said:
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


def ready(readiness: Readiness) -> tuple[int, dict[str, Any]]:
    api = FastAPI()
    operation_routes(api, Metrics(), readiness)
    with TestClient(api) as client:
        answer = client.get("/readyz")
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code, answer.json()


def test_all_is_well(tmp_path: Path) -> None:
    status, said = ready(Readiness(Answering(), tmp_path, 3, lambda _: LEAST_FREE))

    assert (status, said["status"]) == (200, "ok")
    assert {name: part["ok"] for name, part in said["parts"].items()} == dict.fromkeys(
        ["database", "migrations", "disk", "content"], True
    )


@pytest.mark.parametrize(
    ("readiness", "part"),
    [
        (Readiness(Answering(StoreAway("connection to secret-host failed")), None, 3), "database"),
        (Readiness(Answering(Said(is_migrated=False)), None, 3), "migrations"),
        (Readiness(Answering(), Path("/"), 3, lambda _: LEAST_FREE - 1), "disk"),
        (Readiness(Answering(), Path("/no/such/folder"), 3), "disk"),
        (Readiness(Answering(), None, 0), "content"),
    ],
)
def test_what_is_not_well_is_named(readiness: Readiness, part: str) -> None:
    status, said = ready(readiness)

    assert (status, said["status"]) == (503, "not ready")
    assert not said["parts"][part]["ok"]
    assert "secret-host" not in json.dumps(said)


def test_the_site_is_ready(site: TestClient) -> None:
    assert site.get("/readyz").json()["parts"]["migrations"] == {"ok": True}


# --- without a database -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alone() -> Iterator[TestClient]:
    """The site while its database is away."""
    site = Site()
    store = Store(create_store_engine("postgresql+psycopg://u:secretpw@127.0.0.1:1/x"))
    app = routed(FastAPI(**API), Settings(), site, quiz_of(site, store), ("/en/",))
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(("path", "words"), [("/en/progress", "does not answer"), ("/zh/progress", "数据库没有响应")])
def test_a_page_says_that_the_database_is_away(alone: TestClient, path: str, words: str) -> None:
    answer = alone.get(path)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert words in answer.text
    assert "secretpw" not in answer.text
    assert "<nav" in answer.text


@pytest.mark.parametrize("path", ["/en/progress", "/api/v1/progress", "/fragments/en/reading/etcd"])
def test_a_database_that_is_away_is_one_line_in_the_log(
    alone: TestClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A traceback for each of a thousand readers would fill the disk."""
    with caplog.at_level("DEBUG"):
        alone.get(path)

    ours = [record for record in caplog.records if record.name == "podscope"]
    assert [record.levelname for record in ours] == ["ERROR"]
    assert ours[0].getMessage().startswith("the database does not answer: ")
    assert not any(record.exc_info for record in caplog.records)
    assert "Traceback" not in caplog.text
    assert "secretpw" not in caplog.text


def test_a_program_is_told_to_come_again(alone: TestClient) -> None:
    answer = alone.get("/api/v1/progress")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_on_a_readers_page_stays(alone: TestClient) -> None:
    answer = alone.get("/fragments/en/reading/etcd")

    if answer.status_code == 404:
        pytest.fail("no fragment needs the database any more: name another")
    assert answer.status_code == 503
    assert answer.headers["hx-reswap"] == "afterbegin"
    assert "<html" not in answer.text
    assert 'role="alert"' in answer.text


def test_models_go_on(alone: TestClient) -> None:
    assert alone.get("/en/widgets/pod-birth?step=3").status_code == 200
    assert alone.post("/api/v1/widgets/quantity", json={"text": "1Gi"}).status_code == 200


# --- logs -------------------------------------------------------------------------------------------------------------


def test_an_exception_is_logged_without_its_message() -> None:
    try:
        try:
            raise ValueError("the reader's words")
        except ValueError as error:
            raise RuntimeError("and the reader's address") from error
    except RuntimeError:
        event = without_messages(None, "error", {"event": "failed", "exc_info": True})

    assert "reader" not in json.dumps(event)
    assert (event["error"], event["because"]) == ("RuntimeError", ["ValueError"])
    assert event["at"][-1].endswith("test_an_exception_is_logged_without_its_message")
    assert event["at"][-1].startswith("tests/")


@pytest.mark.parametrize(
    ("given", "is_taken"), [(b"0123456789abcdef", True), (b"a" * 32, True), (b"a" * 33, False), (b"<script>", False)]
)
def test_an_id_of_a_proxy_is_taken_if_it_is_one(given: bytes, is_taken: bool) -> None:
    found = id_of([(b"x-request-id", given)])

    assert (found == given.decode()) is is_taken
    assert len(found) in (16, 32)


def test_every_answer_has_an_id(site: TestClient) -> None:
    ids = {site.get("/fragments/en/widgets/quantity").headers["x-request-id"] for _ in range(3)}

    assert len(ids) == 3


SECRET = "sesame-open-7319"


@pytest.mark.slow
def test_a_line_an_answer_and_nothing_that_was_typed(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", str(port)],
        cwd=tmp_path,
        env={**os.environ, "PODSCOPE_LOG_LEVEL": "info"},
        stderr=subprocess.PIPE,
    )
    url = answering(f"http://127.0.0.1:{port}", process)
    long = json.dumps({"manifest": f"{SECRET}: {SECRET * 2000}"}).encode()
    for path, body in (
        (f"/{SECRET}", None),
        (f"/en/widgets/quantity?text={SECRET}", None),
        (f"/en/widgets/quantity?saved={SECRET}", None),
        ("/api/v1/widgets/quantity", json.dumps({"text": SECRET}).encode()),
        ("/api/v1/widgets/oom-score", long),
        ("/api/v1/answers", json.dumps({"question": SECRET}).encode()),
        ("/api/v1/import", json.dumps({"schema": 3, "answers": [{"attempt": SECRET}]}).encode()),
    ):
        request = urllib.request.Request(url + path, body, {"content-type": "application/json", "user-agent": SECRET})
        try:
            urllib.request.urlopen(request, timeout=60).close()
        except urllib.error.HTTPError as error:
            error.close()
    process.terminate()
    _, written = process.communicate(timeout=60)
    lines = [json.loads(line) for line in written.decode().splitlines()]
    answers = [line for line in lines if line["event"] == "answered"]

    assert SECRET not in written.decode()
    assert "127.0.0.1:" not in "".join(json.dumps(line) for line in answers)
    assert [line["status"] for line in answers] == [404, 422, 404, 422, 422, 422, 422]
    assert {"time", "id", "route", "status", "ms", "method"} <= set(answers[0])
    assert answers[3]["route"] == "/api/v1/widgets/quantity"
    assert ROOT.name not in json.dumps(answers)
