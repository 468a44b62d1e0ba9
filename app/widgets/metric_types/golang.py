"""How Go prints and reads what stands in a scrape: %q, strconv.ParseFloat, and the label values of OpenMetrics."""

import math
import re
from decimal import Decimal

from app.kube.matcher import go_quote

_DECIMAL = re.compile(rb"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:inf|infinity))|(?i:nan)")
_HEX = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+")
_UNDERSCORED = re.compile(r"[0-9]_[0-9]")
_ESCAPE = re.compile(rb'\\(["\\n])')
_PLAIN_ESCAPES = {b"n": b"\n"}


class GoError(ValueError):
    """What a function of Go's strconv answers instead of a value; its text is Go's."""


def quote(raw: bytes) -> str:
    """%q of bytes: characters as they are, what is not UTF-8 as `\\xff`."""
    parts, at = [], 0
    while at < len(raw):
        try:
            parts.append(go_quote(raw[at:].decode())[1:-1])
            break
        except UnicodeDecodeError as error:
            parts.append(go_quote(raw[at : at + error.start].decode())[1:-1])
            parts.append(f"\\x{raw[at + error.start]:02x}")
            at += error.start + 1
    return '"' + "".join(parts) + '"'


def parse_float(raw: bytes) -> float:
    """A sample's value. model/textparse, parseFloat: what Go read before hexadecimal digits and underscores."""
    if any(char in raw for char in b"pP_"):
        raise GoError("unsupported character in float")
    if not _DECIMAL.fullmatch(raw):
        raise GoError(f"strconv.ParseFloat: parsing {quote(raw)}: invalid syntax")
    value = float(raw)
    if math.isinf(value) and b"inf" not in raw.lower():
        raise GoError(f"strconv.ParseFloat: parsing {quote(raw)}: value out of range")
    return value


def parse_timestamp(raw: bytes) -> int:
    """Milliseconds of the text format, 64 bits."""
    value = int(raw) if len(raw) < 1000 else 2**63
    if value >= 2**63:
        raise GoError(f"strconv.ParseInt: parsing {quote(raw)}: value out of range")
    return value


def parse_bound(text: str) -> float | None:
    """strconv.ParseFloat as it is today, for `le` and `quantile`; None where it reports an error."""
    if _HEX.fullmatch(text):
        try:
            return float.fromhex(text)
        except OverflowError:
            return None
    plain = text
    while _UNDERSCORED.search(plain):
        plain = _UNDERSCORED.sub(lambda found: found[0].replace("_", ""), plain)
    raw = plain.encode("utf-8", "surrogatepass")
    if not _DECIMAL.fullmatch(raw):
        return None
    value = float(raw)
    return None if math.isinf(value) and b"inf" not in raw.lower() else value


def print_openmetrics(value: float) -> str:
    """A number as OpenMetrics wants it: `1.0` for 1. model/labels/float.go, FormatOpenMetricsFloat.

    Go's %g with as few digits as tell it from its neighbours: an exponent below 1e-4 and from 1e6 on.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0:
        return "0.0"
    sign, digits, power = Decimal(repr(value)).normalize().as_tuple()
    figures = "".join(map(str, digits))
    exponent = int(power) + len(figures) - 1
    minus = "-" if sign else ""
    if not -4 <= exponent < 6:
        fraction = f".{figures[1:]}" if len(figures) > 1 else ""
        return f"{minus}{figures[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    text = format(Decimal(repr(value)).normalize(), "f")
    return text if "." in text else f"{text}.0"


def unescape(raw: bytes) -> bytes:
    """Label values and quoted names: `\\n`, `\\"` and `\\\\` mean something, other backslashes themselves."""
    return _ESCAPE.sub(lambda found: _PLAIN_ESCAPES.get(found[1], found[1]), raw) if b"\\" in raw else raw


def unescape_help(raw: bytes) -> bytes:
    return re.sub(rb"\\([\\n])", lambda found: _PLAIN_ESCAPES.get(found[1], found[1]), raw)


def text_of(raw: bytes) -> str:
    """For people; what is not UTF-8 becomes a sign for it."""
    return raw.decode("utf-8", "replace")
