"""Selectors and tolerations answer as the API machinery's own do."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.manifest import Part, load_documents
from app.kube.refusal import Refusal
from app.kube.selector import (
    EFFECTS,
    Requirement,
    Taint,
    Toleration,
    integer_of,
    label_selector,
    node_term,
    taints_of,
    tolerations_of,
    untolerated,
)


def part(content: Any) -> Part:
    return load_documents(json.dumps({"kind": "Test", "spec": content}), field="text")[0].root.part("spec")


def requirement(text: str) -> Requirement:
    key, operator, *values = text.split()
    return Requirement(key, operator, frozenset(values))


# apimachinery pkg/labels/selector_test.go and component-helpers nodeaffinity_test.go, v0.37.0.
@pytest.mark.parametrize(
    ("text", "labels", "matches"),
    [
        ("x In a b", {"x": "b"}, True),
        ("x In a b", {"x": "c"}, False),
        ("x In a b", {}, False),
        ("x NotIn a", {"x": "b"}, True),
        ("x NotIn a", {"x": "a"}, False),
        ("x NotIn a", {}, True),
        ("x Exists", {"x": ""}, True),
        ("x Exists", {}, False),
        ("x DoesNotExist", {"x": ""}, False),
        ("x DoesNotExist", {}, True),
        ("x Gt 8", {"x": "9"}, True),
        ("x Gt 8", {"x": "8"}, False),
        ("x Gt 8", {"x": "eight"}, False),
        ("x Gt 8", {"x": "9.5"}, False),
        ("x Gt -2", {"x": "-1"}, True),
        ("x Gt 8", {}, False),
        ("x Lt 8", {"x": "7"}, True),
        ("x Lt 8", {"x": "8"}, False),
        ("x Lt 8", {}, False),
    ],
)
def test_a_requirement(text: str, labels: dict[str, str], matches: bool) -> None:
    assert requirement(text).matches(labels) == matches


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("007", 7),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), None),
        (str(-(2**63)), -(2**63)),
        (str(-(2**63) - 1), None),
        ("1" * 50, None),
        ("9" * 5000, None),
        ("-" + "0" * 5000 + "7", -7),
        ("000", 0),
        ("1_000", None),
        ("+-1", None),
        ("-", None),
        ("", None),
        ("1.0", None),
        (" 1", None),
        ("１", None),
        ("0x1", None),
    ],
)
def test_integers_are_those_of_parse_int(text: str, number: int | None) -> None:
    assert integer_of(text) == number


def test_a_label_selector_needs_all_of_it() -> None:
    selector = label_selector(
        part({"s": {"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}}),
        "s",
    )

    assert selector is not None
    assert selector.matches({"a": "1", "b": ""})
    assert not selector.matches({"a": "1"})
    assert not selector.matches({"a": "2", "b": ""})


def test_an_empty_selector_matches_everything_and_an_absent_one_is_none() -> None:
    empty = label_selector(part({"s": {}}), "s")

    assert empty is not None
    assert empty.matches({})
    assert label_selector(part({}), "s") is None


def test_a_selector_can_be_narrowed() -> None:
    selector = label_selector(part({"s": {"matchLabels": {"a": "1"}}}), "s")

    assert selector is not None
    assert not selector.and_also([requirement("b Exists")]).matches({"a": "1"})


def test_an_empty_node_term_matches_nothing() -> None:
    assert not node_term(part({})).matches({"a": "1"}, "n")


def test_a_node_term_asks_for_labels_and_the_name() -> None:
    term = node_term(
        part(
            {
                "matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}],
                "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}],
            }
        )
    )

    assert term.matches({"a": "1"}, "n")
    assert not term.matches({"a": "1"}, "m")
    assert not term.matches({}, "n")
    assert term.names == frozenset({"n"})
    assert node_term(part({"matchExpressions": [{"key": "a", "operator": "Exists"}]})).names is None


TAINT = Taint("key", "value", "NoSchedule")


# api core/v1/toleration_test.go, v0.37.0.
@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        (Toleration("key", "Equal", "value", "NoSchedule"), True),
        (Toleration("key", "Equal", "value", ""), True),
        (Toleration("key", "Equal", "other", "NoSchedule"), False),
        (Toleration("key", "Equal", "value", "NoExecute"), False),
        (Toleration("other", "Equal", "value", "NoSchedule"), False),
        (Toleration("key", "Exists", "", "NoSchedule"), True),
        (Toleration("other", "Exists", "", ""), False),
        (Toleration("", "Exists", "", ""), True),
        (Toleration("", "Exists", "", "NoExecute"), False),
        (Toleration("key", "Gt", "5", ""), False),
    ],
)
def test_what_a_toleration_tolerates(toleration: Toleration, tolerated: bool) -> None:
    assert toleration.tolerates(TAINT) == tolerated


@settings(deadline=None)
@given(st.integers(-100, 100), st.integers(-100, 100))
def test_comparing_tolerations_compare_numbers(value: int, bound: int) -> None:
    taint = Taint("key", str(value), "NoExecute")

    assert Toleration("key", "Gt", str(bound), "").tolerates(taint) == (value > bound)
    assert Toleration("key", "Lt", str(bound), "").tolerates(taint) == (value < bound)


def test_the_first_taint_that_nothing_tolerates() -> None:
    taints = [Taint("a", "", "PreferNoSchedule"), Taint("b", "", "NoExecute"), Taint("c", "", "NoSchedule")]

    assert untolerated(taints, [], ("NoSchedule", "NoExecute")) == taints[1]
    assert untolerated(taints, [Toleration("b", "Exists", "", "")], EFFECTS[:1]) == taints[2]
    assert untolerated(taints, [Toleration("", "Exists", "", "")], EFFECTS) is None


def test_taints_and_tolerations_are_read_with_their_defaults() -> None:
    spec = part({"taints": [{"key": "a", "effect": "NoSchedule"}], "tolerations": [{"key": "a", "value": "1"}]})

    assert taints_of(spec) == (Taint("a", "", "NoSchedule"),)
    assert tolerations_of(spec) == (Toleration("a", "Equal", "1", ""),)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"key": "a", "operator": "in"}, "selector-operator"),
        ({"key": "a", "operator": "In"}, "selector-no-values"),
        ({"key": "a", "operator": "In", "values": [1]}, "manifest-wrong-text"),
        ({"key": "a", "operator": "DoesNotExist", "values": ["1"]}, "selector-needless-values"),
        ({"key": "a", "operator": "Lt", "values": ["1", "2"]}, "selector-one-integer"),
        ({"key": "a", "operator": "Lt", "values": ["x"]}, "selector-one-integer"),
        ({"operator": "Exists"}, "manifest-missing"),
        ({"key": "a"}, "manifest-missing"),
    ],
)
def test_expressions_that_the_api_server_refuses(content: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        node_term(part({"matchExpressions": [content]}))

    assert refusal.value.code == code
    assert refusal.value.where.startswith("documents[0].spec.matchExpressions[0]")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ({"key": "a", "operator": "in"}, "operator"),
        ({"key": "a", "operator": "In"}, "values"),
        ({"key": "a", "operator": "In", "values": ["x", 1]}, "values[1]"),
        ({"key": "a", "operator": "Exists", "values": ["1"]}, "values"),
        ({"key": "a", "operator": "Gt", "values": ["x"]}, "values"),
    ],
)
def test_a_refused_expression_is_pointed_at(content: dict[str, Any], where: str) -> None:
    with pytest.raises(Refusal) as refusal:
        node_term(part({"matchExpressions": [content]}))

    assert refusal.value.where == f"documents[0].spec.matchExpressions[0].{where}"


def test_what_would_be_accepted_is_said() -> None:
    refused: dict[str, Callable[[], object]] = {
        "In, NotIn, Exists, DoesNotExist, Gt, Lt": lambda: node_term(
            part({"matchExpressions": [{"key": "a", "operator": "Like"}]})
        ),
        "In, NotIn": lambda: node_term(part({"matchFields": [{"key": "a", "operator": "Like"}]})),
        "Equal, Exists, Gt, Lt": lambda: tolerations_of(part({"tolerations": [{"key": "a", "operator": "Like"}]})),
        "NoSchedule, PreferNoSchedule, NoExecute": lambda: taints_of(part({"taints": [{"key": "a", "effect": "No"}]})),
    }
    for accepted, read in refused.items():
        with pytest.raises(Refusal) as refusal:
            read()
        assert refusal.value.values["accepted"] == accepted


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ({"key": "metadata.uid", "operator": "In", "values": ["a"]}, "selector-field"),
        ({"key": "metadata.name", "operator": "In", "values": ["a", "b"]}, "selector-one-value"),
        ({"key": "metadata.name", "operator": "Exists"}, "selector-operator"),
    ],
)
def test_fields_that_the_api_server_refuses(field: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        node_term(part({"matchFields": [field]}))

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        ({"key": "a", "operator": "Like"}, "selector-operator", "operator"),
        ({"operator": "Equal", "value": "x"}, "toleration-key", "operator"),
        ({"key": "a", "operator": "Exists", "value": "x"}, "toleration-value", "value"),
        ({"key": "a", "operator": "Gt", "value": "x"}, "selector-one-integer", "value"),
        ({"key": "a", "operator": "Lt", "value": "1.5"}, "selector-one-integer", "value"),
        ({"key": "a", "operator": "Exists", "effect": "Sometimes"}, "taint-effect", "effect"),
    ],
)
def test_tolerations_that_the_api_server_refuses(content: dict[str, Any], code: str, where: str) -> None:
    with pytest.raises(Refusal) as refusal:
        tolerations_of(part({"tolerations": [content]}))

    assert (refusal.value.code, refusal.value.where) == (code, f"documents[0].spec.tolerations[0].{where}")


def test_comparison_is_refused_where_it_is_not_known_yet() -> None:
    spec = part({"tolerations": [{"key": "a", "operator": "Gt", "value": "5"}]})

    assert tolerations_of(spec) == (Toleration("a", "Gt", "5", ""),)
    with pytest.raises(Refusal):
        tolerations_of(spec, with_comparison=False)


def test_a_taint_needs_a_known_effect() -> None:
    with pytest.raises(Refusal) as refusal:
        taints_of(part({"taints": [{"key": "a", "effect": "Always"}]}))

    assert (refusal.value.code, refusal.value.where) == ("taint-effect", "documents[0].spec.taints[0].effect")


def test_a_required_term_with_a_number_that_is_none_is_taken_and_matches_nothing() -> None:
    term = part({"matchExpressions": [{"key": "cores", "operator": "Gt", "values": ["x"]}]})

    taken = node_term(term, takes_any_number=True)

    assert not taken.matches({"cores": "8"}, "one")
    with pytest.raises(Refusal):
        node_term(term)
