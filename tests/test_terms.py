"""The one list of terms: where a text says one otherwise (`podscope check` looks everywhere)."""

import re
from pathlib import Path

import pytest

from app.content.error import ContentError
from app.content.terms import Term, load_terms, misnamed, texts_of, variants
from app.place import CONTENT

MANAGER = Term("controller", "controller", "控制器", {"en": (), "zh": ("controller",)}, ("controller manager",))
SCHEDULER = Term("scheduler", "scheduler", "调度器", {"en": (), "zh": ("scheduler", "调度程序")})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("scheduler 选出节点", [("scheduler", 1)]),
        ("第一行\n由调度程序处理", [("调度程序", 2)]),
        ("scheduler（调度器）选出节点", []),
        ("调度器（scheduler）选出节点", []),
        ("调度器（即 scheduler）选出节点", [("scheduler", 1)]),
        ("`scheduler` 和 kube-scheduler 与 scheduler_pending_pods", []),
        ("```\nscheduler\n```\n[@scheduler-docs] {scheduler} https://example.com/scheduler", []),
        ("调度器选出节点", []),
    ],
)
def test_a_variant_is_found_in_prose_only(text: str, found: list[tuple[str, int]]) -> None:
    assert [(each.word, each.line) for each in variants(text, "zh", [SCHEDULER])] == found


def test_a_longer_name_that_holds_a_variant_is_meant() -> None:
    found = variants("controller manager 里的 controller", "zh", [MANAGER])

    assert [each.word for each in found] == ["controller"]


def test_texts_of_a_file_know_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    path.write_text(
        "one:\n  en: first\n  zh: |\n    第一\n    第二\nlist:\n- text: {en: a, zh: 乙}\n", encoding="utf-8"
    )

    assert list(texts_of(path)) == [("en", 2, "first"), ("zh", 4, "第一\n第二\n"), ("en", 7, "a"), ("zh", 7, "乙")]


def test_a_misnamed_term_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "lesson.zh.md"
    path.write_text("---\ntitle: scheduler\n---\n## 题\n\n由 scheduler 决定\n", encoding="utf-8")

    [error] = misnamed([path], (SCHEDULER,))

    assert (error.line, "调度器" in error.advice) == (6, True)


@pytest.mark.parametrize(
    ("told", "line", "message"),
    [
        ("a: {en: a, zh: 甲}\na: {en: b, zh: 乙}", 2, "a is written twice"),
        ("a: {en: a}", 1, "a: zh is missing"),
        ("a: {en: a, zh: 甲, other: 1}", 1, "other: is not known here"),
        ("a: {en: a, zh: 甲, never: {zh: [甲]}}", 1, "a: 甲 is forbidden as well"),
        ("[1]", 1, "this is no list of terms"),
        ("a: 1", 1, "a: must be a mapping"),
    ],
)
def test_a_wrong_list_is_told_with_its_line(tmp_path: Path, told: str, line: int, message: str) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text(told, encoding="utf-8")

    with pytest.raises(ContentError) as caught:
        load_terms(path)

    assert (caught.value.line, caught.value.message) == (line, message)


@pytest.mark.parametrize("path", [CONTENT / "terms.yaml", *sorted(CONTENT.glob("*/claims.yaml"))], ids=str)
def test_a_number_below_zero_has_a_minus_sign(path: Path) -> None:
    said = re.sub(r"`[^`]*`", "", path.read_text(encoding="utf-8"))

    assert re.findall(r"[\s\"（(\[：，]-\d+(?! *:).{0,20}", said) == []
