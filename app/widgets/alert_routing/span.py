"""Durations as Prometheus writes them: `30s`, `1h30m`. Times in milliseconds, the finest it knows."""

import re

from app.kube.manifest import shown
from app.kube.refusal import Refusal

# model.ParseDuration and Duration.String, prometheus/common: a year has 365 days, units go from large to small.
UNITS = (
    ("y", 31_536_000_000),
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
)
_PARSED = re.compile("".join(rf"(?:([0-9]+){unit})?" for unit, _ in UNITS))
_LARGEST_MS = (2**63 - 1) // 10**6


def parse_span(text: str, field: str) -> int:
    """Milliseconds. `0` needs no unit, everything else does."""
    if text == "0":
        return 0
    found = _PARSED.fullmatch(text) if len(text) <= 100 else None
    if not text or found is None:
        raise Refusal("routing-duration", field=field, text=shown(text))
    amount = sum(int(count or 0) * unit for count, (_, unit) in zip(found.groups(), UNITS, strict=True))
    if amount > _LARGEST_MS:
        raise Refusal("routing-duration-large", field=field, text=shown(text))
    return amount


def print_span(amount_ms: int) -> str:
    """`4h5m30s`, from the largest unit that fits; days, weeks and years only where nothing is left over."""
    if amount_ms == 0:
        return "0s"
    text, rest = "", amount_ms
    for name, unit in UNITS:
        whole = name in ("y", "w", "d")
        if not rest or (whole and rest % unit):
            continue
        count, rest = divmod(rest, unit)
        text += f"{count}{name}" if count else ""
    return text
