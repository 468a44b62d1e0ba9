"""What stops the start when something that we wrote (content, words, rooms) is not as it must be."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class ContentError(Exception):
    """A mistake of the author's: where it is, what is wrong and what to do about it."""

    def __init__(self, path: Path | str, line: int, message: str, advice: str) -> None:
        super().__init__(f"{path}:{line}: {message}; {advice}")
        self.path = Path(path)
        self.line = line
        self.message = message
        self.advice = advice


def text_of(path: Path) -> str:
    """What a file says; a ContentError where it is no UTF-8, or no file that can be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ContentError(
            path, line, f"not UTF-8: byte 0x{error.object[error.start]:02x}", "save it as UTF-8"
        ) from None
    except OSError as error:
        raise ContentError(path, 1, f"can't be read: {error.strerror}", "make it a file of text") from None


def line_of(path: Path, text: str) -> int:
    """The first line that holds a text, else 1."""
    lines = text_of(path).splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)


Tell = Callable[[ContentError], None]
"""What readers do with a mistake: `stop` raises it, a `Mistakes` keeps it and lets them go on."""


def stop(error: ContentError) -> None:
    raise error


@contextmanager
def going_on(tell: Tell) -> Iterator[None]:
    """A mistake inside is told; what comes after the block goes on, unless telling stops it."""
    try:
        yield
    except ContentError as error:
        tell(error)


class Mistakes:
    """All mistakes of a run, each once, by file and line."""

    def __init__(self) -> None:
        self._found: dict[str, ContentError] = {}

    def __call__(self, error: ContentError) -> None:
        self._found.setdefault(str(error), error)

    def __bool__(self) -> bool:
        return bool(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[ContentError]:
        return iter(sorted(self._found.values(), key=lambda error: (str(error.path), error.line)))

    def files(self) -> set[Path]:
        return {error.path for error in self._found.values()}
