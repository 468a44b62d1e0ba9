"""Each dependency has a reason; the table, pyproject.toml and the lock files say the same."""

import re
import tomllib
from typing import Any

from tests.conftest import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TABLE = (ROOT / "docs" / "dependencies.md").read_text()


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[A-Za-z0-9.-]+", each)[0].lower() for each in requirements}  # type: ignore[index]  # all match


def rows(section: str) -> dict[str, list[str]]:
    part = TABLE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")
    ]
    return {row[0]: row for row in cells[2:]}


def locked(file: str) -> dict[str, str]:
    return dict(
        re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / file).read_text().replace("psycopg[binary]", "psycopg"), re.M)
    )


def test_every_dependency_has_a_reason() -> None:
    for section, asked, file in (
        ("To run", PROJECT["dependencies"], "requirements.txt"),
        ("To test", PROJECT["optional-dependencies"]["dev"], "requirements-dev.txt"),
    ):
        found, versions = rows(section), locked(file)
        assert found.keys() == names(asked)
        for name, row in found.items():
            assert len(row) == 5
            assert all(row), name
            assert row[1] == versions[name], f"docs/dependencies.md: {name} is {versions[name]}"


def test_locks_hold_hashes_and_no_address() -> None:
    for file in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / file).read_text()
        assert "http" not in text.replace("httptools", "").replace("httpx", "").replace("httpcore", "")
        for block in re.split(r"\n(?=[a-z])", text)[1:]:
            assert "--hash=sha256:" in block, block[:60]
