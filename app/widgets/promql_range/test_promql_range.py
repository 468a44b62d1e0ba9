"""What the room `promql-range` promises."""

import math
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.promql_range.model import (
    Function,
    Sample,
    Window,
    corrected,
    evaluate,
    extrapolate,
    used_samples,
)
from app.widgets.promql_range.samples import read_duration, read_number, read_samples, write_duration
from app.widgets.promql_range.widget import FUNCTIONS, WIDGET, Inputs, Outcome, run

FOLDER = Path(__file__).parent
CASES = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))
WORDS = words_beside(__file__)
REFUSALS = {
    "range-line",
    "range-time",
    "range-number",
    "range-twice",
    "range-many",
    "range-duration",
    "range-positive",
    "range-json",
    "range-shape",
    "range-number-of-series",
    "range-point",
    "range-instant",
    "range-native",
    "range-notation",
}
ASK = re.compile(r"(\w+)(?:\((\S+)\))? \[(\S+)\] @(\S+)(?: offset (\S+))? = (\S+)")


def lines(series: str) -> str:
    """The samples of a case as a reader would paste them."""
    if spaced := re.fullmatch(r"from (\S+) every (\S+): (.*)", series):
        start, step = Fraction(spaced[1]), Fraction(spaced[2])
        return "\n".join(f"{float(start + i * step)} {value}" for i, value in enumerate(spaced[3].split()))
    return "\n".join(word.replace(":", " ") for word in series.split())


def asked() -> list[Any]:
    return [pytest.param(case["samples"], ask, id=f"{case['name']}: {ask}") for case in CASES for ask in case["asks"]]


def same(got: float | None, expected: str) -> bool:
    if got is None or expected == "none":
        return got is None and expected == "none"
    wanted = float(expected)
    if math.isnan(wanted) or math.isinf(wanted):
        return str(got) == str(wanted)
    return math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-12)


def answer(samples: str, ask: str) -> Outcome:
    found = ASK.fullmatch(ask)
    assert found, ask
    function, q, range_s, at, offset, _ = found.groups()
    inputs = {"function": function, "samples": lines(samples), "range": range_s, "at": at}
    more = {"offset": offset, "q": q}
    return run(Inputs.model_validate(inputs | {name: text for name, text in more.items() if text}))


@pytest.mark.parametrize(("samples", "ask"), asked())
def test_the_value_is_that_of_prometheus(samples: str, ask: str) -> None:
    assert same(answer(samples, ask).value, ask.rpartition(" = ")[2])


def test_a_sample_on_the_left_edge_does_not_count_and_one_on_the_right_does() -> None:
    outcome = run(Inputs(samples="0 1\n30 2\n60 3\n61 4", range="60", at="60"))

    assert [point.role for point in outcome.points] == ["edge", "used", "used", "after"]
    assert [note.key for note in outcome.notes][:1] == ["note.edge"]


def test_each_side_says_how_its_gap_was_filled() -> None:
    outcomes = [run(Inputs(**WIDGET.examples[i].inputs)).extrapolation for i in (0, 2)]

    sides = [(drawn.left, drawn.right) for drawn in outcomes if drawn]
    assert [(left.gap, right.gap) for left, right in sides] == [("all", "all"), ("zero", "half")]
    assert [(left.is_near, left.zero_s) for left, _ in sides] == [(True, 315.0), (False, 0.0)]


def test_a_counter_that_was_0_just_at_the_edge_is_not_clamped() -> None:
    drawn = run(Inputs(samples="15 1\n30 2", range="30", at="30")).extrapolation

    assert drawn
    assert (drawn.left.zero_s, drawn.left.added_s, drawn.left.gap) == (15.0, 15.0, "all")


@pytest.mark.parametrize("function", ["rate", "increase", "delta", "irate", "idelta"])
def test_one_sample_is_not_enough(function: str) -> None:
    outcome = run(Inputs.model_validate({"function": function, "samples": "50 1", "range": "60", "at": "60"}))

    assert (outcome.value, outcome.why.key, len(outcome.steps)) == (None, "why.one", 1)
    assert [note.key for note in outcome.notes] == ["note.two-samples"]


@pytest.mark.parametrize(
    ("function", "falls"),
    [("rate", 1), ("increase", 1), ("irate", 1), ("delta", 0), ("idelta", 0), ("resets", 0)],
)
def test_only_a_counter_is_drawn_with_its_restarts(function: str, falls: int) -> None:
    inputs = {"function": function, "samples": "10 5\n20 9\n30 2", "range": "60", "at": "30"}

    assert len(run(Inputs.model_validate(inputs)).drawing.falls) == falls


