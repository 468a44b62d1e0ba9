"""A model answer says the same in both languages: as many paragraphs and points, the same numbers, the same names."""

import re
from functools import reduce
from pathlib import Path

import pytest

from app.content.prompts import Prompt, load_interviews

CONTENT = Path(__file__).parents[2] / "content"
PROMPTS = load_interviews(CONTENT).by_id
each_prompt = pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)

UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ENGLISH = {word: value for value, word in enumerate(UNITS)} | {word: 10 * tens for tens, word in enumerate(TENS, 2)}
SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
CHINESE = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
POWERS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
# Numerals that count nothing: thousandths (of memory), per cent, "very", "fourthly".
IDIOMS = re.compile(r"千分|百分|十分|万一|四舍五入|第[一二三四五六七八九十]")
SMALL = {"0", "1", "2", "3"}
"""Too often a pronoun or a turn of phrase ("one of them", "两者") to be compared."""


def english_numbers(text: str) -> set[str]:
    """The numbers that an English text names, in digits or in words; without the small ones."""
    words = "|".join([*ENGLISH, *SCALES])
    spelled = re.findall(rf"(?i)\b(?:{words})(?:[ -](?:{words}))*\b", text)
    return (digits(text) | {str(reduce(_spoken, re.split("[ -]", run.lower()), 0)) for run in spelled}) - SMALL


def _spoken(total: int, word: str) -> int:
    return total + ENGLISH[word] if word in ENGLISH else (total or 1) * SCALES[word]


def chinese_numbers(text: str) -> set[str]:
    """The numbers that a Chinese text names: `20 亿`, `五十`, `300`; without the small ones."""
    text = IDIOMS.sub("", text)
    scaled = re.findall(r"(\d[\d.]*) ?([万亿])", text)
    plain = re.sub(r"\d[\d.]* ?[万亿]", "", text)
    numerals = re.findall(f"[{''.join([*CHINESE, *POWERS])}]+", plain)
    written = {str(int(float(number) * POWERS[power])) for number, power in scaled}
    return (digits(plain) | written | {str(_written(numeral)) for numeral in numerals}) - SMALL


def _written(numeral: str) -> int:
    total = digit = 0
    for sign in numeral:
        if sign in CHINESE:
            digit = CHINESE[sign]
        elif POWERS[sign] >= 10**4:
            total, digit = (total + digit or 1) * POWERS[sign], 0
        else:
            total, digit = total + (digit or 1) * POWERS[sign], 0
    return total + digit


def digits(text: str) -> set[str]:
    """Numbers in digits, `10,000` as `10000`; a version such as `1.32` as it stands."""
    return set(re.findall(r"(?<![A-Za-z_\d.])\d+(?:\.\d+)*", re.sub(r"(?<=\d),(?=\d{3})", "", text)))


def code_terms(text: str) -> set[str]:
    """What is written as code or can only be a name: `oom_score_adj`, EndpointSlice, /etc/kubernetes, kube-proxy."""
    quoted = set(re.findall(r"`([^`]+)`", text))
    bare = re.findall(r"[A-Za-z/][A-Za-z0-9_./-]*[A-Za-z0-9]", re.sub(r"`[^`]+`", " ", text))
    names = {word for word in bare if re.search(r"[a-z][A-Z]|_|\w[./]\w|^/|^kube-|^[A-Z]{3,}[a-z]{2,}", word)}
    return quoted | {re.sub(r"^(\w*[A-Za-z])s$", r"\1", name) for name in names}


def shape(text: str) -> tuple[int, int]:
    """How many paragraphs, and how many points of lists."""
    return len(re.split(r"\n\s*\n", text.strip())), len(re.findall(r"(?m)^\s*(?:[-*]|\d+\.)\s", text))


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


@each_prompt
def test_both_languages_have_as_many_paragraphs_and_points(prompt: Prompt) -> None:
    assert shape(prompt.answer.en) == shape(prompt.answer.zh)


@each_prompt
def test_both_languages_name_the_same_numbers(prompt: Prompt) -> None:
    assert english_numbers(prompt.answer.en) == chinese_numbers(prompt.answer.zh)


@each_prompt
def test_both_languages_name_the_same_code(prompt: Prompt) -> None:
    assert code_terms(prompt.answer.en) == code_terms(prompt.answer.zh)
