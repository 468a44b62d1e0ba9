"""Quantities: the real parser's answers, its oddities, and properties that hold for every text."""

import re
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from app.kube.quantity import (
    LENGTH_LIMIT,
    MAX_INT64,
    NANO,
    Quantity,
    decimal_text,
    format_bytes,
    in_resource_list,
    is_quantity,
    parse_quantity,
    read_quantity,
    scan_quantity,
)
from app.kube.refusal import Refusal
from tests.soon import soon

PARSER = "kubernetes/apimachinery v0.37 pkg/api/resource/quantity_test.go"

# text, exact amount, Value(), canonical form, format. Source of the first block: TestQuantityParse in PARSER;
# of the rest: arithmetic with the rules of quantity.go and suffix.go.
READS = """
0                       0                       0                      0                     DecimalSI
0Mi                     0                       0                      0                     BinarySI
0e0                     0                       0                      0                     DecimalExponent
7Ki                     7168                    7168                   7Ki                   BinarySI
7Mi                     7340032                 7340032                7Mi                   BinarySI
7Gi                     7516192768              7516192768             7Gi                   BinarySI
7Pi                     7881299347898368        7881299347898368       7Pi                   BinarySI
7Ei                     8070450532247928832     8070450532247928832    7Ei                   BinarySI
0n                      0                       0                      0                     DecimalSI
0u                      0                       0                      0                     DecimalSI
0Ti                     0                       0                      0                     BinarySI
0T                      0                       0                      0                     DecimalSI
100Ti                   109951162777600         109951162777600        100Ti                 BinarySI
1048576Ti               1152921504606846976     1152921504606846976    1Ei                   BinarySI
50k                     50000                   50000                  50k                   DecimalSI
300T                    300000000000000         300000000000000        300T                  DecimalSI
1e13                    10000000000000          10000000000000         10e12                 DecimalExponent
1e14                    100000000000000         100000000000000        100e12                DecimalExponent
1.3E+6                  1300000                 1300000                1300e3                DecimalExponent
1.53E12                 1530000000000           1530000000000          1530e9                DecimalExponent
1.7E18                  1700000000000000000     1700000000000000000    1700e15               DecimalExponent
0.5e-1                  0.05                    1                      50e-3                 DecimalExponent
0.0005k                 0.5                     1                      500m                  DecimalSI
0.00050k                0.5                     1                      500m                  DecimalSI
.0001k                  0.1                     1                      100m                  DecimalSI
0.05000                 0.05                    1                      50m                   DecimalSI
9.01                    9.01                    10                     9010m                 DecimalSI
6.987654321G            6987654321              6987654321             6987654321            DecimalSI
300.2T                  300200000000000         300200000000000        300200G               DecimalSI
1.01E                   1010000000000000000     1010000000000000000    1010P                 DecimalSI
1.1E-9                  0.000000002             1                      2e-9                  DecimalExponent
0.00000000050           0.000000001             1                      1n                    DecimalSI
0.00000012345           0.000000124             1                      124n                  DecimalSI
0.00000012354           0.000000124             1                      124n                  DecimalSI
9223372036854775807Ki   9223372036854775807     9223372036854775807    9223372036854775807   BinarySI
0.025Ti                 27487790694.4           27487790695            27487790694400m       BinarySI
5n                      0.000000005             1                      5n                    DecimalSI
5u                      0.000005                1                      5u                    DecimalSI
5m                      0.005                   1                      5m                    DecimalSI
5                       5                       5                      5                     DecimalSI
5k                      5000                    5000                   5k                    DecimalSI
5M                      5000000                 5000000                5M                    DecimalSI
5G                      5000000000              5000000000             5G                    DecimalSI
5T                      5000000000000           5000000000000          5T                    DecimalSI
5P                      5000000000000000        5000000000000000       5P                    DecimalSI
5E                      5000000000000000000     5000000000000000000    5E                    DecimalSI
1e2                     100                     100                    100                   DecimalExponent
1E9                     1000000000              1000000000             1e9                   DecimalExponent
12.5e-3                 0.0125                  1                      12500e-6              DecimalExponent
100.035M                100035000               100035000              100035k               DecimalSI
0.001k                  1                       1                      1                     DecimalSI
1.5                     1.5                     2                      1500m                 DecimalSI
1.5Ki                   1536                    1536                   1536                  BinarySI
2.5Ki                   2560                    2560                   2560                  BinarySI
0.5Ki                   512                     512                    512                   BinarySI
0.0001Ki                0.1024                  1                      102400u               DecimalSI
0.0009765625Ki          1                       1                      1                     BinarySI
0.5Mi                   524288                  524288                 512Ki                 BinarySI
0.05Gi                  53687091.2              53687092               53687091200m          BinarySI
1023                    1023                    1023                   1023                  DecimalSI
1024                    1024                    1024                   1024                  DecimalSI
1048576Ki               1073741824              1073741824             1Gi                   BinarySI
1000Mi                  1048576000              1048576000             1000Mi                BinarySI
9Ei                     9223372036854775807     9223372036854775807    9223372036854775807   BinarySI
8191Pi                  9222246136947933184     9222246136947933184    8191Pi                BinarySI
8192Pi                  9223372036854775807     9223372036854775807    9223372036854775807   BinarySI
9223372036854775807     9223372036854775807     9223372036854775807    9223372036854775807   DecimalSI
0.1n                    0.000000001             1                      1n                    DecimalSI
0.9999999991            1                       1                      1                     DecimalSI
1.0000000001            1.000000001             2                      1000000001n           DecimalSI
123456789012345678.9    123456789012345678.9    123456789012345679     123456789012345678900m DecimalSI
0.000000000001Ki        0.000000002             1                      2n                    DecimalSI
1e-9                    0.000000001             1                      1e-9                  DecimalExponent
1e-10                   0.000000001             1                      1e-9                  DecimalExponent
1e-999                  0.000000001             1                      1e-9                  DecimalExponent
0e999                   0                       0                      0                     DecimalExponent
1e4294967299            1000                    1000                   1e3                   DecimalExponent
+.                      0                       0                      0                     DecimalSI
-                       0                       0                      0                     DecimalSI
.                       0                       0                      0                     DecimalSI
Ti                      0                       0                      0                     BinarySI
u                       0                       0                      0                     DecimalSI
e9                      0                       0                      0                     DecimalExponent
.k                      0                       0                      0                     DecimalSI
1.G                     1000000000              1000000000             1G                    DecimalSI
000000000000000000001   1                       1                      1                     DecimalSI
-5                      -5                      -5                     -5                    DecimalSI
-1.5                    -1.5                    -2                     -1500m                DecimalSI
-0.5Ki                  -512                    -512                   -512                  BinarySI
-1Ki                    -1024                   -1024                  -1Ki                  BinarySI
-100.035Ki              -102435.84              -102434                -102435840m           BinarySI
-2.5k                   -2500                   -2500                  -2500                 DecimalSI
-2n                     -0.000000002            -1                     -2n                   DecimalSI
-1.5n                   -0.000000002            1                      -2n                   DecimalSI
"""

