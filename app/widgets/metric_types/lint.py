"""What `promtool check metrics` says of names and labels: client_golang v1.24.1, testutil/promlint/validations."""

import re
from collections.abc import Iterable, Iterator, Mapping

from app.record import dataclass
from app.widgets.metric_types.golang import text_of
from app.widgets.metric_types.promtool import LintedFamily

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
_CAMEL = re.compile(r"[a-z][A-Z]")


@dataclass(frozen=True)
class Named:
    """What the linter asks about: `type` as promtool prints it, in small letters; `labels` per metric."""

    name: str
    type: str
    has_help: bool
    line: int
    labels: tuple[tuple[str, ...], ...]
    twice: int = 0


@dataclass(frozen=True)
class Problem:
    """A problem under promtool's own words; `code` names our sentence about it."""

    metric: str
    text: str
    line: int
    code: str
    values: Mapping[str, str]


def named(family: LintedFamily) -> Named:
    seen = [tuple(metric.pairs) for metric in family.metrics]
    labels = tuple(tuple(text_of(name) for name in metric.labels) for metric in family.metrics)
    twice = len(seen) - len(set(seen))
    return Named(text_of(family.name), family.type.lower(), family.has_help, family.line, labels, twice)


def check(families: Iterable[Named]) -> list[Problem]:
    """All problems as promtool sorts them: by metric, then by text."""
    problems = [
        Problem(family.name, text, family.line, code, {"name": family.name, **values})
        for family in families
        for text, code, values in _problems(family)
    ]
    return sorted(problems, key=lambda problem: (problem.metric.encode(), problem.text.encode()))


def advise(family: Named) -> list[Problem]:
    """The same for a family of OpenMetrics, where counters are declared without `_total` and promtool can't read."""
    own = {"counter-total"}
    if family.type == "gaugehistogram":
        own.add("reserved-label")
    return [problem for problem in check([family]) if problem.code not in own]


def _problems(family: Named) -> Iterator[tuple[str, str, dict[str, str]]]:
    name, kind = family.name, family.type
    if not family.has_help:
        yield "no help text", "help-missing", {}
    if (unit := unit_of(name)) and unit[0] != unit[1]:
        yield f'use base unit "{unit[1]}" instead of "{unit[0]}"', "base-unit", {"unit": unit[0], "base": unit[1]}
    if kind == "counter" and not name.endswith("_total"):
        yield 'counter metrics should have "_total" suffix', "counter-total", {}
    if kind not in ("counter", "untyped") and name.endswith("_total"):
        yield 'non-counter metrics should not have "_total" suffix', "total-no-counter", {}
    yield from _reserved(family)
    lower = name.lower()
    if kind != "untyped" and _has_word(lower, kind):
        yield f"metric name should not include type '{kind}'", "type-in-name", {"word": kind}
    if ":" in name:
        yield "metric names should not contain ':'", "colon", {}
    if _CAMEL.search(name):
        yield "metric names should be written in 'snake_case' not 'camelCase'", "camel-case", {}
    for label in (label for labels in family.labels for label in labels if _CAMEL.search(label)):
        text = "label names should be written in 'snake_case' not 'camelCase'"
        yield text, "camel-label", {"label": label}
    for _ in filter(lambda word: _has_word(lower, word), ABBREVIATIONS):
        yield "metric names should not contain abbreviated units", "abbreviation", {}
    for _ in range(family.twice):
        yield "metric not unique", "not-unique", {}


def _has_word(name: str, word: str) -> bool:
    return f"_{word}_" in name or name.endswith(f"_{word}")


def _reserved(family: Named) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Suffixes and labels that belong to histograms and summaries. Nothing is asked of untyped metrics."""
    kind = family.type
    if kind == "untyped":
        return
    both = ("histogram", "summary")
    for suffix, owners in (("_bucket", ("histogram",)), ("_count", both), ("_sum", both)):
        if family.name.endswith(suffix) and kind not in owners:
            others = " and ".join(f"non-{owner}" for owner in owners)
            yield f'{others} metrics should not have "{suffix}" suffix', "reserved-suffix", {"suffix": suffix}
    for label in (label for labels in family.labels for label in labels):
        owner = {"le": "histogram", "quantile": "summary"}.get(label, kind)
        if owner != kind:
            text = f'non-{owner} metrics should not have "{label}" label'
            yield text, "reserved-label", {"label": label, "owner": owner}


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
