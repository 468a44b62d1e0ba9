"""What stops the start when something that we wrote (content, words, rooms) is not as it must be."""

from pathlib import Path


class ContentError(Exception):
    """A mistake of the author's: where it is, what is wrong and what to do about it."""

    def __init__(self, path: Path | str, line: int, message: str, advice: str) -> None:
        super().__init__(f"{path}:{line}: {message}; {advice}")
        self.path = Path(path)
        self.line = line
        self.message = message
        self.advice = advice