REFUSED = {
    "quantity-empty": [""],
    "quantity-format": [
        *("aoeu", "1.1.1", "1.1.M", "1+1.0", "1+1.0M", "1e5e5", "Non-Numeric", "0.1am", "1e1k"),
        *("1,000", "1,000Mi", "Inf", "NaN", "1_000", "0x1", "1\u0661", "½", 'memory: "512MB"', "50%"),
    ],
    "quantity-meant": ["1,5", "1,5Gi", '"500m"', "'2'", "memory: 512Mi", 'cpu: "0.5"', "\uff15\uff11\uff12Mi"],
    "quantity-suffix": [
        *("1i", ".5i", "1in", "-3.01i", "-3.01e-", "1e+", "1Ki5", "1KiKi", "1kM", "1mm", "--5", "+-5", "1+5"),
    ],
    "quantity-unit": ["1KB", "1Kb", "1GiB", "512mb", "512MB", "1K", "2g", "3gi", "1mi", "0.1mi", "1pib", "1e"],
    "quantity-space": [" 1", "1 ", "1 Gi", "\t5", "5\n"],
    "quantity-numeric": ["Pi", "Ei", "e-10", "+Ei", ".Pi", "e-500"],
    "quantity-exponent": ["1e1001", "1e-1000001", "1e2000000000", "0e-2000000000", "1e2147483648"],
    "quantity-long": ["1" * (LENGTH_LIMIT + 1), "0." + "0" * LENGTH_LIMIT],
}  # fmt: skip


@pytest.mark.parametrize("row", READS.strip().splitlines(), ids=lambda row: row.split()[0])
def test_reads_as_the_api_server_does(row: str) -> None:
    text, exact, value, canonical, form = row.split()

    quantity = parse_quantity(text)

    assert quantity.decimal == exact
    assert str(quantity.value) == value
    assert quantity.canonical == canonical
    assert quantity.format == form


