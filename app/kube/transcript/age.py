"""Ages and times as kubectl prints them, back into seconds.

kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/util/duration/duration.go writes `5m8s`, `3h20m`, `2d4h`, `64d`.
"""

import re
from datetime import UTC, datetime, timedelta

AGE = r"(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+(?:\.\d+)?s)?"
_PARTS = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)([ydhms])")
LONGEST = 60
"""Characters of an age or a time at most: `292y` is as old as anything gets for Go."""
_SECONDS = {"y": 365 * 86400.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_GO_TIME = re.compile(
    r"(?:\w{2,9}\.?, +)?(\d{1,2})\.? +([A-Za-z\u00e4\u00c4]{3,9})\.? +(\d{4}) +"
    r"(\d\d):(\d\d):(\d\d) *([+-]\d{4}|UTC|GMT|Z)?"
)
_CHINESE = re.compile(r"(\d{4})\u5e74 *(\d{1,2})\u6708 *(\d{1,2})\u65e5 *\D{0,12}(\d\d):(\d\d):(\d\d) *([+-]\d{4})?")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "januar"),
            ("feb", "februar"),
            ("mar", "m\u00e4rz", "m\u00e4r", "mrz"),
            ("apr",),
            ("may", "mai"),
            ("jun", "juni"),
            ("jul", "juli"),
            ("aug",),
            ("sep", "sept"),
            ("oct", "okt"),
            ("nov",),
            ("dec", "dez"),
        ),
        1,
    )
    for name in names
}


def read_age(text: str) -> float | None:
    """The seconds of `2m57s`; None for `<unknown>`, `<invalid>` what is no age, or too long for one."""
    if len(text) > LONGEST:
        return None
    parts = _PARTS.findall(text)
    if not parts or _PARTS.sub("", text).strip():
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def read_time(text: str) -> datetime | None:
    """A time as `describe` (RFC 1123), objects and logs (RFC 3339) or a German or Chinese system print it.

    None for what is none, and for what lies, in UTC, before the year 1 or after 9999.
    """
    text = text[:READ]
    try:
        if match := _ISO.search(text):
            return _made(match[1], match[2], match[3], match[4], match[5], match[6], match[8])
        if match := _GO_TIME.search(text):
            word = match[2].lower()
            month = _MONTHS.get(word) or _MONTHS.get(word[:3])
            return _made(match[3], str(month), match[1], match[4], match[5], match[6], match[7]) if month else None
        if match := _CHINESE.search(text):
            return _made(match[1], match[2], match[3], match[4], match[5], match[6], match[7])
    except (ValueError, OverflowError):
        return None
    return None


READ = 200
"""Characters from the beginning of a text in which a time is looked for."""


def later(time: datetime | None, seconds: float) -> datetime | None:
    """So much later; None where there is no such time."""
    try:
        return None if time is None else time + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _made(year: str, month: str, day: str, hour: str, minute: str, second: str, zone: str | None) -> datetime:
    zone = "+0000" if not zone or zone in ("Z", "UTC", "GMT") else zone.replace(":", "")
    text = f"{int(year):04}-{int(month):02}-{int(day):02}T{hour}:{minute}:{min(int(second), 59):02}{zone}"
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)


def iso(time: datetime | None) -> str:
    """The time as it stands in objects; empty for none."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z" if time else ""
