"""The checks find each way in which a bank can be passed without knowing anything."""

import shutil
from collections.abc import Callable
from dataclasses import replace as replace_fields
from pathlib import Path

import pytest

from app.content.bank import Bank, Question
from app.content.questions import load_bank
from app.quiz import honest
from app.quiz.honest import at_least_p, inspect_bank, uniform_p
from app.quiz.question import Keys
from tests.quiz.conftest import CONTENT, run_adder
from tests.quiz.test_bank import QUIZ, replace

SITE = Path(__file__).parents[2] / "content"


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[str, str], Bank]:
    """The bank with one thing in it changed."""
    content = Path(shutil.copytree(CONTENT, tmp_path / "content"))

    def change(old: str, new: str) -> Bank:
        replace(content / QUIZ, old, new)
        return load_bank(content)

    return change


def test_a_small_bank_is_only_too_small(bank: Bank) -> None:
    report = inspect_bank(bank, Keys(run_adder))

    assert [problem.message for problem in report.problems] == [
        "pods has 5 questions",
        "etcd has 1 questions",
    ]
    assert (report.figures.questions, report.figures.singles) == (6, 2)
    assert report.figures.positions == (0, 1, 1, 0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{en: the CNI, zh: CNI}", "{en: all of the above, zh: CNI}", "all-or-none"),
        ("{en: the CNI, zh: CNI}", "{en: the CNI, zh: 以上都不对}", "all-or-none"),
        ("{en: It stores., zh: 它只负责存储。}", "{en: Wrong., zh: 它只负责存储。}", "is no reason"),
        ("{en: It stores., zh: 它只负责存储。}", "{en: It stores., zh: 错误。}", "is no reason"),
        (
            "{en: In which order?, zh: 顺序是什么？}",
            "{en: Who does what, zh: 顺序是什么？}",
            "asks the same as",
        ),
        ("{en: One address., zh: 一个地址。}", "{en: Port 6443., zh: 端口 6444。}", "names other numbers"),
        ('en: "What is {x} and {y}', 'en: "What is {x} and {w}', "not drawn"),
        ('en: "What is {x} and {y}', 'en: "What is {x} and what', "en stem does not say y"),
        ("answer: sums.0.total", "answer: sums.1.total", "gives no number"),
        ("x: [1, 2, 3, 4]", "x: [1, 2, 3, four]", "gives no number"),
    ],
)
def test_a_flaw_is_found(broken: Callable[[str, str], Bank], old: str, new: str, message: str) -> None:
    report = inspect_bank(broken(old, new), Keys(run_adder))

    assert any(message in str(problem) for problem in report.problems), report.problems


def test_a_subject_whose_multiple_choices_all_have_as_many_right_options_is_told() -> None:
    (images,) = (subject for subject in load_bank(SITE).subjects if subject.slug == "multi-arch-images")
    multiples = [question for question in images.questions if question.kind == "multiple"]
    threes = tuple(question for question in multiples if sum(option.right for option in question.options) == 3)

    def problems(questions: tuple[Question, ...]) -> list[str]:
        bank = Bank((replace_fields(images, questions=questions),))
        return [problem.message for problem in honest.same_number(bank)]

    assert len(multiples) > len(threes) > 2
    assert problems(threes) == ["each multiple choice of multi-arch-images has 3 right options"]
    assert problems(threes[:2]) == problems(tuple(multiples)) == []


def test_a_number_may_be_grouped_in_one_language(broken: Callable[[str, str], Bank]) -> None:
    bank = broken("{en: One address., zh: 一个地址。}", '{en: "10,000 of 2.5 at 3.", zh: 三个里 10000 和 2.5。}')

    assert list(honest.numbers_differ(bank)) == []


def test_a_favourite_place_is_found() -> None:
    assert uniform_p((10, 10, 10, 10)) == 1.0
    assert uniform_p((0, 40, 0, 0)) < 0.0001
    assert uniform_p((16, 8, 8, 8)) == pytest.approx(0.1870, abs=0.0005)


def test_the_longest_option_is_found() -> None:
    assert at_least_p(0, 40, 0.25) == pytest.approx(1)
    assert at_least_p(10, 40, 0.25) > 0.5
    assert at_least_p(16, 40, 0.25) == pytest.approx(0.0262, abs=0.0005)


def test_figures_that_betray_the_key_are_problems(bank: Bank) -> None:
    figures = honest.count(bank)
    from dataclasses import replace as changed

    betraying = changed(figures, positions=(0, 40, 0, 0), position_p=0.001, longest_p={"en": 0.001, "zh": 0.9})

    assert [problem.advice for problem in honest.guessable(bank, betraying)] == [
        "spread them evenly",
        "make the wrong ones as detailed",
    ]
