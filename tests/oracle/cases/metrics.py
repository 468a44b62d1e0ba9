"""Prometheus itself: 100 damaged metrics pages through a scrape and `promtool check metrics`, 200 range functions and
100 histograms through its query engine.
"""

import json
import math
import random
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.oracle.cases import book
from tests.oracle.plane import enter, wait_for
from tests.oracle.record import BUILT

SEED, PAGES, RANGES, HISTOGRAMS = 20261129, 100, 200, 100
VERSION = "3.16.0"
API = "http://127.0.0.1:9090/api/v1"
TYPES = {"text": "text/plain; version=0.0.4", "openmetrics": "application/openmetrics-text; version=1.0.0"}
FUNCTIONS = ("rate", "increase", "delta", "irate", "idelta", "resets", "changes", "quantile_over_time")

# -- pages --------------------------------------------------------------------------------------------------------

COUNTER = (
    "# HELP http_requests_total Requests.\n"
    "# TYPE {name} counter\n"
    'http_requests_total{{code="200"}} 1027\n'
    'http_requests_total{{code="500"}} 3\n'
)
GAUGE = (
    "# HELP queue_length Jobs that wait.\n"
    "# TYPE queue_length gauge\n"
    "queue_length 12.5\n"
    'queue_length{zone="a\\nb",host="c:\\\\"} -1e3\n'
)
HISTOGRAM = (
    "# TYPE took_seconds histogram\n"
    'took_seconds_bucket{le="0.1"} 3\n'
    'took_seconds_bucket{le="1.0"} 5\n'
    'took_seconds_bucket{le="+Inf"} 6\n'
    "took_seconds_sum 4.2\n"
    "took_seconds_count 6\n"
)
SUMMARY = (
    "# TYPE rpc_seconds summary\n"
    'rpc_seconds{quantile="0.5"} 0.2\n'
    'rpc_seconds{quantile="0.99"} NaN\n'
    "rpc_seconds_sum 17\n"
    "rpc_seconds_count 80\n"
)
PARTS = (GAUGE, HISTOGRAM, SUMMARY)
INSERTED = (
    "{",
    "}",
    '"',
    "\\",
    "=",
    ",",
    "#",
    " ",
    "\t",
    "\n",
    "0",
    "e",
    "-",
    "é",
    ".",
    "_",
    "\r",
    "😀",
    "+Inf",
    "# EOF\n",
)
LINES = (
    *(
        "jobs",
        "jobs 1 2 3",
        "jobs{} 1",
        "jobs{a=b} 1",
        'jobs{a="b" } 1',
        'jobs{a="b",} 1',
        'jobs{,a="b"} 1',
    ),
    *(
        'jobs{a="b",a="c"} 1',
        'jobs {a="b"} 1',
        "jobs 0x1p3",
        "jobs 1_000",
        "jobs .5",
        "jobs 5.",
        "jobs +5",
        "jobs nan",
        "jobs Infinity",
        "jobs 1e400",
    ),
    *(
        "2jobs 1",
        "j-b 1",
        'jobs{2a="b"} 1',
        'jobs{a-b="c"} 1',
        '{"jobs"} 1',
        '{"j b",a="b"} 1',
        '{"jobs","a b"="c"} 1',
        '{a="b"} 1',
    ),
    *(
        "# TYPE jobs gauge",
        "# TYPE jobs counter",
        "# TYPE jobs thing",
        "# TYPE jobs",
        "# TYPE",
        "# HELP jobs",
        "# HELP",
        "# TYPE  jobs  gauge",
    ),
    *(
        "# a note",
        "#",
        "#TYPE jobs gauge",
        "# UNIT took_seconds seconds",
        "# EOF",
        "  jobs 1",
        "jobs\t1",
        "jobs 1 ",
        'jobs{__name__="x"} 1',
    ),
    *(
        'jobs{a="\\x"} 1',
        'jobs{a="b} 1',
        "jobs{a='b'} 1",
        'jobs 1 # {trace="x"} 0.5',
        "jobs_total 1",
        "jobs_created 1",
        "queue_length 13",
    ),
)


def pages() -> Iterator[dict[str, Any]]:
    luck = random.Random(SEED)
    for number in range(PAGES):
        kind = "text" if number % 5 < 3 else "openmetrics"
        counter = COUNTER.format(name="http_requests_total" if kind == "text" else "http_requests")
        if kind == "openmetrics":
            counter = counter.replace("# HELP http_requests_total", "# HELP http_requests")
        parts = [counter, *luck.sample(PARTS, luck.choice((1, 2, 3)))]
        luck.shuffle(parts)
        page = "".join(parts) + ("# EOF\n" if kind == "openmetrics" else "")
        for _ in range(luck.choice((1, 1, 2))):
            page = _damaged(luck, page)
        yield {"name": f"case-{number:03}", "format": kind, "page": page}


