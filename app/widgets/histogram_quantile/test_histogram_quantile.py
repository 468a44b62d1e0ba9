"""What the room `histogram-quantile` promises."""

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.histogram_quantile.buckets import go_float, read_buckets
from app.widgets.histogram_quantile.model import Bucket, almost_equal, bucket_quantile, divide, mend, search
from app.widgets.histogram_quantile.widget import WIDGET, Inputs, run

FOLDER = Path(__file__).parent
CASES = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))
WORDS = words_beside(__file__)
REFUSALS = {
    "bucket-line",
    "bucket-labels",
    "bucket-number",
    "bucket-nan",
    "bucket-groups",
    "bucket-many",
    "bucket-none",
    "bucket-json",
    "bucket-matrix",
    "bucket-native",
    "bucket-summary",
}


def asked() -> list[Any]:
    return [
        pytest.param(case["buckets"], str(ask), id=f"{case['name']}: {ask}") for case in CASES for ask in case["asks"]
    ]


def lines(buckets: str) -> str:
    return "\n".join(word.replace(":", " ") for word in buckets.split())


@pytest.mark.parametrize(("buckets", "ask"), asked())
def test_the_value_is_that_of_prometheus(buckets: str, ask: str) -> None:
    q, _, expected = ask.partition(" = ")
    value, _, forced = expected.partition(" ")

    outcome = run(Inputs(q=q, buckets=lines(buckets)))

    assert outcome.forced_monotonic == bool(forced)
    wanted = float(value)
    assert str(outcome.value) == str(wanted) or math.isclose(outcome.value, wanted, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("q", "buckets", "case", "rank", "steps"),
    [
        ("0.9", "1 5\n+Inf 10", "highest", 9.0, ["sum.total", "sum.rank", "sum.highest"]),
        ("0.5", "1 5\n+Inf 10", "inside", 5.0, ["sum.total", "sum.rank", "sum.first", "sum.value"]),
        ("0.6", "1 5\n2 8\n+Inf 10", "inside", 6.0, ["sum.total", "sum.rank", "sum.bucket", "sum.value"]),
        ("0.5", "0 5\n+Inf 10", "lowest", 5.0, ["sum.total", "sum.rank", "sum.lowest"]),
        ("0.5", "1 0\n+Inf 0", "empty", None, ["sum.total", "sum.empty"]),
        ("0.5", "+Inf 10", "few", None, ["sum.few"]),
        ("0.5", "1 5\n2 10", "no-inf", None, ["sum.no-inf"]),
        ("2", "1 5\n+Inf 10", "q-outside", None, ["sum.q-outside"]),
    ],
)
def test_the_derivation_follows_the_case(q: str, buckets: str, case: str, rank: float | None, steps: list[str]) -> None:
    outcome = run(Inputs(q=q, buckets=buckets))

    assert (outcome.case, outcome.rank) == (case, rank)
    assert [step.key for step in outcome.steps] == steps


def test_the_bucket_tells_how_far_the_value_may_be_off() -> None:
    outcome = run(Inputs())

    assert outcome.bucket
    assert (outcome.bucket.index, outcome.bucket.lower, outcome.bucket.upper) == (2, 0.5, 1.0)
    assert (outcome.bucket.below, outcome.bucket.count, outcome.bucket.share) == (60.0, 100.0, 0.75)
    assert outcome.why.values == {"lower": "0.5", "upper": "1"}


def test_the_first_bucket_empty_and_q_0_is_nothing_by_nothing() -> None:
    outcome = run(Inputs(q="0", buckets="1 0\n2 5\n+Inf 5"))

    assert math.isnan(outcome.value)
    assert outcome.why.key == "why.zero-by-zero"


