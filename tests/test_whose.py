"""Each sentence that calls a request or a limit a Pod's was looked at once, and the next one is told to its author."""

from pathlib import Path

import pytest

from app.content import whose as module
from app.content.whose import looked_at, place_of, said_of_pods, whose
from app.place import APP, CONTENT

FILES = [*CONTENT.rglob("*.md"), *CONTENT.rglob("*.yaml"), *APP.rglob("words.yaml")]

SAID = [
    ("en", "The Pod's memory request is 200Mi."),
    ("en", "It is killed at the memory limit of the Pod."),
    ("en", "A Pod without a CPU request has no utilization."),
    ("en", "The Pod has reached its memory limit."),
    ("en", "The Pod requests 500m of CPU."),
    ("en", "Pods' limits are not added up."),
    ("zh", "Pod 的内存 request 是 200Mi。"),
    ("zh", "没写 request 的 Pod 没有利用率。"),
    ("zh", "Pod 达到内存 limit 就被杀。"),
    ("zh", "Pod 申请了 500m CPU。"),
]
NOT_SAID = [
    ("en", "The container's memory request is 200Mi, and the Pod is Burstable."),
    ("en", "A Pod's request to a ClusterIP keeps its source."),
    ("en", "The Pod is deleted, and the limit of its container is gone."),
    ("zh", "容器的内存 request 是 200Mi，Pod 是 Burstable。"),
    ("zh", "建 Pod 的请求是它的 ReplicaSet 发的。"),
    ("zh", "新 Pod 5 秒就绪，旧 Pod 要 60 秒才能停下来。"),
]


def written(folder: Path, lang: str, text: str) -> Path:
    path = folder / f"lesson.{lang}.md"
    path.write_text(f"---\ntitle: x\n---\nA line.\n\n{text}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("lang", "text"), SAID)
def test_a_new_sentence_of_that_kind_has_to_be_looked_at(tmp_path: Path, lang: str, text: str) -> None:
    [error] = whose([written(tmp_path, lang, text)])

    assert error.line == 6
    assert "say the container's" in error.advice
    assert "whose.txt" in error.advice


@pytest.mark.parametrize(("lang", "text"), NOT_SAID)
def test_a_sentence_of_another_kind_is_left_alone(tmp_path: Path, lang: str, text: str) -> None:
    assert list(whose([written(tmp_path, lang, text)])) == []


def test_what_was_looked_at_is_not_told_again_and_what_was_changed_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "en", "The Pod's memory request counts.")
    known = {place_of(path): frozenset({"The Pod's memory request counts."})}
    monkeypatch.setattr(module, "looked_at", lambda: known)

    assert list(whose([path])) == []
    assert len(list(whose([written(tmp_path, "en", "The Pod's memory request of 200Mi counts.")]))) == 1


def test_no_sentence_waits_to_be_looked_at() -> None:
    assert [str(error) for error in whose(FILES)] == []


def test_what_was_looked_at_still_stands_where_it_stood() -> None:
    """A sentence that was changed or deleted leaves the list."""
    files = [path for path in FILES if place_of(path) in looked_at()]
    standing = {place_of(path): frozenset(said for _, said in said_of_pods(path)) for path in files}

    assert {place: said - standing.get(place, frozenset()) for place, said in looked_at().items()} == dict.fromkeys(
        looked_at(), frozenset()
    )