def test_a_sample_before_the_window_is_too_old() -> None:
    assert [point.role for point in run(Inputs(samples="0 1\n30 2", range="20", at="30")).points] == ["before", "used"]


def test_the_note_on_the_edge_says_what_prometheus_2_answered() -> None:
    outcome = run(Inputs(function="increase", samples="0 10\n60 20\n120 30", range="2m", at="120"))

    assert outcome.value == 20
    assert outcome.notes[0].values == {"start": "0", "value": "20"}
    assert run(Inputs(samples="0 1", range="60", at="60")).notes[0].key == "note.edge-none"


def test_what_is_lost_by_a_restart_is_added_to_all_that_follows() -> None:
    samples = read_samples("10 5\n20 9\n25 9\n30 2\n40 1\n50 4")

    assert corrected(samples) == (5, 9, 9, 11, 12, 15)


def test_the_derivation_names_each_step() -> None:
    outcome = run(Inputs(**WIDGET.examples[2].inputs))

    assert [step.key for step in outcome.steps] == [
        "sum.window",
        "sum.difference",
        "sum.average",
        "sum.left.half",
        "sum.left.zero",
        "sum.right.half",
        "sum.stretch",
        "sum.increase",
    ]
    assert outcome.steps[-1].values["result"] == "11.25"


def test_a_restart_is_told_with_its_time_and_what_it_lost() -> None:
    outcome = run(Inputs(**WIDGET.examples[1].inputs))

    told = [step for step in outcome.steps if step.key == "sum.reset"]
    assert [step.values for step in told] == [{"at": "67", "before": "535", "after": "3"}]


@pytest.mark.parametrize(
    ("samples", "function", "range_s", "note"),
    [
        ("0 1\n60 2\n120 3", "rate", "60", "note.two-samples"),
        ("0 1\n60 2\n120 3", "rate", "60", "note.range-never"),
        ("0 1\n60 2\n120 3", "rate", "90", "note.range-short"),
        ("30 50\n60 NaN\n90 1\n120 2", "increase", "120", "note.nan-hides"),
        ("30 50\n60 NaN\n90 1\n120 2", "resets", "120", "note.nan-hides"),
        ("30 1\n60 NaN\n90 2\n120 3", "increase", "120", "note.nan"),
        ("90 0\n105 4\n120 8", "increase", "120", "note.zero"),
        ("80 900\n100 910\n120 920", "increase", "120", "note.starts-inside"),
        ("10 1\n20 2\n30 3", "increase", "120", "note.ends-inside"),
        ("30 7\n60 7\n110 8", "increase", "120", "note.fraction"),
        ("60 7\n120 5", "delta", "120", "note.delta-falls"),
        ("30 7\n60 stale\n120 8", "increase", "120", "note.stale"),
    ],
)
def test_a_trap_is_pointed_out(samples: str, function: str, range_s: str, note: str) -> None:
    inputs = {"function": function, "samples": samples, "range": range_s, "at": "120"}
    outcome = run(Inputs.model_validate(inputs))

    assert note in [said.key for said in outcome.notes]


def test_a_plain_minute_has_no_trap() -> None:
    samples = "\n".join(f"{t} {100 + t}" for t in range(0, 91, 15))

    assert run(Inputs(samples=samples, range="60", at="80")).notes == ()


def test_every_function_answers_beside_the_one_asked() -> None:
    outcome = run(Inputs(**WIDGET.examples[1].inputs))

    assert [other.function for other in outcome.others] == list(FUNCTIONS)
    assert [other.function for other in outcome.others if other.is_this] == ["rate"]
    assert outcome.others[0].value == outcome.value


@pytest.mark.parametrize(
    "text",
    [
        "15 7\n30 8",
        "30 8\n15 7",
        "15,7\n30，8",
        "15\t7\n\n  30   8  \n",
        "7 @15\n8 @[30]",
        "7@15\n8 @ 30",
        '[[15,"7"],[30,"8"]]',
        "[[15,7],[30,8]]",
        '{"values":[[15,"7"],[30.0,"8"]]}',
        '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"x"},"values":[[15,"7"],[30,"8"]]}]}}',
    ],
)
def test_samples_may_be_pasted_as_they_are_printed(text: str) -> None:
    assert read_samples(text) == (Sample(15000, 7.0), Sample(30000, 8.0))


