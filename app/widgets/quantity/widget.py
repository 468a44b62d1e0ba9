"""The room `quantity`: type `512Mi` or `100m`, see what the API server makes of it."""

from typing import Annotated

from app.kube.digits import grouped
from app.kube.quantity import Quantity, is_quantity, parse_quantity, read_quantity, scan_quantity
from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgetkit.contract import Example, Form, Line, Say, Widget
from app.widgets.quantity.model import (
    Caution,
    Comparison,
    Step,
    Writing,
    compare,
    derive,
    find_cautions,
    find_twin,
    write_with_suffixes,
)


class Inputs(Form):
    text: Annotated[str, Line(24)] = "512Mi"
    compare_with: Annotated[str, Line(24)] = ""


@dataclass(frozen=True)
class Outcome:
    """The quantity as the API server holds it. `value` and `exact` are text, since they may not fit a float."""

    exact: str
    value: str
    canonical: str
    format: str
    printed: str
    milli: str
    verdict: Say
    why: Say
    steps: tuple[Step, ...]
    cautions: tuple[Caution, ...]
    comparison: Comparison | None
    comparison_is_twin: bool
    writings: tuple[Writing, ...]


def run(inputs: Inputs) -> Outcome:
    quantity = _read(inputs.text)
    other = inputs.compare_with or _twin(inputs.text)
    if other:
        read_quantity(other, field="compare_with")
    return Outcome(
        exact=quantity.decimal,
        value=str(quantity.value),
        canonical=quantity.canonical,
        format=quantity.format,
        printed=quantity.printed,
        milli=str(quantity.milli),
        verdict=Say("verdict", {"text": quantity.text, "exact": grouped(quantity.decimal)}),
        why=Say(f"why.{quantity.format}", {"cores": grouped(quantity.decimal)}),
        steps=derive(inputs.text),
        cautions=find_cautions(inputs.text),
        comparison=compare(inputs.text, other) if other else None,
        comparison_is_twin=not inputs.compare_with,
        writings=write_with_suffixes(quantity),
    )


def _read(text: str) -> Quantity:
    """The quantity as ParseQuantity reads it.

    Above 64 bits that is an answer for a decimal suffix, which people do write (`2000E`), and a refusal for plain
    numbers and exponents: scripts rely on it.
    """
    try:
        has_suffix = scan_quantity(text).suffix and parse_quantity(text).format == "DecimalSI"
    except Refusal as refusal:
        raise refusal.located(field="text") from None
    return parse_quantity(text) if has_suffix else read_quantity(text, field="text")


def _twin(text: str) -> str:
    """The look-alike to compare with, unless it does not fit 64 bits (`9300P` beside a capped `9300Pi`)."""
    twin = find_twin(text)
    return twin if is_quantity(twin) else ""


_PARSER = "kubernetes/apimachinery v0.37 pkg/api/resource/quantity.go"

WIDGET = Widget(
    slug="quantity",
    form=Inputs,
    run=run,
    subject="oom-and-qos",
    examples=(
        Example(
            "mebibytes",
            {"text": "512Mi"},
            {
                "exact": "536870912",
                "value": "536870912",
                "canonical": "512Mi",
                "format": "BinarySI",
                "comparison.order": "greater",
                "comparison.difference": "24870912",
            },
            f"{_PARSER}, ParseQuantity; 512 × 2^20",
        ),
        Example(
            "millicores",
            {"text": "0.1", "compare_with": "100m"},
            {"exact": "0.1", "value": "1", "canonical": "100m", "milli": "100", "comparison.order": "equal"},
            f"{_PARSER}, Cmp compares exact amounts",
        ),
        Example(
            "milli-memory",
            {"text": "128974848000m"},
            {"exact": "128974848", "value": "128974848", "canonical": "128974848", "format": "DecimalSI"},
            "kubernetes website, concepts/configuration/manage-resources-containers, the example under Memory",
        ),
        Example(
            "fraction",
            {"text": "0.05Gi"},
            {"exact": "53687091.2", "value": "53687092", "canonical": "53687091200m"},
            f"{_PARSER}, CanonicalizeBytes: a fraction leaves the binary family",
        ),
        Example(
            "exponent",
            {"text": "1E3", "compare_with": "1E"},
            {"exact": "1000", "canonical": "1e3", "format": "DecimalExponent", "comparison.order": "less"},
            "kubernetes/apimachinery v0.37 pkg/api/resource/suffix.go: E alone is 10^18, E3 an exponent",
        ),
        Example(
            "capped",
            {"text": "9Ei"},
            {"exact": "9223372036854775807", "canonical": "9223372036854775807", "format": "BinarySI"},
            f"{_PARSER}, maxAllowed caps the binary family at 2^63-1",
        ),
        Example(
            "bare-suffix",
            {"text": "Ki"},
            {"exact": "0", "value": "0", "canonical": "0", "cautions.0": "no-digits"},
            f"{_PARSER}, parseQuantityString: a numerator that was stripped is 0",
        ),
        Example(
            "written-back",
            {"text": "1.500"},
            {"exact": "1.5", "value": "2", "canonical": "1500m", "printed": "1.500"},
            f"{_PARSER}, ParseQuantity keeps the text when the scale is a multiple of three",
        ),
        Example(
            "below-zero",
            {"text": "-9.5Gi"},
            {"exact": "-10200547328", "value": "8246196746", "canonical": "-9728Mi", "cautions.1": "value-overflow"},
            f"{_PARSER}, Value(), and scale_int.go, scaledValue: it divides the low 64 bits of the billionths",
        ),
    ),
)
