"""Kills a server again and again while clients answer questions, and counts what is left.

The clients do what a good client does: an answer that was not acknowledged is sent again with its attempt id.
"""

import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from app.quiz.bank import token

RIGHT = token("pod-single", "option", "b")
WRONG = token("pod-single", "option", "a")


@dataclass
class Client:
    """One learner. `acknowledged`: the attempts answered 201 or 200; `again`: how many came again."""

    port: int
    luck: random.Random
    stop: threading.Event
    cookie: str = ""
    acknowledged: list[str] = field(default_factory=list)
    again: int = 0
    surprises: list[str] = field(default_factory=list)

    def run(self) -> None:
        connection: http.client.HTTPConnection | None = None
        attempt, answer, unsure = str(uuid4()), RIGHT, False
        while unsure or not self.stop.is_set():
            connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                status = self.post(connection, attempt, answer)
            except (OSError, http.client.HTTPException):
                connection.close()
                connection, unsure = None, True
                self.again += 1
                continue
            if status in (200, 201):
                self.acknowledged.append(attempt)
            else:
                self.surprises.append(f"status {status}")
            attempt, answer, unsure = str(uuid4()), self.luck.choice([RIGHT, WRONG]), False
        if connection is not None:
            connection.close()

    def post(self, connection: http.client.HTTPConnection, attempt: str, answer: str) -> int:
        body = json.dumps({"question": "pod-single", "attempt": attempt, "answer": answer})
        connection.request("POST", "/api/v1/answers", body, {"cookie": self.cookie, "content-type": "application/json"})
        response = connection.getresponse()
        response.read()
        if given := response.headers.get("set-cookie"):
            self.cookie = given.partition(";")[0]
        return response.status


@contextmanager
def serving(url: str, listener: socket.socket) -> Iterator["Lives"]:
    lives = Lives(url, listener)
    try:
        yield lives
    finally:
        lives.end()


class Lives:
    """One server after another on the same socket; the next has been loaded before the last one dies."""

    def __init__(self, url: str, listener: socket.socket) -> None:
        self._url, self._listener = url, listener
        self._next = self._load()
        self._now: subprocess.Popen[bytes] | None = None

    def _load(self) -> subprocess.Popen[bytes]:
        descriptor = self._listener.fileno()
        command = [sys.executable, "-m", "tests.store.served", self._url, str(descriptor)]
        root = Path(__file__).parents[2]
        return subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[descriptor], cwd=root)

    def begin(self) -> None:
        self._now, self._next = self._next, self._load()
        assert self._now.stdin is not None
        self._now.stdin.write(b"go\n")
        self._now.stdin.close()

    def kill(self) -> None:
        assert self._now is not None
        self._now.kill()
        self._now.wait()

    def end(self) -> None:
        for process in (self._now, self._next):
            if process is not None:
                process.kill()
                process.wait()
                if process.stdin is not None:
                    process.stdin.close()


def kill_again_and_again(url: str, times: int, clients: int = 4, seed: int = 1) -> list[Client]:
    """The clients, after so many deaths and one quiet end in which every answer was acknowledged."""
    luck, stop = random.Random(seed), threading.Event()
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    with listener, serving(url, listener) as lives:
        answering = [Client(listener.getsockname()[1], luck, stop) for _ in range(clients)]
        lives.begin()
        for client in answering:  # a learner each, before anything is killed
            first = str(uuid4())
            connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=30)
            assert client.post(connection, first, RIGHT) == 201
            client.acknowledged.append(first)
            connection.close()
        threads = [threading.Thread(target=client.run) for client in answering]
        for thread in threads:
            thread.start()
        for _ in range(times):
            _wait_for_answers(answering, luck.randint(1, 40))
            time.sleep(luck.random() * 0.02)
            lives.kill()
            lives.begin()
        _wait_for_answers(answering, 8)
        stop.set()
        for thread in threads:
            thread.join()
    return answering


def _wait_for_answers(clients: list[Client], more: int) -> None:
    def total() -> int:
        return sum(len(client.acknowledged) for client in clients)

    until, deadline = total() + more, time.monotonic() + 30
    while total() < until:
        assert time.monotonic() < deadline, "no answer was acknowledged for 30 seconds"
        time.sleep(0.002)