def test_counts_are_mended_in_the_open() -> None:
    mended = mend([Bucket(1, 20), Bucket(2, 10), Bucket(3, 30), Bucket(3, 5), Bucket(4, 35 + 1e-11), Bucket(5, 40)])

    assert [(b.given, b.count, b.own) for b in mended] == [
        (20, 20, 20),
        (10, 20, 0),
        (35, 35, 15),
        (35 + 1e-11, 35, 0),
        (40, 40, 5),
    ]
    assert [b.is_lifted for b in mended] == [False, True, False, False, False]
    assert [b.is_evened for b in mended] == [False, False, False, True, False]
    assert [len(b.counts) for b in mended] == [1, 1, 2, 1, 1]


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1.0, 1.0, True),
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.0 + 3e-12, False),
        (0.0, 5e-324, True),
        (2.0, 1.0, False),
        (2.0**-1000, 2.0**-1000 * (1 + 1e-13), True),
        (0.0, 3e-320, False),
        (0.0, 1e-300, False),
        (5e-324, 1e-323, True),
        (math.nan, math.nan, True),
        (math.nan, 1.0, False),
        (math.inf, math.inf, True),
        (math.inf, 1.0, False),
        (1.7e308, 1.7e308 * (1 - 1e-13), True),
    ],
)
def test_almost_equal_is_relative_to_the_sum(a: float, b: float, equal: bool) -> None:
    assert almost_equal(a, b, 1e-12) == equal


@pytest.mark.parametrize(
    ("a", "b", "quotient"),
    [
        (1.0, 4.0, 0.25),
        (1.0, 0.0, math.inf),
        (1.0, -0.0, -math.inf),
        (-1.0, 0.0, -math.inf),
        (-1.0, -0.0, math.inf),
    ],
)
def test_division_by_zero_has_the_sign_of_both(a: float, b: float, quotient: float) -> None:
    assert divide(a, b) == quotient


def test_zero_by_zero_is_no_number() -> None:
    assert math.isnan(divide(0.0, 0.0))
    assert math.isnan(divide(math.nan, 0.0))


def test_the_search_asks_nothing_of_nobody() -> None:
    assert search(0, lambda _: True) == 0
    assert search(1, lambda _: True) == 0
    assert search(1, lambda _: False) == 1


def test_the_search_halves_as_go_does() -> None:
    asked_for: list[int] = []

    def holds(i: int) -> bool:
        asked_for.append(i)
        return i in (1, 5)

    assert search(8, holds) == 8
    assert asked_for == [4, 6, 7]


@pytest.mark.parametrize(
    ("inputs", "note"),
    [
        ({"buckets": "1 5\n2 4\n+Inf 5"}, "note.forced"),
        ({"buckets": "1 5\n1.0 4\n+Inf 50"}, "note.merged"),
        ({"buckets": "1 5\nabc 4\n+Inf 50"}, "note.ignored"),
        ({"buckets": "1 NaN\n2 4\n+Inf 50"}, "note.nan"),
        ({"buckets": "1 40\n+Inf 50"}, "note.ceiling"),
        ({"q": "1.5"}, "note.q-outside"),
    ],
)
def test_a_trap_is_pointed_out(inputs: dict[str, str], note: str) -> None:
    assert note in [said.key for said in run(Inputs(**inputs)).notes]


def test_the_ceiling_is_the_share_below_the_highest_finite_bound() -> None:
    outcome = run(Inputs(q="0.5", buckets="1 40\n+Inf 50"))

    assert outcome.notes[0].values == {"q": "0.8", "highest": "1", "beyond": "10"}
    assert run(Inputs()).notes == ()


@pytest.mark.parametrize(
    ("buckets", "q"),
    [
        ("1 40\n2 40\n+Inf 50", "0.8"),
        ("1 40\n+Inf 41", "0.9756097561"),
        ("1 40\n2 50\n+Inf 50", None),
        ("1 0\n+Inf 0", None),
        ("1 4\n2 5", None),
    ],
)
def test_there_is_a_ceiling_only_where_something_lies_beyond_the_finite_bounds(buckets: str, q: str | None) -> None:
    notes = [note.values["q"] for note in run(Inputs(q="0.5", buckets=buckets)).notes if note.key == "note.ceiling"]

    assert notes == ([q] if q else [])


def test_an_unreadable_bound_is_named_with_its_line() -> None:
    pasted = read_buckets("1 5\n\nabc 7\n+Inf 10")

    assert [(line.line, line.le) for line in pasted.ignored] == [(3, "abc")]
    assert pasted.buckets == (Bucket(1, 5), Bucket(math.inf, 10))


