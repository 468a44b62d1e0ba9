"""Kills the real site again and again while clients answer questions, and counts what is left.

The clients do what good clients do: an answer that was not acknowledged is sent again with its attempt id. Half of them
are programs that use the JSON API, half are browsers without JavaScript that post the form of the page.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy import text

from app.content.questions import load_bank
from app.place import CONTENT
from app.store import answer, learner, review
from app.store.store import open_store
from tests.conftest import ROOT, free_port

QUESTIONS = [question for question in load_bank(CONTENT).questions.values() if question.kind == "single"]
ACKNOWLEDGED = (200, 201, 303)  # the API's for a known and a new attempt, the page's for both


@dataclass
class Client:
    """One learner. `acknowledged`: the attempts that were acknowledged; `again`: how many had to be sent again, since
    there was no answer or one of `passing`; `tries`: how often the one that was sent most often was. `source` is the
    address that it comes from, `every_s` the least time from one answer to the next."""

    port: int
    luck: random.Random
    stop: threading.Event
    uses_form: bool = False
    cookie: str = ""
    acknowledged: list[str] = field(default_factory=list)
    again: int = 0
    surprises: list[str] = field(default_factory=list)
    passing: tuple[int, ...] = ()
    source: str = ""
    every_s: float = 0.0
    tries: int = 0

    def run(self) -> None:
        """Answers until it is told to stop and nothing is left unsure."""
        connection: http.client.HTTPConnection | None = None
        request, sent = self.next_request(), 0
        while sent or not self.stop.is_set():
            begun = time.monotonic()
            connection = connection or self.connect()
            try:
                status = self.post(connection, *request)
            except (OSError, http.client.HTTPException):
                connection.close()
                connection, status = None, 0
            sent += 1
            if not status or status in self.passing:
                self.again += sent == 1
                time.sleep(0.01)
                continue
            if status in ACKNOWLEDGED:
                self.acknowledged.append(request[0])
            else:
                self.surprises.append(f"status {status}")
            self.tries = max(self.tries, sent)
            request, sent = self.next_request(), 0
            self.stop.wait(max(0.0, self.every_s - (time.monotonic() - begun)))
        if connection is not None:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        source = (self.source, 0) if self.source else None
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=source)

    def begin(self) -> None:
        """Becomes a learner: the first answer, and the cookie that comes with it."""
        connection, request = self.connect(), self.next_request()
        assert self.post(connection, *request) in ACKNOWLEDGED
        connection.close()
        self.acknowledged.append(request[0])

    def next_request(self) -> tuple[str, str, str, str]:
        """An attempt with where it is posted, as what, and with what body."""
        question, attempt = self.luck.choice(QUESTIONS), str(uuid4())
        chosen = self.luck.choice(question.options).token
        if self.uses_form:
            body = urlencode({"attempt": attempt, "seed": "1", "choice": chosen})
            path = f"/zh/quiz/{question.subject}/{question.id}"
            return attempt, path, "application/x-www-form-urlencoded", body
        body = json.dumps({"question": question.id, "attempt": attempt, "answer": chosen})
        return attempt, "/api/v1/answers", "application/json", body

    def post(self, connection: http.client.HTTPConnection, _attempt: str, path: str, kind: str, body: str) -> int:
        connection.request("POST", path, body, {"cookie": self.cookie, "content-type": kind})
        response = connection.getresponse()
        response.read()
        if given := response.headers.get("set-cookie"):
            self.cookie = given.partition(";")[0]
        return response.status


class Lives:
    """`podscope serve` on one port and one database, one life after another."""

    def __init__(self, database: str, port: int) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PODSCOPE_")}
        self._source = subprocess.Popen(
            [sys.executable, "-m", "tests.store.served", str(port)],
            cwd=ROOT,
            env={**environment, "PODSCOPE_DATABASE_URL": database, "PODSCOPE_LOG_LEVEL": "error"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._now = 0

    def begin(self) -> None:
        assert self._source.stdin is not None
        assert self._source.stdout is not None
        self._source.stdin.write("live\n")
        self._source.stdin.flush()
        self._now = int(self._source.stdout.readline())

    def kill(self) -> None:
        """As if the power went: SIGKILL, no goodbye."""
        os.kill(self._now, signal.SIGKILL)
        self._now = 0

    def end(self) -> None:
        if self._now:
            self.kill()
        assert self._source.stdin is not None
        assert self._source.stdout is not None
        self._source.stdin.close()
        self._source.wait(timeout=20)
        self._source.stdout.close()


@contextmanager
def living(database: str, port: int) -> Iterator[Lives]:
    lives = Lives(database, port)
    try:
        yield lives
    finally:
        lives.end()


def kill_again_and_again(database: str, times: int, clients: int = 4, seed: int = 1) -> list[Client]:
    """The clients, after so many deaths of the site on this database and a last life in which every answer was
    acknowledged. The last life is killed as well: nothing is closed in order."""
    luck, stop, port = random.Random(seed), threading.Event(), free_port()
    answering = [
        Client(port, random.Random(seed + number), stop, uses_form=number % 2 == 1) for number in range(clients)
    ]
    with living(database, port) as lives:
        lives.begin()
        wait_for_site(port)
        for client in answering:  # a learner each, before anything is killed
            client.begin()
        threads = [threading.Thread(target=client.run) for client in answering]
        for thread in threads:
            thread.start()
        for _ in range(times):
            wait_for_answers(answering, luck.randint(1, 40))
            time.sleep(luck.random() * 0.02)
            lives.kill()
            lives.begin()
        wait_for_answers(answering, 8)
        stop.set()
        for thread in threads:
            thread.join()
    return answering


def wait_for_site(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError("the site did not start within a minute")


def wait_for_answers(clients: list[Client], more: int) -> None:
    def total() -> int:
        return sum(len(client.acknowledged) for client in clients)

    until, deadline = total() + more, time.monotonic() + 60
    while total() < until:
        assert time.monotonic() < deadline, "no answer was acknowledged for a minute"
        time.sleep(0.002)


@dataclass(frozen=True)
class Count:
    """What a database has, against what its clients were told. `integrity` is what SQLite says of itself."""

    acknowledged: int
    stored: int
    lost: int
    unknown: int
    twice: int
    cards_differ: int
    integrity: str


def count(database: str, clients: list[Client]) -> Count:
    """Acknowledged and not stored, stored and never acknowledged, stored twice, and learners whose review cards do not
    say what their answers say."""
    told = [attempt for client in clients for attempt in client.acknowledged]
    stored: list[str] = []
    differ = 0
    with open_store(database) as store:
        ask = "PRAGMA integrity_check" if store.health().engine == "sqlite" else "SELECT 'ok'"
        integrity = str(store.read(lambda tx: tx.execute(text(ask)).scalar_one()))
        for client in clients:
            owner = store.read(learner.find, client.cookie.partition("=")[2])
            assert owner is not None
            answers = store.read(answer.answers, owner)
            stored += [one.attempt for one in answers]
            replayed = sorted(answer.replay(answers), key=lambda card: card.question)
            differ += store.read(review.cards, owner) != replayed
    return Count(
        acknowledged=len(told),
        stored=len(stored),
        lost=len(set(told) - set(stored)),
        unknown=len(set(stored) - set(told)),
        twice=len(stored) - len(set(stored)) + len(told) - len(set(told)),
        cards_differ=differ,
        integrity=integrity,
    )
