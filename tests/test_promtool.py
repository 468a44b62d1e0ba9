"""The room metric-types against the real things: a scrape by Prometheus, and `promtool check metrics`.

Twice. What Prometheus 3.14.0 said of 400 damaged pages is kept in tests/promtool/prometheus-3.14.json, word for word.
And the Prometheus at hand reads pages while the tests run: Debian's, 2.42 in bookworm, which `make promtool` unpacks
beside this Python. tests/promtool/differences.yaml lists what it does otherwise than 3.14, with sources; nothing else
may differ.
"""

import http.server
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.widgets.metric_types.widget import Inputs, Outcome, run
from tests.promtool.damage import damaged

FOLDER = Path(__file__).parent / "promtool"
KEPT = json.loads((FOLDER / "prometheus-3.14.json").read_text(encoding="utf-8"))
DIFFERENCES: dict[str, dict[str, str]] = yaml.safe_load((FOLDER / "differences.yaml").read_text(encoding="utf-8"))
CASES = yaml.safe_load((Path(__file__).parents[1] / "app/widgets/metric_types/cases.yaml").read_text(encoding="utf-8"))
TYPES = {"text": "text/plain; version=0.0.4", "openmetrics": "application/openmetrics-text; version=1.0.0"}
PATH = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
PROMTOOL, PROMETHEUS = shutil.which("promtool", path=PATH), shutil.which("prometheus", path=PATH)
LINT = "error while linting: "
SEEDS, PAGES = range(4), 75

real = pytest.mark.skipif(
    PROMTOOL is None or PROMETHEUS is None,
    reason="promtool and prometheus are neither on the PATH nor in .venv/bin; `make promtool` fetches them from Debian",
)


@pytest.mark.parametrize("kept", KEPT, ids=[str(number) for number in range(len(KEPT))])
def test_a_damaged_page_is_read_as_prometheus_3_14_read_it(kept: dict[str, Any]) -> None:
    outcome = run(Inputs(exposition=kept["page"], format=kept["format"]))

    assert (outcome.scrape.up, outcome.scrape.error) == (kept["up"], kept.get("error")), kept["page"]
    if kept["format"] == "text":
        assert outcome.promtool
        assert outcome.promtool.error == (LINT + kept["promtool_error"] if "promtool_error" in kept else None)
        assert list(outcome.promtool.problems) == kept.get("promtool", [])


def test_the_kept_pages_are_of_all_kinds() -> None:
    """As many as to matter: up and down, both formats, remarks and refusals of promtool."""
    assert len(KEPT) >= 390
    for up in (True, False):
        for sent in TYPES:
            assert sum(kept["up"] is up and kept["format"] == sent for kept in KEPT) > 20
    assert len({re.sub(r"[^a-z ].*", "", kept["error"]) for kept in KEPT if not kept["up"]}) > 12


def test_a_difference_explains_few_pages() -> None:
    """Else the comparison would compare nothing."""
    pages = [page for seed in SEEDS for page in pages_of(seed)]
    excused = [page for page in pages if "utf8-names" in expected(*page)[1]]

    assert len(excused) < len(pages) / 4


def test_every_difference_names_its_source() -> None:
    for difference in DIFFERENCES.values():
        assert difference.keys() == {"since", "what", "source"}
        assert difference["source"].startswith(("prometheus/", "https://"))
    assert APPLIES.keys() == DIFFERENCES.keys()


# When a difference applies to a page: from what the page is, never from what either program said of it.
CLASSIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def has_bare_quote(page: str) -> bool:
    """A quote that neither encloses a label's value nor stands in a help text or comment."""
    quiet = re.sub(r"^#.*", lambda line: line[0] if "TYPE" in line[0] else "", page, flags=re.MULTILINE)
    return '"' in re.sub(r'=[ \t]*"(?:\\.|[^"\\])*"', "", quiet)


def has_other_name(outcome: Outcome) -> bool:
    return any(not CLASSIC_NAME.match(name) for family in outcome.families for name, _ in family.samples)


APPLIES = {
    "utf8-names": lambda page, outcome: has_other_name(outcome) or has_bare_quote(page),
    "exemplar-anywhere": lambda page, _outcome: OTHER_EXEMPLAR.search(page) is not None,
    "metric-not-unique": lambda _page, outcome: outcome.promtool and NOT_UNIQUE in " ".join(outcome.promtool.problems),
}
NOT_UNIQUE = "metric not unique"
# An exemplar behind a line of a name that is no counter's and no bucket's.
OTHER_EXEMPLAR = re.compile(r"^(?!#)(?!\S*(?:_total|_bucket)[ {]).* # \{", re.MULTILINE)
# What fails a whole scrape of Debian's 2.42, and none of 3.14.
FAILED_BEFORE = {"utf8-names", "exemplar-anywhere"}


