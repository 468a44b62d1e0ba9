"""The time intervals of an alertmanager.yml, as far as Alertmanager loads them; when they hold is not computed here.

prometheus/alertmanager v0.35.0, timeinterval/timeinterval.go. Which time zones there are depends on the machine, so
that `location` is not looked at.
"""

import re
from collections.abc import Callable

from app.kube.manifest import Part, shown
from app.kube.matcher import plain_text

KEYS = frozenset({"name", "time_intervals"})
RANGES = ("weekdays", "days_of_month", "months", "years")
INTERVAL_KEYS = frozenset({"times", "location", *RANGES})

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


class _WrongError(Exception):
    """In the words of Alertmanager."""

    def __init__(self, said: str, code: str = "routing-range") -> None:
        super().__init__(said)
        self.code = code


def check_interval(interval: Part, known: Callable[[Part, frozenset[str]], None]) -> tuple[str, ...]:
    """Refuses a named interval that Alertmanager does not load; `known` refuses keys that it does not know.

    Answers with the ranges of weekdays that go round the end of the week, which load since v0.35.0 (PR 5579).
    """
    rounds: list[str] = []
    known(interval, KEYS)
    for part in interval.parts("time_intervals"):
        known(part, INTERVAL_KEYS)
        for times in part.parts("times"):
            known(times, frozenset({"start_time", "end_time"}))
            _check_times(times)
        for key in RANGES:
            for i, item in enumerate(part.items(key)):
                text = plain_text(part, (key, i), item)
                begin, end = _read_range(part, key, i, text)
                if key == "weekdays" and begin > end:
                    rounds.append(text)
    return tuple(rounds)


def _check_times(times: Part) -> None:
    texts = {key: plain_text(times, (key,), times.content.get(key)) for key in ("start_time", "end_time")}
    if not all(texts.values()):
        raise times.refusal("routing-times-both")
    for key, text in texts.items():
        if not _TIME.fullmatch(text):
            raise times.refusal("routing-time", key, text=shown(text))
    start, end = texts.values()
    if start >= end:
        raise times.refusal("routing-time-order", "end_time", start=start, end=end)


def _read_range(part: Part, key: str, i: int, text: str) -> tuple[int, int]:
    try:
        ends = [_MEMBERS[key](each) for each in text.lower().split(":")]
        if len(ends) > 2:
            raise _WrongError(f"couldn't parse range {text.lower()}, invalid format")
        _ORDERS[key](ends[0], ends[-1])
    except _WrongError as wrong:
        raise part.refusal(wrong.code, key, i, text=shown(text), said=shown(str(wrong))) from None
    return ends[0], ends[-1]


def _weekday(text: str) -> int:
    if text not in _WEEKDAYS:
        raise _WrongError(f"{text} is not a valid weekday")
    return _WEEKDAYS.index(text)


def _month(text: str) -> int:
    if text in _MONTHS:
        return _MONTHS.index(text) + 1
    if not _NUMBER.fullmatch(text):
        raise _WrongError(f"{text} is not a valid month")
    return _number(text)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or len(text) > 18:
        raise _WrongError(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def _days(begin: int, end: int) -> None:
    """Counted from the end of a month a day is negative; the shortest month has 28."""
    for day in (begin, end):
        if not 1 <= abs(day) <= 31:
            raise _WrongError(f"{day} is not a valid day of the month: out of range")
    if begin < 0 < end:
        raise _WrongError("end day must be negative if start day is negative")
    if begin + 28 * (begin < 0) > end + 28 * (end < 0):
        raise _WrongError(f"end day {end} is always before start day {begin}")


def _months(begin: int, end: int) -> None:
    for month in (begin, end):
        if not 1 <= month <= 12:
            # Loaded until v0.34 (PR 5626).
            raise _WrongError(f"{month} is not a valid month: out of range", "routing-month")
    if begin > end:
        raise _WrongError(f"end month {_MONTHS[end - 1]} is before start month {_MONTHS[begin - 1]}")


def _years(begin: int, end: int) -> None:
    if begin > end:
        raise _WrongError(f"end year {end} is before start year {begin}")


def _any_order(_begin: int, _end: int) -> None:
    """Weekdays may go round the end of the week, which is Saturday, as in friday:monday."""


_MEMBERS = {"weekdays": _weekday, "days_of_month": _number, "months": _month, "years": _number}
_ORDERS = {"weekdays": _any_order, "days_of_month": _days, "months": _months, "years": _years}
