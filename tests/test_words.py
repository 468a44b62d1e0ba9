"""The site's sentences: plural forms, every one rendered with 0, 1, 2 and long values, and none that is never said."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from string import Formatter

import pytest

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.words import Words, load_words

ROOT = Path(__file__).resolve().parent.parent
APP = sorted({*(ROOT / "app").rglob("words.yaml"), *(ROOT / "app" / "quiz" / "pages").glob("*.yaml")})
FILES = [*APP, *sorted((ROOT / "content").glob("*/words.yaml"))]
SITE = [path for path in APP if "widgets" not in path.parts]

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
each_language = pytest.mark.parametrize("lang", LANGUAGES)

# The choice of a form

TRY = {"en": {"one": "{count} try", "other": "{count} tries"}, "zh": "{count} 次"}
TWO = {
    "en": {
        "by": "b",
        "one": {"by": "a", "one": "{a} cat, {b} dog", "other": "{a} cats, {b} dog"},
        "other": {"by": "a", "one": "{a} cat, {b} dogs", "other": "{a} cats, {b} dogs"},
    },
    "zh": "{a} {b}",
}


@pytest.mark.parametrize(
    ("count", "said"),
    [
        *((1, "1 try"), ("1", "1 try"), (-1, "-1 try"), ("−1", "−1 try"), (0, "0 tries"), (2, "2 tries")),
        *((1.0, "1.0 tries"), ("1.0", "1.0 tries"), ("1.5", "1.5 tries"), ("1,001", "1,001 tries"), ("?", "? tries")),
    ],
    ids=repr,
)
def test_a_number_chooses_the_form_of_its_language(count: object, said: str) -> None:
    """CLDR: English has `one` for the integer 1 as it is written, Chinese one form for all."""
    words = Words({"try": TRY})

    assert words.text("en", "try", count=count) == words.html("en", "try", count=count) == said
    assert words.text("zh", "try", count=count) == f"{count} 次"


def test_a_form_may_have_forms_by_a_second_number() -> None:
    words = Words({"two": TWO})

    said = [words.text("en", "two", a=a, b=b) for a, b in product((1, 2), repeat=2)]

    assert said == ["1 cat, 1 dog", "1 cat, 2 dogs", "2 cats, 1 dog", "2 cats, 2 dogs"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('a: {en: {other: "{n} tries"}, zh: "{n}"}', "write one, other"),
        ('a: {en: {one: "{n} try", few: "{n}", other: "{n} tries"}, zh: "{n}"}', "write one, other"),
        ('a: {en: "{n}", zh: {one: "{n}", other: "{n}"}}', "write other"),
        ('a: {en: {one: "", other: "{n} tries"}, zh: "{n}"}', "is empty"),
        ('a: {en: {one: "try", other: "tries"}, zh: "x"}', "no number decides"),
        ('a: {en: {by: m, one: "{n} try", other: "{n} tries"}, zh: "{n}"}', "no number decides"),
        ('a: {en: {one: "{m}", other: "{n} tries"}, zh: "{n}"}', "other placeholders"),
        ('a: {en: "x", zh: "x"}\nb: {en: "x", zh: "x"}\na: {en: "y", zh: "y"}', "a is written twice"),
        ('a:\n  en: x\n  zh: x\n"a":\n  en: y\n  zh: y', "a is written twice"),
    ],
    ids=["no-one", "few", "zh-one", "empty", "no-number", "by-nothing", "placeholders", "twice", "twice-quoted"],
)
def test_what_is_no_sentence_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "words.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ContentError) as refused:
        load_words(path)

    assert told in str(refused.value)


# What we wrote

# Words in -s after a placeholder that is no number: verbs, and what is no plural.
NO_PLURALS = frozenset(
    """
    abbreviates accepts acknowledges allows always answers appears applies as asks becomes begins
    belongs brings changes checks comes compares contains crashes deletes does ends equals fails finds fits follows
    gives
    goes hangs has holds is its joins keeps kills knows leads lies matches means names needs notes occurs passes prints
    raises reaches reads refuses repeats reports requests runs says sees sends series serves sets stands starts
    stalls stays suits takes tells this times uses waits wants was works writes yes
    """.split()  # noqa: SIM905 (sixty words)
)
# Numbers that are never one or zero where they stand: fixed bounds and sizes, and what refuses "too many".
NEVER_ONE = frozenset(
    {
        *("limit", "most", "length", "inner", "outer", "big", "words", "cpu", "livez_failures", "find"),
        *("refusal.pick-one-pod", "refusal.rollout-pods", "refusal.rollout-one-deployment", "refusal.service-one"),
        *("refusal.service-many-endpoints", "refusal.quorum-too-many", "refusal.range-series", "note.sample"),
        *("refusal.too-many-endpoints", "verdict.many", "verdict.tie", "why.tie", "why.only", "verdict.served"),
        *("note.more-pods", "why.irate", "why.idelta", "sum.dns"),
    }
)
ADJECTIVE = r"(?:(?:new|more|old|page|failed|neighbouring|whole|other|further|stored|predicted|ready|app|init) )?"
COUNTED = re.compile(rf"\{{(\w+)\}}[*`]* {ADJECTIVE}([A-Za-z]{{2,}}s)\b")


def sentences(path: Path, lang: Lang) -> Iterator[tuple[str, str]]:
    words = load_words(path)
    for key in words:
        for form in words.forms(lang, key):
            yield key, form


def placeholders(sentence: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(sentence) if name})


@each_file
def test_a_number_before_a_countable_noun_has_forms(path: Path) -> None:
    words = load_words(path)
    lacking = [
        (key, found[0])
        for key, form in sentences(path, "en")
        for found in COUNTED.finditer(form)
        if len(words.forms("en", key)) == 1
        if found[2] not in NO_PLURALS and not {found[1], key} & NEVER_ONE
    ]

    assert not lacking


# What is wrong in any rendered sentence.
FLAWS = {
    "unfilled": re.compile(r"\{\w+\}"),
    "doubled blank": re.compile(r"\S  +\S"),
    "blank before a mark": re.compile(r"\w [,;?](?: |$)"),
    "doubled mark": re.compile(r",,|;;|(?<!\.)\.\.(?!\.)|。。|，，"),
    "edge": re.compile(r"^\s|\s$"),
    "since before": re.compile(r"since before"),
    "ordinal": re.compile(r"\b[Tt]he \d+\. [a-z]"),
}
# One of something is no plural, whatever stands between; two of it is.
NUMBER = r"(?<![\d.,:·−/=-])(?<!\ba )\b"
ONE_OF_MANY = re.compile(rf"{NUMBER}1 {ADJECTIVE}([A-Za-z]+(?<!s)s)\b(?<!\b[a-z])")
SINGULARS = (
    "pod|node|entry|question|mistake|step|rule|alert|route|replica|restart|sample|container|process|kill|chain|endpoint"
    "|metric|point|member|vote|observation|byte|page|character|answer|day|dot|try|refusal|client|connection|sync"
)
MANY_OF_ONE = re.compile(rf"{NUMBER}[02] {ADJECTIVE}(?:{SINGULARS})\b(?!-| tables?)", re.I)
VERB = "are|were|have|become|serve|need|suit|pass|match|follow|stay|wait|die|lie|come|go|run|share"
ONE_ARE = re.compile(rf"(?<!of )(?<!seed ){NUMBER}1 (?:{ADJECTIVE}(?!of |can |would )[a-z]{{2,}} )?(?:{VERB})\b")


def flaws(lang: Lang, said: str) -> list[str]:
    found = [name for name, pattern in FLAWS.items() if pattern.search(said)]
    if lang == "en":
        found += [f"plural: {m[0]}" for m in ONE_OF_MANY.finditer(said) if m[1] not in NO_PLURALS]
        found += [f"singular: {m[0]}" for pattern in (MANY_OF_ONE, ONE_ARE) for m in pattern.finditer(said)]
    return found


@pytest.mark.parametrize(
    "said",
    [
        "{count} tries",
        "a  b",
        "1 tries",
        "1 more pods",
        "2 pod",
        "0 entry",
        "1 pod are",
        "1 become ready",
        "since before 1.0",
        "The 2. largest",
    ],
)
def test_the_check_finds_what_it_is_for(said: str) -> None:
    assert flaws("en", said)


@each_language
@each_file
def test_every_sentence_reads_well_with_0_1_2_and_its_longest_value(path: Path, lang: Lang) -> None:
    words = load_words(path)
    wrong = []
    for key in words:
        names = placeholders(" ".join(words.forms(lang, key)))
        counts = names if len(names) < 3 else []
        small = [dict(zip(counts, values, strict=True)) for values in product((0, 1, 2), repeat=len(counts))]
        if not counts:
            small = [dict.fromkeys(names, value) for value in (0, 1, 2)]
        for values in (*small, dict.fromkeys(names, "9007199254740991"), dict.fromkeys(names, "x" * 253)):
            fixed = {name: "2" if {name, key} & NEVER_ONE else values[name] for name in names}
            said = words.text(lang, key, **fixed)
            wrong += [(key, flaw, said) for flaw in flaws(lang, said)]

    assert not wrong


# Keys


# A key may be put together: what stands before the `~` of a template or the `{` of an f-string. A whole namespace is
# too much to believe: there only these endings are put on.
PUT_TOGETHER = re.compile(r"""["']([a-z]+\.[a-z.-]*)["'] ~|f["']([a-z]+\.[a-z.-]*)\{""")
ENDINGS = {"kit.": ("true", "false"), "player.": ("here", "there"), "lesson.": (), "refusal.": ()}


def test_every_sentence_of_the_site_is_said_somewhere() -> None:
    sources = [*(ROOT / "app").rglob("*.py"), *(ROOT / "templates").rglob("*"), *(ROOT / "app").rglob("*.html")]
    sources += [*(ROOT / "static" / "js").glob("*.js")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.is_file())
    said = set(re.findall(r"""["'`]([\w.-]+)(?=["'`])""", text))
    said |= {start + ending for start, endings in ENDINGS.items() for ending in endings}
    parts = tuple({a or b for a, b in PUT_TOGETHER.findall(text)} - set(ENDINGS))
    unused = [
        key
        for path in SITE
        for key in load_words(path)
        if not {key, key.removeprefix("refusal.")} & said and not key.startswith(parts)
    ]

    assert not unused


def test_no_sentence_of_the_site_is_written_twice() -> None:
    seen: dict[str, str] = {}
    twice = [
        (key, seen[key]) for path in SITE for key in load_words(path) if seen.setdefault(key, path.name) != path.name
    ]

    assert not twice
