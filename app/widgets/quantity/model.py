"""How the API server reads one quantity, step by step, and how it compares with another.

The reading itself is app.kube.quantity; here it is taken apart for a reader. Source of every rule:
kubernetes/apimachinery pkg/api/resource/quantity.go, suffix.go and amount.go (v0.37).
"""

from typing import Literal

from app.kube.digits import grouped
from app.kube.quantity import MAX_INT64, NANO, Quantity, Scanned, decimal_text, parse_quantity, scan_quantity
from app.record import dataclass

Rule = Literal[
    "no-digits",
    "number",
    "power",
    "wrapped",
    "nano",
    "capped",
    "value",
    "value-up",
    "value-below-zero",
    "value-overflow",
    "canonical",
]
Caution = Literal[
    "negative",
    "fraction-of-a-byte",
    "milli-memory",
    "no-digits",
    "printed-as-written",
    "value-overflow",
    "beyond-64-bits",
    "stored-as-another",
]
Order = Literal["less", "equal", "greater"]


@dataclass(frozen=True)
class Step:
    """One line of the derivation: the rule that says why, and the sum in figures."""

    rule: Rule
    sum: str


BAR_WIDTH = 398
"""Of a drawing 400 units wide."""


@dataclass(frozen=True)
class Bar:
    """A quantity drawn to the scale of the larger one; `width` in drawing units, at most BAR_WIDTH."""

    text: str
    amount: str
    width: float


@dataclass(frozen=True)
class Comparison:
    """How two quantities stand to each other, by their exact amounts; `difference` is signed decimal text."""

    other: str
    other_exact: str
    order: Order
    difference: str
    difference_shown: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Writing:
    """The same amount written with one suffix, exactly."""

    suffix: str
    text: str


def derive(text: str) -> tuple[Step, ...]:
    """From the text to Value() and the canonical form, a line for each rule that applied."""
    scanned, quantity = scan_quantity(text), parse_quantity(text)
    return tuple(_number_steps(scanned) + _amount_steps(scanned, quantity) + _value_steps(quantity))


def _number_steps(scanned: Scanned) -> list[Step]:
    number = _number(scanned)
    rule: Rule = "number" if scanned.num + scanned.denom else "no-digits"
    steps = [Step(rule, f"{number} · {scanned.suffix or '—'}")]
    if scanned.format == "DecimalExponent" and int(scanned.suffix[1:]) != scanned.exponent:
        steps.append(Step("wrapped", f"{int(scanned.suffix[1:])} mod 2³² = {scanned.exponent}"))
    return steps


def _amount_steps(scanned: Scanned, quantity: Quantity) -> list[Step]:
    product = _product(scanned)
    shown = f"{_number(scanned)} × {scanned.base}{superscript(scanned.exponent)}"
    if quantity.nano == 0 or product is None:
        amount = grouped(quantity.decimal) if product is not None or not quantity.nano else "< 0.000000001"
        return [Step("power", f"{shown} = {amount}"), *_nano_step(product, quantity)]
    steps = [Step("power", f"{shown} = {grouped(exact_text(*product))}")]
    if scanned.format == "BinarySI" and abs(quantity.nano) == MAX_INT64 * NANO != abs(product[0]) * NANO:
        sign = "−" if quantity.nano < 0 else ""
        shown = f"{sign}(2⁶³ − 1)" if sign else "2⁶³ − 1"
        return [*steps, Step("capped", f"{shown} = {sign}{grouped(str(MAX_INT64))}")]
    return steps + _nano_step(product, quantity)


def _nano_step(product: tuple[int, int] | None, quantity: Quantity) -> list[Step]:
    """The step that rounds what is finer than a billionth away from zero, if it did anything."""
    if product is not None and product[0] * NANO == quantity.nano * 10 ** product[1]:
        return []
    return [Step("nano", f"→ {grouped(quantity.decimal)}")]


def _value_steps(quantity: Quantity) -> list[Step]:
    rule: Rule = "value" if quantity.nano % NANO == 0 else "value-up" if quantity.nano > 0 else "value-below-zero"
    if not quantity.is_value_right:
        rule = "value-overflow"
    return [
        Step(rule, f"Value() = {grouped(str(quantity.value))}"),
        Step("canonical", f"{quantity.text} → {quantity.canonical}"),
    ]


