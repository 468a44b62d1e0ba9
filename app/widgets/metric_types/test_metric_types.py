"""What the room `metric-types` promises."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app.kube.digits import plain
from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.metric_types import example
from app.widgets.metric_types.exposition import read_exposition
from app.widgets.metric_types.lint import unit_of
from app.widgets.metric_types.model import OPENMETRICS_PARTS, families_of, family_name, is_cumulative
from app.widgets.metric_types.openmetrics import TYPES as OPENMETRICS_TYPES
from app.widgets.metric_types.reading import READERS
from app.widgets.metric_types.span import Span, read_span
from app.widgets.metric_types.textformat import TYPES as TEXT_TYPES
from app.widgets.metric_types.widget import WIDGET, Inputs, Outcome, run

FOLDER = Path(__file__).parent
WORDS = words_beside(__file__)
REFUSALS = {
    "metrics-long",
    "metrics-many",
    "metrics-seconds",
    "metrics-earlier",
    "metrics-missing",
    "metrics-zero",
    "metrics-protobuf",
    "metrics-table",
}
OWN: dict[str, Any] = {"exposition": example.NOW, "earlier": example.EARLIER, "seconds": "15"}


def shown(*lines: str, earlier: str = "", seconds: str = "10") -> Outcome:
    return run(Inputs(exposition="\n".join([*lines, ""]), earlier=earlier, seconds=seconds))


def faults(*lines: str) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.code, fault.severity) for fault in shown(*lines).mistakes]


# A good family around what is tested, so that advice about help and type does not get in the way.
GOOD = ("# HELP x_total Things.", "# TYPE x_total counter")


# What Prometheus v3.14.0, model/textparse/promparse.go refuses; tests/promtool/pages.yaml has the server's words.
UNREADABLE = [
    ("x_total", "value-missing"),
    ('x_total{a="b"}', "value-missing"),
    ("x_total one", "value"),
    ("x_total 1s", "value"),
    ("x_total 1_000", "value"),
    ("x_total 0x10", "value"),
    ("x_total 1e999", "value"),
    ("x_total １", "value"),
    ("x_total 1\r", "value"),
    ("x_total 1 now", "timestamp-wrong"),
    ("x_total 1 -7", "timestamp-wrong"),
    ('x_total 1 # {trace_id="a"} 0.5', "exemplar-text"),
    ("x_total 1 1.5", "rest"),
    ("x_total 1 2 3", "rest"),
    ('x_total 1 2 # {trace="7"} 1', "rest"),
    ("x-total 1", "name"),
    ("1x 1", "name"),
    ("@x 1", "name"),
    ("x.total 1", "name"),
    ("x_total{a=b} 1", "labels"),
    ("x_total{a} 1", "labels"),
    ('x_total{a="b",a="c"} 1', "label-twice"),
    ('x_total{__name__="y"} 1', "label-twice"),
    ('x_total{a-b="c"} 1', "labels"),
    ('x_total{a="b"', "labels"),
    ('x_total{""="c"} 1', "name-invalid"),
    ('{a="b"} 1', "name-missing"),
    ('{"",a="b"} 1', "name-missing"),
    ('{"x_total",a="b","y"} 1', "name-twice"),
    ("# TYPE x_total bla", "type-unknown"),
    ("# TYPE x_total", "type-empty"),
    ("# TYPE x_total Counter", "type-unknown"),
    ("# TYPE x_total  counter", "type-unknown"),
    ("# TYPE x-total counter", "type-unknown"),
    ("# HELP ", "header-name"),
]


@pytest.mark.parametrize(("line", "code"), UNREADABLE, ids=[line for line, _ in UNREADABLE])
def test_an_unreadable_line_fails_the_scrape_and_is_named(line: str, code: str) -> None:
    outcome = shown(*GOOD, line, "x_total 7")

    assert [(fault.line, fault.code) for fault in outcome.mistakes if fault.severity == "scrape"] == [(3, code)]
    assert outcome.is_rejected
    assert (outcome.verdict.key, outcome.why.key) == ("verdict.scrape", "why.scrape")
    assert ("x_total", 7.0) in outcome.families[0].samples


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("x_total 1", "x_total", 1.0),
        ("x_total\t1  ", "x_total", 1.0),
        ("x_total +Inf", "x_total", float("inf")),
        ("x_total -1.5e-3", "x_total", -0.0015),
        ("x_total 1 1435781430781", "x_total", 1.0),
        ("x_total{} 1", "x_total", 1.0),
        ('x_total{a="b",} 1', 'x_total{a="b"}', 1.0),
        ('x_total{a="b" c="d"} 1', 'x_total{a="b", c="d"}', 1.0),
        ('x_total{a="b\nc"} 1', 'x_total{a="b\nc"}', 1.0),
        ('x_total{a="",b="c"} 1', 'x_total{b="c"}', 1.0),
        ("x_total 1 2", "x_total", 1.0),
        ('x_total {a="b"} 1', 'x_total{a="b"}', 1.0),
        ('x_total{ b = "2" , a = "1" } 1', 'x_total{a="1", b="2"}', 1.0),
        ('x_total{a="}, \\"quoted\\" \\\\"} 1', 'x_total{a="}, "quoted" \\"}', 1.0),
        ('x_total{a="温度"} 1', 'x_total{a="温度"}', 1.0),
        ('{"x_total",a="b"} 1', 'x_total{a="b"}', 1.0),
    ],
)
def test_a_good_line_is_read(line: str, name: str, value: float) -> None:
    outcome = shown(*GOOD, line)

    assert not outcome.is_rejected
    assert outcome.families[0].samples == ((name, value),)


HISTOGRAM = ("# HELP h_seconds H.", "# TYPE h_seconds histogram")
SUMMARY = ("# HELP s_seconds S.", "# TYPE s_seconds summary")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*GOOD, "# TYPE x_total counter", "x_total 1"), [(3, "header-twice")]),
        ((*GOOD, "# HELP x_total Again.", "x_total 1"), [(3, "header-twice")]),
        (("# HELP x_total X.", "x_total 1", "# TYPE x_total counter"), [(3, "type-late")]),
        ((*GOOD, "#TYPE y gauge", "x_total 1"), [(3, "comment-glued")]),
        ((*GOOD, 'x_total{a="1"} 1', 'x_total{a="1"} 2'), [(4, "series-twice")]),
        (
            (*GOOD, 'x_total{a="1"} 1', "# HELP y Y.", "# TYPE y gauge", "y 1", 'x_total{a="2"} 1'),
            [(7, "scattered")],
        ),
        ((*GOOD, "x_total -1"), [(3, "counter-negative")]),
        (("# HELP x X.", "# TYPE x counter", "x_total 1"), [(3, "counter-name"), (3, "help-missing")]),
        ((*HISTOGRAM, 'h_seconds_bucket{le="1"} 2', "h_seconds_sum 1", "h_seconds_count 2"), [(3, "no-inf")]),
        ((*HISTOGRAM, 'h_seconds_bucket{le="+Inf"} 2', "h_seconds_sum 1"), [(3, "no-count")]),
        (
            (*HISTOGRAM, 'h_seconds_bucket{le="+Inf"} 2', "h_seconds_sum 1", "h_seconds_count 3"),
            [(5, "count-differs")],
        ),
        (
            (*HISTOGRAM, 'h_seconds_bucket{le="1"} 3', 'h_seconds_bucket{le="+Inf"} 2', "h_seconds_count 2"),
            [(4, "buckets-fall")],
        ),
        ((*HISTOGRAM, "h_seconds_bucket 2", "h_seconds_count 2"), [(3, "le-missing")]),
        (
            (*HISTOGRAM, 'h_seconds_bucket{le="fast"} 2', 'h_seconds_bucket{le="+Inf"} 2', "h_seconds_count 2"),
            [(3, "le-wrong")],
        ),
        ((*HISTOGRAM, "h_seconds 2"), [(3, "histogram-bare")]),
        ((*SUMMARY, "s_seconds 2", "s_seconds_sum 1", "s_seconds_count 1"), [(3, "quantile-missing")]),
        ((*SUMMARY, 's_seconds{quantile="90"} 2'), [(3, "quantile-wrong")]),
        ((*SUMMARY, 's_seconds{quantile="p90"} 2'), [(3, "quantile-wrong")]),
        ((*SUMMARY, 's_seconds{quantile="1.01"} 2'), [(3, "quantile-wrong")]),
        ((*SUMMARY, 's_seconds{quantile="-0.1"} 2'), [(3, "quantile-wrong")]),
    ],
)
def test_a_mistake_of_the_whole_is_found_in_its_line(lines: tuple[str, ...], expected: list[tuple[int, str]]) -> None:
    assert [(line, code) for line, code, _ in faults(*lines)] == expected
    assert {severity for _, code, severity in faults(*lines) if code != "help-missing"} == {"format"}
    check_said(shown(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        (*GOOD, "x_total 0"),
        (*GOOD, "", "# a comment", "#", 'x_total{a="1"} 1', 'x_total{a="2"} 1'),
        (
            *HISTOGRAM,
            'h_seconds_bucket{a="1",le="0.5"} 1',
            'h_seconds_bucket{a="1",le="+Inf"} 2',
            'h_seconds_sum{a="1"} 1',
            'h_seconds_count{a="1"} 2',
            'h_seconds_bucket{a="2",le="+Inf"} 0',
            'h_seconds_bucket{a="2",le="0.5"} 0',
            'h_seconds_sum{a="2"} 0',
            'h_seconds_count{a="2"} 0',
        ),
        (
            *SUMMARY,
            's_seconds{quantile="0.5"} 2',
            's_seconds{quantile="1"} NaN',
            "s_seconds_sum 4",
            "s_seconds_count 2",
        ),
        ("# HELP x Things.", "# TYPE x counter", "x_total 1", "x_created 1.5e9", "# EOF"),
        ("# HELP x Things.", "# TYPE x counter", 'x_total 1 # {trace="7"} 1', "# EOF"),
        ("# HELP x Things.", "# TYPE x info", 'x_info{v="1"} 1', "# EOF"),
        (
            "# HELP x_seconds Things.",
            "# TYPE x_seconds gaugehistogram",
            "# UNIT x_seconds seconds",
            'x_seconds_bucket{le="+Inf"} 1',
            "x_seconds_gcount 1",
            "x_seconds_gsum 2",
            "# EOF",
        ),
        ("#",),
    ],
    ids=["plain", "comments", "histograms", "summary", "openmetrics", "exemplar", "info", "gaugehistogram", "empty"],
)
def test_what_is_right_is_left_alone(lines: tuple[str, ...]) -> None:
    assert faults(*lines) == []


# client_golang v1.24.1, prometheus/testutil/promlint/promlint_test.go, in other words.
ADVICE = [
    ("# TYPE x_total counter\nx_total 1", ["help-missing"]),
    ("# HELP x X.\nx 1", []),
    ("# HELP x X.\n# TYPE x counter\nx 1", ["counter-total"]),
    ("# HELP x_total X.\n# TYPE x_total gauge\nx_total 1", ["total-no-counter"]),
    ("# HELP x_total X.\n# TYPE x_total untyped\nx_total 1", []),
    ("# HELP x_histogram X.\n# TYPE x_histogram gauge\nx_histogram 1", []),
    ("# HELP x_milliseconds X.\n# TYPE x_milliseconds gauge\nx_milliseconds 1", ["base-unit"]),
    ("# HELP x_bits X.\n# TYPE x_bits gauge\nx_bits 1", ["base-unit"]),
    ("# HELP x_kilobytes_total X.\n# TYPE x_kilobytes_total counter\nx_kilobytes_total 1", ["base-unit"]),
    ("# HELP x_seconds X.\n# TYPE x_seconds gauge\nx_seconds 1", []),
    ("# HELP x_ms X.\n# TYPE x_ms gauge\nx_ms 1", ["abbreviation"]),
    ("# HELP x_s_now X.\n# TYPE x_s_now gauge\nx_s_now 1", ["abbreviation"]),
    ("# HELP x_gauge X.\n# TYPE x_gauge gauge\nx_gauge 1", ["type-in-name"]),
    ("# HELP x_counter_total X.\n# TYPE x_counter_total counter\nx_counter_total 1", ["type-in-name"]),
    ("# HELP job:x X.\n# TYPE job:x gauge\njob:x 1", ["colon"]),
    ("# HELP xNow X.\n# TYPE xNow gauge\nxNow 1", ["camel-case"]),
    ('# HELP x X.\n# TYPE x gauge\nx{zoneName="a"} 1', ["camel-label"]),
    ("# HELP x_count X.\n# TYPE x_count gauge\nx_count 1", ["reserved-suffix"]),
    ("# HELP x_bucket X.\n# TYPE x_bucket summary\nx_bucket_sum 1", ["reserved-suffix"]),
    ('# HELP x X.\n# TYPE x gauge\nx{le="1"} 1', ["reserved-label"]),
    ('# HELP x X.\n# TYPE x gauge\nx{quantile="1"} 1', ["reserved-label"]),
    ("# HELP x X.\n# TYPE x gauge\nx 1 1435781430781", ["timestamp"]),
]


@pytest.mark.parametrize(("text", "codes"), ADVICE, ids=[text.replace("\n", " ") for text, _ in ADVICE])
def test_advice_is_that_of_promtool(text: str, codes: list[str]) -> None:
    found = [(code, severity) for _, code, severity in faults(text)]

    check_said(shown(text))
    assert found == [(code, "advice") for code in codes]


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("x_seconds", ("seconds", "seconds")),
        ("x_milliseconds_total", ("milliseconds", "seconds")),
        ("x_kibibits", ("kibibits", "bytes")),
        ("x_days_bytes", ("days", "seconds")),
        ("x_things", None),
        ("milli", None),
        ("x_secondsago", None),
    ],
)
def test_the_first_unit_of_a_name_counts(name: str, unit: tuple[str, str] | None) -> None:
    assert unit_of(name) == unit


def test_the_graver_word_comes_first() -> None:
    assert shown("x 1").verdict.key == "verdict.advice"
    assert shown("x 1", "x 1").verdict.key == "verdict.format"
    assert shown("x 1", "x").verdict.key == "verdict.scrape"
    assert shown(*GOOD, "x_total 1").verdict.key == "verdict.fine"


def test_families_stand_in_the_order_of_the_text_with_what_belongs_to_them() -> None:
    outcome = run(Inputs(exposition=example.NOW))

    assert [(family.name, family.type, len(family.samples)) for family in outcome.families] == [
        ("process_resident_memory_bytes", "gauge", 1),
        ("process_start_time_seconds", "gauge", 1),
        ("process_cpu_seconds_total", "counter", 1),
        ("process_open_fds", "gauge", 1),
        ("python_info", "gauge", 1),
        ("podscope_http_requests_total", "counter", 4),
        ("podscope_http_request_duration_seconds", "histogram", 8),
        ("podscope_http_requests_in_progress", "gauge", 1),
        ("podscope_http_response_size_bytes", "summary", 2),
    ]
    assert [(kind.type, kind.count) for kind in outcome.types] == [
        ("counter", 2),
        ("gauge", 5),
        ("histogram", 1),
        ("summary", 1),
    ]


def test_each_type_is_shown_with_a_series_of_the_text() -> None:
    counter, gauge, histogram, summary = run(Inputs(exposition=example.NOW)).types

    assert counter.series.startswith('podscope_http_requests_total{method="GET", route="/{lang}/lessons/')
    assert (counter.value, gauge.series) == ("325", "podscope_http_requests_in_progress")
    assert histogram.series.startswith("podscope_http_request_duration_seconds_bucket{")
    assert (summary.series, summary.value) == ("podscope_http_response_size_bytes_sum", "15103347")


def test_a_type_that_is_not_there_has_no_series() -> None:
    counter, gauge, _, summary = shown("# TYPE g gauge", "g NaN", *SUMMARY, 's_seconds{quantile="0.5"} 2').types

    assert (counter.count, counter.series, counter.value) == (0, "", "")
    assert (gauge.series, gauge.value) == ("g", "NaN")
    assert (summary.series, summary.value) == ('s_seconds{quantile="0.5"}', "2")


@pytest.mark.parametrize(
    ("name", "types", "family"),
    [
        ("h_bucket", {"h": "histogram"}, "h"),
        ("h_bucket", {"h": "summary"}, "h_bucket"),
        ("h_sum", {"h": "summary"}, "h"),
        ("h_sum", {"h": "gauge"}, "h_sum"),
        ("h_sum", {"h": "histogram", "h_sum": "gauge"}, "h_sum"),
        ("h_total", {"h": "counter"}, "h"),
        ("h_count_count", {"h_count": "histogram"}, "h_count"),
        ("h", {}, "h"),
    ],
)
def test_a_sample_belongs_to_what_is_declared(name: str, types: dict[str, str], family: str) -> None:
    assert family_name(name, types) == family


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("h_bucket", "gaugehistogram"),
        ("h_gsum", "gaugehistogram"),
        ("h_gcount", "gaugehistogram"),
        ("h_created", "histogram"),
        ("h_created", "summary"),
        ("h_info", "info"),
    ],
)
def test_openmetrics_has_parts_of_its_own(name: str, kind: str) -> None:
    assert family_name(name, {"h": kind}, OPENMETRICS_PARTS) == "h"
    assert family_name(name, {"h": kind}) == name or name == "h_bucket"


REAL = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", REAL, ids=[case["id"] for case in REAL])
def test_a_page_from_a_public_report_is_answered_as_the_server_does(case: dict[str, Any]) -> None:
    outcome = run(Inputs(exposition=case["exposition"], format=case.get("format", "auto")))

    assert (outcome.scrape.up, outcome.scrape.error, outcome.scrape.line) == (
        "error" not in case,
        case.get("error"),
        case.get("line"),
    )
    assert [fault.code for fault in outcome.mistakes if fault.severity != "scrape"] == case.get("codes", [])
    assert outcome.series == case.get("series", outcome.series)
    check_said(outcome)


@pytest.mark.parametrize(
    ("text", "kind", "error"),
    [
        ("Content-Type: text/plain; version=0.0.4\nx 1\n# EOF\n", "text", None),
        ("content-type: application/openmetrics-text; version=1.0.0\nx 1\n# EOF\n", "openmetrics", None),
        ("HTTP/1.1 200 OK\nDate: now\nContent-Type: text/plain\n\nx 1\n", "text", None),
        (
            "* Connected to mill\n> GET /metrics HTTP/1.1\r\n>\r\n< HTTP/1.1 200 OK\r\n"
            "< Content-Type: text/plain\r\n<\r\nx 1\n",
            "text",
            None,
        ),
        (
            "  % Total    % Received % Xferd\n< HTTP/1.1 200 OK\n< Date: now\n< \n{ [9 bytes data]\n<html>\n",
            "text",
            "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol"
            " specified for target",
        ),
        (
            "Content-Type: text/html\n<html>\n",
            "text",
            'received unsupported Content-Type "text/html" and no fallback_scrape_protocol specified for target',
        ),
        (
            "HTTP/1.1 200 OK\n\nx 1\n",
            "text",
            "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol"
            " specified for target",
        ),
        (
            "Content-Type: text/plain; a\nx 1\n",
            "text",
            'cannot parse Content-Type "text/plain; a" and no fallback_scrape_protocol for target\n'
            "mime: invalid media parameter",
        ),
        ("x 1\n# EOF\n", "openmetrics", None),
        ("x 1\n# EOF", "openmetrics", None),
        ("x 1\n# EOFS\n", "text", None),
    ],
)
def test_the_format_is_that_of_the_header_else_of_the_end(text: str, kind: str, error: str | None) -> None:
    outcome = run(Inputs(exposition=text))

    assert (outcome.format, outcome.scrape.error) == (kind, error)


def test_a_format_that_is_chosen_wins_over_the_header() -> None:
    """`# EOF` is a comment in the text format, and lines are counted from the top of what was pasted."""
    text = "Content-Type: application/openmetrics-text\nx 1\n\n# EOF\n"

    assert run(Inputs(exposition=text)).scrape.line == 3
    assert run(Inputs(exposition=text, format="text")).scrape.up


@pytest.mark.parametrize("body", ["x 1\n", "x 1\n# EOF\n", "Content-Type: text/plain\nx 1\n"])
@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("```text\n", "```\n"),
        ("$ curl -s localhost:9090/metrics | grep x\n", ""),
        ("% curl -u a:b -s http://localhost:8091/metrics\n", ""),
        ("root@mill:~# kubectl get --raw /metrics\n", ""),
        ("curl http://localhost:8080/metrics\n", ""),
        ("```console\n$ curl localhost/metrics\n", "```"),
    ],
)
def test_what_was_typed_above_a_page_is_no_part_of_it(above: str, below: str, body: str) -> None:
    outcome, plain = run(Inputs(exposition=above + body + below)), run(Inputs(exposition=body))

    assert (outcome.scrape, outcome.format, outcome.types) == (plain.scrape, plain.format, plain.types)
    assert run(Inputs(exposition=above + "y {\n" + below)).scrape.line == above.count("\n") + 1


@pytest.mark.parametrize("body", ["curl 5\n", "# curl localhost\nk 1\n", "`\nx 1\n", "k 3\noc 4\n"])
def test_what_a_server_may_send_is_not_taken_for_a_prompt(body: str) -> None:
    assert run(Inputs(exposition=body)).series == body.count("\n") - body.count("#") - body.count("`")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x_total 1\r", r'strconv.ParseFloat: parsing "1\r": invalid syntax while parsing: "x_total 1\r"'),
        ("x_total 1 -7", 'expected timestamp or new record, got "-" ("INVALID") while parsing: "x_total 1 -"'),
        ("x_total{", r'expected label name, got "\n" ("INVALID") while parsing: "x_total{\n"'),
    ],
)
def test_the_words_are_the_servers(line: str, words: str) -> None:
    assert shown(line).scrape.error == words


def test_only_the_first_mistake_has_the_servers_words_for_it_stops_there() -> None:
    faults = shown("x", "y").mistakes

    assert [bool(fault.words) for fault in faults] == [True, False]


@pytest.mark.parametrize(
    ("paste", "command"),
    [
        ('{"status":"success","data":{}}', "curl …/api/v1/query"),
        ("Element Value\nx 1", "the Prometheus console"),
        ("x => 1 @[1700000000]", "promtool query instant"),
    ],
)
def test_another_paste_is_called_by_the_command_that_prints_it(paste: str, command: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(exposition=paste))

    assert (refusal.value.code, refusal.value.values["command"]) == ("metrics-table", command)


@pytest.mark.parametrize(
    ("lines", "reading", "query"),
    [
        ((*GOOD, "x_total 1"), "reading.counter", "rate(x_total[5m])"),
        (
            (*GOOD, 'x_total{status="1"} 1', 'x_total{status="2"} 1'),
            "reading.counter",
            "sum by (status) (rate(x_total[5m]))",
        ),
        (("# TYPE x gauge", "x 1"), "reading.gauge", "max_over_time(x[1h])"),
        (("# TYPE x_info gauge", "x_info 1"), "reading.gauge.info", "x * on (instance) group_left (version) x_info"),
        (
            ("# TYPE x_timestamp_seconds gauge", "x_timestamp_seconds 1"),
            "reading.gauge.time",
            "time() - x_timestamp_seconds",
        ),
        (
            (*HISTOGRAM, 'h_seconds_bucket{le="+Inf"} 1'),
            "reading.histogram",
            "histogram_quantile(0.9, sum by (le) (rate(h_seconds_bucket[5m])))",
        ),
        ((*SUMMARY, 's_seconds{quantile="0.9"} 1'), "reading.summary.quantiles", 's_seconds{quantile="0.9"}'),
        (
            (*SUMMARY, 's_seconds{quantile="0.5"} 1', 's_seconds{quantile="1"} 2'),
            "reading.summary.quantiles",
            's_seconds{quantile="0.5"}',
        ),
        (
            (*SUMMARY, 's_seconds{quantile="0.99"} 1', 's_seconds{quantile="1"} 2'),
            "reading.summary.quantiles",
            's_seconds{quantile="0.99"}',
        ),
        ((*SUMMARY, 's_seconds{quantile="1"} 2'), "reading.summary.quantiles", 's_seconds{quantile="1.0"}'),
        ((*SUMMARY, "s_seconds_sum 1"), "reading.summary.bare", "rate(s_seconds_sum[5m]) / rate(s_seconds_count[5m])"),
        (("x 1",), "reading.untyped", "x"),
        (("# TYPE x unknown", "x 1", "# EOF"), "reading.untyped", "x"),
        (
            ("# TYPE x info", 'x_info{commit="1",version="2"} 1', "# EOF"),
            "reading.gauge.info",
            "x * on (instance) group_left (version) x_info",
        ),
        (
            ("# TYPE x info", 'x_info{commit="1"} 1', "# EOF"),
            "reading.gauge.info",
            "x * on (instance) group_left (commit) x_info",
        ),
        (("# TYPE x stateset", 'x{x="a"} 1', 'x{x="b"} 0', "# EOF"), "reading.stateset", "x == 1"),
        (
            ("# TYPE x gaugehistogram", 'x_bucket{le="+Inf"} 1', "x_gcount 1", "x_gsum 1", "# EOF"),
            "reading.gaugehistogram",
            "histogram_quantile(0.9, sum by (le) (x_bucket))",
        ),
        (GOOD, "reading.empty", ""),
    ],
)
def test_each_type_is_asked_in_its_way(lines: tuple[str, ...], reading: str, query: str) -> None:
    family = shown(*lines).families[0]

    assert (family.reading.key, family.query) == (reading, query)


def test_no_type_that_a_page_may_declare_is_read_as_if_none_were() -> None:
    assert set(READERS) == {*OPENMETRICS_TYPES, *TEXT_TYPES} - {"unknown", "untyped"}


def test_sum_over_count_is_the_average() -> None:
    family = shown(*SUMMARY, "s_seconds_sum 6", "s_seconds_count 4").families[0]

    assert [(step.key, step.values["mean"]) for step in family.sums] == [("sum.mean", "1.5")]
    assert shown(*SUMMARY, "s_seconds_sum 6", "s_seconds_count 0").families[0].sums == ()


def test_two_scrapes_give_rates_by_hand() -> None:
    outcome = run(Inputs(**OWN))

    rates = {rate.series: rate.per_second for rate in outcome.rates}
    assert rates["process_cpu_seconds_total"] == pytest.approx(0.27 / 15)
    assert rates["podscope_http_response_size_bytes_count"] == pytest.approx(33 / 15)
    assert rates["process_open_fds"] is None
    assert "podscope_http_requests_in_progress" not in rates
    assert outcome.by_hand
    assert outcome.by_hand.sum.values == {"now": "325", "before": "310", "seconds": "15", "rate": "1"}
    assert outcome.by_hand.series.startswith("podscope_http_requests_total{")
    assert [step.values["average"] for step in outcome.averages] == ["0.0215", "21,593.45455"]


def test_a_lower_counter_has_begun_again_and_a_lower_gauge_has_not() -> None:
    text = "# TYPE x_total counter\nx_total {}\n# TYPE g gauge\ng {}\n"
    outcome = run(Inputs(exposition=text.format(5, 5), earlier=text.format(100, 100), seconds="10"))

    assert [(rate.gained, rate.per_second, rate.restarted) for rate in outcome.rates] == [
        ("5", 0.5, True),
        ("−95", None, False),
    ]
    assert outcome.by_hand
    assert outcome.by_hand.sum.key == "sum.restarted"


def test_a_rate_is_the_slope_of_a_triangle() -> None:
    slope = shown("# TYPE x_total counter", "x_total 30", earlier="# TYPE x_total counter\nx_total 10").by_hand.slope  # type: ignore[union-attr]  # there is one

    assert (slope.line, slope.base_y, slope.now_y) == ("M96 104L290 24", 104.0, 24.0)
    assert (slope.before, slope.now, slope.rise, slope.run) == ("10", "30", "+20", "10")


def test_after_a_restart_the_triangle_stands_on_zero() -> None:
    slope = shown("# TYPE x_total counter", "x_total 5", earlier="# TYPE x_total counter\nx_total 20").by_hand.slope  # type: ignore[union-attr]  # there is one

    assert slope.line == "M96 24L193 24V104L290 84"
    assert (slope.before_y, slope.base_y, slope.now_y, slope.rise) == (24.0, 104.0, 84.0, "+5")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("15", Span(15.0)),
        (" 0.25 ", Span(0.25)),
        ("1000000000", Span(1e9)),
        ("2026-11-23T07:21:03.120Z/2026-11-23T07:21:18.320Z", Span(15.2, "07:21:03.120", "07:21:18.320")),
        ("2026-12-31T23:59:59Z/2027-01-01T00:00:00Z", Span(1.0, "23:59:59", "00:00:00")),
    ],
)
def test_the_time_between_is_seconds_or_both_moments(text: str, span: Span) -> None:
    assert read_span(text) == span


def test_a_series_that_was_not_there_before_has_no_rate() -> None:
    """PromQL does not know that it began at 0, and rate needs two samples."""
    outcome = shown(*GOOD, 'x_total{a="1"} 7', 'x_total{a="2"} 9', earlier="x_total 1")

    assert (outcome.rates, outcome.appeared) == ((), 2)
    assert shown(*GOOD, 'x_total{a="1"} 7').appeared == 0


@pytest.mark.parametrize(
    ("name", "kind", "cumulative"),
    [
        ("x", "counter", True),
        ("x_created", "counter", False),
        ("x", "gauge", False),
        ("x_bucket", "histogram", True),
        ("x_sum", "summary", True),
        ("x", "summary", False),
        ("x", "untyped", False),
    ],
)
def test_only_what_rises_has_a_rate(name: str, kind: str, cumulative: bool) -> None:
    family = families_of(read_exposition(f"# TYPE x {kind}\n{name} 1", "exposition"))[0]

    assert is_cumulative(family, name) == cumulative


def test_one_family_of_each_type_is_unfolded() -> None:
    assert [family.name for family in run(Inputs(**OWN)).families if family.is_open] == [
        "podscope_http_requests_total",
        "podscope_http_request_duration_seconds",
        "podscope_http_requests_in_progress",
        "podscope_http_response_size_bytes",
    ]


def test_a_falling_bucket_is_named_with_the_one_below() -> None:
    (fault,) = shown(
        *HISTOGRAM, 'h_seconds_bucket{le="0.5"} 3', 'h_seconds_bucket{le="+Inf"} 2', "h_seconds_count 2"
    ).mistakes

    assert fault.said.values == {"le": "+Inf", "below": "0.5"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1.0, "−1"),
        (9007199254740993.0, "9007199254740992"),
        (1e16, "1e+16"),
        (1 / 3, "0.3333333333"),
        (-2.5e-9, "−2.5e−09"),
        (float("nan"), "NaN"),
        (float("inf"), "+Inf"),
        (float("-inf"), "−Inf"),
    ],
)
def test_numbers_have_ten_digits_or_all_of_a_whole_one(value: float, text: str) -> None:
    assert plain(value) == text


def test_the_columns_show_each_bucket_by_itself() -> None:
    drawing = run(Inputs(**OWN)).families[6].drawing

    assert drawing
    assert [column.le for column in drawing.columns] == ["0.001", "0.005", "0.025", "0.1", "0.5", "+Inf"]
    assert [column.height > 0 for column in drawing.columns] == [False, True, True, True, True, False]
    tallest = max(drawing.columns, key=lambda column: column.height)
    assert (tallest.le, tallest.height) == ("0.025", 74.0)


def test_bars_are_sorted_and_relative_to_the_largest() -> None:
    drawing = shown("# TYPE g gauge", *(f'g{{a="{i}"}} {i}' for i in range(-1, 9))).families[0].drawing

    assert drawing
    assert [bar.value for bar in drawing.bars] == ["8", "7", "6", "5", "4", "3"]
    assert (drawing.bars[0].width, drawing.bars[4].width, drawing.left_out) == (400.0, 200.0, 4)


@pytest.mark.parametrize("text", ["g 7", "# TYPE s summary\ns_sum 1\ns_count 2", "# TYPE g gauge"])
def test_what_cannot_be_compared_is_not_drawn(text: str) -> None:
    assert shown(text).families[0].drawing is None


@pytest.mark.parametrize(
    ("inputs", "code", "field", "line"),
    [
        ({"exposition": "x 1\n" + "x" * 8193}, "metrics-long", "exposition", 2),
        ({"exposition": "\n".join(f"x{i} 1" for i in range(10_001))}, "metrics-many", "exposition", 10_001),
        ({"exposition": "# HELP x y\n" * 30_001}, "metrics-many", "exposition", 30_001),
        ({"earlier": "x 1\nx one"}, "metrics-earlier", "earlier", 2),
        ({"seconds": "0"}, "metrics-seconds", "seconds", None),
        ({"seconds": "-5"}, "metrics-seconds", "seconds", None),
        ({"seconds": "soon"}, "metrics-seconds", "seconds", None),
        ({"seconds": "1e5"}, "metrics-seconds", "seconds", None),
        ({"seconds": ""}, "metrics-seconds", "seconds", None),
        ({"seconds": "1000000001"}, "metrics-seconds", "seconds", None),
        ({"seconds": "2026-11-23T07:21:18Z/2026-11-23T07:21:03Z"}, "metrics-seconds", "seconds", None),
        ({"seconds": "2026-11-23T07:21:18Z/2026-11-23T07:21:18Z"}, "metrics-seconds", "seconds", None),
        ({"seconds": "2026-02-30T07:21:18Z/2026-11-23T07:21:18Z"}, "metrics-seconds", "seconds", None),
        ({"seconds": "2026-11-23T07:21:18Z/"}, "metrics-seconds", "seconds", None),
        ({"seconds": "15/30"}, "metrics-seconds", "seconds", None),
        ({"exposition": ""}, "metrics-missing", "exposition", None),
        ({"exposition": "x 1\nx\0 1"}, "metrics-zero", "exposition", 2),
        (
            {"exposition": "Content-Type: application/vnd.google.protobuf\nx"},
            "metrics-protobuf",
            "exposition",
            1,
        ),
        ({"exposition": " \n\t"}, "metrics-missing", "exposition", None),
    ],
)
def test_what_cannot_be_read_is_refused(inputs: dict[str, str], code: str, field: str, line: int | None) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(**{**OWN, **inputs}))

    assert (refusal.value.code, refusal.value.field, refusal.value.line) == (code, field, line)


def test_what_the_client_library_writes_is_right_and_read_alike() -> None:
    """The real library's own text: no mistakes of the format, and the same samples as its own parser finds."""
    registry = CollectorRegistry()
    Counter("jobs", "Jobs.", ["queue"], registry=registry).labels('a"b\\c\nd').inc(3)
    Gauge("length", "Now.", registry=registry).set(-2.5)
    histogram = Histogram("wait_seconds", "Wait.", ["queue"], registry=registry)
    for seconds in (0.001, 0.2, 99):
        histogram.labels("a").observe(seconds)
    Summary("size_bytes", "Size.", registry=registry).observe(7)
    text = generate_latest(registry).decode()

    outcome = shown(text)

    assert [fault for fault in outcome.mistakes if fault.severity != "advice"] == []
    theirs = {
        (s.name, frozenset(s.labels.items()), s.value) for f in text_string_to_metric_families(text) for s in f.samples
    }
    ours = {(s.name, frozenset(s.labels), s.value) for s in read_exposition(text, "exposition").samples}
    assert ours == theirs