@pytest.mark.parametrize(
    "text",
    [
        "0.5 3\n+Inf 4",
        "0.5,3\n+Inf，4",
        'le="0.5" 3\nle="+Inf" 4',
        '{le="0.5"} 3\n{le="+Inf"} 4',
        'x_bucket{le="0.5"} 3 1435781430781\nx_bucket{le="+Inf"} 4 1435781430781',
        '# HELP x S.\nx_bucket{p="a,\\"c",le="0.5",} 3\nx_bucket{le="+Inf", p="a,\\"c"} 4\nx_sum{p="/"} 1\nx_count 4',
        '{le="0.5"} 3 @1435781430.781\n{le="+Inf"} 4 @1435781430.781',
    ],
)
def test_buckets_may_be_pasted_as_they_are_printed(text: str) -> None:
    assert read_buckets(text).buckets == (Bucket(0.5, 3), Bucket(math.inf, 4))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1_23.50_0_0e+1_2", 1.235e14),
        ("0x1p-2", 0.25),
        ("0x_1.8p1", 3.0),
        ("+Inf", math.inf),
        ("-infinity", -math.inf),
        ("1e-400", 0.0),
        ("1e400", None),
        ("0x1p9999", None),
        ("1__0", None),
        ("_1", None),
        ("0x1", None),
        ("+nan", None),
        (" 1", None),
        ("", None),
        ("１", None),
    ],
)
def test_bounds_are_read_as_go_reads_floats(text: str, value: float | None) -> None:
    assert go_float(text) == value


@pytest.mark.parametrize(
    ("inputs", "code", "field", "line"),
    [
        ({"buckets": "1 2\n3"}, "bucket-line", "buckets", 2),
        ({"buckets": "1 2 3"}, "bucket-line", "buckets", 1),
        ({"buckets": "1 x"}, "bucket-number", "buckets", 1),
        ({"buckets": "1 1e999"}, "bucket-number", "buckets", 1),
        ({"buckets": "1 1_0"}, "bucket-number", "buckets", 1),
        ({"buckets": "nan 2"}, "bucket-nan", "buckets", 1),
        ({"buckets": '# TYPE x summary\nx{quantile="0.5"} 2\nx_sum 3\nx_count 4'}, "bucket-summary", "buckets", 2),
        ({"buckets": '{job="a"} => {count:10, sum:5, (0.5,1]:8} @[1700000000]'}, "bucket-native", "buckets", 1),
        ({"buckets": "{count:10, sum:5, [-0.001,0.001]:2, (0.001,1]:8}"}, "bucket-native", "buckets", 1),
        ({"buckets": "{le=1} 2"}, "bucket-labels", "buckets", 1),
        ({"buckets": '{le="1" a="b"} 2'}, "bucket-labels", "buckets", 1),
        ({"buckets": 'x{le="1"} 2\ny{le="2"} 3'}, "bucket-groups", "buckets", 2),
        ({"buckets": 'x{a="1",le="1"} 2\n\nx{a="2",le="1"} 3'}, "bucket-groups", "buckets", 3),
        ({"buckets": "1 1\n" * 10_001}, "bucket-many", "buckets", 10_001),
        ({"buckets": ""}, "bucket-none", "buckets", None),
        ({"buckets": "abc 7"}, "bucket-none", "buckets", None),
        ({"q": "half"}, "bucket-number", "q", None),
        ({"q": ""}, "bucket-number", "q", None),
    ],
)
def test_what_cannot_be_read_is_refused(inputs: dict[str, str], code: str, field: str, line: int | None) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(**inputs))

    assert (refusal.value.code, refusal.value.field, refusal.value.line) == (code, field, line)


def test_the_picture_leads_from_the_rank_to_the_value() -> None:
    picture = run(Inputs()).drawing

    assert picture
    assert picture.way
    assert picture.found == picture.columns[2]
    assert [mark.text for mark in picture.bounds] == ["0", "0.1", "0.5", "1", "+Inf"]
    assert [mark.text for mark in picture.counts if mark.is_main] == ["90"]
    assert picture.way.x == picture.found.x + picture.found.width * 0.75


@pytest.mark.parametrize("buckets", ["1 NaN\n+Inf 4", "1 0\n+Inf 0", "1 -3\n+Inf -1", "1 2\n+Inf +Inf"])
def test_what_cannot_be_piled_up_is_not_drawn(buckets: str) -> None:
    assert run(Inputs(buckets=buckets)).drawing is None


