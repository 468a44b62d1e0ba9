"""The bank says in which file and line a mistake is, and what to do about it."""

import shutil
from pathlib import Path

import pytest

from app.content.bank import Bank
from app.content.error import ContentError
from app.content.prompts import load_interviews
from app.content.questions import load_bank
from tests.quiz.conftest import CONTENT

QUIZ = "01-pods/quiz.yaml"
REAL = Path(__file__).parents[2] / "content"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


def replace(path: Path, old: str, new: str) -> int:
    """Puts a mistake into a file; the line where it is."""
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_bank_has_what_the_files_say(bank: Bank) -> None:
    assert [subject.slug for subject in bank.subjects] == ["pods", "etcd"]
    assert bank.by_slug["pods"].sections.keys() == {"first", "second"}
    assert bank.questions["pod-single"].options[1].right
    assert bank.questions["pod-order"].line == 23
    assert bank.retired == {"pod-once-asked"}


def test_tokens_say_nothing_of_the_ids(bank: Bank) -> None:
    """The ids of an order stand in its order; what goes out must not."""
    options = [option for question in bank.questions.values() for option in question.options]

    assert len({option.token for option in options}) == len(options)
    assert all(len(option.token) == 10 for option in options)


MISTAKES = {
    "unknown-kind": ("kind: single", "kind: guess", "guess is not known"),
    "unknown-key": ("kind: single", "kind: single\n  colour: red", "colour: is not known here"),
    "key-missing": ("  difficulty: 1\n", "", "difficulty is missing"),
    "key-twice": ("  difficulty: 1\n", "  difficulty: 1\n  difficulty: 1\n", "difficulty is written twice"),
    "difficulty": ("difficulty: 1", "difficulty: 4", "4 is not known"),
    "section": ("section: first", "section: third", "third is no heading"),
    "section-in-a-fence": ("section: first", "section: no-heading", "no-heading is no heading"),
    "source": ("source: upstream", "source: hearsay", "hearsay is not in sources.yaml"),
    "id": ("id: pod-single", "id: Pod_Single", "Pod_Single is not an id"),
    "id-twice": ("id: pod-multiple", "id: pod-single", "written twice"),
    "id-of-another-subject": ("id: pod-single", "id: etcd-single", "is already in"),
    "id-retired": ("id: pod-single", "id: pod-once-asked", "was retired"),
    "two-right": (
        "- {id: a, text: {en: the kubelet",
        "- {id: a, right: true, text: {en: the kubelet",
        "2 right",
    ),
    "option-id-twice": (
        "{id: b, right: true, text: {en: the sch",
        "{id: a, right: true, text: {en: the sch",
        "same id",
    ),
    "one-language": (
        "{en: Who assigns a Pod to a node?, zh: 谁把 Pod 分配到节点？}",
        "{en: Who?}",
        "zh is missing",
    ),
    "empty-reason": ("why: {en: It runs what is assigned.,", "why: {en: '',", "en: must be text"),
    "match-twice": ("{id: b, target: t2", "{id: b, target: t1", "does not match one to one"),
    "order-right": (
        "{id: a, text: {en: admitted",
        "{id: a, right: true, text: {en: admitted",
        "right: is not known",
    ),
    "drawn-nothing": ("x: [1, 2, 3, 4]", "x: []", "must be a list of values"),
    "tolerance": ("tolerance: 0", "tolerance: -1", "is not a tolerance"),
    "not-yaml": ("kind: single", "kind: [single", "not YAML"),
}


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_file_and_line(content: Path, old: str, new: str, message: str) -> None:
    line = replace(content / QUIZ, old, new)

    with pytest.raises(ContentError) as caught:
        load_bank(content)

    assert message in str(caught.value)
    assert caught.value.path.is_relative_to(content)
    assert caught.value.advice
    if caught.value.path == content / QUIZ:
        assert abs(caught.value.line - line) <= 9


def test_the_line_is_that_of_the_wrong_word(content: Path) -> None:
    line = replace(content / QUIZ, "difficulty: 3", "difficulty: hard")

    with pytest.raises(ContentError) as caught:
        load_bank(content)

    assert caught.value.line == line


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("01-pods/sources.yaml", "https://", "http://", "not an https address"),
        ("01-pods/lesson.zh.md", "title:", "name:", "title is missing"),
        ("01-pods/interview.yaml", "section: first", "section: third", "no heading"),
        ("01-pods/interview.yaml", "id: pods-why", "id: pods-birth", "already in"),
        (
            "01-pods/interview.yaml",
            "    - {en: they may share volumes, zh: 可以共享卷}\n",
            "",
            "has 2 points",
        ),
    ],
)
def test_the_files_beside_the_quiz_are_checked_too(content: Path, file: str, old: str, new: str, message: str) -> None:
    replace(content / file, old, new)

    def load() -> object:
        return load_bank(content), load_interviews(content)

    with pytest.raises(ContentError, match=message):
        load()


def test_a_lesson_that_is_missing_is_told(content: Path) -> None:
    (content / "01-pods" / "lesson.zh.md").unlink()

    with pytest.raises(ContentError, match="the lesson is missing"):
        load_bank(content)


def test_a_folder_without_a_quiz_has_no_questions_yet(content: Path) -> None:
    (content / "02-etcd" / "quiz.yaml").unlink()

    assert [subject.slug for subject in load_bank(content).subjects] == ["pods"]