names = st.sampled_from(["x", "x_total", "x_bucket", "x_sum", "x_count", "y"])
labels = st.sampled_from(["", "{}", '{le="1"}', '{le="+Inf"}', '{quantile="0.5"}', '{a="b"}', '{le="x"}'])
numerals = st.sampled_from(["NaN", "+Inf", "-Inf", "0", "-1", "1e308", "-1e308", "5e-324", "7"])
types = st.sampled_from(["counter", "gauge", "histogram", "summary", "untyped"])
lines = st.one_of(
    st.builds("{}{} {}".format, names, labels, numerals),
    st.builds("# TYPE {} {}".format, names, types),
    st.builds("# HELP {} text".format, names),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(lines, max_size=12), st.lists(lines, max_size=12))
def test_no_text_is_too_strange(now: list[str], earlier: list[str]) -> None:
    outcome = run(Inputs(exposition="\n".join(["#", *now]), earlier="\n".join(earlier), seconds="15"))

    check_said(outcome)


def test_a_histogram_without_a_sum_has_an_average_of_0() -> None:
    outcome = run(
        Inputs(exposition="# TYPE x histogram\nx_count 3", earlier="# TYPE x histogram\nx_count 1", seconds="9")
    )

    assert [step.values["average"] for step in outcome.averages] == ["0"]


