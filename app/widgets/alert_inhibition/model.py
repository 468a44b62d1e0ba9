"""Whether a firing source mutes a target. prometheus/alertmanager v0.35.0, inhibit/inhibit.go and inhibit/cache.go.

What a rule remembered from v0.30.0 to v0.34.0: v0.34.0, inhibit/inhibit.go, updateIndex.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from app.kube.matcher import Matcher
from app.record import dataclass
from app.widgets.alert_inhibition.config import Alert, Rule

Memory = Literal["all", "one"]
"""How many sources a rule remembers for each combination of its equal labels.

All since v0.34.1 (PR 5542), and before v0.30.0; one from v0.30.0 (PR 4607) to v0.34.0.
"""

Why = Literal["mutes", "target-fails", "no-source", "unequal", "resolved", "two-sided", "overlooked", "not-asked"]


MOST_MOMENTS = 20


@dataclass(frozen=True)
class Known:
    """An alert as Alertmanager knows it by now; `arrivals` are its places in the list of what came."""

    labels: Mapping[str, str]
    ends_in: float
    arrivals: tuple[int, ...]

    @property
    def fires(self) -> bool:
        """alert.Resolved: it ends now or has ended."""
        return self.ends_in > 0


@dataclass(frozen=True)
class Report:
    """What was told of an alert, merged with what was known: the alert's number and when it ends now."""

    alert: int
    ends_in: float


@dataclass(frozen=True)
class History:
    """All that came, in order, and the alerts as they are after it."""

    reports: tuple[Report, ...]
    known: tuple[Known, ...]


@dataclass(frozen=True)
class Memories:
    """What a rule knows: its sources by their values of the equal labels, and which of them it remembers."""

    sources: Mapping[tuple[str, ...], tuple[int, ...]]
    remembered: Mapping[tuple[str, ...], int]


@dataclass(frozen=True)
class Source:
    """A source with the target's equal values. `two_sided`: it and the target match both sides of the rule."""

    alert: int
    fires: bool
    two_sided: bool
    remembered: bool
    mutes: bool


@dataclass(frozen=True)
class Verdict:
    """What a rule says of a target. `by` is the alert that mutes it; `target_is_source`: then two-sided ones don't.

    `unequal` are the sources whose equal labels differ.
    """

    why: Why
    by: int | None = None
    target_is_source: bool = False
    sources: tuple[Source, ...] = ()
    unequal: tuple[int, ...] = ()


def listen(alerts: Sequence[Alert]) -> History:
    """The alerts by their labels, as the provider keeps them. alert.Merge: a later end stays while the alert fires."""
    numbers: dict[tuple[tuple[str, str], ...], int] = {}
    last: list[Alert] = []
    arrivals: list[list[int]] = []
    reports = []
    for arrival, alert in enumerate(alerts):
        number = numbers.setdefault(tuple(sorted(alert.labels.items())), len(last))
        if number == len(last):
            last.append(alert)
            arrivals.append([])
        last[number] = _merged(last[number], alert)
        arrivals[number].append(arrival)
        reports.append(Report(number, last[number].ends_in))
    known = (Known(each.labels, each.ends_in, tuple(came)) for each, came in zip(last, arrivals, strict=True))
    return History(tuple(reports), tuple(known))


def _merged(old: Alert, new: Alert) -> Alert:
    longer = old.ends_in > new.ends_in
    stays = longer and (not old.by_timeout if new.ends_in > 0 else old.ends_in <= 0)
    return Alert(new.labels, old.ends_in if stays else new.ends_in, new.by_timeout)


def learn(rule: Rule, history: History) -> Memories:
    """The sources of a rule, and the one that it remembers up to v0.34.0, report by report. processAlert, updateIndex.

    The newest source takes the place of the remembered one unless that one ends later.
    """
    keys = {
        number: equal_values(rule, alert.labels)
        for number, alert in enumerate(history.known)
        if _hold(rule.source, alert.labels)
    }
    ends_in: dict[int, float] = {}
    remembered: dict[tuple[str, ...], int] = {}
    for report in history.reports:
        if report.alert not in keys:
            continue
        ends_in[report.alert] = report.ends_in
        key = keys[report.alert]
        current = remembered.setdefault(key, report.alert)
        if ends_in[current] <= report.ends_in:
            remembered[key] = report.alert
    sources: dict[tuple[str, ...], list[int]] = {}
    for number, key in keys.items():
        sources.setdefault(key, []).append(number)
    return Memories({key: tuple(numbers) for key, numbers in sources.items()}, remembered)


