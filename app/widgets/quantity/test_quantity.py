"""The room `quantity`: the derivation a reader sees agrees with the parser, for every text."""

from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.digits import grouped
from app.kube.quantity import parse_quantity
from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.quantity.model import (
    Caution,
    Rule,
    compare,
    derive,
    exact_text,
    find_cautions,
    find_twin,
    superscript,
    write_with_suffixes,
)
from app.widgets.quantity.widget import WIDGET, Inputs, run

FOLDER = Path(__file__).parent
WORDS = words_beside(__file__)
SHARED = yaml.safe_load((FOLDER.parents[1] / "kube" / "words.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("512Mi", ["number", "power", "value", "canonical"]),
        ("Ki", ["no-digits", "power", "value", "canonical"]),
        ("100m", ["number", "power", "value-up", "canonical"]),
        ("0.1n", ["number", "power", "nano", "value-up", "canonical"]),
        ("1e-500", ["number", "power", "nano", "value-up", "canonical"]),
        ("9Ei", ["number", "power", "capped", "value", "canonical"]),
        ("1e4294967299", ["number", "wrapped", "power", "value", "canonical"]),
        ("-1.5", ["number", "power", "value-below-zero", "canonical"]),
        ("-9.5Gi", ["number", "power", "value-overflow", "canonical"]),
        ("-9Ei", ["number", "power", "capped", "value", "canonical"]),
        ("2000E", ["number", "power", "value-overflow", "canonical"]),
        ("-.484785E-7466", ["number", "power", "nano", "value-below-zero", "canonical"]),
        ("0e-5", ["number", "power", "value", "canonical"]),
    ],
)
def test_the_rules_that_applied(text: str, rules: list[str]) -> None:
    assert [step.rule for step in derive(text)] == rules


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("512Mi", "512 × 2²⁰ = 536,870,912"),
        ("100.035Ki", "100.035 × 2¹⁰ = 102,435.84"),
        ("2.5k", "2.5 × 10³ = 2,500"),
        ("0.1n", "0.1 × 10⁻⁹ = 0.0000000001"),
        ("-2Ki", "-2 × 2¹⁰ = −2,048"),
        ("1e-500", "1 × 10⁻⁵⁰⁰ = < 0.000000001"),
        ("9Ei", "9 × 2⁶⁰ = 10,376,293,541,461,622,784"),
        ("007", "007 × 10⁰ = 7"),
    ],
)
def test_the_product_is_written_out(text: str, line: str) -> None:
    assert next(step.sum for step in derive(text) if step.rule == "power") == line


@pytest.mark.parametrize(
    ("text", "twin"),
    [
        ("512Mi", "512M"),
        ("1G", "1Gi"),
        ("1k", "1Ki"),
        ("1Ki", "1k"),
        ("5", ""),
        ("100m", ""),
        ("1e3", ""),
        ("2E", "2Ei"),
    ],
)
def test_the_suffix_that_is_easily_mixed_up(text: str, twin: str) -> None:
    assert find_twin(text) == twin


@pytest.mark.parametrize(
    ("text", "cautions"),
    [
        ("512Mi", ()),
        ("Ki", ("no-digits",)),
        ("128974848000m", ()),
        ("100m", ("milli-memory",)),
        ("1.5", ("fraction-of-a-byte",)),
        ("-1", ("negative",)),
        ("1.500", ("fraction-of-a-byte", "printed-as-written")),
    ],
)
def test_cautions(text: str, cautions: tuple[str, ...]) -> None:
    assert find_cautions(text) == cautions


@pytest.mark.parametrize(
    ("here", "there", "order", "difference"),
    [
        ("1Gi", "1G", "greater", "73741824"),
        ("0.1", "100m", "equal", "0"),
        ("1E3", "1E", "less", "-999999999999999000"),
        ("0", "1m", "less", "-0.001"),
    ],
)
def test_comparison(here: str, there: str, order: str, difference: str) -> None:
    comparison = compare(here, there)

    assert (comparison.order, comparison.difference) == (order, difference)
    assert max(bar.width for bar in comparison.bars) in (0, 398)
    assert comparison.difference_shown == grouped(difference.lstrip("-"))


