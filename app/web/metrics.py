"""What this site tells Prometheus about itself at /metrics: requests by route template, never by address."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Summary,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.responses import Response

from app.record import dataclass
from app.web.logs import HEADER, bound, id_of, logger

log = logger("podscope.request")

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
UNMATCHED = "none"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OTHER = "other"  # a client may call its method as it likes
QUIET = ("/healthz", "/readyz", "/metrics")  # asked every few seconds by machines, and not logged
APART = 5.0  # seconds between two scrapes that are worth comparing


FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which all workers of one site count; the library reads it when it is imported."""


class Metrics:
    """What is counted, with the four types that the lesson on Prometheus explains.

    Where several workers serve, each counts in a file of its own and any of them tells the sum of all: a counter never
    falls because somebody else was asked, and what a worker has counted that is gone stays.
    """

    def __init__(self, folder: str | None = None) -> None:
        # process_start_time_seconds says it for all; the library left this function untyped
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._told = self.registry
        if folder:
            self._told = CollectorRegistry()
            self._told.register(Workers(folder))
        else:
            ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self._told)
        self.requests = Counter(
            "podscope_http_requests",
            "Answers sent since the process began, of every kind.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "podscope_http_request_duration_seconds",
            "Time from a request to the last byte of its answer; pages that lie ready are not timed.",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_progress = Gauge(
            "podscope_http_requests_in_progress",
            "Requests that are being answered now, the one that reads this among them.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.sent = Summary(
            "podscope_http_response_size_bytes",
            "Bytes of a body as it is sent, compressed; pages that lie ready are not counted.",
            registry=self.registry,
        )

        self.hands = Counter(
            "podscope_large_requests",
            "Requests that were given to a worker process: done, over its time or memory, busy, or left by the client.",
            ["outcome"],
            registry=self.registry,
        )
        for outcome in ("done", "over", "busy", "left"):
            self.hands.labels(outcome)  # told from the start, so that the first of them is an increase

    def hand(self, outcome: str) -> None:
        self.hands.labels(outcome).inc()

    def page_counter(self, path: str) -> Callable[[str, int], None]:
        """Counts answers of one prepared path under its template: `/en/lessons/etcd` is `/{lang}/lessons/{slug}`."""
        route = template_of(path)

        @lru_cache(maxsize=16)  # finding the series costs more than counting on it
        def one_more(method: str, status: int) -> Callable[[], None]:
            return self.requests.labels(method, route, str(status)).inc

        return lambda method, status: one_more(method, status)()

    def count_state(self, path: str, method: str, status: int) -> None:
        """Counts an answer that was kept, under the route that would have made it."""
        prefix = "/fragments" if path.startswith("/fragments/") else ""
        self._of_state(prefix, method, status).inc()

    @cache  # noqa: B019  # of one Metrics, which lives as long as the site: two routes, two methods, two statuses
    def _of_state(self, prefix: str, method: str, status: int) -> Counter:
        return self.requests.labels(method, prefix + "/{lang}/widgets/{slug}", str(status))

    def exposition(self) -> Response:
        return Response(self.text(), media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})

    def text(self) -> str:
        return generate_latest(self._told).decode()


class Workers(Collector):
    """The sum of what all workers of one site have counted, and of each that lives how its process is."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def collect(self) -> Iterator[Metric]:
        files = written(self._folder)
        living = sorted(pid for pid in {_pid_of(path) for path in files} if is_worker(pid))
        counted = [path for path in files if not path.name.startswith("gauge_live") or _pid_of(path) in living]
        yield from self._processes(living)
        # The library left this function untyped.
        merged = MultiProcessCollector.merge([str(path) for path in counted])  # type: ignore[no-untyped-call]
        yield from sorted(merged, key=lambda metric: str(metric.name))

    def _processes(self, pids: Sequence[int]) -> Iterator[Metric]:
        """Their own metrics, each with the worker's `pid`: seconds and bytes of one are no more of another."""
        found: dict[str, Metric] = {}
        for pid in pids:
            for metric in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                kept = found.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
                for sample in metric.samples:
                    kept.add_sample(sample.name, {"pid": str(pid)}, sample.value)
        return iter(found.values())


def written(folder: Path) -> list[Path]:
    """The files in which something was counted. One that a worker is just making is empty, and can't be read yet."""
    return sorted(path for path in folder.glob("*.db") if path.stat().st_size > 0)


def _pid_of(path: Path) -> int:
    return int(path.stem.rpartition("_")[2])


def is_worker(pid: int) -> bool:
    """Whether this is a living worker of this site: one that has the same parent as this process."""
    try:
        # The name of a process stands in parentheses and may hold any of them.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    return int(fields[1]) == os.getppid() and fields[0] != "Z"


@dataclass(frozen=True)
class Scrape:
    """What /metrics answered; `at` is Unix time in seconds."""

    at: float
    text: str

    @property
    def when(self) -> str:
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Scrapes:
    """Scrapes of this process to compare: one taken now, and one taken before it.

    Of those taken before, the two newest are kept that lie at least five seconds apart; the first is that of the
    start. The clock goes on from the start's time evenly, so that a rate never sees the time of day corrected.
    """

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._start = time.time() - clock()
        self._lock = threading.Lock()
        self._kept = deque([self._take()], maxlen=2)

    def _take(self) -> Scrape:
        return Scrape(self._start + self._clock(), self._metrics.text())

    def pair(self) -> tuple[Scrape, Scrape]:
        """The scrape before, if possible five seconds old, and the one of now."""
        with self._lock:
            now = self._take()
            before = next((old for old in reversed(self._kept) if now.at - old.at >= APART), self._kept[0])
            if now.at - self._kept[-1].at >= APART:
                self._kept.append(now)
            return before, now


def template_of(path: str) -> str:
    """The template of a prepared path, so that labels stay few."""
    parts = path.strip("/").split("/")
    if parts[0] == "static":
        return "/static/{file}"
    return "/" + "/".join(["{lang}", *parts[1:2], *(["{slug}"] if len(parts) > 2 else [])])


class Measured:
    """Pure ASGI: counts, times and logs every answer of the application behind it, which carries its id."""

    def __init__(self, app: Any, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, size, begun = 500, 0, time.perf_counter()
        scope["podscope.id"] = id_ = id_of(scope["headers"])

        async def watched(message: Any) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, id_.encode())]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        self._metrics.in_progress.inc()
        try:
            with bound(id=id_):
                await self._app(scope, receive, watched)
        finally:
            self._metrics.in_progress.dec()
            seconds = time.perf_counter() - begun
            route = getattr(scope.get("route"), "path", UNMATCHED)
            method = scope["method"] if scope["method"] in METHODS else OTHER
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(seconds)
            self._metrics.sent.observe(size)
            if route not in QUIET:
                said = {"id": id_, "method": method, "route": route, "status": status}
                log.info("answered", **said, ms=round(seconds * 1000, 1), bytes=size)