def _hold(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    return all(matcher.holds(labels) for matcher in matchers)


def equal_values(rule: Rule, labels: Mapping[str, str]) -> tuple[str, ...]:
    """A label that is missing is an empty one, so two that both lack it agree."""
    return tuple(labels.get(name, "") for name in rule.equal)


def judge(rule: Rule, memories: Memories, known: Sequence[Known], target: Mapping[str, str], memory: Memory) -> Verdict:
    """What one rule says of a target. inhibit.go, Mutes and hasEqual; cache.go, find.

    Of several sources that mute, Alertmanager takes whichever comes first from a Go map; here it is the first known.
    """
    target_is_source = _hold(rule.source, target)
    if not _hold(rule.target, target):
        return Verdict("target-fails", target_is_source=target_is_source)
    wanted = equal_values(rule, target)
    sources = []
    for number in memories.sources.get(wanted, ()):
        fires = known[number].fires
        # Only a target that is a source itself asks whether the source is a target too.
        two_sided = target_is_source and _hold(rule.target, known[number].labels)
        remembered = memories.remembered[wanted] == number
        mutes = fires and not two_sided and (memory == "all" or remembered)
        sources.append(Source(number, fires, two_sided, remembered, mutes))
    by = next((each.alert for each in sources if each.mutes), None)
    unequal = tuple(number for key, numbers in memories.sources.items() if key != wanted for number in numbers)
    why = "mutes" if by is not None else _why_not(sources, bool(unequal))
    return Verdict(why, by, target_is_source, tuple(sources), unequal)


def _why_not(sources: Sequence[Source], others: bool) -> Why:
    firing = [each for each in sources if each.fires]
    if any(not each.two_sided for each in firing):
        return "overlooked"
    if firing:
        return "two-sided"
    if sources:
        return "resolved"
    return "unequal" if others else "no-source"


def judge_all(
    rules: Sequence[Rule],
    memories: Sequence[Memories],
    known: Sequence[Known],
    target: Mapping[str, str],
    memory: Memory,
) -> tuple[Verdict, ...]:
    """All rules in order; after the first that mutes no other is asked."""
    verdicts: list[Verdict] = []
    muted = False
    for rule, learned in zip(rules, memories, strict=True):
        verdict = Verdict("not-asked") if muted else judge(rule, learned, known, target, memory)
        verdicts.append(verdict)
        muted = muted or verdict.by is not None
    return tuple(verdicts)


@dataclass(frozen=True)
class Span:
    """A time in which nothing changes for the target, in seconds from now; `until` None: from then on."""

    since: float
    until: float | None
    by: int | None


def look_ahead(
    rules: Sequence[Rule],
    memories: Sequence[Memories],
    known: Sequence[Known],
    target: Mapping[str, str],
    memory: Memory,
) -> tuple[Span, ...]:
    """When the target is muted, and by which alert, if nothing more comes: alerts end, what is remembered stays.

    Empty where the alerts have too many different ends to be worth it.
    """
    starts = [0.0, *sorted({alert.ends_in for alert in known if alert.fires})]
    if len(starts) > MOST_MOMENTS:
        return ()
    spans: list[Span] = []
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        then = [Known(alert.labels, alert.ends_in - start, alert.arrivals) for alert in known]
        verdicts = judge_all(rules, memories, then, target, memory)
        by = next((verdict.by for verdict in verdicts if verdict.by is not None), None)
        if spans and spans[-1].by == by:
            spans[-1] = Span(spans[-1].since, end, by)
        else:
            spans.append(Span(start, end, by))
    return tuple(spans)
