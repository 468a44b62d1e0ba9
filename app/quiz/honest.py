"""Checks that keep the question bank honest, as functions of the bank: what is wrong, and the figures.

    report = inspect_bank(bank, keys)      # report.problems: ContentErrors to print; report.figures: what the
    bank is like today

Two of them are statistics: a bank whose right options stand in one place, or are the longest, can be passed
without knowing anything. They are told from chance at one in twenty.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from app.content.bank import Bank, Question, Subject
from app.content.entry import Text
from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.quiz.question import Keys
from app.record import dataclass

LEAST = 14
CHANCE = 0.05
MOST_DRAWS = 500

_ALL_OR_NONE = re.compile(
    r"\b(all|none|both|neither) of (the )?(above|these|them)\b"
    r"|(以上|上述)(都|皆|全|均)|(都|均)不(对|正确|是)$",
    re.IGNORECASE,
)
_EMPTY_REASON = re.compile(
    r"(correct|right|wrong|incorrect|true|false|see above|yes|no|正确|错误|对|错|同上|见上)[.!。！ ]*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9.])(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)*)")
_SPELT = {str(number) for number in range(13)}  # either language may write these as words


@dataclass(frozen=True)
class Figures:
    """`positions` counts where the right option of a single stands in the file; `position_p` is the
    probability of a spread at least this uneven by chance; `longest` counts, for each language, where the
    right option is the longest (a tie counts its share), `longest_p` how probable that many are by chance."""

    questions: int
    by_kind: dict[str, int]
    by_subject: dict[str, int]
    singles: int
    positions: tuple[int, ...]
    position_p: float
    longest: dict[Lang, float]
    longest_p: dict[Lang, float]


@dataclass(frozen=True)
class Report:
    figures: Figures
    problems: tuple[ContentError, ...]


def inspect_bank(bank: Bank, keys: Keys) -> Report:
    figures = count(bank)
    problems = itertools.chain(
        too_few(bank),
        guessable(bank, figures),
        same_number(bank),
        all_or_none(bank),
        empty_reasons(bank),
        duplicate_stems(bank),
        numbers_differ(bank),
        without_key(bank, keys),
    )
    return Report(figures, tuple(problems))


def of_subject(subject: Subject, keys: Keys) -> Iterator[ContentError]:
    """What is wrong with one subject's questions, without the statistics, which are of the whole bank."""
    bank = Bank((subject,))
    checks = (too_few, same_number, all_or_none, empty_reasons, duplicate_stems, numbers_differ)
    yield from itertools.chain(*(check(bank) for check in checks), without_key(bank, keys))


def count(bank: Bank) -> Figures:
    questions = list(bank.questions.values())
    singles = [question for question in questions if question.kind == "single"]
    positions = tuple(Counter(_right(question) for question in singles)[place] for place in range(4))
    longest = {lang: sum(longest_share(question, lang) for question in singles) for lang in LANGUAGES}
    return Figures(
        questions=len(questions),
        by_kind=dict(Counter(question.kind for question in questions)),
        by_subject={subject.slug: len(subject.questions) for subject in bank.subjects},
        singles=len(singles),
        positions=positions,
        position_p=uniform_p(positions),
        longest=longest,
        longest_p={lang: at_least_p(math.floor(longest[lang]), len(singles), 0.25) for lang in LANGUAGES},
    )


def uniform_p(counts: tuple[int, ...]) -> float:
    """The chance of a chi-squared at least this large for four equally probable places (three degrees of
    freedom)."""
    total = sum(counts)
    if not total:
        return 1.0
    expected = total / len(counts)
    chi = sum((seen - expected) ** 2 for seen in counts) / expected
    return math.erfc(math.sqrt(chi / 2)) + math.sqrt(2 * chi / math.pi) * math.exp(-chi / 2)


def at_least_p(hits: int, tries: int, chance: float) -> float:
    """The chance of at least so many hits."""
    return sum(
        math.comb(tries, seen) * chance**seen * (1 - chance) ** (tries - seen) for seen in range(hits, tries + 1)
    )


def longest_share(question: Question, lang: Lang) -> float:
    """1 when the right option is the longest, a half when it shares that with one other, 0 when it is not."""
    lengths = [len(option.text.in_(lang)) for option in question.options]
    right = lengths[_right(question)]
    return 1 / lengths.count(right) if right == max(lengths) else 0.0


def _right(question: Question) -> int:
    return next(place for place, option in enumerate(question.options) if option.right)


def too_few(bank: Bank) -> Iterator[ContentError]:
    for subject in bank.subjects:
        if len(subject.questions) < LEAST:
            message = f"{subject.slug} has {len(subject.questions)} questions"
            yield ContentError(subject.folder / "quiz.yaml", 1, message, f"write at least {LEAST}")


