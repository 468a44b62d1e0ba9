"""Labels of an alert are read in every shape in which a reader may have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kube.label import check_labels, print_labels, read_labels
from app.kube.refusal import Refusal


@pytest.mark.parametrize(
    "text",
    [
        "a=1\nb=x y",
        "a=1\r\nb=x y\r\n",
        '{"a": "1", "b": "x y", "c": ""}',
        '{"a": 1, "b": "x y", "c": null}',
        '{a="1", b="x y"}',
        "{a=1,b=x y}",
        'a="1"\n\n b = "x y" \nc=',
        'a=1 b="x y"',
        "a=1 b='x y' c=",
        'a="1", b="x y"',
        'a="1",b="x y",',
        'a = 1 b = "x y"',
        '$ amtool config routes test --config.file=am.yml --tree a=1 b="x y"',
        "a: 1\nb: x y\n",
        "Labels:\n - a = 1\n - b = x y\nAnnotations:\n - summary = down\nSource: http://prometheus.example/graph\n",
        "Labels\na = 1\nb = x y\nAnnotations\nsummary = down\nSource\n",
        "labels:\n  a: 1\n  b: x y\n",
        "{a: 1, b: x y}",
        '{"labels": {"a": "1", "b": "x y"}, "startsAt": "2026-01-01T00:00:00Z"}',
        '[{"labels": {"a": "1", "b": "x y"}, "status": {"state": "active"}}]',
        '{"version": "4", "status": "firing", "alerts": [{"status": "firing", "labels": {"a": "1", "b": "x y"}}]}',
        '{"status": "success", "data": {"alerts": [{"labels": {"a": "1", "b": "x y"}, "state": "firing"}]}}',
        '{"status": "success", "data": [{"labels": {"a": "1", "b": "x y"}}]}',
    ],
)
def test_labels_in_any_shape(text: str) -> None:
    assert read_labels(text, "labels") == {"a": "1", "b": "x y"}


@pytest.mark.parametrize("text", ["", " \n", "{}"])
def test_no_labels_are_labels_too(text: str) -> None:
    assert read_labels(text, "labels") == {}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("severity", "label-line", 1),
        ("a=1\nseverity!=page", "label-line", 2),
        ('{severity=~"page"}', "label-line", None),
        ("a=1\na=2", "label-twice", 2),
        ('{a="1", a="2"}', "label-twice", None),
        ('{"": "x"}', "label-name", None),
        ('{"a": {}}', "manifest-wrong-text", 1),
        ('{"a": "b"} {"c": "d"}', "manifest-one-document", 1),
        ('{a="1" b="2"}', "label-braces", 1),
        ("{a=1 b=2}", "label-braces", 1),
        ('{a="1", b="2"', "label-braces", 1),
        ("a=1,b=2", "label-comma", 1),
        ("x=y\na=1, b=2", "label-comma", 2),
        ("a=1,", "label-comma", 1),
        ("a=1 b=2 c d", "label-line", 1),
        ('a="1" b', "label-line", 1),
        ('a="1"b="2"', "label-line", 1),
        ("a=1 severity=~page", "label-line", 1),
        ("a=1 a=2", "label-twice", 1),
        ('[{"labels": {"a": "1"}}, {"labels": {"a": "2"}}]', "label-alerts", 1),
        ("a=" + "x" * 5000, "label-long", None),
    ],
)
def test_what_is_no_label_is_refused(text: str, code: str, line: int | None) -> None:
    with pytest.raises(Refusal) as refusal:
        read_labels(text, "labels")

    assert (refusal.value.code, refusal.value.field, refusal.value.line) == (code, "labels", line)


def test_labels_are_printed_as_in_a_group_key() -> None:
    assert print_labels({"b": "1", "a": 'x"'}) == r'{a="x\"", b="1"}'
    assert print_labels({}) == "{}"


def test_empty_labels_are_no_labels() -> None:
    assert check_labels({"a": "", "b": "1"}, "labels") == {"b": "1"}


@given(st.dictionaries(st.from_regex("[a-z]{1,5}", fullmatch=True), st.text(min_size=1, max_size=8), max_size=4))
def test_what_is_printed_is_read_again(labels: dict[str, str]) -> None:
    """Where both parsers read Go's escapes alike; the classic one knows no others."""
    printed = print_labels(labels)

    if "\\" not in printed:
        assert read_labels(printed, "labels") == labels
