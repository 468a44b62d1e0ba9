"""Kubernetes quantities exactly as the API server reads them: `512Mi`, `100m`, `1e3`.

Follows kubernetes/apimachinery `pkg/api/resource/quantity.go`, `suffix.go`, `amount.go`, `scale_int.go`
(v0.37): a hand-written scanner of ASCII, an exact amount in whole nano-units, and one of three formats. What
that code gets wrong silently (a value that does not fit 64 bits) is refused here.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from app.kube.kept import kept_if_short
from app.kube.refusal import Refusal

Format = Literal["DecimalSI", "BinarySI", "DecimalExponent"]

LENGTH_LIMIT = 256
"""Longest text that is looked at; the real parser has no limit."""

EXPONENT_LIMIT = 1000
"""Largest power of ten that is looked at; the real parser computes with any and then runs for minutes."""

NANO = 10**9
MAX_INT64 = 2**63 - 1

_FAST_DIGITS = 18
"""Digits that surely fit an int64 (`maxInt64Factors`); longer numbers take the big-decimal path."""

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIX = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIX = {exponent: suffix for suffix, exponent in _BINARY.items()}

# Sign, digits, a fraction, then suffix letters with at most one sign and digits behind them.
_SCANNER = re.compile(r"(?P<sign>[+-]?)(?P<num>[0-9]*)(?:\.(?P<denom>[0-9]*))?(?P<suffix>[eEinumkKMGTP]*[+-]?[0-9]*)")

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")

# What people write for a unit that does not exist, and the two that they may have meant.
_MEANT = {
    unit + tail: (letter, letter.upper() + "i")
    for unit, letter in {"k": "k", "m": "M", "g": "G", "t": "T", "p": "P", "e": "E"}.items()
    for tail in ("", "b", "i", "ib")
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact amount. `value` and `milli` are rounded up as the API server's Value() and MilliValue() are.

    `canonical` is the form of CanonicalizeBytes; `printed` is what the API server gives back, which is the
    text as it was written where ParseQuantity believes it to be canonical already (`1.500`, `+1`).
    """

    text: str
    nano: int
    format: Format
    value: int
    milli: int
    canonical: str
    printed: str

    @property
    def exact(self) -> Fraction:
        return Fraction(self.nano, NANO)

    @property
    def decimal(self) -> str:
        """The exact amount as decimal text: `0.004`, `102435.84`."""
        return decimal_text(self.nano)


@dataclass(frozen=True, slots=True)
class Scanned:
    """The pieces of a quantity's text: sign, digits before and after the point, suffix and what it stands for."""

    sign: str
    num: str
    denom: str
    suffix: str
    base: int
    exponent: int
    format: Format


def scan_quantity(text: str) -> Scanned:
    """Cut a text into its pieces without computing; parseQuantityString and suffixer.interpret."""
    sign, num, denom, suffix = _scan(text)
    return Scanned(sign, num, denom, suffix, *_interpret(text, suffix))


