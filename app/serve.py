"""Serves the site as the settings in the environment say: what the command `podscope serve` becomes.

What reads command lines is no part of this process.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.settings import Settings

REFUSED = 2  # exit status for what is not acceptable: a setting, an input
BEGUN_S = 30  # that a worker may take to begin: with uvicorn's 5 a restart by SIGHUP fails on a busy machine


def main() -> None:
    """Until the process is told to end."""
    gc.disable()  # nothing made at start is garbage; the site switches the collector on when it stands

    from app.settings import SettingsError, read_settings
    from app.web.logs import begin_logs

    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        raise SystemExit(REFUSED) from error
    begin_logs(settings.log_level)
    with _counting(settings.workers):
        _serve(settings)


@contextmanager
def _counting(workers: int) -> Iterator[None]:
    """Where several workers serve: a folder of this run in which all count, so that /metrics is the same of each.

    It has to be named before the library that counts is imported.
    """
    name = "PROMETHEUS_MULTIPROC_DIR"
    os.environ.pop(name, None)
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="podscope-metrics-") as folder:
        os.environ[name] = folder
        yield


def _serve(settings: "Settings") -> None:
    import uvicorn

    application = _site_or_refuse(settings)
    if settings.workers == 1:
        _end_gracefully_on_hangup()
    uvicorn.run(
        # Several processes each make their own site, from the pages that this one has just prepared.
        application if settings.workers == 1 else "app.main:app_from_environment",
        factory=settings.workers > 1,
        http="app.web.wire:Wire",
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,  # what it says comes out with ours
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        timeout_worker_healthcheck=BEGUN_S,
        limit_concurrency=_connections(),
    )


def _end_gracefully_on_hangup() -> None:
    """SIGHUP ends the site as SIGTERM does, when what was asked is answered. uvicorn handles it where there are several
    workers, which it restarts, and else lets it end the process at once. A process that ignores it (nohup) goes on."""
    import signal

    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def _connections() -> int:
    """How many connections a process may hold: as many as it may have files, which it may have as many as the system
    lets it; some are for the database, the content and what the proxy asks."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(64, most - 200)


def _site_or_refuse(settings: "Settings") -> Any:
    """The site; a mistake of ours stops the start with file, line and advice, without a traceback."""
    from app.content.error import ContentError
    from app.main import create_app
    from app.site import draw_apart
    from app.store.engine import StoreError, create_store_engine

    try:
        create_store_engine(settings.database_url).dispose()  # an address that can't be right is told at once
        draw_apart(public_url=settings.public_url)
        return create_app(settings)
    except ContentError as error:
        print(f"{error}\npodscope check names all mistakes", file=sys.stderr)
        raise SystemExit(1) from error
    except StoreError as error:
        print(error, file=sys.stderr)
        raise SystemExit(REFUSED) from error


if __name__ == "__main__":
    main()
