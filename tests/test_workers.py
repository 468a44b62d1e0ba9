"""Several workers serve as one: what they have counted is the same whoever is asked, and the sum of all."""

import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import gettempdir

import pytest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.parser import text_string_to_metric_families

from app.web.metrics import Metrics, written
from tests.conftest import Server
from tests.test_wire import GET, memory_mib, talk

HEALTH = ("podscope_http_requests_total", (("method", "GET"), ("route", "/healthz"), ("status", "200")))
Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("pair"), "--workers", "2")
    yield running
    running.stop()


def read(server: Server, path: str) -> str:
    with urllib.request.urlopen(server.url + path, timeout=20) as answer:
        return str(answer.read().decode())


def scrape(server: Server) -> Series:
    """All counters and buckets but those of the workers' processes and of scraping itself."""
    series = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(read(server, "/metrics"))
        for sample in family.samples
    }
    return {key: value for key, value in series.items() if "pid" not in dict(key[1])}


def counted(series: Series) -> Series:
    return {
        key: value
        for key, value in series.items()
        if dict(key[1]).get("route") != "/metrics" and not key[0].startswith("podscope_http_response_size")
    }


def settled(server: Server) -> Series:
    """The first scrape that equals those of the second before it: an answer is counted after it was sent, perhaps by
    the other worker, which may have been kept waiting for its turn."""
    same, before = 0, scrape(server)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        time.sleep(0.2)
        after = scrape(server)
        same = same + 1 if counted(after) == counted(before) else 0
        if same == 5:
            return after
        before = after
    raise AssertionError("twenty seconds without a request, and the counters still move")


def pids(server: Server) -> set[int]:
    found = text_string_to_metric_families(read(server, "/metrics"))
    return {int(s.labels["pid"]) for family in found for s in family.samples if "pid" in s.labels}


def counted_by(server: Server, folder: Path, pid: int) -> float:
    files = [str(path) for path in written(folder) if path.name == f"counter_{pid}.db"]
    merged = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]  # the library left it so
    return sum(
        sample.value
        for metric in merged
        for sample in metric.samples
        if (sample.name, tuple(sorted(sample.labels.items()))) == HEALTH
    )


def test_counters_are_the_sum_of_both_workers(pair: Server) -> None:
    before, asked = scrape(pair).get(HEALTH, 0), 0
    workers = pids(pair)
    folder = next(
        path for path in Path(gettempdir()).glob("podscope-metrics-*") if any(path.glob(f"*_{min(workers)}.db"))
    )
    until = time.monotonic() + 30
    each: list[float] = []
    while not (each and all(each)) and time.monotonic() < until:
        # Many at once: of one after the other the system may give all to the worker that was quick the last time.
        with ThreadPoolExecutor(16) as pool:
            asked += len(list(pool.map(lambda _: read(pair, "/healthz"), range(200))))
        each = [counted_by(pair, folder, pid) for pid in workers]
    time.sleep(0.5)  # an answer is counted when it is sent
    after, each = scrape(pair), [counted_by(pair, folder, pid) for pid in workers]

    assert len(workers) == 2
    assert after[HEALTH] - before == asked
    assert sum(each) == after[HEALTH]
    assert all(each), "one worker had nothing to do: the test says nothing"


def test_a_file_that_a_worker_is_just_making_is_not_read(tmp_path: Path) -> None:
    """The library makes its file empty and gives it a size a moment later; whoever scraped between was told 500."""
    (tmp_path / "counter_1.db").touch()
    (tmp_path / "histogram_1.db").write_bytes(bytes(1 << 16))

    assert [path.name for path in written(tmp_path)] == ["histogram_1.db"]
    assert "python_info" in Metrics(str(tmp_path)).text()


def test_twenty_scrapes_without_traffic_see_no_increase(pair: Server) -> None:
    """Prometheus' increase() takes each fall for a restart: with two truths it saw 294 requests that nobody made."""
    read(pair, "/en/interview")
    settled(pair)  # from now on scrapes are counted
    scrapes = [scrape(pair) for _ in range(20)]

    assert all(counted(each) == counted(scrapes[0]) for each in scrapes)
    own = ("podscope_http_requests_total", (("method", "GET"), ("route", "/metrics"), ("status", "200")))
    assert [each[own] - scrapes[0][own] for each in scrapes] == list(range(20))


def test_one_answers_at_a_time(pair: Server) -> None:
    assert {scrape(pair)["podscope_http_requests_in_progress", ()] for _ in range(10)} == {1}


def test_types_are_those_that_one_process_tells(pair: Server, server: Server) -> None:
    def types(of: Server) -> dict[str, str]:
        read(of, "/healthz")
        return {family.name: family.type for family in text_string_to_metric_families(read(of, "/metrics"))}

    assert types(pair) == types(server)


def test_the_live_page_shows_what_both_have_counted(pair: Server) -> None:
    page = read(pair, "/en/widgets/metric-types?exposition=&earlier=&seconds=")

    assert "podscope_http_requests_in_progress" in page
    assert 'id="w-metric-types-again"' in page


def test_headers_are_limited_by_every_worker(pair: Server) -> None:
    before = {pid: memory_mib(pid) for pid in pids(pair)}
    for _ in range(8):
        assert b" 431 " in talk(pair, GET, b"a: b\r\n" * 4000, 20 << 20)

    assert all(memory_mib(pid) - mib < 20 for pid, mib in before.items())


def test_the_folder_goes_when_the_site_stops(tmp_path: Path) -> None:
    running = Server(tmp_path, "--workers", "2")
    workers = pids(running)
    running.stop()

    left = [path for path in Path(gettempdir()).glob("podscope-metrics-*") if any(path.glob(f"*_{min(workers)}.db"))]
    assert left == []
