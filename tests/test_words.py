"""Sentences: the choice of a form, what is refused, and which flaws are found (`podscope check` looks for them)."""

import pickle
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from pydantic import BaseModel

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.wording import flaws
from app.content.words import _PLURAL, Unsaid, Words, _filled, load_words
from app.kube.refusal import Refusal
from app.kube.say import Say
from app.listed import Listed
from app.widgetkit.form import read_inputs
from tests.written import known_rooms

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


PIECES = ("{a}", "{b}", "<i>", "{{a}}", "{a:>3}", "{b!r}", "ab ", "}}", "{a.real}")


@given(
    sentence=st.lists(st.sampled_from(PIECES)).map("".join),
    a=st.one_of(st.text("<&a", max_size=3), st.text("<&a", max_size=3).map(Markup), st.integers(), st.none()),
    b=st.one_of(st.decimals(allow_nan=False), st.booleans(), st.floats(), st.lists(st.text("<&", max_size=2))),
)
def test_values_are_put_in_as_format_does(sentence: str, a: object, b: object) -> None:
    values = {"a": a, "b": b}
    for text in (sentence, Markup(sentence)):
        try:
            wanted = text.format(**values)
        except (AttributeError, TypeError, ValueError):
            continue
        said = _filled("en", "key", text, values)
        assert said == wanted
        assert isinstance(said, type(text))


def test_what_is_not_given_is_named() -> None:
    with pytest.raises(Unsaid) as missing:
        _filled("en", "key", Markup("{a} and {b}"), {"a": 1})
    assert (missing.value.key, missing.value.value) == ("key", "b")


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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_forms_are_those_of_the_cldr(lang: Lang) -> None:
    """Its data, which Babel has and the site does without: which categories there are, and which number has which."""
    rule = Locale.parse(lang).plural_form
    numbers = [Decimal(text) for text in ("0", "1", "1.0", "1.5", "2", "10", "11", "21", "100", "1000000")]

    assert _PLURAL[lang].tags == rule.tags
    assert [_PLURAL[lang](number) for number in numbers] == [rule(number) for number in numbers]


def test_words_over_words_count_first_and_are_said_once() -> None:
    below = Words({"a": {"en": "A", "zh": "甲"}, "b": {"en": "B", "zh": "乙"}})
    both = below | Words({"b": {"en": "Bee", "zh": "蜂"}, "c": {"en": "C", "zh": "丙"}})

    assert [both.text("en", key) for key in both] == ["A", "Bee", "C"]
    assert both.text("zh", "b") == "蜂"
    assert list(both.keys()) == ["a", "b", "c"]
    assert ("c" in both, "d" in both) == (True, False)
    with pytest.raises(Unsaid):
        both.raw("en", "d")


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


# How it reads


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
        "Nobody writes it so.",
        "This wants to be a gauge.",
        "The kubelet holds the runtime for lost.",
        "window ( ]",
        "the window ()",
    ],
)
def test_the_check_finds_what_it_is_for(said: str) -> None:
    assert flaws("en", said)


@pytest.mark.parametrize("said", ["第 2 行： 写错了", "写好。 再来", "节点 （两个）", "事件写着 “ok”"])
def test_the_check_finds_a_blank_beside_a_full_width_mark(said: str) -> None:
    assert flaws("zh", said) == ["blank beside a full-width mark"]


WIDGETS = Path(__file__).parents[1] / "app" / "widgets"


@pytest.mark.parametrize("path", sorted(WIDGETS.glob("*/words.yaml")), ids=lambda path: path.parent.name)
def test_the_title_of_a_room_holds_for_all_of_its_inputs(path: Path) -> None:
    """A number in it would be that of one example, and go on standing there when the reader changes the inputs."""
    words = load_words(path)

    assert not [title for lang in LANGUAGES if any(map(str.isdigit, title := words.text(lang, "title")))]


# Names in a row


def test_names_in_a_row_are_put_together_as_their_language_does() -> None:
    words = Words({"on": {"en": "They run on {names}.", "zh": "运行在 {names} 上。"}})
    names = Listed(["node-1", "<b>"], "…")

    assert names == "node-1, <b>, …"
    assert words.text("en", "on", names=names) == "They run on node-1, <b>, …."
    assert words.text("zh", "on", names=names) == "运行在 node-1、<b>、… 上。"
    assert words.html("zh", "on", names=names) == "运行在 node-1、&lt;b&gt;、… 上。"
    assert pickle.loads(pickle.dumps(names)).between("、") == "node-1、<b>、…"
    assert (Listed([]), Listed(["a"])) == ("", "a")


def _told(value: object) -> Iterator[Say]:
    """Every sentence of an outcome."""
    if isinstance(value, Say):
        yield value
        value = value.values
    if isinstance(value, BaseModel):
        value = dict(value)
    elif is_dataclass(value):
        value = [getattr(value, each.name) for each in fields(value)]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _told(each)


def test_no_chinese_sentence_has_names_between_latin_commas() -> None:
    """In the examples of all rooms: what a sentence lists is `Listed`, and is not where it stands in code."""
    row = re.compile(r"[\w./:-]+(: \w+)?(, [\w./:-]+(: \w+)?)+(, …)?")
    found = set()
    for room in known_rooms().values():
        for example in room.widget.examples:
            with suppress(Refusal):
                for say in _told(room.run(read_inputs(room.widget.form, example.inputs))):
                    every = "".join(room.words.forms("zh", say.key))
                    prose = re.sub(r"`[^`]*`", "", every)
                    for name, value in say.values.items():
                        wrong = ""
                        if isinstance(value, Listed):
                            wrong = "".join(re.findall(r"`[^`]*`", every))
                        elif isinstance(value, str) and row.fullmatch(value):
                            wrong = prose
                        if f"{{{name}}}" in wrong:
                            found.add((room.slug, say.key, name))

    assert not found
