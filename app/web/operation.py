"""What those who run the site ask it: whether it lives, whether it can serve, what it has counted."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from app.record import dataclass
from app.web.metrics import Metrics
from app.web.turns import aside

LEAST_FREE = 64 << 20  # bytes of the disk that the database needs to go on
KEPT = {"cache-control": "no-store"}


class Health(Protocol):
    """What the database says of itself."""

    @property
    def engine(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def is_migrated(self) -> bool: ...


class Asked(Protocol):
    """A store, as far as it is asked for its health."""

    def health(self) -> Health: ...


@dataclass(frozen=True)
class Readiness:
    """Whether a request would be served now: of each part whether it is well, and what is known of it.

    `folder` is where the database lies, None where that is not on our disk; `pages` how many lie ready.
    """

    store: Asked
    folder: Path | None
    pages: int
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free

    def parts(self) -> dict[str, dict[str, Any]]:
        return {**self._database(), **self._disk(), "content": {"ok": self.pages > 0, "pages": self.pages}}

    def _database(self) -> dict[str, dict[str, Any]]:
        try:
            health = self.store.health()
        except Exception as error:  # whatever it is, the database does not answer
            return {"database": {"ok": False, "reason": type(error).__name__}, "migrations": {"ok": False}}
        return {
            "database": {"ok": True, "engine": health.engine, "version": health.version},
            "migrations": {"ok": health.is_migrated},
        }

    def _disk(self) -> dict[str, dict[str, Any]]:
        if self.folder is None:
            return {}
        try:
            free = self.free(self.folder)
        except OSError as error:
            return {"disk": {"ok": False, "reason": error.strerror}}
        return {"disk": {"ok": free >= LEAST_FREE, "free_bytes": free, "least_bytes": LEAST_FREE}}


def operation_routes(api: FastAPI, metrics: Metrics, readiness: Readiness) -> None:
    @api.get("/healthz", tags=["operation"], summary="This process answers")
    async def healthz() -> dict[str, str]:
        # Not in a thread: all of them may be waiting for a lock while this process is well.
        return {"status": "ok"}

    scraped: dict[int | str, dict[str, Any]] = {
        200: {"description": "In the text format", "content": {"text/plain": {"schema": {"type": "string"}}}}
    }

    @api.get(
        "/metrics",
        tags=["operation"],
        summary="What Prometheus scrapes",
        response_class=Response,
        responses=scraped,
    )
    async def exposition() -> Response:
        return await aside(metrics.exposition)

    part: dict[str, Any] = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    schema = {
        "type": "object",
        "properties": {
            "status": {"type": "string", "enum": ["ok", "not ready"]},
            "parts": {"type": "object", "additionalProperties": part},
        },
        "required": ["status", "parts"],
    }
    described: dict[int | str, dict[str, Any]] = {
        status: {"description": said, "content": {"application/json": {"schema": schema}}}
        for status, said in ((200, "All of it is well"), (503, "Not all of it is: `parts` says what"))
    }

    @api.get(
        "/readyz",
        tags=["operation"],
        summary="Database, its tables, disk and content are well",
        response_class=JSONResponse,
        responses=described,
    )
    async def readyz() -> Response:
        parts = await aside(readiness.parts)
        is_ready = all(part["ok"] for part in parts.values())
        said = {"status": "ok" if is_ready else "not ready", "parts": parts}
        return JSONResponse(said, 200 if is_ready else 503, KEPT)