def test_of_many_buckets_those_around_the_rank_are_shown() -> None:
    outcome = run(Inputs(q="0.5", buckets="\n".join(f"{i} {i}" for i in range(1, 1000)) + "\n+Inf 1000"))

    assert outcome.drawing
    assert (len(outcome.drawing.columns), outcome.drawing.left_out) == (32, 968)
    assert outcome.drawing.found
    assert (len(outcome.rows), outcome.unlisted) == (60, 940)
    assert [row.le for row in outcome.rows if row.is_found] == ["500"]


@st.composite
def histograms(draw: st.DrawFn) -> list[Bucket]:
    bounds = sorted(draw(st.sets(st.integers(1, 500), min_size=1, max_size=8)))
    own = draw(st.lists(st.integers(0, 50), min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    counts = [sum(own[: i + 1]) for i in range(len(own))]
    return [Bucket(float(b), float(c)) for b, c in zip([*bounds, math.inf], counts, strict=True)]


@settings(deadline=None)
@given(histograms(), st.floats(0.001, 1))
def test_the_value_lies_in_its_bucket(buckets: list[Bucket], q: float) -> None:
    quantile = bucket_quantile(q, buckets)

    if quantile.bucket:
        assert quantile.bucket.lower <= quantile.value <= quantile.bucket.upper
        assert quantile.bucket.below < (quantile.rank or 0) <= quantile.bucket.count


@settings(deadline=None)
@given(histograms(), st.floats(0.001, 1), st.floats(0.001, 1))
def test_a_higher_q_never_gives_less(buckets: list[Bucket], p: float, q: float) -> None:
    low, high = bucket_quantile(min(p, q), buckets).value, bucket_quantile(max(p, q), buckets).value

    assert math.isnan(low) or low <= high * (1 + 1e-12)


@settings(deadline=None)
@given(histograms(), st.floats(0.001, 1), st.sampled_from([0.25, 4.0, 1024.0]))
def test_only_ratios_of_counts_matter(buckets: list[Bucket], q: float, factor: float) -> None:
    scaled = [Bucket(bucket.upper, bucket.count * factor) for bucket in buckets]

    assert str(bucket_quantile(q, scaled).value) == str(bucket_quantile(q, buckets).value)


@settings(deadline=None)
@given(histograms(), st.floats(0, 1), st.randoms())
def test_the_order_of_the_lines_does_not_matter(buckets: list[Bucket], q: float, luck: Any) -> None:
    shuffled = buckets.copy()
    luck.shuffle(shuffled)

    assert str(bucket_quantile(q, shuffled)) == str(bucket_quantile(q, buckets))


def test_no_observations_beyond_minus_infinity_have_no_ceiling() -> None:
    assert run(Inputs(buckets="-Inf -Inf\n+Inf 0")).case == "empty"


def outcome_of(inputs: dict[str, str]) -> str:
    try:
        run(Inputs(**inputs))
    except Refusal as refusal:
        return refusal.code
    return "answered"


numerals = st.sampled_from(["NaN", "+Inf", "-Inf", "0", "-1", "1e308", "-1e308", "5e-324", "7", "1e16", "0.5"])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(numerals.filter(lambda le: le != "NaN"), numerals), min_size=1, max_size=6), numerals)
def test_no_numbers_are_too_strange(buckets: list[tuple[str, str]], q: str) -> None:
    text = "\n".join(f"{le} {count}" for le, count in buckets)

    assert outcome_of({"q": q, "buckets": text}) == "answered"


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet='0123456789.eE+-{}="lexINaf_#, \\\n', max_size=60), st.text(max_size=12))
def test_rubbish_is_refused_and_nothing_else(one: str, other: str) -> None:
    for inputs in ({"buckets": one}, {"q": one}, {"buckets": other}, {"q": other}):
        assert outcome_of(inputs) in {"answered", *REFUSALS}


@pytest.mark.parametrize("text", ["{" * 300_000, '{le="' + "\\\\" * 200_000, "1" * 1_000_000 + " 1", "x" * 1_000_000])
def test_a_long_line_is_answered_at_once(text: str) -> None:
    assert outcome_of({"buckets": text}) in {"answered", *REFUSALS}