def guessable(bank: Bank, figures: Figures) -> Iterator[ContentError]:
    path = bank.subjects[0].folder.parent if bank.subjects else "content"
    if figures.position_p < CHANCE:
        message = f"right options stand at {figures.positions} in the files (p = {figures.position_p:.3f})"
        yield ContentError(path, 1, message, "spread them evenly")
    for lang, p in figures.longest_p.items():
        if p < CHANCE:
            longest = f"{figures.longest[lang]:.0f} of {figures.singles}"
            message = f"the right option is the longest in {longest} ({lang})"
            yield ContentError(path, 1, message, "make the wrong ones as detailed")


def same_number(bank: Bank) -> Iterator[ContentError]:
    """Whoever has seen that it is always three need not think about the third."""
    for subject in bank.subjects:
        multiples = [question for question in subject.questions if question.kind == "multiple"]
        numbers = {sum(option.right for option in question.options) for question in multiples}
        if len(multiples) > 2 and len(numbers) == 1:
            message = f"each multiple choice of {subject.slug} has {numbers.pop()} right options"
            yield ContentError(subject.folder / "quiz.yaml", 1, message, "give one of them more, or fewer")


def all_or_none(bank: Bank) -> Iterator[ContentError]:
    for question, text in _said(bank, ("option",)):
        if any(_ALL_OR_NONE.search(text.in_(lang)) for lang in LANGUAGES):
            yield _problem(question, f"“{text.en}” is an all-or-none option", "say what it means")


def empty_reasons(bank: Bank) -> Iterator[ContentError]:
    for question, text in _said(bank, ("why",)):
        if any(_EMPTY_REASON.fullmatch(text.in_(lang).strip()) for lang in LANGUAGES):
            yield _problem(question, f"“{text.en}” is no reason", "state the fact that makes it so")


def duplicate_stems(bank: Bank) -> Iterator[ContentError]:
    for lang in LANGUAGES:
        seen: dict[str, Question] = {}
        for question in bank.questions.values():
            stem = re.sub(r"\W+", "", question.stem.in_(lang)).lower()
            if stem in seen:
                yield _problem(question, f"asks the same as {seen[stem].id} ({lang})", "ask something else")
            seen.setdefault(stem, question)


def numbers_differ(bank: Bank) -> Iterator[ContentError]:
    """Both languages must name the same numbers; one of up to twelve may be a word in one of them."""
    for question, text in _said(bank, ("stem", "option", "why", "target", "hint")):
        english, chinese = (
            {number.replace(",", "") for number in _NUMBER.findall(part)} - _SPELT for part in (text.en, text.zh)
        )
        if english != chinese:
            differ = ", ".join(sorted(english ^ chinese))
            message = f"“{text.en[:60]}” names other numbers in zh: {differ}"
            yield _problem(question, message, "say the same in both")


def without_key(bank: Bank, keys: Keys) -> Iterator[ContentError]:
    """Every combination of drawn values must give a number, and both stems must name all that is drawn."""
    for question in bank.questions.values():
        number = question.number
        if number is None:
            continue
        names = [name for name, _ in number.draw]
        combinations = itertools.product(*(values for _, values in number.draw))
        try:
            for values in itertools.islice(combinations, MOST_DRAWS):
                drawn = dict(zip(names, values, strict=True))
                keys.number(question, drawn)
                question.stem.en.format(**drawn)
                question.stem.zh.format(**drawn)
        except ContentError as error:
            yield error
        except (KeyError, IndexError, ValueError) as error:
            message = f"the stem has a placeholder that is not drawn ({error})"
            yield _problem(question, message, "double the braces that are meant literally")
        for lang in LANGUAGES:
            missing = [name for name in names if f"{{{name}}}" not in question.stem.in_(lang)]
            if missing:
                message = f"the {lang} stem does not say {', '.join(missing)}"
                yield _problem(question, message, "name what is drawn")


def _said(bank: Bank, parts: Iterable[str]) -> Iterator[tuple[Question, Text]]:
    for question in bank.questions.values():
        said = {
            "stem": [question.stem],
            "option": [option.text for option in question.options],
            "target": [target.text for target in question.targets],
            "why": [option.why for option in question.options] + ([question.number.why] if question.number else []),
            "hint": [question.hint] if question.hint else [],
        }
        for part in parts:
            for text in said[part]:
                yield question, text


def _problem(question: Question, message: str, advice: str) -> ContentError:
    return ContentError(question.path, question.line, f"question {question.id}: {message}", advice)
