"""Kubernetes quantities exactly as the API server reads them: `512Mi`, `100m`, `1e3`.

Follows kubernetes/apimachinery `pkg/api/resource/quantity.go`, `suffix.go`, `amount.go`, `math.go`, `scale_int.go`
(v0.36 and v0.37): a hand-written scanner of ASCII, an exact amount in whole nano-units, and one of three formats.
`parse_quantity` also gives what that code gets wrong silently (Value() of what does not fit 64 bits);
`read_quantity` refuses an amount above 64 bits, with which no model can reckon.
"""

import re
import unicodedata
from fractions import Fraction
from typing import Literal

from app.kube.kept import kept_if_short
from app.kube.refusal import Refusal
from app.record import dataclass

Format = Literal["DecimalSI", "BinarySI", "DecimalExponent"]

LENGTH_LIMIT = 256
"""Longest text that is looked at; the real parser has no limit."""

EXPONENT_LIMIT = 1000
"""Largest power of ten that is looked at; the real parser takes any, and printing the largest takes it minutes."""

TINY_LIMIT = 1_000_000
"""Smallest power of ten, negated; the real parser rounds what lies below a billionth up to one, in minutes at last."""

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
    """An exact amount. `value` and `milli` are what Value() and MilliValue() return: rounded up, and wrong where
    64 bits do not hold what they compute with.

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
    def fits(self) -> bool:
        """Whether 64 bits hold the amount, whatever Value() makes of it."""
        return abs(self.nano) <= MAX_INT64 * NANO

    @property
    def is_value_right(self) -> bool:
        """Whether Value() is off by its rounding alone, which below zero may be the wrong way; it overflows else."""
        return abs(self.value * NANO - self.nano) < 2 * NANO

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
    nano = _nano(mantissa, len(denom), base, exponent)
    is_capped = not fast and form == "BinarySI" and nano > MAX_INT64 * NANO
    if is_capped:
        nano = MAX_INT64 * NANO
    if not fast and form == "BinarySI" and 0 < nano < NANO:
        form = "DecimalSI"
    if sign == "-":
        nano = -nano
    canonical = _canonical(nano, form)
    if fast:
        power = exponent - len(denom) if base == 10 else 0
        whole = mantissa if base == 10 else mantissa << exponent
        value, milli = (_of_int64(-whole if sign == "-" else whole, power, scale) for scale in (0, -3))
    elif is_capped:
        value, milli = (_of_dec(nano // NANO, 0, places) for places in (0, 3))
    else:
        value, milli = (_of_dec(nano, 9, places) for places in (0, 3))
    return Quantity(
        text=text,
        nano=nano,
        format=form,
        value=value,
        milli=milli,
        canonical=canonical,
        printed=text if keeps_text(text) else canonical,
    )


def keeps_text(text: str) -> bool:
    """Whether ParseQuantity leaves the text as it was in the Quantity, believing it to be canonical (its field `s`)."""
    scanned = scan_quantity(text)
    num, denom, exponent = scanned.num, scanned.denom, scanned.exponent
    digits, mantissa = num.lstrip("0") or "0", int(num + denom or "0")
    if text == "0":
        return True
    fast = _takes_fast_path(digits, denom, scanned.base, exponent, mantissa)
    return fast and _reuses_text(digits + denom, scanned.format, scanned.base, exponent - len(denom), mantissa)


def read_quantity(text: str, *, field: str, where: str = "", line: int | None = None) -> Quantity:
    """parse_quantity for a text of a form, refused above 64 bits; the refusal names its place."""
    try:
        return within_64_bits(parse_quantity(text))
    except Refusal as refusal:
        raise refusal.located(field=field, where=where, line=line) from None


def within_64_bits(quantity: Quantity) -> Quantity:
    """The quantity; Refusal with what the API server makes of it when it is above 2⁶³ − 1."""
    if quantity.nano > MAX_INT64 * NANO:
        raise Refusal(
            "quantity-overflow",
            text=quantity.text,
            limit=MAX_INT64,
            stored=quantity.printed,
            value=quantity.value,
        )
    return quantity


def in_resource_list(quantity: Quantity) -> Quantity:
    """The quantity as a ResourceList keeps it: rounded up to thousandths, away from zero.

    SetDefaults_ResourceList, pkg/apis/core/v1/defaults.go (kubernetes v1.36.3).
    """
    whole, rest = divmod(abs(quantity.nano), NANO // 1000)
    if not rest:
        return quantity
    sign = "-" if quantity.nano < 0 else ""
    return parse_quantity(f"{sign}{whole + 1}{'e-3' if quantity.format == 'DecimalExponent' else 'm'}")


def quantity_of_nano(nano: int, form: str) -> Quantity:
    """A computed amount as a quantity, in the given family."""
    whole, rest = divmod(min(nano, MAX_INT64 * NANO), NANO)
    if rest:
        return parse_quantity(f"{nano}n")
    if form == "BinarySI":
        return parse_quantity(f"{whole // 1024}Ki") if whole % 1024 == 0 else parse_quantity(str(whole))
    return parse_quantity(str(whole))


def is_quantity(text: str) -> bool:
    """Whether read_quantity takes the text."""
    try:
        within_64_bits(parse_quantity(text))
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
    if any(c.isspace() for c in text) and not _KEY.match(text):
        raise _spaced(text, "".join(text.split()))
    letters = text.lstrip("+-0123456789.")
    if letters.lower() in _MEANT and _NUMBER.fullmatch(text.removesuffix(letters)):
        raise _unknown_suffix(text, letters)
    if meant := _meant(text):
        raise Refusal("quantity-meant", text=text, meant=meant)
    raise Refusal("quantity-format", text=text)


_KEY = re.compile(r"[A-Za-z][\w./-]{0,80}:\s*")
_COMMA = re.compile(r"([+-]?[0-9]{1,18}),(?![0-9]{3}(?![0-9]))([0-9]{1,18}[A-Za-z]{0,2})")
"""A comma before tenths; before three digits it may divide thousands."""


def _meant(text: str) -> str:
    """The quantity within a line of YAML, quotation marks, other scripts' digits, or with a comma for its point."""
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = _KEY.sub("", plain, count=1).strip("\"'")
    plain = _COMMA.sub(r"\1.\2", plain) if _COMMA.fullmatch(plain) else plain
    return plain if plain != text and is_quantity(plain) else ""


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
    if not -TINY_LIMIT <= exponent <= EXPONENT_LIMIT:
        raise Refusal("quantity-exponent", text=text, limit=EXPONENT_LIMIT, tiny=TINY_LIMIT)
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