def test_the_same_amount_in_other_suffixes() -> None:
    written = {writing.suffix: writing.text for writing in write_with_suffixes(parse_quantity("1536Mi"))}

    assert written["Mi"] == "1,536"
    assert written["Gi"] == "1.5"
    assert written["G"] == "1.610612736"
    assert written["m"] == "1,610,612,736,000"
    assert "T" not in {w.suffix for w in write_with_suffixes(parse_quantity("1n"))}


@pytest.mark.parametrize(
    ("whole", "places", "text"),
    [(5, 0, "5"), (-15, 1, "-1.5"), (5, 3, "0.005"), (1500, 3, "1.5"), (0, 2, "0")],
)
def test_exact_text(whole: int, places: int, text: str) -> None:
    assert exact_text(whole, places) == text


def test_small_things() -> None:
    assert grouped("-1234567.89") == "−1,234,567.89"
    assert superscript(-12) == "⁻¹²"


@pytest.mark.parametrize(
    ("text", "value", "cautions"),
    [
        ("-9.5Gi", "8246196746", ("negative", "value-overflow")),
        ("-.1Ki", "-101", ("negative", "fraction-of-a-byte")),
        ("2000E", "0", ("beyond-64-bits", "stored-as-another")),
        ("12E", "0", ("beyond-64-bits",)),
        ("-.484785E-7466", "1", ("negative", "fraction-of-a-byte")),
        ("-9Ei", "-9223372036854775807", ("negative",)),
    ],
)
def test_what_the_real_parser_gets_wrong_is_shown_and_said(text: str, value: str, cautions: tuple[str, ...]) -> None:
    """kubernetes/kubernetes 110653, 110654, PR 119855, PR 141169; values of k8s.io/apimachinery v0.36.3."""
    outcome = run(Inputs(text=text))

    assert (outcome.value, outcome.cautions) == (value, cautions)


@pytest.mark.parametrize("text", ["9223372036854775808", "1e19", "1e100"])
def test_a_plain_number_above_64_bits_is_refused_with_what_would_become_of_it(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        run(Inputs(text=text))

    assert (refused.value.code, refused.value.field) == ("quantity-overflow", "text")
    assert refused.value.values["value"] == parse_quantity(text).value


@pytest.mark.parametrize(("inputs", "field"), [({"text": "1GiB"}, "text"), ({"compare_with": "1x"}, "compare_with")])
def test_the_refusal_names_the_field(inputs: dict[str, str], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        run(Inputs(**inputs))

    assert refused.value.field == field


def test_a_twin_that_does_not_fit_is_left_out() -> None:
    assert run(Inputs(text="9300Pi")).comparison is None


quantities = st.builds(
    lambda number, suffix: number + suffix,
    st.from_regex(r"-?[0-9]{0,9}(\.[0-9]{0,9})?", fullmatch=True),
    st.sampled_from(["", *"numkMGTPE", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E-7"]),
)


@given(quantities)
@settings(deadline=None)
def test_the_derivation_ends_where_the_parser_does(text: str) -> None:
    try:
        outcome = run(Inputs(text=text))
    except Refusal:
        return

    assert outcome.steps[-1].sum == f"{text} → {outcome.canonical}"
    assert outcome.steps[-2].sum == f"Value() = {grouped(outcome.value)}"
    assert [step.rule for step in outcome.steps].count("nano") <= 1


def answer(text: str, compare_with: str) -> str:
    try:
        run(Inputs(text=text, compare_with=compare_with))
    except Refusal as refused:
        return f"refusal.{refused.code}"
    return "answered"


@given(st.text(max_size=20), st.text(alphabet="0123456789.-+eEiKMm ", max_size=8))
@settings(deadline=None)
def test_rubbish_is_answered(text: str, other: str) -> None:
    for one, two in ((text, other), (other, text), (other, other)):
        assert answer(one, two) in ("answered", *SHARED)


def test_everything_is_said_in_both_languages() -> None:
    keys = {f"example.{example.name}" for example in WIDGET.examples} | {f"field.{n}" for n in Inputs.model_fields}
    keys |= {f"compare.{order}" for order in ("less", "equal", "greater")}
    keys |= {f"rule.{rule}" for rule in get_args(Rule)} | {f"caution.{caution}" for caution in get_args(Caution)}
    assert keys <= WORDS.keys()
    for example in WIDGET.examples:
        outcome = run(Inputs(**example.inputs))
        for said in (outcome.verdict, outcome.why):
            assert all(WORDS.text(language, said.key, **said.values) for language in LANGUAGES)
