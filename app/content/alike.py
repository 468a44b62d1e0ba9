"""Whether a text says the same in both languages: as many paragraphs and points, the same numbers, the same names."""

import re
from collections.abc import Iterator
from functools import reduce

from app.content.entry import Text

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


def differences(text: Text) -> Iterator[str]:
    """What one language has and the other has not."""
    if shape(text.en) != shape(text.zh):
        counts = " and ".join(
            f"{paragraphs} with {points} points" for paragraphs, points in map(shape, (text.en, text.zh))
        )
        yield f"en and zh have other paragraphs: {counts}"
    for what, english, chinese in (
        ("numbers", english_numbers(text.en), chinese_numbers(text.zh)),
        ("names", code_terms(text.en), code_terms(text.zh)),
    ):
        if english != chinese:
            only = "; ".join(
                f"only in {lang}: {', '.join(sorted(more))}"
                for lang, more in (("en", english - chinese), ("zh", chinese - english))
                if more
            )
            yield f"en and zh have other {what} ({only})"
