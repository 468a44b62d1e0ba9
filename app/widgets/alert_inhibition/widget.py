"""The room `alert-inhibition`: paste rules, alerts and a target; see whether it is muted, by what, and why not."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from app.kube.label import read_labels
from app.kube.matcher import Matcher, print_matchers
from app.kube.paste.read import told_apart
from app.listed import Listed
from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Say, Widget
from app.widgets.alert_inhibition.config import Rule, check_size, load_alerts, load_rules
from app.widgets.alert_inhibition.drawing import Drawing, draw
from app.widgets.alert_inhibition.model import (
    History,
    Known,
    Memories,
    Memory,
    Source,
    Verdict,
    Why,
    judge_all,
    learn,
    listen,
    look_ahead,
)

RULES = """\
- name: node-down
  source_matchers: [alertname="NodeDown"]
  target_matchers: [severity=~"warning|info"]
  equal: [cluster, node]
- source_matchers: [severity="critical", service!=""]
  target_matchers: [severity="warning"]
  equal: [cluster, service]
"""
ALERTS = """\
- labels: {alertname: NodeDown, severity: critical, cluster: eu, node: n1}
  ends_in: 240
- labels: {alertname: HighErrors, severity: critical, cluster: eu, service: shop}
  ends_in: 240
"""
TARGET = """\
alertname=PodNotReady
severity=warning
cluster=eu
node=n1
"""
SHOWN = 50
SMALL = 2_000
"""Rules times alerts, up to which every alert is tried as a target too."""


class Inputs(Form):
    rules: Annotated[str, Area(rows=10)] = RULES
    alerts: Annotated[str, Area(rows=8)] = ALERTS
    target: Annotated[str, Area(rows=5)] = TARGET
    memory: Memory = "one"  # what the API began with, and scripts rely on; pages ask for what holds today


@dataclass(frozen=True)
class Muter:
    """The rule and the alert that mute, by their numbers in the lists, from 0."""

    rule: int
    rule_name: str
    alert: int
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Check:
    text: str
    found: str
    holds: bool


@dataclass(frozen=True)
class Equal:
    """One of the equal labels: the target's value, empty when it has none, and those of the sources looked at."""

    name: str
    value: str


@dataclass(frozen=True)
class Candidate:
    """A source and what became of it: mutes, resolved, two-sided, overlooked, or differs (in `differs`)."""

    alert: int
    name: str
    became: str
    differs: tuple[str, ...]


@dataclass(frozen=True)
class Ruling:
    """A rule held against the target. Numbers from 0."""

    rule: int
    name: str
    why: Why
    say: Say
    source: str
    target: str
    checks: tuple[Check, ...]
    equal: tuple[Equal, ...]
    target_is_source: bool
    candidates: tuple[Candidate, ...]
    hidden: int


@dataclass(frozen=True)
class Row:
    """One alert that is known: the rules whose source it is, and the one that mutes it, as if it were the target."""

    alert: int
    name: str
    labels: Mapping[str, str]
    fires: bool
    ends_in: float
    source_of: tuple[int, ...]
    muted_by: int | None


@dataclass(frozen=True)
class Outcome:
    muted: bool
    by: tuple[Muter, ...]
    verdict: Say
    why: Say
    target: Mapping[str, str]
    target_name: str
    rulings: tuple[Ruling, ...]
    hidden_rules: int
    rows: tuple[Row, ...]
    hidden_rows: int
    unsent: int
    tried: bool
    other_memory: Say | None
    drawing: Drawing | None


ALERTS_PRINTED_BY = "amtool alert query -o json"
CONFIG_PRINTED_BY = "amtool config show"


def run(inputs: Inputs) -> Outcome:
    with told_apart(inputs.target, field="target", wanted=ALERTS_PRINTED_BY):
        target = read_labels(inputs.target, "target")
    with told_apart(inputs.alerts, field="alerts", wanted=ALERTS_PRINTED_BY):
        received = load_alerts(inputs.alerts)
    alerts = received.alerts
    with told_apart(inputs.rules, field="rules", wanted=CONFIG_PRINTED_BY):
        rules = load_rules(inputs.rules, [target, *(alert.labels for alert in alerts)])
    check_size(rules, alerts)
    history = listen(alerts)
    memories = [learn(rule, history) for rule in rules]
    verdicts = judge_all(rules, memories, history.known, target, inputs.memory)
    by = _by(rules, verdicts, history.known)
    return Outcome(
        muted=bool(by),
        by=by,
        verdict=_verdict(by),
        why=_why(rules, verdicts, by),
        target=target,
        target_name=_name(target),
        rulings=tuple(
            _ruling(number, rule, verdict, history.known, target)
            for number, (rule, verdict) in enumerate(list(zip(rules, verdicts, strict=True))[:SHOWN])
        ),
        hidden_rules=max(0, len(rules) - SHOWN),
        rows=_rows(rules, memories, history, inputs.memory),
        hidden_rows=max(0, len(history.known) - SHOWN),
        unsent=received.unsent,
        tried=_is_small(rules, history),
        other_memory=_other_memory(rules, memories, history, target, inputs.memory, verdicts),
        drawing=_drawing(rules, memories, history, target, inputs.memory),
    )