def test_everything_is_said_in_both_languages() -> None:
    assert {f"refusal.{code}" for code in REFUSALS} <= WORDS.keys()
    assert {f"example.{example.name}" for example in WIDGET.examples} <= WORDS.keys()
    for ask in asked():
        buckets, question = ask.values
        outcome = run(Inputs(q=str(question).partition(" = ")[0], buckets=lines(str(buckets))))
        assert f"case.{outcome.case}" in WORDS
        for said in (outcome.verdict, outcome.why, *outcome.steps, *outcome.notes):
            for language in LANGUAGES:
                assert WORDS.text(language, said.key, **said.values)


@pytest.mark.parametrize(
    "buckets",
    [
        'm_bucket{le="1"} 8 # {trace_id="a1"} 0.5\nm_bucket{le="2"} 10 # {trace_id="b2"} 1.5 1700000000.5\n'
        'm_bucket{le="+Inf"} 10',
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"le":"1"},"value":[0,"8"]},'
        '{"metric":{"le":"2"},"value":[0,"10"]},{"metric":{"le":"+Inf"},"value":[0,"10"]}]}}',
        'Element | Value\n-- | --\n{le="1"} | 8\n{le="2"} | 10\n{le="+Inf"} | 10\n',
        '| Element | Value |\n|---|---|\n| m_bucket{le="1"} | 8 |\n| m_bucket{le="2"} | 10 |\n'
        '| m_bucket{le="+Inf"} | 10 |',
        '{le="1"} => 8 @[1700000000]\n{le="2"} => 10 @[1700000000]\n{le="+Inf"} => 10 @[1700000000]\n',
        '{le="1"} 8\n{le="2"} 10 <== here\n{le="+Inf"} 10\n',
        'm_bucket{le="1"} 8 1700000000000\nm_bucket{le="2"} 10 1700000000000\nm_bucket{le="+Inf"} 10 1700000000000',
        "1 | 8\n2 | 10\n+Inf | 10",
        'sum(rate(m_bucket[5m])) by (le)\n\n[\n {"metric": {"le": "1"}, "value": [0, "8"]},\n'
        ' {"metric": {"le": "2"}, "value": [0, "10"]},\n {"metric": {"le": "+Inf"}, "value": [0, "10"]}\n]',
        '$ curl -s localhost/metrics | grep m_bucket\nm_bucket{le="1"} 8\nm_bucket{le="2"} 10\nm_bucket{le="+Inf"} 10',
        '"le","Value"\n"1","8"\n"2","10"\n"+Inf","10"\n',
        '"1";8\n"2";10\n"+Inf";10\n',
    ],
    ids=[
        *("exemplars", "api", "console", "markdown", "promtool", "notes", "timestamps", "columns", "query", "prompt"),
        *("csv", "csv with semicolons"),
    ],
)
def test_buckets_are_read_as_people_paste_them(buckets: str) -> None:
    assert run(Inputs(q="0.9", buckets=buckets)).value == 1.5


@pytest.mark.parametrize(
    ("buckets", "code"),
    [
        ('{"result":[{"metric":{"le":"1"},"values":[[0,"1"]]}]}', "bucket-matrix"),
        ('{"result":[{"metric":{},"histogram":[0,{"count":"1"}]}]}', "bucket-native"),
        ('{"result":[', "bucket-json"),
        ('{"result":[1]}', "bucket-json"),
        ('m_bucket{le="1"} 8 9 10', "bucket-line"),
        ('m_bucket{le="1" 8', "bucket-labels"),
    ],
)
def test_what_is_pasted_instead_is_called_by_its_name(buckets: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(q="0.9", buckets=buckets))

    assert refusal.value.code == code
    for language in LANGUAGES:
        assert WORDS.text(language, f"refusal.{code}", **refusal.value.values)


def test_the_warning_about_q_is_the_servers() -> None:
    """With a hyphen, as Go prints it."""
    (note,) = [note for note in run(Inputs(q="-1")).notes if note.key == "note.q-outside"]

    assert "got -1" in WORDS.text("en", note.key, **note.values)