def outcome_of(inputs: dict[str, Any]) -> str:
    try:
        run(Inputs(**inputs))
    except Refusal as refusal:
        return refusal.code
    return "answered"


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet='xyz_{}="\\# TYPEHL0123.e+-\n\t', max_size=60), st.text(max_size=20))
def test_rubbish_is_refused_and_nothing_else(one: str, other: str) -> None:
    for text in (one, other):
        for field in ("exposition", "earlier", "seconds"):
            assert outcome_of({**OWN, field: text}) in {"answered", *REFUSALS}


@pytest.mark.parametrize(
    "line",
    ['x{a="' + '\\"' * 4000, 'x{a="' + "\\\\" * 4000 + '"} 1', "x{" + 'a="b",' * 1300 + "} 1", "{" * 8000, '"' * 8000],
)
def test_a_page_of_nasty_lines_is_answered_soon(line: str) -> None:
    assert outcome_of({"exposition": "\n".join([line] * 20)}) == "answered"


def check_said(outcome: Outcome) -> None:
    said: list[Any] = [outcome.verdict, outcome.why, *outcome.averages, *(fault.said for fault in outcome.mistakes)]
    said += [outcome.by_hand.sum] if outcome.by_hand else []
    for family in outcome.families:
        said += [family.reading, *family.sums]
        assert f"type.{family.type}" in WORDS
    for sentence in said:
        for language in LANGUAGES:
            assert WORDS.text(language, sentence.key, **sentence.values)


def test_everything_is_said_in_both_languages() -> None:
    assert {f"refusal.{code}" for code in REFUSALS} <= WORDS.keys()
    assert {f"example.{example_.name}" for example_ in WIDGET.examples} <= WORDS.keys()
    for example_ in WIDGET.examples:
        check_said(run(Inputs(**example_.inputs)))
    for line, _ in UNREADABLE:
        check_said(shown(*GOOD, line))
    assert example.NOW != example.EARLIER