def test_times_are_whole_milliseconds_and_values_are_not_rounded() -> None:
    samples = read_samples("1435781430.7814 9007199254740993\n.5 -1e-3")

    assert samples == (Sample(500, -0.001), Sample(1435781430781, 9007199254740992.0))


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("60", 60_000),
        ("5m", 300_000),
        ("1h30m", 5_400_000),
        ("1d", 86_400_000),
        ("500ms", 500),
        ("1m1ms", 60_001),
        ("1.5", 1500),
        ("-5m", -300_000),
        ("1w", 604_800_000),
    ],
)
def test_durations_are_those_of_promql(text: str, milliseconds: int) -> None:
    assert read_duration(text, "range") == milliseconds


@settings(deadline=None)
@given(st.integers(-(10**12), 10**12))
def test_a_written_duration_reads_the_same(milliseconds: int) -> None:
    assert read_duration(write_duration(milliseconds), "range") == milliseconds


@pytest.mark.parametrize(
    ("text", "value"), [("+Inf", math.inf), ("-inf", -math.inf), ("infinity", math.inf), (".5e1", 5.0), ("+3.", 3.0)]
)
def test_values_are_read_as_prometheus_reads_them(text: str, value: float) -> None:
    assert read_number(text, "q") == value


@pytest.mark.parametrize(
    ("inputs", "code", "field", "line"),
    [
        ({"samples": "1 2\n3"}, "range-line", "samples", 2),
        ({"samples": "1 2 3"}, "range-line", "samples", 1),
        ({"samples": "x 2"}, "range-time", "samples", 1),
        ({"samples": "NaN 2"}, "range-time", "samples", 1),
        ({"samples": "1e13 2"}, "range-time", "samples", 1),
        ({"samples": "1 0x1p3"}, "range-number", "samples", 1),
        ({"samples": "1 1_000"}, "range-number", "samples", 1),
        ({"samples": "1 1e999"}, "range-number", "samples", 1),
        ({"samples": "1 -NaN"}, "range-number", "samples", 1),
        ({"samples": "1 ７"}, "range-number", "samples", 1),
        ({"samples": "1 2\n1.0 3"}, "range-twice", "samples", 2),
        ({"samples": "\n".join(f"{i} 1" for i in range(10_001))}, "range-many", "samples", 10_001),
        ({"samples": "[\n[1,"}, "range-json", "samples", 2),
        ({"samples": "[" * 100_000}, "range-shape", "samples", None),
        ({"samples": '{"status":"error"}'}, "paste-error-answer", "samples", None),
        ({"samples": '{"data":7}'}, "range-shape", "samples", None),
        (
            {"samples": '{"result":[{"values":[]},{"values":[]}]}', "series": "3"},
            "range-number-of-series",
            "series",
            None,
        ),
        ({"samples": "[[1]]"}, "range-point", "samples", None),
        ({"samples": "[7]"}, "range-point", "samples", None),
        ({"samples": "[[1,null]]"}, "range-point", "samples", None),
        ({"range": "5 m"}, "range-duration", "range", None),
        ({"range": "m5"}, "range-duration", "range", None),
        ({"range": "30s5m"}, "range-duration", "range", None),
        ({"range": "9" * 14 + "y"}, "range-duration", "range", None),
        ({"range": ""}, "range-duration", "range", None),
        ({"range": "0"}, "range-positive", "range", None),
        ({"range": "-5m"}, "range-positive", "range", None),
        ({"at": "now"}, "range-time", "at", None),
        ({"offset": "yesterday"}, "range-duration", "offset", None),
        ({"q": "half"}, "range-number", "q", None),
    ],
)
def test_what_cannot_be_read_is_refused(inputs: dict[str, str], code: str, field: str, line: int | None) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs.model_validate(inputs))

    assert (refusal.value.code, refusal.value.field, refusal.value.line) == (code, field, line)


def test_ten_thousand_samples_are_answered_and_drawn_sparsely() -> None:
    outcome = run(Inputs(samples="\n".join(f"{i} {i % 7}" for i in range(10_000)), range="3h", at="9999"))

    assert len(outcome.drawing.dots) <= 300
    assert len(outcome.points) == 60
    assert outcome.unlisted == 9940
    assert outcome.drawing.falls == ()


