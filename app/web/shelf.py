"""Keeps what was read and drawn between two starts, so that a start without changes need not do it again."""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from jinja2 import BytecodeCache, FileSystemBytecodeCache

Made = TypeVar("Made")
COMPILED = "escaping-%s.cache"  # what a compiled template is called, otherwise for each way of compiling


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
    return FileSystemBytecodeCache(str(folder), COMPILED) if os.access(folder, os.W_OK) else None


class Shelf:
    """What was made of our files, kept in a folder under the digest of their state; a folder that can't be used is
    done without. With `anew` everything is made again, and kept."""

    def __init__(self, folder: Path, digest: str, *, anew: bool = False) -> None:
        self._folder = folder
        self._digest = digest
        self._anew = anew

    def kept(self, name: str, kind: type[Made], make: Callable[[], Made]) -> Made:
        """What was kept under this name, if it is of the kind, else what is made now."""
        path = self._folder / f"{name}-{self._digest}.pickle"
        found = None if self._anew else _read(path)
        if isinstance(found, kind):
            return found
        made = make()
        _write(path, name, made)
        return made

    def before(self, name: str, kind: type[Made]) -> Made | None:
        """What was kept under this name last, in whatever state: to be compared with, not to be used as it is."""
        paths = sorted(self._folder.glob(f"{name}-*.pickle"), key=lambda path: path.stat().st_mtime_ns)
        found = _read(paths[-1]) if paths else None
        return found if isinstance(found, kind) else None


def _read(path: Path) -> object:
    try:
        return pickle.loads(path.read_bytes())  # nosec B301 # of a folder of mode 0700 that this user has written
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, ValueError):
        return None


def _write(path: Path, name: str, made: object) -> None:
    """Other processes see the whole file or none; earlier states are thrown away."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}-{id(made):x}")
        fresh.write_bytes(pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))
        fresh.replace(path)
        for old in path.parent.glob(f"{name}-*.pickle"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        return