def _damaged(luck: random.Random, page: str) -> str:
    way = luck.choice(("delete", "insert", "replace", "line", "line", "line", "twice", "move", "cut"))
    at = luck.randrange(len(page) + 1)
    lines = page.splitlines(keepends=True)
    here = luck.randrange(len(lines)) if lines else 0
    if way == "delete":
        return page[:at] + page[at + 1 :]
    if way == "insert":
        return page[:at] + luck.choice(INSERTED) + page[at:]
    if way == "replace":
        return page[:at] + luck.choice(INSERTED) + page[at + 1 :]
    if way == "line":
        return "".join([*lines[:here], luck.choice(LINES) + "\n", *lines[here:]])
    if way == "cut":
        return page[:at]
    if not lines:
        return page
    line = lines.pop(here) if way == "move" else lines[here]
    other = luck.randrange(len(lines) + 1)
    return "".join([*lines[:other], line, *lines[other:]])


# -- queries ------------------------------------------------------------------------------------------------------


def ranges() -> Iterator[dict[str, Any]]:
    luck = random.Random(SEED)
    for number in range(RANGES):
        step = luck.choice((5.0, 10.0, 15.0, 30.0, 7.5))
        start, value = round(luck.uniform(20, 200), 3), float(luck.choice((0, 1, 7, 1e6)))
        samples: list[list[Any]] = []
        for i in range(luck.choice((0, 2, 3, 5, 9, 20)) + 1):
            at = _whole_ms(start + i * step + luck.choice((0, 0, luck.uniform(-step / 3, step / 3))))
            value += luck.choice((0, 0, 1, 3.5, 10, luck.random()))
            if luck.random() < 0.1:
                value = luck.choice((0.0, value / 2, -value))
            if luck.random() < 0.85:
                told = luck.choice((math.nan, math.inf, -math.inf)) if luck.random() < 0.03 else value
                samples.append([at, _go(told)])
        if not samples:
            samples.append([_whole_ms(start), _go(value)])
        last = samples[-1][0]
        at = luck.choice((last, round(last + luck.uniform(-30, 40), 3), samples[luck.randrange(len(samples))][0]))
        yield {
            "name": f"case-{number:03}",
            "function": luck.choice((*FUNCTIONS, "rate", "increase")),
            "samples": samples,
            "range": luck.choice((30, 60, 60, 90, 300, 300, 0.5)),
            "at": max(at, 1.0),
            "offset": luck.choice((0, 0, 0, 0, 10, -15, 7.5)),
            "q": luck.choice(("0.9", "0.5", "0", "1", "1.5", "-1", "0.123")),
        }


def _whole_ms(seconds: float) -> float:
    """A time that the parser of OpenMetrics, which cuts off what is below a millisecond, leaves as it is."""
    at = round(seconds, 3)
    return at if int(at * 1000) == round(at * 1000) else _whole_ms(at + 0.001)


def histograms() -> Iterator[dict[str, Any]]:
    luck = random.Random(SEED)
    bounds = ("0.005", "0.1", "0.5", "1.0", "2.5", "10.0", "100.0", "-1.0", "-0.5", "0.0")
    for number in range(HISTOGRAMS):
        les = sorted(luck.sample(bounds, luck.choice((0, 1, 2, 3, 5))), key=float)
        if luck.random() < 0.9:
            les.append("+Inf")
        count, buckets = 0.0, []
        for le in les:
            count += luck.choice((0, 0, 1, 5, 20, 2.5))
            told = count - luck.choice((1, 3)) if luck.random() < 0.1 else count
            if luck.random() < 0.05:
                told *= 1 + 1e-13
            buckets.append([le, _go(told)])
        if not buckets:
            buckets.append(["1.0", "3"])
        q = luck.choice(("0.9", "0.5", "0.99", "0", "1", "1.5", "-1", "NaN", "0.25", "0.333"))
        yield {"name": f"case-{number:03}", "buckets": buckets, "q": q}


