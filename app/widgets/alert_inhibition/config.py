"""Inhibition rules and alerts as a reader pastes them.

prometheus/alertmanager v0.34.0, config/config.go, InhibitRule; api/v2 for the shape of a list of alerts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.kube.label import check_labels
from app.kube.manifest import Part, load_documents, shown
from app.kube.matcher import Matcher, MatcherReader, plain_text
from app.kube.refusal import Refusal

T = TypeVar("T")

ALERT_LIMIT = 10_000
WORK_LIMIT = 100_000
"""Rules times alerts."""

RULE_KEYS = (
    "name",
    "source_match",
    "source_match_re",
    "source_matchers",
    "target_match",
    "target_match_re",
    "target_matchers",
    "equal",
)
# What amtool and the API print of an alert beside its labels; none of it matters here.
OTHER_KEYS = ("annotations", "startsAt", "endsAt", "updatedAt", "fingerprint", "generatorURL", "receivers", "status")
FIRING_S = 300.0
"""An alert that does not say when it ends: resolve_timeout."""


@dataclass(frozen=True)
class Rule:
    """A rule. `equal` in the order of names."""

    name: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]


@dataclass(frozen=True)
class Alert:
    """What Alertmanager was told: an alert that ends so many seconds from now; it is resolved at 0 or before.

    `by_timeout`: nobody said when it ends, so it does after resolve_timeout.
    """

    labels: Mapping[str, str]
    ends_in: float
    by_timeout: bool = False


def load_rules(text: str, labels: Sequence[Mapping[str, str]] = ()) -> tuple[Rule, ...]:
    """The rules of a list, of `inhibit_rules: […]`, or of a whole alertmanager.yml.

    `labels` are all that they will be held against.
    """
    reader = MatcherReader()

    def build(top: Part | None) -> tuple[Rule, ...]:
        if top is None:
            return ()
        if top.content and not {"inhibit_rules", "route"} & top.content.keys():
            raise top.refusal("inhibit-shape")
        return tuple(_rule(reader, part) for part in top.parts("inhibit_rules"))

    rules = _read(text, "rules", "inhibit_rules", build)
    reader.check_work(labels, "rules")
    return rules


def _rule(reader: MatcherReader, part: Part) -> Rule:
    for key in part.content:
        if key not in RULE_KEYS:
            raise part.refusal("inhibit-unknown", key, key=shown(key), known=", ".join(RULE_KEYS))
    equal = [plain_text(part, ("equal", i), item) for i, item in enumerate(part.items("equal"))]
    if "" in equal:
        raise part.refusal("inhibit-label", "equal", equal.index(""))
    return Rule(
        name=plain_text(part, ("name",), part.content.get("name")),
        source=reader.read(part, "source_matchers", "source_match", "source_match_re"),
        target=reader.read(part, "target_matchers", "target_match", "target_match_re"),
        equal=tuple(sorted(set(equal))),
    )


def load_alerts(text: str) -> tuple[Alert, ...]:
    """The alerts in the order in which they arrived. One that comes again replaces what was known of it."""

    def build(top: Part | None) -> tuple[Alert, ...]:
        if top is None:
            return ()
        if top.content and "alerts" not in top.content:
            raise top.refusal("inhibit-alerts-shape")
        parts = top.parts("alerts")
        if len(parts) > ALERT_LIMIT:
            raise top.refusal("inhibit-many", "alerts", limit=ALERT_LIMIT)
        return tuple(map(_alert, parts))

    return _read(text, "alerts", "alerts", build)


def _alert(part: Part) -> Alert:
    for key in part.content:
        if key not in ("labels", "ends_in", *OTHER_KEYS):
            raise part.refusal("inhibit-alert-unknown", key, key=shown(key))
    inner = part.part("labels")
    labels = {name: plain_text(part, ("labels", name), value) for name, value in inner.content.items()}
    try:
        checked = check_labels(labels, "alerts")
    except Refusal as refusal:
        raise part.refusal(refusal.code, "labels", **refusal.values) from None
    if not checked:
        raise part.refusal("inhibit-no-labels")
    return Alert(checked, _ends_in(part), part.content.get("ends_in") is None)


def _ends_in(part: Part) -> float:
    value = part.content.get("ends_in")
    if value is None:
        return FIRING_S
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e12:
        raise part.refusal("inhibit-ends", "ends_in", found=shown(value))
    return float(value)


def check_size(rules: tuple[Rule, ...], alerts: tuple[Alert, ...]) -> None:
    if len(rules) * len(alerts) > WORK_LIMIT:
        raise Refusal("inhibit-large", field="alerts", rules=len(rules), alerts=len(alerts), limit=WORK_LIMIT)


# --- a list where a mapping is read -----------------------------------------------------------------------------------

_JSON_LIST = re.compile(r"\s*\[\s*(\]|\{\s*[\"}])")


def _read(text: str, field: str, key: str, build: Callable[[Part | None], T]) -> T:
    """What `build` makes of the mapping that the text is, or of one that has its list under `key`; None: no text."""
    start = next((line.strip() for line in text.split("\n") if line.strip() and not _is_aside(line)), "")
    if _JSON_LIST.match(text):
        return build(_one(f'{{"{key}": {text}\n}}', field))
    if start.startswith("["):
        return build(_one(f"{{{key}: {text}\n}}", field))
    if start == "-" or start.startswith("- "):
        # The key needs a line of its own, so that all lines stand one lower than the reader's.
        listed = "\n".join("" if line.strip() == "---" else line for line in text.split("\n"))
        return _a_line_less(lambda: build(_one(f"{key}:\n{listed}", field)))
    return build(_one(text, field))


def _is_aside(line: str) -> bool:
    return line.lstrip().startswith("#") or line.strip() == "---"


def _one(text: str, field: str) -> Part | None:
    documents = load_documents(text, field=field)
    if len(documents) > 1:
        raise documents[1].refusal("inhibit-documents")
    return documents[0].root if documents else None


def _a_line_less(read: Callable[[], T]) -> T:
    try:
        return read()
    except Refusal as refusal:
        line = max(1, refusal.line - 1) if refusal.line else None
        raise Refusal(refusal.code, field=refusal.field, where=refusal.where, line=line, **refusal.values) from None