def test_the_picture_shows_the_window_the_restart_and_the_stretch() -> None:
    picture = run(Inputs(**WIDGET.examples[1].inputs)).drawing

    assert [fall.text for fall in picture.falls] == ["+535"]
    assert [part.part for part in picture.parts] == ["added", "seen", "added"]
    assert len(picture.stretched) == 2
    assert picture.lifted
    assert picture.window_range == "[5m]"


def test_no_number_is_drawn_as_a_cross_on_the_floor() -> None:
    picture = run(Inputs(samples="15 1\n30 NaN\n45 +Inf\n60 2", range="60", at="60")).drawing

    assert [dot.is_number for dot in picture.dots] == [True, False, False, True]
    assert picture.stretched == ()


values = st.floats(0, 1e6).map(lambda value: round(value, 3))
series = st.lists(st.tuples(st.integers(1, 20_000), values), min_size=2, max_size=12).map(
    lambda steps: tuple(
        Sample(1000 + sum(step for step, _ in steps[: i + 1]), value) for i, (_, value) in enumerate(steps)
    )
)


def by_fractions(function: Function, used: tuple[Sample, ...], window: Window) -> Fraction:
    """extrapolatedRate once more, in fractions and in other words."""
    times = [Fraction(sample.time_ms, 1000) for sample in used]
    numbers = [Fraction(sample.number) for sample in used]
    rises = [b if function != "delta" and b < a else b - a for a, b in pairwise(numbers)]
    total, span = sum(rises, Fraction()), times[-1] - times[0]
    average = span / (len(used) - 1)
    gaps = [times[0] - Fraction(window.start_ms, 1000), Fraction(window.end_ms, 1000) - times[-1]]
    left, right = (gap if gap < average * Fraction(11, 10) else average / 2 for gap in gaps)
    if function != "delta" and total > 0:
        left = min(left, span * numbers[0] / total)
    result = total * (span + left + right) / span
    return result / Fraction(window.range_ms, 1000) if function == "rate" else result


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["rate", "increase", "delta"]), series, st.integers(0, 60_000), st.integers(0, 60_000))
def test_floats_come_close_to_fractions(
    function: Function, samples: tuple[Sample, ...], before: int, after: int
) -> None:
    window = Window(samples[0].time_ms - 1 - before, samples[-1].time_ms + after)
    drawn = extrapolate(function, samples, window)
    assert drawn
    near = [abs(side.distance_s / drawn.limit_s - 1) for side in (drawn.left, drawn.right)]

    if min(near) > 1e-9:  # at equality, floats and fractions may fall on different sides
        assert math.isclose(drawn.result, float(by_fractions(function, samples, window)), rel_tol=1e-9, abs_tol=1e-6)


@settings(deadline=None)
@given(series, st.integers(0, 30_000), st.integers(0, 30_000))
def test_a_counter_never_loses_and_rate_is_increase_over_range(
    samples: tuple[Sample, ...], before: int, after: int
) -> None:
    window = Window(samples[0].time_ms - 1 - before, samples[-1].time_ms + after)
    increase, rate = evaluate("increase", samples, window, 0), evaluate("rate", samples, window, 0)

    assert increase is not None
    assert rate is not None
    assert increase >= 0
    assert math.isclose(rate * window.range_ms / 1000, increase, rel_tol=1e-12)


@settings(deadline=None)
@given(series, st.integers(-(10**9), 10**9))
def test_moving_everything_in_time_changes_nothing(samples: tuple[Sample, ...], shift: int) -> None:
    window = Window(samples[0].time_ms - 500, samples[-1].time_ms)
    moved = tuple(Sample(sample.time_ms + shift, sample.value) for sample in samples)
    there = Window(window.start_ms + shift, window.end_ms + shift)

    for function in FUNCTIONS:
        assert evaluate(function, used_samples(moved, there), there, 0.7) == evaluate(
            function, used_samples(samples, window), window, 0.7
        )


@settings(deadline=None)
@given(series, st.floats(0, 1))
def test_a_quantile_lies_between_the_extremes(samples: tuple[Sample, ...], q: float) -> None:
    value = evaluate("quantile_over_time", samples, Window(0, 10**6), q)

    numbers = [sample.number for sample in samples]
    assert value is not None
    assert min(numbers) * (1 - 1e-12) - 1e-9 <= value <= max(numbers) * (1 + 1e-12) + 1e-9


def outcome_of(inputs: dict[str, str]) -> str:
    try:
        run(Inputs.model_validate(inputs))
    except Refusal as refusal:
        return refusal.code
    return "answered"