@pytest.mark.parametrize("row", READS.strip().splitlines(), ids=lambda row: row.split()[0])
def test_a_sign_changes_nothing_else(row: str) -> None:
    """TestQuantityParse asks every case again with `+` and with `-`; below zero there is no cap but a refusal."""
    text = row.split()[0]
    if text[0] in "+-":
        return
    bare = parse_quantity(text)

    assert (parse_quantity("+" + text).nano, parse_quantity("+" + text).format) == (bare.nano, bare.format)
    if is_quantity("-" + text):
        assert (parse_quantity("-" + text).nano, parse_quantity("-" + text).format) == (-bare.nano, bare.format)
    else:
        assert bare.value > MAX_INT64 // NANO


# What String() gives back: TestQuantityString and TestQuantityParseEmit in PARSER, their alternates.
PRINTS = """
307200Ki=300Mi 1025024Mi=1001Gi 1024Gi=1Ti 1001Gi=1001Gi 6Ki=6Ki 5000m=5 0.5=500m 1000M=1G 0.001T=1G 1000000k=1G
1000u=1m 80m=80m 1.08=1080m 1080000000n=1080m 300M=300M 1E=1E 1234567M=1234567M 1234567m=1234567m 3k=3k 1025=1025
.001e12=1e9 0.001e0=1e-3 1000e-12=1e-9 80e-3=80e-3 300e6=300e6 3e3=3e3 00=0 80n=80n 1080n=1080n 1080u=1080u
.001Ki=1024m .000001Ki=1024u .000000001Ki=1024n .000000000001Ki=2n -1024Mi=-1Gi -1000M=-1G -.001Ki=-1024m
"""


@pytest.mark.parametrize("pair", PRINTS.split())
def test_what_goes_in_one_form_comes_out_in_another(pair: str) -> None:
    text, printed = pair.split("=")

    assert parse_quantity(text).printed == printed


@pytest.mark.parametrize("pair", ["100m>50m", "10000T>100Gi", "800m>0.79", "9.02>9.01", "1>-10", "1.000000001>1"])
def test_the_order_is_that_of_the_exact_amounts(pair: str) -> None:
    """TestQuantityCmp and TestQuantityCmpInt64AndDec in PARSER."""
    more, less = pair.split(">")

    assert parse_quantity(more).exact > parse_quantity(less).exact


@pytest.mark.parametrize(("code", "text"), [(code, text) for code in REFUSED for text in REFUSED[code]])
def test_refuses_with_a_reason(code: str, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_quantity(text)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "binary", "decimal"),
    [
        ("512mb", "512Mi", "512M"),
        ("16 GB", "16Gi", "16G"),
        ("1.5GiB", "1.5Gi", "1.5G"),
        ("1K", "1Ki", "1k"),
        ("-2kb", "-2Ki", "-2k"),
    ],
)
def test_an_unknown_unit_names_the_two_that_may_be_meant(text: str, binary: str, decimal: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_quantity(text)

    assert (refused.value.values["binary"], refused.value.values["decimal"]) == (binary, decimal)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("1.500", "1.500"),
        ("+1", "+1"),
        ("1.", "1."),
        ("1E3", "1E3"),
        ("0001Ki", "0001Ki"),
        ("8Ki", "8Ki"),
        ("1024Mi", "1Gi"),
        ("1000m", "1"),
        ("1.5", "1500m"),
        ("1000", "1k"),
        ("00", "0"),
        ("1.001n", "2n"),
        ("1000000000000000001", "1000000000000000001"),
        ("100000000000000001", "100000000000000001"),
        ("12.125", "12.125"),
        ("0.125", "125m"),
        ("7000", "7k"),
        ("123456789012345.500", "123456789012345.500"),
        ("1234567890123456.500", "1234567890123456500m"),
    ],
)
def test_what_the_api_server_prints_back(text: str, printed: str) -> None:
    """ParseQuantity keeps the text where its own test of canonical form passes; String() then repeats it."""
    assert parse_quantity(text).printed == printed


@pytest.mark.parametrize(
    ("text", "milli"), [("100m", 100), ("0.1", 100), ("1", 1000), ("1u", 1), ("2500u", 3), ("-1500u", -2)]
)
def test_milli_rounds_up_as_millivalue_does(text: str, milli: int) -> None:
    assert parse_quantity(text).milli == milli


@pytest.mark.parametrize("pair", ["1 1000m", "0.1 100m", "1Gi 1024Mi", "1e3 1k", "0 0Gi"])
def test_equality_is_by_exact_amount(pair: str) -> None:
    one, other = map(parse_quantity, pair.split())

    assert one.exact == other.exact