@kept_if_short(4096)
def parse_quantity(text: str) -> Quantity:
    """Read one quantity; raises Refusal (`quantity-*`) with the text and, if it can be told, what was meant.

    Source: ParseQuantity and parseQuantityString, apimachinery pkg/api/resource/quantity.go (v0.37).
    """
    scanned = scan_quantity(text)
    sign, num, denom = scanned.sign, scanned.num, scanned.denom
    base, exponent, form = scanned.base, scanned.exponent, scanned.format
    digits = num.lstrip("0") or "0"
    mantissa = int(num + denom or "0")
    fast = _takes_fast_path(digits, denom, base, exponent, mantissa)
    if not fast and not num + denom:
        raise Refusal("quantity-numeric", text=text)
    nano = _nano(text, mantissa, len(denom), base, exponent)
    if not fast and form == "BinarySI":
        nano = min(nano, MAX_INT64 * NANO)
        if 0 < nano < NANO:
            form = "DecimalSI"
    if nano > MAX_INT64 * NANO or (sign == "-" and not fast and mantissa and nano > MAX_INT64):
        raise Refusal("quantity-overflow", text=text, limit=MAX_INT64)
    if sign == "-":
        nano = -nano
    canonical = _canonical(nano, form)
    keeps_text = fast and _reuses_text(digits + denom, form, base, exponent - len(denom), mantissa)
    return Quantity(
        text=text,
        nano=nano,
        format=form,
        value=_scaled(nano, NANO, fast),
        milli=_scaled(nano, NANO // 1000, fast),
        canonical=canonical,
        printed=text if keeps_text else canonical,
    )


def read_quantity(text: str, *, field: str, where: str = "", line: int | None = None) -> Quantity:
    """parse_quantity for a text of a form; the refusal names its place."""
    try:
        return parse_quantity(text)
    except Refusal as refusal:
        raise refusal.located(field=field, where=where, line=line) from None


def is_quantity(text: str) -> bool:
    """Whether parse_quantity takes the text."""
    try:
        parse_quantity(text)
    except Refusal:
        return False
    return True


def decimal_text(nano: int) -> str:
    """Whole nano-units as decimal text without an exponent or needless zeros."""
    whole, fraction = divmod(abs(nano), NANO)
    text = f"{whole}.{fraction:09}".rstrip("0").rstrip(".")
    return "-" + text if nano < 0 else text


def format_bytes(count: int) -> str:
    """A number of bytes in the canonical binary form, `512Mi`; exact, as the API server would print it."""
    return _canonical(count * NANO, "BinarySI")


def _scan(text: str) -> tuple[str, str, str, str]:
    if not text:
        raise Refusal("quantity-empty")
    if len(text) > LENGTH_LIMIT:
        raise Refusal("quantity-long", limit=LENGTH_LIMIT)
    found = _SCANNER.fullmatch(text)
    if found:
        return found["sign"], found["num"], found["denom"] or "", found["suffix"]
    if any(c.isspace() for c in text):
        raise _spaced(text, "".join(text.split()))
    letters = text.lstrip("+-0123456789.")
    if letters.lower() in _MEANT and _NUMBER.fullmatch(text.removesuffix(letters)):
        raise _unknown_suffix(text, letters)
    raise Refusal("quantity-format", text=text)


def _spaced(text: str, joined: str) -> Refusal:
    """Spaces are the mistake where the text without them is a quantity; else what is wrong with that text."""
    try:
        parse_quantity(joined)
    except Refusal as refusal:
        return Refusal(refusal.code, **{**refusal.values, "text": text}) if joined else Refusal("quantity-empty")
    return Refusal("quantity-space", text=text, meant=joined)


def _interpret(text: str, suffix: str) -> tuple[int, int, Format]:
    """Base, exponent and format of a suffix; suffix.go. Exponents wrap at 32 bits as they do there."""
    if suffix in _DECIMAL:
        return 10, _DECIMAL[suffix], "DecimalSI"
    if suffix in _BINARY:
        return 2, _BINARY[suffix], "BinarySI"
    power = re.fullmatch(r"[eE]([+-]?[0-9]+)", suffix)
    if not power or not -(2**63) <= int(power[1]) <= MAX_INT64:
        raise _unknown_suffix(text, suffix)
    exponent = (int(power[1]) + 2**31) % 2**32 - 2**31
    if abs(exponent) > EXPONENT_LIMIT:
        raise Refusal("quantity-exponent", text=text, limit=EXPONENT_LIMIT)
    return 10, exponent, "DecimalExponent"


def _unknown_suffix(text: str, suffix: str) -> Refusal:
    if suffix.lower() not in _MEANT:
        return Refusal("quantity-suffix", text=text, suffix=suffix)
    number = text.removesuffix(suffix)
    decimal, binary = _MEANT[suffix.lower()]
    return Refusal("quantity-unit", text=text, suffix=suffix, binary=number + binary, decimal=number + decimal)


def _takes_fast_path(digits: str, denom: str, base: int, exponent: int, mantissa: int) -> bool:
    """Whether ParseQuantity keeps an int64 or a big decimal: they differ in caps and rounding below zero."""
    if base == 10:
        return len(digits) + len(denom) <= _FAST_DIGITS and exponent - len(denom) >= -9
    # 1Mi has about six decimal digits: exponent*3/10, in the source's float32, which is exact here.
    return not denom and 15 - len(digits) - exponent * 3 // 10 - 1 >= 0 and mantissa << exponent <= MAX_INT64


def _nano(text: str, mantissa: int, places: int, base: int, exponent: int) -> int:
    """The magnitude in nano-units, a fraction of one rounded up; numbers stay small whatever the exponent."""
    if base == 2:
        return -(-(mantissa << exponent) * NANO // _power_of_ten(places))
    shift = exponent - places + 9
    if not mantissa:
        return 0
    if shift >= 0:
        if len(str(mantissa)) + shift > 40:
            raise Refusal("quantity-overflow", text=text, limit=MAX_INT64)
        return mantissa * _power_of_ten(shift)
    return -(-mantissa // _power_of_ten(min(-shift, LENGTH_LIMIT)))


def _power_of_ten(exponent: int) -> int:
    return int(10**exponent)


def _scaled(nano: int, unit: int, fast: bool) -> int:
    """Rounded up to whole units of `unit` nano: ScaledValue.

    Below zero the big-decimal path truncates and adds one, which is the wrong way (scale_int.go).
    """
    whole, rest = divmod(abs(nano), unit)
    if nano >= 0:
        return whole + bool(rest)
    return -whole - bool(rest) if fast else -whole + bool(rest)


def _canonical(nano: int, form: Format) -> str:
    """The largest suffix that leaves no fraction; CanonicalizeBytes."""
    if nano == 0:
        return "0"
    whole, rest = divmod(abs(nano), NANO)
    sign = "-" if nano < 0 else ""
    if form == "BinarySI" and whole >= 1024 and not rest:
        exponent = 0
        while whole % 1024 == 0:
            whole, exponent = whole // 1024, exponent + 10
        return f"{sign}{whole}{_BINARY_SUFFIX.get(exponent, '')}"
    amount, exponent = abs(nano), -9
    while amount % 1000 == 0:
        amount, exponent = amount // 1000, exponent + 3
    if form == "DecimalExponent":
        return f"{sign}{amount}e{exponent}" if exponent else f"{sign}{amount}"
    return f"{sign}{amount}{_DECIMAL_SUFFIX[exponent]}"


def _reuses_text(shifted: str, form: Format, base: int, scale: int, mantissa: int) -> bool:
    """Whether ParseQuantity keeps the text as its printed form: its approximate test of canonical form."""
    if base == 2:
        return form == "BinarySI" and mantissa & 7 != 0
    return scale % 3 == 0 and not shifted.endswith("000") and not shifted.startswith("0")
