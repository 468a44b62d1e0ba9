"""The time between two scrapes: seconds, or both moments."""

import re
from datetime import datetime

from app.kube.refusal import Refusal
from app.record import dataclass

LONGEST = 1e9
_SECONDS = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")


@dataclass(frozen=True)
class Span:
    """`before` and `now` are the clock of both scrapes, empty where only the seconds are known."""

    seconds: float
    before: str = ""
    now: str = ""


def read_span(text: str) -> Span:
    """`15`, or an interval as ISO 8601 writes it, `2026-11-23T07:21:03.120Z/2026-11-23T07:21:18.120Z`."""
    word = text.strip()
    first, slash, second = word.partition("/")
    moments = [_moment(part) for part in (first, second)] if slash else []
    if moments and moments[0] and moments[1]:
        span = Span((moments[1] - moments[0]).total_seconds(), first[11:-1], second[11:-1])
    else:
        span = Span(float(word) if _SECONDS.fullmatch(word) else 0.0)
    if not 0 < span.seconds <= LONGEST:
        raise Refusal("metrics-seconds", field="seconds", text=word if len(word) <= 60 else f"{word[:60]}…")
    return span


def _moment(text: str) -> datetime | None:
    """A moment in UTC; None for what is none, the 30th of February as well."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