def _number(scanned: Scanned) -> str:
    point = f".{scanned.denom}" if scanned.denom else ""
    return f"{scanned.sign if scanned.sign == '-' else ''}{scanned.num or '0'}{point}"


def _product(scanned: Scanned) -> tuple[int, int] | None:
    """Number times power as (whole, decimal places), exact; None where a tiny exponent would need a long number."""
    mantissa = int(scanned.num + scanned.denom or "0") * (-1 if scanned.sign == "-" else 1)
    places = len(scanned.denom)
    if scanned.base == 2:
        return mantissa << scanned.exponent, places
    places -= scanned.exponent
    if mantissa == 0:
        return 0, 0
    if places > 40:
        return None
    return (mantissa, places) if places >= 0 else (mantissa * int(10**-places), 0)


def exact_text(whole: int, places: int) -> str:
    """`whole` ÷ 10^`places` as decimal text."""
    digits = str(abs(whole)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".") if places else digits
    return f"-{text}" if whole < 0 else text


def superscript(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def find_cautions(text: str) -> tuple[Caution, ...]:
    """What would surprise the writer of this quantity (warnings: kubernetes v1.36 pkg/api/pod/warnings.go)."""
    scanned, quantity = scan_quantity(text), parse_quantity(text)
    found: list[Caution] = []
    if not scanned.num + scanned.denom:
        found.append("no-digits")
    if quantity.nano < 0:
        found.append("negative")
    if quantity.nano % NANO:
        found.append("milli-memory" if scanned.suffix == "m" else "fraction-of-a-byte")
    if quantity.printed != quantity.canonical:
        found.append("printed-as-written")
    if not quantity.fits:
        found.append("beyond-64-bits")
    elif not quantity.is_value_right:
        found.append("value-overflow")
    if parse_quantity(quantity.printed).nano != quantity.nano:
        found.append("stored-as-another")
    return tuple(found)


def compare(text: str, other: str) -> Comparison:
    """By exact amount, as Quantity.Cmp does: formats do not matter, `1` equals `1000m`."""
    here, there = parse_quantity(text), parse_quantity(other)
    difference = here.nano - there.nano
    largest = max(abs(here.nano), abs(there.nano)) or 1
    return Comparison(
        other=other,
        other_exact=there.decimal,
        order="equal" if difference == 0 else "greater" if difference > 0 else "less",
        difference=decimal_text(difference),
        difference_shown=grouped(decimal_text(abs(difference))),
        bars=tuple(
            Bar(quantity.text, grouped(quantity.decimal), round(BAR_WIDTH * abs(quantity.nano) / largest, 1))
            for quantity in (here, there)
        ),
    )


def find_twin(text: str) -> str:
    """The quantity that is easily confused with this one: `1G` and `1Gi`; without a suffix, nothing."""
    scanned = scan_quantity(text)
    if scanned.format == "BinarySI":
        twin = scanned.suffix.removesuffix("i").replace("K", "k")
    elif scanned.format == "DecimalSI" and scanned.exponent > 0:
        twin = scanned.suffix.replace("k", "K") + "i"
    else:
        return ""
    return text.removesuffix(scanned.suffix) + twin


_SUFFIXES = (
    *((name, 1024**power) for power, name in enumerate(("Ki", "Mi", "Gi", "Ti"), 1)),
    *((name, 1000**power) for power, name in enumerate(("k", "M", "G", "T"), 1)),
)


def write_with_suffixes(quantity: Quantity) -> tuple[Writing, ...]:
    """The amount in every common suffix whose number needs at most nine decimal places."""
    writings = [Writing("m", grouped(decimal_text(quantity.nano * 1000)))]
    for suffix, size in _SUFFIXES:
        number, rest = divmod(quantity.nano * NANO, size * NANO)
        if not rest and number:
            writings.append(Writing(suffix, grouped(decimal_text(number))))
    return tuple(writings)
