"""Pastes that terminals, mails and chats have damaged, each told as it was decided beforehand."""

from pathlib import Path

import pytest
import yaml

from app.kube.transcript.read import read
from tests.story.test_loop import verdict

PASTES = yaml.safe_load(Path(__file__).with_name("pastes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("paste", PASTES, ids=lambda each: each["id"])
def test_a_damaged_paste_is_told_right(paste: dict[str, str]) -> None:
    code, sure = verdict(paste["text"])

    assert code in paste["codes"], paste["because"]
    assert sure == paste["sure"], paste["because"]


TABLE = "NAME    READY   STATUS             RESTARTS   AGE\nweb-0   0/1     CrashLoopBackOff   4          44s\n"


@pytest.mark.parametrize(
    "after", ["", "and that is all I see\n", "Message:  something\n", "can anybody help?\nplease\n"], ids=repr
)
def test_what_somebody_writes_below_a_table_is_no_part_of_its_last_row(after: str) -> None:
    (pod,) = read(TABLE + after).pods

    assert (pod.name, pod.column, pod.restarts, pod.age) == ("web-0", "CrashLoopBackOff", 4, 44)


@pytest.mark.parametrize("at", range(60, len(TABLE) - 2))
def test_the_first_row_may_be_broken_anywhere(at: int) -> None:
    (pod,) = read(TABLE[:at] + "\n" + TABLE[at:]).pods

    assert (pod.name, pod.ready_count) == ("web-0", (0, 1))


def test_line_numbers_of_a_pager_are_taken_off() -> None:
    numbered = "".join(f"{number:>7} {line}\n" for number, line in enumerate(TABLE.splitlines(), 1))

    assert [pod.column for pod in read(numbered).pods] == ["CrashLoopBackOff"]
