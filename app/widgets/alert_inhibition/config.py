"""Inhibition rules and alerts as a reader pastes them.

prometheus/alertmanager v0.35.0, config/config.go, InhibitRule; api/v2 for the shape of a list of alerts.
"""

from collections.abc import Mapping, Sequence

from app.kube.alert import Told, config_text, read_alerts, refuse_made
from app.kube.listed import read_listed
from app.kube.manifest import Part, shown
from app.kube.matcher import Matcher, MatcherReader, plain_text
from app.kube.refusal import Refusal
from app.listed import Listed
from app.record import dataclass

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
_OWN_KEYS = frozenset(key for key in RULE_KEYS if key not in ("name", "equal"))
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
    """The rules of a list, of `inhibit_rules: […]`, or of a whole alertmanager.yml; or one rule alone.

    `labels` are all that they will be held against.
    """
    reader = MatcherReader()

    def build(top: Part | None) -> tuple[Rule, ...]:
        if top is None:
            return ()
        if top.content and not set(top.content) - set(RULE_KEYS) and _OWN_KEYS & top.content.keys():
            return (_rule(reader, top),)
        refuse_made(top, "inhibit_rules", "inhibit")
        if top.content and not {"inhibit_rules", "route"} & top.content.keys():
            raise top.refusal("inhibit-shape")
        return tuple(_rule(reader, part) for part in top.parts("inhibit_rules"))

    rules = read_listed(config_text(text), "rules", "inhibit_rules", build, typed_maps=True)
    reader.check_work(labels, "rules")
    return rules


def _rule(reader: MatcherReader, part: Part) -> Rule:
    for key in part.content:
        if key not in RULE_KEYS:
            raise part.refusal("inhibit-unknown", key, key=shown(key), known=Listed(RULE_KEYS))
    equal = [plain_text(part, ("equal", i), item) for i, item in enumerate(part.items("equal"))]
    if "" in equal:
        raise part.refusal("inhibit-label", "equal", equal.index(""))
    return Rule(
        name=plain_text(part, ("name",), part.content.get("name")),
        source=reader.read(part, "source_matchers", "source_match", "source_match_re"),
        target=reader.read(part, "target_matchers", "target_match", "target_match_re"),
        equal=tuple(sorted(set(equal))),
    )


@dataclass(frozen=True)
class Received:
    """The alerts that Alertmanager was told of, in their order; `unsent` counts those that Prometheus keeps back."""

    alerts: tuple[Alert, ...]
    unsent: int


def load_alerts(text: str) -> Received:
    """The alerts in the order in which they arrived. One that comes again replaces what was known of it."""
    told = read_alerts(text, "alerts", ALERT_LIMIT)
    sent = tuple(each for each in told if each.state != "unsent")
    return Received(tuple(map(_alert, sent)), len(told) - len(sent))


def _alert(told: Told) -> Alert:
    """A resolved one has ended; a firing one ends when it says so, else after resolve_timeout."""
    if told.ends_in is not None:
        return Alert(told.labels, told.ends_in)
    return Alert(told.labels, 0.0) if told.state == "resolved" else Alert(told.labels, FIRING_S, by_timeout=True)


def check_size(rules: tuple[Rule, ...], alerts: tuple[Alert, ...]) -> None:
    if len(rules) * len(alerts) > WORK_LIMIT:
        raise Refusal("inhibit-large", field="alerts", rules=len(rules), alerts=len(alerts), limit=WORK_LIMIT)
