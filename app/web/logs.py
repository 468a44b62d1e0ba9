"""What the site writes about its work: a line an event, as JSON, or in words where somebody watches.

    begin_logs("info")                   # once in each process
    {"event": "answered", "id": "…", "method": "POST", "route": "/api/v1/answers", "status": 201, "ms": 3.1, …}

A line never holds what somebody typed, nor where they come from: requests are named by the template of their route, and
of an exception its class and places are written, not its message, in which pydantic for one repeats its input.
"""

import logging
import re
import secrets
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from types import TracebackType
from typing import Any

from app.place import APP
from app.web.spared import spared

# structlog would draw tracebacks with rich, of which no log of ours has any: 4 MB. And where the tests' browser has
# brought greenlet, it would count on threads of that kind: 2 MB.
with spared("rich"), spared("greenlet"):
    import structlog

Event = MutableMapping[str, Any]

bound = structlog.contextvars.bound_contextvars
logger = structlog.get_logger
HEADER = b"x-request-id"
_ID = re.compile(rb"[0-9a-f]{16,32}")
FRAMES = 12  # of a traceback, the innermost


def begin_logs(level: str) -> None:
    """From now on everything that is logged, also by libraries, comes out in our form on standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        without_messages,
    ]
    is_watched = sys.stderr.isatty()
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if is_watched else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def without_messages(_: Any, __: str, event: Event) -> Event:
    """An exception as its class and the places where it passed, of ours with their line."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = class_of(error)
        event["at"] = list(places_of(error.__traceback__))
        causes = list(_causes_of(error))
        if causes:
            event["because"] = [class_of(cause) for cause in causes]
    return event


def class_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def _causes_of(error: BaseException) -> Iterable[BaseException]:
    seen = {id(error)}
    while (cause := error.__cause__ or error.__context__) is not None and id(cause) not in seen and len(seen) < 8:
        seen.add(id(cause))
        yield cause
        error = cause


def places_of(trace: TracebackType | None) -> Iterable[str]:
    """`app/quiz/api.py:120 answer`, innermost last."""
    for frame in traceback.extract_tb(trace)[-FRAMES:]:
        path = frame.filename.removeprefix(f"{APP.parent}/").rpartition("site-packages/")[2]
        yield f"{path}:{frame.lineno} {frame.name}"


def id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The id that a proxy gave this request, if it is of the form of one; else a new one."""
    given = next((value for name, value in headers if name == HEADER), b"")
    return given.decode() if _ID.fullmatch(given) else secrets.token_hex(8)