def test_1g_is_not_1gi() -> None:
    assert parse_quantity("1Gi").nano - parse_quantity("1G").nano == 73_741_824 * NANO


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (1023, "1023"), (1024, "1Ki"), (1536, "1536"), (2**30, "1Gi"), (MAX_INT64, str(MAX_INT64))],
)
def test_bytes_are_printed_in_the_binary_family(count: int, text: str) -> None:
    assert format_bytes(count) == text


def test_the_pieces_of_a_text() -> None:
    scanned = scan_quantity("-01.50e+3")

    assert (scanned.sign, scanned.num, scanned.denom, scanned.suffix) == ("-", "01", "50", "e+3")
    assert (scanned.base, scanned.exponent, scanned.format) == (10, 3, "DecimalExponent")


def test_no_text_takes_long() -> None:
    """Upstream's own printing runs for minutes on some of these."""
    texts = (
        "1e2000000000",
        "1e-2000000000",
        "1e-1000",
        "9" * LENGTH_LIMIT,
        "0." + "9" * 250,
        "1e" + "9" * 250,
    )

    soon(lambda: [answer(text) for text in texts], 3.0)


AT_THE_LIMITS = """
text                                        Value()           MilliValue()  String()
-9.5Gi                                 8246196746          8246196745710  -9728Mi
-.1Ki                                        -101                -102400  -102400m
-9Ei                         -9223372036854775807                   1000  -9223372036854775807
-10Ei                        -9223372036854775807                   1000  -9223372036854775807
9Ei                           9223372036854775807                  -1000  9223372036854775807
-.484785E-7466                                  1                      1  -1e-9
.484785E-7466                                   1                      1  1e-9
2000E                                           0                      0  2
-2000E                                          0                      0  -2
12E                                             0                      0  12E
-12E                                            0                      0  -12E
9999999999P                                     0                      0  9999999999P
1e-1001                                         1                      1  1e-9
-1E-2000                                        1                      1  -1e-9
9223372036854775808          -9223372036854775808                      0  9223372036854775808
-9223372036854775808                            0                      0  -9223372036854775808
-9223372036854775809                           -1                  -1000  -9223372036854775809
1e19                                            0                      0  10e18
1e1000                                          0                      0  10e999
-9.3G                                 -9300000000         -9300000000000  -9300M
-9.2233720369Gi                        8543223760          8543223759378  -9903520314331601306n
-1.5Ei                                          0                      0  -1536Pi
-0.5n                                           1                      1  -1n
10000Ti                         10995116277760000   -7451627795949551616  10000Ti
1E                            1000000000000000000                      0  1E
-1E                          -1000000000000000000                      0  -1E
9E                            9000000000000000000                      0  9E
-9.5Ti                                -4503318151         -4503318152392  -9728Gi
99999999999999999k            7766279631452240920     200376420519689664  99999999999999999k
12345678901234567M            4807115922876968896   -7484280361224075776  12345678901234567M
12345678901234567G           -7484280361224075776                      0  12345678901234567G
-0.000000000000001Ki                            1                      1  -1n
0e5                                             0                      0  0
-0                                              0                      0  0
+0                                              0                      0  0
9007199254740993T                               0                      0  9007199254740993T
"""


@pytest.mark.parametrize("row", AT_THE_LIMITS.strip().splitlines()[1:], ids=lambda row: row.split()[0])
def test_at_the_limits_it_overflows_as_the_real_parser_does(row: str) -> None:
    """What k8s.io/apimachinery v0.36.3 itself gave for these texts."""
    text, value, milli, printed = row.split()

    quantity = parse_quantity(text)

    assert (quantity.value, quantity.milli, quantity.printed) == (int(value), int(milli), printed)


@pytest.mark.parametrize("text", ["9223372036854775808", "12E", "1e19", "1e1000", "9999999999P"])
def test_a_field_of_a_form_takes_no_more_than_64_bits(text: str) -> None:
    quantity = parse_quantity(text)

    with pytest.raises(Refusal) as refused:
        read_quantity(text, field="memory")

    assert (refused.value.code, refused.value.field) == ("quantity-overflow", "memory")
    assert refused.value.values["value"] == quantity.value


@pytest.mark.parametrize("text", ["-12E", "-9.5Gi", "-9Ei", "1e-1001"])
def test_below_zero_and_near_zero_nothing_is_refused(text: str) -> None:
    assert read_quantity(text, field="memory").text == text


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1n", "1m"), ("1.0001", "1001m"), ("1e-9", "1e-3"), ("-1n", "-1m"), ("500m", "500m"), ("1Gi", "1Gi"), ("0", "0")],
)
def test_a_resource_list_keeps_thousandths(written: str, kept: str) -> None:
    """RoundUp(-3) of k8s.io/apimachinery v0.36.3."""
    assert in_resource_list(parse_quantity(written)).printed == kept


