"""What this site tells Prometheus about itself at /metrics: requests by route template, never by address."""

import time
from collections.abc import Callable
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Summary,
    generate_latest,
)
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.responses import Response

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
UNMATCHED = "none"


class Metrics:
    """One registry a process, with the four types that the lesson on Prometheus explains."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Counter(
            "podscope_http_requests", "Answers sent.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "podscope_http_request_duration_seconds",
            "Time to answer what is made per request.",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_progress = Gauge("podscope_http_requests_in_progress", "Requests now.", registry=self.registry)
        self.sent = Summary("podscope_http_response_size_bytes", "Body bytes per answer.", registry=self.registry)

    def page_counter(self, path: str) -> Callable[[str, int], None]:
        """Counts answers of one prepared path under its template: `/en/lessons/etcd` is `/{lang}/lessons/{slug}`."""
        route = template_of(path)

        def count(method: str, status: int) -> None:
            self.requests.labels(method, route, str(status)).inc()

        return count

    def exposition(self) -> Response:
        return Response(self.text(), media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})

    def text(self) -> str:
        return generate_latest(self.registry).decode()


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
