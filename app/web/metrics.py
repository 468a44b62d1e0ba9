"""What this site tells Prometheus about itself at /metrics: requests by route template, never by address."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
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
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.responses import Response

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
UNMATCHED = "none"
APART = 5.0  # seconds between two scrapes that are worth comparing


class Metrics:
    """One registry a process, with the four types that the lesson on Prometheus explains."""

    def __init__(self) -> None:
        # process_start_time_seconds says it for all; the library left this function untyped
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
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
        )
        self.sent = Summary(
            "podscope_http_response_size_bytes",
            "Bytes of a body as it is sent, compressed; pages that lie ready are not counted.",
            registry=self.registry,
        )

    def page_counter(self, path: str) -> Callable[[str, int], None]:
        """Counts answers of one prepared path under its template: `/en/lessons/etcd` is `/{lang}/lessons/{slug}`."""
        route = template_of(path)

        @lru_cache(maxsize=16)  # finding the series costs more than counting on it
        def one_more(method: str, status: int) -> Callable[[], None]:
            return self.requests.labels(method, route, str(status)).inc

        return lambda method, status: one_more(method, status)()

    def exposition(self) -> Response:
        return Response(self.text(), media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})

    def text(self) -> str:
        return generate_latest(self.registry).decode()


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
    """Pure ASGI: counts and times every answer of the application behind it."""

    def __init__(self, app: Any, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, size, begun = 500, 0, time.perf_counter()

        async def watched(message: Any) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        self._metrics.in_progress.inc()
        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.in_progress.dec()
            route = getattr(scope.get("route"), "path", UNMATCHED)
            self._metrics.requests.labels(scope["method"], route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - begun)
            self._metrics.sent.observe(size)
