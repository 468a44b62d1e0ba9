"""Keeps what was prepared between two starts, so that a start without changes need not draw every page again."""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from jinja2 import BytecodeCache, FileSystemBytecodeCache

from app.web.page import Prepared

Pages = dict[str, Prepared]


def digest_of(folders: Iterable[Path]) -> str:
    """A name for the state of these folders: every file with its size and the time of its last change."""
    known = hashlib.sha256(sys.version.encode())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                stat = path.stat()
                known.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return known.hexdigest()[:24]


def compiled_templates(shelf: Path) -> BytecodeCache | None:
    """Where Jinja keeps compiled templates, each under a digest of its text; None where the shelf can't be used."""
    folder = shelf / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder)) if os.access(folder, os.W_OK) else None


def from_shelf(shelf: Path, digest: str, draw: Callable[[], Pages], *, anew: bool = False) -> Pages:
    """The pages kept under this digest, else (or with `anew`) drawn now and kept; a shelf that can't be used is
    done without."""
    path = shelf / f"pages-{digest}.pickle"
    kept = None if anew else _read(path)
    if kept is not None:
        return kept
    pages = draw()
    _write(path, pages)
    return pages


def _read(path: Path) -> Pages | None:
    try:
        pages = pickle.loads(path.read_bytes())
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, ValueError):
        return None
    return pages if isinstance(pages, dict) else None


def _write(path: Path, pages: Pages) -> None:
    """Other processes see the whole file or none; earlier states are thrown away."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{id(pages):x}")
        fresh.write_bytes(pickle.dumps(pages, protocol=pickle.HIGHEST_PROTOCOL))
        fresh.replace(path)
        for old in path.parent.glob("pages-*.pickle"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        return
