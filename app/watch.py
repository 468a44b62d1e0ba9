"""For authors: which of our files changed, looked at every half second, and the site served anew when one did."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.responses import PlainTextResponse
from uvicorn.supervisors.statreload import StatReload

from app.content.error import ContentError
from app.content.example import FOLDER as EXAMPLE

ROOT = Path(__file__).parent.parent
FOLDERS = tuple(ROOT / name for name in ("app", "content", "templates", "static"))
SUFFIXES = frozenset({".py", ".yaml", ".md", ".svg", ".html", ".css", ".js", ".mako"})
PAUSE_S = 0.5


def files() -> Iterator[Path]:
    """Everything that we write: content, templates, code, styles."""
    for folder in FOLDERS:
        yield from (path for path in folder.rglob("*") if path.suffix in SUFFIXES or path.parent.name == EXAMPLE)


def state() -> dict[Path, int]:
    """The time of the last change of every file, in nanoseconds."""
    found = {}
    for path in files():
        try:
            found[path] = path.stat().st_mtime_ns
        except FileNotFoundError:  # an editor is just replacing it
            continue
    return found


def changes(pause_s: float = PAUSE_S) -> Iterator[list[Path]]:
    """Nothing at first; then, each time, the files that were written, made or deleted since."""
    before = state()
    yield []
    while True:
        time.sleep(pause_s)
        now = state()
        if changed := sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path)):
            before = now
            yield changed


def folder_of(path: Path) -> Path | None:
    """The room or subject that a file belongs to."""
    for parent in (ROOT / "app" / "widgets", ROOT / "content"):
        if path.is_relative_to(parent) and len(inside := path.relative_to(parent).parts) > 1:
            return parent / inside[0]
    return None


class Reload(StatReload):
    """Starts the server again when anything that we write changes, not only code."""

    def should_restart(self) -> list[Path] | None:
        self.pause()
        before, self.mtimes = self.mtimes, {path: at / 1e9 for path, at in state().items()}
        changed = [path for path in before.keys() | self.mtimes.keys() if before.get(path) != self.mtimes.get(path)]
        return sorted(changed) if before and changed else None


def serve_again(host: str, port: int, log_level: str) -> None:
    """Serves the site until it is told to end, each time as the files are."""
    config = uvicorn.Config(
        "app.watch:site_or_mistake",
        factory=True,
        http="app.web.wire:Wire",
        host=host,
        port=port,
        log_level=log_level,
        access_log=False,
        reload=True,
        reload_dirs=[str(folder) for folder in FOLDERS],
        reload_delay=PAUSE_S,
        timeout_graceful_shutdown=1,
    )
    Reload(config, target=uvicorn.Server(config).run, sockets=[config.bind_socket()]).run()


def site_or_mistake() -> Any:
    """The site; where a mistake stops its start, every page says where it is, until the next change."""
    from app.main import create_app
    from app.settings import read_settings

    try:
        return create_app(read_settings(os.environ))
    except ContentError as error:
        return PlainTextResponse(f"{error}\n\npodscope check names all mistakes.\n", 503)