numerals = st.sampled_from(["NaN", "+Inf", "-Inf", "stale", "0", "-1", "1e308", "-1e308", "5e-324", "7", "1e16"])
rows = st.lists(st.tuples(st.integers(0, 100), numerals), max_size=8, unique_by=lambda row: row[0])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(FUNCTIONS),
    rows,
    st.sampled_from(["1ms", "30", "100", "1y"]),
    st.integers(0, 120),
    numerals.filter(lambda word: word != "stale"),
)
def test_no_numbers_are_too_strange(
    function: str, samples: list[tuple[int, str]], range_s: str, at: int, q: str
) -> None:
    text = "\n".join(f"{time} {value}" for time, value in samples)

    assert outcome_of({"function": function, "samples": text, "range": range_s, "at": str(at), "q": q}) == "answered"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet='0123456789.eE+-@[]{}":, nafistle\n', max_size=60), st.text(max_size=12))
def test_rubbish_is_refused_and_nothing_else(one: str, other: str) -> None:
    for inputs in ({"samples": one}, {"range": one, "at": other}, {"at": one, "q": other}, {"offset": one}):
        assert outcome_of(inputs) in {"answered", *REFUSALS}


def test_everything_is_said_in_both_languages() -> None:
    assert {f"refusal.{code}" for code in REFUSALS} <= WORDS.keys()
    assert {f"role.{role}" for role in ("used", "before", "edge", "after", "stale")} <= WORDS.keys()
    for ask in asked():
        samples, question = ask.values
        outcome = answer(str(samples), str(question))
        for said in (outcome.verdict, outcome.why, *outcome.steps, *outcome.notes):
            for language in LANGUAGES:
                assert WORDS.text(language, said.key, **said.values)


TWO = (
    '{"data":{"result":[{"metric":{"a":"1"},"values":[[0,"1"],[15,"2"]]},'
    '{"metric":{"a":"2"},"values":[[0,"1"],[15,"3"]]}]}}'
)


@pytest.mark.parametrize(
    ("samples", "more", "values"),
    [
        (TWO, {}, [1.5 / 60, 3 / 60]),
        ('x{a="1"} =>\n1 @[0]\n2 @[15]\nx{a="2"} =>\n1 @[0]\n3 @[15]\n', {}, [1.5 / 60, 3 / 60]),
        ('x{a="1"}\t1 @0\n2 @15\nx{a="2"}\t1 @0\n3 @15\n', {}, [1.5 / 60, 3 / 60]),
        (TWO, {"series": "2"}, [1.5 / 60, 3 / 60]),
    ],
    ids=["api", "promtool", "console", "chosen"],
)
def test_of_several_series_each_has_a_result_and_one_is_worked_out(
    samples: str, more: dict[str, str], values: list[float]
) -> None:
    """1 × (15 + 7.5) ÷ 15 ÷ 60: half an interval is added on the left, where the series is taken to begin."""
    outcome = run(Inputs(function="rate", samples=samples, range="1m", at="15", **more))

    assert [result.value for result in outcome.series] == pytest.approx(values)
    assert outcome.value == outcome.series[1 if more else 0].value
    assert [note.key for note in outcome.notes if note.key == "note.series"] == ["note.series"]
    assert outcome.series[0].name.endswith('{a="1"}')


@pytest.mark.parametrize(
    "samples",
    [
        "500 @0\n510 @10 <== more\n505 @20 <== less\n",
        "0 500\n10 510  # before the restart\n20 505 // after\n",
        "time,value\n0,500\n10,510\n20,505\n",
        "1970-01-01T00:00:00Z 500\n1970-01-01T00:00:10Z 510\n1970-01-01T01:00:20+01:00 505\n",
        "x => \n500 @[0]\n510 @[10]\n505 @[20]\n",
        '[0, "500"],\n   [\n 10,\n "510"\n ],\n [20, "505"],\n',
        '`[0, "500"], [10, "510"], [20, "505"]`',
        '$ curl -s "localhost:9090/api/v1/query?query=x[1m]"\n{"values": [[0, "500"], [10, "510"], [20, "505"]]}',
        '  "values": [\n    [0, "500"],\n    [10, "510"],\n    [20, "505"]\n  ],\n',
        '"time","value"\n"0","500"\n"10","510"\n"20","505"\n',
    ],
    ids=[
        *("notes", "comments", "csv", "rfc3339", "promtool", "the midst of an answer", "code", "prompt"),
        *("a key of an answer", "csv in quotation marks"),
    ],
)
def test_samples_are_read_as_people_paste_them(samples: str) -> None:
    """prometheus#4232: irate takes the whole second value after a restart."""
    assert run(Inputs(function="irate", samples=samples, range="1m", at="20")).value == 50.5


