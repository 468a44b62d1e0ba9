"""Ages and times as kubectl prints them, back into seconds.

kubernetes v1.37 staging/src/k8s.io/apimachinery/pkg/util/duration/duration.go writes `5m8s`, `3h20m`, `2d4h`, `64d`.
"""

import re
from datetime import UTC, datetime

AGE = r"(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+(?:\.\d+)?s)?"
_PARTS = re.compile(r"(\d+(?:\.\d+)?)([ydhms])")
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
    """The seconds of `2m57s`; None for `<unknown>`, `<invalid>` and what is no age."""
    parts = _PARTS.findall(text)
    if not parts or _PARTS.sub("", text).strip():
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def read_time(text: str) -> datetime | None:
    """A time as `describe` (RFC 1123), objects and logs (RFC 3339) or a German or Chinese system print it."""
    try:
        if match := _ISO.search(text):
            return _made(match[1], match[2], match[3], match[4], match[5], match[6], match[8])
        if match := _GO_TIME.search(text):
            word = match[2].lower()
            month = _MONTHS.get(word) or _MONTHS.get(word[:3])
            return _made(match[3], str(month), match[1], match[4], match[5], match[6], match[7]) if month else None
        if match := _CHINESE.search(text):
            return _made(match[1], match[2], match[3], match[4], match[5], match[6], match[7])
    except ValueError:
        return None
    return None


def _made(year: str, month: str, day: str, hour: str, minute: str, second: str, zone: str | None) -> datetime:
    zone = "+0000" if not zone or zone in ("Z", "UTC", "GMT") else zone.replace(":", "")
    text = f"{int(year):04}-{int(month):02}-{int(day):02}T{hour}:{minute}:{min(int(second), 59):02}{zone}"
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)


def iso(time: datetime | None) -> str:
    """The time as it stands in objects; empty for none."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""
