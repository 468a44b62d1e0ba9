"""The cast and the stage of the tests: the real site on a real SQLite, in this process or as a server of its own."""

import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.place import APP, CONTENT, SHELF, STATIC, TEMPLATES
from app.settings import Settings
from app.site import Site, quiz_of
from app.store import learner as learners
from app.store.store import open_store
from app.store.tries import Limit
from app.web.shelf import Shelf, digest_of
from app.widgetkit.registry import Rooms
from tests.written import known_rooms

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def rooms() -> Rooms:
    return known_rooms()


@pytest.fixture(scope="session", autouse=True)
def room_for_all() -> Iterator[None]:
    """All learners of the tests come from one address within an hour: more than one network may make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learners, "EACH", (Limit(1_000_000, learners.HOUR_MS),))
        patch.setattr(learners, "TOGETHER", (Limit(1_000_000, learners.HOUR_MS),))
        yield


@cache
def drawn() -> None:
    """Where the shelf is empty, one of the processes that test draws the site, and the others wait for it."""
    shelf = Shelf(SHELF, digest_of([CONTENT, APP, STATIC, TEMPLATES]))
    if shelf.has("pages"):
        return
    SHELF.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (SHELF / "tests.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        made = Site()
        with open_store("sqlite://") as store:
            made.pages(quiz_of(made, store))
        made.search()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The whole site, shared by the tests that only read."""
    drawn()
    path = tmp_path_factory.mktemp("site") / "site.sqlite3"
    with TestClient(
        create_app(Settings(database_url=f"sqlite:///{path}", first_states=False)), follow_redirects=False
    ) as client:
        yield client


@pytest.fixture(autouse=True)
def network(request: pytest.FixtureRequest) -> None:
    """Each test asks the shared site from a network of its own: what one uses up of a limit, no other is short of."""
    if "site" in request.fixturenames:
        request.getfixturevalue("site")._transport.client = (f"10.{'.'.join(map(str, next(NETWORKS)))}", 50000)


NETWORKS = itertools.product(range(256), repeat=3)


@pytest.fixture
def learner(site: TestClient) -> Iterator[TestClient]:
    """A reader with no cookies yet, on the shared site."""
    site.cookies.clear()
    yield site
    site.cookies.clear()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answering(url: str, process: "subprocess.Popen[bytes]") -> str:
    """The address as soon as the server that was started there answers; a new checkout draws all its pages first."""
    until = time.monotonic() + 240
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):
                return url
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.02)
    process.kill()
    process.wait()
    raise AssertionError(f"the server did not answer (exit status {process.poll()})")


class Server:
    """`podscope serve` as a process of its own, which can be killed and started again on the same data."""

    def __init__(self, folder: Path, *options: str) -> None:
        drawn()
        self.folder = folder
        self._options = options
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> float:
        """Starts it and returns the seconds until the first 200."""
        begun = time.monotonic()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PODSCOPE_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(self.port), *self._options],
            cwd=self.folder,
            env={
                **environment,
                "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
                "PODSCOPE_LOG_LEVEL": "warning",
                "PODSCOPE_FIRST_STATES": "false",
            },
        )
        answering(self.url, self._process)
        return time.monotonic() - begun

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """As if the power went: SIGKILL, no goodbye."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self.ended()

    def ended(self) -> int:
        """Its exit status, once it has ended; that of a signal is negative."""
        return self._process.wait(timeout=20)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


def find_browser() -> str | None:
    """The browser on the PATH; None lets Playwright use its own. The one without windows of its own comes first: each
    profile costs it a tenth of a second, and the others one."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)