# --- properties -------------------------------------------------------------------------------------

suffixes = st.sampled_from(["", *"numkMGTPE", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E-2", "e+0", "e9"])
numbers = st.from_regex(r"[+-]?[0-9]{0,12}(\.[0-9]{0,12})?", fullmatch=True)
quantities = st.builds(lambda number, suffix: number + suffix, numbers, suffixes)

UNIT = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def answer(text: str) -> Quantity | None:
    """The quantity, or None when the text is refused; anything else raised fails the test."""
    try:
        return parse_quantity(text)
    except Refusal:
        return None


def exact_of(text: str) -> Fraction:
    """The amount by plain fractions, without limits, rounding or caps."""
    number, suffix = re.fullmatch(r"([+-]?[0-9.]*)(.*)", text).groups()  # type: ignore[union-attr]
    sign = -1 if number.startswith("-") else 1
    whole, _, part = number.lstrip("+-").partition(".")
    amount = sign * Fraction(int(whole + part or "0"), 10 ** len(part))
    if suffix.endswith("i"):
        return amount * Fraction(1024) ** ("KMGTPE".index(suffix[0]) + 1)
    power = int(suffix[1:]) if suffix[1:] else UNIT.get(suffix, 0)
    return Fraction(amount * Fraction(10) ** power)


@given(quantities)
@example("9223372036854775807000m")
@example("-0.0000000001")
@settings(deadline=None)
def test_the_amount_is_exact_up_to_a_billionth_and_the_cap(text: str) -> None:
    quantity = answer(text)
    assume(quantity is not None)
    assert quantity is not None
    true = exact_of(text)

    if quantity.format == "BinarySI" and abs(true) > MAX_INT64:
        assert abs(quantity.exact) == MAX_INT64
    else:
        assert abs(quantity.exact) - abs(true) < Fraction(1, NANO)
        assert abs(quantity.exact) >= abs(true)


@given(quantities)
@settings(deadline=None)
def test_reading_what_is_printed_changes_nothing(text: str) -> None:
    """Beyond 10²¹ there is no suffix to print, and another amount is read back."""
    quantity = answer(text)
    assume(quantity is not None and abs(quantity.nano) < 10**21 * NANO)
    assert quantity is not None

    for printed in (quantity.canonical, quantity.printed):
        again = parse_quantity(printed)
        assert again.nano == quantity.nano
        assert again.canonical == quantity.canonical or again.format != quantity.format
    assert parse_quantity(quantity.canonical).canonical == quantity.canonical


@given(quantities)
@settings(deadline=None)
def test_value_is_the_next_whole_number(text: str) -> None:
    quantity = answer(text)
    assume(quantity is not None and 0 <= quantity.nano <= MAX_INT64 * NANO // 1000)
    assert quantity is not None

    assert quantity.is_value_right
    assert quantity.value - 1 < quantity.exact <= quantity.value
    assert quantity.milli - 1 < quantity.exact * 1000 <= quantity.milli
    assert 0 <= quantity.value <= MAX_INT64


@given(st.integers(0, MAX_INT64))
@settings(deadline=None)
def test_whole_bytes_come_back(count: int) -> None:
    assert parse_quantity(format_bytes(count)).value == count
    assert parse_quantity(str(count)).value == count


@given(st.integers(-(10**30), 10**30))
@settings(deadline=None)
def test_decimal_text_is_the_amount(nano: int) -> None:
    assert Fraction(decimal_text(nano)) == Fraction(nano, NANO)


@given(st.text(max_size=30))
@example("1e" + "9" * 40)
@example("١")
@settings(deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    quantity = answer(text)

    assert quantity is None or text.isascii()


@given(st.text(alphabet="0123456789.+-eEinumkKMGTP \u0660", max_size=14))
@settings(deadline=None)
def test_almost_quantities_are_read_or_refused(text: str) -> None:
    answer(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("1,5Gi", "1.5Gi"), ('"500m"', "500m"), ("requests.memory: 512Mi", "512Mi"), ("\uff15\uff11\uff12Mi", "512Mi")],
)
def test_what_is_meant_is_named_where_only_one_thing_can_be(text: str, meant: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_quantity(text)

    assert refused.value.values["meant"] == meant
