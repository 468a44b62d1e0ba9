"""Matchers are read, printed and held against labels as Alertmanager does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kube.manifest import Part, load_documents
from app.kube.matcher import (
    WIDE,
    MatcherError,
    MatcherReader,
    compiled,
    go_quote,
    go_unquote,
    parse_matcher,
    parse_matchers,
    print_matchers,
    wide_instructions,
)
from app.kube.refusal import Refusal

# Text, what it means, whose reading counts: the situations of matcher/parse/parse_test.go, pkg/labels/parse_test.go
# and matcher/compat/parse_test.go, prometheus/alertmanager v0.35.0.
READ = [
    ("", "{}", ""),
    ("{}", "{}", ""),
    ("{", "{}", ""),
    ("}", "{}", ""),
    ("foo=bar", '{foo="bar"}', "both"),
    ("{foo=bar}", '{foo="bar"}', "both"),
    ('{foo="bar"}', '{foo="bar"}', "both"),
    ('{foo!="bar"}', '{foo!="bar"}', "both"),
    ('{foo=~"[a-z]+"}', '{foo=~"[a-z]+"}', "both"),
    ('{foo!~"[a-z]+"}', '{foo!~"[a-z]+"}', "both"),
    ("{foo=bar,}", '{foo="bar"}', "both"),
    ("foo=bar,", '{foo="bar"}', "both"),
    ("  foo = bar ,  bar=baz", '{foo="bar",bar="baz"}', "both"),
    ('foo="bar,baz"', '{foo="bar,baz"}', "both"),
    ('foo="bar}"', '{foo="bar}"}', "both"),
    ('foo=""', '{foo=""}', "both"),
    ("foo=🙂", '{foo="🙂"}', "both"),
    ('foo="🙂"', '{foo="🙂"}', "both"),
    ("foo:bar=baz", '{foo:bar="baz"}', "both"),
    (r'foo="bar\"baz"', r'{foo="bar\"baz"}', "both"),
    (r'foo="bar\\baz"', r'{foo="bar\\baz"}', "both"),
    (r'foo="bar\n"', r'{foo="bar\n"}', "both"),
    ("foo=~a.*b", '{foo=~"a.*b"}', "both"),
    # Only the UTF-8 parser takes names that are no classic label names.
    ("{🙂=bar}", '{🙂="bar"}', "utf-8"),
    ('{"foo"=bar}', '{foo="bar"}', "utf-8"),
    ('"foo bar"="baz"', '{"foo bar"="baz"}', "utf-8"),
    ('foo-bar="baz"', '{foo-bar="baz"}', "utf-8"),
    # Only the classic parser takes values that are empty, or hold what is reserved, without quotes.
    ("foo=", '{foo=""}', "classic"),
    ("foo=bar baz", '{foo="bar baz"}', "classic"),
    ("foo==bar", '{foo="=bar"}', "classic"),
    ("foo={}", '{foo="{"}', "classic"),
    ("{foo=bar", '{foo="bar"}', "classic"),
    ("foo=bar}", '{foo="bar"}', "classic"),
    ("foo=a{b", '{foo="a{b"}', "classic"),
    (r"foo=a\b", r'{foo="a\\b"}', "classic"),
    (r'{foo="a\w"}', r'{foo="a\\w"}', "classic"),
    ("foo=it's", '{foo="it\'s"}', "classic"),
    # Go's escapes mean something in one parser and nothing in the other: the classic reading counts.
    (r'foo="\x41"', r'{foo="\\x41"}', "disagreement"),
    (r'foo="bar\t"', r'{foo="bar\\t"}', "disagreement"),
    (r'foo="\u00e9"', r'{foo="\\u00e9"}', "disagreement"),
]


@pytest.mark.parametrize(("text", "meaning", "parser"), READ)
def test_both_parsers_are_asked(text: str, meaning: str, parser: str) -> None:
    read = parse_matchers(text)

    assert print_matchers(read) == meaning
    assert {each.parser for each in read} <= {parser}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("foo", "matcher-syntax"),
        ("=bar", "matcher-syntax"),
        ("foo!bar", "matcher-syntax"),
        ("foo=bar,,", "matcher-syntax"),
        ("foo=bar,,bar=baz", "matcher-syntax"),
        (",", "matcher-syntax"),
        ("foo-bar", "matcher-syntax"),
        ('"foo"', "matcher-syntax"),
        (r'"\xff"=bar', "matcher-syntax"),
        ('foo="bar', "matcher-quote"),
        ('foo=bar"', "matcher-quote"),
        ('foo="bar"baz"', "matcher-quote"),
        (r'foo="bar\"', "matcher-quote"),
        ('foo="', "matcher-quote"),
        ("foo=~(", "matcher-regex"),
        ('foo=~"(?=a)"', "matcher-regex"),
        (r'foo=~"(a)\\1"', "matcher-regex"),
        (r'foo=~"\\C"', "matcher-regex"),
        ('foo=~"a{1001}"', "matcher-regex"),
        ('"foo-bar"=~"*"', "matcher-regex"),
    ],
)
def test_what_neither_parser_takes(text: str, code: str) -> None:
    with pytest.raises(MatcherError) as error:
        parse_matchers(text)

    assert error.value.code == code


@pytest.mark.parametrize("text", ["", "{a=b}", "a=b}", "a=b,c=d", "a"])
def test_one_matcher_is_one(text: str) -> None:
    if text == "a=b,c=d":
        # The classic parser knows no comma here, and its reading is all there is.
        assert str(parse_matcher(text)) == 'a="b,c=d"'
        return
    with pytest.raises(MatcherError):
        parse_matcher(text)


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("x=1", "1", True),
        ("x=1", "", False),
        ('x=""', "", True),
        ("x!=1", "", True),
        ("x!=1", "1", False),
        ("x=~1", "11", False),
        ("x=~1|11", "11", True),
        ("x=~1.*", "1\n1", False),
        ("x=~(?s)1.*", "1\n1", True),
        ("x=~a", "a\n", False),
        ('x=~".*"', "", True),
        ('x=~".+"', "", False),
        ('x!~".+"', "", True),
        ("x=~(?i)ONE", "oNe", True),
        ("x!~1", "1", False),
        (r"x=~\d+", "12", True),
        (r"x=~\d+", "１２", False),
        ("x=~é.", "éü", True),
        (r"x=~\pL+", "éü", True),
    ],
)
def test_expressions_match_the_whole_value(text: str, value: str, holds: bool) -> None:
    labels = {"x": value} if value else {}

    assert parse_matcher(text).holds(labels) is holds


def test_matchers_stand_in_order_of_name_value_and_kind() -> None:
    read = parse_matchers('b=1, a=~"2", a="2", a!="1", a!="2"')

    assert print_matchers(sorted(read)) == '{a!="1",a="2",a!="2",a=~"2",b="1"}'


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain", '"plain"'),
        ('say "hi"', r'"say \"hi\""'),
        ("back\\slash", r'"back\\slash"'),
        ("a\nb\tc", r'"a\nb\tc"'),
        ("\x00\x7f", r'"\x00\x7f"'),
        ("é🙂", '"é🙂"'),
        ("\u200b\u00a0\u0085", r'"\u200b\u00a0\u0085"'),
        ("\U000e0001", r'"\U000e0001"'),
    ],
)
def test_quotes_as_go(text: str, quoted: str) -> None:
    assert go_quote(text) == quoted
    assert go_unquote(quoted) == text


@pytest.mark.parametrize("text", [r'"\q"', '"\\\'"', '"a\nb"', r'"\400"', r'"\ud800"', r'"\U00110000"', r'"\xff"'])
def test_what_go_would_not_unquote(text: str) -> None:
    with pytest.raises(MatcherError):
        go_unquote(text)


@given(st.text())
def test_what_is_quoted_comes_back(text: str) -> None:
    assert go_unquote(go_quote(text)) == text


@given(st.sampled_from(["a", "foo", "_x"]), st.sampled_from(["=", "!="]), st.text(max_size=12))
def test_a_printed_matcher_means_the_same(name: str, operator: str, value: str) -> None:
    text = f"{name}{operator}{json.dumps(value, ensure_ascii=False)}"
    try:
        read = parse_matcher(text)
    except MatcherError:
        return

    again = parse_matcher(str(read))

    assert again == read


@given(st.text(alphabet='ab=!~,{}"\\ é\n', max_size=30))
def test_rubbish_is_read_or_refused(text: str) -> None:
    for parse in (parse_matchers, parse_matcher):
        try:
            parse(text)
        except MatcherError as error:
            assert error.code.startswith("matcher-")  # noqa: PT017 - either outcome will do


def part(text: str) -> Part:
    return load_documents(text, field="text")[0].root


def test_the_older_spellings_are_read_too() -> None:
    read = MatcherReader().read(part('{m: ["z!=1"], e: {a: 1, b: on}, r: {c: "x|y"}}'), "m", "e", "r")

    assert print_matchers(read) == '{a="1",b="on",c=~"^(?:x|y)$",z!="1"}'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{m: [a]}", "matcher-syntax"),
        ("{m: a=b}", "manifest-wrong-list"),
        ("{e: {a-b: c}}", "matcher-name"),
        ("{r: {a: '('}}", "matcher-regex"),
        ("{r: {a: '(?=x)'}}", "matcher-regex"),
        ("{e: {a: 0x10}}", "manifest-wrong-text"),
        ("{e: {a: 1e3}}", "manifest-wrong-text"),
        ("{e: {a: {}}}", "manifest-wrong-text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        MatcherReader().read(part(text), "m", "e", "r")

    assert (refusal.value.code, refusal.value.line) == (code, 1)


def test_the_number_of_matchers_is_limited() -> None:
    with pytest.raises(Refusal) as refusal:
        MatcherReader().read(part(json.dumps({"m": ["a=1"] * 10_001})), "m", "e", "r")

    assert refusal.value.code == "matcher-many"


def test_work_is_limited_by_expressions_times_characters() -> None:
    reader = MatcherReader()
    reader.read(part(json.dumps({"m": [f'a=~".{{1000}}{i}"' for i in range(50)]})), "m", "e", "r")

    reader.check_work([{"a": "x" * 50, "b": "x" * (1 << 20)}], "labels")
    with pytest.raises(Refusal) as refusal:
        reader.check_work([{"a": "x" * 50}] * 5, "labels")

    assert (refusal.value.code, refusal.value.field) == ("matcher-costly", "labels")


@pytest.mark.parametrize(
    ("expression", "classes"),
    [
        ("abc.*[a-z]{5}\\d", 0),
        (r"\\pL", 0),
        (r"\pL", 1),
        (r"\p{Greek}\PN", 2),
        (r"\pL{60}", 60),
        (r"[\pL\pN-]{3,40}", 40),
        (r"[^]\pL]{2}", 2),
        (r"(?:a(\pL|b){5}c){4,}", 20),
        (r"(\pL{2}){3}\pL+", 7),
        (r"\pL{0}", 1),
        (r")\pL(", 1),
        (r"[[:alpha:]]{9}", 0),
    ],
)
def test_unicode_classes_are_counted_before_anything_is_compiled(expression: str, classes: int) -> None:
    assert wide_instructions(expression) == classes * WIDE


@pytest.mark.parametrize("expression", [r"\pL{60}", r"[\pL\pN]{40}", r"(?:\p{Lu}{5}){9}", r"[^\pL]{60}", r"(?i)\pL{9}"])
def test_what_is_counted_is_about_what_they_cost(expression: str) -> None:
    size = compiled(expression).programsize

    assert size * 0.8 < wide_instructions(expression) < size * 1.6


def test_unicode_classes_by_the_thousand_are_refused() -> None:
    many = {"m": [f'a=~"{i}\\\\pL{{60}}"' for i in range(26)]}
    one = {"r": {f"a{i}": r"\pL{60}" + str(i) for i in range(26)}}

    for text in (many, one, {"m": ["{" + ",".join(many["m"]) + "}"]}):
        reader = MatcherReader()
        with pytest.raises(Refusal) as refusal:
            reader.read(part(json.dumps(text)), "m", "e", "r")
        assert refusal.value.code == "matcher-costly"


def test_an_expression_that_stands_a_thousand_times_is_compiled_once() -> None:
    reader = MatcherReader()

    found = reader.read(part(json.dumps({"m": [f'b{i}=~"\\\\pL+"' for i in range(1000)]})), "m", "e", "r")

    assert len({id(each.pattern) for each in found}) == 1


def test_thousands_of_numbers_on_one_line_are_read() -> None:
    """The words of a line are found once for all that stands on it."""
    text = "{m: [], e: {" + ", ".join(f"a{i}: {i}" for i in range(5000)) + "}}"

    found = MatcherReader().read(part(text), "m", "e", "r")

    assert len(found) == 5000