def _drawing(
    rules: Sequence[Rule], memories: Sequence[Memories], history: History, target: Mapping[str, str], memory: Memory
) -> Drawing | None:
    """The time ahead, drawn for as much as a reader can see at once."""
    spans = look_ahead(rules, memories, history.known, target, memory) if _is_small(rules, history) else ()
    if not spans:
        return None
    sources = sorted({number for each in memories for numbers in each.sources.values() for number in numbers})
    return draw([_name(alert.labels) for alert in history.known], history.known, sources, _name(target), spans)


def _is_small(rules: Sequence[Rule], history: History) -> bool:
    return len(rules) * len(history.known) <= SMALL


def _name(labels: Mapping[str, str]) -> str:
    return labels.get("alertname", "") or next(iter(labels.values()), "")


def _rule_name(number: int, rule: Rule) -> str:
    return rule.name or f"#{number + 1}"


def _by(rules: Sequence[Rule], verdicts: Sequence[Verdict], known: Sequence[Known]) -> tuple[Muter, ...]:
    return tuple(
        Muter(number, _rule_name(number, rule), known[verdict.by].arrivals[-1], known[verdict.by].labels)
        for number, (rule, verdict) in enumerate(zip(rules, verdicts, strict=True))
        if verdict.by is not None
    )


def _verdict(by: Sequence[Muter]) -> Say:
    return Say("verdict.muted", {"by": _name(by[0].labels)}) if by else Say("verdict.sent", {})


# What says most about why nobody is muted, most telling first.
_TELLING: tuple[Why, ...] = ("overlooked", "two-sided", "resolved", "unequal", "no-source", "target-fails")


def _why(rules: Sequence[Rule], verdicts: Sequence[Verdict], by: Sequence[Muter]) -> Say:
    if by:
        equal = Listed(rules[by[0].rule].equal)
        return Say("why.muted" if equal else "why.muted-always", {"rule": by[0].rule_name, "equal": equal})
    found = {verdict.why: number for number, verdict in reversed(list(enumerate(verdicts)))}
    for why in _TELLING:
        if why in found:
            return Say(f"why.{why}", {"rule": _rule_name(found[why], rules[found[why]])})
    return Say("why.no-rules", {})


def _ruling(number: int, rule: Rule, verdict: Verdict, known: Sequence[Known], target: Mapping[str, str]) -> Ruling:
    asked = verdict.why != "not-asked"
    candidates = _candidates(rule, verdict, known, target)
    return Ruling(
        rule=number,
        name=_rule_name(number, rule),
        why=verdict.why,
        say=Say(f"rule.{verdict.why}", {}),
        source=print_matchers(rule.source),
        target=print_matchers(rule.target),
        checks=tuple(_check(matcher, target) for matcher in rule.target) if asked else (),
        equal=tuple(Equal(name, target.get(name, "")) for name in rule.equal),
        target_is_source=verdict.target_is_source,
        candidates=candidates,
        hidden=len(verdict.sources) + len(verdict.unequal) - len(candidates),
    )


def _check(matcher: Matcher, labels: Mapping[str, str]) -> Check:
    return Check(str(matcher), labels.get(matcher.name, ""), matcher.holds(labels))


def _candidates(
    rule: Rule, verdict: Verdict, known: Sequence[Known], target: Mapping[str, str]
) -> tuple[Candidate, ...]:
    found = [_candidate(source, verdict, known) for source in verdict.sources[:SHOWN]]
    for number in verdict.unequal[: SHOWN - len(found)]:
        labels = known[number].labels
        differs = tuple(
            f"{name}={labels.get(name, '') or '∅'}"
            for name in rule.equal
            if labels.get(name, "") != target.get(name, "")
        )
        found.append(Candidate(number, _name(labels), "differs", differs))
    return tuple(found)


def _candidate(source: Source, verdict: Verdict, known: Sequence[Known]) -> Candidate:
    if source.mutes:
        became = "mutes" if source.alert == verdict.by else "could"
    elif not source.fires:
        became = "resolved"
    else:
        became = "two-sided" if source.two_sided else "overlooked"
    return Candidate(source.alert, _name(known[source.alert].labels), became, ())


