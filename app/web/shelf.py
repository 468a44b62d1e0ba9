"""Keeps what was read and drawn between two starts, so that a start without changes need not do it again."""

import hashlib
import io
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import get_ident
from typing import Any, BinaryIO, Generic, TypeVar
from weakref import finalize

from jinja2 import BytecodeCache, FileSystemBytecodeCache

from app.web.laid import LONG, Body, Laid, Lying

Made = TypeVar("Made")
COMPILED = "put-together-%s.cache"  # what a compiled template is called, otherwise for each way of compiling


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


class Later(Generic[Made]):
    """What comes off the shelf only when somebody asks for it, and stays then."""

    def __init__(self, made: Made) -> None:
        self._made: Made | None = made
        self._pickled: Body = b""

    def get(self) -> Made:
        if self._made is None:
            self._made = pickle.loads(bytes(self._pickled))  # nosec B301 # as `_read`
        return self._made

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return _later, (pickle.dumps(self.get(), pickle.HIGHEST_PROTOCOL),)


def _later(pickled: Body) -> Later[Any]:
    later = Later[Any](None)
    later._pickled = pickled
    return later


class Shelf:
    """What was made of our files, kept in a folder under the digest of their state; a folder that can't be used is
    done without. With `anew` everything is made again, and kept."""

    def __init__(self, folder: Path, digest: str, *, anew: bool = False) -> None:
        self._folder = folder
        self._digest = digest
        self._anew = anew

    def kept(self, name: str, kind: type[Made], make: Callable[[], Made], *, apart: bool = False) -> Made:
        """What was kept under this name, if it is of the kind, else what is made now. With `apart`, bytes of at least
        LONG come back as Laid: they stay in the file."""
        path = self._folder / f"{name}-{self._digest}.pickle"
        found = None if self._anew else _read(path)
        if isinstance(found, kind):
            return found
        made = make()
        _write(path, name, made, apart)
        again = _read(path) if apart else None
        return again if isinstance(again, kind) else made

    def has(self, name: str) -> bool:
        """Whether something is kept under this name."""
        return (self._folder / f"{name}-{self._digest}.pickle").exists()

    def file(self, name: str, make: Callable[[Path], None], is_whole: Callable[[Path], bool]) -> Path:
        """The file that was kept under this name, if it is whole, else the one that `make` writes now: where the folder
        can't be used, into one that ends with this process."""
        path = self._folder / f"{name}-{self._digest}.file"
        if not self._anew and is_whole(path):
            return path
        try:
            with _placed(path, name) as fresh:
                make(fresh)
        except OSError:
            path = Path(mkdtemp(prefix="podscope-shelf-")) / path.name
            finalize(self, rmtree, path.parent, ignore_errors=True)
            make(path)
        return path

    def before(self, name: str, kind: type[Made]) -> Made | None:
        """What was kept under this name last, in whatever state: to be compared with, not to be used as it is."""
        paths = sorted(self._folder.glob(f"{name}-*.pickle"), key=lambda path: path.stat().st_mtime_ns)
        found = _read(paths[-1]) if paths else None
        return found if isinstance(found, kind) else None


# A file of the shelf: where its pickle begins, in HEAD bytes; what lies apart; the pickle, so that a file which was cut
# off anywhere has none that is whole.
HEAD = 6
SUFFIXES = (".pickle", ".file")  # of what is whole; anything else somebody is writing


class _Pickler(pickle.Pickler):
    """Writes long bytes into the file and their places into the pickle, equal ones once."""

    def __init__(self, into: BinaryIO, file: BinaryIO) -> None:
        super().__init__(into, protocol=pickle.HIGHEST_PROTOCOL)
        self._lying = file
        self._places: dict[bytes, tuple[int, int]] = {}

    def persistent_id(self, made: object) -> tuple[int, int] | None:
        if type(made) is not bytes or len(made) < LONG:
            return None
        if made not in self._places:
            self._places[made] = (self._lying.tell(), self._lying.write(made))
        return self._places[made]


class _Unpickler(pickle.Unpickler):
    """Knows the places of what lies apart, and keeps the file open for it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._file = file
        self._lying: Lying | None = None

    def persistent_load(self, place: tuple[int, int]) -> Laid:
        self._lying = self._lying or Lying(os.dup(self._file.fileno()))
        return Laid(self._lying, place)


def _read(path: Path) -> object:
    try:
        with path.open("rb") as file:
            file.seek(int.from_bytes(file.read(HEAD)))
            return _Unpickler(file).load()  # nosec B301 # of a folder of mode 0700 that this user has written
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, ValueError):
        return None


def _write(path: Path, name: str, made: object, apart: bool) -> None:
    try:
        with _placed(path, name) as fresh, fresh.open("wb") as file:
            file.write(bytes(HEAD))
            pickled = io.BytesIO()
            pickler = _Pickler(pickled, file) if apart else pickle.Pickler(pickled, pickle.HIGHEST_PROTOCOL)
            pickler.dump(made)
            begins = file.tell()
            file.write(pickled.getbuffer())
            file.seek(0)
            file.write(begins.to_bytes(HEAD))
    except OSError:
        return


@contextmanager
def _placed(path: Path, name: str) -> Iterator[Path]:
    """Where to write a file: other processes see the whole of it or nothing; earlier states are thrown away."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}-{get_ident():x}")
    try:
        yield fresh
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    for old in path.parent.glob(f"{name}-*"):
        if old != path and old.suffix in SUFFIXES:
            old.unlink(missing_ok=True)
