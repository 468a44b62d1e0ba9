"""Kinds of sentences that were wrong before are found wherever they stand (`podscope check` looks everywhere)."""

from pathlib import Path

import pytest

from app.content.language import Lang
from app.content.misstated import RULES, broken_rules, misstated, sentences
from app.content.terms import load_terms, variants
from app.place import CONTENT

WRONG: list[tuple[str, Lang, str]] = [
    ("new-vm", "en", "Without virt-controller a new VM shows `Stopped`."),
    ("new-vm", "en", "STATUS is `Stopped` for a newly created machine."),
    ("new-vm", "zh", "virt-controller 不在时，新建的 VM 显示 `Stopped`。"),
    ("pod-scheduled", "en", "The scheduler writes `PodScheduled=True` and sends the event."),
    ("pod-scheduled", "en", "First the scheduler sets the condition `PodScheduled` to True."),
    ("pod-scheduled", "zh", "调度器把 `PodScheduled` 置为 True。"),
    ("pod-scheduled", "zh", "然后调度器写入 `PodScheduled=True`，kubelet 接手。"),
    ("obeyed-sigterm", "en", "nginx gets SIGTERM and exits with 143."),
    ("obeyed-sigterm", "zh", "进程收到 SIGTERM 后退出，退出码 143。"),
    ("shell-codes", "en", "A missing program ends with exit code 127."),
    ("shell-codes", "zh", "没有这个命令，退出码是 127。"),
    ("condition", "zh", "看 VMI 的条件 `LiveMigratable`。"),
    ("condition", "zh", "节点有 `MemoryPressure` 状态。"),
    ("condition", "zh", "没有 PodScheduled 条件。"),
    ("spelling", "en", "The Pods beside it are its neighbours."),
    ("spelling", "en", "A migration is cancelled."),
    ("spelling", "en", "kubectl does not recognise it."),
    ("spelling", "en", "It fails for ever."),
    ("spelling", "en", "Nobody sends to it any more."),
    ("percent", "en", "Each node is at 10 % of its CPU."),
    ("percent", "zh", "占比达到 55 % 时，它放慢驱逐。"),
    ("wide-mark", "zh", "第 2 行： 没有这个字段。"),
    ("wide-mark", "zh", "事件里写着 “already present”。"),
    ("wide-mark", "zh", "当前节点 （还有两个）。"),
]
RIGHT: list[tuple[Lang, str]] = [
    ("en", "The STATUS of a new VM is empty, since virt-controller writes it."),
    ("zh", "新建的 VM，STATUS 是空的。"),
    ("en", "A new VMI shows `Pending`."),
    ("en", "The scheduler writes `PodScheduled=False` with reason `Unschedulable`."),
    ("en", "The scheduler posts a binding, and the API server sets `PodScheduled` to True."),
    ("zh", "调度器把 `PodScheduled` 置为 False。"),
    ("zh", "调度器发出绑定，API Server 写入 `PodScheduled=True`。"),
    ("en", "On SIGTERM the shell ends and returns 143."),
    ("en", "137 is SIGKILL, 139 SIGSEGV, 143 SIGTERM."),
    ("zh", "143：PID 1 收到 SIGTERM，自己退出。"),
    ("en", "The shell found no command: exit code 127."),
    ("en", "It listens on 127.0.0.1, a code of its own."),
    ("en", "The neighbors are labeled, and an analysis of the model called it a license."),
    ("zh", "看 condition `LiveMigratable`，状态机里没有条件写入。"),
    ("zh", "状态 `Running` 是阶段。"),
    ("en", "It waits for every answer; if any more Pods come, nobody sends anymore."),
    ("en", "At 10% of its CPU it rests; 7 %d in a format is no percentage."),
    ("zh", "条件写入之后 `Ready` 了。"),
    ("zh", "| 名称（复数） | 说“好”，就好 |"),
]


@pytest.mark.parametrize(("id_", "lang", "text"), WRONG)
def test_a_sentence_of_that_kind_is_found(id_: str, lang: Lang, text: str) -> None:
    assert [rule.id for _, _, rule in broken_rules(text, lang)] == [id_]


@pytest.mark.parametrize(("lang", "text"), RIGHT)
def test_a_right_sentence_is_left_alone(lang: Lang, text: str) -> None:
    assert list(broken_rules(text, lang)) == []


def test_each_rule_has_its_cases() -> None:
    assert {rule.id for rule in RULES} == {id_ for id_, _, _ in WRONG}


def test_a_sentence_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "lesson.zh.md"
    path.write_text("---\ntitle: 题\n---\n## 题\n\n第一句。\n第二句：看条件 `Ready`。\n", encoding="utf-8")

    [error] = misstated([path])

    assert (error.line, error.advice) == (7, "write condition")


def test_code_blocks_and_front_matter_are_no_sentences() -> None:
    text = "---\nsummary: 条件 `Ready`\n---\n一句。\n```\n条件 `Ready`\n```\n| 甲 | 乙 |\n"

    assert list(sentences(text)) == [(4, "一句。"), (8, "|"), (8, "甲 |"), (8, "乙 |")]


def test_the_chinese_word_for_a_condition_is_the_one_of_the_list() -> None:
    [condition] = [term for term in load_terms(CONTENT / "terms.yaml") if term.id == "condition"]

    assert condition.zh == "condition"
    assert [each.word for each in variants("状况全是 True，检查健康状况", "zh", [condition])] == ["状况"]
