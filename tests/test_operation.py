"""The site as a process: it starts fast and says what is wrong, survives kill -9, is backed up while it runs."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from uuid import uuid4

import pytest

from app.serve import _site_or_refuse
from app.settings import Settings
from tests.conftest import ROOT, Server
from tests.written import known_bank

pytestmark = pytest.mark.slow

QUESTION = next(question for question in known_bank().questions.values() if question.kind == "single")


def podscope(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


class Client:
    """A command-line client that keeps its cookie."""

    def __init__(self, url: str) -> None:
        self.url, self.cookie = url, ""

    def call(self, path: str, body: dict[str, object] | None = None) -> tuple[int, dict[str, object]]:
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.cookie = answer.headers.get("Set-Cookie", self.cookie).partition(";")[0]
            return answer.status, json.load(answer)

    def answer(self) -> int:
        shown = self.call(f"/api/v1/quiz/{QUESTION.subject}?seed=3")[1]["questions"]
        asked = next(each for each in shown if each["id"] == QUESTION.id)  # type: ignore[attr-defined, call-overload]  # JSON
        chosen = asked["options"][0]["id"]
        body = {"question": QUESTION.id, "attempt": str(uuid4()), "answer": chosen, "seed": 3}
        return self.call("/api/v1/answers", body)[0]

    def attempts(self) -> int:
        subjects = self.call("/api/v1/progress")[1]["subjects"]
        return int(subjects[QUESTION.subject]["attempts"])  # type: ignore[index, call-overload]  # JSON


@pytest.fixture
def own_server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_acknowledged_answers_survive_kill_9(own_server: Server) -> None:
    client = Client(own_server.url)
    try:
        assert [client.answer() for _ in range(5)] == [201] * 5
        own_server.kill()
        own_server.start()
        assert client.attempts() == 5
    finally:
        own_server.stop()


def test_a_backup_taken_while_it_runs_brings_everything_back(own_server: Server, tmp_path: Path) -> None:
    client = Client(own_server.url)
    try:
        client.answer()
        taken = podscope(tmp_path, "backup", "copy.sqlite3")
        client.answer()
    finally:
        own_server.stop()
    restored = podscope(tmp_path, "restore", "copy.sqlite3")
    own_server.start()
    try:
        assert (taken.returncode, restored.returncode) == (0, 0), taken.stderr + restored.stderr
        assert client.attempts() == 1
    finally:
        own_server.stop()


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all,")

    answer = podscope(tmp_path, "restore", "letter.txt")

    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert answer.stderr.strip()


@pytest.mark.parametrize(
    ("name", "value"), [("PODSCOPE_PROT", "1"), ("PODSCOPE_PORT", "x"), ("PODSCOPE_DATABASE_URL", "oracle://x")]
)
def test_an_impossible_setting_stops_the_start_by_name(tmp_path: Path, name: str, value: str) -> None:
    answer = podscope(tmp_path, "serve", **{name: value})

    assert answer.returncode == 2
    assert name in answer.stderr
    assert "Traceback" not in answer.stderr


SCRIPT = f"#!{sys.executable}\nimport sys\nfrom app.cli import main\nsys.exit(main())\n"  # as pip writes one
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/none"


@pytest.mark.parametrize("foreign", ["app/__init__.py", "app/serve.py", "pydantic.py", "json.py"])
def test_the_command_runs_nothing_of_the_folder_that_it_is_called_in(tmp_path: Path, foreign: str) -> None:
    """It becomes another program, which Python would look for in that folder first; and many have an `app`."""
    script, there = tmp_path / "bin" / "podscope", tmp_path / "there" / foreign
    for path in (script, there):
        path.parent.mkdir(parents=True)
    script.write_text(SCRIPT)
    there.write_text('print("FOREIGN")\n')
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PODSCOPE_DATABASE_URL": NOWHERE}
    environment.pop("PYTHONSAFEPATH", None)

    answer = subprocess.run(
        [sys.executable, script, "serve"], cwd=tmp_path / "there", env=environment, capture_output=True, text=True
    )

    assert "FOREIGN" not in answer.stdout
    assert "the database does not answer" in answer.stderr
    assert answer.returncode == 2


def test_what_serves_refuses_a_setting_itself(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "app.serve"],
        cwd=ROOT,
        env={**os.environ, "PODSCOPE_HANDS": "0"},
        capture_output=True,
        text=True,
    )

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("PODSCOPE_HANDS")


def test_an_unreachable_database_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    answer = podscope(tmp_path, "serve", PODSCOPE_DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none")

    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert answer.stderr.strip()


def test_an_address_that_cannot_be_right_is_refused_before_anything_is_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.site.draw_apart", lambda **_: pytest.fail("drawn for nothing"))

    with pytest.raises(SystemExit) as ended:
        _site_or_refuse(Settings(database_url="sqlite:////nowhere/podscope.sqlite3"))

    assert ended.value.code == 2
    assert "create it" in capsys.readouterr().err


def test_readiness_names_a_patched_sqlite(server: Server) -> None:
    with urllib.request.urlopen(server.url + "/readyz") as answer:
        ready = json.load(answer)

    assert ready["parts"]["database"]["engine"] == "sqlite"
    assert tuple(map(int, ready["parts"]["database"]["version"].split("."))) > (3, 51, 2)