def test_a_dump_of_the_database_has_milliseconds() -> None:
    """promtool tsdb dump prints the series, the value and the milliseconds; so does an exposition that has times."""
    dump = "".join(
        f'{{__name__="x", mill="{mill}"}} {value} 17000000{at}000\n'
        for mill, value, at in (("a", 500, "00"), ("a", 510, 10), ("b", 1, 10), ("a", 505, 20))
    )

    outcome = run(Inputs(function="irate", samples=dump, range="1m", at="1700000020"))

    assert outcome.value == 50.5
    assert [each.name for each in outcome.series] == ['{__name__="x", mill="a"}', '{__name__="x", mill="b"}']


def test_a_range_may_stand_in_its_brackets() -> None:
    assert read_duration("[5m]", "range") == 300_000
    with pytest.raises(Refusal):
        read_duration("[5m]", "offset")


def test_a_moment_may_be_written_as_a_date_and_one_far_off_is_said_to_be() -> None:
    samples = "2024-01-01T00:00:00Z 1\n2024-01-01T00:00:15Z 2"

    near = run(Inputs(function="irate", samples=samples, range="1m", at="2024-01-01T00:00:20Z"))
    far = run(Inputs(function="irate", samples=samples, range="1m", at="15"))

    assert near.value == pytest.approx(1 / 15)
    assert (far.value, [note.key for note in far.notes]) == (None, ["note.far"])
    assert far.notes[0].values == {
        "at": "1970-01-01T00:00:15Z",
        "first": "2024-01-01T00:00:00Z",
        "last": "2024-01-01T00:00:15Z",
    }


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        ('{"result":[{"metric":{},"value":[0,"1"]}]}', "range-instant"),
        ('{"result":[{"metric":{},"histograms":[]}]}', "range-native"),
        ("2024-01-01T00:00:00 1", "range-time"),
        ("2024-13-01T00:00:00Z 1", "range-time"),
        ("1 2 three", "range-line"),
    ],
)
def test_what_is_pasted_instead_is_called_by_its_name(samples: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(samples=samples))

    assert refusal.value.code == code
    for language in LANGUAGES:
        assert WORDS.text(language, f"refusal.{code}", **refusal.value.values)


def test_a_negative_counter_is_remarked() -> None:
    assert "note.negative" in [note.key for note in run(Inputs(samples="15 -1\n30 -1\n45 2", function="rate")).notes]
    assert "note.negative" not in [note.key for note in run(Inputs(samples="15 -1\n30 2", function="delta")).notes]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # docs/configuration/unit_testing_rules.md of v3.14, its examples and what its parser makes of the rest.
        ("-2+4x3", "0:-2 60:2 120:6 180:10"),
        (" 1-2x4", "0:1 60:-1 120:-3 180:-5 240:-7"),
        (" 1x4", "0:1 60:1 120:1 180:1 240:1"),
        (" 1 _x3 stale", "0:1 240:stale"),
        ("_ 0.5+.5x1", "60:0.5 120:1"),
        ("- interval: 30s\n  input_series:\n  - series: 'x{a=\"1\"}'\n    values: '1 _ 3'\n", "0:1 60:3"),
        ("evaluation_interval: 15s\ntests:\n- input_series:\n  - series: x\n    values: 1 2\n", "0:1 15:2"),
    ],
)
def test_the_notation_of_unit_tests_is_read(text: str, values: str) -> None:
    wanted = [
        (float(at), None if value == "stale" else float(value))
        for at, value in (pair.split(":") for pair in values.split())
    ]

    assert [(each.time_ms / 1000, each.value) for each in read_samples(text)] == wanted
    assert run(Inputs(samples=text)).notes[0].key == "note.notation"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("values: '1 {{schema:1}}'", "range-notation"),
        ("0+1x10000000", "range-many"),
        ("_x10000000 1", "range-many"),
        ("interval: soon\nvalues: 1 2", "range-duration"),
    ],
)
def test_what_a_unit_test_may_not_hold_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_samples(text)

    assert refused.value.code == code


def test_a_time_and_a_value_are_no_notation() -> None:
    assert [(each.time_ms, each.value) for each in read_samples("1 2")] == [(1000, 2.0)]
