"""The wheel serves from any folder, and the site requires what it imports and nothing else."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from app.place import INSTALLED, shelf_of
from tests.conftest import ROOT, answering, free_port
from tests.story.apiserver import serving
from tests.witness.recording import recordings

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BY_NAME = {
    "psycopg": "SQLAlchemy loads it for postgresql+psycopg://",
    "uvloop": "uvicorn takes it where it is installed",
    "httptools": "uvicorn's protocol, which app/web/wire.py extends, imports it",
}
"""What is required without an import of ours, and who imports it."""

COME_WITH = {
    "starlette": "fastapi",
    "anyio": "fastapi",
    "pydantic-core": "pydantic",
    "sqlalchemy": "sqlmodel",
    "markupsafe": "jinja2",
}
"""What is imported and comes with a library of which it is the lower half."""


EXAMPLES = {"content/retired-questions.yaml", "content/NN-subject/", "content/NN-subject/cheat.yaml"}
"""Paths that documents name and that need not be there."""


def required() -> set[str]:
    return {re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0].lower() for line in PROJECT["dependencies"]}


def imported() -> set[str]:
    """Distributions whose modules some file of the site imports, by statement or by name."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py") if "test_" not in path.name]
    found = re.findall(r'^ *(?:from|import) (\w+)|import_module\("(\w+)', "\n".join(sources), re.MULTILINE)
    modules = {first or second for first, second in found} - set(sys.stdlib_module_names)
    owners = packages_distributions()
    return {owner.lower().replace("_", "-") for module in modules for owner in owners.get(module, ())} - {"podscope"}


def test_everything_that_is_required_is_imported() -> None:
    assert sorted(required() - imported() - BY_NAME.keys()) == []
    assert sorted(BY_NAME.keys() - required()) == []


def test_everything_that_is_imported_is_required() -> None:
    assert sorted(imported() - required() - COME_WITH.keys()) == []


def test_nothing_that_builds_is_installed_with_the_site() -> None:
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted({"hatchling", "editables", "setuptools", "uv"} & set(locked)) == []
    assert sorted(required() - set(locked)) == []


@pytest.mark.parametrize(
    ("environment", "parent"),
    [({"XDG_CACHE_HOME": "/tmp/kept"}, Path("/tmp/kept")), ({"XDG_CACHE_HOME": "relative"}, Path.home() / ".cache")],
)
def test_what_an_installed_site_keeps_is_in_the_users_cache(environment: dict[str, str], parent: Path) -> None:
    assert shelf_of(INSTALLED, environment).parent == parent / "podscope"
    assert shelf_of(ROOT, environment) == ROOT / ".cache"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", folder, ROOT], check=True)
    [built] = folder.glob("podscope-*.whl")
    return built


@pytest.fixture(scope="module")
def podscope(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that holds the wheel and, by a path, the libraries that are installed here."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    options = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", *options, wheel], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    libraries = folder / "lib" / version / "site-packages" / "libraries.pth"
    libraries.write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "podscope"


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """An environment that knows nothing of the source tree."""
    return {"PATH": os.defpath, "HOME": str(tmp_path), "LANG": "C.UTF-8"}


@pytest.fixture
def served(podscope: Path, elsewhere: dict[str, str], tmp_path: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([podscope, "serve", "--port", str(port)], cwd=tmp_path, env=elsewhere)
    try:
        yield answering(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.slow
def test_the_wheel_tells_whose_it_is(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [path] = [name for name in archive.namelist() if name.endswith("/METADATA")]
    told = message_from_bytes(archive.read(path))
    links = dict(link.split(", ", 1) for link in told.get_all("Project-URL"))

    assert (told["License-Expression"], told["Author"]) == ("Apache-2.0", "The Podscope authors")
    assert links == PROJECT["urls"]
    assert all(link.startswith("https://") for link in links.values())


@pytest.mark.slow
def test_the_wheel_has_the_licence_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert [name for name in names if name.endswith("/LICENSE")]
    assert [name for name in names if re.search(r"(^|/)(test_[^/]*\.py|tests/.*)$", name)] == []
    assert sum(name.endswith("/plate.svg") for name in names) == len(list((ROOT / "app/widgets").glob("*/plate.svg")))


@pytest.mark.slow
def test_the_wheel_serves_a_lesson_from_any_folder(served: str, tmp_path: Path) -> None:
    with urllib.request.urlopen(f"{served}/zh/lessons/etcd", timeout=10) as answer:
        assert 'lang="zh' in answer.read().decode()

    assert sorted(path.name for path in tmp_path.glob("*.sqlite3")) == ["podscope.sqlite3"]
    assert list((tmp_path / ".cache" / "podscope").glob("*/pages-*.pickle"))


@pytest.mark.slow
def test_the_wheel_runs_a_model_on_the_command_line(podscope: Path, elsewhere: dict[str, str], tmp_path: Path) -> None:
    asked = [podscope, "run", "quantity", "--text", "1.5Gi", "-o", "json"]
    done = subprocess.run(asked, cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=True)

    assert '"canonical": "1536Mi"' in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.parametrize(
    ("scenario", "status", "code"), [("image-missing", 1, "image-not-found"), ("none", 0, "healthy")]
)
def test_kubectl_finds_the_installed_plugin(
    podscope: Path, elsewhere: dict[str, str], tmp_path: Path, scenario: str, status: int, code: str
) -> None:
    """The real kubectl runs `kubectl-podscope` of the wheel, which asks the real kubectl."""
    recording = next(
        each for each in recordings("kubernetes-1.37.2") if (each.room, each.scenario) == ("pod-birth", scenario)
    )
    path = os.pathsep.join([str(podscope.parent), str(Path(shutil.which("kubectl") or "").parent), os.defpath])
    environment = {**elsewhere, "PATH": path, "KUBECACHEDIR": str(tmp_path / "cache")}
    with serving(recording, tmp_path) as (config, asked):
        command = ["kubectl", "podscope", "why", "pod/web", "-n", "default", "--kubeconfig", str(config)]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (status, "")
    assert f"{code} (proved)" in done.stdout
    assert {each.split()[0] for each in asked} == {"GET"}


def test_the_picture_of_the_architecture_has_the_layers_that_are_checked() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = [name.strip() for layer in config[0]["layers"] for name in layer.split("|")]

    picture = (
        (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("```text")[2].partition("```")[0]
    )
    shown = [f"app.{name}" for name in re.findall(r"app/(\w+)", picture)]

    assert shown == layers


def test_the_documents_lead_to_files_that_exist() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for document in documents:
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
        for path in re.findall(r"`((?:app|tests|templates|static|content|docs)/[\w./-]+)`", text):
            assert (ROOT / path).exists() or path in EXAMPLES, f"{document.name}: {path}"


def test_the_readme_counts_nothing_that_content_changes() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    counted = re.findall(
        r"(?i)\b(?:\d+|two|five|nine|ten|twelve) (?:questions|subjects|lessons|models|rooms)\b", readme
    )

    assert counted == []
