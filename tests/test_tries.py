"""Each block that a lesson lets one try ran on a real cluster as it stands today, and did what the lesson promises."""

import pytest

from app.place import CONTENT
from tests.oracle.tries import PROMISED, blocks, broken, parts, slips, sum_of, transcript

LESSONS = sorted(path.parent.name for path in CONTENT.glob("*/lesson.en.md"))
PLAYED = [lesson for lesson in LESSONS if "blocks" in PROMISED.get(lesson, {})]
RUN_AGAIN = "run `python -m tests.oracle.cluster {}` and commit the transcript"


def test_each_lesson_is_played_or_says_why_not() -> None:
    assert sorted(PROMISED) == LESSONS
    assert all(("unplayed" in told) != ("blocks" in told) for told in PROMISED.values())
    assert [lesson for lesson in LESSONS if transcript(lesson).exists()] == PLAYED


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_block_does_the_same_in_both_languages(lesson: str) -> None:
    assert [sum_of(block) for block in blocks(lesson, "zh")] == [sum_of(block) for block in blocks(lesson)]


@pytest.mark.parametrize("lesson", PLAYED)
def test_the_transcript_is_of_the_block_of_today(lesson: str) -> None:
    ran = [sum_ for sum_, _ in parts(transcript(lesson).read_text(encoding="utf-8"))]

    assert ran == [sum_of(block) for block in blocks(lesson)], RUN_AGAIN.format(lesson[:2])


@pytest.mark.parametrize("lesson", PLAYED)
def test_the_transcript_keeps_what_the_lesson_promises(lesson: str) -> None:
    printed = [text for _, text in parts(transcript(lesson).read_text(encoding="utf-8"))]

    missed = {
        number: list(broken(text, promised))
        for number, (text, promised) in enumerate(zip(printed, PROMISED[lesson]["blocks"], strict=True))
    }

    assert not any(missed.values()), missed
    assert not [line for text in printed for line in slips(text, PROMISED[lesson].get("never", ()))]
    assert all(PROMISED[lesson]["blocks"]), "something is promised of every block"


def test_a_promise_is_kept_after_the_one_before() -> None:
    assert list(broken("one\ntwo\n", ["one", "t.o"])) == []
    assert list(broken("one\ntwo\n", ["two", "one"])) == ["one"]
    assert list(broken("a 1\nb 1\n", [r"a (?P<it>\d)", "b «it»"])) == []
    assert list(broken("a 1\nb 2\n", [r"a (?P<it>\d)", "b «it»"])) == ["b «it»"]


def test_a_line_that_should_never_be_there_is_found() -> None:
    assert list(slips("Normal it\nWarning it\n", [r"\bWarning\b"])) == ["Warning it"]
    assert list(slips("Normal it\n", [r"\bWarning\b"])) == []
