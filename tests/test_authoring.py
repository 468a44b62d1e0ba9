"""docs/authoring.md, taken at its word: its files are written into a copy of the site, and the pages are opened."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.content.bank import KINDS
from app.content.lesson import VERDICTS
from app.content.pace import NUMBERS, WORDS
from app.content.part import DIRECTIVES
from app.quiz.honest import LEAST
from tests.conftest import ROOT

MANUAL = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
_FILE = re.compile(r"^(```+)\w+ (\S+/\S+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
FILES = {match[2]: match[3] for match in _FILE.finditer(MANUAL)}
RUNS = re.findall(r"^```sh\npodscope (.*?)\n```\n\n```text\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)
TEMPLATE = "app/widgets/hpa_replicas/widget.html"
NAMES = re.findall(r"`([a-z]+)[(`]", MANUAL.partition("| name | gives |")[2].partition("\n\n")[0])
"""What a template may use, from the table; each is asked for in a template."""
PAGES = """
from starlette.testclient import TestClient
from app.main import create_app
from app.settings import Settings
with TestClient(create_app(Settings(database_url="sqlite://"))) as client:
    for lang in ("en", "zh"):
        for path in ("widgets/hpa-replicas", "widgets/node-lease?fault=kubelet-down&step=3", "lessons/autoscaling",
                     "quiz/autoscaling", ""):
            print(client.get(f"/{lang}/{path}").status_code, f"/{lang}/{path}")
    asked = client.get("/api/v1/quiz/autoscaling").json()["questions"]
    print(*sorted(question["kind"] for question in asked))
"""


def test_it_shows_every_file_and_every_kind() -> None:
    assert sorted(path for path in FILES if path.startswith("content/")) == sorted(
        f"content/99-autoscaling/{name}"
        for name in (
            *("ceiling.svg", "claims.yaml", "interview.yaml", "lesson.en.md", "lesson.zh.md", "quiz.yaml", "ratio.svg"),
            *("example/hpa.yaml", "sources.yaml", "words.yaml"),
        )
    )
    kinds = re.findall(r"^  kind: (\w+)$", FILES["content/99-autoscaling/quiz.yaml"], re.MULTILINE)
    assert sorted(kinds) == sorted(KINDS)


def test_it_names_every_directive_verdict_and_limit() -> None:
    assert [name for name in (*DIRECTIVES, *VERDICTS) if f"`{name}`" not in MANUAL] == []
    assert LEAST == 14  # "at least fourteen questions"
    assert (WORDS, NUMBERS) == ((1800, 3000), 4)  # "1,800 to 3,000 words, … at most four numbers in a hundred"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with what the manual adds."""
    folder = tmp_path_factory.mktemp("authoring")
    for name in ("app", "content", "static", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "test_*.py"))
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for packed in (ROOT / ".cache").glob("packed-*"):  # lessons that stay as they are, compressed
        (folder / ".cache").mkdir(exist_ok=True)
        shutil.copy(packed, folder / ".cache")
    asked = "".join(f"{{% if {name} is not defined %}}{{{{ {name}.is_missing }}}}{{% endif %}}" for name in set(NAMES))
    (folder / TEMPLATE).write_text(FILES[TEMPLATE] + asked, encoding="utf-8")
    return folder


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": str(folder), "LANG": "C.UTF-8"}
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_its_examples_lack_nothing_but_words_and_questions(copy: Path) -> None:
    checked = python(copy, "-m", "app", "check")

    complaints = [line for line in checked.stderr.splitlines() if "autoscaling" in line or "Error" in line]
    assert [line for line in complaints if f"at least {LEAST}" not in line and "write 1,800" not in line] == []
    assert len(complaints) == 2, checked.stdout + checked.stderr


@pytest.mark.slow
def test_its_pages_stand_in_both_languages(copy: Path) -> None:
    shown = python(copy, "-c", PAGES)

    logged = re.compile(r"\d{4}-\d\d-\d\d ")
    *pages, kinds = [line for line in shown.stdout.splitlines() if not logged.match(line)] or [shown.stderr]
    assert [page for page in pages if not page.startswith("200 ")] == [], shown.stderr
    assert kinds.split() == sorted(set(KINDS) - {"suspect"}), shown.stderr  # which gives no points


@pytest.mark.slow
@pytest.mark.parametrize(("command", "printed"), RUNS)
def test_its_commands_print_what_it_says(copy: Path, command: str, printed: str) -> None:
    assert python(copy, "-m", "app", *command.split()).stdout == printed


def test_it_has_commands_to_run_and_names_to_ask_for() -> None:
    assert RUNS
    assert {"outcome", "inputs", "say", "t", "plain", "has", "number", "id", "link"} <= set(NAMES)


def test_its_classes_are_in_the_style_sheets() -> None:
    told = MANUAL.partition("Classes that every page has:")[2].partition("```")[0]
    named = {name for words in re.findall(r"`([a-z\s]+)`", told) for name in words.split()}
    styles = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "static" / "css").glob("*.css"))

    assert {"verdict", "note", "data", "drawing", "etcd", "alert"} <= named
    assert sorted(name for name in named if not re.search(rf"\.{name}\b", styles)) == []