def _nano(mantissa: int, places: int, base: int, exponent: int) -> int:
    """The magnitude in nano-units, a fraction of one rounded up."""
    if base == 2:
        return -(-(mantissa << exponent) * NANO // _power_of_ten(places))
    shift = exponent - places + 9
    if not mantissa:
        return 0
    if shift >= 0:
        return mantissa * _power_of_ten(shift)
    return -(-mantissa // _power_of_ten(min(-shift, LENGTH_LIMIT)))


def _power_of_ten(exponent: int) -> int:
    return int(10**exponent)


def _of_int64(amount: int, power: int, scale: int) -> int:
    """`amount` × 10^`power` in units of 10^`scale`, rounded away from zero: AsScaledInt64.

    What does not fit wraps where one multiplication scales it, and else comes to 0 (positiveScaleInt64 in math.go).
    """
    if power < scale:
        whole, rest = divmod(abs(amount), _power_of_ten(scale - power))
        return (whole + bool(rest)) * (-1 if amount < 0 else 1)
    steps = power - scale
    product = amount * _power_of_ten(steps)
    if -MAX_INT64 - 1 <= product <= MAX_INT64:
        return product
    return _int64(product) if steps in (1, 2, 3, 6, 9) else 0


def _of_dec(unscaled: int, places: int, wanted: int) -> int:
    """`unscaled` ÷ 10^`places` in units of 10^-`wanted`: scaledValue in scale_int.go.

    It rounds up above zero; below zero it truncates and adds one, which is the wrong way, and takes the low 64 bits
    before it divides.
    """
    difference = places - wanted
    if difference <= 0:
        return _int64(_int64(unscaled) * _power_of_ten(-difference))
    divisor = _power_of_ten(difference)
    if unscaled < MAX_INT64:
        low = _int64(unscaled)
        whole, rest = divmod(abs(low), divisor)
        return (-whole if low < 0 else whole) + bool(rest)
    whole, rest = divmod(unscaled, divisor)
    return _int64(whole) + bool(rest)


def _int64(number: int) -> int:
    """The low 64 bits as a signed number, as Go converts."""
    return (number + 2**63) % 2**64 - 2**63


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
    # Beyond E there is no suffix, and the real printer then writes none.
    return f"{sign}{amount}{_DECIMAL_SUFFIX.get(exponent, '')}"


def _reuses_text(shifted: str, form: Format, base: int, scale: int, mantissa: int) -> bool:
    """Whether ParseQuantity keeps the text as its printed form: its approximate test of canonical form."""
    if base == 2:
        return form == "BinarySI" and mantissa & 7 != 0
    return scale % 3 == 0 and not shifted.endswith("000") and not shifted.startswith("0")