def _rows(rules: Sequence[Rule], memories: Sequence[Memories], history: History, memory: Memory) -> tuple[Row, ...]:
    rows = []
    sources = [frozenset(n for numbers in each.sources.values() for n in numbers) for each in memories]
    for number, alert in enumerate(history.known[:SHOWN]):
        muted = None
        if _is_small(rules, history):
            verdicts = judge_all(rules, memories, history.known, alert.labels, memory)
            muted = next((i for i, verdict in enumerate(verdicts) if verdict.by is not None), None)
        source_of = tuple(i for i, numbers in enumerate(sources) if number in numbers)
        rows.append(Row(number, _name(alert.labels), alert.labels, alert.fires, alert.ends_in, source_of[:9], muted))
    return tuple(rows)


def _other_memory(
    rules: Sequence[Rule],
    memories: Sequence[Memories],
    history: History,
    target: Mapping[str, str],
    memory: Memory,
    verdicts: Sequence[Verdict],
) -> Say | None:
    """What the other versions of Alertmanager would say, if it differs. Who remembers less never mutes more."""
    if memory == "one":
        return (
            Say("memory.all", {})
            if any(each.why == "overlooked" for each in verdicts) and not _mute(verdicts)
            else None
        )
    if not _mute(verdicts) or _mute(judge_all(rules, memories, history.known, target, "one")):
        return None
    return Say("memory.one", {})


def _mute(verdicts: Sequence[Verdict]) -> bool:
    return any(verdict.by is not None for verdict in verdicts)


_CODE = "prometheus/alertmanager v0.35.0, inhibit/inhibit.go, Mutes"
_TESTS = "prometheus/alertmanager v0.35.0, inhibit/inhibit_test.go"

_TWO_SIDED = """\
- source_matchers: [alertname="A"]
  target_matchers: [cluster="eu"]
"""

WIDGET = Widget(
    slug="alert-inhibition",
    form=Inputs,
    run=run,
    subject="prometheus",
    prints=("verdict", "why", "rulings", "rows"),
    examples=(
        Example(
            "node-down",
            {"memory": "all"},
            {"muted": True, "by.0.rule": 0, "by.0.alert": 0, "rulings.1.why": "not-asked", "rows.0.muted_by": None},
            _CODE,
        ),
        Example(
            "other-node",
            {"target": "alertname=PodNotReady\nseverity=warning\ncluster=eu\nnode=n2\n", "memory": "all"},
            {"muted": False, "rulings.0.why": "unequal", "rulings.0.candidates.0.differs": ["node=n1"]},
            _CODE,
        ),
        Example(
            "missing-on-both-sides",
            {
                "alerts": "- labels: {alertname: NodeDown, severity: critical}\n",
                "target": "alertname=PodNotReady\nseverity=warning\n",
                "memory": "all",
            },
            {"muted": True, "by.0.rule": 0, "rulings.0.equal.0.value": ""},
            "prometheus/alertmanager v0.35.0, docs/configuration.md; issue 1727",
        ),
        Example(
            "source-resolved",
            {
                "alerts": "- labels: {alertname: NodeDown, severity: critical, cluster: eu, node: n1}\n  ends_in: -5\n",
                "memory": "all",
            },
            {"muted": False, "rulings.0.why": "resolved", "rows.0.fires": False},
            _TESTS,
        ),
        Example(
            "never-itself",
            {
                "rules": _TWO_SIDED,
                "alerts": "- labels: {alertname: A, cluster: eu}\n",
                "target": "alertname=A\ncluster=eu\n",
                "memory": "all",
            },
            {"muted": False, "rulings.0.why": "two-sided", "rulings.0.target_is_source": True},
            _TESTS,
        ),
        Example(
            "one-is-forgotten",
            {
                "rules": _TWO_SIDED,
                "alerts": "- labels: {alertname: A, cluster: us}\n  ends_in: 3600\n"
                "- labels: {alertname: A, cluster: eu, x: '1'}\n  ends_in: 3600\n",
                "target": "alertname=A\ncluster=eu\n",
                "memory": "one",
            },
            {"muted": False, "rulings.0.why": "overlooked", "other_memory.key": "memory.all"},
            "prometheus/alertmanager v0.34.0, inhibit/inhibit.go, updateIndex; PR 5542",
        ),
        Example(
            "muted-source",
            {
                "rules": "- {source_matchers: [level=1], target_matchers: [level=2]}\n"
                "- {source_matchers: [level=2], target_matchers: [level=3]}\n",
                "alerts": "- labels: {alertname: Power, level: 1}\n- labels: {alertname: Switch, level: 2}\n",
                "target": "alertname=Link\nlevel=3\n",
                "memory": "all",
            },
            {"muted": True, "by.0.rule": 1, "by.0.alert": 1, "rows.1.muted_by": 0},
            _CODE,
        ),
    ),
)
