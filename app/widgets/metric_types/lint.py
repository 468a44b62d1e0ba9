"""What `promtool check metrics` would advise (client_golang v1.23, prometheus/testutil/promlint/validations)."""

import re
from collections.abc import Iterator

from app.widgets.metric_types.model import Family, Mistake

BASE_UNITS = frozenset(
    ("amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "seconds", "volts")
)
OTHER_UNITS = {
    **dict.fromkeys(("minutes", "hours", "days", "weeks"), "seconds"),
    **dict.fromkeys(("fahrenheit", "rankine"), "celsius"),
    **dict.fromkeys(("inches", "yards", "miles"), "meters"),
    **dict.fromkeys(("pounds", "ounces"), "grams"),
    "kelvins": "kelvin",
    "bits": "bytes",
    "calories": "joules",
}
PREFIXES = (
    *("pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto"),
    *("kilo", "kibi", "mega", "mibi", "giga", "gibi", "tera", "tebi", "peta", "pebi"),
)
ABBREVIATIONS = ("s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d")
TYPES = ("counter", "gauge", "summary", "histogram")
_CAMEL = re.compile(r"[a-z][A-Z]")


def lint(family: Family) -> Iterator[Mistake]:
    """Advice on one family; nothing for a family without samples."""
    if not family.samples:
        return
    line = family.samples[0].line
    for code, values in _advice(family):
        yield Mistake(line, code, "advice", {"name": family.name, **values})


def _advice(family: Family) -> Iterator[tuple[str, dict[str, str]]]:
    name, kind = family.name, family.type
    if not family.help:
        yield "help-missing", {}
    if kind == "untyped":
        yield "type-missing", {}
    if (unit := unit_of(name)) and unit[0] != unit[1]:
        yield "base-unit", {"unit": unit[0], "base": unit[1]}
    if kind == "counter" and not name.endswith("_total"):
        yield "counter-total", {}
    if kind not in ("counter", "untyped") and name.endswith("_total"):
        yield "total-no-counter", {}
    yield from _reserved(family)
    for word in TYPES:
        if f"_{word}_" in name.lower() or name.lower().endswith(f"_{word}"):
            yield "type-in-name", {"word": word}
    if ":" in name:
        yield "colon", {}
    if _CAMEL.search(name):
        yield "camel-case", {}
    if any(f"_{word}_" in name.lower() or name.lower().endswith(f"_{word}") for word in ABBREVIATIONS):
        yield "abbreviation", {}
    for label in sorted({label for sample in family.samples for label, _ in sample.labels if _CAMEL.search(label)}):
        yield "camel-label", {"label": label}


def _reserved(family: Family) -> Iterator[tuple[str, dict[str, str]]]:
    """Suffixes and labels that belong to histograms and summaries. Nothing is asked of untyped metrics."""
    if family.type == "untyped":
        return
    allowed = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}.get(family.type, ())
    for suffix in ("_bucket", "_count", "_sum"):
        if family.name.endswith(suffix) and suffix not in allowed:
            yield "reserved-suffix", {"suffix": suffix}
    labels = {label for sample in family.samples for label, _ in sample.labels}
    for label, owner in (("le", "histogram"), ("quantile", "summary")):
        if label in labels and family.type != owner:
            yield "reserved-label", {"label": label, "owner": owner}


def unit_of(name: str) -> tuple[str, str] | None:
    """The first unit among the words of a name and its base unit. units.go, metricUnits."""
    for word in name.split("_"):
        for prefix in ("", *PREFIXES):
            rest = word.removeprefix(prefix) if word.startswith(prefix) else ""
            if rest in BASE_UNITS:
                return word, rest
            if rest in OTHER_UNITS:
                return word, OTHER_UNITS[rest]
    return None
