"""`podscope doctor` finds what is wrong with a set-up and says what to do."""

import os
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.content.error import ContentError
from app.doctor import Finding, examine, memory_limit
from app.place import CONTENT
from app.reader import read_written
from app.store.store import open_store
from tests.written import known_rooms


@pytest.fixture(autouse=True)
def content_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What we wrote is read at each examination, and here always the same; the command below reads it itself."""
    monkeypatch.setattr("app.doctor.find_rooms", known_rooms)
    monkeypatch.setattr("app.doctor.read_written", lambda *_: written())


@cache
def written() -> Any:
    return read_written(CONTENT, known_rooms())


def found(**variables: str) -> dict[str, list[Finding]]:
    findings: dict[str, list[Finding]] = {}
    for finding in examine({f"PODSCOPE_{name}": value for name, value in variables.items() if name.isupper()}):
        findings.setdefault(finding.what, []).append(finding)
    return findings


def levels(findings: list[Finding]) -> list[str]:
    return [finding.level for finding in findings]


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path}/db"
    open_store(made).close()
    return made


def test_a_good_set_up_is_all_well(url: str) -> None:
    assert {level for of in found(DATABASE_URL=url, PORT="18999").values() for level in levels(of)} == {"ok"}


def test_a_setting_that_is_none_is_the_only_finding() -> None:
    findings = found(PROT="1")

    assert list(findings) == ["settings"]
    assert levels(findings["settings"]) == ["bad"]


def test_a_damaged_file_is_bad(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"no database " * 999)

    findings = found(DATABASE_URL=f"sqlite:///{tmp_path}/db")

    assert levels(findings["database file"]) == ["bad", "warn"]
    assert "database" not in findings


def as_it_lies(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.name: (stat.S_IMODE(file.stat().st_mode), file.read_bytes()) for file in folder.iterdir()}


@pytest.mark.parametrize("given", ["nothing", "other mode", "other journal"])
def test_looking_changes_nothing(url: str, tmp_path: Path, given: str) -> None:
    """It made the file, gave it the mode that it should have warned of, and turned its journal into a log."""
    match given:
        case "nothing":
            for file in tmp_path.iterdir():
                file.unlink()
        case "other mode":
            (tmp_path / "db").chmod(0o644)
        case "other journal":
            with closing(sqlite3.connect(tmp_path / "db")) as connection:
                connection.execute("PRAGMA journal_mode=DELETE")
    before = as_it_lies(tmp_path)

    findings = found(DATABASE_URL=url)

    assert as_it_lies(tmp_path) == before
    assert levels(findings["database"]) == ["ok"]
    assert levels(findings.get("database file", [])) == (["warn"] if given == "other mode" else [])


def test_a_folder_that_is_missing_is_bad(tmp_path: Path) -> None:
    assert found(DATABASE_URL=f"sqlite:///{tmp_path}/none/db")["database"][0].do == "create it"


def test_a_damaged_page_in_the_middle_is_found(url: str, tmp_path: Path) -> None:
    file = tmp_path / "db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    data = bytearray(file.read_bytes())
    for page in range(3, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(data)

    assert "bad" in levels(found(DATABASE_URL=url)["database file"])


def test_a_newer_database_is_bad(url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert found(DATABASE_URL=url)["database"][0].do == "upgrade Podscope"


def test_an_older_one_wants_a_backup_first(url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")

    assert "backup" in found(DATABASE_URL=url)["database"][0].do


def test_a_server_that_is_away_is_bad_and_keeps_its_password() -> None:
    findings = found(DATABASE_URL="postgresql+psycopg://u:secretpw@127.0.0.1:1/x")

    assert levels(findings["database"]) == ["bad"]
    assert "secretpw" not in str(findings)


def test_a_port_that_is_taken_is_told(url: str) -> None:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
        findings = found(DATABASE_URL=url, PORT=str(line.getsockname()[1]))

    assert levels(findings["port"]) == ["warn"]


def test_an_open_site_wants_https(url: str) -> None:
    assert levels(found(DATABASE_URL=url, HOST="0.0.0.0")["https"]) == ["warn"]
    assert "https" not in found(DATABASE_URL=url, HOST="0.0.0.0", HTTPS="true")


def test_behind_a_proxy_readers_have_addresses(url: str) -> None:
    settings = {"PODSCOPE_DATABASE_URL": url, "PODSCOPE_HTTPS": "true"}

    said = [str(finding) for finding in examine(settings) if finding.what == "proxy"]
    named = [
        str(finding) for finding in examine({**settings, "FORWARDED_ALLOW_IPS": "10.0.0.1"}) if finding.what == "proxy"
    ]

    assert "FORWARDED_ALLOW_IPS" in said[0]
    assert named == [f"{'ok':>4}  proxy: nothing to say"]


def test_content_that_is_wrong_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any) -> Any:
        raise ContentError(Path("quiz.yaml"), 7, "no such section", "name one")

    assert levels(found(DATABASE_URL=url)["content"]) == ["ok"]
    monkeypatch.setattr("app.doctor.read_written", read)
    (finding,) = found(DATABASE_URL=url)["content"]

    assert finding.level == "bad"
    assert "quiz.yaml:7" in finding.said
    assert "podscope check" in finding.do


def test_the_memory_of_a_container_is_read(tmp_path: Path) -> None:
    assert memory_limit(tmp_path) is None
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_limit(tmp_path) is None
    (tmp_path / "memory.max").write_text("268435456\n")
    assert memory_limit(tmp_path) == 256 << 20


@pytest.mark.slow
def test_the_command_ends_with_what_it_found(tmp_path: Path) -> None:
    def doctor(**variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app", "doctor"], cwd=tmp_path, env={**os.environ, **variables}, capture_output=True,
            text=True, timeout=120,
        )  # fmt: skip

    well, bad = doctor(), doctor(PODSCOPE_PORT="x")

    assert (well.returncode, bad.returncode) == (0, 1), well.stdout + well.stderr
    assert "PODSCOPE_PORT" in bad.stdout
    assert "Traceback" not in well.stderr + bad.stderr
