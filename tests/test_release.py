"""Sources of Kubernetes: at the lesson's own release, or the text says of which version it speaks."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.content.error import ContentError
from app.content.lesson import load_lesson
from app.content.prompts import load_prompts
from app.content.release import aged_sources, release_of
from app.place import CONTENT

LESSON = CONTENT / "11-container-life"
GATE = "[since 1.34: the `sleep` action of lifecycle hooks is stable]"
GITHUB = "https://github.com/kubernetes"


@pytest.mark.parametrize(
    ("url", "release"),
    [
        (f"{GITHUB}/kubernetes/blob/v1.36.3/pkg/features/kube_features.go", "1.36"),
        (f"{GITHUB}/kubernetes/blob/v1.37.0-rc.1/pkg/features/kube_features.go", "1.37"),
        (f"{GITHUB}/kubectl/blob/v0.36.2/pkg/cmd/cmd.go", "1.36"),
        (f"{GITHUB}/api/blob/staging/v0.36.2/core/v1/types.go", "1.36"),
        ("https://raw.githubusercontent.com/kubernetes/kubernetes/v1.35.1/pkg/a.go", "1.35"),
        ("https://v1-36.docs.kubernetes.io/docs/concepts/", "1.36"),
        (f"{GITHUB}/kubernetes/blob/v1.24.17/CHANGELOG/CHANGELOG-1.24.md", ""),
        (f"{GITHUB}/kubernetes/pull/5320", ""),
        ("https://kubernetes.io/docs/concepts/", ""),
        ("https://github.com/containerd/containerd/blob/v2.3.4/a.go", ""),
    ],
)
def test_which_release_an_address_is_tied_to(url: str, release: str) -> None:
    assert release_of(url) == release


def told(folder: Path, edit: Callable[[str], str] = str, file: str = "lesson.en.md") -> list[ContentError]:
    copy = folder / LESSON.name
    shutil.copytree(LESSON, copy)
    before = (copy / file).read_text(encoding="utf-8")
    (copy / file).write_text(edit(before), encoding="utf-8")
    assert edit is str or (copy / file).read_text(encoding="utf-8") != before
    lesson = load_lesson(copy)
    return list(aged_sources(lesson, None, load_prompts(copy)))


def test_a_source_of_another_release_stands_behind_its_version(tmp_path: Path) -> None:
    assert told(tmp_path) == []


def test_a_citation_without_a_version_is_told_with_its_line(tmp_path: Path) -> None:
    [error] = told(tmp_path, lambda text: text.replace(GATE, ""))
    sources = (LESSON / "sources.yaml").read_text(encoding="utf-8").splitlines()
    lesson = (LESSON / "lesson.en.md").read_text(encoding="utf-8").splitlines()
    line = next(number for number, each in enumerate(lesson, 1) if "[@sleep-gate]" in each)

    assert error.path.name == "sources.yaml"
    assert sources[error.line - 1] == "sleep-gate:"
    assert f"line {line} of lesson.en.md" in error.message
    assert "1.37" in error.advice


def test_the_newer_release_of_a_file_is_told_as_well(tmp_path: Path) -> None:
    found = told(tmp_path, lambda text: text.replace("blob/v1.37.2/", "blob/v1.36.3/"), "sources.yaml")

    assert len({error.line for error in found}) > 10


def test_a_claim_names_its_version(tmp_path: Path) -> None:
    def silent(text: str) -> str:
        return (
            text.replace("  since: Kubernetes 1.30\n", "", 1)
            .replace(": by default since 1.30, and stable since 1.34.", ".")
            .replace("：1.30 起默认可用，1.34 起稳定。", "。")
        )

    [error] = told(tmp_path, silent, "claims.yaml")

    assert "prestop-exec-sleep names no version" in error.message
