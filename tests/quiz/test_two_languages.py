"""What `podscope check` compares of a text in both languages is read alike: numbers, names, paragraphs."""

import pytest

from app.content.alike import chinese_numbers, code_terms, differences, english_numbers, shape
from app.content.entry import Text


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("forty seconds, three hundred more, two billion", "40 秒，再加三百，20 亿"),
        ("more than forty loops every fifteen seconds", "四十多个循环，每 15 秒一次"),
        ("10,000 in 1.32, the thousandths, one of them", "10000 个，1.32 起，千分数，其中一个"),
        ("one hundred and ten, five hundred", "一百、10 个、五百"),
    ],
)
def test_numbers_are_read_alike(english: str, chinese: str) -> None:
    assert english_numbers(english) == chinese_numbers(chinese)


def test_numbers_and_names_are_found() -> None:
    assert chinese_numbers("二十亿，一万五千，三百五十秒") == {"2000000000", "15000", "350"}
    assert english_numbers("fifty-five minutes") == {"55"}
    assert code_terms(
        "`kubectl top`, ReplicaSets in kube-system, /etc/kubernetes, oom_score_adj. OOMKilled; an API"
    ) == {
        "kubectl top",
        "ReplicaSet",
        "kube-system",
        "/etc/kubernetes",
        "oom_score_adj",
        "OOMKilled",
    }
    assert shape("a\n\nb\n- c\n- d") == (2, 2)


@pytest.mark.parametrize(
    ("english", "chinese", "told"),
    [
        ("one", "一", []),
        ("a\n\nb", "甲", ["paragraphs"]),
        ("forty", "四", ["numbers"]),
        ("`kubectl top`", "`kubectl get`", ["names"]),
        ("`a`: 7", "8", ["numbers", "names"]),
    ],
)
def test_what_differs_is_told(english: str, chinese: str, told: list[str]) -> None:
    found = list(differences(Text(english, chinese)))

    assert len(found) == len(told)
    assert all(word in message for word, message in zip(told, found, strict=True))
