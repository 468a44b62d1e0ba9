"""What a page is made of for the server that reads it: headers, samples, and the words it stops with."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from app.record import dataclass

LONGEST_WORDS = 4000
"""Characters of the server's words that are kept: it quotes all that it has read of the line, or of several."""

HeaderKind = Literal["HELP", "TYPE", "UNIT"]


@dataclass(frozen=True)
class Header:
    """`# HELP`, `# TYPE` or `# UNIT`; `at` is where it starts in the page, in bytes."""

    at: int
    kind: HeaderKind
    name: str
    text: str


@dataclass(frozen=True)
class Series:
    """A sample as the parser hands it over: labels as they are written, escapes resolved, none left out.

    `raw` is the series as written, `time` null where the line brings none; `declared` the type that the last TYPE gave.
    """

    at: int
    raw: bytes
    name: bytes
    labels: tuple[tuple[bytes, bytes], ...]
    value: float
    has_time: bool
    time_ms: int
    declared: str


@dataclass
class Stop(Exception):  # it is where a scrape stops, and that is no error of ours
    """Where the parser stops. `words` are the server's own; `code` names our sentence about it."""

    at: int
    code: str
    words: str
    values: Mapping[str, str | int] = field(default_factory=dict)