def _go(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    return repr(number)


def _openmetrics(drawn_ranges: Iterable[Mapping[str, Any]], drawn_histograms: Iterable[Mapping[str, Any]]) -> str:
    lines = ["# TYPE x unknown"]
    for case in drawn_ranges:
        lines += [f'x{{case="{case["name"]}"}} {value} {at}' for at, value in case["samples"]]
    lines.append("# TYPE h_bucket unknown")
    for case in drawn_histograms:
        lines += [f'h_bucket{{case="{case["name"]}",le="{le}"}} {count} 60' for le, count in case["buckets"]]
    return "\n".join([*lines, "# EOF", ""])


# -- asking -------------------------------------------------------------------------------------------------------


class Pages(BaseHTTPRequestHandler):
    drawn: Mapping[str, Mapping[str, Any]]

    def do_GET(self) -> None:
        case = self.drawn[self.path.removeprefix("/")]
        body = case["page"].encode()
        self.send_response(200)
        self.send_header("content-type", TYPES[case["format"]])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def main() -> int:
    enter(["-m", "tests.oracle.cases.metrics"])
    drawn_pages, drawn_ranges, drawn_histograms = list(pages()), list(ranges()), list(histograms())
    with tempfile.TemporaryDirectory(prefix="podscope-oracle-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "samples").write_text(_openmetrics(drawn_ranges, drawn_histograms))
        promtool = str(BUILT / "bin" / "promtool-3.16")
        create = [promtool, "tsdb", "create-blocks-from", "openmetrics", "samples", "data"]
        subprocess.run(create, cwd=folder, check=True, capture_output=True)
        Pages.drawn = {case["name"]: case for case in drawn_pages}
        server = ThreadingHTTPServer(("127.0.0.1", 9999), Pages)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with (folder / "log").open("wb") as log:
            command = [str(BUILT / "bin" / "prometheus-3.16"), f"--config.file={_config(folder, drawn_pages)}"]
            command += [
                "--storage.tsdb.path=data",
                "--web.listen-address=127.0.0.1:9090",
                "--storage.tsdb.retention.time=100y",
            ]
            program = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            wait_for("Prometheus", lambda: _is_up(), 60)
            results = {
                "pages": _page_answers(drawn_pages, promtool),
                "ranges": [_range_answer(case) for case in drawn_ranges],
                "histograms": [_histogram_answer(case) for case in drawn_histograms],
            }
        finally:
            program.terminate()
            program.wait()
    for part, drawn in (("pages", drawn_pages), ("ranges", drawn_ranges), ("histograms", drawn_histograms)):
        book.write(book.drawn(part), {"seed": SEED}, drawn)
        about = {"program": "prometheus and promtool", "version": VERSION}
        book.write(book.answered(f"prometheus-{VERSION}", part), about, results[part])
    return 0


def _config(folder: Path, drawn: Iterable[Mapping[str, Any]]) -> Path:
    targets = [
        {"targets": ["127.0.0.1:9999"], "labels": {"__metrics_path__": f"/{case['name']}", "case": case["name"]}}
        for case in drawn
    ]
    config = {
        "global": {"scrape_interval": "5s", "scrape_timeout": "4s"},
        "scrape_configs": [{"job_name": "pages", "static_configs": targets}],
    }
    path = folder / "prometheus.yml"
    path.write_text(json.dumps(config))
    return path


def _is_up() -> bool:
    try:
        return bool(_get("/status/buildinfo"))
    except OSError:
        return False


def _get(path: str, **query: Any) -> Any:
    with urllib.request.urlopen(f"{API}{path}?{urllib.parse.urlencode(query)}") as answer:
        return json.loads(answer.read())


def _page_answers(drawn: list[dict[str, Any]], promtool: str) -> list[dict[str, Any]]:
    def targets() -> Any:
        found = _get("/targets", state="active")["data"]["activeTargets"]
        return found if all(one["health"] != "unknown" for one in found) else None

    by_case = {one["labels"]["case"]: one for one in wait_for("all scrapes", targets, 60)}
    return [
        {"name": case["name"], **_scraped(case, by_case[case["name"]]), **_checked(case, promtool)} for case in drawn
    ]


def _scraped(case: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"up": target["health"] == "up"}
    if not told["up"]:
        return {**told, "error": target["lastError"]}
    found = _get("/query", query=f'{{case="{case["name"]}",job="pages"}}')["data"]["result"]
    own = ("case", "job", "instance")
    series = [
        [{name: value for name, value in one["metric"].items() if name not in own}, one["value"][1]] for one in found
    ]
    kept = (one for one in series if not _is_own(one[0].get("__name__", "")))
    return {**told, "samples": sorted(kept, key=str)}


def _is_own(name: str) -> bool:
    """What Prometheus itself tells of a scrape."""
    return name.startswith("scrape_") or name == "up"


def _checked(case: Mapping[str, Any], promtool: str) -> dict[str, Any]:
    if case["format"] != "text":
        return {}
    done = subprocess.run([promtool, "check", "metrics"], input=case["page"].encode(), capture_output=True, check=False)
    text = (done.stdout + done.stderr).decode()
    return {"promtool": {"status": done.returncode, "said": text.splitlines()}}


def expression(case: Mapping[str, Any]) -> str:
    offset = case["offset"]
    moved = f" offset {'-' if offset < 0 else ''}{_ms(abs(offset))}" if offset else ""
    window = f'x{{case="{case["name"]}"}}[{_ms(case["range"])}]{moved}'
    first = f"{case['q']}, " if case["function"] == "quantile_over_time" else ""
    return f"{case['function']}({first}{window})"


def _ms(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


def _range_answer(case: Mapping[str, Any]) -> dict[str, Any]:
    found = _get("/query", query=expression(case), time=case["at"])["data"]["result"]
    return {"name": case["name"], "value": found[0]["value"][1] if found else None}


def _histogram_answer(case: Mapping[str, Any]) -> dict[str, Any]:
    query = f'histogram_quantile({case["q"]}, h_bucket{{case="{case["name"]}"}})'
    answer = _get("/query", query=query, time=60)
    told = {"name": case["name"], "value": answer["data"]["result"][0]["value"][1]}
    notes = [*answer.get("infos", ()), *answer.get("warnings", ())]
    return {**told, "notes": notes} if notes else told


if __name__ == "__main__":
    sys.exit(main())