@pytest.fixture(scope="module")
def version() -> tuple[int, int]:
    answer = subprocess.run([str(PROMTOOL), "--version"], capture_output=True, text=True, timeout=30, check=False)
    found = re.search(r"version (\d+)\.(\d+)", answer.stdout + answer.stderr)
    assert found, answer.stderr
    return int(found[1]), int(found[2])


class Pages(http.server.BaseHTTPRequestHandler):
    pages: tuple[tuple[str, str], ...] = ()

    def do_GET(self) -> None:
        page, sent = self.pages[int(self.path.rpartition("/")[2])]
        body = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", TYPES[sent])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def real_scrapes(pages: list[tuple[str, str]], folder: Path) -> list[tuple[bool, str]]:
    """What a real Prometheus says of one scrape of each page: up, and its error."""
    handler = type("ThesePages", (Pages,), {"pages": tuple(pages)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    targets = [
        {"targets": [f"127.0.0.1:{server.server_port}"], "labels": {"__metrics_path__": f"/{number}", "n": str(number)}}
        for number in range(len(pages))
    ]
    config = {"global": {"scrape_interval": "2s", "scrape_timeout": "2s"}}
    config |= {"scrape_configs": [{"job_name": "pages", "static_configs": targets}]}  # type: ignore[dict-item]
    (folder / "prometheus.yml").write_text(json.dumps(config))
    port = free_port()
    command = [str(PROMETHEUS), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        return list(_answers(port, len(pages)))
    finally:
        process.terminate()
        process.wait(timeout=30)
        server.shutdown()
        server.server_close()


def _answers(port: int, count: int) -> Iterator[tuple[bool, str]]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.5)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/targets", timeout=10) as answer:
                active = json.load(answer)["data"]["activeTargets"]
        except OSError:
            continue
        known = {int(each["labels"]["n"]): each for each in active if each["health"] != "unknown"}
        slow = [each for each in known.values() if "deadline exceeded" in each["lastError"]]
        if len(known) == count and not slow:
            for number in range(count):
                yield known[number]["health"] == "up", known[number]["lastError"]
            return
    raise AssertionError("Prometheus did not scrape all pages within a minute")


def expected(page: str, sent: str) -> tuple[Outcome, list[str]]:
    outcome = run(Inputs(exposition=page, format=sent))  # type: ignore[arg-type]
    return outcome, [name for name, applies in APPLIES.items() if applies(page, outcome)]


def pages_of(seed: int) -> list[tuple[str, str]]:
    luck = random.Random(seed)
    found = [damaged(luck) for _ in range(PAGES)]
    if seed == 0:
        found += [(case["exposition"], case.get("format") or _auto(case["exposition"])) for case in CASES]
    return [(page, sent) for page, sent in found if page.strip()]


def _auto(page: str) -> str:
    return run(Inputs(exposition=page)).format


@real
@pytest.mark.parametrize("seed", SEEDS)
def test_a_scrape_is_up_where_that_of_the_real_prometheus_is(
    seed: int, tmp_path: Path, version: tuple[int, int]
) -> None:
    pages = pages_of(seed)
    answers = real_scrapes(pages, tmp_path)

    wrong = []
    for (page, sent), (up, error) in zip(pages, answers, strict=True):
        outcome, differences = expected(page, sent)
        if version < (3, 0) and FAILED_BEFORE & set(differences):
            continue
        if up != outcome.scrape.up:
            wrong.append((sent, page, error, outcome.scrape))
    assert wrong == []


@real
@pytest.mark.parametrize("seed", SEEDS)
def test_promtool_says_what_we_say_it_says(seed: int, version: tuple[int, int]) -> None:
    wrong = []
    for page, sent in pages_of(seed):
        if sent != "text":
            continue
        answer = subprocess.run(
            [str(PROMTOOL), "check", "metrics"],
            input=page.encode(),
            capture_output=True,
            timeout=30,
            check=False,
        )
        outcome, differences = expected(page, sent)
        if version < (3, 0) and "utf8-names" in differences:
            continue
        ours = outcome.promtool
        assert ours
        said = answer.stderr.decode().splitlines()
        mine, code = ours.error.splitlines() if ours.error else list(ours.problems), ours.exit_code
        if version < (3, 0) and "metric-not-unique" in differences:
            mine = [line for line in mine if not line.endswith(NOT_UNIQUE)]
            code = 3 if mine else 0
        if (answer.returncode, said) != (code, mine):
            wrong.append((page, answer.returncode, said, ours))
    assert wrong == []
